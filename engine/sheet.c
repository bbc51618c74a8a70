#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include "cell.h"

typedef enum named { TYPE, USER, ANONYMOUS, PREVIOUS, MESSAGE, EVENT, TIMESTAMP, NAMED_COUNT } named;
static const char *const named_columns[NAMED_COUNT] = {"type",      "userId", "anonymousId", "previousId",
                                                       "messageId", "event",  "timestamp"};

typedef struct binding { /* one column of a map */
    seg_column_role role;
    uint32_t field;
    uint32_t column; /* SEG_NONE: `text` is the value */
    seg_text text;   /* its name, or the value */
} binding;

typedef struct constant { /* the text of a value for every row */
    struct constant *older;
    char bytes[];
} constant;

typedef struct plan { /* one map */
    uint32_t event;   /* SEG_NONE: attributes */
    binding *bindings;
    uint32_t count;
    bool has_time;
    constant *constants;
} plan;

struct seg_sheet {
    const seg_schema *schema;
    char *header_bytes;
    seg_text *header;
    uint32_t column_count;
    size_t constant_bytes;
    bool is_snapshot;

    plan *plans;
    uint32_t plan_count;

    uint32_t named[NAMED_COUNT]; /* without a map: columns, or SEG_NONE */
    uint32_t **event_fields;     /* per event, once needed: the field of each column, or SEG_NONE */
    uint32_t *attribute_fields;
    char (*written)[SEG_CELL_TEXT_BYTES]; /* per column: its cell as a text */
};

seg_sheet *seg_sheet_new(const seg_schema *schema) {
    seg_sheet *sheet = calloc(1, sizeof *sheet);
    if (sheet) sheet->schema = schema;
    return sheet;
}

void seg_sheet_snapshot(seg_sheet *sheet) { sheet->is_snapshot = true; }

static void free_plan(plan *p) {
    free(p->bindings);
    while (p->constants) {
        constant *older = p->constants->older;
        free(p->constants);
        p->constants = older;
    }
}

void seg_sheet_free(seg_sheet *sheet) {
    if (!sheet) return;
    for (uint32_t i = 0; i < sheet->plan_count; i++) free_plan(&sheet->plans[i]);
    for (uint32_t i = 0; sheet->event_fields && i < sheet->schema->event_count; i++)
        free(sheet->event_fields[i]);
    free(sheet->plans);
    free(sheet->event_fields);
    free(sheet->attribute_fields);
    free(sheet->written);
    free(sheet->header_bytes);
    free(sheet->header);
    free(sheet);
}

/* '*' stands for any characters. Goes back to the last star only: linear in practice, never worse than
 * the product of both lengths. */
