/* code.c - typed rules become programs: short-circuit code over registers, forward jumps only. */
#include <stdlib.h>

#include "plan_parts.h"

enum { REGISTER_LIMIT = 250, KEEP_LIMIT_EVER = 64 };

typedef enum seg_op {
#define SEG_OP(NAME, SHAPE, CONTEXT, SUMMARY) OP_##NAME,
#include "../runtime/op.def"
#undef SEG_OP
} seg_op;

seg_op_reach seg_code_reach(const seg_ins *ins) {
    switch (ins->op) {
    case OP_CALL:
    case OP_MEMBER:
    case OP_SOME:
    case OP_EVERY:
    case OP_TALLY: return (seg_op_reach){.is_call = true};
    case OP_CALL_AT:
    case OP_HELD:
    case OP_ENTERED:
    case OP_LEFT:
    case OP_CHANGED: return (seg_op_reach){.is_call = true, .past_ms = ins->imm};
    case OP_LATCH: return (seg_op_reach){.is_call = true, .past_ms = SEG_NEVER};
    case OP_COUNT:
    case OP_ANY:
    case OP_COUNT_GE:
    case OP_SUM:
    case OP_SUM_GE:
    case OP_SUMF:
    case OP_MIN:
    case OP_MAX:
    case OP_MINF:
    case OP_MAXF:
    case OP_KNOWN:
    case OP_DISTINCT:
    case OP_DISTINCT_GE:
    case OP_NEWEST:
    case OP_OLDEST:
    case OP_AVG:
    case OP_GATHER:
    case OP_DECAYED:
    case OP_GAP:
    case OP_MOST:
    case OP_LEAST: return (seg_op_reach){.is_query = true};
    default: return (seg_op_reach){0};
    }
}

/* ---- a program in the making ---------------------------------------------------------------- */

seg_code seg_code_begin(seg_plan *plan, uint8_t context) {
    seg_code code = {.plan = plan, .context = context, .part = {.context = context, .depth = 1}};
    code.ins = plan->spare;
    code.ins.count = 0;
    plan->spare = (seg_list){0};
    return code;
}

static bool use_register(seg_code *code, uint32_t number) {
    if (number >= REGISTER_LIMIT) {
        seg_plan_fault(code->plan, SEG_DIAG_PLAN_LIMIT, (seg_span){0},
                       "a rule nests its calculations too deeply");
        return false;
    }
    if (number >= code->registers) code->registers = (uint16_t)(number + 1);
    return true;
}

uint32_t seg_code_add(seg_code *code, seg_ins ins) {
    seg_ins *place = seg_list_add(code->plan->arena, &code->ins, sizeof ins);
    if (!place) return 0;
    *place = ins;
    return code->ins.count - 1;
}

bool seg_code_use(seg_code *code, uint8_t number) { return use_register(code, number); }

void seg_code_land(seg_code *code, uint32_t jump) {
    if (jump < code->ins.count) SEG_LIST_AT(code->ins, seg_ins, jump).c = code->ins.count - jump;
}

static void add(seg_code *code, seg_op op, uint8_t a, uint16_t b, uint32_t c, int64_t imm) {
    use_register(code, a);
    seg_code_add(code, (seg_ins){.op = (uint8_t)op, .a = a, .b = b, .c = c, .imm = imm});
}

static uint32_t jump(seg_code *code, seg_op op, uint8_t a) {
    use_register(code, a);
    return seg_code_add(code, (seg_ins){.op = (uint8_t)op, .a = op == OP_JMP ? 0 : a});
}

uint32_t seg_code_jump_true(seg_code *code, uint8_t a) { return jump(code, OP_JT, a); }
uint32_t seg_code_jump_false(seg_code *code, uint8_t a) { return jump(code, OP_JF, a); }
uint32_t seg_code_jump(seg_code *code) { return jump(code, OP_JMP, 0); }
void seg_code_load(seg_code *code, uint8_t to, int64_t word) { add(code, OP_LOADI, to, 0, 0, word); }

static void use_query(seg_code *code, uint32_t query) {
    uint32_t *item = seg_list_add(code->plan->arena, &code->part.queries, sizeof *item);
    if (item) *item = query;
}

uint32_t seg_code_end(seg_code *code, uint8_t result) {
    seg_plan *plan = code->plan;
    add(code, OP_RET, result, 0, 0, 0);
    seg_plan_program *program = seg_list_add(plan->arena, &plan->programs, sizeof *program);
    if (!program) return SEG_NONE;
    *program = code->part;
    program->first = plan->code.count;
    program->count = code->ins.count;
    program->registers = code->registers;
    program->steps += code->ins.count;
    for (uint32_t i = 0; i < code->ins.count; i++) {
        seg_ins *ins = seg_list_add(plan->arena, &plan->code, sizeof *ins);
        if (!ins) return SEG_NONE;
        *ins = SEG_LIST_AT(code->ins, seg_ins, i);
    }
    if (code->ins.capacity > plan->spare.capacity) plan->spare = code->ins;
    return plan->programs.count - 1;
}

