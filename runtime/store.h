/* store.h - the entries of one store inside a state: finding, inserting, dropping, folding.
 *
 * The fold record of a SEG_STORE_FOLD store stands before its entries, behind the due if there is one:
 *   [0] number of folded entries
 *   [1] time, [2] tie, [3 ...] words of the oldest of them
 *   then per field: sum (128 bits, low word first; 0 for floats), number known, least, greatest */
#ifndef SEG_STORE_H
#define SEG_STORE_H

#include "state.h"

enum { SEG_ENTRY_WORDS = 2, SEG_FOLD_FIELD_WORDS = 5 }; /* time and tie; sum, sum, known, least, greatest */

/* Entries as they lie in a state; gone when the state changes. */
typedef struct seg_entries {
    const seg_word *fold;  /* NULL: none */
    const seg_word *words; /* of entry 0 */
    uint32_t stride;       /* words from one entry to the next */
    uint32_t count;
} seg_entries;

static inline uint32_t seg_store_stride(const seg_image_store *store) {
    return SEG_ENTRY_WORDS + (uint32_t)store->width;
}
static inline uint32_t seg_store_fold_words(const seg_image_store *store) {
    return store->flags & SEG_STORE_FOLD
               ? 1 + seg_store_stride(store) + SEG_FOLD_FIELD_WORDS * (uint32_t)store->width
               : 0;
}
static inline uint32_t seg_store_fold_field(const seg_image_store *store, uint32_t field) {
    return 1 + seg_store_stride(store) + SEG_FOLD_FIELD_WORDS * field;
}

/* Words of a store's area before its entries: a due, a fold record. */
static inline uint32_t seg_store_due_words(const seg_image *image, uint32_t store) {
    return image->homes[store].count > 0;
}
static inline uint32_t seg_store_front_words(const seg_image *image, uint32_t store) {
    return seg_store_due_words(image, store) + seg_store_fold_words(&image->stores[store]);
}

static inline void seg_store_entries(seg_entries *entries, const seg_image *image, const uint8_t *bytes,
                                     uint32_t store) {
    const seg_image_store *record = &image->stores[store];
    const seg_slot *slot = seg_state_peek_slot(image, bytes, store);
    const seg_word *words = (const seg_word *)(const void *)(bytes + slot->offset + sizeof(seg_area)) +
                            seg_store_due_words(image, store);
    entries->stride = seg_store_stride(record);
    entries->count = slot->count;
    entries->fold = slot->offset && record->flags & SEG_STORE_FOLD ? words : NULL;
    entries->words = slot->offset ? words + seg_store_fold_words(record) : NULL;
}

static inline const seg_word *seg_entry(const seg_entries *entries, uint32_t i) {
    return entries->words + (size_t)i * entries->stride;
}
static inline int64_t seg_entry_time(const seg_entries *entries, uint32_t i) {
    return *seg_entry(entries, i);
}

/* Number of entries earlier than `time`. */
uint32_t seg_entries_before(const seg_entries *entries, int64_t time);
/* Number of entries at or before `time`. */
static inline uint32_t seg_entries_until(const seg_entries *entries, int64_t time) {
    return time == INT64_MAX ? entries->count : seg_entries_before(entries, time + 1);
}
/* The order of entries: by time, tie, words. Negative, 0, positive. */
int seg_entry_compare(const seg_word *a, const seg_word *b, uint32_t stride);

/* What a store would do with a new entry (time, tie, words) at `now`. */
typedef enum seg_fate {
    SEG_FATE_KEPT,    /* it becomes an entry */
    SEG_FATE_FOLDED,  /* it goes straight into the fold record */
    SEG_FATE_SURPLUS, /* enough newer ones are there: nothing changes */
    SEG_FATE_TOO_OLD  /* no window can see it: nothing changes */
} seg_fate;
seg_fate seg_store_fate(const seg_image *image, const uint8_t *bytes, uint32_t store, const seg_word *entry,
                        int64_t now);
/* How large the store's area must be, so that seg_store_insert at `now` has room; 0: as large as it is. */
size_t seg_store_need(const seg_image *image, const uint8_t *bytes, uint32_t store, const seg_word *entry,
                      seg_fate fate, int64_t now);
/* Takes the entry in, after room was made. */
void seg_store_insert(const seg_image *image, seg_state *state, uint32_t store, const seg_word *entry,
                      seg_fate fate, int64_t now);
/* Number of entries at the front that are not needed at `now`, when `extra` newer ones will come. */
uint32_t seg_store_spent(const seg_image *image, const uint8_t *bytes, uint32_t store, int64_t now,
                         uint32_t extra);
/* Whether an entry of this time is one of those that `keep` counts at `now`. */
bool seg_store_counts(const seg_image_store *store, int64_t time, int64_t now);
/* Drops or folds the first `count` entries. */
void seg_store_drop(const seg_image *image, seg_state *state, uint32_t store, uint32_t count);

/* Adds the fold record `from` to `into`. */
void seg_fold_join(const seg_image_store *store, seg_word *into, const seg_word *from);
/* The exact sum of a field in a fold record, and setting it. */
__int128 seg_fold_sum(const seg_word *field);

#endif
