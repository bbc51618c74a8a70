/* test_runtime.c - what becomes of facts: changes, their instants, states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calendar.h>
#include <seg.h>

#include "image_builder.h"

static const int64_t day = SEG_DAY_MS, start = 20000 * SEG_DAY_MS; /* 2024-10-04 */

typedef struct machine {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    seg_change changes[64];
    size_t change_count;
} machine;

static void note_changes(void *user, const seg_change *changes, size_t count) {
    machine *m = user;
    for (size_t i = 0; i < count && m->change_count < 64; i++) m->changes[m->change_count++] = changes[i];
}

static seg_sink sink_of(machine *m) {
    m->change_count = 0;
    return (seg_sink){note_changes, m};
}

static void open_machine(machine *m) {
    memset(m, 0, sizeof *m);
    image_builder builder;
    seg_buffer bytes;
    seg_error error;
    builder_sample(&builder);
    builder_finish(&builder, &bytes);
    if (seg_image_load(&m->image, bytes.bytes, bytes.size_bytes, NULL, &error) != SEG_OK)
        fail_msg("%s", error.message);
    seg_buffer_free(&bytes);
    builder_free(&builder);
    assert_int_equal(seg_vm_new(&m->vm, m->image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(m->vm, &m->state), SEG_OK);
}

static void close_machine(machine *m) {
    seg_state_free(m->vm, &m->state);
    seg_vm_free(m->vm);
    seg_image_free(m->image);
}

static seg_text text(const char *bytes) { return (seg_text){bytes, strlen(bytes)}; }

static seg_outcome visit(machine *m, seg_state *state, const char *page, int64_t time, uint64_t message,
                         int64_t now) {
    seg_value fields[] = {{.known = true, .as.text = text(page)}, {.known = true, .as.i = 60}};
    seg_event event = {.event = 0, .time = time, .tie = message, .message = message, .fields = fields};
    seg_outcome outcome;
    seg_error error;
    if (seg_apply_event(m->vm, state, &event, now, sink_of(m), &outcome, &error) != SEG_OK)
        fail_msg("%s", error.message);
    return outcome;
}

static seg_outcome order(machine *m, seg_state *state, int64_t amount, double price, int64_t time,
                         int64_t now) {
    seg_text tags[] = {text("sale"), text("new"), text("sale")};
    seg_value fields[] = {{.known = true, .as.i = amount},
                          {.known = true, .as.f = price},
                          {.known = true, .as.i = 0},
                          {.known = true, .as.set = {tags, 3}}};
    seg_event event = {.event = 1, .time = time, .tie = (uint64_t)time, .fields = fields};
    seg_outcome outcome;
    assert_int_equal(seg_apply_event(m->vm, state, &event, now, sink_of(m), &outcome, NULL), SEG_OK);
    return outcome;
}

static void opt_out(machine *m, seg_state *state, bool value, int64_t now) {
    seg_value word = {.known = true, .as.i = value};
    assert_int_equal(seg_apply_attribute(m->vm, state, 0, &word, now, 0, 0, now, sink_of(m), NULL, NULL),
                     SEG_OK);
}

/* The change of segment 0 among the last ones, or NULL. */
static const seg_change *change_of(const machine *m, uint32_t segment) {
    for (size_t i = 0; i < m->change_count; i++)
        if (m->changes[i].segment == segment) return &m->changes[i];
    return NULL;
}

static void the_founding_line(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    assert_false(seg_state_is_member(m.vm, &m.state, 0));
    visit(&m, &m.state, "/", start, 1, start);
    const seg_change *change = change_of(&m, 0);
    assert_non_null(change);
    assert_true(change->entered && !change->late && change->cause == SEG_CAUSE_EVENT &&
                change->cause_index == 0);
    assert_true(change->at == start && change->valid_until == SEG_NEVER);

    visit(&m, &m.state, "/", start + 10 * day, 2, start + 10 * day);
    change = change_of(&m, 0);
    assert_true(change && !change->entered && change->valid_until == start + 30 * day);
    assert_int_equal(seg_state_deadline(&m.state), start + 30 * day);

    assert_int_equal(seg_advance(m.vm, &m.state, start + 30 * day - 1, sink_of(&m)), SEG_OK);
    assert_null(change_of(&m, 0));
    assert_int_equal(seg_advance(m.vm, &m.state, start + 45 * day, sink_of(&m)), SEG_OK);
    change = change_of(&m, 0);
    assert_true(change && change->entered && change->at == start + 30 * day &&
                change->cause == SEG_CAUSE_TIME);
    assert_int_equal(change->cause_index, SEG_NONE);

    /* A late visit of day 20 makes two within 30 days: the corrective exit comes at once. */
    visit(&m, &m.state, "/", start + 20 * day, 3, start + 45 * day);
    assert_null(change_of(&m, 0)); /* days 10 and 20 at day 45: the first is out */
    visit(&m, &m.state, "/", start + 39 * day, 4, start + 45 * day);
    change = change_of(&m, 0);
    assert_true(change && !change->entered && change->late && change->valid_until == start + 50 * day);

    opt_out(&m, &m.state, true, start + 46 * day);
    assert_int_equal(seg_advance(m.vm, &m.state, start + 60 * day, sink_of(&m)), SEG_OK);
    assert_null(change_of(&m, 0));
    opt_out(&m, &m.state, false, start + 61 * day);
    change = change_of(&m, 0);
    assert_true(change && change->entered && change->cause == SEG_CAUSE_ATTRIBUTE &&
                change->cause_index == 0);
    close_machine(&m);
}

static void future_duplicate_and_old_facts(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    /* Before its first fact there is no profile. */
    visit(&m, &m.state, "/", start + day, 1, start);
    assert_int_equal(m.change_count, 0);
    assert_int_equal(seg_state_deadline(&m.state), start + day);
    assert_int_equal(seg_advance(m.vm, &m.state, start + 2 * day, sink_of(&m)), SEG_OK);
    assert_true(change_of(&m, 0) && change_of(&m, 0)->entered && change_of(&m, 0)->at == start + day);

    visit(&m, &m.state, "/", start + 5 * day, 2, start + 2 * day);
    assert_null(change_of(&m, 0));
    assert_int_equal(seg_advance(m.vm, &m.state, start + 5 * day, sink_of(&m)), SEG_OK);
    assert_true(change_of(&m, 0) && !change_of(&m, 0)->entered && change_of(&m, 0)->cause == SEG_CAUSE_TIME);

    assert_int_equal(visit(&m, &m.state, "/", start + 5 * day, 3, start + 5 * day), SEG_APPLIED);
    assert_int_equal(visit(&m, &m.state, "/", start + 5 * day, 3, start + 6 * day - 1), SEG_DUPLICATE);
    assert_int_equal(visit(&m, &m.state, "/", start + 5 * day, 3, start + 6 * day), SEG_APPLIED);
    assert_int_equal(visit(&m, &m.state, "/", start - 24 * day, 9, start + 6 * day), SEG_TOO_OLD);
    assert_int_equal(visit(&m, &m.state, "/", start - 24 * day + 1, 10, start + 6 * day), SEG_APPLIED);
    seg_vm_counters counters;
    seg_vm_counters_get(m.vm, &counters);
    assert_int_equal(counters.facts_duplicate, 1);
    assert_int_equal(counters.facts_too_old, 1);
    close_machine(&m);
}

static void refused_facts_change_nothing(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    visit(&m, &m.state, "/", start, 1, start);
    uint8_t before[4096];
    size_t size = m.state.size_bytes;
    assert_true(size <= sizeof before);
    memcpy(before, m.state.bytes, size);
    seg_error error;
    seg_value fields[4] = {{.known = false}};
    seg_event event = {.event = 0, .time = start, .fields = fields};
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_FACT);
    assert_string_equal(error.message, "visits.page: the value is missing");
    fields[0] = (seg_value){.known = true, .as.text = text("/")};
    fields[1] = (seg_value){.known = true, .as.i = INT64_MIN};
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_FACT);
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start - 1, sink_of(&m), NULL, &error),
                     SEG_E_TIME);
    event.time = SEG_TIME_MAX + 1;
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_TIME);
    event = (seg_event){.event = 1, .time = start, .fields = fields};
    fields[1] = (seg_value){.known = true, .as.f = __builtin_inf()};
    fields[0].known = fields[2].known = false;
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_FACT);
    fields[1].as.f = 1.0;
    fields[2] = (seg_value){.known = true, .as.i = 2};
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_FACT);
    event.event = 2;
    assert_int_equal(seg_apply_event(m.vm, &m.state, &event, start, sink_of(&m), NULL, &error), SEG_E_USAGE);
    assert_int_equal(m.change_count, 0);
    assert_int_equal(m.state.size_bytes, size);
    assert_memory_equal(m.state.bytes, before, size);
    close_machine(&m);
}

