/* merge.c - two histories become one. */
#include "area.h"
#include "base/arena.h"
#include "delta.h"
#include "error.h"
#include "message.h"
#include "pin.h"

/* Entries of both, ascending; those that are equal and have a tie are one fact. `into` has the room and takes
 * ties if one of both has some; its own entries were moved to the room's end. The number of entries. */
static uint32_t merge_entries(seg_word *into, const seg_entries *own, const seg_entries *other) {
    uint32_t stride = own->stride, width = stride - own->lead, count = 0, i = 0, j = 0;
    while (i < own->count || j < other->count) {
        const seg_word *a = seg_entry(own, i), *b = seg_entry(other, j);
        int order = i == own->count     ? 1
                    : j == other->count ? -1
                                        : seg_entry_compare(a, own->lead, b, other->lead, width);
        if (order == 0 && seg_entry_tie(a, own->lead) != 0) j++;
        seg_word *to = into + (size_t)count++ * stride;
        if (order <= 0) {
            memmove(to, a, 8 * (size_t)stride);
            i++;
            continue;
        }
        to[0] = b[0];
        if (own->lead == SEG_ENTRY_WORDS) to[1] = (int64_t)seg_entry_tie(b, other->lead);
        memcpy(to + own->lead, b + other->lead, 8 * (size_t)width);
        j++;
    }
    return count;
}

static seg_status merge_store(seg_vm *vm, seg_state *into, const uint8_t *from, uint32_t store) {
    const seg_image *image = vm->image;
    const seg_image_store *record = &image->stores[store];
    seg_entries other, own;
    seg_store_entries(&other, image, from, store);
    if (other.count == 0 && !other.fold) return SEG_OK;
    seg_slot slot = seg_state_slot(image, into->bytes, store);
    if (record->flags & SEG_STORE_IDENTITY && slot.count > 0) return SEG_OK; /* whoever it was stays */
    size_t room = (size_t)slot.count + other.count, front_words = seg_store_fold_words(record);
    if (room > SEG_STATE_BYTES_MAX / 16) return SEG_E_LIMIT;
    bool had_ties = slot.has_ties, has_ties = had_ties || other.lead == SEG_ENTRY_WORDS;
    size_t stride = seg_store_lead(has_ties) + record->width;
    seg_status status = seg_area_make(image, vm->allocator, into, store, 8 * (front_words + room * stride));
    if (status != SEG_OK) return status;
    slot = seg_state_slot(image, into->bytes, store);
    slot.has_ties = has_ties;
    seg_slot_entries(&own, image, into->bytes, &slot);
    if (other.fold) seg_fold_join(record, (seg_word *)own.fold, other.fold);
    seg_word *words = (seg_word *)own.words;
    if (has_ties && !had_ties) seg_entries_add_ties(words, own.count, record->width);
    own.words = words + (size_t)other.count * stride;
    memmove(words + (size_t)other.count * stride, words, 8 * (size_t)own.count * stride);
    slot.count = merge_entries(words, &own, &other);
    seg_slot_put(image, into->bytes, &slot);
    seg_pins_note(image, into->bytes, &slot);
    return SEG_OK;
}

/* Messages of both; of one that both remember, the earlier arrival. */
static seg_status merge_messages(seg_vm *vm, seg_state *into, const uint8_t *from) {
    const seg_image *image = vm->image;
    seg_slot other = seg_message_slot(image, from), slot = seg_message_slot(image, into->bytes);
    uint32_t count = 0;
    if (other.count == 0) return SEG_OK;
    size_t room = (size_t)slot.count + other.count;
    seg_status status = seg_area_make(image, vm->allocator, into, image->store_count + SEG_OWNER_MESSAGES,
                                      room * sizeof(seg_message));
    if (status != SEG_OK) return status;
    slot = seg_message_slot(image, into->bytes);
    seg_message *messages = (seg_message *)(void *)(into->bytes + slot.offset);
    memcpy(messages + slot.count, from + other.offset, other.count * sizeof *messages);
    seg_message_sort(messages, room, true);
    for (size_t i = 0; i < room; i++)
        if (count == 0 || messages[i].hash != messages[count - 1].hash) messages[count++] = messages[i];
    seg_message_sort(messages, count, false);
    slot.count = count;
    seg_slot_put(image, into->bytes, &slot);
    return SEG_OK;
}

/* The earlier of both. */
static seg_status merge_pending(seg_vm *vm, seg_state *into, const uint8_t *from) {
    const seg_image *image = vm->image;
    int64_t other = seg_state_pending(image, from);
    if (other >= seg_state_pending(image, into->bytes)) return SEG_OK;
    seg_status status =
        seg_area_make(image, vm->allocator, into, image->store_count + SEG_OWNER_PENDING, sizeof(seg_word));
    if (status == SEG_OK) seg_state_set_pending(image, into->bytes, other);
    return status;
}

static seg_status merge_all(seg_vm *vm, seg_state *into, const uint8_t *from) {
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < vm->image->store_count && status == SEG_OK; i++)
        status = merge_store(vm, into, from, i);
    if (status == SEG_OK) status = merge_messages(vm, into, from);
    return status == SEG_OK ? merge_pending(vm, into, from) : status;
}

seg_status seg_merge(seg_vm *vm, seg_state *into, seg_state *from, int64_t now, seg_sink sink) {
    const seg_image *image = vm->image;
    seg_status status = seg_delta_enter(vm, into, NULL);
    if (status == SEG_OK && (!seg_state_fits(image, from) || from->bytes == into->bytes))
        status = SEG_E_STATE;
    if (status == SEG_OK) status = seg_delta_check_now(into, now, NULL);
    if (status == SEG_OK) status = seg_delta_check_now(from, now, NULL);
    if (status != SEG_OK) return status;
    /* Everything that can fail happens in a copy, before anybody hears of a change. */
    seg_state both = {seg_resize(vm->allocator, NULL, 0, into->size_bytes), into->size_bytes,
                      into->size_bytes};
    if (!both.bytes) return SEG_E_MEMORY;
    memcpy(both.bytes, into->bytes, into->size_bytes);
    status = merge_all(vm, &both, from->bytes);
    if (status == SEG_OK) status = seg_vm_prepare(vm, both.bytes);
    if (status != SEG_OK) {
        seg_state_free(vm, &both);
        return status;
    }
    seg_delta_adopt(vm, into);
    if (now > seg_state_now(into)) seg_delta_advance(vm, into, now - 1, sink);
    memcpy(both.bytes + image->places.dues, into->bytes + image->places.dues,
           image->places.directory - image->places.dues);
    seg_state_free(vm, into);
    *into = both;
    const seg_state_header *other = seg_state_peek(from->bytes);
    seg_state_header *head = seg_state_head(into->bytes);
    seg_delta_adopt(vm, into);
    head->now = now;
    if (other->born < head->born) head->born = other->born;
    if (head->born == SEG_NEVER) return SEG_OK;
    const seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_MERGE, .index = SEG_NONE};
    seg_delta_mark_stale(into);
    seg_delta_evaluate(vm, into, false, &trigger);
    return SEG_OK;
}
