/* change_out.h - changes of membership as lines of JSON. What is the same in many of them (names of segments,
 * causes, events) is written once, and then copied. */
#ifndef SEG_CLI_CHANGE_OUT_H
#define SEG_CLI_CHANGE_OUT_H

#include <engine.h>
#include <stdio.h>

typedef struct seg_change_out seg_change_out;

/* Onto the file, a line at a time. NULL: memory ran short. The image must outlive it. */
seg_change_out *seg_change_out_new(const seg_image *image, FILE *file);
void seg_change_out_free(seg_change_out *out);
void seg_change_out_write(seg_change_out *out, const seg_engine_change *change);

#endif
