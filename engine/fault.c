#include "fault.h"

#include <stdio.h>

seg_status seg_fault(seg_error *error, seg_status status, const char *message) {
    if (error) {
        *error = (seg_error){.status = status};
        snprintf(error->message, sizeof error->message, "%s", message);
    }
    return status;
}

seg_status seg_fault_memory(seg_error *error) { return seg_fault(error, SEG_E_MEMORY, "out of memory"); }
