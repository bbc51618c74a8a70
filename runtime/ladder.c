/* ladder.c - see ladder.h. */
#include "ladder.h"

#include "base/arena.h"
#include "base/sort.h"
#include "gate.h"
#include "leaf.h"
#include "verdict.h"

/* ---- when an image is loaded ---------------------------------------------------------------------- */

bool seg_ladders_hold(const seg_image *image, uint32_t atom) {
    const seg_leaf *leaf = seg_leaf_of(image, image->atoms[atom].program);
    return leaf->kind == SEG_LEAF_RECENT && image->atom_due[atom] == SEG_NONE;
}

static bool comes_after(const void *x, const void *y) {
    const seg_rung *a = x, *b = y;
    if (a->store != b->store) return a->store > b->store;
    if (a->least != b->least) return a->least > b->least;
    if (a->length_ms != b->length_ms) return a->length_ms > b->length_ms;
    return a->atom > b->atom;
}

typedef struct seg_plot { /* of the block behind all of it, in bytes */
    size_t rungs, ladders, store_ladders, birth_atoms, birth_marks, loose_feeds, loose_atoms, end;
} seg_plot;

static seg_plot plot_of(const seg_image *image) {
    size_t atoms = image->atom_count, feeds = image->counts[SEG_SECTION_FEEDS];
    seg_plot plot = {.rungs = 0};
    plot.ladders = plot.rungs + atoms * sizeof(seg_rung);
    plot.store_ladders = plot.ladders + (atoms * sizeof(seg_ladder) + 7) / 8 * 8;
    plot.birth_atoms = plot.store_ladders + image->store_count * sizeof(seg_run);
    plot.birth_marks = plot.birth_atoms + seg_bit_words(image->atom_count) * sizeof(uint64_t);
    plot.loose_feeds = plot.birth_marks + seg_bit_words(image->segment_count) * sizeof(uint64_t);
    plot.loose_atoms = plot.loose_feeds + (feeds / 64 + 1) * sizeof(uint64_t);
    plot.end = plot.loose_atoms + atoms * sizeof(uint32_t) + sizeof(uint64_t);
    return plot;
}

static void list_loose(seg_image *image) {
    for (uint32_t i = 0; i < image->atom_count; i++)
        if (!seg_ladders_hold(image, i)) image->loose_atoms[image->loose_count++] = i;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_EVENTS]; i++) {
        seg_run feeds = image->events[i].feeds;
        for (uint32_t feed = feeds.first; feed < feeds.first + feeds.count; feed++) {
            seg_run atoms = image->feeds[feed].atoms;
            bool has_loose = false;
            for (uint32_t j = 0; j < atoms.count && !has_loose; j++)
                has_loose = !seg_ladders_hold(image, image->links[atoms.first + j]);
            image->loose_feeds[feed / 64] |= (uint64_t)has_loose << (feed % 64);
        }
    }
}

static uint32_t list_rungs(seg_image *image) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->atom_count; i++) {
        const seg_leaf *leaf = seg_leaf_of(image, image->atoms[i].program);
        if (!seg_ladders_hold(image, i)) continue;
        image->rungs[count++] = (seg_rung){.length_ms = leaf->length_ms,
                                           .atom = i,
                                           .least = (uint32_t)leaf->constant,
                                           .store = leaf->store,
                                           .is_turned = leaf->is_turned};
        image->birth_atoms[i / 64] |= (uint64_t)leaf->is_turned << (i % 64);
    }
    seg_sort(image->rungs, count, sizeof *image->rungs, comes_after);
    return count;
}

static void list_ladders(seg_image *image, uint32_t rung_count) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < rung_count; i++) {
        const seg_rung *rung = &image->rungs[i];
        seg_run *run = &image->store_ladders[rung->store];
        bool is_new = i == 0 || rung[-1].store != rung->store;
        if (is_new) run->first = count;
        if (is_new || rung[-1].least != rung->least) {
            image->ladders[count++] = (seg_ladder){.first = i, .least = rung->least};
            run->count++;
        }
        image->ladders[count - 1].count++;
    }
}

