/* test_check.c - the checker: faults and their places, narrowing, typed rules, zones and literals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/constant.h"
#include "../../compiler/rule.h"
#include "../../compiler/types.h"
#include "../../compiler/zone.h"

/* The workspace that every rule below stands in; its faults are shown with an "a" before the line. */
static const char declarations[] =
    "timezone \"Europe/Berlin\"\n"
    "profile {\n"
    "  email:         text?\n"
    "  opted_out:     bool = false\n"
    "  plan:          free | trial | pro = free\n"
    "  country:       text?\n"
    "  tz:            timezone?\n"
    "  signed_up_at:  time\n"
    "  born_on:       date?\n"
    "  renews_on:     date?\n"
    "  tags:          set of text\n"
    "  last_session:  duration = 0s\n"
    "  engagement:    float? history 30d\n"
    "  churn_risk:    float?\n"
    "  age: int?\n"
    "  beta: bool?\n"
    "}\n"
    "event visits    from \"Page Viewed\"     { page: text, seconds: int? }\n"
    "event views     from \"Product Viewed\"  { product: text, category: text, price: decimal(2)? }\n"
    "event cart_adds from \"Product Added\"   { product: text, category: text }\n"
    "event checkouts from \"Checkout Completed\"\n"
    "event orders    from \"Order Completed\" { order_id: text, product: text, amount: decimal(2), seats: "
    "int = 1, category: text, coupon: text?, status: paid | refunded = paid }\n"
    "event sends     from \"Email Sent\"      { campaign: text }\n"
    "event opens     from \"Email Opened\"    { campaign: text }\n"
    "event clicks    from \"Email Clicked\"   { campaign: text }\n"
    "event onboardings from \"Onboarded\"\n"
    "events mails = sends | opens | clicks\n"
    "events interactions = visits | mails\n"
    "segment other: opted_out\n";

typedef struct result {
    seg_arena arena;
    seg_diags diags;
    const seg_rules *rules;
    char faults[4096];
    seg_buffer dump;
} result;

/* "E0301 1:12 {edit} W0601 2:3": every fault with its place and, if it has one, its edit. */
static void write_faults(result *r) {
    size_t used = 0;
    r->faults[0] = '\0';
    for (const seg_diag *d = r->diags.first; d != NULL; d = d->next) {
        seg_place place = {0, 0};
        if (d->span.source != NULL) place = seg_source_place(d->span.source, d->span.first);
        bool in_declarations = d->span.source != NULL && strcmp(d->span.source->name, "a.seg") == 0;
        int size =
            snprintf(r->faults + used, sizeof r->faults - used, "%s%s %s%u:%u%s%s%s", used == 0 ? "" : " ",
                     seg_diag_code_text(d->code), in_declarations ? "a" : "", place.line, place.column,
                     d->edit != NULL ? " {" : "", d->edit != NULL ? d->edit : "", d->edit != NULL ? "}" : "");
        used += (size_t)size;
        assert_true(used < sizeof r->faults);
    }
}

static void check(result *r, const char *const *texts, size_t count, const seg_param_value *params,
                  size_t param_count) {
    static const char *const names[] = {"a.seg", "b.seg", "c.seg"};
    seg_node *trees[3];
    *r = (result){.rules = NULL};
    seg_diags_init(&r->diags, &r->arena);
    seg_buffer_init(&r->dump, NULL);
    for (size_t i = 0; i < count; i++) {
        const seg_source *source = seg_source_new(&r->arena, names[i], texts[i], strlen(texts[i]));
        assert_non_null(source);
        trees[i] = seg_parse(&r->arena, source, &r->diags);
        assert_non_null(trees[i]);
    }
    if (r->diags.errors == 0) r->rules = seg_check(&r->arena, trees, count, params, param_count, &r->diags);
    assert_true((r->rules != NULL) == (r->diags.errors == 0));
    write_faults(r);
    if (r->rules != NULL) seg_dump_rules(r->rules, &r->dump);
    seg_buffer_add(&r->dump, "", 1);
}

static void check_one(result *r, const char *text) {
    const char *texts[] = {declarations, text};
    check(r, texts, 2, NULL, 0);
}

static void check_rule(result *r, const char *rule) {
    char *text = malloc(strlen(rule) + 16);
    assert_non_null(text);
    sprintf(text, "segment s: %s\n", rule);
    check_one(r, text);
    free(text);
}

static void release(result *r) {
    seg_buffer_free(&r->dump);
    seg_arena_release(&r->arena);
}

typedef struct pair {
    const char *source, *expected;
} pair;

/* ---- Typed rules --------------------------------------------------------------------------- */

