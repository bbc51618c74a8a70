/* laws - random rules over random histories: what the language promises, tried out.
 *
 *   laws [--pairs N] [--seed S] [--law NAME] [--replay SEED] [--first] [--list]
 *
 * A pair is one rule over one history. Each workspace has a seed, and all that is random in it comes
 * from that seed: `--replay SEED` runs it again. `--first` ends at the first failure and shrinks nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shrink.h"

#define HISTORIES 48u /* of a workspace */

const seg_law seg_laws[] = {
    {"incremental", "facts one by one: every change at its exact instant", seg_law_incremental, 1, 1},
    {"future", "facts known beforehand count from their time on", seg_law_future, 1, 4},
    {"late", "a late fact corrects at once", seg_law_late, 1, 4},
    {"serialised", "a state that is copied and checked goes on the same", seg_law_serialised, 1, 4},
    {"opposite", "x and not x share out everybody", seg_law_opposite, 1, 4},
    {"batch", "facts evaluated once have the same members", seg_law_batch, 1, 2},
    {"permutation", "the order of arrival does not matter, to the byte", seg_law_permutation, 1, 2},
    {"duplicates", "what is sent again changes nothing", seg_law_duplicates, 1, 4},
    {"valid-until", "a verdict flips at its instant and not before", seg_law_valid_until, 1, 4},
    {"evaluate", "verdicts about later instants", seg_law_evaluate, 1, 4},
    {"merge", "two profiles become the one that had it all", seg_law_merge, 1, 4},
    {"erase", "nothing is left of an erased profile", seg_law_erase, 1, 4},
    {"stream", "many profiles are as each alone", seg_law_stream, SEG_LAW_HISTORIES, 12},
    {"members", "batch and stream have the same members", seg_law_members, SEG_LAW_HISTORIES, 12},
    {"ranks", "profiles stand among others as the last refresh has it", seg_law_ranks, SEG_LAW_HISTORIES, 12},
    {"groups", "what is asked about groups is told by the facts of everybody", seg_law_groups,
     SEG_LAW_HISTORIES, 12},
    {"shards", "a stream over several threads tells what one engine tells", seg_law_shards,
     SEG_LAW_HISTORIES, 12},
    {"identity", "merged ids are one person, erased ones nobody", seg_law_identity, 2, 4},
    {"columns", "rows of columns, with events in columns, have the members that each row has alone",
     seg_law_columns, 1, 3},
    {"format", "the formatter changes no meaning", seg_law_format, 0, 1},
    {"reproduced", "one source, one image", seg_law_reproduced, 0, 1},
    {"order", "the order of declarations does not matter", seg_law_order, 0, 1},
    {"proof", "what is proven holds for everybody, who breaks it does", seg_law_proof, 0, 1},
};
const uint32_t seg_law_count = (uint32_t)(sizeof seg_laws / sizeof *seg_laws);

typedef struct options {
    uint64_t pairs, seed, replay;
    bool replays, verbose, first;
    const char *law;
} options;

typedef struct tally {
    uint64_t workspaces, refused, dear, pairs, histories, instants; /* dear: too much for the oracle */
    uint64_t pairs_of[32];
    uint64_t failed_seed[32];
    bool failed[32];
    bool stopped; /* --first has had its failure */
    double started;
    bool terminal;
} tally;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(const tally *t, uint64_t wanted) {
    if (!t->terminal) return;
    double spent = seconds() - t->started;
    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " pairs, %.0f a second ", t->pairs, wanted,
            (double)t->pairs / (spent > 0 ? spent : 1));
}

static void report(const options *o, tally *t, uint32_t law, const seg_workspace *workspace,
                   const seg_trial *trial, uint64_t seed) {
    t->failed[law] = true;
    t->failed_seed[law] = seed;
    printf("%s\nFAILED %s: %s\nreplay: laws --law %s --replay %" PRIu64 "\n", t->terminal ? "\r" : "",
           seg_laws[law].name, seg_laws[law].meaning, seg_laws[law].name, seed);
    printf("expected: %s\nfound:    %s\n", trial->failure.expected, trial->failure.found);
    t->stopped = o->first;
    if (o->first) return;
    printf("shrunk:\n");
    fflush(stdout);
    seg_shrink_and_print(&seg_laws[law], workspace, trial->histories, trial->history_count, trial->seed);
    fflush(stdout);
}

