/* state.h - one profile's state as bytes.
 *
 *   header       40 bytes: seg_state_header
 *   pins         64-bit words: newest values at a fixed place; see pin.h
 *   dues         64-bit instants, one per atom that time alone can flip and that stands on no ladder:
 *                when it must be looked at next, if nothing happens; then perhaps blocks: see due.h
 *   atom bits    bit i % 8 of byte i / 8: atom i was true when last evaluated
 *   segment bits the same: member of segment i
 *   directory    a slot for each owner that has an area, ascending by owner: see seg_slot
 *   areas        what an owner remembers, each a multiple of 8 bytes
 *                An owner is a store, or store_count + seg_owner.
 *                A store's area holds its fold record (SEG_STORE_FOLD only: see store.h) and its entries
 *                {time, tie, width words}, ascending by time, tie, words. The ties are left out while all of
 *                them are 0.
 *                Remembered messages are {hash, arrival} in order of arrival.
 *
 * All offsets are from the first byte, and multiples of 8, but for bits and directory; so is the address of
 * the first byte. What never happened takes no room, so a directory has a form for states that remember
 * little and one for all others.
 *
 * narrow  the header counts the slots, 4 bytes each; no more than SEG_NARROW_BYTES in all. Areas follow each
 *         other in the order of their owners up to the state's end, each as large as the next one's place
 *         says. They grow by as little as they need, and what lies behind them slides.
 * wide    {u32 slots, u32 room for slots, u32 bytes of holes, u32 0}, then slots of 16 bytes. Areas lie
 *         anywhere. They grow by doubling: in place at the state's end, else by moving there, which leaves a
 *         hole. Once more than half of the bytes are holes, or slots run out, the state is written anew.
 *
 * No entry, whatever its age, costs more than amortised constant time when facts arrive in order of time.
 *
 * The canonical form (seg_state_compact): the narrow one if it fits; areas in the order of their owners,
 * without holes and room, and none that holds nothing; only what is needed at `now`; messages by arrival,
 * then hash. */
#ifndef SEG_STATE_H
#define SEG_STATE_H

#include "value.h"
#include "view.h"

/* The first byte of a state: what it is, and in the lower half the number of its format. */
#define SEG_STATE_FORMAT 5u
#define SEG_STATE_MARK 0xa0u
/* The largest state, in bytes: growth beyond it is refused with SEG_E_LIMIT. */
#define SEG_STATE_BYTES_MAX (UINT32_C(1) << 30)

#define SEG_STATE_STALE 1u /* facts were taken in that nothing has evaluated yet */
#define SEG_STATE_AHEAD 2u /* there are facts after now: the earliest one's time is an area by itself */
#define SEG_STATE_WIDE 4u  /* the form of the directory */

typedef struct __attribute__((may_alias)) seg_state_header {
    uint8_t format, flags;
    uint16_t slot_count; /* narrow; else 0 */
    uint32_t layout;     /* of the image */
    uint32_t size_bytes;
    uint32_t rules; /* of the image that evaluated last: another one evaluates afresh */
    int64_t now;
    int64_t deadline;
    int64_t born; /* time of the earliest fact ever: the profile exists from then; SEG_NEVER: none */
} seg_state_header;

/* Owners that are no stores. */
typedef enum seg_owner {
    SEG_OWNER_MESSAGES,
    SEG_OWNER_PENDING, /* one word: time of the earliest fact after now, or SEG_NEVER */
    SEG_OWNERS
} seg_owner;

/* A slot as it is used; offset 0: the owner has no area. A narrow one is a number of 32 bits: from the top 11
 * of the owner, 1 for has_ties, 10 of the count, 10 of the offset in words. */
typedef struct seg_slot {
    uint32_t owner, offset, count;
    bool has_ties;
    uint32_t number; /* in the directory; without an area: which it would have */
} seg_slot;

#define SEG_NARROW_OWNERS 2048u
#define SEG_NARROW_BYTES 8184u

typedef uint32_t seg_narrow __attribute__((may_alias));

typedef struct __attribute__((may_alias)) seg_wide {
    uint32_t owner, offset, count, size_and_ties; /* the lowest bit for has_ties */
} seg_wide;

