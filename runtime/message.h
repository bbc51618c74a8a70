/* message.h - the messages that a state remembers, so that what comes again changes nothing. */
#ifndef SEG_MESSAGE_H
#define SEG_MESSAGE_H

#include "state.h"

typedef struct __attribute__((may_alias)) seg_message {
    uint64_t hash;
    int64_t arrival;
} seg_message;

static inline seg_slot seg_message_slot(const seg_image *image, const uint8_t *bytes) {
    return seg_state_slot(image, bytes, image->store_count + SEG_OWNER_MESSAGES);
}
static inline const seg_message *seg_messages(const uint8_t *bytes, const seg_slot *slot) {
    return (const seg_message *)(const void *)(bytes + slot->offset);
}

/* How large the area must be to hold one more message (0: it is), and remembering it. */
size_t seg_message_need(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now);
void seg_message_remember(const seg_image *image, seg_state *state, seg_slot *slot, uint64_t hash,
                          int64_t now);
bool seg_message_is_known(const seg_image *image, const seg_state *state, uint64_t hash, int64_t now);
/* Whether some is forgotten at `now`, and dropping that; the slot says how many are left. */
bool seg_message_expires(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now);
void seg_message_drop(const seg_image *image, seg_state *state, seg_slot *slot, int64_t now);
/* Orders messages by arrival then hash, or (by_hash) by hash then arrival. */
void seg_message_sort(seg_message *messages, size_t count, bool by_hash);

#endif
