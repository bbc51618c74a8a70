/* law_ranks.c - rules that rank, for the law about many profiles. */
#include "law_crowd.h"

typedef struct writer {
    seg_trial *trial;
    seg_random *random;
} writer;

static bool has_order(seg_rule_type type) {
    return type.type == SEG_INT || type.type == SEG_DECIMAL || type.type == SEG_FLOAT ||
           type.type == SEG_TIME || type.type == SEG_DATE || type.type == SEG_DURATION;
}

static bool is_number(seg_rule_type type) {
    return type.type == SEG_INT || type.type == SEG_DECIMAL || type.type == SEG_FLOAT;
}

/* A field of an event or an attribute that has an order; SEG_NONE: there is none. */
static uint32_t pick_field(const seg_rule_field *fields, uint32_t count, seg_random *random, bool numbers) {
    uint32_t first = count > 0 ? seg_random_below(random, count) : 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (first + i) % count;
        if (numbers ? is_number(fields[at].type) : has_order(fields[at].type)) return at;
    }
    return SEG_NONE;
}

static void write_points(const writer *w, seg_buffer *out) {
    char name[32];
    seg_buffer_text(out, "points(");
    for (uint32_t i = 0, count = 1 + seg_random_below(w->random, 4); i < count; i++)
        if (seg_crowd_pick(w->trial->workspace, w->random, name) != NULL)
            seg_buffer_format(out, "%s%u for in %s", i > 0 ? ", " : "", 1 + seg_random_below(w->random, 4),
                              name);
    seg_buffer_text(out, ")");
}

static void write_key(const writer *w, seg_buffer *out) {
    static const char *const windows[] = {"7d",  "30d",   "1mo",           "ever",
                                          "36h", "today", "60d to 2d ago", "last 3"};
    static const char *const calls[] = {"sum", "max", "min", "avg", "distinct"};
    const seg_rules *rules = w->trial->c->rules;
    const char *window = windows[seg_random_below(w->random, 8)];
    uint32_t kind = seg_random_below(w->random, 10);
    const seg_rule_event *event =
        rules->event_count > 0 ? &rules->events[seg_random_below(w->random, rules->event_count)] : NULL;
    uint32_t attribute = pick_field(rules->attributes, rules->attribute_count, w->random, false);
    if (kind < 3 && event != NULL) {
        uint32_t field = pick_field(event->fields, event->field_count, w->random, true);
        const char *call = calls[seg_random_below(w->random, 5)];
        if (field != SEG_NONE)
            seg_buffer_format(out, "%s(%.*s.%.*s, %s)", call, (int)event->name.size_bytes, event->name.bytes,
                              (int)event->fields[field].name.size_bytes, event->fields[field].name.bytes,
                              window);
        else
            seg_buffer_format(out, "last(%.*s)", (int)event->name.size_bytes, event->name.bytes);
    } else if (kind < 6 && event != NULL) {
        bool past = seg_random_chance(w->random, 20);
        seg_buffer_format(out, "%s%.*s(%s)%s", past ? "(" : "", (int)event->name.size_bytes,
                          event->name.bytes, window, past ? " as of 3d ago)" : "");
    } else if (kind < 7 && attribute != SEG_NONE) {
        seg_text name = rules->attributes[attribute].name;
        seg_buffer_format(out, "%.*s", (int)name.size_bytes, name.bytes);
    } else if (kind < 8 && event != NULL) {
        seg_buffer_format(out, "first(%.*s)", (int)event->name.size_bytes, event->name.bytes);
    } else {
        write_points(w, out);
    }
}

static void write_ranked(const writer *w, seg_buffer *out) {
    static const char *const amounts[] = {"1", "2", "3", "10%", "34%", "50%", "66.67%", "99.99%"};
    static const char *const parts[] = {"quartile", "quintile", "decile", "percentile", "rank"};
    static const char *const tests[] = {" ?? 0 >= 2",         " ?? 99 <= 3", " ?? 0 == 1",
                                        " ?? 0 in [1, 2, 5]", " is missing", " ?? 1 > 4"};
    char name[32] = "";
    bool in_crowd =
        seg_random_chance(w->random, 40) && seg_crowd_pick(w->trial->workspace, w->random, name) != NULL;
    if (seg_random_chance(w->random, 50)) {
        seg_buffer_format(out, "%s %s ", seg_random_chance(w->random, 70) ? "top" : "bottom",
                          amounts[seg_random_below(w->random, 8)]);
        if (in_crowd) seg_buffer_format(out, "of %s ", name);
        seg_buffer_text(out, "by ");
        write_key(w, out);
        return;
    }
    seg_buffer_format(out, "(%s(", parts[seg_random_below(w->random, 5)]);
    write_key(w, out);
    if (in_crowd) seg_buffer_format(out, " where in %s", name);
    seg_buffer_format(out, ")%s)", tests[seg_random_below(w->random, 6)]);
}

static void write_rule(const writer *w, uint32_t number, seg_buffer *out) {
    char name[32];
    uint32_t kind = seg_random_below(w->random, 8);
    bool named = seg_crowd_pick(w->trial->workspace, w->random, name) != NULL;
    if (kind == 0 && number > 0) {
        seg_buffer_format(out, "not in rk%u", seg_random_below(w->random, number));
        return;
    }
    if (kind == 1 && named) seg_buffer_format(out, "in %s and ", name);
    if (kind == 2 && named) seg_buffer_format(out, "in %s or ", name);
    if (kind == 3) {
        seg_buffer_text(out, "if ");
        write_ranked(w, out);
        seg_buffer_text(out, " then ");
        write_ranked(w, out);
        seg_buffer_text(out, " else ");
    }
    if (kind == 4) {
        seg_buffer_text(out, "points(2 for ");
        write_ranked(w, out);
        seg_buffer_text(out, ", 1 for ");
        write_ranked(w, out);
        seg_buffer_text(out, ") >= 2");
        return;
    }
    write_ranked(w, out);
}

static bool write(seg_trial *trial, seg_random *random, seg_buffer *out) {
    static const char *const refreshes[] = {"",
                                            "refresh daily at 03:00\n",
                                            "refresh daily at 02:30, 14:15\n",
                                            "refresh daily at 00:00, 01:00, 02:00, 23:59\n",
                                            "refresh every 6h\n",
                                            "refresh every 90m\n",
                                            "refresh every 7d\n"};
    const writer w = {trial, random};
    seg_buffer_text(out, refreshes[seg_random_below(random, 7)]);
    for (uint32_t i = 0; i < 6; i++) {
        seg_buffer_format(out, "segment rk%u: ", i);
        write_rule(&w, i, out);
        seg_buffer_text(out, "\n");
    }
    return true;
}

void seg_law_ranks(seg_trial *trial) {
    static const seg_crowd_law about = {.write = write, .concerns = seg_image_is_ranked};
    seg_law_crowd(trial, &about);
}
