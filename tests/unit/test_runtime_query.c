/* test_runtime_query.c - every window opcode over random entries, against a plain reading of the rules:
 * walk all facts, test each. And the promise that goes with a word: it does not change before `holds`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calendar.h>
#include <decay.h>
#include <seg.h>
#include <value.h>

#include "dice.h"
#include "image_builder.h"

enum { MOST = 40, BASE = 20115 }; /* 2025-01-27: the end of a short month, then changes of the clock */

static const int64_t day = SEG_DAY_MS, hour = 3600000;

typedef struct plain_fact {
    int64_t time, word;
    uint64_t tie;
} plain_fact;

typedef struct trial {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    seg_image_query query;
    seg_image_store store;
    seg_ins ins;
    int64_t anchor; /* SEG_MISSING: none */
    plain_fact facts[MOST];
    int count;
} trial;

/* ---- a plain reading ----------------------------------------------------------------------------- */

static bool is_inside(const trial *t, int64_t time, int64_t now) {
    const seg_image_query *q = &t->query;
    if (time > now) return false;
    switch (q->window) {
    case SEG_WINDOW_EVER: return true;
    case SEG_WINDOW_ROLLING:
        return seg_calendar_shift(t->image, time, q->to_months, q->to_ms) <= now &&
               now < seg_calendar_shift(t->image, time, q->from_months, q->from_ms);
    case SEG_WINDOW_SINCE: return t->anchor != SEG_MISSING && time >= t->anchor;
    case SEG_WINDOW_WITHIN:
        return t->anchor != SEG_MISSING && time >= t->anchor &&
               time <= seg_calendar_shift(t->image, t->anchor, q->from_months, q->from_ms);
    default: return time >= q->from_ms && time < q->to_ms;
    }
}

