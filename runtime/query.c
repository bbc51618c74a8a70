/* query.c - windows over entries.
 *
 * Entries are sorted by time, so a window is a run of them; only windows of months are uneven at their
 * edges (see calendar.h): there the run is found with slack, and entries near an edge are tested one by
 * one. */
#include "query.h"

#include <string.h>

#include "arithmetic.h"
#include "calendar.h"
#include "decay.h"
#include "pair.h"

typedef struct seg_span { /* what a window sees at an instant */
    seg_vm *vm;
    const seg_image *image;
    const seg_image_query *query;
    seg_entries entries;
    int64_t now, delay_ms;         /* entries count that much later than their time */
    uint32_t first, end;           /* candidates */
    uint32_t sure_first, sure_end; /* of these, the ones that need no test */
    bool is_uneven_begin, is_uneven_end;
    bool is_picked;     /* entries inside must also have their pairs */
    uint32_t zone;      /* of CALENDAR */
    int64_t next_begin; /* when an entry enters the window next */
} seg_span;

/* When an entry counts. */
static int64_t time_of(const seg_span *span, uint32_t i) {
    return seg_plus(seg_entry_time(&span->entries, i), span->delay_ms);
}

/* Number of entries that count at or before `instant`; before it. */
static uint32_t until(const seg_span *span, int64_t instant) {
    return seg_entries_until(&span->entries, seg_minus(instant, span->delay_ms));
}
static uint32_t before(const seg_span *span, int64_t instant) {
    return seg_entries_before(&span->entries, seg_minus(instant, span->delay_ms));
}

/* The first instant of the unit that lies `away` units behind the one of `instant`. The same few are asked
 * for again and again, so each is noted for all instants of its unit. */
static int64_t unit_edge(const seg_span *span, int64_t instant, int64_t away) {
    seg_image_unit unit = (seg_image_unit)span->query->unit;
    uint64_t stretch = (uint64_t)instant / (uint64_t)(seg_calendar_unit_days(unit) * SEG_DAY_MS);
    uint64_t place = stretch + 7 * (uint64_t)away + 13 * unit + 29 * (uint64_t)span->zone;
    seg_border *known = &span->vm->borders[place % SEG_BORDERS];
    if (known->begin <= instant && instant < known->end && known->away == away && known->unit == unit &&
        known->zone == span->zone)
        return known->at;
    int64_t number = seg_calendar_unit(span->image, span->zone, unit, instant);
    *known = (seg_border){.begin = seg_calendar_unit_start(span->image, span->zone, unit, number),
                          .end = seg_calendar_unit_start(span->image, span->zone, unit, number + 1),
                          .at = seg_calendar_unit_start(span->image, span->zone, unit, number + away),
                          .away = away,
                          .zone = span->zone,
                          .unit = unit};
    return known->at;
}

static int64_t begin_of(const seg_span *span, uint32_t i) {
    const seg_image_query *query = span->query;
    int64_t time = time_of(span, i);
    if (query->window == SEG_WINDOW_CALENDAR && query->to_months < 1)
        return unit_edge(span, time, INT64_C(1) - query->to_months);
    if (query->window != SEG_WINDOW_ROLLING) return time;
    if (query->to_months == 0) return seg_plus(time, query->to_ms);
    return seg_calendar_shift(span->image, time, query->to_months, query->to_ms);
}

static int64_t end_of(const seg_span *span, uint32_t i) {
    const seg_image_query *query = span->query;
    int64_t time = time_of(span, i);
    if (query->window == SEG_WINDOW_CALENDAR) return unit_edge(span, time, INT64_C(1) - query->from_months);
    if (query->window != SEG_WINDOW_ROLLING) return SEG_NEVER;
    if (query->from_months == 0) return seg_plus(time, query->from_ms);
    return seg_calendar_shift(span->image, time, query->from_months, query->from_ms);
}

/* Whether every candidate is inside. */
static bool is_even(const seg_span *span) {
    return !span->is_uneven_begin && !span->is_uneven_end && !span->is_picked;
}

static bool is_in_window(const seg_span *span, uint32_t i) {
    if (i >= span->sure_first && i < span->sure_end) return true;
    return begin_of(span, i) <= span->now && span->now < end_of(span, i);
}

static bool has_pairs(const seg_span *span, uint32_t i, uint32_t first, uint32_t end) {
    seg_run run = {span->query->pairs.first + first, end - first};
    return seg_pairs_hold(span->vm, run, seg_entry(&span->entries, i), span->entries.lead);
}

