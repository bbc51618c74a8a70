#include "automaton.h"

#include <string.h>

#include "pattern.h"

/* The way: pattern -> nondeterministic automaton -> subsets -> least automaton.
 *
 *   nodes      K. Thompson, Regular Expression Search Algorithm, CACM 11(6), 1968. A repetition {m,n} is
 *              written out. A character is a few bytes: the ranges of code points become ranges of bytes
 *              as in R. Cox, Regular Expression Matching in the Wild, 2010 (the scheme of grep in Plan 9).
 *   subsets    M. Rabin, D. Scott, Finite Automata and Their Decision Problems, 1959.
 *   least      J. Hopcroft, An n log n Algorithm for Minimizing States in a Finite Automaton, 1971.
 *
 * Subsets may be exponentially many, so each of these is bounded. Patterns at a bound are at fault. */
enum {
    NODE_LIMIT = 1 << 16,
    STEP_TABLE_LIMIT = 1 << 22,          /* nodes of all classes * byte classes */
    RAW_LIMIT = 4 * 4096,                /* subsets, before equal ones are joined */
    MEMBER_LIMIT = 10 * 1000 * 1000,     /* of all subsets together */
    WORK_LIMIT = 40 * 1000 * 1000,       /* nodes visited */
    FIRST_SLOTS = 64,
    NOWHERE = 0                          /* a step that leads nowhere; else 1 + node */
};
#define LEAVES UINT32_MAX /* a step that ends the character */
#define UNSET UINT32_MAX

static const char too_many_states[] = "the pattern needs more than 4,096 states";
static const char too_large[] =
    "the pattern is too large: with its repetitions written out, it takes too many steps";

/* ---- Characters as bytes -------------------------------------------------------------------------- */

/* Bytes first..last lead to node `child` of the same class, or LEAVES. */
typedef struct arc {
    uint8_t first, last;
    uint32_t child;
} arc;

/* A node of the deterministic automaton that reads one character of a class. */
typedef struct byte_node {
    uint32_t arc_first, arc_count;
} byte_node;

typedef struct byte_class { /* byte_nodes[first .. first + count), the last one is its start */
    uint32_t first, count;
    bool made;
} byte_class;

/* All encodings with byte i in first[i]..last[i]: a box of code points. */
typedef struct box {
    uint8_t first[4], last[4];
    uint8_t size;
} box;

typedef enum node_kind { NODE_BYTES, NODE_SPLIT, NODE_BEGIN, NODE_END, NODE_MATCH } node_kind;

typedef struct node {
    uint8_t kind;
    uint32_t next;  /* BYTES: behind the character; else the way on */
    uint32_t other; /* SPLIT: the second way; BYTES: the byte node */
    uint32_t base;  /* BYTES: number of the node for the class's first byte node */
} node;

/* A state of the deterministic automaton: the nodes at which the text so far may have led. The pattern
 * may begin anywhere, so all but subset 0 (which is dead) hold the same base, what is reached from the
 * start without a byte; it is not listed. */
typedef struct subset {
    const uint32_t *members;
    uint32_t count, hash;
    bool accepting;
} subset;

typedef struct maker {
    seg_arena *scratch;
    seg_automaton_fault *fault;
    uint64_t work;

    box *boxes; /* of the class at hand */
    uint32_t box_count, box_capacity;
    arc *arcs;
    uint32_t arc_count, arc_capacity;
    byte_node *byte_nodes;
    uint32_t byte_node_count, byte_node_capacity;
    byte_class *byte_classes;

    node *nodes;
    uint32_t node_count, node_capacity;
    uint32_t match;

    uint32_t class_count;
    uint8_t class_of[256];
    uint8_t class_byte[256]; /* one byte of each class */
    uint32_t *steps;         /* byte node * class_count + class: NOWHERE, 1 + child, LEAVES */

    subset *subsets;
    uint32_t subset_count, subset_capacity;
    uint32_t *slots, slot_count; /* 1 + subset, by hash; less than half of them are in use */
    uint32_t *table; /* subset * class_count + class */
    uint64_t member_count;

    uint32_t *stack, *members, *ends, *seen, *seen_at_end;
    uint32_t stack_size, current_count, end_count, stamp;
    bool matched;
    bool *is_base;
    bool base_accepting;
    uint32_t *first_steps; /* where the base leads: per class a run */
    uint32_t first_steps_begin[257];
} maker;

static bool fault_is(maker *m, const char *reason) {
    *m->fault = (seg_automaton_fault){.offset = 0, .reason = reason};
    return false;
}

