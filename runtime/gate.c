/* gate.c - see gate.h. */
#include "gate.h"

#include "base/arena.h"
#include "base/sort.h"
#include "ladder.h"
#include "leaf.h"
#include "verdict.h"

/* ---- when an image is loaded ---------------------------------------------------------------------- */

typedef struct seg_draft { /* a hinge, and the gate that it is to stand behind */
    uint32_t gate;         /* its code; SEG_NONE: an open way */
    seg_hinge hinge;
} seg_draft;

/* What must be so: an atom and, in the lowest bit, what its bit must be. */
static uint32_t code_of(uint32_t atom, bool bit) { return atom << 1 | bit; }

static seg_gate_need need_of(uint32_t code) {
    if (code == SEG_NONE) return (seg_gate_need){0};
    uint8_t mask = (uint8_t)(1 << (code >> 1) % 8);
    return (seg_gate_need){.byte = (code >> 1) / 8, .mask = mask, .want = code & 1 ? mask : 0};
}

static inline bool is_so(const seg_gate_need *need, const seg_bits *atoms) {
    return (atoms[need->byte] & need->mask) == need->want;
}

/* The easiest count of the store that the code's atom asks, if it is one: so whenever that one is. */
static uint32_t easiest(const seg_image *image, uint32_t code, uint32_t turned) {
    const seg_leaf *leaf = seg_leaf_of(image, image->atoms[code >> 1].program);
    const seg_leaf *other = seg_leaf_of(image, image->atoms[turned].program);
    if (!seg_ladders_hold(image, code >> 1) || leaf->is_turned == (code & 1)) return code;
    /* While the rungs of one store turn one by one, the easiest may turn last. */
    if (other->kind == SEG_LEAF_RECENT && other->store == leaf->store) return code;
    const seg_ladder *ladder = &image->ladders[image->store_ladders[leaf->store].first];
    const seg_rung *top = &image->rungs[ladder->first + ladder->count - 1];
    return top->length_ms >= leaf->length_ms ? code_of(top->atom, !top->is_turned) : code;
}

/* The best gate is closed for somebody who did nothing; one that is open for these is none. */
static seg_draft draft_of(const seg_image *image, uint32_t segment, uint32_t atom) {
    const seg_verdict *verdict = &image->verdicts[segment];
    const seg_bits *birth = (const seg_bits *)image->birth_atoms;
    seg_draft draft = {SEG_NONE, {.segment = segment, .kind = SEG_HINGE_MARKED}};
    seg_hinge *hinge = &draft.hinge;
    if (verdict->count == 0 || seg_image_is_grouped(image, segment)) return draft;
    uint32_t others = 0;
    bool names = false;
    for (uint32_t i = 0; i < verdict->count; i++) {
        bool bit = verdict->wants >> i & 1;
        if (verdict->atoms[i] == atom) {
            hinge->opens = bit;
            names = true;
        } else if (verdict->needs >> i & 1) {
            uint32_t code = code_of(verdict->atoms[i], bit);
            if (others < 2) hinge->rest[others] = need_of(code);
            if (seg_bit_get(birth, verdict->atoms[i]) != bit) draft.gate = easiest(image, code, atom);
            others++;
        }
    }
    hinge->kind = names && verdict->is_joined && others <= 2 ? SEG_HINGE_EXACT : SEG_HINGE_ASKED;
    return draft;
}

static bool comes_after(const void *x, const void *y) {
    const seg_draft *a = x, *b = y;
    if (a->gate != b->gate) return a->gate > b->gate;
    return a->hinge.segment > b->hinge.segment;
}

/* The hinges of an atom, behind those that are there. */
static void hang(seg_image *image, uint32_t atom, size_t room, seg_draft *drafts) {
    seg_run links = image->atoms[atom].segments, *run = &image->atom_gates[atom];
    uint32_t end = image->gates[image->gate_count - 1].end;
    *run = (seg_run){.first = image->gate_count};
    if (links.count > room - end) return; /* atoms share links: no room */
    for (uint32_t i = 0; i < links.count; i++)
        drafts[i] = draft_of(image, image->links[links.first + i], atom);
    seg_sort(drafts, links.count, sizeof *drafts, comes_after);
    for (uint32_t i = 0; i < links.count; i++) {
        if (i == 0 || drafts[i].gate != drafts[i - 1].gate) {
            image->gates[image->gate_count++] = (seg_gate){need_of(drafts[i].gate), end};
            run->count++;
        }
        image->hinges[end++] = drafts[i].hinge;
        image->gates[image->gate_count - 1].end = end;
    }
}

