/* names.h - the names and types of a random workspace while it is written. */
#ifndef SEG_TESTS_NAMES_H
#define SEG_TESTS_NAMES_H

#include "../../runtime/base/buffer.h"
#include "random.h"

typedef struct seg_invented_field {
    char name[16];
    seg_type type;
    uint8_t scale;
    bool optional, has_default;
    bool is_attribute, has_history;
    bool proven;          /* while a condition that proves it known is open */
    uint32_t enumeration; /* which of the workspace's enums */
} seg_invented_field;

typedef struct seg_invented_event { /* or a union: then the fields that all its events share */
    char name[16];
    uint32_t field_count;
    seg_invented_field fields[12];
} seg_invented_event;

typedef enum seg_invented_use { /* what a define or param stands for */
                                SEG_USE_INT,
                                SEG_USE_DECIMAL,
                                SEG_USE_BOOL,
                                SEG_USE_DURATION,
                                SEG_USE_TEXT,
                                SEG_USE_WINDOW,
                                SEG_USE_OF_WINDOW, /* name(w) is an int */
                                SEG_USE_OF_NUMBER, /* name(n) is a bool */
                                SEG_USE_MODEL      /* a float */
} seg_invented_use;

typedef struct seg_invented_name {
    char name[16];
    seg_invented_use use;
} seg_invented_name;

typedef struct seg_invented {
    seg_random random;
    uint32_t attribute_count, event_count, source_count; /* sources: events, unions, sequences */
    bool has_natives;                                    /* the functions of natives.h are declared */
    bool has_fiscal;                                     /* a fiscal year is declared */
    bool uses_now; /* rules may ask for parts of now: that keeps histories short */
    seg_invented_field attributes[20];
    seg_invented_event sources[16];
    uint32_t name_count;
    seg_invented_name names[16];
    uint32_t segment_count;
    char segments[96][24];
} seg_invented;

extern const char *const seg_invented_enums[3][4];

/* Writes the declarations of profile, events and unions; each call one declaration. */
void seg_invented_profile(seg_invented *schema, seg_buffer *out);
void seg_invented_declare_event(seg_invented *schema, seg_buffer *out);
void seg_invented_declare_union(seg_invented *schema, seg_buffer *out);

void seg_invented_declare_sequence(seg_invented *schema, seg_buffer *out);

/* A literal of the type, often at an edge. */
void seg_invented_literal(seg_invented *schema, const seg_invented_field *field, seg_buffer *out);
/* A duration above zero; `whole_days`: of days, weeks, months and years alone. */
void seg_invented_duration(seg_invented *schema, bool whole_days, seg_buffer *out);
void seg_invented_text_literal(seg_invented *schema, seg_buffer *out);

/* A condition; `budget` bounds its size. */
void seg_invented_condition(seg_invented *schema, uint32_t budget, seg_buffer *out);
/* A rule that begins with an attribute compared with its own past; a missing value does not meet it. False:
 * no attribute can be. */
bool seg_invented_trend(seg_invented *schema, seg_buffer *out);
/* enter when … exit when …: a whole rule. */
void seg_invented_latch(seg_invented *schema, seg_buffer *out);
/* A number over a window that stands in a define's parameter `w`. */
void seg_invented_define(seg_invented *schema, seg_buffer *out);
/* The next name for a define or param; it is taken once name_count has grown. */
seg_invented_name *seg_invented_name_it(seg_invented *schema, const char *prefix, seg_invented_use use);
/* A model with its inputs. */
void seg_invented_model(seg_invented *schema, seg_buffer *out);
void seg_invented_param(seg_invented *schema, seg_buffer *out);
/* A condition that speaks of `n`, the number or duration of a family. */
void seg_invented_of_value(seg_invented *schema, bool is_number, seg_buffer *out);

#endif
