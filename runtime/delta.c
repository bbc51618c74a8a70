/* delta.c - time moves on, verdicts are looked at, changes come out. */
#include "delta.h"

#include "calendar.h"
#include "chart.h"
#include "due.h"
#include "error.h"
#include "gate.h"
#include "group.h"
#include "ladder.h"
#include "rank.h"
#include "sway.h"
#include "verdict.h"

/* ---- before ---------------------------------------------------------------------------------------- */

void seg_delta_mark_stale(seg_state *state) {
    seg_state_header *head = seg_state_head(state->bytes);
    head->flags |= SEG_STATE_STALE;
    head->deadline = head->born > head->now ? head->born : head->now;
}

seg_status seg_delta_enter(seg_vm *vm, const seg_state *state, seg_error *error) {
    if (!seg_state_fits(vm->image, state))
        return seg_error_set(error, SEG_E_STATE, 0, "the state does not belong to this image");
    seg_status status = seg_vm_prepare(vm, state->bytes);
    return status == SEG_OK ? SEG_OK : seg_error_set(error, status, 0, "no memory to count distinct values");
}

seg_status seg_delta_check_now(const seg_state *state, int64_t now, seg_error *error) {
    if (now < SEG_TIME_MIN || now > SEG_TIME_MAX)
        return seg_error_set(error, SEG_E_TIME, 0, "the instant is outside the years 1 to 9999");
    if (now < seg_state_peek(state->bytes)->now)
        return seg_error_set(error, SEG_E_TIME, 0, "time would run backwards for this profile");
    return SEG_OK;
}

/* ---- evaluating ------------------------------------------------------------------------------------- */

/* At so many instants the search for a flip looks, those of walks included: parts of now may change for ever
 * without flipping a verdict. Fewer looks are enough when they have gone through 400 years, after which the
 * calendar begins anew. */
#define LOOKS_LIMIT 20000
#define LOOKS_ENOUGH 1000
#define GROUP_LOOKS_LIMIT 100000
#define CALENDAR_PERIOD_MS (146097 * INT64_C(86400000))

/* The instant at which time alone flips the verdict that a program gives at `now`, known to hold until
 * `holds`. What asks for a rank is not known beyond the next refresh. */
static int64_t flip_instant(seg_vm *vm, const uint8_t *bytes, uint32_t program, bool verdict, int64_t now,
                            int64_t holds) {
    bool ranked = vm->image->ranked_programs[program] == 1;
    int64_t limit = ranked ? seg_image_refresh_after(vm->image, now) : SEG_NEVER;
    vm->group_looks = vm->looks = 0;
    for (; holds < limit && vm->looks < LOOKS_LIMIT; vm->looks++) {
        int64_t at = holds;
        if (vm->looks >= LOOKS_ENOUGH && at - now > CALENDAR_PERIOD_MS) break;
        if (vm->group_looks > GROUP_LOOKS_LIMIT) break;
        seg_vm_begin(vm, bytes, at);
        if ((seg_vm_run(vm, program, &holds) != 0) != verdict) return at;
    }
    return holds < limit ? holds : limit;
}

typedef struct seg_round { /* one evaluation of a state */
    uint8_t *bytes;
    seg_bits *bits;     /* of atoms */
    seg_dues dues;      /* of atoms that time can flip and that stand on no ladder */
    int64_t deadline;   /* nothing is due earlier; SEG_TIME_MIN: not known */
    int64_t on_ladders; /* nor on the ladders that were looked at */
    bool looks_at_all;  /* these are all that have entries */
} seg_round;

static seg_round round_of(const seg_image *image, uint8_t *bytes, int64_t deadline) {
    return (seg_round){bytes,     seg_state_atoms(image, bytes), seg_dues_of(image, bytes), deadline,
                       SEG_NEVER, deadline == SEG_TIME_MIN};
}

/* A due becomes another one. */
static void move_due(seg_round *round, int64_t old, int64_t due) {
    if (old <= round->deadline && old != due)
        round->deadline = SEG_TIME_MIN; /* it was perhaps the earliest */
    if (due < round->deadline) round->deadline = due;
}

static int64_t earliest_due(const seg_image *image, const seg_round *round) {
    int64_t alone = seg_due_earliest(&round->dues);
    int64_t on_ladders = round->looks_at_all
                             ? round->on_ladders
                             : seg_ladders_until(image, round->bytes, seg_state_peek(round->bytes)->now);
    return alone < on_ladders ? alone : on_ladders;
}

