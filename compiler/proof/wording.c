/* wording.c - texts: each constant of the rules has a number, other texts are other numbers. */
#include <string.h>

#include "../../runtime/base/buffer.h"
#include "../../runtime/base/checked.h"
#include "../types.h"
#include "theory.h"

static bool begins(seg_text text, seg_text part, size_t at) {
    return part.size_bytes + at <= text.size_bytes &&
           (part.size_bytes == 0 || memcmp(text.bytes + at, part.bytes, part.size_bytes) == 0);
}

bool seg_wording_holds(uint8_t kind, seg_text pattern, seg_text text) {
    if (pattern.size_bytes > text.size_bytes) return false;
    size_t room = text.size_bytes - pattern.size_bytes;
    size_t first = kind == SEG_RULE_ENDS ? room : 0, last = kind == SEG_RULE_STARTS ? 0 : room;
    for (size_t at = first; at <= last; at++)
        if (begins(text, pattern, at)) return true;
    return false;
}

seg_term seg_wording_constant(seg_theory *t, seg_text text) {
    for (uint32_t i = 0; i < t->text_count; i++)
        if (seg_text_same(t->texts[i], text)) return seg_term_int(t->solver, i);
    if (t->text_count == t->text_room) {
        uint32_t room = t->text_room == 0 ? 32 : t->text_room * 2;
        seg_text *larger = seg_arena_take_array(t->arena, room, sizeof *larger);
        if (larger == NULL) return NULL;
        if (t->text_count != 0) memcpy(larger, t->texts, t->text_count * sizeof *larger);
        t->texts = larger;
        t->text_room = room;
    }
    t->texts[t->text_count] = text;
    return seg_term_int(t->solver, t->text_count++);
}

seg_term seg_wording_ask(seg_theory *t, seg_term subject, const seg_rule *rule, seg_text pattern) {
    for (seg_wording *w = t->wordings; w != NULL; w = w->next)
        if (w->subject == subject && w->kind == rule->kind && w->ignore_case == rule->ignore_case &&
            seg_text_same(w->pattern, pattern))
            return w->answer;
    seg_wording *w = seg_arena_take(t->arena, sizeof *w);
    if (w == NULL) return NULL;
    *w = (seg_wording){.next = t->wordings,
                       .subject = subject,
                       .kind = rule->kind,
                       .ignore_case = rule->ignore_case,
                       .pattern = pattern,
                       .answer = seg_term_variable(t->solver, SEG_SORT_BOOL)};
    t->wordings = w;
    return w->answer;
}

static bool is_content(uint8_t kind) {
    return kind == SEG_RULE_CONTAINS || kind == SEG_RULE_STARTS || kind == SEG_RULE_ENDS;
}

/* Does every text of which a holds fulfil b too? */
static bool follows(const seg_wording *a, const seg_wording *b) {
    if (b->kind == SEG_RULE_CONTAINS) return seg_wording_holds(SEG_RULE_CONTAINS, b->pattern, a->pattern);
    return a->kind == b->kind && seg_wording_holds(a->kind, b->pattern, a->pattern);
}

static bool exclude(const seg_wording *a, const seg_wording *b) {
    return a->kind == b->kind && a->kind != SEG_RULE_CONTAINS && !follows(a, b) && !follows(b, a);
}

void seg_wording_close(seg_theory *t) {
    seg_solver *s = t->solver;
    for (seg_wording *a = t->wordings; a != NULL; a = a->next) {
        if (!is_content(a->kind)) continue;
        for (uint32_t i = 0; i < t->text_count; i++) {
            seg_term same = seg_term_equal(s, a->subject, seg_term_int(s, i));
            seg_term answer = seg_term_bool(s, seg_wording_holds(a->kind, a->pattern, t->texts[i]));
            seg_solver_assert(s, seg_term_implies(s, same, seg_term_equal(s, a->answer, answer)));
        }
        for (seg_wording *b = t->wordings; b != NULL; b = b->next) {
            if (a == b || b->subject != a->subject || !is_content(b->kind)) continue;
            if (follows(a, b)) seg_solver_assert(s, seg_term_implies(s, a->answer, b->answer));
            if (exclude(a, b)) seg_solver_assert(s, seg_term_not(s, seg_term_and(s, a->answer, b->answer)));
        }
    }
}

