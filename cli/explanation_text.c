/* explanation_text.c - an explanation for readers: the rule as a tree. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explanation.h"
#include "output.h"

enum { MOST_DEPTH = 256, LINE_MOST = 120, ROOM_LEAST = 30 };

/* The rule's text on one line, as many words of it as fit into `room` columns. */
static void rule_print(FILE *file, seg_text text, size_t room) {
    size_t from = 0, column = 0;
    for (size_t at = 0; at <= text.size_bytes; at++) {
        bool space = at == text.size_bytes || text.bytes[at] == ' ' || text.bytes[at] == '\n' ||
                     text.bytes[at] == '\t' || text.bytes[at] == '\r';
        if (!space) continue;
        if (at > from && column + 1 + at - from + (at < text.size_bytes ? 2 : 0) > room) {
            fprintf(file, " %s", seg_output_terminal()->dots);
            return;
        }
        if (at > from) {
            if (column) column += (size_t)fprintf(file, " ");
            column +=
                seg_output_text(file, (seg_text){.bytes = text.bytes + from, .size_bytes = at - from}, 0);
        }
        from = at + 1;
    }
}

static size_t line_room(void) {
    const seg_terminal *terminal = seg_output_terminal();
    return terminal->out_live ? terminal->width : LINE_MOST;
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

static void mark_print(bool good) {
    const seg_terminal *terminal = seg_output_terminal();
    printf("%s%s%s", seg_style_begin(good ? SEG_STYLE_GOOD : SEG_STYLE_BAD),
           good ? terminal->tick : terminal->cross, seg_style_end());
}

static void head_print(const seg_explanation *j) {
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
        seg_text_quote(stdout, j->about.title, SEG_EXPLANATION_TEXT_MOST);
    }
    printf("\n  at %s\n", seg_instant_show(j->workspace.image, j->at, when));
    if (!j->state) {
        puts("  There is no fact about this profile up to then. A profile without facts is in no segment.");
        if (j->history.fact_count || !*j->nearest) return;
        fputs("  Was ", stdout);
        seg_output_text(stdout, seg_text_from(j->nearest), 0);
        puts(" meant?");
        return;
    }
    if (j->is_ranked && j->valid_until == seg_image_refresh_after(j->workspace.image, j->at))
        printf("  %s until ranks are made anew on %s (in %s) if nothing happens\n",
               j->verdict ? "stays" : "stays out", seg_instant_show(j->workspace.image, j->valid_until, then),
               span_show(j->valid_until - j->at, span));
    else if (j->valid_until == SEG_NEVER)
        printf("  %s until something happens\n", j->verdict ? "stays" : "stays out");
    else
        printf("  %s on %s (in %s) if nothing happens\n", j->verdict ? "leaves" : "enters",
               seg_instant_show(j->workspace.image, j->valid_until, then),
               span_show(j->valid_until - j->at, span));
}

/* Whether a later part is a sibling at this depth, below the same parent. */
static bool follows(const seg_explanation *j, size_t index, uint32_t depth) {
    for (size_t i = index + 1; i < j->part_count; i++) {
        if (j->parts[i].info.depth < depth) return false;
        if (j->parts[i].info.depth == depth) return true;
    }
    return false;
}

/* The lines of the tree to the left of a part's own text. `own`: the part's first line. */
static void branch_print(const seg_explanation *j, size_t index, bool own) {
    bool utf8 = seg_output_terminal()->utf8;
    uint32_t depth = j->parts[index].info.depth;
    fputs("  ", stdout);
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    for (uint32_t d = 1; d <= depth && d < MOST_DEPTH; d++) {
        bool more = follows(j, index, d);
        if (d == depth && own)
            fputs(utf8 ? (more ? "├─ " : "└─ ") : (more ? "|- " : "`- "), stdout);
        else
            fputs(more ? (utf8 ? "│  " : "|  ") : "   ", stdout);
    }
    bool parent = index + 1 < j->part_count && j->parts[index + 1].info.depth > depth;
    if (!own) fputs(parent ? (utf8 ? "│ " : "| ") : "  ", stdout);
    fputs(seg_style_end(), stdout);
}

/* One field as "name: value", or nothing when the fact lacks it; the caller frees it. */
static char *field_show(const seg_explanation *j, const seg_fact *fact, uint32_t index,
                        const seg_field_info *field) {
    char *shown = NULL;
    size_t size = 0;
    FILE *file = fact->values[index].known ? open_memstream(&shown, &size) : NULL;
    if (!file) return NULL;
    seg_output_text(file, field->name, SEG_EXPLANATION_TEXT_MOST);
    fputs(": ", file);
    seg_explanation_field_write(j, file, field, &fact->values[index]);
    fclose(file);
    return shown;
}

