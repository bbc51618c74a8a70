/* scenario.c - runs the tests that stand beside the rules.
 *
 * All facts of a test are known; which of them count is decided by the instant that a step looks at.
 * So each look builds the profile anew from the facts up to that instant, in order of their time:
 * what a test says does not depend on the order in which its steps are written. */
#include <stdio.h>
#include <string.h>

#include "types.h"
#include "unit.h"

typedef struct scenario {
    seg_unit *unit;
    const seg_rule_test *test;
    seg_image *image;
    seg_vm *vm;
    seg_arena arena; /* of one run */
    uint32_t fact_count;
    uint32_t *facts;   /* steps that are facts, in order of time, then of the text */
    seg_value *fields; /* room for the widest event */
    seg_test_result *out;
    seg_text *others; /* ids of those among whom the profile is ranked, each once */
    uint32_t other_count;
    seg_state
        *other_states; /* of these, at the instant that is looked at; made when rules ask about groups */
    seg_status status; /* of looking at them, which the rules that run cannot tell */
    seg_standing *standings; /* of the profile, per ranking, at the instant that is looked at */
    bool *stands;
} scenario;

uint32_t seg_unit_test_count(const seg_unit *unit) {
    return unit->compilation.rules ? unit->compilation.rules->test_count : 0;
}

static seg_status tests_prepare(seg_unit *unit) {
    if (unit->test_vm) return SEG_OK;
    const uint8_t *bytes;
    size_t size_bytes;
    seg_status status = seg_unit_image(unit, true, &bytes, &size_bytes);
    if (!status && !unit->test_image)
        status = seg_image_load(&unit->test_image, bytes, size_bytes, unit->allocator, NULL);
    for (size_t i = 0; i < unit->library_count && !status; i++)
        status = seg_image_bind(unit->test_image, unit->libraries[i].name, unit->libraries[i].table, NULL);
    if (!status && !unit->other_vm)
        status = seg_vm_new(&unit->other_vm, unit->test_image, unit->allocator, NULL);
    if (!status) status = seg_vm_new(&unit->test_vm, unit->test_image, unit->allocator, NULL);
    return status;
}

static seg_status facts_sort(scenario *s) {
    const seg_rule_test *test = s->test;
    s->facts = seg_arena_take_array(&s->arena, (size_t)test->step_count + 1, sizeof *s->facts);
    uint32_t widest = 0;
    const seg_rules *rules = s->unit->compilation.rules;
    for (uint32_t i = 0; i < rules->event_count; i++)
        if (rules->events[i].field_count > widest) widest = rules->events[i].field_count;
    s->fields = seg_arena_take_array(&s->arena, (size_t)widest + 1, sizeof *s->fields);
    if (!s->facts || !s->fields) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < test->step_count; i++) {
        if (test->steps[i].kind != SEG_STEP_PROFILE && test->steps[i].kind != SEG_STEP_EVENT) continue;
        uint32_t at = s->fact_count++;
        for (; at > 0 && test->steps[s->facts[at - 1]].time > test->steps[i].time; at--)
            s->facts[at] = s->facts[at - 1];
        s->facts[at] = i;
    }
    return SEG_OK;
}

/* Facts of one instant happen in the order in which the test writes them: the step is the tie. */
static seg_status fact_put(scenario *s, seg_state *state, uint32_t index, seg_error *error) {
    const seg_rule_step *step = &s->test->steps[index];
    uint64_t tie = ((uint64_t)index + 1) << 32;
    if (step->kind == SEG_STEP_PROFILE) {
        for (uint32_t i = 0; i < step->setting_count; i++) {
            const seg_rule_setting *setting = &step->settings[i];
            seg_status status = seg_put_attribute(s->vm, state, setting->field, &setting->value, step->time,
                                                  tie, 0, step->time, NULL, error);
            if (status) return status;
        }
        return SEG_OK;
    }
    uint32_t count = s->unit->compilation.rules->events[step->event].field_count;
    memset(s->fields, 0, count * sizeof *s->fields);
    for (uint32_t i = 0; i < step->setting_count; i++)
        s->fields[step->settings[i].field] = step->settings[i].value;
    seg_event event = {.event = step->event, .time = step->time, .tie = tie, .fields = s->fields};
    return seg_put_event(s->vm, state, &event, step->time, NULL, error);
}

/* Who the test is about: as it says, else "test". */
static seg_text profile_id(const seg_rule_test *test) {
    for (uint32_t i = 0; i < test->step_count; i++)
        if (test->steps[i].id.bytes != NULL) return test->steps[i].id;
    return (seg_text){"test", 4};
}