static bool memory_short(maker *m) { return fault_is(m, "memory ran short"); }

static bool work_fits(maker *m, uint64_t more) {
    m->work += more;
    return m->work <= WORK_LIMIT || fault_is(m, too_large);
}

/* Room for one more item in an array of the scratch arena. */
static void *grown(maker *m, void *items, uint32_t count, uint32_t *capacity, size_t size_bytes) {
    if (count < *capacity) return items;
    uint32_t wanted = *capacity ? 2 * *capacity : 64;
    void *larger = seg_arena_take_array(m->scratch, wanted, size_bytes);
    if (larger && count) memcpy(larger, items, count * size_bytes);
    if (!larger) memory_short(m);
    *capacity = wanted;
    return larger;
}
#define GROW(m, items, count, capacity) \
    (((items) = grown(m, items, count, &(capacity), sizeof *(items))) != NULL)

static void encode(uint32_t c, uint32_t size, uint8_t out[4]) {
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (uint32_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (uint8_t)(lead[size] | c);
}

/* Cuts first..last, all of one size in UTF-8, into boxes: ascending, and such that two boxes have the
 * same bytes at a place or none in common. The depth is the size. */
static bool cut_into_boxes(maker *m, uint32_t first, uint32_t last, uint32_t size) {
    for (uint32_t tail = size - 1; tail > 0; tail--) {
        uint32_t mask = (UINT32_C(1) << (6 * tail)) - 1;
        if ((first & ~mask) == (last & ~mask)) continue;
        if (first & mask)
            return cut_into_boxes(m, first, first | mask, size) &&
                   cut_into_boxes(m, (first | mask) + 1, last, size);
        if ((last & mask) != mask)
            return cut_into_boxes(m, first, (last & ~mask) - 1, size) &&
                   cut_into_boxes(m, last & ~mask, last, size);
    }
    if (!GROW(m, m->boxes, m->box_count, m->box_capacity)) return false;
    box *b = &m->boxes[m->box_count++];
    b->size = (uint8_t)size;
    encode(first, size, b->first);
    encode(last, size, b->last);
    return true;
}

static bool boxes_of_class(maker *m, const seg_pattern *class) {
    static const struct { uint32_t first, last, size; } bands[] = {
        {0, 0x7F, 1}, {0x80, 0x7FF, 2}, {0x800, 0xD7FF, 3}, {0xE000, 0xFFFF, 3},
        {0x10000, SEG_CODE_POINT_MAX, 4}};
    m->box_count = 0;
    for (uint32_t i = 0; i < class->range_count; i++) {
        for (size_t k = 0; k < sizeof bands / sizeof *bands; k++) {
            uint32_t first = class->ranges[i].first, last = class->ranges[i].last;
            if (first < bands[k].first) first = bands[k].first;
            if (last > bands[k].last) last = bands[k].last;
            if (first <= last && !cut_into_boxes(m, first, last, bands[k].size)) return false;
        }
    }
    return true;
}

/* The byte node with just these arcs, which are the newest ones: an older one of the class if there is
 * one. Its number counts from the class's first node. */
static bool byte_node_of_arcs(maker *m, const byte_class *class, uint32_t arc_first, uint32_t *out) {
    uint32_t count = m->arc_count - arc_first;
    for (uint32_t i = class->first; i < m->byte_node_count; i++) {
        const byte_node *old = &m->byte_nodes[i];
        uint32_t same = old->arc_count == count ? 0 : UNSET;
        while (same < count) {
            const arc *a = &m->arcs[old->arc_first + same], *b = &m->arcs[arc_first + same];
            if (a->first != b->first || a->last != b->last || a->child != b->child) break;
            same++;
        }
        if (!work_fits(m, 1)) return false;
        if (same != count) continue;
        m->arc_count = arc_first;
        *out = i - class->first;
        return true;
    }
    if (!GROW(m, m->byte_nodes, m->byte_node_count, m->byte_node_capacity)) return false;
    *out = m->byte_node_count - class->first;
    m->byte_nodes[m->byte_node_count++] = (byte_node){arc_first, count};
    return true;
}

/* Byte `place` and those behind it of boxes[first .. end), which agree before it. The depth is 4. */
static bool byte_node_make(maker *m, const byte_class *class, uint32_t first, uint32_t end, uint32_t place,
                           uint32_t *out) {
    arc own[256];
    uint32_t count = 0;
    for (uint32_t i = first, next; i < end; i = next) {
        const box b = m->boxes[i];
        for (next = i + 1; next < end && m->boxes[next].first[place] == b.first[place];) next++;
        uint32_t child = LEAVES;
        if (place + 1u < b.size && !byte_node_make(m, class, i, next, place + 1, &child)) return false;
        if (count > 0 && own[count - 1].child == child && own[count - 1].last + 1 == b.first[place])
            own[count - 1].last = b.last[place];
        else
            own[count++] = (arc){b.first[place], b.last[place], child};
    }
    uint32_t arc_first = m->arc_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!GROW(m, m->arcs, m->arc_count, m->arc_capacity)) return false;
        m->arcs[m->arc_count++] = own[i];
    }
    return byte_node_of_arcs(m, class, arc_first, out);
}