bool seg_ladders_derive(seg_image *image) {
    seg_plot plot = plot_of(image);
    uint8_t *block = seg_resize(image->allocator, NULL, 0, plot.end);
    if (!block) return false;
    memset(block, 0, plot.end);
    image->rungs = (seg_rung *)(void *)(block + plot.rungs);
    image->ladders = (seg_ladder *)(void *)(block + plot.ladders);
    image->store_ladders = (seg_run *)(void *)(block + plot.store_ladders);
    image->birth_atoms = (uint64_t *)(void *)(block + plot.birth_atoms);
    image->birth_marks = (uint64_t *)(void *)(block + plot.birth_marks);
    image->loose_feeds = (uint64_t *)(void *)(block + plot.loose_feeds);
    image->loose_atoms = (uint32_t *)(void *)(block + plot.loose_atoms);
    list_loose(image);
    list_ladders(image, list_rungs(image));
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const seg_verdict *verdict = &image->verdicts[i];
        bool may_hold = verdict->count == 0 || seg_verdict_ask(verdict, (const seg_bits *)image->birth_atoms);
        image->birth_marks[i / 64] |= (uint64_t)may_hold << (i % 64);
    }
    return true;
}

void seg_ladders_free(seg_image *image) {
    if (image->rungs) seg_resize(image->allocator, image->rungs, plot_of(image).end, 0);
}

/* ---- looking ---------------------------------------------------------------------------------------- */

static bool holds_now(const seg_bits *bits, const seg_rung *rung) {
    return seg_bit_get(bits, rung->atom) != rung->is_turned;
}

static int64_t end_after(int64_t time, int64_t length_ms) {
    int64_t end;
    return __builtin_add_overflow(time, length_ms, &end) || end > SEG_TIME_MAX ? SEG_NEVER : end;
}

/* Number of rungs whose windows are not longer than `age`: these do not hold. */
static uint32_t part(const seg_rung *rungs, uint32_t count, int64_t age) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rungs[middle].length_ms <= age)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* `entry` is the one that the ladder asks; NULL: there are too few. */
static int64_t climb(seg_vm *vm, uint8_t *bytes, const seg_ladder *ladder, const seg_word *entry, bool all,
                     int64_t from) {
    const seg_bits *bits = seg_state_atoms(vm->image, bytes);
    const seg_rung *rungs = vm->image->rungs + ladder->first;
    uint32_t count = ladder->count, parted = count;
    int64_t time = entry ? entry[0] : 0;
    if (entry) parted = part(rungs, count, (int64_t)((uint64_t)vm->now - (uint64_t)time));
    int64_t until = parted < count ? end_after(time, rungs[parted].length_ms) : SEG_NEVER;
    /* Without an entry rungs may have held by one that was no longer needed. */
    bool ended = !entry || (parted > 0 && end_after(time, rungs[parted - 1].length_ms) >= from);
    if (!ended && from > SEG_TIME_MIN) return until;
    for (uint32_t i = parted; i > 0; i--)
        if (holds_now(bits, &rungs[i - 1]))
            seg_gates_turn(vm, bytes, rungs[i - 1].atom);
        else if (!all)
            break;
    for (uint32_t i = parted; i < count; i++)
        if (!holds_now(bits, &rungs[i]))
            seg_gates_turn(vm, bytes, rungs[i].atom);
        else if (!all)
            break;
    return until;
}

/* The same of a ladder that has one rung, as most have. */
static inline int64_t step(seg_vm *vm, uint8_t *bytes, const seg_bits *bits, const seg_rung *rung,
                           const seg_word *entry) {
    int64_t end = entry ? end_after(entry[0], rung->length_ms) : SEG_TIME_MIN;
    bool holds = end > vm->now;
    if (!holds) end = SEG_NEVER;
    if (holds_now(bits, rung) == holds) return end;
    seg_gates_turn(vm, bytes, rung->atom);
    vm->ends[rung->atom] = (seg_end){end, vm->round}; /* a segment that is nothing else asks at once */
    return end;
}

/* The entry that a ladder asks, among the first `count`; NULL: there are too few. */
static const seg_word *asked_of(const seg_entries *entries, uint32_t count, const seg_ladder *ladder) {
    return count < ladder->least ? NULL : seg_entry(entries, count - ladder->least);
}

/* How many entries are not later than `now`: nearly always all. */
static uint32_t count_seen(const seg_entries *entries, int64_t now) {
    uint32_t count = entries->count;
    return count > 0 && seg_entry_time(entries, count - 1) > now ? seg_entries_until(entries, now) : count;
}

