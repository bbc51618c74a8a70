/* Columns of Arrow that lie, for the attributes of a workspace and perhaps for the events of one table. What
 * is refused has a message; what is taken gives the same members with vector instructions and without, for
 * any number of rows at once, and bits behind the last row are 0. */
#include <string.h>

#include "arrow.h"
#include "budget.h"
#include "fixture.h"
#include "target.h"

enum { ROWS_MOST = 600, SEGMENTS_MOST = 32, WORDS = (ROWS_MOST + 63) / 64, MEMORY = 64 << 20 };

static const int64_t now = INT64_C(1780000000000);

typedef struct answer {
    seg_status status;
    uint64_t counts[SEGMENTS_MOST], members[SEGMENTS_MOST][WORDS];
} answer;

static seg_text text_of(const char *text) { return (seg_text){text, strlen(text)}; }

static void add_profiles(arrow_table *table, arrow_pile *pile, const seg_image *image, dice *d) {
    seg_image_info info;
    seg_image_describe(image, &info);
    arrow_begin(table, dice_pick(d, 4) == 3 ? dice_pick(d, ROWS_MOST) : dice_pick(d, 70), d);
    for (uint32_t i = 0; i < info.attribute_count; i++) {
        seg_field_info field;
        seg_image_attribute(image, i, &field);
        if (dice_pick(d, 4)) arrow_add(table, pile, field.name, field.type, 30, d);
    }
    if (dice_pick(d, 4)) arrow_add(table, pile, text_of("profile"), SEG_TEXT, 30, d);
    if (dice_pick(d, 16) == 15) arrow_add(table, pile, text_of("plan"), SEG_ENUM, 30, d);
    arrow_end(table, pile, d);
}

static void add_events(arrow_table *table, arrow_pile *pile, const seg_image *image, uint32_t event,
                       int64_t profiles, dice *d) {
    seg_event_info info;
    seg_image_event(image, event, &info);
    arrow_begin(table, dice_pick(d, 100), d);
    arrow_add(table, pile, text_of("profile"), SEG_INT, profiles > 0 ? (uint64_t)profiles - 1 : 0, d);
    arrow_add(table, pile, text_of("time"), SEG_TIME, 1 << 30, d);
    for (uint32_t i = 0; i < info.field_count; i++) {
        seg_field_info field;
        seg_image_event_field(image, event, i, &field);
        if (field.required || dice_pick(d, 4)) arrow_add(table, pile, field.name, field.type, 30, d);
    }
    arrow_end(table, pile, d);
}

static void check_bits(const answer *a, uint32_t segments, size_t rows) {
    for (uint32_t s = 0; s < segments; s++) {
        uint64_t ones = 0;
        for (size_t i = 0; i < WORDS; i++) {
            if (i * 64 < rows) ones += (uint64_t)__builtin_popcountll(a->members[s][i]);
            FUZZ_CHECK(i * 64 < rows || a->members[s][i] == UINT64_MAX); /* untouched */
        }
        FUZZ_CHECK(ones == a->counts[s]);
        if (rows % 64) FUZZ_CHECK(a->members[s][rows / 64] >> rows % 64 == 0);
    }
}

static void export_twice(seg_batch *batch, const struct ArrowArray *array, seg_status expected) {
    for (int form = SEG_MEMBERS_BOOLS; form <= SEG_MEMBERS_ROWS; form++) {
        struct ArrowArray members;
        struct ArrowSchema schema;
        seg_error error;
        FUZZ_CHECK(seg_batch_export(batch, array, form, &members, &schema, &error) == expected);
        if (expected) continue;
        members.release(&members);
        schema.release(&schema);
    }
}

/* A batch of its own: refused when it is made, or when it runs. */
static void run(const seg_image *image, const seg_batch_options *options, const arrow_table *profiles,
                const arrow_table *events, answer *a) {
    budget b;
    seg_batch *batch;
    seg_error error = {0};
    uint64_t *members[SEGMENTS_MOST];
    const struct ArrowArray *tables[] = {&events->array};
    memset(a, 0xff, sizeof *a);
    for (int i = 0; i < SEGMENTS_MOST; i++) members[i] = a->members[i];
    a->status =
        seg_batch_new(&batch, image, &profiles->schema, now, options, budget_init(&b, MEMORY), &error);
    if (a->status == SEG_OK) {
        for (int again = 0; again < 2; again++) {
            a->status = seg_batch_run_events(batch, &profiles->array, options->table_count ? tables : NULL,
                                             members, a->counts, &error);
            FUZZ_CHECK(a->status != SEG_OK || profiles->array.length >= 0);
        }
        if (options->table_count == 0) export_twice(batch, &profiles->array, a->status);
        seg_batch_free(batch);
    }
    FUZZ_CHECK(a->status == SEG_OK || error.message[0]);
    budget_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    dice d = {.bytes = bytes, .size_bytes = size_bytes};
    static arrow_table profiles, events;
    static arrow_pile pile;
    static answer plain, fast;
    const seg_image *image = fixture_image(dice_pick(&d, FIXTURE_COUNT));
    seg_image_info info;
    seg_image_describe(image, &info);
    FUZZ_CHECK(info.segment_count <= SEGMENTS_MOST);
    add_profiles(&profiles, &pile, image, &d);
    seg_batch_table table = {.schema = &events.schema};
    seg_batch_options options = {.vector_rows = dice_pick(&d, 2) * 256, .allow_extra = dice_pick(&d, 8) == 7};
    options.tables = &table;
    options.table_count = info.event_count > 0 && dice_pick(&d, 2);
    if (options.table_count) {
        table.event = dice_pick(&d, info.event_count);
        add_events(&events, &pile, image, table.event, profiles.array.length, &d);
    }
    run(image, &options, &profiles, &events, &fast);
    options.plain = true;
    options.vector_rows = 512;
    run(image, &options, &profiles, &events, &plain);
    FUZZ_CHECK(plain.status == fast.status);
    if (plain.status == SEG_OK) {
        check_bits(&plain, info.segment_count, (size_t)profiles.array.length);
        FUZZ_CHECK(memcmp(&plain, &fast, sizeof plain) == 0);
    }
    arrow_free(&pile);
    return 0;
}
