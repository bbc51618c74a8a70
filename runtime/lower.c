/* lower.c - programs become nodes. Jumps go forward only, so one pass over a program's code is enough: ways
 * wait at the places that they jump to, each with its registers, and are joined there. */
#include "arithmetic.h"
#include "batch.h"
#include "calendar.h"
#include "log.h"
#include "query.h"

enum { REGISTERS_MAX = 32, WAITING_MAX = 64, CODE_MAX = 4096 };

/* Which way was taken, as a list of conditions from the newest to the oldest. */
typedef struct seg_path {
    struct seg_path *before; /* NULL: the program's beginning */
    seg_edge edge;
} seg_path;

typedef struct seg_way {
    uint32_t target;
    seg_path *path;
    seg_symbol registers[REGISTERS_MAX + 1]; /* the last one: the program's result */
} seg_way;

typedef struct seg_lowering {
    seg_batch *batch;
    seg_way here;
    bool is_alive;
    seg_way waiting[WAITING_MAX];
    uint32_t waiting_count, registers;
} seg_lowering;

static seg_symbol bits_of(seg_edge edge) { return (seg_symbol){true, edge}; }
static seg_symbol word_of(uint32_t node) { return (seg_symbol){false, node}; }
static seg_symbol constant(seg_batch *batch, int64_t word) {
    return word_of(seg_graph_constant(batch, word));
}

static seg_edge truth(seg_batch *batch, seg_symbol symbol) {
    if (symbol.is_bits) return symbol.id;
    return seg_edge_not(seg_graph_compare(batch, SEG_RELATION_EQ, symbol.id, 0, 0));
}

static seg_edge missing(seg_batch *batch, seg_symbol symbol) {
    if (symbol.is_bits) return SEG_EDGE_FALSE;
    return seg_graph_compare(batch, SEG_RELATION_EQ, symbol.id, SEG_MISSING, 0);
}

/* ---- ways ------------------------------------------------------------------------------------------------
 */

static seg_path *path_with(seg_lowering *lowering, seg_path *before, seg_edge edge) {
    seg_path *path = seg_arena_take(&lowering->batch->arena, sizeof *path);
    if (path) *path = (seg_path){before, edge};
    return path;
}

static seg_edge whole_path(seg_batch *batch, const seg_path *path) {
    seg_edge edge = SEG_EDGE_TRUE;
    for (; path; path = path->before) edge = seg_graph_and(batch, edge, path->edge);
    return edge;
}

/* The other way comes to where this one is. */
static void join(seg_lowering *lowering, const seg_way *other) {
    seg_batch *batch = lowering->batch;
    seg_way *here = &lowering->here;
    if (!lowering->is_alive) {
        *here = *other;
        lowering->is_alive = true;
        return;
    }
    seg_edge when; /* the other way */
    const seg_path *a = here->path, *b = other->path;
    if (a && b && a->before == b->before && a->edge == seg_edge_not(b->edge)) {
        when = b->edge;
        here->path = a->before;
    } else {
        when = whole_path(batch, b);
        seg_edge neither = seg_graph_and(batch, seg_edge_not(whole_path(batch, a)), seg_edge_not(when));
        here->path = path_with(lowering, NULL, seg_edge_not(neither));
    }
    for (uint32_t i = 0; i <= lowering->registers; i++) {
        seg_symbol x = other->registers[i], y = here->registers[i];
        if (x.is_bits == y.is_bits && x.id == y.id) continue;
        if (x.is_bits && y.is_bits)
            here->registers[i].id = seg_graph_choose(batch, when, x.id, y.id);
        else
            here->registers[i] =
                word_of(seg_graph_select(batch, when, seg_graph_word(batch, x), seg_graph_word(batch, y)));
    }
}

/* This way goes on at `target`; false: too many ways wait. */
static bool wait_at(seg_lowering *lowering, uint32_t target) {
    if (lowering->waiting_count == WAITING_MAX) return false;
    lowering->here.target = target;
    lowering->waiting[lowering->waiting_count++] = lowering->here;
    return true;
}

