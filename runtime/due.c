/* due.c - see due.h. */
#include "due.h"

#include "leaf.h"

/* ---- which stand where ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static bool is_on_ladder(const seg_image *image, uint32_t atom) {
    const seg_leaf *leaf = seg_leaf_of(image, image->atoms[atom].program);
    return leaf->kind == SEG_LEAF_RECENT && leaf->length_ms != SEG_NEVER;
}

void seg_dues_derive(seg_image *image) {
    seg_run temporal = image->header->temporal_atoms;
    const uint32_t *atoms = image->links + temporal.first;
    for (uint32_t i = 0; i < temporal.count; i++) {
        if (is_on_ladder(image, atoms[i])) continue;
        image->atom_due[atoms[i]] = image->due_count;
        image->due_atoms[image->due_count++] = atoms[i];
    }
    uint64_t layout = mix(image->header->layout, image->due_count);
    for (uint32_t i = 0; i < image->pin_count; i++)
        layout = mix(mix(mix(layout, image->pins[i].store), image->pins[i].field),
                     (uint64_t)image->pins[i].stands_in);
    image->state_layout = (uint32_t)(layout ^ layout >> 32);
    image->settled_word = (uint64_t)image->state_layout << 32 | SEG_STATE_MARK | SEG_STATE_FORMAT;
    image->rules = (uint32_t)(image->header->checksum ^ image->header->checksum >> 32);
}

/* ---- in a state ----------------------------------------------------------------------------------- */

static int64_t earliest_of(const seg_word *words, uint32_t count) {
    int64_t earliest = SEG_NEVER;
    for (uint32_t i = 0; i < count; i++)
        if (words[i] < earliest) earliest = words[i];
    return earliest;
}

static int64_t earliest_in(const seg_dues *dues, uint32_t block) {
    uint32_t first = block * SEG_DUE_BLOCK, left = dues->count - first;
    return earliest_of(dues->words + first, left < SEG_DUE_BLOCK ? left : SEG_DUE_BLOCK);
}

void seg_dues_fill(seg_dues *dues, int64_t instant) {
    for (uint32_t i = 0; i < dues->count + dues->block_count; i++) dues->words[i] = instant;
}

void seg_due_set(seg_dues *dues, uint32_t place, int64_t instant) {
    int64_t old = dues->words[place];
    dues->words[place] = instant;
    if (dues->block_count == 0 || old == instant) return;
    seg_word *block = &dues->blocks[place / SEG_DUE_BLOCK];
    if (instant <= *block)
        *block = instant;
    else if (old == *block)
        *block = earliest_in(dues, place / SEG_DUE_BLOCK);
}

int64_t seg_due_earliest(const seg_dues *dues) {
    return dues->block_count ? earliest_of(dues->blocks, dues->block_count)
                             : earliest_of(dues->words, dues->count);
}

uint32_t seg_due_next(const seg_dues *dues, uint32_t place, int64_t now) {
    for (; place < dues->count; place++) {
        if (dues->block_count && place % SEG_DUE_BLOCK == 0)
            while (place < dues->count && dues->blocks[place / SEG_DUE_BLOCK] > now) place += SEG_DUE_BLOCK;
        if (place < dues->count && dues->words[place] <= now) return place;
    }
    return dues->count;
}

bool seg_dues_agree(const seg_dues *dues) {
    for (uint32_t i = 0; i < dues->block_count; i++)
        if (dues->blocks[i] != earliest_in(dues, i)) return false;
    return true;
}
