#include "error.h"

#include <stdarg.h>
#include <stdio.h>

seg_status seg_error_set(seg_error *error, seg_status status, size_t offset, const char *format, ...) {
    if (!error) return status;
    error->status = status;
    error->offset = offset;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length < 0) error->message[0] = '\0';
    for (char *c = error->message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    return status;
}
