/* The reader: sentences that must parse, faults with their code and place, hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../grammar/tree.h"

typedef struct reading { /* one source, read */
    seg_arena arena;
    seg_diags diags;
    const seg_source *source;
    seg_node *tree;
    seg_buffer text;
} reading;

static void read_bytes(reading *r, const char *bytes, size_t size_bytes) {
    seg_arena_init(&r->arena, NULL, 0);
    seg_diags_init(&r->diags, &r->arena);
    seg_buffer_init(&r->text, NULL);
    r->source = seg_source_new(&r->arena, "t.seg", bytes, size_bytes);
    assert_non_null(r->source);
    r->tree = seg_parse(&r->arena, r->source, &r->diags);
    assert_non_null(r->tree);
}

static void read_text(reading *r, const char *text) { read_bytes(r, text, strlen(text)); }

static void forget(reading *r) {
    seg_buffer_free(&r->text);
    seg_arena_release(&r->arena);
}

static const char *terminated(seg_buffer *buffer) {
    seg_buffer_add(buffer, "", 1);
    return buffer->failed ? "" : buffer->bytes;
}

static void must_parse(const char *text) {
    reading r;
    read_text(&r, text);
    seg_diags_render(&r.diags, &r.text, false);
    if (r.diags.errors) fail_msg("%s\n%s", text, terminated(&r.text));
    forget(&r);
}

/* The tree of the rule of `segment s: RULE`, with places left out. */
static void expect_tree(const char *rule, const char *expected) {
    reading r;
    char text[512];
    snprintf(text, sizeof text, "segment s: %s", rule);
    read_text(&r, text);
    assert_int_equal(r.diags.errors, 0);
    seg_dump_tree(r.tree->first_child->last_child, &r.text);
    char found[2048];
    size_t size = 0;
    bool skip = false;
    for (size_t i = 0; i < r.text.size_bytes && size < sizeof found - 1; i++) {
        if (r.text.bytes[i] == '@') skip = true, size--;
        if (r.text.bytes[i] == '\n') skip = false;
        if (!skip) found[size++] = r.text.bytes[i];
    }
    found[size] = 0;
    assert_string_equal(found, expected);
    forget(&r);
}

/* ---- Sentences -------------------------------------------------------------------------------------- */

static const char workspace[] =
    "timezone \"Europe/Berlin\"                 # of the workspace; UTC if left out\n"
    "duplicates within 24h\n"
    "profile {\n"
    "  email:         text?                   # ? = may be missing\n"
    "  opted_out:     bool = false            # = has a default, so is never missing\n"
    "  plan:          free | trial | pro = free\n"
    "  country:       text?\n"
    "  tz:            timezone?\n"
    "  signed_up_at:  time\n"
    "  born_on:       date?\n"
    "  tags:          set of text\n"
    "  engagement:    float? history 30d      # its past values are kept for 30 days\n"
    "  balance:       decimal(2) = -1.50\n"
    "}\n"
    "event visits    from \"Page Viewed\"     { page: text, seconds: int? }\n"
    "event orders    from \"Order Completed\" { order_id: text, amount: decimal(2), status: paid | refunded "
    "= paid }\n"
    "event checkouts from \"Checkout Completed\"\n"
    "events interactions = visits | opens | clicks\n"
    "define spend(w: window) = sum(orders.amount, w)\n"
    "define recent = 30d\n"
    "define between_times = 60d to 30d ago\n"
    "define lately = since signed_up_at\n"
    "param vip_spend = 500                    # a host or the command line may set it\n"
    "columns visits from \"visits*.csv\" { profile = user_id, time = \"the time\" page = url status = true "
    "}\n"
    "columns profile from \"people.csv\" { profile = id email = mail }\n"
    "## Members who drift away. Suppressed while support has an open ticket.\n"
    "@owner(\"retention\") @campaign(\"winback\") @tag(email)\n"
    "segment at_risk \"At risk\": visits(30d) < 2 and not opted_out\n"
    "test \"a lapsed visitor is at risk until the second visit\" {\n"
    "  profile { opted_out: false, signed_up_at: 2026-01-01 tags: [\"a\", \"b\"] country: missing }\n"
    "  2026-03-01 visits { page: \"/\" }\n"
    "  2026-03-02 checkouts\n"
    "  2026-03-03 profile { plan: pro }\n"
    "  at 2026-04-15: in at_risk, not in vip\n"
    "  2026-04-16T10:00Z visits { page: \"/\" }\n"
    "  at 2026-04-16T11:00Z: not in at_risk\n"
    "  enters at_risk at 2026-05-16T10:00Z         # nothing happens, and time alone flips it\n"
    "  exits at_risk at 2026-05-16T10:00:30.250+02:00\n"
    "}\n";

