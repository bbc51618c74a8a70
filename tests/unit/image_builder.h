/* image_builder.h - assembles images by hand, record by record, for unit tests. */
#ifndef IMAGE_BUILDER_H
#define IMAGE_BUILDER_H

#include <image.h>
#include <op.h>

#include <base/buffer.h>

typedef struct image_builder {
    seg_buffer sections[SEG_SECTION_COUNT];
    uint32_t counts[SEG_SECTION_COUNT];
    seg_image_header header;
} image_builder;

void builder_init(image_builder *builder);
void builder_free(image_builder *builder);

/* Each adds records and gives the number of the first, or the run of them. */
uint32_t builder_add(image_builder *builder, seg_section_id section, const void *records, uint32_t count);
seg_ref builder_string(image_builder *builder, const char *text);
seg_run builder_links(image_builder *builder, const uint32_t *links, uint32_t count);
uint32_t builder_text(image_builder *builder, const char *text);
seg_image_field builder_field(image_builder *builder, const char *name, seg_type type);
/* Registers and depth are found from the code; the last instruction is RET. */
uint32_t builder_program(image_builder *builder, uint8_t context, const seg_ins *code, uint32_t count);
#define BUILDER_PROGRAM(builder, context, ...)                                                               \
    builder_program(builder, context, (const seg_ins[]){__VA_ARGS__},                                        \
                    (uint32_t)(sizeof((const seg_ins[]){__VA_ARGS__}) / sizeof(seg_ins)))
uint32_t builder_store(image_builder *builder, seg_image_store store);
uint32_t builder_query(image_builder *builder, seg_image_query query);
uint32_t builder_feed(image_builder *builder, uint32_t store, uint32_t filter, const uint32_t *values,
                      uint32_t count);
/* An event (add all of them before the attributes) whose fields and feeds were added last. */
void builder_event(image_builder *builder, const char *name, const seg_image_field *fields,
                   uint32_t field_count, seg_run feeds, const uint32_t *atoms, uint32_t atom_count);
void builder_attribute(image_builder *builder, seg_image_field field, seg_run feeds, const uint32_t *atoms,
                       uint32_t atom_count);
uint32_t builder_atom(image_builder *builder, uint32_t program, const uint32_t *segments, uint32_t count);
void builder_segment(image_builder *builder, const char *name, uint32_t program);
/* transitions: {at, offset_s} */
void builder_zone(image_builder *builder, const char *name, int32_t first_offset_s,
                  const seg_image_transition *transitions, uint32_t count);
/* A zone with the rules of Europe/Berlin since 1996, for the years 1996 to 2040. */
void builder_zone_berlin(image_builder *builder);
void builder_temporal(image_builder *builder, const uint32_t *atoms, uint32_t count);

/* An image with every kind of record, window and context. Events: 0 visits {page text, seconds int},
 * 1 orders {amount decimal, price float, kind enum, tags set}; attributes: 0 opted_out bool, 1 city text,
 * 2 joined time. Segment 0 is `visits(30d) < 2 and not opted_out`. duplicates_ms is a day. */
void builder_sample(image_builder *builder);

/* The image's bytes in *image (to be freed by the caller), sealed. */
void builder_finish(image_builder *builder, seg_buffer *image);
/* Makes the checksum of changed bytes right again. */
void builder_seal(void *bytes, size_t size_bytes);

#endif
