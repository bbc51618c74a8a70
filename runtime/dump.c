/* dump.c - an image for reading: what is fed, remembered, asked and computed. */
#include <stdarg.h>
#include <stdio.h>

#include "calendar.h"
#include "native.h"
#include "op.h"
#include "query.h"

typedef struct seg_dump {
    const seg_image *image;
    seg_write_fn write;
    void *user;
} seg_dump;

static void __attribute__((format(printf, 2, 3))) put(const seg_dump *dump, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        dump->write(dump->user, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

/* In quotes; bytes that a terminal could obey are escaped. */
static void put_quoted(const seg_dump *dump, seg_text text) {
    put(dump, "\"");
    size_t plain = 0;
    for (size_t i = 0; i <= text.size_bytes; i++) {
        uint8_t byte = i < text.size_bytes ? (uint8_t)text.bytes[i] : '"';
        if (byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\') continue;
        if (i > plain) dump->write(dump->user, text.bytes + plain, i - plain);
        plain = i + 1;
        if (i < text.size_bytes) put(dump, byte == '"' || byte == '\\' ? "\\%c" : "\\x%02x", byte);
    }
    put(dump, "\"");
}

static void put_ref(const seg_dump *dump, seg_ref ref) { put_quoted(dump, seg_view_text(dump->image, ref)); }

static void put_duration(const seg_dump *dump, int64_t months, int64_t ms) {
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{SEG_DAY_MS, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    if (months) put(dump, "%lldmo", (long long)months);
    if (ms == 0) put(dump, months ? "" : "0d");
    if (ms < 0) put(dump, "%lldms", (long long)ms);
    for (size_t i = 0; ms > 0 && i < sizeof units / sizeof *units; i++) {
        if (ms >= units[i].ms) put(dump, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
        ms %= units[i].ms;
    }
}

static void put_instant(const seg_dump *dump, int64_t instant) {
    if (instant < SEG_TIME_MIN || instant > SEG_TIME_MAX) {
        put(dump, "never");
        return;
    }
    int64_t year, month, day, date = (instant - SEG_TIME_MIN) / SEG_DAY_MS + SEG_DATE_MIN;
    int64_t ms = instant - date * SEG_DAY_MS;
    seg_calendar_civil(date, &year, &month, &day);
    put(dump, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%03lldZ", (long long)year, (long long)month,
        (long long)day, (long long)(ms / 3600000), (long long)(ms / 60000 % 60), (long long)(ms / 1000 % 60),
        (long long)(ms % 1000));
}

static void put_route(const seg_dump *dump, const seg_image_feed *feed) {
    static const char *const relations[] = {"being", "from", "up to", "from", "up to"};
    put(dump, ", p%u %s ", feed->route, relations[feed->relation]);
    if (feed->relation >= SEG_FEED_LEAST_FLOAT)
        put(dump, "%.17g,", seg_word_float(feed->word));
    else
        put(dump, "%lld,", (long long)feed->word);
}

static void put_units(const seg_dump *dump, uint8_t unit) {
    static const char *const names[] = {"days", "weeks", "weeks from Sunday", "months", "quarters", "years"};
    if (unit < SEG_UNIT_LATER_QUARTER)
        put(dump, "%s", names[unit]);
    else if (unit < SEG_UNIT_LATER_YEAR)
        put(dump, "quarters from month %d", unit - SEG_UNIT_LATER_QUARTER + 2);
    else
        put(dump, "years from month %d", unit - SEG_UNIT_LATER_YEAR + 2);
}

static void put_query(const seg_dump *dump, uint32_t number) {
    const seg_image_query *query = &dump->image->queries[number];
    switch (query->window) {
    case SEG_WINDOW_ROLLING:
        put(dump, "from ");
        put_duration(dump, query->from_months, query->from_ms);
        put(dump, query->to_months || query->to_ms ? " ago to " : " ago to now");
        if (query->to_months || query->to_ms) put_duration(dump, query->to_months, query->to_ms);
        if (query->to_months || query->to_ms) put(dump, " ago");
        break;
    case SEG_WINDOW_SINCE: put(dump, "since the anchor"); break;
    case SEG_WINDOW_WITHIN:
        put(dump, "within ");
        put_duration(dump, query->from_months, query->from_ms);
        put(dump, " of the anchor");
        break;
    case SEG_WINDOW_BETWEEN:
        put(dump, "from ");
        put_instant(dump, query->from_ms);
        put(dump, " to ");
        put_instant(dump, query->to_ms);
        break;
    case SEG_WINDOW_FEW: put(dump, "the newest %u", query->newest); break;
    case SEG_WINDOW_CALENDAR:
        put(dump, "calendar ");
        put_units(dump, query->unit);
        put(dump, " %d to %d", query->from_months, query->to_months);
        break;
    default: put(dump, "ever");
    }
    if (query->delay_ms) {
        put(dump, ", delayed by ");
        put_duration(dump, 0, query->delay_ms);
    }
    for (uint32_t i = 0; i < query->pairs.count; i++) put(dump, ", pair %u", query->pairs.first + i);
    put(dump, " in store %u", query->store);
    if (query->field == SEG_FIELD_TIME)
        put(dump, ", time");
    else
        put(dump, ", word %u", query->field);
    if (query->key) put(dump, ", where word %u is the value at hand", query->key - 1u);
}

static const char *type_name(uint8_t type) {
    static const char *const names[] = {"?",    "bool", "int",  "decimal",  "float", "text",
                                        "enum", "time", "date", "duration", "set",   "timezone"};
    return names[type];
}

static void dump_events(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_EVENTS]; i++) {
        const seg_image_event_record *event = &image->events[i];
        bool is_event = i < image->header->event_count;
        put(dump, is_event ? "event %u " : "attribute %u ", is_event ? i : i - image->header->event_count);
        put_ref(dump, event->name);
        if (is_event) put(dump, " from ");
        if (event->elements.size_bytes) {
            put(dump, "each ");
            put_ref(dump, event->elements);
            put(dump, " of ");
        }
        if (is_event) put_ref(dump, event->source);
        put(dump, "\n");
        for (uint32_t j = 0; j < event->fields.count; j++) {
            const seg_image_field *field = &image->fields[event->fields.first + j];
            put(dump, "  field %u ", j);
            put_ref(dump, field->name);
            put(dump, " %s", type_name(field->type));
            if (field->type == SEG_DECIMAL) put(dump, "(%u)", field->scale);
            put(dump, field->required ? "\n" : " optional\n");
        }
        for (uint32_t j = 0; j < event->feeds.count; j++) {
            const seg_image_feed *feed = &image->feeds[event->feeds.first + j];
            put(dump, "  feeds store %u", feed->store);
            if (feed->filter != SEG_NONE) put(dump, " if p%u", feed->filter);
            if (feed->route != SEG_NONE) put_route(dump, feed);
            for (uint32_t k = 0; k < feed->values.count; k++)
                put(dump, k ? ", p%u" : " with p%u", image->links[feed->values.first + k]);
            for (uint32_t k = 0; k < feed->atoms.count; k++)
                put(dump, k ? ", %u" : "; flips atoms %u", image->links[feed->atoms.first + k]);
            put(dump, "\n");
        }
    }
}

static void dump_pair(const seg_dump *dump, uint32_t number) {
    const seg_image_pair *pair = &dump->image->pairs[number];
    put(dump, "pair %u: %s%s store %u", number, pair->flags & SEG_PAIR_NEGATED ? "not " : "",
        pair->flags & SEG_PAIR_PRECEDED ? "preceded by" : "followed by", pair->store);
    if (pair->there_delay_ms) put(dump, ", delayed by "), put_duration(dump, 0, pair->there_delay_ms);
    if (pair->flags & SEG_PAIR_BETWEEN) put(dump, ", before what led here");
    if (pair->flags & SEG_PAIR_BOUNDED) {
        put(dump, ", within ");
        put_duration(dump, pair->least_months, pair->least_ms);
        put(dump, " to ");
        put_duration(dump, pair->most_months, pair->most_ms);
    }
    if (!(pair->flags & SEG_PAIR_BY_TIME)) put(dump, ", in order");
    if (pair->whole_ms != SEG_NEVER) put(dump, ", all within "), put_duration(dump, 0, pair->whole_ms);
    for (uint32_t i = 0; i < pair->same.count; i += 2)
        put(dump, ", word %u is its word %u", dump->image->links[pair->same.first + i],
            dump->image->links[pair->same.first + i + 1]);
    for (uint32_t i = 0; i < pair->inner.count; i++) put(dump, ", with pair %u", pair->inner.first + i);
    put(dump, "\n");
}

static void dump_state(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->store_count; i++) {
        const seg_image_store *store = &image->stores[i];
        put(dump, "store %u: %u words, ", i, store->width);
        if (store->keep) put(dump, "the newest %u of ", store->keep);
        if (store->horizon_ms == SEG_NEVER)
            put(dump, "all");
        else
            put(dump, "the last "), put_duration(dump, 0, store->horizon_ms);
        if (store->past_ms) put(dump, ", and everything of the last "), put_duration(dump, 0, store->past_ms);
        put(dump, "%s%s, floats %x, identity %016llx\n",
            store->flags & SEG_STORE_FOLD ? ", sums of the rest" : "",
            store->flags & SEG_STORE_CALENDAR ? ", with slack for months" : "", store->float_fields,
            (unsigned long long)store->identity);
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_QUERIES]; i++) {
        put(dump, "query %u: ", i);
        put_query(dump, i);
        put(dump, "\n");
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_PAIRS]; i++) dump_pair(dump, i);
}