static bool is_of(const seg_rule_step *step, const seg_text *other) {
    if (other == NULL || step->other.bytes == NULL) return other == NULL && step->other.bytes == NULL;
    return seg_text_same(step->other, *other);
}

/* The profile, or one of the others, with every fact up to `at`. The caller frees the state. */
static seg_status person_build(scenario *s, const seg_text *other, int64_t at, seg_state *state,
                               seg_error *error) {
    seg_status status = seg_state_init(s->vm, state);
    if (!status) status = seg_state_identify(s->vm, state, other != NULL ? *other : profile_id(s->test));
    for (uint32_t i = 0; i < s->fact_count && !status; i++) {
        if (s->test->steps[s->facts[i]].time > at) break;
        if (is_of(&s->test->steps[s->facts[i]], other)) status = fact_put(s, state, s->facts[i], error);
    }
    if (!status) status = seg_settle(s->vm, state, at, SEG_CAUSE_TIME, (seg_sink){0});
    return status;
}

/* ---- Ranks ------------------------------------------------------------------------------------ */

static seg_status others_find(scenario *s) {
    seg_image_info info;
    seg_image_describe(s->image, &info);
    const seg_rule_test *test = s->test;
    s->others = seg_arena_take_array(&s->arena, (size_t)test->step_count + 1, sizeof *s->others);
    s->standings = seg_arena_take_array(&s->arena, (size_t)info.ranking_count + 1, sizeof *s->standings);
    s->stands = seg_arena_take_array(&s->arena, (size_t)info.ranking_count + 1, sizeof *s->stands);
    s->other_states = seg_arena_take_array(&s->arena, (size_t)test->step_count + 1, sizeof *s->other_states);
    if (!s->others || !s->standings || !s->stands || !s->other_states) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < test->step_count; i++) {
        bool is_new = test->steps[i].other.bytes != NULL;
        for (uint32_t j = 0; j < s->other_count && is_new; j++)
            is_new = !seg_text_same(s->others[j], test->steps[i].other);
        if (is_new) s->others[s->other_count++] = test->steps[i].other;
    }
    return SEG_OK;
}

static bool standing_give(void *user, uint32_t ranking, seg_standing *out) {
    const scenario *s = user;
    *out = s->standings[ranking];
    return s->stands[ranking];
}

static bool comes_first(seg_text a, seg_text b) { /* of equal keys */
    if (a.size_bytes != b.size_bytes) return a.size_bytes < b.size_bytes;
    return memcmp(a.bytes, b.bytes, a.size_bytes) < 0;
}

/* Counts the others around the profile, by their keys at the last refresh. */
static seg_status ranks_find(scenario *s, const seg_state *state, int64_t at, seg_error *error) {
    seg_image_info info;
    seg_image_describe(s->image, &info);
    seg_rank *own = seg_arena_take_array(&s->arena, (size_t)info.ranking_count + 1, sizeof *own);
    if (!own) return SEG_E_MEMORY;
    int64_t refresh = seg_image_refresh(s->image, at);
    seg_status status = SEG_OK;
    for (uint32_t r = 0; r < info.ranking_count && !status; r++) {
        status = seg_rank_key(s->vm, state, r, refresh, &own[r]);
        s->stands[r] = own[r].known;
        s->standings[r] = (seg_standing){.count = 1};
    }
    for (uint32_t i = 0; i < s->other_count && info.ranking_count && !status; i++) {
        seg_state other = {0};
        status = person_build(s, &s->others[i], at, &other, error);
        for (uint32_t r = 0; r < info.ranking_count && !status; r++) {
            seg_rank rank;
            seg_standing *standing = &s->standings[r];
            status = seg_rank_key(s->vm, &other, r, refresh, &rank);
            if (status || !rank.known) continue;
            standing->count++;
            standing->above += rank.key > own[r].key;
            standing->below += rank.key < own[r].key;
            standing->tied_before += rank.key == own[r].key && comes_first(s->others[i], profile_id(s->test));
        }
        seg_state_free(s->vm, &other);
    }
    return status;
}

/* ---- Groups ----------------------------------------------------------------------------------- */

static seg_status fellows_build(scenario *s, int64_t at, seg_error *error) {
    seg_image_info info;
    seg_image_describe(s->image, &info);
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < s->other_count && info.tally_count && !status; i++)
        status = person_build(s, &s->others[i], at, &s->other_states[i], error);
    return status;
}

