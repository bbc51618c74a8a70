/* crowd.c - counts of events.
 *
 * The events of one kind are sorted into cells: those that lie in just these windows and pass just these
 * filters. A cell has a number of events, and a count is the sum over the cells that it covers. So what
 * holds among windows and filters holds among counts, without saying so for each pair of them. Which sets of
 * filters an event can pass is asked of the solver; which windows it can lie in is known of those of fixed
 * length, and narrowed by inclusion for the others.
 *
 * Counts of events that must come with others, or for which there are too many cells, are numbers of their
 * own that only respect inclusion. */
#include <string.h>

#include "../constant.h"
#include "theory.h"

enum { WINDOWS_MOST = 10, FILTERS_MOST = 6, CELLS_MOST = 600 };

/* ---- Tallies --------------------------------------------------------------------------------- */

static seg_scope *scope_of(seg_theory *t, uint32_t event) {
    seg_scope *scope = &t->scopes[event];
    if (scope->fields != NULL) return scope;
    scope->event = event;
    scope->fields = seg_arena_take_array(t->arena, (size_t)t->rules->events[event].field_count + 1,
                                         sizeof *scope->fields);
    return scope->fields != NULL ? scope : NULL;
}

static bool read_filters(seg_theory *t, seg_tally *tally) {
    const seg_rule_facts *facts = tally->facts;
    if (facts->where == NULL) return true;
    tally->filters = seg_arena_take_array(t->arena, facts->event_count, sizeof(seg_term));
    if (tally->filters == NULL) return false;
    for (uint32_t i = 0; i < facts->event_count; i++) {
        seg_scope *scope = scope_of(t, facts->events[i]);
        if (scope == NULL) return false;
        scope->position = i;
        t->scope = scope;
        t->scope_events = facts->event_count;
        tally->filters[i] = seg_theory_value(t, facts->where).value;
        t->scope = NULL;
        t->scope_events = 0;
    }
    return true;
}

static const seg_rule_facts *variant(seg_theory *t, const seg_rule_facts *facts, uint8_t window,
                                     uint32_t pair_count) {
    seg_rule_facts *copy = seg_arena_take(t->arena, sizeof *copy);
    if (copy == NULL) return NULL;
    *copy = *facts;
    copy->pair_count = pair_count;
    if (copy->own_pairs > pair_count) copy->own_pairs = pair_count;
    if (window != copy->window) {
        copy->window = window;
        copy->newest = 0;
    }
    return copy;
}

/* The newest few are all, or that many; with pairs asked of those few, perhaps fewer. */
static void bound_few(seg_theory *t, const seg_tally *tally) {
    seg_solver *s = t->solver;
    const seg_rule_facts *facts = tally->facts;
    const seg_rule_facts *all = variant(t, facts, SEG_RULE_EVER, facts->own_pairs);
    seg_tally *base = all != NULL ? seg_crowd_tally(t, all) : NULL;
    if (base == NULL) return;
    seg_term few = seg_term_int(s, facts->newest);
    seg_term least = seg_term_if(s, seg_term_less(s, base->count, few), base->count, few);
    if (facts->own_pairs == facts->pair_count)
        seg_solver_assert(s, seg_term_equal(s, tally->count, least));
    else
        seg_solver_assert(s, seg_term_at_most(s, tally->count, least));
}

seg_tally *seg_crowd_tally(seg_theory *t, const seg_rule_facts *facts) {
    for (seg_tally *one = t->tallies; one != NULL; one = one->next)
        if (seg_facts_equal(one->facts, facts)) return one;
    seg_tally *tally = seg_arena_take(t->arena, sizeof *tally);
    if (tally == NULL) return NULL;
    *tally = (seg_tally){.facts = facts, .count = seg_term_variable(t->solver, SEG_SORT_INT)};
    tally->plain =
        facts->pair_count == 0 && facts->key == NULL && facts->delay_ms == 0 && facts->window != SEG_RULE_FEW;
    seg_solver_assert(t->solver, seg_term_at_most(t->solver, seg_term_int(t->solver, 0), tally->count));
    if (tally->plain && !read_filters(t, tally)) return NULL;
    if (facts->anchor != NULL)
        (void)seg_theory_value(t, facts->anchor); /* a person made of it needs its value */
    tally->next = t->tallies;
    t->tallies = tally;
    if (facts->window == SEG_RULE_FEW) bound_few(t, tally);
    if (facts->window == SEG_RULE_FEW || facts->pair_count == 0 || facts->delay_ms != 0) return tally;
    const seg_rule_facts *all = variant(t, facts, facts->window, 0);
    seg_tally *base = all != NULL ? seg_crowd_tally(t, all) : NULL;
    if (base != NULL) seg_solver_assert(t->solver, seg_term_at_most(t->solver, tally->count, base->count));
    return tally;
}

