/* state.c - the bytes of a state: where things stand, a fresh one, its directory. */
#include "state.h"

#include "due.h"

_Static_assert(sizeof(seg_state_header) == 40, "the layout of states is fixed");

seg_places seg_state_places(const seg_image *image) {
    seg_places places = {.pins = sizeof(seg_state_header)};
    places.dues = places.pins + sizeof(seg_word) * image->pin_count;
    places.atoms =
        places.dues + sizeof(seg_word) * ((size_t)image->due_count + seg_due_blocks(image->due_count));
    places.segments = places.atoms + seg_bit_bytes(image->atom_count);
    places.directory = (places.segments + seg_bit_bytes(image->segment_count) + 3) / 4 * 4;
    places.base = seg_round_up(places.directory);
    places.is_wide = image->store_count > SEG_NARROW_OWNERS - SEG_OWNERS || places.base > SEG_NARROW_BYTES;
    if (places.is_wide) places.base += sizeof(seg_wide_head);
    return places;
}

void seg_state_format(const seg_image *image, uint8_t *bytes) {
    memset(bytes, 0, image->places.base);
    seg_state_header *head = seg_state_head(bytes);
    head->format = SEG_STATE_MARK | SEG_STATE_FORMAT;
    head->flags = image->places.is_wide ? SEG_STATE_STALE | SEG_STATE_WIDE : SEG_STATE_STALE;
    head->layout = image->state_layout;
    head->rules = image->rules;
    head->size_bytes = (uint32_t)image->places.base;
    head->now = SEG_TIME_MIN;
    head->deadline = head->born = SEG_NEVER;
    seg_word *pins = (seg_word *)(void *)(bytes + image->places.pins);
    for (uint32_t i = 0; i < image->pin_count; i++) pins[i] = image->pins[i].stands_in;
    seg_dues dues = seg_dues_of(image, bytes);
    seg_dues_fill(&dues, SEG_NEVER);
}

size_t seg_state_size(const uint8_t *bytes) { return seg_state_peek(bytes)->size_bytes; }

int64_t seg_state_now(const seg_state *state) {
    return state && state->bytes ? seg_state_peek(state->bytes)->now : SEG_TIME_MIN;
}

int64_t seg_state_deadline(const seg_state *state) {
    return state && state->bytes ? seg_state_peek(state->bytes)->deadline : SEG_NEVER;
}

void seg_state_set_pending(const seg_image *image, uint8_t *bytes, int64_t pending) {
    uint32_t offset = seg_state_slot(image, bytes, image->store_count + SEG_OWNER_PENDING).offset;
    seg_state_header *head = seg_state_head(bytes);
    head->flags &= (uint8_t)~SEG_STATE_AHEAD;
    if (pending != SEG_NEVER) head->flags |= SEG_STATE_AHEAD;
    if (offset) *(seg_word *)(void *)(bytes + offset) = pending;
}

/* ---- the directory -------------------------------------------------------------------------------- */

uint32_t seg_narrow_find(const seg_narrow *slots, uint32_t count, uint32_t owner) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (slots[middle] >> 21 < owner)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

seg_slot seg_wide_slot(const seg_image *image, const uint8_t *bytes, uint32_t owner) {
    const seg_wide *slots = seg_wide_slots(image, bytes);
    uint32_t count = seg_wide_peek(image, bytes)->count, low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (slots[middle].owner < owner)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < count && slots[low].owner == owner) return seg_wide_decode(&slots[low], low);
    return (seg_slot){.owner = owner, .number = low};
}
