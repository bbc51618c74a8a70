/* image_builder_sample.c - an image with something of everything. */
#include "image_builder.h"

#include <calendar.h>
#include <string.h>
#include <value.h>

#define OP(name) .op = SEG_OP_##name
#define RET(r)                                                                                               \
    { OP(RET), .a = r }
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

/* Texts of the letters a and b that end in b. */
static uint32_t add_automaton(image_builder *builder) {
    static const uint16_t table[] = {0, 0, 0, 0, 1, 2, 0, 1, 2};
    static const uint16_t accepting[] = {0, 0, 1};
    seg_image_automaton automaton = {.states = 3, .classes = 3};
    automaton.class_of['a'] = 1;
    automaton.class_of['b'] = 2;
    automaton.table =
        (seg_run){builder_add(builder, SEG_SECTION_TABLES, table, COUNT_OF(table)), COUNT_OF(table)};
    automaton.accepting = (seg_run){builder_add(builder, SEG_SECTION_TABLES, accepting, COUNT_OF(accepting)),
                                    COUNT_OF(accepting)};
    return builder_add(builder, SEG_SECTION_AUTOMATA, &automaton, 1);
}

static uint32_t add_word_set(image_builder *builder) {
    int64_t words[] = {seg_text_word((seg_text){"Berlin", 6}), seg_text_word((seg_text){"Bonn", 4})};
    seg_words_sort(words, 2);
    seg_run run = {builder_add(builder, SEG_SECTION_WORDS, words, 2), 2};
    return builder_add(builder, SEG_SECTION_WORD_SETS, &run, 1);
}

typedef struct fact_programs {
    uint32_t field0, field1, starts, contains, ends, matches, has, size, date, is_paid;
} fact_programs;

static fact_programs add_fact_programs(image_builder *builder) {
    uint32_t pricing = builder_text(builder, "/pricing"), cart = builder_text(builder, "cart");
    uint32_t n = builder_text(builder, "n"), sale = builder_text(builder, "sale"),
             ends_in_b = add_automaton(builder);
    fact_programs p;
    p.field0 = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(FIELD)}, RET(0));
    p.field1 = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(FIELD), .c = 1}, RET(0));
    p.starts = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(STARTS), .c = pricing}, RET(0));
    p.contains = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(CONTAINS), .c = cart},
                                 {OP(CALL), .a = 1, .c = p.starts}, {OP(JT), .a = 1, .c = 2}, RET(0), RET(1));
    p.ends = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(ENDS), .c = n}, RET(0));
    p.matches = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(MATCHES), .c = ends_in_b}, RET(0));
    p.has = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(HAS), .b = 3, .c = sale}, RET(0));
    p.size = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(SIZE), .c = 3}, {OP(FIELD), .a = 1, .c = 3},
                             {OP(JK), .a = 1, .c = 2}, {OP(LOADI), .imm = -1}, RET(0));
    p.date = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(FACT_TIME)}, {OP(DATE_OF)}, RET(0));
    p.is_paid = BUILDER_PROGRAM(builder, SEG_CONTEXT_FACT, {OP(FIELD), .c = 2}, {OP(EQI), .imm = 0}, RET(0));
    return p;
}

enum { NEWEST_VISITS, PRICING, TOTALS, LOG, OPTED_OUT, CITY, JOINED, MONTHS };

static void add_stores(image_builder *builder) {
    static const seg_image_store stores[] = {
        [NEWEST_VISITS] = {.identity = 1, .horizon_ms = 30 * SEG_DAY_MS, .keep = 2},
        [PRICING] = {.identity = 2, .horizon_ms = 7 * SEG_DAY_MS, .width = 2},
        [TOTALS] = {.identity = 3,
                    .horizon_ms = SEG_NEVER,
                    .keep = 1,
                    .width = 3,
                    .flags = SEG_STORE_FOLD,
                    .float_fields = 2},
        [LOG] = {.identity = 4, .horizon_ms = SEG_NEVER, .width = 3, .float_fields = 2},
        [OPTED_OUT] = {.identity = 5, .horizon_ms = SEG_NEVER, .keep = 1, .width = 1},
        [CITY] = {.identity = 6, .horizon_ms = SEG_NEVER, .keep = 1, .width = 3},
        [JOINED] = {.identity = 7, .horizon_ms = SEG_NEVER, .keep = 1, .width = 1},
        [MONTHS] = {.identity = 8, .horizon_ms = 63 * SEG_DAY_MS, .keep = 1, .flags = SEG_STORE_CALENDAR},
    };
    builder_add(builder, SEG_SECTION_STORES, stores, COUNT_OF(stores));
}