/* An opcode that runs another program, now or at other instants. */
static void call(seg_code *code, seg_op op, uint8_t to, uint16_t b, uint32_t program, int64_t imm) {
    seg_plan *plan = code->plan;
    if (program == SEG_NONE || program >= plan->programs.count)
        return; /* memory is short: noticed at the end */
    add(code, op, to, b, program, imm);
    const seg_plan_program *callee = &SEG_LIST_AT(plan->programs, seg_plan_program, program);
    bool goes_through = op == OP_SOME || op == OP_EVERY || op == OP_TALLY;
    bool looks_back = !goes_through && op != OP_CALL && op != OP_MEMBER;
    code->part.temporal |= looks_back;
    code->part.walks |= callee->walks || (looks_back && op != OP_CALL_AT);
    uint32_t trips = callee->trips + looks_back;
    if (trips > SEG_LOOK_BACK_LIMIT)
        seg_plan_fault(plan, SEG_DIAG_PLAN_LIMIT, (seg_span){0},
                       "rules look back from the past more than four times in each other");
    if (trips > code->part.trips) code->part.trips = trips;
    if (callee->depth >= code->part.depth) code->part.depth = callee->depth + 1;
    code->part.temporal |= callee->temporal;
    code->part.steps += callee->steps;
    for (uint32_t i = 0; i < callee->queries.count; i++) {
        use_query(code, SEG_LIST_AT(callee->queries, uint32_t, i));
        callee = &SEG_LIST_AT(plan->programs, seg_plan_program, program);
    }
}

void seg_code_call(seg_code *code, uint8_t to, uint32_t program) { call(code, OP_CALL, to, 0, program, 0); }

void seg_code_member(seg_code *code, uint8_t to, uint32_t segment) {
    call(code, OP_MEMBER, to, 0, code->plan->segments[segment].program, 0);
}

void seg_code_not(seg_code *code, uint8_t to) { add(code, OP_NOT, to, to, 0, 0); }

void seg_code_each(seg_code *code, const seg_rule *rule, uint8_t to, uint32_t program, uint32_t gathers) {
    seg_op op = rule->kind == SEG_RULE_SOME ? OP_SOME : rule->kind == SEG_RULE_EVERY ? OP_EVERY : OP_TALLY;
    call(code, op, to, (uint16_t)gathers, program, 0);
}

/* ---- constants, attributes, fields -------------------------------------------------------------- */

static void load(seg_code *code, uint8_t to, int64_t word) { add(code, OP_LOADI, to, 0, 0, word); }

/* What an attribute counts as before it was ever set, when the schema does not say. */
static int64_t zero_word(const seg_rule_type *type) {
    if (type->type == SEG_TEXT || type->type == SEG_ZONE) return seg_text_word((seg_text){"", 0});
    if (type->type == SEG_TIME) return SEG_TIME_MIN;
    if (type->type == SEG_DATE) return SEG_TIME_MIN / 86400000;
    return 0;
}

static void emit_window(seg_code *code, seg_op op, uint8_t to, uint16_t anchor, const seg_plan_query *wanted,
                        int64_t imm) {
    uint32_t query = seg_plan_query_of(code->plan, wanted);
    add(code, op, to, anchor, query, imm);
    if (query == SEG_NONE) return;
    use_query(code, query);
    const seg_plan_query *made = &SEG_LIST_AT(code->plan->queries, seg_plan_query, query);
    if (wanted->window == SEG_WINDOW_ROLLING || wanted->window == SEG_WINDOW_CALENDAR ||
        seg_plan_has_delay(code->plan, made))
        code->part.temporal = true;
}

/* The newest value of a word of an attribute: itself, or a test of it. `missing` stands in before it was
 * set; pass SEG_MISSING to leave it missing. */
static void emit_attribute(seg_code *code, uint32_t attribute, const seg_rule *word, int64_t missing,
                           uint8_t to) {
    uint32_t group = seg_plan_group_of_attribute(code->plan, attribute);
    if (group == SEG_NONE) return;
    seg_plan_query query = {.group = group,
                            .field = seg_plan_field_of(code->plan, group, word),
                            .window = SEG_WINDOW_EVER,
                            .need = SEG_NEED_NEWEST,
                            .newest = 1};
    emit_window(code, OP_NEWEST, to, 0, &query, 0);
    if (missing == SEG_MISSING) return;
    uint32_t known = jump(code, OP_JK, to);
    load(code, to, missing);
    seg_code_land(code, known);
}

/* The attribute as the one field of a fact that sets it. */
static const seg_rule *attribute_field(seg_plan *plan, const seg_rule *attribute) {
    static const uint32_t only_field[1] = {0};
    const seg_rule **known = &plan->attribute_fields[attribute->index];
    if (*known) return *known;
    seg_rule *field = seg_arena_take(plan->arena, sizeof *field);
    if (!field) return NULL;
    *field = *attribute;
    field->kind = SEG_RULE_FIELD;
    field->index = 0;
    field->fields = only_field;
    return *known = field;
}

static void attribute_value(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule_field *declared = &code->plan->rules->attributes[rule->index];
    const seg_rule *field = attribute_field(code->plan, rule);
    if (!field) return;
    int64_t missing = SEG_MISSING;
    if (declared->type.type == SEG_SET)
        missing = SEG_MISSING;
    else if (declared->has_default)
        missing = seg_plan_word(&declared->default_value, &declared->type);
    else if (!declared->type.optional)
        missing = zero_word(&declared->type);
    emit_attribute(code, rule->index, field, missing, to);
}

/* A test of an attribute's text, computed when it is set; the test of the default stands in before. */
static void attribute_test(seg_code *code, const seg_rule *test, uint8_t to) {
    const seg_rule *attribute = test->operands[0];
    const seg_rule_field *declared = &code->plan->rules->attributes[attribute->index];
    seg_rule *word = seg_arena_take(code->plan->arena, sizeof *word);
    if (!word) return;
    *word = *test;
    word->operands[0] = attribute_field(code->plan, attribute);
    if (!word->operands[0]) return;
    seg_rule_const empty = {.value = {.known = true}};
    if (declared->type.type != SEG_SET) empty.value.as.text = (seg_text){"", 0};
    int64_t stand_in =
        seg_plan_test_constant(code->plan, test, declared->has_default ? &declared->default_value : &empty);
    emit_attribute(code, attribute->index, word, stand_in, to);
}

