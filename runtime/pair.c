/* pair.c - other entries that come with an entry. Pairs hang on each other's others as far as the image
 * says; the verifier has bounded how deep (SEG_PAIR_DEPTH_MAX), so this may recurse. */
#include "pair.h"

#include "calendar.h"
#include "query.h"

typedef struct seg_asked { /* the entry that is asked about */
    const seg_word *entry;
    uint32_t lead;               /* words before the entry's own */
    const struct seg_asked *led; /* whose other it is, or NULL */
    int64_t time;                /* when it counts, by the pair that is looked at */
    int64_t floor;               /* others that inherit it are not earlier */
} seg_asked;

/* By (time, tie). */
static bool comes_before(const seg_asked *asked, const seg_asked *other) {
    return asked->time < other->time ||
           (asked->time == other->time &&
            seg_entry_tie(asked->entry, asked->lead) < seg_entry_tie(other->entry, other->lead));
}

static bool is_ordered(const seg_image_pair *pair, const seg_asked *asked, const seg_asked *other) {
    if (pair->flags & SEG_PAIR_BY_TIME) return true;
    return pair->flags & SEG_PAIR_PRECEDED ? comes_before(other, asked) : comes_before(asked, other);
}

/* When others count that are at the distance. Outside of what is sure months make it uneven (calendar.h). */
typedef struct seg_reach {
    int64_t first, last;
    int64_t sure_first, sure_last;
} seg_reach;

static bool is_at_distance(const seg_image *image, const seg_image_pair *pair, const seg_reach *reach,
                           int64_t earlier, int64_t later) {
    if (earlier >= reach->sure_first && earlier <= reach->sure_last) return true;
    return seg_calendar_shift(image, earlier, pair->least_months, pair->least_ms) <= later &&
           later <= seg_calendar_shift(image, earlier, pair->most_months, pair->most_ms);
}

/* What lies as far before an instant, with slack where months make it uneven; and as far after it. */
static void reach_before(const seg_image *image, const seg_image_pair *pair, int64_t time, seg_reach *reach) {
    reach->first = reach->sure_first = seg_minus(time, pair->most_ms);
    reach->last = reach->sure_last = seg_minus(time, pair->least_ms);
    if (pair->most_months) {
        int64_t first = seg_calendar_shift(image, reach->first, -(int64_t)pair->most_months, 0);
        reach->first = seg_minus(first, SEG_CALENDAR_SLACK_MS);
        reach->sure_first = seg_plus(first, SEG_CALENDAR_SLACK_MS);
    }
    if (pair->least_months) {
        int64_t last = seg_calendar_shift(image, reach->last, -(int64_t)pair->least_months, 0);
        reach->last = seg_plus(last, SEG_CALENDAR_SLACK_MS);
        reach->sure_last = seg_minus(last, SEG_CALENDAR_SLACK_MS);
    }
}
static void reach_after(const seg_image *image, const seg_image_pair *pair, int64_t time, seg_reach *reach) {
    reach->first = seg_calendar_shift(image, time, pair->least_months, pair->least_ms);
    reach->last = seg_calendar_shift(image, time, pair->most_months, pair->most_ms);
}

static void find_reach(const seg_vm *vm, const seg_image_pair *pair, const seg_asked *asked, int64_t floor,
                       seg_reach *reach) {
    *reach = (seg_reach){INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX};
    int64_t first = asked->time, last = vm->now;
    if (pair->flags & SEG_PAIR_PRECEDED) {
        first = floor;
        if (asked->time < last) last = asked->time;
        if (pair->flags & SEG_PAIR_BOUNDED) reach_before(vm->image, pair, asked->time, reach);
    } else if (pair->flags & SEG_PAIR_BOUNDED) {
        reach_after(vm->image, pair, asked->time, reach);
    }
    if (pair->flags & SEG_PAIR_BETWEEN && asked->led && asked->led->time < last) last = asked->led->time;
    if (first > reach->first) reach->first = first;
    if (last < reach->last) reach->last = last;
}

static bool has_same(const seg_image *image, const seg_image_pair *pair, const seg_asked *asked,
                     const seg_asked *other) {
    const uint32_t *links = image->links + pair->same.first;
    for (uint32_t i = 0; i < pair->same.count; i += 2) {
        int64_t word = asked->entry[asked->lead + links[i]];
        if (word == SEG_MISSING || word != other->entry[other->lead + links[i + 1]]) return false;
    }
    return true;
}

/* Whether an entry within reach is one of the others, but for its own pairs. */
static bool is_other(const seg_vm *vm, const seg_image_pair *pair, const seg_reach *reach,
                     const seg_asked *asked, const seg_asked *other) {
    const seg_image *image = vm->image;
    bool preceded = pair->flags & SEG_PAIR_PRECEDED;
    if (!has_same(image, pair, asked, other)) return false;
    if (!is_ordered(pair, asked, other)) return false;
    if (pair->flags & SEG_PAIR_BETWEEN && (!asked->led || !comes_before(other, asked->led))) return false;
    return !preceded || is_at_distance(image, pair, reach, other->time, asked->time);
}

static bool pairs_hold(seg_vm *vm, seg_run run, const seg_asked *asked);

