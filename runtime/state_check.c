/* state_check.c - the proof that a state's bytes may be used without checks. */
#include "calendar.h"
#include "due.h"
#include "error.h"
#include "store.h"

typedef struct seg_survey {
    const seg_image *image;
    const uint8_t *bytes;
    size_t size_bytes;
    seg_error *error;
    int64_t pending; /* earliest entry after now */
    int64_t due;     /* earliest of those that stand in areas */
} seg_survey;

static seg_status damaged(const seg_survey *survey, size_t offset, const char *what) {
    return seg_error_set(survey->error, SEG_E_STATE, offset, "damaged state: %s", what);
}

static bool is_instant(int64_t time) { return time >= SEG_TIME_MIN && time <= SEG_TIME_MAX; }

static bool bits_end(const uint8_t *bytes, size_t at, uint32_t count) {
    const seg_bits *bits = (const seg_bits *)(const void *)(bytes + at);
    return count % 64 == 0 || bits[count / 64] >> (count % 64) == 0;
}

static seg_status check_head(const seg_survey *survey) {
    const seg_image *image = survey->image;
    if ((uintptr_t)survey->bytes % 8 != 0) return damaged(survey, 0, "its address is not a multiple of 8");
    if (survey->size_bytes < seg_state_base_bytes(image))
        return damaged(survey, survey->size_bytes, "it is too short");
    const seg_state_header *head = seg_state_peek(survey->bytes);
    if (memcmp(head->magic, SEG_STATE_MAGIC, sizeof head->magic) != 0)
        return damaged(survey, 0, "it does not start as one");
    if (head->format != SEG_STATE_FORMAT)
        return seg_error_set(survey->error, SEG_E_VERSION, 4,
                             "the state has format %u, this library reads %u", head->format,
                             SEG_STATE_FORMAT);
    if (head->layout != image->state_layout)
        return damaged(survey, 8, "it belongs to rules with another layout");
    if (head->flags & ~SEG_STATE_STALE) return damaged(survey, 6, "unknown flags");
    if (head->size_bytes != survey->size_bytes || head->size_bytes % 8 != 0 ||
        head->size_bytes > SEG_STATE_BYTES_MAX)
        return damaged(survey, 24, "its size is not what it says");
    if (!is_instant(head->now)) return damaged(survey, 32, "its time is out of range");
    if (head->born != SEG_NEVER && !is_instant(head->born))
        return damaged(survey, 56, "its birth is out of range");
    if (!bits_end(survey->bytes, seg_state_atoms_at(), image->atom_count) ||
        !bits_end(survey->bytes, seg_state_segments_at(image), image->segment_count))
        return damaged(survey, seg_state_atoms_at(), "there are bits of nothing");
    return SEG_OK;
}

static bool float_is_sound(int64_t word) { return word == SEG_MISSING || seg_float_is_finite(word); }

static bool entry_is_sound(const seg_image_store *store, const seg_word *entry) {
    if (!is_instant(entry[0])) return false;
    for (uint32_t i = 0; i < store->width; i++)
        if ((store->float_fields >> i & 1) && !float_is_sound(entry[SEG_ENTRY_WORDS + i])) return false;
    return true;
}

static bool fold_is_sound(const seg_image_store *store, const seg_word *fold) {
    if (fold[0] < 0 || fold[0] > INT64_MAX / 4) return false;
    if (fold[0] > 0 && !entry_is_sound(store, fold + 1)) return false;
    for (uint32_t i = 0; i < store->width; i++) {
        const seg_word *field = fold + seg_store_fold_field(store, i);
        if (field[2] < 0 || field[2] > fold[0]) return false;
        if ((store->float_fields >> i & 1) &&
            (!seg_float_is_finite(field[3]) || !seg_float_is_finite(field[4])))
            return false;
    }
    return true;
}

