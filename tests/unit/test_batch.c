/* Rows of columns: the primitives in plain C and with vector instructions give the same bits, small tables
 * have the members that were worked out by hand, and arrays that do not fit are refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <bitmap.h>
#include <segc.h>
#include <string.h>

#include "budget.h"

static uint64_t random_state = 88172645463325252u;
static uint64_t draw(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* ---- primitives
 * ---------------------------------------------------------------------------------------------- */

enum { ROWS = 300 };

static int64_t constant_of(seg_form form, const uint8_t *values, size_t row) {
    int64_t word = 0;
    memcpy(&word, values + row * seg_form_bytes(form), seg_form_bytes(form));
    switch (form) {
    case SEG_FORM_I8: return (int8_t)word;
    case SEG_FORM_I16: return (int16_t)word;
    case SEG_FORM_I32: return (int32_t)word;
    default: return word;
    }
}

/* Each set that this machine can run, in turn. */
static const seg_kernels *set_of(int round) {
    const seg_kernels *set = seg_kernels_of(round % 3);
    return set ? set : seg_kernels_best();
}

/* Numbers of 128 bits, one of them perhaps no word. */
static void check_halves(const seg_kernels *set, size_t count, size_t at, bool spoils) {
    static const __int128 wrong[] = {INT64_MIN, (__int128)INT64_MAX + 1, (__int128)INT64_MIN - 1,
                                     (__int128)1 << 64, -((__int128)1 << 64)};
    __int128 wide[40];
    int64_t words[40];
    for (int i = 0; i < 40; i++) wide[i] = (int64_t)draw() >> draw() % 60;
    for (int i = 0; i < 40; i++) wide[i] += wide[i] == INT64_MIN;
    if (spoils) wide[at] = wrong[draw() % 5];
    assert_int_equal(set->lower_halves((const int64_t *)(const void *)wide, count, words),
                     !(spoils && at < count));
    for (size_t i = 0; i < count; i++) assert_int_equal(words[i], (int64_t)wide[i]);
}

static void test_checks(void **unused) {
    (void)unused;
    for (int round = 0; round < 3000; round++) {
        const seg_kernels *set = set_of(round);
        int32_t narrow[40];
        int64_t wide[40];
        double floats[40];
        size_t count = draw() % 41, at = draw() % 40;
        for (int i = 0; i < 40; i++)
            narrow[i] = (int32_t)(draw() % 9) - 4, wide[i] = narrow[i], floats[i] = narrow[i];
        int what = (int)(draw() % 3);
        if (what == 1) narrow[at] = -5, wide[at] = INT64_MIN, floats[at] = -__builtin_inf();
        if (what == 2) narrow[at] = 5, wide[at] = INT64_MAX, floats[at] = __builtin_nan("");
        bool any = what != 0 && at < count;
        assert_int_equal(set->any_outside_i32(narrow, count, -4, 4), any);
        assert_int_equal(set->any_outside_i64(wide, count, -4, 4), any);
        assert_int_equal(set->any_infinite(floats, count), any);
        uint64_t bits[5], out[5], ones = 0, turn = draw() % 2 ? UINT64_MAX : 0;
        for (int i = 0; i < 5; i++) ones += (uint64_t)__builtin_popcountll((bits[i] = draw()) ^ turn);
        assert_int_equal(set->put(bits, turn, 5, out), ones);
        for (int i = 0; i < 5; i++) assert_int_equal(out[i], bits[i] ^ turn);
        check_halves(set, count, at, what != 0);
    }
}