/* ---- Nodes ------------------------------------------------------------------------------------------ */

static bool node_add(maker *m, node what, uint32_t *out) {
    if (m->node_count == NODE_LIMIT) return fault_is(m, too_large);
    if (!GROW(m, m->nodes, m->node_count, m->node_capacity)) return false;
    m->nodes[m->node_count] = what;
    *out = m->node_count++;
    return true;
}

/* One character of the class, then on to `next`. */
static bool add_class(maker *m, const seg_pattern *pattern, uint32_t next, uint32_t *out) {
    byte_class *class = &m->byte_classes[pattern->number];
    if (!class->made) {
        uint32_t start;
        class->first = m->byte_node_count;
        if (!boxes_of_class(m, pattern)) return false;
        if (!byte_node_make(m, class, 0, m->box_count, 0, &start)) return false;
        class->count = m->byte_node_count - class->first;
        class->made = true;
    }
    uint32_t base = m->node_count;
    for (uint32_t i = 0; i < class->count; i++) {
        const node reads = {.kind = NODE_BYTES, .next = next, .other = class->first + i, .base = base};
        if (!node_add(m, reads, out)) return false;
    }
    return true;
}

static bool add_pattern(maker *m, const seg_pattern *pattern, uint32_t next, uint32_t *out);

/* Written out from its end: x{2,4} is x x (x (x)?)?, x{2,} is x x x* with the last two joined as x+. */
static bool add_repeat(maker *m, const seg_pattern *pattern, uint32_t next, uint32_t *out) {
    const seg_pattern *child = pattern->last_child;
    uint32_t at = next, min = pattern->min;
    if (pattern->max == SEG_PATTERN_ENDLESS) {
        uint32_t loop, entry;
        if (!node_add(m, (node){.kind = NODE_SPLIT, .next = next}, &loop)) return false;
        if (!add_pattern(m, child, loop, &entry)) return false;
        m->nodes[loop].other = entry;
        at = min > 0 ? entry : loop;
        if (min > 0) min--;
    } else {
        for (uint32_t i = min; i < pattern->max; i++) {
            uint32_t entry;
            if (!add_pattern(m, child, at, &entry)) return false;
            if (!node_add(m, (node){.kind = NODE_SPLIT, .next = entry, .other = next}, &at)) return false;
        }
    }
    for (uint32_t i = 0; i < min; i++)
        if (!add_pattern(m, child, at, &at)) return false;
    *out = at;
    return true;
}

/* The nodes of `pattern` with `next` behind them; *out is where they begin. As deep as the pattern. */
static bool add_pattern(maker *m, const seg_pattern *pattern, uint32_t next, uint32_t *out) {
    if (!work_fits(m, 1)) return false;
    *out = next;
    switch ((seg_pattern_kind)pattern->kind) {
    case SEG_PATTERN_EMPTY: return true;
    case SEG_PATTERN_CLASS: return add_class(m, pattern, next, out);
    case SEG_PATTERN_BEGIN: return node_add(m, (node){.kind = NODE_BEGIN, .next = next}, out);
    case SEG_PATTERN_END: return node_add(m, (node){.kind = NODE_END, .next = next}, out);
    case SEG_PATTERN_REPEAT: return add_repeat(m, pattern, next, out);
    case SEG_PATTERN_SEQUENCE:
        for (const seg_pattern *part = pattern->last_child; part; part = part->previous)
            if (!add_pattern(m, part, *out, out)) return false;
        return true;
    case SEG_PATTERN_CHOICE:
        if (!add_pattern(m, pattern->last_child, next, out)) return false;
        for (const seg_pattern *part = pattern->last_child->previous; part; part = part->previous) {
            uint32_t entry;
            if (!add_pattern(m, part, next, &entry)) return false;
            if (!node_add(m, (node){.kind = NODE_SPLIT, .next = entry, .other = *out}, out)) return false;
        }
        return true;
    }
    return true;
}

