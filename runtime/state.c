/* state.c - the bytes of a state: making, growing, closing up. */
#include "state.h"

#include "base/arena.h"
#include "due.h"

_Static_assert(sizeof(seg_state_header) == 72, "the layout of states is fixed");

void seg_state_format(const seg_image *image, uint8_t *bytes) {
    size_t size = seg_state_base_bytes(image);
    memset(bytes, 0, size);
    seg_state_header *head = seg_state_head(bytes);
    memcpy(head->magic, SEG_STATE_MAGIC, sizeof head->magic);
    head->format = SEG_STATE_FORMAT;
    head->flags = SEG_STATE_STALE;
    head->layout = image->state_layout;
    head->rules = image->header->checksum;
    head->size_bytes = (uint32_t)size;
    head->now = SEG_TIME_MIN;
    head->deadline = head->pending = head->born = SEG_NEVER;
    seg_dues dues = seg_dues_of(image, bytes);
    seg_dues_fill(&dues, SEG_NEVER);
}

int64_t seg_state_now(const seg_state *state) {
    return state && state->bytes ? seg_state_peek(state->bytes)->now : SEG_TIME_MIN;
}

int64_t seg_state_deadline(const seg_state *state) {
    return state && state->bytes ? seg_state_peek(state->bytes)->deadline : SEG_NEVER;
}

/* ---- areas --------------------------------------------------------------------------------------- */

seg_slot seg_state_owner(const seg_image *image, const uint8_t *bytes, uint32_t owner) {
    if (owner < image->store_count) return *seg_state_peek_slot(image, bytes, owner);
    return (seg_slot){seg_state_peek(bytes)->message_offset, seg_state_peek(bytes)->message_count};
}

static void set_offset(const seg_image *image, uint8_t *bytes, uint32_t owner, uint32_t offset) {
    if (owner < image->store_count)
        seg_state_slot(image, bytes, owner)->offset = offset;
    else
        seg_state_head(bytes)->message_offset = offset;
}

/* Slides every area over the holes before it. */
static void close_up(const seg_image *image, seg_state *state) {
    uint8_t *bytes = state->bytes;
    uint32_t to = (uint32_t)seg_state_base_bytes(image);
    for (uint32_t from = to, size; from < state->size_bytes; from += size) {
        const seg_area area = *seg_state_area(bytes, from);
        size = area.size_bytes;
        if (area.owner == SEG_NONE) continue;
        if (to != from) memmove(bytes + to, bytes + from, size);
        set_offset(image, bytes, area.owner, to);
        to += size;
    }
    seg_state_head(bytes)->hole_bytes = 0;
    seg_state_head(bytes)->size_bytes = to;
    state->size_bytes = to;
}

seg_status seg_state_grow(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                          size_t size_bytes) {
    size_t holes = seg_state_peek(state->bytes)->hole_bytes, closed = state->size_bytes - holes;
    if (size_bytes > SEG_STATE_BYTES_MAX || closed + size_bytes > SEG_STATE_BYTES_MAX) return SEG_E_LIMIT;
    bool closes = holes > state->size_bytes / 2 || state->size_bytes + size_bytes > SEG_STATE_BYTES_MAX;
    size_t need = (closes ? closed : state->size_bytes) + size_bytes;
    if (need > state->capacity_bytes) {
        size_t spare = !seg_state_is_small(image, need) ? need / 2 : need > 1024 ? need / 16 : 0;
        size_t capacity = (need + spare + 63) / 64 * 64; /* lines of the cache */
        if (capacity < state->size_bytes) capacity = state->size_bytes;
        if (capacity > SEG_STATE_BYTES_MAX) capacity = SEG_STATE_BYTES_MAX;
        uint8_t *bytes = seg_resize(allocator, state->bytes, state->capacity_bytes, capacity);
        if (!bytes) return SEG_E_MEMORY;
        state->bytes = bytes;
        state->capacity_bytes = capacity;
    }
    if (closes) close_up(image, state);
    return SEG_OK;
}

/* Adds zeroed bytes at the end, for which there is room. */
static uint32_t append(seg_state *state, size_t size_bytes) {
    uint32_t offset = (uint32_t)state->size_bytes;
    memset(state->bytes + offset, 0, size_bytes);
    state->size_bytes += size_bytes;
    seg_state_head(state->bytes)->size_bytes = (uint32_t)state->size_bytes;
    return offset;
}

/* Widens an area where it is, and moves what lies behind it; there is room. */
static void widen(const seg_image *image, seg_state *state, uint32_t offset, uint32_t more) {
    uint32_t end = offset + seg_state_peek_area(state->bytes, offset)->size_bytes;
    uint32_t tail = (uint32_t)state->size_bytes - end;
    append(state, more);
    memmove(state->bytes + end + more, state->bytes + end, tail);
    memset(state->bytes + end, 0, more);
    seg_state_area(state->bytes, offset)->size_bytes += more;
    for (uint32_t at = end + more; at < state->size_bytes;) {
        const seg_area *area = seg_state_peek_area(state->bytes, at);
        if (area->owner != SEG_NONE) set_offset(image, state->bytes, area->owner, at);
        at += area->size_bytes;
    }
}