static void test_compare(void **unused) {
    (void)unused;
    for (int round = 0; round < 4000; round++) {
        const seg_kernels *best = set_of(round);
        if (round < 3) print_message("kernels: %s\n", best->name);
        seg_form form = (seg_form)(draw() % SEG_FORM_COMPARED);
        seg_relation relation = form == SEG_FORM_F64 ? SEG_RELATION_EQF + draw() % 5 : draw() % 3;
        uint8_t values[ROWS * 8];
        uint64_t plain[8], fast[8], known[8];
        size_t rows = draw() % (ROWS + 1);
        const uint64_t *within = draw() % 2 ? known : NULL;
        for (size_t i = 0; i < 8; i++) known[i] = draw();
        bool is_narrow = draw() % 2; /* few different values: so that some are equal */
        for (size_t i = 0; i < sizeof values; i++) values[i] = (uint8_t)(draw() % (is_narrow ? 2 : 256));
        int64_t constant = constant_of(form, values, draw() % ROWS);
        seg_bitmap_compare(&seg_kernels_plain, form, relation, values, rows, constant, within, plain);
        seg_bitmap_compare(best, form, relation, values, rows, constant, within, fast);
        assert_memory_equal(plain, fast, (rows + 63) / 64 * 8);
        for (size_t i = 0; i < rows; i++) {
            int64_t value = constant_of(form, values, i);
            assert_int_equal(seg_bitmap_get(plain, i), seg_relation_holds(relation, value, constant) &&
                                                           (!within || seg_bitmap_get(within, i)));
        }
        if (rows % 64) assert_int_equal(plain[rows / 64] >> rows % 64, 0);
    }
}

static void test_look_up(void **unused) {
    (void)unused;
    for (int round = 0; round < 500; round++) {
        uint8_t codes[ROWS], table[32], flags[256];
        uint32_t wide[ROWS];
        uint64_t plain[8], fast[8], by_flags[8];
        size_t rows = draw() % (ROWS + 1);
        for (size_t i = 0; i < sizeof table; i++) table[i] = (uint8_t)draw();
        for (size_t i = 0; i < 256; i++) flags[i] = table[i / 8] >> i % 8 & 1;
        for (size_t i = 0; i < ROWS; i++) wide[i] = codes[i] = (uint8_t)draw();
        seg_bitmap_look_up(&seg_kernels_plain, codes, rows, table, plain);
        seg_bitmap_look_up(set_of(round), codes, rows, table, fast);
        seg_bitmap_look_up_wide(wide, rows, flags, by_flags);
        assert_memory_equal(plain, fast, (rows + 63) / 64 * 8);
        assert_memory_equal(plain, by_flags, (rows + 63) / 64 * 8);
        for (size_t i = 0; i < rows; i++) assert_int_equal(seg_bitmap_get(plain, i), flags[codes[i]]);
    }
}

static void test_bits(void **unused) {
    (void)unused;
    for (int round = 0; round < 500; round++) {
        size_t first = draw() % 80, rows = draw() % 200, bytes = (first + rows + 7) / 8;
        uint8_t *buffer = malloc(bytes + !bytes); /* as long as it must be: a sanitizer sees what reads on */
        uint64_t a[11], b[11], out[11];
        for (size_t i = 0; i < bytes; i++) buffer[i] = (uint8_t)draw();
        seg_bitmap_copy(buffer, first, rows, a);
        for (size_t i = 0; i < rows; i++)
            assert_int_equal(seg_bitmap_get(a, i), buffer[(first + i) / 8] >> (first + i) % 8 & 1);
        free(buffer);
        size_t words = draw() % 12;
        for (size_t i = 0; i < 11; i++) a[i] = draw(), b[i] = draw();
        for (int turn = 0; turn < 4; turn++) {
            seg_bitmap_and(set_of(round), a, turn & 1, b, turn & 2, words, out);
            for (size_t i = 0; i < words; i++)
                assert_int_equal(out[i],
                                 (a[i] ^ (turn & 1 ? UINT64_MAX : 0)) & (b[i] ^ (turn & 2 ? UINT64_MAX : 0)));
        }
    }
}

/* ---- small tables
 * --------------------------------------------------------------------------------------------- */

static const char rules[] =
    "timezone \"Europe/Berlin\"\n"
    "profile { age: int?  plan: free | trial | pro = free  city: text?  seen: time?\n"
    "  born: date?  budget_spend: decimal(2) = 0.00  score: float? history 30d  ok: bool = false\n"
    "  tags: set of text }\n"
    "event visits from \"V\"\n"
    "segment adult: (age ?? 0) >= 18\n"
    "segment paying: plan == pro or budget_spend > 9.99\n"
    "segment north: city is known and city contains \"burg\"\n"
    "segment fresh: seen is known and seen within last 7d\n"
    "segment idle: no visits(30d) and not ok\n"
    "segment falling: score is known and (score as of 7d ago) is missing\n"
    "segment tagged: tags any of [\"a\", \"b\"]\n";

