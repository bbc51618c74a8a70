/* Scenarios of the compiler. */
#include <segc.h>
#include <string.h>

#include "../fuzz/fixture.h"
#include "scenario.h"

static const char tests[] =
    "test \"two visits\" {\n"
    "  profile { opted_out: false, signed_up_at: 2026-01-01 }\n"
    "  2026-03-01 visits { page: \"/\" }\n"
    "  at 2026-04-15: in at_risk, not in vip\n"
    "  2026-04-16T10:00Z visits { page: \"/pricing/x\" }\n"
    "  2026-04-16T11:00Z visits { page: \"/\" }\n"
    "  at 2026-04-16T11:00Z: not in at_risk\n"
    "  enters at_risk at 2026-05-16T10:00Z\n"
    "}\n";

static const char groups[] =
    "param held_out = 10%\n"
    "segment quiet(n: duration) \"Quiet for {n}\" for n in [14d, 30d]: no visits(n)\n"
    "stages way \"Way\": seen when any visits(7d), known \"Known\" when any visits(ever), else nobody\n"
    "segment scored: points(3 for any visits(7d), 0.5 for in way.known) >= 1 except quiet(30d), listed\n"
    "segment listed: in list \"list.csv\" or holdout(held_out, \"salt\") or bucket(\"salt\") > 9000\n"
    "test \"groups\" {\n"
    "  profile \"u1\" {}\n"
    "  2026-03-01 visits { page: \"/\" }\n"
    "  at 2026-03-01: in way.seen, in listed, not in quiet(14d), not in scored\n"
    "}\n";
static const char list[] = "name,id\nAnn,u1\n\"B, c\",\"u\"\"2\"\n";

/* What the fixture does not have. */
static const char more[] =
    "segment slowing: visits(7d) < 0.5 * (visits(7d) as of 28d ago)\n"
    "segment calm: no visits(14d)\nsegment calm_long: in calm for 7d\n"
    "segment returned: exited(calm) within last 3d and not opted_out\n"
    "segment warm: decayed(visits, half life 7d) > 1.5\n"
    "segment hot: enter when visits(7d) >= 3 exit when visits(7d) < 2 stay at least 1d cooldown 30d\n"
    "segment control: holdout(10%, \"x\") or in list \"vip.csv\"\n"
    "segment lapsed(n: duration) for n in [14d, 30d]: no visits(n)\n"
    "event lost = orders then no visits within 1d\nsegment losing: any lost(30d followed by clicks)\n"
    "define score = visits(7d) / visits(90d)\n"
    "model churn from \"churn.json\" { seen = visits(30d) }\nsegment leaving: churn > 0.5\n"
    "native function blend(a: float, b: float): float from \"fix\"\n"
    "segment mixed: blend(0.5, visits(7d)) > 2\n";

static void mix_in(void *user, const char *bytes, size_t size_bytes) {
    uint64_t *sum = user;
    *sum = mix(*sum, bytes, size_bytes);
}

static void add_sources(shortage_mode mode, seg_unit *unit, outcome *out) {
    const char *source = fixture_source(0);
    TRY(out, mode, seg_unit_add(unit, "rules.seg", source, strlen(source)));
    if (!out->status) TRY(out, mode, seg_unit_add(unit, "more.seg", more, strlen(more)));
    size_t list_bytes = strlen(fixture_list);
    if (!out->status) TRY(out, mode, seg_unit_add_file(unit, FIXTURE_LIST, fixture_list, list_bytes));
    size_t model_bytes = strlen(fixture_model);
    if (!out->status) TRY(out, mode, seg_unit_add_file(unit, FIXTURE_MODEL, fixture_model, model_bytes));
    if (!out->status) TRY(out, mode, seg_unit_add(unit, "tests.seg", tests, strlen(tests)));
    if (!out->status) TRY(out, mode, seg_unit_add(unit, "groups.seg", groups, strlen(groups)));
    if (!out->status) TRY(out, mode, seg_unit_add_file(unit, "list.csv", list, strlen(list)));
    if (!out->status) TRY(out, mode, seg_unit_bind(unit, "fix", &fixture_natives));
    if (!out->status) TRY(out, mode, seg_unit_set(unit, "vip_spend", "750"));
    if (!out->status) TRY(out, mode, seg_unit_check(unit));
    if (!out->status && seg_unit_errors(unit)) out->complaint = "diagnostics instead of a status";
}

