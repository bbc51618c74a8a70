/* named.c - bugs that other systems had, each as a test of its own, with the place where it was
 * reported. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/proof/segproof.h"
#include "../../engine/engine.h"
#include "almanac.h"
#include "law.h"

#define HOUR INT64_C(3600000)
#define DAY SEG_DAY_MS

typedef struct person { /* one workspace, one profile */
    seg_workspace workspace;
    seg_case c;
    seg_state state;
    seg_change_log log;
} person;

static int64_t utc(int64_t year, int month, int day) {
    return seg_almanac_days(year, month, day) * DAY;
}

static void open_person(person *p, const char *source) {
    *p = (person){.workspace = {.part_count = 1}};
    p->workspace.parts[0] = strdup(source);
    assert_non_null(p->workspace.parts[0]);
    if (!seg_case_open(&p->c, &p->workspace))
        fail_msg("refused: %s", p->c.diags.first != NULL ? p->c.diags.first->message : "?");
    assert_int_equal(seg_state_init(p->c.vm, &p->state), SEG_OK);
}

static void close_person(person *p) {
    seg_state_free(p->c.vm, &p->state);
    seg_change_log_free(&p->log);
    seg_case_close(&p->c);
    seg_workspace_free(&p->workspace);
}

static seg_text text_of(const char *words) {
    return (seg_text){words, strlen(words)};
}

static seg_event event_of(const person *p, const char *source, int64_t time, const char *id,
                          const seg_value *fields) {
    seg_event event = {
        .event = seg_image_find_event(p->c.image, text_of(source)), .time = time, .fields = fields};
    assert_int_not_equal(event.event, SEG_NONE);
    event.tie = seg_message_tie(text_of(id));
    event.message = id[0] != '\0' ? (uint64_t)seg_text_word(text_of(id)) : 0;
    return event;
}

static seg_outcome send_at(person *p, const char *source, int64_t time, const char *id,
                           const seg_value *fields, int64_t now) {
    seg_outcome outcome = SEG_APPLIED;
    seg_event event = event_of(p, source, time, id, fields);
    seg_sink sink = {seg_change_log_add, &p->log};
    assert_int_equal(seg_apply_event(p->c.vm, &p->state, &event, now, sink, &outcome, NULL), SEG_OK);
    return outcome;
}

static void send(person *p, int64_t time) {
    send_at(p, "E", time, "", NULL, time);
}

static void set_at(person *p, const char *name, seg_value value, int64_t time) {
    uint32_t attribute = seg_image_find_attribute(p->c.image, text_of(name));
    seg_sink sink = {seg_change_log_add, &p->log};
    assert_int_not_equal(attribute, SEG_NONE);
    assert_int_equal(
        seg_apply_attribute(p->c.vm, &p->state, attribute, &value, time, 0, 0, time, sink, NULL, NULL),
        SEG_OK);
}

static void advance(person *p, int64_t now) {
    seg_sink sink = {seg_change_log_add, &p->log};
    assert_int_equal(seg_advance(p->c.vm, &p->state, now, sink), SEG_OK);
}

static bool in_at(const person *p, const char *name, int64_t at) {
    uint32_t segment = seg_image_find_segment(p->c.image, text_of(name));
    bool verdict = false;
    int64_t until;
    assert_int_not_equal(segment, SEG_NONE);
    assert_int_equal(seg_evaluate(p->c.vm, &p->state, segment, at, &verdict, &until), SEG_OK);
    return verdict;
}

static bool is_in(const person *p, const char *name) {
    uint32_t segment = seg_image_find_segment(p->c.image, text_of(name));
    bool verdict = in_at(p, name, seg_state_now(&p->state));
    assert_int_equal(verdict, seg_state_is_member(p->c.vm, &p->state, segment));
    return verdict;
}

static seg_value number_of(int64_t i) {
    return (seg_value){.known = true, .as.i = i};
}

static seg_value float_of(double f) {
    return (seg_value){.known = true, .as.f = f};
}

/* ---- Windows and calendars -------------------- */

/* matrixorigin/matrixone#26984, timescale/timescaledb#8998: an hour is an hour when clocks change. */
static void test_hours_at_clock_changes(void **unused) {
    (void)unused;
    static const int64_t days[2][3] = {{2025, 3, 30}, {2025, 10, 26}};
    for (int i = 0; i < 2; i++) {
        person p;
        open_person(&p, "timezone \"Europe/Berlin\" event e from \"E\" segment twice: e(1h) >= 2 "
                        "segment one_day: active days(e, 7d) == 1");
        int64_t change = utc(days[i][0], (int)days[i][1], (int)days[i][2]) + HOUR; /* 01:00 UTC */
        send(&p, change - HOUR / 2);
        send(&p, change + HOUR / 2 - 1);
        assert_true(is_in(&p, "twice"));
        assert_true(is_in(&p, "one_day"));
        assert_false(in_at(&p, "twice", change + HOUR / 2));
        assert_true(in_at(&p, "one_day", change + 22 * HOUR));
        close_person(&p);
    }
}