static void run_law(const options *o, tally *t, uint32_t law, seg_case *c, const seg_workspace *workspace,
                    seg_history *histories, uint32_t index, uint64_t seed) {
    seg_trial trial = {.c = c,
                       .workspace = workspace,
                       .histories = histories,
                       .history_count = seg_laws[law].history_count,
                       .seed = seg_random_split(seed, 1000 + (uint64_t)index * 32 + law)};
    uint64_t unsound = seg_oracle_unsound(c->oracle);
    seg_laws[law].run(&trial);
    if (seg_oracle_unsound(c->oracle) != unsound)
        seg_trial_fail(&trial, SEG_NONE, SEG_TIME_MIN,
                       "no missing value where the types say that there is none", "one was met");
    uint32_t count = trial.history_count > 0 ? trial.history_count : 1;
    t->pairs_of[law] += (uint64_t)count * c->info.segment_count;
    t->instants += trial.instants;
    if (trial.failure.failed) report(o, t, law, workspace, &trial, seed);
}

static void print_refusal(const seg_case *c) {
    seg_buffer out;
    seg_buffer_init(&out, NULL);
    seg_diags diags = c->diags;
    seg_diags_render(&diags, &out, false);
    printf("%.*s", (int)out.size_bytes, out.bytes);
    seg_buffer_free(&out);
}

static void print_rules(const seg_workspace *workspace) {
    seg_buffer out;
    seg_buffer_init(&out, NULL);
    seg_workspace_text(workspace, NULL, &out);
    printf("%.*s\n", (int)out.size_bytes, out.bytes);
    fflush(stdout); /* they are looked for most where what follows does not end */
    seg_buffer_free(&out);
}

/* Where parts of now are asked for, an evaluation looks at every hour; where it is asked at each instant of
 * a stretch, at every hour for every hour; once more, and the naive oracle would never end. */
static uint32_t histories_of(const seg_targets *targets) {
    if (!targets->uses_now) return HISTORIES;
    return targets->walks == 0 ? HISTORIES / 8 : targets->walks == 1 ? 1 : 0;
}

static void run_histories(const options *o, tally *t, seg_case *c, const seg_workspace *workspace,
                          seg_fact *facts, uint64_t seed) {
    seg_history histories[SEG_LAW_HISTORIES];
    uint32_t wanted = histories_of(&c->targets);
    t->dear += wanted == 0;
    for (uint32_t i = 0; i < wanted && t->pairs < o->pairs && !t->stopped; i++) {
        for (uint32_t h = 0; h < SEG_LAW_HISTORIES; h++) {
            if (h > 1 && i % 12 != 0) break;
            histories[h].facts = facts + (size_t)h * SEG_HISTORY_LIMIT;
            seg_history_make(&histories[h], c->rules, &c->targets, seg_random_split(seed, i + 7000 * h));
        }
        if (!seg_oracle_facts(c->oracle, histories[0].facts, histories[0].count)) abort();
        for (uint32_t law = 0; law < seg_law_count; law++) {
            bool chosen = o->law == NULL || strcmp(o->law, seg_laws[law].name) == 0;
            bool due = seg_laws[law].history_count > 0 &&
                       (i + (seg_laws[law].every < 12 ? law : 0)) % seg_laws[law].every == 0;
            if (chosen && due && !t->failed[law]) run_law(o, t, law, c, workspace, histories, i, seed);
        }
        t->histories++;
        t->pairs += c->info.segment_count;
    }
}