static const char *const sentences[] = {
    "visits(30d) < 2 and not opted_out",
    "any orders(30d) and any clicks(ever where campaign starts with \"promo\")",
    "plan == trial and signed_up_at more than 72h ago and no onboardings(within 72h of signed_up_at)",
    "last(orders.status) == refunded",
    "any orders(21d where category == \"skincare\") and no orders(21d where product == \"moisturizer\")",
    "renews_on within next 30d",
    "signed_up_at within last 30d and renews_on more than 3d ahead or born_on less than 1mo ago",
    "a == 1 and b != 2 and c < 3 and d <= 4 and e > 5 and f >= 6.50",
    "plan in [trial, pro] and plan not in [free] and x between 1 and 5 and x not between 7 and 9 and y == 1",
    "email contains \"@\" and email not contains \"+\" and email ends with \".de\" and email matches "
    "/^a\\/b/i",
    "email version >= \"2.9\" and version version not between \"1\" and \"2\" and version == \"1\"",
    "email not matches /x/ and email not starts with \"a\" and email not ends with \"b\"",
    "country is missing or country is known and country == \"DE\"",
    "tags any of [\"a\", \"b\"] or tags all of [\"a\"] or tags none of [\"c\"]",
    "if plan == pro then visits(7d) > 1 else if in vip then true else false",
    "age ?? 0 > 30 and -x + 2 * (y - 1) / 3 >= 1_000",
    "visits(30d where page starts with \"/pricing\") >= 2 and no visits(30d)",
    "sum(orders.amount, 30d) > 500 and avg(orders.amount, 30d) > 5 and distinct(orders.category, 90d) >= 2",
    "active days(visits, 30d) >= 3 and min(x.y, ever) > 1 and max(x.y, ever) < 2",
    "first(orders) more than 6mo ago and any orders(ever) and last(orders) more than 1y2mo ago",
    "visits(60d to 30d ago) > visits(30d to 1h30m ago) and visits(since signed_up_at) > 1",
    "in vip and not in suppressed and at not within last 30d",
    "spend(30d) > vip_spend and from == to and last == next and days > 1 and active and test and event == "
    "segment",
    "a == [1, 2, []]",
};

static void test_sentences(void **state) {
    (void)state;
    must_parse(workspace);
    must_parse("");
    must_parse("# only a comment");
    must_parse("\xEF\xBB\xBFparam x = 1");
    must_parse("event event from \"x\" { event: text segment: text history: text history 3d set: int test: "
               "int param: bool }");
    must_parse("profile { fiscal: text year: int kind: calendar | fiscal\nyears: int }\nparam fiscal = "
               "4\nfiscal year "
               "starts may");
    must_parse("segment fiscal: fiscal year of now > 2026 and\nfiscal quarter of x == 1 and any "
               "o(4\nfiscal\nyears)");
    must_parse("event profile_seen from \"x\" { kind: AND | OR | IN, timezone: timezone? profile: text }");
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        char text[512];
        snprintf(text, sizeof text, "segment s \"Title\": %s\n\nevent x from \"y\"", sentences[i]);
        must_parse(text);
    }
}

