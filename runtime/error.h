/* error.h - filling the caller's seg_error. */
#ifndef SEG_ERROR_H
#define SEG_ERROR_H

#include "seg.h"

/* Writes status, offset and message into `error` (which may be NULL) and returns `status`. Bytes of the
 * message that a terminal could obey become '?'. */
seg_status seg_error_set(seg_error *error, seg_status status, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
