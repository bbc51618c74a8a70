/* vector.c - working nodes out: over the entries of dictionaries once per array, then over vectors of rows.
 */
#include "arithmetic.h"
#include "batch.h"
#include "error.h"
#include "fact.h"
#include "log.h"
#include "value.h"

/* What the nodes are worked out over: rows, or the entries of one column's dictionary. */
typedef struct seg_domain {
    uint32_t column; /* SEG_NONE: rows */
    size_t from, rows;
} seg_domain;

/* ---- words of fields
 * --------------------------------------------------------------------------------------- */

/* What an opcode makes of a field of an event. */
static int64_t fact_word(seg_batch *facts, const seg_batch_field *field, const seg_value *value) {
    seg_vm *vm = facts->vm;
    const seg_run fields = facts->image->events[facts->event].fields;
    if (!value->known) return field->op == SEG_OP_FIELD || field->op == SEG_OP_BUCKET ? SEG_MISSING : 0;
    facts->values[field->fact_field] = *value;
    const seg_fact fact = {facts->values, &facts->image->fields[fields.first], fields.count, facts->now};
    vm->fact = &fact;
    int64_t word;
    switch (field->op) {
    case SEG_OP_FIELD: word = seg_fact_word(vm, field->fact_field); break;
    case SEG_OP_SIZE: word = seg_fact_set_size(vm, field->fact_field); break;
    case SEG_OP_CONTAINS: word = seg_fact_contains(vm, field->fact_field, field->argument); break;
    case SEG_OP_STARTS: word = seg_fact_starts(vm, field->fact_field, field->argument); break;
    case SEG_OP_ENDS: word = seg_fact_ends(vm, field->fact_field, field->argument); break;
    case SEG_OP_HAS: word = seg_fact_has(vm, field->fact_field, field->argument); break;
    case SEG_OP_MATCHES: word = seg_fact_matches(vm, field->fact_field, field->argument); break;
    default: word = seg_fact_bucket(vm, field->fact_field, field->argument); break;
    }
    vm->fact = NULL;
    return word;
}

/* The word that the store of an attribute would keep of a value. */
static int64_t field_word(seg_batch *batch, const seg_batch_field *field, const seg_value *value) {
    const seg_column *column = &batch->columns[field->column];
    if (batch->is_facts) return fact_word(batch, field, value);
    if (!value->known) return SEG_MISSING;
    const seg_fact fact = {value, column->field, 1, batch->now};
    int64_t holds;
    seg_vm_begin(batch->vm, NULL, batch->now);
    batch->vm->fact = &fact;
    int64_t word = seg_vm_run(batch->vm, field->program, &holds);
    batch->vm->fact = NULL;
    return field->is_float && !seg_float_is_finite(word) ? SEG_MISSING : word;
}

static seg_status row_words(seg_batch *batch, const seg_batch_field *field, const seg_domain *domain,
                            int64_t *words, seg_error *error) {
    const seg_column *column = &batch->columns[field->column];
    for (size_t i = 0; i < domain->rows; i++) {
        seg_value value;
        seg_status status = seg_column_value(column, domain->from, i, &value, error);
        if (status != SEG_OK) return status;
        words[i] = field_word(batch, field, &value);
    }
    return SEG_OK;
}

static seg_status field_words(seg_batch *batch, uint32_t number, const seg_domain *domain, int64_t *words,
                              seg_error *error) {
    const seg_batch_field *field = &batch->fields[number];
    const seg_column *column = &batch->columns[field->column];
    if (domain->column != SEG_NONE) {
        memcpy(words, field->words + domain->from, domain->rows * sizeof *words);
        return SEG_OK;
    }
    if (column->form == SEG_FORM_CODES) {
        for (size_t i = 0; i < domain->rows; i++)
            words[i] = field->words[column->codes_narrow ? column->codes_narrow[i] : column->codes[i]];
        return SEG_OK;
    }
    if (!field->is_identity || column->form > SEG_FORM_CODES)
        return row_words(batch, field, domain, words, error);
    return seg_column_words(column, batch->kernels, domain->from, domain->rows, words, error);
}

/* ---- one node
 * ---------------------------------------------------------------------------------------------- */

static void fill_words(int64_t *words, size_t rows, int64_t word) {
    for (size_t i = 0; i < rows; i++) words[i] = word;
}

static bool edge_bit(const seg_batch *batch, seg_edge edge, size_t row) {
    return seg_bitmap_get(seg_batch_bits(batch, edge / 2), row) != (edge % 2 != 0);
}

