/* turns.c - conditions on parts of now become sets of values.
 *
 * `hour of now >= 9 and hour of now < 17` is one question: is the hour among 9 to 16? Asked as one, the
 * runtime knows when the answer changes, not only when the hour does; and what can never be (`hour of now >
 * 20 and hour of now < 5`) or always is becomes a constant. A set is kept as its turns (runtime/turn.h). A
 * comparison of today with a date that stands in the state is that date's coming. */
#include <stdlib.h>
#include <string.h>

#include "plan_parts.h"

typedef struct seg_turns {
    const seg_rule *part; /* of now */
    uint32_t count;
    int64_t *at;
} seg_turns;

/* ---- sets -------------------------------------------------------------------------------------------- */

/* The least and the greatest value of a part. */
static void range_of(uint32_t part, int64_t *least, int64_t *most) {
    static const int64_t ranges[][2] = {
        [SEG_RULE_HOUR] = {0, 23},      [SEG_RULE_WEEKDAY] = {1, 7},
        [SEG_RULE_MONTH_DAY] = {1, 31}, [SEG_RULE_MONTH_OF] = {1, 12},
        [SEG_RULE_YEAR_OF] = {1, 9999}, [SEG_RULE_DATE_OF] = {-719162, 2932896},
        [SEG_RULE_YEAR_DAY] = {1, 366}, [SEG_RULE_WEEK_OF] = {1, 53},
        [SEG_RULE_QUARTER_OF] = {1, 4}};
    *least = ranges[seg_rule_part_plain(part)][0];
    *most = ranges[seg_rule_part_plain(part)][1] + (part >= SEG_RULE_FISCAL_YEAR_OF); /* it ends later */
}

typedef enum seg_join { JOIN_AND, JOIN_OR } seg_join;

/* The turns of both sets or of one of them, within the part's range. */
static bool join_sets(seg_plan *plan, seg_join join, const seg_turns *a, const seg_turns *b, seg_turns *out) {
    int64_t *at = seg_arena_take_array(plan->arena, a->count + b->count + 1u, sizeof *at);
    if (!at) return false;
    uint32_t i = 0, j = 0, count = 0;
    bool was = false;
    while (i < a->count || j < b->count) {
        int64_t next = j == b->count || (i < a->count && a->at[i] <= b->at[j]) ? a->at[i] : b->at[j];
        while (i < a->count && a->at[i] == next) i++;
        while (j < b->count && b->at[j] == next) j++;
        bool is = join == JOIN_AND ? (i % 2 && j % 2) : (i % 2 || j % 2);
        if (is != was) at[count++] = next;
        was = is;
    }
    *out = (seg_turns){a->part, count, at};
    return true;
}

/* All values from `from` to `to`, both included, of those that the part has. */
static bool make_set(seg_plan *plan, const seg_rule *part, int64_t from, int64_t to, seg_turns *out) {
    int64_t least, most;
    range_of(part->index, &least, &most);
    int64_t *at = seg_arena_take_array(plan->arena, 2, sizeof *at);
    if (!at) return false;
    *out = (seg_turns){.part = part, .at = at};
    if (from > most || to < least || from > to) return true;
    at[out->count++] = from < least ? least : from;
    if (to < most) at[out->count++] = to + 1;
    return true;
}

/* All the other values of the part. */
static bool complement(seg_plan *plan, seg_turns *set) {
    int64_t least, most;
    range_of(set->part->index, &least, &most);
    int64_t *at = seg_arena_take_array(plan->arena, set->count + 1u, sizeof *at);
    if (!at) return false;
    bool first = set->count && set->at[0] == least;
    if (!first) at[0] = least;
    if (set->count) memcpy(at + !first, set->at + first, (set->count - first) * sizeof *at);
    set->count = first ? set->count - 1 : set->count + 1;
    set->at = at;
    return true;
}

/* ---- from rules to sets ------------------------------------------------------------------------------ */

static bool is_part_of_now(const seg_rule *rule) {
    return rule->kind == SEG_RULE_PART && rule->operands[0]->kind == SEG_RULE_NOW;
}

static bool is_compare(const seg_rule *rule) {
    return rule->kind >= SEG_RULE_EQ && rule->kind <= SEG_RULE_GE;
}

