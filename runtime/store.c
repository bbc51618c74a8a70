#include "store.h"

#include "area.h"
#include "calendar.h"
#include "pin.h"

uint32_t seg_entries_before(const seg_entries *entries, int64_t time) {
    uint32_t low = 0, high = entries->count;
    if (high == 0 || seg_entry_time(entries, 0) >= time) return 0;
    if (seg_entry_time(entries, high - 1) < time) return high; /* the usual question: about now */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (seg_entry_time(entries, middle) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int seg_entry_compare(const seg_word *a, uint32_t a_lead, const seg_word *b, uint32_t b_lead,
                      uint32_t width) {
    if (a[0] != b[0]) return a[0] < b[0] ? -1 : 1;
    uint64_t a_tie = seg_entry_tie(a, a_lead), b_tie = seg_entry_tie(b, b_lead);
    if (a_tie != b_tie) return a_tie < b_tie ? -1 : 1;
    for (a += a_lead, b += b_lead; width > 0; width--, a++, b++)
        if (*a != *b) return *a < *b ? -1 : 1;
    return 0;
}

/* ---- fold records ---------------------------------------------------------------------------------- */

__int128 seg_fold_sum(const seg_word *field) {
    return (__int128)((unsigned __int128)(uint64_t)field[1] << 64 | (uint64_t)field[0]);
}

static void sum_put(seg_word *field, __int128 sum) {
    field[0] = (int64_t)(uint64_t)sum;
    field[1] = (int64_t)(uint64_t)((unsigned __int128)sum >> 64);
}

static __int128 sum_of(__int128 a, __int128 b) {
    return (__int128)((unsigned __int128)a + (unsigned __int128)b);
}

static bool is_less(bool is_float, int64_t a, int64_t b) {
    return is_float ? seg_word_float(a) < seg_word_float(b) : a < b;
}

/* Joins (sum, known, least, greatest) into a field of a fold record. */
static void join_field(seg_word *into, bool is_float, __int128 sum, int64_t known, int64_t least,
                       int64_t greatest) {
    if (known == 0) return;
    bool first = into[2] == 0;
    if (!is_float) sum_put(into, sum_of(seg_fold_sum(into), sum));
    into[2] = (int64_t)((uint64_t)into[2] + (uint64_t)known);
    if (first || is_less(is_float, least, into[3])) into[3] = least;
    if (first || is_less(is_float, into[4], greatest)) into[4] = greatest;
}

static void join_oldest(const seg_image_store *store, seg_word *into, const seg_word *oldest, uint32_t lead) {
    if (into[0] != 0 && seg_entry_compare(oldest, lead, into + 1, SEG_ENTRY_WORDS, store->width) >= 0) return;
    into[1] = oldest[0];
    into[2] = (int64_t)seg_entry_tie(oldest, lead);
    memcpy(into + 1 + SEG_ENTRY_WORDS, oldest + lead, 8 * (size_t)store->width);
}

static void fold_entry(const seg_image_store *store, seg_word *fold, const seg_word *entry, uint32_t lead) {
    join_oldest(store, fold, entry, lead);
    fold[0]++;
    for (uint32_t i = 0; i < store->width; i++) {
        int64_t word = entry[lead + i];
        bool is_float = store->float_fields >> i & 1;
        if (word != SEG_MISSING)
            join_field(fold + seg_store_fold_field(store, i), is_float, word, 1, word, word);
    }
}

void seg_fold_join(const seg_image_store *store, seg_word *into, const seg_word *from) {
    if (from[0] == 0) return;
    join_oldest(store, into, from + 1, SEG_ENTRY_WORDS);
    into[0] = (int64_t)((uint64_t)into[0] + (uint64_t)from[0]);
    for (uint32_t i = 0; i < store->width; i++) {
        const seg_word *field = from + seg_store_fold_field(store, i);
        join_field(into + seg_store_fold_field(store, i), store->float_fields >> i & 1, seg_fold_sum(field),
                   field[2], field[3], field[4]);
    }
}

/* ---- need --------------------------------------------------------------------------------------------- */

/* Of `seen` entries the `keep` newest are needed. SEG_STORE_CALENDAR: and those that a window of months may
 * still hold after the newest of these has left. */
static uint32_t beyond_keep(const seg_image_store *store, const seg_entries *entries, uint32_t seen,
                            uint32_t extra) {
    if (store->flags & SEG_STORE_CALENDAR) extra = 0; /* what comes may be older than the newest */
    if (store->keep == 0 || (uint64_t)seen + extra <= store->keep) return 0;
    uint32_t spent = seen + extra - store->keep;
    if (store->flags & SEG_STORE_CALENDAR) {
        uint32_t slack = seg_entries_before(entries, seg_entry_time(entries, spent) - SEG_CALENDAR_SLACK_MS);
        if (slack < spent) spent = slack;
    }
    return spent;
}

uint32_t seg_store_count_spent(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                               int64_t now, uint32_t extra) {
    const seg_image_store *record = &image->stores[slot->owner];
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    int64_t limit = seg_store_limit(record, now);
    uint32_t old = limit == INT64_MIN ? 0 : seg_entries_until(&entries, limit);
    if (record->keep == 0 || (uint64_t)slot->count + extra <= record->keep) return old;
    uint32_t seen = seg_entries_until(&entries, seg_store_counted_until(record, now));
    uint32_t surplus = beyond_keep(record, &entries, seen, extra);
    return old > surplus ? old : surplus;
}

/* Whether `keep` newer entries at or before now leave no need for this one. */
static bool is_surplus(const seg_image_store *store, const seg_entries *entries, const seg_word *entry,
                       int64_t now) {
    if (!seg_store_counts(store, entry[0], now)) return false;
    if (entry[0] > seg_entry_time(entries, entries->count - 1)) return false; /* the usual case: the newest */
    uint32_t seen = seg_entries_until(entries, seg_store_counted_until(store, now));
    if (seen < store->keep) return false;
    const seg_word *last = seg_entry(entries, seen - store->keep);
    if (store->flags & SEG_STORE_CALENDAR) return entry[0] < last[0] - SEG_CALENDAR_SLACK_MS;
    return seg_entry_compare(entry, SEG_ENTRY_WORDS, last, entries->lead, store->width) < 0;
}

seg_fate seg_store_weigh(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                         const seg_word *entry, int64_t now) {
    const seg_image_store *record = &image->stores[slot->owner];
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    if (!is_surplus(record, &entries, entry, now)) return SEG_FATE_KEPT;
    return record->flags & SEG_STORE_FOLD ? SEG_FATE_FOLDED : SEG_FATE_SURPLUS;
}

/* ---- changing ------------------------------------------------------------------------------------ */

/* The fold record of a store that has an area, or its entries if it has no fold record. */
static seg_word *fold_of(uint8_t *bytes, const seg_slot *slot) {
    return (seg_word *)(void *)(bytes + slot->offset);
}

void seg_store_drop(const seg_image *image, seg_state *state, seg_slot *slot, uint32_t count) {
    if (count == 0) return;
    const seg_image_store *record = &image->stores[slot->owner];
    uint32_t lead = seg_store_lead(slot->has_ties), stride = lead + record->width;
    seg_word *fold = fold_of(state->bytes, slot);
    seg_word *words = fold + seg_store_fold_words(record);
    if (record->flags & SEG_STORE_FOLD)
        for (uint32_t i = 0; i < count; i++) fold_entry(record, fold, words + (size_t)i * stride, lead);
    slot->count -= count;
    memmove(words, words + (size_t)count * stride, (size_t)slot->count * stride * 8);
    seg_slot_put(image, state->bytes, slot);
}

void seg_store_skip(const seg_image *image, seg_state *state, seg_slot *slot, uint32_t count) {
    const seg_image_store *record = &image->stores[slot->owner];
    if (record->flags & SEG_STORE_FOLD) {
        seg_store_drop(image, state, slot, count);
        return;
    }
    size_t words = (size_t)count * (seg_store_lead(slot->has_ties) + record->width);
    slot->offset += (uint32_t)(8 * words);
    slot->count -= count;
}

void seg_entries_add_ties(seg_word *words, uint32_t count, uint32_t width) {
    for (uint32_t i = count; i-- > 0;) {
        const seg_word *from = words + (size_t)i * (1 + width);
        seg_word *to = words + (size_t)i * (SEG_ENTRY_WORDS + width), time = from[0];
        memmove(to + SEG_ENTRY_WORDS, from + 1, 8 * (size_t)width);
        to[0] = time;
        to[1] = 0;
    }
}

/* Where the entry belongs: behind its equals. */
static uint32_t place_of(const seg_image_store *record, const seg_word *words, const seg_slot *slot,
                         const seg_word *entry) {
    uint32_t lead = seg_store_lead(slot->has_ties), stride = lead + record->width, width = record->width;
    uint32_t low = 0, high = slot->count;
    if (high == 0 || words[(size_t)(high - 1) * stride] < entry[0]) return high; /* the usual case */
    if (seg_entry_compare(words + (size_t)(high - 1) * stride, lead, entry, SEG_ENTRY_WORDS, width) <= 0)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (seg_entry_compare(words + (size_t)middle * stride, lead, entry, SEG_ENTRY_WORDS, width) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void seg_store_fold(const seg_image *image, seg_state *state, const seg_slot *slot, const seg_word *entry) {
    fold_entry(&image->stores[slot->owner], fold_of(state->bytes, slot), entry, SEG_ENTRY_WORDS);
}

void seg_store_insert(const seg_image *image, seg_state *state, seg_slot *slot, const seg_word *entry,
                      uint32_t spent) {
    const seg_image_store *record = &image->stores[slot->owner];
    if (spent) seg_store_drop(image, state, slot, spent);
    bool has_ties = slot->has_ties || entry[1] != 0;
    uint32_t lead = seg_store_lead(has_ties), stride = lead + record->width;
    seg_word *words = fold_of(state->bytes, slot) + seg_store_fold_words(record);
    if (has_ties && !slot->has_ties) seg_entries_add_ties(words, slot->count, record->width);
    slot->has_ties = has_ties;
    uint32_t at = place_of(record, words, slot, entry);
    seg_word *place = words + (size_t)at * stride;
    if (at < slot->count) memmove(place + stride, place, (size_t)(slot->count - at) * stride * 8);
    place[0] = entry[0];
    if (has_ties) place[1] = entry[1];
    for (uint32_t i = 0; i < record->width; i++) place[lead + i] = entry[SEG_ENTRY_WORDS + i];
    slot->count++;
    seg_slot_put(image, state->bytes, slot);
    seg_pins_note(image, state->bytes, slot);
}

/* ---- closing up ----------------------------------------------------------------------------------- */

static bool needs_ties(const seg_entries *entries) {
    if (entries->lead < SEG_ENTRY_WORDS) return false;
    for (uint32_t i = 0; i < entries->count; i++)
        if (seg_entry_tie(seg_entry(entries, i), entries->lead) != 0) return true;
    return false;
}

size_t seg_store_held_bytes(const seg_image *image, const uint8_t *bytes, const seg_slot *slot) {
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    if (slot->count == 0 && (!entries.fold || entries.fold[0] == 0)) return 0;
    size_t stride = seg_store_lead(needs_ties(&entries)) + image->stores[slot->owner].width;
    return 8 * (seg_store_fold_words(&image->stores[slot->owner]) + slot->count * stride);
}

void seg_store_copy_held(const seg_image *image, const uint8_t *bytes, seg_slot *slot, uint8_t *to) {
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    uint32_t width = image->stores[slot->owner].width;
    size_t front_bytes = 8 * (size_t)seg_store_fold_words(&image->stores[slot->owner]);
    slot->has_ties = needs_ties(&entries);
    memmove(to, bytes + slot->offset, front_bytes);
    seg_word *words = (seg_word *)(void *)(to + front_bytes);
    if (seg_store_lead(slot->has_ties) == entries.lead) {
        memmove(words, entries.words, 8 * (size_t)entries.stride * entries.count);
        return;
    }
    for (uint32_t i = 0; i < entries.count; i++, words += 1 + width) {
        const seg_word *entry = seg_entry(&entries, i);
        words[0] = entry[0];
        memmove(words + 1, entry + entries.lead, 8 * (size_t)width);
    }
}