static const pair goldens[] = {
    {"points(3 for opted_out, 2.5 for country == \"DE\") > 1",
     "(> (+ {to (if @opted_out 3 0) decimal(1)} (if {and {not {missing @country?}} (== @country \"DE\")} 2.5 "
     "0.0)) 1.0)"},
    {"points(-1 for any visits(3d)) == 0", "(== (if (any [visits, 3d]) -1 0) 0)"},
    {"visits(30d) < 2 and not opted_out", "(and (< (count [visits, 30d]) 2) (not @opted_out))"},
    {"any orders(30d) and any clicks(ever where campaign starts with \"promo\")",
     "(and (any [orders, 30d]) (any [clicks, ever, where (starts .campaign \"promo\")]))"},
    {"plan == trial and signed_up_at more than 72h ago and no onboardings(within 72h of signed_up_at)",
     "(and (and (== @plan trial) (reached @signed_up_at 3d1ms)) (not {any [onboardings, within 3d "
     "of @signed_up_at]}))"},
    {"any cart_adds(24h not followed by orders within 1h with same product)",
     "(any [cart_adds, 1d, not followed by [orders, ever] within 0d to 1h in order with same .product])"},
    {"visits(30d preceded by sends (where campaign == \"x\") within 0s to 1mo where page == \"/\") > 1",
     "(> (count [visits, 30d, where (== .page \"/\"), preceded by [sends, ever, where (== .campaign \"x\")] "
     "within "
     "0d to 1mo]) 1)"},
    {"no sends(last 5 followed by opens with same campaign)",
     "(not {any [sends, last 5, followed by [opens, ever] with same .campaign]})"},
    {"last(orders.status) ?\? paid == refunded", "(== (?\? (last? .status [orders, ever]) paid) refunded)"},
    {"any orders(ever) and last(orders.status) == refunded",
     "(and (any [orders, ever]) (== (last .status [orders, ever]) refunded))"},
    {"any orders(ever) and no orders(6mo) and no sends(30d)",
     "(and (and (any [orders, ever]) (not {any [orders, 6mo]})) (not {any [sends, 30d]}))"},
    {"any orders(21d where category == \"skincare\") and no orders(21d where product == \"moisturizer\")",
     "(and (any [orders, 21d, where (== .category \"skincare\")]) (not {any [orders, 21d, where (== "
     ".product \"moisturizer\")]}))"},
    {"renews_on is known and renews_on within next 30d",
     "(and (not {missing @renews_on?}) (and {date_reached @renews_on -30d} {not {date_reached @renews_on "
     "0d}}))"},
    {"trial == plan", "(== trial @plan)"},
    {"plan in [pro, trial] and plan not in [free]", "(and (in @plan [pro, trial]) (not {in @plan [free]}))"},
    {"orders(30d) > 0 and sum(orders.amount, 30d) / orders(30d) > 50",
     "(and (> (count [orders, 30d]) 0) (> (/ {to (sum .amount [orders, 30d]) float} {to (count [orders, "
     "30d]) float}) 50f))"},
    {"sum(orders.amount, ever) between 10 and 99.5",
     "(and {>= (sum .amount [orders, ever]) 10.00} {<= {sum .amount [orders, ever]} 99.50})"},
    {"sum(orders.amount, 30d) > 0.125", "(> {to (sum .amount [orders, 30d]) decimal(3)} 0.125)"},
    {"sum(orders.amount * orders.seats, 30d) > 100",
     "(> (sum (* .amount {to .seats decimal(0)}) [orders, 30d]) 100.00)"},
    {"orders(30d) * 2 + 1 >= 7 - 2", "(>= (+ (* (count [orders, 30d]) 2) 1) 5)"},
    {"-orders(30d) < -3", "(< (neg (count [orders, 30d])) -3)"},
    {"orders(30d) / 4 > 0.5", "(> (/ {to (count [orders, 30d]) float} 4f) 0.5f)"},
    {"orders(30d) > 2.0", "(> (count [orders, 30d]) 2)"},
    {"orders(30d) in [1, 2.5]", "(in {to (count [orders, 30d]) decimal(1)} [1.0, 2.5])"},
    {"engagement ?\? 0 >= 0.7", "(>= (?\? @engagement? 0f) 0.7f)"},
    {"age ?\? 0 > 30", "(> (?\? @age? 0) 30)"},
    {"(if opted_out then 1 else 2.5) > 1", "(> (if @opted_out 1.0 2.5) 1.0)"},
    {"tags contains \"vip\"", "(has @tags \"vip\")"},
    {"tags not contains \"vip\"", "(not {has @tags \"vip\"})"},
    {"tags any of [\"a\", \"b\", \"c\"]", "(or {has @tags \"a\"} {or {has @tags \"b\"} {has @tags \"c\"}})"},
    {"tags all of [\"a\", \"b\"]", "(and {has @tags \"a\"} {has @tags \"b\"})"},
    {"tags none of [\"a\", \"b\"]", "(not {or {has @tags \"a\"} {has @tags \"b\"}})"},
    {"email is known and email ends with \"@x.com\"",
     "(and (not {missing @email?}) (ends @email \"@x.com\"))"},
    {"(email ?\? \"none\") contains \"one\"", "(if {not {missing @email?}} {contains @email \"one\"} true)"},
    {"email version == \"v1.0-02.a+b\"",
     "{and {not {missing @email?}} (matches @email "
     "/^[vV]?(0*1((\\.0+)*(-(0*2(\\.(a(0{0})))))))(\\+[0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*)?$/)}"},
    {"(if opted_out then country ?\? \"\" else \"DE\") matches /^d/i",
     "(if @opted_out {if {not {missing @country?}} {matches @country /^d/i} {matches \"\" /^d/i}} "
     "{matches \"DE\" /^d/i})"},
    {"age is known and age not between 18 and 65",
     "(and (not {missing @age?}) (not {and {>= @age 18} {<= @age 65}}))"},
    {"signed_up_at within last 30d", "(and {reached @signed_up_at 0d} {not {reached @signed_up_at 30d}})"},
    {"signed_up_at not within last 30d",
     "(not {and {reached @signed_up_at 0d} {not {reached @signed_up_at 30d}}})"},
    {"signed_up_at within next 1mo", "(and {reached @signed_up_at -1mo} {not {reached @signed_up_at 0d}})"},
    {"signed_up_at less than 6mo ago",
     "(and {reached @signed_up_at 0d} {not {reached @signed_up_at 6mo1ms}})"},
    {"signed_up_at more than 2d ahead", "(not {reached @signed_up_at -2d})"},
    {"signed_up_at less than 2d ahead", "(and {reached @signed_up_at -2d} {not {reached @signed_up_at 0d}})"},
    {"born_on is known and born_on more than 18y ago",
     "(and (not {missing @born_on?}) (date_reached @born_on 18y1d))"},
    {"born_on is known and born_on within last 2w",
     "(and (not {missing @born_on?}) (and {date_reached @born_on 0d} {not {date_reached @born_on 14d}}))"},
    {"born_on is known and born_on less than 30d ago",
     "(and (not {missing @born_on?}) (and {date_reached @born_on 0d} {not {date_reached @born_on 31d}}))"},
    {"born_on is known and born_on >= 2000-01-01",
     "(and (not {missing @born_on?}) (>= @born_on 2000-01-01))"},
    {"signed_up_at >= 2026-01-01T00:00", "(>= @signed_up_at 2025-12-31T23:00:00.000Z)"},
    {"signed_up_at < 2026-06-01T12:00:00Z", "(< @signed_up_at 2026-06-01T12:00:00.000Z)"},
    {"last_session > 30m", "(> @last_session 30m)"},
    {"visits(60d to 30d ago) > 1", "(> (count [visits, 60d to 30d ago]) 1)"},
    {"visits(since signed_up_at) > 1", "(> (count [visits, since @signed_up_at]) 1)"},
    {"visits(since 2026-03-01) > 1", "(> (count [visits, since 2026-02-28T23:00:00.000Z]) 1)"},
    {"any orders(ever) and any visits(since last(orders))",
     "(and (any [orders, ever]) (any [visits, since (last [orders, ever])]))"},
    {"visits(within 1mo of signed_up_at) > 1", "(> (count [visits, within 1mo of @signed_up_at]) 1)"},
    {"active days(visits, 30d) >= 5", "(>= (active_days [visits, 30d]) 5)"},
    {"distinct(orders.category, 90d where amount > 100) > 1",
     "(> (distinct .category [orders, 90d, where (> .amount 100.00)]) 1)"},
    {"any orders(ever) and first(orders) within last 30d",
     "(and (any [orders, ever]) (and {reached (first [orders, ever]) 0d} {not {reached {first [orders, "
     "ever]} 30d}}))"},
    {"mails(30d where campaign == \"x\") >= 2",
     "(>= (count [clicks | opens | sends, 30d, where (== .campaign \"x\")]) 2)"},
    {"max(views.price, 30d) ?\? 0 > 3", "(> (?\? (max? .price? [views, 30d]) 0.00) 3.00)"},
    {"tz is known and tz == \"Europe/Paris\"", "(and (not {missing @tz?}) (== @tz \"Europe/Paris\"))"},
    {"opted_out == false", "(== @opted_out false)"},
    {"visits(30d where seconds is known and seconds > 3) > 1",
     "(> (count [visits, 30d, where (and (not {missing .seconds?}) (> .seconds 3))]) 1)"},
    {"any orders(30d where orders.status == paid and amount > 100)",
     "(any [orders, 30d, where (and (== .status paid) (> .amount 100.00))])"},
    {"in other and not in other", "(and in other (not in other))"},
    {"any orders(30d where coupon is missing or coupon == \"x\")",
     "(any [orders, 30d, where (or (missing .coupon?) (== .coupon \"x\"))])"},
    {"sum(views.price, 30d) > 0", "(> (sum .price? [views, 30d]) 0.00)"},
    {"avg(orders.seats, ever) ?\? 0 > 1.5", "(> (?\? (avg? .seats [orders, ever]) 0f) 1.5f)"},
};

static void test_goldens(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        result r;
        check_rule(&r, goldens[i].source);
        if (r.faults[0] != '\0') fail_msg("%s\n%s", goldens[i].source, r.faults);
        char *line = strstr(r.dump.bytes, "segment s: ");
        assert_non_null(line);
        line += strlen("segment s: ");
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, goldens[i].expected) != 0) fail_msg("%s\n%s", goldens[i].source, line);
        release(&r);
    }
}

/* ---- What is proven: no fault means that it compiles ------------------------------------------ */