static const seg_rule_field *declared_field(const seg_code *code, uint32_t field) {
    const seg_rules *rules = code->plan->rules;
    if (code->event_number >= rules->event_count) return NULL; /* an attribute's own value */
    return &rules->events[code->event_number].fields[field];
}

static void field_value(seg_code *code, const seg_rule *rule, uint8_t to) {
    uint32_t field = rule->fields[code->event];
    add(code, OP_FIELD, to, 0, field, 0);
    const seg_rule_field *declared = declared_field(code, field);
    if (!declared || !declared->has_default || declared->type.type == SEG_SET) return;
    uint32_t known = jump(code, OP_JK, to);
    load(code, to, seg_plan_word(&declared->default_value, &declared->type));
    seg_code_land(code, known);
}

static void bare_text_test(seg_code *code, const seg_rule *test, uint32_t field, uint8_t to) {
    seg_op op = test->kind == SEG_RULE_CONTAINS ? OP_CONTAINS
                : test->kind == SEG_RULE_STARTS ? OP_STARTS
                : test->kind == SEG_RULE_ENDS   ? OP_ENDS
                : test->kind == SEG_RULE_HAS    ? OP_HAS
                : test->kind == SEG_RULE_BUCKET ? OP_BUCKET
                                                : OP_MATCHES;
    uint32_t with = op == OP_MATCHES ? seg_plan_automaton_of(code->plan, test)
                    : op == OP_BUCKET
                        ? seg_plan_text_of(code->plan, test->pattern)
                        : seg_plan_text_of(code->plan, test->operands[1]->constant.value.as.text);
    add(code, op, to, (uint16_t)field, with, 0);
}

/* A test of a field: 0/1, the test of the field's default when it is missing, and missing when it has
 * none: then LAST of the test is missing where LAST of the text would be. */
static void field_test(seg_code *code, const seg_rule *test, uint8_t to) {
    uint32_t field = test->operands[0]->fields[code->event];
    const seg_rule_field *declared = declared_field(code, field);
    int64_t missing = SEG_MISSING;
    if (declared && declared->has_default)
        missing = seg_plan_test_constant(code->plan, test, &declared->default_value);
    else if (declared && declared->type.type == SEG_SET && !declared->type.optional)
        missing = 0;
    add(code, OP_FIELD, to, 0, field, 0);
    uint32_t known = jump(code, OP_JK, to);
    load(code, to, missing);
    uint32_t done = jump(code, OP_JMP, to);
    seg_code_land(code, known);
    bare_text_test(code, test, field, to);
    seg_code_land(code, done);
}

/* ---- the calendar --------------------------------------------------------------------------------- */

/* The number of a zone: the workspace's is 0, and so is that of a zone that is missing or unknown. */
static void zone_number(seg_code *code, const seg_rule *zone, uint8_t to) {
    if (!zone) {
        load(code, to, 0);
    } else if (zone->kind == SEG_RULE_CONST) {
        load(code, to, seg_plan_zone_number(code->plan->rules, zone->constant.value.as.text));
    } else {
        seg_code_value(code, zone, to);
        add(code, OP_ZONE, to, to, 0, 0);
    }
}

static void part(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *of = rule->operands[0], *zone = rule->operand_count > 1 ? rule->operands[1] : NULL;
    uint8_t other = (uint8_t)(to + 1);
    if (of->kind == SEG_RULE_NOW) {
        zone_number(code, zone, to);
        add(code, OP_PART_NOW, to, to, 0, rule->index);
        code->part.temporal = true;
        return;
    }
    seg_code_value(code, of, to);
    if (of->type.type == SEG_DATE) {
        add(code, OP_DATE_PART, to, to, 0, rule->index);
        return;
    }
    zone_number(code, zone, other);
    add(code, OP_PART, to, to, other, rule->index);
}

static void years(seg_code *code, const seg_rule *rule, uint8_t to) {
    uint8_t zone = (uint8_t)(to + 1);
    seg_code_value(code, rule->operands[0], to);
    zone_number(code, rule->operand_count > 1 ? rule->operands[1] : NULL, zone);
    add(code, OP_YEARS, to, to, zone, rule->index);
    code->part.temporal = true;
}

/* Of a date, whether today is it or later: known for ever once it is so. */
static void day_reached(seg_code *code, const seg_rule *zone, uint8_t to) {
    uint8_t other = (uint8_t)(to + 1);
    if (zone) {
        zone_number(code, zone, other);
        add(code, OP_DAY_START, to, to, other, 0);
    } else {
        add(code, OP_DATE_START, to, to, 0, 0);
    }
    add(code, OP_REACHED, to, to, 0, 0);
    code->part.temporal = true;
}

/* ---- windows ------------------------------------------------------------------------------------- */

static bool ends_at_now(const seg_rule_facts *facts) {
    return facts->window == SEG_RULE_EVER || facts->window == SEG_RULE_SINCE ||
           (facts->window == SEG_RULE_CALENDAR && facts->end == 1) ||
           (facts->window == SEG_RULE_ROLLING && facts->to.months == 0 && facts->to.ms == 0);
}

static seg_need need_of(seg_op op, const seg_rule_facts *facts) {
    bool ever = facts->window == SEG_RULE_EVER;
    if (facts->window == SEG_RULE_FEW) return facts->own_pairs ? SEG_NEED_ALL : SEG_NEED_NEWEST;
    if (facts->pair_count) return SEG_NEED_ALL;
    switch (op) {
    case OP_ANY:
    case OP_COUNT_GE:
    case OP_NEWEST: return ends_at_now(facts) ? SEG_NEED_NEWEST : SEG_NEED_ALL;
    case OP_SUMF:
    case OP_DISTINCT:
    case OP_DISTINCT_GE:
    case OP_GAP:
    case OP_MOST:
    case OP_LEAST: return SEG_NEED_ALL;
    default: return ever ? SEG_NEED_FOLD : SEG_NEED_ALL;
    }
}