/* timescale/timescaledb#8998: the long day at the end of summer time is one day, with 25 hours. */
static void test_long_day_is_one_day(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "timezone \"Europe/Berlin\" event e from \"E\" segment days: active days(e, 7d) == 1");
    int64_t midnight = utc(2025, 10, 25) + 22 * HOUR;
    send(&p, midnight);
    send(&p, midnight + 25 * HOUR - 1);
    assert_true(is_in(&p, "days"));
    send(&p, midnight + 25 * HOUR);
    assert_false(is_in(&p, "days"));
    close_person(&p);
}

/* lau/tzdata#177: a change of the law counts from its instant on, and not for instants before. */
static void test_offset_changes_at_its_instant(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "timezone \"Asia/Kathmandu\" event e from \"E\" segment s: any e(1d)");
    int64_t change = utc(1985, 12, 31) + 18 * HOUR + HOUR / 2; /* +05:30 to +05:45 at local midnight */
    assert_int_equal(seg_image_local_date(p.c.image, change - 1), seg_almanac_days(1985, 12, 31));
    assert_int_equal(seg_image_local_date(p.c.image, change), seg_almanac_days(1986, 1, 1));
    assert_int_equal(seg_image_date_start(p.c.image, seg_almanac_days(1986, 1, 1)), change);
    assert_int_equal(seg_image_date_start(p.c.image, seg_almanac_days(1986, 1, 2)),
                     change + 24 * HOUR - HOUR / 4);
    close_person(&p);
}

/* MonetDB/MonetDB#7227: 31 May and a month is 30 June. */
static void test_month_ends_are_clamped(void **unused) {
    (void)unused;
    static const int dates[][6] = {{2025, 5, 31, 2025, 6, 30},
                                   {2025, 1, 31, 2025, 2, 28},
                                   {2024, 1, 31, 2024, 2, 29},
                                   {2025, 12, 31, 2026, 1, 31}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        person p;
        open_person(&p, "event e from \"E\" segment month: any e(1mo) segment year: any e(1y)");
        const int *d = dates[i];
        send(&p, utc(d[0], d[1], d[2]));
        assert_true(in_at(&p, "month", utc(d[3], d[4], d[5]) - 1));
        assert_false(in_at(&p, "month", utc(d[3], d[4], d[5])));
        close_person(&p);
    }
    person p;
    open_person(&p, "event e from \"E\" segment year: any e(1y)");
    send(&p, utc(2024, 2, 29));
    assert_true(in_at(&p, "year", utc(2025, 2, 28) - 1));
    assert_false(in_at(&p, "year", utc(2025, 2, 28)));
    close_person(&p);
}

/* Months that end at a wall-clock time which is skipped go forward by the gap, and at one that comes twice
 * to the first of the two. */
static void test_months_over_clock_changes(void **unused) {
    (void)unused;
    const int64_t begins[] = {utc(2025, 1, 30) + 90 * 60000, utc(2025, 8, 26) + 30 * 60000}; /* 02:30 local */
    const int64_t ends[] = {utc(2025, 3, 30) + 90 * 60000, utc(2025, 10, 26) + 30 * 60000};
    for (int i = 0; i < 2; i++) {
        person p;
        open_person(&p, "timezone \"Europe/Berlin\" event e from \"E\" segment s: any e(2mo)");
        send(&p, begins[i]);
        assert_true(in_at(&p, "s", ends[i] - 1));
        assert_false(in_at(&p, "s", ends[i]));
        close_person(&p);
    }
}

/* odysseus-dev/odysseus#2128: a fact on the border of two windows is in one of them. */
static void test_border_is_in_one_window(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment near: any e(30d) segment far: any e(60d to 30d ago) "
                    "segment both: any e(60d)");
    send(&p, utc(2025, 3, 1));
    for (int64_t at = utc(2025, 3, 31) - 2; at <= utc(2025, 3, 31) + 2; at++)
        assert_int_not_equal(in_at(&p, "near", at), in_at(&p, "far", at));
    assert_true(in_at(&p, "far", utc(2025, 4, 30) - 1));
    assert_false(in_at(&p, "far", utc(2025, 4, 30)));
    assert_false(in_at(&p, "both", utc(2025, 4, 30)));
    close_person(&p);
}

