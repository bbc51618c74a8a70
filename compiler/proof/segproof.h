/* segproof.h - the public header of libsegproof: whether the policies of a workspace hold.
 *
 * A library of its own, so that a host that only compiles needs no solver. Nothing here reads a clock:
 * equal sources have equal answers. */
#ifndef SEGPROOF_H
#define SEGPROOF_H

#include "segc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Proves the policies of a unit that was checked without errors; once after each seg_unit_check. Policies
 * that are broken become errors of the unit (seg_unit_errors, seg_unit_diagnostics), so seg_unit_image then
 * refuses; those that could not be proven become warnings. `segments`: only what policies say of these, by
 * their numbers in the image; NULL: of all. Errors: SEG_E_MEMORY; SEG_E_USAGE, the unit is not checked or has
 * errors. Z3, which does the proving, may end the process when memory is short. */
seg_status seg_unit_prove(seg_unit *unit, const uint32_t *segments, size_t segment_count);

/* Adds warnings of what is proven without a policy: segments of nobody or everybody, conditions that decide
 * nothing. Errors as above. */
seg_status seg_unit_lint(seg_unit *unit);

#ifdef __cplusplus
}
#endif
#endif
