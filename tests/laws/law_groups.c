/* law_groups.c - rules about groups of profiles, for the law about many profiles. */
#include "law_crowd.h"

enum { GROUPS = 2, RULES = 6 };

typedef struct writer {
    seg_trial *trial;
    seg_random *random;
    uint32_t group_count;
} writer;

static bool makes_groups(seg_type type) { return type == SEG_TEXT || type == SEG_INT || type == SEG_ENUM; }

/* Choices first: of their words, several profiles have the same. */
static uint32_t pick_attribute(const writer *w) {
    const seg_rules *rules = w->trial->c->rules;
    uint32_t count = rules->attribute_count, first = count > 0 ? seg_random_below(w->random, count) : 0;
    bool words = seg_random_chance(w->random, 60);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < count; i++) {
            uint32_t at = (first + i) % count;
            seg_type type = rules->attributes[at].type.type;
            if (round == 0 && words ? type == SEG_ENUM : makes_groups(type)) return at;
        }
    return SEG_NONE;
}

static void write_asked(const writer *w, seg_buffer *out) {
    char name[32];
    if (seg_crowd_pick(w->trial->workspace, w->random, name) != NULL)
        seg_buffer_format(out, "in %s", name);
    else
        seg_buffer_text(out, "in basic");
}

static void write_question(const writer *w, seg_buffer *out) {
    static const char *const words[] = {"any", "no", "every"};
    static const char *const tests[] = {" >= 1", " >= 2", " == 0", " < 3", " between 1 and 2", " mod 2 == 1"};
    const char *other = seg_random_chance(w->random, 50) ? "other " : "";
    uint32_t group = seg_random_below(w->random, w->group_count), kind = seg_random_below(w->random, 6);
    if (kind < 3) {
        seg_buffer_format(out, "%s %sg%u member ", words[kind], other, group);
        write_asked(w, out);
        return;
    }
    seg_buffer_format(out, "(count of %sg%u members", other, group);
    if (kind < 5) {
        seg_buffer_text(out, " ");
        write_asked(w, out);
    }
    if (seg_random_chance(w->random, 20)) {
        seg_buffer_format(out, " * 2 >= count of g%u members)", group);
        return;
    }
    seg_buffer_format(
        out, "%s)", kind < 5 ? tests[seg_random_below(w->random, 6)] : tests[seg_random_below(w->random, 5)]);
}

static void write_rule(const writer *w, uint32_t number, seg_buffer *out) {
    char name[32];
    uint32_t kind = seg_random_below(w->random, 9);
    bool named = seg_crowd_pick(w->trial->workspace, w->random, name) != NULL;
    if (kind == 0 && number > 0)
        seg_buffer_format(out, "not in gr%u or ", seg_random_below(w->random, number));
    if (kind == 1 && named) seg_buffer_format(out, "in %s and ", name);
    if (kind == 2 && named) seg_buffer_format(out, "in %s or ", name);
    if (kind == 3) seg_buffer_text(out, "not ");
    if (kind == 4) {
        seg_buffer_text(out, "points(2 for ");
        write_question(w, out);
        seg_buffer_text(out, ", 1 for ");
        write_question(w, out);
        seg_buffer_text(out, ") >= 2");
        return;
    }
    if (kind == 5) {
        seg_buffer_text(out, "if ");
        write_question(w, out);
        seg_buffer_text(out, " then ");
        write_question(w, out);
        seg_buffer_text(out, " else ");
    }
    if (kind == 6 && named) seg_buffer_format(out, "top 2 by points(1 for in %s) and ", name);
    write_question(w, out);
}

static bool write(seg_trial *trial, seg_random *random, seg_buffer *out) {
    writer w = {.trial = trial, .random = random};
    const seg_rules *rules = trial->c->rules;
    for (uint32_t i = 0; i < GROUPS; i++) {
        uint32_t attribute = pick_attribute(&w);
        if (attribute == SEG_NONE) return false;
        seg_text name = rules->attributes[attribute].name;
        seg_buffer_format(out, "group g%u by %.*s\n", w.group_count++, (int)name.size_bytes, name.bytes);
    }
    seg_buffer_format(out, "segment basic: %.*s(7d) >= 2\n", (int)rules->events[0].name.size_bytes,
                      rules->events[0].name.bytes);
    for (uint32_t i = 0; i < RULES; i++) {
        seg_buffer_format(out, "segment gr%u: ", i);
        write_rule(&w, i, out);
        seg_buffer_text(out, "\n");
    }
    return true;
}

void seg_law_groups(seg_trial *trial) {
    static const seg_crowd_law about = {.write = write, .concerns = seg_image_is_grouped, .lasts = true};
    seg_law_crowd(trial, &about);
}