static void test_trees(void **state) {
    (void)state;
    expect_tree("a or b and not c", "OR\n  NAME \"a\"\n  AND\n    NAME \"b\"\n    NOT\n      NAME \"c\"\n");
    expect_tree("a - b - c", "ARITHMETIC -\n  ARITHMETIC -\n    NAME \"a\"\n    NAME \"b\"\n  NAME \"c\"\n");
    expect_tree("a ?? b ?? 0 > -x", "COMPARE >\n  COALESCE\n    NAME \"a\"\n    COALESCE\n      NAME \"b\"\n"
                                    "      NUMBER \"0\"\n  NEGATE\n    NAME \"x\"\n");
    expect_tree("(a or b)", "OR parentheses\n  NAME \"a\"\n  NAME \"b\"\n");
    expect_tree("x not in [1]", "IN_LIST negated\n  NAME \"x\"\n  LIST\n    NUMBER \"1\"\n");
    expect_tree("not in vip", "NOT\n  IN_SEGMENT \"vip\"\n");
    expect_tree("in lifecycle . vip", "IN_SEGMENT \"lifecycle.vip\"\n");
    expect_tree("in lapsed( 14d )", "IN_SEGMENT \"lapsed(14d)\"\n  DURATION months 0 ms 1209600000\n");
    expect_tree("for and when except for.except, when",
                "EXCEPT\n  AND\n    NAME \"for\"\n    NAME \"when\"\n  IN_SEGMENT \"for.except\"\n  "
                "IN_SEGMENT \"when\"\n");
    expect_tree("points(3 for a)", "CALL \"points\"\n  POINTS\n    NUMBER \"3\"\n    NAME \"a\"\n  NONE\n");
    expect_tree("not in a.b for 7d",
                "NOT\n  HELD\n    IN_SEGMENT \"a.b\"\n    DURATION months 0 ms 604800000\n");
    expect_tree("(as + 1 as of 1d ago) - x",
                "ARITHMETIC -\n  AS_OF\n    ARITHMETIC +\n      NAME \"as\"\n      NUMBER \"1\"\n"
                "    DURATION months 0 ms 86400000\n  NAME \"x\"\n");
    expect_tree(
        "enter when stay exit when exit or a cooldown 2h except b",
        "EXCEPT\n  LATCH\n    NAME \"stay\"\n    OR\n      NAME \"exit\"\n      NAME \"a\"\n    NONE\n"
        "    DURATION months 0 ms 7200000\n  IN_SEGMENT \"b\"\n");
    expect_tree("x not between 1 and 2 and y", "AND\n  BETWEEN negated\n    NAME \"x\"\n    NUMBER \"1\"\n"
                                               "    NUMBER \"2\"\n  NAME \"y\"\n");
    expect_tree("any visits(1y where p == \"\\u{e9}\\n\")",
                "ANY\n  CALL \"visits\"\n    DURATION months 12 ms 0\n    WHERE\n"
                "      COMPARE ==\n        NAME \"p\"\n        STRING \"\xC3\xA9\\u{a}\"\n");
    expect_tree("active days(v, 1mo2d)", "ACTIVE_DAYS\n  CALL \"active days\"\n    NAME \"v\"\n"
                                         "    DURATION months 1 ms 172800000\n    NONE\n");
    expect_tree("x version not between y and version",
                "BETWEEN negated version\n  NAME \"x\"\n  NAME \"y\"\n  NAME \"version\"\n");
    expect_tree("x matches /a\\/b/i", "TEXT_TEST matches\n  NAME \"x\"\n  REGEX \"a\\\\/b\" ignore_case\n");
    expect_tree("v(60d to 30d ago, within 1h of t)",
                "CALL \"v\"\n  AGO_RANGE\n    DURATION months 0 ms 5184000000\n"
                "    DURATION months 0 ms 2592000000\n  WITHIN_OF\n    DURATION months 0 ms 3600000\n    "
                "NAME \"t\"\n  NONE\n");
    expect_tree("t == 2026-04-16T10:00+02:00 and d == 1969-12-31",
                "AND\n  COMPARE ==\n    NAME \"t\"\n    TIME 1776326400000\n"
                "  COMPARE ==\n    NAME \"d\"\n    DATE -1\n");
}

