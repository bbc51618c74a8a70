/* truth.c - see truth.h. */
#include "truth.h"

#include "base/arena.h"
#include "leaf.h"
#include "logic.h"

/* Larger programs are run: their tables would cost more to find than they save. */
enum { PROGRAMS = 8, STEPS = 256 };

typedef struct seg_logic { /* what a segment's program is made of */
    const seg_image *image;
    uint32_t root;
    uint32_t programs[PROGRAMS], program_count;
    uint32_t leaves[SEG_TRUTH_TERMS], leaf_count; /* programs */
    bool is_turned[SEG_TRUTH_TERMS];              /* the leaf says the opposite of its term */
} seg_logic;

static bool note(uint32_t *list, uint32_t *count, uint32_t limit, uint32_t program) {
    for (uint32_t i = 0; i < *count; i++)
        if (list[i] == program) return true;
    if (*count == limit) return false;
    list[(*count)++] = program;
    return true;
}

static bool is_leaf(const seg_image *image, uint32_t program) {
    return seg_leaf_is_value(&image->leaves[program]);
}

static bool reach(seg_logic *logic, uint32_t program) {
    if (is_leaf(logic->image, program))
        return note(logic->leaves, &logic->leaf_count, SEG_TRUTH_TERMS, program);
    return logic->image->programs[program].registers <= SEG_LOGIC_REGISTERS &&
           note(logic->programs, &logic->program_count, PROGRAMS, program);
}

/* Whether the program combines leaves by nothing but logic: then a leaf counts only as true or false. */
static bool survey(seg_logic *logic, const seg_image *image, uint32_t root) {
    *logic = (seg_logic){.image = image, .root = root};
    if (!reach(logic, root)) return false;
    for (uint32_t i = 0; i < logic->program_count; i++) {
        seg_run code = image->programs[logic->programs[i]].code;
        if (code.count > STEPS) return false;
        for (const seg_ins *at = image->code + code.first, *end = at + code.count; at < end; at++) {
            switch (at->op) {
            case SEG_OP_CALL:
            case SEG_OP_MEMBER:
                if (!reach(logic, at->c)) return false;
                break;
            case SEG_OP_LOADI:
            case SEG_OP_MOVE:
            case SEG_OP_NOT:
            case SEG_OP_JMP:
            case SEG_OP_JF:
            case SEG_OP_JT:
            case SEG_OP_RET: break;
            default: return false;
            }
        }
    }
    return logic->leaf_count > 0;
}

seg_term seg_term_of(const seg_leaf *leaf, bool *is_turned) {
    seg_term term = {.slot_at = leaf->slot_at,
                     .word_at = (int32_t)leaf->word_at - leaf->stride_bytes,
                     .stride_bytes = leaf->stride_bytes,
                     .stands_in = leaf->stands_in,
                     .low = (uint64_t)leaf->constant};
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

/* What the leaf says in this row of the table. */
static bool says(const seg_logic *logic, uint32_t program, uint64_t row) {
    uint32_t i = 0;
    while (logic->leaves[i] != program) i++;
    return (bool)(row >> (logic->leaf_count - 1 - i) & 1) != logic->is_turned[i];
}

/* The verdict in one row. False: the program takes too many steps. A verified program does not call itself,
 * so there are never more levels than programs. */
static bool run_row(const seg_logic *logic, uint64_t row, bool *verdict) {
    const seg_image *image = logic->image;
    seg_level levels[PROGRAMS], *level = levels;
    if (is_leaf(image, logic->root)) {
        *verdict = says(logic, logic->root, row);
        return true;
    }
    *level = (seg_level){.at = image->code + image->programs[logic->root].code.first};
    for (int steps = 0; steps < STEPS; steps++) {
        const seg_ins *at = level->at++;
        int64_t *r = level->registers;
        if (seg_logic_step(level, at)) continue;
        switch (at->op) {
        case SEG_OP_RET: {
            int64_t word = r[at->a];
            if (level == levels) {
                *verdict = word != 0;
                return true;
            }
            level--;
            level->registers[level->at[-1].a] = word;
            break;
        }
        default: /* CALL and MEMBER: the profile exists when a table is asked */
            if (is_leaf(image, at->c))
                r[at->a] = says(logic, at->c, row);
            else
                *++level = (seg_level){.at = image->code + image->programs[at->c].code.first};
        }
    }
    return false;
}

/* Its terms are written from `terms` on. */
static seg_truth truth_of(const seg_logic *logic, seg_term *terms) {
    seg_truth truth = {.first = terms, .end = terms};
    seg_logic known = *logic;
    bool is_plain = true;
    for (uint32_t i = 0; i < logic->leaf_count; i++) {
        terms[i] = seg_term_of(&logic->image->leaves[logic->leaves[i]], &known.is_turned[i]);
        is_plain &= terms[i].word_count == 0;
    }
    for (uint64_t row = 0; row < UINT64_C(1) << logic->leaf_count; row++) {
        bool verdict;
        if (!run_row(&known, row, &verdict)) return truth;
        truth.table |= (uint64_t)verdict << row;
    }
    truth.end += logic->leaf_count;
    truth.is_plain = is_plain;
    return truth;
}

/* A segment that is one atom needs no program of its own. */
static void find_program(const seg_image *image, uint32_t segment, seg_truth *truth) {
    uint32_t own = image->segments[segment].program;
    const seg_ins *at = image->code + image->programs[own].code.first;
    truth->program = own;
    truth->is_turned = false;
    if (at->op != SEG_OP_CALL || image->program_atom[at->c] == SEG_NONE) return;
    const seg_ins *call = at++;
    bool is_turned = at->op == SEG_OP_NOT && at->a == call->a && at->b == call->a;
    if (is_turned) at++;
    if (at->op != SEG_OP_RET || at->a != call->a) return;
    truth->program = call->c;
    truth->is_turned = is_turned;
}

bool seg_truths_derive(seg_image *image) {
    seg_logic logic;
    for (uint32_t i = 0; i < image->segment_count; i++)
        if (survey(&logic, image, image->segments[i].program)) image->term_count += logic.leaf_count;
    if (image->segment_count == 0) return true;
    size_t truths_size = (size_t)image->segment_count * sizeof *image->truths;
    image->truths = seg_resize(image->allocator, NULL, 0, truths_size);
    if (!image->truths) return false;
    memset(image->truths, 0, truths_size);
    for (uint32_t i = 0; i < image->segment_count; i++) find_program(image, i, &image->truths[i]);
    if (image->term_count == 0) return true;
    image->terms = seg_resize(image->allocator, NULL, 0, image->term_count * sizeof *image->terms);
    if (!image->terms) return false;
    seg_term *next = image->terms;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        if (!survey(&logic, image, image->segments[i].program)) continue;
        image->truths[i] = truth_of(&logic, next);
        find_program(image, i, &image->truths[i]);
        next += logic.leaf_count;
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
        row = row * 2 + (term->word_count ? finds(term, word) : seg_term_lies(term, word));
    }
    return truth->table >> row & 1;
}