static void window(seg_code *code, seg_op op, const seg_rule_facts *facts, const seg_rule *word, int64_t imm,
                   uint8_t to) {
    uint32_t group = seg_plan_group_of(code->plan, facts);
    if (group == SEG_NONE) return;
    bool is_calendar = facts->window == SEG_RULE_CALENDAR;
    if (facts->anchor) seg_code_value(code, facts->anchor, to);
    if (is_calendar) zone_number(code, facts->zone, to);
    seg_plan_query query = {.group = group,
                            .window = facts->window,
                            .from = facts->from,
                            .to = facts->to,
                            .unit = facts->unit,
                            .first = facts->first,
                            .end = facts->end,
                            .need = (uint8_t)need_of(op, facts),
                            .newest = op == OP_COUNT_GE ? (uint32_t)imm : 1,
                            .field = word ? seg_plan_field_of(code->plan, group, word) : SEG_FIELD_TIME};
    query.asked = facts;
    if (facts->window == SEG_RULE_FEW) query.newest = facts->newest;
    if (facts->key) {
        query.key = seg_plan_field_of(code->plan, group, facts->key) + 1;
        query.need = SEG_NEED_ALL; /* the newest of one value may be old */
    }
    if (query.need != SEG_NEED_NEWEST) query.newest = 0;
    emit_window(code, op, to, facts->anchor || is_calendar ? to : 0, &query, imm);
}

static void average(seg_code *code, const seg_rule *rule, uint8_t to) {
    uint8_t count = (uint8_t)(to + 1);
    const seg_rule *word = rule->operands[0];
    bool is_float = word->type.type == SEG_FLOAT;
    int64_t unit = 1;
    for (uint8_t i = 0; i < word->type.scale && word->type.type == SEG_DECIMAL; i++) unit *= 10;
    if (!is_float) {
        window(code, OP_AVG, rule->facts, word, unit, to);
        return;
    }
    window(code, OP_SUMF, rule->facts, word, 0, to);
    window(code, OP_KNOWN, rule->facts, word, 0, count);
    add(code, OP_ITOF, count, count, 0, 1);
    add(code, OP_DIVF, to, to, count, 0);
}

void seg_code_gather(seg_code *code, const seg_plan_query *query) {
    emit_window(code, OP_GATHER, 0, 0, query, 0);
}

/* The local date at which a fact counts, or the number of its week, month ..., for active days. */
static const seg_rule *fact_date(seg_plan *plan, int64_t delay_ms, uint32_t unit) {
    seg_rule *date = seg_arena_take(plan->arena, sizeof *date);
    if (!date) return NULL;
    date->kind = SEG_RULE_ACTIVE_DAYS; /* without facts: the date of the fact at hand */
    date->type.type = SEG_DATE;
    date->constant.value.as.i = delay_ms;
    date->index = unit;
    return date;
}

static void aggregate(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *word = rule->operand_count ? rule->operands[0] : NULL;
    bool is_float = word && word->type.type == SEG_FLOAT;
    switch (rule->kind) {
    case SEG_RULE_COUNT: window(code, OP_COUNT, rule->facts, NULL, 0, to); break;
    case SEG_RULE_ANY: window(code, OP_ANY, rule->facts, NULL, 0, to); break;
    case SEG_RULE_SUM: window(code, is_float ? OP_SUMF : OP_SUM, rule->facts, word, 0, to); break;
    case SEG_RULE_MIN: window(code, is_float ? OP_MINF : OP_MIN, rule->facts, word, 0, to); break;
    case SEG_RULE_MAX: window(code, is_float ? OP_MAXF : OP_MAX, rule->facts, word, 0, to); break;
    case SEG_RULE_DISTINCT: window(code, OP_DISTINCT, rule->facts, word, 0, to); break;
    case SEG_RULE_FIRST: window(code, OP_OLDEST, rule->facts, word, 0, to); break;
    case SEG_RULE_LAST: window(code, OP_NEWEST, rule->facts, word, 0, to); break;
    case SEG_RULE_MOST: window(code, OP_MOST, rule->facts, word, 0, to); break;
    case SEG_RULE_LEAST: window(code, OP_LEAST, rule->facts, word, 0, to); break;
    case SEG_RULE_GAP: window(code, OP_GAP, rule->facts, NULL, rule->index, to); break;
    case SEG_RULE_AVG: average(code, rule, to); break;
    case SEG_RULE_DECAYED: window(code, OP_DECAYED, rule->facts, NULL, rule->constant.value.as.i, to); break;
    default:
        if (rule->facts)
            window(code, OP_DISTINCT, rule->facts, fact_date(code->plan, rule->facts->delay_ms, rule->index),
                   0, to);
        else {
            add(code, OP_FACT_TIME, to, 0, 0, 0);
            if (rule->constant.value.as.i) {
                load(code, (uint8_t)(to + 1), rule->constant.value.as.i);
                add(code, OP_ADD, to, to, (uint32_t)to + 1, 0);
            }
            add(code, OP_DATE_OF, to, to, 0, 0);
            if (rule->index != SEG_RULE_DAY) add(code, OP_DATE_UNIT, to, to, 0, rule->index);
        }
    }
}

/* ---- comparisons --------------------------------------------------------------------------------- */

