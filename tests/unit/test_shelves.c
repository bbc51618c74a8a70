/* Memory of states against a model: blocks keep what was written, whoever else comes and goes. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/shelves.h"
#include "budget.h"
#include "dice.h"

enum { OWNERS = 3000, STEPS = 60000, BYTES_MAX = 90 * SEG_SHELF_UNIT_BYTES };

typedef struct crowd {
    seg_shelves shelves;
    uint8_t *blocks[OWNERS];
    size_t sizes[OWNERS];
    size_t moves;
} crowd;

static void on_move(void *user, uint32_t owner, uint32_t place) {
    crowd *c = user;
    size_t size;
    assert_in_range(owner, 0, OWNERS - 1);
    c->blocks[owner] = seg_shelves_block(&c->shelves, place, &size);
    assert_in_range(c->sizes[owner], 1, size);
    c->moves++;
}

static bool is_on_shelf(crowd *c, uint32_t owner) {
    size_t size = 0;
    if (!c->blocks[owner]) return false;
    uint32_t place = seg_shelves_place(&c->shelves, c->blocks[owner]);
    if (place == SEG_NONE) return false;
    assert_ptr_equal(seg_shelves_block(&c->shelves, place, &size), c->blocks[owner]);
    assert_in_range(size, c->sizes[owner], c->sizes[owner] + 2 * SEG_SHELF_UNIT_BYTES - 1);
    return true;
}

static uint8_t mark_of(uint32_t owner, size_t at) { return (uint8_t)(owner * 31 + at * 7 + owner / 256); }

static void write_all(const crowd *c, uint32_t owner) {
    for (size_t at = 0; at < c->sizes[owner]; at++) c->blocks[owner][at] = mark_of(owner, at);
}

static void check_all(const crowd *c, uint32_t owner, size_t size) {
    for (size_t at = 0; at < size; at++) assert_int_equal(c->blocks[owner][at], mark_of(owner, at));
}

/* One block comes, grows, shrinks or goes. */
static void step(crowd *c, bool may_fail) {
    seg_shelves *shelves = &c->shelves;
    uint32_t owner = (uint32_t)dice(OWNERS);
    size_t old = c->sizes[owner], wanted = dice(4) ? (size_t)(1 + dice(BYTES_MAX)) : 0;
    if (old == 0 && wanted == 0) return;
    shelves->owner = old == 0 ? owner : SEG_NONE;
    shelves->is_still = dice(8) == 0;
    uint8_t *block = shelves->face.resize(shelves->face.user, c->blocks[owner], old, wanted);
    shelves->owner = SEG_NONE;
    if (wanted > 0 && !block) { /* no memory: nothing changed */
        assert_true(may_fail);
        check_all(c, owner, old);
        return;
    }
    assert_true((block != NULL) == (wanted > 0));
    c->blocks[owner] = block;
    c->sizes[owner] = wanted;
    if (block) check_all(c, owner, old < wanted ? old : wanted);
    write_all(c, owner);
    if (block) assert_true((uintptr_t)block % 8 == 0);
}

static void play(const seg_allocator *host, bool may_fail) {
    static crowd c;
    memset(&c, 0, sizeof c);
    seg_shelves_init(&c.shelves, host, on_move, &c);
    for (int i = 0; i < STEPS; i++) step(&c, may_fail);
    size_t on_shelves = 0, bytes = 0;
    for (uint32_t owner = 0; owner < OWNERS; owner++) {
        check_all(&c, owner, c.sizes[owner]);
        size_t size;
        if (!is_on_shelf(&c, owner)) continue;
        seg_shelves_block(&c.shelves, seg_shelves_place(&c.shelves, c.blocks[owner]), &size);
        on_shelves++;
        bytes += size;
    }
    assert_int_equal(c.shelves.held_bytes, bytes);
    assert_true(may_fail || (on_shelves > 0 && c.moves > 0));
    for (uint32_t owner = 0; owner < OWNERS; owner++) /* large ones are not the shelves' */
        if (c.blocks[owner] && !is_on_shelf(&c, owner))
            c.shelves.face.resize(c.shelves.face.user, c.blocks[owner], c.sizes[owner], 0);
    seg_shelves_free(&c.shelves);
}

static void blocks_keep_what_was_written(void **context) {
    (void)context;
    play(NULL, false);
}

static void memory_is_the_hosts(void **context) {
    (void)context;
    for (long requests = 1; requests > 0; requests = requests < 300 ? requests * 3 : -1) {
        budget b = {.requests = requests};
        seg_allocator host = {budget_spend, &b};
        play(&host, true);
        assert_int_equal(b.held_bytes, 0);
    }
    budget b = {.requests = LONG_MAX};
    seg_allocator host = {budget_spend, &b};
    play(&host, false);
    assert_int_equal(b.held_bytes, 0);
}

static void nobodys_blocks_are_the_hosts(void **context) {
    (void)context;
    crowd c = {.moves = 0};
    seg_shelves shelves;
    seg_shelves_init(&shelves, NULL, on_move, &c);
    void *block = shelves.face.resize(shelves.face.user, NULL, 0, 100);
    assert_non_null(block);
    assert_int_equal(seg_shelves_place(&shelves, block), SEG_NONE);
    assert_null(shelves.face.resize(shelves.face.user, block, 100, 0));
    seg_shelves_free(&shelves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_what_was_written),
        cmocka_unit_test(memory_is_the_hosts),
        cmocka_unit_test(nobodys_blocks_are_the_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