/* BTrDB/btrdb-server#45: a window holds its newest instant and not its oldest. */
static void test_window_ends(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment s: e(30d) >= 1 segment few: e(30d) < 1");
    send(&p, utc(2025, 3, 1));
    assert_true(is_in(&p, "s"));
    assert_true(in_at(&p, "s", utc(2025, 3, 31) - 1));
    assert_false(in_at(&p, "s", utc(2025, 3, 31)));
    advance(&p, utc(2025, 12, 31));
    assert_int_equal(p.log.count, 3);
    assert_int_equal(p.log.items[1].at, utc(2025, 3, 31));
    assert_int_equal(p.log.items[2].at, utc(2025, 3, 31));
    close_person(&p);
}

/* apereo/cas#3212: thirty days in milliseconds do not fit into 32 bits. */
static void test_long_windows(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment month: any e(30d) segment decade: any e(3650d) "
                    "segment ages: any e(200000d)");
    send(&p, utc(2025, 3, 1));
    assert_true(in_at(&p, "month", utc(2025, 3, 26)));
    assert_true(in_at(&p, "decade", utc(2025, 3, 1) + 3650 * DAY - 1));
    assert_false(in_at(&p, "decade", utc(2025, 3, 1) + 3650 * DAY));
    assert_true(in_at(&p, "ages", utc(2500, 1, 1)));
    close_person(&p);
}

/* Hours of 2025 from the first of March, which was a Saturday, in UTC. */
static bool is_weekend(int64_t hour) { return hour / 24 % 7 < 2; }
static bool is_night(int64_t hour) { return hour % 24 < 6 || hour % 24 >= 22; }
static bool is_late_in_month(int64_t hour) { return hour / 24 % 31 >= 27; }
static bool is_chosen(int64_t hour) { return hour % 24 < 12 ? hour < 2 * 24 : hour < 5 * 24; }
static bool is_settled(int64_t hour) { return hour < 2 * 24; }

/* A rule on the clock changes when the clock does, and what can be known of that is known beforehand. */
static void test_parts_of_now_flip_on_time(void **unused) {
    (void)unused;
    static const struct {
        const char *name;
        bool (*holds)(int64_t hour);
    } parts[] = {{"weekend", is_weekend}, {"night", is_night}, {"late", is_late_in_month},
                 {"chosen", is_chosen},   {"settled", is_settled}};
    enum { HOURS = 40 * 24 };
    person p;
    open_person(&p, "event e from \"E\" "
                    "segment weekend: weekday of now == saturday or weekday of now == sunday "
                    "segment night: hour of now < 6 or hour of now >= 22 "
                    "segment late: day of month of now >= 28 "
                    "segment chosen: if hour of now < 12 then any e(2d) else any e(5d) "
                    "segment settled: if hour of now < 12 then any e(2d) else e(48h) == 1");
    int64_t start = utc(2025, 3, 1);
    send(&p, start);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint32_t segment = seg_image_find_segment(p.c.image, text_of(parts[i].name));
        for (int64_t hour = 0, flips; hour < HOURS; hour++) {
            bool verdict;
            int64_t until;
            seg_status status =
                seg_evaluate(p.c.vm, &p.state, segment, start + hour * HOUR, &verdict, &until);
            assert_int_equal(status, SEG_OK);
            assert_int_equal(verdict, parts[i].holds(hour));
            for (flips = hour + 1; flips < HOURS && parts[i].holds(flips) == verdict;) flips++;
            if (flips < HOURS) assert_int_equal(until, start + flips * HOUR);
        }
    }
    close_person(&p);
}

/* A fiscal year has the name of the year in which it ends. */
static void test_fiscal_years_are_named_by_their_end(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "fiscal year starts april event e from \"E\" "
                    "segment of_2026: any e(ever) and fiscal year of now == 2026");
    send(&p, utc(2025, 1, 1));
    assert_false(in_at(&p, "of_2026", utc(2025, 4, 1) - 1));
    assert_true(in_at(&p, "of_2026", utc(2025, 4, 1)));
    assert_true(in_at(&p, "of_2026", utc(2026, 4, 1) - 1));
    assert_false(in_at(&p, "of_2026", utc(2026, 4, 1)));
    close_person(&p);
}

/* ---- Numbers -------------------- */

