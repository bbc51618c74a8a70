/* area.h - room inside a state: what a fact needs, making it, closing up. */
#ifndef SEG_AREA_H
#define SEG_AREA_H

#include "state.h"

/* How many items an area should hold that is full of `capacity` ones: few grow one by one. */
static inline size_t seg_area_more_items(uint32_t capacity) {
    return capacity < 8 ? (size_t)capacity + 1 : 2 * (size_t)capacity;
}

typedef struct seg_growth {
    uint32_t new_areas;
    size_t whole_bytes;   /* of all areas that do not suffice, as they must be */
    size_t lacking_bytes; /* what these lack */
} seg_growth;

/* Adds what the area of a slot lacks that must have size_bytes; 0: it suffices. */
static inline void seg_growth_add(seg_growth *growth, const seg_image *image, const uint8_t *bytes,
                                  const seg_slot *slot, size_t size_bytes) {
    if (size_bytes == 0) return;
    growth->new_areas += slot->offset == 0;
    growth->whole_bytes += size_bytes;
    growth->lacking_bytes += size_bytes - (slot->offset ? seg_slot_bytes(image, bytes, slot) : 0);
}
/* What a narrow state needs in all for that if it stays one. */
static inline size_t seg_growth_narrow_bytes(const seg_growth *growth, const seg_image *image,
                                             const seg_state *state) {
    size_t more = growth->lacking_bytes, slots = seg_state_peek(state->bytes)->slot_count;
    if (growth->new_areas)
        more += seg_narrow_areas_at(image, slots + growth->new_areas) - seg_narrow_areas_at(image, slots);
    return state->size_bytes + more;
}
/* Whether a state is narrow and stays as it is, because it has room for that. */
static inline bool seg_growth_fits(const seg_growth *growth, const seg_image *image, const seg_state *state) {
    if (seg_state_is_wide(state->bytes)) return false;
    size_t need = seg_growth_narrow_bytes(growth, image, state);
    return need <= state->capacity_bytes && need <= SEG_NARROW_BYTES;
}
/* Makes room for it all. SEG_E_MEMORY, SEG_E_LIMIT: nothing has changed. */
seg_status seg_area_reserve(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                            const seg_growth *growth);
/* Gives the slot's area at least size_bytes, for which room was made; the slot says where it is. What is new
 * is 0, but an instant is SEG_NEVER. */
void seg_area_resize(const seg_image *image, seg_state *state, seg_slot *slot, size_t size_bytes);
/* Both for one area. */
seg_status seg_area_make(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                         uint32_t owner, size_t size_bytes);

/* Whether the area of an owner that is no store holds something, has no more room than that takes, and all of
 * it is needed at `now`. */
bool seg_area_is_tight(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now);
/* Drops and folds what a narrow state does not need at its now, takes room from its areas, and those away
 * that hold nothing. */
void seg_area_close_up(const seg_image *image, seg_state *state);
/* The size of a state that holds the same without room and empty areas, and writing that. */
size_t seg_area_closed_bytes(const seg_image *image, const uint8_t *bytes);
void seg_area_write_closed(const seg_image *image, const uint8_t *from, uint8_t *bytes);

#endif
