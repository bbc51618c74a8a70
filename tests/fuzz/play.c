#include "play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

enum { TURN_LIMIT = 96, SET_LIMIT = 4, SEGMENTS_LOOKED_AT = 8, DAY_MS = 86400000 };
#define START_MS INT64_C(1772323200000) /* 2026-03-01 */

typedef struct seat { /* one profile */
    seg_state state;
    uint8_t *members;      /* per segment, by what the changes said */
    bool evaluated;        /* every fact taken in was evaluated too */
    seg_standing standing; /* in every ranking; a count of 0: nowhere */
} seat;

typedef struct game {
    const seg_image *image;
    seg_vm *vm;
    const seg_allocator *allocator;
    dice *d;
    bool sound;
    bool ranks; /* the profiles' standings change */
    seg_image_info info;
    seat seats[2];
    uint32_t at_turn;  /* whose turn it is */
    int64_t now;       /* of every call so far the latest */
    seg_value *values; /* room for the fields of any event */
    seg_text (*sets)[SET_LIMIT];
    int64_t change_at;
} game;

static seat *mine(game *g) { return &g->seats[g->at_turn]; }

/* ---- Values ---------------------------------------------------------------------------------------- */

static seg_text text_by_chance(dice *d) {
    static const char *const words[] = {
        "",        "/pricing", "/",      "promo-1", "skincare", "vip",      "de",       "EUR",
        "a@b.org", "x",        "Zürich", "1.10.2",  "2026-",    "\xFF\xFE", "ﬀ-Straße", "Europe/Berlin"};
    uint32_t kind = dice_pick(d, 20);
    if (kind < 16) return (seg_text){words[kind], strlen(words[kind])};
    uint32_t size = dice_pick(d, 24);
    if (size > d->size_bytes - d->at) size = (uint32_t)(d->size_bytes - d->at);
    seg_text text = {(const char *)d->bytes + d->at, size};
    d->at += size;
    return size ? text : (seg_text){"", 0};
}

static int64_t span_by_chance(dice *d) {
    static const int64_t units[] = {0,  1, 1000, 3600000, DAY_MS, INT64_C(30) * DAY_MS, INT64_C(365) * DAY_MS,
                                    999};
    return units[dice_pick(d, 8)] * (int64_t)dice_pick(d, 32);
}

static int64_t time_by_chance(game *g, bool wild) {
    switch (dice_pick(g->d, 16)) {
    case 0: return g->now + span_by_chance(g->d);
    case 1: return g->now;
    case 2: return dice_pick(g->d, 2) ? SEG_TIME_MIN : SEG_TIME_MAX;
    case 3: return wild ? dice_integer(g->d) : g->now - 1;
    default: return g->now - span_by_chance(g->d);
    }
}

static double float_by_chance(dice *d, bool wild) {
    static const double edges[] = {0.0, -0.0, 1.0, 0.1, 1e308, -1e308, 5e-324, NAN, INFINITY};
    uint32_t kind = dice_pick(d, 16);
    return kind < (wild ? 9 : 7) ? edges[kind] : (double)dice_integer(d) / 100;
}

/* A value of the field's type; a wild one may be of no use. */
static seg_value value_by_chance(game *g, const seg_field_info *field, bool wild, seg_text items[SET_LIMIT]) {
    seg_value value = {.known = (field->required && !wild) || dice_pick(g->d, 8) != 7};
    switch (field->type) {
    case SEG_FLOAT: value.as.f = float_by_chance(g->d, wild); break;
    case SEG_TEXT:
    case SEG_ZONE: value.as.text = text_by_chance(g->d); break;
    case SEG_SET:
        value.as.set.count = dice_pick(g->d, SET_LIMIT + 1);
        value.as.set.items = items;
        for (size_t i = 0; i < value.as.set.count; i++) items[i] = text_by_chance(g->d);
        break;
    case SEG_BOOL: value.as.i = dice_pick(g->d, wild ? 3 : 2); break;
    case SEG_ENUM: value.as.i = dice_pick(g->d, field->enum_count + wild); break;
    case SEG_TIME: value.as.i = time_by_chance(g, wild); break;
    case SEG_DATE: value.as.i = time_by_chance(g, wild) / DAY_MS; break;
    default:
        value.as.i = dice_integer(g->d);
        if (!wild && value.as.i == INT64_MIN) value.as.i++;
        break;
    }
    return value;
}