/* The whole: any bytes, then the pattern. *start is where it begins. */
static bool add_everything(maker *m, const seg_pattern *pattern, uint32_t any_byte, uint32_t *start) {
    uint32_t entry, skip;
    if (!node_add(m, (node){.kind = NODE_MATCH}, &m->match)) return false;
    if (!add_pattern(m, pattern, m->match, &entry)) return false;
    const node reads = {.kind = NODE_BYTES, .other = any_byte, .base = m->node_count};
    if (!node_add(m, reads, &skip)) return false;
    if (!node_add(m, (node){.kind = NODE_SPLIT, .next = entry, .other = skip}, start)) return false;
    m->nodes[skip].next = *start;
    return true;
}

/* ---- Classes of bytes ------------------------------------------------------------------------------- */

/* Bytes that no arc tells apart are one class, numbered by their least byte. */
static bool steps_make(maker *m) {
    bool begins[257] = {true};
    for (uint32_t i = 0; i < m->arc_count; i++)
        begins[m->arcs[i].first] = begins[m->arcs[i].last + 1] = true;
    for (uint32_t x = 0; x < 256; x++) {
        if (begins[x]) m->class_byte[m->class_count++] = (uint8_t)x;
        m->class_of[x] = (uint8_t)(m->class_count - 1);
    }
    if ((uint64_t)m->byte_node_count * m->class_count > STEP_TABLE_LIMIT) return fault_is(m, too_large);
    m->steps = seg_arena_take_array(m->scratch, m->byte_node_count, m->class_count * sizeof *m->steps);
    if (!m->steps) return memory_short(m);
    for (uint32_t i = 0; i < m->byte_node_count; i++) {
        for (uint32_t k = 0; k < m->byte_nodes[i].arc_count; k++) {
            const arc *a = &m->arcs[m->byte_nodes[i].arc_first + k];
            uint32_t step = a->child == LEAVES ? LEAVES : a->child + 1;
            for (uint32_t c = m->class_of[a->first]; c <= m->class_of[a->last]; c++)
                m->steps[i * m->class_count + c] = step;
        }
    }
    return true;
}

/* ---- Subsets ---------------------------------------------------------------------------------------- */

static void push(maker *m, uint32_t *seen, uint32_t to) {
    if (seen[to] == m->stamp) return;
    seen[to] = m->stamp;
    m->stack[m->stack_size++] = to;
}

/* To a node of the set at hand, unless it is there anyway. */
static void enter(maker *m, uint32_t to) {
    if (!m->is_base[to]) push(m, m->seen, to);
}

/* Takes in what is on the stack and all that is reached from it without a byte. */
static bool close_set(maker *m, bool at_begin) {
    while (m->stack_size > 0) {
        uint32_t at = m->stack[--m->stack_size];
        const node *n = &m->nodes[at];
        if (!work_fits(m, 1)) return false;
        switch ((node_kind)n->kind) {
        case NODE_BYTES: m->members[m->current_count++] = at; break;
        case NODE_SPLIT:
            enter(m, n->other);
            enter(m, n->next);
            break;
        case NODE_BEGIN:
            if (at_begin) enter(m, n->next);
            break;
        case NODE_END: m->ends[m->end_count++] = n->next; break;
        case NODE_MATCH: m->matched = true; break;
        }
    }
    return true;
}

/* Whether the match is reached when the text ends here. */
static bool matches_at_end(maker *m, bool at_begin, bool *out) {
    for (uint32_t i = 0; i < m->end_count; i++) push(m, m->seen_at_end, m->ends[i]);
    *out = m->matched;
    while (m->stack_size > 0) {
        uint32_t at = m->stack[--m->stack_size];
        const node *n = &m->nodes[at];
        if (!work_fits(m, 1)) return false;
        if (n->kind == NODE_MATCH) *out = true;
        if (n->kind == NODE_BYTES || n->kind == NODE_MATCH || (n->kind == NODE_BEGIN && !at_begin)) continue;
        push(m, m->seen_at_end, n->next);
        if (n->kind == NODE_SPLIT) push(m, m->seen_at_end, n->other);
    }
    return true;
}

