/* fault.h - filling a seg_error. Each returns the status: `return seg_fault(...)`. */
#ifndef SEG_ENGINE_FAULT_H
#define SEG_ENGINE_FAULT_H

#include <seg.h>
#include <stdio.h>

static inline seg_status seg_fault(seg_error *error, seg_status status, const char *message) {
    if (error) {
        *error = (seg_error){.status = status};
        snprintf(error->message, sizeof error->message, "%.*s", (int)sizeof error->message - 1, message);
    }
    return status;
}

static inline seg_status seg_fault_memory(seg_error *error) {
    return seg_fault(error, SEG_E_MEMORY, "out of memory");
}

#endif