static bool fits(seg_text pattern, seg_text name) {
    size_t p = 0, n = 0, star = SIZE_MAX, resume = 0;
    while (n < name.size_bytes) {
        if (p < pattern.size_bytes && pattern.bytes[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size_bytes && pattern.bytes[p] == name.bytes[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size_bytes && pattern.bytes[p] == '*') p++;
    return p == pattern.size_bytes;
}

/* A file orders.csv.gz is also known as orders.csv. */
static bool fits_file(seg_text pattern, const char *base_name) {
    seg_text name = seg_text_of(base_name);
    if (fits(pattern, name)) return true;
    if (name.size_bytes < 3 || memcmp(name.bytes + name.size_bytes - 3, ".gz", 3) != 0) return false;
    name.size_bytes -= 3;
    return fits(pattern, name);
}

static bool copy_header(seg_sheet *sheet, const seg_row *row) {
    size_t total = 1;
    for (size_t i = 0; i < row->count; i++) total += row->fields[i].size_bytes;
    sheet->header_bytes = malloc(total);
    sheet->header = calloc(row->count + 1, sizeof *sheet->header);
    sheet->written = calloc(row->count + 1, sizeof *sheet->written);
    if (!sheet->header_bytes || !sheet->header || !sheet->written || row->count > UINT32_MAX / 2)
        return false;
    char *at = sheet->header_bytes;
    for (size_t i = 0; i < row->count; i++) {
        seg_text name = row->fields[i];
        if (name.size_bytes) memcpy(at, name.bytes, name.size_bytes);
        sheet->header[i] = (seg_text){at, name.size_bytes};
        at += name.size_bytes;
    }
    sheet->column_count = (uint32_t)row->count;
    return true;
}

/* The column of that name; SEG_NONE and *twice when there are two. */
static uint32_t find_column(const seg_sheet *sheet, seg_text name, bool *twice) {
    uint32_t found = SEG_NONE;
    *twice = false;
    for (uint32_t i = 0; i < sheet->column_count; i++) {
        if (!seg_text_equal(sheet->header[i], name)) continue;
        *twice = found != SEG_NONE;
        if (*twice) return SEG_NONE;
        found = i;
    }
    return found;
}

static const seg_fields *fields_of(const seg_sheet *sheet, const plan *p) {
    return p->event == SEG_NONE ? &sheet->schema->attributes : &sheet->schema->events[p->event];
}

static bool refuse_column(seg_reason *reason, seg_text name, const char *why) {
    seg_reason_clear(reason);
    seg_reason_text(reason, "column ");
    seg_reason_quote(reason, name);
    seg_reason_text(reason, why);
    return false;
}

/* A field that the map leaves to the column of its own name may have none, unless the event needs it. */
static bool may_be_absent(const seg_sheet *sheet, const plan *p, const binding *b) {
    if (b->role != SEG_COLUMN_FIELD) return false;
    const seg_field_info *info = &fields_of(sheet, p)->infos[b->field];
    return seg_text_equal(info->name, b->text) && (p->event == SEG_NONE || !info->required);
}

static bool bind_columns(seg_sheet *sheet, plan *p, seg_reason *reason) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        binding *b = &p->bindings[i];
        p->has_time |= b->role == SEG_COLUMN_TIME;
        if (b->column == SEG_NONE) {
            sheet->constant_bytes += b->text.size_bytes;
            p->bindings[kept++] = *b;
            continue;
        }
        bool twice;
        b->column = find_column(sheet, b->text, &twice);
        if (twice) return refuse_column(reason, b->text, " stands twice in the header");
        if (b->column != SEG_NONE)
            p->bindings[kept++] = *b;
        else if (!may_be_absent(sheet, p, b))
            return refuse_column(reason, b->text, " is not in the header");
    }
    p->count = kept;
    return true;
}

/* A constant stands as in the source: 1_000 is 1000. */
static bool keep_constant(plan *p, seg_text *text) {
    char *copy = malloc(sizeof(constant) + text->size_bytes);
    if (!copy) return false;
    constant *kept = (constant *)(void *)copy;
    kept->older = p->constants;
    p->constants = kept;
    size_t size = 0;
    for (size_t i = 0; i < text->size_bytes; i++)
        if (text->bytes[i] != '_') kept->bytes[size++] = text->bytes[i];
    *text = (seg_text){kept->bytes, size};
    return true;
}

static seg_status load_plan(seg_sheet *sheet, uint32_t map, const seg_column_map *info) {
    plan *p = &sheet->plans[sheet->plan_count];
    *p = (plan){.event = info->event, .count = info->entry_count};
    p->bindings = calloc((size_t)p->count + 1, sizeof *p->bindings);
    if (!p->bindings) return SEG_E_MEMORY;
    sheet->plan_count++;
    for (uint32_t i = 0; i < p->count; i++) {
        seg_column_entry entry;
        seg_status status = seg_image_column_entry(sheet->schema->image, map, i, &entry);
        if (status != SEG_OK) return status;
        p->bindings[i] = (binding){entry.role, entry.field, entry.is_constant ? SEG_NONE : 0, entry.column};
        if (entry.is_constant && !keep_constant(p, &p->bindings[i].text)) return SEG_E_MEMORY;
    }
    return SEG_OK;
}

static seg_status load_plans(seg_sheet *sheet, const char *base_name) {
    seg_image_info info;
    seg_image_describe(sheet->schema->image, &info);
    sheet->plans = calloc((size_t)info.column_map_count + 1, sizeof *sheet->plans);
    if (!sheet->plans) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < info.column_map_count; i++) {
        seg_column_map map;
        seg_status status = seg_image_column_map(sheet->schema->image, i, &map);
        bool is_asked = !sheet->is_snapshot || map.event == SEG_NONE;
        if (status == SEG_OK && is_asked && fits_file(map.file_pattern, base_name))
            status = load_plan(sheet, i, &map);
        if (status != SEG_OK) return status;
    }
    return SEG_OK;
}

