/* timeline_svg.c - sizes over time as a drawing: one chart of up to eight lines, or a chart each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "timeline.h"

enum {
    TOGETHER_MOST = 8, /* lines that can be told apart */
    WIDTH = 960,
    HEAD = 64,    /* above the charts */
    HEIGHT = 420, /* of a chart that stands alone */
    SMALL_HEIGHT = 190,
    LEFT = 64, /* of the plot, for the numbers */
    ABOVE = 18,
    BELOW = 34,  /* for the dates */
    NAMES = 190, /* to the right of the plot, for the names of lines */
    NAME_STEP = 16,
    LABEL_WIDTH = 110, /* for a date */
    TITLE_MOST = 26
};

/* Colours that stay apart for readers who confuse some (after Okabe and Ito). */
static const char *const colours[TOGETHER_MOST] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#e69f00", "#8a6d3b", "#4d4d4d"};

typedef struct frame { /* of a plot, in the drawing's units */
    double x, y, width, height;
    uint64_t scale;
} frame;

/* Text of the rules inside markup: made inert, then escaped. */
static bool text_draw(seg_text text, size_t most) {
    char *shown = seg_text_show(text, most);
    if (!shown) return false;
    for (const char *c = shown; *c; c++) {
        if (*c == '&')
            fputs("&amp;", stdout);
        else if (*c == '<')
            fputs("&lt;", stdout);
        else if (*c == '>')
            fputs("&gt;", stdout);
        else if (*c == '"')
            fputs("&quot;", stdout);
        else
            putchar(*c);
    }
    free(shown);
    return true;
}

static bool name_draw(const seg_timeline *timeline, uint32_t nth) {
    seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, nth);
    return text_draw(segment.title.size_bytes ? segment.title : segment.name, TITLE_MOST);
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
    frame f = {LEFT, HEAD + ABOVE, WIDTH - LEFT - NAMES, HEIGHT - ABOVE - BELOW,
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
        done = line_draw(timeline, &f, n, colours[n]) && done;
    }
    double y = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = order[i];
        char size[32];
        uint64_t members = seg_timeline_sizes(timeline, n)[last];
        double wanted = y_of(&f, members) + 4,
               highest = f.y + f.height + 4 - NAME_STEP * (double)(count - 1 - i);
        if (wanted > highest) wanted = highest;
        y = i && wanted < y + NAME_STEP ? y + NAME_STEP : wanted;
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"name\" fill=\"%s\">", f.x + f.width + 10, y, colours[n]);
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
        double x = n % 2 ? WIDTH / 2.0 : 0, y = HEAD + (double)(n / 2) * SMALL_HEIGHT;
        frame f = {x + LEFT, y + ABOVE + 12, WIDTH / 2.0 - LEFT - 40, SMALL_HEIGHT - ABOVE - BELOW - 22,
                   scale_of(timeline, n, 1)};
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"chart\">", f.x, y + 16);
        done = name_draw(timeline, n) && done;
        puts("</text>");
        grid_draw(timeline, &f);
        done = line_draw(timeline, &f, n, colours[0]) && done;
    }
    return done;
}

bool seg_timeline_draw(const seg_timeline *timeline) {
    uint32_t count = timeline->choice->count;
    bool together = count <= TOGETHER_MOST;
    unsigned height = HEAD + (together ? HEIGHT : (count + 1) / 2 * SMALL_HEIGHT);
    char from[48], to[48], profiles[64];
    seg_instant_show(timeline->workspace->image, timeline->instants[0], from);
    seg_instant_show(timeline->workspace->image, timeline->instants[timeline->count - 1], to);
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" "
           "role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"13\">\n",
           WIDTH, height, WIDTH, height);
    fputs("<title>Sizes of segments over time</title>\n<style>\n"
          ".grid{stroke:#e3e3e3}.axis{stroke:#888}\n"
          ".number{text-anchor:end;fill:#666}.date{text-anchor:middle;fill:#666}\n"
          ".line{fill:none;stroke-width:2;stroke-linejoin:round}\n"
          ".name,.chart{font-weight:600}.head{font-size:18px;font-weight:600}.note{fill:#666}\n"
          "</style>\n",
          stdout);
    printf("<rect width=\"%d\" height=\"%u\" fill=\"#fff\"/>\n", WIDTH, height);
    printf("<text x=\"20\" y=\"28\" class=\"head\">Members over time</text>\n");
    printf("<text x=\"20\" y=\"48\" class=\"note\">%s to %s; %s at the end</text>\n", from, to,
           seg_count_noun(timeline->profiles[timeline->count - 1], "profile", profiles));
    bool done = together ? together_draw(timeline) : apart_draw(timeline);
    puts("</svg>");
    return done;
}
