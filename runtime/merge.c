/* merge.c - two histories become one. */
#include "base/arena.h"
#include "canon.h"
#include "delta.h"
#include "error.h"

/* Entries of both, ascending; those that are equal and have a tie are one fact. `into` has the room; its
 * own entries were moved to the room's end (`own`, `own_count`). The number of entries. */
static uint32_t merge_entries(seg_word *into, const seg_word *own, uint32_t own_count,
                              const seg_entries *other) {
    uint32_t stride = other->stride, count = 0, i = 0, j = 0;
    while (i < own_count || j < other->count) {
        const seg_word *a = own + (size_t)i * stride, *b = other->words + (size_t)j * stride;
        int order = i == own_count ? 1 : j == other->count ? -1 : seg_entry_compare(a, b, stride);
        if (order == 0 && a[1] != 0) j++;
        memmove(into + (size_t)count++ * stride, order <= 0 ? a : b, 8 * (size_t)stride);
        if (order <= 0) i++;
        else j++;
    }
    return count;
}

static seg_status merge_store(seg_vm *vm, seg_state *into, const uint8_t *from, uint32_t store) {
    const seg_image *image = vm->image;
    const seg_image_store *record = &image->stores[store];
    seg_entries other;
    seg_store_entries(&other, image, from, store);
    if (other.count == 0 && !other.fold) return SEG_OK;
    if (record->flags & SEG_STORE_IDENTITY && seg_state_peek_slot(image, into->bytes, store)->count > 0)
        return SEG_OK; /* whoever it was stays */
    uint32_t own_count = seg_state_peek_slot(image, into->bytes, store)->count,
             stride = seg_store_stride(record);
    size_t room = (size_t)own_count + other.count, front_words = seg_store_front_words(image, store);
    if (room > SEG_STATE_BYTES_MAX / 16) return SEG_E_LIMIT;
    seg_status status = seg_state_area_resize(image, vm->allocator, into, store,
                                              sizeof(seg_area) + 8 * (front_words + room * stride));
    if (status != SEG_OK) return status;
    seg_slot *slot = seg_state_slot(image, into->bytes, store);
    seg_word *front = (seg_word *)(void *)(into->bytes + slot->offset + sizeof(seg_area));
    seg_word *fold = front + seg_store_due_words(image, store);
    if (other.fold) seg_fold_join(record, fold, other.fold);
    seg_word *words = front + front_words, *own = words + (size_t)other.count * stride;
    memmove(own, words, 8 * (size_t)own_count * stride);
    slot->count = merge_entries(words, own, own_count, &other);
    return SEG_OK;
}

/* Messages of both; of one that both remember, the earlier arrival. */
static seg_status merge_messages(seg_vm *vm, seg_state *into, const uint8_t *from) {
    uint32_t other = seg_state_peek(from)->message_count, own = seg_state_peek(into->bytes)->message_count,
             count = 0;
    if (other == 0) return SEG_OK;
    size_t room = (size_t)own + other;
    seg_status status = seg_state_area_resize(vm->image, vm->allocator, into, vm->image->store_count,
                                              sizeof(seg_area) + room * sizeof(seg_message));
    if (status != SEG_OK) return status;
    seg_state_header *head = seg_state_head(into->bytes);
    seg_message *messages = (seg_message *)(void *)(into->bytes + head->message_offset + sizeof(seg_area));
    memcpy(messages + own, from + seg_state_peek(from)->message_offset + sizeof(seg_area),
           other * sizeof *messages);
    seg_message_sort(messages, room, true);
    for (size_t i = 0; i < room; i++)
        if (count == 0 || messages[i].hash != messages[count - 1].hash) messages[count++] = messages[i];
    seg_message_sort(messages, count, false);
    head->message_count = count;
    return SEG_OK;
}

static seg_status merge_all(seg_vm *vm, seg_state *into, const uint8_t *from) {
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < vm->image->store_count && status == SEG_OK; i++)
        status = merge_store(vm, into, from, i);
    return status == SEG_OK ? merge_messages(vm, into, from) : status;
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
    memcpy(both.bytes + seg_state_atoms_at(), into->bytes + seg_state_atoms_at(),
           seg_state_directory_at(image) - seg_state_atoms_at());
    seg_state_free(vm, into);
    *into = both;
    const seg_state_header *other = seg_state_peek(from->bytes);
    seg_state_header *head = seg_state_head(into->bytes);
    seg_delta_adopt(vm, into);
    head->now = now;
    if (other->born < head->born) head->born = other->born;
    if (other->pending < head->pending) head->pending = other->pending;
    if (head->born == SEG_NEVER) return SEG_OK;
    const seg_trigger trigger = {.sink = sink, .cause = SEG_CAUSE_MERGE, .index = SEG_NONE};
    seg_delta_mark_stale(into);
    seg_delta_evaluate(vm, into, false, &trigger);
    return SEG_OK;
}