/* Notes what an atom says, and gives until when that holds. */
static int64_t judge_atom(seg_vm *vm, seg_round *round, uint32_t atom) {
    int64_t holds;
    const seg_image_atom *record = &vm->image->atoms[atom];
    if (vm->defers_groups && seg_group_is_asked(vm->image, record->program))
        return vm->now + 1; /* it is looked at before that */
    bool verdict = seg_vm_run(vm, record->program, &holds) != 0;
    if (verdict != seg_bit_get(round->bits, atom)) seg_gates_turn(vm, round->bytes, atom);
    return holds;
}

/* The same with its due, if it has one. */
static void run_atom(seg_vm *vm, seg_round *round, uint32_t atom) {
    int64_t holds = judge_atom(vm, round, atom);
    uint32_t place = vm->image->atom_due[atom];
    if (place == SEG_NONE) return;
    move_due(round, round->dues.words[place], holds);
    seg_due_set(&round->dues, place, holds);
}

/* All on ladders of a store. */
static void run_ladders(seg_vm *vm, seg_round *round, const seg_slot *slot, bool all, int64_t from) {
    int64_t holds = seg_ladders_climb(vm, round->bytes, slot, all, from);
    if (holds < round->on_ladders) round->on_ladders = holds;
    if (holds < round->deadline) round->deadline = holds;
}

/* All on ladders of stores that have entries, when the state's deadline has come. */
static void run_laden_ladders(seg_vm *vm, seg_round *round) {
    const seg_image *image = vm->image;
    int64_t from = seg_state_peek(round->bytes)->deadline;
    for (uint32_t i = 0, slots = seg_slot_count(image, round->bytes); i < slots; i++) {
        seg_slot slot = seg_slot_at(image, round->bytes, i);
        if (slot.owner >= image->store_count) break;
        if (image->store_ladders[slot.owner].count > 0) run_ladders(vm, round, &slot, false, from);
    }
}

static void run_all_atoms(seg_vm *vm, seg_round *round) {
    const seg_image *image = vm->image;
    for (uint32_t i = 0; i < image->loose_count; i++) run_atom(vm, round, image->loose_atoms[i]);
    for (uint32_t i = 0; i < image->store_count; i++) {
        if (image->store_ladders[i].count == 0) continue;
        seg_slot slot = seg_state_slot(image, round->bytes, i);
        run_ladders(vm, round, &slot, true, SEG_TIME_MIN);
    }
}

/* The same in a state that has never been evaluated, without the stores that the first fact entered. */
static void run_first_atoms(seg_vm *vm, seg_round *round) {
    const seg_image *image = vm->image;
    seg_ladders_begin(vm, round->bytes);
    for (uint32_t i = 0; i < image->loose_count; i++) run_atom(vm, round, image->loose_atoms[i]);
}

static void run_loose_atoms(seg_vm *vm, seg_round *round, uint32_t feed, const seg_word *entry) {
    const seg_image *image = vm->image;
    uint32_t store = image->feeds[feed].store;
    const uint32_t *atoms = image->links + image->feeds[feed].atoms.first;
    if (!(image->loose_feeds[feed / 64] >> (feed % 64) & 1)) return;
    for (uint32_t i = 0; i < image->feeds[feed].atoms.count; i++)
        if (!seg_ladders_hold(image, atoms[i]) && seg_sway_can(vm, round->bits, atoms[i], store, entry))
            run_atom(vm, round, atoms[i]);
}

/* What the fact that was taken in can flip; `first`: loose atoms are looked at already. */
static void run_fed_atoms(seg_vm *vm, seg_round *round, bool first) {
    const seg_image *image = vm->image;
    const int64_t *row = vm->rows;
    for (uint32_t i = 0; i < vm->entrance_count; i++) {
        const seg_entrance *entrance = &vm->entrances[i];
        const int64_t *entry = row;
        row += seg_store_stride(&image->stores[entrance->slot.owner]);
        if (entrance->fate != SEG_FATE_KEPT && entrance->fate != SEG_FATE_FOLDED) continue;
        if (!first) run_loose_atoms(vm, round, entrance->feed, entry);
        if (image->store_ladders[entrance->slot.owner].count > 0)
            run_ladders(vm, round, &entrance->slot, false, SEG_TIME_MIN);
    }
}

