/* due.c - see due.h. */
#include "due.h"

seg_dues seg_dues_of(const seg_image *image, uint8_t *bytes) {
    uint32_t count = image->header->temporal_atoms.count;
    seg_word *words = (seg_word *)(void *)(bytes + seg_state_dues_at(image));
    return (seg_dues){words, words + count, count, seg_due_blocks(count)};
}

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
