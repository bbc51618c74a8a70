/* pin.c - see pin.h. */
#include "pin.h"

#include "leaf.h"

static bool can_pin(const seg_image *image, const seg_leaf *leaf) {
    if (!seg_leaf_is_value(leaf) && leaf->kind != SEG_LEAF_REACHED) return false;
    const seg_image_store *store = &image->stores[leaf->store];
    return store->horizon_ms == SEG_NEVER && (store->flags & SEG_STORE_FOLD) == 0;
}

static seg_pin pin_of(const seg_leaf *leaf) { return (seg_pin){leaf->store, leaf->field, leaf->stands_in}; }

static bool is_same(const seg_pin *a, const seg_pin *b) {
    return a->store == b->store && a->field == b->field && a->stands_in == b->stands_in;
}

static bool comes_before(const seg_pin *a, const seg_pin *b) {
    if (a->store != b->store) return a->store < b->store;
    return a->field != b->field ? a->field < b->field : a->stands_in < b->stands_in;
}

/* The number of the first pin that does not come before this one. */
static uint32_t find(const seg_image *image, const seg_pin *pin) {
    uint32_t i = 0;
    while (i < image->pin_count && comes_before(&image->pins[i], pin)) i++;
    return i;
}

static bool is_at(const seg_image *image, uint32_t number, const seg_pin *pin) {
    return number < image->pin_count && is_same(&image->pins[number], pin);
}

void seg_pins_derive(seg_image *image) {
    for (uint32_t i = 1; i < image->leaf_count && image->pin_count < SEG_PINS; i++) {
        const seg_leaf *leaf = &image->leaf_list[i];
        if (!can_pin(image, leaf)) continue;
        const seg_pin pin = pin_of(leaf);
        uint32_t at = find(image, &pin);
        if (is_at(image, at, &pin)) continue;
        memmove(&image->pins[at + 1], &image->pins[at], (image->pin_count++ - at) * sizeof *image->pins);
        image->pins[at] = pin;
    }
    for (uint32_t i = 1; i < image->leaf_count; i++) {
        seg_leaf *leaf = &image->leaf_list[i];
        if (!can_pin(image, leaf)) continue;
        const seg_pin pin = pin_of(leaf);
        uint32_t at = find(image, &pin);
        if (is_at(image, at, &pin)) leaf->pin_at = at + 1;
    }
    memset(image->store_pins, 0, image->store_count * sizeof *image->store_pins);
    for (uint32_t i = image->pin_count; i-- > 0;) {
        seg_run *run = &image->store_pins[image->pins[i].store];
        *run = (seg_run){i, run->count + 1};
    }
}

static int64_t newest(const seg_entries *entries, const seg_pin *pin) {
    if (entries->count == 0) return pin->stands_in;
    int64_t word = seg_entry(entries, entries->count - 1)[entries->lead + pin->field];
    return word == SEG_MISSING ? pin->stands_in : word;
}

void seg_pins_note(const seg_image *image, uint8_t *bytes, const seg_slot *slot) {
    seg_run run = image->store_pins[slot->owner];
    if (run.count == 0) return;
    seg_word *pins = (seg_word *)(void *)(bytes + image->places.pins);
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    for (uint32_t i = run.first; i < run.first + run.count; i++) pins[i] = newest(&entries, &image->pins[i]);
}

bool seg_pins_agree(const seg_image *image, const uint8_t *bytes, uint32_t store) {
    seg_run run = image->store_pins[store];
    if (run.count == 0) return true;
    const seg_word *pins = (const seg_word *)(const void *)(bytes + image->places.pins);
    seg_entries entries;
    seg_store_entries(&entries, image, bytes, store);
    for (uint32_t i = run.first; i < run.first + run.count; i++)
        if (pins[i] != newest(&entries, &image->pins[i])) return false;
    return true;
}
