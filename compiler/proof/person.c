#include "person.h"

#include <stdlib.h>
#include <string.h>

#include "../types.h"

enum { EVENTS_MOST = 200 };
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

typedef struct happening { /* one event of the person */
    const seg_cell *cell;
    int64_t time;
    seg_value *fields;
} happening;

typedef struct making {
    seg_theory *t;
    int64_t now;
    uint32_t spacing, count;
    happening list[EVENTS_MOST];
} making;

/* ---- When events happen ---------------------------------------------------------------------- */

/* UTC stands in for the zone, and months have 30 days: what comes out is tried anyway. */
static int64_t unit_of(uint8_t unit, int64_t instant) {
    static const int64_t days[] = {1, 7, 7, 30, 91, 365};
    int64_t day = instant / SEG_PROOF_DAY + (unit == SEG_RULE_WEEK          ? 3
                                             : unit == SEG_RULE_SUNDAY_WEEK ? 4
                                                                            : 0);
    return (day - 30 * (int64_t)seg_rule_unit_later(unit)) / days[seg_rule_unit_plain(unit)];
}

static bool anchor_of(const making *m, const seg_rule_facts *facts, int64_t *out) {
    if (facts->anchor == NULL) return false;
    seg_value value = seg_wording_value(m->t, facts->anchor->type, seg_theory_value(m->t, facts->anchor));
    *out = value.as.i;
    return value.known;
}

static bool lies_in(const making *m, const seg_rule_facts *facts, int64_t time) {
    int64_t anchor;
    switch (facts->window) {
    case SEG_RULE_EVER: return true;
    case SEG_RULE_ROLLING:
        return m->now < time + seg_duration_least(facts->from) &&
               time + seg_duration_most(facts->to) <= m->now;
    case SEG_RULE_SINCE: return anchor_of(m, facts, &anchor) && anchor <= time;
    case SEG_RULE_WITHIN:
        return anchor_of(m, facts, &anchor) && anchor <= time &&
               time <= anchor + seg_duration_least(facts->from);
    default: {
        int64_t units = unit_of(facts->unit, time) - unit_of(facts->unit, m->now);
        return facts->first <= units && units < facts->end;
    }
    }
}

static bool fits(const making *m, const seg_cell *cell, int64_t time) {
    int64_t age = m->now - time;
    if (age < cell->youngest_ms || age >= cell->oldest_ms) return false;
    for (uint32_t i = 0; i < cell->crowd->window_count; i++)
        if (lies_in(m, cell->crowd->windows[i], time) != ((cell->windows >> i & 1u) != 0)) return false;
    return true;
}

/* The age of the first event: an hour into the stretch, or where it fits windows that follow the calendar
 * or an attribute. */
static int64_t first_age(const making *m, const seg_cell *cell) {
    static const int64_t tries[] = {0, 1, 6, 20, 26, 48, 96, 200, 400, 800, 1600, 2400, 4600, 9000, 20000};
    int64_t room = cell->oldest_ms - cell->youngest_ms;
    int64_t usual = cell->youngest_ms + (room > 2 * HOUR ? HOUR : room / 2);
    if (fits(m, cell, m->now - usual)) return usual;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        if (fits(m, cell, m->now - cell->youngest_ms - tries[i] * HOUR))
            return cell->youngest_ms + tries[i] * HOUR;
    for (uint32_t w = 0; w < cell->crowd->window_count; w++) {
        int64_t anchor;
        const seg_rule_facts *facts = cell->crowd->windows[w];
        if (!anchor_of(m, facts, &anchor)) continue;
        int64_t length = facts->window == SEG_RULE_WITHIN ? seg_duration_least(facts->from) : HOUR;
        int64_t instants[] = {anchor,     anchor + 1,      anchor - HOUR,
                              anchor - 1, anchor + length, anchor + length + 1};
        for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
            if (instants[i] <= m->now && fits(m, cell, instants[i])) return m->now - instants[i];
    }
    return usual;
}

static void spread(making *m, const seg_cell *cell, int64_t count) {
    static const int64_t gaps[SEG_PERSON_SPACINGS] = {MINUTE, SEG_PROOF_DAY, 0};
    int64_t age = first_age(m, cell), gap = gaps[m->spacing];
    const seg_value *sample = cell->crowd->samples[cell->filters];
    uint32_t field_count = m->t->rules->events[cell->crowd->event].field_count;
    while (gap > 0 && !fits(m, cell, m->now - age - gap * (count - 1))) gap /= 2;
    for (int64_t i = 0; i < count; i++) {
        seg_value *fields = seg_arena_take_array(m->t->arena, (size_t)field_count + 1, sizeof *fields);
        if (fields == NULL) return;
        memcpy(fields, sample, field_count * sizeof *fields);
        m->list[m->count++] = (happening){cell, m->now - age - gap * i, fields};
    }
}

