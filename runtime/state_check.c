/* state_check.c - the proof that a state's bytes may be used without checks. */
#include "base/arena.h"
#include "calendar.h"
#include "due.h"
#include "error.h"
#include "ladder.h"
#include "message.h"
#include "pin.h"
#include "store.h"

/* How states began up to format 3. */
#define OLD_MAGIC "SEGS"

typedef struct seg_survey {
    const seg_image *image;
    const uint8_t *bytes;
    size_t size_bytes;
    seg_error *error;
    int64_t pending; /* earliest entry after now */
    int64_t said_pending;
} seg_survey;

static seg_status damaged(const seg_survey *survey, size_t offset, const char *what) {
    return seg_error_set(survey->error, SEG_E_STATE, offset, "damaged state: %s", what);
}

static bool is_instant(int64_t time) { return time >= SEG_TIME_MIN && time <= SEG_TIME_MAX; }

static bool is_zero(const uint8_t *bytes, size_t from, size_t end) {
    while (from < end && bytes[from] == 0) from++;
    return from >= end;
}

static bool bits_end(const uint8_t *bits, uint32_t count) {
    return count % 8 == 0 || bits[count / 8] >> (count % 8) == 0;
}

static seg_status check_format(const seg_survey *survey) {
    const uint8_t *bytes = survey->bytes;
    if ((uintptr_t)bytes % 8 != 0) return damaged(survey, 0, "its address is not a multiple of 8");
    if (survey->size_bytes < sizeof(seg_state_header))
        return damaged(survey, survey->size_bytes, "it is too short");
    uint32_t format = bytes[0] & 15u;
    if (memcmp(bytes, OLD_MAGIC, sizeof OLD_MAGIC - 1) == 0)
        format = bytes[4];
    else if ((bytes[0] & 0xf0u) != SEG_STATE_MARK)
        return damaged(survey, 0, "it does not start as one");
    if (format == SEG_STATE_FORMAT) return SEG_OK;
    return seg_error_set(survey->error, SEG_E_VERSION, 0, "the state has format %u, this library reads %u",
                         format, SEG_STATE_FORMAT);
}

static seg_status check_head(const seg_survey *survey) {
    const seg_image *image = survey->image;
    const seg_places *places = &image->places;
    const uint8_t *bytes = survey->bytes;
    seg_status status = check_format(survey);
    if (status != SEG_OK) return status;
    const seg_state_header *head = seg_state_peek(bytes);
    if (head->layout != image->state_layout)
        return damaged(survey, 4, "it belongs to rules with another layout");
    if (survey->size_bytes < places->base) return damaged(survey, survey->size_bytes, "it is too short");
    if (head->flags & ~(SEG_STATE_STALE | SEG_STATE_AHEAD | SEG_STATE_WIDE))
        return damaged(survey, 1, "unknown flags");
    if (head->size_bytes != survey->size_bytes || head->size_bytes % 8 != 0 ||
        head->size_bytes > SEG_STATE_BYTES_MAX)
        return damaged(survey, 8, "its size is not what it says");
    if (!is_instant(head->now)) return damaged(survey, 16, "its time is out of range");
    if (head->born != SEG_NEVER && !is_instant(head->born))
        return damaged(survey, 32, "its birth is out of range");
    if (!bits_end(bytes + places->atoms, image->atom_count) ||
        !bits_end(bytes + places->segments, image->segment_count) ||
        !is_zero(bytes, places->segments + seg_bit_bytes(image->segment_count), places->directory))
        return damaged(survey, places->atoms, "there are bits of nothing");
    return SEG_OK;
}

/* ---- areas ---------------------------------------------------------------------------------------- */

static bool float_is_sound(int64_t word) { return word == SEG_MISSING || seg_float_is_finite(word); }

static bool entry_is_sound(const seg_image_store *store, const seg_word *entry, uint32_t lead) {
    if (!is_instant(entry[0])) return false;
    for (uint32_t i = 0; i < store->width; i++)
        if ((store->float_fields >> i & 1) && !float_is_sound(entry[lead + i])) return false;
    return true;
}

static bool fold_is_sound(const seg_image_store *store, const seg_word *fold) {
    if (fold[0] < 0 || fold[0] > INT64_MAX / 4) return false;
    if (fold[0] > 0 && !entry_is_sound(store, fold + 1, SEG_ENTRY_WORDS)) return false;
    for (uint32_t i = 0; i < store->width; i++) {
        const seg_word *field = fold + seg_store_fold_field(store, i);
        if (field[2] < 0 || field[2] > fold[0]) return false;
        if ((store->float_fields >> i & 1) &&
            (!seg_float_is_finite(field[3]) || !seg_float_is_finite(field[4])))
            return false;
    }
    return true;
}

