/* query.h - the window opcodes. Each gives its word and lowers *holds to the next instant at which the
 * word could change if nothing happens. `anchor` is read by windows that have one. */
#ifndef SEG_QUERY_H
#define SEG_QUERY_H

#include "base/checked.h"
#include "vm.h"

/* An instant a length before or after another; beyond the ends of time it stays there. Lengths are >= 0. */
static inline int64_t seg_minus(int64_t instant, int64_t length) {
    int64_t result;
    return seg_sub_i64(instant, length, &result) ? result : INT64_MIN;
}
static inline int64_t seg_plus(int64_t instant, int64_t length) {
    int64_t result;
    return seg_add_i64(instant, length, &result) ? result : SEG_NEVER;
}

/* Whether a kind of window reads an anchor. */
static inline bool seg_window_has_anchor(uint8_t window) {
    return window == SEG_WINDOW_SINCE || window == SEG_WINDOW_WITHIN || window == SEG_WINDOW_CALENDAR;
}

/* Whether entries leave a kind of window as time passes, or enter it later than they happened. */
static inline bool seg_window_moves(uint8_t window) {
    return window == SEG_WINDOW_ROLLING || window == SEG_WINDOW_CALENDAR;
}

int64_t seg_query_count(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
int64_t seg_query_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds);
int64_t seg_query_sum(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
/* The float nearest to (exact sum) / (number of known values * unit); missing if none is known. */
int64_t seg_query_average(seg_vm *vm, uint32_t query, int64_t anchor, int64_t unit, int64_t *holds);
/* Whether the exact sum is at least `least`. */
int64_t seg_query_sum_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds);
int64_t seg_query_sum_float(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
/* The least (or greatest) known word; `is_float`: compared as floats. */
int64_t seg_query_extreme(seg_vm *vm, uint32_t query, int64_t anchor, bool greatest, bool is_float,
                          int64_t *holds);
/* Whether the entries of the window weigh at least `least` 2^-40 together, each by its age: see decay.h. */
int64_t seg_query_decayed(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least, int64_t *holds);
int64_t seg_query_known(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
int64_t seg_query_distinct(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
/* Whether there are at least `least` distinct values; `least` is at most SEG_DISTINCT_LIMIT. */
int64_t seg_query_distinct_at_least(seg_vm *vm, uint32_t query, int64_t anchor, int64_t least,
                                    int64_t *holds);
int64_t seg_query_newest(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
int64_t seg_query_oldest(seg_vm *vm, uint32_t query, int64_t anchor, int64_t *holds);
/* The known word that most (or fewest) entries have; of several the one whose newest entry is the newest. */
int64_t seg_query_frequent(seg_vm *vm, uint32_t query, int64_t anchor, bool most, int64_t *holds);
/* What seg_gap `which` says of the times from each entry to the next; missing if there are fewer than two. */
int64_t seg_query_gap(seg_vm *vm, uint32_t query, int64_t anchor, int64_t which, int64_t *holds);
/* The least known word in the window that is greater than `after` (SEG_MISSING: the least of all); missing if
 * there is none. *holds is lowered to when an entry begins next: leaving is what the caller foresees. */
int64_t seg_query_next_word(seg_vm *vm, uint32_t query, int64_t after, int64_t *holds);
/* Every entry that the window holds, oldest first. */
void seg_query_entries(seg_vm *vm, uint32_t query, int64_t anchor, seg_entry_fn on_entry, void *user);

#endif
