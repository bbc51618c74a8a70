/* law_state.c - laws about states: batch, order, duplicates, merge, erasure, verdicts ahead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law.h"

static const seg_sink nobody = {NULL, NULL};

static void all_known(seg_trial *trial, const seg_history *history, uint8_t *known) {
    seg_oracle_known(trial->c->oracle, history->count, known);
}

/* The last settling reports one entry for every membership, and nothing else. */
static void check_entries(seg_trial *trial, const seg_state *state, const seg_change_log *got,
                          const uint8_t *known) {
    seg_case *c = trial->c;
    int64_t end = trial->histories[0].end;
    uint32_t count = 0;
    for (uint32_t s = 0; s < c->info.segment_count; s++) {
        if (!seg_state_is_member(c->vm, state, s))
            continue;
        const seg_change *change = &got->items[count++];
        if (count <= got->count && change->segment == s && change->entered && change->at == end &&
            seg_oracle_soon(c->oracle, end, change->valid_until) ==
                seg_oracle_flip(c->oracle, s, end, seg_oracle_end(c->oracle, end), known))
            continue;
        seg_trial_fail(trial, s, end, "an entry, with the instant until which it holds", "another change");
        return;
    }
    if (count != got->count)
        seg_trial_fail(trial, SEG_NONE, end, "an entry for each membership", "more changes");
}

/* Facts are only taken in, and evaluated once, or whenever it pleases: the verdicts are the oracle's. */
void seg_law_batch(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    uint8_t known[SEG_HISTORY_LIMIT];
    seg_change_log got = {0};
    seg_sink sink = {seg_change_log_add, &got};
    seg_state state = {0};
    seg_random random = {trial->seed};
    bool at_once = seg_random_chance(&random, 50), on_the_way = seg_random_chance(&random, 40);
    all_known(trial, history, known);
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &state, 0), "seg_state_init");
    for (uint32_t i = 0; fine && i < history->count; i++) {
        int64_t now = at_once ? history->end : history->facts[i].arrival;
        fine = seg_trial_put(trial, &state, &history->facts[i], now);
        if (fine && on_the_way && seg_random_chance(&random, 30))
            fine =
                seg_trial_done(trial, seg_settle(c->vm, &state, now, SEG_CAUSE_EVENT, nobody), "seg_settle");
        if (fine && on_the_way && seg_random_chance(&random, 20))
            fine = seg_trial_done(trial, seg_advance(c->vm, &state, now, nobody), "seg_advance");
    }
    fine =
        fine &&
        seg_trial_done(trial, seg_settle(c->vm, &state, history->end, SEG_CAUSE_EVENT, sink), "seg_settle") &&
        seg_trial_members(trial, &state, history->end, known);
    if (fine && !on_the_way)
        check_entries(trial, &state, &got, known);
    seg_state_free(c->vm, &state);
    seg_change_log_free(&got);
}

static bool settle_and_compact(seg_trial *trial, seg_state *state, int64_t now) {
    return seg_trial_done(trial, seg_settle(trial->c->vm, state, now, SEG_CAUSE_EVENT, nobody),
                          "seg_settle") &&
           seg_trial_done(trial, seg_state_compact(trial->c->vm, state), "seg_state_compact");
}

/* Facts without ids that fall on the same instants: now only their own words order them. */
static void take_ids_away(seg_fact *facts, uint32_t count, seg_random *random) {
    for (uint32_t i = 0; i < count; i++) {
        facts[i].tie = facts[i].message = 0;
        facts[i].id[0] = '\0';
        if (i > 0 && seg_random_chance(random, 40))
            facts[i].time = facts[i - 1].time;
    }
}

/* In whatever order the facts arrive: the same members, the same bytes. */
void seg_law_permutation(seg_trial *trial) {
    seg_case *c = trial->c;
    seg_random random = {trial->seed};
    seg_fact facts[SEG_HISTORY_LIMIT];
    seg_history other = trial->histories[0];
    seg_state first = {0}, second = {0};
    uint8_t known[SEG_HISTORY_LIMIT];
    bool nameless = seg_random_chance(&random, 25);
    other.facts = facts;
    memcpy(facts, trial->histories[0].facts, other.count * sizeof *facts);
    if (nameless)
        take_ids_away(facts, other.count, &random);
    bool fine = seg_trial_put_all(trial, &first, &other);
    seg_history_shuffle(&other, &random);
    if (seg_random_chance(&random, 50)) { /* evaluated on the way, too */
        fine = fine && seg_trial_done(trial, seg_case_state(c->vm, &second, 0), "seg_state_init");
        for (uint32_t i = 0; fine && i < other.count; i++)
            fine = seg_trial_apply(trial, &second, &facts[i], other.end, nobody);
    } else
        fine = fine && seg_trial_put_all(trial, &second, &other);
    fine =
        fine && settle_and_compact(trial, &first, other.end) && settle_and_compact(trial, &second, other.end);
    all_known(trial, &trial->histories[0], known);
    fine = fine && (nameless || seg_trial_members(trial, &second, other.end, known));
    if (fine)
        seg_trial_same_bytes(trial, &first, &second, "one order of arrival, and another");
    seg_state_free(c->vm, &first);
    seg_state_free(c->vm, &second);
}

