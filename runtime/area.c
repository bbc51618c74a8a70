/* area.c - see area.h. */
#include "area.h"

#include "base/arena.h"
#include "message.h"
#include "store.h"

/* ---- making room ---------------------------------------------------------------------------------- */

static size_t limited(size_t capacity) {
    return capacity > SEG_STATE_BYTES_MAX ? SEG_STATE_BYTES_MAX : capacity;
}

static seg_status reserve(const seg_allocator *allocator, seg_state *state, size_t need) {
    if (need <= state->capacity_bytes) return SEG_OK;
    size_t spare = seg_state_is_wide(state->bytes) ? need / 2 : need > 1024 ? need / 16 : 0;
    size_t unit = need > 512 ? 64 : 16, capacity = limited((need + spare + unit - 1) / unit * unit);
    uint8_t *bytes = seg_resize(allocator, state->bytes, state->capacity_bytes, capacity);
    if (!bytes) return SEG_E_MEMORY;
    state->bytes = bytes;
    state->capacity_bytes = capacity;
    return SEG_OK;
}

/* Puts a further slot, of an area behind all that a wide state has; there is room for both. */
static void append_wide(const seg_image *image, uint8_t *bytes, const seg_slot *slot, size_t size_bytes) {
    seg_wide_head *head = (seg_wide_head *)(void *)seg_wide_peek(image, bytes);
    seg_wide *slots = (seg_wide *)(void *)seg_wide_slots(image, bytes);
    seg_state_header *state = seg_state_head(bytes);
    memmove(slots + slot->number + 1, slots + slot->number, (head->count - slot->number) * sizeof(seg_wide));
    slots[slot->number] = (seg_wide){.owner = slot->owner,
                                     .offset = state->size_bytes,
                                     .count = slot->count,
                                     .size_and_ties = (uint32_t)size_bytes | slot->has_ties};
    head->count++;
    state->size_bytes += (uint32_t)size_bytes;
}

/* Writes the head and the empty directory of a wide state. */
static void begin_wide(const seg_image *image, const uint8_t *from, uint8_t *bytes, uint32_t capacity) {
    memcpy(bytes, from, image->places.directory);
    seg_state_header *head = seg_state_head(bytes);
    head->flags |= SEG_STATE_WIDE;
    head->slot_count = 0;
    size_t at = seg_round_up(image->places.directory);
    size_t size = at + sizeof(seg_wide_head) + sizeof(seg_wide) * (size_t)capacity;
    memset(bytes + image->places.directory, 0, size - image->places.directory);
    ((seg_wide_head *)(void *)(bytes + at))->capacity = capacity;
    head->size_bytes = (uint32_t)size;
}

/* Writes the state to other memory as a wide one without holes. */
static seg_status write_anew(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                             const seg_growth *growth) {
    uint32_t count = seg_slot_count(image, state->bytes), slots = count + growth->new_areas;
    if (growth->new_areas) slots += slots / 2;
    size_t need = seg_round_up(image->places.directory) + sizeof(seg_wide_head) +
                  sizeof(seg_wide) * (size_t)slots + growth->whole_bytes;
    for (uint32_t i = 0; i < count; i++) {
        seg_slot slot = seg_slot_at(image, state->bytes, i);
        need += seg_slot_bytes(image, state->bytes, &slot);
    }
    if (need > SEG_STATE_BYTES_MAX) return SEG_E_LIMIT;
    size_t capacity = limited((need + need / 4 + 63) / 64 * 64); /* lines of the cache */
    uint8_t *bytes = seg_resize(allocator, NULL, 0, capacity);
    if (!bytes) return SEG_E_MEMORY;
    begin_wide(image, state->bytes, bytes, slots);
    for (uint32_t i = 0; i < count; i++) {
        seg_slot slot = seg_slot_at(image, state->bytes, i);
        size_t size = seg_slot_bytes(image, state->bytes, &slot), at = seg_state_peek(bytes)->size_bytes;
        append_wide(image, bytes, &slot, size);
        memcpy(bytes + at, state->bytes + slot.offset, size);
    }
    seg_resize(allocator, state->bytes, state->capacity_bytes, 0);
    *state = (seg_state){bytes, seg_state_peek(bytes)->size_bytes, capacity};
    return SEG_OK;
}

