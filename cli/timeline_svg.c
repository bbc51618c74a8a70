/* timeline_svg.c - sizes over time as a drawing: one chart of up to eight lines, or a chart each. */
#include <stdio.h>

#include "output.h"
#include "svg.h"
#include "timeline.h"

enum {
    TOGETHER_MOST = SEG_SVG_COLOURS, /* lines that can be told apart */
    HEIGHT = 420,                    /* of a chart that stands alone */
    SMALL_HEIGHT = 190,
    LEFT = 64, /* of the plot, for the numbers */
    ABOVE = 18,
    BELOW = 34,        /* for the dates */
    NAMES = 190,       /* to the right of the plot, for the names of lines */
    LABEL_WIDTH = 110, /* for a date */
    TITLE_MOST = 26
};

typedef struct frame { /* of a plot, in the drawing's units */
    double x, y, width, height;
    uint64_t scale;
} frame;

static bool name_draw(const seg_timeline *timeline, uint32_t nth) {
    seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, nth);
    return seg_svg_text(segment.title.size_bytes ? segment.title : segment.name, TITLE_MOST);
}

static double x_of(const seg_timeline *timeline, const frame *f, size_t index) {
    int64_t first = timeline->instants[0], last = timeline->instants[timeline->count - 1];
    if (first == last) return f->x + f->width / 2;
    return f->x + f->width * (double)(timeline->instants[index] - first) / (double)(last - first);
}

static double y_of(const frame *f, uint64_t size) {
    return f->y + f->height - f->height * (double)size / (double)f->scale;
}

static void grid_draw(const seg_timeline *timeline, const frame *f) {
    for (uint64_t step = 0; step <= 4; step++) {
        char count[32];
        uint64_t size = f->scale / 4 * step;
        printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>", f->x, y_of(f, size),
               f->x + f->width, y_of(f, size), step ? "grid" : "axis");
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"number\">%s</text>\n", f->x - 8, y_of(f, size) + 4,
               seg_count_show(size, count));
    }
    size_t most = (size_t)(f->width / LABEL_WIDTH), labels = timeline->count < most ? timeline->count : most;
    for (size_t label = 0; label < labels; label++) {
        size_t index = labels < 2 ? 0 : label * (timeline->count - 1) / (labels - 1);
        double x = x_of(timeline, f, index);
        char text[48];
        printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"axis\"/>", x, f->y + f->height,
               x, f->y + f->height + 4);
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"date\">%s</text>\n", x, f->y + f->height + 20,
               seg_timeline_label(timeline, index, text));
    }
}

static bool line_draw(const seg_timeline *timeline, const frame *f, uint32_t nth, const char *colour) {
    const uint64_t *sizes = seg_timeline_sizes(timeline, nth);
    printf("<polyline class=\"line\" stroke=\"%s\" points=\"", colour);
    for (size_t i = 0; i < timeline->count; i++)
        printf("%s%.1f,%.1f", i ? " " : "", x_of(timeline, f, i), y_of(f, sizes[i]));
    fputs("\"><title>", stdout);
    bool done = name_draw(timeline, nth);
    puts("</title></polyline>");
    if (timeline->count == 1)
        printf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x_of(timeline, f, 0),
               y_of(f, sizes[0]), colour);
    return done;
}

static uint64_t scale_of(const seg_timeline *timeline, uint32_t first, uint32_t count) {
    uint64_t most = 1;
    for (uint32_t n = first; n < first + count; n++)
        for (size_t i = 0; i < timeline->count; i++)
            if (seg_timeline_sizes(timeline, n)[i] > most) most = seg_timeline_sizes(timeline, n)[i];
    return seg_timeline_scale(most);
}

/* All lines in one chart, each with its name and last size at its end. Names that would lie on each other are
 * moved down, in the order of their sizes. */
static bool together_draw(const seg_timeline *timeline) {
    uint32_t count = timeline->choice->count, order[TOGETHER_MOST] = {0};
    frame f = {LEFT, SEG_SVG_HEAD + ABOVE, SEG_SVG_WIDTH - LEFT - NAMES, HEIGHT - ABOVE - BELOW,
               scale_of(timeline, 0, count)};
    size_t last = timeline->count - 1;
    bool done = true;
    grid_draw(timeline, &f);
    for (uint32_t n = 0; n < count; n++) {
        uint32_t place = n;
        for (; place > 0 &&
               seg_timeline_sizes(timeline, order[place - 1])[last] < seg_timeline_sizes(timeline, n)[last];
             place--)
            order[place] = order[place - 1];
        order[place] = n;
        done = line_draw(timeline, &f, n, seg_svg_colour(n)) && done;
    }
    double y = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = order[i];
        char size[32];
        uint64_t members = seg_timeline_sizes(timeline, n)[last];
        double wanted = y_of(&f, members) + 4,
               highest = f.y + f.height + 4 - SEG_SVG_NAME_STEP * (double)(count - 1 - i);
        if (wanted > highest) wanted = highest;
        y = i && wanted < y + SEG_SVG_NAME_STEP ? y + SEG_SVG_NAME_STEP : wanted;
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"name\" fill=\"%s\">", f.x + f.width + 10, y,
               seg_svg_colour(n));
        printf("%s ", seg_count_show(members, size));
        done = name_draw(timeline, n) && done;
        puts("</text>");
    }
    return done;
}

/* Two charts beside each other, each with a scale of its own. */
static bool apart_draw(const seg_timeline *timeline) {
    bool done = true;
    for (uint32_t n = 0; n < timeline->choice->count; n++) {
        uint32_t row = n / 2;
        double x = n % 2 ? SEG_SVG_WIDTH / 2.0 : 0, y = SEG_SVG_HEAD + (double)row * SMALL_HEIGHT;
        frame f = {x + LEFT, y + ABOVE + 12, SEG_SVG_WIDTH / 2.0 - LEFT - 40,
                   SMALL_HEIGHT - ABOVE - BELOW - 22, scale_of(timeline, n, 1)};
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"chart\">", f.x, y + 16);
        done = name_draw(timeline, n) && done;
        puts("</text>");
        grid_draw(timeline, &f);
        done = line_draw(timeline, &f, n, seg_svg_colour(0)) && done;
    }
    return done;
}

bool seg_timeline_draw(const seg_timeline *timeline) {
    uint32_t count = timeline->choice->count;
    bool together = count <= TOGETHER_MOST;
    unsigned height = SEG_SVG_HEAD + (together ? HEIGHT : (count + 1) / 2 * SMALL_HEIGHT);
    char from[48], to[48], profiles[64], note[192];
    size_t last = timeline->count - 1;
    snprintf(note, sizeof note, "%s to %s; %s at the end",
             seg_instant_show(timeline->workspace->image, timeline->instants[0], from),
             seg_instant_show(timeline->workspace->image, timeline->instants[last], to),
             seg_count_noun(timeline->profiles[last], "profile", profiles));
    seg_svg_begin(height, "Members over time", note);
    bool done = together ? together_draw(timeline) : apart_draw(timeline);
    seg_svg_end();
    return done;
}
