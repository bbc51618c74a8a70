/* gate.c - see gate.h. */
#include "gate.h"

#include "base/arena.h"
#include "verdict.h"

#define UNSEEN (SEG_NONE - 1)

/* The rows of a verdict's table in which its i-th atom's bit is set. */
static const uint64_t rows_of[SEG_LOGIC_LEAVES] = {
    UINT64_C(0xaaaaaaaaaaaaaaaa), UINT64_C(0xcccccccccccccccc), UINT64_C(0xf0f0f0f0f0f0f0f0),
    UINT64_C(0xff00ff00ff00ff00), UINT64_C(0xffff0000ffff0000), UINT64_C(0xffffffff00000000)};

/* Best one that is closed while nothing is remembered. Segments that ask for groups are judged later than
 * their atoms turn, so they have none. */
static uint32_t gate_of(const seg_image *image, uint32_t segment, uint32_t atom) {
    const seg_verdict *verdict = &image->verdicts[segment];
    const seg_bits *birth = (const seg_bits *)image->birth_atoms;
    uint32_t gate = SEG_NONE;
    if (seg_image_is_grouped(image, segment)) return gate;
    for (uint32_t i = 0; i < verdict->count; i++) {
        uint32_t other = verdict->atoms[i];
        bool needs_set = !(verdict->table & ~rows_of[i]), needs_clear = !(verdict->table & rows_of[i]);
        if (other == atom || needs_set == needs_clear) continue;
        gate = seg_gate_make(other, needs_set);
        if (seg_bit_get(birth, other) != needs_set) return gate;
    }
    return gate;
}

bool seg_gates_derive(seg_image *image) {
    size_t size = image->counts[SEG_SECTION_LINKS] * sizeof(uint32_t);
    if (size == 0) return true;
    image->gates = seg_resize(image->allocator, NULL, 0, size);
    if (!image->gates) return false;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_LINKS]; i++) image->gates[i] = UNSEEN;
    for (uint32_t i = 0; i < image->atom_count; i++) {
        seg_run links = image->atoms[i].segments;
        for (uint32_t j = links.first; j < links.first + links.count; j++) {
            bool is_shared = image->gates[j] != UNSEEN; /* by atoms of which one may be the gate */
            image->gates[j] = is_shared ? SEG_NONE : gate_of(image, image->links[j], i);
        }
    }
    return true;
}

void seg_gates_free(seg_image *image) {
    if (!image->gates) return;
    seg_resize(image->allocator, image->gates, image->counts[SEG_SECTION_LINKS] * sizeof(uint32_t), 0);
}