seg_status seg_area_reserve(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                            const seg_growth *growth) {
    if (growth->whole_bytes > SEG_STATE_BYTES_MAX) return SEG_E_LIMIT;
    bool is_wide = seg_state_is_wide(state->bytes), is_anew;
    size_t need =
        is_wide ? state->size_bytes + growth->whole_bytes : seg_growth_narrow_bytes(growth, image, state);
    if (is_wide) {
        const seg_wide_head *head = seg_wide_peek(image, state->bytes);
        is_anew = head->capacity - head->count < growth->new_areas ||
                  head->hole_bytes > state->size_bytes / 2 || need > SEG_STATE_BYTES_MAX;
    } else {
        is_anew = need > SEG_NARROW_BYTES;
    }
    return is_anew ? write_anew(image, allocator, state, growth) : reserve(allocator, state, need);
}

/* ---- resizing ------------------------------------------------------------------------------------- */

static void move_bytes(uint8_t *bytes, size_t from, size_t end, size_t by) {
    memmove(bytes + from + by, bytes + from, end - from);
}

/* Makes an area among those of a narrow state; what lies behind it slides, and where the directory takes
 * another word, everything does. */
static void insert_narrow(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes) {
    uint8_t *bytes = state->bytes;
    seg_narrow *slots = (seg_narrow *)(void *)seg_narrow_slots(image, bytes);
    uint32_t count = seg_state_peek(bytes)->slot_count, n = slot->number;
    size_t begin = seg_narrow_areas_at(image, count);
    size_t shift = seg_narrow_areas_at(image, (size_t)count + 1) - begin;
    size_t at = n < count ? seg_narrow_decode(slots[n], n).offset : state->size_bytes;
    move_bytes(bytes, at, state->size_bytes, shift + size_bytes);
    memset(bytes + at + shift, 0, size_bytes);
    if (shift > 0) {
        move_bytes(bytes, begin, at, shift);
        memset(bytes + begin, 0, shift);
        for (uint32_t i = 0; i < n; i++) slots[i] += (uint32_t)(shift / 8);
    }
    for (uint32_t i = count; i > n; i--) slots[i] = slots[i - 1] + (uint32_t)((shift + size_bytes) / 8);
    slot->offset = (uint32_t)(at + shift);
    slots[n] = seg_narrow_encode(slot);
    seg_state_head(bytes)->slot_count++;
    state->size_bytes += shift + size_bytes;
}

static void append_new_wide(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes) {
    slot->offset = (uint32_t)state->size_bytes;
    memset(state->bytes + slot->offset, 0, size_bytes);
    append_wide(image, state->bytes, slot, size_bytes);
    state->size_bytes = seg_state_peek(state->bytes)->size_bytes;
}

static void widen_narrow(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes) {
    uint8_t *bytes = state->bytes;
    seg_narrow *slots = (seg_narrow *)(void *)seg_narrow_slots(image, bytes);
    size_t old = seg_slot_bytes(image, bytes, slot), end = slot->offset + old, more = size_bytes - old;
    move_bytes(bytes, end, state->size_bytes, more);
    memset(bytes + end, 0, more);
    for (uint32_t i = slot->number + 1; i < seg_state_peek(bytes)->slot_count; i++)
        slots[i] += (uint32_t)(more / 8);
    state->size_bytes += more;
}