static bool compare_set(seg_plan *plan, const seg_rule *rule, seg_turns *out) {
    bool swapped = is_part_of_now(rule->operands[1]);
    const seg_rule *part = rule->operands[swapped], *other = rule->operands[!swapped];
    if (!is_part_of_now(part) || other->kind != SEG_RULE_CONST || !other->constant.value.known) return false;
    int64_t word = seg_plan_word(&other->constant, &other->type);
    switch (swapped ? seg_rule_mirrored(rule->kind) : rule->kind) {
    case SEG_RULE_EQ: return make_set(plan, part, word, word, out);
    case SEG_RULE_NE: return make_set(plan, part, word, word, out) && complement(plan, out);
    case SEG_RULE_LT: return make_set(plan, part, word, INT64_MAX, out) && complement(plan, out);
    case SEG_RULE_GE: return make_set(plan, part, word, INT64_MAX, out);
    case SEG_RULE_LE: return make_set(plan, part, INT64_MIN, word, out);
    default: return make_set(plan, part, INT64_MIN, word, out) && complement(plan, out);
    }
}

static bool list_set(seg_plan *plan, const seg_rule *rule, seg_turns *out) {
    const seg_rule *part = rule->operands[0];
    if (!is_part_of_now(part) || !make_set(plan, part, 1, 0, out)) return false;
    for (uint32_t i = 0; i < rule->list_count; i++) {
        int64_t word = seg_plan_word(&rule->list[i], &part->type);
        seg_turns value, before = *out;
        if (!make_set(plan, part, word, word, &value)) return false;
        if (!join_sets(plan, JOIN_OR, &before, &value, out)) return false;
    }
    return true;
}

static bool made_set(seg_plan *plan, const seg_rule *rule, seg_turns *out) {
    int64_t *at = seg_arena_take_array(plan->arena, rule->list_count + 1u, sizeof *at);
    if (!at) return false;
    for (uint32_t i = 0; i < rule->list_count; i++) at[i] = rule->list[i].value.as.i;
    *out = (seg_turns){rule->operands[0], rule->list_count, at};
    return true;
}

static bool same_part(seg_plan *plan, const seg_rule *a, const seg_rule *b) {
    seg_buffer left, right;
    if (a == b) return true;
    seg_buffer_init(&left, plan->arena->allocator);
    seg_buffer_init(&right, plan->arena->allocator);
    seg_plan_key(&left, a, 0, 0);
    seg_plan_key(&right, b, 0, 0);
    bool same = !left.failed && !right.failed && left.size_bytes == right.size_bytes &&
                memcmp(left.bytes, right.bytes, left.size_bytes) == 0;
    if (left.failed || right.failed) plan->arena->failed = true;
    seg_buffer_free(&left);
    seg_buffer_free(&right);
    return same;
}

static bool set_of(seg_plan *plan, const seg_rule *rule, seg_turns *out) {
    seg_turns left, right;
    switch (rule->kind) {
    case SEG_RULE_PART_IN: return made_set(plan, rule, out);
    case SEG_RULE_IN: return list_set(plan, rule, out);
    case SEG_RULE_NOT: return set_of(plan, rule->operands[0], out) && complement(plan, out);
    case SEG_RULE_AND:
    case SEG_RULE_OR:
        if (!set_of(plan, rule->operands[0], &left) || !set_of(plan, rule->operands[1], &right)) return false;
        if (!same_part(plan, left.part, right.part)) return false;
        return join_sets(plan, rule->kind == SEG_RULE_AND ? JOIN_AND : JOIN_OR, &left, &right, out);
    default: return is_compare(rule) && compare_set(plan, rule, out);
    }
}

/* ---- and back ------------------------------------------------------------------------------------------ */