static const pair narrowings[] = {
    {"age > 30", "E0301 1:12"},
    {"age is known and age > 30", ""},
    {"any orders(90d followed by visits) and avg(orders.amount, 90d) > 40", ""},
    {"any orders(90d) and avg(orders.amount, 90d followed by visits) > 40", "E0301 1:32"},
    {"any orders(90d followed by visits) and avg(orders.amount, 90d followed by visits) > 40", ""},
    {"any orders(90d) and avg(orders.amount, last 5) > 40", ""},
    {"any orders(last 3 followed by visits) and avg(orders.amount, last 5 followed by visits) > 40", ""},
    {"any orders(last 5 followed by visits) and avg(orders.amount, last 3 followed by visits) > 40",
     "E0301 1:54"},
    {"any orders(last 3) and avg(orders.amount, 30d) > 40", "E0301 1:35"},
    {"age is missing or age > 30", ""},
    {"age is known or age > 30", "E0301 1:28"},
    {"age is missing and age > 30", "E0301 1:31"},
    {"age > 30 and age is known", "E0301 1:12"},
    {"not (age is missing) and age > 1", ""},
    {"not (age is known and opted_out) or age > 1", ""},
    {"not (age is missing or opted_out) and age > 1", ""},
    {"(age is known or opted_out) and age > 1", "E0301 1:44"},
    {"(age is known and opted_out or age is known and plan == pro) and age > 1", ""},
    {"if age is known then age > 3 else opted_out", ""},
    {"if age is missing then opted_out else age > 3", ""},
    {"if age is known then opted_out else age > 3", "E0301 1:48"},
    {"age is known and (if opted_out then age > 3 else age > 4)", ""},
    {"(if opted_out then age is known else age is known) and age > 3", ""},
    {"age is known and visits(30d) > 3 and (opted_out or age > 5)", ""},
    /* What is missing is not what a test asks for, unless something negates the test. */
    {"country == \"DE\"", ""},
    {"country == \"DE\" or plan == pro", ""},
    {"if plan == pro then country == \"DE\" else not opted_out", ""},
    {"if country == \"DE\" then plan == pro else not opted_out", "E0301 1:15"},
    {"not country == \"DE\"", "E0301 1:16"},
    {"not (plan == pro and country == \"DE\")", "E0301 1:33"},
    {"country != \"DE\"", "E0301 1:12"},
    {"country in [\"DE\", \"AT\"]", ""},
    {"country not in [\"DE\", \"AT\"]", "E0301 1:12"},
    {"country starts with \"D\"", ""},
    {"country not contains \"D\"", "E0301 1:12"},
    {"age == 3", ""},
    {"age > 3", "E0301 1:12"},
    {"last(orders) within last 3d", ""},
    {"last(orders) not within last 3d", "E0301 1:12"},
    {"last(orders) more than 3d ago", "E0301 1:12"},
    {"last(orders.status) == refunded", ""},
    {"(country == \"DE\") == true", "E0301 1:13"},
    {"visits(30d where seconds == 3) > 1", ""},
    {"no visits(30d where seconds == 3)", ""},
    {"not any visits(30d where not seconds == 3)", "E0301 1:41"},
    {"visits(30d where seconds > 3) > 1", "E0301 1:29"},
    {"visits(30d where seconds is known and seconds > 3) > 1", ""},
    {"visits(30d where seconds is known) > 1 and visits(30d where seconds > 3) > 1", "E0301 1:72"},
    {"age is known and visits(30d where seconds > 3) > 1", "E0301 1:46"},
    {"last(orders) more than 3d ago", "E0301 1:12"},
    {"any orders(ever) and last(orders) more than 3d ago", ""},
    {"no orders(ever) or last(orders) more than 3d ago", ""},
    {"not any orders(ever) or last(orders) more than 3d ago", ""},
    {"orders(ever) >= 1 and last(orders) more than 3d ago", ""},
    {"orders(ever) > 0 and last(orders) more than 3d ago", ""},
    {"orders(ever) == 2 and last(orders) more than 3d ago", ""},
    {"orders(ever) != 0 and last(orders) more than 3d ago", ""},
    {"1 <= orders(ever) and last(orders) more than 3d ago", ""},
    {"orders(ever) < 1 or last(orders) more than 3d ago", ""},
    {"orders(ever) == 0 or last(orders) more than 3d ago", ""},
    {"orders(ever) <= 5 and last(orders) more than 3d ago", "E0301 1:34"},
    {"orders(ever) >= 0.5 and last(orders) more than 3d ago", ""},
    {"any orders(7d) and avg(orders.amount, 30d) > 5", ""},
    {"any orders(30d) and avg(orders.amount, 7d) > 5", "E0301 1:32"},
    {"any orders(28d) and avg(orders.amount, 1mo) > 5", "E0301 1:32"},
    {"any orders(1mo) and avg(orders.amount, 32d) > 5", "E0301 1:32"},
    {"any orders(1mo) and avg(orders.amount, 90d) > 5", ""},
    {"any orders(1mo) and avg(orders.amount, 1y) > 5", ""},
    {"any orders(30d to 7d ago) and avg(orders.amount, 30d) > 5", ""},
    {"any orders(30d) and avg(orders.amount, 30d to 7d ago) > 5", "E0301 1:32"},
    {"any orders(since signed_up_at) and avg(orders.amount, ever) > 5", ""},
    {"any orders(within 3d of signed_up_at) and avg(orders.amount, since signed_up_at) > 5", ""},
    {"any orders(within 3d of signed_up_at) and avg(orders.amount, within 7d of signed_up_at) > 5", ""},
    {"any orders(within 7d of signed_up_at) and avg(orders.amount, within 3d of signed_up_at) > 5",
     "E0301 1:54"},
    {"any orders(30d where amount > 5) and avg(orders.amount, 30d where amount > 5) > 7", ""},
    {"any orders(30d where amount > 5) and avg(orders.amount, 30d) > 7", ""},
    {"any orders(30d where amount > 5) and avg(orders.amount, 30d where amount > 6) > 7", "E0301 1:49"},
    {"any orders(30d) and avg(orders.amount, 30d where amount > 5) > 7", "E0301 1:32"},
    {"any views(30d) and max(views.price, 30d) > 3", "E0301 1:31"},
    {"max(views.price, 30d) is known and max(views.price, 30d) > 3", ""},
    {"any orders(ever) and last(orders.coupon) != \"x\"", "E0301 1:33"},
    {"last(orders.coupon) is known and last(orders.coupon) != \"x\"", ""},
    {"last(orders.coupon) is known and last(orders) more than 3d ago", ""},
    {"any sends(ever) and last(mails) more than 3d ago", ""},
    {"any mails(ever) and last(sends) more than 3d ago", "E0301 1:32"},
    {"visits(3d) / orders(3d) > 1", "E0301 1:12"},
    {"orders(3d) > 0 and visits(3d) / orders(3d) > 1", ""},
    {"any orders(3d) and visits(3d) / orders(3d) > 1", ""},
    {"any orders(3d) and visits(3d) / orders(7d) > 1", ""},
    {"any orders(3d) and visits(3d) / distinct(orders.category, 7d) > 1", ""},
    {"no orders(3d) or visits(3d) / orders(3d) > 1", ""},
    {"sum(orders.amount, 3d) != 0 and 1 / sum(orders.amount, 3d) > 1", ""},
    {"sum(orders.amount, 3d) > 0 and 1 / sum(orders.amount, 3d) > 1", ""},
    {"sum(orders.amount, 3d) < 5 and 1 / sum(orders.amount, 3d) > 1", "E0301 1:43"},
    {"engagement is known and engagement > 0 and 1 / engagement > 1", ""},
    {"beta is known and beta", ""},
    {"beta", "E0301 1:12 { ?\? false}"},
    {"beta ?\? false", ""},
    {"beta == true", ""},
    {"born_on more than 3d ago", "E0301 1:12"},
    {"country == \"DE\"", ""},
    {"country in [\"DE\"]", ""},
    {"country contains \"D\"", ""},
    {"country ?\? \"\" == \"DE\"", ""},
    {"any orders(ever) and any visits(since first(orders))", ""},
    {"any visits(since first(orders))", "E0301 1:29"},
};