static bool is_current(const maker *m, const subset *s, uint32_t hash, bool accepting) {
    if (s->hash != hash || s->count != m->current_count || s->accepting != accepting) return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (m->seen[s->members[i]] != m->stamp) return false;
    return true;
}

/* The slot of the set at hand, or the free one where it belongs. */
static bool slot_find(maker *m, uint32_t hash, bool accepting, uint32_t *slot) {
    for (*slot = hash % m->slot_count; m->slots[*slot]; *slot = (*slot + 1) % m->slot_count) {
        const subset *s = &m->subsets[m->slots[*slot] - 1];
        if (!work_fits(m, s->hash == hash ? s->count : 1)) return false;
        if (is_current(m, s, hash, accepting)) return true;
    }
    return true;
}

/* Twice as many slots. */
static bool slots_grow(maker *m) {
    uint32_t count = m->slot_count ? 2 * m->slot_count : FIRST_SLOTS;
    m->slots = seg_arena_take_array(m->scratch, count, sizeof *m->slots);
    if (!m->slots) return memory_short(m);
    m->slot_count = count;
    for (uint32_t i = 1; i < m->subset_count; i++) {
        uint32_t slot = m->subsets[i].hash % count;
        while (m->slots[slot]) slot = (slot + 1) % count;
        m->slots[slot] = i + 1;
    }
    return true;
}

static bool subset_add(maker *m, uint32_t slot, uint32_t hash, bool accepting) {
    m->member_count += m->current_count;
    if (m->subset_count == RAW_LIMIT || m->member_count > MEMBER_LIMIT) return fault_is(m, too_many_states);
    uint32_t *members = seg_arena_take_array(m->scratch, m->current_count, sizeof *members);
    if (!members) return memory_short(m);
    if (m->current_count) memcpy(members, m->members, m->current_count * sizeof *members);
    if (!GROW(m, m->subsets, m->subset_count, m->subset_capacity)) return false;
    m->subsets[m->subset_count++] = (subset){members, m->current_count, hash, accepting};
    m->slots[slot] = m->subset_count;
    return 2 * m->subset_count < m->slot_count || slots_grow(m);
}

/* The number of the set at hand, which has taken in all that it reaches. */
static bool subset_find(maker *m, bool accepting, uint32_t *out) {
    if (m->matched) { /* whatever follows */
        m->current_count = 0;
        m->members[m->current_count++] = m->match;
    }
    uint32_t hash = accepting;
    for (uint32_t i = 0; i < m->current_count; i++) { /* the order of the members does not matter */
        uint64_t mixed = (m->members[i] + 1) * UINT64_C(0x9E3779B97F4A7C15);
        hash += (uint32_t)(mixed >> 32);
    }
    uint32_t slot;
    if (!slot_find(m, hash, accepting, &slot)) return false;
    *out = m->slots[slot] ? m->slots[slot] - 1 : m->subset_count;
    return m->slots[slot] || subset_add(m, slot, hash, accepting);
}

static void set_begin(maker *m) {
    m->stamp++;
    m->current_count = m->end_count = 0;
    m->matched = false;
}

/* Where a node leads on a byte of the class, or UNSET. */
static uint32_t node_behind(const maker *m, const node *n, uint32_t class) {
    uint32_t step = m->steps[n->other * m->class_count + class];
    if (step == NOWHERE) return UNSET;
    return step == LEAVES ? n->next : n->base + step - 1;
}

/* The subset behind subset `from` on a byte of the class. */
static bool subset_step(maker *m, uint32_t from, uint32_t class, uint32_t *out) {
    const subset s = m->subsets[from];
    *out = from;
    if (from == 0 || (s.count == 1 && s.members[0] == m->match)) return true;
    uint32_t first = m->first_steps_begin[class], end = m->first_steps_begin[class + 1];
    if (!work_fits(m, s.count + (end - first) + 1)) return false;
    set_begin(m);
    for (uint32_t i = first; i < end; i++) enter(m, m->first_steps[i]);
    for (uint32_t i = 0; i < s.count; i++) {
        uint32_t to = node_behind(m, &m->nodes[s.members[i]], class);
        if (to != UNSET) enter(m, to);
    }
    bool accepting;
    if (!close_set(m, false) || !matches_at_end(m, false, &accepting)) return false;
    return subset_find(m, accepting || m->base_accepting, out);
}

