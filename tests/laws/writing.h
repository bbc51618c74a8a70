/* writing.h - what the parts of the writer of random conditions share. */
#ifndef SEG_TESTS_WRITING_H
#define SEG_TESTS_WRITING_H

#include "names.h"

typedef struct writer {
    seg_invented *schema;
    seg_buffer *out;
    seg_invented_event *scope;      /* inside `where`: of whose fields it may speak; else NULL */
    const seg_invented_field *each; /* inside `for some F`: the field; else NULL */
    uint32_t depth;
    uint32_t past; /* open brackets of `as of` around it */
} writer;

#define DEPTH_LIMIT 5u

static inline uint32_t below(writer *w, uint32_t bound) {
    return seg_random_below(&w->schema->random, bound);
}

static inline bool chance(writer *w, uint32_t percent) {
    return seg_random_chance(&w->schema->random, percent);
}

static inline void text(writer *w, const char *words) { seg_buffer_text(w->out, words); }

static inline const char *pick(writer *w, const char *const *items, uint32_t count) {
    return items[below(w, count)];
}
#define PICK(w, ...)                                                                                         \
    pick((w), (const char *const[]){__VA_ARGS__},                                                            \
         (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/* condition_windows.c */
bool seg_write_is_open(const writer *w, const seg_invented_field *field);
bool seg_write_is_certain(const writer *w, const seg_invented_field *field);
seg_invented_field *seg_write_find_field(writer *w, seg_invented_field *fields, uint32_t count,
                                         seg_type type);
seg_invented_field *seg_write_find_value(writer *w, seg_type type);
void seg_write_literal_of(writer *w, seg_type type);
void seg_write_value(writer *w, const seg_invented_field *field);
const char *seg_write_comparison(writer *w);
seg_invented_event *seg_write_find_source(writer *w);
const seg_invented_name *seg_write_find_name(writer *w, seg_invented_use use);
void seg_write_time_value(writer *w);
void seg_write_duration(writer *w, bool whole_days);
void seg_write_in_zone(writer *w);
void seg_write_bounds(writer *w, const seg_invented_event *source, seg_invented_event *others, bool exact,
                      bool needed);
void seg_write_pairs(writer *w, const seg_invented_event *source);
void seg_write_window_of(writer *w, const seg_invented_event *source);
void seg_write_window(writer *w);
void seg_write_where(writer *w, seg_invented_event *source, uint32_t percent);
void seg_write_facts(writer *w);

/* condition_numbers.c */
seg_invented_event *seg_write_find_source_with(writer *w, seg_type type, seg_invented_field **field);
bool seg_write_aggregate(writer *w, seg_type type);
bool seg_write_counted(writer *w);
void seg_write_average(writer *w);
void seg_write_exact_duration(writer *w);
bool seg_write_may_look_back(const writer *w);
void seg_write_number(writer *w, seg_type type);
seg_type seg_write_number_type(writer *w);
void seg_write_points(writer *w, seg_type type);

/* condition_tests.c */
void seg_write_test_part(writer *w);
void seg_write_fallback(writer *w);
void seg_write_compare_numbers(writer *w);
void seg_write_count_facts(writer *w);
void seg_write_compare_counted(writer *w);
void seg_write_compare_aggregate(writer *w);
void seg_write_test_list(writer *w);
void seg_write_test_text(writer *w);
void seg_write_test_enum(writer *w);
void seg_write_test_set(writer *w);
void seg_write_test_bool(writer *w);
void seg_write_test_duration(writer *w);
void seg_write_age_test(writer *w, bool whole_days);
void seg_write_test_time(writer *w);
void seg_write_test_date(writer *w);
void seg_write_test_years(writer *w);
void seg_write_test_missing(writer *w);
void seg_write_test_segment(writer *w);
void seg_write_test_identity(writer *w);

/* condition_scores.c: the name of a model; false: there is none */
bool seg_write_model(writer *w);
void seg_write_test_model(writer *w);
/* A number that a function of the host gives; false: there is none of the type. */
bool seg_write_native(writer *w, seg_type type);
void seg_write_test_native(writer *w);

/* condition.c */
void seg_write_condition(writer *w, uint32_t budget);

#endif