typedef struct __attribute__((may_alias)) seg_wide_head {
    uint32_t count, capacity, hole_bytes, reserved;
} seg_wide_head;

typedef uint8_t seg_bits;

static inline bool seg_bit_get(const seg_bits *bits, uint32_t i) { return bits[i / 8] >> (i % 8) & 1; }
static inline void seg_bit_flip_if(seg_bits *bits, uint32_t i, bool flips) {
    bits[i / 8] ^= (seg_bits)((unsigned)flips << (i % 8));
}
static inline void seg_bit_flip(seg_bits *bits, uint32_t i) { seg_bit_flip_if(bits, i, true); }
static inline uint32_t seg_bit_bytes(uint32_t bits) { return bits / 8 + (bits % 8 != 0); }
static inline uint32_t seg_bit_words(uint32_t bits) { return bits / 64 + (bits % 64 != 0); }

static inline seg_state_header *seg_state_head(uint8_t *bytes) { return (seg_state_header *)(void *)bytes; }
static inline const seg_state_header *seg_state_peek(const uint8_t *bytes) {
    return (const seg_state_header *)(const void *)bytes;
}

static inline uint32_t seg_due_blocks(uint32_t dues) { return dues > 128 ? seg_bit_words(dues) : 0; }
/* Where things stand in the states of an image whose dues are derived. */
seg_places seg_state_places(const seg_image *image);

static inline seg_bits *seg_state_atoms(const seg_image *image, uint8_t *bytes) {
    return bytes + image->places.atoms;
}
static inline seg_bits *seg_state_segments(const seg_image *image, uint8_t *bytes) {
    return bytes + image->places.segments;
}

/* ---- the directory -------------------------------------------------------------------------------- */

static inline size_t seg_round_up(size_t bytes) { return (bytes + 7) / 8 * 8; }

static inline bool seg_state_is_wide(const uint8_t *bytes) {
    return seg_state_peek(bytes)->flags & SEG_STATE_WIDE;
}
static inline const seg_wide_head *seg_wide_peek(const seg_image *image, const uint8_t *bytes) {
    return (const seg_wide_head *)(const void *)(bytes + seg_round_up(image->places.directory));
}
static inline uint32_t seg_slot_count(const seg_image *image, const uint8_t *bytes) {
    return seg_state_is_wide(bytes) ? seg_wide_peek(image, bytes)->count : seg_state_peek(bytes)->slot_count;
}
static inline const seg_narrow *seg_narrow_slots(const seg_image *image, const uint8_t *bytes) {
    return (const seg_narrow *)(const void *)(bytes + image->places.directory);
}
static inline const seg_wide *seg_wide_slots(const seg_image *image, const uint8_t *bytes) {
    return (const seg_wide *)(const void *)(seg_wide_peek(image, bytes) + 1);
}
/* Where areas begin behind so many slots. */
static inline size_t seg_narrow_areas_at(const seg_image *image, size_t slots) {
    return seg_round_up(image->places.directory + slots * sizeof(seg_narrow));
}