/* Of a snapshot: USER is the only column that is not named after an attribute. */
static bool name_profile(seg_sheet *sheet, seg_reason *reason) {
    for (int i = 0; i < NAMED_COUNT; i++) sheet->named[i] = SEG_NONE;
    const char *const names[] = {"profile", named_columns[USER]};
    for (size_t i = 0; i < sizeof names / sizeof *names && sheet->named[USER] == SEG_NONE; i++) {
        bool twice;
        sheet->named[USER] = find_column(sheet, seg_text_of(names[i]), &twice);
        if (twice) return refuse_column(reason, seg_text_of(names[i]), " stands twice in the header");
    }
    for (uint32_t i = 0; i < sheet->schema->attributes.count; i++) {
        bool twice;
        find_column(sheet, sheet->schema->attributes.infos[i].name, &twice);
        if (twice)
            return refuse_column(reason, sheet->schema->attributes.infos[i].name,
                                 " stands twice in the header");
    }
    return sheet->named[USER] != SEG_NONE ||
           refuse_column(reason, seg_text_of("profile"),
                         " is not in the header, nor is userId, and no columns map fits the file's name");
}

static bool name_columns(seg_sheet *sheet, seg_reason *reason) {
    for (int i = 0; i < NAMED_COUNT; i++) {
        bool twice;
        sheet->named[i] = find_column(sheet, seg_text_of(named_columns[i]), &twice);
        if (twice) return refuse_column(reason, seg_text_of(named_columns[i]), " stands twice in the header");
    }
    static const char no_map[] = " is not in the header, and no columns map fits the file's name";
    if (sheet->named[USER] == SEG_NONE && sheet->named[ANONYMOUS] == SEG_NONE)
        return refuse_column(reason, seg_text_of("userId"), no_map);
    if (sheet->named[TIMESTAMP] == SEG_NONE) return refuse_column(reason, seg_text_of("timestamp"), no_map);
    return true;
}

seg_status seg_sheet_header(seg_sheet *sheet, const char *base_name, const seg_row *header,
                            seg_reason *reason, bool *good) {
    *good = false;
    if (!copy_header(sheet, header)) return SEG_E_MEMORY;
    seg_status status = load_plans(sheet, base_name);
    if (status != SEG_OK) return status;
    sheet->event_fields = calloc((size_t)sheet->schema->event_count + 1, sizeof *sheet->event_fields);
    if (!sheet->event_fields) return SEG_E_MEMORY;
    *good = true;
    for (uint32_t i = 0; *good && i < sheet->plan_count; i++)
        *good = bind_columns(sheet, &sheet->plans[i], reason);
    if (!sheet->plan_count)
        *good = sheet->is_snapshot ? name_profile(sheet, reason) : name_columns(sheet, reason);
    return SEG_OK;
}

uint32_t seg_sheet_parts(const seg_sheet *sheet) { return sheet->plan_count ? sheet->plan_count : 1; }

static bool plan_wants(const plan *p, uint32_t column) {
    for (uint32_t i = 0; i < p->count; i++)
        if (p->bindings[i].column == column) return true;
    return false;
}