/* ---- Faults of rules ------------------------------------------------------------------------- */

static const pair faults[] = {
    {"visits(30d)", "E0302 1:12 {any }"},
    {"not visits(30d)", "E0302 1:16 {no }"},
    {"last(orders) more than 6mo ago", "E0301 1:12"},
    {"any orders(ever) and last(orders) more than 6mo ago", ""},
    {"no orders(ever) or last(orders) more than 6mo ago", ""},
    {"any orders(30d) and avg(orders.amount, 7d) > 3", "E0301 1:32"},
    {"opted_out == \"false\"", "E0303 1:25 {false}"},
    {"plan == \"pro\"", "E0206 1:20 {pro}"},
    {"plan == trail", "E0205 1:20 {trial}"},
    {"visit(30d) > 1", "E0201 1:12 {visits}"},
    {"visits > 3", "E0202 1:12"},
    {"signed_up_at >= 2026-01-01", "E0305 1:28 {2026-01-01T00:00}"},
    {"born_on is known and born_on < 2026-01-01T10:00", "E0305 1:43 {2026-01-01}"},
    {"signed_up_at < 30d", "E0303 1:27"},
    {"visits(30) > 1", "E0401 1:19 {30d}"},
    {"visits(30d to 60d ago) > 1", "E0401 1:19 {60d to 30d}"},
    {"visits(1mo to 30d ago) > 1", "E0401 1:19"},
    {"orders.amount > 3", "E0403 1:12"},
    {"sum(orders, 30d) > 1", "E0404 1:16"},
    {"sum(orders.amout, 30d) > 1", "E0204 1:23 {amount}"},
    {"any orders(30d where country == \"DE\")", "E0402 1:33"},
    {"any interactions(30d where page == \"/\")", "E0212 1:39"},
    {"in visits", "E0202 1:15"},
    {"plan > trial", "E0304 1:12"},
    {"tags == \"x\"", "E0303 1:12"},
    {"country any of [\"DE\"]", "E0308 1:12"},
    {"amount starts with \"5\"", "E0201 1:12"},
    {"visits(30d) >= 0", "W0601 1:12"},
    {"true", "W0603 1:9"},
    {"visits(30d) / 0 > 1", "E0314 1:12"},
    {"visits(30d) / orders(30d) > 1", "E0301 1:12"},
    {"orders(30d) > 0 and visits(30d) / orders(30d) > 1", ""},
    {"sum(orders.amount) > 3", "E0214 1:12 {, ever}"},
    {"country == germany", "E0201 1:23 {\"germany\"}"},
    {"age ?\? \"x\" == 3", "E0312 1:19"},
    {"signed_up_at + 3d > 2026-01-01T00:00", "E0306 1:12 E0306 1:27"},
    {"visits(30d) ?\? 0 > 1", "W0604 1:12"},
    {"last(orders, 30d) is known and last(orders, 30d) more than 3d ago", ""},
    {"tz == \"Europe/Berlln\"", "E0207 1:18 {\"Europe/Berlin\"}"},
    {"visits(30d) in [1, 2.5, \"x\"]", "E0303 1:36"},
    {"plan in []", "E0315 1:20"},
    {"tags(30d) > 1", "E0202 1:12"},
    {"any sum(orders.amount, 30d)", "E0202 1:16"},
    {"typo > 3 and age > 30", "E0201 1:12"},
    {"if age is known then age > 3 else visits(30d) > 1", ""},
    {"signed_up_at more than 3 ago", "E0310 1:35 {3d}"},
    {"visits(30d) within last 7d", "E0309 1:12"},
    {"email contains country", "E0301 1:27"},
    {"max(views.price, 30d) > 3", "E0301 1:12"},
    {"country", "E0302 1:12"},
    {"in othr", "E0201 1:15 {other}"},
    {"visits(30d) > 1d", "E0303 1:26"},
    {"\"x\" == opted_out", "E0303 1:19"},
    {"5 == country", "E0303 1:17 {\"5\"}"},
    {"visits(30d) == \"5\"", "E0303 1:27 {5}"},
    {"last_session > 30", "E0303 1:27"},
    {"last_session > 1mo", "E0310 1:27"},
    {"signed_up_at within last 0d", "E0310 1:37"},
    {"born_on is known and born_on within last 36h", "E0310 1:53"},
    {"any visits(since 30d)", "E0309 1:29"},
    {"any visits(since born_on)", "E0301 1:29"},
    {"any visits(within 3 of signed_up_at)", "E0310 1:30 {3d}"},
    {"any visits(0d)", "E0310 1:23"},
    {"any visits(30d, 60d)", "E0214 1:16"},
    {"any visits(someday)", "E0201 1:23"},
    {"any visits(age)", "E0401 1:23"},
    {"sum(orders.amount, orders.amount) > 3", "E0401 1:31"},
    {"sum(orders.status, 30d) > 3", "E0404 1:16"},
    {"distinct(orders, 30d) > 3", "E0404 1:21"},
    {"avg(age, 30d) > 3", "E0404 1:16"},
    {"last(age) > 3", "E0404 1:17"},
    {"last(ordrs) is known", "E0201 1:17 {orders}"},
    {"last(orders.sttus) is known", "E0204 1:24 {status}"},
    {"active days(visit, 30d) > 3", "E0201 1:24 {visits}"},
    {"active days(age, 30d) > 3", "E0404 1:24"},
    {"any orders(30d where any visits(3d))", "E0402 1:33"},
    {"any orders(30d where in other)", "E0402 1:33"},
    {"any orders(30d where amount > visits(3d))", "E0402 1:42"},
    {"any orders(30d where visits.page == \"x\")", "E0402 1:33"},
    {"any orders(30d where placed within last 3d)", "E0402 1:33"},
    {"any orders(30d where amount)", "E0302 1:33"},
    {"any orders(30d where amuont > 3)", "E0201 1:33 {amount}"},
    {"any other(30d)", "E0202 1:16"},
    {"other", "E0202 1:12 {in other}"},
    {"other(30d) > 1", "E0202 1:12 {in other}"},
    {"orders(30d) and opted_out", "E0302 1:12 {any }"},
    {"[1, 2]", "E0315 1:12"},
    {"signed_up_at", "E0302 1:12"},
    {"tags", "E0302 1:12"},
    {"5", "E0302 1:12"},
    {"not 5", "E0302 1:16"},
    {"plan == [pro]", "E0315 1:20"},
    {"plan in [\"pro\"]", "E0206 1:21 {pro}"},
    {"plan in [pro, premium]", "E0205 1:26"},
    {"plan contains \"p\"", "E0307 1:12"},
    {"plan == country", "E0303 1:20"},
    {"country == \"DE\" and age > 3", "E0301 1:32"},
    {"tz is known and tz == \"Europe/Berlln\"", "E0207 1:34 {\"Europe/Berlin\"}"},
    {"opted_out > false", "E0304 1:12"},
    {"sum(orders.amount, 30d) > 0.1234567890123", "E0313 1:12"},
    {"sum(orders.amount, 30d) > 12345678901234567890", "E0313 1:38"},
    {"sum(orders.amount * orders.amount * orders.amount * orders.amount * orders.amount * orders.amount "
     "* orders.amount, 30d) > 1",
     "E0313 1:16"},
    {"9223372036854775807 + 1 > visits(3d)", "E0313 1:12"},
    {"if opted_out then 1 else \"x\"", "E0312 1:37 {\"1\"}"},
    {"(if opted_out then 1 else plan) == 1", "E0312 1:38"},
    {"age is known and age is known and opted_out", "W0601 1:29"},
    {"opted_out is missing", "W0601 1:12"},
    {"visits(30d) < 0", "W0601 1:12"},
    {"visits(30d) >= -1", "W0601 1:12"},
    {"0 > visits(30d)", "W0601 1:12"},
    {"age + \"x\" > 3", "E0301 1:12 E0306 1:18"},
    {"tags + 1 > 3", "E0306 1:12"},
    {"any visits(30d followed by nosuch)", "E0201 1:39"},
    {"any visits(30d followed by age)", "E0202 1:39"},
    {"any visits(30d followed by orders with same colour)", "E0410 1:56"},
    {"any visits(30d followed by orders within 2d to 1d)", "E0410 1:53 {1d to 2d}"},
    {"any visits(30d followed by orders within 1mo to 30d)", "E0410 1:53"},
    {"any visits(30d followed by orders within 3)", "E0310 1:53 {3d}"},
    {"any visits(30d followed by orders (where age > 3))", "E0402 1:53"},
    {"any visits(last 0)", "E0401 1:23"},
    {"any visits(last 1.5)", "E0401 1:23"},
    {"email starts with country", "E0301 1:30"},
    {"email starts with 5", "E0307 1:30"},
    {"country != \"de\" ignoring case", "E0301 1:12"},
    {"visits(30d) mod 0 == 1", "E0314 1:12"},
    {"visits(30d) mod visits(7d) != 1", "E0301 1:12"},
    {"avg(orders.amount, 30d) ?? 0 mod 3 == 1", "E0306 1:12"},
    {"visits(30d) mod 2.5d == 1", "E0112 1:28"},
    {"quarter of country == 1", "E0309 1:23"},
    {"day of year of visits(7d) == 1", "E0309 1:27"},
    {"email version >= \"\"", "E0316 1:29"},
    {"email version >= \"2.\"", "E0316 1:29"},
    {"email version >= \"v\"", "E0316 1:29"},
    {"email version >= \"2-\"", "E0316 1:29"},
    {"email version >= \"2-a..b\"", "E0316 1:29"},
    {"email version >= \"2+\"", "E0316 1:29"},
    {"email version >= \"2+a+b\"", "E0316 1:29"},
    {"email version >= \" 2\"", "E0316 1:29"},
    {"email version >= \"2_1\"", "E0316 1:29"},
    {"email version >= \"123456789.123456789.123456789.123\"", "E0316 1:29"},
    {"email version between \"1\" and \"x\"", "E0316 1:42"},
    {"email version >= 2.9", "E0307 1:29"},
    {"email version >= country", "E0301 1:29"},
    {"age version >= \"2\"", "E0307 1:12"},
    {"tags version != \"2\"", "E0307 1:12"},
    {"not email version == \"2\"", "E0301 1:16"},
    {"email version not between \"1\" and \"2\"", "E0301 1:12"},
    {"age == 5 ignoring case", "E0307 1:12"},
    {"tags contains \"vip\" ignoring case", "E0307 1:12"},
    {"country == email ignoring case", "E0301 1:23"},
    {"country < \"de\" ignoring case", "E0304 1:12"},
    {"country in [] ignoring case", "E0315 1:23"},
    {"opted_out all of [\"x\"]", "E0308 1:12"},
    {"tags any of []", "E0315 1:24"},
    {"tags any of [1, \"x\"]", "E0307 1:25"},
    {"nosuch(3d) and nosuch2(3d) and nosuch3 and in nosuch4", "E0201 1:12 E0201 1:27 E0201 1:43 E0201 1:58"},
    {"(nosuch > 1 or age > 3) and last(orders) more than 3d ago", "E0201 1:13"},
};