static bool has_other(seg_vm *vm, const seg_image_pair *pair, const seg_asked *asked) {
    int64_t floor = pair->flags & SEG_PAIR_INHERITS ? asked->floor : INT64_MIN;
    if (pair->whole_ms != SEG_NEVER) {
        floor = seg_minus(asked->time, pair->whole_ms);
        vm->look++;
    }
    uint64_t *notes = NULL;
    if (vm->note_first[pair - vm->image->pairs] != SIZE_MAX)
        notes = vm->notes + vm->note_first[pair - vm->image->pairs];
    seg_entries others;
    seg_store_entries(&others, vm->image, vm->state, pair->store);
    seg_reach reach;
    find_reach(vm, pair, asked, floor, &reach);
    uint32_t begin = seg_entries_before(&others, seg_minus(reach.first, pair->there_delay_ms));
    uint32_t end = seg_entries_until(&others, seg_minus(reach.last, pair->there_delay_ms));
    for (uint32_t i = begin; i < end; i++) { /* the nearest first */
        uint32_t at = pair->flags & SEG_PAIR_PRECEDED ? end - 1 - (i - begin) : i;
        const seg_word *other = seg_entry(&others, at);
        const seg_asked next = {other, others.lead, asked, seg_plus(other[0], pair->there_delay_ms), floor};
        if ((notes && notes[at] == vm->look) || !is_other(vm, pair, &reach, asked, &next)) continue;
        if (pairs_hold(vm, pair->inner, &next)) return true;
        if (notes) notes[at] = vm->look;
        if (pair->flags & SEG_PAIR_DECIDES) return false;
    }
    return false;
}

static bool pairs_hold(seg_vm *vm, seg_run run, const seg_asked *asked) {
    seg_asked here = *asked;
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        const seg_image_pair *pair = &vm->image->pairs[i];
        here.time = seg_plus(asked->entry[0], pair->here_delay_ms);
        if (has_other(vm, pair, &here) == ((pair->flags & SEG_PAIR_NEGATED) != 0)) return false;
    }
    return true;
}

bool seg_pairs_hold(seg_vm *vm, seg_run pairs, const seg_word *entry, uint32_t lead) {
    const seg_asked asked = {entry, lead, NULL, entry[0], INT64_MIN};
    return pairs_hold(vm, pairs, &asked);
}

/* Whether an entry of a pair's store may be the other of one in the store that is asked about. */
static bool may_meet(const seg_vm *vm, const seg_image_pair *pair, uint32_t asked_store,
                     const seg_asked *other) {
    bool preceded = pair->flags & SEG_PAIR_PRECEDED;
    int64_t time = other->time;
    seg_reach reach = {.first = preceded ? time : INT64_MIN, .last = preceded ? INT64_MAX : time};
    seg_entries entries;
    seg_store_entries(&entries, vm->image, vm->state, asked_store);
    if (entries.count == 0) return false;
    if (preceded && seg_plus(seg_entry_time(&entries, entries.count - 1), pair->here_delay_ms) < time)
        return false; /* as a rule, all that are there came before it */
    if (pair->flags & SEG_PAIR_BOUNDED)
        (preceded ? reach_after : reach_before)(vm->image, pair, time, &reach);
    uint32_t end = seg_entries_until(&entries, seg_minus(reach.last, pair->here_delay_ms));
    for (uint32_t i = seg_entries_before(&entries, seg_minus(reach.first, pair->here_delay_ms)); i < end;
         i++) {
        const seg_word *entry = seg_entry(&entries, i);
        const seg_asked asked = {
            .entry = entry, .lead = entries.lead, .time = seg_plus(entry[0], pair->here_delay_ms)};
        if (has_same(vm->image, pair, &asked, other) && is_ordered(pair, &asked, other)) return true;
    }
    return false;
}

bool seg_pairs_meet(const seg_vm *vm, seg_run pairs, uint32_t asked_store, uint32_t store,
                    const seg_word *entry) {
    for (uint32_t i = pairs.first; i < pairs.first + pairs.count; i++) {
        const seg_image_pair *pair = &vm->image->pairs[i];
        const seg_asked other = {
            .entry = entry, .lead = SEG_ENTRY_WORDS, .time = seg_plus(entry[0], pair->there_delay_ms)};
        if (pair->store == store && may_meet(vm, pair, asked_store, &other)) return true;
        if (seg_pairs_meet(vm, pair->inner, pair->store, store, entry)) return true;
    }
    return false;
}

void seg_pairs_lower(const seg_vm *vm, seg_run pairs, int64_t *holds) {
    for (uint32_t i = pairs.first; i < pairs.first + pairs.count; i++) {
        const seg_image_pair *pair = &vm->image->pairs[i];
        seg_entries others;
        seg_store_entries(&others, vm->image, vm->state, pair->store);
        uint32_t next = seg_entries_until(&others, seg_minus(vm->now, pair->there_delay_ms));
        if (next < others.count) {
            int64_t seen = seg_plus(seg_entry_time(&others, next), pair->there_delay_ms);
            if (seen < *holds) *holds = seen;
        }
        seg_pairs_lower(vm, pair->inner, holds);
    }
}
