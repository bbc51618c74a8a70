/* vm.c - the loop. The image was verified, so it checks nothing: every operand is in range, every jump
 * goes forward, every program ends. Calls have a stack of frames, so nothing recurses. */
#include "vm.h"

#include "arithmetic.h"
#include "base/arena.h"
#include "base/checked.h"
#include "calendar.h"
#include "each.h"
#include "error.h"
#include "fact.h"
#include "group.h"
#include "leaf.h"
#include "logistic.h"
#include "native.h"
#include "query.h"
#include "rank.h"
#include "turn.h"
#include "walk.h"

/* ---- memory ------------------------------------------------------------------------------------------ */

typedef struct seg_piece {
    size_t offset, size_bytes;
} seg_piece;

static bool piece_add(size_t *total, seg_piece *piece, uint64_t count, size_t item_bytes) {
    size_t rounded;
    if (count > SIZE_MAX || !seg_mul_size((size_t)count, item_bytes, &piece->size_bytes)) return false;
    if (!seg_add_size(piece->size_bytes, 15, &rounded)) return false;
    piece->offset = *total;
    return seg_add_size(*total, rounded / 16 * 16, total);
}

static seg_status not_bound(const seg_image *image, uint32_t native, seg_error *error) {
    seg_text library = seg_view_text(image, image->natives[native].library);
    seg_text name = seg_view_text(image, image->natives[native].name);
    return seg_error_set(error, SEG_E_NATIVE, native,
                         "the rules call %.*s of the library \"%.*s\", which is not allowed here",
                         name.size_bytes < 40 ? (int)name.size_bytes : 40, name.bytes,
                         library.size_bytes < 40 ? (int)library.size_bytes : 40, library.bytes);
}

seg_status seg_vm_new(seg_vm **out, const seg_image *image, const seg_allocator *allocator,
                      seg_error *error) {
    *out = NULL;
    uint32_t unbound = seg_natives_unbound(image);
    if (unbound != SEG_NONE) return not_bound(image, unbound, error);
    seg_piece vm_at, memo, frames, registers, marks, changed, changes, ends, rows, entrances, notes;
    size_t total = 0;
    bool fits = piece_add(&total, &vm_at, 1, sizeof(seg_vm)) &&
                piece_add(&total, &memo, image->program_count, sizeof(seg_memo)) &&
                piece_add(&total, &frames, image->header->max_depth + UINT64_C(1), sizeof(seg_frame)) &&
                piece_add(&total, &registers, image->max_stack, sizeof(int64_t)) &&
                piece_add(&total, &marks, seg_bit_words(image->segment_count), sizeof(uint64_t)) &&
                piece_add(&total, &changed, seg_bit_words(image->segment_count), sizeof(uint64_t)) &&
                piece_add(&total, &changes, image->segment_count, sizeof(seg_change)) &&
                piece_add(&total, &ends, image->atom_count, sizeof(seg_end)) &&
                piece_add(&total, &rows, image->max_rows, sizeof(int64_t)) &&
                piece_add(&total, &entrances, image->max_feeds + UINT64_C(2), sizeof(seg_entrance)) &&
                piece_add(&total, &notes, image->counts[SEG_SECTION_PAIRS], sizeof(size_t));
    char *block = fits ? seg_resize(allocator, NULL, 0, total) : NULL;
    if (!block) return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for the virtual machine");
    memset(block, 0, total);
    seg_vm *vm = (seg_vm *)(void *)block;
    vm->image = image;
    vm->memory_bytes = total;
    if (allocator) {
        vm->allocator_copy = *allocator;
        vm->allocator = &vm->allocator_copy;
    }
    vm->watched_query = SEG_NONE;
    vm->memo = (seg_memo *)(void *)(block + memo.offset);
    vm->frames = (seg_frame *)(void *)(block + frames.offset);
    vm->registers = (int64_t *)(void *)(block + registers.offset);
    vm->marks = (uint64_t *)(void *)(block + marks.offset);
    vm->changed = (uint64_t *)(void *)(block + changed.offset);
    vm->changes = (seg_change *)(void *)(block + changes.offset);
    vm->ends = (seg_end *)(void *)(block + ends.offset);
    vm->rows = (int64_t *)(void *)(block + rows.offset);
    vm->entrances = (seg_entrance *)(void *)(block + entrances.offset);
    vm->note_first = (size_t *)(void *)(block + notes.offset);
    memset(vm->note_first, 0xff, notes.size_bytes);
    vm->generation = vm->stamp = vm->newest = 2;
    vm->scratch = seg_resize(allocator, NULL, 0, SEG_SET_LIMIT * sizeof(int64_t));
    if (!vm->scratch) {
        seg_vm_free(vm);
        return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for the virtual machine");
    }
    vm->scratch_count = SEG_SET_LIMIT;
    *out = vm;
    return SEG_OK;
}