static void join_waiting(seg_lowering *lowering, uint32_t place) {
    uint32_t kept = 0;
    for (uint32_t i = lowering->waiting_count; i > 0; i--)
        if (lowering->waiting[i - 1].target == place) join(lowering, &lowering->waiting[i - 1]);
    for (uint32_t i = 0; i < lowering->waiting_count; i++)
        if (lowering->waiting[i].target != place) {
            if (kept != i) lowering->waiting[kept] = lowering->waiting[i];
            kept++;
        }
    lowering->waiting_count = kept;
}

/* Jumps when `edge`; registers[a] becomes `then` on the way that jumps and `otherwise` on the one that goes
 * on, where they are told. */
static bool branch(seg_lowering *lowering, uint32_t target, seg_edge edge, uint8_t a, const seg_symbol *then,
                   const seg_symbol *otherwise) {
    seg_way *here = &lowering->here;
    if (edge == SEG_EDGE_FALSE) return true;
    seg_path *before = here->path;
    seg_symbol old = here->registers[a];
    if (edge != SEG_EDGE_TRUE) here->path = path_with(lowering, before, edge);
    if (then) here->registers[a] = *then;
    if (!wait_at(lowering, target)) return false;
    if (edge == SEG_EDGE_TRUE) {
        lowering->is_alive = false;
        return true;
    }
    here->path = path_with(lowering, before, seg_edge_not(edge));
    here->registers[a] = otherwise ? *otherwise : old;
    return true;
}

static bool jump(seg_lowering *lowering, const seg_ins *at, uint32_t target) {
    static const seg_symbol no = {true, SEG_EDGE_FALSE}, yes = {true, SEG_EDGE_TRUE};
    seg_batch *batch = lowering->batch;
    seg_symbol a = lowering->here.registers[at->a], none;
    seg_edge edge;
    switch (at->op) {
    case SEG_OP_JF:
        edge = seg_edge_not(truth(batch, a));
        return branch(lowering, target, edge, at->a, a.is_bits ? &no : NULL, a.is_bits ? &yes : NULL);
    case SEG_OP_JT:
        edge = truth(batch, a);
        return branch(lowering, target, edge, at->a, a.is_bits ? &yes : NULL, a.is_bits ? &no : NULL);
    case SEG_OP_JK:
        edge = seg_edge_not(missing(batch, a));
        none = constant(batch, SEG_MISSING);
        return branch(lowering, target, edge, at->a, NULL, &none);
    default: return branch(lowering, target, SEG_EDGE_TRUE, at->a, NULL, NULL);
    }
}

/* ---- queries ---------------------------------------------------------------------------------------------
 */

/* Rows know no events: what a window opcode gives over a store that no attribute feeds. */
static int64_t word_of_nothing(const seg_ins *at) {
    switch (at->op) {
    case SEG_OP_SUM_GE: return at->imm <= 0;
    case SEG_OP_COUNT:
    case SEG_OP_ANY:
    case SEG_OP_COUNT_GE:
    case SEG_OP_SUM:
    case SEG_OP_SUMF:
    case SEG_OP_KNOWN:
    case SEG_OP_DISTINCT:
    case SEG_OP_DISTINCT_GE:
    case SEG_OP_DECAYED: return 0;
    default: return SEG_MISSING;
    }
}