static seg_image *load(const char *source) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t size;
    seg_image *image;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "batch.seg", source, strlen(source)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size), SEG_OK);
    assert_int_equal(seg_image_load(&image, bytes, size, NULL, NULL), SEG_OK);
    seg_unit_free(unit);
    return image;
}

enum { NOW = 1767225600 }; /* seconds: 2026-01-01T00:00Z */
static const int64_t now_ms = NOW * INT64_C(1000);

typedef struct fixture { /* three rows; each test changes what it is about */
    const void *buffers[12][3];
    uint8_t known[1];
    struct ArrowArray arrays[12], *children[12], all;
    struct ArrowSchema schemas[12], *schema_children[12], schema;
    int count;
} fixture;

static struct ArrowArray *add(fixture *f, const char *name, const char *format, const void *validity,
                              const void *values, const void *bytes) {
    int i = f->count++;
    f->buffers[i][0] = validity;
    f->buffers[i][1] = values;
    f->buffers[i][2] = bytes;
    f->schemas[i] = (struct ArrowSchema){.format = format, .name = name};
    f->arrays[i] = (struct ArrowArray){
        .length = 3, .null_count = validity ? -1 : 0, .n_buffers = bytes ? 3 : 2, .buffers = f->buffers[i]};
    f->children[i] = &f->arrays[i];
    f->schema_children[i] = &f->schemas[i];
    f->schema = (struct ArrowSchema){.format = "+s", .n_children = f->count, .children = f->schema_children};
    f->all = (struct ArrowArray){.length = 3, .n_children = f->count, .children = f->children};
    return &f->arrays[i];
}

static const uint8_t all_but_last[] = {3};

static void run(const seg_image *image, const fixture *f, uint64_t *bits) {
    seg_batch *batch;
    seg_error error = {.message = ""};
    seg_image_info info;
    uint64_t *members[16], counts[16];
    seg_image_describe(image, &info);
    for (uint32_t s = 0; s < info.segment_count; s++) members[s] = &bits[s];
    if (seg_batch_new(&batch, image, &f->schema, now_ms, NULL, NULL, &error) != SEG_OK ||
        seg_batch_run(batch, &f->all, members, counts, &error) != SEG_OK)
        fail_msg("%s", error.message);
    for (uint32_t s = 0; s < info.segment_count; s++)
        assert_int_equal(counts[s], __builtin_popcountll(bits[s]));
    seg_batch_free(batch);
}

static uint64_t bits_of(const seg_image *image, const uint64_t *bits, const char *segment) {
    return bits[seg_image_find_segment(image, (seg_text){segment, strlen(segment)})];
}

