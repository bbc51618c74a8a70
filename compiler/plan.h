/* plan.h - the plan: which state decides the rules, and the programs over it. Everything that is the
 * same is there once, over all segments (hash-consing). */
#ifndef SEG_PLAN_H
#define SEG_PLAN_H

#include "rule.h"

typedef struct seg_plan seg_plan;

/* Derives stores, queries, atoms and programs. NULL: memory short, or a limit of the image's layout was
 * passed (then a diagnostic says which). `explain`: probes for every written part of every rule. */
seg_plan *seg_plan_make(seg_arena *arena, const seg_rules *rules, bool explain, seg_diags *diags);
void seg_dump_plan(const seg_plan *plan, seg_buffer *out);
/* Lays the plan out as an image. False: memory short, or a limit was passed (a diagnostic says which). */
bool seg_emit(const seg_plan *plan, seg_buffer *image, seg_diags *diags);
void seg_plan_cost(const seg_plan *plan, bool json, seg_buffer *out);

#endif