/* What is asked of what a window gathers from events. */
static bool lower_gather(seg_lowering *lowering, const seg_ins *at, seg_symbol *out) {
    static const struct {
        uint8_t op, kind, reading;
    } asked[] = {{SEG_OP_COUNT, SEG_GATHER_COUNT, SEG_READING_WORD},
                 {SEG_OP_ANY, SEG_GATHER_COUNT, SEG_READING_WORD},
                 {SEG_OP_COUNT_GE, SEG_GATHER_COUNT, SEG_READING_WORD},
                 {SEG_OP_KNOWN, SEG_GATHER_KNOWN, SEG_READING_WORD},
                 {SEG_OP_SUM, SEG_GATHER_SUM, SEG_READING_WORD},
                 {SEG_OP_SUM_GE, SEG_GATHER_SUM, SEG_READING_ENOUGH},
                 {SEG_OP_AVG, SEG_GATHER_SUM, SEG_READING_MEAN},
                 {SEG_OP_MIN, SEG_GATHER_LEAST, SEG_READING_WORD},
                 {SEG_OP_MAX, SEG_GATHER_GREATEST, SEG_READING_WORD},
                 {SEG_OP_MINF, SEG_GATHER_LEAST_FLOAT, SEG_READING_WORD},
                 {SEG_OP_MAXF, SEG_GATHER_GREATEST_FLOAT, SEG_READING_WORD},
                 {SEG_OP_OLDEST, SEG_GATHER_OLDEST, SEG_READING_WORD},
                 {SEG_OP_NEWEST, SEG_GATHER_NEWEST, SEG_READING_WORD}};
    enum { ASKED = sizeof asked / sizeof *asked };
    seg_batch *batch = lowering->batch;
    seg_symbol anchor = lowering->here.registers[at->b];
    const seg_node *node = anchor.is_bits ? NULL : &batch->nodes[anchor.id];
    int64_t constant_anchor = node && node->kind == SEG_NODE_CONSTANT ? node->imm : 0;
    bool is_constant = node && node->kind == SEG_NODE_CONSTANT;
    int i = 0;
    while (i < ASKED && asked[i].op != at->op) i++;
    if (i == ASKED) return false;
    const int64_t *known_anchor = is_constant ? &constant_anchor : NULL;
    uint32_t gather = seg_log_gather(batch, (seg_gather_kind)asked[i].kind, at->c, known_anchor), count = 0;
    if (at->op == SEG_OP_AVG) count = seg_log_gather(batch, SEG_GATHER_KNOWN, at->c, known_anchor);
    if (gather == SEG_NONE || count == SEG_NONE) return false;
    uint32_t word = seg_graph_node(batch, (seg_node){.kind = SEG_NODE_GATHER,
                                                     .op = asked[i].reading,
                                                     .a = gather,
                                                     .b = count,
                                                     .imm = asked[i].reading ? at->imm : 0});
    *out = word_of(word);
    int64_t least = at->op == SEG_OP_ANY ? 1 : at->imm;
    if (at->op == SEG_OP_ANY || at->op == SEG_OP_COUNT_GE)
        *out = bits_of(seg_edge_not(seg_graph_compare(batch, SEG_RELATION_LT, word, least, 0)));
    return true;
}

static bool lower_query(seg_lowering *lowering, const seg_ins *at, seg_symbol *out) {
    seg_batch *batch = lowering->batch;
    const seg_image_query *query = &batch->image->queries[at->c];
    if (batch->store_is_empty[query->store]) {
        *out = constant(batch, word_of_nothing(at));
        return true;
    }
    if (batch->log && batch->log->is_fed[query->store]) return lower_gather(lowering, at, out);
    uint32_t first = batch->store_field[query->store];
    if (at->op != SEG_OP_NEWEST || query->window != SEG_WINDOW_EVER || query->delay_ms != 0 ||
        query->pairs.count > 0 || query->key != 0 || first == SEG_NONE || query->field == SEG_FIELD_TIME)
        return false;
    *out = word_of(seg_graph_node(batch, (seg_node){.kind = SEG_NODE_FIELD, .a = first + query->field}));
    return true;
}

/* Going through the values of a field: there are none where nothing was gathered. */
static bool lower_each(seg_lowering *lowering, const seg_ins *at, seg_symbol *out) {
    seg_batch *batch = lowering->batch;
    for (uint32_t i = 1; i <= at->b; i++)
        if (!batch->store_is_empty[batch->image->queries[at[-(int64_t)i].c].store]) return false;
    *out = constant(batch, at->op == SEG_OP_EVERY);
    return true;
}

/* ---- facts -----------------------------------------------------------------------------------------------
 */

