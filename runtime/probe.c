/* probe.c - what explains a verdict: the values of the parts of a rule, and the entries behind them. */
#include "delta.h"
#include "query.h"

uint32_t seg_image_probe_count(const seg_image *image, uint32_t segment) {
    return segment < image->segment_count ? image->segments[segment].probes.count : 0;
}

static const seg_image_probe_record *probe_of(const seg_image *image, uint32_t segment, uint32_t probe) {
    if (probe >= seg_image_probe_count(image, segment)) return NULL;
    return &image->probes[image->segments[segment].probes.first + probe];
}

seg_status seg_image_probe(const seg_image *image, uint32_t segment, uint32_t probe, seg_probe_info *out) {
    const seg_image_probe_record *record = probe_of(image, segment, probe);
    if (!record) return SEG_E_USAGE;
    *out = (seg_probe_info){.depth = record->depth,
                            .text = seg_view_text(image, record->text),
                            .program = record->program,
                            .type = record->type,
                            .scale = record->scale,
                            .query = record->query,
                            .ranking = record->ranking ? record->ranking - 1 : SEG_NONE,
                            .amount = record->amount,
                            .is_share = record->flags & SEG_PROBE_SHARE,
                            .from_bottom = record->flags & SEG_PROBE_BOTTOM};
    return SEG_OK;
}

static seg_status enter_probe(seg_vm *vm, const seg_state *state, int64_t at) {
    if (!seg_state_fits(vm->image, state)) return SEG_E_STATE;
    seg_status status = seg_delta_check_now(state, at, NULL);
    return status == SEG_OK ? seg_vm_prepare(vm, state->bytes) : status;
}

seg_status seg_probe_value(seg_vm *vm, const seg_state *state, uint32_t segment, uint32_t probe, int64_t at,
                           seg_value *value, int64_t *holds_until) {
    const seg_image_probe_record *record = probe_of(vm->image, segment, probe);
    if (!record) return SEG_E_USAGE;
    seg_status status = enter_probe(vm, state, at);
    if (status != SEG_OK) return status;
    *value = (seg_value){.known = false};
    *holds_until = SEG_NEVER;
    if (record->program == SEG_NONE) return SEG_OK;
    seg_vm_begin(vm, state->bytes, at);
    int64_t word = seg_vm_run(vm, record->program, holds_until);
    value->known = word != SEG_MISSING;
    if (value->known && record->type == SEG_FLOAT) value->as.f = seg_word_float(word);
    else if (value->known) value->as.i = word;
    return SEG_OK;
}

seg_status seg_probe_entries(seg_vm *vm, const seg_state *state, uint32_t segment, uint32_t probe, int64_t at,
                             seg_entry_fn on_entry, void *user) {
    const seg_image_probe_record *record = probe_of(vm->image, segment, probe);
    if (!record) return SEG_E_USAGE;
    seg_status status = enter_probe(vm, state, at);
    if (status != SEG_OK || record->program == SEG_NONE || record->query == SEG_NONE) return status;
    int64_t holds;
    vm->watched_query = record->query;
    vm->watched_seen = false;
    seg_vm_begin(vm, state->bytes, at);
    seg_vm_run(vm, record->program, &holds);
    vm->watched_query = SEG_NONE;
    if (vm->watched_seen) seg_query_entries(vm, record->query, vm->watched_anchor, on_entry, user);
    return SEG_OK;
}