/* An event with all its fields; its values are good until the next one is made. */
static seg_event event_by_chance(game *g) {
    seg_event event = {.event = dice_pick(g->d, g->info.event_count), .fields = g->values};
    seg_event_info info;
    bool wild = dice_pick(g->d, 32) == 31;
    FUZZ_CHECK(seg_image_event(g->image, event.event, &info) == SEG_OK);
    for (uint32_t i = 0; i < info.field_count; i++) {
        seg_field_info field;
        FUZZ_CHECK(seg_image_event_field(g->image, event.event, i, &field) == SEG_OK);
        g->values[i] = value_by_chance(g, &field, wild, g->sets[i % SET_LIMIT]);
    }
    event.time = time_by_chance(g, wild);
    event.tie = dice_pick(g->d, 4);
    event.message = dice_pick(g->d, 4) ? 0 : 1 + dice_pick(g->d, 6);
    return event;
}

/* ---- What must hold ----------------------------------------------------------------------------------- */

static void on_changes(void *user, const seg_change *changes, size_t count) {
    game *g = user;
    for (const seg_change *change = changes; change < changes + count; change++) {
        FUZZ_CHECK(change->segment < g->info.segment_count);
        FUZZ_CHECK(change->at >= SEG_TIME_MIN && change->at <= SEG_TIME_MAX);
        if (!g->sound) continue;
        FUZZ_CHECK(mine(g)->members[change->segment] != change->entered);
        mine(g)->members[change->segment] = change->entered;
        FUZZ_CHECK(change->at >= g->change_at);
        FUZZ_CHECK(change->valid_until > change->at);
        g->change_at = change->at;
    }
}

static void ignore_entry(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    uint64_t *sum = user;
    *sum += (uint64_t)time ^ tie;
    for (size_t i = 0; i < word_count; i++) *sum += (uint64_t)words[i];
}

static bool tell_standing(void *user, uint32_t ranking, seg_standing *out) {
    game *g = user;
    FUZZ_CHECK(ranking < g->info.ranking_count);
    *out = mine(g)->standing;
    return true;
}

/* The verdict at `at`, and that it flips at the very instant that is said; what asks for a rank need not. */
static void look_at_segment(game *g, uint32_t segment, int64_t at) {
    bool verdict = false, later = false, ranked = seg_image_is_ranked(g->image, segment);
    int64_t until = 0, ignored;
    seg_status status = seg_evaluate(g->vm, &mine(g)->state, segment, at, &verdict, &until);
    if (status) {
        FUZZ_CHECK(status == SEG_E_TIME);
        return;
    }
    if (!g->sound) return;
    FUZZ_CHECK(until > at);
    if (mine(g)->evaluated && at == seg_state_now(&mine(g)->state)) {
        FUZZ_CHECK(verdict == seg_state_is_member(g->vm, &mine(g)->state, segment));
        FUZZ_CHECK(verdict == mine(g)->members[segment]);
        FUZZ_CHECK(ranked || until >= seg_state_deadline(&mine(g)->state));
    }
    int64_t last = until == SEG_NEVER ? SEG_TIME_MAX : until - 1;
    FUZZ_CHECK(!seg_evaluate(g->vm, &mine(g)->state, segment, last, &later, &ignored) && later == verdict);
    if (until == SEG_NEVER || ranked) return;
    FUZZ_CHECK(!seg_evaluate(g->vm, &mine(g)->state, segment, until, &later, &ignored) && later != verdict);
}

