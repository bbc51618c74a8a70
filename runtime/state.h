/* state.h - one profile's state as bytes.
 *
 *   header       64 + 8 bytes: seg_state_header
 *   atom bits    64-bit words, bit i: atom i was true when last evaluated
 *   segment bits 64-bit words, bit i: member of segment i
 *   dues         64-bit instants, one per atom that time alone can flip and that has no home:
 *                when it must be looked at next, if nothing happens; then perhaps blocks: see due.h
 *   directory    per store {u32 offset of its area, u32 number of entries}; {0, 0}: nothing remembered
 *   areas        one after the other up to the state's end, each
 *                  {u32 owner, u32 size_bytes} then what it holds, then room
 *                owner is a store, or the number of stores for remembered messages, or SEG_NONE for a
 *                hole that a moved area left behind.
 *                A store's area holds the due of the atoms at home there (only where there are some), its
 *                fold record (SEG_STORE_FOLD only: see store.h) and its entries {time, tie, width words},
 *                ascending by time, tie, words.
 *                Remembered messages are {hash, arrival} in order of arrival.
 *
 * All offsets are from the first byte, and multiples of 8; so is the address of the first byte. Most states
 * are small, so there areas grow by as little as they need, and what lies behind them slides. Where areas
 * take more than SEG_STATE_SMALL bytes they grow by doubling: in place at the state's end, else by moving
 * there. Once more than half of the bytes are holes, the areas close up. No entry, whatever its age, costs
 * more than amortised constant time when facts arrive in order of time.
 *
 * The canonical form (seg_state_compact): areas in the order of their owners, without holes and room;
 * only what is needed at `now`; messages by arrival, then hash. */
#ifndef SEG_STATE_H
#define SEG_STATE_H

#include "value.h"
#include "view.h"

#define SEG_STATE_MAGIC "SEGS"
#define SEG_STATE_FORMAT 3u
/* The largest state, in bytes: growth beyond it is refused with SEG_E_LIMIT. */
#define SEG_STATE_BYTES_MAX (UINT32_C(1) << 30)

/* So many bytes of areas are moved rather than holes made among them. */
#define SEG_STATE_SMALL 4096u

#define SEG_STATE_STALE 1u /* facts were taken in that nothing has evaluated yet */

typedef struct __attribute__((may_alias)) seg_state_header {
    char magic[4];
    uint16_t format, flags;
    uint64_t layout; /* of the image */
    uint64_t rules;  /* checksum of the image that evaluated last: another one evaluates afresh */
    uint32_t size_bytes, hole_bytes;
    int64_t now;
    int64_t deadline;
    int64_t pending; /* time of the earliest fact after now, or SEG_NEVER */
    int64_t born;    /* time of the earliest fact ever: the profile exists from then; SEG_NEVER: none */
    uint32_t message_offset, message_count;
} seg_state_header;

typedef struct __attribute__((may_alias)) seg_slot {
    uint32_t offset, count;
} seg_slot;

typedef struct __attribute__((may_alias)) seg_area {
    uint32_t owner, size_bytes; /* with this head */
} seg_area;

/* Whether the area of an owner begins with a due. */
static inline bool seg_state_is_home(const seg_image *image, uint32_t owner) {
    return owner < image->store_count && image->homes[owner].count > 0;
}

typedef struct __attribute__((may_alias)) seg_message {
    uint64_t hash;
    int64_t arrival;
} seg_message;

typedef uint64_t seg_bits __attribute__((may_alias));

static inline uint32_t seg_bit_words(uint32_t bits) { return bits / 64 + (bits % 64 != 0); }
static inline bool seg_bit_get(const seg_bits *bits, uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }
static inline void seg_bit_flip_if(seg_bits *bits, uint32_t i, bool flips) {
    bits[i / 64] ^= (uint64_t)flips << (i % 64);
}
static inline void seg_bit_flip(seg_bits *bits, uint32_t i) { seg_bit_flip_if(bits, i, true); }

static inline seg_state_header *seg_state_head(uint8_t *bytes) { return (seg_state_header *)(void *)bytes; }
static inline const seg_state_header *seg_state_peek(const uint8_t *bytes) {
    return (const seg_state_header *)(const void *)bytes;
}