/* trinodb/trino#30600: a sum that leaves its range stays at the end, and is counted. */
static void test_sums_do_not_wrap(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { n: int } segment big: sum(e.n, 30d) > 9000000000000000000 "
                    "segment back: sum(e.n, 30d) == 0 segment more: sum(e.n, 30d) + 1 > 0");
    seg_value most = number_of(INT64_MAX), least = number_of(-INT64_MAX);
    send_at(&p, "E", utc(2025, 3, 1), "", &most, utc(2025, 3, 1));
    send_at(&p, "E", utc(2025, 3, 2), "", &most, utc(2025, 3, 2));
    assert_true(is_in(&p, "big"));
    assert_true(is_in(&p, "more"));
    seg_vm_counters counters;
    seg_vm_counters_get(p.c.vm, &counters);
    assert_true(counters.arithmetic_faults > 0);
    /* The sum itself is exact: what comes back brings it back. */
    send_at(&p, "E", utc(2025, 3, 3), "", &least, utc(2025, 3, 3));
    send_at(&p, "E", utc(2025, 3, 4), "", &least, utc(2025, 3, 4));
    assert_true(is_in(&p, "back"));
    close_person(&p);
}

/* What comes later can take a sum back below what it had reached, and what leaves lift it again. */
static void test_sums_turn_back(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { n: int } segment big: sum(e.n, 30d) > 10");
    static const int64_t amounts[] = {20, -15, 15, 5, -9}, flips[] = {1, 2, 3, 31, 32, 33};
    for (int i = 0; i < 5; i++) {
        seg_value value = number_of(amounts[i]);
        send_at(&p, "E", utc(2025, 3, 1 + i), "", &value, utc(2025, 3, 1 + i));
    }
    advance(&p, utc(2025, 12, 31));
    assert_int_equal(p.log.count, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(p.log.items[i].at, utc(2025, 3, 1) + (flips[i] - 1) * 24 * HOUR);
    close_person(&p);
}

/* pola-rs/polars#24738: what left the window leaves nothing in the sum. */
static void test_float_sums_do_not_drift(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { f: float } segment nothing: sum(e.f, 1d) == 0.0");
    static const double steps[] = {0.1, 0.2, 0.3, 1e16, -1e16, 0.7, -0.4};
    for (int i = 0; i < 200; i++) {
        seg_value value = float_of(steps[i % 7]);
        send_at(&p, "E", utc(2025, 3, 1) + i * HOUR, "", &value, utc(2025, 3, 1) + i * HOUR);
    }
    advance(&p, utc(2025, 3, 1) + 199 * HOUR + DAY);
    assert_true(is_in(&p, "nothing"));
    close_person(&p);
}

/* memgraph/memgraph#4676: what is no number does not get in. */
static void test_not_a_number_is_refused(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { f: float } segment s: max(e.f, ever) ?? 0.0 > 1.0");
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        seg_value value = float_of(bad[i]);
        seg_event event = event_of(&p, "E", utc(2025, 3, 1), "7", &value);
        seg_error error;
        assert_int_equal(
            seg_apply_event(p.c.vm, &p.state, &event, utc(2025, 3, 1), (seg_sink){NULL, NULL}, NULL, &error),
            SEG_E_FACT);
    }
    /* openmeterio/openmeter#5118: the refused fact did not use up its id. */
    seg_value good = float_of(2.0);
    assert_int_equal(send_at(&p, "E", utc(2025, 3, 1), "7", &good, utc(2025, 3, 1)), SEG_APPLIED);
    assert_int_equal(send_at(&p, "E", utc(2025, 3, 1), "7", &good, utc(2025, 3, 1)), SEG_DUPLICATE);
    assert_true(is_in(&p, "s"));
    close_person(&p);
}

/* kaappi/kaappi#80: without case means case folding, not lower case. */
static void test_case_folding(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { t: text } segment s: any e(ever where t matches /^s$/i) "
                    "segment mu: any e(ever where t matches /^\\u{b5}$/i)");
    seg_value long_s = {.known = true, .as.text = text_of("\xC5\xBF")},
              mu = {.known = true, .as.text = text_of("\xCE\xBC")};
    send_at(&p, "E", utc(2025, 3, 1), "", &long_s, utc(2025, 3, 1));
    assert_true(is_in(&p, "s"));
    assert_false(is_in(&p, "mu"));
    send_at(&p, "E", utc(2025, 3, 2), "", &mu, utc(2025, 3, 2));
    assert_true(is_in(&p, "mu"));
    close_person(&p);
}

/* ---- Facts out of order -------------------- */