/* How much a field says about a verdict: 0 most. Those that the rule names, then numbers, then the rest. */
static int field_rank(seg_text rule, const seg_field_info *field) {
    if (seg_text_has_word(rule, field->name)) return 0;
    return field->type == SEG_INT || field->type == SEG_DECIMAL || field->type == SEG_FLOAT ? 1 : 2;
}

/* The fields of an event, as many as fit on the line. */
static void fields_print(const seg_explanation *j, const seg_fact *fact, seg_text rule, uint32_t count,
                         size_t column) {
    const seg_terminal *terminal = seg_output_terminal();
    size_t room = line_room();
    const char *before = "  ";
    for (int rank = 0; rank <= 2; rank++) {
        for (uint32_t f = 0; f < count; f++) {
            seg_field_info field;
            if (seg_image_event_field(j->workspace.image, fact->index, f, &field)) continue;
            if (field_rank(rule, &field) != rank) continue;
            char *shown = field_show(j, fact, f, &field);
            if (!shown) continue;
            column += 2 + seg_text_columns(shown);
            bool fits = column + 2 <= room;
            if (fits) printf("%s%s", before, shown);
            free(shown);
            if (!fits) printf("  %s", terminal->dots);
            if (!fits) return;
            before = ", ";
        }
    }
}

static void entry_print(const seg_explanation *j, size_t index, const seg_explanation_entry *e) {
    char when[48];
    branch_print(j, index, false);
    printf("%s%s", seg_style_begin(SEG_STYLE_DIM), seg_instant_show(j->workspace.image, e->time, when));
    size_t column = 4 + 3 * (size_t)j->parts[index].info.depth + strlen(when);
    const seg_fact *fact = seg_history_event(&j->history, e->time, e->tie, j->parts[index].info.text, e->nth);
    seg_event_info event;
    if (fact && !seg_image_event(j->workspace.image, fact->index, &event)) {
        fputs("  ", stdout);
        column += 2 + seg_output_text(stdout, event.name, SEG_EXPLANATION_TEXT_MOST);
        if (fact->message_id.size_bytes) {
            fputs("  ", stdout);
            column += 2 + seg_output_text(stdout, fact->message_id, SEG_EXPLANATION_TEXT_MOST);
        }
        fields_print(j, fact, j->parts[index].rule, event.field_count, column);
    }
    printf("%s\n", seg_style_end());
}

static bool begins_with(seg_text text, const char *start) {
    size_t length = strlen(start);
    return text.size_bytes >= length && memcmp(text.bytes, start, length) == 0;
}

/* The newest entries. Of a first or last, the one that is meant. */
static void entries_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    char count[32];
    uint64_t most = SEG_EXPLANATION_NEWEST;
    if (begins_with(p->info.text, "first(") || begins_with(p->info.text, "last(")) most = 1;
    if (begins_with(p->info.text, "first(") && p->entry_count)
        entry_print(j, index, &p->oldest);
    else
        for (uint64_t i = 0; i < most && i < p->entry_count; i++)
            entry_print(j, index, &p->newest[(p->entry_count - 1 - i) % SEG_EXPLANATION_NEWEST]);
    if (most == 1 || p->entry_count <= SEG_EXPLANATION_NEWEST) return;
    branch_print(j, index, false);
    printf("%s%s and %s more%s\n", seg_style_begin(SEG_STYLE_DIM), seg_output_terminal()->dots,
           seg_count_show(p->entry_count - SEG_EXPLANATION_NEWEST, count), seg_style_end());
}

/* Whether the same words stand further up, with the events behind them, or the segment's rule. */
static bool is_repeated(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    if (p->info.kind == SEG_PROBE_SEGMENT) return !p->is_opened;
    if (p->entry_count == 0) return false;
    for (size_t i = 0; i < index; i++) {
        const seg_explanation_part *other = &j->parts[i];
        bool same_time = other->instant == p->instant && other->info.is_keyed == p->info.is_keyed &&
                         other->where.key == p->where.key;
        if (same_time && other->entry_count && other->info.text.size_bytes == p->info.text.size_bytes &&
            memcmp(other->info.text.bytes, p->info.text.bytes, p->info.text.size_bytes) == 0)
            return true;
    }
    return false;
}

