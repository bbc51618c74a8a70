/* probe.c - what explains a verdict: the values of the parts of a rule, and the entries behind them. */
#include "delta.h"
#include "each.h"
#include "query.h"
#include "walk.h"

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
                            .kind = (seg_probe_kind)record->kind,
                            .text = seg_view_text(image, record->text),
                            .program = record->program,
                            .type = record->type,
                            .scale = record->scale,
                            .query = record->query,
                            .segment = record->kind == SEG_PROBE_SEGMENT ? record->inner : SEG_NONE,
                            .ranking = record->ranking ? record->ranking - 1 : SEG_NONE,
                            .amount = record->amount,
                            .is_share = record->flags & SEG_PROBE_SHARE,
                            .from_bottom = record->flags & SEG_PROBE_BOTTOM,
                            .is_keyed = record->flags & SEG_PROBE_KEYED,
                            .past_ms = record->past_ms};
    return SEG_OK;
}

/* ---- Looking ------------------------------------------------------------------------------------------- */

#define PAST_MOST (SEG_TIME_MAX - SEG_TIME_MIN)

static int64_t later(int64_t instant, int64_t by_ms) {
    int64_t result;
    return instant == SEG_NEVER || __builtin_add_overflow(instant, by_ms, &result) ? SEG_NEVER : result;
}

typedef struct view { /* a probe, at the instant at which its value counts */
    const seg_image_probe_record *record;
    bool has_value;
    int64_t past_ms, at;
} view;

static seg_status view_open(view *v, seg_vm *vm, const seg_state *state, const seg_probe_at *at) {
    v->record = probe_of(vm->image, at->segment, at->probe);
    if (!v->record || at->past_ms < 0 || at->past_ms > SEG_LOOK_BACK_LIMIT * PAST_MOST) return SEG_E_USAGE;
    if (!seg_state_fits(vm->image, state)) return SEG_E_STATE;
    seg_status status = seg_delta_check_now(state, at->now, NULL);
    if (status != SEG_OK) return status;
    v->past_ms = v->record->past_ms + at->past_ms;
    v->at = at->now - v->past_ms;
    v->has_value = v->record->program != SEG_NONE && (at->has_key || !(v->record->flags & SEG_PROBE_KEYED));
    vm->key = at->has_key ? at->key : SEG_MISSING;
    return seg_vm_prepare(vm, state->bytes);
}

static int64_t word_at(seg_vm *vm, const seg_state *state, uint32_t program, int64_t at, int64_t *holds) {
    vm->asks_until = true;
    seg_vm_begin(vm, state->bytes, at);
    int64_t word = seg_vm_run(vm, program, holds);
    vm->asks_until = false;
    return word;
}

static seg_value value_of(int64_t word, uint8_t type) {
    seg_value value = {.known = word != SEG_MISSING};
    if (value.known && type == SEG_FLOAT)
        value.as.f = seg_word_float(word);
    else if (value.known)
        value.as.i = word;
    return value;
}

seg_status seg_probe_value(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_value *value,
                           int64_t *holds_until) {
    view v;
    seg_status status = view_open(&v, vm, state, at);
    if (status != SEG_OK) return status;
    *value = (seg_value){.known = false};
    *holds_until = SEG_NEVER;
    if (!v.has_value) return SEG_OK;
    *value = value_of(word_at(vm, state, v.record->program, v.at, holds_until), v.record->type);
    *holds_until = later(*holds_until, v.past_ms);
    if (*holds_until > SEG_TIME_MAX) *holds_until = SEG_NEVER;
    return SEG_OK;
}

seg_status seg_probe_entries(seg_vm *vm, const seg_state *state, const seg_probe_at *at,
                             seg_entry_fn on_entry, void *user) {
    view v;
    seg_status status = view_open(&v, vm, state, at);
    if (status != SEG_OK || !v.has_value || v.record->query == SEG_NONE) return status;
    int64_t holds;
    vm->watched_query = v.record->query;
    vm->watched_seen = false;
    word_at(vm, state, v.record->program, v.at, &holds);
    vm->watched_query = SEG_NONE;
    if (vm->watched_seen) seg_query_entries(vm, v.record->query, vm->watched_anchor, on_entry, user);
    return SEG_OK;
}

/* ---- Looking back -------------------------------------------------------------------------------------- */

