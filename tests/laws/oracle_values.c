/* oracle_values.c - the oracle's numbers, its values, and what attributes and fields are. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "almanac.h"
#include "meaning.h"

/* ---- Numbers -------------------- */

static const int64_t powers_of_ten[19] = {1,
                                          10,
                                          100,
                                          1000,
                                          10000,
                                          100000,
                                          1000000,
                                          10000000,
                                          100000000,
                                          1000000000,
                                          10000000000,
                                          100000000000,
                                          1000000000000,
                                          10000000000000,
                                          100000000000000,
                                          1000000000000000,
                                          10000000000000000,
                                          100000000000000000,
                                          1000000000000000000};

double seg_oracle_quotient(__int128 a, __int128 b) {
    unsigned __int128 n = a < 0 ? -(unsigned __int128)a : (unsigned __int128)a;
    unsigned __int128 d = (unsigned __int128)b;
    if (n == 0) return 0.0;
    int exponent = 0; /* a/b = n/d * 2^exponent; bring n/d to 2^54 .. 2^55 */
    while (n / d >= (unsigned __int128)1 << 55) {
        d <<= 1;
        exponent++;
    }
    while (n / d < (unsigned __int128)1 << 54) {
        n <<= 1; /* stays below 2^55 * d, and d below 2^72 */
        exponent--;
    }
    uint64_t quotient = (uint64_t)(n / d); /* 55 bits: two more than a double has */
    bool rest = n % d != 0;
    uint64_t kept = quotient >> 2, cut = quotient & 3;
    if (cut == 3 || (cut == 2 && (rest || (kept & 1) != 0))) kept++;
    double result = ldexp((double)kept, exponent + 2);
    return a < 0 ? -result : result;
}

int64_t seg_oracle_power_of_ten(uint32_t exponent) { return powers_of_ten[exponent]; }

answer seg_oracle_answer(const seg_value *value, seg_type type) {
    answer a = {.known = value->known};
    if (!value->known) return a;
    if (type == SEG_FLOAT)
        a.f = tame(value->as.f);
    else if (type == SEG_TEXT || type == SEG_ZONE)
        a.text = value->as.text;
    else if (type == SEG_SET) {
        a.items = value->as.set.items;
        a.item_count = value->as.set.count;
    } else
        a.i = value->as.i;
    return a;
}

/* -1, 0, 1; texts are only equal (0) or not. */
int seg_oracle_compare(answer a, answer b, seg_type type) {
    if (type == SEG_FLOAT) return a.f < b.f ? -1 : a.f > b.f;
    if (type == SEG_TEXT || type == SEG_ZONE) return same_text(a.text, b.text) ? 0 : 1;
    return a.i < b.i ? -1 : a.i > b.i;
}

answer seg_oracle_arithmetic(uint8_t kind, answer a, answer b, const seg_rule *rule) {
    if (!a.known || !b.known) return missing();
    seg_type type = rule->operands[0]->type.type;
    if (kind == SEG_RULE_DIV && type != SEG_FLOAT) {
        if (b.i == 0) return missing();
        return real(b.i < 0 ? seg_oracle_quotient(-(__int128)a.i, -(__int128)b.i)
                            : seg_oracle_quotient(a.i, b.i));
    }
    if (kind == SEG_RULE_MOD) {
        if (b.i == 0) return missing();
        __int128 size = b.i < 0 ? -(__int128)b.i : b.i, x = a.i < 0 ? -(__int128)a.i : a.i;
        x -= x / size * size;
        return whole((int64_t)(a.i < 0 ? -x : x));
    }
    if (type != SEG_FLOAT) {
        __int128 x = a.i, y = b.i;
        return whole(saturate(kind == SEG_RULE_ADD ? x + y : kind == SEG_RULE_SUB ? x - y : x * y));
    }
    if (kind == SEG_RULE_DIV) return b.f == 0.0 ? missing() : real(a.f / b.f);
    return real(kind == SEG_RULE_ADD ? a.f + b.f : kind == SEG_RULE_SUB ? a.f - b.f : a.f * b.f);
}

answer seg_oracle_convert(answer a, const seg_rule *rule) {
    seg_rule_type from = rule->operands[0]->type, to = rule->type;
    if (!a.known) return a;
    uint8_t from_scale = from.type == SEG_DECIMAL ? from.scale : 0;
    if (to.type == SEG_FLOAT) return real(seg_oracle_quotient(a.i, powers_of_ten[from_scale]));
    return whole(saturate((__int128)a.i * powers_of_ten[to.scale - from_scale]));
}

/* ---- Attributes -------------------- */

static answer unset_value(const seg_rule_field *field) {
    if (field->has_default) return seg_oracle_answer(&field->default_value.value, field->type.type);
    if (field->type.optional) return missing();
    answer a = {.known = true, .text = {"", 0}};
    if (field->type.type == SEG_TIME) a.i = SEG_TIME_MIN;
    if (field->type.type == SEG_DATE) a.i = seg_almanac_days(1, 1, 1);
    return a;
}

answer seg_oracle_attribute(look *l, uint32_t attribute) {
    const seg_oracle *oracle = l->oracle;
    if (attribute == oracle->rules->attribute_count) return (answer){.known = true, .text = oracle->id};
    const seg_rule_field *field = &oracle->rules->attributes[attribute];
    answer a = unset_value(field);
    for (uint32_t i = 0; i < oracle->fact_count; i++) {
        uint32_t index = oracle->order[i];
        const seg_fact *fact = &oracle->facts[index];
        if (!l->known[index] || !fact->is_attribute || fact->index != attribute) continue;
        may_change_at(l, fact->time);
        if (fact->time <= l->at)
            a = fact->values[0].known ? seg_oracle_answer(&fact->values[0], field->type.type)
                                      : unset_value(field);
    }
    return a;
}

answer seg_oracle_field(look *l, const seg_rule *rule) {
    uint32_t index = rule->fields[l->event_position];
    const seg_rule_field *field = &l->oracle->rules->events[l->fact->index].fields[index];
    const seg_value *value = &l->fact->values[index];
    if (!value->known && field->has_default) value = &field->default_value.value;
    return seg_oracle_answer(value, field->type.type);
}