static void test_members(void **unused) {
    (void)unused;
    static const int32_t ages[] = {17, 18, 99}, ends[] = {0, 7, 13, 13}, plan_ends[] = {0, 3, 7, 11};
    static const int64_t seen[] = {(NOW - 7 * 86400) * INT64_C(1000), (NOW - 7 * 86400) * INT64_C(1000) + 1,
                                   0};
    static const __int128 budget_spend[] = {999, 1000, 1000};
    static const double score[] = {0.5, -1, 0};
    static const uint8_t ok[] = {2};
    static const int32_t tag_ends[] = {0, 1, 3, 3}, tag_text_ends[] = {0, 1, 2, 3};
    struct ArrowSchema item = {.format = "u", .name = "item"}, *items[] = {&item};
    const void *tag_buffers[] = {NULL, tag_text_ends, "bcd"};
    struct ArrowArray tags = {.length = 3, .n_buffers = 3, .buffers = tag_buffers}, *tag_children[] = {&tags};
    seg_image *image = load(rules);
    fixture f = {.count = 0};
    uint64_t bits[16];
    add(&f, "age", "i", all_but_last, ages, NULL);
    add(&f, "city", "u", all_but_last, ends, "HamburgBerlin");
    add(&f, "plan", "u", NULL, plan_ends, "profreefree");
    add(&f, "seen", "tsm:", all_but_last, seen, NULL);
    add(&f, "budget_spend", "d:20,2", all_but_last, budget_spend, NULL);
    add(&f, "score", "g", all_but_last, score, NULL);
    add(&f, "ok", "b", all_but_last, ok, NULL);
    struct ArrowArray *sets = add(&f, "tags", "+l", all_but_last, tag_ends, NULL);
    sets->n_children = 1;
    sets->children = tag_children;
    f.schemas[f.count - 1].n_children = 1;
    f.schemas[f.count - 1].children = items;
    run(image, &f, bits);
    assert_int_equal(bits_of(image, bits, "adult"), 2);
    assert_int_equal(bits_of(image, bits, "paying"), 3);
    assert_int_equal(bits_of(image, bits, "north"), 1);
    assert_int_equal(bits_of(image, bits, "fresh"), 2); /* exactly seven days ago is out */
    assert_int_equal(bits_of(image, bits, "idle"), 5);  /* no row has events; null is the default */
    assert_int_equal(bits_of(image, bits, "falling"), 3);
    assert_int_equal(bits_of(image, bits, "tagged"), 1);
    seg_batch *batch;
    seg_batch_info info;
    assert_int_equal(seg_batch_new(&batch, image, &f.schema, now_ms, NULL, NULL, NULL), SEG_OK);
    seg_batch_describe(batch, &info);
    assert_int_equal(info.programs_by_row, 1); /* what looks back in time */
    seg_batch_free(batch);
    seg_image_free(image);
}

/* A row of nulls is somebody of whom nothing is known: the defaults hold. No rows are fine as well. */
static void test_nothing_known(void **unused) {
    (void)unused;
    static const int32_t ages[3];
    static const uint8_t none[1];
    seg_image *image = load(rules);
    fixture f = {.count = 0};
    uint64_t bits[16];
    add(&f, "age", "i", none, ages, NULL);
    run(image, &f, bits);
    assert_int_equal(bits_of(image, bits, "idle"), 7);
    assert_int_equal(bits_of(image, bits, "adult"), 0);
    f.all.length = 0;
    memset(bits, 0, sizeof bits);
    run(image, &f, bits);
    assert_int_equal(bits_of(image, bits, "idle"), 0);
    seg_image_free(image);
}

/* ---- columns out
 * ---------------------------------------------------------------------------------------------- */

static bool bit_at(const struct ArrowArray *bools, int64_t row) {
    return ((const uint8_t *)bools->buffers[1])[row / 8] >> row % 8 & 1;
}