/* ---- order of arrival ---------------------------------------------------------------------------- */

static void apply_nth(machine *m, seg_state *state, int which, int64_t now) {
    switch (which) {
    case 0: visit(m, state, "/pricing/cart", start, 0, now); break;
    case 1: visit(m, state, "/cart", start + 3 * day, 0, now); break;
    case 2: order(m, state, 1250, 0.1, start + day, now); break;
    case 3: order(m, state, 999, -0.0, start + day + 1, now); break;
    case 4: order(m, state, -5, 20.5, start + 90 * day, now); break; /* in the future */
    default: opt_out(m, state, true, start + 33 * day); break;
    }
}

static void permute(int items[6], int n, void (*each)(const int items[6], void *user), void *user) {
    if (n == 1) {
        each(items, user);
        return;
    }
    for (int i = 0; i < n; i++) {
        permute(items, n - 1, each, user);
        int other = n % 2 ? 0 : i, kept = items[other];
        items[other] = items[n - 1];
        items[n - 1] = kept;
    }
}

typedef struct reference {
    machine *m;
    seg_state compact;
} reference;

static void arrive(const int items[6], void *user) {
    reference *r = user;
    machine *m = r->m;
    seg_state state;
    assert_int_equal(seg_state_init(m->vm, &state), SEG_OK);
    for (int i = 0; i < 6; i++) apply_nth(m, &state, items[i], start + 33 * day);
    assert_int_equal(seg_state_compact(m->vm, &state), SEG_OK);
    assert_int_equal(seg_state_check(m->image, state.bytes, state.size_bytes, NULL), SEG_OK);
    if (!r->compact.bytes) {
        r->compact = state;
        return;
    }
    assert_int_equal(state.size_bytes, r->compact.size_bytes);
    assert_memory_equal(state.bytes, r->compact.bytes, state.size_bytes);
    seg_state_free(m->vm, &state);
}

