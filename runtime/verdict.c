/* verdict.c - see verdict.h. */
#include "verdict.h"

#include "base/arena.h"
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
        verdict.is_timed &= image->leaves[program_of_atom].kind != SEG_LEAF_NONE;
    }
    verdict.count = (uint8_t)logic.leaf_count;
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

static __attribute__((noinline)) int64_t find_end(seg_vm *vm, uint32_t atom) {
    int64_t word, at = SEG_NEVER;
    seg_leaf_run(vm, &vm->image->leaves[vm->image->atoms[atom].program], &word, &at);
    vm->ends[atom] = (seg_end){at, vm->round};
    return at;
}

/* When time alone turns the atom. Many segments ask for the same one, so it is noted for the round. */
static inline int64_t end_of(seg_vm *vm, uint32_t atom) {
    const seg_end *end = &vm->ends[atom];
    return end->round == vm->round ? end->at : find_end(vm, atom);
}

int64_t seg_verdict_until(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits) {
    if (verdict->count == 1) return end_of(vm, verdict->atoms[0]);
    int64_t ends[SEG_LOGIC_LEAVES];
    uint64_t row = seg_verdict_row(verdict, bits, verdict->count);
    for (uint32_t i = 0; i < verdict->count; i++) ends[i] = end_of(vm, verdict->atoms[i]);
    bool was = verdict->table >> row & 1;
    for (;;) { /* to the next instant at which some of them turn */
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