static void widen_wide(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes) {
    uint8_t *bytes = state->bytes;
    seg_wide *wide = (seg_wide *)(void *)seg_wide_slots(image, bytes) + slot->number;
    size_t old = seg_slot_bytes(image, bytes, slot), end = state->size_bytes;
    bool is_last = slot->offset + old == end;
    size_t more = is_last ? size_bytes - old : size_bytes;
    memset(bytes + end, 0, more);
    if (!is_last) {
        memcpy(bytes + end, bytes + slot->offset, old);
        wide->offset = slot->offset = (uint32_t)end;
        ((seg_wide_head *)(void *)seg_wide_peek(image, bytes))->hole_bytes += (uint32_t)old;
    }
    wide->size_and_ties = (uint32_t)size_bytes | slot->has_ties;
    state->size_bytes += more;
}

void seg_area_resize(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes) {
    uint8_t *bytes = state->bytes;
    bool is_wide = seg_state_is_wide(bytes), is_new = slot->offset == 0;
    if (!is_new && size_bytes <= seg_slot_bytes(image, bytes, slot)) return;
    if (is_new)
        (is_wide ? append_new_wide : insert_narrow)(image, state, slot, size_bytes);
    else
        (is_wide ? widen_wide : widen_narrow)(image, state, slot, size_bytes);
    seg_state_head(bytes)->size_bytes = (uint32_t)state->size_bytes;
    if (!is_new) return;
    if (slot->owner == image->store_count + SEG_OWNER_PENDING)
        *(seg_word *)(void *)(bytes + slot->offset) = SEG_NEVER;
}

seg_status seg_area_make(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                         uint32_t owner, size_t size_bytes) {
    seg_growth growth = {0};
    seg_slot slot = seg_state_slot(image, state->bytes, owner);
    if (slot.offset && size_bytes <= seg_slot_bytes(image, state->bytes, &slot)) return SEG_OK;
    seg_growth_add(&growth, image, state->bytes, &slot, size_bytes);
    seg_status status = seg_area_reserve(image, allocator, state, &growth);
    if (status != SEG_OK) return status;
    slot = seg_state_slot(image, state->bytes, owner); /* the state may have become a wide one */
    seg_area_resize(image, state, &slot, size_bytes);
    return SEG_OK;
}

/* ---- closing up ----------------------------------------------------------------------------------- */

/* Bytes of what an area holds; 0: nothing. */
static size_t held_bytes(const seg_image *image, const uint8_t *bytes, const seg_slot *slot) {
    if (slot->owner == image->store_count + SEG_OWNER_MESSAGES) return slot->count * sizeof(seg_message);
    if (slot->owner == image->store_count + SEG_OWNER_PENDING)
        return seg_state_peek(bytes)->flags & SEG_STATE_AHEAD ? sizeof(seg_word) : 0;
    return seg_store_held_bytes(image, bytes, slot);
}

bool seg_area_is_tight(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now) {
    size_t size = held_bytes(image, bytes, slot);
    if (size == 0 || size != seg_slot_bytes(image, bytes, slot)) return false;
    return slot->owner != image->store_count + SEG_OWNER_MESSAGES ||
           !seg_message_expires(image, bytes, slot, now);
}

/* Writes what an area holds to another place, which may overlap its own from below. */
static void copy_held(const seg_image *image, const uint8_t *from, seg_slot *slot, uint8_t *bytes, size_t at,
                      size_t size_bytes) {
    if (slot->owner < image->store_count)
        seg_store_copy_held(image, from, slot, bytes + at);
    else
        memmove(bytes + at, from + slot->offset, size_bytes);
    slot->offset = (uint32_t)at;
}

/* Drops what is not needed at `now`. Whether the area holds something then. */
static bool trim(const seg_image *image, seg_state *state, seg_slot *slot, int64_t now) {
    if (slot->owner < image->store_count) {
        uint32_t spent = seg_store_spent(image, state->bytes, slot, now, 0);
        if (spent) seg_store_skip(image, state, slot, spent);
    } else if (slot->owner == image->store_count + SEG_OWNER_MESSAGES) {
        seg_message_drop(image, state, slot, now);
    }
    return slot->count > 0 || held_bytes(image, state->bytes, slot) > 0;
}