static bool constant_word(const seg_rule *rule, int64_t *word) {
    if (rule->kind != SEG_RULE_CONST || rule->type.type == SEG_FLOAT || rule->type.type == SEG_SET)
        return false;
    *word = seg_plan_word(&rule->constant, &rule->type);
    return true;
}

/* age >= k is one date that comes, not a birthday each year. */
static void age_at_least(seg_code *code, const seg_rule *age, int64_t k, bool negated, uint8_t to) {
    if (k <= 0 || k > 9998) {
        load(code, to, (k <= 0) != negated);
        return;
    }
    seg_code_value(code, age->operands[0], to);
    add(code, OP_DATE_MONTHS, to, to, 0, 12 * k);
    day_reached(code, age->operand_count > 1 ? age->operands[1] : NULL, to);
    if (negated) add(code, OP_NOT, to, to, 0, 0);
}

static bool is_age(const seg_rule *rule) {
    return rule->kind == SEG_RULE_YEARS && rule->index == SEG_RULE_AGE;
}

/* count >= k, the form that needs only k facts. Above the limit an `ever` count is cheaper as a number. */
static void count_at_least(seg_code *code, const seg_rule *count, int64_t k, bool negated, uint8_t to) {
    if (is_age(count)) {
        age_at_least(code, count, k, negated, to);
        return;
    }
    if (k <= 0) {
        load(code, to, !negated);
        return;
    }
    if (k > UINT32_MAX || (count->facts->window == SEG_RULE_EVER && k > KEEP_LIMIT_EVER)) {
        seg_code_value(code, count, to);
        add(code, OP_GTI, to, to, 0, k - 1);
    } else {
        window(code, k == 1 ? OP_ANY : OP_COUNT_GE, count->facts, NULL, k == 1 ? 0 : k, to);
    }
    if (negated) add(code, OP_NOT, to, to, 0, 0);
}

static void count_equals(seg_code *code, const seg_rule *count, int64_t k, bool negated, uint8_t to) {
    if (k < 0 || k == INT64_MAX) {
        load(code, to, negated);
        return;
    }
    if (k == 0) {
        count_at_least(code, count, 1, !negated, to);
        return;
    }
    count_at_least(code, count, k, false, to);
    uint32_t fewer = jump(code, OP_JF, to);
    count_at_least(code, count, k + 1, true, to);
    seg_code_land(code, fewer);
    if (negated) add(code, OP_NOT, to, to, 0, 0);
}

static bool count_compare(seg_code *code, uint8_t kind, const seg_rule *count, int64_t k, uint8_t to) {
    if (count->kind != SEG_RULE_COUNT && !is_age(count)) return false;
    switch (kind) {
    case SEG_RULE_GE: count_at_least(code, count, k, false, to); break;
    case SEG_RULE_LT: count_at_least(code, count, k, true, to); break;
    case SEG_RULE_GT: count_at_least(code, count, k == INT64_MAX ? k : k + 1, false, to); break;
    case SEG_RULE_LE: count_at_least(code, count, k == INT64_MAX ? k : k + 1, true, to); break;
    case SEG_RULE_EQ: count_equals(code, count, k, false, to); break;
    default: count_equals(code, count, k, true, to);
    }
    return true;
}

/* A sum or a number of values that is compared with a constant knows when that comparison flips. */
static bool aggregate_compare(seg_code *code, uint8_t kind, const seg_rule *left, int64_t word, uint8_t to) {
    bool is_sum = left->kind == SEG_RULE_SUM, is_days = left->kind == SEG_RULE_ACTIVE_DAYS && left->facts;
    if (!is_sum && !is_days && left->kind != SEG_RULE_DISTINCT) return false;
    if (left->facts->window != SEG_RULE_ROLLING || kind == SEG_RULE_EQ || kind == SEG_RULE_NE) return false;
    bool is_next = kind == SEG_RULE_GT || kind == SEG_RULE_LE; /* more than k is at least k + 1 */
    if (word <= -INT64_MAX || word == INT64_MAX) return false;
    int64_t least = word + is_next;
    if (!is_sum && (least < 1 || least > SEG_DISTINCT_LIMIT)) return false;
    const seg_rule *value =
        is_days ? fact_date(code->plan, left->facts->delay_ms, left->index) : left->operands[0];
    window(code, is_sum ? OP_SUM_GE : OP_DISTINCT_GE, left->facts, value, least, to);
    if (kind == SEG_RULE_LT || kind == SEG_RULE_LE) add(code, OP_NOT, to, to, 0, 0);
    return true;
}

/* value <op> constant, of words that are compared as integers. */
static void compare_with(seg_code *code, uint8_t kind, const seg_rule *value, int64_t word, uint8_t to) {
    if (aggregate_compare(code, kind, value, word, to)) return;
    seg_code_value(code, value, to);
    bool negated = kind == SEG_RULE_NE || kind == SEG_RULE_GE || kind == SEG_RULE_LE;
    seg_op op = kind == SEG_RULE_EQ || kind == SEG_RULE_NE   ? OP_EQI
                : kind == SEG_RULE_LT || kind == SEG_RULE_GE ? OP_LTI
                                                             : OP_GTI;
    add(code, op, to, to, 0, word);
    if (negated) add(code, OP_NOT, to, to, 0, 0);
}

