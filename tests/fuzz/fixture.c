#include "fixture.h"

#include <segc.h>
#include <stdio.h>
#include <string.h>

#include "target.h"

static const char *const sources[FIXTURE_COUNT] = {
    /* A bit of everything, with columns. */
    "timezone \"Europe/Berlin\"\n"
    "refresh daily at 03:00, 15:30\n"
    "duplicates within 2d\n"
    "profile { email: text?  opted_out: bool = false  plan: free | trial | pro = free  tz: timezone?\n"
    "  signed_up_at: time  born_on: date?  renews_on: date?  tags: set of text  visits_so_far: int = 0\n"
    "  engagement: float?  wait: duration? }\n"
    "event visits from \"Page Viewed\" { page: text, seconds: int? }\n"
    "event orders from \"Order Completed\" { order_id: text, amount: decimal(2), category: text?,\n"
    "  status: paid | refunded = paid, weight: float?, on: date?, at: time?, gift: bool = false,\n"
    "  tags: set of text }\n"
    "event clicks from \"Email Clicked\" { campaign: text }\n"
    "event items from each \"products\" of \"Order Completed\" { sku: text, price: decimal(2)?,\n"
    "  tags: set of text }\n"
    "events interactions = visits | clicks\n"
    "define spend(w: window) = sum(orders.amount, w)\n"
    "param vip_spend = 500\n"
    "columns orders from \"orders-*.csv\" { profile = customer  time = \"Date\"  id = number\n"
    "  order_id = number  amount = total  status = state }\n"
    "columns profile from \"people.csv\" { profile = who  time = 2026-01-01  plan = plan  email = mail }\n"
    "segment at_risk \"At risk\": visits(30d) < 2 and not opted_out\n"
    "segment vip: spend(90d) >= vip_spend and not in at_risk\n"
    "segment pricing: visits(7d where page starts with \"/pricing\") >= 2 or no clicks(ever)\n"
    "segment mails: any clicks(6mo where campaign matches /^promo-[0-9]+$/i)\n"
    "  and (email ?? \"\") contains \"@\"\n"
    "segment lately: signed_up_at within last 30d and born_on is known and born_on more than 18y ago\n"
    "segment renewing: renews_on is known and renews_on within next 30d\n"
    "segment categories: distinct(orders.category, 60d) >= 2 or active days(visits, 14d) >= 3\n"
    "segment average: any orders(30d) and avg(orders.amount, 30d) > 20\n"
    "  and max(orders.amount, ever) < 1000.00\n"
    "segment weights: sum(orders.weight, 30d) > 1.5\n"
    "  and (min(orders.weight, 60d to 30d ago) ?? 0.0) < 3.0\n"
    "segment soon: orders(within 72h of signed_up_at) >= 1 or visits(since signed_up_at) > 3\n"
    "segment last_refunded: any orders(ever) and last(orders.status) == refunded\n"
    "segment tagged: tags any of [\"vip\", \"x\"] and (engagement ?? 0) * 2 > 1 and plan in [trial, pro]\n"
    "segment idle: any interactions(ever) and last(interactions) more than 3mo ago\n"
    "segment bargains: any items(30d where (price ?? 9) < 5 and tags contains \"sale\")\n"
    "segment best: top 34% by spend(365d)\n"
    "segment least: bottom 1 of at_risk by visits(30d) and not in best\n"
    "segment keen: quartile(engagement where not opted_out) == 4 or rank(last(orders)) ?? 9 <= 2\n"
    "group mailbox by email\ngroup tier by plan\n"
    "segment shared: any other mailbox member in at_risk and not every mailbox member in idle\n"
    "segment crowd: count of tier members in at_risk >= 2 or count of other tier members == 0\n",
    /* Little. */
    "profile { opted_out: bool = false }\nevent visits from \"Page Viewed\" { page: text }\n"
    "segment at_risk: visits(30d) < 2 and not opted_out\n",
    /* Windows by the calendar, folded sums, references. */
    "timezone \"America/New_York\"\n"
    "profile { joined: time?  name: text = \"\" }\n"
    "event buys from \"Buy\" { amount: int, price: decimal(4)?, score: float? }\n"
    "segment a: buys(1mo) > 1\nsegment b: buys(1y to 1mo ago) > 0 and not in a\n"
    "segment c: sum(buys.amount, ever) > 1000 or sum(buys.score, ever) > 3.5\n"
    "segment d: in b or in c or (joined is known and joined more than 1mo ago)\n"
    "segment e: sum(buys.price, 7d) > 10 and max(buys.score, 7d) is known\n"
    "segment f: min(buys.amount, ever) is known and first(buys.price) is known\n",
    /* Texts. */
    "profile { mail: text?  words: set of text }\n"
    "event says from \"Say\" { what: text, to: text? }\n"
    "segment a: says(7d where what matches /(a|b)*abb|\\d{2,4}/) >= 1\n"
    "segment b: mail is known and (mail ends with \".org\" or mail == \"x\")\n"
    "segment c: says(30d where what contains \"promo\" and to is known and to in [\"x\", \"vip\"]) > 2\n"
    "segment d: words none of [\"a\", \"b\"] and words all of [\"x\", \"vip\"]\n",
    /* Other events that come with an event. */
    "event a from \"A\" { x: text, n: int? }\nevent b from \"B\" { x: text, n: int? }\n"
    "event waits = a then no b within 1d with same x\n"
    "event chain = a then no a then b within 1mo with same x then a with same n all within 60d\n"
    "event begun = sessions of a with gap 30m\n"
    "segment open: any a(1mo not followed by b within 1s to 1mo with same x)\n"
    "segment few: sum(a.n, last 3 preceded by b preceded by waits) > 2\n"
    "segment late: waits(60d to 1d ago) >= 1 or chain(ever) >= 2 or begun(3d where x == \"x\") > 1\n"
    "segment newest: any begun(last 2 followed by chain) or distinct(waits.x, 30d) >= 2\n",
    /* What was, what stays, and who. */
    "profile { score: float? history 30d  plan: free | trial | pro = free  out: bool = false }\n"
    "event visits from \"V\" { page: text, n: int? }\nevent orders from \"O\" { amount: decimal(2) }\n"
    "segment falling: score is known and score < 0.7 * ((score as of 7d ago) ?? 1.0)\n"
    "segment slowing: visits(7d) < 0.5 * (visits(7d) as of 28d ago)\n"
    "segment quiet: no visits(14d)\nsegment quiet_long: in quiet for 7d\n"
    "segment returned: exited(quiet) within last 3d and not out\n"
    "segment moved: changed(score) within last 1d or entered(quiet) not within last 2d\n"
    "segment warm: decayed(visits, half life 7d where page == \"/\") > 1.5\n"
    "segment hot: enter when visits(7d) >= 3 exit when visits(7d) < 2 stay at least 1d cooldown 30d\n"
    "segment control: holdout(10%, \"x\") or bucket(\"y\") < 5000 or in list \"vip.csv\"\n"
    "segment lapsed(n: duration) for n in [14d, 30d]: no visits(n)\n"
    "segment back: in lapsed(14d) and any orders(ever) except hot, warm\n"
    "define worth = points(3 for any orders(30d), 2 for visits(7d) >= 3)\n"
    "segment good: worth between 2 and 4\n"
    "model churn from \"churn.json\" { seen = visits(30d) }\n"
    "segment leaving: churn > 0.5 and (churn as of 7d ago) <= 0.5\n"
    "native function blend(a: float, b: float): float from \"fix\"\n"
    "native function later(t: time, by: duration): time? from \"fix\"\n"
    "native function is_odd(n: int, else_it: bool): bool from \"fix\"\n"
    "segment mixed: blend(score ?? 0.5, visits(7d)) > 2 and is_odd(visits(30d), out)\n"
    "segment odd_visits: visits(30d where is_odd(n ?? 0, false)) >= 2\n"
    "segment later_on: any visits(ever) and later(last(visits), 3d) within last 2d\n",
};