static void look(game *g) {
    int64_t now = seg_state_now(&mine(g)->state);
    seg_error error = {0};
    if (seg_state_check(g->image, mine(g)->state.bytes, mine(g)->state.size_bytes, &error))
        fuzz_fail(__FILE__, __LINE__, error.message);
    FUZZ_CHECK(!g->sound || !mine(g)->evaluated || seg_state_deadline(&mine(g)->state) > now);
    for (uint32_t i = 0; i < g->info.segment_count && i < SEGMENTS_LOOKED_AT; i++) {
        bool few = g->info.segment_count <= SEGMENTS_LOOKED_AT;
        uint32_t segment = few ? i : dice_pick(g->d, g->info.segment_count);
        look_at_segment(g, segment, now);
        if (dice_pick(g->d, 8) == 1) look_at_segment(g, segment, time_by_chance(g, false));
    }
}

typedef struct tally { /* of values that a probe goes through */
    uint64_t count, holding;
} tally;

static void count_value(void *user, int64_t key, const seg_value *value, bool holds) {
    tally *t = user;
    FUZZ_CHECK(value->known || key == INT64_MIN);
    t->count++;
    t->holding += holds;
}

/* What a probe tells of other instants and of single values agrees with its own. */
static void look_back(game *g, const seg_probe_at *at, const seg_probe_info *info, const seg_value *value) {
    seg_flips turns;
    tally t = {0};
    seg_status status = seg_probe_flips(g->vm, &mine(g)->state, at, &turns);
    if (!status) status = seg_probe_each(g->vm, &mine(g)->state, at, count_value, &t);
    if (status || !g->sound || !value->known || info->text.size_bytes == 0) return;
    bool is_true = value->as.i != 0;
    if (info->kind == SEG_PROBE_SOME) FUZZ_CHECK(is_true == (t.holding > 0));
    if (info->kind == SEG_PROBE_EVERY) FUZZ_CHECK(is_true == (t.holding == t.count));
    if (info->kind == SEG_PROBE_TALLY) FUZZ_CHECK((uint64_t)value->as.i == t.holding);
    if (info->kind == SEG_PROBE_LATCH) FUZZ_CHECK(is_true == turns.holds);
}

static void look_at_probes(game *g) {
    uint32_t segment = dice_pick(g->d, g->info.segment_count);
    int64_t at = dice_pick(g->d, 2) ? time_by_chance(g, false) : g->now;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < seg_image_probe_count(g->image, segment) && i < 32; i++) {
        seg_probe_info info;
        seg_value value;
        int64_t until;
        FUZZ_CHECK(seg_image_probe(g->image, segment, i, &info) == SEG_OK);
        seg_probe_at where = {.segment = segment, .probe = i, .now = at};
        (void)seg_probe_value(g->vm, &mine(g)->state, &where, &value, &until);
        (void)seg_probe_entries(g->vm, &mine(g)->state, &where, ignore_entry, &sum);
        look_back(g, &where, &info, &value);
    }
}

/* ---- Turns ------------------------------------------------------------------------------------------- */

static void merge_with_other(game *g, seg_sink sink, seg_status *status) {
    seat *other = &g->seats[1 - g->at_turn];
    *status = seg_merge(g->vm, &mine(g)->state, &other->state, g->now, sink);
    if (!*status) mine(g)->evaluated = true;
}

/* Others have come in between, or left. */
static void stand_elsewhere(game *g, int64_t now, seg_sink sink, seg_status *status) {
    seg_standing *standing = &mine(g)->standing, old = *standing;
    seg_rank rank;
    uint32_t ranking = dice_pick(g->d, g->info.ranking_count), others = dice_pick(g->d, 8);
    *status = seg_rank_key(g->vm, &mine(g)->state, ranking, seg_image_refresh(g->image, g->now), &rank);
    FUZZ_CHECK(!*status && (!g->sound || rank.holds_until > seg_image_refresh(g->image, g->now)));
    *standing = (seg_standing){.count = dice_pick(g->d, 4) ? others + 1 : 0};
    if (standing->count > 0) {
        standing->above = dice_pick(g->d, others + 1);
        standing->below = dice_pick(g->d, others + 1 - (uint32_t)standing->above);
        standing->tied_before = dice_pick(g->d, others + 1 - (uint32_t)(standing->above + standing->below));
    }
    *status = seg_rerank(g->vm, &mine(g)->state, now, sink);
    if (*status) *standing = old;
}