/* Since when an attribute has its value. */
static void attribute_print(const seg_explanation *j, const seg_explanation_part *p) {
    uint32_t attribute = seg_explanation_attribute(j, p);
    if (attribute == SEG_NONE) return;
    const seg_fact *fact = seg_history_attribute(&j->history, attribute, p->instant);
    char when[48];
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    if (!fact || !fact->values[0].known) {
        fputs(fact ? "  (removed" : p->value.known ? "  (never set: its default" : "  (never set", stdout);
        if (fact) printf(" %s", seg_instant_show(j->workspace.image, fact->time, when));
    } else {
        printf("  (set %s", seg_instant_show(j->workspace.image, fact->time, when));
        if (fact->message_id.size_bytes) {
            fputs(" by ", stdout);
            seg_output_text(stdout, fact->message_id, SEG_EXPLANATION_TEXT_MOST);
        }
    }
    printf(")%s", seg_style_end());
}

/* "3rd" is left to the reader: the place, of how many, by which value, and the cut. */
static void ranking_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    const seg_image *image = j->workspace.image;
    seg_ranking_info about;
    char shown[128], count[32], when[48];
    if (p->info.ranking == SEG_NONE || seg_image_describe_ranking(image, p->info.ranking, &about)) return;
    seg_probe_info as = {.type = about.type, .scale = about.scale};
    branch_print(j, index, false);
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    if (!p->stands) {
        fputs("is not ranked", stdout);
    } else {
        const seg_standing *at = &p->standing;
        uint64_t place = 1 + at->tied_before + (p->info.from_bottom ? at->below : at->above);
        printf("place %s", seg_count_show(place, count));
        printf(" of %s%s, with ", seg_count_show(at->count, count),
               p->info.from_bottom ? " from the bottom" : "");
        seg_value key = seg_image_key_value(image, p->info.ranking, p->key);
        seg_value_show(image, &as, &key, shown, sizeof shown);
        fputs(shown, stdout);
        key = seg_image_key_value(image, p->info.ranking, p->cut);
        if (p->has_cut) seg_value_show(image, &as, &key, shown, sizeof shown);
        if (p->has_cut) printf("; the cut is at %s", shown);
    }
    printf("; ranks of %s%s\n", seg_instant_show(image, seg_image_refresh(image, j->at), when),
           seg_style_end());
}

/* ---- What it was, and since when ------------------------------------------------------------------ */

/* "2026-03-01 10:00 UTC (12d 2h ago)"; the span without `ago` tells how long something has lasted. */
static void since_print(const seg_explanation *j, const seg_explanation_part *p, int64_t instant,
                        const char *ago) {
    char when[48], span[48];
    printf("%s", seg_instant_show(j->workspace.image, instant, when));
    if (instant == p->instant)
        printf(" (at this instant)");
    else
        printf(" (%s%s)", span_show(p->instant - instant, span), ago);
}

static void membership_print(const seg_explanation *j, const seg_explanation_part *p) {
    const seg_flips *turns = &p->turns;
    bool was = turns->became_true != SEG_NEVER;
    if (turns->holds && was)
        fputs("in it since ", stdout);
    else
        fputs(was || turns->became_false != SEG_NEVER ? "out of it since " : "never in it so far", stdout);
    int64_t since = turns->holds ? turns->became_true : turns->became_false;
    if (since != SEG_NEVER) since_print(j, p, since, "");
}

static void flips_print(const seg_explanation *j, const seg_explanation_part *p) {
    const seg_flips *turns = &p->turns;
    bool entered = turns->became_true != SEG_NEVER, exited = turns->became_false != SEG_NEVER;
    bool exit_first = entered && exited && turns->became_false < turns->became_true;
    if (!entered && !exited) fputs("never entered so far", stdout);
    for (int i = 0; i < 2; i++) {
        bool exit = (i == 0) == exit_first;
        if (!(exit ? exited : entered)) continue;
        printf("%s%s ", i && entered && exited ? ", " : "", exit ? "exited" : "entered");
        since_print(j, p, exit ? turns->became_false : turns->became_true, " ago");
    }
}

static void change_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    if (p->turns.changed == SEG_NEVER) {
        fputs("never changed so far", stdout);
        return;
    }
    fputs("changed ", stdout);
    since_print(j, p, p->turns.changed, " ago");
    seg_explanation_part before = seg_explanation_before(j, index);
    fputs(", from ", stdout);
    seg_explanation_value_write(j, stdout, &before);
}