static inline size_t seg_state_atoms_at(void) { return sizeof(seg_state_header); }
static inline size_t seg_state_segments_at(const seg_image *image) {
    return seg_state_atoms_at() + 8 * (size_t)seg_bit_words(image->atom_count);
}
static inline uint32_t seg_due_blocks(uint32_t dues) { return dues > 128 ? seg_bit_words(dues) : 0; }
static inline size_t seg_state_dues_at(const seg_image *image) {
    return seg_state_segments_at(image) + 8 * (size_t)seg_bit_words(image->segment_count);
}
static inline size_t seg_state_directory_at(const seg_image *image) {
    uint32_t count = image->due_count;
    return seg_state_dues_at(image) + sizeof(seg_word) * ((size_t)count + seg_due_blocks(count));
}
/* The size of a state without areas. */
static inline size_t seg_state_base_bytes(const seg_image *image) {
    return seg_state_directory_at(image) + sizeof(seg_slot) * (size_t)image->store_count;
}

static inline seg_bits *seg_state_atoms(uint8_t *bytes) {
    return (seg_bits *)(void *)(bytes + seg_state_atoms_at());
}
static inline seg_bits *seg_state_segments(const seg_image *image, uint8_t *bytes) {
    return (seg_bits *)(void *)(bytes + seg_state_segments_at(image));
}
static inline seg_slot *seg_state_slot(const seg_image *image, uint8_t *bytes, uint32_t store) {
    return (seg_slot *)(void *)(bytes + seg_state_directory_at(image)) + store;
}
static inline const seg_slot *seg_state_peek_slot(const seg_image *image, const uint8_t *bytes,
                                                  uint32_t store) {
    return (const seg_slot *)(const void *)(bytes + seg_state_directory_at(image)) + store;
}
static inline seg_area *seg_state_area(uint8_t *bytes, uint32_t offset) {
    return (seg_area *)(void *)(bytes + offset);
}
/* The due with which an area begins, if its owner is a home. */
static inline seg_word *seg_home_due(uint8_t *bytes, uint32_t area) {
    return (seg_word *)(void *)(bytes + area + sizeof(seg_area));
}
static inline const seg_area *seg_state_peek_area(const uint8_t *bytes, uint32_t offset) {
    return (const seg_area *)(const void *)(bytes + offset);
}

/* Quick proof that the state belongs to the image; bytes from outside need seg_state_check once. */
static inline bool seg_state_fits(const seg_image *image, const seg_state *state) {
    if (!state || !state->bytes || (uintptr_t)state->bytes % 8 != 0) return false;
    if (state->size_bytes < image->state_base_bytes || state->capacity_bytes < state->size_bytes)
        return false;
    const seg_state_header *head = seg_state_peek(state->bytes);
    return memcmp(head->magic, SEG_STATE_MAGIC, sizeof head->magic) == 0 &&
           head->format == SEG_STATE_FORMAT && head->layout == image->state_layout &&
           head->size_bytes == state->size_bytes;
}
/* Writes a fresh state into room for seg_state_base_bytes bytes. */
void seg_state_format(const seg_image *image, uint8_t *bytes);
/* Whether areas slide in a state of that size. */
static inline bool seg_state_is_small(const seg_image *image, size_t size_bytes) {
    return size_bytes - image->state_base_bytes <= SEG_STATE_SMALL;
}
/* How many items an area should hold that is full of `capacity` ones: few grow one by one. */
static inline size_t seg_state_more_items(uint32_t capacity) {
    return capacity < 8 ? (size_t)capacity + 1 : 2 * (size_t)capacity;
}
/* Makes room for size_bytes more bytes. SEG_E_MEMORY, SEG_E_LIMIT: nothing has changed. */
seg_status seg_state_grow(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                          size_t size_bytes);
/* Gives `owner`'s area (offset 0: it has none) at least size_bytes, its head included. The state grows by
 * what the area lacks if it is small afterwards, else by size_bytes at most. The directory is up to date
 * after it. */
seg_status seg_state_area_resize(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                                 uint32_t owner, size_t size_bytes);
/* Where the owner's area is and what it counts. */
seg_slot seg_state_owner(const seg_image *image, const uint8_t *bytes, uint32_t owner);
/* How large the area must be to hold one more message (0: it is), and remembering it. */
size_t seg_message_need(const seg_image *image, const seg_state *state, int64_t now);
void seg_message_remember(const seg_image *image, seg_state *state, uint64_t hash, int64_t now);
bool seg_message_is_known(const seg_image *image, const seg_state *state, uint64_t hash, int64_t now);
/* Number of messages at the front that are forgotten at `now`. */
uint32_t seg_message_expired(const seg_image *image, const uint8_t *bytes, int64_t now);
/* Orders messages by arrival then hash, or (by_hash) by hash then arrival. */
void seg_message_sort(seg_message *messages, size_t count, bool by_hash);

#endif
