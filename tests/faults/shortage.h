/* shortage.h - memory that runs short on purpose: the n-th request for it fails, or all from the n-th on.
 *
 * Counted are requests through shortage_allocator, and those that the program's objects make of malloc,
 * calloc, realloc (linked with --wrap) and operator new. */
#ifndef SEG_FAULTS_SHORTAGE_H
#define SEG_FAULTS_SHORTAGE_H

#include <seg.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum shortage_mode { SHORTAGE_ONCE, SHORTAGE_FOREVER } shortage_mode;

extern const seg_allocator shortage_allocator;

/* Counts from 1; `at` 0: nothing fails. */
void shortage_begin(uint64_t at, shortage_mode mode);
/* Ends the shortage; true if a request failed. */
bool shortage_end(void);
bool shortage_happened(void);
/* Whether the next request is to fail; counts it. */
bool shortage_now(void);
/* malloc that does not run short. */
void *__real_malloc(size_t size);
size_t shortage_live_bytes(void); /* taken through the allocator and not given back */

#ifdef __cplusplus
}
#endif
#endif