static bool subsets_room(maker *m) {
    uint32_t **arrays[] = {&m->stack, &m->members, &m->ends, &m->seen, &m->seen_at_end};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = seg_arena_take_array(m->scratch, m->node_count, sizeof **arrays[i]);
        if (!*arrays[i]) return memory_short(m);
    }
    m->is_base = seg_arena_take_array(m->scratch, m->node_count, sizeof *m->is_base);
    if (!m->is_base) return memory_short(m);
    if (!GROW(m, m->subsets, 0, m->subset_capacity)) return false;
    m->subset_count = 1; /* the dead one */
    return slots_grow(m);
}

/* The nodes behind the base, by class, that are not of the base themselves; returns how many. */
static uint32_t base_steps(maker *m, uint32_t *to) {
    uint32_t count = 0;
    for (uint32_t c = 0; c < m->class_count; c++) {
        m->first_steps_begin[c] = count;
        for (uint32_t i = 0; i < m->current_count; i++) {
            uint32_t behind = node_behind(m, &m->nodes[m->members[i]], c);
            if (behind == UNSET || m->is_base[behind]) continue;
            if (to) to[count] = behind;
            count++;
        }
    }
    m->first_steps_begin[m->class_count] = count;
    return count;
}

/* What is reached from the start without a byte. Its ends stay in ends[]. */
static bool base_make(maker *m, uint32_t start) {
    set_begin(m);
    enter(m, start);
    if (!close_set(m, false) || !matches_at_end(m, false, &m->base_accepting)) return false;
    if (!work_fits(m, 2ull * m->current_count * m->class_count)) return false;
    for (uint32_t i = 0; i < m->node_count; i++) m->is_base[i] = m->seen[i] == m->stamp;
    m->first_steps = seg_arena_take_array(m->scratch, base_steps(m, NULL), sizeof *m->first_steps);
    if (!m->first_steps) return memory_short(m);
    base_steps(m, m->first_steps);
    return true;
}

/* Subset 1: what more than the base is reached where the text begins. */
static bool start_make(maker *m) {
    bool accepting;
    uint32_t number;
    m->stamp++;
    m->current_count = 0;
    for (uint32_t i = 0; i < m->node_count; i++)
        if (m->is_base[i] && m->nodes[i].kind == NODE_BEGIN) enter(m, m->nodes[i].next);
    if (!close_set(m, true) || !matches_at_end(m, true, &accepting)) return false;
    return subset_find(m, accepting || m->base_accepting, &number);
}

/* Subset 0 is dead, subset 1 the start. */
static bool subsets_make(maker *m, uint32_t start) {
    uint32_t capacity = 0;
    if (!subsets_room(m)) return false;
    if (!base_make(m, start) || !start_make(m)) return false;
    for (uint32_t from = 0; from < m->subset_count; from++) {
        while (capacity < (from + 1) * m->class_count)
            if (!GROW(m, m->table, capacity, capacity)) return false;
        for (uint32_t c = 0; c < m->class_count; c++)
            if (!subset_step(m, from, c, &m->table[from * m->class_count + c])) return false;
    }
    return true;
}

/* ---- The least automaton ------------------------------------------------------------------------------ */

typedef struct partition { /* of the subsets into blocks of those that may yet be equal */
    uint32_t *items, *place_of, *block_of;
    uint32_t *first, *end, *marked; /* per block: items[first .. first + marked) are marked */
    uint32_t block_count;
    uint32_t *waiting; /* blocks that may split others */
    uint8_t *is_waiting;
    uint32_t waiting_count;
    uint32_t *touched, touched_count;
    uint32_t *back_first, *back; /* where a class leads back to: CSR over class * n + state */
    uint32_t *splitter;          /* the items of the block at hand */
} partition;

static bool partition_room(maker *m, partition *p) {
    uint32_t n = m->subset_count, k = m->class_count;
    uint32_t **arrays[] = {&p->items, &p->place_of, &p->block_of, &p->first,   &p->end,
                           &p->marked, &p->waiting, &p->touched, &p->splitter};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = seg_arena_take_array(m->scratch, n, sizeof **arrays[i]);
        if (!*arrays[i]) return memory_short(m);
    }
    p->is_waiting = seg_arena_take(m->scratch, n);
    p->back_first = seg_arena_take_array(m->scratch, (size_t)n * k + 1, sizeof *p->back_first);
    p->back = seg_arena_take_array(m->scratch, (size_t)n * k, sizeof *p->back);
    return (p->is_waiting && p->back_first && p->back) || memory_short(m);
}

