#include "image_builder.h"

#include <calendar.h>
#include <string.h>
#include <value.h>
#include <verify.h>

void builder_init(image_builder *builder) {
    memset(builder, 0, sizeof *builder);
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) seg_buffer_init(&builder->sections[i], NULL);
    memcpy(builder->header.magic, SEG_IMAGE_MAGIC, sizeof builder->header.magic);
    builder->header.format = SEG_IMAGE_FORMAT;
    builder->header.header_bytes = sizeof builder->header;
}

void builder_free(image_builder *builder) {
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) seg_buffer_free(&builder->sections[i]);
}

uint32_t builder_add(image_builder *builder, seg_section_id section, const void *records, uint32_t count) {
    uint32_t first = builder->counts[section];
    seg_buffer_add(&builder->sections[section], records, count * seg_section_record_bytes[section]);
    builder->counts[section] += count;
    return first;
}

seg_ref builder_string(image_builder *builder, const char *text) {
    uint32_t size = (uint32_t)strlen(text);
    return (seg_ref){builder_add(builder, SEG_SECTION_STRINGS, text, size), size};
}

seg_run builder_links(image_builder *builder, const uint32_t *links, uint32_t count) {
    return (seg_run){builder_add(builder, SEG_SECTION_LINKS, links, count), count};
}

uint32_t builder_text(image_builder *builder, const char *text) {
    seg_ref ref = builder_string(builder, text);
    return builder_add(builder, SEG_SECTION_TEXTS, &ref, 1);
}

seg_image_field builder_field(image_builder *builder, const char *name, seg_type type) {
    return (seg_image_field){.name = builder_string(builder, name), .type = (uint8_t)type};
}

static uint16_t registers_of(const seg_ins *code, uint32_t count) {
    uint32_t registers = 1;
    for (uint32_t i = 0; i < count; i++) {
        const seg_shape_info *shape = &seg_shape_table[seg_op_table[code[i].op].shape];
        bool reads_b = shape->b == SEG_OPERAND_READ || shape->b == SEG_OPERAND_ANCHOR;
        if (code[i].a >= registers) registers = code[i].a + 1u;
        if (reads_b && code[i].b >= registers) registers = code[i].b + 1u;
        if (shape->c == SEG_OPERAND_READ && code[i].c >= registers) registers = code[i].c + 1u;
    }
    return (uint16_t)registers;
}

uint32_t builder_program(image_builder *builder, uint8_t context, const seg_ins *code, uint32_t count) {
    const seg_image_program *programs = (const void *)builder->sections[SEG_SECTION_PROGRAMS].bytes;
    seg_image_program program = {.registers = registers_of(code, count), .context = context, .depth = 1};
    for (uint32_t i = 0; i < count; i++)
        if (code[i].op == SEG_OP_CALL && programs[code[i].c].depth >= program.depth)
            program.depth = programs[code[i].c].depth + 1;
    program.code = (seg_run){builder_add(builder, SEG_SECTION_CODE, code, count), count};
    if (program.registers > builder->header.max_registers) builder->header.max_registers = program.registers;
    if (program.depth > builder->header.max_depth) builder->header.max_depth = program.depth;
    return builder_add(builder, SEG_SECTION_PROGRAMS, &program, 1);
}

uint32_t builder_store(image_builder *builder, seg_image_store store) {
    return builder_add(builder, SEG_SECTION_STORES, &store, 1);
}

uint32_t builder_query(image_builder *builder, seg_image_query query) {
    return builder_add(builder, SEG_SECTION_QUERIES, &query, 1);
}

uint32_t builder_feed(image_builder *builder, uint32_t store, uint32_t filter, const uint32_t *values,
                      uint32_t count) {
    seg_image_feed feed = {
        .store = store, .filter = filter, .values = builder_links(builder, values, count), .route = SEG_NONE};
    return builder_add(builder, SEG_SECTION_FEEDS, &feed, 1);
}

static void add_event(image_builder *builder, seg_ref name, const seg_image_field *fields,
                      uint32_t field_count, seg_run feeds, const uint32_t *atoms, uint32_t atom_count) {
    seg_image_event_record event = {.name = name, .source = name, .feeds = feeds};
    event.fields = (seg_run){builder_add(builder, SEG_SECTION_FIELDS, fields, field_count), field_count};
    seg_run flips = builder_links(builder, atoms, atom_count);
    seg_image_feed *fed = (seg_image_feed *)(void *)builder->sections[SEG_SECTION_FEEDS].bytes;
    for (uint32_t i = 0; i < feeds.count; i++) fed[feeds.first + i].atoms = flips;
    builder_add(builder, SEG_SECTION_EVENTS, &event, 1);
}