/* Of the atoms that time can flip those that it may have flipped by now. */
static void run_due_atoms(seg_vm *vm, seg_round *round, int64_t now) {
    for (uint32_t i = 0; (i = seg_due_next(&round->dues, i, now)) < round->dues.count; i++)
        run_atom(vm, round, vm->image->due_atoms[i]);
    run_laden_ladders(vm, round);
}

int64_t seg_delta_find_pending(const seg_image *image, const uint8_t *bytes, int64_t now) {
    int64_t pending = SEG_NEVER;
    for (uint32_t i = 0; i < seg_slot_count(image, bytes); i++) {
        seg_slot slot = seg_slot_at(image, bytes, i);
        if (slot.owner >= image->store_count) break;
        seg_entries entries;
        seg_slot_entries(&entries, image, bytes, &slot);
        uint32_t next = seg_entries_until(&entries, now);
        if (next < entries.count && seg_entry_time(&entries, next) < pending)
            pending = seg_entry_time(&entries, next);
    }
    return pending;
}

/* Looks at the marked segments. */
static void judge_segments(seg_vm *vm, uint8_t *bytes) {
    const seg_image *image = vm->image;
    const seg_bits *atoms = seg_state_atoms(image, bytes);
    seg_bits *members = seg_state_segments(image, bytes);
    uint32_t words = seg_bit_words(image->segment_count);
    int64_t holds;
    seg_vm_use_bits(vm, atoms);
    for (uint32_t word = 0; word < words; word++) {
        uint64_t marks = vm->marks[word];
        vm->marks[word] = 0;
        for (; marks; marks &= marks - 1) {
            uint32_t segment = word * 64 + (uint32_t)__builtin_ctzll(marks);
            if (vm->defers_groups && seg_image_is_grouped(image, segment)) continue;
            const seg_verdict *known = &image->verdicts[segment];
            bool verdict = known->count ? seg_verdict_ask(known, atoms)
                                        : seg_vm_run(vm, image->segments[segment].program, &holds) != 0;
            seg_gates_note(vm, members, segment, verdict);
        }
    }
    vm->marked = false;
}

/* Lists the segments whose verdict changed, in order, and until when the new ones hold: at once where a table
 * says it, else for how long at least; *open is the number of these others. */
static uint32_t list_changes(seg_vm *vm, const uint8_t *bytes, const seg_trigger *trigger, uint32_t *open) {
    const seg_image *image = vm->image;
    const seg_bits *atoms = bytes + image->places.atoms, *members = bytes + image->places.segments;
    bool is_clear = !(seg_state_peek(bytes)->flags & SEG_STATE_AHEAD);
    seg_change *change = vm->changes;
    uint64_t *words = vm->changed, *end = words + seg_bit_words(image->segment_count);
    for (uint64_t *word = words; word < end; word++) {
        uint64_t changed = *word;
        if (!changed) continue;
        *word = 0;
        uint32_t first = (uint32_t)(word - words) * 64;
        for (; changed; changed &= changed - 1, change++) {
            uint32_t segment = first + (uint32_t)__builtin_ctzll(changed);
            bool entered = seg_bit_get(members, segment);
            const seg_verdict *verdict = &image->verdicts[segment];
            if (is_clear && verdict->is_timed) {
                change->valid_until = seg_verdict_until(vm, verdict, atoms, entered);
            } else {
                seg_vm_run(vm, image->segments[segment].program, &change->valid_until);
                ++*open;
            }
            change->segment = segment; /* one by one: to copy them at once waits for what was just written */
            change->entered = entered;
            change->late = trigger->late;
            change->cause = trigger->cause;
            change->cause_index = trigger->index;
            change->at = vm->now;
        }
    }
    return (uint32_t)(change - vm->changes);
}

/* Finds the exact instants of those for which it is not known. */
static void find_instants(seg_vm *vm, const uint8_t *bytes, uint32_t count) {
    const seg_image *image = vm->image;
    bool is_clear = !(seg_state_peek(bytes)->flags & SEG_STATE_AHEAD);
    for (seg_change *change = vm->changes; change < vm->changes + count; change++) {
        if (is_clear && image->verdicts[change->segment].is_timed) continue;
        uint32_t program = image->segments[change->segment].program;
        change->valid_until =
            flip_instant(vm, bytes, program, change->entered, change->at, change->valid_until);
    }
}

