/* natives.h - functions of the host that random rules call. */
#ifndef SEG_TESTS_NATIVES_H
#define SEG_TESTS_NATIVES_H

#include "../../runtime/seg.h"

#define SEG_LAWS_LIBRARY "laws"
extern const seg_native_table seg_laws_natives;
/* Their declarations, as a source writes them. */
extern const char seg_laws_native_source[];

#endif