static void order_of_arrival_does_not_matter(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    reference r = {.m = &m};
    int items[6] = {0, 1, 2, 3, 4, 5};
    permute(items, 6, arrive, &r);
    /* Nor does it matter who saw what, as long as nobody has folded: two halves merge into the whole. */
    for (unsigned split = 0; split < 64; split++) {
        seg_state halves[2];
        for (int side = 0; side < 2; side++) {
            assert_int_equal(seg_state_init(m.vm, &halves[side]), SEG_OK);
            for (int i = 0; i < 6; i++)
                if ((split >> i & 1) == (unsigned)side) apply_nth(&m, &halves[side], i, start + 33 * day);
        }
        assert_int_equal(seg_merge(m.vm, &halves[0], &halves[1], start + 33 * day, sink_of(&m)), SEG_OK);
        assert_int_equal(seg_state_compact(m.vm, &halves[0]), SEG_OK);
        assert_int_equal(halves[0].size_bytes, r.compact.size_bytes);
        assert_memory_equal(halves[0].bytes, r.compact.bytes, r.compact.size_bytes);
        seg_state_free(m.vm, &halves[0]);
        seg_state_free(m.vm, &halves[1]);
    }
    seg_state_free(m.vm, &r.compact);
    close_machine(&m);
}

static void merging_counts_a_shared_fact_once(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    seg_state other, alone;
    seg_state_init(m.vm, &other);
    seg_state_init(m.vm, &alone);
    visit(&m, &m.state, "/", start, 7, start);
    visit(&m, &other, "/", start, 7, start);
    visit(&m, &alone, "/", start, 7, start);
    assert_int_equal(seg_merge(m.vm, &m.state, &other, start, sink_of(&m)), SEG_OK);
    assert_int_equal(m.change_count, 0);
    assert_int_equal(seg_state_compact(m.vm, &m.state), SEG_OK);
    assert_int_equal(seg_state_compact(m.vm, &alone), SEG_OK);
    assert_int_equal(m.state.size_bytes, alone.size_bytes);
    assert_memory_equal(m.state.bytes, alone.bytes, alone.size_bytes);

    visit(&m, &other, "/", start + day, 8, start + day);
    assert_int_equal(seg_merge(m.vm, &m.state, &other, start + day, sink_of(&m)), SEG_OK);
    const seg_change *change = change_of(&m, 0);
    assert_true(change && !change->entered && change->cause == SEG_CAUSE_MERGE && change->at == start + day);
    assert_int_equal(seg_merge(m.vm, &m.state, &other, start, sink_of(&m)), SEG_E_TIME);
    assert_int_equal(seg_merge(m.vm, &m.state, &m.state, start + day, sink_of(&m)), SEG_E_STATE);
    seg_state_free(m.vm, &other);
    seg_state_free(m.vm, &alone);
    close_machine(&m);
}