enum {
    Q_VISITS,
    Q_SECONDS,
    Q_DATES,
    Q_AMOUNT,
    Q_PRICE,
    Q_FIRST,
    Q_SINCE,
    Q_WITHIN,
    Q_BETWEEN,
    Q_SHIFTED,
    Q_MONTH,
    Q_OPTED,
    Q_CITY,
    Q_CITY_ENDS,
    Q_JOINED,
    Q_MONTHS
};

static void add_queries(image_builder *builder) {
    static const seg_image_query queries[] = {
        [Q_VISITS] = {.store = NEWEST_VISITS,
                      .field = SEG_FIELD_TIME,
                      .window = SEG_WINDOW_ROLLING,
                      .from_ms = 30 * SEG_DAY_MS},
        [Q_SECONDS] = {.store = PRICING, .window = SEG_WINDOW_ROLLING, .from_ms = 7 * SEG_DAY_MS},
        [Q_DATES] = {.store = PRICING,
                     .field = 1,
                     .window = SEG_WINDOW_ROLLING,
                     .from_ms = 7 * SEG_DAY_MS,
                     .to_ms = 2 * SEG_DAY_MS},
        [Q_AMOUNT] = {.store = TOTALS},
        [Q_PRICE] = {.store = TOTALS, .field = 1},
        [Q_FIRST] = {.store = TOTALS, .field = SEG_FIELD_TIME},
        [Q_SINCE] = {.store = LOG, .window = SEG_WINDOW_SINCE},
        [Q_WITHIN] = {.store = LOG, .window = SEG_WINDOW_WITHIN, .from_months = 1, .from_ms = 3 * SEG_DAY_MS},
        [Q_BETWEEN] = {.store = LOG,
                       .window = SEG_WINDOW_BETWEEN,
                       .from_ms = 1000 * SEG_DAY_MS,
                       .to_ms = 1060 * SEG_DAY_MS},
        [Q_SHIFTED] =
            {.store = LOG, .field = 1, .window = SEG_WINDOW_ROLLING, .from_months = 2, .to_months = 1},
        [Q_MONTH] = {.store = LOG, .window = SEG_WINDOW_ROLLING, .from_months = 1},
        [Q_OPTED] = {.store = OPTED_OUT},
        [Q_CITY] = {.store = CITY},
        [Q_CITY_ENDS] = {.store = CITY, .field = 1},
        [Q_JOINED] = {.store = JOINED},
        [Q_MONTHS] = {.store = MONTHS,
                      .field = SEG_FIELD_TIME,
                      .window = SEG_WINDOW_ROLLING,
                      .from_months = 2},
    };
    builder_add(builder, SEG_SECTION_QUERIES, queries, COUNT_OF(queries));
}

enum { ATOM_COUNT = 16 };