/* Bits that are found out row by row from the words of an operand. */
static void judge_words(seg_batch *batch, const seg_node *node, size_t rows, uint64_t *bits) {
    const int64_t *words = seg_batch_words(batch, node->a);
    memset(bits, 0, (rows + SEG_GROUP - 1) / SEG_GROUP * sizeof *bits);
    for (size_t i = 0; i < rows; i++) {
        bool holds = node->kind == SEG_NODE_IN
                         ? seg_word_in(batch->image, node->b, words[i])
                         : seg_word_reached(batch, words[i], (int32_t)node->b, node->imm);
        bits[i / SEG_GROUP] |= (uint64_t)holds << (i % SEG_GROUP);
    }
}

static void known_entries(const seg_column *column, const seg_domain *domain, uint64_t *bits) {
    memset(bits, 0, (domain->rows + SEG_GROUP - 1) / SEG_GROUP * sizeof *bits);
    for (size_t i = 0; i < domain->rows; i++)
        bits[i / SEG_GROUP] |= (uint64_t)column->entries[domain->from + i].known << (i % SEG_GROUP);
}

static void make_bits(seg_batch *batch, const seg_node *node, const seg_domain *domain, uint64_t *bits) {
    const seg_column *column = node->kind <= SEG_NODE_NATIVE ? &batch->columns[node->a] : NULL;
    size_t rows = domain->rows, groups = (rows + SEG_GROUP - 1) / SEG_GROUP;
    switch (node->kind) {
    case SEG_NODE_KNOWN:
        if (domain->column == SEG_NONE)
            memcpy(bits, column->known, groups * sizeof *bits);
        else
            known_entries(column, domain, bits);
        break;
    case SEG_NODE_BOOL: seg_bitmap_copy(column->values, column->first + domain->from, rows, bits); break;
    case SEG_NODE_NATIVE:
        seg_bitmap_compare(batch->kernels, column->form, (seg_relation)node->op,
                           seg_column_at(column, domain->from), rows, node->imm, column->known, bits);
        break;
    case SEG_NODE_COMPARE:
        if (node->op >= SEG_RELATION_EQF)
            seg_bitmap_compare(batch->kernels, SEG_FORM_F64, (seg_relation)node->op,
                               seg_batch_words(batch, node->a), rows, node->imm, NULL, bits);
        else
            seg_bitmap_compare(batch->kernels, SEG_FORM_I64, (seg_relation)node->op,
                               seg_batch_words(batch, node->a), rows, node->imm, NULL, bits);
        break;
    case SEG_NODE_COMPARE_WORDS:
        seg_bitmap_compare_words((seg_relation)node->op, seg_batch_words(batch, node->a),
                                 seg_batch_words(batch, node->b), rows, bits);
        break;
    case SEG_NODE_IN:
    case SEG_NODE_REACHED: judge_words(batch, node, rows, bits); break;
    case SEG_NODE_AND:
        seg_bitmap_and(batch->kernels, seg_batch_bits(batch, node->a / 2), node->a % 2,
                       seg_batch_bits(batch, node->b / 2), node->b % 2, groups, bits);
        break;
    case SEG_NODE_FALSE: memset(bits, 0, groups * sizeof *bits); break;
    default: break; /* ROWS: its bits are there */
    }
}

static seg_status make_words(seg_batch *batch, const seg_node *node, const seg_domain *domain, int64_t *words,
                             seg_error *error) {
    const int64_t *a, *b;
    switch (node->kind) {
    case SEG_NODE_CONSTANT: fill_words(words, domain->rows, node->imm); break;
    case SEG_NODE_FIELD: return field_words(batch, node->a, domain, words, error);
    case SEG_NODE_GATHER: seg_log_read(batch, node, domain->from, domain->rows, words); break;
    case SEG_NODE_WORD_OF:
        for (size_t i = 0; i < domain->rows; i++) words[i] = edge_bit(batch, node->a, i);
        break;
    case SEG_NODE_SELECT:
        a = seg_batch_words(batch, node->a);
        b = seg_batch_words(batch, node->b);
        for (size_t i = 0; i < domain->rows; i++) words[i] = edge_bit(batch, node->c, i) ? a[i] : b[i];
        break;
    default:
        a = seg_batch_words(batch, node->a);
        b = seg_batch_words(batch, node->b);
        for (size_t i = 0; i < domain->rows; i++) words[i] = seg_word_op(batch, node, a[i], b[i]);
        break;
    }
    return SEG_OK;
}

static seg_status make(seg_batch *batch, uint32_t number, const seg_domain *domain, seg_error *error) {
    const seg_node *node = &batch->nodes[number];
    if (node->kind >= SEG_NODE_WORDS)
        return make_words(batch, node, domain, seg_batch_words(batch, number), error);
    make_bits(batch, node, domain, seg_batch_bits(batch, number));
    return SEG_OK;
}