/* Says whose states these are, or does not. */
static void introduce(game *g) {
    for (int i = 0; i < 2 && dice_pick(g->d, 2); i++) {
        seg_status status = seg_state_identify(g->vm, &g->seats[i].state, text_by_chance(g->d));
        FUZZ_CHECK(status == SEG_OK);
    }
}

/* One call into the library. What failed must have changed nothing. */
static void turn(game *g) {
    seg_sink sink = {.on_changes = on_changes, .user = g};
    seg_state *state = &mine(g)->state;
    seg_status status = SEG_OK;
    seg_outcome outcome;
    seg_error error = {0};
    uint32_t kind = dice_pick(g->d, 16), attribute = dice_pick(g->d, g->info.attribute_count);
    int64_t now = g->now;
    bool evaluates = kind < 8;
    if (dice_pick(g->d, 2)) now += span_by_chance(g->d);
    if (dice_pick(g->d, 64) == 63) now = dice_integer(g->d);
    size_t size = state->size_bytes;
    uint8_t *before = malloc(size);
    FUZZ_CHECK(before != NULL);
    memcpy(before, state->bytes, size);
    g->change_at = INT64_MIN;
    if (kind < 4 && g->info.event_count > 0) {
        seg_event event = event_by_chance(g);
        status = seg_apply_event(g->vm, state, &event, now, sink, &outcome, &error);
    } else if (kind < 6 && g->info.attribute_count > 0) {
        seg_field_info field;
        FUZZ_CHECK(seg_image_attribute(g->image, attribute, &field) == SEG_OK);
        seg_value value = value_by_chance(g, &field, dice_pick(g->d, 32) == 31, g->sets[0]);
        status = seg_apply_attribute(g->vm, state, attribute, &value, time_by_chance(g, false), 0,
                                     dice_pick(g->d, 4), now, sink, &outcome, &error);
    } else if (kind < 8) {
        status = seg_advance(g->vm, state, now, sink);
    } else if (kind < 11 && g->info.event_count > 0) {
        seg_event event = event_by_chance(g);
        status = seg_put_event(g->vm, state, &event, now, &outcome, &error);
        if (!status) mine(g)->evaluated = false;
    } else if (kind == 11 && g->info.attribute_count > 0) {
        seg_field_info field;
        FUZZ_CHECK(seg_image_attribute(g->image, attribute, &field) == SEG_OK);
        seg_value value = value_by_chance(g, &field, dice_pick(g->d, 32) == 31, g->sets[0]);
        status = seg_put_attribute(g->vm, state, attribute, &value, time_by_chance(g, false), 0, 0, now,
                                   &outcome, &error);
        if (!status) mine(g)->evaluated = false;
    } else if (kind == 12) {
        status = seg_settle(g->vm, state, now, SEG_CAUSE_TIME, sink);
        evaluates = true;
    } else if (kind == 13) {
        now = g->now;
        merge_with_other(g, sink, &status);
    } else if (kind == 14) {
        status = seg_erase(g->vm, state, now, SEG_CAUSE_ERASE, sink);
        evaluates = true;
    } else if (g->ranks && dice_pick(g->d, 2)) {
        stand_elsewhere(g, now, sink, &status);
    } else {
        status = seg_state_compact(g->vm, state);
        look_at_probes(g);
    }
    FUZZ_CHECK(status <= 0 && memchr(error.message, 0, sizeof error.message));
    if (status)
        FUZZ_CHECK(state->size_bytes == size && memcmp(state->bytes, before, size) == 0);
    else if (seg_state_now(state) > g->now)
        g->now = seg_state_now(state);
    FUZZ_CHECK(g->now <= SEG_TIME_MAX);
    if (!status && evaluates) mine(g)->evaluated = true;
    free(before);
}

