/* oracle_years.c - the oracle's ages and anniversaries: it goes from one to the next. */
#include "almanac.h"
#include "meaning.h"

answer seg_oracle_years(look *l, const node *n) {
    answer of = seg_oracle_evaluate(l, n->operands[0]);
    const seg_rule_zone *zone = seg_oracle_zone(l, n->operands[1]);
    if (!of.known) return missing();
    int64_t today = seg_almanac_date_of(zone, l->at), end = seg_almanac_days(9999, 12, 31);
    int64_t age = 0, newest = 0, coming = seg_almanac_date_add(of.i, 12);
    while (coming <= today) {
        age++;
        newest = coming;
        coming = seg_almanac_date_add(of.i, 12 * (age + 1));
    }
    if (coming <= end) may_change_at(l, seg_almanac_date_start(zone, coming));
    switch (n->rule->index) {
    case SEG_RULE_AGE: return whole(age);
    case SEG_RULE_NEWEST: return age > 0 ? whole(newest) : missing();
    default: return coming <= end ? whole(coming) : missing();
    }
}
