/* Bitmaps on disk hold what they were made of: read back by the library, and by its specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <roaring/roaring.h>
#include <string.h>

#include "../../cli/bitmap_file.h"

static uint64_t random_state = 88172645463325252u;
static uint64_t draw(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

static void set_bits(uint64_t *bits, size_t from, size_t end) {
    for (size_t i = from; i < end; i++) bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void check(const uint64_t *bits, size_t rows) {
    size_t size, members = 0;
    char *bytes = seg_bitmap_serialise(bits, rows, &size);
    assert_non_null(bytes);
    roaring_bitmap_t *set = roaring_bitmap_portable_deserialize_safe(bytes, size);
    assert_non_null(set);
    for (size_t i = 0; i < rows; i++) {
        bool is_in = bits[i / 64] >> i % 64 & 1;
        members += is_in;
        if (roaring_bitmap_contains(set, (uint32_t)i) != is_in) fail_msg("row %zu of %zu", i, rows);
    }
    assert_int_equal(roaring_bitmap_get_cardinality(set), members);
    roaring_bitmap_free(set);
    free(bytes);
}

/* Sparse, dense and in runs, over several containers, with a last word that is not full. */
static void test_round_trip(void **unused) {
    (void)unused;
    enum { ROWS = 3 * 65536 + 77 };
    static uint64_t bits[ROWS / 64 + 1];
    check(bits, 0);
    check(bits, ROWS);
    for (int round = 0; round < 12; round++) {
        size_t rows = round < 3 ? ROWS : draw() % (ROWS + 1);
        memset(bits, 0, sizeof bits);
        if (round % 3 == 0) set_bits(bits, rows / 5, rows);
        for (size_t i = 0; i < rows; i++)
            if (draw() % (round % 3 == 1 ? 1000 : 3) == 0) set_bits(bits, i, i + 1);
        check(bits, rows);
    }
}

/* The format's specification, not the library: cookie 12346, one container, key 0, three values. */
static void test_bytes(void **unused) {
    (void)unused;
    static const unsigned char wanted[] = {0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0,  2,
                                           0,    16,   0, 0, 0, 1, 0, 5, 0, 64, 0};
    const uint64_t bits[] = {UINT64_C(1) << 1 | UINT64_C(1) << 5, 1};
    size_t size;
    char *bytes = seg_bitmap_serialise(bits, 65, &size);
    assert_int_equal(size, sizeof wanted);
    assert_memory_equal(bytes, wanted, size);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