static void latch_print(const seg_explanation *j, const seg_explanation_part *p) {
    const seg_flips *turns = &p->turns;
    int64_t since = turns->holds ? turns->became_true : turns->became_false;
    char when[48];
    if (since == SEG_NEVER) {
        fputs("never inside so far", stdout);
        return;
    }
    printf("%s since ", turns->holds ? "inside" : "outside");
    since_print(j, p, since, "");
    if (turns->stays_until <= p->instant || turns->stays_until == SEG_NEVER) return;
    printf("; %s %s", turns->holds ? "stays at least until" : "not again before",
           seg_instant_show(j->workspace.image, turns->stays_until, when));
}

/* "for "shoes", "ties" and 3 more": those from `first` on. */
static void values_print(const seg_explanation *j, size_t index, size_t first, size_t count,
                         const char *word) {
    char more[32];
    size_t shown = count <= SEG_EXPLANATION_NEWEST ? count : SEG_EXPLANATION_NEWEST;
    printf("%s ", word);
    for (size_t i = 0; i < shown; i++) {
        seg_explanation_part value = seg_explanation_for_value(j, index, first + i);
        if (i) fputs(i + 1 == count ? " and " : ", ", stdout);
        seg_explanation_value_write(j, stdout, &value);
    }
    if (count > shown) printf(" and %s more", seg_count_show(count - shown, more));
}

static void each_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    bool every = p->info.kind == SEG_PROBE_EVERY;
    size_t first = every ? p->value_count - p->holding_count : p->holding_count;
    size_t rest = p->value_count - first;
    if (p->value_count == 0) fputs("there is no value to ask about", stdout);
    if (first) values_print(j, index, 0, first, every ? "does not hold for" : "holds for");
    if (first && rest) fputs("; ", stdout);
    if (rest) values_print(j, index, first, rest, every ? "holds for" : "does not hold for");
}

/* One line below a part about other instants, or about the values that it goes through. */
static void note_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    char when[48];
    if (p->info.kind == SEG_PROBE_PLAIN || p->info.kind >= SEG_PROBE_VALUE) return;
    branch_print(j, index, false);
    fputs(seg_style_begin(SEG_STYLE_DIM), stdout);
    switch (p->info.kind) {
    case SEG_PROBE_AS_OF: {
        bool has_parts = index + 1 < j->part_count && j->parts[index + 1].info.depth > p->info.depth;
        int64_t instant = has_parts ? j->parts[index + 1].instant : p->instant;
        printf("as of %s:", seg_instant_show(j->workspace.image, instant, when));
        break;
    }
    case SEG_PROBE_HELD: membership_print(j, p); break;
    case SEG_PROBE_ENTERED:
    case SEG_PROBE_EXITED: flips_print(j, p); break;
    case SEG_PROBE_CHANGED: change_print(j, index); break;
    case SEG_PROBE_LATCH: latch_print(j, p); break;
    default: each_print(j, index);
    }
    printf("%s\n", seg_style_end());
}

static void part_print(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    branch_print(j, index, true);
    bool verdict = p->info.type == SEG_BOOL && p->value.known && p->info.kind != SEG_PROBE_VALUE;
    if (verdict) {
        mark_print(p->value.as.i != 0);
        putchar(' ');
    }
    /* What is below it says the same again: it may be cut. */
    bool is_list = p->info.kind == SEG_PROBE_ALL || p->info.kind == SEG_PROBE_ANY;
    size_t indent = 4 + 3 * (size_t)p->info.depth, room = line_room();
    rule_print(stdout, p->info.text,
               !is_list                     ? SIZE_MAX
               : room > indent + ROOM_LEAST ? room - indent
                                            : ROOM_LEAST);
    if (!verdict) {
        printf(" = %s", seg_style_begin(SEG_STYLE_BOLD));
        seg_explanation_value_write(j, stdout, p);
        fputs(seg_style_end(), stdout);
    }
    attribute_print(j, p);
    bool repeated = is_repeated(j, index);
    if (repeated) printf("%s  (as above)%s", seg_style_begin(SEG_STYLE_DIM), seg_style_end());
    putchar('\n');
    ranking_print(j, index);
    note_print(j, index);
    if (!repeated) entries_print(j, index);
}

void seg_explanation_print(const seg_explanation *j) {
    head_print(j);
    if (j->part_count) putchar('\n');
    for (size_t i = 0; i < j->part_count; i++) part_print(j, i);
}