void seg_vm_free(seg_vm *vm) {
    if (!vm) return;
    seg_allocator copy = vm->allocator_copy;
    const seg_allocator *allocator = vm->allocator ? &copy : NULL;
    if (vm->picked) seg_resize(allocator, vm->picked, vm->picked_count * sizeof(int64_t), 0);
    if (vm->scratch) seg_resize(allocator, vm->scratch, vm->scratch_count * sizeof(int64_t), 0);
    if (vm->notes) seg_resize(allocator, vm->notes, vm->note_count * sizeof(uint64_t), 0);
    seg_resize(allocator, vm, vm->memory_bytes, 0);
}

void seg_vm_counters_get(const seg_vm *vm, seg_vm_counters *out) { *out = vm->counters; }

static seg_status prepare_notes(seg_vm *vm, const uint8_t *state) {
    const seg_image *image = vm->image;
    size_t need = 0;
    for (uint32_t i = 0; i < image->noted_count; i++) {
        uint32_t pair = image->noted_pairs[i];
        vm->note_first[pair] = need;
        need += (size_t)seg_state_slot(image, state, image->pairs[pair].store).count + 1;
    }
    if (need <= vm->note_count) return SEG_OK;
    need += need / 2;
    uint64_t *notes =
        seg_resize(vm->allocator, vm->notes, vm->note_count * sizeof(uint64_t), need * sizeof(uint64_t));
    if (!notes) return SEG_E_MEMORY;
    memset(notes + vm->note_count, 0, (need - vm->note_count) * sizeof(uint64_t));
    vm->notes = notes;
    vm->note_count = need;
    return SEG_OK;
}

/* Room for `need` words, and for half as many again when it grows. */
static seg_status make_room(seg_vm *vm, int64_t **words, size_t *count, size_t need) {
    if (need <= *count) return SEG_OK;
    need += need / 2;
    int64_t *made = seg_resize(vm->allocator, *words, *count * sizeof(int64_t), need * sizeof(int64_t));
    if (!made) return SEG_E_MEMORY;
    *words = made;
    *count = need;
    return SEG_OK;
}

seg_status seg_vm_make_scratch(seg_vm *vm, const uint8_t *state) {
    const seg_image *image = vm->image;
    if (prepare_notes(vm, state) != SEG_OK) return SEG_E_MEMORY;
    size_t need = 0, picked = 0;
    for (uint32_t i = 0; i < image->distinct_count; i++) {
        size_t count = (size_t)seg_state_slot(image, state, image->distinct_stores[i]).count + 1;
        if (count > need) need = count;
    }
    for (uint32_t i = 0; i < image->keyed_count; i++) {
        uint32_t store = image->keyed_stores[i];
        size_t count = (size_t)seg_state_slot(image, state, store).count + 1;
        if (count * seg_store_stride(&image->stores[store]) > picked)
            picked = count * seg_store_stride(&image->stores[store]);
    }
    seg_status status = make_room(vm, &vm->scratch, &vm->scratch_count, need);
    return status == SEG_OK ? make_room(vm, &vm->picked, &vm->picked_count, picked) : status;
}

/* ---- what opcodes compute ------------------------------------------------------------------------ */

static int64_t remainder_of(int64_t a, int64_t b) {
    /* SEG_MISSING is INT64_MIN, so the one remainder that overflows cannot be asked for. */
    return a == SEG_MISSING || b == SEG_MISSING || b == 0 ? SEG_MISSING : a % b;
}

static bool is_missing(int64_t a, int64_t b) { return a == SEG_MISSING || b == SEG_MISSING; }

static int64_t reached(const seg_vm *vm, int64_t instant, const seg_ins *at, int64_t *holds) {
    if (instant == SEG_MISSING) return 0;
    int64_t until = seg_calendar_shift(vm->image, instant, (int32_t)at->c, at->imm);
    if (vm->now >= until) return 1;
    if (until < *holds) *holds = until;
    return 0;
}