static bool place_events(making *m) {
    for (const seg_cell *cell = m->t->cells; cell != NULL; cell = cell->next) {
        int64_t count;
        if (!seg_solver_int(m->t->solver, cell->count, &count)) return false;
        if (count > (int64_t)(EVENTS_MOST - m->count)) return false;
        spread(m, cell, count);
    }
    return !m->t->arena->failed;
}

/* ---- What their fields hold ------------------------------------------------------------------ */

static int by_time(const void *a, const void *b) {
    const happening *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

/* The events of a cell are worth, in all, what the answer says: the last one makes up for the others. */
static void share_sums(making *m) {
    for (uint32_t i = 0; i < m->count; i++) {
        const seg_cell *cell = m->list[i].cell;
        for (const seg_cell_sum *sum = cell->sums; sum != NULL; sum = sum->next) {
            int64_t rest;
            bool is_last = true;
            if (!seg_solver_int(m->t->solver, sum->sum, &rest)) continue;
            seg_value *mine = &m->list[i].fields[sum->field];
            mine->known = true;
            for (uint32_t k = 0; k < m->count; k++) {
                if (k == i || m->list[k].cell != cell) continue;
                is_last = is_last && k < i;
                if (__builtin_sub_overflow(rest, m->list[k].fields[sum->field].as.i, &rest)) is_last = false;
            }
            if (is_last) mine->as.i = rest;
        }
    }
}

static const seg_tally *tally_of(const making *m, const seg_atom *atom) {
    const seg_rule *rule = atom->rule;
    if (rule->facts == NULL || atom->scope != NULL) return NULL;
    const seg_tally *tally = seg_crowd_tally(m->t, rule->facts);
    return tally != NULL && tally->plain ? tally : NULL;
}

static seg_value *field_of(happening *one, const seg_atom *atom) {
    const seg_rule_facts *facts = atom->rule->facts;
    const seg_rule *of = atom->rule->operand_count > 0 ? atom->rule->operands[0] : NULL;
    if (of == NULL || of->kind != SEG_RULE_FIELD) return NULL;
    for (uint32_t i = 0; i < facts->event_count; i++)
        if (facts->events[i] == one->cell->crowd->event) return &one->fields[of->fields[i]];
    return NULL;
}

static seg_value another(const making *m, seg_rule_type type, int64_t number) {
    seg_value value = {.known = true, .as = {.i = number}};
    if (type.type == SEG_FLOAT) value.as.f = (double)number;
    if (type.type == SEG_ENUM && type.enumeration->count > 0) value.as.i = number % type.enumeration->count;
    if (type.type == SEG_BOOL) value.as.i = number % 2;
    if (type.type != SEG_TEXT && type.type != SEG_ZONE) return value;
    seg_buffer text;
    seg_buffer_init(&text, m->t->arena->allocator);
    seg_buffer_format(&text, "text%lld", (long long)number + 1);
    const char *bytes = text.failed ? NULL : seg_arena_copy(m->t->arena, text.bytes, text.size_bytes);
    value.as.text = bytes != NULL ? (seg_text){bytes, text.size_bytes} : (seg_text){"", 0};
    seg_buffer_free(&text);
    return value;
}

/* Gives the events of one aggregate the values that its answer asks for. */
static void fill_one(making *m, const seg_atom *atom, const seg_tally *tally, bool single) {
    uint8_t kind = atom->rule->kind;
    bool picks = kind == SEG_RULE_FIRST || kind == SEG_RULE_LAST;
    if (picks != single) return;
    bool spreads = kind == SEG_RULE_DISTINCT;
    if (kind == SEG_RULE_SUM || kind == SEG_RULE_AVG || kind == SEG_RULE_ACTIVE_DAYS ||
        kind == SEG_RULE_DECAYED)
        return;
    seg_value value = seg_wording_value(m->t, atom->rule->type, atom->answer);
    if (!value.known) return;
    int64_t number = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t at = kind == SEG_RULE_LAST ? m->count - 1 - i : i;
        happening *one = &m->list[at];
        if (!seg_crowd_covers(one->cell, tally)) continue;
        seg_value *field = field_of(one, atom);
        if (field == NULL && picks && atom->rule->operand_count == 0) one->time = value.as.i;
        if (field != NULL)
            *field = !spreads ? value
                              : another(m, atom->rule->operands[0]->type, number < value.as.i ? number++ : 0);
        if (picks) return;
    }
}