/* What is sent again while its id is remembered changes nothing and says so. */
void seg_law_duplicates(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    seg_random random = {trial->seed};
    seg_change_log got = {0};
    seg_sink sink = {seg_change_log_add, &got};
    seg_state once = {0}, often = {0};
    bool fine = seg_trial_put_all(trial, &once, history) && seg_trial_put_all(trial, &often, history) &&
                settle_and_compact(trial, &once, history->end) &&
                settle_and_compact(trial, &often, history->end);
    int64_t memory = c->rules->duplicates_ms;
    int64_t later = history->end;
    for (uint32_t i = 0; fine && i < history->count; i++) {
        const seg_fact *fact = &history->facts[seg_random_below(&random, history->count)];
        if (fact->message == 0 || memory < 1)
            continue;
        fine = seg_trial_apply(trial, &often, fact, later, sink);
        for (uint32_t j = 0; j < got.count; j++) {
            if (got.items[j].cause != SEG_CAUSE_TIME)
                seg_trial_fail(trial, got.items[j].segment, later, "no change by a fact that is sent again",
                               "a change");
        }
        int64_t room = history->end + memory - 1 - later;
        if (later < SEG_TIME_MAX - memory && room > 0 && seg_random_chance(&random, 30))
            later += seg_random_chance(&random, 30) ? room : seg_random_between(&random, 0, room);
        trial->instants++;
    }
    fine = fine && !trial->failure.failed &&
           seg_trial_done(trial, seg_advance(c->vm, &once, later, nobody), "seg_advance") &&
           seg_trial_done(trial, seg_advance(c->vm, &often, later, nobody), "seg_advance") &&
           seg_trial_done(trial, seg_state_compact(c->vm, &once), "seg_state_compact") &&
           seg_trial_done(trial, seg_state_compact(c->vm, &often), "seg_state_compact");
    if (fine)
        seg_trial_same_bytes(trial, &once, &often, "facts sent once, and often");
    seg_state_free(c->vm, &once);
    seg_state_free(c->vm, &often);
    seg_change_log_free(&got);
}

/* Asked with and without until when: the latter goes along a chart where there is one. */
static bool evaluate(seg_trial *trial, const seg_state *state, uint32_t segment, int64_t at, bool wanted,
                     int64_t *until) {
    bool verdict = false, alone = false;
    if (!seg_trial_done(trial, seg_evaluate(trial->c->vm, state, segment, at, &verdict, until),
                        "seg_evaluate") ||
        !seg_trial_done(trial, seg_evaluate(trial->c->vm, state, segment, at, &alone, NULL), "seg_evaluate"))
        return false;
    trial->instants++;
    if (verdict == wanted && alone == wanted)
        return true;
    seg_trial_fail(trial, segment, at, wanted ? "a member" : "no member", wanted ? "no member" : "a member");
    return false;
}

/* The verdict flips at the instant that was named, and not a millisecond before; then again, thrice. */
void seg_law_valid_until(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    uint8_t known[SEG_HISTORY_LIMIT];
    seg_state state = {0};
    bool fine =
        seg_trial_put_all(trial, &state, history) &&
        seg_trial_done(trial, seg_settle(c->vm, &state, history->end, SEG_CAUSE_EVENT, nobody), "seg_settle");
    all_known(trial, history, known);
    for (uint32_t s = 0; fine && s < c->info.segment_count; s++) {
        int64_t at = history->end, until, again;
        bool verdict = seg_oracle_verdict(c->oracle, s, at, known, NULL);
        for (int flips = 0; fine && flips < 3 && at <= SEG_TIME_MAX; flips++) {
            int64_t wanted = seg_oracle_flip(c->oracle, s, at, seg_oracle_end(c->oracle, at), known);
            fine = evaluate(trial, &state, s, at, verdict, &until);
            until = fine ? seg_oracle_soon(c->oracle, at, until) : until;
            if (fine && until != wanted) {
                char expected[64], found[64];
                snprintf(expected, sizeof expected, "valid until %lld", (long long)wanted);
                snprintf(found, sizeof found, "%lld", (long long)until);
                seg_trial_fail(trial, s, at, expected, found);
                fine = false;
            }
            if (!fine || until == SEG_NEVER)
                break;
            fine = until - 1 == at || evaluate(trial, &state, s, until - 1, verdict, &again);
            if (fine && until - 1 != at && again != until) {
                seg_trial_fail(trial, s, until - 1, "the same flip a millisecond before it", "another");
                fine = false;
            }
            verdict = !verdict;
            at = until;
        }
    }
    seg_state_free(c->vm, &state);
}