/* ---- Crowds ---------------------------------------------------------------------------------- */

/* The position of the event in the facts, or SEG_NONE. */
static uint32_t position_of(const seg_rule_facts *facts, uint32_t event) {
    for (uint32_t i = 0; i < facts->event_count; i++)
        if (facts->events[i] == event) return i;
    return SEG_NONE;
}

static uint32_t window_index(const seg_crowd *crowd, const seg_rule_facts *facts) {
    uint32_t i = 0;
    while (i < crowd->window_count && !seg_window_same(crowd->windows[i], facts)) i++;
    return i;
}

static uint32_t filter_index(const seg_crowd *crowd, seg_term filter) {
    uint32_t i = 0;
    while (i < crowd->filter_count && crowd->filters[i] != filter) i++;
    return i;
}

/* Gives up its plainness when the crowd has no room for its window or filter. */
static void join(seg_crowd *crowd, seg_tally *tally, uint32_t position) {
    uint32_t window = window_index(crowd, tally->facts);
    uint32_t filter = tally->filters != NULL ? filter_index(crowd, tally->filters[position]) : 0;
    if (window == WINDOWS_MOST || filter == FILTERS_MOST) {
        tally->plain = false;
        return;
    }
    if (window == crowd->window_count) crowd->windows[crowd->window_count++] = tally->facts;
    if (tally->filters != NULL && filter == crowd->filter_count)
        crowd->filters[crowd->filter_count++] = tally->filters[position];
}

/* Which sets of filters can one event pass? */
static void sample(seg_theory *t, seg_crowd *crowd) {
    seg_solver *s = t->solver;
    const seg_rule_event *event = &t->rules->events[crowd->event];
    for (uint32_t set = 0; set < 1u << crowd->filter_count; set++) {
        seg_term passes = seg_term_bool(s, true);
        for (uint32_t i = 0; i < crowd->filter_count; i++)
            passes = seg_term_and(
                s, passes, (set >> i & 1u) != 0 ? crowd->filters[i] : seg_term_not(s, crowd->filters[i]));
        if (seg_solver_check(s, passes) == SEG_IMPOSSIBLE) continue;
        seg_value *fields = seg_arena_take_array(t->arena, (size_t)event->field_count + 1, sizeof *fields);
        if (fields == NULL) return;
        for (uint32_t f = 0; f < event->field_count; f++)
            if (crowd->scope != NULL && crowd->scope->fields[f].known != NULL)
                fields[f] = seg_wording_value(t, event->fields[f].type, crowd->scope->fields[f]);
        crowd->samples[set] = fields;
    }
}

/* ---- Cells ----------------------------------------------------------------------------------- */

typedef struct sorting {
    seg_theory *t;
    seg_crowd *crowd;
    uint32_t edge_count, cell_count;
    int64_t edges[2 * WINDOWS_MOST + 1];
    uint32_t inside[WINDOWS_MOST],
        apart[WINDOWS_MOST]; /* sets of windows: each window lies in, never meets */
    bool exact[WINDOWS_MOST];
} sorting;

static void add_edge(sorting *o, int64_t edge) {
    uint32_t at = o->edge_count;
    for (uint32_t i = 0; i < o->edge_count; i++)
        if (o->edges[i] == edge) return;
    for (; at > 0 && o->edges[at - 1] > edge; at--) o->edges[at] = o->edges[at - 1];
    o->edges[at] = edge;
    o->edge_count++;
}

static void relate(sorting *o) {
    const seg_crowd *crowd = o->crowd;
    add_edge(o, 0);
    for (uint32_t i = 0; i < crowd->window_count; i++) {
        int64_t from, to;
        o->exact[i] = seg_window_ages(crowd->windows[i], &from, &to);
        if (o->exact[i]) {
            add_edge(o, from);
            if (to != INT64_MAX) add_edge(o, to);
        }
        for (uint32_t j = 0; j < crowd->window_count; j++) {
            if (seg_window_inside(crowd->windows[i], crowd->windows[j])) o->inside[i] |= 1u << j;
            if (i != j && seg_window_apart(crowd->windows[i], crowd->windows[j])) o->apart[i] |= 1u << j;
        }
    }
}