bool seg_sheet_wants(const seg_sheet *sheet, uint32_t column) {
    for (uint32_t i = 0; i < sheet->plan_count; i++)
        if (plan_wants(&sheet->plans[i], column)) return true;
    if (sheet->plan_count) return false;
    for (int i = 0; i < NAMED_COUNT; i++)
        if (sheet->named[i] == column) return true;
    const seg_schema *schema = sheet->schema;
    if (seg_lookup_find(&schema->attributes.names, sheet->header[column]) != SEG_NONE) return true;
    for (uint32_t i = 0; i < schema->event_count && !sheet->is_snapshot; i++)
        if (seg_lookup_find(&schema->events[i].names, sheet->header[column]) != SEG_NONE) return true;
    return false;
}

/* As a text; of a table, the one that CSV would have. */
static seg_text cell_at(const seg_sheet *sheet, const seg_row *row, uint32_t column) {
    if (column == SEG_NONE) return (seg_text){NULL, 0};
    return row->cells ? seg_cell_text(&row->cells[column], sheet->written[column]) : row->fields[column];
}

static bool is_nothing(const seg_row *row, uint32_t column) {
    return row->cells ? row->cells[column].kind == SEG_CELL_NOTHING : !row->fields[column].bytes;
}

static bool is_missing(const seg_field_info *info, seg_text cell) {
    if (cell.size_bytes) return false;
    bool may_be_empty = info->type == SEG_TEXT || info->type == SEG_SET;
    return !may_be_empty || (!cell.bytes && !info->required);
}

static bool take_text(seg_draft *draft, const seg_fields *fields, uint32_t field, seg_text cell) {
    return seg_draft_cell(draft, field, cell, is_missing(&fields->infos[field], cell));
}

static bool is_list(const seg_row *row, uint32_t column) {
    return row->cells && column != SEG_NONE && row->cells[column].kind == SEG_CELL_LIST;
}

static bool refuse_list(const seg_sheet *sheet, seg_draft *draft, uint32_t column) {
    seg_reason_clear(&draft->reason);
    seg_reason_name(&draft->reason, sheet->header[column]);
    seg_reason_text(&draft->reason, ": a list, where one value belongs");
    return false;
}

static bool take_cell(const seg_sheet *sheet, seg_draft *draft, const seg_row *row, const seg_fields *fields,
                      uint32_t field, uint32_t column) {
    seg_value value;
    if (row->cells &&
        seg_cell_value(sheet->schema->image, &row->cells[column], &fields->infos[field], &value))
        return seg_draft_value(draft, field, &value);
    if (is_list(row, column)) return refuse_list(sheet, draft, column);
    return take_text(draft, fields, field, cell_at(sheet, row, column));
}

/* A column that says whose or which record it is, as a text. */
static bool take_label(const seg_sheet *sheet, seg_draft *draft, const seg_row *row, uint32_t column,
                       seg_text *out) {
    *out = cell_at(sheet, row, column);
    return !is_list(row, column) || refuse_list(sheet, draft, column);
}

static bool take_time(const seg_sheet *sheet, seg_draft *draft, const char *name, const seg_row *row,
                      uint32_t column, seg_text fixed) {
    if (row->cells && column != SEG_NONE &&
        seg_cell_instant(sheet->schema->image, &row->cells[column], &draft->record.time))
        return true;
    if (is_list(row, column)) return refuse_list(sheet, draft, column);
    seg_text cell = column == SEG_NONE ? fixed : cell_at(sheet, row, column);
    if (!cell.size_bytes) return seg_draft_refuse(draft, name, "missing");
    return seg_convert_time(&draft->converter, name, cell, false, &draft->record.time);
}

static bool take_profile(seg_draft *draft, const char *name, seg_text cell) {
    if (!cell.size_bytes) return seg_draft_refuse(draft, name, "missing");
    return seg_draft_id(draft, &draft->record.profile, name, cell);
}