static void make_images(shortage_mode mode, seg_unit *unit, outcome *out) {
    for (int explain = 0; explain < 2 && !out->status && !out->complaint; explain++) {
        const uint8_t *bytes;
        size_t size;
        TRY(out, mode, seg_unit_image(unit, explain, &bytes, &size));
        if (!out->status) out->result = mix(out->result, bytes, size);
    }
}

static void compile(shortage_mode mode, outcome *out) {
    seg_unit *unit = NULL;
    TRY(out, mode, seg_unit_new(&unit, &shortage_allocator));
    if (!out->status) add_sources(mode, unit, out);
    if (!out->status && !out->complaint) make_images(mode, unit, out);
    seg_unit_free(unit);
}

static void test(shortage_mode mode, outcome *out) {
    seg_unit *unit = NULL;
    TRY(out, mode, seg_unit_new(&unit, &shortage_allocator));
    if (!out->status) add_sources(mode, unit, out);
    for (uint32_t i = 0; !out->status && !out->complaint && i < seg_unit_test_count(unit); i++) {
        seg_test_result result;
        TRY(out, mode, seg_unit_test_run(unit, i, &result));
        if (!out->status) out->result = mix(out->result, &result.passed, sizeof result.passed);
        if (!out->status && !result.passed) out->complaint = "the test does not pass";
    }
    seg_unit_free(unit);
}

static void dump(shortage_mode mode, outcome *out) {
    seg_unit *unit = NULL;
    TRY(out, mode, seg_unit_new(&unit, &shortage_allocator));
    if (!out->status) add_sources(mode, unit, out);
    seg_stage stage = SEG_STAGE_TOKENS;
    for (; !out->status && !out->complaint && stage <= SEG_STAGE_BYTECODE; stage++)
        TRY(out, mode, seg_unit_dump(unit, stage, mix_in, &out->result));
    if (!out->status && !out->complaint) TRY(out, mode, seg_unit_cost(unit, true, mix_in, &out->result));
    seg_unit_free(unit);
}

/* Rules at fault: what is reported may be less than all when memory is short, but it must end. */
static void diagnose(shortage_mode mode, outcome *out) {
    static const char faulty[] = "segment a: visit(30d) < 2 and in b\nsegment b: x ==\n"
                                 "segment c: in c\nsegment c: 1 + \"\"\n";
    static const char misspelt[] = "profile { plan: free | pro = free }\nsegment d: plann == pro\n"
                                   "segment e: plan == prro\nsegment f: in g\nsegment g: in f\n"
                                   "segment h: plan matches /(/\n";
    uint64_t ignored = 0;
    for (int i = 0; i < 2 && !out->status; i++) {
        const char *source = i ? misspelt : faulty;
        seg_unit *unit = NULL;
        TRY(out, mode, seg_unit_new(&unit, &shortage_allocator));
        if (!out->status) TRY(out, mode, seg_unit_add(unit, "faulty.seg", source, strlen(source)));
        if (!out->status) TRY(out, mode, seg_unit_check(unit));
        if (!out->status) {
            if (seg_unit_errors(unit) == 0) out->complaint = "the faults were not found";
            seg_unit_diagnostics(unit, true, false, mix_in, &ignored);
            seg_unit_diagnostics(unit, false, true, mix_in, &ignored);
        }
        seg_unit_free(unit);
    }
}

static void format(shortage_mode mode, outcome *out) {
    const char *source = fixture_source(0);
    TRY(out, mode, seg_format("rules.seg", source, strlen(source), false, mix_in, NULL, &out->result));
}

const scenario compile_scenarios[] = {
    {"compile", compile}, {"compile and test", test}, {"compile and dump", dump},
    {"diagnose", diagnose}, {"format", format}, {NULL, NULL},
};