/* Both forms say what seg_batch_run says, live longer than the batch, and a child can be kept alone. */
static void test_export(void **unused) {
    (void)unused;
    static const int32_t ages[] = {17, 18, 99}, ends[] = {0, 7, 13, 13};
    seg_image *image = load(rules);
    fixture f = {.count = 0};
    add(&f, "age", "i", NULL, ages, NULL);
    add(&f, "city", "u", NULL, ends, "HamburgBerlin");
    uint64_t bits[16];
    run(image, &f, bits);
    seg_batch *batch;
    struct ArrowArray bools, lists;
    struct ArrowSchema bools_type, lists_type;
    assert_int_equal(seg_batch_new(&batch, image, &f.schema, now_ms, NULL, NULL, NULL), SEG_OK);
    assert_int_equal(seg_batch_export(batch, &f.all, SEG_MEMBERS_BOOLS, &bools, &bools_type, NULL), SEG_OK);
    assert_int_equal(seg_batch_export(batch, &f.all, SEG_MEMBERS_ROWS, &lists, &lists_type, NULL), SEG_OK);
    struct ArrowArray none;
    struct ArrowSchema no_type;
    assert_int_equal(seg_batch_export(batch, NULL, SEG_MEMBERS_ROWS, &none, &no_type, NULL), SEG_E_USAGE);
    assert_null(none.release);
    seg_batch_free(batch);
    seg_image_info info;
    seg_image_describe(image, &info);
    assert_int_equal(bools.length, 3);
    assert_int_equal(bools.n_children, info.segment_count);
    assert_int_equal(lists.length, info.segment_count);
    assert_string_equal(bools_type.format, "+s");
    const int32_t *name_ends = lists.children[0]->buffers[1];
    const int64_t *row_ends = lists.children[1]->buffers[1];
    for (uint32_t s = 0; s < info.segment_count; s++) {
        seg_segment_info segment;
        assert_int_equal(seg_image_segment(image, s, &segment), SEG_OK);
        assert_string_equal(bools_type.children[s]->format, "b");
        assert_int_equal(strlen(bools_type.children[s]->name), segment.name.size_bytes);
        assert_memory_equal(bools_type.children[s]->name, segment.name.bytes, segment.name.size_bytes);
        assert_int_equal(name_ends[s + 1] - name_ends[s], segment.name.size_bytes);
        assert_memory_equal((const char *)lists.children[0]->buffers[2] + name_ends[s], segment.name.bytes,
                            segment.name.size_bytes);
        const int64_t *next = (const int64_t *)lists.children[1]->children[0]->buffers[1] + row_ends[s];
        for (int64_t row = 0; row < 3; row++) {
            assert_int_equal(bit_at(bools.children[s], row), bits[s] >> row & 1);
            if (bits[s] >> row & 1) assert_int_equal(*next++, row);
        }
        assert_int_equal(row_ends[s + 1] - row_ends[s], __builtin_popcountll(bits[s]));
    }
    assert_int_equal((uintptr_t)bools.children[0]->buffers[1] % 64, 0);
    uint32_t adult = seg_image_find_segment(image, (seg_text){"adult", 5});
    seg_image_free(image);
    struct ArrowArray kept = *bools.children[adult];
    bools.children[adult]->release = NULL;
    bools.release(&bools);
    assert_null(bools.release);
    for (int64_t row = 0; row < 3; row++) assert_int_equal(bit_at(&kept, row), ages[row] >= 18);
    kept.release(&kept);
    lists.release(&lists);
    bools_type.release(&bools_type);
    lists_type.release(&lists_type);
}

/* ---- refusals
 * ------------------------------------------------------------------------------------------------- */

/* The n-th request for memory fails: that is said, nothing leaks, and with enough memory the answer is right.
 */
static void test_memory(void **unused) {
    (void)unused;
    static const int32_t ages[] = {17, 18, 99}, ends[] = {0, 7, 13, 13};
    static const double score[] = {0.5, -1, 0};
    seg_image *image = load(rules);
    fixture f = {.count = 0};
    add(&f, "age", "i", NULL, ages, NULL);
    add(&f, "city", "u", NULL, ends, "HamburgBerlin");
    add(&f, "score", "g", all_but_last, score, NULL);
    seg_status status = SEG_E_MEMORY;
    long limit = 0;
    for (; status == SEG_E_MEMORY && limit < 1000; limit++) {
        budget b = {.requests = limit};
        const seg_allocator allocator = {budget_spend, &b};
        uint64_t bits[16], *members[16];
        for (int s = 0; s < 16; s++) members[s] = &bits[s];
        seg_batch *batch;
        seg_error error = {.message = ""};
        status = seg_batch_new(&batch, image, &f.schema, now_ms, NULL, &allocator, &error);
        if (status == SEG_OK) status = seg_batch_run(batch, &f.all, members, NULL, &error);
        struct ArrowArray out = {.release = NULL};
        struct ArrowSchema type = {.release = NULL};
        seg_members_form form = limit % 2 ? SEG_MEMBERS_BOOLS : SEG_MEMBERS_ROWS;
        if (status == SEG_OK) status = seg_batch_export(batch, &f.all, form, &out, &type, &error);
        seg_batch_free(batch);
        if (status == SEG_OK) out.release(&out), type.release(&type);
        assert_null(out.release);
        assert_int_equal(b.held_bytes, 0);
        if (status == SEG_OK)
            assert_int_equal(bits_of(image, bits, "adult"), 6);
        else
            assert_string_not_equal(error.message, "");
    }
    assert_int_equal(status, SEG_OK);
    assert_true(limit > 3);
    seg_image_free(image);
}