/* Verdicts about any later instant, from a state in the middle of a history. */
void seg_law_evaluate(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    seg_random random = {trial->seed};
    uint8_t known[SEG_HISTORY_LIMIT];
    seg_state state = {0};
    uint32_t count = 1 + seg_random_below(&random, history->count);
    int64_t now = history->facts[count - 1].arrival, until;
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &state, 0), "seg_state_init");
    for (uint32_t i = 0; fine && i < count; i++)
        fine = seg_trial_apply(trial, &state, &history->facts[i], history->facts[i].arrival, nobody);
    seg_oracle_known(c->oracle, count, known);
    for (uint32_t s = 0; fine && s < c->info.segment_count; s++) {
        int64_t away = INT64_C(1) << seg_random_below(&random, 38);
        int64_t at = now + seg_random_between(&random, 0, away);
        if (seg_random_chance(&random, 50)) /* just at what may change something */
            seg_oracle_verdict(c->oracle, s, at, known, &at);
        if (at > SEG_TIME_MAX)
            continue;
        fine = evaluate(trial, &state, s, at, seg_oracle_verdict(c->oracle, s, at, known, NULL), &until);
        int64_t wanted = seg_oracle_flip(c->oracle, s, at, seg_oracle_end(c->oracle, at), known);
        until = fine ? seg_oracle_soon(c->oracle, at, until) : until;
        if (fine && until != wanted) {
            char expected[64], found[64];
            snprintf(expected, sizeof expected, "valid until %lld", (long long)wanted);
            snprintf(found, sizeof found, "%lld", (long long)until);
            seg_trial_fail(trial, s, at, expected, found);
            fine = false;
        }
    }
    seg_state_free(c->vm, &state);
}

/* ---- Merge -------------------- */

typedef struct merge_parts {
    seg_state into, from, whole;
    bool was_member[256];
} merge_parts;

/* Deals the facts out to two profiles; what is sent again goes where it went before, as totals of the
 * past do not say which facts are in them. */
static bool deal(seg_trial *trial, merge_parts *parts, seg_random *random) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    uint64_t cut = seg_random_chance(random, 10) ? UINT64_MAX : seg_random_next(random) | UINT64_C(1) << 63;
    uint64_t salt = seg_random_next(random);
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &parts->into, 0), "seg_state_init") &&
                seg_trial_done(trial, seg_case_state(c->vm, &parts->from, 1), "seg_state_init");
    for (uint32_t i = 0; fine && i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        bool here = seg_random_split(salt, fact->message != 0 ? fact->message : (uint64_t)fact->time) <= cut;
        fine = seg_trial_apply(trial, here ? &parts->into : &parts->from, fact, history->end, nobody);
    }
    return fine;
}

/* Two profiles with parts of a history become the one that had it all. */
void seg_law_merge(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    seg_random random = {trial->seed};
    seg_change_log got = {0};
    seg_sink sink = {seg_change_log_add, &got};
    merge_parts parts = {0};
    uint8_t known[SEG_HISTORY_LIMIT];
    bool fine = deal(trial, &parts, &random) && seg_trial_put_all(trial, &parts.whole, history);
    for (uint32_t s = 0; fine && s < c->info.segment_count; s++)
        parts.was_member[s] = seg_state_is_member(c->vm, &parts.into, s);
    fine = fine &&
           seg_trial_done(trial, seg_merge(c->vm, &parts.into, &parts.from, history->end, sink), "seg_merge");
    all_known(trial, history, known);
    fine = fine && seg_trial_members(trial, &parts.into, history->end, known);
    for (uint32_t s = 0, i = 0; fine && s < c->info.segment_count; s++) {
        bool is_member = seg_state_is_member(c->vm, &parts.into, s);
        bool reported = i < got.count && got.items[i].segment == s;
        if (reported != (is_member != parts.was_member[s]) ||
            (reported && (got.items[i].entered != is_member || got.items[i].cause != SEG_CAUSE_MERGE))) {
            seg_trial_fail(trial, s, history->end, "a change for every verdict that the merge changed",
                           "others");
            fine = false;
        }
        i += reported;
    }
    if (fine && settle_and_compact(trial, &parts.into, history->end) &&
        settle_and_compact(trial, &parts.whole, history->end))
        seg_trial_same_bytes(trial, &parts.into, &parts.whole, "merged, and one profile from the start");
    seg_state_free(c->vm, &parts.into);
    seg_state_free(c->vm, &parts.from);
    seg_state_free(c->vm, &parts.whole);
    seg_change_log_free(&got);
}