static inline seg_narrow seg_narrow_encode(const seg_slot *slot) {
    return slot->owner << 21 | (uint32_t)slot->has_ties << 20 | slot->count << 10 | slot->offset / 8;
}
static inline seg_slot seg_narrow_decode(seg_narrow slot, uint32_t number) {
    return (seg_slot){.owner = slot >> 21,
                      .offset = (slot & 1023) * 8,
                      .count = slot >> 10 & 1023,
                      .has_ties = slot >> 20 & 1,
                      .number = number};
}
static inline seg_slot seg_wide_decode(const seg_wide *slot, uint32_t number) {
    return (seg_slot){.owner = slot->owner,
                      .offset = slot->offset,
                      .count = slot->count,
                      .has_ties = slot->size_and_ties & 1,
                      .number = number};
}
/* The slot of a number below the count, and how many bytes its area has. */
static inline seg_slot seg_slot_at(const seg_image *image, const uint8_t *bytes, uint32_t number) {
    if (seg_state_is_wide(bytes)) return seg_wide_decode(&seg_wide_slots(image, bytes)[number], number);
    return seg_narrow_decode(seg_narrow_slots(image, bytes)[number], number);
}
static inline uint32_t seg_slot_bytes(const seg_image *image, const uint8_t *bytes, const seg_slot *slot) {
    const seg_state_header *head = seg_state_peek(bytes);
    uint32_t next = slot->number + 1;
    if (seg_state_is_wide(bytes)) return seg_wide_slots(image, bytes)[slot->number].size_and_ties & ~1u;
    if (next == head->slot_count) return head->size_bytes - slot->offset;
    return seg_narrow_decode(seg_narrow_slots(image, bytes)[next], next).offset - slot->offset;
}
/* Notes its offset, count and ties; it has an area. */
static inline void seg_slot_put(const seg_image *image, uint8_t *bytes, const seg_slot *slot) {
    if (!seg_state_is_wide(bytes)) {
        ((seg_narrow *)(void *)seg_narrow_slots(image, bytes))[slot->number] = seg_narrow_encode(slot);
        return;
    }
    seg_wide *wide = (seg_wide *)(void *)seg_wide_slots(image, bytes) + slot->number;
    wide->offset = slot->offset;
    wide->count = slot->count;
    wide->size_and_ties = (wide->size_and_ties & ~1u) | slot->has_ties;
}

/* The number of the first slot whose owner is not less. */
uint32_t seg_narrow_find(const seg_narrow *slots, uint32_t count, uint32_t owner);
seg_slot seg_wide_slot(const seg_image *image, const uint8_t *bytes, uint32_t owner);

/* What an owner has. */
static inline seg_slot seg_state_slot(const seg_image *image, const uint8_t *bytes, uint32_t owner) {
    if (seg_state_is_wide(bytes)) return seg_wide_slot(image, bytes, owner);
    const seg_narrow *slots = seg_narrow_slots(image, bytes);
    uint32_t count = seg_state_peek(bytes)->slot_count, i = 0, least = owner << 21;
    if (count > 8) i = seg_narrow_find(slots, count, owner);
    while (i < count && slots[i] < least) i++;
    if (i < count && slots[i] >> 21 == owner) return seg_narrow_decode(slots[i], i);
    return (seg_slot){.owner = owner, .number = i};
}

/* ---- what there is -------------------------------------------------------------------------------- */

/* Time of the earliest fact after now, or SEG_NEVER. */
static inline int64_t seg_state_pending(const seg_image *image, const uint8_t *bytes) {
    if (!(seg_state_peek(bytes)->flags & SEG_STATE_AHEAD)) return SEG_NEVER;
    uint32_t offset = seg_state_slot(image, bytes, image->store_count + SEG_OWNER_PENDING).offset;
    return *(const seg_word *)(const void *)(bytes + offset);
}
/* Notes it; unless it is SEG_NEVER, there must be an area for it. */
void seg_state_set_pending(const seg_image *image, uint8_t *bytes, int64_t pending);

/* Quick proof that the state belongs to the image; bytes from outside need seg_state_check once. */
static inline bool seg_state_fits(const seg_image *image, const seg_state *state) {
    if (!state || !state->bytes || (uintptr_t)state->bytes % 8 != 0) return false;
    if (state->size_bytes < image->places.base || state->capacity_bytes < state->size_bytes) return false;
    const seg_state_header *head = seg_state_peek(state->bytes);
    return head->format == (SEG_STATE_MARK | SEG_STATE_FORMAT) && head->layout == image->state_layout &&
           head->size_bytes == state->size_bytes;
}
/* The same of a state without facts ahead for what reads no more than a fresh state has: one look at its
 * first word, with format, flags and layout. */
static inline bool seg_state_fits_settled(const seg_image *image, const seg_state *state) {
    if (!state || state->size_bytes < image->places.base || (uintptr_t)state->bytes % 8 != 0) return false;
    uint64_t mask = UINT64_C(0xffffffff) << 32 | SEG_STATE_AHEAD << 8 | 0xffu;
    return ((uint64_t) * (const seg_word *)(const void *)state->bytes & mask) == image->settled_word;
}
/* Writes a fresh state into room for places.base bytes. */
void seg_state_format(const seg_image *image, uint8_t *bytes);

#endif
