#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "history.h"
#include "json_out.h"
#include "output.h"
#include "spool.h"
#include "workspace.h"

enum { NEWEST = 5, TEXT_MOST = 48, MOST_DEPTH = 256 };

typedef struct entry {
    int64_t time;
    uint64_t tie;
    size_t nth; /* among entries of the same time and tie */
} entry;

typedef struct part { /* of a rule: a probe and what it found */
    seg_probe_info info;
    seg_value value;
    int64_t holds_until;
    uint64_t entry_count;
    entry newest[NEWEST]; /* a ring: entry i stands at i % NEWEST */
} part;

typedef struct job {
    const seg_arguments *arguments;
    seg_workspace workspace;
    seg_history history;
    seg_spool spool;
    seg_engine *engine;
    seg_vm *vm;
    const seg_state *state; /* NULL: no facts about the profile */
    const char *profile;
    uint32_t segment;
    seg_segment_info about;
    int64_t at;
    bool verdict;
    int64_t valid_until;
    size_t part_count;
    part *parts;
} job;

/* ---- Finding out ----------------------------------------------------------------------------- */

static seg_status alias_record(void *user, const seg_record *record, seg_error *error) {
    (void)error;
    return seg_history_alias(user, record) ? SEG_OK : SEG_E_MEMORY;
}

static seg_status person_record(void *user, const seg_record *record, seg_error *error) {
    job *j = user;
    if (!seg_history_is(&j->history, record)) return SEG_OK;
    if (!seg_history_add(&j->history, record)) return SEG_E_MEMORY;
    return seg_engine_apply(j->engine, record, error);
}

/* The files are read twice: who the person is may stand at their end. */
static int facts_read(job *j) {
    seg_feed feed = {.image = j->workspace.image,
                     .on_record = alias_record,
                     .user = &j->history,
                     .quiet = seg_arguments_has(j->arguments, SEG_OPTION_QUIET)};
    const char **paths = seg_feed_paths(j->arguments, &feed.path_count);
    if (!paths) return seg_say_memory();
    feed.paths = paths;
    int code = seg_spool_input(&j->spool, paths, feed.path_count);
    feed.spool = j->spool.path;
    if (!code) code = seg_feed_run(&feed);
    if (!code) code = seg_feed_verdict(&feed, j->arguments);
    if (!code && !seg_history_person(&j->history, j->profile)) code = seg_say_memory();
    seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = j->at};
    seg_error error = {0};
    if (!code) {
        seg_status status = seg_engine_new(&j->engine, j->workspace.image, &options, &error);
        if (status) code = seg_say_status("cannot begin", status, &error);
    }
    feed.on_record = person_record;
    feed.user = j;
    feed.silent = true;
    if (!code) code = seg_feed_run(&feed);
    if (!code) {
        seg_status status = seg_engine_settle(j->engine, &error);
        if (status) code = seg_say_status("cannot evaluate", status, &error);
    }
    free(paths);
    return code;
}

static void entry_take(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    (void)words;
    (void)word_count;
    part *p = user;
    entry *slot = &p->newest[p->entry_count % NEWEST];
    const entry *before = p->entry_count ? &p->newest[(p->entry_count - 1) % NEWEST] : NULL;
    bool again = before && before->time == time && before->tie == tie;
    *slot = (entry){.time = time, .tie = tie, .nth = again ? before->nth + 1 : 0};
    p->entry_count++;
}

static seg_status part_find(job *j, uint32_t index) {
    part *p = &j->parts[index];
    seg_status status = seg_image_probe(j->workspace.image, j->segment, index, &p->info);
    if (!status)
        status = seg_probe_value(j->vm, j->state, j->segment, index, j->at, &p->value, &p->holds_until);
    if (!status && p->info.query != SEG_NONE)
        status = seg_probe_entries(j->vm, j->state, j->segment, index, j->at, entry_take, p);
    return status;
}

static int parts_find(job *j) {
    j->state = seg_engine_state(j->engine, seg_text_from(j->profile));
    j->valid_until = SEG_NEVER;
    if (!j->state || !j->state->bytes) {
        j->state = NULL;
        return SEG_EXIT_GOOD;
    }
    seg_error error = {0};
    seg_status status = seg_vm_new(&j->vm, j->workspace.image, NULL, &error);
    if (!status) status = seg_evaluate(j->vm, j->state, j->segment, j->at, &j->verdict, &j->valid_until);
    uint32_t count = seg_image_probe_count(j->workspace.image, j->segment);
    j->parts = calloc((size_t)count + 1, sizeof *j->parts);
    if (!j->parts) return seg_say_memory();
    for (uint32_t i = 0; i < count && !status; i++) status = part_find(j, i);
    j->part_count = status ? 0 : count;
    return status ? seg_say_status("cannot explain", status, &error) : SEG_EXIT_GOOD;
}