static seg_image *image_at_hand;

static void refuse(const fixture *f, seg_status status, const char *message) {
    seg_batch *batch;
    seg_error error = {.message = ""};
    uint64_t bits[16], *members[16];
    for (int s = 0; s < 16; s++) members[s] = &bits[s];
    seg_status got = seg_batch_new(&batch, image_at_hand, &f->schema, now_ms, NULL, NULL, &error);
    if (got == SEG_OK) got = seg_batch_run(batch, &f->all, members, NULL, &error);
    seg_batch_free(batch);
    assert_string_equal(error.message, message);
    assert_int_equal(got, status);
}

static void test_schemas(void **unused) {
    (void)unused;
    static const int64_t zeros[8];
    fixture f = {.count = 0};
    add(&f, "shoes", "i", NULL, zeros, NULL);
    refuse(&f, SEG_E_USAGE, "column shoes is no attribute of these rules");
    f = (fixture){.count = 0};
    add(&f, "age", "g", NULL, zeros, NULL);
    refuse(&f, SEG_E_USAGE, "column age must be an integer, and is of the Arrow format \"g\"");
    f = (fixture){.count = 0};
    add(&f, "seen", "tdD", NULL, zeros, NULL);
    refuse(&f, SEG_E_USAGE, "column seen must be a timestamp, and is of the Arrow format \"tdD\"");
    f = (fixture){.count = 0};
    add(&f, "age", "i", NULL, zeros, NULL);
    add(&f, "age", "i", NULL, zeros, NULL);
    refuse(&f, SEG_E_USAGE, "column age is there twice");
    f.schema.format = "i";
    refuse(&f, SEG_E_USAGE, "the schema is not a struct of columns");
}

static void test_arrays(void **unused) {
    (void)unused;
    static const int32_t falling[] = {0, 4, 2, 2}, negative[] = {-1, 0, 0, 0};
    static const int64_t zeros[8];
    static const uint8_t codes[] = {0, 1, 2};
    fixture f = {.count = 0};
    struct ArrowArray *age = add(&f, "age", "l", NULL, zeros, NULL);
    static const char shape[] = "column age: the array has not the buffers or the length that it needs";
    age->length = 2;
    refuse(&f, SEG_E_USAGE, shape);
    age->length = 3, age->offset = INT64_MAX;
    refuse(&f, SEG_E_USAGE, shape);
    age->offset = 0, age->n_buffers = 1;
    refuse(&f, SEG_E_USAGE, shape);
    age->n_buffers = 2, f.buffers[0][1] = (const char *)zeros + 1;
    refuse(&f, SEG_E_USAGE, "column age: the array's values do not lie at a multiple of their size");
    f.buffers[0][1] = NULL;
    refuse(&f, SEG_E_USAGE, "column age: the array has no values");
    f.buffers[0][1] = zeros, f.all.length = -1;
    refuse(&f, SEG_E_USAGE, "the array is not of the schema's shape");
    f.all.length = 3, f.all.n_children = 0;
    refuse(&f, SEG_E_USAGE, "the array is not of the schema's shape");
    static const char order[] = "column city: texts or lists have offsets out of order or out of range";
    f = (fixture){.count = 0};
    add(&f, "city", "u", NULL, falling, "abcd");
    refuse(&f, SEG_E_USAGE, order);
    f.buffers[0][1] = negative;
    refuse(&f, SEG_E_USAGE, order);
    static const int32_t hollow[] = {0, 3, 3, 3}; /* no bytes, and only the last text is empty */
    f.buffers[0][1] = hollow, f.buffers[0][2] = NULL;
    refuse(&f, SEG_E_USAGE, order);
    const void *entries[] = {NULL, zeros, "x"};
    struct ArrowArray dictionary = {.length = 2, .n_buffers = 3, .buffers = entries};
    struct ArrowSchema of_texts = {.format = "u"};
    f = (fixture){.count = 0};
    add(&f, "city", "c", NULL, codes, NULL)->dictionary = &dictionary;
    f.schemas[0].dictionary = &of_texts;
    refuse(&f, SEG_E_FACT, "column city, row 2: its code is outside the dictionary");
    f.arrays[0].dictionary = NULL;
    refuse(&f, SEG_E_USAGE, order);
}

