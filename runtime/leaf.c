/* leaf.c - see leaf.h. */
#include "leaf.h"

#include "base/arena.h"

static bool asks_newest(const seg_image *image, const seg_ins *at) {
    if (at->op != SEG_OP_NEWEST) return false;
    const seg_image_query *query = &image->queries[at->c];
    return query->window == SEG_WINDOW_EVER && query->delay_ms == 0 && query->pairs.count == 0 &&
           query->key == 0 && query->field != SEG_FIELD_TIME;
}

/* A comparison of register `r`; its result stands in ins->a. */
static bool take_comparison(const seg_image *image, seg_leaf *leaf, const seg_ins *ins, uint8_t r) {
    if (ins->b != r) return false;
    leaf->constant = ins->imm;
    switch (ins->op) {
    case SEG_OP_EQI: leaf->kind = SEG_LEAF_EQUAL; return true;
    case SEG_OP_LTI: leaf->kind = SEG_LEAF_LESS; return true;
    case SEG_OP_GTI: leaf->kind = SEG_LEAF_GREATER; return true;
    case SEG_OP_MISSING:
        leaf->kind = SEG_LEAF_EQUAL;
        leaf->constant = SEG_MISSING;
        return true;
    case SEG_OP_IN:
        if (image->word_sets[ins->c].count > SEG_LEAF_WORDS) return false;
        leaf->kind = SEG_LEAF_IN;
        leaf->words = image->words + image->word_sets[ins->c].first;
        leaf->constant = image->word_sets[ins->c].count;
        return true;
    case SEG_OP_REACHED:
        if ((int32_t)ins->c != 0) return false; /* months take the calendar */
        leaf->kind = SEG_LEAF_REACHED;
        return true;
    default: return false;
    }
}

/* Whether the opcode counts what happened in a length of time up to now, or ever; `least` is at least 1. */
static bool asks_recent(const seg_image *image, const seg_ins *at, int64_t *least, int64_t *length_ms) {
    if (at->op != SEG_OP_COUNT_GE && at->op != SEG_OP_ANY) return false;
    const seg_image_query *query = &image->queries[at->c];
    *least = at->op == SEG_OP_ANY ? 1 : at->imm;
    if (*least < 1 || *least > UINT32_MAX || query->delay_ms != 0 || query->pairs.count > 0 || query->key)
        return false;
    if (query->window == SEG_WINDOW_EVER) {
        *length_ms = SEG_NEVER;
        return (image->stores[query->store].flags & SEG_STORE_FOLD) == 0;
    }
    *length_ms = query->from_ms;
    return query->window == SEG_WINDOW_ROLLING && query->from_months == 0 && query->to_months == 0 &&
           query->to_ms == 0;
}

static seg_leaf recent_of(const seg_image *image, const seg_ins *at, int64_t least, int64_t length_ms) {
    seg_leaf leaf = {.kind = SEG_LEAF_RECENT,
                     .store = image->queries[at->c].store,
                     .field = SEG_FIELD_TIME,
                     .length_ms = length_ms,
                     .constant = least};
    uint8_t r = at->a;
    at++;
    if (at->op == SEG_OP_NOT && at->b == r) {
        leaf.is_turned = true;
        r = at++->a;
    }
    if (at->op != SEG_OP_RET || at->a != r) leaf.kind = SEG_LEAF_NONE;
    return leaf;
}

static seg_leaf leaf_of(const seg_image *image, const seg_image_program *program) {
    static const seg_leaf none = {.kind = SEG_LEAF_NONE};
    const seg_ins *at = image->code + program->code.first, *end = at + program->code.count;
    int64_t least, length_ms;
    if (program->context != SEG_CONTEXT_STATE) return none;
    if (asks_recent(image, at, &least, &length_ms)) return recent_of(image, at, least, length_ms);
    if (!asks_newest(image, at)) return none;
    seg_leaf leaf = {.kind = SEG_LEAF_WORD,
                     .store = image->queries[at->c].store,
                     .field = image->queries[at->c].field,
                     .stands_in = SEG_MISSING};
    uint8_t r = at->a;
    at++; /* a program ends with RET, so there is a next one */
    if (end - at >= 3 && at->op == SEG_OP_JK && at->a == r && at->c == 2 && at[1].op == SEG_OP_LOADI &&
        at[1].a == r) {
        leaf.stands_in = at[1].imm;
        at += 2;
    }
    if (take_comparison(image, &leaf, at, r)) r = at++->a;
    if (at->op == SEG_OP_NOT && at->b == r) {
        leaf.is_turned = true;
        r = at++->a;
    }
    return at->op == SEG_OP_RET && at->a == r ? leaf : none;
}

static size_t leaves_bytes(const seg_image *image) {
    return image->leaf_count * sizeof(seg_leaf) + image->program_count * sizeof(uint32_t);
}

bool seg_leaves_derive(seg_image *image) {
    image->leaf_count = 1; /* the first stands for programs that are something else */
    for (uint32_t i = 0; i < image->program_count; i++)
        image->leaf_count += leaf_of(image, &image->programs[i]).kind != SEG_LEAF_NONE;
    image->leaf_list = seg_resize(image->allocator, NULL, 0, leaves_bytes(image));
    if (!image->leaf_list) return false;
    image->leaf_numbers = (uint32_t *)(void *)(image->leaf_list + image->leaf_count);
    image->leaf_list[0] = (seg_leaf){.kind = SEG_LEAF_NONE};
    for (uint32_t i = 0, next = 1; i < image->program_count; i++) {
        seg_leaf leaf = leaf_of(image, &image->programs[i]);
        image->leaf_numbers[i] = leaf.kind == SEG_LEAF_NONE ? 0 : next;
        if (leaf.kind != SEG_LEAF_NONE) image->leaf_list[next++] = leaf;
    }
    return true;
}

void seg_leaves_place(seg_image *image) {
    for (uint32_t i = 1; i < image->leaf_count; i++) {
        seg_leaf *leaf = &image->leaf_list[i];
        if (leaf->pin_at) leaf->pin_at = (uint32_t)(image->places.pins + 8 * (leaf->pin_at - 1));
        leaf->stride_bytes = (uint16_t)(8 * (1 + image->stores[leaf->store].width));
        leaf->front_bytes = 8 * seg_store_fold_words(&image->stores[leaf->store]);
        leaf->word_bytes = leaf->field == SEG_FIELD_TIME ? 0 : 8 * (1 + leaf->field);
    }
}

void seg_leaves_free(seg_image *image) {
    if (image->leaf_list) seg_resize(image->allocator, image->leaf_list, leaves_bytes(image), 0);
}
