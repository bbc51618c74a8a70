#include "shrink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct shrinker {
    const seg_law *law;
    seg_workspace workspace;
    seg_history histories[SEG_LAW_HISTORIES];
    uint32_t history_count;
    uint64_t seed;
    uint32_t tries;
} shrinker;

#define TRIES_LIMIT 4000u

/* Does the law fail on this? Facts of declarations that are gone make no case. */
static bool fails(shrinker *s, seg_failure *failure, seg_case *keep) {
    seg_case c;
    bool failed = false;
    s->tries++;
    if (seg_case_open(&c, &s->workspace)) {
        seg_trial trial = {.c = &c,
                           .workspace = &s->workspace,
                           .histories = s->histories,
                           .history_count = s->history_count,
                           .seed = s->seed};
        if (s->history_count > 0 && !seg_oracle_facts(c.oracle, s->histories[0].facts, s->histories[0].count))
            abort();
        s->law->run(&trial);
        failed = trial.failure.failed;
        if (failure != NULL)
            *failure = trial.failure;
    }
    if (keep != NULL)
        *keep = c;
    else
        seg_case_close(&c);
    return failed;
}

static bool drop_facts(shrinker *s) {
    bool dropped = false;
    for (uint32_t h = 0; h < s->history_count; h++) {
        seg_history *history = &s->histories[h];
        for (uint32_t i = history->count; i > 0 && s->tries < TRIES_LIMIT; i--) {
            if (history->count == 1)
                break;
            seg_fact gone = history->facts[i - 1];
            size_t behind = (history->count - i) * sizeof gone;
            memmove(&history->facts[i - 1], &history->facts[i], behind);
            history->count--;
            if (fails(s, NULL, NULL)) {
                dropped = true;
                continue;
            }
            memmove(&history->facts[i], &history->facts[i - 1], behind);
            history->facts[i - 1] = gone;
            history->count++;
        }
    }
    return dropped;
}

static bool drop_parts(shrinker *s) {
    bool dropped = false;
    for (uint32_t i = s->workspace.part_count; i > 0 && s->tries < TRIES_LIMIT; i--) {
        const char *part = s->workspace.parts[i - 1];
        if (strncmp(part, "event ", 6) == 0 || strncmp(part, "profile", 7) == 0)
            continue; /* the facts speak of them by number */
        seg_workspace before;
        seg_workspace_copy(&before, &s->workspace);
        seg_workspace_drop(&s->workspace, i - 1);
        if (fails(s, NULL, NULL)) {
            dropped = true;
            seg_workspace_free(&before);
        } else {
            seg_workspace_free(&s->workspace);
            s->workspace = before;
        }
    }
    return dropped;
}

/* Puts a part of the rule in place of the whole. */
static bool try_span(shrinker *s, uint32_t part, size_t rule_at, size_t from, size_t to) {
    char *old = s->workspace.parts[part];
    char *text = malloc(rule_at + (to - from) + 2);
    if (text == NULL)
        abort();
    memcpy(text, old, rule_at);
    memcpy(text + rule_at, old + from, to - from);
    memcpy(text + rule_at + (to - from), "\n", 2);
    s->workspace.parts[part] = text;
    if (fails(s, NULL, NULL)) {
        free(old);
        return true;
    }
    s->workspace.parts[part] = old;
    free(text);
    return false;
}

static bool shrink_rule(shrinker *s, uint32_t part) {
    const char *text = s->workspace.parts[part];
    const char *start = strstr(text, ": ");
    size_t rule_at = (size_t)(start + 2 - text), size = strlen(text) - 1;
    for (size_t from = rule_at; from < size && s->tries < TRIES_LIMIT; from++) {
        if (from > rule_at && text[from - 1] != ' ' && text[from - 1] != '(')
            continue;
        for (size_t to = from + 4; to <= size && s->tries < TRIES_LIMIT; to++) {
            bool ends = to == size || text[to] == ' ' || text[to] == ')';
            if (ends && to - from < size - rule_at && try_span(s, part, rule_at, from, to))
                return true;
        }
    }
    return false;
}

static void print_value(const seg_value *value, const seg_rule_field *field) {
    printf(" %.*s=", (int)field->name.size_bytes, field->name.bytes);
    if (!value->known)
        printf("missing");
    else if (field->type.type == SEG_FLOAT)
        printf("%.17g", value->as.f);
    else if (field->type.type == SEG_TEXT || field->type.type == SEG_ZONE)
        printf("\"%.*s\"", (int)value->as.text.size_bytes, value->as.text.bytes);
    else if (field->type.type == SEG_SET) {
        printf("[");
        for (size_t i = 0; i < value->as.set.count; i++)
            printf("%s\"%.*s\"", i == 0 ? "" : ", ", (int)value->as.set.items[i].size_bytes,
                   value->as.set.items[i].bytes);
        printf("]");
    } else
        printf("%" PRId64, value->as.i);
}

static void print_facts(const seg_case *c, const seg_history *history) {
    for (uint32_t i = 0; i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        printf("  arrives %" PRId64 " time %" PRId64 " id '%s'", fact->arrival, fact->time, fact->id);
        if (fact->is_attribute) {
            print_value(&fact->values[0], &c->rules->attributes[fact->index]);
            printf("\n");
            continue;
        }
        const seg_rule_event *event = &c->rules->events[fact->index];
        printf(" %.*s", (int)event->name.size_bytes, event->name.bytes);
        for (uint32_t f = 0; f < fact->value_count; f++)
            print_value(&fact->values[f], &event->fields[f]);
        printf("\n");
    }
    printf("  end %" PRId64 "\n", history->end);
}

static void print(shrinker *s) {
    seg_failure failure = {.segment = SEG_NONE};
    seg_case c;
    fails(s, &failure, &c);
    printf("%.*s", (int)c.text.size_bytes, c.text.bytes);
    for (uint32_t h = 0; h < s->history_count; h++)
        print_facts(&c, &s->histories[h]);
    if (failure.segment != SEG_NONE)
        printf("segment %u %.*s at %" PRId64 "\n", failure.segment,
               (int)c.rules->segments[failure.segment].name.size_bytes,
               c.rules->segments[failure.segment].name.bytes, failure.at);
    printf("expected: %s\nfound:    %s\n", failure.expected, failure.found);
    seg_case_close(&c);
}

void seg_shrink_and_print(const seg_law *law, const seg_workspace *workspace, const seg_history *histories,
                          uint32_t history_count, uint64_t seed) {
    shrinker s = {.law = law, .history_count = history_count, .seed = seed};
    seg_workspace_copy(&s.workspace, workspace);
    for (uint32_t h = 0; h < history_count; h++) {
        s.histories[h] = histories[h];
        s.histories[h].facts = malloc(SEG_HISTORY_LIMIT * sizeof(seg_fact));
        if (s.histories[h].facts == NULL)
            abort();
        memcpy(s.histories[h].facts, histories[h].facts, histories[h].count * sizeof(seg_fact));
    }
    bool smaller = fails(&s, NULL, NULL);
    if (!smaller)
        printf("it does not fail when it runs alone: it depends on what ran before\n");
    while (smaller && s.tries < TRIES_LIMIT) {
        smaller = drop_parts(&s);
        smaller = drop_facts(&s) || smaller;
        for (uint32_t part = 0; part < s.workspace.part_count; part++) {
            while (s.workspace.is_segment[part] && s.tries < TRIES_LIMIT && shrink_rule(&s, part))
                smaller = true;
        }
    }
    print(&s);
    seg_workspace_free(&s.workspace);
    for (uint32_t h = 0; h < history_count; h++)
        free(s.histories[h].facts);
}
