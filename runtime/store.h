/* store.h - the entries of one store inside a state: finding, inserting, dropping, folding.
 *
 * The fold record of a SEG_STORE_FOLD store stands before its entries:
 *   [0] number of folded entries
 *   [1] time, [2] tie, [3 ...] words of the oldest of them
 *   then per field: sum (128 bits, low word first; 0 for floats), number known, least, greatest */
#ifndef SEG_STORE_H
#define SEG_STORE_H

#include "area.h"

enum { SEG_ENTRY_WORDS = 2, SEG_FOLD_FIELD_WORDS = 5 }; /* time and tie; sum, sum, known, least, greatest */

/* Entries as they lie in a state; gone when the state changes. */
typedef struct seg_entries {
    const seg_word *fold;  /* NULL: none */
    const seg_word *words; /* of entry 0 */
    uint32_t stride;       /* words from one entry to the next */
    uint32_t lead;         /* words before an entry's own: time, and perhaps tie */
    uint32_t count;
} seg_entries;

/* Words of an entry with its tie, as new ones come and as folds hold them. */
static inline uint32_t seg_store_stride(const seg_image_store *store) {
    return SEG_ENTRY_WORDS + (uint32_t)store->width;
}
/* Of an entry in a state. */
static inline uint32_t seg_store_lead(bool has_ties) { return has_ties ? SEG_ENTRY_WORDS : 1; }
static inline uint32_t seg_store_fold_words(const seg_image_store *store) {
    return store->flags & SEG_STORE_FOLD
               ? 1 + seg_store_stride(store) + SEG_FOLD_FIELD_WORDS * (uint32_t)store->width
               : 0;
}
static inline uint32_t seg_store_fold_field(const seg_image_store *store, uint32_t field) {
    return 1 + seg_store_stride(store) + SEG_FOLD_FIELD_WORDS * field;
}

static inline void seg_slot_entries(seg_entries *entries, const seg_image *image, const uint8_t *bytes,
                                    const seg_slot *slot) {
    const seg_image_store *record = &image->stores[slot->owner];
    const seg_word *words = (const seg_word *)(const void *)(bytes + slot->offset);
    entries->lead = seg_store_lead(slot->has_ties);
    entries->stride = entries->lead + record->width;
    entries->count = slot->count;
    entries->fold = slot->offset && record->flags & SEG_STORE_FOLD ? words : NULL;
    entries->words = slot->offset ? words + seg_store_fold_words(record) : NULL;
}

static inline void seg_store_entries(seg_entries *entries, const seg_image *image, const uint8_t *bytes,
                                     uint32_t store) {
    seg_slot slot = seg_state_slot(image, bytes, store);
    seg_slot_entries(entries, image, bytes, &slot);
}

static inline const seg_word *seg_entry(const seg_entries *entries, uint32_t i) {
    return entries->words + (size_t)i * entries->stride;
}
static inline int64_t seg_entry_time(const seg_entries *entries, uint32_t i) {
    return *seg_entry(entries, i);
}
static inline uint64_t seg_entry_tie(const seg_word *entry, uint32_t lead) {
    return lead < SEG_ENTRY_WORDS ? 0 : (uint64_t)entry[1];
}

/* Number of entries earlier than `time`. */
uint32_t seg_entries_before(const seg_entries *entries, int64_t time);
/* Number of entries at or before `time`. */
static inline uint32_t seg_entries_until(const seg_entries *entries, int64_t time) {
    return time == INT64_MAX ? entries->count : seg_entries_before(entries, time + 1);
}
/* The order of entries: by time, tie, words. Negative, 0, positive. */
int seg_entry_compare(const seg_word *a, uint32_t a_lead, const seg_word *b, uint32_t b_lead, uint32_t width);

/* Entries at or before it are not needed at `now`. */
static inline int64_t seg_store_limit(const seg_image_store *store, int64_t now) {
    int64_t limit;
    if (store->horizon_ms == SEG_NEVER || __builtin_sub_overflow(now, store->horizon_ms, &limit))
        return INT64_MIN;
    return limit;
}

/* Entries later than it are needed whatever `keep` says. */
static inline int64_t seg_store_counted_until(const seg_image_store *store, int64_t now) {
    int64_t until;
    return __builtin_sub_overflow(now, store->past_ms, &until) ? INT64_MIN : until;
}
/* Whether an entry of this time is one of those that `keep` counts at `now`. */
static inline bool seg_store_counts(const seg_image_store *store, int64_t time, int64_t now) {
    return time <= seg_store_counted_until(store, now);
}

/* Number of entries at the front that are not needed at `now`, when `extra` newer ones will come. */
uint32_t seg_store_count_spent(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                               int64_t now, uint32_t extra);
static inline uint32_t seg_store_spent(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                                       int64_t now, uint32_t extra) {
    if (slot->count == 0) return 0;
    const seg_image_store *record = &image->stores[slot->owner];
    const seg_word *area = (const seg_word *)(const void *)(bytes + slot->offset);
    bool is_young = area[seg_store_fold_words(record)] > seg_store_limit(record, now);
    if (is_young && (record->keep == 0 || (uint64_t)slot->count + extra <= record->keep)) return 0;
    return seg_store_count_spent(image, bytes, slot, now, extra);
}