static const seg_rule *rule_of(seg_plan *plan, const seg_rule *like, const seg_turns *set) {
    int64_t least, most;
    range_of(set->part->index, &least, &most);
    bool all = set->count == 1 && set->at[0] == least;
    seg_rule *made = seg_arena_take(plan->arena, sizeof *made);
    seg_rule_const *list = seg_arena_take_array(plan->arena, set->count + 1u, sizeof *list);
    if (!made || !list) return NULL;
    *made = (seg_rule){.kind = all || set->count == 0 ? SEG_RULE_CONST : SEG_RULE_PART_IN,
                       .type = like->type,
                       .span = like->span};
    made->type.optional = false;
    if (made->kind == SEG_RULE_CONST) {
        made->constant.value = (seg_value){.known = true, .as.i = all};
        return made;
    }
    for (uint32_t i = 0; i < set->count; i++) list[i].value = (seg_value){.known = true, .as.i = set->at[i]};
    made->operand_count = 1;
    made->operands[0] = set->part;
    made->list = list;
    made->list_count = set->count;
    return made;
}

const seg_rule *seg_plan_turns(seg_plan *plan, const seg_rule *rule) {
    seg_turns set;
    return set_of(plan, rule, &set) ? rule_of(plan, rule, &set) : NULL;
}

uint32_t seg_plan_join_turns(seg_plan *plan, uint8_t kind, const seg_rule **leaves, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const seg_rule *leaf = seg_plan_turns(plan, leaves[i]);
        uint32_t earlier = kept;
        seg_turns mine, other, both;
        if (leaf && leaf->kind == SEG_RULE_PART_IN && set_of(plan, leaf, &mine))
            for (earlier = 0; earlier < kept; earlier++)
                if (leaves[earlier]->kind == SEG_RULE_PART_IN &&
                    same_part(plan, leaves[earlier]->operands[0], mine.part))
                    break;
        if (!leaf) leaf = leaves[i];
        if (earlier < kept && set_of(plan, leaves[earlier], &other) &&
            join_sets(plan, kind == SEG_RULE_AND ? JOIN_AND : JOIN_OR, &other, &mine, &both)) {
            const seg_rule *made = rule_of(plan, leaves[earlier], &both);
            if (made) leaves[earlier] = made;
            continue;
        }
        leaves[kept++] = leaf;
    }
    return kept;
}

/* ---- today and a date of the state -----------------------------------------------------------------------
 */

static const seg_rule *comes(seg_plan *plan, const seg_rule *date, const seg_rule *today,
                             int64_t days_later) {
    seg_rule *made = seg_arena_take(plan->arena, sizeof *made);
    if (!made) return NULL;
    *made = (seg_rule){.kind = SEG_RULE_DATE_REACHED,
                       .type.type = SEG_BOOL,
                       .operand_count = today->operand_count,
                       .operands = {date, today->operand_count > 1 ? today->operands[1] : NULL},
                       .duration.ms = days_later * INT64_C(86400000),
                       .span = date->span};
    return made;
}

static const seg_rule *with(seg_plan *plan, uint8_t kind, const seg_rule *a, const seg_rule *b) {
    seg_rule *made = a ? seg_arena_take(plan->arena, sizeof *made) : NULL;
    if (!made) return NULL;
    *made = (seg_rule){
        .kind = kind, .type.type = SEG_BOOL, .operand_count = b ? 2 : 1, .operands = {a, b}, .span = a->span};
    return made;
}

const seg_rule *seg_plan_today(seg_plan *plan, const seg_rule *rule) {
    if (!is_compare(rule)) return NULL;
    bool swapped = is_part_of_now(rule->operands[1]);
    const seg_rule *today = rule->operands[swapped], *date = rule->operands[!swapped];
    if (!is_part_of_now(today) || today->index != SEG_RULE_DATE_OF || date->kind == SEG_RULE_CONST ||
        seg_plan_rank(plan, date) != 0)
        return NULL;
    const seg_rule *here = comes(plan, date, today, 0), *over = comes(plan, date, today, 1);
    if (!here || !over) return NULL;
    switch (swapped ? seg_rule_mirrored(rule->kind) : rule->kind) {
    case SEG_RULE_GE: return here;
    case SEG_RULE_GT: return over;
    case SEG_RULE_LT: return with(plan, SEG_RULE_NOT, here, NULL);
    case SEG_RULE_LE: return with(plan, SEG_RULE_NOT, over, NULL);
    case SEG_RULE_EQ: return with(plan, SEG_RULE_AND, here, with(plan, SEG_RULE_NOT, over, NULL));
    default: return NULL;
    }
}