static int64_t part_of_now(const seg_vm *vm, int64_t number, const seg_ins *at, int64_t *holds) {
    uint32_t zone = seg_calendar_zone(vm->image, number);
    int64_t until = seg_calendar_part_holds(vm->image, zone, (seg_part)at->imm, vm->now);
    if (until > vm->now && until < *holds) *holds = until;
    return seg_calendar_part(vm->image, zone, (seg_part)at->imm, vm->now);
}

static int64_t is_part_in(const seg_vm *vm, int64_t number, const seg_ins *at, int64_t *holds) {
    uint32_t zone = seg_calendar_zone(vm->image, number);
    int64_t until = seg_turn_next(vm->image, zone, (seg_part)at->imm, at->c, vm->now);
    if (until > vm->now && until < *holds) *holds = until;
    return seg_turn_has(vm->image, at->c, seg_calendar_part(vm->image, zone, (seg_part)at->imm, vm->now));
}

static int64_t part_of(const seg_vm *vm, int64_t instant, int64_t number, const seg_ins *at) {
    if (instant == SEG_MISSING) return SEG_MISSING;
    return seg_calendar_part(vm->image, seg_calendar_zone(vm->image, number), (seg_part)at->imm, instant);
}

static int64_t years_of(const seg_vm *vm, int64_t date, int64_t number, const seg_ins *at, int64_t *holds) {
    if (date == SEG_MISSING) return SEG_MISSING;
    uint32_t zone = seg_calendar_zone(vm->image, number);
    seg_calendar_age age = seg_calendar_age_of(date, seg_calendar_date(vm->image, zone, vm->now));
    if (age.coming != SEG_MISSING) {
        int64_t until = seg_calendar_date_start(vm->image, zone, age.coming);
        if (until > vm->now && until < *holds) *holds = until;
    }
    return at->imm == SEG_YEARS_AGE ? age.years : at->imm == SEG_YEARS_NEWEST ? age.newest : age.coming;
}

static int64_t anchored(seg_vm *vm, uint32_t query, int64_t anchor) {
    if (query == vm->watched_query) {
        vm->watched_seen = true;
        vm->watched_anchor = anchor;
    }
    return anchor;
}

static bool is_fresh(const seg_vm *vm, const seg_memo *memo) { return memo->stamp - vm->generation <= 1; }

/* ---- the loop ------------------------------------------------------------------------------------------ */

#define WORD(x) seg_word_float(x)
#define A r[at->a]
#define B r[at->b]
#define C r[at->c]
#define FAULTS (&vm->counters.arithmetic_faults)
#define NEXT                                                                                                 \
    do {                                                                                                     \
        at++;                                                                                                \
        goto *handlers[at->op];                                                                              \
    } while (0)
#define ON(name) on_##name:
#define LET(name, value)                                                                                     \
    ON(name) {                                                                                               \
        A = (value);                                                                                         \
        NEXT;                                                                                                \
    }
#define JUMP(name, condition)                                                                                \
    ON(name) {                                                                                               \
        if (condition) at += at->c - 1;                                                                      \
        NEXT;                                                                                                \
    }
#define FLOATS(expression) (is_missing(B, C) ? SEG_MISSING : seg_word_of_float(expression, FAULTS))
#define DAYTIME(function) (B == SEG_MISSING ? SEG_MISSING : function(image, at->c, B))
#define ANCHOR anchored(vm, at->c, B)