const char fixture_model[] =
    "{\"format\": \"seg-model-1\", \"inputs\": [\"seen\", \"score\"], \"intercept\": 0.5, "
    "\"coefficients\": {\"seen\": -0.2}, \"trees\": [{\"input\": \"score\", \"lt\": 0.3, "
    "\"missing\": \"yes\", \"yes\": 1, \"no\": {\"input\": \"seen\", \"le\": 4, \"yes\": 0.5, "
    "\"no\": -1}}], \"link\": \"logistic\"}";
const char fixture_list[] = "id\nx\nvip\n\"a@b.org\"\n";

static void print(void *user, const char *bytes, size_t size_bytes) {
    (void)user;
    fwrite(bytes, 1, size_bytes, stderr);
}

const char *fixture_source(uint32_t index) {
    FUZZ_CHECK(index < FIXTURE_COUNT);
    return sources[index];
}

static double blend(double a, double b) { return a * b; } /* too large, or not a number, now and then */
static int64_t later(int64_t instant, int64_t by) { return instant % 7 == 0 ? INT64_MIN : instant + by; }
static bool is_odd(int64_t n, bool otherwise) { return otherwise != (n % 2 != 0); }

static const seg_native_entry natives[] = {{"blend", "float(float, float)", (seg_native_fn)blend},
                                           {"later", "time?(time, duration)", (seg_native_fn)later},
                                           {"is_odd", "bool(int, bool)", (seg_native_fn)is_odd}};