/* Tells what changed, if anything did and anybody listens. */
static void report(seg_vm *vm, const uint8_t *bytes, const seg_trigger *trigger) {
    uint32_t open = 0;
    vm->has_changed = false;
    if (!trigger->sink.on_changes) {
        memset(vm->changed, 0, seg_bit_words(vm->image->segment_count) * sizeof *vm->changed);
        return;
    }
    vm->asks_until = true;
    seg_vm_begin(vm, bytes, seg_state_peek(bytes)->now);
    uint32_t count = list_changes(vm, bytes, trigger, &open);
    if (open > 0) find_instants(vm, bytes, count);
    vm->asks_until = false;
    if (count > 0) trigger->sink.on_changes(trigger->sink.user, vm->changes, count);
}

/* After atoms were looked at. */
static void settle_segments(seg_vm *vm, uint8_t *bytes, const seg_trigger *trigger) {
    if (vm->marked) judge_segments(vm, bytes);
    if (vm->has_changed) report(vm, bytes, trigger);
}

static void mark_all(seg_vm *vm) {
    uint32_t count = vm->image->segment_count;
    for (uint32_t i = 0; i < seg_bit_words(count); i++) vm->marks[i] = UINT64_MAX;
    if (count % 64) vm->marks[count / 64] = (UINT64_C(1) << (count % 64)) - 1;
    vm->marked = count > 0;
}

void seg_delta_evaluate(seg_vm *vm, seg_state *state, bool entered, const seg_trigger *trigger) {
    const seg_image *image = vm->image;
    seg_state_header *head = seg_state_head(state->bytes);
    int64_t now = head->now;
    if (head->born > now) { /* nobody is there yet */
        head->deadline = head->born;
        return;
    }
    int64_t pending = seg_state_pending(image, state->bytes);
    bool stale = head->flags & SEG_STATE_STALE, arrived = pending <= now;
    bool all = stale || arrived, temporal = all || head->deadline <= now;
    bool first = trigger->is_first && !arrived;
    seg_round round = round_of(image, state->bytes, temporal ? SEG_TIME_MIN : head->deadline);
    if (vm->deadline_moves) round.deadline = SEG_TIME_MIN;
    vm->deadline_moves = false;
    if (arrived) {
        pending = seg_delta_find_pending(image, state->bytes, now);
        seg_state_set_pending(image, state->bytes, pending);
    }
    if (temporal || entered) {
        seg_vm_begin(vm, state->bytes, now);
        vm->round++;
        if (first)
            run_first_atoms(vm, &round);
        else if (all)
            run_all_atoms(vm, &round);
        else if (temporal)
            run_due_atoms(vm, &round, now);
        if (entered && (first || !all)) run_fed_atoms(vm, &round, first);
        if (stale && !first) mark_all(vm);
    }
    if (round.deadline == SEG_TIME_MIN) round.deadline = earliest_due(image, &round);
    head->flags &= (uint8_t)~SEG_STATE_STALE;
    head->deadline = pending < round.deadline ? pending : round.deadline;
    settle_segments(vm, state->bytes, trigger);
}

void seg_delta_advance(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink) {
    const seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_TIME, .index = SEG_NONE};
    seg_state_header *head = seg_state_head(state->bytes);
    while (head->deadline <= now) {
        if (head->deadline > head->now) head->now = head->deadline;
        vm->counters.wakes++;
        seg_delta_evaluate(vm, state, false, &trigger);
    }
    if (now > head->now) head->now = now;
}

seg_status seg_advance(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink) {
    seg_status status = seg_delta_enter_at(vm, state, now, NULL);
    if (status != SEG_OK) return status;
    seg_delta_adopt(vm, state);
    seg_delta_advance(vm, state, now, sink);
    return SEG_OK;
}

/* Looks at some atoms at `now`, because of what the host says about other profiles; the segments that the
 * caller marked are judged too. */