static void fellows_free(scenario *s) {
    for (uint32_t i = 0; i < s->other_count; i++) seg_state_free(s->vm, &s->other_states[i]);
}

/* Looks at each of the others, with a machine of their own. */
static bool fellows_count(void *user, uint32_t tally, int64_t word, int64_t at, bool until,
                          seg_fellows *out) {
    scenario *s = user;
    seg_vm *vm = s->unit->other_vm;
    seg_tally_info asked;
    seg_status status = seg_image_describe_tally(s->image, tally, &asked);
    (void)until; /* nothing that lies ahead is known to a test */
    *out = (seg_fellows){.holds_until = SEG_NEVER};
    for (uint32_t i = 0; i < s->other_count && !status; i++) {
        const seg_state *state = &s->other_states[i];
        seg_membership group = {0};
        bool member = true;
        if (state->bytes) status = seg_group_value(vm, state, asked.group, at, &group);
        if (status || !group.known || group.word != word) continue;
        if (asked.segment != SEG_NONE) status = seg_evaluate(vm, state, asked.segment, at, &member, NULL);
        out->count += member;
    }
    if (status) s->status = status;
    return !status;
}

/* The profile with every fact up to `at`, and how it stands among others then. The caller frees both. */
static seg_status state_build(scenario *s, int64_t at, seg_state *state, seg_error *error) {
    seg_status status = person_build(s, NULL, at, state, error);
    if (!status) status = ranks_find(s, state, at, error);
    return status ? status : fellows_build(s, at, error);
}

static void state_free(scenario *s, seg_state *state) {
    seg_state_free(s->vm, state);
    fellows_free(s);
}

static seg_status verdict_at(scenario *s, uint32_t segment, int64_t at, bool *verdict, seg_error *error) {
    seg_state state = {0};
    seg_status status = state_build(s, at, &state, error);
    if (!status) status = seg_evaluate(s->vm, &state, segment, at, verdict, NULL);
    state_free(s, &state);
    return status ? status : s->status;
}

/* In the workspace's zone, as the test itself is written: "2026-04-16 10:00 Europe/Berlin". */
static void instant_show(const scenario *s, int64_t at, char out[96]) {
    const seg_rule_zone *zone = &s->unit->compilation.rules->zone;
    int64_t offset_s = zone->first_offset_s;
    for (uint32_t i = 0; i < zone->transition_count && zone->transitions[i].at <= at; i++)
        offset_s = zone->transitions[i].offset_s;
    seg_probe_info time = {.type = SEG_TIME};
    seg_value value = {.known = true, .as.i = at + offset_s * 1000};
    char local[48];
    size_t length = seg_value_show(NULL, &time, &value, local, sizeof local);
    local[length - strlen(" UTC")] = 0;
    snprintf(out, 96, "%s %.*s", local, (int)zone->name.size_bytes, zone->name.bytes);
}

/* The rule's parts and their values at an instant, a line each. */
static seg_status explain(scenario *s, uint32_t segment, int64_t at, seg_error *error) {
    seg_buffer *text = &s->unit->test_text;
    seg_state state = {0};
    seg_status status = state_build(s, at, &state, error);
    for (uint32_t i = 0; i < seg_image_probe_count(s->image, segment) && !status; i++) {
        seg_probe_info probe;
        seg_value value;
        int64_t holds_until;
        status = seg_image_probe(s->image, segment, i, &probe);
        if (!status && probe.is_keyed) continue; /* of one value among several */
        seg_probe_at where = {.segment = segment, .probe = i, .now = at};
        if (!status) status = seg_probe_value(s->vm, &state, &where, &value, &holds_until);
        if (status) break;
        if (i) seg_buffer_text(text, "\n");
        for (uint32_t d = 0; d < probe.depth; d++) seg_buffer_text(text, "  ");
        bool verdict = probe.type == SEG_BOOL && value.known;
        if (verdict) seg_buffer_text(text, value.as.i ? "✓ " : "✗ ");
        for (size_t b = 0; b < probe.text.size_bytes; b++) {
            char byte = probe.text.bytes[b];
            bool space = byte == '\n' || byte == '\t' || byte == ' ';
            if (space && b > 0 && (probe.text.bytes[b - 1] == ' ' || probe.text.bytes[b - 1] == '\n'))
                continue;
            seg_buffer_add(text, space ? " " : &byte, 1);
        }
        if (!verdict) {
            char shown[96];
            seg_value_show(s->image, &probe, &value, shown, sizeof shown);
            seg_buffer_format(text, " = %s", shown);
        }
        char when[96];
        if (probe.past_ms) instant_show(s, at - probe.past_ms, when);
        if (probe.past_ms) seg_buffer_format(text, "  (%s)", when);
    }
    state_free(s, &state);
    return status ? status : s->status;
}