static void partition_back(const maker *m, partition *p) {
    uint32_t n = m->subset_count, k = m->class_count;
    for (uint32_t s = 0; s < n; s++)
        for (uint32_t c = 0; c < k; c++) p->back_first[c * n + m->table[s * k + c] + 1]++;
    for (uint32_t i = 0; i < n * k; i++) p->back_first[i + 1] += p->back_first[i];
    for (uint32_t s = n; s-- > 0;) /* each fills from its end: afterwards back_first[i + 1] is its begin */
        for (uint32_t c = 0; c < k; c++) p->back[--p->back_first[c * n + m->table[s * k + c] + 1]] = s;
    for (uint32_t i = 0; i < n * k; i++) p->back_first[i] = p->back_first[i + 1];
    p->back_first[n * k] = n * k;
}

static void wait_for(partition *p, uint32_t block) {
    if (p->is_waiting[block]) return;
    p->is_waiting[block] = 1;
    p->waiting[p->waiting_count++] = block;
}

static void mark(partition *p, uint32_t state) {
    uint32_t block = p->block_of[state], place = p->place_of[state];
    uint32_t target = p->first[block] + p->marked[block];
    if (place < target) return;
    if (p->marked[block]++ == 0) p->touched[p->touched_count++] = block;
    uint32_t other = p->items[target];
    p->items[target] = state;
    p->items[place] = other;
    p->place_of[state] = target;
    p->place_of[other] = place;
}

/* Parts the marked items of each touched block from the rest; the smaller part must split others. */
static void split_touched(partition *p) {
    while (p->touched_count > 0) {
        uint32_t old = p->touched[--p->touched_count], count = p->marked[old];
        p->marked[old] = 0;
        if (count == p->end[old] - p->first[old]) continue;
        uint32_t new = p->block_count++;
        p->first[new] = p->first[old];
        p->end[new] = p->first[old] = p->first[old] + count;
        for (uint32_t i = p->first[new]; i < p->end[new]; i++) p->block_of[p->items[i]] = new;
        bool new_smaller = count <= p->end[old] - p->first[old];
        wait_for(p, p->is_waiting[old] || new_smaller ? new : old);
    }
}

static void partition_refine(const maker *m, partition *p) {
    uint32_t n = m->subset_count;
    for (uint32_t s = 0; s < n; s++) p->items[s] = p->place_of[s] = s;
    p->end[0] = n;
    p->block_count = 1;
    wait_for(p, 0);
    for (uint32_t s = 0; s < n; s++)
        if (m->subsets[s].accepting) mark(p, s);
    split_touched(p);
    while (p->waiting_count > 0) {
        uint32_t block = p->waiting[--p->waiting_count], count = p->end[block] - p->first[block];
        p->is_waiting[block] = 0;
        /* A copy, for the block may split itself. */
        memcpy(p->splitter, p->items + p->first[block], count * sizeof *p->splitter);
        for (uint32_t c = 0; c < m->class_count; c++) {
            for (uint32_t i = 0; i < count; i++) {
                uint32_t to = c * n + p->splitter[i];
                for (uint32_t e = p->back_first[to]; e < p->back_first[to + 1]; e++)
                    mark(p, p->back[e]);
            }
            split_touched(p);
        }
    }
}

/* ---- The result --------------------------------------------------------------------------------------- */

typedef struct result {
    uint32_t states, classes;
    uint32_t *states_of;  /* a subset of each state */
    uint32_t *number_of;  /* the state of each block, or UNSET */
    uint8_t class_to[256]; /* of the classes at hand, the result's class */
    uint8_t class_from[256];
} result;

static uint32_t block_behind(const maker *m, const partition *p, uint32_t s, uint32_t c) {
    return p->block_of[m->table[s * m->class_count + c]];
}

/* Numbers the states in the order in which they are reached by ascending bytes: equal languages give
 * equal automata. */
static bool number_states(maker *m, const partition *p, result *r) {
    r->states_of = seg_arena_take_array(m->scratch, p->block_count + 1, sizeof *r->states_of);
    r->number_of = seg_arena_take_array(m->scratch, p->block_count, sizeof *r->number_of);
    if (!r->states_of || !r->number_of) return memory_short(m);
    for (uint32_t b = 0; b < p->block_count; b++) r->number_of[b] = UNSET;
    r->states_of[1] = 1;
    r->states = 2;
    r->number_of[p->block_of[1]] = 1;
    r->number_of[p->block_of[0]] = 0; /* that of the start too, when nothing is accepted */
    for (uint32_t s = 1; s < r->states; s++) {
        for (uint32_t c = 0; c < m->class_count; c++) {
            uint32_t block = block_behind(m, p, r->states_of[s], c);
            if (r->number_of[block] != UNSET) continue;
            r->number_of[block] = r->states;
            r->states_of[r->states++] = m->table[r->states_of[s] * m->class_count + c];
        }
    }
    return r->states <= SEG_AUTOMATON_STATE_LIMIT || fault_is(m, too_many_states);
}