static void add_atom_programs(image_builder *builder, uint32_t atoms[ATOM_COUNT]) {
    uint32_t cities = add_word_set(builder), n = 0;
#define ATOM(...) atoms[n++] = BUILDER_PROGRAM(builder, SEG_CONTEXT_STATE, __VA_ARGS__)
    ATOM({OP(COUNT_GE), .c = Q_VISITS, .imm = 2}, RET(0));
    ATOM({OP(NEWEST), .c = Q_OPTED}, {OP(JK), .c = 2}, {OP(LOADI)}, RET(0));
    ATOM({OP(SUM), .c = Q_SECONDS}, {OP(GTI), .imm = 100}, RET(0));
    ATOM({OP(DISTINCT), .c = Q_DATES}, {OP(LTI), .imm = 2}, {OP(NOT)}, RET(0));
    ATOM({OP(SUM), .c = Q_AMOUNT}, {OP(KNOWN), .a = 1, .c = Q_AMOUNT}, {OP(MULI), .a = 1, .b = 1, .imm = 300},
         {OP(LT), .b = 1}, RET(0));
    ATOM({OP(MAXF), .c = Q_PRICE}, {OP(MINF), .a = 1, .c = Q_PRICE}, {OP(JK), .a = 1, .c = 3}, {OP(LOADI)},
         RET(0), {OP(SUBF), .b = 0, .c = 1}, {OP(LOADI), .a = 1, .imm = INT64_C(0x4024000000000000)},
         {OP(LTF), .b = 1}, RET(0));
    ATOM({OP(NEWEST), .c = Q_JOINED}, {OP(COUNT), .c = Q_SINCE}, {OP(GTI), .imm = 2}, RET(0));
    ATOM({OP(NEWEST), .c = Q_JOINED}, {OP(ANY), .c = Q_WITHIN}, RET(0));
    ATOM({OP(COUNT), .c = Q_BETWEEN}, {OP(GTI), .imm = 1}, RET(0));
    ATOM({OP(SUMF), .c = Q_SHIFTED}, {OP(ITOF), .a = 1, .b = 1, .imm = 10}, {OP(LTF), .b = 1, .c = 0},
         RET(0));
    ATOM({OP(NEWEST), .c = Q_CITY}, {OP(IN), .c = cities}, RET(0));
    ATOM({OP(ANY), .c = Q_MONTHS}, RET(0));
    ATOM({OP(NEWEST), .c = Q_JOINED}, {OP(REACHED), .c = 1, .imm = 3 * SEG_DAY_MS}, RET(0));
    ATOM({OP(OLDEST), .c = Q_FIRST}, {OP(JK), .c = 2}, RET(0), {OP(WEEKDAY_OF), .a = 1, .b = 0},
         {OP(HOUR_OF), .a = 2, .b = 0}, {OP(ADD), .b = 1, .c = 2}, {OP(GTI), .imm = 15}, RET(0));
    ATOM({OP(MAX), .c = Q_MONTH}, {OP(MIN), .a = 1, .c = Q_MONTH}, {OP(JK), .c = 3}, {OP(LOADI)}, RET(0),
         {OP(DIVQ), .b = 0, .c = 1}, {OP(MISSING), .a = 1, .b = 0}, {OP(JT), .a = 1, .c = 3},
         {OP(LOADI), .a = 1, .imm = INT64_C(0x4000000000000000)}, {OP(LEF), .a = 1, .b = 1, .c = 0}, RET(1));
    ATOM({OP(NEWEST), .c = Q_CITY_ENDS}, {OP(JK), .c = 2}, {OP(LOADI)}, RET(0));
#undef ATOM
}

