/* row.c - workload R1: one profile at a time, asked for one verdict through the C API.
 *
 *   row DIR
 *
 * Writes a thousand rows into DIR/rows.json, for peers to load, says "ready", then does what each line of
 * standard input says: WHO RULE DATA PASSES, and answers with the CPU seconds of so many passes over the
 * rows, and the members of one pass: how many, and the sum of their numbers. WHO    seg: seg_evaluate over
 * states; floor: the same rule as a C function over structs; rows: only how many rows there are RULE compare:
 * three comparisons; rule: a rule with thirteen, of the kind that teams write DATA   shuffled; constant: a
 * thousand times the first row, a member bench/peers/r1.py asks in turn and compares. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { PEOPLE = 1000, PLANS = 5, COUNTRIES = 6 };
static const int64_t now_ms = INT64_C(1767225600000), day_ms = 86400000;
#define UNKNOWN INT64_MIN

static const char *const plans[PLANS] = {"free", "basic", "pro", "team", "enterprise"};
static const char *const countries[COUNTRIES] = {"de", "at", "ch", "fr", "us", "ca"};

static const char source[] =
    "profile {\n"
    "  visits: int  spend: int  age: int?  opted_out: bool  consent: bool\n"
    "  country: de | at | ch | fr | us | ca\n"
    "  plan: free | basic | pro | team | enterprise\n"
    "  signed_up_at: time  last_order_at: time?\n"
    "}\n"
    "segment compare: visits < 5 and not opted_out and country in [de, at]\n"
    "segment rule: not opted_out and consent and country not in [us, ca] and signed_up_at more than 365d "
    "ago\n"
    "  and ((plan == enterprise or spend >= 2000) and last_order_at within last 30d\n"
    "    or plan in [basic, pro, team] and spend >= 500 and visits >= 5 and (age is missing or age >= 18))\n";

typedef struct person {
    int64_t visits, spend, age, signed_up_at, last_order_at;
    int32_t country, plan;
    bool opted_out, consent;
} person;

typedef struct crowd {
    person people[PEOPLE];
    seg_state states[PEOPLE], explainable[PEOPLE];
} crowd;

typedef struct rules { /* with and without what explains them */
    seg_image *image;
    seg_vm *vm;
} rules;

typedef struct asked {
    seg_vm *vm;
    const person *people;
    const seg_state *states;
    uint32_t segment, probes; /* probes: how many of them are read */
    bool is_rule;
} asked;

typedef struct members {
    uint64_t count, rows;
} members;

/* ---- the rows ------------------------------------------------------------------------------------- */

static void make_people(person *people) {
    uint64_t random = 88172645463325252u;
#define DRAW(below) ((int64_t)((bench_random(&random) >> 11) % (below)))
    people[0] = (person){.spend = 3000, .age = 30, .consent = true, .plan = 4};
    people[0].signed_up_at = now_ms - 500 * day_ms, people[0].last_order_at = now_ms - day_ms;
    for (int i = 1; i < PEOPLE; i++) {
        person *p = &people[i];
        p->visits = DRAW(10), p->spend = DRAW(4000);
        p->age = DRAW(8) == 0 ? UNKNOWN : 10 + DRAW(60);
        p->signed_up_at = now_ms - DRAW(730) * day_ms;
        p->last_order_at = DRAW(8) == 0 ? UNKNOWN : now_ms - DRAW(120) * day_ms;
        p->country = (int32_t)DRAW(COUNTRIES), p->plan = (int32_t)DRAW(PLANS);
        p->opted_out = DRAW(4) == 0, p->consent = DRAW(4) != 0;
    }
#undef DRAW
}

static void write_number(FILE *out, const char *name, int64_t value) {
    if (value == UNKNOWN)
        fprintf(out, ", \"%s\": null", name);
    else
        fprintf(out, ", \"%s\": %" PRId64, name, value);
}

static void write_rows(const char *folder, const person *people) {
    char path[4096];
    snprintf(path, sizeof path, "%s/rows.json", folder);
    FILE *out = fopen(path, "w");
    if (!out) bench_fail("the rows cannot be written");
    fprintf(out, "{\"now\": %" PRId64 ", \"rows\": [", now_ms);
    for (int i = 0; i < PEOPLE; i++) {
        const person *p = &people[i];
        fprintf(out, "%s\n{\"opted_out\": %s, \"consent\": %s", i == 0 ? "" : ",",
                p->opted_out ? "true" : "false", p->consent ? "true" : "false");
        fprintf(out, ", \"country\": \"%s\", \"plan\": \"%s\"", countries[p->country], plans[p->plan]);
        write_number(out, "visits", p->visits);
        write_number(out, "spend", p->spend);
        write_number(out, "age", p->age);
        write_number(out, "signed_up_at", p->signed_up_at);
        write_number(out, "last_order_at", p->last_order_at);
        fprintf(out, "}");
    }
    fprintf(out, "\n]}\n");
    if (fclose(out)) bench_fail("the rows cannot be written");
}

/* ---- the library ---------------------------------------------------------------------------------- */

static void set_attribute(seg_vm *vm, const seg_image *image, seg_state *state, const char *name,
                          seg_value value) {
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){name, strlen(name)});
    value.known = value.as.i != UNKNOWN;
    if (seg_put_attribute(vm, state, attribute, &value, now_ms, 0, 0, now_ms, NULL, NULL))
        bench_fail("an attribute was refused");
}