/* What an opcode over a field of the event gives: a word of the field's column. */
static bool lower_field(seg_batch *facts, const seg_ins *at, seg_symbol *out) {
    const seg_image *image = facts->image;
    bool reads = at->op == SEG_OP_FIELD || at->op == SEG_OP_SIZE || at->op == SEG_OP_FACT_TIME;
    seg_batch_field made = {.op = at->op, .column = SEG_NONE, .is_identity = at->op == SEG_OP_FIELD};
    made.fact_field = at->op == SEG_OP_FACT_TIME ? 0 : reads ? at->c : at->b;
    made.argument = reads ? 0 : at->c;
    const seg_image_field *field = &image->fields[image->events[facts->event].fields.first] + made.fact_field;
    for (uint32_t i = 2; i < facts->column_count; i++)
        if (facts->columns[i].field == field) made.column = i;
    if (at->op == SEG_OP_FACT_TIME) {
        made.column = 1;
        made.is_identity = true;
    }
    if (made.column == SEG_NONE) { /* never known */
        bool is_word = at->op == SEG_OP_FIELD || at->op == SEG_OP_BUCKET;
        *out = constant(facts, is_word ? SEG_MISSING : 0);
        return true;
    }
    uint32_t i = 0;
    for (; i < facts->field_count; i++) {
        const seg_batch_field *other = &facts->fields[i];
        if (other->op == made.op && other->column == made.column && other->argument == made.argument) break;
    }
    if (i == facts->field_count) facts->fields[facts->field_count++] = made;
    *out = word_of(seg_graph_node(facts, (seg_node){.kind = SEG_NODE_FIELD, .a = i}));
    return true;
}

/* ---- instructions ----------------------------------------------------------------------------------------
 */

static bool lower_call(seg_lowering *lowering, uint32_t program, seg_symbol *out) {
    seg_batch *batch = lowering->batch;
    seg_program_symbol *callee = &batch->programs[program];
    *out = callee->symbol;
    return callee->state == SEG_LOWERED_FINE || callee->is_verdict;
}

static seg_symbol lower_op(seg_batch *batch, const seg_ins *at, seg_symbol b, seg_symbol c) {
    seg_node op = {.kind = SEG_NODE_OP,
                   .op = at->op,
                   .a = seg_graph_word(batch, b),
                   .b = seg_graph_word(batch, c),
                   .imm = at->imm};
    uint8_t names = seg_shape_table[seg_op_table[at->op].shape].c;
    if (names == SEG_OPERAND_ZONE || names == SEG_OPERAND_WORD_SET) op.c = at->c;
    return word_of(seg_graph_op(batch, op, 0));
}

/* Comparisons: `b` and `c` as they are needed. */
static bool lower_comparison(seg_batch *batch, const seg_ins *at, const seg_symbol *r, seg_symbol *out) {
    bool has_c = seg_shape_table[seg_op_table[at->op].shape].c == SEG_OPERAND_READ;
    uint32_t b = seg_graph_word(batch, r[at->b]), c = has_c ? seg_graph_word(batch, r[at->c]) : b;
    seg_edge edge;
    switch (at->op) {
    case SEG_OP_EQ: edge = seg_graph_compare_words(batch, SEG_RELATION_EQ, b, c); break;
    case SEG_OP_LT: edge = seg_graph_compare_words(batch, SEG_RELATION_LT, b, c); break;
    case SEG_OP_LE: edge = seg_edge_not(seg_graph_compare_words(batch, SEG_RELATION_GT, b, c)); break;
    case SEG_OP_EQI: edge = seg_graph_compare(batch, SEG_RELATION_EQ, b, at->imm, 0); break;
    case SEG_OP_LTI: edge = seg_graph_compare(batch, SEG_RELATION_LT, b, at->imm, 0); break;
    case SEG_OP_GTI: edge = seg_graph_compare(batch, SEG_RELATION_GT, b, at->imm, 0); break;
    case SEG_OP_EQF: edge = seg_graph_compare_words(batch, SEG_RELATION_EQF, b, c); break;
    case SEG_OP_LTF: edge = seg_graph_compare_words(batch, SEG_RELATION_LTF, b, c); break;
    case SEG_OP_LEF: edge = seg_graph_compare_words(batch, SEG_RELATION_LEF, b, c); break;
    case SEG_OP_REACHED: edge = seg_graph_reached(batch, b, (int32_t)at->c, at->imm); break;
    case SEG_OP_IN:
        edge = batch->nodes[b].kind == SEG_NODE_CONSTANT
                   ? seg_word_in(batch->image, at->c, batch->nodes[b].imm)
                   : 2 * seg_graph_node(batch, (seg_node){.kind = SEG_NODE_IN, .a = b, .b = at->c});
        break;
    default: return false;
    }
    *out = bits_of(edge);
    return true;
}