static int compare_facts(const void *a, const void *b) {
    const plain_fact *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    if (x->tie != y->tie) return x->tie < y->tie ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static int64_t plain_word(const trial *t, int64_t now) {
    int64_t inside[MOST], sum = 0, known = 0, best = SEG_MISSING, distinct = 0, count = 0;
    double real_sum = 0.0;
    bool is_float = t->store.float_fields & 1, greatest = t->ins.op == SEG_OP_MAX || t->ins.op == SEG_OP_MAXF;
    for (int i = 0; i < t->count; i++) {
        if (!is_inside(t, t->facts[i].time, now)) continue;
        int64_t word = t->query.field == SEG_FIELD_TIME ? t->facts[i].time : t->facts[i].word;
        inside[count++] = word;
        if (word == SEG_MISSING) continue;
        bool seen = false;
        for (int64_t j = 0; j < count - 1; j++) seen |= inside[j] == word;
        distinct += !seen;
        known++;
        if (is_float) real_sum += seg_word_float(word);
        else sum += word;
        bool better = is_float ? seg_word_float(word) > seg_word_float(best) : word > best;
        if (best == SEG_MISSING || (better == greatest && word != best)) best = word;
    }
    switch (t->ins.op) {
    case SEG_OP_COUNT: return count;
    case SEG_OP_ANY: return count > 0;
    case SEG_OP_COUNT_GE: return count >= t->ins.imm;
    case SEG_OP_SUM: return sum;
    case SEG_OP_SUM_GE: return sum >= t->ins.imm;
    case SEG_OP_DISTINCT_GE: return distinct >= t->ins.imm;
    case SEG_OP_SUMF: return seg_float_word(real_sum);
    case SEG_OP_KNOWN: return known;
    case SEG_OP_DISTINCT: return distinct;
    case SEG_OP_NEWEST: return count ? inside[count - 1] : SEG_MISSING;
    case SEG_OP_OLDEST: return count ? inside[0] : SEG_MISSING;
    default: return best;
    }
}

/* ---- a random question --------------------------------------------------------------------------- */

static void random_window(trial *t) {
    seg_image_query *q = &t->query;
    q->window = (uint8_t)dice(5);
    if (q->window == SEG_WINDOW_BETWEEN) {
        q->from_ms = (BASE + dice(400)) * day;
        q->to_ms = q->from_ms + dice(300) * day;
    }
    if (q->window == SEG_WINDOW_WITHIN || q->window == SEG_WINDOW_ROLLING) {
        if (dice(2)) q->from_months = (int32_t)(1 + dice(5));
        if (dice(2) || q->from_months == 0) q->from_ms = 1 + dice(60) * day + dice(3) * hour;
    }
    if (q->window == SEG_WINDOW_ROLLING && dice(2)) {
        q->to_months = q->from_months ? (int32_t)dice(q->from_months) : 0;
        if (dice(2) && q->from_ms) q->to_ms = dice(q->from_ms);
    }
}

/* A store that just about answers the question. */
static void random_store(trial *t) {
    seg_image_store *s = &t->store;
    const seg_image_query *q = &t->query;
    uint8_t op = t->ins.op;
    bool newest_only = op == SEG_OP_ANY || op == SEG_OP_COUNT_GE || op == SEG_OP_NEWEST;
    bool ends_now = q->window == SEG_WINDOW_EVER || q->window == SEG_WINDOW_SINCE ||
                    (q->window == SEG_WINDOW_ROLLING && q->to_months == 0 && q->to_ms == 0);
    bool reads_field =
        op == SEG_OP_SUM || op == SEG_OP_SUM_GE || op == SEG_OP_MIN || op == SEG_OP_MAX || op == SEG_OP_KNOWN;
    *s = (seg_image_store){.identity = 1, .horizon_ms = SEG_NEVER, .width = 1};
    if (op == SEG_OP_SUMF || op == SEG_OP_MINF || op == SEG_OP_MAXF) s->float_fields = 1;
    if (q->window == SEG_WINDOW_ROLLING && dice(4))
        s->horizon_ms = q->from_months * 31 * day + (q->from_months ? day : 0) + q->from_ms;
    if (newest_only && ends_now && dice(4)) s->keep = op == SEG_OP_COUNT_GE ? (uint32_t)t->ins.imm : 1;
    if (s->keep && q->from_months) s->flags = SEG_STORE_CALENDAR;
    bool can_fold = op != SEG_OP_SUMF && op != SEG_OP_DISTINCT && op != SEG_OP_DISTINCT_GE &&
                    !(reads_field && q->field == SEG_FIELD_TIME);
    if (q->window == SEG_WINDOW_EVER && can_fold && dice(2)) {
        s->flags = SEG_STORE_FOLD;
        s->keep = (uint32_t)dice(4);
        if (op != SEG_OP_NEWEST && dice(2)) s->horizon_ms = 1 + dice(60) * day;
    }
}

static void random_question(trial *t) {
    static const uint8_t ops[] = {SEG_OP_COUNT,  SEG_OP_ANY,    SEG_OP_COUNT_GE,   SEG_OP_SUM,
                                  SEG_OP_SUMF,   SEG_OP_MIN,    SEG_OP_MAX,        SEG_OP_MINF,
                                  SEG_OP_MAXF,   SEG_OP_KNOWN,  SEG_OP_DISTINCT,   SEG_OP_NEWEST,
                                  SEG_OP_OLDEST, SEG_OP_SUM_GE, SEG_OP_DISTINCT_GE};
    memset(t, 0, sizeof *t);
    t->ins = (seg_ins){.op = ops[dice(sizeof ops)]};
    if (t->ins.op == SEG_OP_COUNT_GE) t->ins.imm = 1 + dice(4);
    if (t->ins.op == SEG_OP_DISTINCT_GE) t->ins.imm = 1 + dice(3);
    if (t->ins.op == SEG_OP_SUM_GE) t->ins.imm = dice(12) - 3;
    random_window(t);
    bool floats = t->ins.op == SEG_OP_SUMF || t->ins.op == SEG_OP_MINF || t->ins.op == SEG_OP_MAXF;
    bool sums = t->ins.op == SEG_OP_SUM || t->ins.op == SEG_OP_SUM_GE || t->ins.op == SEG_OP_MIN ||
                t->ins.op == SEG_OP_MAX || t->ins.op == SEG_OP_KNOWN;
    t->query.field = floats || sums || dice(2) ? 0 : SEG_FIELD_TIME;
    random_store(t);
    t->anchor = dice(5) ? (BASE + dice(400)) * day : SEG_MISSING;
}

static void build(trial *t) {
    image_builder builder;
    seg_buffer bytes;
    seg_error error;
    builder_init(&builder);
    builder_zone_berlin(&builder);
    builder_store(&builder, t->store);
    builder_query(&builder, t->query);
    uint32_t value = BUILDER_PROGRAM(&builder, SEG_CONTEXT_FACT, {.op = SEG_OP_FIELD}, {.op = SEG_OP_RET});
    bool anchored = t->query.window == SEG_WINDOW_SINCE || t->query.window == SEG_WINDOW_WITHIN;
    t->ins.a = 1;
    t->ins.b = anchored ? 2 : 0;
    uint32_t program =
        BUILDER_PROGRAM(&builder, SEG_CONTEXT_STATE, {.op = SEG_OP_LOADI, .a = 2, .imm = t->anchor}, t->ins,
                        {.op = SEG_OP_RET, .a = 1});
    seg_image_field field = builder_field(&builder, "x", t->store.float_fields ? SEG_FLOAT : SEG_INT);
    seg_run feeds = {builder_feed(&builder, 0, SEG_NONE, &value, 1), 1};
    builder_event(&builder, "e", &field, 1, feeds, NULL, 0);
    seg_image_probe_record probe = {
        .program = program, .query = SEG_NONE, .inner = SEG_NONE, .type = SEG_INT};
    builder_segment(&builder, "s", program);
    builder_add(&builder, SEG_SECTION_PROBES, &probe, 1);
    seg_image_segment_record *segment = (void *)builder.sections[SEG_SECTION_SEGMENTS].bytes;
    segment->probes.count = 1;
    builder_finish(&builder, &bytes);
    if (seg_image_load(&t->image, bytes.bytes, bytes.size_bytes, NULL, &error) != SEG_OK)
        fail_msg("%s", error.message);
    seg_buffer_free(&bytes);
    builder_free(&builder);
    assert_int_equal(seg_vm_new(&t->vm, t->image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(t->vm, &t->state), SEG_OK);
}

/* Facts arrive out of order while time goes on. The plain reading gets all but those that are too old. */
static int64_t take_facts(trial *t) {
    int64_t now = (BASE + dice(3) * (50 + dice(60))) * day;
    int count = (int)dice(MOST);
    for (int i = 0; i < count; i++) {
        now += dice(2) ? dice(10) * day : dice(3) * hour;
        int64_t time = dice(3) ? now : now + (dice(40) - 30) * day + (dice(3) - 1) * hour;
        int64_t word = dice(6) ? dice(12) - 3 : SEG_MISSING;
        seg_value value = {.known = word != SEG_MISSING, .as.i = word};
        if (t->store.float_fields && value.known) {
            value.as.f = (double)word / 8;
            word = seg_float_word(value.as.f);
        }
        seg_event event = {.event = 0, .time = time, .tie = (uint64_t)dice(3) + 1, .fields = &value};
        seg_outcome outcome;
        assert_int_equal(
            seg_apply_event(t->vm, &t->state, &event, now, (seg_sink){NULL, NULL}, &outcome, NULL), SEG_OK);
        t->facts[t->count++] = (plain_fact){time, word, event.tie};
    }
    qsort(t->facts, (size_t)t->count, sizeof *t->facts, compare_facts);
    return now;
}

static void every_opcode_over_every_window(void **context) {
    (void)context;
    for (int round = 0; round < 6000; round++) {
        trial t;
        random_question(&t);
        build(&t);
        int64_t at = take_facts(&t);
        if (dice(3) == 0) assert_int_equal(seg_state_compact(t.vm, &t.state), SEG_OK);
        assert_int_equal(seg_state_check(t.image, t.state.bytes, t.state.size_bytes, NULL), SEG_OK);
        for (int step = 0; step < 12; step++) {
            seg_value value;
            int64_t holds;
            seg_probe_at where = {.now = at};
            assert_int_equal(seg_probe_value(t.vm, &t.state, &where, &value, &holds), SEG_OK);
            int64_t word = value.known ? value.as.i : SEG_MISSING, plain = plain_word(&t, at);
            if (word != plain)
                fail_msg("round %d: %s over window %u: %lld, not %lld", round, seg_op_table[t.ins.op].name,
                         t.query.window, (long long)word, (long long)plain);
            assert_true(holds > at);
            /* The word holds up to the instant before, and at some instants between. */
            int64_t end = holds == SEG_NEVER ? at + 400 * day : holds - 1;
            assert_int_equal(plain_word(&t, end), word);
            for (int i = 0; i < 4 && end > at; i++)
                assert_int_equal(plain_word(&t, at + dice(end - at)), word);
            at = dice(3) == 0 ? at + dice(9) * day : holds == SEG_NEVER ? at + day : holds;
        }
        seg_state_free(t.vm, &t.state);
        seg_vm_free(t.vm);
        seg_image_free(t.image);
    }
}

static void stores_that_cannot_answer_are_refused(void **context) {
    (void)context;
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
        trial t;
        random_question(&t);
        t.store.keep = (uint32_t)dice(3);
        t.store.horizon_ms = dice(2) ? SEG_NEVER : 1 + dice(100) * day;
        t.store.flags = (uint8_t)dice(4);
        image_builder builder;
        builder_init(&builder);
        builder_zone_berlin(&builder);
        builder_store(&builder, t.store);
        builder_query(&builder, t.query);
        BUILDER_PROGRAM(&builder, SEG_CONTEXT_STATE, t.ins, {.op = SEG_OP_RET});
        seg_buffer bytes;
        builder_finish(&builder, &bytes);
        seg_error error;
        seg_status status = seg_image_load(&t.image, bytes.bytes, bytes.size_bytes, NULL, &error);
        if (status == SEG_OK) seg_image_free(t.image);
        else assert_int_equal(status, SEG_E_IMAGE);
        refused += status != SEG_OK;
        seg_buffer_free(&bytes);
        builder_free(&builder);
    }
    assert_in_range(refused, 500, 2900);
}

/* A weight never grows with age, is halved by a half life, and is close to what it stands for. */
static void test_weights(void **state) {
    (void)state;
    const int64_t half_lives[] = {1, 2, 7, 65536, 604800000, INT64_C(7885000000000)};
    for (size_t h = 0; h < sizeof half_lives / sizeof *half_lives; h++) {
        int64_t half = half_lives[h], step = half / 70000 + 1, before = INT64_C(1) << 40;
        assert_int_equal(seg_decay_weight(0, half), before);
        assert_int_equal(seg_decay_weight(half, half), before / 2);
        assert_int_equal(seg_decay_weight(39 * half, half), 2);
        assert_int_equal(seg_decay_weight(40 * half, half), 0);
        for (int64_t age = 0; age < 2 * half; age += step) {
            int64_t weight = seg_decay_weight(age, half);
            assert_true(weight <= before && weight > 0);
            before = weight;
        }
    }
    assert_int_equal(seg_decay_weight(500, 1000) >> 10, 759250124); /* 2^30 / sqrt(2) */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(every_opcode_over_every_window),
        cmocka_unit_test(stores_that_cannot_answer_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
