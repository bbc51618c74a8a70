/* intake.c - facts go into a state, and what they change comes out. */
#include "area.h"
#include "canon.h"
#include "delta.h"
#include "error.h"
#include "fact.h"
#include "ladder.h"
#include "message.h"
#include "route.h"

typedef struct seg_intake {
    uint32_t number; /* in EVENTS */
    seg_fact fact;
    uint64_t tie, message;
    int64_t now;
} seg_intake;

/* ---- what becomes of a fact ------------------------------------------------------------------------ */

/* Nothing but the compiler's word makes the words of float fields floats, so others become missing. */
static void clean_floats(const seg_image_store *store, int64_t *words) {
    for (uint32_t i = 0; i < store->width; i++)
        if ((store->float_fields >> i & 1) && !seg_float_is_finite(words[i])) words[i] = SEG_MISSING;
}

/* Runs the programs of a feed. False: the fact does not go through it. */
static __attribute__((noinline)) bool compute_words(seg_vm *vm, const seg_image_feed *feed, int64_t *words) {
    const uint32_t *values = vm->image->links + feed->values.first;
    const seg_image_store *store = &vm->image->stores[feed->store];
    int64_t holds;
    if (feed->filter != SEG_NONE && seg_vm_run(vm, feed->filter, &holds) == 0) return false;
    for (uint32_t i = 0; i < feed->values.count; i++) words[i] = seg_vm_run(vm, values[i], &holds);
    if (store->float_fields) clean_floats(store, words);
    return true;
}

/* Notes the feed if the fact goes through it, and writes the entry that it would be. The row behind it. */
static inline int64_t *compute_row(seg_vm *vm, const seg_intake *intake, uint32_t number, int64_t *row) {
    const seg_image_feed *feed = &vm->image->feeds[number];
    bool is_plain = feed->filter == SEG_NONE && feed->values.count == 0;
    if (!is_plain && !compute_words(vm, feed, row + SEG_ENTRY_WORDS)) return row;
    vm->entrances[vm->entrance_count++].feed = number;
    row[0] = intake->fact.time;
    row[1] = (int64_t)intake->tie;
    return row + SEG_ENTRY_WORDS + feed->values.count;
}

/* Runs the programs over the fact: which feeds it goes through, and as what. */
static void compute_rows(seg_vm *vm, const seg_intake *intake) {
    const seg_image *image = vm->image;
    const seg_route *route = &image->routes[image->route_first[intake->number]];
    const seg_route *last = &image->routes[image->route_first[intake->number + 1]];
    int64_t *row = vm->rows, holds;
    seg_vm_begin(vm, NULL, intake->fact.time);
    vm->fact = &intake->fact;
    vm->entrance_count = 0;
    for (; route < last; route++) {
        uint32_t first = route->first, end = route->end;
        if (route->program != SEG_NONE)
            seg_route_find(image, route, seg_vm_run(vm, route->program, &holds), &first, &end);
        for (uint32_t feed = first; feed < end; feed++) row = compute_row(vm, intake, feed, row);
    }
    vm->fact = NULL;
}

/* What each store makes of the fact, and what each area that it goes into must have. */
static seg_outcome find_fates(seg_vm *vm, const uint8_t *bytes, const seg_intake *intake,
                              seg_growth *growth) {
    const seg_image *image = vm->image;
    const int64_t *row = vm->rows;
    uint32_t too_old = 0;
    *growth = (seg_growth){0};
    for (uint32_t i = 0; i < vm->entrance_count; i++) {
        seg_entrance *entrance = &vm->entrances[i];
        entrance->slot = seg_state_slot(image, bytes, image->feeds[entrance->feed].store);
        entrance->fate = seg_store_fate(image, bytes, &entrance->slot, row, intake->now);
        entrance->need_bytes =
            seg_store_need(image, bytes, &entrance->slot, row, entrance->fate, intake->now, &entrance->spent);
        seg_growth_add(growth, image, bytes, &entrance->slot, entrance->need_bytes);
        too_old += entrance->fate == SEG_FATE_TOO_OLD;
        row += seg_store_stride(&image->stores[entrance->slot.owner]);
    }
    return vm->entrance_count > 0 && too_old == vm->entrance_count ? SEG_TOO_OLD : SEG_APPLIED;
}

