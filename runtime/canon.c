/* canon.c - making, freeing and compacting states. */
#include "canon.h"

#include "area.h"
#include "base/arena.h"
#include "delta.h"
#include "due.h"
#include "ladder.h"
#include "message.h"
#include "store.h"

seg_status seg_state_init(seg_vm *vm, seg_state *state) {
    size_t size = vm->image->places.base;
    uint8_t *bytes = seg_resize(vm->allocator, NULL, 0, size);
    if (!bytes) return SEG_E_MEMORY;
    seg_state_format(vm->image, bytes);
    *state = (seg_state){bytes, size, size};
    return SEG_OK;
}

void seg_state_free(seg_vm *vm, seg_state *state) {
    if (state->bytes) seg_resize(vm->allocator, state->bytes, state->capacity_bytes, 0);
    *state = (seg_state){NULL, 0, 0};
}

bool seg_state_is_member(const seg_vm *vm, const seg_state *state, uint32_t segment) {
    if (segment >= vm->image->segment_count || !seg_state_fits(vm->image, state)) return false;
    return seg_bit_get(seg_state_segments(vm->image, state->bytes), segment);
}

void seg_canon_trim(const seg_image *image, seg_state *state) {
    int64_t now = seg_state_now(state);
    for (uint32_t i = 0; i < seg_slot_count(image, state->bytes); i++) {
        seg_slot slot = seg_slot_at(image, state->bytes, i);
        uint32_t spent =
            slot.owner < image->store_count ? seg_store_spent(image, state->bytes, &slot, now, 0) : 0;
        if (spent)
            seg_store_drop(image, state, &slot, spent);
        else if (slot.owner == image->store_count + SEG_OWNER_MESSAGES)
            seg_message_drop(image, state, &slot, now);
    }
}

bool seg_canon_is_tight(const seg_image *image, const seg_state *state) {
    const uint8_t *bytes = state->bytes;
    int64_t now = seg_state_peek(bytes)->now;
    for (uint32_t i = 0, count = seg_slot_count(image, bytes); i < count; i++) {
        seg_slot slot = seg_slot_at(image, bytes, i);
        if (!(slot.owner < image->store_count ? seg_store_is_tight(image, bytes, &slot, now)
                                              : seg_area_is_tight(image, bytes, &slot, now)))
            return false;
    }
    return true;
}

/* The exact next deadline of a state; its dues become as they are when everything is looked at now. */
static int64_t find_deadline(seg_vm *vm, uint8_t *bytes) {
    const seg_image *image = vm->image;
    seg_dues dues = seg_dues_of(image, bytes);
    const seg_state_header *head = seg_state_peek(bytes);
    bool is_unborn = head->born > head->now,
         is_open = is_unborn || head->flags & SEG_STATE_STALE || head->deadline <= head->now;
    int64_t deadline = is_unborn ? head->born : is_open ? head->now : seg_state_pending(image, bytes);
    if (!is_open) seg_vm_begin(vm, bytes, head->now);
    for (uint32_t i = 0; i < image->due_count; i++) {
        int64_t due = deadline;
        if (!is_open) seg_vm_run(vm, image->atoms[image->due_atoms[i]].program, &due);
        seg_due_set(&dues, i, due);
    }
    if (is_open) return deadline;
    int64_t alone = seg_due_earliest(&dues), on_ladders = seg_ladders_until(image, bytes, head->now);
    int64_t earliest = alone < on_ladders ? alone : on_ladders;
    return deadline < earliest ? deadline : earliest;
}

/* Orders what is kept in order of arrival alone. */
static void sort_messages(const seg_image *image, uint8_t *bytes) {
    seg_slot slot = seg_message_slot(image, bytes);
    if (slot.count > 0) seg_message_sort((seg_message *)(void *)(bytes + slot.offset), slot.count, false);
}

seg_status seg_state_compact(seg_vm *vm, seg_state *state) {
    const seg_image *image = vm->image;
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status != SEG_OK) return status;
    size_t room = state->size_bytes;
    uint8_t *bytes = seg_resize(vm->allocator, NULL, 0, room); /* before anything changes */
    if (!bytes) return SEG_E_MEMORY;
    seg_delta_adopt(vm, state);
    seg_canon_trim(image, state);
    sort_messages(image, state->bytes);
    seg_state_header *head = seg_state_head(state->bytes);
    head->deadline = find_deadline(vm, state->bytes);
    if (head->born <= head->now && head->deadline <= head->now)
        head->flags |= SEG_STATE_STALE; /* a due may have gone with an empty area */
    size_t size = seg_area_closed_bytes(image, state->bytes);
    seg_area_write_closed(image, state->bytes, bytes);
    seg_resize(vm->allocator, state->bytes, state->capacity_bytes, 0);
    uint8_t *fitting = seg_resize(vm->allocator, bytes, room, size);
    *state = fitting ? (seg_state){fitting, size, size} : (seg_state){bytes, size, room};
    return SEG_OK;
}