/* ---- In words -------------------------------------------------------------------------------- */

/* The attribute that a part is, or SEG_NONE. */
static uint32_t attribute_of(const job *j, const part *p) {
    return p->info.query == SEG_NONE ? seg_image_find_attribute(j->workspace.image, p->info.text) : SEG_NONE;
}

/* The text that a part found. A state holds only its word; the facts have the text. */
static bool part_text(const job *j, const part *p, seg_text *out) {
    uint32_t attribute = attribute_of(j, p);
    if (!p->value.known || (p->info.type != SEG_TEXT && p->info.type != SEG_ZONE)) return false;
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, j->at);
    if (fact && fact->values[0].known) {
        *out = fact->values[0].as.text;
        return true;
    }
    return seg_history_text(&j->history, p->value.as.i, out);
}

static void quoted_print(FILE *file, seg_text text) {
    fputc('"', file);
    seg_output_text(file, text, TEXT_MOST);
    fputc('"', file);
}

static void field_value_print(const job *j, FILE *file, const seg_field_info *field, const seg_value *value) {
    char shown[128];
    if (value->known && (field->type == SEG_TEXT || field->type == SEG_ZONE)) {
        quoted_print(file, value->as.text);
    } else if (value->known && field->type == SEG_SET) {
        fputc('[', file);
        for (size_t i = 0; i < value->as.set.count; i++) {
            if (i) fputs(", ", file);
            quoted_print(file, value->as.set.items[i]);
        }
        fputc(']', file);
    } else if (value->known && field->type == SEG_ENUM && value->as.i >= 0 &&
               value->as.i < field->enum_count) {
        seg_output_text(file, seg_image_enum_name(j->workspace.image, field, (uint32_t)value->as.i),
                        TEXT_MOST);
    } else {
        seg_probe_info as = {.type = field->type, .scale = field->scale};
        seg_value_show(j->workspace.image, &as, value, shown, sizeof shown);
        fputs(shown, file);
    }
}

static void part_value_print(const job *j, FILE *file, const part *p) {
    seg_text text;
    char shown[128];
    uint32_t attribute = attribute_of(j, p);
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, j->at);
    if (part_text(j, p, &text)) {
        quoted_print(file, text);
    } else if (p->info.type == SEG_SET && fact && fact->values[0].known) {
        seg_field_info field = {.type = SEG_SET};
        field_value_print(j, file, &field, &fact->values[0]);
    } else {
        seg_value_show(j->workspace.image, &p->info, &p->value, shown, sizeof shown);
        fputs(shown, file);
    }
}

/* The rule's text on one line. */
static void rule_print(FILE *file, seg_text text) {
    size_t from = 0;
    bool began = false;
    for (size_t at = 0; at <= text.size_bytes; at++) {
        bool space = at == text.size_bytes || text.bytes[at] == ' ' || text.bytes[at] == '\n' ||
                     text.bytes[at] == '\t' || text.bytes[at] == '\r';
        if (!space) continue;
        if (at > from) {
            if (began) fputc(' ', file);
            seg_output_text(file, (seg_text){.bytes = text.bytes + from, .size_bytes = at - from}, 0);
            began = true;
        }
        from = at + 1;
    }
}

/* "29d 23h", "4h 12m", "350ms": the two largest units. */
static const char *span_show(int64_t ms, char out[48]) {
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t at = 0, shown = 0;
    out[0] = 0;
    for (size_t i = 0; i < 5 && shown < 2; i++) {
        int64_t count = ms / units[i].ms;
        ms %= units[i].ms;
        if (count == 0 && !shown) continue;
        shown++;
        if (count)
            at += (size_t)snprintf(out + at, 48 - at, "%s%" PRId64 "%s", at ? " " : "", count, units[i].unit);
    }
    return out;
}

/* ---- As text --------------------------------------------------------------------------------- */

static void mark_print(bool good) {
    const seg_terminal *terminal = seg_output_terminal();
    printf("%s%s%s", seg_style_begin(good ? SEG_STYLE_GOOD : SEG_STYLE_BAD),
           good ? terminal->tick : terminal->cross, seg_style_end());
}