/* Every node lies inside its parent, and its children stand in order. */
static void check_spans(const seg_node *node) {
    uint32_t at = node->span.first;
    for (const seg_node *child = node->first_child; child; child = child->next) {
        assert_true(child->span.first <= child->span.end);
        assert_true(child->span.first >= node->span.first && child->span.end <= node->span.end);
        bool ordered = node->kind != SEG_NODE_SEGMENT; /* doc lines stand before the title */
        if (ordered) assert_true(child->span.first >= at);
        at = child->span.end;
        check_spans(child);
    }
}

static void test_spans(void **state) {
    (void)state;
    reading r;
    read_text(&r, workspace);
    check_spans(r.tree);
    forget(&r);
}

/* ---- Faults ----------------------------------------------------------------------------------------- */

static const struct fault {
    const char *text, *code;
    uint32_t line, column;
    const char *edit; /* NULL: any */
} faults[] = {
    {"segment a: visits(30d) < and b", "E0101", 1, 26, NULL},
    {"event visits form \"Page\"", "E0101", 1, 14, "from"},
    {"segment a: x betwen 1 and 2", "E0101", 1, 14, "between"},
    {"segment a: x like \"%y\"", "E0101", 1, 14, NULL},
    {"profile { a: }", "E0101", 1, 14, NULL},
    {"profile {\n  a: text history\n  b: text\n}", "E0101", 3, 3, NULL},
    {"events a = b, c", "E0101", 1, 13, " |"},
    {"test \"t\" { 2026-01-01 v { p: } }", "E0101", 1, 30, NULL},
    {"segmnt a: x", "E0101", 1, 1, "segment"},
    {"segment a:", "E0102", 1, 11, NULL},
    {"segment a: visits(30d and b\nsegment b: c", "E0103", 1, 18, NULL},
    {"profile {\n  a: text\n", "E0103", 1, 9, NULL},
    {"profile {\n  a: text\nevent b from \"c\"", "E0103", 1, 9, NULL},
    {"segment a: visits(30d)) < 2", "E0104", 1, 23, NULL},
    {"segment a: x in [1, 2)", "E0105", 1, 22, NULL},
    {"event a from \"Page\nsegment b: c", "E0106", 1, 14, NULL},
    {"segment a: x == \"\\q\"", "E0107", 1, 18, NULL},
    {"segment a: x == \"\\u{110000}\"", "E0107", 1, 18, NULL},
    {"segment a: x > $5", "E0108", 1, 16, NULL},
    {"segment a: x == \xE2\x80\x9C"
     "DE\xE2\x80\x9D",
     "E0109", 1, 17, "\"DE\""},
    {"segment a: x == 'DE'", "E0109", 1, 17, "\"DE\""},
    {"segment a: x && y", "E0110", 1, 14, "and"},
    {"segment a: x || y", "E0110", 1, 14, "or"},
    {"segment a: !x", "E0110", 1, 12, "not "},
    {"segment a: x <> 1", "E0110", 1, 14, "!="},
    {"segment a: x AND y", "E0110", 1, 14, "and"},
    {"segment a: x \xE2\x89\xA5 1", "E0110", 1, 14, ">="},
    {"segment a: x = 1", "E0111", 1, 14, "=="},
    {"param x = 1e6", "E0112", 1, 11, NULL},
    {"param x = .5", "E0112", 1, 11, "0.5"},
    {"param x = 1__0", "E0112", 1, 11, NULL},
    {"param x = 1.5h", "E0112", 1, 11, NULL},
    {"segment a: any v(30days)", "E0113", 1, 20, "d"},
    {"segment a: any v(30q)", "E0113", 1, 20, NULL},
    {"param x = 30m1h", "E0114", 1, 11, NULL},
    {"param x = 99999999y", "E0115", 1, 11, NULL},
    {"segment a: any v(30 days)", "E0116", 1, 18, "30d"},
    {"param x = 2026-02-29", "E0117", 1, 11, NULL},
    {"param x = 2026-3-1", "E0117", 1, 11, NULL},
    {"param x = 2026-02-28T24:00", "E0118", 1, 11, NULL},
    {"param x = 0001-01-01T00:00+01:00", "E0118", 1, 11, NULL},
    {"segment a: x matches /abc", "E0119", 1, 22, NULL},
    {"segment a: x matches /abc/gi", "E0120", 1, 27, NULL},
    {"segment a: x matches \"abc\"", "E0121", 1, 22, "/abc/"},
    {"# caf\xE9\nsegment a: b", "E0122", 1, 6, NULL},
    {"# \xE2\x80\xAE x\nsegment a: b", "E0123", 1, 3, ""},
    {"segment a: b\x01 and c", "E0124", 1, 13, ""},
    {"segment a visits(30d) > 1", "E0127", 1, 11, ":"},
    {"profile { email text? }", "E0127", 1, 17, ":"},
    {"segment a: x is null", "E0128", 1, 14, "is missing"},
    {"segment a: x IS NOT NULL", "E0128", 1, 14, "is known"},
    {"segment a: plan is trial", "E0128", 1, 17, "== trial"},
    {"segment a: \"visits\"(30d) > 1", "E0129", 1, 12, "visits"},
    {"## about\nevent a from \"b\"", "E0130", 1, 1, "#"},
    {"segment at-risk: a", "E0131", 1, 11, "_"},
    {"segment gr\xC3\xB6\xC3\x9F"
     "e: a",
     "E0131", 1, 9, NULL},
    {"segment a: any visits and b", "E0132", 1, 16, NULL},
    {"segment a: visits() > 1", "E0132", 1, 18, NULL},
    {"test \"t\" {\n  visits { page: \"/\" }\n}", "E0133", 2, 3, NULL},
    {"segment a: 1 < x < 3", "E0134", 1, 18, NULL},
    {"event any from \"x\"", "E0135", 1, 7, NULL},
    {"segment a: plan in pro", "E0136", 1, 20, "[pro]"},
    {"profile { a: set of int }", "E0137", 1, 21, "text"},
    {"// old habits\nsegment a: b", "E0138", 1, 1, "#"},
};