static void make_state(seg_vm *vm, const seg_image *image, seg_state *state, const person *p) {
    const struct {
        const char *name;
        int64_t value;
    } values[] = {{"visits", p->visits},
                  {"spend", p->spend},
                  {"age", p->age},
                  {"opted_out", p->opted_out},
                  {"consent", p->consent},
                  {"country", p->country},
                  {"plan", p->plan},
                  {"signed_up_at", p->signed_up_at},
                  {"last_order_at", p->last_order_at}};
    if (seg_state_init(vm, state)) bench_fail("no state");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (values[i].value != UNKNOWN)
            set_attribute(vm, image, state, values[i].name, (seg_value){.as.i = values[i].value});
    if (seg_settle(vm, state, now_ms, SEG_CAUSE_ATTRIBUTE, (seg_sink){0})) bench_fail("no verdict");
}

static members pass_seg(const asked *a) {
    members found = {0};
    for (int i = 0; i < PEOPLE; i++) {
        bool verdict;
        if (seg_evaluate(a->vm, &a->states[i], a->segment, now_ms, &verdict, NULL))
            bench_fail("evaluation failed");
        for (uint32_t probe = 0; probe < a->probes; probe++) {
            seg_value value;
            int64_t until;
            const seg_probe_at place = {.segment = a->segment, .probe = probe, .now = now_ms};
            if (seg_probe_value(a->vm, &a->states[i], &place, &value, &until)) bench_fail("no explanation");
        }
        found.count += verdict;
        found.rows += verdict ? (uint64_t)i : 0;
    }
    return found;
}

/* ---- the same by hand ----------------------------------------------------------------------------- */

static bool __attribute__((noinline)) floor_compare(const person *p) {
    return p->visits < 5 && !p->opted_out && (p->country == 0 || p->country == 1);
}

static bool __attribute__((noinline)) floor_rule(const person *p) {
    return !p->opted_out && p->consent && p->country != 4 && p->country != 5 &&
           p->signed_up_at < now_ms - 365 * day_ms &&
           (((p->plan == 4 || p->spend >= 2000) && p->last_order_at > now_ms - 30 * day_ms) ||
            (p->plan >= 1 && p->plan <= 3 && p->spend >= 500 && p->visits >= 5 &&
             (p->age == UNKNOWN || p->age >= 18)));
}

static members pass_floor(const asked *a) {
    members found = {0};
    for (int i = 0; i < PEOPLE; i++) {
        const person *p = &a->people[i];
        bool verdict = a->is_rule ? floor_rule(p) : floor_compare(p);
        found.count += verdict;
        found.rows += verdict ? (uint64_t)i : 0;
    }
    return found;
}

static void answer(const asked *a, const char *who, int passes) {
    members found = {0};
    double start = bench_cpu_seconds();
    if (strcmp(who, "rows") == 0)
        found.count = PEOPLE;
    else
        for (int i = 0; i < passes; i++) found = strcmp(who, "floor") == 0 ? pass_floor(a) : pass_seg(a);
    printf("%.9f %" PRIu64 " %" PRIu64 "\n", bench_cpu_seconds() - start, found.count, found.rows);
    fflush(stdout);
}

static rules make_rules(bool explains) {
    rules made = {bench_compile("r1.seg", source, sizeof source - 1, explains), NULL};
    if (seg_vm_new(&made.vm, made.image, NULL, NULL)) bench_fail("no virtual machine");
    return made;
}

static void free_rules(const rules *made) {
    seg_vm_free(made->vm);
    seg_image_free(made->image);
}

static void serve(const rules *plain, const rules *explainable, const crowd *shuffled,
                  const crowd *constant) {
    char who[16], rule[16], data[16];
    int passes;
    while (scanf("%15s %15s %15s %d", who, rule, data, &passes) == 4) {
        bool explains = strncmp(who, "explain", 7) == 0;
        const rules *taken = explains ? explainable : plain;
        const crowd *people = strcmp(data, "constant") == 0 ? constant : shuffled;
        asked a = {.vm = taken->vm, .people = people->people, .is_rule = strcmp(rule, "rule") == 0};
        a.states = explains ? people->explainable : people->states;
        a.segment = seg_image_find_segment(taken->image, (seg_text){rule, strlen(rule)});
        if (strcmp(who, "explain") == 0) a.probes = seg_image_probe_count(taken->image, a.segment);
        answer(&a, who, passes);
    }
}

int main(int count, char **arguments) {
    static crowd crowds[2]; /* shuffled, constant */
    if (count != 2) bench_fail("usage: row DIR");
    make_people(crowds[0].people);
    for (int i = 0; i < PEOPLE; i++) crowds[1].people[i] = crowds[0].people[0];
    write_rows(arguments[1], crowds[0].people);
    rules plain = make_rules(false), explainable = make_rules(true);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < PEOPLE; i++) {
            make_state(plain.vm, plain.image, &crowds[c].states[i], &crowds[c].people[i]);
            make_state(explainable.vm, explainable.image, &crowds[c].explainable[i], &crowds[c].people[i]);
        }
    printf("ready\n");
    fflush(stdout);
    serve(&plain, &explainable, &crowds[0], &crowds[1]);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < PEOPLE; i++) {
            seg_state_free(plain.vm, &crowds[c].states[i]);
            seg_state_free(explainable.vm, &crowds[c].explainable[i]);
        }
    free_rules(&plain);
    free_rules(&explainable);
    return 0;
}