static bool same_class(const maker *m, const partition *p, const result *r, uint32_t a, uint32_t b) {
    for (uint32_t s = 1; s < r->states; s++)
        if (block_behind(m, p, r->states_of[s], a) != block_behind(m, p, r->states_of[s], b)) return false;
    return true;
}

/* Joins classes of bytes that the least automaton does not tell apart. */
static void join_classes(const maker *m, const partition *p, result *r) {
    for (uint32_t c = 0; c < m->class_count; c++) {
        uint32_t i = 0;
        while (i < r->classes && !same_class(m, p, r, r->class_from[i], c)) i++;
        if (i == r->classes) r->class_from[r->classes++] = (uint8_t)c;
        r->class_to[c] = (uint8_t)i;
    }
}

static bool result_write(const maker *m, const partition *p, const result *r, seg_arena *arena,
                         seg_automaton *out) {
    uint16_t *table = seg_arena_take_array(arena, (size_t)r->states * r->classes, sizeof *table);
    uint16_t *accepting = seg_arena_take_array(arena, r->states, sizeof *accepting);
    if (!table || !accepting) return false;
    for (uint32_t s = 0; s < r->states; s++) {
        accepting[s] = m->subsets[r->states_of[s]].accepting;
        for (uint32_t i = 0; i < r->classes; i++) {
            uint32_t block = block_behind(m, p, r->states_of[s], r->class_from[i]);
            table[s * r->classes + i] = (uint16_t)r->number_of[block];
        }
    }
    *out = (seg_automaton){.states = (uint16_t)r->states,
                           .classes = (uint16_t)r->classes,
                           .table = table,
                           .accepting = accepting};
    for (uint32_t x = 0; x < 256; x++) out->class_of[x] = r->class_to[m->class_of[x]];
    return true;
}

/* A class of its own, behind those of the pattern: any byte. */
static bool any_byte_make(maker *m, uint32_t *out) {
    const byte_class class = {.first = m->byte_node_count};
    if (!GROW(m, m->arcs, m->arc_count, m->arc_capacity)) return false;
    m->arcs[m->arc_count++] = (arc){0, 255, LEAVES};
    uint32_t inside;
    if (!byte_node_of_arcs(m, &class, m->arc_count - 1, &inside)) return false;
    *out = class.first + inside;
    return true;
}

static bool make(maker *m, seg_arena *arena, seg_text text, bool ignore_case, seg_automaton *out) {
    uint32_t class_count, any_byte, start;
    const seg_pattern *pattern = seg_pattern_read(m->scratch, text, ignore_case, &class_count, m->fault);
    if (!pattern) return false;
    m->byte_classes = seg_arena_take_array(m->scratch, class_count, sizeof *m->byte_classes);
    if (!m->byte_classes) return memory_short(m);
    if (!any_byte_make(m, &any_byte) || !add_everything(m, pattern, any_byte, &start)) return false;
    if (!steps_make(m) || !subsets_make(m, start)) return false;
    partition p = {0};
    result r = {0};
    if (!partition_room(m, &p)) return false;
    partition_back(m, &p);
    partition_refine(m, &p);
    if (!number_states(m, &p, &r)) return false;
    join_classes(m, &p, &r);
    return result_write(m, &p, &r, arena, out) || memory_short(m);
}

bool seg_automaton_make(seg_arena *arena, seg_text pattern, bool ignore_case, seg_automaton *out,
                        seg_automaton_fault *fault) {
    seg_arena scratch;
    seg_arena_init(&scratch, arena->allocator, 0);
    maker m = {.scratch = &scratch, .fault = fault};
    bool made = make(&m, arena, pattern, ignore_case, out);
    if (scratch.failed) arena->failed = true;
    seg_arena_release(&scratch);
    return made;
}

bool seg_automaton_accepts(const seg_automaton *automaton, seg_text text) {
    uint32_t state = 1;
    for (size_t i = 0; i < text.size_bytes; i++)
        state = automaton->table[state * automaton->classes + automaton->class_of[(uint8_t)text.bytes[i]]];
    return automaton->accepting[state] != 0;
}