static void put_operand(const seg_dump *dump, const seg_ins *ins, seg_operand operand, int64_t value) {
    static const char *const forms[] = {
        [SEG_OPERAND_WRITE] = " r%lld",       [SEG_OPERAND_READ] = " r%lld",
        [SEG_OPERAND_PROGRAM] = " p%lld",     [SEG_OPERAND_QUERY] = " q%lld",
        [SEG_OPERAND_WORD_SET] = " w%lld",    [SEG_OPERAND_ZONE] = " z%lld",
        [SEG_OPERAND_FIELD] = " f%lld",       [SEG_OPERAND_TEXT] = " t%lld",
        [SEG_OPERAND_AUTOMATON] = " m%lld",   [SEG_OPERAND_CONSTANT] = " %lld",
        [SEG_OPERAND_LENGTH] = " %lld",       [SEG_OPERAND_RANKING] = " k%lld",
        [SEG_OPERAND_FIGURE] = " %lld",       [SEG_OPERAND_GATHERS] = " %lld",
        [SEG_OPERAND_ARGUMENTS] = " r%lld..", [SEG_OPERAND_TALLY] = " y%lld",
        [SEG_OPERAND_NATIVE] = " n%lld"};
    if (operand == SEG_OPERAND_JUMP) {
        put(dump, " -> %04lld", (long long)(ins - dump->image->code) + value);
    } else if (operand == SEG_OPERAND_ANCHOR) {
        if (seg_window_has_anchor(dump->image->queries[ins->c].window)) put(dump, " r%lld", (long long)value);
    } else if (operand == SEG_OPERAND_MONTHS) {
        put(dump, " %dmo", (int32_t)value);
    } else if (operand != SEG_OPERAND_NONE) {
        put(dump, forms[operand], (long long)value);
    }
}

