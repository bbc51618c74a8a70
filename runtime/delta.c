/* delta.c - facts go in, time moves on, changes come out. */
#include "delta.h"

#include "area.h"
#include "calendar.h"
#include "canon.h"
#include "chart.h"
#include "due.h"
#include "error.h"
#include "fact.h"
#include "gate.h"
#include "group.h"
#include "ladder.h"
#include "message.h"
#include "rank.h"
#include "route.h"
#include "truth.h"
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

void seg_delta_adopt(const seg_vm *vm, seg_state *state) {
    seg_state_header *head = seg_state_head(state->bytes);
    if (head->rules == vm->image->rules) return;
    head->rules = vm->image->rules;
    seg_delta_mark_stale(state);
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
    seg_bits *bits;   /* of atoms */
    seg_dues dues;    /* of atoms that time can flip and that have no home */
    int64_t deadline; /* no due is earlier; SEG_TIME_MIN: not known */
} seg_round;

static seg_round round_of(const seg_image *image, uint8_t *bytes, int64_t deadline) {
    return (seg_round){bytes, seg_state_atoms(image, bytes), seg_dues_of(image, bytes), deadline};
}

/* A due becomes another one. */
static void move_due(seg_round *round, int64_t old, int64_t due) {
    if (old <= round->deadline && old != due)
        round->deadline = SEG_TIME_MIN; /* it was perhaps the earliest */
    if (due < round->deadline) round->deadline = due;
}

