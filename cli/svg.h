/* svg.h - what all drawings share: a frame, colours, text. They go to standard output. */
#ifndef SEG_CLI_SVG_H
#define SEG_CLI_SVG_H

#include <segc.h>

enum {
    SEG_SVG_WIDTH = 960,
    SEG_SVG_HEAD = 64,   /* above what is drawn: the heading and a note */
    SEG_SVG_COLOURS = 8, /* that stay apart, also for readers who confuse some colours */
    SEG_SVG_NAME_STEP = 16
};

/* The beginning of a drawing of this height: its heading and a note below it. */
void seg_svg_begin(unsigned height, const char *heading, const char *note);
void seg_svg_end(void);
const char *seg_svg_colour(uint32_t number);
/* Text of the rules inside markup: made inert, then escaped. False: memory ran short. */
bool seg_svg_text(seg_text text, size_t most);

#endif
