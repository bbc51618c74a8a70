/* The formatter: known answers; formatting twice changes nothing, and never what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../grammar/tree.h"

typedef struct formed { /* a source and its canonical form */
    seg_arena arena;
    seg_diags diags;
    seg_node *tree;
    seg_buffer text; /* terminated */
    bool done;
} formed;

static void form(formed *f, const char *text) {
    seg_arena_init(&f->arena, NULL, 0);
    seg_diags_init(&f->diags, &f->arena);
    seg_buffer_init(&f->text, NULL);
    const seg_source *source = seg_source_new(&f->arena, "t.seg", text, strlen(text));
    assert_non_null(source);
    f->done = seg_format_source(&f->arena, source, &f->diags, &f->text);
    if (!f->done) seg_diags_render(&f->diags, &f->text, false);
    seg_diags again;
    seg_diags_init(&again, &f->arena);
    f->tree = seg_parse(&f->arena, source, &again);
    seg_buffer_add(&f->text, "", 1);
    assert_false(f->text.failed);
}

static void forget(formed *f) {
    seg_buffer_free(&f->text);
    seg_arena_release(&f->arena);
}

static bool same_tree(const seg_node *a, const seg_node *b) {
    if (a->kind != b->kind || a->op != b->op || a->flags != b->flags || a->months != b->months ||
        a->number != b->number)
        return false;
    if (a->text.size_bytes != b->text.size_bytes || a->child_count != b->child_count) return false;
    if (a->text.size_bytes && memcmp(a->text.bytes, b->text.bytes, a->text.size_bytes) != 0) return false;
    const seg_node *x = a->first_child, *y = b->first_child;
    for (; x; x = x->next, y = y->next)
        if (!same_tree(x, y)) return false;
    return true;
}

static uint32_t count(const char *text, const char *part) {
    uint32_t found = 0;
    for (; (text = strstr(text, part)) != NULL; text++) found++;
    return found;
}

/* The laws of the formatter, for one source without faults. */
static void check_laws(const char *text) {
    formed once, twice;
    form(&once, text);
    if (!once.done) fail_msg("a source that should be right:\n%s\n%s", text, once.text.bytes);
    form(&twice, once.text.bytes);
    if (!twice.done)
        fail_msg("the formatter broke this:\n%s\ninto this:\n%s\n%s", text, once.text.bytes,
                 twice.text.bytes);
    if (strcmp(once.text.bytes, twice.text.bytes) != 0)
        fail_msg("not the same twice:\n%s\nonce:\n%s\ntwice:\n%s", text, once.text.bytes, twice.text.bytes);
    if (!same_tree(once.tree, twice.tree)) fail_msg("another tree:\n%s\nbecame\n%s", text, once.text.bytes);
    if (count(text, "#~") != count(once.text.bytes, "#~"))
        fail_msg("a comment was lost:\n%s\nbecame\n%s", text, once.text.bytes);
    if (strstr(once.text.bytes, " \n") || strstr(once.text.bytes, "\n\n\n"))
        fail_msg("loose space:\n%s\nbecame\n%s", text, once.text.bytes);
    forget(&once);
    forget(&twice);
}

static void expect(const char *text, const char *expected) {
    formed f;
    form(&f, text);
    assert_string_equal(f.text.bytes, expected);
    forget(&f);
    check_laws(text);
}

static const char canonical[] =
    "timezone \"Europe/Berlin\"  # of the workspace; UTC if left out\n"
    "\n"
    "profile {\n"
    "  email:         text?         # ? = may be missing\n"
    "  opted_out:     bool = false  # = has a default, so is never missing\n"
    "  plan:          free | trial | pro = free\n"
    "  signed_up_at:  time\n"
    "\n"
    "  # What support knows.\n"
    "  tags:          set of text\n"
    "  engagement:    float? history 30d\n"
    "}\n"
    "\n"
    "event visits    from \"Page Viewed\"   { page: text, seconds: int? }\n"
    "event cart_adds from \"Product Added\" { product: text, category: text }\n"
    "event checkouts from \"Checkout Completed\"\n"
    "events interactions = visits | cart_adds\n"
    "\n"
    "define spend(w: window) = sum(orders.amount, w)\n"
    "param vip_spend = 500  # a host or the command line may set it\n"
    "\n"
    "columns visits from \"visits*.csv\" { profile = user_id, time = \"the time\", page = url }\n"
    "\n"
    "columns profile from \"people.csv\" {\n"
    "  profile = id\n"
    "  email   = mail\n"
    "}\n"
    "\n"
    "## Members who drift away. Suppressed while support has an open ticket.\n"
    "@owner(\"retention\") @campaign(\"winback\") @tag(email)\n"
    "segment at_risk \"At risk\": visits(30d) < 2 and not opted_out\n"
    "\n"
    "segment long:\n"
    "  visits(30d where page starts with \"/pricing\") >= 2\n"
    "  and (plan == trial or signed_up_at more than 72h ago)\n"
    "  and -balance + 1 < 3\n"
    "  and not in suppressed\n"
    "\n"
    "# The tests.\n"
    "test \"a lapsed visitor is at risk until the second visit\" {\n"
    "  profile { opted_out: false, signed_up_at: 2026-01-01 }\n"
    "  2026-03-01 visits { page: \"/\" }\n"
    "  2026-03-02 checkouts\n"
    "\n"
    "  at 2026-04-15: in at_risk, not in vip\n"
    "  enters at_risk at 2026-05-16T10:00Z  # nothing happens, and time alone flips it\n"
    "}\n";

