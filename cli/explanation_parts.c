/* explanation_parts.c - the tree of an explanation: the probes of the segment's rule, those of segments that
 * it refers to below them, and what each of them finds. */
#include <stdlib.h>
#include <string.h>

#include "explanation.h"
#include "output.h"

/* ---- Which parts there are --------------------------------------------------------------------- */

typedef struct opening { /* a segment whose probes become parts */
    uint32_t segment, next, depth;
    int64_t past_ms;
    size_t each; /* the last part that goes through values */
    seg_text rule;
} opening;

typedef struct openings {
    opening *items;
    size_t count, room;
} openings;

static bool grow(void **items, size_t count, size_t *room, size_t item_bytes) {
    if (count < *room) return true;
    size_t wanted = *room ? *room * 2 : 16;
    void *made = realloc(*items, wanted * item_bytes);
    if (!made) return false;
    *items = made;
    *room = wanted;
    return true;
}

static bool open_segment(seg_explanation *j, openings *stack, uint32_t segment, uint32_t depth,
                         int64_t past_ms) {
    seg_probe_info whole;
    void *items = stack->items;
    if (seg_image_probe(j->workspace.image, segment, 0, &whole)) return true; /* nothing was written */
    if (!grow(&items, stack->count, &stack->room, sizeof *stack->items)) return false;
    stack->items = items;
    stack->items[stack->count++] =
        (opening){.segment = segment, .depth = depth, .past_ms = past_ms, .rule = whole.text};
    return true;
}

static bool same_opening(const seg_explanation_part *a, const seg_explanation_part *b) {
    return a->info.kind == SEG_PROBE_SEGMENT && b->is_opened && a->info.segment == b->info.segment &&
           a->instant == b->instant;
}

size_t seg_explanation_opened(const seg_explanation *j, size_t index) {
    size_t i = 0;
    while (i < index && !same_opening(&j->parts[index], &j->parts[i])) i++;
    return i;
}

/* ---- What each finds --------------------------------------------------------------------------- */

static void entry_take(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    (void)words;
    (void)word_count;
    seg_explanation_part *p = user;
    seg_explanation_entry *slot = &p->newest[p->entry_count % SEG_EXPLANATION_NEWEST];
    const seg_explanation_entry *before =
        p->entry_count ? &p->newest[(p->entry_count - 1) % SEG_EXPLANATION_NEWEST] : NULL;
    size_t nth = before && before->time == time && before->tie == tie ? before->nth + 1 : 0;
    *slot = (seg_explanation_entry){.time = time, .tie = tie, .nth = nth};
    if (p->entry_count == 0) p->oldest = *slot;
    p->entry_count++;
}

bool seg_explanation_standing(void *user, uint32_t ranking, seg_standing *out) {
    const seg_explanation *j = user;
    return seg_engine_standing(j->engine, seg_text_from(j->profile), ranking, out);
}

/* Where the profile stands, and where the cut is. */
static void ranking_find(seg_explanation *j, seg_explanation_part *p) {
    const seg_probe_info *info = &p->info;
    seg_text other;
    if (info->ranking == SEG_NONE) return;
    p->stands = seg_explanation_standing(j, info->ranking, &p->standing);
    const seg_standing *at = &p->standing;
    if (!p->stands || !seg_engine_at_place(j->engine, info->ranking, at->above + 1, &other, &p->key)) return;
    uint64_t amount = info->is_share ? at->count * info->amount / 10000 : info->amount;
    if (amount > at->count) amount = at->count;
    if (amount == 0) return;
    uint64_t place = info->from_bottom ? at->count - amount + 1 : amount;
    p->has_cut = seg_engine_at_place(j->engine, info->ranking, place, &other, &p->cut);
}

typedef struct taking { /* of values */
    seg_explanation *j;
    seg_explanation_part *part;
} taking;

static void value_take(void *user, int64_t key, const seg_value *value, bool holds) {
    taking *t = user;
    seg_explanation_part *p = t->part;
    void *items = p->values;
    if (!grow(&items, p->value_count, &p->value_room, sizeof *p->values)) {
        t->j->is_short = true;
        return;
    }
    p->values = items;
    p->values[p->value_count++] = (seg_explanation_value){.key = key, .value = *value, .holds = holds};
    p->holding_count += holds;
}