int64_t seg_ladders_climb(seg_vm *vm, uint8_t *bytes, const seg_slot *slot, bool all, int64_t from) {
    const seg_image *image = vm->image;
    seg_run run = image->store_ladders[slot->owner];
    int64_t earliest = SEG_NEVER;
    seg_entries entries;
    seg_slot_entries(&entries, image, bytes, slot);
    const seg_bits *bits = seg_state_atoms(image, bytes);
    uint32_t seen = count_seen(&entries, vm->now);
    for (const seg_ladder *ladder = image->ladders + run.first, *end = ladder + run.count; ladder < end;
         ladder++) {
        const seg_word *entry = asked_of(&entries, seen, ladder);
        const seg_rung *top = &image->rungs[ladder->first + ladder->count - 1];
        if (!entry && !all && !holds_now(bits, top)) continue; /* there were too few before */
        int64_t until = ladder->count == 1 ? step(vm, bytes, bits, &image->rungs[ladder->first], entry)
                                           : climb(vm, bytes, ladder, entry, all, from);
        if (until < earliest) earliest = until;
    }
    SEG_METER(vm, instructions, run.count);
    return earliest;
}

static int64_t until(const seg_image *image, const seg_ladder *ladder, int64_t time, int64_t now) {
    const seg_rung *rungs = image->rungs + ladder->first;
    uint32_t parted = part(rungs, ladder->count, (int64_t)((uint64_t)now - (uint64_t)time));
    return parted < ladder->count ? end_after(time, rungs[parted].length_ms) : SEG_NEVER;
}

int64_t seg_ladders_until(const seg_image *image, const uint8_t *bytes, int64_t now) {
    int64_t earliest = SEG_NEVER;
    for (uint32_t i = 0, slots = seg_slot_count(image, bytes); i < slots; i++) {
        seg_slot slot = seg_slot_at(image, bytes, i);
        if (slot.owner >= image->store_count) break;
        seg_run run = image->store_ladders[slot.owner];
        seg_entries entries;
        seg_slot_entries(&entries, image, bytes, &slot);
        uint32_t seen = count_seen(&entries, now);
        for (uint32_t j = run.first; j < run.first + run.count; j++) {
            const seg_word *entry = asked_of(&entries, seen, &image->ladders[j]);
            int64_t end = entry ? until(image, &image->ladders[j], entry[0], now) : SEG_NEVER;
            if (end < earliest) earliest = end;
        }
    }
    return earliest;
}

bool seg_ladders_end(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now,
                     int64_t instant) {
    seg_run run = image->store_ladders[slot->owner];
    seg_entries entries;
    if (run.count == 0 || slot->count == 0 || instant <= now || instant == SEG_NEVER) return false;
    seg_slot_entries(&entries, image, bytes, slot);
    uint32_t seen = count_seen(&entries, now);
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        const seg_ladder *ladder = &image->ladders[i];
        const seg_rung *rungs = image->rungs + ladder->first;
        const seg_word *entry = asked_of(&entries, seen, ladder);
        for (uint32_t j = 0; entry && j < ladder->count; j++)
            if (rungs[j].length_ms == (int64_t)((uint64_t)instant - (uint64_t)entry[0])) return true;
    }
    return false;
}

void seg_ladders_foresee(seg_vm *vm, uint32_t store) {
    const seg_image *image = vm->image;
    seg_run run = image->store_ladders[store];
    seg_slot slot = seg_state_slot(image, vm->state, store);
    seg_entries entries;
    seg_slot_entries(&entries, image, vm->state, &slot);
    for (uint32_t i = run.first; i < run.first + run.count && image->ladders[i].least <= entries.count; i++) {
        const seg_rung *rungs = image->rungs + image->ladders[i].first;
        int64_t time = seg_entry_time(&entries, entries.count - image->ladders[i].least);
        for (uint32_t j = image->ladders[i].count; j > 0; j--) {
            int64_t end = end_after(time, rungs[j - 1].length_ms);
            if (end <= vm->now) break;
            vm->ends[rungs[j - 1].atom] = (seg_end){end, vm->round};
        }
    }
}

void seg_ladders_begin(seg_vm *vm, uint8_t *bytes) {
    const seg_image *image = vm->image;
    seg_bits *bits = seg_state_atoms(image, bytes);
    const seg_bits *birth = (const seg_bits *)image->birth_atoms;
    for (uint32_t i = 0; i < seg_bit_bytes(image->atom_count); i++) bits[i] |= birth[i];
    for (uint32_t i = 0; i < seg_bit_words(image->segment_count); i++) vm->marks[i] |= image->birth_marks[i];
    vm->marked = image->segment_count > 0;
}