static void compare(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *left = rule->operands[0], *right = rule->operands[1];
    int64_t word;
    if (constant_word(right, &word)) {
        if (!count_compare(code, rule->kind, left, word, to)) compare_with(code, rule->kind, left, word, to);
        return;
    }
    if (constant_word(left, &word)) {
        uint8_t kind = seg_rule_mirrored(rule->kind);
        if (!count_compare(code, kind, right, word, to)) compare_with(code, kind, right, word, to);
        return;
    }
    uint8_t other = (uint8_t)(to + 1);
    seg_code_value(code, left, to);
    seg_code_value(code, right, other);
    bool is_float = left->type.type == SEG_FLOAT;
    bool swapped = rule->kind == SEG_RULE_GT || rule->kind == SEG_RULE_GE;
    seg_op op = rule->kind == SEG_RULE_EQ || rule->kind == SEG_RULE_NE   ? (is_float ? OP_EQF : OP_EQ)
                : rule->kind == SEG_RULE_LT || rule->kind == SEG_RULE_GT ? (is_float ? OP_LTF : OP_LT)
                                                                         : (is_float ? OP_LEF : OP_LE);
    add(code, op, to, swapped ? other : to, swapped ? to : other, 0);
    if (rule->kind == SEG_RULE_NE) add(code, OP_NOT, to, to, 0, 0);
}

static int compare_words(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t set_of(seg_plan *plan, const seg_rule *rule) {
    int64_t *words =
        seg_arena_take_array(plan->arena, rule->list_count ? rule->list_count : 1, sizeof *words);
    if (!words) return SEG_NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rule->list_count; i++)
        words[i] = seg_plan_word(&rule->list[i], &rule->operands[0]->type);
    qsort(words, rule->list_count, sizeof *words, compare_words);
    for (uint32_t i = 0; i < rule->list_count; i++)
        if (i == 0 || words[i] != words[count - 1]) words[count++] = words[i];
    bool is_new;
    uint32_t number = seg_intern_number(&plan->set_keys, words, count * sizeof *words, &is_new);
    if (!is_new) return number;
    seg_plan_set *set = seg_list_add(plan->arena, &plan->sets, sizeof *set);
    if (!set) return SEG_NONE;
    *set = (seg_plan_set){words, count};
    return number;
}

/* ---- arithmetic ------------------------------------------------------------------------------------ */

static void convert(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule_type *from = &rule->operands[0]->type;
    uint8_t scale = from->type == SEG_DECIMAL ? from->scale : 0;
    seg_code_value(code, rule->operands[0], to);
    int64_t unit = 1;
    if (rule->type.type == SEG_FLOAT) {
        for (uint8_t i = 0; i < scale; i++) unit *= 10;
        if (from->type != SEG_FLOAT) add(code, OP_ITOF, to, to, 0, unit);
        return;
    }
    for (uint8_t i = scale; i < rule->type.scale; i++) unit *= 10;
    if (unit > 1) add(code, OP_MULI, to, to, 0, unit);
}

static void arithmetic(seg_code *code, const seg_rule *rule, uint8_t to) {
    uint8_t other = (uint8_t)(to + 1);
    bool is_float = rule->operands[0]->type.type == SEG_FLOAT;
    seg_code_value(code, rule->operands[0], to);
    if (rule->kind == SEG_RULE_NEG) {
        add(code, is_float ? OP_NEGF : OP_NEG, to, to, 0, 0);
        return;
    }
    seg_code_value(code, rule->operands[1], other);
    seg_op op = rule->kind == SEG_RULE_ADD   ? (is_float ? OP_ADDF : OP_ADD)
                : rule->kind == SEG_RULE_SUB ? (is_float ? OP_SUBF : OP_SUB)
                : rule->kind == SEG_RULE_MUL ? (is_float ? OP_MULF : OP_MUL)
                : rule->kind == SEG_RULE_MOD ? OP_MOD
                                             : (is_float ? OP_DIVF : OP_DIVQ);
    add(code, op, to, to, other, 0);
}

/* What it takes stands in registers one after the other; the result takes the place of the first. */
static void native(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *given = rule->operands[0];
    for (uint32_t at = to; given; at++) {
        if (at >= REGISTER_LIMIT) {
            use_register(code, at);
            return;
        }
        seg_code_value(code, given->operands[0], (uint8_t)at);
        given = given->operand_count > 1 ? given->operands[1] : NULL;
    }
    add(code, OP_NATIVE, to, to, seg_plan_native_of(code->plan, rule->index), 0);
}

/* ---- time ------------------------------------------------------------------------------------------- */

static void reached(seg_code *code, const seg_rule *rule, uint8_t to) {
    seg_code_value(code, rule->operands[0], to);
    seg_rule_duration by = rule->duration;
    if (rule->kind == SEG_RULE_DATE_REACHED) {
        uint8_t other = (uint8_t)(to + 1);
        if (by.months) add(code, OP_DATE_MONTHS, to, to, 0, by.months);
        if (by.ms) {
            load(code, other, by.ms / 86400000);
            add(code, OP_ADD, to, to, other, 0);
        }
        day_reached(code, rule->operand_count > 1 ? rule->operands[1] : NULL, to);
        return;
    }
    add(code, OP_REACHED, to, to, (uint32_t)by.months, by.ms);
    code->part.temporal = true;
}

/* ---- other instants ------------------------------------------------------------------------------------ */

/* One word for both conditions: 2 if the one to leave holds, else 1 if the one to enter does, else 0. */
static uint32_t latch_word(seg_plan *plan, const seg_rule *rule) {
    seg_code code = seg_code_begin(plan, SEG_CONTEXT_STATE);
    uint32_t enter = seg_plan_value_program(plan, rule->operands[0]);
    uint32_t leave = seg_plan_value_program(plan, rule->operands[1]);
    seg_code_call(&code, 0, leave);
    uint32_t stays = jump(&code, OP_JF, 0);
    load(&code, 0, 2);
    uint32_t done = jump(&code, OP_JMP, 0);
    seg_code_land(&code, stays);
    seg_code_call(&code, 0, enter);
    seg_code_land(&code, done);
    return seg_code_end(&code, 0);
}