static void dump_ins(const seg_dump *dump, uint32_t at) {
    const seg_ins *ins = &dump->image->code[at];
    const seg_op_info *op = &seg_op_table[ins->op];
    const seg_shape_info *shape = &seg_shape_table[op->shape];
    put(dump, "  %04u %s", at, op->name);
    put_operand(dump, ins, shape->a, ins->a);
    put_operand(dump, ins, shape->b, ins->b);
    put_operand(dump, ins, shape->c, ins->c);
    put_operand(dump, ins, shape->imm, ins->imm);
    put(dump, "   ; %s", op->summary);
    if (shape->c == SEG_OPERAND_QUERY) put(dump, ": "), put_query(dump, ins->c);
    if (shape->c == SEG_OPERAND_TEXT) put(dump, ": "), put_ref(dump, dump->image->texts[ins->c]);
    if (shape->c == SEG_OPERAND_PROGRAM && dump->image->program_atom[ins->c] != SEG_NONE)
        put(dump, ": atom %u", dump->image->program_atom[ins->c]);
    put(dump, "\n");
}

static void dump_programs(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->program_count; i++) {
        const seg_image_program *program = &image->programs[i];
        put(dump, "program %u over %s: %u registers, depth %u\n", i,
            program->context == SEG_CONTEXT_FACT ? "a fact" : "the state", program->registers,
            program->depth);
        for (uint32_t at = program->code.first; at < program->code.first + program->code.count; at++)
            dump_ins(dump, at);
    }
}