/* One instruction that writes a register; false: it needs rows. */
static bool lower_instruction(seg_lowering *lowering, const seg_ins *at) {
    seg_batch *batch = lowering->batch;
    seg_symbol *r = lowering->here.registers, *out = &r[at->a];
    switch (at->op) {
    case SEG_OP_LOADI: *out = constant(batch, at->imm); return true;
    case SEG_OP_MOVE: *out = r[at->b]; return true;
    case SEG_OP_CALL:
    case SEG_OP_MEMBER: return lower_call(lowering, at->c, out); /* whoever has a row exists */
    case SEG_OP_NOT: *out = bits_of(seg_edge_not(truth(batch, r[at->b]))); return true;
    case SEG_OP_MISSING: *out = bits_of(missing(batch, r[at->b])); return true;
    case SEG_OP_GATHER: return true;
    case SEG_OP_FIELD:
    case SEG_OP_FACT_TIME:
    case SEG_OP_CONTAINS:
    case SEG_OP_STARTS:
    case SEG_OP_ENDS:
    case SEG_OP_HAS:
    case SEG_OP_MATCHES:
    case SEG_OP_SIZE:
    case SEG_OP_BUCKET: return lower_field(batch, at, out);
    case SEG_OP_SOME:
    case SEG_OP_EVERY:
    case SEG_OP_TALLY: return lower_each(lowering, at, out);
    case SEG_OP_ADD:
    case SEG_OP_SUB:
    case SEG_OP_MUL:
    case SEG_OP_DIVQ:
    case SEG_OP_ADDF:
    case SEG_OP_SUBF:
    case SEG_OP_MULF:
    case SEG_OP_DIVF:
    case SEG_OP_PART: *out = lower_op(batch, at, r[at->b], r[at->c]); return true;
    case SEG_OP_MULI:
    case SEG_OP_NEG:
    case SEG_OP_ITOF:
    case SEG_OP_NEGF:
    case SEG_OP_LOGISTIC:
    case SEG_OP_DATE_MONTHS:
    case SEG_OP_DATE_OF:
    case SEG_OP_DATE_START:
    case SEG_OP_HOUR_OF:
    case SEG_OP_WEEKDAY_OF:
    case SEG_OP_ZONE:
    case SEG_OP_PART_NOW:
    case SEG_OP_PART_IN:
    case SEG_OP_DATE_PART: *out = lower_op(batch, at, r[at->b], r[at->b]); return true;
    default: break;
    }
    if (seg_shape_table[seg_op_table[at->op].shape].c == SEG_OPERAND_QUERY)
        return lower_query(lowering, at, out);
    return lower_comparison(batch, at, r, out);
}

static bool lower_program(seg_lowering *lowering, uint32_t number, seg_symbol *out) {
    const seg_image_program *program = &lowering->batch->image->programs[number];
    const seg_ins *code = lowering->batch->image->code + program->code.first;
    if (program->registers > REGISTERS_MAX || program->code.count > CODE_MAX) return false;
    lowering->registers = REGISTERS_MAX;
    lowering->waiting_count = 0;
    lowering->is_alive = true;
    lowering->here.path = NULL;
    seg_symbol zero = constant(lowering->batch, 0);
    for (uint32_t i = 0; i <= REGISTERS_MAX; i++) lowering->here.registers[i] = zero;
    for (uint32_t i = 0; i < program->code.count; i++) {
        const seg_ins *at = &code[i];
        join_waiting(lowering, i);
        if (!lowering->is_alive) continue;
        if (at->op == SEG_OP_RET) {
            lowering->here.registers[REGISTERS_MAX] = lowering->here.registers[at->a];
            if (!wait_at(lowering, program->code.count)) return false;
            lowering->is_alive = false;
        } else if (at->op >= SEG_OP_JMP && at->op <= SEG_OP_JK) {
            if (!jump(lowering, at, i + at->c)) return false;
        } else if (!lower_instruction(lowering, at)) {
            return false;
        }
    }
    join_waiting(lowering, program->code.count);
    *out = lowering->here.registers[REGISTERS_MAX];
    return true;
}

seg_edge seg_batch_truth(seg_batch *batch, uint32_t program) {
    return truth(batch, batch->programs[program].symbol);
}