static bool remembers(const seg_image *image, const seg_intake *intake) {
    return intake->message != 0 && image->header->duplicates_ms > 0;
}

/* The same for what else takes a fact that is not too old: the message, and what lies ahead. How many
 * entrances there are in all. */
static uint32_t find_others(seg_vm *vm, const uint8_t *bytes, const seg_intake *intake, seg_growth *growth) {
    const seg_image *image = vm->image;
    seg_entrance *next = vm->entrances + vm->entrance_count;
    if (remembers(image, intake)) {
        next->slot = seg_message_slot(image, bytes);
        next->need_bytes = seg_message_need(image, bytes, &next->slot, intake->now);
        seg_growth_add(growth, image, bytes, &next->slot, next->need_bytes);
        next++;
    }
    if (intake->fact.time > intake->now && vm->entrance_count > 0) {
        next->slot = seg_state_slot(image, bytes, image->store_count + SEG_OWNER_PENDING);
        next->need_bytes = next->slot.offset ? 0 : sizeof(seg_word);
        seg_growth_add(growth, image, bytes, &next->slot, next->need_bytes);
        next++;
    }
    return (uint32_t)(next - vm->entrances);
}

/* States below that are not worth closing up. */
#define CLOSED_BYTES 96

/* Before a narrow state gets more memory it gives back what it does not need. If there is none then, it is as
 * it was. */
static seg_status close_up_and_reserve(seg_vm *vm, seg_state *state, const seg_intake *intake,
                                       seg_growth *growth) {
    const seg_image *image = vm->image;
    uint8_t before[SEG_NARROW_BYTES];
    size_t size = state->size_bytes;
    memcpy(before, state->bytes, size);
    seg_area_close_up(image, state);
    find_fates(vm, state->bytes, intake, growth);
    find_others(vm, state->bytes, intake, growth);
    seg_status status = seg_area_reserve(image, vm->allocator, state, growth);
    if (status == SEG_OK) return SEG_OK;
    memcpy(state->bytes, before, size);
    state->size_bytes = size;
    return status;
}

/* Gives each of `count` entrances the area that it needs; there is room for all. */
static void make_areas(seg_vm *vm, seg_state *state, uint32_t count) {
    const seg_image *image = vm->image;
    bool is_anew = seg_state_is_wide(state->bytes); /* perhaps: areas have moved */
    for (uint32_t i = 0; i < count; i++) {
        seg_entrance *entrance = &vm->entrances[i];
        if (is_anew) entrance->slot = seg_state_slot(image, state->bytes, entrance->slot.owner);
        if (!entrance->need_bytes) continue;
        seg_area_resize(image, state, &entrance->slot, entrance->need_bytes);
        is_anew = true;
    }
    for (uint32_t i = 0; i + 1 < count; i++)
        vm->entrances[i].slot = seg_state_slot(image, state->bytes, vm->entrances[i].slot.owner);
}

/* Room for the fact, so that `admit` cannot fail. Without memory nothing changes. */
static seg_status make_room(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_growth *growth,
                            uint32_t count) {
    const seg_image *image = vm->image;
    seg_status status = SEG_OK;
    if (growth->whole_bytes == 0) return SEG_OK;
    if (!seg_growth_fits(growth, image, state)) {
        bool closes_up = state->capacity_bytes >= CLOSED_BYTES && !seg_state_is_wide(state->bytes) &&
                         !seg_canon_is_tight(image, state);
        status = closes_up ? close_up_and_reserve(vm, state, intake, growth)
                           : seg_area_reserve(image, vm->allocator, state, growth);
    }
    if (status == SEG_OK) make_areas(vm, state, count);
    return status;
}

