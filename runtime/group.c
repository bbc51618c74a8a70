/* group.c - who shares a value with the profile, as the host counts it. */
#include "group.h"

#include "delta.h"

seg_status seg_image_describe_group(const seg_image *image, uint32_t group, seg_group_info *out) {
    if (group >= image->counts[SEG_SECTION_GROUPS]) return SEG_E_USAGE;
    const seg_image_group *record = &image->groups[group];
    *out =
        (seg_group_info){seg_view_text(image, record->name), record->attribute, record->program != SEG_NONE};
    return SEG_OK;
}

seg_status seg_image_describe_tally(const seg_image *image, uint32_t tally, seg_tally_info *out) {
    if (tally >= image->counts[SEG_SECTION_TALLIES]) return SEG_E_USAGE;
    *out = (seg_tally_info){image->tallies[tally].group, image->tallies[tally].segment};
    return SEG_OK;
}

bool seg_image_is_grouped(const seg_image *image, uint32_t segment) {
    return segment < image->segment_count && seg_group_is_asked(image, image->segments[segment].program);
}

seg_status seg_group_value(seg_vm *vm, const seg_state *state, uint32_t group, int64_t at,
                           seg_membership *out) {
    const seg_image *image = vm->image;
    if (group >= image->counts[SEG_SECTION_GROUPS] || image->groups[group].program == SEG_NONE)
        return SEG_E_USAGE;
    if (at < SEG_TIME_MIN || at > SEG_TIME_MAX) return SEG_E_TIME;
    if (!seg_state_fits(image, state)) return SEG_E_STATE;
    seg_status status = seg_vm_prepare(vm, state->bytes);
    if (status != SEG_OK) return status;
    *out = (seg_membership){.holds_until = seg_state_peek(state->bytes)->born};
    if (out->holds_until > at) return SEG_OK;
    seg_vm_begin(vm, state->bytes, at);
    out->word = seg_vm_run(vm, image->groups[group].program, &out->holds_until);
    out->known = out->word != SEG_MISSING;
    return SEG_OK;
}

void seg_vm_group_with(seg_vm *vm, seg_fellows_fn fellows, void *user) {
    vm->fellows = fellows;
    vm->fellows_user = user;
}

void seg_vm_defer_groups(seg_vm *vm, bool defers) { vm->defers_groups = defers; }

int64_t seg_group_fellows(seg_vm *vm, uint32_t tally, int64_t value, int64_t *holds) {
    seg_fellows others = {.holds_until = SEG_NEVER};
    if (value == SEG_MISSING || !vm->fellows) return 0;
    if (!vm->fellows(vm->fellows_user, tally, value, vm->now, vm->asks_until, &others)) return 0;
    vm->group_looks += others.looked_at;
    if (vm->asks_until && others.holds_until > vm->now && others.holds_until < *holds)
        *holds = others.holds_until;
    return others.count > INT64_MAX ? INT64_MAX : (int64_t)others.count;
}