static void head_print(const job *j) {
    char when[48], then[48], span[48];
    mark_print(j->verdict);
    printf(" %s", seg_style_begin(SEG_STYLE_BOLD));
    seg_output_text(stdout, seg_text_from(j->profile), 0);
    printf("%s %s %s", seg_style_end(), j->verdict ? "is in" : "is not in", seg_style_begin(SEG_STYLE_BOLD));
    seg_output_text(stdout, j->about.name, 0);
    fputs(seg_style_end(), stdout);
    bool titled = j->about.title.size_bytes != j->about.name.size_bytes ||
                  memcmp(j->about.title.bytes, j->about.name.bytes, j->about.name.size_bytes) != 0;
    if (titled && j->about.title.size_bytes) {
        fputs(", ", stdout);
        quoted_print(stdout, j->about.title);
    }
    printf("\n  at %s\n", seg_instant_show(j->at, when));
    if (!j->state) {
        puts("  There is no fact about this profile up to then. A profile without facts is in no segment.");
        return;
    }
    if (j->valid_until == SEG_NEVER)
        printf("  %s until something happens\n", j->verdict ? "stays" : "stays out");
    else
        printf("  %s on %s (in %s) if nothing happens\n", j->verdict ? "leaves" : "enters",
               seg_instant_show(j->valid_until, then), span_show(j->valid_until - j->at, span));
}

/* Whether a later part is a sibling at this depth, below the same parent. */
static bool follows(const job *j, size_t index, uint32_t depth) {
    for (size_t i = index + 1; i < j->part_count; i++) {
        if (j->parts[i].info.depth < depth) return false;
        if (j->parts[i].info.depth == depth) return true;
    }
    return false;
}

/* The lines of the tree to the left of a part's own text. `own`: the part's first line. */
static void branch_print(const job *j, size_t index, bool own) {
    bool utf8 = seg_output_terminal()->utf8;
    uint32_t depth = j->parts[index].info.depth;
    fputs("  ", stdout);
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    for (uint32_t d = 1; d <= depth && d < MOST_DEPTH; d++) {
        bool more = follows(j, index, d);
        if (d == depth && own) fputs(utf8 ? (more ? "├─ " : "└─ ") : (more ? "|- " : "`- "), stdout);
        else fputs(more ? (utf8 ? "│  " : "|  ") : "   ", stdout);
    }
    bool parent = index + 1 < j->part_count && j->parts[index + 1].info.depth > depth;
    if (!own) fputs(parent ? (utf8 ? "│ " : "| ") : "  ", stdout);
    fputs(seg_style_end(), stdout);
}

static void entry_print(const job *j, size_t index, const entry *e) {
    char when[48];
    branch_print(j, index, false);
    printf("%s%s", seg_style_begin(SEG_STYLE_DIM), seg_instant_show(e->time, when));
    const seg_fact *fact = seg_history_event(&j->history, e->time, e->tie, j->parts[index].info.text, e->nth);
    seg_event_info event;
    if (fact && !seg_image_event(j->workspace.image, fact->index, &event)) {
        fputs("  ", stdout);
        seg_output_text(stdout, event.name, TEXT_MOST);
        if (fact->message_id.size_bytes) {
            fputs("  ", stdout);
            seg_output_text(stdout, fact->message_id, TEXT_MOST);
        }
        const char *before = "  ";
        for (uint32_t f = 0; f < event.field_count; f++) {
            seg_field_info field;
            if (!fact->values[f].known || seg_image_event_field(j->workspace.image, fact->index, f, &field))
                continue;
            fputs(before, stdout);
            seg_output_text(stdout, field.name, TEXT_MOST);
            fputs(": ", stdout);
            field_value_print(j, stdout, &field, &fact->values[f]);
            before = ", ";
        }
    }
    printf("%s\n", seg_style_end());
}

static void entries_print(const job *j, size_t index) {
    const part *p = &j->parts[index];
    char count[32];
    for (uint64_t i = 0; i < NEWEST && i < p->entry_count; i++)
        entry_print(j, index, &p->newest[(p->entry_count - 1 - i) % NEWEST]);
    if (p->entry_count <= NEWEST) return;
    branch_print(j, index, false);
    printf("%s%s and %s more%s\n", seg_style_begin(SEG_STYLE_DIM), seg_output_terminal()->dots,
           seg_count_show(p->entry_count - NEWEST, count), seg_style_end());
}