/* So many hinges fit: as many as there are links, or fewer. */
static size_t hinge_room(const seg_image *image) {
    size_t room = 0;
    for (uint32_t i = 0; i < image->atom_count; i++) room += image->atoms[i].segments.count;
    return room < image->counts[SEG_SECTION_LINKS] ? room : image->counts[SEG_SECTION_LINKS];
}

static uint32_t longest_run(const seg_image *image) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < image->atom_count; i++)
        if (image->atoms[i].segments.count > longest) longest = image->atoms[i].segments.count;
    return longest;
}

/* The block behind all of it: runs of gates by atom, hinges, and gates, of which the first is in front of
 * all. */
static void place_gates(seg_image *image, void *block, size_t hinges, size_t size_bytes) {
    image->gates_bytes = size_bytes;
    image->atom_gates = block;
    image->hinges = (seg_hinge *)(void *)(image->atom_gates + image->atom_count);
    image->gates = (seg_gate *)(void *)(image->hinges + hinges);
}

bool seg_gates_derive(seg_image *image) {
    size_t room = hinge_room(image), drafts_size = longest_run(image) * sizeof(seg_draft);
    if (drafts_size == 0) return true;
    size_t size =
        image->atom_count * sizeof(seg_run) + room * sizeof(seg_hinge) + (room + 1) * sizeof(seg_gate);
    void *block = seg_resize(image->allocator, NULL, 0, size);
    if (!block) return false;
    place_gates(image, block, room, size);
    seg_draft *drafts = seg_resize(image->allocator, NULL, 0, drafts_size);
    if (!drafts) return false;
    image->gates[0] = (seg_gate){need_of(SEG_NONE), 0};
    image->gate_count = 1;
    for (uint32_t i = 0; i < image->atom_count; i++) hang(image, i, room, drafts);
    seg_resize(image->allocator, drafts, drafts_size, 0);
    /* Room that no gate took is given back. */
    size_t left = size - (room + 1 - image->gate_count) * sizeof(seg_gate);
    block = seg_resize(image->allocator, block, size, left);
    if (block) place_gates(image, block, room, left);
    return true;
}

void seg_gates_free(seg_image *image) {
    if (image->atom_gates) seg_resize(image->allocator, image->atom_gates, image->gates_bytes, 0);
}

/* ---- looking ---------------------------------------------------------------------------------------- */

static void swing(seg_vm *vm, const seg_hinge *hinge, const seg_bits *atoms, seg_bits *members, bool bit) {
    uint32_t segment = hinge->segment;
    if (hinge->kind == SEG_HINGE_EXACT)
        seg_gates_note(vm, members, segment, hinge->opens == bit);
    else if (hinge->kind == SEG_HINGE_ASKED)
        seg_gates_note(vm, members, segment, seg_verdict_ask(&vm->image->verdicts[segment], atoms));
    else
        seg_gates_mark(vm, segment);
}

/* Those of an image whose atoms share links. */
static void mark_links(seg_vm *vm, seg_run links) {
    for (uint32_t i = 0; i < links.count; i++) seg_gates_mark(vm, vm->image->links[links.first + i]);
}

void seg_gates_turn(seg_vm *vm, uint8_t *bytes, uint32_t atom) {
    const seg_image *image = vm->image;
    seg_bits *atoms = seg_state_atoms(image, bytes), *members = seg_state_segments(image, bytes);
    seg_bit_flip(atoms, atom);
    if (image->atoms[atom].segments.count == 0) return;
    seg_run run = image->atom_gates[atom];
    if (run.count == 0) mark_links(vm, image->atoms[atom].segments);
    bool bit = seg_bit_get(atoms, atom);
    const seg_gate *gate = image->gates + run.first;
    for (const seg_gate *last = gate + run.count; gate < last; gate++) {
        if (!is_so(&gate->need, atoms)) continue;
        const seg_hinge *hinge = image->hinges + gate[-1].end, *end = image->hinges + gate->end;
        for (; hinge < end; hinge++)
            if (is_so(&hinge->rest[0], atoms) && is_so(&hinge->rest[1], atoms))
                swing(vm, hinge, atoms, members, bit);
    }
}