/* ---- dictionaries
 * ------------------------------------------------------------------------------------------ */

static seg_status enter_fields(seg_batch *batch) {
    for (uint32_t i = 0; i < batch->field_count; i++) {
        seg_batch_field *field = &batch->fields[i];
        const seg_column *column = &batch->columns[field->column];
        if (column->form != SEG_FORM_CODES) continue;
        field->words =
            seg_arena_take_array(&batch->run, (size_t)column->entry_count + 1, sizeof *field->words);
        if (!field->words) return SEG_E_MEMORY;
        for (size_t j = 0; j <= column->entry_count; j++)
            field->words[j] = field_word(batch, field, &column->entries[j]);
    }
    return SEG_OK;
}

/* The bits of every root over one dictionary. */
static seg_status enter_column(seg_batch *batch, uint32_t number, seg_error *error) {
    const seg_column *column = &batch->columns[number];
    seg_domain domain = {.column = number};
    size_t count = (size_t)column->entry_count + 1;
    for (; domain.from < count; domain.from += batch->vector_rows) {
        size_t left = count - domain.from;
        domain.rows = left < batch->vector_rows ? left : batch->vector_rows;
        uint32_t root = 0;
        for (uint32_t i = 0; i < batch->node_count; i++) {
            bool is_own = batch->nodes[i].column == number + 1 || batch->nodes[i].column == 0;
            if (!(batch->needs[i] & SEG_NEED_ENTRY) || !is_own) continue;
            seg_status status = make(batch, i, &domain, error);
            if (status != SEG_OK) return status;
            while (root < batch->root_count && batch->roots[root].node < i) root++;
            if (root < batch->root_count && batch->roots[root].node == i)
                memcpy(batch->roots[root].bits + domain.from / SEG_GROUP, seg_batch_bits(batch, i),
                       (domain.rows + SEG_GROUP - 1) / SEG_GROUP * sizeof(uint64_t));
        }
    }
    return SEG_OK;
}

/* Makes of the bits over entries what rows are looked up in. */
static seg_status finish_root(seg_batch *batch, seg_root *root) {
    const seg_column *column = &batch->columns[root->column];
    size_t count = (size_t)column->entry_count + 1, ones = 0, first_one = 0, first_zero = 0;
    for (size_t i = count; i > 0; i--) {
        bool bit = seg_bitmap_get(root->bits, i - 1);
        ones += bit;
        if (bit)
            first_one = i - 1;
        else
            first_zero = i - 1;
    }
    if (column->codes_narrow) {
        memset(root->table, 0, sizeof root->table);
        memcpy(root->table, root->bits, (count + 7) / 8);
        return SEG_OK;
    }
    root->is_single = ones == 1 || ones == count - 1;
    root->code = (uint32_t)(ones == 1 ? first_one : first_zero);
    if (root->is_single) {
        root->table[0] = ones == 1;
        return SEG_OK;
    }
    root->flags = seg_arena_take(&batch->run, count);
    if (!root->flags) return SEG_E_MEMORY;
    for (size_t i = 0; i < count; i++) root->flags[i] = seg_bitmap_get(root->bits, i);
    return SEG_OK;
}

seg_status seg_batch_enter(seg_batch *batch, seg_error *error) {
    seg_status status = enter_fields(batch);
    for (uint32_t i = 0; status == SEG_OK && i < batch->root_count; i++) {
        seg_root *root = &batch->roots[i];
        size_t words = (size_t)batch->columns[root->column].entry_count / SEG_GROUP + 1;
        root->bits = seg_arena_take_array(&batch->run, words, sizeof *root->bits);
        if (!root->bits) status = SEG_E_MEMORY;
    }
    for (uint32_t i = 0; status == SEG_OK && i < batch->column_count; i++)
        if (batch->columns[i].form == SEG_FORM_CODES) status = enter_column(batch, i, error);
    for (uint32_t i = 0; status == SEG_OK && i < batch->root_count; i++)
        status = finish_root(batch, &batch->roots[i]);
    return status == SEG_E_MEMORY ? seg_error_set(error, status, 0, "no memory for dictionaries") : status;
}

static void look_up(seg_batch *batch, const seg_root *root, size_t rows) {
    const seg_column *column = &batch->columns[root->column];
    uint64_t *bits = seg_batch_bits(batch, root->node);
    if (column->codes_narrow)
        seg_bitmap_look_up(batch->kernels, column->codes_narrow, rows, root->table, bits);
    else if (!root->is_single)
        seg_bitmap_look_up_wide(column->codes, rows, root->flags, bits);
    else {
        seg_bitmap_compare(batch->kernels, SEG_FORM_U32, SEG_RELATION_EQ, column->codes, rows, root->code,
                           NULL, bits);
        for (size_t i = 0; !root->table[0] && i * SEG_GROUP < rows; i++) bits[i] = ~bits[i];
    }
}