static bool is_consistent(const sorting *o, uint32_t windows) {
    for (uint32_t i = 0; i < o->crowd->window_count; i++)
        if ((windows >> i & 1u) != 0 && ((o->inside[i] & ~windows) != 0 || (o->apart[i] & windows) != 0))
            return false;
    return true;
}

static void add_cells(sorting *o, uint32_t windows, int64_t youngest, int64_t oldest) {
    seg_theory *t = o->t;
    for (uint32_t set = 0; set < 1u << o->crowd->filter_count; set++) {
        if (o->crowd->samples[set] == NULL) continue;
        seg_cell *cell = ++o->cell_count <= CELLS_MOST ? seg_arena_take(t->arena, sizeof *cell) : NULL;
        if (cell == NULL) return;
        *cell = (seg_cell){.next = t->cells,
                           .crowd = o->crowd,
                           .windows = windows,
                           .filters = set,
                           .youngest_ms = youngest,
                           .oldest_ms = oldest,
                           .count = seg_term_variable(t->solver, SEG_SORT_INT)};
        seg_solver_assert(t->solver, seg_term_at_most(t->solver, seg_term_int(t->solver, 0), cell->count));
        t->cells = cell;
    }
}

/* For each stretch of ages between two edges: the windows of fixed length are settled by it, of the others
 * every set that inclusion allows. */
static void sort_windows(sorting *o) {
    const seg_crowd *crowd = o->crowd;
    for (uint32_t e = 0; e < o->edge_count; e++) {
        uint32_t settled = 0, open = 0;
        int64_t youngest = o->edges[e], oldest = e + 1 < o->edge_count ? o->edges[e + 1] : INT64_MAX;
        for (uint32_t i = 0; i < crowd->window_count; i++) {
            int64_t from, to;
            if (!seg_window_ages(crowd->windows[i], &from, &to))
                open |= 1u << i;
            else if (from <= youngest && oldest <= to)
                settled |= 1u << i;
        }
        for (uint32_t some = open;; some = (some - 1) & open) {
            if ((settled | some) != 0 && is_consistent(o, settled | some))
                add_cells(o, settled | some, youngest, oldest);
            if (some == 0) break;
        }
    }
}

static bool covers(const seg_cell *cell, const seg_tally *tally) {
    const seg_crowd *crowd = cell->crowd;
    uint32_t position = position_of(tally->facts, crowd->event);
    if (position == SEG_NONE) return false;
    uint32_t window = window_index(crowd, tally->facts);
    if ((cell->windows >> window & 1u) == 0) return false;
    return tally->filters == NULL ||
           (cell->filters >> filter_index(crowd, tally->filters[position]) & 1u) != 0;
}

bool seg_crowd_covers(const seg_cell *cell, const seg_tally *tally) {
    return tally->plain && covers(cell, tally);
}

/* Makes the crowd of an event with its cells; where they are too many, its counts are numbers of their own.
 */
static void make_crowd(seg_theory *t, uint32_t event) {
    seg_crowd *crowd = seg_arena_take(t->arena, sizeof *crowd);
    if (crowd == NULL) return;
    crowd->event = event;
    crowd->scope = t->scopes[event].fields != NULL ? &t->scopes[event] : NULL;
    for (seg_tally *tally = t->tallies; tally != NULL; tally = tally->next) {
        uint32_t position = position_of(tally->facts, event);
        if (tally->plain && position != SEG_NONE) join(crowd, tally, position);
    }
    if (crowd->window_count == 0) return;
    sample(t, crowd);
    sorting o = {.t = t, .crowd = crowd};
    seg_cell *before = t->cells;
    relate(&o);
    sort_windows(&o);
    if (o.cell_count > CELLS_MOST) {
        t->cells = before;
        for (seg_tally *tally = t->tallies; tally != NULL; tally = tally->next)
            if (position_of(tally->facts, event) != SEG_NONE) tally->plain = false;
        return;
    }
    crowd->next = t->crowds;
    t->crowds = crowd;
}

/* ---- What holds among counts ----------------------------------------------------------------- */

static bool same_filter(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a->where == NULL || b->where == NULL) return b->where == NULL;
    return seg_rule_equal(a->where, b->where, a->event_count);
}

/* Are the facts of a among those of b? */
static bool is_among(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a->event_count != b->event_count || a->key != b->key || a->delay_ms != b->delay_ms) return false;
    for (uint32_t i = 0; i < a->event_count; i++)
        if (a->events[i] != b->events[i]) return false;
    return same_filter(a, b) && seg_pairs_equal(a, b) && seg_window_inside(a, b);
}