/* ---- Values of an answer --------------------------------------------------------------------- */

static bool is_asked(seg_theory *t, const seg_wording *w, seg_term subject, uint8_t kind) {
    bool answer = false;
    return w->subject == subject && w->kind == kind && seg_solver_bool(t->solver, w->answer, &answer) &&
           answer;
}

/* The longest pattern of the kind that holds. */
static seg_text longest(seg_theory *t, seg_term subject, uint8_t kind) {
    seg_text best = {"", 0};
    for (seg_wording *w = t->wordings; w != NULL; w = w->next)
        if (is_asked(t, w, subject, kind) && w->pattern.size_bytes > best.size_bytes) best = w->pattern;
    return best;
}

/* A text that begins, ends and contains as the answer says; its number keeps it apart from others. */
static seg_text made_up(seg_theory *t, seg_term subject, int64_t number) {
    seg_buffer text;
    seg_buffer_init(&text, t->arena->allocator);
    seg_text first = longest(t, subject, SEG_RULE_STARTS), last = longest(t, subject, SEG_RULE_ENDS);
    seg_buffer_add(&text, first.bytes, first.size_bytes);
    for (seg_wording *w = t->wordings; w != NULL; w = w->next)
        if (is_asked(t, w, subject, SEG_RULE_CONTAINS) &&
            !seg_wording_holds(SEG_RULE_CONTAINS, w->pattern, first) &&
            !seg_wording_holds(SEG_RULE_CONTAINS, w->pattern, last))
            seg_buffer_add(&text, w->pattern.bytes, w->pattern.size_bytes);
    bool bare = text.size_bytes == 0 && last.size_bytes == 0;
    int64_t distance;
    if (!seg_sub_i64(number, (int64_t)t->text_count, &distance)) distance = INT64_MIN;
    if (bare) seg_buffer_text(&text, "text");
    if (distance > 0 || (bare && distance == 0))
        seg_buffer_format(&text, "%llu", (unsigned long long)distance + 1);
    seg_buffer_add(&text, last.bytes, last.size_bytes);
    const char *bytes = text.failed ? NULL : seg_arena_copy(t->arena, text.bytes, text.size_bytes);
    seg_text out = {bytes != NULL ? bytes : "", bytes != NULL ? text.size_bytes : 0};
    seg_buffer_free(&text);
    return out;
}

static seg_value set_value(seg_theory *t, seg_term subject) {
    uint32_t count = 0;
    for (seg_wording *w = t->wordings; w != NULL; w = w->next) count += w->subject == subject;
    seg_text *items = seg_arena_take_array(t->arena, (size_t)count + 1, sizeof *items);
    seg_value value = {.known = true};
    value.as.set.items = items;
    value.as.set.count = 0;
    for (seg_wording *w = t->wordings; w != NULL && items != NULL; w = w->next)
        if (is_asked(t, w, subject, SEG_RULE_HAS)) items[value.as.set.count++] = w->pattern;
    return value;
}

seg_value seg_wording_value(seg_theory *t, seg_rule_type type, seg_known term) {
    seg_value value = {.known = false};
    bool known = false, yes = false;
    int64_t number = 0;
    if (!seg_solver_bool(t->solver, term.known, &known) || !known) return value;
    if (type.type == SEG_SET) return set_value(t, term.value);
    value.known = true;
    switch (type.type) {
    case SEG_BOOL:
        value.known = seg_solver_bool(t->solver, term.value, &yes);
        value.as.i = yes;
        break;
    case SEG_FLOAT: value.known = seg_solver_real(t->solver, term.value, &value.as.f); break;
    case SEG_TEXT:
    case SEG_ZONE:
        value.known = seg_solver_int(t->solver, term.value, &number);
        value.as.text = number < t->text_count ? t->texts[number] : made_up(t, term.value, number);
        break;
    default: value.known = seg_solver_int(t->solver, term.value, &number); value.as.i = number;
    }
    return value;
}