/* turbolytics/sql-flow#358: one clock that is ahead does not make the others late. */
static void test_future_fact_harms_nobody(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment s: e(30d) >= 2");
    send_at(&p, "E", utc(2035, 1, 1), "", NULL, utc(2025, 1, 1));
    send(&p, utc(2025, 3, 1));
    assert_false(is_in(&p, "s"));
    send(&p, utc(2025, 3, 2));
    assert_true(is_in(&p, "s"));
    assert_int_equal(p.log.count, 1);
    assert_false(p.log.items[0].late);
    close_person(&p);
}

/* apache/unomi#160: past events count by their own time, not by when they came in. */
static void test_past_events_count_by_their_time(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment recent: any e(30d) segment old: any e(90d to 30d ago)");
    send_at(&p, "E", utc(2025, 3, 1), "", NULL, utc(2025, 5, 1));
    assert_false(is_in(&p, "recent"));
    assert_true(is_in(&p, "old"));
    assert_true(p.log.items[0].late);
    close_person(&p);
}

/* laminardb/laminardb#65: what no window can see any more is dropped, and counted. */
static void test_too_old_is_dropped_and_counted(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" segment s: any e(30d)");
    send(&p, utc(2025, 5, 1));
    size_t size = p.state.size_bytes;
    assert_int_equal(send_at(&p, "E", utc(2025, 3, 1), "", NULL, utc(2025, 5, 1)), SEG_TOO_OLD);
    seg_vm_counters counters;
    seg_vm_counters_get(p.c.vm, &counters);
    assert_int_equal(counters.facts_too_old, 1);
    assert_int_equal(p.state.size_bytes, size);
    assert_int_equal(p.log.count, 1);
    close_person(&p);
}

/* ClickHouse/ClickHouse#21835: facts of one instant all count, in the order of their ids. */
static void test_same_instant(void **unused) {
    (void)unused;
    for (int turned = 0; turned < 2; turned++) {
        person p;
        open_person(
            &p,
            "event e from \"E\" { n: int } segment three: e(1d) == 3 "
            "segment last: any e(ever) and last(e.n) == 30 segment first: any e(ever) and first(e.n) == 10");
        for (int i = 0; i < 3; i++) {
            static const char *const ids[] = {"m-9", "m-10", "m-11"};
            int which = turned ? 2 - i : i;
            seg_value value = number_of(10 + 10 * which);
            send_at(&p, "E", utc(2025, 3, 1), ids[which], &value, utc(2025, 3, 1));
        }
        assert_true(is_in(&p, "three"));
        assert_true(is_in(&p, "last"));
        assert_true(is_in(&p, "first"));
        close_person(&p);
    }
}

/* tursodatabase/turso#8531: a window that was emptied fills again. */
static void test_emptied_window_fills_again(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event e from \"E\" { n: int } segment s: sum(e.n, 1d) >= 5 segment m: any e(1d) and "
                    "max(e.n, 1d) >= 5");
    seg_value five = number_of(5);
    for (int i = 0; i < 3; i++) {
        send_at(&p, "E", utc(2025, 3, 1) + i * 2 * DAY, "", &five, utc(2025, 3, 1) + i * 2 * DAY);
        assert_true(is_in(&p, "s"));
        assert_true(is_in(&p, "m"));
        advance(&p, utc(2025, 3, 2) + i * 2 * DAY);
        assert_false(is_in(&p, "s"));
        assert_false(is_in(&p, "m"));
    }
    assert_int_equal(p.log.count, 12);
    close_person(&p);
}

/* apache/flink#25033: when the last window has closed, nothing is left and no timer runs. */
static void test_windows_clean_up(void **unused) {
    (void)unused;
    person p;
    open_person(
        &p, "event e from \"E\" { n: int } segment s: sum(e.n, 7d) > 10 segment d: distinct(e.n, 30d) >= 2");
    assert_int_equal(seg_state_compact(p.c.vm, &p.state), SEG_OK);
    for (int i = 0; i < 1000; i++) {
        seg_value value = number_of(i % 7);
        send_at(&p, "E", utc(2025, 3, 1) + i * HOUR, "", &value, utc(2025, 3, 1) + i * HOUR);
    }
    advance(&p, utc(2026, 3, 1));
    assert_int_equal(seg_state_deadline(&p.state), SEG_NEVER);
    assert_int_equal(seg_state_compact(p.c.vm, &p.state), SEG_OK);
    assert_true(p.state.size_bytes <= p.c.info.state_bytes_min + 64);
    close_person(&p);
}