static seg_status check_entries(seg_survey *survey, const seg_slot *slot, const seg_entries *entries) {
    const seg_image_store *record = &survey->image->stores[slot->owner];
    for (uint32_t i = 0; i < entries->count; i++) {
        const seg_word *entry = seg_entry(entries, i);
        if (!entry_is_sound(record, entry, entries->lead))
            return damaged(survey, slot->offset, "an entry is out of range");
        if (i > 0 && seg_entry_compare(seg_entry(entries, i - 1), entries->lead, entry, entries->lead,
                                       record->width) > 0)
            return damaged(survey, slot->offset, "entries are out of order");
    }
    return SEG_OK;
}

static seg_status check_store(seg_survey *survey, const seg_slot *slot, uint32_t size) {
    const seg_image *image = survey->image;
    const seg_image_store *record = &image->stores[slot->owner];
    const seg_state_header *head = seg_state_peek(survey->bytes);
    seg_entries entries;
    seg_slot_entries(&entries, image, survey->bytes, slot);
    uint64_t words =
        seg_store_fold_words(&image->stores[slot->owner]) + (uint64_t)slot->count * entries.stride;
    if (8 * words > size) return damaged(survey, slot->offset, "a store is larger than its area");
    if (entries.fold && !fold_is_sound(record, entries.fold))
        return damaged(survey, slot->offset, "a fold record is out of range");
    seg_status status = check_entries(survey, slot, &entries);
    if (status != SEG_OK) return status;
    bool is_fact = (record->flags & SEG_STORE_IDENTITY) == 0;
    if ((is_fact && entries.count > 0 && seg_entry_time(&entries, 0) < head->born) ||
        (entries.fold && entries.fold[0] > 0 && entries.fold[1] < head->born))
        return damaged(survey, slot->offset, "a fact is older than the profile");
    uint32_t next = seg_entries_until(&entries, head->now);
    if (next < entries.count && seg_entry_time(&entries, next) < survey->pending)
        survey->pending = seg_entry_time(&entries, next);
    return SEG_OK;
}

static seg_status check_messages(seg_survey *survey, const seg_slot *slot, uint32_t size) {
    if ((uint64_t)slot->count * sizeof(seg_message) > size || slot->has_ties)
        return damaged(survey, slot->offset, "messages are larger than their area");
    const seg_message *messages = seg_messages(survey->bytes, slot);
    for (uint32_t i = 0; i < slot->count; i++)
        if (messages[i].arrival < (i > 0 ? messages[i - 1].arrival : SEG_TIME_MIN) ||
            messages[i].arrival > seg_state_peek(survey->bytes)->now)
            return damaged(survey, slot->offset, "messages are out of order");
    return SEG_OK;
}

static seg_status check_area(seg_survey *survey, const seg_slot *slot) {
    const seg_image *image = survey->image;
    uint32_t size = seg_slot_bytes(image, survey->bytes, slot);
    if (slot->owner < image->store_count) return check_store(survey, slot, size);
    if (slot->owner == image->store_count + SEG_OWNER_MESSAGES) return check_messages(survey, slot, size);
    survey->said_pending = *(const seg_word *)(const void *)(survey->bytes + slot->offset);
    if (slot->count == 0 && !slot->has_ties) return SEG_OK;
    return damaged(survey, slot->offset, "an instant is not alone");
}

/* ---- the directory -------------------------------------------------------------------------------- */

/* A narrow one: areas fill the rest of the state one after the other. */
static seg_status check_narrow(const seg_survey *survey) {
    const seg_image *image = survey->image;
    uint32_t count = seg_state_peek(survey->bytes)->slot_count;
    size_t at = seg_narrow_areas_at(image, count);
    size_t end = image->places.directory + count * sizeof(seg_narrow);
    if (image->places.is_wide || survey->size_bytes > SEG_NARROW_BYTES || at > survey->size_bytes ||
        (count == 0 && at < survey->size_bytes))
        return damaged(survey, 2, "its directory does not fit");
    if (!is_zero(survey->bytes, end, at)) return damaged(survey, end, "there are slots of nothing");
    for (uint32_t i = 0; i < count; i++) {
        seg_slot slot = seg_slot_at(image, survey->bytes, i);
        bool is_in_place = i == 0 ? slot.offset == at : slot.offset > at;
        if (!is_in_place || slot.offset >= survey->size_bytes)
            return damaged(survey, image->places.directory, "an area is not in its place");
        at = slot.offset;
    }
    return SEG_OK;
}