/* Since when an attribute has its value. */
static void attribute_print(const job *j, const part *p) {
    uint32_t attribute = attribute_of(j, p);
    if (attribute == SEG_NONE) return;
    const seg_fact *fact = seg_history_attribute(&j->history, attribute, j->at);
    char when[48];
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    if (!fact || !fact->values[0].known) {
        fputs(fact ? "  (removed" : p->value.known ? "  (never set: its default" : "  (never set", stdout);
        if (fact) printf(" %s", seg_instant_show(fact->time, when));
    } else {
        printf("  (set %s", seg_instant_show(fact->time, when));
        if (fact->message_id.size_bytes) {
            fputs(" by ", stdout);
            seg_output_text(stdout, fact->message_id, TEXT_MOST);
        }
    }
    printf(")%s", seg_style_end());
}

static void part_print(const job *j, size_t index) {
    const part *p = &j->parts[index];
    branch_print(j, index, true);
    bool verdict = p->info.type == SEG_BOOL && p->value.known;
    if (verdict) {
        mark_print(p->value.as.i != 0);
        putchar(' ');
    }
    rule_print(stdout, p->info.text);
    if (!verdict) {
        printf(" = %s", seg_style_begin(SEG_STYLE_BOLD));
        part_value_print(j, stdout, p);
        fputs(seg_style_end(), stdout);
    }
    attribute_print(j, p);
    putchar('\n');
    entries_print(j, index);
}

static void print_text(const job *j) {
    head_print(j);
    if (j->part_count) putchar('\n');
    for (size_t i = 0; i < j->part_count; i++) part_print(j, i);
}

/* ---- As JSON --------------------------------------------------------------------------------- */

static void set_json(seg_json_out *json, const seg_value *value) {
    seg_json_out_open(json, '[');
    for (size_t i = 0; i < value->as.set.count; i++) seg_json_out_text(json, value->as.set.items[i]);
    seg_json_out_close(json, ']');
}

/* A number or a name as `text` shows it, which came from open_memstream. */
static void shown_json(seg_json_out *json, seg_type type, char *text) {
    bool number = type == SEG_INT || type == SEG_DECIMAL || type == SEG_FLOAT;
    if (!text) seg_json_out_null(json);
    else if (number) seg_json_out_raw(json, text);
    else seg_json_out_string(json, text);
    free(text);
}

static void field_json(const job *j, seg_json_out *json, const seg_field_info *field,
                       const seg_value *value) {
    if (!value->known) {
        seg_json_out_null(json);
        return;
    }
    switch (field->type) {
    case SEG_BOOL: seg_json_out_bool(json, value->as.i != 0); return;
    case SEG_TIME: seg_json_out_instant(json, value->as.i); return;
    case SEG_SET: set_json(json, value); return;
    case SEG_TEXT:
    case SEG_ZONE: seg_json_out_text(json, value->as.text); return;
    default: break;
    }
    char *shown = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&shown, &size);
    if (file) field_value_print(j, file, field, value);
    if (file) fclose(file);
    shown_json(json, field->type, shown);
}

static void value_json(const job *j, seg_json_out *json, const part *p) {
    uint32_t attribute = attribute_of(j, p);
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, j->at);
    seg_field_info field = {.type = p->info.type, .scale = p->info.scale};
    seg_value value = p->value;
    seg_text text;
    if (p->info.type == SEG_SET && fact) value = fact->values[0];
    if (p->info.type == SEG_TEXT || p->info.type == SEG_ZONE) {
        value.known = part_text(j, p, &text);
        if (value.known) value.as.text = text;
    }
    if (p->info.type != SEG_ENUM || !value.known) {
        field_json(j, json, &field, &value);
        return;
    }
    char *shown = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&shown, &size);
    if (file) part_value_print(j, file, p);
    if (file) fclose(file);
    shown_json(json, p->info.type, shown);
}

static void entry_json(const job *j, seg_json_out *json, const part *p, const entry *e) {
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "time");
    seg_json_out_instant(json, e->time);
    const seg_fact *fact = seg_history_event(&j->history, e->time, e->tie, p->info.text, e->nth);
    seg_event_info event;
    if (fact && !seg_image_event(j->workspace.image, fact->index, &event)) {
        seg_json_out_key(json, "event");
        seg_json_out_text(json, event.name);
        if (fact->message_id.size_bytes) {
            seg_json_out_key(json, "message_id");
            seg_json_out_text(json, fact->message_id);
        }
        seg_json_out_key(json, "fields");
        seg_json_out_open(json, '{');
        for (uint32_t f = 0; f < event.field_count; f++) {
            seg_field_info field;
            if (!fact->values[f].known || seg_image_event_field(j->workspace.image, fact->index, f, &field))
                continue;
            char *name = seg_text_show(field.name, 0);
            seg_json_out_key(json, name ? name : "");
            free(name);
            field_json(j, json, &field, &fact->values[f]);
        }
        seg_json_out_close(json, '}');
    }
    seg_json_out_close(json, '}');
}