static void add_verdicts(image_builder *builder) {
    uint32_t atoms[ATOM_COUNT], programs[8];
    add_atom_programs(builder, atoms);
    programs[0] = BUILDER_PROGRAM(builder, SEG_CONTEXT_STATE, {OP(CALL), .c = atoms[0]}, {OP(NOT)},
                                  {OP(JF), .c = 3}, {OP(CALL), .c = atoms[1]}, {OP(NOT)}, RET(0));
    for (uint32_t i = 1; i < 7; i++)
        programs[i] = BUILDER_PROGRAM(builder, SEG_CONTEXT_STATE, {OP(CALL), .c = atoms[2 * i]},
                                      {OP(JT), .c = 2}, {OP(CALL), .c = atoms[2 * i + 1]}, RET(0));
    programs[7] = BUILDER_PROGRAM(builder, SEG_CONTEXT_STATE, {OP(CALL), .c = atoms[14]}, {OP(JF), .c = 2},
                                  {OP(CALL), .c = programs[5]}, {OP(CALL), .a = 1, .c = atoms[15]},
                                  {OP(EQ), .b = 0, .c = 1}, {OP(NOT)}, RET(0));
    static const char *const names[] = {"at_risk", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    for (uint32_t i = 0; i < 8; i++) builder_segment(builder, names[i], programs[i]);
    for (uint32_t i = 0; i < ATOM_COUNT; i++) {
        uint32_t decided[] = {i / 2, 7};
        builder_atom(builder, atoms[i], decided, i / 2 == 5 ? 2 : 1);
    }
    seg_image_probe_record probes[ATOM_COUNT];
    for (uint32_t i = 0; i < ATOM_COUNT; i++)
        probes[i] = (seg_image_probe_record){.text = builder_string(builder, "x"),
                                             .program = atoms[i],
                                             .query = SEG_NONE,
                                             .inner = SEG_NONE,
                                             .type = SEG_BOOL};
    probes[0].query = Q_VISITS;
    probes[6].query = Q_SINCE;
    seg_image_segment_record *last = (void *)builder->sections[SEG_SECTION_SEGMENTS].bytes;
    last[7].probes = (seg_run){builder_add(builder, SEG_SECTION_PROBES, probes, ATOM_COUNT), ATOM_COUNT};
    builder_temporal(builder, (const uint32_t[]){0, 2, 3, 9, 11, 12, 14}, 7);
}

static void add_schema(image_builder *builder, const fact_programs *p) {
    uint32_t all[ATOM_COUNT], count = ATOM_COUNT;
    for (uint32_t i = 0; i < count; i++) all[i] = i;
    uint32_t log[] = {p->field0, p->field1, p->has}, totals[] = {p->field0, p->field1, p->size};
    uint32_t pricing[] = {p->field1, p->date}, city[] = {p->field0, p->ends, p->matches}, own[] = {p->field0};

    seg_run feeds = {builder_feed(builder, NEWEST_VISITS, SEG_NONE, NULL, 0), 2};
    builder_feed(builder, PRICING, p->contains, pricing, 2);
    seg_image_field visits[] = {builder_field(builder, "page", SEG_TEXT),
                                builder_field(builder, "seconds", SEG_INT)};
    visits[0].required = 1;
    builder_event(builder, "visits", visits, 2, feeds, all, 4);

    feeds = (seg_run){builder_feed(builder, TOTALS, p->is_paid, totals, 3), 3};
    builder_feed(builder, LOG, SEG_NONE, log, 3);
    builder_feed(builder, MONTHS, SEG_NONE, NULL, 0);
    seg_image_field orders[] = {
        builder_field(builder, "amount", SEG_DECIMAL), builder_field(builder, "price", SEG_FLOAT),
        builder_field(builder, "kind", SEG_ENUM), builder_field(builder, "tags", SEG_SET)};
    orders[0].scale = 2;
    orders[2].values = (seg_run){builder_text(builder, "paid"), 2};
    builder_text(builder, "refunded");
    builder_event(builder, "orders", orders, 4, feeds, all, count);

    feeds = (seg_run){builder_feed(builder, OPTED_OUT, SEG_NONE, own, 1), 1};
    builder_attribute(builder, builder_field(builder, "opted_out", SEG_BOOL), feeds, all, 2);
    feeds = (seg_run){builder_feed(builder, CITY, SEG_NONE, city, 3), 1};
    builder_attribute(builder, builder_field(builder, "city", SEG_TEXT), feeds, all, count);
    feeds = (seg_run){builder_feed(builder, JOINED, SEG_NONE, own, 1), 1};
    builder_attribute(builder, builder_field(builder, "joined", SEG_TIME), feeds, all, count);
}

static void add_column_map(image_builder *builder) {
    seg_image_column columns[] = {
        {.column = builder_string(builder, "id"), .role = SEG_COLUMN_PROFILE},
        {.column = builder_string(builder, "page"), .role = SEG_COLUMN_FIELD, .field = 0}};
    seg_image_column_map_record map = {.pattern = builder_string(builder, "visits*.csv"), .event = 0};
    map.columns = (seg_run){builder_add(builder, SEG_SECTION_COLUMNS, columns, 2), 2};
    builder_add(builder, SEG_SECTION_COLUMN_MAPS, &map, 1);
}

void builder_sample(image_builder *builder) {
    builder_init(builder);
    builder->header.duplicates_ms = SEG_DAY_MS;
    builder_zone_berlin(builder);
    add_stores(builder);
    add_queries(builder);
    fact_programs programs = add_fact_programs(builder);
    add_schema(builder, &programs);
    add_verdicts(builder);
    add_column_map(builder);
}
