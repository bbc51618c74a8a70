/* verdict.c - see verdict.h. */
#include "verdict.h"

#include "base/arena.h"
#include "ladder.h"
#include "leaf.h"

static bool is_atom(const seg_image *image, uint32_t program) {
    return image->program_atom[program] != SEG_NONE;
}

/* The same table for rows that begin with the first atom, and go on behind the last one. */
static uint64_t spread(uint64_t table, uint32_t count) {
    uint64_t made = 0;
    for (uint64_t row = 0; row < UINT64_C(1) << SEG_LOGIC_LEAVES; row++) {
        uint64_t turned = 0;
        for (uint32_t i = 0; i < count; i++) turned |= (row >> i & 1) << (count - 1 - i);
        made |= (table >> turned & 1) << row;
    }
    return made;
}

/* The rows of a table in which its i-th atom's bit is set. */
static const uint64_t rows_of[SEG_LOGIC_LEAVES] = {
    UINT64_C(0xaaaaaaaaaaaaaaaa), UINT64_C(0xcccccccccccccccc), UINT64_C(0xf0f0f0f0f0f0f0f0),
    UINT64_C(0xff00ff00ff00ff00), UINT64_C(0xffff0000ffff0000), UINT64_C(0xffffffff00000000)};

static void find_needs(seg_verdict *verdict) {
    for (uint32_t i = 0; i < verdict->count; i++) {
        bool is_set = !(verdict->table & ~rows_of[i]), is_clear = !(verdict->table & rows_of[i]);
        verdict->needs |= (uint8_t)((is_set != is_clear) << i);
        verdict->wants |= (uint8_t)((is_set && !is_clear) << i);
    }
    verdict->is_joined = verdict->needs == (1 << verdict->count) - 1;
}

/* Counts that must be reached come first, then what is no count, then counts that must not be reached. */
static uint32_t rank_of(const seg_image *image, uint32_t atom, bool wanted) {
    const seg_leaf *leaf = seg_leaf_of(image, image->atoms[atom].program);
    if (leaf->kind != SEG_LEAF_RECENT) return 1;
    return wanted != leaf->is_turned ? 0 : 2;
}

/* The atoms of conditions that are joined, in the order of their ranks. */
static void order_joined(const seg_image *image, seg_verdict *verdict) {
    uint32_t old[SEG_LOGIC_LEAVES], count = 0, old_wants = verdict->wants;
    for (uint32_t i = 0; i < SEG_LOGIC_LEAVES; i++) old[i] = verdict->atoms[i];
    verdict->wants = 0;
    verdict->table = UINT64_MAX;
    for (uint32_t rank = 0; rank < 3; rank++) {
        for (uint32_t i = 0; i < verdict->count; i++) {
            bool wanted = old_wants >> i & 1;
            if (rank_of(image, old[i], wanted) != rank) continue;
            verdict->atoms[count] = old[i];
            verdict->wants |= (uint8_t)(wanted << count);
            verdict->table &= wanted ? rows_of[count] : ~rows_of[count];
            count++;
        }
        if (rank == 0) verdict->falling = (uint8_t)count;
        if (rank == 1) verdict->ending = (uint8_t)count;
    }
    for (uint32_t i = count; i < SEG_LOGIC_LEAVES; i++) verdict->atoms[i] = verdict->atoms[0];
}

static seg_verdict verdict_of(const seg_image *image, uint32_t program) {
    static const seg_verdict none = {.count = 0};
    seg_logic logic;
    seg_verdict verdict = {.is_timed = true};
    if (!seg_logic_survey(&logic, image, program, is_atom)) return none;
    if (!seg_logic_tabulate(&logic, &verdict.table)) return none;
    verdict.table = spread(verdict.table, logic.leaf_count);
    for (uint32_t i = 0; i < SEG_LOGIC_LEAVES; i++) {
        uint32_t program_of_atom = logic.leaves[i < logic.leaf_count ? i : 0];
        verdict.atoms[i] = image->program_atom[program_of_atom];
        verdict.is_timed &= seg_leaf_of(image, program_of_atom)->kind != SEG_LEAF_NONE;
    }
    verdict.count = (uint8_t)logic.leaf_count;
    find_needs(&verdict);
    if (verdict.is_joined) order_joined(image, &verdict);
    return verdict;
}

bool seg_verdicts_derive(seg_image *image) {
    if (image->segment_count == 0) return true;
    image->verdicts =
        seg_resize(image->allocator, NULL, 0, (size_t)image->segment_count * sizeof *image->verdicts);
    if (!image->verdicts) return false;
    for (uint32_t i = 0; i < image->segment_count; i++)
        image->verdicts[i] = verdict_of(image, image->segments[i].program);
    return true;
}

void seg_verdicts_free(seg_image *image) {
    if (image->verdicts)
        seg_resize(image->allocator, image->verdicts, (size_t)image->segment_count * sizeof *image->verdicts,
                   0);
}

int64_t seg_verdict_find_end(seg_vm *vm, uint32_t atom) {
    const seg_leaf *leaf = seg_leaf_of(vm->image, vm->image->atoms[atom].program);
    int64_t word, at = SEG_NEVER;
    if (seg_ladders_hold(vm->image, atom)) {
        seg_ladders_foresee(vm, leaf->store);
        if (vm->ends[atom].round == vm->round) return vm->ends[atom].at;
    } else {
        seg_leaf_run(vm, leaf, &word, &at);
    }
    vm->ends[atom] = (seg_end){at, vm->round};
    return at;
}

/* They will hold once all that fail have turned, if none of the others has turned by then. */
static int64_t until_all_hold(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits) {
    int64_t begin = vm->now, end = SEG_NEVER;
    for (uint32_t i = 0; i < verdict->falling; i++)
        if (seg_bit_get(bits, verdict->atoms[i]) != (verdict->wants >> i & 1)) return SEG_NEVER;
    for (uint32_t i = 0; i < verdict->count; i++) {
        int64_t at = seg_verdict_end(vm, verdict->atoms[i]);
        bool holds = seg_bit_get(bits, verdict->atoms[i]) == (verdict->wants >> i & 1);
        if (holds && at < end) end = at;
        if (!holds && at > begin) begin = at;
    }
    return begin < end ? begin : SEG_NEVER;
}

/* The same of any table: from one instant to the next at which some of its atoms turn. */
static int64_t until_table_turns(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits) {
    int64_t ends[SEG_LOGIC_LEAVES];
    uint64_t row = seg_verdict_row(verdict, bits, verdict->count);
    for (uint32_t i = 0; i < verdict->count; i++) ends[i] = seg_verdict_end(vm, verdict->atoms[i]);
    bool was = verdict->table >> row & 1;
    for (;;) {
        int64_t next = SEG_NEVER;
        for (uint32_t i = 0; i < verdict->count; i++)
            if (ends[i] < next) next = ends[i];
        if (next == SEG_NEVER) return SEG_NEVER;
        for (uint32_t i = 0; i < verdict->count; i++) {
            if (ends[i] != next) continue;
            row ^= UINT64_C(1) << i;
            ends[i] = SEG_NEVER;
        }
        if ((bool)(verdict->table >> row & 1) != was) return next;
    }
}

int64_t seg_verdict_until_other(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits) {
    return verdict->is_joined ? until_all_hold(vm, verdict, bits) : until_table_turns(vm, verdict, bits);
}