static void look_at(seg_vm *vm, seg_state *state, const uint32_t *atoms, uint32_t count,
                    const seg_trigger *trigger) {
    const seg_image *image = vm->image;
    seg_state_header *head = seg_state_head(state->bytes);
    seg_round round = round_of(image, state->bytes, head->deadline);
    seg_vm_begin(vm, state->bytes, head->now);
    vm->round++;
    for (uint32_t i = 0; i < count; i++) run_atom(vm, &round, atoms[i]);
    if (round.deadline == SEG_TIME_MIN) round.deadline = earliest_due(image, &round);
    int64_t pending = seg_state_pending(image, state->bytes);
    head->deadline = pending < round.deadline ? pending : round.deadline;
    settle_segments(vm, state->bytes, trigger);
}

/* Moves the profile to `now`, where the host's word about others is another. *settled: nothing is left to
 * look at, because everything was, or nobody is there yet. */
static seg_status move_among(seg_vm *vm, seg_state *state, int64_t now, const seg_trigger *trigger,
                             bool *settled) {
    *settled = true;
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(state, now, NULL);
    if (status != SEG_OK) return status;
    seg_delta_adopt(vm, state);
    if (now > seg_state_now(state)) seg_delta_advance(vm, state, now - 1, trigger->sink);
    seg_state_header *head = seg_state_head(state->bytes);
    head->now = now;
    if (head->born == SEG_NEVER) return SEG_OK;
    *settled = head->flags & SEG_STATE_STALE || seg_state_pending(vm->image, state->bytes) <= now ||
               head->deadline <= now || head->born > now;
    if (!*settled) return SEG_OK;
    seg_delta_mark_stale(state);
    seg_delta_evaluate(vm, state, false, trigger);
    return SEG_OK;
}

seg_status seg_rerank(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink) {
    const seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_RANK, .index = SEG_NONE};
    bool settled;
    seg_status status = move_among(vm, state, now, &trigger, &settled);
    if (!settled) look_at(vm, state, vm->image->ranked_atoms, vm->image->ranked_count, &trigger);
    return status;
}

seg_status seg_regroup(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink) {
    const seg_image *image = vm->image;
    const seg_trigger trigger = {.sink = sink, .cause = cause, .index = SEG_NONE};
    bool settled, defers = vm->defers_groups;
    vm->defers_groups = false;
    seg_status status = move_among(vm, state, now, &trigger, &settled);
    if (!settled) {
        /* While they were deferred, other atoms of theirs may have changed. */
        for (uint32_t i = 0; i < image->segment_count; i++)
            if (seg_image_is_grouped(image, i)) vm->marks[i / 64] |= UINT64_C(1) << (i % 64);
        vm->marked = image->segment_count > 0;
        look_at(vm, state, image->grouped_atoms, image->grouped_count, &trigger);
    }
    vm->defers_groups = defers;
    return status;
}

seg_status seg_settle(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink) {
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(state, now, NULL);
    if (status != SEG_OK) return status;
    const seg_trigger trigger = {.sink = sink, .cause = cause, .index = SEG_NONE};
    seg_delta_adopt(vm, state);
    seg_state_head(state->bytes)->now = now;
    if (seg_state_peek(state->bytes)->born == SEG_NEVER) return SEG_OK;
    seg_delta_mark_stale(state);
    seg_delta_evaluate(vm, state, false, &trigger);
    return SEG_OK;
}

/* Kept apart, so that the quick ways save no registers for it. */
static __attribute__((noinline)) seg_status evaluate_program(seg_vm *vm, const seg_state *state,
                                                             uint32_t segment, int64_t at, bool *verdict,
                                                             int64_t *valid_until) {
    if (segment >= vm->image->segment_count) return SEG_E_USAGE;
    if (!seg_state_fits(vm->image, state)) return SEG_E_STATE;
    uint32_t program = vm->image->segments[segment].program;
    seg_status status = seg_delta_check_now(state, at, NULL);
    if (status == SEG_OK) status = seg_vm_prepare(vm, state->bytes);
    if (status != SEG_OK) return status;
    int64_t holds = seg_state_peek(state->bytes)->born;
    *verdict = false;
    vm->asks_until = valid_until != NULL;
    if (holds <= at) {
        seg_vm_begin(vm, state->bytes, at);
        *verdict = seg_vm_run(vm, program, &holds) != 0;
    }
    if (valid_until) *valid_until = flip_instant(vm, state->bytes, program, *verdict, at, holds);
    vm->asks_until = false;
    return SEG_OK;
}