seg_status seg_state_area_resize(const seg_image *image, const seg_allocator *allocator, seg_state *state,
                                 uint32_t owner, size_t size_bytes) {
    uint32_t offset = seg_state_owner(image, state->bytes, owner).offset;
    uint32_t old = offset ? seg_state_peek_area(state->bytes, offset)->size_bytes : 0;
    if (size_bytes <= old) return SEG_OK;
    if (size_bytes > SEG_STATE_BYTES_MAX) return SEG_E_LIMIT;
    size_t more = size_bytes - old;
    bool stays = offset && (offset + (size_t)old == state->size_bytes ||
                            seg_state_is_small(image, state->size_bytes + more));
    seg_status status = seg_state_grow(image, allocator, state, stays ? more : size_bytes);
    if (status != SEG_OK) return status;
    offset = seg_state_owner(image, state->bytes, owner).offset; /* areas may have closed up */
    if (stays) {
        widen(image, state, offset, (uint32_t)more);
        return SEG_OK;
    }
    uint32_t moved = append(state, size_bytes);
    if (offset) {
        memcpy(state->bytes + moved, state->bytes + offset, old);
        seg_state_area(state->bytes, offset)->owner = SEG_NONE;
        seg_state_head(state->bytes)->hole_bytes += old;
    }
    *seg_state_area(state->bytes, moved) = (seg_area){owner, (uint32_t)size_bytes};
    if (!offset && seg_state_is_home(image, owner)) *seg_home_due(state->bytes, moved) = SEG_NEVER;
    set_offset(image, state->bytes, owner, moved);
    return SEG_OK;
}

/* ---- remembered messages -------------------------------------------------------------------------- */

static const seg_message *messages_of(const uint8_t *bytes) {
    return (const seg_message *)(const void *)(bytes + seg_state_peek(bytes)->message_offset +
                                               sizeof(seg_area));
}

static bool is_forgotten(const seg_image *image, int64_t arrival, int64_t now) {
    int64_t until;
    return !__builtin_add_overflow(arrival, image->header->duplicates_ms, &until) && until <= now;
}

bool seg_message_is_known(const seg_image *image, const seg_state *state, uint64_t hash, int64_t now) {
    uint32_t count = seg_state_peek(state->bytes)->message_count;
    if (count == 0) return false;
    const seg_message *messages = messages_of(state->bytes);
    for (uint32_t i = count; i > 0; i--)
        if (messages[i - 1].hash == hash) return !is_forgotten(image, messages[i - 1].arrival, now);
    return false;
}

uint32_t seg_message_expired(const seg_image *image, const uint8_t *bytes, int64_t now) {
    uint32_t count = seg_state_peek(bytes)->message_count, low = 0, high = count;
    if (count == 0) return 0;
    const seg_message *messages = messages_of(bytes);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_forgotten(image, messages[middle].arrival, now))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t message_capacity(const seg_state *state) {
    uint32_t offset = seg_state_peek(state->bytes)->message_offset;
    if (!offset) return 0;
    return (seg_state_peek_area(state->bytes, offset)->size_bytes - (uint32_t)sizeof(seg_area)) /
           (uint32_t)sizeof(seg_message);
}

size_t seg_message_need(const seg_image *image, const seg_state *state, int64_t now) {
    uint32_t count = seg_state_peek(state->bytes)->message_count, capacity = message_capacity(state);
    if (count < capacity) return 0;
    uint32_t expired = seg_message_expired(image, state->bytes, now);
    if (expired > capacity / 4) return 0; /* remembering drops them */
    return sizeof(seg_area) + seg_state_more_items(capacity) * sizeof(seg_message);
}

void seg_message_remember(const seg_image *image, seg_state *state, uint64_t hash, int64_t now) {
    seg_state_header *head = seg_state_head(state->bytes);
    seg_message *messages = (seg_message *)(void *)(state->bytes + head->message_offset + sizeof(seg_area));
    if (head->message_count == message_capacity(state)) {
        uint32_t expired = seg_message_expired(image, state->bytes, now);
        head->message_count -= expired;
        memmove(messages, messages + expired, head->message_count * sizeof *messages);
    }
    messages[head->message_count++] = (seg_message){hash, now};
}

static bool comes_after(const seg_message *a, const seg_message *b, bool by_hash) {
    if (by_hash) return a->hash != b->hash ? a->hash > b->hash : a->arrival > b->arrival;
    return a->arrival != b->arrival ? a->arrival > b->arrival : a->hash > b->hash;
}

static void sift_down(seg_message *messages, size_t root, size_t count, bool by_hash) {
    seg_message message = messages[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && comes_after(&messages[child + 1], &messages[child], by_hash)) child++;
        if (!comes_after(&messages[child], &message, by_hash)) break;
        messages[root] = messages[child];
    }
    messages[root] = message;
}

void seg_message_sort(seg_message *messages, size_t count, bool by_hash) {
    for (size_t i = count / 2; i > 0; i--) sift_down(messages, i - 1, count, by_hash);
    for (size_t end = count; end > 1; end--) {
        seg_message last = messages[0];
        messages[0] = messages[end - 1];
        messages[end - 1] = last;
        sift_down(messages, 0, end - 1, by_hash);
    }
}