typedef struct ranked_value { /* for the order that readers see */
    seg_explanation_value value;
    bool decides;
    seg_type type;
    seg_text text;
} ranked_value;

static int order_values(const void *first, const void *second) {
    const ranked_value *a = first, *b = second;
    if (a->decides != b->decides) return a->decides ? -1 : 1;
    size_t shorter = a->text.size_bytes < b->text.size_bytes ? a->text.size_bytes : b->text.size_bytes;
    int by_text = shorter ? memcmp(a->text.bytes, b->text.bytes, shorter) : 0;
    if (by_text) return by_text;
    if (a->text.size_bytes != b->text.size_bytes) return a->text.size_bytes < b->text.size_bytes ? -1 : 1;
    if (a->type == SEG_FLOAT && a->value.value.as.f != b->value.value.as.f)
        return a->value.value.as.f < b->value.value.as.f ? -1 : 1;
    return a->value.key < b->value.key ? -1 : a->value.key > b->value.key;
}

static void values_sort(seg_explanation *j, seg_explanation_part *p, seg_type type) {
    ranked_value *ranked = calloc(p->value_count + 1, sizeof *ranked);
    if (!ranked) {
        j->is_short = true;
        return;
    }
    for (size_t i = 0; i < p->value_count; i++) {
        ranked[i] = (ranked_value){.value = p->values[i], .type = type};
        ranked[i].decides = p->values[i].holds == (p->info.kind != SEG_PROBE_EVERY);
        if (type == SEG_TEXT || type == SEG_ZONE)
            seg_history_text(&j->history, p->values[i].key, &ranked[i].text);
    }
    qsort(ranked, p->value_count, sizeof *ranked, order_values);
    for (size_t i = 0; i < p->value_count; i++) p->values[i] = ranked[i].value;
    free(ranked);
}

static seg_status values_find(seg_explanation *j, size_t index) {
    seg_explanation_part *p = &j->parts[index];
    taking t = {.j = j, .part = p};
    seg_status status = seg_probe_each(j->vm, j->state, &p->where, value_take, &t);
    seg_probe_info below = {0};
    if (!status) status = seg_image_probe(j->workspace.image, p->where.segment, p->where.probe + 1, &below);
    if (!status) values_sort(j, p, below.type);
    return j->is_short ? SEG_E_MEMORY : status;
}

static seg_status part_find(seg_explanation *j, size_t index) {
    seg_explanation_part *p = &j->parts[index];
    const seg_explanation_part *each = &j->parts[p->each];
    if (p->info.is_keyed) {
        p->where.has_key = true;
        p->where.key = each->values[0].key;
    }
    seg_status status = seg_probe_value(j->vm, j->state, &p->where, &p->value, &p->holds_until);
    if (p->info.kind == SEG_PROBE_VALUE) p->value = each->values[0].value;
    if (!status) ranking_find(j, p);
    if (!status && p->info.query != SEG_NONE)
        status = seg_probe_entries(j->vm, j->state, &p->where, entry_take, p);
    if (!status && p->info.kind >= SEG_PROBE_HELD && p->info.kind <= SEG_PROBE_LATCH)
        status = seg_probe_flips(j->vm, j->state, &p->where, &p->turns);
    if (!status && p->info.kind >= SEG_PROBE_SOME && p->info.kind <= SEG_PROBE_TALLY)
        status = values_find(j, index);
    return status;
}

/* ---- All of them ------------------------------------------------------------------------------- */

/* The next probe of an opening becomes a part, unless it is asked for a value and there is none. */
static seg_status add_part(seg_explanation *j, opening *from, bool *added) {
    seg_explanation_part made = {.rule = from->rule, .each = from->each};
    made.where = (seg_probe_at){
        .segment = from->segment, .probe = from->next++, .now = j->at, .past_ms = from->past_ms};
    seg_status status = seg_image_probe(j->workspace.image, made.where.segment, made.where.probe, &made.info);
    *added = !status && (!made.info.is_keyed || j->parts[from->each].value_count);
    if (!*added) return status;
    void *items = j->parts;
    if (!grow(&items, j->part_count, &j->part_room, sizeof *j->parts)) return SEG_E_MEMORY;
    j->parts = items;
    made.info.depth += from->depth;
    made.instant = j->at - from->past_ms - made.info.past_ms;
    if (made.info.kind >= SEG_PROBE_SOME && made.info.kind <= SEG_PROBE_TALLY) from->each = j->part_count;
    j->parts[j->part_count] = made;
    return part_find(j, j->part_count++);
}