static void look_back(seg_code *code, const seg_rule *rule, uint8_t to) {
    if (rule->kind == SEG_RULE_LATCH) {
        load(code, to, rule->pause.ms);
        call(code, OP_LATCH, to, to, latch_word(code->plan, rule), rule->duration.ms);
        return;
    }
    seg_op op = rule->kind == SEG_RULE_AS_OF     ? OP_CALL_AT
                : rule->kind == SEG_RULE_HELD    ? OP_HELD
                : rule->kind == SEG_RULE_ENTERED ? OP_ENTERED
                : rule->kind == SEG_RULE_LEFT    ? OP_LEFT
                                                 : OP_CHANGED;
    call(code, op, to, 0, seg_plan_value_program(code->plan, rule->operands[0]), rule->duration.ms);
}

/* ---- conditions --------------------------------------------------------------------------------------- */

bool seg_code_is_structure(const seg_rule *rule) {
    return rule->kind == SEG_RULE_NOT || rule->kind == SEG_RULE_AND || rule->kind == SEG_RULE_OR ||
           rule->kind == SEG_RULE_CONST || rule->kind == SEG_RULE_SEGMENT ||
           (rule->kind == SEG_RULE_IF && rule->type.type == SEG_BOOL);
}

bool seg_code_chooses_late(const seg_code *code, const seg_rule *rule) {
    uint8_t rank = seg_plan_rank(code->plan, rule->operands[0]);
    return rank > 0 && rank >= seg_plan_rank(code->plan, rule->operands[1]) &&
           rank >= seg_plan_rank(code->plan, rule->operands[2]);
}

uint32_t seg_code_jump_same(seg_code *code, uint8_t first) {
    add(code, OP_EQ, (uint8_t)(first + 2), first, (uint32_t)first + 1, 0);
    return seg_code_jump_true(code, (uint8_t)(first + 2));
}

void seg_code_choose(seg_code *code, uint8_t first) {
    uint32_t stays = seg_code_jump_true(code, (uint8_t)(first + 2));
    add(code, OP_MOVE, first, (uint16_t)(first + 1), 0, 0);
    seg_code_land(code, stays);
}

static void choose(seg_code *code, const seg_rule *rule, uint8_t to) {
    if (to + 3 < REGISTER_LIMIT && code->context == SEG_CONTEXT_STATE && seg_code_chooses_late(code, rule)) {
        seg_code_value(code, rule->operands[1], to);
        seg_code_value(code, rule->operands[2], (uint8_t)(to + 1));
        uint32_t same = seg_code_jump_same(code, to);
        seg_code_value(code, rule->operands[0], (uint8_t)(to + 2));
        seg_code_choose(code, to);
        seg_code_land(code, same);
        return;
    }
    seg_code_value(code, rule->operands[0], to);
    uint32_t otherwise = jump(code, OP_JF, to);
    seg_code_value(code, rule->operands[1], to);
    uint32_t done = jump(code, OP_JMP, to);
    seg_code_land(code, otherwise);
    seg_code_value(code, rule->operands[2], to);
    seg_code_land(code, done);
}

static void short_circuit(seg_code *code, const seg_rule *rule, uint8_t to) {
    seg_op op = rule->kind == SEG_RULE_AND ? OP_JF : rule->kind == SEG_RULE_OR ? OP_JT : OP_JK;
    seg_code_value(code, rule->operands[0], to);
    uint32_t decided = jump(code, op, to);
    seg_code_value(code, rule->operands[1], to);
    seg_code_land(code, decided);
}

static void text_test(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *pushed = seg_plan_push(code->plan, rule);
    if (!pushed) return;
    if (!seg_rule_is_text_test(pushed))
        seg_code_value(code, pushed, to);
    else if (pushed->operands[0]->kind == SEG_RULE_ATTRIBUTE)
        attribute_test(code, pushed, to);
    else
        field_test(code, pushed, to);
}

static void part_in(seg_code *code, const seg_rule *rule, uint8_t to) {
    const seg_rule *part = rule->operands[0];
    zone_number(code, part->operand_count > 1 ? part->operands[1] : NULL, to);
    add(code, OP_PART_IN, to, to, set_of(code->plan, rule), part->index);
    code->part.temporal = true;
}