static inline bool is_inside(const seg_span *span, uint32_t i) {
    if (is_even(span)) return true;
    return is_in_window(span, i) && (!span->is_picked || has_pairs(span, i, 0, span->query->pairs.count));
}

static void look_ahead(seg_span *span, uint32_t i) {
    if (i >= span->entries.count) return;
    int64_t begin = begin_of(span, i);
    if (begin > span->now && begin < span->next_begin) span->next_begin = begin;
}

/* Both edges by months: the run with slack, and the earliest begin after now. */
static void open_uneven(seg_span *span) {
    const seg_image_query *query = span->query;
    int64_t oldest = seg_calendar_shift(span->image, seg_minus(span->now, query->from_ms),
                                        -(int64_t)query->from_months, 0);
    int64_t newest =
        seg_calendar_shift(span->image, seg_minus(span->now, query->to_ms), -(int64_t)query->to_months, 0);
    int64_t slack_end = query->from_months ? SEG_CALENDAR_SLACK_MS : 0;
    int64_t slack_begin = query->to_months ? SEG_CALENDAR_SLACK_MS : 0;
    span->first = until(span, oldest - slack_end);
    span->sure_first = until(span, oldest + slack_end);
    span->sure_end = until(span, newest - slack_begin);
    span->end = until(span, newest + slack_begin);
    if (query->from_months == 0)
        span->first = span->sure_first = until(span, seg_minus(span->now, query->from_ms));
    if (query->to_months == 0) span->end = span->sure_end = until(span, seg_minus(span->now, query->to_ms));
    if (span->end < span->first) span->end = span->first;
    if (span->sure_end < span->sure_first) span->sure_first = span->sure_end = span->first;
    if (slack_begin == 0) {
        look_ahead(span, span->end);
        return;
    }
    uint32_t waiting = until(span, newest - slack_begin);
    while (waiting < span->entries.count && begin_of(span, waiting) <= span->now) waiting++;
    if (waiting == span->entries.count) return;
    int64_t last = time_of(span, waiting) + SEG_CALENDAR_SLACK_MS;
    for (uint32_t i = waiting; i < span->entries.count && time_of(span, i) <= last; i++) look_ahead(span, i);
}

static void open_rolling(seg_span *span) {
    const seg_image_query *query = span->query;
    if (query->from_months || query->to_months) {
        span->is_uneven_begin = query->to_months != 0;
        span->is_uneven_end = query->from_months != 0;
        open_uneven(span);
        return;
    }
    span->first = until(span, seg_minus(span->now, query->from_ms));
    span->end = until(span, seg_minus(span->now, query->to_ms));
    look_ahead(span, span->end);
}

/* Units begin one after the other, so both edges are even. */
static void open_calendar(seg_span *span, int64_t zone) {
    const seg_image_query *query = span->query;
    span->zone = seg_calendar_zone(span->image, zone);
    int64_t first = unit_edge(span, span->now, query->from_months);
    int64_t last = seg_minus(unit_edge(span, span->now, query->to_months), 1);
    span->first = before(span, first);
    span->end = until(span, last < span->now ? last : span->now);
    if (span->end < span->first) span->end = span->first;
    look_ahead(span, span->end);
}

/* Entries from `least` to `most`, as far as they are not later than now. */
static void open_between(seg_span *span, int64_t least, int64_t most) {
    span->first = before(span, least);
    span->end = until(span, most < span->now ? most : span->now);
    if (span->end < span->first) span->end = span->first;
    if (span->end < span->entries.count && time_of(span, span->end) <= most) look_ahead(span, span->end);
}

/* The newest few: those are counted that have their own pairs. */
static void open_few(seg_span *span) {
    const seg_image_query *query = span->query;
    span->first = span->end = until(span, span->now);
    for (uint32_t seen = 0; span->first > 0 && seen < query->newest; span->first--)
        seen += query->own_pairs == 0 || has_pairs(span, span->first - 1, 0, query->own_pairs);
    look_ahead(span, span->end);
}

/* Of the entries those whose word `key - 1` is the value at hand. */
static void pick(const seg_vm *vm, seg_entries *entries, uint32_t key) {
    seg_word *into = vm->picked;
    for (uint32_t i = 0; i < entries->count; i++) {
        const seg_word *entry = seg_entry(entries, i);
        if (entry[entries->lead + key - 1] != vm->key) continue;
        memcpy(into, entry, entries->stride * sizeof *into);
        into += entries->stride;
    }
    entries->words = vm->picked;
    entries->count = (uint32_t)((size_t)(into - vm->picked) / entries->stride);
}