/* The newest instant at or before the view's at which `inner` turned as the opcode asks, ever. */
static int64_t newest_turn(seg_vm *vm, const seg_state *state, const view *v, seg_opcode op, int64_t born) {
    seg_ins ins = {.op = (uint8_t)op, .c = v->record->inner, .imm = v->at - born + 1};
    seg_walk walk;
    int64_t word, holds;
    seg_vm_begin(vm, state->bytes, v->at);
    seg_walk_begin(vm, &walk, &ins, 0);
    do {
        word = seg_vm_run(vm, v->record->inner, &holds);
    } while (seg_walk_step(vm, &walk, &ins, &word, &holds));
    return word ? walk.mark : SEG_NEVER;
}

static void turns_of_inner(seg_vm *vm, const seg_state *state, const view *v, uint8_t type, int64_t born,
                           seg_flips *out) {
    int64_t holds;
    if (v->record->kind == SEG_PROBE_CHANGED) {
        out->changed = newest_turn(vm, state, v, SEG_OP_CHANGED, born);
        if (out->changed != SEG_NEVER)
            out->before = value_of(word_at(vm, state, v->record->inner, out->changed - 1, &holds), type);
        return;
    }
    out->became_true = newest_turn(vm, state, v, SEG_OP_ENTERED, born);
    out->became_false = newest_turn(vm, state, v, SEG_OP_LEFT, born);
    out->holds = word_at(vm, state, v->record->inner, v->at, &holds) != 0;
}

/* The walk of a latch begins at the first fact, and stays in the frame that waited for it. */
static void turns_of_latch(seg_vm *vm, const seg_state *state, const view *v, seg_flips *out) {
    const seg_image *image = vm->image;
    seg_run code = image->programs[v->record->program].code;
    const seg_walk *walk = &vm->frames[0].walk;
    int64_t holds;
    vm->frames[0].walk = (seg_walk){.mark = INT64_MIN};
    out->holds = word_at(vm, state, v->record->program, v->at, &holds) != 0;
    if (walk->mark == INT64_MIN) return;
    *(out->holds ? &out->became_true : &out->became_false) = walk->mark;
    for (uint32_t i = code.first; i < code.first + code.count; i++)
        if (image->code[i].op == SEG_OP_LATCH)
            out->stays_until = later(walk->mark, out->holds ? image->code[i].imm : walk->gap_ms);
}

seg_status seg_probe_flips(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_flips *out) {
    view v;
    *out = (seg_flips){
        .became_true = SEG_NEVER, .became_false = SEG_NEVER, .stays_until = SEG_NEVER, .changed = SEG_NEVER};
    seg_status status = view_open(&v, vm, state, at);
    if (status != SEG_OK || !v.has_value) return status;
    int64_t born = seg_state_peek(state->bytes)->born;
    if (born > v.at) return SEG_OK;
    const seg_image_probe_record *below = probe_of(vm->image, at->segment, at->probe + 1);
    if (v.record->kind == SEG_PROBE_LATCH)
        turns_of_latch(vm, state, &v, out);
    else if (v.record->inner != SEG_NONE && v.record->kind != SEG_PROBE_SEGMENT)
        turns_of_inner(vm, state, &v, below ? below->type : v.record->type, born, out);
    return SEG_OK;
}

/* ---- Going through values ------------------------------------------------------------------------------ */

seg_status seg_probe_each(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_each_fn on_value,
                          void *user) {
    view v;
    seg_status status = view_open(&v, vm, state, at);
    if (status != SEG_OK || !v.has_value || v.record->kind < SEG_PROBE_SOME ||
        v.record->kind > SEG_PROBE_TALLY)
        return status;
    const seg_image *image = vm->image;
    const seg_image_probe_record *below = probe_of(image, at->segment, at->probe + 1);
    seg_run code = image->programs[v.record->program].code;
    const seg_ins *ins = &image->code[code.first], *end = ins + code.count;
    while (ins < end && !seg_op_goes_through(ins->op)) ins++;
    if (ins == end) return SEG_OK;
    int64_t key = SEG_MISSING, holds;
    for (;;) {
        seg_vm_begin(vm, state->bytes, v.at);
        key = seg_each_next(vm, ins - ins->b, ins->b, key, &holds);
        if (key == SEG_MISSING) return SEG_OK;
        vm->key = key;
        bool is_true = word_at(vm, state, ins->c, v.at, &holds) != 0;
        seg_value value = value_of(key, below ? below->type : SEG_INT);
        on_value(user, key, &value, is_true);
    }
}