static void step_place(const seg_rule_step *step, seg_test_result *out) {
    out->passed = false;
    out->failed_line = step->span.source ? seg_source_place(step->span.source, step->span.first).line : 0;
}

/* `before`: a change that should happen at the step's time, but the verdict was the same just before. */
static seg_status step_fail(scenario *s, const seg_rule_step *step, bool before, seg_error *error) {
    seg_text name = s->unit->compilation.rules->segments[step->segment].name;
    int length = (int)name.size_bytes;
    char when[96];
    instant_show(s, step->time, when);
    seg_test_result *out = s->out;
    step_place(step, out);
    const char *expected = step->negated ? "not in" : "in", *found = step->negated ? "in" : "not in";
    if (step->kind == SEG_STEP_EXPECT)
        snprintf(out->message, sizeof out->message, "expected `%s %.*s` at %s, found `%s %.*s`", expected,
                 length, name.bytes, when, found, length, name.bytes);
    else if (before)
        snprintf(out->message, sizeof out->message,
                 "expected `%s %.*s at %s`, found `%s %.*s` already before",
                 step->negated ? "exits" : "enters", length, name.bytes, when, expected, length, name.bytes);
    else
        snprintf(out->message, sizeof out->message, "expected `%s %.*s at %s`, found `%s %.*s` then",
                 step->negated ? "exits" : "enters", length, name.bytes, when, found, length, name.bytes);
    return explain(s, step->segment, before ? step->time - 1 : step->time, error);
}

/* Sets out->passed to false when the step does not hold. */
static seg_status step_run(scenario *s, const seg_rule_step *step, seg_error *error) {
    bool expected = !step->negated, found = false;
    seg_status status = verdict_at(s, step->segment, step->time, &found, error);
    if (status) return status;
    if (found != expected) return step_fail(s, step, false, error);
    if (step->kind != SEG_STEP_CHANGE || step->time <= SEG_TIME_MIN) return SEG_OK;
    status = verdict_at(s, step->segment, step->time - 1, &found, error);
    if (status) return status;
    if (found == expected) return step_fail(s, step, true, error);
    return SEG_OK;
}

static seg_status steps_run(scenario *s) {
    seg_error error = {0};
    seg_status status = facts_sort(s);
    if (!status) status = others_find(s);
    seg_vm_rank_with(s->vm, standing_give, s);
    seg_vm_group_with(s->vm, fellows_count, s);
    seg_vm_defer_groups(s->vm, true); /* verdicts are asked for; no change is reported */
    for (uint32_t i = 0; i < s->test->step_count && !status && s->out->passed; i++) {
        const seg_rule_step *step = &s->test->steps[i];
        if (step->kind != SEG_STEP_EXPECT && step->kind != SEG_STEP_CHANGE) continue;
        status = step_run(s, step, &error);
        if (status == SEG_E_FACT || status == SEG_E_TIME || status == SEG_E_LIMIT) {
            step_place(step, s->out);
            snprintf(s->out->message, sizeof s->out->message, "a fact of the test was refused: %s",
                     error.message);
            status = SEG_OK;
        }
    }
    return status;
}

seg_status seg_unit_test_run(seg_unit *unit, uint32_t index, seg_test_result *out) {
    if (index >= seg_unit_test_count(unit)) return SEG_E_USAGE;
    seg_status status = seg_unit_verdict(unit, tests_prepare(unit));
    if (status) return status;
    const seg_rule_test *test = &unit->compilation.rules->tests[index];
    *out = (seg_test_result){.name = test->name, .passed = true, .explanation = ""};
    if (test->span.source) {
        out->file = test->span.source->name;
        out->line = seg_source_place(test->span.source, test->span.first).line;
    }
    scenario s = {.unit = unit, .test = test, .image = unit->test_image, .vm = unit->test_vm, .out = out};
    seg_arena_init(&s.arena, unit->allocator, 0);
    seg_buffer_clear(&unit->test_text);
    unit->test_text.failed = false;
    status = steps_run(&s);
    seg_vm_rank_with(s.vm, NULL, NULL);
    seg_vm_group_with(s.vm, NULL, NULL);
    seg_arena_release(&s.arena);
    seg_buffer_add(&unit->test_text, "", 1);
    status = seg_unit_verdict(unit, status);
    out->explanation = status ? "" : unit->test_text.bytes;
    return status;
}