/* ---- Erasure -------------------- */

/* Every text, id and time of the history as eight bytes: none may be left in the state. What stands at the
 * same place in a state that was never spoken of comes from the rules: what an attribute is when nobody set
 * it may be the word of a fact by chance. */
static bool has_canary(const seg_history *history, const seg_state *state, const seg_state *fresh) {
    for (size_t at = 0; at + 8 <= state->capacity_bytes; at += 8) {
        uint64_t word;
        memcpy(&word, state->bytes + at, sizeof word);
        if (at + 8 <= fresh->size_bytes && memcmp(fresh->bytes + at, &word, sizeof word) == 0) continue;
        for (uint32_t i = 0; i < history->count; i++) {
            const seg_fact *fact = &history->facts[i];
            if (fact->message != 0 && (word == fact->message || word == fact->tie))
                return true;
            if (word == (uint64_t)fact->time && fact->time != history->end &&
                (uint64_t)fact->time > 1000000 && fact->time != SEG_TIME_MIN)
                return true;
        }
    }
    return false;
}

/* Nothing is left of an erased profile: it is a fresh one that was never spoken of. */
void seg_law_erase(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    seg_change_log got = {0};
    seg_sink sink = {seg_change_log_add, &got};
    seg_state state = {0}, fresh = {0};
    bool was_member[256] = {false};
    uint32_t exits = 0;
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &state, 0), "seg_state_init") &&
                seg_trial_done(trial, seg_case_state(c->vm, &fresh, 0), "seg_state_init");
    for (uint32_t i = 0; fine && i < history->count; i++)
        fine = seg_trial_apply(trial, &state, &history->facts[i], history->facts[i].arrival, nobody);
    fine = fine && seg_trial_done(trial, seg_advance(c->vm, &state, history->end, nobody), "seg_advance") &&
           seg_trial_done(trial, seg_advance(c->vm, &fresh, history->end, nobody), "seg_advance");
    for (uint32_t s = 0; fine && s < c->info.segment_count; s++) {
        was_member[s] = seg_state_is_member(c->vm, &state, s);
        exits += was_member[s];
    }
    fine = fine &&
           seg_trial_done(trial, seg_erase(c->vm, &state, history->end, SEG_CAUSE_ERASE, sink), "seg_erase");
    for (uint32_t i = 0; fine && i < got.count; i++) {
        const seg_change *change = &got.items[i];
        if (change->entered || !was_member[change->segment] || change->at != history->end ||
            change->cause != SEG_CAUSE_ERASE || (i > 0 && change->segment <= got.items[i - 1].segment))
            seg_trial_fail(trial, change->segment, history->end, "an exit from every membership",
                           "another change");
    }
    if (fine && got.count != exits)
        seg_trial_fail(trial, SEG_NONE, history->end, "an exit from every membership", "more or fewer");
    if (fine && has_canary(history, &state, &fresh))
        seg_trial_fail(trial, SEG_NONE, history->end, "no trace",
                       "words of the history are left in the state");
    fine = fine &&
           seg_trial_done(trial, seg_state_identify(c->vm, &state, (seg_text){"p0", 2}),
                          "seg_state_identify") &&
           seg_trial_done(trial, seg_advance(c->vm, &state, history->end, nobody), "seg_advance") &&
           seg_trial_done(trial, seg_state_compact(c->vm, &state), "seg_state_compact") &&
           seg_trial_done(trial, seg_state_compact(c->vm, &fresh), "seg_state_compact");
    if (fine)
        seg_trial_same_bytes(trial, &state, &fresh, "erased, and fresh");
    trial->instants++;
    seg_state_free(c->vm, &state);
    seg_state_free(c->vm, &fresh);
    seg_change_log_free(&got);
}