static void test_faults(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        reading r;
        read_text(&r, faults[i].text);
        seg_diags_render(&r.diags, &r.text, false);
        const seg_diag *first = r.diags.first;
        seg_place place = first ? seg_source_place(first->span.source, first->span.first) : (seg_place){0, 0};
        bool right = r.diags.errors == 1 && strcmp(seg_diag_code_text(first->code), faults[i].code) == 0;
        right = right && place.line == faults[i].line && place.column == faults[i].column;
        right = right && (!faults[i].edit || (first->edit && strcmp(first->edit, faults[i].edit) == 0));
        if (!right)
            fail_msg("%s\nexpected one %s at %u:%u, found\n%s", faults[i].text, faults[i].code,
                     faults[i].line, faults[i].column, terminated(&r.text));
        forget(&r);
    }
}

/* One run shows every fault, each once. */
static void test_many_faults(void **state) {
    (void)state;
    static const char text[] =
        "profile {\n  a text\n  b: int = 3 history 4\n  c: bool\n}\n"
        "event v form \"V\"\n"
        "segment a: v(30d) < and b\n"
        "segment b: (a and ) or (b == ) or v(30 days) > 1\n"
        "segment c: ok\n"
        "test \"t\" {\n  at 2026-01-01 in a\n  enters a 2026-01-02\n  exits c at 2026-01-02\n}\n";
    static const uint32_t lines[] = {2, 3, 6, 7, 8, 8, 8, 11, 12};
    reading r;
    read_text(&r, text);
    seg_diags_render(&r.diags, &r.text, false);
    assert_int_equal(r.diags.errors, sizeof lines / sizeof *lines);
    size_t i = 0;
    for (const seg_diag *diag = r.diags.first; diag; diag = diag->next)
        assert_int_equal(seg_source_place(diag->span.source, diag->span.first).line, lines[i++]);
    assert_int_equal(r.tree->child_count, 6);
    forget(&r);
}