static void test_values(void **unused) {
    (void)unused;
    static const double floats[] = {1, 2, __builtin_nan("")}, infinite[] = {1, -__builtin_inf(), 0};
    static const int64_t times[] = {0, SEG_TIME_MAX, SEG_TIME_MAX + 1}, least[] = {0, INT64_MIN, 0};
    static const uint64_t large[] = {0, UINT64_MAX, 0};
    static const int32_t days[] = {0, -719162, -719163}, ends[] = {0, 4, 8, 11};
    static const __int128 cents[] = {10, 15, 20};
    struct {
        const char *name, *format;
        const void *values, *bytes;
        const char *message;
    } cases[] = {
        {"score", "g", floats, NULL, "column score, row 2: the number is not finite"},
        {"score", "g", infinite, NULL, "column score, row 1: the number is not finite"},
        {"seen", "tsm:", times, NULL, "column seen, row 2: the time is outside the years 1 to 9999"},
        {"seen", "tss:", times, NULL, "column seen, row 1: the time is outside the years 1 to 9999"},
        {"born", "tdD", days, NULL, "column born, row 2: the date is outside the years 1 to 9999"},
        {"age", "l", least, NULL, "column age, row 1: the number is out of range"},
        {"age", "L", large, NULL, "column age, row 1: the number is out of range"},
        {"plan", "u", ends, "freegoldpro", "column plan, row 1: not a value of the enum"},
        {"budget_spend", "d:9,3", cents, NULL,
         "column budget_spend, row 1: the number has more digits behind the point than its attribute"},
    };
    seg_image *image =
        load("profile { age: int = 0 plan: free | pro = free seen: time? born: date? score: float = 0.0\n"
             "  budget_spend: decimal(2) = 0.00 }\n"
             "segment s: age > 3 or plan == pro or seen is known and seen within last 3d or score > 1.0\n"
             "  or budget_spend > 1.00 or born is known and born < 2000-01-01\n");
    seg_image *before = image_at_hand;
    image_at_hand = image;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f = {.count = 0};
        add(&f, cases[i].name, cases[i].format, NULL, cases[i].values, cases[i].bytes);
        refuse(&f, SEG_E_FACT, cases[i].message);
    }
    fixture f = {.count = 0}; /* what stands under null is nobody's value */
    uint64_t bits[1];
    add(&f, "score", "g", all_but_last, floats, NULL);
    run(image, &f, bits);
    assert_int_equal(bits[0], 2);
    seg_image_free(image);
    image_at_hand = before;
}

static void test_id(void **unused) {
    (void)unused;
    static const int32_t ends[] = {0, 1, 2, 3}, ages[3];
    seg_image *image = load("profile { age: int = 0 }\nsegment half: holdout(50%, \"x\")\n"),
              *before = image_at_hand;
    image_at_hand = image;
    fixture f = {.count = 0};
    add(&f, "age", "i", NULL, ages, NULL);
    refuse(&f, SEG_E_USAGE, "the rules ask for the profile's id, and there is no column profile");
    add(&f, "profile", "u", NULL, ends, "abc");
    uint64_t bits[1], wanted = 0;
    run(image, &f, bits);
    for (int i = 0; i < 3; i++)
        wanted |= (uint64_t)(seg_text_bucket((seg_text){&"abc"[i], 1}, (seg_text){"x", 1}) < 5000) << i;
    assert_int_equal(bits[0], wanted);
    seg_image_free(image);
    image_at_hand = before;
}

int main(void) {
    image_at_hand = load(rules);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),  cmocka_unit_test(test_checks), cmocka_unit_test(test_compare),
        cmocka_unit_test(test_look_up), cmocka_unit_test(test_bits),   cmocka_unit_test(test_members),
        cmocka_unit_test(test_schemas), cmocka_unit_test(test_arrays), cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_id),     cmocka_unit_test(test_export),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    seg_image_free(image_at_hand);
    return failed;
}