/* ---- Faults of declarations -------------------------------------------------------------------- */

static const pair workspaces[] = {
    {"define adult = age ?\? 0 >= 18\nsegment a: adult\nsegment b: in a\nsegment c: in d", "E0201 4:15"},
    {"segment a: in b\nsegment b: in c\nsegment c: in a and in d", "E0201 3:24 E0213 1:12"},
    {"segment a: in a", "E0213 1:12"},
    {"segment a: in b or in c\nsegment b: in a\nsegment c: in d and in a\nsegment d: in c",
     "E0213 1:12 E0213 3:12"},
    {"event visits from \"Page Viewed 2\"", "E0203 1:7"},
    {"event again from \"Page Viewed\"", "E0203 a18:7"},
    {"segment plan: opted_out", "E0203 1:9"},
    {"event last from \"X\"", "E0203 1:7"},
    {"profile { more: int }", "E0211 1:1"},
    {"timezone \"UTC\"", "E0211 1:1"},
    {"duplicates within 3d\nduplicates within 4d", "E0211 2:1"},
    {"duplicates within 1mo", "E0310 1:19"},
    {"events all_mail = mails | interactions\nsegment s: any all_mail(3d where campaign == \"x\")",
     "E0212 2:34"},
    {"events all_mail = mails\nsegment s: any all_mail(3d where campaign == \"x\")", ""},
    {"events p = q | visits\nevents q = p", "E0213 2:12"},
    {"events p = age", "E0202 1:12"},
    {"events p = visit", "E0201 1:12 {visits}"},
    {"event x from \"X\" { a: string, b: decimal, c: decimal(13), d: text? = \"x\", e: bool = 3, f: "
     "u | v = w, g: u | v = \"u\" }",
     "E0208 1:23 {text} E0209 1:34 E0209 1:46 E0209 1:59 {} E0210 1:85 E0205 1:99 E0206 1:113 {u}"},
    {"event x from \"X\" { a: int, a: text, b: text history 3d, c: decimal(2) = 1.005, d: int(3), "
     "e: timezone = \"Berlin\", f: u | u }",
     "E0203 1:28 E0209 1:53 E0210 1:73 E0209 1:83 E0207 1:105 E0203 1:122"},
    {"event x from \"X\" { a: foo }segment s: any x(3d where a > 3)", "E0208 1:23"},
    {"event e = no visits then orders\nsegment s: any e(3d)", "E0411 1:11"},
    {"event e = visits then no orders\nsegment s: any e(3d)", "E0411 1:23"},
    {"event e = visits then no orders within 1mo\nsegment s: any e(3d)", "E0310 1:40"},
    {"event e = visits within 3d then orders", "E0411 1:11"},
    {"event e = visits then no orders within 1d all within 3d", "E0411 1:54"},
    {"event e = visits then orders all within 3mo", "E0310 1:41"},
    {"event e = f then visits\nevent f = e then visits", "E0213 1:7"},
    {"event e = visits then orders\nevents u = e | sends", "E0202 2:12"},
    {"event e = visits then orders\nsegment s: any e(3d where amount > 3) and sum(e.amount, 3d) > 2", ""},
    {"event e = sessions of age with gap 30m", "E0202 1:23"},
    {"event e = visits then visits then visits then visits then visits then visits then visits\n"
     "event f = e then e then e then e then e then e then e then e\nevent g = f then f then f",
     "E0216 3:18"},
    {"segment s: (opted_out as of 3d ago)", "E0320 1:13 { history 3d}"},
    {"segment s: ((engagement as of 20d ago) as of 20d ago) > 1", "E0320 1:14"},
    {"segment s: engagement is known and (engagement as of 7d ago) > 1", "E0301 1:36"},
    {"segment s: visits(3d) > (visits(3d) as of 1mo ago)", "E0310 1:43 {30d}"},
    {"segment s: any visits(3d where (page as of 3d ago) == \"/\")", "E0402 1:32"},
    {"segment t: any visits(3d)\nsegment s: entered(t)", "E0321 2:12"},
    {"segment t: any visits(3d)\nsegment s: entered(t) more than 3d ago", "E0321 2:12"},
    {"segment t: any visits(3d)\nsegment s: exited(t, 3d) within last 3d", "E0214 2:12"},
    {"segment s: entered(visits) within last 3d", "E0202 1:20"},
    {"segment s: in s for 3d", "E0213 1:12"},
    {"segment s: changed(engagement) within last 40d or changed(tags) within last 3d",
     "E0320 1:20 E0320 1:59 { history 3d}"},
    {"segment s: changed(engagement, 3d) within last 3d or changed(engagement)", "E0214 1:12 E0321 1:54"},
    {"segment s: changed(engagement) within last 3d or changed(visits(3d)) not within last 1d", ""},
    {"segment s: enter when age > 3 exit when visits(3d) stay at least 1mo",
     "E0301 1:23 E0302 1:41 {any } E0310 1:66 {30d}"},
    {"segment s: decayed(visits, half life 7d) > visits(3d)", "E0322 1:12"},
    {"segment s: decayed(visits, half life 7d) == 1", "E0322 1:12"},
    {"segment s: decayed(visits, half life 1mo) > 3", "E0310 1:38 {30d}"},
    {"segment s: decayed(visits, 7d) > 3", "E0214 1:12"},
    {"segment s: decayed(visit, half life 7d) > 3", "E0201 1:20 {visits}"},
    {"segment s: decayed(visits, half life 300y3d) > 3 or decayed(visits, half life 200000d) >= 0",
     "E0310 1:38 {109503d} E0310 1:69"},
    {"segment s: decayed(visits, half life 7d) < 0 or opted_out", "W0601 1:12"},
    {"event entered from \"X\"\nsegment s: any entered(3d) and entered(3d) > 2", ""},
    {"define f = g + 1\ndefine g = f * 2\nsegment s: f > 1", "E0213 1:8"},
    {"define f(n: number) = f(n) + 1\nsegment s: f(1) > 1", "E0213 1:8"},
    {"define w = v\ndefine v = w\nsegment s: any visits(w)", "E0213 1:8"},
    {"define f(n: nmber) = n > 3\nsegment s: f(1)", "E0208 1:13 {number}"},
    {"define f(n: number, n: text) = n > 3\nsegment s: f(1, \"x\")", "E0203 1:21 W0603 2:9"},
    {"define f(n: number) = n > visits(3d)\nsegment s: f(1, 2)\nsegment t: f\nsegment u: f(1 where "
     "opted_out)",
     "E0214 2:12 E0202 3:12 E0214 4:16"},
    {"define f(w: window) = visits(w) > 1\nsegment s: f(3)", "E0401 2:14 {3d}"},
    {"define f(page: text) = any visits(3d where page == page)\nsegment s: f(\"x\")",
     "E0203 1:44 E0203 1:52"},
    {"define f(w: window) = w > 1\nsegment s: f(3d)", "E0202 1:23"},
    {"define unused = opted_out\nparam none_used = 3", "W0602 2:7 W0602 1:8"},
    {"define unused = opted_out > 3", "E0303 1:29 W0602 1:8"},
    {"param p = 3\nsegment s: visits(3d) > p\nsegment t: p", "E0302 3:12"},
    {"test \"t\" { 2026-03-01 visits }", "E0503 1:23"},
    {"test \"t\" { 2026-03-01 visits { pag: \"/\" } }", "E0204 1:32 {page}"},
    {"test \"t\" { 2026-03-01 visits { page: 3 } }", "E0504 1:38"},
    {"test \"t\" { 2026-03-01 visits { page: \"/\", page: \"x\" } }", "E0504 1:43"},
    {"test \"t\" { 2026-03-01 visit { page: \"/\" } }", "E0201 1:23 {visits}"},
    {"test \"t\" { 2026-03-01 mails { campaign: \"/\" } }", "E0202 1:23"},
    {"test \"t\" { at 2026-03-01: in others, not in visits }", "E0201 1:30 {other} E0202 1:45"},
    {"test \"t\" { enters othr at 2026-03-01 }", "E0201 1:19 {other}"},
    {"test \"t\" { profile { plan: \"pro\", opted_out: missing, signed_up_at: 3, nick: \"x\" } }",
     "E0206 1:28 {pro} E0504 1:46 E0504 1:69 E0204 1:72"},
    {"test \"t\" { profile { plan: premium, age: 3.5, engagement: 3, tags: [\"a\", 3], last_session: "
     "1mo } }",
     "E0205 1:28 E0504 1:42 E0504 1:68 E0504 1:92"},
    {"columns orders from \"o.csv\" { amount = total }", "E0501 1:9"},
    {"columns orders from \"o.csv\" { profile = p }", "E0501 1:9"},
    {"columns profile from \"o.csv\" { email = mail }", "E0501 1:9"},
    {"columns orders from \"o.csv\" { profile = p, time = t, total = amount, amount = a, amount = "
     "b, seats = \"x\", product = 3 }",
     "E0204 1:54 E0502 1:82 E0502 1:117"},
    {"columns order from \"o.csv\" { profile = p, time = t }", "E0201 1:9 {orders}"},
    {"columns mails from \"o.csv\" { profile = p, time = t }", "E0202 1:9"},
    {"columns orders from \"o.csv\" { profile = 3, time = 2026-01-01, seats = 3 }", "E0502 1:41"},
};