static void part_json(const job *j, seg_json_out *json, const part *p) {
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "depth");
    seg_json_out_count(json, p->info.depth);
    seg_json_out_key(json, "rule");
    seg_json_out_text(json, p->info.text);
    seg_json_out_key(json, "value");
    value_json(j, json, p);
    seg_json_out_key(json, "holds_until");
    seg_json_out_instant(json, p->holds_until);
    if (p->info.query != SEG_NONE) {
        seg_json_out_key(json, "event_count");
        seg_json_out_count(json, p->entry_count);
        seg_json_out_key(json, "newest_events");
        seg_json_out_open(json, '[');
        for (uint64_t i = 0; i < NEWEST && i < p->entry_count; i++)
            entry_json(j, json, p, &p->newest[(p->entry_count - 1 - i) % NEWEST]);
        seg_json_out_close(json, ']');
    }
    seg_json_out_close(json, '}');
}

static void print_json(const job *j) {
    seg_json_out json = {.file = stdout, .spread = true};
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "profile");
    seg_json_out_string(&json, j->profile);
    seg_json_out_key(&json, "segment");
    seg_json_out_text(&json, j->about.name);
    seg_json_out_key(&json, "title");
    seg_json_out_text(&json, j->about.title);
    seg_json_out_key(&json, "at");
    seg_json_out_instant(&json, j->at);
    seg_json_out_key(&json, "known");
    seg_json_out_bool(&json, j->state != NULL);
    seg_json_out_key(&json, "member");
    seg_json_out_bool(&json, j->verdict);
    seg_json_out_key(&json, "valid_until");
    seg_json_out_instant(&json, j->valid_until);
    seg_json_out_key(&json, "parts");
    seg_json_out_open(&json, '[');
    for (size_t i = 0; i < j->part_count; i++) part_json(j, &json, &j->parts[i]);
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
}

/* ---- The command ----------------------------------------------------------------------------- */

static int explain(const seg_arguments *arguments) {
    job j = {.arguments = arguments};
    size_t first = arguments->operand_count == 3 ? 1 : 0;
    const char *segment = arguments->operands[first];
    j.profile = arguments->operands[first + 1];
    int code = seg_workspace_compile(&j.workspace, seg_arguments_folder(arguments, 2), arguments, true);
    if (!code)
        code = seg_workspace_instant(&j.workspace, SEG_OPTION_AT, arguments->values[SEG_OPTION_AT], &j.at);
    if (!code) code = seg_workspace_segment(&j.workspace, segment, &j.segment);
    if (!code) {
        seg_image_segment(j.workspace.image, j.segment, &j.about);
        seg_history_init(&j.history, j.workspace.image);
        code = facts_read(&j);
    }
    if (!code) code = parts_find(&j);
    if (!code && seg_arguments_format(arguments) == 1) print_json(&j);
    else if (!code) print_text(&j);
    free(j.parts);
    seg_vm_free(j.vm);
    seg_engine_free(j.engine);
    if (j.history.image) seg_history_free(&j.history);
    seg_spool_free(&j.spool);
    seg_workspace_free(&j.workspace);
    return code;
}

const seg_command seg_command_explain = {
    .name = "explain",
    .group = SEG_GROUP_ASK,
    .summary = "show why a profile is in a segment, or is not",
    .operands = "[DIR] SEGMENT PROFILE",
    .description =
        "Prints the rule as a tree: each part with its value at the instant, whether it holds, the newest "
        "events behind it, and when the verdict will change by itself if nothing happens. Only the facts "
        "of this profile, under all its names, are taken in.",
    .formats = "text|json",
    .options = SEG_OPTIONS_RULES | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_AT) |
               SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .required = SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_AT),
    .least_operands = 2,
    .most_operands = 3,
    .examples = {{"seg explain rules at_risk u42 --events events.ndjson --at 2026-04-16",
                  "why u42 is at risk"},
                 {"seg explain rules vip u42 -e events.csv -a 2026-04-16 -f json",
                  "the same facts for a machine"}},
    .run = explain,
};