/* Attributes without a time hold from the beginning. */
static bool take_planned(const seg_sheet *sheet, seg_draft *draft, const plan *p, const seg_fields *fields,
                         const seg_row *row) {
    if (!p->has_time) {
        if (p->event != SEG_NONE) return seg_draft_refuse(draft, "", "the columns map names no time");
        draft->record.time = SEG_TIME_MIN;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const binding *b = &p->bindings[i];
        seg_text label = b->text;
        bool good = b->role == SEG_COLUMN_FIELD || b->role == SEG_COLUMN_TIME || b->column == SEG_NONE ||
                    take_label(sheet, draft, row, b->column, &label);
        if (!good) return false;
        switch (b->role) {
        case SEG_COLUMN_PROFILE: good = take_profile(draft, "profile", label); break;
        case SEG_COLUMN_TIME: good = take_time(sheet, draft, "time", row, b->column, b->text); break;
        case SEG_COLUMN_MESSAGE: draft->record.message_id = label; break;
        case SEG_COLUMN_FIELD:
            good = b->column == SEG_NONE ? take_text(draft, fields, b->field, b->text)
                                         : take_cell(sheet, draft, row, fields, b->field, b->column);
            break;
        }
        if (!good) return false;
    }
    return seg_draft_finish(draft);
}

static seg_taken read_planned(const seg_sheet *sheet, seg_draft *draft, const seg_row *row, const plan *p) {
    if (p->event == SEG_NONE)
        seg_draft_identify(draft);
    else
        seg_draft_track(draft, p->event);
    return take_planned(sheet, draft, p, fields_of(sheet, p), row) ? SEG_TAKEN : SEG_TAKEN_REFUSED;
}

/* The field of each column, kept in *known. NULL: no memory. */
static const uint32_t *columns_of(const seg_sheet *sheet, const seg_fields *fields, uint32_t **known) {
    uint32_t *made = *known;
    if (made) return made;
    made = malloc(((size_t)sheet->column_count + 1) * sizeof *made);
    if (!made) return NULL;
    for (uint32_t i = 0; i < sheet->column_count; i++) {
        made[i] = seg_lookup_find(&fields->names, sheet->header[i]);
        for (int n = 0; n < NAMED_COUNT; n++)
            if (sheet->named[n] == i) made[i] = SEG_NONE;
    }
    *known = made;
    return made;
}

static bool take_named(const seg_sheet *sheet, seg_draft *draft, const seg_row *row, const seg_fields *fields,
                       const uint32_t *columns) {
    seg_text user, previous;
    if (!take_label(sheet, draft, row, sheet->named[USER], &user)) return false;
    if (!user.size_bytes && !take_label(sheet, draft, row, sheet->named[ANONYMOUS], &user)) return false;
    if (!seg_draft_id(draft, &draft->record.profile, named_columns[USER], user)) return false;
    if (!take_label(sheet, draft, row, sheet->named[MESSAGE], &draft->record.message_id)) return false;
    if (draft->record.kind == SEG_RECORD_ALIAS) {
        if (!take_label(sheet, draft, row, sheet->named[PREVIOUS], &previous)) return false;
        if (!seg_draft_id(draft, &draft->record.previous, named_columns[PREVIOUS], previous)) return false;
    }
    if (!take_time(sheet, draft, named_columns[TIMESTAMP], row, sheet->named[TIMESTAMP], (seg_text){NULL, 0}))
        return false;
    bool sparse = draft->record.kind == SEG_RECORD_IDENTIFY; /* columns of other rows: nothing said */
    for (uint32_t i = 0; columns && i < sheet->column_count; i++) {
        if (columns[i] == SEG_NONE || (sparse && is_nothing(row, i))) continue;
        if (!take_cell(sheet, draft, row, fields, columns[i], i)) return false;
    }
    return seg_draft_finish(draft);
}

/* A row of a snapshot: an attribute without a value is not known, and all have held from the beginning. */
static seg_status read_profile(seg_sheet *sheet, seg_draft *draft, const seg_row *row, seg_taken *taken) {
    const seg_fields *fields = &sheet->schema->attributes;
    const uint32_t *columns = columns_of(sheet, fields, &sheet->attribute_fields);
    if (!columns) return SEG_E_MEMORY;
    seg_draft_identify(draft);
    draft->record.time = SEG_TIME_MIN;
    seg_text profile;
    if (!take_label(sheet, draft, row, sheet->named[USER], &profile) ||
        !take_profile(draft, "profile", profile))
        return SEG_OK;
    for (uint32_t i = 0; i < sheet->column_count; i++)
        if (columns[i] != SEG_NONE && !take_cell(sheet, draft, row, fields, columns[i], i)) return SEG_OK;
    if (seg_draft_finish(draft)) *taken = SEG_TAKEN;
    return SEG_OK;
}