static void erasing_leaves_nothing(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    visit(&m, &m.state, "/secret", start, 7, start);
    order(&m, &m.state, 5, 1.0, start, start);
    assert_int_equal(seg_erase(m.vm, &m.state, start + day, SEG_CAUSE_ERASE, sink_of(&m)), SEG_OK);
    const seg_change *change = change_of(&m, 0);
    assert_true(change && !change->entered && change->cause == SEG_CAUSE_ERASE && change->at == start + day);
    seg_state fresh;
    seg_state_init(m.vm, &fresh);
    assert_int_equal(fresh.size_bytes, m.state.size_bytes);
    assert_memory_equal(fresh.bytes, m.state.bytes, fresh.size_bytes);
    for (size_t i = m.state.size_bytes; i < m.state.capacity_bytes; i++)
        assert_int_equal(m.state.bytes[i], 0);
    seg_state_free(m.vm, &fresh);
    close_machine(&m);
}

/* ---- totals and months --------------------------------------------------------------------------- */

static int64_t probe(machine *m, uint32_t number, int64_t at, int64_t *holds) {
    seg_value value;
    seg_probe_at where = {.segment = 7, .probe = number, .now = at};
    assert_int_equal(seg_probe_value(m->vm, &m->state, &where, &value, holds), SEG_OK);
    return value.known ? value.as.i : SEG_MISSING;
}

static void totals_outlive_their_entries(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    /* Atom 4: the sum of all amounts is more than 300 times their number. */
    int64_t holds, sum = 0;
    srand(1);
    for (int i = 0; i < 500; i++) {
        int64_t amount = rand() % 600, time = start + rand() % 1000 * (day / 7);
        sum += amount;
        order(&m, &m.state, amount, (double)amount / 16, time, start + 300 * day);
        assert_int_equal(probe(&m, 4, start + 300 * day, &holds), sum > 300 * (i + 1));
        assert_int_equal(holds, SEG_NEVER);
    }
    assert_int_equal(probe(&m, 5, start + 300 * day, &holds), 1); /* the spread of prices is above 10 */
    assert_int_equal(seg_state_check(m.image, m.state.bytes, m.state.size_bytes, NULL), SEG_OK);
    close_machine(&m);
}

static int64_t berlin(const machine *m, int64_t year, int64_t month, int64_t of_month, int64_t hour,
                      int64_t minute) {
    int64_t local_ms =
        seg_calendar_days(year, month, of_month) * SEG_DAY_MS + hour * 3600000 + minute * 60000;
    return seg_image_local_instant(m->image, local_ms);
}

static void months_go_by_the_calendar(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    /* Atom 11: any order in the last 2 months, from a store that keeps the newest (with slack). */
    int64_t late_evening = berlin(&m, 2024, 12, 30, 23, 0), early_morning = berlin(&m, 2024, 12, 31, 1, 0),
            holds;
    order(&m, &m.state, 1, 1.0, late_evening, late_evening);
    order(&m, &m.state, 1, 1.0, early_morning, early_morning);
    int64_t both_until = berlin(&m, 2025, 2, 28, 1, 0), one_until = berlin(&m, 2025, 2, 28, 23, 0);
    assert_int_equal(probe(&m, 11, both_until - 1, &holds), 1);
    assert_int_equal(probe(&m, 11, both_until, &holds), 1);
    assert_int_equal(holds, one_until);
    assert_int_equal(probe(&m, 11, one_until - 1, &holds), 1);
    assert_int_equal(probe(&m, 11, one_until, &holds), 0);
    seg_state_compact(m.vm, &m.state);
    assert_int_equal(probe(&m, 11, one_until - 1, &holds), 1);

    /* 30 January 02:30 plus two months is in the gap of 30 March 2025: 03:30, which is 01:30 UTC. */
    int64_t before_gap = berlin(&m, 2025, 1, 30, 2, 30);
    order(&m, &m.state, 1, 1.0, before_gap, before_gap);
    int64_t after_gap = seg_calendar_days(2025, 3, 30) * day + 5400000;
    assert_int_equal(probe(&m, 11, after_gap - 1, &holds), 1);
    assert_int_equal(probe(&m, 11, after_gap, &holds), 0);
    /* 26 August 02:30 plus two months is in the fold of 26 October 2025: the first, 00:30 UTC. */
    int64_t before_fold = berlin(&m, 2025, 8, 26, 2, 30);
    order(&m, &m.state, 1, 1.0, before_fold, before_fold);
    int64_t in_fold = seg_calendar_days(2025, 10, 26) * day + 1800000;
    assert_int_equal(probe(&m, 11, in_fold - 1, &holds), 1);
    assert_int_equal(probe(&m, 11, in_fold, &holds), 0);
    close_machine(&m);
}