static void fill_fields(making *m) {
    share_sums(m);
    for (int single = 0; single < 2; single++)
        for (const seg_atom *atom = m->t->atoms; atom != NULL; atom = atom->next) {
            const seg_tally *tally = tally_of(m, atom);
            if (tally != NULL) fill_one(m, atom, tally, single != 0);
        }
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static bool same_value(seg_type type, const seg_value *a, const seg_value *b) {
    if (a->known != b->known) return false;
    if (!a->known) return true;
    if (type == SEG_TEXT || type == SEG_ZONE) return seg_text_same(a->as.text, b->as.text);
    if (type == SEG_FLOAT) return a->as.f == b->as.f;
    if (type == SEG_SET) return a->as.set.count == 0 && b->as.set.count == 0;
    return a->as.i == b->as.i;
}

static void make_profile(const making *m, seg_person *person) {
    const seg_rules *rules = m->t->rules;
    seg_rule_setting *settings =
        seg_arena_take_array(m->t->arena, (size_t)rules->attribute_count + 1, sizeof *settings);
    if (settings == NULL) return;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rules->attribute_count; i++) {
        const seg_rule_field *field = &rules->attributes[i];
        if (m->t->attributes[i].known == NULL) continue;
        seg_value value = seg_wording_value(m->t, field->type, m->t->attributes[i]);
        seg_value unset = field->default_value.value;
        if (field->type.optional && !field->has_default) unset.known = false;
        if (!value.known || same_value(field->type.type, &value, &unset)) continue;
        settings[count++] = (seg_rule_setting){.field = i, .value = value};
    }
    for (uint32_t i = 0; i < rules->attribute_count && count == 0 && m->count == 0; i++) {
        const seg_rule_field *field = &rules->attributes[i]; /* somebody of whom one fact is known */
        bool asked = m->t->attributes[i].known != NULL;
        if (asked && field->has_default)
            settings[count++] = (seg_rule_setting){.field = i, .value = field->default_value.value};
        else if (!asked && field->type.type == SEG_BOOL)
            settings[count++] = (seg_rule_setting){.field = i, .value = {.known = true, .as = {.i = 0}}};
    }
    if (count == 0 && !m->t->rules->has_identity) return;
    person->steps[person->step_count++] = (seg_rule_step){.kind = SEG_STEP_PROFILE,
                                                          .time = SEG_TIME_MIN,
                                                          .event = SEG_NONE,
                                                          .segment = SEG_NONE,
                                                          .setting_count = count,
                                                          .settings = settings};
}

static void make_event(const making *m, const happening *one, seg_person *person) {
    uint32_t event = one->cell->crowd->event, count = 0;
    const seg_rule_event *declared = &m->t->rules->events[event];
    seg_rule_setting *settings =
        seg_arena_take_array(m->t->arena, (size_t)declared->field_count + 1, sizeof *settings);
    if (settings == NULL) return;
    for (uint32_t f = 0; f < declared->field_count; f++) {
        const seg_rule_field *field = &declared->fields[f];
        seg_value value = one->fields[f];
        bool may_lack = field->type.optional || field->has_default;
        if (!value.known && may_lack) continue;
        if (!value.known) value = another(m, field->type, 0);
        if (field->has_default && same_value(field->type.type, &value, &field->default_value.value)) continue;
        settings[count++] = (seg_rule_setting){.field = f, .value = value};
    }
    person->steps[person->step_count++] = (seg_rule_step){.kind = SEG_STEP_EVENT,
                                                          .time = one->time,
                                                          .event = event,
                                                          .segment = SEG_NONE,
                                                          .setting_count = count,
                                                          .settings = settings};
}

bool seg_person_make(seg_person *person, seg_theory *t, uint32_t spacing) {
    *person = (seg_person){.id = {"test", 4}};
    making *m = seg_arena_take(t->arena, sizeof *m);
    if (m == NULL) return false;
    m->t = t;
    m->spacing = spacing;
    if (!seg_solver_int(t->solver, t->now, &m->now) || !place_events(m)) return false;
    qsort(m->list, m->count, sizeof *m->list, by_time);
    fill_fields(m);
    qsort(m->list, m->count, sizeof *m->list, by_time);
    const seg_known *id = &t->attributes[t->rules->attribute_count];
    if (t->rules->has_identity && id->known != NULL)
        person->id = seg_wording_value(t, (seg_rule_type){.type = SEG_TEXT}, *id).as.text;
    person->now = m->now;
    person->steps = seg_arena_take_array(t->arena, (size_t)m->count + 1, sizeof *person->steps);
    if (person->steps == NULL) return false;
    make_profile(m, person);
    for (uint32_t i = 0; i < m->count; i++) make_event(m, &m->list[i], person);
    return person->step_count > 0 && !t->arena->failed;
}
