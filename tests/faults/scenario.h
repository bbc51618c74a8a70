/* scenario.h - work that is done while memory runs short. */
#ifndef SEG_FAULTS_SCENARIO_H
#define SEG_FAULTS_SCENARIO_H

#include <seg.h>

#include "shortage.h"

/* What came of a scenario: all that it made, as a checksum, when nothing failed. */
typedef struct outcome {
    seg_status status; /* SEG_OK, or of the call that failed last */
    uint64_t result;
    const char *complaint; /* static; NULL: it kept its promises */
} outcome;

typedef struct scenario {
    const char *name;
    void (*run)(shortage_mode mode, outcome *out);
} scenario;

/* Mixes bytes into a checksum. */
uint64_t mix(uint64_t sum, const void *bytes, size_t size_bytes);

/* A call that may fail for want of memory and for nothing else. When memory was short once, it must
 * succeed the second time. Gives its last status, and notes a complaint when it breaks its promise. */
#define TRY(out, mode, call) \
    do { \
        (out)->status = (call); \
        if ((out)->status == SEG_E_MEMORY && (mode) == SHORTAGE_ONCE && shortage_happened()) { \
            (out)->status = (call); \
            if ((out)->status) (out)->complaint = "it failed again when there was memory: " #call; \
        } else if ((out)->status && (out)->status != SEG_E_MEMORY) { \
            (out)->complaint = "a strange status of " #call; \
        } else if ((out)->status && !shortage_happened()) { \
            (out)->complaint = "it says that memory is short, and none was: " #call; \
        } \
    } while (0)

extern const scenario compile_scenarios[], state_scenarios[], engine_scenarios[]; /* up to a NULL name */

#endif