/* "lifecycle." of lifecycle.new; nothing of a segment that is no stage. */
static seg_text stages_of(const seg_explanation *j, uint32_t segment) {
    seg_segment_info about = {0};
    seg_image_segment(j->workspace.image, segment, &about);
    seg_text name = about.name;
    while (name.size_bytes && name.bytes[name.size_bytes - 1] != '.') name.size_bytes--;
    return name;
}

/* `not in lifecycle.new` in the rule of a later stage, which nobody wrote: once it was said and holds, it
 * says nothing more. */
static bool is_idle(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    if (p->info.kind != SEG_PROBE_SEGMENT || !p->value.as.i || seg_explanation_opened(j, index) == index)
        return false;
    seg_text own = stages_of(j, p->where.segment), other = stages_of(j, p->info.segment);
    bool same = own.size_bytes && own.size_bytes == other.size_bytes &&
                memcmp(own.bytes, other.bytes, own.size_bytes) == 0;
    return same;
}

/* A segment is opened where it is first referred to, once for each instant at which it counts. */
static seg_status open_reference(seg_explanation *j, openings *stack) {
    size_t index = j->part_count - 1;
    seg_explanation_part *p = &j->parts[index];
    if (p->info.kind != SEG_PROBE_SEGMENT || seg_explanation_opened(j, index) < index) return SEG_OK;
    p->is_opened = true;
    bool fits = open_segment(j, stack, p->info.segment, p->info.depth + 1, j->at - p->instant);
    return fits ? SEG_OK : SEG_E_MEMORY;
}

static seg_status collect(seg_explanation *j) {
    openings stack = {0};
    seg_status status = open_segment(j, &stack, j->segment, 0, 0) ? SEG_OK : SEG_E_MEMORY;
    while (!status && stack.count) {
        opening *top = &stack.items[stack.count - 1];
        bool added;
        if (top->next == seg_image_probe_count(j->workspace.image, top->segment)) {
            stack.count--;
            continue;
        }
        status = add_part(j, top, &added);
        if (!status && added && is_idle(j, j->part_count - 1))
            j->part_count--;
        else if (!status && added)
            status = open_reference(j, &stack);
    }
    free(stack.items);
    return status;
}

/* ---- What is left for a reader ----------------------------------------------------------------- */

/* "a and b and c" is one list of three for a reader; the compiler joins them two by two. What joins two of
 * them goes, and what is below it takes its place. */
static void chains_flatten(seg_explanation *j) {
    for (size_t i = 0; i < j->part_count; i++) {
        seg_probe_kind kind = j->parts[i].info.kind;
        uint32_t depth = j->parts[i].info.depth;
        if (kind != SEG_PROBE_ALL && kind != SEG_PROBE_ANY) continue;
        for (size_t k = i + 1; k < j->part_count && j->parts[k].info.depth > depth;) {
            if (j->parts[k].info.kind != kind || j->parts[k].info.depth != depth + 1) {
                k++;
                continue;
            }
            memmove(&j->parts[k], &j->parts[k + 1], (j->part_count - k - 1) * sizeof *j->parts);
            j->part_count--;
            for (size_t m = k; m < j->part_count && j->parts[m].info.depth > depth + 1; m++)
                j->parts[m].info.depth--;
        }
    }
}

int seg_explanation_parts(seg_explanation *j) {
    seg_error error = {0};
    seg_status status = collect(j);
    if (status) return seg_say_status("cannot explain", status, &error);
    chains_flatten(j);
    return SEG_EXIT_GOOD;
}

seg_explanation_part seg_explanation_before(const seg_explanation *j, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    seg_explanation_part before = j->parts[index + 1 < j->part_count ? index + 1 : index];
    before.value = p->turns.before;
    before.instant = p->turns.changed - 1;
    return before;
}

seg_explanation_part seg_explanation_for_value(const seg_explanation *j, size_t index, size_t value) {
    seg_explanation_part shown = j->parts[index + 1];
    shown.value = j->parts[index].values[value].value;
    return shown;
}