/* Of a store. Windows of one program, and programs that one fact concerns, mostly look into the same. */
static void find_entries(seg_entries *entries, seg_vm *vm, uint32_t store) {
    if (vm->found_at != vm->newest || vm->found_store != store) {
        seg_store_entries(&vm->found, vm->image, vm->state, store);
        vm->found_at = vm->newest;
        vm->found_store = store;
    }
    *entries = vm->found;
}

/* Also lowers *holds to when entries that pairs look at are seen next. */
static void open_span(seg_span *span, seg_vm *vm, uint32_t number, int64_t anchor, int64_t *holds) {
    const seg_image_query *query = &vm->image->queries[number];
    span->vm = vm;
    span->delay_ms = query->delay_ms;
    span->is_picked = query->pairs.count > 0;
    if (span->is_picked) {
        seg_pairs_begin(vm);
        seg_pairs_lower(vm, query->pairs, holds);
    }
    span->image = vm->image;
    span->query = query;
    span->now = vm->now;
    span->first = span->end = span->sure_first = span->sure_end = 0;
    span->is_uneven_begin = span->is_uneven_end = false;
    span->next_begin = SEG_NEVER;
    find_entries(&span->entries, vm, query->store);
    if (query->key) pick(vm, &span->entries, query->key);
    if (seg_window_has_anchor(query->window) && (anchor == SEG_MISSING || anchor > SEG_TIME_MAX)) return;
    switch (query->window) {
    case SEG_WINDOW_ROLLING: open_rolling(span); break;
    case SEG_WINDOW_SINCE: open_between(span, anchor, SEG_TIME_MAX); break;
    case SEG_WINDOW_WITHIN:
        open_between(span, anchor, seg_calendar_shift(vm->image, anchor, query->from_months, query->from_ms));
        break;
    case SEG_WINDOW_FEW: open_few(span); break;
    case SEG_WINDOW_CALENDAR: open_calendar(span, anchor); break;
    case SEG_WINDOW_BETWEEN: open_between(span, query->from_ms, seg_minus(query->to_ms, 1)); break;
    default: open_between(span, SEG_TIME_MIN, SEG_TIME_MAX); break;
    }
    if (!span->is_uneven_begin && !span->is_uneven_end) {
        span->sure_first = span->first;
        span->sure_end = span->end;
    }
}

static void lower(int64_t *holds, int64_t instant) {
    if (instant < *holds) *holds = instant;
}

/* When the first of the entries from i on leaves the window. */
static int64_t next_end(const seg_span *span, uint32_t i) {
    while (i < span->end && !is_in_window(span, i)) i++;
    if (i >= span->end) return SEG_NEVER;
    int64_t end = end_of(span, i);
    if (!span->is_uneven_end) return end;
    int64_t last = time_of(span, i) + SEG_CALENDAR_SLACK_MS;
    for (i++; i < span->end && time_of(span, i) <= last; i++)
        if (is_in_window(span, i) && end_of(span, i) < end) end = end_of(span, i);
    return end;
}

static void lower_to_next_change(const seg_span *span, int64_t *holds) {
    lower(holds, span->next_begin);
    lower(holds, next_end(span, span->first));
}

static bool reads_fold(const seg_span *span) {
    return span->query->window == SEG_WINDOW_EVER && span->entries.fold && !span->is_picked;
}

static const seg_word *fold_field(const seg_vm *vm, const seg_span *span) {
    return span->entries.fold +
           seg_store_fold_field(&vm->image->stores[span->query->store], span->query->field);
}

static int64_t word_of(const seg_span *span, uint32_t i) {
    const seg_word *entry = seg_entry(&span->entries, i);
    return span->query->field == SEG_FIELD_TIME ? time_of(span, i)
                                                : entry[span->entries.lead + span->query->field];
}

static uint32_t count_of(const seg_span *span) {
    uint32_t count = span->sure_end - span->sure_first;
    if (is_even(span)) return count;
    if (span->is_picked) {
        count = 0;
        for (uint32_t i = span->first; i < span->end; i++) count += is_inside(span, i);
        return count;
    }
    for (uint32_t i = span->first; i < span->sure_first; i++) count += is_inside(span, i);
    for (uint32_t i = span->sure_end; i < span->end; i++) count += is_inside(span, i);
    return count;
}