/* prometheus/prometheus#3376: loading the same rules again keeps what is pending. */
static void test_reload_keeps_state(void **unused) {
    (void)unused;
    const char *rules = "event e from \"E\" segment s: e(30d) < 2";
    person p, again;
    open_person(&p, rules);
    open_person(&again, rules);
    send(&p, utc(2025, 3, 1));
    send(&p, utc(2025, 3, 2));
    seg_error error;
    assert_int_equal(seg_state_check(again.c.image, p.state.bytes, p.state.size_bytes, &error), SEG_OK);
    seg_sink sink = {seg_change_log_add, &again.log};
    assert_int_equal(seg_advance(again.c.vm, &p.state, utc(2025, 12, 1), sink), SEG_OK);
    assert_int_equal(again.log.count, 1);
    assert_int_equal(again.log.items[0].at, utc(2025, 3, 31));
    close_person(&again);
    close_person(&p);
}

/* ---- People -------------------- */

/* Tracardi/tracardi#850: what both profiles know counts once after the merge. */
static void test_merge_does_not_double(void **unused) {
    (void)unused;
    person a, b;
    const char *rules =
        "event e from \"E\" { n: int } segment two: e(30d) == 2 segment sum: sum(e.n, 30d) == 30";
    open_person(&a, rules);
    open_person(&b, rules);
    seg_value ten = number_of(10), twenty = number_of(20);
    send_at(&a, "E", utc(2025, 3, 1), "m1", &ten, utc(2025, 3, 1));
    send_at(&b, "E", utc(2025, 3, 1), "m1", &ten, utc(2025, 3, 1));
    send_at(&b, "E", utc(2025, 3, 1), "m2", &twenty, utc(2025, 3, 1));
    seg_sink sink = {seg_change_log_add, &a.log};
    assert_int_equal(seg_merge(a.c.vm, &a.state, &b.state, utc(2025, 3, 1), sink), SEG_OK);
    assert_true(is_in(&a, "two"));
    assert_true(is_in(&a, "sum"));
    close_person(&b);
    close_person(&a);
}

typedef struct counted {
    uint32_t members, entered, exited;
} counted;

static void count_member(void *user, seg_text profile) {
    (void)profile;
    ((counted *)user)->members++;
}

static void count_change(void *user, const seg_engine_change *change) {
    counted *c = user;
    if (change->change.entered)
        c->entered++;
    else
        c->exited++;
}

static seg_engine *open_engine(person *p, counted *c) {
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = count_change, .user = c};
    seg_engine *engine = NULL;
    assert_int_equal(seg_engine_new(&engine, p->c.image, &options, NULL), SEG_OK);
    return engine;
}

static void engine_send(seg_engine *engine, seg_record_kind kind, const char *profile, const char *id,
                        int64_t time) {
    seg_record record = {.kind = kind, .profile = text_of(profile), .message_id = text_of(id), .time = time};
    if (kind == SEG_RECORD_ALIAS)
        record.previous = text_of("old");
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

/* PostHog/posthog#70109: who was merged away is in nothing any more, and new facts find the other. */
static void test_merged_person_is_gone(void **unused) {
    (void)unused;
    person p;
    counted c = {0};
    open_person(&p, "event e from \"E\" segment s: any e(30d)");
    seg_engine *engine = open_engine(&p, &c);
    engine_send(engine, SEG_RECORD_TRACK, "old", "1", utc(2025, 3, 1));
    engine_send(engine, SEG_RECORD_ALIAS, "new", "2", utc(2025, 3, 2));
    assert_int_equal(seg_engine_size(engine, 0), 1);
    assert_int_equal(c.entered, 2);
    assert_int_equal(c.exited, 1);
    engine_send(engine, SEG_RECORD_TRACK, "old", "3", utc(2025, 3, 3));
    assert_int_equal(seg_engine_members(engine, 0, count_member, &c), SEG_OK);
    assert_int_equal(c.members, 1);
    seg_engine_free(engine);
    close_person(&p);
}

/* Of two who are one the other is nobody's fellow, not even while the one is judged. */
static void test_merged_person_is_no_fellow(void **unused) {
    (void)unused;
    person p;
    counted c = {0};
    open_person(&p, "profile { company: text = \"x\" } event e from \"E\" group firm by company "
                    "segment s: e(ever) >= 2 and count of other firm members >= 1");
    seg_engine *engine = open_engine(&p, &c);
    engine_send(engine, SEG_RECORD_TRACK, "old", "1", utc(2025, 3, 1));
    engine_send(engine, SEG_RECORD_TRACK, "new", "2", utc(2025, 3, 2));
    engine_send(engine, SEG_RECORD_ALIAS, "new", "3", utc(2025, 3, 3));
    assert_int_equal(c.entered, 0);
    engine_send(engine, SEG_RECORD_TRACK, "third", "4", utc(2025, 3, 4));
    assert_int_equal(c.entered, 1); /* two events, and somebody else */
    seg_engine_free(engine);
    close_person(&p);
}

/* encontradosco/encontrados#191: what is sent again does not bring back who was erased. */
static void test_erased_person_stays_erased(void **unused) {
    (void)unused;
    person p;
    counted c = {0};
    open_person(&p, "event e from \"E\" segment s: any e(365d)");
    seg_engine *engine = open_engine(&p, &c);
    engine_send(engine, SEG_RECORD_TRACK, "a", "1", utc(2025, 3, 1));
    engine_send(engine, SEG_RECORD_DELETE, "a", "2", utc(2025, 3, 2));
    assert_int_equal(seg_engine_size(engine, 0), 0);
    assert_int_equal(c.exited, 1);
    engine_send(engine, SEG_RECORD_TRACK, "a", "1", utc(2025, 3, 1));
    assert_int_equal(seg_engine_size(engine, 0), 0);
    seg_engine_counters counters;
    seg_engine_counters_get(engine, &counters);
    assert_int_equal(counters.after_erasure, 1);
    seg_engine_free(engine);
    close_person(&p);
}

/* AI-Shipping-Labs/website#1421: who opts out is out at that instant. */
static void test_opt_out_is_at_once(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "profile { opted_out: bool = false } event e from \"E\" segment may: not opted_out "
                    "segment campaign: e(30d) < 2 and in may");
    send(&p, utc(2025, 3, 1));
    assert_true(is_in(&p, "campaign"));
    set_at(&p, "opted_out", number_of(1), utc(2025, 3, 1) + 1);
    assert_false(is_in(&p, "campaign"));
    assert_false(in_at(&p, "campaign", utc(2099, 1, 1)));
    assert_int_equal(p.log.items[p.log.count - 1].at, utc(2025, 3, 1) + 1);
    close_person(&p);
}

