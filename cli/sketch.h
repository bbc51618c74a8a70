/* sketch.h - declarations drafted from data: the names of events, fields and attributes, and the
 * narrowest type that all their values have. */
#ifndef SEG_CLI_SKETCH_H
#define SEG_CLI_SKETCH_H

#include <segc.h>
#include <stdio.h>

typedef struct seg_sketch seg_sketch;

/* NULL: memory ran short. */
seg_sketch *seg_sketch_new(void);
void seg_sketch_free(seg_sketch *sketch);

typedef enum seg_sketch_value {
    SEG_SKETCH_MISSING, /* null, or an empty CSV field */
    SEG_SKETCH_TEXT,
    SEG_SKETCH_NUMBER,  /* JSON */
    SEG_SKETCH_BOOL,
    SEG_SKETCH_TEXTS,   /* an array of texts */
    SEG_SKETCH_EMPTY,   /* an array of nothing */
    SEG_SKETCH_ELEMENTS, /* an array of objects */
    SEG_SKETCH_OTHER,   /* an object, another array */
    SEG_SKETCH_WRITTEN  /* a CSV field: a text that may mean any of these */
} seg_sketch_value;

/* A fact begins: of the event of this name in the data, or with an empty name of the profile. False:
 * memory ran short. What goes beyond 1,000 events or 500 fields of one is left out and counted. */
bool seg_sketch_fact(seg_sketch *sketch, seg_text event);
/* Whether an event began last. */
bool seg_sketch_is_event(const seg_sketch *sketch);
/* An element of a list of the event that began last begins: until seg_sketch_element_end values are its
 * own. */
bool seg_sketch_element(seg_sketch *sketch, seg_text list);
void seg_sketch_element_end(seg_sketch *sketch);
/* A value of the fact or element that began last. */
bool seg_sketch_field(seg_sketch *sketch, seg_text name, seg_sketch_value kind, seg_text text);
/* The event of this name comes from rows of `file`: it gets a `columns` declaration. */
bool seg_sketch_columns(seg_sketch *sketch, seg_text event, const char *file, seg_text profile, seg_text time,
                        seg_text message);
uint64_t seg_sketch_left_out(const seg_sketch *sketch);
void seg_sketch_print(const seg_sketch *sketch, FILE *file);

#endif