static void note_entry(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    int64_t *sum = user;
    (void)tie;
    sum[0]++;
    sum[1] += time;
    for (size_t i = 0; i < word_count && words[i] != SEG_MISSING; i++) sum[2] += words[i];
}

static void probes_show_their_entries(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    int64_t seen[3] = {0};
    visit(&m, &m.state, "/", start, 1, start);
    visit(&m, &m.state, "/", start + day, 2, start + day);
    seg_probe_at at = {.segment = 7, .probe = 0, .now = start + 30 * day};
    assert_int_equal(seg_probe_entries(m.vm, &m.state, &at, note_entry, seen), SEG_OK);
    assert_true(seen[0] == 1 && seen[1] == start + day);
    /* The anchor of `since joined` is found on the way. */
    order(&m, &m.state, 7, 0.0, start + 2 * day, start + 2 * day);
    order(&m, &m.state, 9, 0.0, start + 3 * day, start + 3 * day);
    seg_value joined = {.known = true, .as.i = start + 3 * day};
    seg_apply_attribute(m.vm, &m.state, 2, &joined, start + 3 * day, 0, 0, start + 3 * day, sink_of(&m), NULL,
                        NULL);
    memset(seen, 0, sizeof seen);
    at.probe = 6;
    assert_int_equal(seg_probe_entries(m.vm, &m.state, &at, note_entry, seen), SEG_OK);
    assert_true(seen[0] == 1 && seen[1] == start + 3 * day);
    at.probe = 16;
    assert_int_equal(seg_probe_entries(m.vm, &m.state, &at, note_entry, seen), SEG_E_USAGE);
    assert_int_equal(seg_image_probe_count(m.image, 7), 16);
    close_machine(&m);
}

/* ---- laws on random histories -------------------------------------------------------------------- */

static uint64_t random_bits;
static int64_t dice(int64_t sides) {
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return (int64_t)(random_bits % (uint64_t)sides);
}

typedef struct history {
    struct {
        int kind;
        int64_t time, a, now;
    } facts[40];
    int count;
} history;

static void make_history(history *h) {
    int64_t now = start;
    h->count = 5 + (int)dice(35);
    for (int i = 0; i < h->count; i++) {
        now += dice(3) ? dice(12 * day) : dice(2) * day;
        int64_t step = dice(3) ? -dice(70) * day : dice(20) * day - 10 * day;
        h->facts[i].kind = (int)dice(6);
        h->facts[i].time = dice(2) ? now : now + step;
        h->facts[i].a = dice(400);
        h->facts[i].now = now;
    }
}