static seg_status check_store_area(seg_survey *survey, uint32_t store, uint32_t offset, uint32_t size) {
    const seg_image_store *record = &survey->image->stores[store];
    uint32_t count = seg_state_peek_slot(survey->image, survey->bytes, store)->count;
    uint64_t need = sizeof(seg_area) +
                    8 * ((uint64_t)seg_store_front_words(survey->image, store) +
                         (uint64_t)count * seg_store_stride(record));
    if (need > size) return damaged(survey, offset, "a store is larger than its area");
    if (seg_state_is_home(survey->image, store)) {
        int64_t due = *(const seg_word *)(const void *)(survey->bytes + offset + sizeof(seg_area));
        if (due < survey->due) survey->due = due;
    }
    seg_entries entries;
    seg_store_entries(&entries, survey->image, survey->bytes, store);
    if (entries.fold && !fold_is_sound(record, entries.fold))
        return damaged(survey, offset, "a fold record is out of range");
    for (uint32_t i = 0; i < count; i++) {
        const seg_word *entry = seg_entry(&entries, i);
        if (!entry_is_sound(record, entry)) return damaged(survey, offset, "an entry is out of range");
        if (i > 0 && seg_entry_compare(seg_entry(&entries, i - 1), entry, entries.stride) > 0)
            return damaged(survey, offset, "entries are out of order");
    }
    int64_t born = seg_state_peek(survey->bytes)->born;
    bool is_fact = (record->flags & SEG_STORE_IDENTITY) == 0;
    if ((is_fact && count > 0 && seg_entry_time(&entries, 0) < born) ||
        (entries.fold && entries.fold[0] > 0 && entries.fold[1] < born))
        return damaged(survey, offset, "a fact is older than the profile");
    uint32_t next = seg_entries_until(&entries, seg_state_peek(survey->bytes)->now);
    if (next < count && seg_entry_time(&entries, next) < survey->pending)
        survey->pending = seg_entry_time(&entries, next);
    return SEG_OK;
}

static seg_status check_message_area(seg_survey *survey, uint32_t offset, uint32_t size) {
    uint32_t count = seg_state_peek(survey->bytes)->message_count;
    if (sizeof(seg_area) + (uint64_t)count * sizeof(seg_message) > size)
        return damaged(survey, offset, "messages are larger than their area");
    const seg_message *messages =
        (const seg_message *)(const void *)(survey->bytes + offset + sizeof(seg_area));
    for (uint32_t i = 0; i < count; i++)
        if (messages[i].arrival < (i > 0 ? messages[i - 1].arrival : SEG_TIME_MIN) ||
            messages[i].arrival > seg_state_peek(survey->bytes)->now)
            return damaged(survey, offset, "messages are out of order");
    return SEG_OK;
}

/* Areas fill the rest of the state, and each that a directory names is there, once: an area's offset
 * leads to its owner, and an owner's offset to its area. */
static seg_status check_areas(seg_survey *survey) {
    const seg_image *image = survey->image;
    size_t at = seg_state_base_bytes(image);
    uint64_t holes = 0;
    uint32_t owned = 0;
    while (at < survey->size_bytes) {
        seg_area area = *seg_state_peek_area(survey->bytes, (uint32_t)at);
        if (area.size_bytes < sizeof area || area.size_bytes % 8 != 0 ||
            area.size_bytes > survey->size_bytes - at)
            return damaged(survey, at, "an area lies outside");
        seg_status status = SEG_OK;
        if (area.owner == SEG_NONE) holes += area.size_bytes;
        else if (area.owner > image->store_count ||
                 seg_state_owner(image, survey->bytes, area.owner).offset != at)
            return damaged(survey, at, "an area has no owner");
        else if (area.owner == image->store_count)
            status = check_message_area(survey, (uint32_t)at, area.size_bytes);
        else status = check_store_area(survey, area.owner, (uint32_t)at, area.size_bytes);
        if (status != SEG_OK) return status;
        owned += area.owner != SEG_NONE;
        at += area.size_bytes;
    }
    uint32_t named = 0;
    for (uint32_t i = 0; i <= image->store_count; i++) {
        seg_slot slot = seg_state_owner(image, survey->bytes, i);
        named += slot.offset != 0;
        if (slot.offset == 0 && slot.count != 0)
            return damaged(survey, seg_state_directory_at(image), "entries are nowhere");
    }
    if (named != owned)
        return damaged(survey, seg_state_directory_at(image),
                       "the directory names an area that is not there");
    if (holes != seg_state_peek(survey->bytes)->hole_bytes) return damaged(survey, 28, "holes do not add up");
    return SEG_OK;
}

seg_status seg_state_check(const seg_image *image, const void *bytes, size_t size_bytes, seg_error *error) {
    seg_survey survey = {image, bytes, size_bytes, error, SEG_NEVER, SEG_NEVER};
    seg_status status = check_head(&survey);
    if (status == SEG_OK) status = check_areas(&survey);
    if (status != SEG_OK) return status;
    const seg_state_header *head = seg_state_peek(bytes);
    if (head->pending != survey.pending) return damaged(&survey, 48, "its next fact is not where it says");
    if (head->deadline > head->pending || (head->born > head->now && head->deadline > head->born))
        return damaged(&survey, 40, "it would sleep through a fact");
    seg_dues dues = seg_dues_of(image, (uint8_t *)bytes); /* only looked at */
    int64_t earliest = seg_due_earliest(&dues);
    if (survey.due < earliest) earliest = survey.due;
    if (!seg_dues_agree(&dues) || (!(head->flags & SEG_STATE_STALE) && head->deadline > earliest))
        return damaged(&survey, seg_state_dues_at(image), "it would sleep through a change");
    return SEG_OK;
}