/* The graph without nodes but the first; NULL: no memory. */
static seg_lowering *begin_graph(seg_batch *batch) {
    seg_lowering *lowering = seg_arena_take(&batch->arena, sizeof *lowering);
    batch->buckets = seg_arena_take_array(&batch->arena, 1 << 14, sizeof *batch->buckets);
    batch->programs =
        seg_arena_take_array(&batch->arena, batch->image->program_count, sizeof *batch->programs);
    if (batch->arena.failed) return NULL;
    lowering->batch = batch;
    seg_graph_node(batch, (seg_node){.kind = SEG_NODE_FALSE});
    return lowering;
}

/* Marks the programs that events of the table run; the number of their instructions. */
static size_t mark_programs(const seg_image *image, uint32_t event, bool *is_run) {
    seg_run feeds = image->events[event].feeds;
    for (uint32_t i = 0; i < feeds.count; i++) {
        const seg_image_feed *feed = &image->feeds[feeds.first + i];
        if (feed->filter != SEG_NONE) is_run[feed->filter] = true;
        if (feed->route != SEG_NONE) is_run[feed->route] = true;
        for (uint32_t j = 0; j < feed->values.count; j++) is_run[image->links[feed->values.first + j]] = true;
    }
    size_t instructions = 0;
    for (uint32_t i = image->program_count; i > 0; i--) { /* those that are called have smaller numbers */
        const seg_run code = image->programs[i - 1].code;
        if (!is_run[i - 1]) continue;
        instructions += code.count;
        for (uint32_t j = 0; j < code.count; j++)
            if (image->code[code.first + j].op == SEG_OP_CALL) is_run[image->code[code.first + j].c] = true;
    }
    return instructions;
}

seg_status seg_batch_lower_facts(seg_batch *facts, bool *fine) {
    const seg_image *image = facts->image;
    *fine = true;
    bool *is_run = seg_arena_take_array(&facts->arena, image->program_count, sizeof *is_run);
    seg_lowering *lowering = begin_graph(facts);
    if (!is_run || !lowering) return SEG_E_MEMORY;
    size_t instructions = mark_programs(image, facts->event, is_run);
    facts->fields = seg_arena_take_array(&facts->arena, instructions, sizeof *facts->fields);
    for (uint32_t i = 0; i < image->program_count && !facts->is_too_large && !facts->arena.failed; i++) {
        if (!is_run[i]) continue;
        facts->programs[i].state = SEG_LOWERED_FINE;
        *fine = lower_program(lowering, i, &facts->programs[i].symbol) && *fine;
    }
    if (facts->is_too_large) return SEG_E_LIMIT;
    return facts->arena.failed ? SEG_E_MEMORY : SEG_OK;
}

seg_status seg_batch_lower(seg_batch *batch) {
    const seg_image *image = batch->image;
    seg_lowering *lowering = begin_graph(batch);
    batch->segments = seg_arena_take_array(&batch->arena, image->segment_count, sizeof *batch->segments);
    if (!lowering || batch->arena.failed) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < image->program_count; i++)
        batch->programs[i].is_verdict = image->program_atom[i] != SEG_NONE;
    for (uint32_t i = 0; i < image->segment_count; i++)
        batch->programs[image->segments[i].program].is_verdict = true;
    for (uint32_t i = 0; i < image->program_count && !batch->is_too_large && !batch->arena.failed; i++) {
        if (image->programs[i].context != SEG_CONTEXT_STATE) continue;
        seg_program_symbol *made = &batch->programs[i];
        bool fine = lower_program(lowering, i, &made->symbol);
        made->state = fine ? SEG_LOWERED_FINE : SEG_LOWERED_BY_ROWS;
        if (!fine)
            made->symbol = bits_of(2 * seg_graph_node(batch, (seg_node){.kind = SEG_NODE_ROWS, .a = i}));
    }
    if (batch->is_too_large) return SEG_E_LIMIT;
    if (batch->arena.failed) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < image->segment_count; i++)
        batch->segments[i] = truth(batch, batch->programs[image->segments[i].program].symbol);
    if (batch->is_too_large) return SEG_E_LIMIT;
    return batch->arena.failed ? SEG_E_MEMORY : SEG_OK;
}