static int64_t total_of(const seg_span *span) {
    int64_t count = count_of(span);
    return reads_fold(span) ? count + span->entries.fold[0] : count;
}

int64_t seg_query_count(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    return total_of(&span);
}

/* Where the newest `least` entries inside begin; false: there are fewer. */
static bool find_newest(const seg_span *span, int64_t least, uint32_t *first) {
    for (*first = span->end; least > 0 && *first > span->first;) least -= is_inside(span, --*first);
    return least <= 0;
}

int64_t seg_query_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    uint32_t i = span.end;
    bool is_enough = span.is_picked ? find_newest(&span, least, &i) : total_of(&span) >= least;
    if (!is_enough) { /* only entries that begin can change it */
        lower(holds, span.next_begin);
        return 0;
    }
    if (span.query->window == SEG_WINDOW_FEW) lower(holds, span.next_begin);
    if (!seg_window_moves(span.query->window)) return 1;
    /* Only the end of one of the newest `least` can change it. */
    if (is_even(&span))
        i = span.end - (uint32_t)least;
    else if (!span.is_picked)
        find_newest(&span, least, &i);
    lower(holds, next_end(&span, i));
    return 1;
}

/* For those that look at each entry. */
static void meter(seg_vm *vm, const seg_span *span) { SEG_METER(vm, entries_read, span->end - span->first); }

/* The exact sum of the known words, and how many there are. */
static __int128 sum_of(seg_vm *vm, const seg_span *span, int64_t *known) {
    meter(vm, span);
    const seg_word *fold = reads_fold(span) ? fold_field(vm, span) : NULL;
    __int128 sum = fold ? seg_fold_sum(fold) : 0;
    int64_t count = fold ? fold[2] : 0;
    bool all = is_even(span);
    for (uint32_t i = span->first; i < span->end; i++) {
        int64_t word = word_of(span, i);
        if (word == SEG_MISSING || !(all || is_inside(span, i))) continue;
        sum = (__int128)((unsigned __int128)sum + (unsigned __int128)(__int128)word);
        count++;
    }
    *known = count;
    return sum;
}

int64_t seg_query_sum(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    int64_t known;
    __int128 sum = sum_of(vm, &span, &known);
    if (sum <= INT64_MAX && sum >= -INT64_MAX) return (int64_t)sum;
    return seg_word_saturate(sum < 0, &vm->counters.arithmetic_faults);
}

/* The same compared with a number, of a window of fixed length; lowers *holds to when entries that leave it
 * turn that. From the newest on, the sum so far is what is left when all that are older have gone. */
static bool is_sum_at_least(seg_vm *vm, const seg_span *span, int64_t least, int64_t *holds) {
    meter(vm, span);
    uint32_t turns[2] = {0, 0}; /* the oldest that is left when it begins to be too little, or enough */
    __int128 sum = 0;
    for (uint32_t i = span->end; i > span->first; i--) {
        if (i == span->end || time_of(span, i) != time_of(span, i - 1)) turns[sum >= least] = i;
        int64_t word = word_of(span, i - 1);
        if (word != SEG_MISSING) sum += word;
    }
    uint32_t turn = turns[sum < least];
    if (turn) lower(holds, end_of(span, turn - 1));
    return sum >= least;
}

int64_t seg_query_sum_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower(holds, span.next_begin);
    if (is_even(&span) && span.query->window == SEG_WINDOW_ROLLING)
        return is_sum_at_least(vm, &span, least, holds);
    int64_t known;
    lower_to_next_change(&span, holds);
    return sum_of(vm, &span, &known) >= least;
}

int64_t seg_query_average(seg_vm *vm, uint32_t query, int64_t anchor, int64_t unit, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    int64_t known;
    __int128 sum = sum_of(vm, &span, &known);
    return known > 0 ? seg_float_word(seg_float_mean(sum, known, unit)) : SEG_MISSING;
}

int64_t seg_query_sum_float(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    double sum = 0.0;
    for (uint32_t i = span.first; i < span.end; i++) {
        int64_t word = word_of(&span, i);
        if (word == SEG_MISSING || !is_inside(&span, i)) continue;
        sum += seg_word_float(word);
        if (!seg_float_is_finite(seg_float_word(sum))) {
            vm->counters.arithmetic_faults++;
            sum = sum < 0 ? -__DBL_MAX__ : __DBL_MAX__;
        }
    }
    return seg_float_word(sum);
}