static void assert_inclusion(seg_theory *t) {
    for (seg_tally *a = t->tallies; a != NULL; a = a->next)
        for (seg_tally *b = t->tallies; b != NULL; b = b->next)
            if (a != b && !(a->plain && b->plain) && is_among(a->facts, b->facts))
                seg_solver_assert(t->solver, seg_term_at_most(t->solver, a->count, b->count));
}

static void assert_sums(seg_theory *t) {
    for (seg_tally *tally = t->tallies; tally != NULL; tally = tally->next) {
        if (!tally->plain) continue;
        seg_term sum = seg_term_int(t->solver, 0);
        for (seg_cell *cell = t->cells; cell != NULL; cell = cell->next)
            if (covers(cell, tally)) sum = seg_term_add(t->solver, sum, cell->count);
        seg_solver_assert(t->solver, seg_term_equal(t->solver, tally->count, sum));
    }
}

/* ---- Sums of fields, and when the last one was ------------------------------------------------- */

static seg_term cell_sum(seg_theory *t, seg_cell *cell, uint32_t field) {
    for (seg_cell_sum *one = cell->sums; one != NULL; one = one->next)
        if (one->field == field) return one->sum;
    seg_cell_sum *one = seg_arena_take(t->arena, sizeof *one);
    if (one == NULL) return NULL;
    seg_solver *s = t->solver;
    seg_term none = seg_term_int(s, 0);
    *one = (seg_cell_sum){.next = cell->sums, .field = field, .sum = seg_term_variable(s, SEG_SORT_INT)};
    cell->sums = one;
    seg_solver_assert(
        s, seg_term_implies(s, seg_term_equal(s, cell->count, none), seg_term_equal(s, one->sum, none)));
    return one->sum;
}

/* Sums of a field of whole numbers or decimals, unless they leave the range. */
static void assert_field_sum(seg_theory *t, const seg_atom *atom, const seg_tally *tally) {
    const seg_rule *of = atom->rule->operands[0];
    seg_solver *s = t->solver;
    bool summed = of->kind == SEG_RULE_FIELD && (of->type.type == SEG_INT || of->type.type == SEG_DECIMAL);
    if (!summed) return;
    seg_term sum = seg_term_int(s, 0);
    for (seg_cell *cell = t->cells; cell != NULL; cell = cell->next) {
        if (!covers(cell, tally)) continue;
        uint32_t field = of->fields[position_of(tally->facts, cell->crowd->event)];
        sum = seg_term_add(s, sum, cell_sum(t, cell, field));
    }
    seg_term most = seg_term_int(s, INT64_MAX), least = seg_term_int(s, -INT64_MAX);
    seg_term held = seg_term_if(s, seg_term_less(s, most, sum), most,
                                seg_term_if(s, seg_term_less(s, sum, least), least, sum));
    seg_solver_assert(s, seg_term_equal(s, atom->answer.value, held));
}

/* There is one in a rolling window up to now just when the last one of all lies in it. */
static void assert_last_time(seg_theory *t, const seg_atom *atom, const seg_tally *all) {
    seg_solver *s = t->solver;
    if (all->facts->window != SEG_RULE_EVER) return;
    for (seg_tally *some = t->tallies; some != NULL; some = some->next) {
        int64_t from, to;
        if (!some->plain || !is_among(some->facts, all->facts) || !same_filter(all->facts, some->facts))
            continue;
        if (!seg_window_ages(some->facts, &from, &to) || from != 0 || to == INT64_MAX) continue;
        seg_term begin = seg_term_subtract(s, t->now, seg_term_int(s, to));
        seg_term inside = seg_term_and(s, atom->answer.known, seg_term_less(s, begin, atom->answer.value));
        seg_term any = seg_term_less(s, seg_term_int(s, 0), some->count);
        seg_solver_assert(s, seg_term_equal(s, any, inside));
    }
}

void seg_crowd_close(seg_theory *t) {
    for (uint32_t event = 0; event < t->rules->event_count; event++) make_crowd(t, event);
    assert_sums(t);
    assert_inclusion(t);
    for (const seg_atom *atom = t->atoms; atom != NULL; atom = atom->next) {
        if (atom->rule->facts == NULL || atom->scope != NULL) continue;
        const seg_tally *tally = seg_crowd_tally(t, atom->rule->facts);
        if (tally == NULL || !tally->plain) continue;
        if (atom->rule->kind == SEG_RULE_SUM) assert_field_sum(t, atom, tally);
        if (atom->rule->kind == SEG_RULE_LAST && atom->rule->operand_count == 0)
            assert_last_time(t, atom, tally);
    }
}
