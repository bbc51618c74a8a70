/* law_proof.c - what is proven of rules: random questions about random segments, answered by proof and then
 * tried on random people.
 *
 * Most segments have nothing to do with each other, so some are copied with one number or length of time
 * changed: of such a pair there is often something to prove. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/proof/prove.h"
#include "law.h"

enum { COPIES = 4, GOALS = 6, HISTORIES = 16 };

/* ---- Pairs that have something to do with each other -------------------- */

/* `segment NAME: …` without anything between name and colon. */
static size_t plain_name(const char *part, size_t *begin) {
    const char *at = strstr(part, "segment ");
    if (at == NULL) return 0;
    *begin = (size_t)(at - part) + strlen("segment ");
    size_t length = strspn(part + *begin, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return part[*begin + length] == ':' ? length : 0;
}

/* The place of the n-th number in the rule that stands alone or before a unit; 0: there are not so many. */
static size_t number_place(const char *text, size_t from, uint32_t n) {
    for (size_t i = from; text[i] != 0; i++) {
        bool word =
            i > 0 && (isalnum((unsigned char)text[i - 1]) != 0 || strchr("_-:.\"/", text[i - 1]) != NULL);
        if (isdigit((unsigned char)text[i]) == 0 || word) continue;
        if (n-- == 0) return i;
        while (isdigit((unsigned char)text[i + 1]) != 0) i++;
    }
    return 0;
}

static uint32_t count_numbers(const char *text, size_t from) {
    uint32_t count = 0;
    while (number_place(text, from, count) != 0) count++;
    return count;
}

/* Adds a copy of a segment in which one number differs. */
static void add_copy(seg_workspace *workspace, seg_random *random) {
    size_t begin = 0;
    uint32_t part = seg_random_below(random, workspace->part_count);
    const char *text = workspace->parts[part];
    size_t length = workspace->is_segment[part] ? plain_name(text, &begin) : 0;
    if (length == 0 || workspace->part_count == SEG_WORKSPACE_PARTS) return;
    uint32_t numbers = count_numbers(text, begin + length);
    if (numbers == 0) return;
    size_t place = number_place(text, begin + length, seg_random_below(random, numbers));
    char *end;
    unsigned long old = strtoul(text + place, &end, 10);
    unsigned long new = old + 1 + seg_random_below(random, 3);
    if (old > 1 && seg_random_chance(random, 50)) new = old - 1;
    size_t room = strlen(text) + 48;
    char *copy = malloc(room);
    if (copy == NULL) abort();
    snprintf(copy, room, "%.*s_%u%.*s%lu%s", (int)(begin + length), text, workspace->part_count,
             (int)(place - begin - length), text + begin + length, new, end);
    workspace->parts[workspace->part_count] = copy;
    workspace->is_segment[workspace->part_count++] = true;
}

/* ---- Tried on people -------------------- */

static bool breaks(seg_case *c, const seg_goal *goal, const uint8_t *known, int64_t at) {
    if (!seg_oracle_verdict(c->oracle, goal->segment, at, known, NULL)) return false;
    bool other = seg_oracle_verdict(c->oracle, goal->other, at, known, NULL);
    return goal->condition != NULL ? !other : other;
}

static void describe(const seg_case *c, const seg_goal *goal, const char *what, char *out, size_t size) {
    seg_text a = c->rules->segments[goal->segment].name, b = c->rules->segments[goal->other].name;
    snprintf(out, size, "%s: %.*s %s %.*s", what, (int)a.size_bytes, a.bytes,
             goal->condition != NULL ? "implies" : "excludes", (int)b.size_bytes, b.bytes);
}

/* Nobody may break what is proven. */
static void try_histories(seg_trial *trial, seg_case *c, const seg_goal *goal, uint64_t seed) {
    seg_fact facts[SEG_HISTORY_LIMIT];
    uint8_t known[SEG_HISTORY_LIMIT];
    char expected[300];
    for (uint32_t h = 0; h < HISTORIES && !trial->failure.failed; h++) {
        seg_history history = {.facts = facts};
        seg_history_make(&history, c->rules, &c->targets, seg_random_split(seed, h));
        if (!seg_oracle_facts(c->oracle, facts, history.count)) abort();
        seg_oracle_known(c->oracle, history.count, known);
        for (uint32_t i = 0; i <= history.count; i++) {
            int64_t at = i < history.count ? facts[i].time : history.end;
            trial->instants++;
            if (at < SEG_PROOF_FIRST || at > SEG_PROOF_LAST || !breaks(c, goal, known, at)) continue;
            describe(c, goal, "proven", expected, sizeof expected);
            seg_trial_fail(trial, goal->segment, at, expected, "somebody who breaks it");
            return;
        }
    }
}

/* The facts of a person, as the oracle takes them. */
static bool facts_of(const seg_case *c, const seg_person *person, seg_history *history) {
    for (uint32_t s = 0; s < person->step_count; s++) {
        const seg_rule_step *step = &person->steps[s];
        bool is_event = step->kind == SEG_STEP_EVENT;
        for (uint32_t i = 0; i < (is_event ? 1u : step->setting_count); i++) {
            if (history->count == SEG_HISTORY_LIMIT) return false;
            seg_fact *fact = &history->facts[history->count++];
            *fact = (seg_fact){.is_attribute = !is_event, .time = step->time, .arrival = step->time};
            fact->tie = ((uint64_t)s + 1) << 32;
            fact->index = is_event ? step->event : step->settings[i].field;
            fact->value_count = is_event ? c->rules->events[step->event].field_count : 1;
            if (!is_event) fact->values[0] = step->settings[i].value;
            for (uint32_t k = 0; is_event && k < step->setting_count; k++)
                fact->values[step->settings[k].field] = step->settings[k].value;
        }
    }
    return true;
}

/* The person who was found must break it, as the oracle sees it. */
static void try_person(seg_trial *trial, seg_case *c, const seg_goal *goal, const seg_person *person) {
    seg_fact facts[SEG_HISTORY_LIMIT];
    uint8_t known[SEG_HISTORY_LIMIT];
    char expected[300];
    seg_history history = {.facts = facts};
    if (!facts_of(c, person, &history)) return;
    seg_oracle_identify(c->oracle, person->id);
    if (!seg_oracle_facts(c->oracle, facts, history.count)) abort();
    seg_oracle_known(c->oracle, history.count, known);
    trial->instants++;
    bool is_broken = breaks(c, goal, known, person->now);
    seg_oracle_identify(c->oracle, (seg_text){"p0", 2});
    if (is_broken) return;
    describe(c, goal, "broken", expected, sizeof expected);
    seg_buffer text;
    seg_buffer_init(&text, NULL);
    seg_person_write(person, c->rules, &text);
    seg_buffer_add(&text, "", 1);
    seg_trial_fail(trial, goal->segment, person->now, expected, text.failed ? "nobody" : text.bytes);
    seg_buffer_free(&text);
}

static void try_goal(seg_trial *trial, seg_case *c, const seg_goal *goal, uint64_t seed) {
    seg_arena arena;
    seg_finding finding;
    seg_arena_init(&arena, NULL, 0);
    if (seg_trial_done(trial, seg_goal_prove(goal, c->rules, &arena, &finding), "seg_goal_prove")) {
        if (finding.outcome == SEG_PROOF_HOLDS) try_histories(trial, c, goal, seed);
        if (finding.outcome == SEG_PROOF_BROKEN) try_person(trial, c, goal, &finding.person);
    }
    seg_arena_release(&arena);
}

static uint32_t find_copy(const seg_case *c, seg_random *random, uint32_t *original) {
    uint32_t count = c->rules->segment_count, first = seg_random_below(random, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t copy = (first + i) % count;
        seg_text name = c->rules->segments[copy].name;
        const char *mark = memrchr(name.bytes, '_', name.size_bytes);
        for (uint32_t k = 0; k < count && mark != NULL; k++) {
            seg_text other = c->rules->segments[k].name;
            if (other.size_bytes != (size_t)(mark - name.bytes) ||
                memcmp(other.bytes, name.bytes, other.size_bytes) != 0)
                continue;
            *original = k;
            return copy;
        }
    }
    *original = seg_random_below(random, count);
    return first;
}

void seg_law_proof(seg_trial *trial) {
    seg_random random = {trial->seed};
    seg_workspace workspace;
    seg_case c;
    seg_workspace_copy(&workspace, trial->workspace);
    for (uint32_t i = 0; i < COPIES; i++) add_copy(&workspace, &random);
    bool open = seg_case_open(&c, &workspace);
    for (uint32_t i = 0; open && c.rules->segment_count > 1 && i < GOALS && !trial->failure.failed; i++) {
        uint32_t a, b, count = c.rules->segment_count;
        if (i < 4)
            b = find_copy(&c, &random, &a);
        else {
            a = seg_random_below(&random, count);
            b = seg_random_below(&random, count);
        }
        if (seg_random_chance(&random, 50)) {
            uint32_t swapped = a;
            a = b;
            b = swapped;
        }
        seg_goal goal = {.segment = a, .other = b};
        if (seg_random_chance(&random, 65)) goal.condition = c.rules->segments[b].rule;
        try_goal(trial, &c, &goal, seg_random_split(trial->seed, i));
    }
    seg_case_close(&c);
    seg_workspace_free(&workspace);
}