static bool is_better(bool greatest, bool is_float, int64_t a, int64_t b) {
    if (is_float)
        return greatest ? seg_word_float(a) > seg_word_float(b) : seg_word_float(a) < seg_word_float(b);
    return greatest ? a > b : a < b;
}

int64_t seg_query_extreme(seg_vm *vm, uint32_t query, int64_t anchor, bool greatest, bool is_float,
                          int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    int64_t best = SEG_MISSING;
    if (reads_fold(&span) && fold_field(vm, &span)[2] > 0) best = fold_field(vm, &span)[greatest ? 4 : 3];
    for (uint32_t i = span.first; i < span.end; i++) {
        int64_t word = word_of(&span, i);
        if (word == SEG_MISSING || !is_inside(&span, i)) continue;
        if (best == SEG_MISSING || is_better(greatest, is_float, word, best)) best = word;
    }
    return best;
}

static __int128 weight_at(seg_vm *vm, const seg_span *span, int64_t at) {
    meter(vm, span);
    int64_t half_life_ms = span->query->from_ms / SEG_DECAY_HALVINGS;
    __int128 weight = 0;
    for (uint32_t i = span->first; i < span->end; i++)
        if (is_inside(span, i)) weight += seg_decay_weight(at - time_of(span, i), half_life_ms);
    return weight;
}

int64_t seg_query_decayed(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    if (weight_at(vm, &span, span.now) < least) { /* only entries that begin can change it */
        lower(holds, span.next_begin);
        return 0;
    }
    /* The weight never grows by itself: the first instant at which it is too little lies between. */
    int64_t enough = span.now, too_little = end_of(&span, span.end - 1);
    if (span.next_begin < too_little) {
        too_little = span.next_begin;
        if (weight_at(vm, &span, too_little) >= least) enough = too_little;
    }
    while (too_little - enough > 1) {
        int64_t middle = enough + (too_little - enough) / 2;
        if (weight_at(vm, &span, middle) >= least)
            enough = middle;
        else
            too_little = middle;
    }
    lower(holds, too_little);
    return 1;
}

int64_t seg_query_known(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    int64_t known = reads_fold(&span) ? fold_field(vm, &span)[2] : 0;
    for (uint32_t i = span.first; i < span.end; i++)
        known += word_of(&span, i) != SEG_MISSING && is_inside(&span, i);
    return known;
}

static int64_t distinct_among(int64_t *words, size_t count) {
    enum { FEW = 24 };
    size_t distinct = 0;
    if (count <= FEW) { /* comparing each with each beats sorting */
        for (size_t i = 0; i < count; i++) {
            size_t j = 0;
            while (j < distinct && words[j] != words[i]) j++;
            if (j == distinct) words[distinct++] = words[i];
        }
        return (int64_t)distinct;
    }
    seg_words_sort(words, count);
    for (size_t i = 0; i < count; i++) distinct += i == 0 || words[i] != words[i - 1];
    return (int64_t)distinct;
}

int64_t seg_query_distinct(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    size_t count = 0;
    for (uint32_t i = span.first; i < span.end; i++) {
        int64_t word = word_of(&span, i);
        if (word != SEG_MISSING && is_inside(&span, i)) vm->scratch[count++] = word;
    }
    return distinct_among(vm->scratch, count);
}

int64_t seg_query_distinct_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least,
                                    int64_t *holds) {
    int64_t seen[SEG_DISTINCT_LIMIT], count = 0;
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    uint32_t i =
        span.end; /* back to where the newest entries have as many: as long as these stay, it holds */
    while (i > span.first && count < least) {
        int64_t word = word_of(&span, --i), j = 0;
        if (word == SEG_MISSING || !is_inside(&span, i)) continue;
        while (j < count && seen[j] != word) j++;
        if (j == count) seen[count++] = word;
    }
    SEG_METER(vm, entries_read, span.end - i);
    if (count < least || span.query->window == SEG_WINDOW_FEW) lower(holds, span.next_begin);
    if (count == least) lower(holds, next_end(&span, i));
    return count == least;
}

/* How many of the sorted words are this one. */
static size_t times(const int64_t *words, size_t count, int64_t word) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < count && words[high] == word;) high++;
    return high - low;
}

