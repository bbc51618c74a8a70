/* fault.h - filling a seg_error. Each returns the status: `return seg_fault(...)`. */
#ifndef SEG_ENGINE_FAULT_H
#define SEG_ENGINE_FAULT_H

#include <seg.h>

seg_status seg_fault(seg_error *error, seg_status status, const char *message);
seg_status seg_fault_memory(seg_error *error);

#endif