static void expect_faults(const pair *pairs, size_t count, void (*run)(result *, const char *)) {
    for (size_t i = 0; i < count; i++) {
        result r;
        run(&r, pairs[i].source);
        if (strcmp(r.faults, pairs[i].expected) != 0) fail_msg("%s\n%s", pairs[i].source, r.faults);
        release(&r);
    }
}

static void test_narrowing(void **state) {
    (void)state;
    expect_faults(narrowings, sizeof narrowings / sizeof narrowings[0], check_rule);
}

static void test_faults(void **state) {
    (void)state;
    expect_faults(faults, sizeof faults / sizeof faults[0], check_rule);
}

static void test_workspaces(void **state) {
    (void)state;
    expect_faults(workspaces, sizeof workspaces / sizeof workspaces[0], check_one);
}

/* ---- Messages ---------------------------------------------------------------------------------- */

static void test_messages(void **state) {
    (void)state;
    result r;
    check_one(&r, "segment a: in b\nsegment b: any visits(3d) and in a\n");
    const seg_diag *d = r.diags.first;
    assert_string_equal(d->message, "the segment `a` leads back to itself");
    assert_string_equal(d->notes->text, "`a` asks for `b` here");
    assert_string_equal(d->notes->next->text, "`b` asks for `a` here");
    assert_int_equal(seg_source_place(d->notes->next->span.source, d->notes->next->span.first).line, 2);
    release(&r);
    check_rule(&r, "visits > 3");
    assert_non_null(strstr(r.diags.first->help, "visits(30d)"));
    assert_non_null(strstr(r.diags.first->notes->text, "declared here, as an event"));
    release(&r);
}

/* Every code of the checker has a cause, an example and a fix. */
static void test_explanations(void **state) {
    (void)state;
    for (int code = SEG_DIAG_NAME_UNKNOWN; code <= SEG_DIAG_NEVER_MISSING; code++) {
        const char *text = seg_diag_explanation((seg_diag_code)code);
        if (strstr(text, "\n\nExample: ") == NULL || strstr(text, "\n\nThe fix ") == NULL)
            fail_msg("%s", seg_diag_code_text((seg_diag_code)code));
    }
}

/* ---- Files, defines, params ---------------------------------------------------------------------- */

