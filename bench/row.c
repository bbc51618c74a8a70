/* row.c - one predicate over one profile through the C API, against the same predicate in C over a struct. */
#include <string.h>

#include "bench.h"

enum { PEOPLE = 1000, PASSES = 200 };

static const char r1_source[] = "profile { visits: int  opted_out: bool  country: de | at | ch | fr }\n"
                                "segment r1: visits < 2 and not opted_out and country in [de, at]\n";

typedef struct person {
    int64_t visits, country;
    bool opted_out;
} person;

static bool __attribute__((noinline)) floor_r1(const person *p) {
    return p->visits < 2 && !p->opted_out && (p->country == 0 || p->country == 1);
}

static void set_attribute(seg_vm *vm, const seg_image *image, seg_state *state, const char *name,
                          int64_t value) {
    seg_value typed = {.known = true, .as.i = value};
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){name, strlen(name)});
    if (seg_put_attribute(vm, state, attribute, &typed, 1, 0, 0, 1, NULL, NULL))
        bench_fail("an attribute was refused");
}

static uint64_t pass_vm(seg_vm *vm, const seg_state *states) {
    uint64_t members = 0;
    for (int i = 0; i < PEOPLE; i++) {
        bool verdict;
        if (seg_evaluate(vm, &states[i], 0, 1, &verdict, NULL)) bench_fail("evaluation failed");
        members += verdict;
    }
    return members;
}

static uint64_t pass_floor(const person *people) {
    uint64_t members = 0;
    for (int i = 0; i < PEOPLE; i++) members += floor_r1(&people[i]);
    return members;
}

bench_row bench_one_predicate(void) {
    static person people[PEOPLE];
    static seg_state states[PEOPLE];
    seg_image *image = bench_compile("r1.seg", r1_source, sizeof r1_source - 1);
    seg_vm *vm;
    if (seg_vm_new(&vm, image, NULL, NULL)) bench_fail("no virtual machine");
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < PEOPLE; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        people[i] = (person){(int64_t)(random % 4), (int64_t)(random >> 8 & 3), random >> 16 & 1};
        if (seg_state_init(vm, &states[i])) bench_fail("no state");
        set_attribute(vm, image, &states[i], "visits", people[i].visits);
        set_attribute(vm, image, &states[i], "country", people[i].country);
        set_attribute(vm, image, &states[i], "opted_out", people[i].opted_out);
        if (seg_settle(vm, &states[i], 1, SEG_CAUSE_ATTRIBUTE, (seg_sink){0})) bench_fail("no verdict");
    }
    if (pass_vm(vm, states) != pass_floor(people)) bench_fail("R1: the results differ");
    double measured[BENCH_ROUNDS], floor[BENCH_ROUNDS];
    volatile uint64_t keep = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        double start = bench_cpu_seconds();
        for (int i = 0; i < PASSES; i++) keep += pass_vm(vm, states);
        double middle = bench_cpu_seconds();
        for (int i = 0; i < PASSES * 10; i++) keep += pass_floor(people);
        measured[round] = middle - start;
        floor[round] = (bench_cpu_seconds() - middle) / 10;
    }
    if (keep == 0) bench_fail("R1: nobody is a member");
    for (int i = 0; i < PEOPLE; i++) seg_state_free(vm, &states[i]);
    seg_vm_free(vm);
    seg_image_free(image);
    return bench_row_of("R1_vs_hand_c", "one predicate over one profile, C API against C over a struct",
                        measured, floor, BENCH_ROUNDS, (double)PEOPLE * PASSES);
}