static bool find_kind(seg_draft *draft, seg_text type, bool names_event, seg_record_kind *kind) {
    static const struct {
        const char *name;
        seg_record_kind kind;
    } kinds[] = {{"track", SEG_RECORD_TRACK},
                 {"identify", SEG_RECORD_IDENTIFY},
                 {"alias", SEG_RECORD_ALIAS},
                 {"delete", SEG_RECORD_DELETE}};
    *kind = names_event ? SEG_RECORD_TRACK : SEG_RECORD_IDENTIFY;
    if (!type.size_bytes) return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        *kind = kinds[i].kind;
        if (seg_text_equal(type, seg_text_of(kinds[i].name))) return true;
    }
    return seg_draft_refuse(draft, "type", "none of track, identify, alias, delete");
}

static seg_status read_named(seg_sheet *sheet, seg_draft *draft, const seg_row *row, seg_taken *taken) {
    const seg_schema *schema = sheet->schema;
    seg_text source, type;
    if (!take_label(sheet, draft, row, sheet->named[EVENT], &source) ||
        !take_label(sheet, draft, row, sheet->named[TYPE], &type))
        return SEG_OK;
    seg_record_kind kind;
    if (!find_kind(draft, type, source.size_bytes > 0, &kind)) return SEG_OK;
    const seg_fields *fields = &schema->attributes;
    uint32_t **known = &sheet->attribute_fields;
    if (kind == SEG_RECORD_TRACK) {
        uint32_t event = seg_schema_event_from(schema, source);
        if (event == SEG_NONE) {
            if (source.size_bytes)
                *taken = SEG_TAKEN_NONE;
            else
                seg_draft_refuse(draft, named_columns[EVENT], "missing");
            return SEG_OK;
        }
        seg_draft_track(draft, event);
        fields = &schema->events[event];
        known = &sheet->event_fields[event];
    } else {
        seg_draft_identify(draft);
        draft->record.kind = kind;
    }
    const uint32_t *columns = NULL;
    if (kind == SEG_RECORD_TRACK || kind == SEG_RECORD_IDENTIFY) {
        columns = columns_of(sheet, fields, known);
        if (!columns) return SEG_E_MEMORY;
    }
    if (take_named(sheet, draft, row, fields, columns)) *taken = SEG_TAKEN;
    return SEG_OK;
}

seg_status seg_sheet_read(seg_sheet *sheet, seg_draft *draft, const seg_row *row, uint32_t part,
                          seg_taken *taken) {
    size_t items = row->count + sheet->constant_bytes;
    for (size_t i = 0; i < row->count; i++)
        items += row->cells ? seg_cell_text_bytes(&row->cells[i]) / 2 : row->fields[i].size_bytes / 2;
    *taken = SEG_TAKEN_REFUSED;
    if (!seg_draft_start(draft, items, row->line)) return SEG_E_MEMORY;
    if (row->count != sheet->column_count) {
        seg_reason_clear(&draft->reason);
        seg_reason_count(&draft->reason, row->count);
        seg_reason_text(&draft->reason, row->count == 1 ? " field" : " fields");
        seg_reason_text(&draft->reason, ", but the header has ");
        seg_reason_count(&draft->reason, sheet->column_count);
        return SEG_OK;
    }
    if (!sheet->plan_count && sheet->is_snapshot) return read_profile(sheet, draft, row, taken);
    if (!sheet->plan_count) return read_named(sheet, draft, row, taken);
    *taken = read_planned(sheet, draft, row, &sheet->plans[part]);
    return SEG_OK;
}
