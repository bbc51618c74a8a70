/* message.c - see message.h. */
#include "message.h"

#include "area.h"
#include "base/sort.h"

static bool is_forgotten(const seg_image *image, int64_t arrival, int64_t now) {
    int64_t until;
    return !__builtin_add_overflow(arrival, image->header->duplicates_ms, &until) && until <= now;
}

bool seg_message_is_known(const seg_image *image, const seg_state *state, uint64_t hash, int64_t now) {
    seg_slot slot = seg_message_slot(image, state->bytes);
    const seg_message *messages = seg_messages(state->bytes, &slot);
    for (uint32_t i = slot.count; i > 0; i--)
        if (messages[i - 1].hash == hash) return !is_forgotten(image, messages[i - 1].arrival, now);
    return false;
}

/* Number of messages at the front that are forgotten at `now`. */
static uint32_t find_expired(const seg_image *image, const uint8_t *bytes, const seg_slot *slot,
                             int64_t now) {
    const seg_message *messages = seg_messages(bytes, slot);
    uint32_t low = 0, high = slot->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_forgotten(image, messages[middle].arrival, now))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t capacity_of(const seg_image *image, const uint8_t *bytes, const seg_slot *slot) {
    return slot->offset ? seg_slot_bytes(image, bytes, slot) / (uint32_t)sizeof(seg_message) : 0;
}

size_t seg_message_need(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now) {
    uint32_t capacity = capacity_of(image, bytes, slot);
    if (slot->count < capacity) return 0;
    if (find_expired(image, bytes, slot, now) > capacity / 4) return 0; /* remembering drops them */
    return seg_area_more_items(capacity) * sizeof(seg_message);
}

bool seg_message_expires(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now) {
    return slot->count > 0 && is_forgotten(image, seg_messages(bytes, slot)->arrival, now);
}

void seg_message_drop(const seg_image *image, seg_state *state, seg_slot *slot, int64_t now) {
    uint32_t expired = find_expired(image, state->bytes, slot, now);
    if (expired == 0) return;
    seg_message *messages = (seg_message *)(void *)(state->bytes + slot->offset);
    slot->count -= expired;
    memmove(messages, messages + expired, slot->count * sizeof *messages);
    seg_slot_put(image, state->bytes, slot);
}

void seg_message_remember(const seg_image *image, seg_state *state, seg_slot *slot, uint64_t hash,
                          int64_t now) {
    if (slot->count == capacity_of(image, state->bytes, slot)) seg_message_drop(image, state, slot, now);
    seg_message *messages = (seg_message *)(void *)(state->bytes + slot->offset);
    messages[slot->count++] = (seg_message){hash, now};
    seg_slot_put(image, state->bytes, slot);
}

static bool is_later(const void *x, const void *y) {
    const seg_message *a = x, *b = y;
    return a->arrival != b->arrival ? a->arrival > b->arrival : a->hash > b->hash;
}

static bool has_higher_hash(const void *x, const void *y) {
    const seg_message *a = x, *b = y;
    return a->hash != b->hash ? a->hash > b->hash : a->arrival > b->arrival;
}

void seg_message_sort(seg_message *messages, size_t count, bool by_hash) {
    seg_sort(messages, count, sizeof *messages, by_hash ? has_higher_hash : is_later);
}
