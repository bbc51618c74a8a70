/* re2_face.h - RE2 behind a C face: the peer that automata are compared with. */
#ifndef SEG_TESTS_RE2_FACE_H
#define SEG_TESTS_RE2_FACE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct re2_face re2_face;

/* NULL when RE2 does not take the pattern. */
re2_face *re2_face_new(const char *pattern, size_t size_bytes, bool ignore_case);
bool re2_face_accepts(const re2_face *face, const char *text, size_t size_bytes);
void re2_face_free(re2_face *face);

#ifdef __cplusplus
}
#endif
#endif