static void test_codes(void **state) {
    (void)state;
    for (unsigned i = 0; i < SEG_DIAG_CODE_COUNT; i++) {
        seg_diag_code found;
        const char *code = seg_diag_code_text((seg_diag_code)i);
        assert_int_equal(strlen(code), 5);
        assert_true(seg_diag_find(code, &found)); /* no code twice: it would find the first */
        assert_int_equal(found, i);
        assert_true(strlen(seg_diag_title((seg_diag_code)i)) > 0);
        assert_true(strlen(seg_diag_explanation((seg_diag_code)i)) > 40);
    }
}

/* ---- How faults are shown --------------------------------------------------------------------------- */

static void expect_shown(const char *text, const char *expected) {
    reading r;
    read_text(&r, text);
    seg_diags_render(&r.diags, &r.text, false);
    assert_string_equal(terminated(&r.text), expected);
    forget(&r);
}

static void test_render(void **state) {
    (void)state;
    expect_shown("segment a: b\n\tsegment c: any v(30days)\n",
                 "error[E0113]: `days` is not a unit of time\n"
                 "  --> t.seg:2:21\n"
                 "   |\n"
                 " 2 |     segment c: any v(30days)\n"
                 "   |                        ^^^^\n"
                 "   |\n"
                 "   = help: the units are ms, s, m (minutes), h, d, w, mo (months) and y\n"
                 "   |\n"
                 " 2 |     segment c: any v(30d)\n"
                 "   |                        ~\n"
                 "\n"
                 "1 error\n");
    expect_shown("segment a: any v(30d\n\nsegment b: c",
                 "error[E0103]: this `(` is never closed\n"
                 "  --> t.seg:1:17\n"
                 "   |\n"
                 " 1 | segment a: any v(30d\n"
                 "   |                 ^ opened here\n"
                 "   |\n"
                 "note: expected `)` before the next declaration, `segment`\n"
                 "  --> t.seg:3:1\n"
                 "   |\n"
                 " 3 | segment b: c\n"
                 "   | -------\n"
                 "\n"
                 "1 error\n");
    /* Nothing that a terminal would act upon gets through. */
    expect_shown("# \x1B[31m\n", "error[E0124]: there is an invisible character here (U+001B)\n"
                                 "  --> t.seg:1:3\n"
                                 "   |\n"
                                 " 1 | # <U+001B>[31m\n"
                                 "   |   ^^^^^^^^\n"
                                 "   |\n"
                                 "   = help: remove it\n"
                                 "\n"
                                 "1 error\n");
}

static void test_render_json(void **state) {
    (void)state;
    reading r;
    read_text(&r, "segment a: x = \"\xC3\xA9\"");
    seg_diags_render_json(&r.diags, &r.text);
    assert_string_equal(
        terminated(&r.text),
        "{\"diagnostics\":[{\"code\":\"E0111\",\"severity\":\"error\",\"title\":\"`=` in place of `==`\","
        "\"message\":\"`=` gives a value; to compare two values, write `==`\",\"label\":null,\"help\":null,"
        "\"file\":\"t.seg\",\"line\":1,\"column\":14,\"end_line\":1,\"end_column\":15,"
        "\"edit\":{\"file\":\"t.seg\",\"line\":1,\"column\":14,\"end_line\":1,\"end_column\":15,\"text\":\"=="
        "\"},\"notes\":[]}],"
        "\"errors\":1,\"warnings\":0}\n");
    forget(&r);
}