/* PostHog/posthog-rs#200: segments that speak of themselves are a fault of the source. */
static void test_circles_are_refused(void **unused) {
    (void)unused;
    static const char *const sources[] = {
        "segment a: in a", "segment a: in b segment b: not in a",
        "event e from \"E\" segment a: any e(1d) and in b segment b: in c or any e(1d) segment c: in a"};
    for (int i = 0; i < 3; i++) {
        seg_workspace workspace = {.part_count = 1, .parts = {strdup(sources[i])}};
        seg_case c;
        assert_false(seg_case_open(&c, &workspace));
        assert_true(c.diags.errors > 0);
        seg_case_close(&c);
        seg_workspace_free(&workspace);
    }
}

/* The founding line: nothing happens, and time alone brings them back. */
static void test_time_alone_flips(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "profile { opted_out: bool = false } event visits from \"E\" "
                    "segment at_risk: visits(30d) < 2 and not opted_out");
    send(&p, utc(2025, 4, 16) + 10 * HOUR);
    send(&p, utc(2025, 4, 16) + 11 * HOUR);
    assert_int_equal(p.log.count, 2);
    assert_int_equal(p.log.items[1].valid_until, utc(2025, 5, 16) + 10 * HOUR);
    assert_int_equal(seg_state_deadline(&p.state), utc(2025, 5, 16) + 10 * HOUR);
    advance(&p, utc(2025, 12, 31));
    assert_int_equal(p.log.count, 3);
    assert_int_equal(p.log.items[2].at, utc(2025, 5, 16) + 10 * HOUR);
    assert_int_equal(p.log.items[2].cause, SEG_CAUSE_TIME);
    close_person(&p);
}

/* A fact of another kind, from before the first one: only now has the condition held long enough. */
static void test_known_for_longer(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "event visits from \"E\" event orders from \"O\" "
                    "segment idle: no orders(30d) segment long_idle: in idle for 7d");
    send(&p, utc(2025, 4, 16));
    assert_int_equal(p.log.count, 1);
    send_at(&p, "E", utc(2025, 4, 1), "", NULL, utc(2025, 4, 17));
    assert_int_equal(p.log.count, 2);
    assert_int_equal(p.log.items[1].at, utc(2025, 4, 17));
    assert_int_equal(p.log.items[1].valid_until, SEG_NEVER);
    close_person(&p);
}