static int64_t earliest_due(const seg_image *image, const seg_round *round) {
    int64_t alone = seg_due_earliest(&round->dues), at_home = seg_home_earliest(image, round->bytes);
    return alone < at_home ? alone : at_home;
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

/* The same with its due, unless it is at home in a store. */
static void run_atom(seg_vm *vm, seg_round *round, uint32_t atom) {
    int64_t holds = judge_atom(vm, round, atom);
    uint32_t place = vm->image->atom_due[atom];
    if (place == SEG_NONE) return;
    move_due(round, round->dues.words[place], holds);
    seg_due_set(&round->dues, place, holds);
}

/* The atoms on ladders of a store, one by one: for when entries lie ahead. */
static int64_t judge_ladders(seg_vm *vm, seg_round *round, uint32_t store) {
    const seg_image *image = vm->image;
    seg_run run = image->store_ladders[store];
    int64_t earliest = SEG_NEVER;
    for (uint32_t i = run.first; i < run.first + run.count; i++)
        for (uint32_t j = 0; j < image->ladders[i].count; j++) {
            int64_t holds = judge_atom(vm, round, image->rungs[image->ladders[i].first + j].atom);
            if (holds < earliest) earliest = holds;
        }
    return earliest;
}

/* All on ladders of a store. */
static void run_ladders(seg_vm *vm, seg_round *round, const seg_slot *slot, bool all) {
    int64_t holds;
    if (!seg_ladders_climb(vm, round->bytes, slot, all, &holds))
        holds = judge_ladders(vm, round, slot->owner);
    if (slot->offset == 0 || !seg_state_is_home(vm->image, slot->owner)) return;
    seg_word *due = seg_home_due(round->bytes, slot->offset);
    move_due(round, *due, holds);
    *due = holds;
}

/* Those whose due is at or before `now`. */
static void run_due_homes(seg_vm *vm, seg_round *round, int64_t now) {
    const seg_image *image = vm->image;
    seg_slot slot;
    for (bool is = seg_home_first(image, round->bytes, &slot); is;
         is = seg_home_next(image, round->bytes, &slot))
        if (*seg_home_due(round->bytes, slot.offset) <= now) run_ladders(vm, round, &slot, false);
}

static void run_all_atoms(seg_vm *vm, seg_round *round) {
    const seg_image *image = vm->image;
    for (uint32_t i = 0; i < image->loose_count; i++) run_atom(vm, round, image->loose_atoms[i]);
    for (uint32_t i = 0; i < image->store_count; i++) {
        if (image->store_ladders[i].count == 0) continue;
        seg_slot slot = seg_state_slot(image, round->bytes, i);
        run_ladders(vm, round, &slot, true);
    }
}

/* The same in a state that has never been evaluated, without the stores that the first fact entered. */
static void run_first_atoms(seg_vm *vm, seg_round *round) {
    const seg_image *image = vm->image;
    seg_ladders_begin(vm, round->bytes);
    for (uint32_t i = 0; i < image->loose_count; i++) run_atom(vm, round, image->loose_atoms[i]);
}

static void run_loose_atoms(seg_vm *vm, seg_round *round, uint32_t feed) {
    const seg_image *image = vm->image;
    seg_run atoms = image->feeds[feed].atoms;
    if (!(image->loose_feeds[feed / 64] >> (feed % 64) & 1)) return;
    for (uint32_t i = 0; i < atoms.count; i++)
        if (!seg_ladders_hold(image, image->links[atoms.first + i]))
            run_atom(vm, round, image->links[atoms.first + i]);
}

/* What the fact that was taken in can flip; `first`: loose atoms are looked at already. */
static void run_fed_atoms(seg_vm *vm, seg_round *round, bool first) {
    const seg_image *image = vm->image;
    for (uint32_t i = 0; i < vm->entering_count; i++) {
        if (vm->fates[i] != SEG_FATE_KEPT && vm->fates[i] != SEG_FATE_FOLDED) continue;
        uint32_t store = image->feeds[vm->entering[i]].store;
        if (!first) run_loose_atoms(vm, round, vm->entering[i]);
        if (image->store_ladders[store].count == 0) continue;
        seg_slot slot = seg_state_slot(image, round->bytes, store);
        run_ladders(vm, round, &slot, false);
    }
}

/* Of the atoms that time can flip those that it may have flipped by now. */
static void run_due_atoms(seg_vm *vm, seg_round *round, int64_t now) {
    for (uint32_t i = 0; (i = seg_due_next(&round->dues, i, now)) < round->dues.count; i++)
        run_atom(vm, round, vm->image->due_atoms[i]);
    run_due_homes(vm, round, now);
}

/* The earliest entry after now. */
static int64_t find_pending(const seg_image *image, const uint8_t *bytes, int64_t now) {
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

/* Lists the segments whose verdict changed, in order; their number. */
static uint32_t list_changed(seg_vm *vm, const uint8_t *bytes) {
    const seg_bits *members = bytes + vm->image->places.segments;
    uint32_t count = 0, words = seg_bit_words(vm->image->segment_count);
    for (uint32_t word = 0; word < words; word++) {
        uint64_t changed = vm->changed[word];
        if (!changed) continue;
        vm->changed[word] = 0;
        for (; changed; changed &= changed - 1) {
            uint32_t segment = word * 64 + (uint32_t)__builtin_ctzll(changed);
            vm->flips[count++] = (seg_flip){.segment = segment, .verdict = seg_bit_get(members, segment)};
        }
    }
    vm->has_changed = false;
    return count;
}

/* Until when the new verdicts hold: at once, or for how long at least. */
static void find_holds(seg_vm *vm, const uint8_t *bytes, uint32_t count) {
    const seg_image *image = vm->image;
    const seg_bits *atoms = bytes + image->places.atoms;
    bool is_clear = !(seg_state_peek(bytes)->flags & SEG_STATE_AHEAD);
    for (uint32_t i = 0; i < count; i++) {
        seg_flip *flip = &vm->flips[i];
        const seg_verdict *verdict = &image->verdicts[flip->segment];
        flip->is_exact = is_clear && verdict->is_timed;
        if (flip->is_exact)
            flip->holds = seg_verdict_until(vm, verdict, atoms, flip->verdict);
        else
            seg_vm_run(vm, image->segments[flip->segment].program, &flip->holds);
    }
}

static void report(seg_vm *vm, const uint8_t *bytes, const seg_trigger *trigger) {
    uint32_t count = list_changed(vm, bytes);
    if (!trigger->sink.on_change || count == 0) return;
    int64_t now = seg_state_peek(bytes)->now;
    vm->asks_until = true;
    seg_vm_begin(vm, bytes, now);
    find_holds(vm, bytes, count);
    for (uint32_t i = 0; i < count; i++) {
        const seg_flip *flip = &vm->flips[i];
        uint32_t program = vm->image->segments[flip->segment].program;
        seg_change change = {
            .segment = flip->segment,
            .entered = flip->verdict,
            .late = trigger->late,
            .cause = trigger->cause,
            .cause_index = trigger->index,
            .at = now,
            .valid_until = flip->is_exact ? flip->holds
                                          : flip_instant(vm, bytes, program, flip->verdict, now, flip->holds),
        };
        trigger->sink.on_change(trigger->sink.user, &change);
    }
    vm->asks_until = false;
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
    if (arrived) {
        pending = find_pending(image, state->bytes, now);
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
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(state, now, NULL);
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

/* The same where newest values stand at their fixed places: no fact lies ahead, and the profile is there. */
static __attribute__((noinline)) seg_status evaluate_settled(seg_vm *vm, const seg_state *state,
                                                             uint32_t segment, int64_t at, bool *verdict,
                                                             int64_t *valid_until) {
    const seg_truth *truth = &vm->image->truths[segment];
    const seg_chart *chart = &vm->image->charts[segment];
    if (truth->first < truth->end) {
        SEG_METER(vm, instructions, 1);
        *verdict = seg_truth_ask(truth, state->bytes);
        if (valid_until) *valid_until = SEG_NEVER;
        return SEG_OK;
    }
    if (chart->first && !valid_until && seg_chart_ask(vm, chart, state->bytes, at, verdict)) return SEG_OK;
    return evaluate_program(vm, state, segment, at, verdict, valid_until);
}

seg_status seg_evaluate(seg_vm *vm, const seg_state *state, uint32_t segment, int64_t at, bool *verdict,
                        int64_t *valid_until) {
    const seg_image *image = vm->image;
    if (segment >= image->segment_count || !seg_state_fits_settled(image, state))
        return evaluate_program(vm, state, segment, at, verdict, valid_until);
    const seg_truth *truth = &image->truths[segment];
    const seg_state_header *head = seg_state_peek(state->bytes);
    if (head->born > at || head->now > at || at > SEG_TIME_MAX)
        return evaluate_program(vm, state, segment, at, verdict, valid_until);
    if (!truth->is_plain) return evaluate_settled(vm, state, segment, at, verdict, valid_until);
    SEG_METER(vm, instructions, 1);
    *verdict = seg_truth_ask_plain(truth, state->bytes);
    if (valid_until) *valid_until = SEG_NEVER;
    return SEG_OK;
}

/* ---- one fact ------------------------------------------------------------------------------------------ */

typedef struct seg_intake {
    uint32_t number; /* in EVENTS */
    seg_fact fact;
    uint64_t tie, message;
    int64_t now;
} seg_intake;

/* Nothing but the compiler's word makes the words of float fields floats, so others become missing. */
static void clean_floats(const seg_image_store *store, int64_t *words) {
    for (uint32_t i = 0; i < store->width; i++)
        if ((store->float_fields >> i & 1) && !seg_float_is_finite(words[i])) words[i] = SEG_MISSING;
}

/* Notes the feed if the fact goes through it, and writes the entry that it would be. The row behind it. */
static int64_t *compute_row(seg_vm *vm, const seg_intake *intake, uint32_t number, int64_t *row) {
    const seg_image_feed *feed = &vm->image->feeds[number];
    const seg_image_store *store = &vm->image->stores[feed->store];
    const uint32_t *values = vm->image->links + feed->values.first;
    int64_t holds;
    if (feed->filter != SEG_NONE && seg_vm_run(vm, feed->filter, &holds) == 0) return row;
    vm->entering[vm->entering_count++] = number;
    row[0] = intake->fact.time;
    row[1] = (int64_t)intake->tie;
    for (uint32_t i = 0; i < feed->values.count; i++)
        row[SEG_ENTRY_WORDS + i] = seg_vm_run(vm, values[i], &holds);
    if (store->float_fields) clean_floats(store, row + SEG_ENTRY_WORDS);
    return row + seg_store_stride(store);
}

/* Runs the programs over the fact: which feeds it goes through, and as what. */
static void compute_rows(seg_vm *vm, const seg_intake *intake) {
    const seg_image *image = vm->image;
    int64_t *row = vm->rows, holds;
    seg_vm_begin(vm, NULL, intake->fact.time);
    vm->fact = &intake->fact;
    vm->entering_count = 0;
    for (uint32_t i = image->route_first[intake->number]; i < image->route_first[intake->number + 1]; i++) {
        const seg_route *route = &image->routes[i];
        uint32_t first = route->first, end = route->end;
        if (route->program != SEG_NONE)
            seg_route_find(image, route, seg_vm_run(vm, route->program, &holds), &first, &end);
        for (uint32_t feed = first; feed < end; feed++) row = compute_row(vm, intake, feed, row);
    }
    vm->fact = NULL;
}

static void note_need(const seg_image *image, const uint8_t *bytes, seg_need *need, const seg_slot *slot,
                      size_t size_bytes, seg_growth *growth) {
    *need = (seg_need){slot->owner, size_bytes};
    if (size_bytes > 0) seg_growth_add(growth, image, bytes, slot, size_bytes);
}

/* What each area that the fact goes into must have; 0: it has it. Their number. */
static uint32_t find_needs(seg_vm *vm, const seg_state *state, const seg_intake *intake, bool remembers,
                           seg_growth *growth) {
    const seg_image *image = vm->image;
    const int64_t *row = vm->rows;
    uint32_t count = 0;
    *growth = (seg_growth){0};
    for (uint32_t i = 0; i < vm->entering_count; i++) {
        uint32_t store = image->feeds[vm->entering[i]].store;
        seg_slot slot = seg_state_slot(image, state->bytes, store);
        size_t need = seg_store_need(image, state->bytes, &slot, row, vm->fates[i], intake->now);
        note_need(image, state->bytes, &vm->needs[count++], &slot, need, growth);
        row += seg_store_stride(&image->stores[store]);
    }
    if (remembers) {
        seg_slot slot = seg_message_slot(image, state->bytes);
        size_t need = seg_message_need(image, state, intake->now);
        note_need(image, state->bytes, &vm->needs[count++], &slot, need, growth);
    }
    if (vm->entering_count > 0 && intake->fact.time > intake->now) {
        seg_slot slot = seg_state_slot(image, state->bytes, image->store_count + SEG_OWNER_PENDING);
        size_t need = slot.offset ? 0 : sizeof(seg_word);
        note_need(image, state->bytes, &vm->needs[count++], &slot, need, growth);
    }
    return count;
}

/* States below that are not worth closing up. */
#define CLOSED_BYTES 96

/* Before a narrow state gets more memory it gives back what it does not need. If there is none then, it is as
 * it was. */
static seg_status close_up_and_reserve(seg_vm *vm, seg_state *state, const seg_intake *intake, bool remembers,
                                       seg_growth *growth) {
    const seg_image *image = vm->image;
    uint8_t before[SEG_NARROW_BYTES];
    size_t size = state->size_bytes;
    memcpy(before, state->bytes, size);
    seg_canon_trim(image, state);
    seg_area_close_up(image, state);
    find_needs(vm, state, intake, remembers, growth);
    seg_status status = seg_area_reserve(image, vm->allocator, state, growth);
    if (status == SEG_OK) return SEG_OK;
    memcpy(state->bytes, before, size);
    state->size_bytes = size;
    return status;
}

/* Room for the fact, so that `admit` cannot fail. Without memory nothing changes. */
static seg_status make_room(seg_vm *vm, seg_state *state, const seg_intake *intake, bool remembers) {
    const seg_image *image = vm->image;
    seg_growth growth;
    uint32_t count = find_needs(vm, state, intake, remembers, &growth);
    if (growth.whole_bytes == 0) return SEG_OK;
    bool closes_up = state->capacity_bytes >= CLOSED_BYTES && !seg_state_is_wide(state->bytes) &&
                     seg_growth_is_more(&growth, image, state) && !seg_canon_is_tight(image, state);
    seg_status status = closes_up ? close_up_and_reserve(vm, state, intake, remembers, &growth)
                                  : seg_area_reserve(image, vm->allocator, state, &growth);
    for (uint32_t i = 0; status == SEG_OK && i < count; i++)
        if (vm->needs[i].size_bytes)
            seg_area_resize(image, state, vm->needs[i].owner, vm->needs[i].size_bytes);
    return status;
}

/* What becomes of the fact, with room made for it. */
static seg_status judge_fact(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome *outcome) {
    const seg_image *image = vm->image;
    *outcome = SEG_DUPLICATE;
    bool remember = intake->message != 0 && image->header->duplicates_ms > 0;
    if (remember && seg_message_is_known(image, state, intake->message, intake->now)) return SEG_OK;
    compute_rows(vm, intake);
    uint32_t too_old = 0;
    const int64_t *row = vm->rows;
    for (uint32_t i = 0; i < vm->entering_count; i++) {
        uint32_t store = image->feeds[vm->entering[i]].store;
        vm->fates[i] = seg_store_fate(image, state->bytes, store, row, intake->now);
        too_old += vm->fates[i] == SEG_FATE_TOO_OLD;
        row += seg_store_stride(&image->stores[store]);
    }
    *outcome = vm->entering_count > 0 && too_old == vm->entering_count ? SEG_TOO_OLD : SEG_APPLIED;
    return make_room(vm, state, intake, remember && *outcome == SEG_APPLIED);
}

/* The fact becomes part of the state, at the state's now. Even one that is too old says that the profile
 * existed then: membership depends on which facts there were, not on when they arrived. */
static void admit(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome outcome) {
    const seg_image *image = vm->image;
    seg_state_header *head = seg_state_head(state->bytes);
    int64_t time = intake->fact.time;
    if (time < head->born) { /* conditions that run at an instant before now ask whether anybody was there */
        if (head->born > intake->now || image->asks_past) head->flags |= SEG_STATE_STALE;
        head->born = time;
    }
    if (outcome != SEG_APPLIED) return;
    const int64_t *row = vm->rows;
    for (uint32_t i = 0; i < vm->entering_count; i++) {
        uint32_t store = image->feeds[vm->entering[i]].store;
        seg_store_insert(image, state, store, row, vm->fates[i], intake->now);
        if (time > intake->now && time < seg_state_pending(image, state->bytes))
            seg_state_set_pending(image, state->bytes, time);
        row += seg_store_stride(&image->stores[store]);
    }
    if (intake->message != 0 && image->header->duplicates_ms > 0)
        seg_message_remember(image, state, intake->message, intake->now);
}

static seg_status enter_fact(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_error *error) {
    seg_status status = seg_delta_enter(vm, state, error);
    if (status == SEG_OK) status = seg_delta_check_now(state, intake->now, error);
    if (status == SEG_OK) status = seg_fact_check(vm->image, intake->number, &intake->fact, error);
    return status;
}

static seg_status room_error(seg_status status, seg_error *error) {
    return seg_error_set(error, status, 0,
                         status == SEG_E_LIMIT ? "the state would be larger than 1 GiB"
                                               : "no memory for the state to grow");
}

static void count_outcome(seg_vm *vm, seg_outcome outcome, seg_outcome *out) {
    vm->counters.facts_applied += outcome == SEG_APPLIED;
    vm->counters.facts_duplicate += outcome == SEG_DUPLICATE;
    vm->counters.facts_too_old += outcome == SEG_TOO_OLD;
    if (out) *out = outcome;
}

static seg_status apply(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_trigger *trigger,
                        seg_outcome *out, seg_error *error) {
    seg_status status = enter_fact(vm, state, intake, error);
    if (status != SEG_OK) return status;
    seg_outcome outcome;
    status = judge_fact(vm, state, intake, &outcome);
    if (status != SEG_OK) return room_error(status, error);
    seg_delta_adopt(vm, state);
    count_outcome(vm, outcome, out);
    int64_t born = seg_state_peek(state->bytes)->born;
    bool was_born = born <= intake->now && born <= intake->fact.time;
    trigger->is_first = born == SEG_NEVER;
    trigger->late = intake->fact.time < intake->now;
    if (intake->now > seg_state_peek(state->bytes)->now)
        seg_delta_advance(vm, state, intake->now - 1, trigger->sink);
    if (outcome == SEG_DUPLICATE || (outcome == SEG_TOO_OLD && was_born)) {
        seg_delta_advance(vm, state, intake->now, trigger->sink);
        return SEG_OK;
    }
    seg_state_head(state->bytes)->now = intake->now;
    admit(vm, state, intake, outcome);
    bool visible = outcome == SEG_APPLIED && intake->fact.time <= intake->now;
    seg_delta_evaluate(vm, state, visible, trigger);
    return SEG_OK;
}

static seg_status put(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome *out,
                      seg_error *error) {
    const seg_image *image = vm->image;
    seg_status status = enter_fact(vm, state, intake, error);
    if (status != SEG_OK) return status;
    seg_outcome outcome;
    status = judge_fact(vm, state, intake, &outcome);
    if (status != SEG_OK) return room_error(status, error);
    seg_delta_adopt(vm, state);
    count_outcome(vm, outcome, out);
    seg_state_header *head = seg_state_head(state->bytes);
    head->now = intake->now;
    if (seg_state_pending(image, state->bytes) <= head->now) { /* nobody has looked at what was reached */
        seg_state_set_pending(image, state->bytes, find_pending(image, state->bytes, head->now));
        seg_delta_mark_stale(state);
    }
    if (outcome == SEG_DUPLICATE) return SEG_OK;
    admit(vm, state, intake, outcome);
    seg_delta_mark_stale(state);
    return SEG_OK;
}

static seg_intake intake_of(const seg_image *image, uint32_t number, const seg_value *values, int64_t time,
                            uint64_t tie, uint64_t message, int64_t now) {
    seg_run fields = image->events[number].fields;
    return (seg_intake){
        number, {values, image->fields + fields.first, fields.count, time}, tie, message, now};
}

/* One message may set several attributes, so each of them is remembered for itself. */
static uint64_t attribute_message(uint64_t message, uint32_t attribute) {
    uint64_t mixed = message ^ (attribute + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    return message == 0 ? 0 : mixed ? mixed : 1;
}

static seg_status usage_error(const char *what, seg_error *error) {
    return seg_error_set(error, SEG_E_USAGE, 0, "the image has no such %s", what);
}

seg_status seg_apply_event(seg_vm *vm, seg_state *state, const seg_event *event, int64_t now, seg_sink sink,
                           seg_outcome *outcome, seg_error *error) {
    if (event->event >= vm->image->header->event_count) return usage_error("event", error);
    seg_intake intake =
        intake_of(vm->image, event->event, event->fields, event->time, event->tie, event->message, now);
    seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_EVENT, .index = event->event};
    return apply(vm, state, &intake, &trigger, outcome, error);
}

seg_status seg_apply_attribute(seg_vm *vm, seg_state *state, uint32_t attribute, const seg_value *value,
                               int64_t time, uint64_t tie, uint64_t message, int64_t now, seg_sink sink,
                               seg_outcome *outcome, seg_error *error) {
    const seg_image_header *header = vm->image->header;
    if (attribute >= header->attribute_count) return usage_error("attribute", error);
    seg_intake intake = intake_of(vm->image, header->event_count + attribute, value, time, tie,
                                  attribute_message(message, attribute), now);
    seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_ATTRIBUTE, .index = attribute};
    return apply(vm, state, &intake, &trigger, outcome, error);
}

seg_status seg_put_event(seg_vm *vm, seg_state *state, const seg_event *event, int64_t now,
                         seg_outcome *outcome, seg_error *error) {
    if (event->event >= vm->image->header->event_count) return usage_error("event", error);
    seg_intake intake =
        intake_of(vm->image, event->event, event->fields, event->time, event->tie, event->message, now);
    return put(vm, state, &intake, outcome, error);
}

seg_status seg_put_attribute(seg_vm *vm, seg_state *state, uint32_t attribute, const seg_value *value,
                             int64_t time, uint64_t tie, uint64_t message, int64_t now, seg_outcome *outcome,
                             seg_error *error) {
    const seg_image_header *header = vm->image->header;
    if (attribute >= header->attribute_count) return usage_error("attribute", error);
    seg_intake intake = intake_of(vm->image, header->event_count + attribute, value, time, tie,
                                  attribute_message(message, attribute), now);
    return put(vm, state, &intake, outcome, error);
}

seg_status seg_state_identify(seg_vm *vm, seg_state *state, seg_text id) {
    const seg_image *image = vm->image;
    seg_status status = seg_delta_enter(vm, state, NULL);
    uint32_t number = image->header->event_count + image->header->attribute_count;
    if (status != SEG_OK || number == image->header->sections[SEG_SECTION_EVENTS].count) return status;
    seg_run feeds = image->events[number].feeds;
    for (uint32_t i = 0; i < feeds.count; i++)
        if (seg_state_slot(image, state->bytes, image->feeds[feeds.first + i].store).count > 0) return SEG_OK;
    const seg_value value = {.known = true, .as.text = id};
    seg_intake intake = intake_of(image, number, &value, SEG_TIME_MIN, 0, 0, seg_state_now(state));
    seg_outcome outcome;
    status = judge_fact(vm, state, &intake, &outcome);
    if (status != SEG_OK) return status;
    int64_t born = seg_state_peek(state->bytes)->born;
    admit(vm, state, &intake, outcome);
    seg_state_head(state->bytes)->born = born;
    if (born != SEG_NEVER) seg_delta_mark_stale(state);
    return SEG_OK;
}

seg_status seg_erase(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink) {
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(state, now, NULL);
    if (status != SEG_OK) return status;
    seg_delta_adopt(vm, state);
    if (now > seg_state_now(state)) seg_delta_advance(vm, state, now - 1, sink);
    const seg_bits *members = seg_state_segments(vm->image, state->bytes);
    for (uint32_t i = 0; sink.on_change && i < vm->image->segment_count; i++) {
        if (!seg_bit_get(members, i)) continue;
        seg_change change = {
            .segment = i, .cause = cause, .cause_index = SEG_NONE, .at = now, .valid_until = SEG_NEVER};
        sink.on_change(sink.user, &change);
    }
    memset(state->bytes, 0, state->capacity_bytes); /* no trace, not even behind the end */
    seg_state_format(vm->image, state->bytes);
    state->size_bytes = vm->image->places.base;
    return SEG_OK;
}
