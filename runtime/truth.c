/* truth.c - see truth.h. */
#include "truth.h"

#include "base/arena.h"
#include "leaf.h"
#include "logic.h"

static bool is_leaf(const seg_image *image, uint32_t program) {
    return seg_leaf_is_value(&image->leaves[program]) && image->leaves[program].pin_at;
}

seg_term seg_term_of(const seg_leaf *leaf, bool *is_turned) {
    seg_term term = {.pin_at = leaf->pin_at, .low = (uint64_t)leaf->constant};
    uint64_t constant = (uint64_t)leaf->constant;
    bool is_never = false;
    switch (leaf->kind) {
    case SEG_LEAF_LESS:
        term.low = (uint64_t)INT64_MIN;
        term.span = constant - term.low - 1;
        is_never = leaf->constant == INT64_MIN;
        break;
    case SEG_LEAF_GREATER:
        term.low = constant + 1;
        term.span = (uint64_t)INT64_MAX - term.low;
        is_never = leaf->constant == INT64_MAX;
        break;
    case SEG_LEAF_IN:
        is_never = leaf->constant == 0;
        if (is_never) break;
        term.low = (uint64_t)leaf->words[0];
        term.span = (uint64_t)leaf->words[leaf->constant - 1] - term.low;
        if (term.span != constant - 1) { /* there are gaps between them */
            term.words = leaf->words;
            term.word_count = (uint32_t)leaf->constant;
        }
        break;
    default: break; /* one word; the bare word is true when it is not 0 */
    }
    *is_turned = leaf->is_turned;
    if (leaf->kind == SEG_LEAF_WORD) {
        term.low = 0;
        *is_turned = !*is_turned;
    }
    if (is_never) { /* every word, turned round */
        term.span = UINT64_MAX;
        *is_turned = !*is_turned;
    }
    return term;
}

static uint32_t padded(uint32_t terms) {
    return (terms + SEG_TRUTH_STEP - 1) / SEG_TRUTH_STEP * SEG_TRUTH_STEP;
}

/* The same table for rows whose digits say the opposite. */
static uint64_t turned(uint64_t table, uint32_t terms) {
    uint64_t made = 0, rows = UINT64_C(1) << terms;
    for (uint64_t row = 0; row < rows; row++) made |= (table >> (rows - 1 - row) & 1) << row;
    return made;
}

/* Its terms are written from `terms` on. */
static seg_truth truth_of(const seg_logic *logic, seg_term *terms) {
    seg_truth truth = {.first = terms, .end = terms};
    seg_logic known = *logic;
    bool is_plain = true;
    for (uint32_t i = logic->leaf_count; i < padded(logic->leaf_count); i++)
        *terms++ = (seg_term){.span = UINT64_MAX};
    for (uint32_t i = 0; i < logic->leaf_count; i++) {
        terms[i] = seg_term_of(&logic->image->leaves[logic->leaves[i]], &known.is_turned[i]);
        is_plain &= terms[i].word_count == 0;
    }
    if (!seg_logic_tabulate(&known, &truth.table)) return truth;
    truth.table = turned(truth.table, logic->leaf_count);
    truth.end += padded(logic->leaf_count);
    truth.is_plain = is_plain;
    return truth;
}

bool seg_truths_derive(seg_image *image) {
    seg_logic logic;
    for (uint32_t i = 0; i < image->segment_count; i++)
        if (seg_logic_survey(&logic, image, image->segments[i].program, is_leaf))
            image->term_count += padded(logic.leaf_count);
    if (image->segment_count == 0) return true;
    size_t truths_size = (size_t)image->segment_count * sizeof *image->truths;
    image->truths = seg_resize(image->allocator, NULL, 0, truths_size);
    if (!image->truths) return false;
    memset(image->truths, 0, truths_size);
    if (image->term_count == 0) return true;
    image->terms = seg_resize(image->allocator, NULL, 0, image->term_count * sizeof *image->terms);
    if (!image->terms) return false;
    seg_term *next = image->terms;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        if (!seg_logic_survey(&logic, image, image->segments[i].program, is_leaf)) continue;
        image->truths[i] = truth_of(&logic, next);
        next += padded(logic.leaf_count);
    }
    return true;
}

void seg_truths_free(seg_image *image) {
    if (image->truths)
        seg_resize(image->allocator, image->truths, (size_t)image->segment_count * sizeof *image->truths, 0);
    if (image->terms) seg_resize(image->allocator, image->terms, image->term_count * sizeof *image->terms, 0);
}

static bool finds(const seg_term *term, int64_t word) {
    bool found = false;
    for (uint32_t i = 0; i < term->word_count; i++) found |= term->words[i] == word;
    return found;
}

bool seg_truth_ask(const seg_truth *truth, const uint8_t *bytes) {
    uint64_t row = 0;
    for (const seg_term *term = truth->first; term < truth->end; term++) {
        int64_t word = seg_term_word(term, bytes);
        row += row + !(term->word_count ? finds(term, word) : seg_term_lies(term, word));
    }
    return truth->table >> row & 1;
}