static const char used_text[] = "define spend(w: window) = sum(orders.amount, w)\n"
                                "define buys = orders\n"
                                "define recent = 30d\n"
                                "define likes(e: events, w: window) = e(w) >= 2 and any e(w)\n"
                                "define seen(p: condition) = any visits(30d where p)\n"
                                "define on_plan(p: text) = plan == p\n"
                                "define total = sum(order_value, recent)\n"
                                "define order_value = orders.amount * 1.19\n"
                                "define at_first = within 72h of signed_up_at\n"
                                "param vip = 500\nparam campaign_name = \"promo\"\nparam least = -3\n";
static const char user_text[] =
    "segment a1: spend(365d) > vip and buys(recent) > 2\n"
    "segment a2: likes(visits, 7d) and likes(mails, ever)\n"
    "segment a3: seen(page starts with \"/x\") and on_plan(pro)\n"
    "segment a4: total > 3 and any onboardings(at_first)\n"
    "segment a5: any clicks(ever where campaign == campaign_name) and engagement ?? 0 > least\n";
static const char *const user_lines[] = {
    "segment a1: (and (> (sum .amount [orders, 365d]) 500.00) (> (count [orders, 30d]) 2))\n",
    "segment a2: (and (and {>= {count [visits, 7d]} 2} {any [visits, 7d]}) "
    "(and {>= {count [clicks | opens | sends, ever]} 2} {any [clicks | opens | sends, ever]}))\n",
    "segment a3: (and (any [visits, 30d, where (starts .page \"/x\")]) (== @plan pro))\n",
    "segment a4: (and (> (sum {* .amount 1.19} [orders, 30d]) 3.0000) "
    "(any [onboardings, within 3d of @signed_up_at]))\n",
    "segment a5: (and (any [clicks, ever, where (== .campaign \"promo\")]) (> (?\? @engagement? 0f) -3f))\n",
};

/* The order of files and declarations means nothing. */
static void test_defines(void **state) {
    (void)state;
    const char *forwards[] = {declarations, used_text, user_text};
    const char *backwards[] = {user_text, used_text, declarations};
    result a, b;
    check(&a, forwards, 3, NULL, 0);
    check(&b, backwards, 3, NULL, 0);
    assert_string_equal(a.faults, "");
    for (size_t i = 0; i < sizeof user_lines / sizeof user_lines[0]; i++)
        if (strstr(a.dump.bytes, user_lines[i]) == NULL) fail_msg("%s%s", user_lines[i], a.dump.bytes);
    assert_string_equal(a.dump.bytes, b.dump.bytes);
    release(&a);
    release(&b);
}

static void test_params(void **state) {
    (void)state;
    const char *texts[] = {declarations, used_text, user_text};
    const seg_param_value good[] = {{"vip", "750.5"}, {"campaign_name", "\"x\""}, {"least", "2"}};
    const seg_param_value bad[] = {{"vip", "much"},
                                   {"vip", "3 segment x: true"},
                                   {"campaign_name", "x"},
                                   {"campagn_name", "3"},
                                   {"least", ""}};
    result r;
    check(&r, texts, 3, good, 3);
    assert_string_equal(r.faults, "");
    assert_non_null(strstr(r.dump.bytes, "(> (sum .amount [orders, 365d]) 750.50)"));
    assert_non_null(strstr(r.dump.bytes, "(== .campaign \"x\")"));
    release(&r);
    check(&r, texts, 3, bad, 5);
    assert_string_equal(r.faults, "E0215 10:7 E0215 11:7 E0215 0:0 E0215 12:7");
    release(&r);
}

static void test_clash_of_files(void **state) {
    (void)state;
    const char *texts[] = {declarations, "profile { a: int }\nsegment vip: opted_out\n",
                           "profile { b: int }\nsegment vip: opted_out\n"};
    result r;
    check(&r, texts, 3, NULL, 0);
    assert_string_equal(r.faults, "E0211 1:1 E0211 1:1 E0203 2:9");
    assert_string_equal(r.diags.last->notes->span.source->name, "b.seg");
    release(&r);
}

/* ---- Segments, columns, tests ---------------------------------------------------------------------- */

static const char whole_text[] =
    "## Members who drift away.\n## Often.\n@owner(\"retention\") @tag(email, 3)\n"
    "segment b \"A title\": in z and in c\n"
    "segment z: visits(30d) < 2\nsegment c: in z\nsegment a: opted_out\n"
    "columns orders from \"orders*.csv\" { profile = customer_id, time = \"created at\", id = nr, seats = 3 "
    "}\n"
    "columns profile from \"p.csv\" { profile = id, opted_out = false }\n"
    "test \"t\" {\n"
    "  profile { opted_out: false, signed_up_at: 2026-01-01, tags: [\"a\"], plan: pro, age: missing }\n"
    "  2026-03-29 visits { page: \"/\" }\n"
    "  2026-03-29T02:30 orders { order_id: \"1\", product: \"p\", amount: 3, category: \"c\", status: "
    "refunded }\n"
    "  at 2026-04-15: in z, not in b\n"
    "  enters a at 2026-05-16T10:00Z\n"
    "  exits a at 2026-10-25T02:30\n"
    "}\n";