void seg_area_close_up(const seg_image *image, seg_state *state) {
    uint8_t *bytes = state->bytes;
    seg_state_header *head = seg_state_head(bytes);
    seg_narrow *slots = (seg_narrow *)(void *)seg_narrow_slots(image, bytes);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < head->slot_count; i++) {
        seg_slot slot = seg_narrow_decode(slots[i], i);
        if (trim(image, state, &slot, head->now)) slots[kept++] = seg_narrow_encode(&slot);
    }
    size_t at = seg_narrow_areas_at(image, kept);
    for (uint32_t i = 0; i < kept; i++) {
        seg_slot slot = seg_narrow_decode(slots[i], i);
        size_t size = held_bytes(image, bytes, &slot);
        copy_held(image, bytes, &slot, bytes, at, size);
        slots[i] = seg_narrow_encode(&slot);
        at += size;
    }
    size_t end = image->places.directory + kept * sizeof *slots;
    memset(bytes + end, 0, seg_narrow_areas_at(image, kept) - end);
    head->slot_count = (uint16_t)kept;
    head->size_bytes = (uint32_t)at;
    state->size_bytes = at;
}

/* Its size in either form, and how many slots that has. */
static size_t closed_bytes(const seg_image *image, const uint8_t *bytes, bool *is_wide, uint32_t *slots) {
    size_t size = 0;
    *slots = 0;
    for (uint32_t i = 0; i < seg_slot_count(image, bytes); i++) {
        seg_slot slot = seg_slot_at(image, bytes, i);
        size_t held = held_bytes(image, bytes, &slot);
        size += held;
        *slots += held > 0;
    }
    size_t narrow = seg_narrow_areas_at(image, *slots) + size;
    *is_wide = image->places.is_wide || narrow > SEG_NARROW_BYTES;
    if (!*is_wide) return narrow;
    return seg_round_up(image->places.directory) + sizeof(seg_wide_head) + sizeof(seg_wide) * *slots + size;
}

size_t seg_area_closed_bytes(const seg_image *image, const uint8_t *bytes) {
    bool is_wide;
    uint32_t slots;
    return closed_bytes(image, bytes, &is_wide, &slots);
}

static void write_narrow(const seg_image *image, const uint8_t *from, uint8_t *bytes, uint32_t slots) {
    size_t at = seg_narrow_areas_at(image, slots), end = image->places.directory;
    memcpy(bytes, from, end);
    memset(bytes + end, 0, at - end);
    seg_state_header *head = seg_state_head(bytes);
    head->flags &= (uint8_t)~SEG_STATE_WIDE;
    head->slot_count = (uint16_t)slots;
    seg_narrow *next = (seg_narrow *)(void *)(bytes + end);
    for (uint32_t i = 0; i < seg_slot_count(image, from); i++) {
        seg_slot slot = seg_slot_at(image, from, i);
        size_t size = held_bytes(image, from, &slot);
        if (size == 0) continue;
        copy_held(image, from, &slot, bytes, at, size);
        *next++ = seg_narrow_encode(&slot);
        at += size;
    }
    head->size_bytes = (uint32_t)at;
}

static void write_wide(const seg_image *image, const uint8_t *from, uint8_t *bytes, uint32_t slots) {
    begin_wide(image, from, bytes, slots);
    for (uint32_t i = 0, number = 0; i < seg_slot_count(image, from); i++) {
        seg_slot slot = seg_slot_at(image, from, i);
        size_t size = held_bytes(image, from, &slot), at = seg_state_peek(bytes)->size_bytes;
        if (size == 0) continue;
        copy_held(image, from, &slot, bytes, at, size);
        slot.number = number++;
        append_wide(image, bytes, &slot, size);
    }
}

void seg_area_write_closed(const seg_image *image, const uint8_t *from, uint8_t *bytes) {
    bool is_wide;
    uint32_t slots;
    closed_bytes(image, from, &is_wide, &slots);
    (is_wide ? write_wide : write_narrow)(image, from, bytes, slots);
}