/* Libraries for trees differ in the way that a missing value takes; a model's file says it for each node. */
static void test_missing_inputs_go_their_way(void **unused) {
    (void)unused;
    person p;
    open_person(&p, "profile { b: float? c: float? }\n"
                    "event e from \"E\"\n"
                    "model m from \"trees.json\" { a = e(ever), b = b, c = c }\n"
                    "segment neither_low: m > 2.9 and m < 3.1\n" /* b no: 2, c yes: 0.7 */
                    "segment neither_high: m > -0.1 and m < 0.1\n" /* c yes: -1, c yes: 0.7 */
                    "segment without_b: m > 4.2 and m < 4.4\n"); /* 3, b yes: 1 */
    int64_t time = utc(2025, 3, 1);
    send(&p, time);
    assert_true(is_in(&p, "neither_low"));
    send(&p, time + HOUR);
    assert_true(is_in(&p, "neither_high"));
    set_at(&p, "c", (seg_value){.known = true, .as.f = 1}, time + 2 * HOUR);
    assert_true(is_in(&p, "without_b"));
    close_person(&p);
}

static void append(void *user, const char *bytes, size_t size_bytes) {
    char *said = user;
    strncat(said, bytes, size_bytes);
}

/* What follows from a longer window, or from the newest few, and what does not. A proof that says too much
 * would let a broken rule through. */
static void test_policies_know_windows(void **unused) {
    static const char rules[] = "event visits from \"Page Viewed\"\n"
                                "event orders from \"Order Completed\"\n"
                                "segment lately: any visits(30d)\n"
                                "segment months: any visits(60d)\n"
                                "segment few: orders(last 3) >= 2\n"
                                "segment most: orders(last 3) >= 3\n"
                                "segment once: orders(ever) >= 1\n"
                                "segment twice: orders(ever) >= 2\n"
                                "segment thrice: orders(ever) >= 3\n"
                                "policy holds_longer: segments lately imply in months\n"
                                "policy holds_few: segments few imply in twice\n"
                                "policy holds_twice: segments twice imply in few\n"
                                "policy holds_thrice: segments thrice imply in most\n"
                                "policy fails_shorter: segments months imply in lately\n"
                                "policy fails_once: segments once imply in most\n";
    static char said[16384];
    seg_unit *unit;
    (void)unused;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "rules.seg", rules, strlen(rules)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_prove(unit, NULL, 0), SEG_OK);
    assert_int_equal(seg_unit_warnings(unit), 0); /* each is proven or broken */
    assert_int_equal(seg_unit_errors(unit), 2);
    said[0] = '\0';
    seg_unit_diagnostics(unit, true, false, append, said);
    assert_non_null(strstr(said, "fails_shorter"));
    assert_non_null(strstr(said, "fails_once"));
    assert_null(strstr(said, "holds_"));
    seg_unit_free(unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hours_at_clock_changes),
        cmocka_unit_test(test_long_day_is_one_day),
        cmocka_unit_test(test_offset_changes_at_its_instant),
        cmocka_unit_test(test_month_ends_are_clamped),
        cmocka_unit_test(test_months_over_clock_changes),
        cmocka_unit_test(test_border_is_in_one_window),
        cmocka_unit_test(test_window_ends),
        cmocka_unit_test(test_long_windows),
        cmocka_unit_test(test_sums_do_not_wrap),
        cmocka_unit_test(test_sums_turn_back),
        cmocka_unit_test(test_float_sums_do_not_drift),
        cmocka_unit_test(test_not_a_number_is_refused),
        cmocka_unit_test(test_case_folding),
        cmocka_unit_test(test_future_fact_harms_nobody),
        cmocka_unit_test(test_past_events_count_by_their_time),
        cmocka_unit_test(test_parts_of_now_flip_on_time),
        cmocka_unit_test(test_fiscal_years_are_named_by_their_end),
        cmocka_unit_test(test_too_old_is_dropped_and_counted),
        cmocka_unit_test(test_same_instant),
        cmocka_unit_test(test_emptied_window_fills_again),
        cmocka_unit_test(test_windows_clean_up),
        cmocka_unit_test(test_reload_keeps_state),
        cmocka_unit_test(test_merge_does_not_double),
        cmocka_unit_test(test_merged_person_is_gone),
        cmocka_unit_test(test_merged_person_is_no_fellow),
        cmocka_unit_test(test_erased_person_stays_erased),
        cmocka_unit_test(test_opt_out_is_at_once),
        cmocka_unit_test(test_circles_are_refused),
        cmocka_unit_test(test_time_alone_flips),
        cmocka_unit_test(test_known_for_longer),
        cmocka_unit_test(test_missing_inputs_go_their_way),
        cmocka_unit_test(test_policies_know_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