int64_t seg_vm_run(seg_vm *vm, uint32_t program, int64_t *holds_out) {
    static const void *const handlers[SEG_OPCODE_COUNT] = {
#define SEG_OP(name, shape, context, summary) &&on_##name,
#include "op.def"
#undef SEG_OP
    };
    const seg_image *image = vm->image;
    const seg_leaf *leaf = seg_leaf_of(image, program);
    int64_t word;
    if (leaf->kind != SEG_LEAF_NONE && vm->watched_query == SEG_NONE) {
        *holds_out = SEG_NEVER;
        if (seg_leaf_run(vm, leaf, &word, holds_out)) {
            SEG_METER(vm, instructions, 1);
            return word;
        }
    }
    seg_memo *memo = &vm->memo[program];
    if (is_fresh(vm, memo)) {
        *holds_out = memo->holds;
        return memo->word;
    }
    seg_frame *frame = vm->frames;
    int64_t *r = vm->registers;
    int64_t holds = SEG_NEVER;
    const seg_ins *at = image->code + image->programs[program].code.first;
    memset(r, 0, image->programs[program].registers * sizeof *r);
    vm->counters.programs_run++;
    SEG_METER(vm, instructions, image->programs[program].code.count);
    goto *handlers[at->op];

    LET(LOADI, at->imm)
    LET(MOVE, B)
    ON(CALL) {
        leaf = seg_leaf_of(image, at->c);
        if (leaf->kind != SEG_LEAF_NONE && vm->watched_query == SEG_NONE &&
            seg_leaf_run(vm, leaf, &A, &holds))
            NEXT;
        memo = &vm->memo[at->c];
        if (is_fresh(vm, memo)) {
            A = memo->word;
            if (memo->holds < holds) holds = memo->holds;
            NEXT;
        }
        if (vm->bits && image->program_atom[at->c] != SEG_NONE) {
            A = seg_bit_get(vm->bits, image->program_atom[at->c]);
            NEXT;
        }
    descend:
        frame->at = at;
        frame->registers = r;
        frame->holds = holds;
        frame->program = program;
        frame++;
        if (seg_op_looks_back(at->op)) seg_walk_begin(vm, &frame[-1].walk, at, B);
        if (seg_op_goes_through(at->op) && !seg_each_begin(vm, frame - 1, &A)) {
            frame--;
            if (frame->bound < holds) holds = frame->bound;
            NEXT;
        }
        r += image->programs[program].registers;
        program = at->c;
    again:
        holds = SEG_NEVER;
        at = image->code + image->programs[program].code.first;
        memset(r, 0, image->programs[program].registers * sizeof *r);
        vm->counters.programs_run++;
        SEG_METER(vm, instructions, image->programs[program].code.count);
        goto *handlers[at->op];
    }
    ON(RET) {
        word = A;
        if (holds > SEG_TIME_MAX) holds = SEG_NEVER;
        vm->memo[program] = (seg_memo){word, holds, vm->stamp};
        if (frame == vm->frames) {
            *holds_out = holds;
            return word;
        }
        frame--;
        at = frame->at;
        if ((seg_op_looks_back(at->op) && seg_walk_step(vm, &frame->walk, at, &word, &holds)) ||
            (seg_op_goes_through(at->op) && seg_each_step(vm, frame, &word, &holds))) {
            frame++;
            goto again;
        }
        r = frame->registers;
        program = frame->program;
        if (frame->holds < holds) holds = frame->holds;
        A = word;
        NEXT;
    }
    JUMP(JMP, true)
    JUMP(JF, A == 0)
    JUMP(JT, A != 0)
    JUMP(JK, A != SEG_MISSING)
    LET(NOT, B == 0)
    LET(MISSING, B == SEG_MISSING)
    LET(EQ, B == C)
    LET(LT, B < C)
    LET(LE, B <= C)
    LET(EQI, B == at->imm)
    LET(LTI, B < at->imm)
    LET(GTI, B > at->imm)
    LET(ADD, seg_word_add(B, C, FAULTS))
    LET(SUB, seg_word_subtract(B, C, FAULTS))
    LET(MUL, seg_word_multiply(B, C, FAULTS))
    LET(MULI, seg_word_multiply(B, at->imm, FAULTS))
    LET(NEG, B == SEG_MISSING ? SEG_MISSING : -B)
    LET(DIVQ, seg_word_ratio(B, C))
    LET(MOD, remainder_of(B, C))
    LET(ITOF, seg_word_ratio(B, at->imm))
    LET(EQF, WORD(B) == WORD(C))
    LET(LTF, WORD(B) < WORD(C))
    LET(LEF, WORD(B) <= WORD(C))
    LET(ADDF, FLOATS(WORD(B) + WORD(C)))
    LET(SUBF, FLOATS(WORD(B) - WORD(C)))
    LET(MULF, FLOATS(WORD(B) * WORD(C)))
    LET(DIVF, C == 0 ? SEG_MISSING : FLOATS(WORD(B) / WORD(C)))
    LET(NEGF, B == SEG_MISSING ? SEG_MISSING : seg_float_word(-WORD(B)))
    LET(IN, seg_word_in(image, at->c, B))
    LET(DATE_MONTHS, B == SEG_MISSING ? SEG_MISSING : seg_calendar_date_months(B, at->imm))
    LET(DATE_OF, DAYTIME(seg_calendar_date))
    LET(DATE_START, DAYTIME(seg_calendar_date_start))
    LET(HOUR_OF, DAYTIME(seg_calendar_hour))
    LET(WEEKDAY_OF, DAYTIME(seg_calendar_weekday))
    LET(COUNT, seg_query_count(vm, at->c, ANCHOR, &holds))
    LET(ANY, seg_query_at_least(vm, at->c, ANCHOR, 1, &holds))
    LET(COUNT_GE, seg_query_at_least(vm, at->c, ANCHOR, at->imm, &holds))
    LET(SUM, seg_query_sum(vm, at->c, ANCHOR, &holds))
    LET(SUMF, seg_query_sum_float(vm, at->c, ANCHOR, &holds))
    LET(MIN, seg_query_extreme(vm, at->c, ANCHOR, false, false, &holds))
    LET(MAX, seg_query_extreme(vm, at->c, ANCHOR, true, false, &holds))
    LET(MINF, seg_query_extreme(vm, at->c, ANCHOR, false, true, &holds))
    LET(MAXF, seg_query_extreme(vm, at->c, ANCHOR, true, true, &holds))
    LET(KNOWN, seg_query_known(vm, at->c, ANCHOR, &holds))
    LET(SUM_GE, seg_query_sum_at_least(vm, at->c, ANCHOR, at->imm, &holds))
    LET(DISTINCT_GE, seg_query_distinct_at_least(vm, at->c, ANCHOR, at->imm, &holds))
    LET(DISTINCT, seg_query_distinct(vm, at->c, ANCHOR, &holds))
    LET(NEWEST, seg_query_newest(vm, at->c, ANCHOR, &holds))
    LET(OLDEST, seg_query_oldest(vm, at->c, ANCHOR, &holds))
    LET(REACHED, reached(vm, B, at, &holds))
    LET(FIELD, seg_fact_word(vm, at->c))
    LET(FACT_TIME, vm->fact->time)
    LET(CONTAINS, seg_fact_contains(vm, at->b, at->c))
    LET(STARTS, seg_fact_starts(vm, at->b, at->c))
    LET(ENDS, seg_fact_ends(vm, at->b, at->c))
    LET(HAS, seg_fact_has(vm, at->b, at->c))
    LET(MATCHES, seg_fact_matches(vm, at->b, at->c))
    LET(AVG, seg_query_average(vm, at->c, ANCHOR, at->imm, &holds))
    LET(SIZE, seg_fact_set_size(vm, at->c))
    LET(BUCKET, seg_fact_bucket(vm, at->b, at->c))
    LET(DECAYED, seg_query_decayed(vm, at->c, ANCHOR, at->imm, &holds))
    ON(MEMBER) {
        int64_t born = seg_state_peek(vm->state)->born;
        if (born <= vm->now) goto on_CALL;
        if (born < holds) holds = born;
        A = 0;
        NEXT;
    }
    ON(CALL_AT) goto descend;
    ON(HELD) goto descend;
    ON(ENTERED) goto descend;
    ON(LEFT) goto descend;
    ON(CHANGED) goto descend;
    ON(LATCH) {
        int64_t born = seg_state_peek(vm->state)->born;
        if (born <= vm->now) goto descend;
        if (born < holds) holds = born;
        A = 0;
        NEXT;
    }
    LET(ZONE, seg_calendar_find_zone(image, B))
    LET(PART, part_of(vm, B, C, at))
    LET(PART_NOW, part_of_now(vm, B, at, &holds))
    LET(PART_IN, is_part_in(vm, B, at, &holds))
    LET(DATE_UNIT, B == SEG_MISSING ? SEG_MISSING : seg_calendar_date_unit((seg_image_unit)at->imm, B))
    LET(GAP, seg_query_gap(vm, at->c, ANCHOR, at->imm, &holds))
    LET(YEARS, years_of(vm, B, C, at, &holds))
    LET(DAY_START,
        B == SEG_MISSING ? SEG_MISSING : seg_calendar_date_start(image, seg_calendar_zone(image, C), B))
    LET(DATE_PART, B == SEG_MISSING ? SEG_MISSING : seg_calendar_date_part((seg_part)at->imm, B))
    LET(PLACE, seg_rank_place(vm, at))
    LET(FELLOWS, seg_group_fellows(vm, at->c, B, &holds))
    LET(MOST, seg_query_frequent(vm, at->c, ANCHOR, true, &holds))
    LET(LEAST, seg_query_frequent(vm, at->c, ANCHOR, false, &holds))
    LET(LOGISTIC, B == SEG_MISSING ? SEG_MISSING : seg_float_word(seg_logistic(WORD(B))))
    LET(NATIVE, seg_native_run(vm, at->c, &B))
    ON(GATHER) NEXT;
    ON(SOME) goto descend;
    ON(EVERY) goto descend;
    ON(TALLY) goto descend;
}