static void code_leaf(seg_code *code, const seg_rule *rule, uint8_t to) {
    if (code->context == SEG_CONTEXT_STATE) rule = seg_plan_timely(code->plan, rule);
    switch (rule->kind) {
    case SEG_RULE_CONST: load(code, to, seg_plan_word(&rule->constant, &rule->type)); break;
    case SEG_RULE_ATTRIBUTE: attribute_value(code, rule, to); break;
    case SEG_RULE_FIELD: field_value(code, rule, to); break;
    case SEG_RULE_NOT:
        seg_code_value(code, rule->operands[0], to);
        add(code, OP_NOT, to, to, 0, 0);
        break;
    case SEG_RULE_MISSING:
        seg_code_value(code, rule->operands[0], to);
        add(code, OP_MISSING, to, to, 0, 0);
        break;
    case SEG_RULE_AND:
    case SEG_RULE_OR:
    case SEG_RULE_COALESCE: short_circuit(code, rule, to); break;
    case SEG_RULE_IF: choose(code, rule, to); break;
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE: compare(code, rule, to); break;
    case SEG_RULE_IN:
        seg_code_value(code, rule->operands[0], to);
        add(code, OP_IN, to, to, set_of(code->plan, rule), 0);
        break;
    case SEG_RULE_CONTAINS:
    case SEG_RULE_STARTS:
    case SEG_RULE_ENDS:
    case SEG_RULE_MATCHES:
    case SEG_RULE_HAS:
    case SEG_RULE_BUCKET: text_test(code, rule, to); break;
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED: reached(code, rule, to); break;
    case SEG_RULE_AS_OF:
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_LEFT:
    case SEG_RULE_LATCH:
    case SEG_RULE_CHANGED: look_back(code, rule, to); break;
    case SEG_RULE_TIME:
        add(code, OP_FACT_TIME, to, 0, 0, 0);
        if (rule->duration.ms == 0) break;
        load(code, (uint8_t)(to + 1), rule->duration.ms);
        add(code, OP_ADD, to, to, (uint8_t)(to + 1), 0);
        break;
    case SEG_RULE_PART: part(code, rule, to); break;
    case SEG_RULE_PART_IN: part_in(code, rule, to); break;
    case SEG_RULE_MODEL: seg_plan_model(code, rule, to); break;
    case SEG_RULE_YEARS: years(code, rule, to); break;
    case SEG_RULE_PLACE:
        add(code, OP_PLACE, to, 0, seg_plan_ranking_of(code->plan, rule), (int32_t)rule->index);
        break;
    case SEG_RULE_FELLOWS: add(code, OP_FELLOWS, to, to, seg_plan_tally_of(code, rule, to), 0); break;
    case SEG_RULE_NATIVE: native(code, rule, to); break;
    case SEG_RULE_SOME:
    case SEG_RULE_EVERY:
    case SEG_RULE_TALLY: seg_plan_each(code, rule, to); break;
    case SEG_RULE_CONVERT: convert(code, rule, to); break;
    case SEG_RULE_ADD:
    case SEG_RULE_SUB:
    case SEG_RULE_MUL:
    case SEG_RULE_DIV:
    case SEG_RULE_MOD:
    case SEG_RULE_NEG: arithmetic(code, rule, to); break;
    default: aggregate(code, rule, to);
    }
}

/* What costs more the more facts there are runs once per instant, whoever asks; but for one value of a key
 * it is part of the program that runs for each value. */
static bool is_shared(const seg_rule *rule) {
    if (rule->kind == SEG_RULE_TALLY || rule->kind == SEG_RULE_SOME || rule->kind == SEG_RULE_EVERY ||
        rule->kind == SEG_RULE_MODEL)
        return true;
    return rule->facts && !rule->facts->key &&
           (rule->kind == SEG_RULE_SUM || rule->kind == SEG_RULE_AVG || rule->kind == SEG_RULE_MIN ||
            rule->kind == SEG_RULE_MAX || rule->kind == SEG_RULE_DISTINCT ||
            rule->kind == SEG_RULE_ACTIVE_DAYS || rule->kind == SEG_RULE_MOST ||
            rule->kind == SEG_RULE_LEAST || rule->kind == SEG_RULE_GAP);
}

void seg_code_value(seg_code *code, const seg_rule *rule, uint8_t to) {
    if (to >= REGISTER_LIMIT) {
        use_register(code, to);
        return;
    }
    if (code->context == SEG_CONTEXT_STATE) {
        if (rule->kind == SEG_RULE_SEGMENT) {
            seg_code_member(code, to, rule->index);
            return;
        }
        if (is_shared(rule)) {
            seg_code_call(code, to, seg_plan_value_program(code->plan, rule));
            return;
        }
    }
    code_leaf(code, rule, to);
}

/* ---- programs -------------------------------------------------------------------------------------------
 */

static uint32_t program_slot(seg_plan *plan, const seg_rule *rule, const seg_code *code, bool *is_new) {
    seg_buffer *key = seg_plan_key_begin(plan);
    seg_buffer_add(key, &code->context, 1);
    seg_buffer_add(key, &code->event_number, sizeof code->event_number);
    seg_plan_key(key, rule, code->event, 1);
    return seg_plan_key_number(plan, &plan->program_keys, is_new);
}

static void remember_program(seg_plan *plan, uint32_t slot, uint32_t program) {
    while (plan->program_of_key.count <= slot) {
        uint32_t *item = seg_list_add(plan->arena, &plan->program_of_key, sizeof *item);
        if (!item) return;
        *item = SEG_NONE;
    }
    SEG_LIST_AT(plan->program_of_key, uint32_t, slot) = program;
}

static uint32_t known_program(const seg_plan *plan, uint32_t slot) {
    return slot < plan->program_of_key.count ? SEG_LIST_AT(plan->program_of_key, uint32_t, slot) : SEG_NONE;
}

uint32_t seg_plan_value_program(seg_plan *plan, const seg_rule *rule) {
    bool is_new = false;
    seg_code code = seg_code_begin(plan, SEG_CONTEXT_STATE);
    uint32_t slot = program_slot(plan, rule, &code, &is_new);
    if (slot == SEG_NONE) return SEG_NONE;
    if (!is_new) return known_program(plan, slot);
    if (seg_code_is_structure(rule))
        seg_code_value(&code, rule, 0);
    else
        code_leaf(&code, rule, 0);
    uint32_t program = seg_code_end(&code, 0);
    remember_program(plan, slot, program);
    return program;
}

uint32_t seg_plan_fact_program(seg_plan *plan, const seg_rule *rule, uint32_t event, uint32_t event_number) {
    bool is_new = false;
    seg_code code = seg_code_begin(plan, SEG_CONTEXT_FACT);
    code.event = event;
    code.event_number = event_number;
    uint32_t slot = program_slot(plan, rule, &code, &is_new);
    if (slot == SEG_NONE) return SEG_NONE;
    if (!is_new) return known_program(plan, slot);
    seg_code_value(&code, rule, 0);
    uint32_t program = seg_code_end(&code, 0);
    remember_program(plan, slot, program);
    return program;
}