/* Takes fact i in: at its own now and evaluated, or (put) at the history's end. */
static void feed(machine *m, seg_state *state, const history *h, int i, bool put, seg_sink sink) {
    static const char *const pages[] = {"/pricing", "/cart", "/", "Berlin", "ab", "Bonn"};
    int64_t now = put ? h->facts[h->count - 1].now : h->facts[i].now, a = h->facts[i].a,
            time = h->facts[i].time;
    seg_text tag = text("sale");
    seg_value page = {.known = true, .as.text = text(pages[a % 6])};
    seg_value number = {.known = a % 5 != 0, .as.i = a}, real = {.known = a % 7 != 0, .as.f = (double)a / 32};
    seg_value fields[] = {{.known = true, .as.i = a - 100},
                          real,
                          {.known = true, .as.i = a % 2},
                          {.known = a % 3 != 0, .as.set = {&tag, 1}}};
    seg_value visits[] = {page, number}, flag = {.known = a % 4 != 0, .as.i = a % 2},
              joined = {.known = true, .as.i = time};
    seg_event event = {.event = h->facts[i].kind == 1,
                       .time = time,
                       .tie = (uint64_t)i + 1,
                       .fields = h->facts[i].kind == 1 ? fields : visits};
    const seg_value *value = h->facts[i].kind == 3 ? &flag : h->facts[i].kind == 4 ? &page : &joined;
    uint32_t attribute = (uint32_t)h->facts[i].kind - 3;
    seg_status status;
    if (h->facts[i].kind < 3)
        status = put ? seg_put_event(m->vm, state, &event, now, NULL, NULL)
                     : seg_apply_event(m->vm, state, &event, now, sink, NULL, NULL);
    else
        status =
            put ? seg_put_attribute(m->vm, state, attribute, value, time, (uint64_t)i + 1, 0, now, NULL, NULL)
                : seg_apply_attribute(m->vm, state, attribute, value, time, (uint64_t)i + 1, 0, now, sink,
                                      NULL, NULL);
    assert_int_equal(status, SEG_OK);
}

typedef struct watcher {
    bool member[8];
    int64_t last_at;
} watcher;

/* Every change turns the verdict around, and none is earlier than the one before. */
static void watch(void *user, const seg_change *changes, size_t count) {
    watcher *w = user;
    for (const seg_change *change = changes; change < changes + count; change++) {
        assert_true(w->member[change->segment] != change->entered);
        assert_true(change->at >= w->last_at && change->valid_until > change->at);
        w->member[change->segment] = change->entered;
        w->last_at = change->at;
    }
}

static void incremental_equals_batch(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    random_bits = 42;
    for (int round = 0; round < 400; round++) {
        history h;
        make_history(&h);
        seg_state live, batch;
        watcher w = {.last_at = SEG_TIME_MIN};
        seg_sink sink = {watch, &w};
        seg_state_init(m.vm, &live);
        seg_state_init(m.vm, &batch);
        for (int i = 0; i < h.count; i++) feed(&m, &live, &h, i, false, sink);
        for (int i = h.count; i > 0; i--) feed(&m, &batch, &h, i - 1, true, sink);
        int64_t now = h.facts[h.count - 1].now;
        assert_int_equal(seg_settle(m.vm, &batch, now, SEG_CAUSE_TIME, (seg_sink){NULL, NULL}), SEG_OK);
        for (uint32_t i = 0; i < 8; i++) {
            bool verdict;
            int64_t until, batch_until;
            assert_int_equal(seg_evaluate(m.vm, &batch, i, now, &verdict, &batch_until), SEG_OK);
            assert_int_equal(seg_state_is_member(m.vm, &live, i), verdict);
            assert_int_equal(w.member[i], verdict);
            assert_int_equal(seg_state_is_member(m.vm, &batch, i), verdict);
            assert_int_equal(seg_evaluate(m.vm, &live, i, now, &verdict, &until), SEG_OK);
            assert_int_equal(until, batch_until);
            if (until != SEG_NEVER) { /* exact: not before, and then indeed */
                bool before, after;
                int64_t ignored;
                seg_evaluate(m.vm, &live, i, until - 1, &before, &ignored);
                seg_evaluate(m.vm, &live, i, until, &after, &ignored);
                assert_true(before == verdict && after != verdict);
            }
        }
        assert_int_equal(seg_state_check(m.image, live.bytes, live.size_bytes, NULL), SEG_OK);
        assert_int_equal(seg_state_compact(m.vm, &live), SEG_OK);
        assert_int_equal(seg_state_compact(m.vm, &batch), SEG_OK);
        assert_int_equal(live.size_bytes, batch.size_bytes);
        assert_memory_equal(live.bytes, batch.bytes, live.size_bytes);
        seg_state_free(m.vm, &live);
        seg_state_free(m.vm, &batch);
    }
    close_machine(&m);
}

/* ---- memory -------------------------------------------------------------------------------------------- */

typedef struct meter {
    int resizes;
    int left; /* requests until one is refused; negative: never */
} meter;

static void *metered(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    meter *m = user;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    m->resizes++;
    if (m->left == 0) return NULL;
    if (m->left > 0) m->left--;
    return realloc(block, new_bytes);
}