static void test_whole(void **state) {
    (void)state;
    result r;
    check_one(&r, whole_text);
    assert_string_equal(r.faults, "");
    const seg_rules *rules = r.rules;
    static const char *const order[] = {"a", "other", "z", "c", "b"};
    assert_int_equal(rules->segment_count, 5);
    for (size_t i = 0; i < 5; i++) assert_true(seg_text_same(rules->segments[i].name, seg_text_of(order[i])));
    const seg_rule_segment *b = &rules->segments[4];
    assert_true(seg_text_same(b->title, seg_text_of("A title")));
    assert_int_equal(b->doc_count, 2);
    assert_int_equal(b->annotation_count, 2);
    assert_true(seg_text_same(b->annotations[1].arguments[1], seg_text_of("3")));
    assert_int_equal(b->rule->operands[1]->index, 3);
    assert_int_equal(rules->duplicates_ms, SEG_DUPLICATES_DEFAULT_MS);
    static const char *const lines[] = {
        "columns orders from \"orders*.csv\" { profile = \"customer_id\", time = \"created at\", id = "
        "\"nr\", "
        "seats is \"3\", order_id = \"order_id\", product = \"product\", amount = \"amount\", ",
        "before everything profile { opted_out: false, signed_up_at: 2025-12-31T23:00:00.000Z, "
        "tags: [\"a\"], plan: pro, age: missing }\n",
        "  2026-03-28T23:00:00.000Z visits { page: \"/\" }\n",
        "  2026-03-29T01:30:00.000Z orders { order_id: \"1\", product: \"p\", amount: 3.00, "
        "category: \"c\", status: refunded }\n",
        "  2026-04-14T22:00:00.000Z in z\n  2026-04-14T22:00:00.000Z not in b\n",
        "  2026-05-16T10:00:00.000Z enters a\n  2026-10-25T00:30:00.000Z exits a\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr(r.dump.bytes, lines[i]) == NULL) fail_msg("%s%s", lines[i], r.dump.bytes);
    release(&r);
}

static void test_implicit_values(void **state) {
    (void)state;
    result r;
    const char *text =
        "profile { a: time, b: date, c: text, d: set of text, e: u | v, f: int?, g: timezone }\n";
    check(&r, &text, 1, NULL, 0);
    assert_string_equal(r.faults, "");
    const seg_rule_field *field = r.rules->attributes;
    assert_int_equal(field[0].default_value.value.as.i, SEG_TIME_MIN);
    assert_int_equal(field[1].default_value.value.as.i, SEG_TIME_MIN / SEG_DAY_MS);
    assert_true(field[2].default_value.value.known && !field[2].has_default);
    assert_true(field[3].has_default);
    assert_int_equal(field[4].default_value.value.as.i, 0);
    assert_false(field[5].default_value.value.known);
    assert_true(seg_text_same(field[6].default_value.value.as.text, seg_text_of("UTC")));
    assert_true(seg_text_same(r.rules->zone.name, seg_text_of("UTC")));
    assert_int_equal(r.rules->zone.transition_count, 0);
    release(&r);
}

/* ---- Literals and zones ----------------------------------------------------------------------------- */

static void test_numbers(void **state) {
    (void)state;
    int64_t mantissa, word;
    uint8_t scale;
    assert_true(seg_constant_number(seg_text_of("1_000.250"), &mantissa, &scale));
    assert_true(mantissa == 1000250 && scale == 3);
    assert_true(seg_constant_number(seg_text_of("-9223372036854775807"), &mantissa, &scale));
    assert_true(mantissa == -INT64_MAX && scale == 0);
    assert_false(seg_constant_number(seg_text_of("9223372036854775808"), &mantissa, &scale));
    assert_false(seg_constant_number(seg_text_of("0.1234567890123456789"), &mantissa, &scale));
    assert_true(seg_constant_rescale(1000250, 3, 2, &word) && word == 100025);
    assert_false(seg_constant_rescale(1000251, 3, 2, &word));
    assert_false(seg_constant_rescale(INT64_MAX, 0, 1, &word));
    assert_true(seg_constant_float(7, 1) == 0.7);
    assert_true(seg_constant_float(9007199254740993, 3) == 9007199254740.993);
    assert_true(1.0 / seg_constant_float(0, 2) > 0.0); /* never -0.0 */
}

static int64_t berlin(const seg_rule_zone *zone, int day, int hour, int minute) {
    return seg_zone_instant(zone, ((day * 24 + hour) * 60 + minute) * INT64_C(60000));
}

/* Berlin, 2026: the clock goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October. */
static void test_zone(void **state) {
    (void)state;
    result r;
    check_rule(&r, "opted_out");
    const seg_rule_zone *zone = &r.rules->zone;
    const int march = 20541, october = 20751; /* days since 1970 */
    const int64_t hour = 3600000;
    assert_true(zone->transition_count > 100);
    assert_int_equal(berlin(zone, march, 1, 59), march * SEG_DAY_MS + hour - 60000);
    assert_int_equal(berlin(zone, march, 2, 30), march * SEG_DAY_MS + hour + hour / 2); /* gap: 03:30 */
    assert_int_equal(berlin(zone, march, 3, 0), march * SEG_DAY_MS + hour);
    assert_int_equal(berlin(zone, october, 2, 30), october * SEG_DAY_MS + hour / 2); /* fold: the first */
    assert_int_equal(berlin(zone, october, 3, 0), october * SEG_DAY_MS + 2 * hour);
    for (uint32_t i = 1; i < zone->transition_count; i++) {
        assert_true(zone->transitions[i - 1].at < zone->transitions[i].at);
        assert_true(zone->transitions[i - 1].offset_s != zone->transitions[i].offset_s);
    }
    assert_true(zone->transitions[zone->transition_count - 1].at > INT64_C(4000000000000));
    release(&r);
    assert_true(seg_zone_exists(seg_text_of("America/Argentina/Buenos_Aires")));
    assert_true(seg_zone_exists(seg_text_of("UTC")));
    static const char *const wrong[] = {"",         "Europe/Munich", "../../etc/passwd", "/etc/localtime",
                                        "file:UTC", "Europe/"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (seg_zone_exists(seg_text_of(wrong[i]))) fail_msg("%s", wrong[i]);
}

static void test_durations(void **state) {
    (void)state;
    const seg_rule_duration month = {1, 0}, year = {12, 0}, d28 = {0, 28 * SEG_DAY_MS},
                            d40 = {0, 40 * SEG_DAY_MS}, d300 = {0, 300 * SEG_DAY_MS},
                            both = {1, SEG_DAY_MS + 3600000};
    assert_int_equal(seg_duration_order(month, month), 0);
    assert_int_equal(seg_duration_order(year, month), 1);
    assert_int_equal(seg_duration_order(month, d28), 2);
    assert_int_equal(seg_duration_order(month, d40), -1);
    assert_int_equal(seg_duration_order(year, d300), 1);
    assert_string_equal(seg_duration_describe(both).text, "1mo1d1h");
    assert_string_equal(seg_duration_describe(year).text, "1y");
}

/* ---- Hostile input ------------------------------------------------------------------------------------ */

static void expect_hostile(char *text, const char *codes) {
    result r;
    check_one(&r, text);
    if (strncmp(r.faults, codes, strlen(codes)) != 0) fail_msg("%s", r.faults);
    release(&r);
    free(text);
}

static char *room(size_t size) {
    char *text = calloc(1, size);
    assert_non_null(text);
    return text;
}

static void test_limits(void **state) {
    (void)state;
    char *text = room(1 << 16), *at = text;
    at += sprintf(at, "define d0 = visits(3d)\n");
    for (int i = 1; i < 64; i++) at += sprintf(at, "define d%d = d%d + d%d\n", i, i - 1, i - 1);
    sprintf(at, "segment s: d63 > 3\n");
    expect_hostile(text, "E0216");
    at = text = room(1 << 18);
    at += sprintf(at, "define d0 = 30d\n");
    for (int i = 1; i < 2000; i++) at += sprintf(at, "define d%d = d%d\n", i, i - 1);
    sprintf(at, "segment s: any visits(d1999)\n");
    expect_hostile(text, "E0216");
    at = text = room(1 << 16);
    at += sprintf(at, "segment s: ");
    for (int i = 0; i < 60; i++) at += sprintf(at, "(if ");
    at += sprintf(at, "visits(3d)");
    for (int i = 0; i < 60; i++) at += sprintf(at, " between 1 and 2 then 1 else 2)");
    sprintf(at, " > 1\n");
    expect_hostile(text, "E0216");
    at = text = room(1 << 16);
    for (int i = 0; i < 500; i++) at += sprintf(at, "events u%d = u%d\n", i, i + 1);
    sprintf(at, "events u500 = visits\n");
    expect_hostile(text, "E0216");
    at = text = room(1 << 16);
    at += sprintf(at, "segment s");
    for (int i = 0; i < 200; i++) at += sprintf(at, "x");
    sprintf(at, ": opted_out\n");
    expect_hostile(text, "E0216 1:9");
    at = text = room(1 << 19);
    for (int i = 0; i < 10000; i++) at += sprintf(at, "segment s%d: in s%d\n", i, i + 1);
    sprintf(at, "segment s10000: opted_out\n");
    expect_hostile(text, "");
}

/* A memory that ends at any place gives NULL and nothing else. */
static void test_short_memory(void **state) {
    (void)state;
    const char *texts[] = {declarations, used_text, whole_text};
    size_t finished = 0;
    for (size_t limit = 4096; finished == 0; limit += limit / 3) {
        seg_arena arena;
        seg_diags diags;
        seg_node *trees[3];
        seg_arena_init(&arena, NULL, limit);
        seg_diags_init(&diags, &arena);
        bool parsed = true;
        for (size_t i = 0; i < 3; i++) {
            const seg_source *source = seg_source_new(&arena, "x.seg", texts[i], strlen(texts[i]));
            trees[i] = source != NULL ? seg_parse(&arena, source, &diags) : NULL;
            parsed = parsed && trees[i] != NULL;
        }
        if (parsed && !arena.failed) {
            const seg_rules *rules = seg_check(&arena, trees, 3, NULL, 0, &diags);
            if ((rules == NULL) != arena.failed)
                fail_msg("%zu %d %d %u %s", limit, rules == NULL, arena.failed, diags.errors,
                         diags.first ? diags.first->message : "");
            if (rules != NULL) finished = limit;
        }
        seg_arena_release(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_workspaces),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_explanations),
        cmocka_unit_test(test_defines),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_clash_of_files),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_implicit_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
