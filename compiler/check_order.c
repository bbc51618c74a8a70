/* check_order.c - the order of segments, referenced ones first; circles of references. */
#include <string.h>

#include "check.h"

void seg_check_refer(seg_checker *c, uint32_t to, seg_span span) {
    if (c->segment == SEG_NONE) return; /* the body of a define that nobody uses */
    if (c->reference_count == c->reference_capacity) {
        uint32_t capacity = c->reference_capacity == 0 ? 64 : c->reference_capacity * 2;
        seg_reference *list = seg_arena_take_array(c->arena, capacity, sizeof *list);
        if (list == NULL) return;
        if (c->reference_count != 0) memcpy(list, c->references, c->reference_count * sizeof *list);
        c->references = list;
        c->reference_capacity = capacity;
    }
    c->references[c->reference_count++] = (seg_reference){c->segment, to, span};
}

/* Segments by number in order of names. References are already grouped by `from`, in that order. */
typedef struct ordering {
    seg_checker *c;
    uint32_t count;
    uint32_t *waits;      /* references to segments that have no place yet */
    uint32_t *first_user; /* users[first_user[s] .. first_user[s + 1]): who refers to s */
    uint32_t *users;
    uint32_t *own; /* references[own[s]]: the first of s */
    bool *placed;
    uint32_t *heap; /* segments that wait for nothing, the least on top */
    uint32_t heap_count;
    uint32_t *place;
    uint32_t next_place;
} ordering;

static void heap_push(ordering *o, uint32_t segment) {
    uint32_t at = o->heap_count++;
    for (; at > 0 && o->heap[(at - 1) / 2] > segment; at = (at - 1) / 2) o->heap[at] = o->heap[(at - 1) / 2];
    o->heap[at] = segment;
}

static uint32_t heap_pop(ordering *o) {
    uint32_t top = o->heap[0], last = o->heap[--o->heap_count], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= o->heap_count) break;
        if (child + 1 < o->heap_count && o->heap[child + 1] < o->heap[child]) child++;
        if (o->heap[child] >= last) break;
        o->heap[at] = o->heap[child];
        at = child;
    }
    o->heap[at] = last;
    return top;
}

static bool prepare(ordering *o) {
    seg_checker *c = o->c;
    size_t room = (size_t)o->count + 2;
    o->waits = seg_arena_take_array(c->arena, room, sizeof *o->waits);
    o->first_user = seg_arena_take_array(c->arena, room, sizeof *o->first_user);
    o->own = seg_arena_take_array(c->arena, room, sizeof *o->own);
    o->placed = seg_arena_take_array(c->arena, room, sizeof *o->placed);
    o->heap = seg_arena_take_array(c->arena, room, sizeof *o->heap);
    o->place = seg_arena_take_array(c->arena, room, sizeof *o->place);
    o->users = seg_arena_take_array(c->arena, (size_t)c->reference_count + 1, sizeof *o->users);
    if (c->arena->failed) return false;
    for (uint32_t i = 0; i < c->reference_count; i++) {
        o->waits[c->references[i].from]++;
        o->own[c->references[i].from + 1]++;
        o->first_user[c->references[i].to + 1]++;
    }
    for (uint32_t s = 0; s < o->count; s++) {
        o->own[s + 1] += o->own[s];
        o->first_user[s + 1] += o->first_user[s];
    }
    uint32_t *filled = o->heap; /* not needed yet */
    for (uint32_t i = 0; i < c->reference_count; i++) {
        uint32_t to = c->references[i].to;
        o->users[o->first_user[to] + filled[to]++] = c->references[i].from;
    }
    for (uint32_t s = 0; s < o->count; s++) filled[s] = 0;
    return true;
}

static void place(ordering *o, uint32_t segment) {
    o->placed[segment] = true;
    o->place[segment] = o->next_place++;
    for (uint32_t i = o->first_user[segment]; i < o->first_user[segment + 1]; i++)
        if (--o->waits[o->users[i]] == 0 && !o->placed[o->users[i]]) heap_push(o, o->users[i]);
}

static const seg_reference *waiting_for(const ordering *o, uint32_t segment) {
    for (uint32_t i = o->own[segment]; i < o->own[segment + 1]; i++)
        if (!o->placed[o->c->references[i].to]) return &o->c->references[i];
    return NULL;
}

/* From a segment that waits, along what it waits for, until one comes again: that is a circle. It is told,
 * and one of its segments gets its place all the same, so that the search can go on. */
static void tell_circle(ordering *o, uint32_t segment, uint32_t *seen, uint32_t round) {
    seg_checker *c = o->c;
    while (seen[segment] != round) {
        seen[segment] = round;
        segment = waiting_for(o, segment)->to;
    }
    seg_text name = c->segment_names[segment]->text;
    const seg_reference *reference = waiting_for(o, segment);
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_CIRCLE, reference->span,
                                     "the segment `%.*s` leads back to itself", SEG_TEXT_ARGS(name));
    seg_diag_help(
        c->diags, diag,
        "whether a profile is in a segment cannot depend on itself: take one of the references out");
    uint32_t at = segment, shown = 0;
    do {
        reference = waiting_for(o, at);
        if (shown++ < 20)
            seg_diag_note_add(c->diags, diag, reference->span, "`%.*s` asks for `%.*s` here",
                              SEG_TEXT_ARGS(c->segment_names[at]->text),
                              SEG_TEXT_ARGS(c->segment_names[reference->to]->text));
        at = reference->to;
    } while (at != segment);
    place(o, segment);
}

bool seg_check_order(seg_checker *c) {
    ordering o = {.c = c, .count = c->rules->segment_count};
    if (!prepare(&o)) return false;
    uint32_t *seen = seg_arena_take_array(c->arena, (size_t)o.count + 1, sizeof *seen);
    if (seen == NULL) return false;
    for (uint32_t s = 0; s < o.count; s++)
        if (o.waits[s] == 0) heap_push(&o, s);
    uint32_t circles = 0, unplaced = 0;
    while (o.next_place < o.count) {
        if (o.heap_count > 0) {
            place(&o, heap_pop(&o));
            continue;
        }
        while (o.placed[unplaced]) unplaced++;
        tell_circle(&o, unplaced, seen, ++circles);
    }
    c->segment_order = o.place;
    return circles == 0;
}