static void test_canonical(void **state) {
    (void)state;
    expect(canonical, canonical);
}

static void test_layout(void **state) {
    (void)state;
    expect("", "");
    expect("event  a=b c then no d(where x>1)within 24h",
           "event a = b c then no d (where x > 1) within 24h\n");
    expect("event s=sessions  of visits with gap 30m", "event s = sessions of visits with gap 30m\n");
    expect(
        "segment s: any a( last 5 not followed by b(where x==1)within 1h to 2d with same c ,d where e )",
        "segment s: any a(last 5 not followed by b (where x == 1) within 1h to 2d with same c, d where e)\n");
    expect("event long = first_of_them then second_of_them with same product then third_of_them with same "
           "product "
           "all within 24h",
           "event long = first_of_them\n  then second_of_them with same product\n"
           "  then third_of_them with same product\n  all within 24h\n");
    expect("\n\n#hello\n\n\n\n#!there\n", "# hello\n\n#!there\n");
    expect("segment   a  :  (  b  or c)and not(d)\r\n", "segment a: (b or c) and not (d)\n");
    expect("segment a:last( orders ) within last( 30d )", "segment a: last(orders) within last (30d)\n");
    expect("segment a: b - -1 > -c", "segment a: b - -1 > -c\n");
    expect("param a=1\nparam b=-2\n\n\nparam c=3\nsegment d:e segment f:g",
           "param a = 1\nparam b = -2\n\nparam c = 3\n\nsegment d: e\n\nsegment f: g\n");
    expect("event a from\"x\"{p:text q:int?=5,}event bb from \"yyy\" {}",
           "event a  from \"x\"   { p: text, q: int? = 5 }\nevent bb from \"yyy\" {}\n");
    expect("event a from \"x\" {\n p: text, # why\n qq: decimal( 2 )}",
           "event a from \"x\" {\n  p:   text  # why\n  qq:  decimal(2)\n}\n");
    expect("profile{}", "profile {}\n");
    expect("test \"t\" {}", "test \"t\" {}\n");
    expect("##about\n##\n## more\n@a @b(\"c\",d)\n# plain\nsegment s \"S\":\n  x # y\n",
           "## about\n##\n## more\n@a @b(\"c\", d)\n# plain\nsegment s \"S\": x  # y\n");
    expect("segment s: a # one\n  and b # two\n", "segment s:\n  a      # one\n  and b  # two\n");
    expect("segment s: plan in [\"aaaaaaaaaaaaaaaaaaaa\", \"bbbbbbbbbbbbbbbbbbbbbbbbbbbb\", "
           "\"cccccccccccccccccccccccc\", \"dddddddddddddddd\"]",
           "segment s:\n  plan in [\n    \"aaaaaaaaaaaaaaaaaaaa\", \"bbbbbbbbbbbbbbbbbbbbbbbbbbbb\", "
           "\"cccccccccccccccccccccccc\",\n"
           "    \"dddddddddddddddd\"\n  ]\n");
    expect("segment s: if aaaaaaaaaaaaaaaaaaaaaaaaaaaa then bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb else "
           "cccccccccccccccccccccccccccc",
           "segment s:\n  if aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  then bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  "
           "else cccccccccccccccccccccccccccc\n");
}