static void test_guess(void **state) {
    (void)state;
    static const struct {
        const char *name, *candidate;
        bool found;
    } cases[] = {
        {"vists", "visits", true},  {"VISITS", "visits", true},
        {"vsiits", "visits", true}, {"orders", "visits", false},
        {"form", "from", true},     {"x", "y", false},
        {"", "y", false},           {"amont", "amount", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seg_guess guess;
        seg_guess_init(&guess, (seg_text){cases[i].name, strlen(cases[i].name)});
        seg_guess_offer(&guess, (seg_text){cases[i].candidate, strlen(cases[i].candidate)});
        assert_int_equal(seg_guess_found(&guess), cases[i].found);
    }
}

/* ---- Hostile sources -------------------------------------------------------------------------------- */

static uint32_t height(const seg_node *node) {
    uint32_t highest = 0;
    for (const seg_node *child = node->first_child; child; child = child->next) {
        uint32_t one = height(child);
        if (one > highest) highest = one;
    }
    return highest + 1;
}

static void expect_depth(const char *head, const char *repeated, const char *tail, uint32_t errors) {
    enum { COUNT = 100000 };
    size_t size = strlen(head) + COUNT * strlen(repeated) + strlen(tail) + 1;
    char *text = malloc(size), *at = text;
    assert_non_null(text);
    at = stpcpy(at, head);
    for (int i = 0; i < COUNT; i++) at = stpcpy(at, repeated);
    at = stpcpy(at, tail);
    reading r;
    read_bytes(&r, text, (size_t)(at - text));
    assert_true(height(r.tree) <= SEG_TREE_DEPTH_LIMIT);
    assert_int_equal(r.diags.errors, errors);
    if (errors) assert_string_equal(seg_diag_code_text(r.diags.first->code), "E0125");
    seg_node *last = r.tree->last_child;
    assert_int_equal(last->kind, SEG_NODE_SEGMENT);
    assert_memory_equal(last->text.bytes, "last", 4);
    forget(&r);
    free(text);
}

static void test_depth(void **state) {
    (void)state;
    static const char tail[] = "x\nsegment last: y\n";
    expect_depth("segment a: ", "(", tail, 1);
    expect_depth("segment a: x in ", "[", tail, 1);
    expect_depth("segment a: ", "v(", tail, 1);
    expect_depth("segment a: ", "not ", tail, 1);
    expect_depth("segment a: ", "- ", tail, 1);
    expect_depth("segment a: ", "if x then y else ", tail, 1);
    expect_depth("segment a: ", "x ?? ", tail, 1);
    expect_depth("segment a: ", "x + ", tail, 1);
    expect_depth("segment a: ", "x or ", tail, 0);
    expect_depth("segment a: ", "x and y or ", tail, 0);
}

static uint64_t next_random(uint64_t *seed) { /* splitmix64 */
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static double seconds_to_read(const char *bytes, size_t size_bytes) {
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    reading r;
    read_bytes(&r, bytes, size_bytes);
    seg_diags_render(&r.diags, &r.text, false);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    forget(&r);
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Far beyond what a busy machine needs: what grew faster than the text would take hours. */
static const double PATIENCE_S = 30;

static void test_garbage(void **state) {
    (void)state;
    char *bytes = malloc(SEG_SOURCE_LIMIT);
    assert_non_null(bytes);
    uint64_t seed = 1;
    for (size_t i = 0; i < SEG_SOURCE_LIMIT; i++) bytes[i] = (char)next_random(&seed);
    assert_true(seconds_to_read(bytes, SEG_SOURCE_LIMIT) < PATIENCE_S);
    static const char *const fillers[] = {
        "(", "x", "\"", " ", "\n", "##\n", "{", "a:", "\xE2\x80\x9C", "-", "segment ", "@a ", "/*", "1"};
    for (size_t f = 0; f < sizeof fillers / sizeof *fillers; f++) {
        size_t size = strlen(fillers[f]);
        for (size_t i = 0; i < SEG_SOURCE_LIMIT; i++) bytes[i] = fillers[f][i % size];
        assert_true(seconds_to_read(bytes, SEG_SOURCE_LIMIT) < PATIENCE_S);
    }
    seg_arena arena = {0};
    assert_null(seg_source_new(&arena, "large", bytes, (size_t)SEG_SOURCE_LIMIT + 1));
    seg_arena_release(&arena);
    free(bytes);
}

static void mutate(char *bytes, size_t *size, size_t room, uint64_t *seed) {
    static const char *const words[] = {
        "(",         ")",       "[",          "]",         "{",      "}",    "\"",           "/",
        "##",        "#",       "@",          "segment ",  "event ", "and ", "not ",         "in ",
        "where ",    "30d",     "2026-01-01", "matches /", "\\",     "\n",   "AND",          "IS",
        "=",         ":",       ",",          "|",         "?",      "-",    "\xE2\x80\x9C", "\xFF",
        "profile {", "test \"", "if ",        "history ",
    };
    for (uint64_t n = 1 + next_random(seed) % 6; n > 0; n--) {
        size_t at = *size ? next_random(seed) % *size : 0, span = next_random(seed) % 12;
        const char *word = words[next_random(seed) % (sizeof words / sizeof *words)];
        switch (next_random(seed) % 4) {
        case 0:
            if (*size) bytes[at] = (char)next_random(seed);
            break;
        case 1:
            if (at + span > *size) span = *size - at;
            memmove(bytes + at, bytes + at + span, *size - at - span);
            *size -= span;
            break;
        case 2:
            if (*size + strlen(word) > room) break;
            memmove(bytes + at + strlen(word), bytes + at, *size - at);
            memcpy(bytes + at, word, strlen(word));
            *size += strlen(word);
            break;
        default:
            if (at + span > *size || *size + span > room) break;
            memmove(bytes + at + span, bytes + at, *size - at);
            *size += span;
        }
    }
}

static void test_mutations(void **state) {
    (void)state;
    enum { ROUNDS = 20000, ROOM = 8192 };
    const char *given = getenv("SEED");
    uint64_t start = given ? strtoull(given, NULL, 10) : 20260101;
    print_message("seed %llu\n", (unsigned long long)start);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t seed = start + round;
        static char bytes[ROOM];
        size_t size;
        if (round % 2) {
            size = strlen(workspace);
            memcpy(bytes, workspace, size);
        } else {
            const char *sentence = sentences[next_random(&seed) % (sizeof sentences / sizeof *sentences)];
            size = (size_t)snprintf(bytes, ROOM, "segment s: %s\nsegment t: x\n", sentence);
        }
        mutate(bytes, &size, ROOM, &seed);
        reading r;
        read_bytes(&r, bytes, size);
        assert_true(height(r.tree) <= SEG_TREE_DEPTH_LIMIT);
        if (r.diags.errors == 0) check_spans(r.tree);
        seg_diags_render(&r.diags, &r.text, true);
        seg_diags_render_json(&r.diags, &r.text);
        forget(&r);
    }
}

/* Short of memory: NULL, and nothing is lost. */
static void test_memory(void **state) {
    (void)state;
    for (size_t limit = 4096; limit < 200000; limit += 4096) {
        seg_arena arena;
        seg_diags diags;
        seg_arena_init(&arena, NULL, limit);
        seg_diags_init(&diags, &arena);
        const seg_source *source = seg_source_new(&arena, "t.seg", workspace, strlen(workspace));
        seg_node *tree = source ? seg_parse(&arena, source, &diags) : NULL;
        assert_int_equal(tree == NULL, arena.failed);
        seg_arena_release(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),   cmocka_unit_test(test_trees),
        cmocka_unit_test(test_spans),       cmocka_unit_test(test_faults),
        cmocka_unit_test(test_many_faults), cmocka_unit_test(test_codes),
        cmocka_unit_test(test_render),      cmocka_unit_test(test_render_json),
        cmocka_unit_test(test_guess),       cmocka_unit_test(test_depth),
        cmocka_unit_test(test_garbage),     cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