static void dump_rankings(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_CLOCKS]; i++) {
        put(dump, image->clocks[i].is_daily ? "ranks are made daily at " : "ranks are made every ");
        put_duration(dump, 0, image->clocks[i].ms);
        put(dump, "\n");
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_RANKINGS]; i++) {
        put(dump, "ranking %u by ", i);
        put_ref(dump, image->rankings[i].text);
        put(dump, ": p%u\n", image->rankings[i].program);
    }
}

static void dump_groups(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_GROUPS]; i++) {
        const seg_image_group *group = &image->groups[i];
        put(dump, "group %u ", i);
        put_ref(dump, group->name);
        put(dump, " by attribute %u", group->attribute);
        put(dump, group->program == SEG_NONE ? "\n" : ": p%u\n", group->program);
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_TALLIES]; i++) {
        const seg_image_tally *tally = &image->tallies[i];
        put(dump, "tally %u of group %u: ", i, tally->group);
        put(dump, tally->segment == SEG_NONE ? "everybody\n" : "members of segment %u\n", tally->segment);
    }
}

static void dump_verdicts(const seg_dump *dump) {
    const seg_image *image = dump->image;
    for (uint32_t i = 0; i < image->atom_count; i++) {
        const seg_image_atom *atom = &image->atoms[i];
        put(dump, "atom %u: p%u", i, atom->program);
        for (uint32_t j = 0; j < atom->segments.count; j++)
            put(dump, j ? ", %u" : ", decides segments %u", image->links[atom->segments.first + j]);
        put(dump, "\n");
    }
    seg_run temporal = image->header->temporal_atoms;
    for (uint32_t i = 0; i < temporal.count; i++)
        put(dump, i ? ", %u" : "time flips atoms %u", image->links[temporal.first + i]);
    if (temporal.count) put(dump, "\n");
    for (uint32_t i = 0; i < image->segment_count; i++) {
        put(dump, "segment %u ", i);
        put_ref(dump, image->segments[i].name);
        put(dump, ": p%u\n", image->segments[i].program);
    }
}

void seg_image_dump(const seg_image *image, seg_write_fn write, void *user) {
    const seg_dump dump = {image, write, user};
    put(&dump, "image of format %u, %zu bytes, layout %016llx\n", image->header->format, image->size_bytes,
        (unsigned long long)image->state_layout);
    if (image->header->duplicates_ms) {
        put(&dump, "messages are remembered for ");
        put_duration(&dump, 0, image->header->duplicates_ms);
        put(&dump, "\n");
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_ZONES]; i++) {
        put(&dump, "zone %u ", i);
        put_ref(&dump, image->zones[i].name);
        put(&dump, ", %u changes of offset\n", image->zones[i].transitions.count);
    }
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_NATIVES]; i++) {
        char signature[200];
        seg_native_signature(&image->natives[i], signature, sizeof signature);
        put(&dump, "native %u ", i);
        put_ref(&dump, image->natives[i].name);
        put(&dump, " of ");
        put_ref(&dump, image->natives[i].library);
        put(&dump, ": %s\n", signature);
    }
    dump_events(&dump);
    dump_state(&dump);
    dump_programs(&dump);
    dump_rankings(&dump);
    dump_groups(&dump);
    dump_verdicts(&dump);
}