static void run_workspace(const options *o, tally *t, seg_fact *facts, uint64_t seed) {
    seg_workspace workspace;
    seg_case c;
    seg_workspace_make(&workspace, seed);
    t->workspaces++;
    if (o->replays && o->verbose) print_rules(&workspace);
    if (seg_case_open(&c, &workspace)) {
        for (uint32_t law = 0; law < seg_law_count; law++) {
            bool chosen = o->law == NULL || strcmp(o->law, seg_laws[law].name) == 0;
            if (chosen && seg_laws[law].history_count == 0 && !t->failed[law])
                run_law(o, t, law, &c, &workspace, NULL, 0, seed);
        }
        run_histories(o, t, &c, &workspace, facts, seed);
    } else {
        t->refused++;
        if (o->verbose || o->replays) print_refusal(&c);
    }
    seg_case_close(&c);
    seg_workspace_free(&workspace);
    show_progress(t, o->pairs);
}

static void usage(void) {
    fprintf(stderr,
            "laws [--pairs N] [--seed S] [--law NAME] [--replay SEED] [--first] [--verbose] [--list]\n");
    exit(2);
}

static options read_options(int count, char **words) {
    options o = {.pairs = 100000, .seed = 20261122};
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        if (strcmp(word, "--verbose") == 0)
            o.verbose = true;
        else if (strcmp(word, "--first") == 0)
            o.first = true;
        else if (strcmp(word, "--list") == 0) {
            for (uint32_t law = 0; law < seg_law_count; law++)
                printf("%-12s %s\n", seg_laws[law].name, seg_laws[law].meaning);
            exit(0);
        } else if (value == NULL)
            usage();
        else if (strcmp(word, "--pairs") == 0)
            o.pairs = strtoull(value, NULL, 10);
        else if (strcmp(word, "--seed") == 0)
            o.seed = strtoull(value, NULL, 10);
        else if (strcmp(word, "--law") == 0)
            o.law = value;
        else if (strcmp(word, "--replay") == 0) {
            o.replay = strtoull(value, NULL, 10);
            o.replays = true;
        } else
            usage();
        i += word[2] != 'v' && word[2] != 'f'; /* the others have a value */
    }
    return o;
}

static int summary(const options *o, const tally *t) {
    uint32_t failed = 0, passed = 0;
    double spent = seconds() - t->started;
    for (uint32_t law = 0; law < seg_law_count; law++) {
        if (o->law != NULL && strcmp(o->law, seg_laws[law].name) != 0) continue;
        if (t->failed[law])
            printf("FAILED %-12s replay: laws --law %s --replay %" PRIu64 "\n", seg_laws[law].name,
                   seg_laws[law].name, t->failed_seed[law]);
        else
            printf("ok     %-12s %10" PRIu64 " pairs  %s\n", seg_laws[law].name, t->pairs_of[law],
                   seg_laws[law].meaning);
        failed += t->failed[law];
        passed += !t->failed[law];
    }
    printf("%" PRIu64 " pairs of rule and history, %" PRIu64 " instants; %" PRIu64 " workspaces, %" PRIu64
           " refused, %" PRIu64 " too dear; %.1f s, %.0f pairs a second\n",
           t->pairs, t->instants, t->workspaces, t->refused, t->dear, spent,
           (double)t->pairs / (spent > 0 ? spent : 1));
    /* A generator that is refused too often tests too little. */
    if (!o->replays && t->workspaces >= 40 && t->refused * 20 > t->workspaces) {
        printf("FAILED more than 5 of 100 workspaces were refused\n");
        failed++;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}

int main(int count, char **words) {
    options o = read_options(count, words);
    tally t = {.started = seconds(), .terminal = isatty(2) != 0};
    seg_fact *facts = calloc((size_t)SEG_LAW_HISTORIES * SEG_HISTORY_LIMIT, sizeof *facts);
    if (facts == NULL) abort();
    printf("seed %" PRIu64 "\n", o.replays ? o.replay : o.seed);
    if (o.replays)
        run_workspace(&o, &t, facts, o.replay);
    else {
        for (uint64_t w = 0; t.pairs < o.pairs && w < o.pairs && !t.stopped; w++)
            run_workspace(&o, &t, facts, seg_random_split(o.seed, w));
    }
    if (t.terminal) fprintf(stderr, "\r%60s\r", "");
    free(facts);
    return summary(&o, &t);
}