const seg_native_table fixture_natives = {SEG_NATIVE_ABI, sizeof natives / sizeof *natives, natives};

bool fixture_bind(seg_image *image) {
    seg_native_info info;
    if (seg_image_bind(image, "fix", &fixture_natives, NULL)) return false;
    for (uint32_t i = 0; !seg_image_native(image, i, &info); i++)
        if (!info.is_bound) return false;
    return true;
}

static seg_unit *units[FIXTURE_COUNT];

seg_text fixture_image_bytes(uint32_t index) {
    FUZZ_CHECK(index < FIXTURE_COUNT);
    const uint8_t *bytes;
    size_t size;
    if (!units[index]) {
        FUZZ_CHECK(seg_unit_new(&units[index], NULL) == SEG_OK);
        const char *source = sources[index];
        FUZZ_CHECK(seg_unit_add(units[index], "fixture.seg", source, strlen(source)) == SEG_OK);
        FUZZ_CHECK(!seg_unit_add_file(units[index], FIXTURE_LIST, fixture_list, strlen(fixture_list)));
        FUZZ_CHECK(!seg_unit_add_file(units[index], FIXTURE_MODEL, fixture_model, strlen(fixture_model)));
        FUZZ_CHECK(seg_unit_check(units[index]) == SEG_OK);
        if (seg_unit_errors(units[index])) seg_unit_diagnostics(units[index], false, false, print, NULL);
        FUZZ_CHECK(seg_unit_errors(units[index]) == 0);
    }
    FUZZ_CHECK(seg_unit_image(units[index], true, &bytes, &size) == SEG_OK);
    return (seg_text){(const char *)bytes, size};
}

const seg_image *fixture_image(uint32_t index) {
    static seg_image *images[FIXTURE_COUNT];
    FUZZ_CHECK(index < FIXTURE_COUNT);
    if (!images[index]) {
        seg_text bytes = fixture_image_bytes(index);
        FUZZ_CHECK(seg_image_load(&images[index], bytes.bytes, bytes.size_bytes, NULL, NULL) == SEG_OK);
        FUZZ_CHECK(fixture_bind(images[index]));
    }
    return images[index];
}