void builder_event(image_builder *builder, const char *name, const seg_image_field *fields,
                   uint32_t field_count, seg_run feeds, const uint32_t *atoms, uint32_t atom_count) {
    add_event(builder, builder_string(builder, name), fields, field_count, feeds, atoms, atom_count);
    builder->header.event_count++;
}

void builder_attribute(image_builder *builder, seg_image_field field, seg_run feeds, const uint32_t *atoms,
                       uint32_t atom_count) {
    add_event(builder, field.name, &field, 1, feeds, atoms, atom_count);
    builder->header.attribute_count++;
}

uint32_t builder_atom(image_builder *builder, uint32_t program, const uint32_t *segments, uint32_t count) {
    seg_image_atom atom = {.program = program, .segments = builder_links(builder, segments, count)};
    return builder_add(builder, SEG_SECTION_ATOMS, &atom, 1);
}

void builder_segment(image_builder *builder, const char *name, uint32_t program) {
    seg_image_segment_record segment = {.name = builder_string(builder, name), .program = program};
    segment.title = builder_string(builder, "");
    builder_add(builder, SEG_SECTION_SEGMENTS, &segment, 1);
}

void builder_zone(image_builder *builder, const char *name, int32_t first_offset_s,
                  const seg_image_transition *transitions, uint32_t count) {
    seg_text text = {name, strlen(name)};
    seg_image_zone zone = {.name = builder_string(builder, name),
                           .word = seg_text_word(text),
                           .first_offset_s = first_offset_s};
    zone.version = builder_string(builder, "test");
    zone.transitions = (seg_run){builder_add(builder, SEG_SECTION_TRANSITIONS, transitions, count), count};
    builder_add(builder, SEG_SECTION_ZONES, &zone, 1);
}

/* 01:00 UTC of the month's last Sunday. */
static int64_t last_sunday(int64_t year, int64_t month) {
    int64_t last = seg_calendar_days(year, month, 31);
    int64_t weekday = (last + 3) % 7; /* 0 Monday .. 6 Sunday; 1970-01-01 was a Thursday */
    return (last - (weekday + 1) % 7) * SEG_DAY_MS + 3600000;
}

void builder_zone_berlin(image_builder *builder) {
    seg_image_transition transitions[2 * 45];
    uint32_t count = 0;
    for (int64_t year = 1996; year <= 2040; year++) {
        transitions[count++] = (seg_image_transition){last_sunday(year, 3), 7200, 0};
        transitions[count++] = (seg_image_transition){last_sunday(year, 10), 3600, 0};
    }
    builder_zone(builder, "Europe/Berlin", 3600, transitions, count);
}

void builder_temporal(image_builder *builder, const uint32_t *atoms, uint32_t count) {
    builder->header.temporal_atoms = builder_links(builder, atoms, count);
}

void builder_seal(void *bytes, size_t size_bytes) {
    uint64_t checksum = seg_hash_image(bytes, size_bytes);
    memcpy((char *)bytes + offsetof(seg_image_header, checksum), &checksum, sizeof checksum);
}

void builder_finish(image_builder *builder, seg_buffer *image) {
    seg_buffer_init(image, NULL);
    seg_buffer_room(image, sizeof builder->header);
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) {
        while (image->size_bytes % 8 != 0) seg_buffer_room(image, 1);
        builder->header.sections[i] = (seg_section){image->size_bytes, builder->counts[i]};
        seg_buffer_add(image, builder->sections[i].bytes, builder->sections[i].size_bytes);
    }
    while (image->size_bytes % 8 != 0) seg_buffer_room(image, 1);
    const seg_buffer *stores = &builder->sections[SEG_SECTION_STORES];
    uint64_t counts =
        (uint64_t)builder->counts[SEG_SECTION_ATOMS] << 32 | builder->counts[SEG_SECTION_SEGMENTS];
    builder->header.layout = (stores->bytes ? seg_hash_bytes(stores->bytes, stores->size_bytes) : 0) ^ counts;
    builder->header.size_bytes = image->size_bytes;
    memcpy(image->bytes, &builder->header, sizeof builder->header);
    builder_seal(image->bytes, image->size_bytes);
}