static void growing_is_rare_and_leaves_no_holes(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    meter gauge = {0, -1};
    seg_allocator allocator = {metered, &gauge};
    seg_vm *vm;
    assert_int_equal(seg_vm_new(&vm, m.image, &allocator, NULL), SEG_OK);
    seg_state state;
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    seg_vm *first = m.vm;
    m.vm = vm;
    gauge.resizes = 0;
    random_bits = 7;
    for (int i = 0; i < 20000; i++) {
        int64_t now = start + i * (day / 50), time = dice(10) ? now : now - dice(300) * day;
        if (dice(2))
            order(&m, &state, i, 1.0, time, now);
        else
            visit(&m, &state, "/cart", time, 0, now);
        if (i % 1000 == 0)
            assert_int_equal(seg_state_check(m.image, state.bytes, state.size_bytes, NULL), SEG_OK);
    }
    assert_in_range(gauge.resizes, 5, 40);
    size_t grown = state.size_bytes;
    assert_int_equal(seg_state_compact(vm, &state), SEG_OK);
    assert_true(grown <= 5 * state.size_bytes);
    assert_int_equal(seg_state_check(m.image, state.bytes, state.size_bytes, NULL), SEG_OK);
    seg_state_free(vm, &state);
    seg_vm_free(vm);
    m.vm = first;
    close_machine(&m);
}

/* Whatever request is refused: the call fails, the state is as it was, and the next call succeeds. */
static void short_memory_changes_nothing(void **context) {
    (void)context;
    machine m;
    open_machine(&m);
    meter gauge = {0, -1};
    seg_allocator allocator = {metered, &gauge};
    seg_vm *vm, *first = m.vm;
    assert_int_equal(seg_vm_new(&vm, m.image, &allocator, NULL), SEG_OK);
    m.vm = vm;
    seg_state state, other;
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    assert_int_equal(seg_state_init(vm, &other), SEG_OK);
    seg_value fields[] = {
        {.known = true, .as.i = 5}, {.known = false}, {.known = true, .as.i = 0}, {.known = false}};
    int refused = 0;
    for (int i = 0; i < 300; i++) {
        seg_event event = {
            .event = 1, .time = start + i * day, .tie = 1, .message = (uint64_t)i + 1, .fields = fields};
        seg_status status;
        for (int left = 0;; left++) {
            gauge.left = left;
            status = seg_apply_event(vm, &state, &event, event.time, sink_of(&m), NULL, NULL);
            gauge.left = -1;
            if (status == SEG_OK) break;
            refused++;
            assert_int_equal(status, SEG_E_MEMORY);
            assert_int_equal(m.change_count, 0);
            assert_int_equal(seg_state_now(&state), i ? event.time - day : SEG_TIME_MIN);
            assert_int_equal(seg_state_check(m.image, state.bytes, state.size_bytes, NULL), SEG_OK);
        }
        event.message = 0;
        if (i % 3)
            assert_int_equal(seg_apply_event(vm, &other, &event, event.time, sink_of(&m), NULL, NULL),
                             SEG_OK);
    }
    assert_true(refused > 5);
    for (int left = 0;; left++) {
        gauge.left = left;
        seg_status status = seg_merge(vm, &state, &other, start + 300 * day, sink_of(&m));
        gauge.left = -1;
        if (status == SEG_OK) break;
        assert_int_equal(status, SEG_E_MEMORY);
        assert_int_equal(m.change_count, 0);
        assert_int_equal(seg_state_now(&state), start + 299 * day);
    }
    assert_int_equal(seg_state_check(m.image, state.bytes, state.size_bytes, NULL), SEG_OK);
    seg_state_free(vm, &other);
    seg_state_free(vm, &state);
    seg_vm_free(vm);
    m.vm = first;
    close_machine(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_founding_line),
        cmocka_unit_test(future_duplicate_and_old_facts),
        cmocka_unit_test(refused_facts_change_nothing),
        cmocka_unit_test(order_of_arrival_does_not_matter),
        cmocka_unit_test(merging_counts_a_shared_fact_once),
        cmocka_unit_test(erasing_leaves_nothing),
        cmocka_unit_test(totals_outlive_their_entries),
        cmocka_unit_test(months_go_by_the_calendar),
        cmocka_unit_test(probes_show_their_entries),
        cmocka_unit_test(incremental_equals_batch),
        cmocka_unit_test(growing_is_rare_and_leaves_no_holes),
        cmocka_unit_test(short_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