/* Once with every segment: what the state says of itself, and the instants at which it changes. */
static void wind_up(game *g) {
    seg_sink sink = {.on_changes = on_changes, .user = g};
    seat *s = mine(g);
    for (int i = 0; i < 16; i++) {
        int64_t deadline = seg_state_deadline(&s->state);
        if (deadline < g->now || deadline > SEG_TIME_MAX) break;
        g->now = deadline;
        g->change_at = INT64_MIN;
        if (seg_advance(g->vm, &s->state, g->now, sink)) break;
        s->evaluated = true;
        look(g);
    }
    size_t size = s->state.size_bytes;
    FUZZ_CHECK(seg_state_compact(g->vm, &s->state) == SEG_OK);
    FUZZ_CHECK(s->state.size_bytes <= size);
    look(g);
}

static uint32_t most_fields(const game *g) {
    uint32_t most = 1;
    for (uint32_t i = 0; i < g->info.event_count; i++) {
        seg_event_info info;
        FUZZ_CHECK(seg_image_event(g->image, i, &info) == SEG_OK);
        if (info.field_count > most) most = info.field_count;
    }
    return most;
}

static void seat_init(game *g, seat *s) {
    s->members = calloc(g->info.segment_count + 1u, 1);
    FUZZ_CHECK(s->members != NULL);
    FUZZ_CHECK(seg_state_init(g->vm, &s->state) == SEG_OK);
    FUZZ_CHECK(s->state.size_bytes == g->info.state_bytes_min);
    s->evaluated = true;
}

/* A state from outside in the place of the fresh one. */
static void seat_take(game *g, seat *s, const void *bytes, size_t size_bytes) {
    uint8_t *own = g->allocator->resize(g->allocator->user, NULL, 0, size_bytes);
    memcpy(own, bytes, size_bytes);
    seg_state_free(g->vm, &s->state);
    s->state = (seg_state){own, size_bytes, size_bytes};
    g->now = seg_state_now(&s->state) > START_MS ? seg_state_now(&s->state) : START_MS;
    for (uint32_t i = 0; i < g->info.segment_count; i++)
        s->members[i] = seg_state_is_member(g->vm, &s->state, i);
}

static void game_begin(game *g) {
    seg_image_describe(g->image, &g->info);
    FUZZ_CHECK(seg_vm_new(&g->vm, g->image, g->allocator, NULL) == SEG_OK);
    seg_vm_rank_with(g->vm, tell_standing, g);
    g->now = START_MS;
    g->values = calloc(most_fields(g), sizeof *g->values);
    g->sets = calloc(SET_LIMIT, sizeof *g->sets);
    FUZZ_CHECK(g->values != NULL && g->sets != NULL);
    for (int i = 0; i < 2; i++) seat_init(g, &g->seats[i]);
}

static void game_turns(game *g) {
    introduce(g);
    for (int i = 0; i < TURN_LIMIT && dice_left(g->d); i++) {
        if (dice_pick(g->d, 16) == 15) g->at_turn = 1 - g->at_turn;
        turn(g);
        look(g);
    }
}

static void game_end(game *g) {
    for (int i = 0; i < 2; i++) {
        seg_state_free(g->vm, &g->seats[i].state);
        free(g->seats[i].members);
    }
    free(g->values);
    free(g->sets);
    seg_vm_free(g->vm);
}

void play(const seg_image *image, const seg_allocator *allocator, const void *bytes, size_t size_bytes,
          dice *d, play_trust trust) {
    game g = {.image = image, .allocator = allocator, .d = d, .sound = trust == PLAY_SOUND};
    game_begin(&g);
    g.ranks = g.info.ranking_count > 0;
    if (bytes) seat_take(&g, &g.seats[0], bytes, size_bytes);
    game_turns(&g);
    wind_up(&g);
    game_end(&g);
}

seg_state play_keep(const seg_image *image, const seg_allocator *allocator, dice *d) {
    game g = {.image = image, .allocator = allocator, .d = d, .sound = true};
    game_begin(&g);
    game_turns(&g);
    seg_state kept = g.seats[0].state;
    g.seats[0].state = (seg_state){0};
    game_end(&g);
    return kept;
}