int64_t seg_query_frequent(seg_vm *vm, uint32_t query, int64_t anchor, bool most, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    size_t count = 0, best = 0;
    for (uint32_t i = span.first; i < span.end; i++) {
        int64_t word = word_of(&span, i);
        if (word != SEG_MISSING && is_inside(&span, i)) vm->scratch[count++] = word;
    }
    if (count == 0) return SEG_MISSING;
    seg_words_sort(vm->scratch, count);
    for (size_t i = 0, run = 0; i < count; i++) {
        run++;
        if (i + 1 < count && vm->scratch[i + 1] == vm->scratch[i]) continue;
        if (best == 0 || (most ? run > best : run < best)) best = run;
        run = 0;
    }
    for (uint32_t i = span.end; i > span.first; i--) {
        int64_t word = word_of(&span, i - 1);
        if (word != SEG_MISSING && is_inside(&span, i - 1) && times(vm->scratch, count, word) == best)
            return word;
    }
    return SEG_MISSING;
}

int64_t seg_query_gap(seg_vm *vm, uint32_t query, int64_t anchor, int64_t which, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower_to_next_change(&span, holds);
    meter(vm, &span);
    int64_t count = 0, oldest = 0, newest = 0, longest = 0, shortest = INT64_MAX;
    for (uint32_t i = span.first; i < span.end; i++) {
        if (!is_inside(&span, i)) continue;
        int64_t time = time_of(&span, i), gap = time - newest;
        if (count++ == 0) {
            oldest = newest = time;
            continue;
        }
        newest = time;
        if (gap > longest) longest = gap;
        if (gap < shortest) shortest = gap;
    }
    if (count < 2) return SEG_MISSING;
    if (which == SEG_GAP_AVERAGE) return (newest - oldest) / (count - 1);
    return which == SEG_GAP_LONGEST ? longest : shortest;
}

int64_t seg_query_newest(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    lower(holds, span.next_begin);
    for (uint32_t i = span.end; i > span.first; i--)
        if (is_inside(&span, i - 1)) {
            lower(holds, end_of(&span, i - 1));
            return word_of(&span, i - 1);
        }
    return SEG_MISSING;
}

int64_t seg_query_oldest(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, anchor, holds);
    if (reads_fold(&span) && span.entries.fold[0] > 0) { /* a late fact may be folded before older ones */
        const seg_word *entry = span.entries.fold + 1;
        uint32_t lead = SEG_ENTRY_WORDS;
        if (span.first < span.end &&
            seg_entry_compare(seg_entry(&span.entries, span.first), span.entries.lead, entry, lead,
                              span.entries.stride - span.entries.lead) < 0) {
            entry = seg_entry(&span.entries, span.first);
            lead = span.entries.lead;
        }
        return span.query->field == SEG_FIELD_TIME ? entry[0] : entry[lead + span.query->field];
    }
    for (uint32_t i = span.first; i < span.end; i++)
        if (is_inside(&span, i)) {
            lower(holds, end_of(&span, i));
            /* An older one may begin later, or this one be pushed out. */
            if (span.is_uneven_begin || span.query->window == SEG_WINDOW_FEW) lower(holds, span.next_begin);
            return word_of(&span, i);
        }
    lower(holds, span.next_begin);
    return SEG_MISSING;
}

int64_t seg_query_next_word(seg_vm *vm, uint32_t query, int64_t after, int64_t *holds) {
    seg_span span;
    open_span(&span, vm, query, SEG_MISSING, holds);
    lower(holds, span.next_begin);
    meter(vm, &span);
    int64_t next = SEG_MISSING;
    for (uint32_t i = span.first; i < span.end; i++) {
        int64_t word = word_of(&span, i);
        if (word > after && (next == SEG_MISSING || word < next) && is_inside(&span, i)) next = word;
    }
    return next;
}

void seg_query_entries(seg_vm *vm, uint32_t query, int64_t anchor, seg_entry_fn on_entry, void *user) {
    seg_span span;
    int64_t holds = SEG_NEVER;
    open_span(&span, vm, query, anchor, &holds);
    meter(vm, &span);
    for (uint32_t i = span.first; i < span.end; i++) {
        if (!is_inside(&span, i)) continue;
        const seg_word *entry = seg_entry(&span.entries, i);
        uint32_t lead = span.entries.lead;
        on_entry(user, entry[0], seg_entry_tie(entry, lead), (const int64_t *)entry + lead,
                 span.entries.stride - lead);
    }
}