static void test_faulty(void **state) {
    (void)state;
    seg_arena arena = {0};
    seg_diags diags;
    seg_buffer out;
    seg_diags_init(&diags, &arena);
    seg_buffer_init(&out, NULL);
    const seg_source *source = seg_source_new(&arena, "t.seg", "segment a: b and", 16);
    assert_false(seg_format_source(&arena, source, &diags, &out));
    assert_int_equal(diags.errors, 1);
    assert_int_equal(out.size_bytes, 0);
    seg_arena_release(&arena);
}

/* ---- Random layout ---------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *seed) { /* splitmix64 */
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static const char *const declarations[] = {
    "timezone \"UTC\"",
    "duplicates within 24h",
    "fiscal year starts april",
    "param p = -5",
    "define w = 60d to 30d ago",
    "define s ( a : window ) = sum ( o . x , a )",
    "profile { a : text ? , b : free | pro = free c : decimal ( 2 ) ? history 30d }",
    "profile { }",
    "event v from \"Viewed\" { page : text , n : int ? }",
    "event longer_name from \"Seen\"",
    "event o from \"O\" { x : decimal ( 2 ) }",
    "events all_of = v | o | longer_name",
    "columns v from \"v.csv\" { profile = id , page = \"the page\" n = 5 }",
    "segment a : x",
    "segment b \"Title\" : visits ( 30d where page starts with \"/p\" ) >= 2 and ( x or not y ) or z between "
    "1 and - 2",
    "\n## A doc line.\n@ owner ( \"me\" , you ) @ tag\n## More.\nsegment c : plan in [ trial , pro , \"a "
    "long text that fills the line\" ] and x "
    "matches /a b/i and last ( orders ) more than 6mo ago and any clicks ( ever where campaign == \"a\" and "
    "page != \"bbbbbbbbbbbbbb\" )",
    "segment d : if a then b and c else if dddddddddddddddddddddddddddd then eeeeeeeeeeeeeeeeeeeeeeeeeee "
    "else ( ffffffffffffff or "
    "ggggggggggggggggggggg and hhhhhhhhhhhhhhhhhhhhhhhhhh or iiiiiiiiiiiiiiiiiiiiiiiiiii and "
    "jjjjjjjjjjjjjjjjjjj )",
    "test \"t\" { profile { a : true , tags : [ \"x\" , \"y\" ] } 2026-01-01 v { page : \"/\" n : 3 } "
    "2026-01-02 longer_name "
    "at 2026-02-01 : in a , not in b enters a at 2026-03-01T10:00Z }",
};

static void add(char *out, size_t *size, const char *text) {
    memcpy(out + *size, text, strlen(text));
    *size += strlen(text);
}

static void add_gap(char *out, size_t *size, uint64_t *seed, uint32_t comments) {
    static const char *const gaps[] = {" ", " ", " ", " ", "  ", "\n", "\n\n", "\t", "\n  "};
    if (next_random(seed) % 100 < comments)
        add(out, size, next_random(seed) % 2 ? " #~ behind\n" : "\n  #~own\n");
    else
        add(out, size, gaps[next_random(seed) % (sizeof gaps / sizeof *gaps)]);
}

/* The declarations' parts stand at single spaces; texts and patterns are left whole. */
static void add_loose(char *out, size_t *size, const char *text, uint64_t *seed, uint32_t comments) {
    char inside = 0;
    bool marked = false; /* in a doc line */
    for (; *text; text++) {
        if (!inside && text[0] == '#' && text[1] == '#') marked = true;
        if (*text == '\n') marked = false;
        if (!marked && (*text == '"' || (*text == '/' && (inside || text[1] == 'a'))))
            inside = inside ? 0 : *text;
        if (*text == ' ' && !inside && !marked)
            add_gap(out, size, seed, comments);
        else
            out[(*size)++] = *text;
    }
}

static void test_random(void **state) {
    (void)state;
    enum { ROUNDS = 3000, ROOM = 1 << 16 };
    const char *given = getenv("SEED");
    uint64_t start = given ? strtoull(given, NULL, 10) : 20260101;
    print_message("seed %llu\n", (unsigned long long)start);
    static char text[ROOM];
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t seed = start + round;
        uint32_t comments = round % 3 == 0 ? 0 : round % 3 == 1 ? 3 : 25;
        size_t size = 0;
        for (uint64_t n = next_random(&seed) % 7; n > 0; n--) {
            add_loose(text, &size,
                      declarations[next_random(&seed) % (sizeof declarations / sizeof *declarations)], &seed,
                      comments);
            add(text, &size, "\n");
            add_gap(text, &size, &seed, comments);
        }
        text[size] = 0;
        check_laws(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