/* What a store would do with a new entry (time, tie, words) at `now`. */
typedef enum seg_fate {
    SEG_FATE_KEPT,    /* it becomes an entry */
    SEG_FATE_FOLDED,  /* it goes straight into the fold record */
    SEG_FATE_SURPLUS, /* enough newer ones are there: nothing changes */
    SEG_FATE_TOO_OLD  /* no window can see it: nothing changes */
} seg_fate;
/* Where so many are there already that they may be enough. */
seg_fate seg_store_weigh(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                         const seg_word *entry, int64_t now);
static inline seg_fate seg_store_fate(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                                      const seg_word *entry, int64_t now) {
    const seg_image_store *record = &image->stores[slot->owner];
    if (entry[0] > now) return SEG_FATE_KEPT;
    if (entry[0] <= seg_store_limit(record, now))
        return record->flags & SEG_STORE_FOLD ? SEG_FATE_FOLDED : SEG_FATE_TOO_OLD;
    if (record->keep == 0 || slot->count < record->keep) return SEG_FATE_KEPT;
    return seg_store_weigh(image, bytes, slot, entry, now);
}
/* How large the area of the slot's store must be to take the entry in at `now`; 0: as large as it is, once
 * the first *spent entries have left. */
static inline size_t seg_store_need(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                                    const seg_word *entry, seg_fate fate, int64_t now, uint32_t *spent) {
    const seg_image_store *record = &image->stores[slot->owner];
    uint32_t front = seg_store_fold_words(record);
    *spent = 0;
    if (fate != SEG_FATE_KEPT) return fate == SEG_FATE_FOLDED && !slot->offset ? 8 * (size_t)front : 0;
    uint32_t stride = seg_store_lead(slot->has_ties || entry[1] != 0) + record->width;
    if (slot->offset) {
        uint32_t room = seg_slot_bytes(image, bytes, slot) / 8 - front;
        if (((uint64_t)slot->count + 1) * stride <= room) return 0;
        uint32_t idle = seg_store_spent(image, bytes, slot, now, seg_store_counts(record, entry[0], now));
        if (idle > 0) {
            uint32_t capacity = room / stride;
            *spent = idle > (capacity < 16 ? 0 : capacity / 4) && slot->count - idle < capacity ? idle : 0;
            if (*spent) return 0;
        }
    }
    return 8 * (front + seg_area_more_items(slot->count) * stride);
}
/* Takes the entry in, after room was made: among the others when so many have left, or into the fold record.
 * The slot says what there is then. */
void seg_store_insert(const seg_image *image, seg_state *state, seg_slot *slot, const seg_word *entry,
                      uint32_t spent);
void seg_store_fold(const seg_image *image, seg_state *state, const seg_slot *slot, const seg_word *entry);
/* Drops or folds the first `count` entries; the slot says how many are left. */
void seg_store_drop(const seg_image *image, seg_state *state, seg_slot *slot, uint32_t count);

/* The same where the area may begin later and need not end where it did: nothing else moves. */
void seg_store_skip(const seg_image *image, seg_state *state, seg_slot *slot, uint32_t count);

/* Gives a tie of 0 to each of so many entries that have none; there is room. */
void seg_entries_add_ties(seg_word *words, uint32_t count, uint32_t width);

/* Bytes of what a store's area holds, without ties if none is needed; 0: nothing. */
size_t seg_store_held_bytes(const seg_image *image, const uint8_t *bytes, const seg_slot *slot);
/* Whether a store's area holds something, has no more room than that takes, and all of it is needed. */
static inline bool seg_store_is_tight(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                                      int64_t now) {
    const seg_image_store *record = &image->stores[slot->owner];
    size_t stride = seg_store_lead(slot->has_ties) + record->width;
    size_t words = seg_store_fold_words(record) + slot->count * stride;
    if (8 * words != seg_slot_bytes(image, bytes, slot)) return false;
    if ((slot->count == 0 || slot->has_ties) && seg_store_held_bytes(image, bytes, slot) != 8 * words)
        return false;
    return seg_store_spent(image, bytes, slot, now, 0) == 0;
}
/* Writes that to a place that may overlap its own from below; notes whether it has ties. */
void seg_store_copy_held(const seg_image *image, const uint8_t *bytes, seg_slot *slot, uint8_t *to);

/* Adds the fold record `from` to `into`. */
void seg_fold_join(const seg_image_store *store, seg_word *into, const seg_word *from);
/* The exact sum of a field in a fold record, and setting it. */
__int128 seg_fold_sum(const seg_word *field);

#endif
