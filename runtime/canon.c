/* canon.c - making, freeing and compacting states. */
#include "canon.h"

#include "base/arena.h"
#include "delta.h"
#include "due.h"

seg_status seg_state_init(seg_vm *vm, seg_state *state) {
    size_t size = seg_state_base_bytes(vm->image);
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
    return seg_bit_get((const seg_bits *)(const void *)(state->bytes + seg_state_segments_at(vm->image)),
                       segment);
}

void seg_canon_trim(const seg_image *image, seg_state *state) {
    seg_state_header *head = seg_state_head(state->bytes);
    for (uint32_t i = 0; i < image->store_count; i++)
        seg_store_drop(image, state, i, seg_store_spent(image, state->bytes, i, head->now, 0));
    uint32_t expired = seg_message_expired(image, state->bytes, head->now);
    if (head->message_count == 0) return;
    seg_message *messages = (seg_message *)(void *)(state->bytes + head->message_offset + sizeof(seg_area));
    head->message_count -= expired;
    memmove(messages, messages + expired, head->message_count * sizeof *messages);
    seg_message_sort(messages, head->message_count, false);
}

/* When the atoms at home in a store must be looked at next. */
static int64_t find_home_due(seg_vm *vm, uint32_t store) {
    seg_run homes = vm->image->homes[store];
    int64_t earliest = SEG_NEVER;
    for (uint32_t i = 0; i < homes.count; i++) {
        int64_t holds;
        seg_vm_run(vm, vm->image->atoms[vm->image->home_atoms[homes.first + i]].program, &holds);
        if (holds < earliest) earliest = holds;
    }
    return earliest;
}

/* The exact next deadline of a state; its dues become as they are when everything is looked at now, those
 * that stand by themselves in `dues`. */
static int64_t find_deadline(seg_vm *vm, uint8_t *bytes, seg_dues dues) {
    const seg_image *image = vm->image;
    const seg_state_header *head = seg_state_peek(bytes);
    bool is_unborn = head->born > head->now,
         is_open = is_unborn || head->flags & SEG_STATE_STALE || head->deadline <= head->now;
    int64_t deadline = is_unborn ? head->born : is_open ? head->now : head->pending;
    if (!is_open) seg_vm_begin(vm, bytes, head->now);
    for (uint32_t i = 0; i < image->due_count; i++) {
        int64_t due = deadline;
        if (!is_open) seg_vm_run(vm, image->atoms[image->due_atoms[i]].program, &due);
        seg_due_set(&dues, i, due);
    }
    for (uint32_t at = seg_home_first(image, bytes); at; at = seg_home_next(image, bytes, at))
        *seg_home_due(bytes, at) =
            is_open ? deadline : find_home_due(vm, seg_state_peek_area(bytes, at)->owner);
    int64_t earliest = seg_due_earliest(&dues), at_home = seg_home_earliest(image, bytes);
    if (at_home < earliest) earliest = at_home;
    return is_open || deadline < earliest ? deadline : earliest;
}

/* Bytes of an owner's area without room; 0 if it has nothing to hold. */
static size_t area_bytes(const seg_image *image, const uint8_t *bytes, uint32_t owner) {
    seg_slot slot = seg_state_owner(image, bytes, owner);
    if (owner == image->store_count)
        return slot.count ? sizeof(seg_area) + slot.count * sizeof(seg_message) : 0;
    seg_entries entries;
    seg_store_entries(&entries, image, bytes, owner);
    if (slot.count == 0 && (!entries.fold || entries.fold[0] == 0)) return 0;
    return sizeof(seg_area) +
           8 * ((size_t)seg_store_front_words(image, owner) + (size_t)slot.count * entries.stride);
}

seg_status seg_state_compact(seg_vm *vm, seg_state *state) {
    const seg_image *image = vm->image;
    seg_status status = seg_delta_enter(vm, state, NULL);
    if (status != SEG_OK) return status;
    size_t room = state->size_bytes, base = seg_state_base_bytes(image), size = base;
    uint8_t *bytes = seg_resize(vm->allocator, NULL, 0, room); /* before anything changes */
    if (!bytes) return SEG_E_MEMORY;
    seg_delta_adopt(vm, state);
    seg_canon_trim(image, state);
    for (uint32_t i = 0; i <= image->store_count; i++) size += area_bytes(image, state->bytes, i);
    memcpy(bytes, state->bytes, base);
    seg_state_header *head = seg_state_head(bytes);
    head->deadline = find_deadline(vm, state->bytes, seg_dues_of(image, bytes));
    if (head->born <= head->now && head->deadline <= head->now)
        head->flags |= SEG_STATE_STALE; /* a due may have gone with an empty area */
    head->hole_bytes = 0;
    head->size_bytes = (uint32_t)size;
    size_t at = base;
    for (uint32_t i = 0; i <= image->store_count; i++) {
        size_t area = area_bytes(image, state->bytes, i);
        uint32_t offset = area ? (uint32_t)at : 0;
        if (area) memcpy(bytes + at, state->bytes + seg_state_owner(image, state->bytes, i).offset, area);
        if (area) seg_state_area(bytes, offset)->size_bytes = (uint32_t)area;
        if (i < image->store_count)
            seg_state_slot(image, bytes, i)->offset = offset;
        else
            head->message_offset = offset;
        at += area;
    }
    seg_resize(vm->allocator, state->bytes, state->capacity_bytes, 0);
    uint8_t *fitting = seg_resize(vm->allocator, bytes, room, size);
    *state = fitting ? (seg_state){fitting, size, size} : (seg_state){bytes, size, room};
    return SEG_OK;
}