/* ---- row by row
 * ---------------------------------------------------------------------------------------------- */

/* The state that a profile would have after the row's values were put. */
static seg_status make_state(seg_batch *batch, const seg_domain *domain, size_t row, seg_error *error) {
    const seg_image *image = batch->image;
    uint32_t id = image->header->event_count + image->header->attribute_count;
    batch->state.size_bytes = image->places.base;
    seg_state_format(image, batch->state.bytes);
    for (uint32_t i = 0; i < batch->column_count; i++) {
        seg_value value;
        uint32_t record = batch->columns[i].record;
        seg_status status = seg_column_value(&batch->columns[i], domain->from, row, &value, error);
        if (status != SEG_OK) return status;
        if (!value.known) continue;
        status = record == id
                     ? seg_state_identify(batch->vm, &batch->state, value.as.text)
                     : seg_put_attribute(batch->vm, &batch->state, record - image->header->event_count,
                                         &value, batch->now, 0, 0, batch->now, NULL, error);
        if (status != SEG_OK) return status;
    }
    if (batch->log && batch->log->starts) {
        seg_status status = seg_log_put(batch, domain->from + row, error);
        if (status != SEG_OK) return status;
    }
    seg_state_header *head = seg_state_head(batch->state.bytes);
    head->now = batch->now;
    if (head->born > batch->now) head->born = batch->now; /* an event may be older */
    return seg_vm_prepare(batch->vm, batch->state.bytes);
}

static seg_status run_rows(seg_batch *batch, const seg_domain *domain, seg_error *error) {
    for (uint32_t j = 0; j < batch->row_count; j++)
        memset(seg_batch_bits(batch, batch->row_nodes[j]), 0, batch->vector_rows / 8);
    for (size_t i = 0; batch->row_count > 0 && i < domain->rows; i++) {
        seg_status status = make_state(batch, domain, i, error);
        if (status == SEG_E_MEMORY) seg_error_set(error, status, 0, "no memory for a row's state");
        if (status != SEG_OK) return status;
        seg_vm_begin(batch->vm, batch->state.bytes, batch->now);
        for (uint32_t j = 0; j < batch->row_count; j++) {
            int64_t holds;
            uint64_t verdict = seg_vm_run(batch->vm, batch->nodes[batch->row_nodes[j]].a, &holds) != 0;
            seg_batch_bits(batch, batch->row_nodes[j])[i / SEG_GROUP] |= verdict << (i % SEG_GROUP);
        }
    }
    return SEG_OK;
}

/* ---- a vector of rows
 * ---------------------------------------------------------------------------------------- */

static void write_out(const seg_batch *batch, uint32_t node, const seg_domain *domain,
                      uint64_t *const *members, uint64_t *counts) {
    const uint64_t *bits = seg_batch_bits(batch, node);
    size_t whole = domain->rows / SEG_GROUP, rest = domain->rows % SEG_GROUP;
    for (uint32_t s = batch->first_output[node]; s != SEG_NONE; s = batch->next_output[s]) {
        uint64_t turn = batch->segments[s] % 2 ? UINT64_MAX : 0;
        uint64_t *out = members[s] ? members[s] + domain->from / SEG_GROUP : batch->scratch;
        uint64_t count = batch->kernels->put(bits, turn, whole, out);
        if (rest) {
            out[whole] = (bits[whole] ^ turn) & ((UINT64_C(1) << rest) - 1);
            count += (uint64_t)__builtin_popcountll(out[whole]);
        }
        if (counts) counts[s] += count;
    }
}

seg_status seg_batch_step(seg_batch *batch, size_t from, size_t rows, uint64_t *const *members,
                          uint64_t *counts, seg_error *error) {
    const seg_domain domain = {.column = SEG_NONE, .from = from, .rows = rows};
    seg_status status = SEG_OK;
    for (uint32_t i = 0; status == SEG_OK && i < batch->column_count; i++)
        status = seg_column_load(&batch->columns[i], batch->kernels, from, rows, batch->scratch, error);
    if (status == SEG_OK) status = run_rows(batch, &domain, error);
    uint32_t root = 0;
    for (uint32_t i = 0; status == SEG_OK && i < batch->work_count; i++) {
        uint32_t node = batch->work[i];
        if (batch->needs[node] & SEG_NEED_ROOT)
            look_up(batch, &batch->roots[root++], rows);
        else
            status = make(batch, node, &domain, error);
        if (batch->first_output[node] != SEG_NONE) write_out(batch, node, &domain, members, counts);
    }
    return status;
}