/* What becomes of the fact, with room made for it. */
static seg_status judge_fact(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome *outcome) {
    const seg_image *image = vm->image;
    *outcome = SEG_DUPLICATE;
    if (remembers(image, intake) && seg_message_is_known(image, state, intake->message, intake->now))
        return SEG_OK;
    compute_rows(vm, intake);
    seg_growth growth;
    *outcome = find_fates(vm, state->bytes, intake, &growth);
    if (*outcome != SEG_APPLIED) return SEG_OK;
    bool is_plain = !remembers(image, intake) && intake->fact.time <= intake->now;
    uint32_t count = is_plain ? vm->entrance_count : find_others(vm, state->bytes, intake, &growth);
    return make_room(vm, state, intake, &growth, count);
}

/* ---- taking it in ---------------------------------------------------------------------------------- */

/* The fact goes into the stores that want it. */
static void fill_stores(seg_vm *vm, seg_state *state, const seg_intake *intake) {
    const seg_image *image = vm->image;
    const seg_state_header *head = seg_state_peek(state->bytes);
    vm->deadline_moves = false;
    const int64_t *row = vm->rows;
    for (uint32_t i = 0; i < vm->entrance_count; i++) {
        seg_entrance *entrance = &vm->entrances[i];
        vm->deadline_moves |=
            seg_ladders_end(image, state->bytes, &entrance->slot, head->now, head->deadline);
        if (entrance->fate == SEG_FATE_KEPT)
            seg_store_insert(image, state, &entrance->slot, row, entrance->spent);
        else if (entrance->fate == SEG_FATE_FOLDED)
            seg_store_fold(image, state, &entrance->slot, row);
        row += seg_store_stride(&image->stores[entrance->slot.owner]);
    }
    int64_t time = intake->fact.time;
    if (time > intake->now && vm->entrance_count > 0 && time < seg_state_pending(image, state->bytes))
        seg_state_set_pending(image, state->bytes, time);
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
    fill_stores(vm, state, intake);
    if (remembers(image, intake))
        seg_message_remember(image, state, &vm->entrances[vm->entrance_count].slot, intake->message,
                             intake->now);
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

/* What becomes of a fact; then there is room for it, and nothing can fail. */
static seg_status receive(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome *outcome,
                          seg_outcome *out, seg_error *error) {
    seg_status status = seg_delta_enter_at(vm, state, intake->now, error);
    if (status == SEG_OK) status = seg_fact_check(vm->image, intake->number, &intake->fact, error);
    if (status != SEG_OK) return status;
    status = judge_fact(vm, state, intake, outcome);
    if (status != SEG_OK) return room_error(status, error);
    seg_delta_adopt(vm, state);
    count_outcome(vm, *outcome, out);
    return SEG_OK;
}

static seg_status apply(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_trigger *trigger,
                        seg_outcome *out, seg_error *error) {
    seg_outcome outcome;
    seg_status status = receive(vm, state, intake, &outcome, out, error);
    if (status != SEG_OK) return status;
    seg_state_header *head = seg_state_head(state->bytes);
    bool was_born = head->born <= intake->now && head->born <= intake->fact.time;
    trigger->is_first = head->born == SEG_NEVER;
    trigger->late = intake->fact.time < intake->now;
    if (head->deadline < intake->now && intake->now > head->now)
        seg_delta_advance(vm, state, intake->now - 1, trigger->sink);
    if (outcome == SEG_DUPLICATE || (outcome == SEG_TOO_OLD && was_born)) {
        seg_delta_advance(vm, state, intake->now, trigger->sink);
        return SEG_OK;
    }
    head->now = intake->now;
    admit(vm, state, intake, outcome);
    bool visible = outcome == SEG_APPLIED && intake->fact.time <= intake->now;
    seg_delta_evaluate(vm, state, visible, trigger);
    return SEG_OK;
}

static seg_status put(seg_vm *vm, seg_state *state, const seg_intake *intake, seg_outcome *out,
                      seg_error *error) {
    const seg_image *image = vm->image;
    seg_outcome outcome;
    seg_status status = receive(vm, state, intake, &outcome, out, error);
    if (status != SEG_OK) return status;
    seg_state_header *head = seg_state_head(state->bytes);
    head->now = intake->now;
    if (seg_state_pending(image, state->bytes) <= head->now) { /* nobody has looked at what was reached */
        seg_state_set_pending(image, state->bytes, seg_delta_find_pending(image, state->bytes, head->now));
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