/* Whether areas lie apart: the words are offset and size of each. */
static bool lie_apart(int64_t *words, uint32_t count) {
    seg_words_sort(words, count);
    for (uint32_t i = 1; i < count; i++)
        if ((words[i - 1] >> 32) + (words[i - 1] & UINT32_MAX) > words[i] >> 32) return false;
    return true;
}

/* A wide one: areas lie anywhere, but apart, and what is left are holes. */
static seg_status check_wide(const seg_survey *survey) {
    const seg_image *image = survey->image;
    size_t at = seg_round_up(image->places.directory) + sizeof(seg_wide_head);
    if (at > survey->size_bytes) return damaged(survey, survey->size_bytes, "it is too short");
    const seg_wide_head *head = seg_wide_peek(image, survey->bytes);
    if (seg_state_peek(survey->bytes)->slot_count != 0 || head->reserved != 0 ||
        head->count > head->capacity || head->capacity > (survey->size_bytes - at) / sizeof(seg_wide))
        return damaged(survey, at - sizeof *head, "its directory does not fit");
    at += head->capacity * sizeof(seg_wide);
    size_t held = 0;
    size_t words_size = head->count * sizeof(int64_t);
    int64_t *words = words_size ? seg_resize(image->allocator, NULL, 0, words_size) : NULL;
    if (words_size && !words)
        return seg_error_set(survey->error, SEG_E_MEMORY, 0, "no memory to check the state");
    bool is_sound = true;
    for (uint32_t i = 0; i < head->count && is_sound; i++) {
        seg_slot slot = seg_slot_at(image, survey->bytes, i);
        uint32_t size = seg_slot_bytes(image, survey->bytes, &slot);
        is_sound = slot.offset >= at && slot.offset % 8 == 0 && size > 0 && size % 8 == 0 &&
                   slot.offset <= survey->size_bytes && size <= survey->size_bytes - slot.offset;
        words[i] = (int64_t)((uint64_t)slot.offset << 32 | size);
        held += size;
    }
    is_sound = is_sound && lie_apart(words, head->count);
    if (words) seg_resize(image->allocator, words, words_size, 0);
    if (!is_sound) return damaged(survey, at, "an area is not in its place");
    if (held + head->hole_bytes != survey->size_bytes - at) return damaged(survey, at, "holes do not add up");
    return SEG_OK;
}

static seg_status check_areas(seg_survey *survey) {
    const seg_image *image = survey->image;
    seg_status status = seg_state_is_wide(survey->bytes) ? check_wide(survey) : check_narrow(survey);
    uint32_t owner = 0;
    for (uint32_t i = 0; status == SEG_OK && i < seg_slot_count(image, survey->bytes); i++) {
        seg_slot slot = seg_slot_at(image, survey->bytes, i);
        if (slot.owner < owner || slot.owner >= image->store_count + SEG_OWNERS)
            return damaged(survey, image->places.directory, "an area has no owner");
        owner = slot.owner + 1;
        status = check_area(survey, &slot);
    }
    for (uint32_t i = 0; status == SEG_OK && i < image->pin_count; i++)
        if (!seg_pins_agree(image, survey->bytes, image->pins[i].store))
            return damaged(survey, image->places.pins, "a newest value is another one");
    return status;
}

seg_status seg_state_check(const seg_image *image, const void *bytes, size_t size_bytes, seg_error *error) {
    seg_survey survey = {image, bytes, size_bytes, error, SEG_NEVER, SEG_NEVER};
    seg_status status = check_head(&survey);
    if (status == SEG_OK) status = check_areas(&survey);
    if (status != SEG_OK) return status;
    const seg_state_header *head = seg_state_peek(bytes);
    bool is_ahead = head->flags & SEG_STATE_AHEAD;
    if (survey.said_pending != survey.pending || is_ahead != (survey.pending != SEG_NEVER))
        return damaged(&survey, 1, "its next fact is not where it says");
    if (head->deadline > survey.pending || (head->born > head->now && head->deadline > head->born))
        return damaged(&survey, 24, "it would sleep through a fact");
    seg_dues dues = seg_dues_of(image, (uint8_t *)bytes); /* only looked at */
    int64_t earliest = seg_due_earliest(&dues);
    if (head->rules == image->rules && head->born <= head->now) { /* others have other ladders */
        int64_t on_ladders = seg_ladders_until(image, bytes, head->now);
        if (on_ladders < earliest) earliest = on_ladders;
    }
    if (!seg_dues_agree(&dues) || (!(head->flags & SEG_STATE_STALE) && head->deadline > earliest))
        return damaged(&survey, image->places.dues, "it would sleep through a change");
    return SEG_OK;
}