/* The same along a chart that leads to leaves, from its beginning. */
static __attribute__((noinline)) seg_status evaluate_leaves(seg_vm *vm, const seg_state *state,
                                                            uint32_t segment, int64_t at, bool *verdict,
                                                            int64_t *valid_until) {
    const seg_node *first = vm->image->charts[segment];
    if (!seg_state_fits(vm->image, state) || !seg_chart_ask(vm, first, state->bytes, at, verdict))
        return evaluate_program(vm, state, segment, at, verdict, valid_until);
    SEG_METER(vm, instructions, 1);
    return SEG_OK;
}

/* The same from a node of a chart on. */
static __attribute__((noinline)) seg_status evaluate_chart(seg_vm *vm, const seg_state *state,
                                                           uint32_t segment, int64_t at, bool *verdict,
                                                           int64_t *valid_until, uint32_t place) {
    const seg_node *first = vm->image->charts[segment];
    if (seg_node_kind_of(first) == SEG_NODE_NONE || (valid_until && !first->is_fixed) ||
        !seg_chart_reaches(at))
        return evaluate_program(vm, state, segment, at, verdict, valid_until);
    place = seg_chart_walk(first, place, state->bytes, at);
    if (place < SEG_NODE_NO) return evaluate_leaves(vm, state, segment, at, verdict, valid_until);
    SEG_METER(vm, instructions, 1); /* counting questions would cost a twentieth */
    *verdict = place == SEG_NODE_YES;
    if (valid_until) *valid_until = SEG_NEVER;
    return SEG_OK;
}

/* The same along a chart of several nodes. Where the first decides, the verdict depends on no clock. */
static __attribute__((noinline)) seg_status evaluate_nodes(seg_vm *vm, const seg_state *state,
                                                           uint32_t segment, int64_t at, bool *verdict,
                                                           int64_t *valid_until) {
    const seg_node *first = vm->image->charts[segment];
    if (seg_node_kind_of(first) != SEG_NODE_RANGES)
        return evaluate_chart(vm, state, segment, at, verdict, valid_until, 0);
    uint32_t place = seg_chart_way(first, seg_node_answer(first, state->bytes));
    if (place < SEG_NODE_NO) return evaluate_chart(vm, state, segment, at, verdict, valid_until, place);
    SEG_METER(vm, instructions, 1);
    *verdict = place == SEG_NODE_YES;
    if (valid_until) *valid_until = SEG_NEVER;
    return SEG_OK;
}

seg_status seg_evaluate(seg_vm *vm, const seg_state *state, uint32_t segment, int64_t at, bool *verdict,
                        int64_t *valid_until) {
    const seg_image *image = vm->image;
    if (segment >= image->segment_count || !seg_state_fits_settled(image, state)) goto whole;
    const uint8_t *bytes = state->bytes;
    if (seg_state_peek(bytes)->born > at || seg_state_peek(bytes)->now > at || at > SEG_TIME_MAX) goto whole;
    const seg_node *first = image->charts[segment];
    if (seg_node_kind_of(first) != SEG_NODE_ALONE)
        return evaluate_nodes(vm, state, segment, at, verdict, valid_until);
    SEG_METER(vm, instructions, 1);
    *verdict = seg_node_answer(first, bytes);
    if (valid_until) *valid_until = SEG_NEVER;
    return SEG_OK;
whole:
    return evaluate_program(vm, state, segment, at, verdict, valid_until);
}

seg_status seg_erase(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink) {
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(state, now, NULL);
    if (status != SEG_OK) return status;
    seg_delta_adopt(vm, state);
    if (now > seg_state_now(state)) seg_delta_advance(vm, state, now - 1, sink);
    const seg_bits *members = seg_state_segments(vm->image, state->bytes);
    seg_change change = {.cause = cause, .cause_index = SEG_NONE, .at = now, .valid_until = SEG_NEVER};
    uint32_t count = 0;
    for (; change.segment < vm->image->segment_count; change.segment++)
        if (seg_bit_get(members, change.segment)) vm->changes[count++] = change;
    if (sink.on_changes && count > 0) sink.on_changes(sink.user, vm->changes, count);
    memset(state->bytes, 0, state->capacity_bytes); /* no trace, not even behind the end */
    seg_state_format(vm->image, state->bytes);
    state->size_bytes = vm->image->places.base;
    return SEG_OK;
}
