/* flow_svg.c - moves as a drawing: who was where on the left, who is where on the right. */
#include <stdio.h>
#include <stdlib.h>

#include "flow.h"
#include "output.h"
#include "svg.h"

enum { HEIGHT = 420, SIDE = 230, BAR = 14, GAP = 14, TITLE_MOST = 24 };

typedef struct column {  /* the bars of one instant */
    uint64_t *counts;    /* of each place */
    double *tops, *used; /* where a place's bar begins, and how much of it ribbons have taken */
} column;

static bool column_make(const seg_flow *flow, column *c, bool before) {
    c->counts = calloc(flow->places, sizeof *c->counts);
    c->tops = calloc(flow->places, sizeof *c->tops);
    c->used = calloc(flow->places, sizeof *c->used);
    if (!c->counts || !c->tops || !c->used) return false;
    for (uint32_t n = 0; n < flow->places; n++)
        for (uint32_t m = 0; m < flow->places; m++)
            c->counts[n] += before ? seg_flow_count(flow, n, m) : seg_flow_count(flow, m, n);
    return true;
}

static void column_free(column *c) {
    free(c->counts);
    free(c->tops);
    free(c->used);
}

static uint32_t column_bars(const seg_flow *flow, const column *c) {
    uint32_t bars = 0;
    for (uint32_t n = 0; n < flow->places; n++) bars += c->counts[n] > 0;
    return bars;
}

static const char *colour_of(const seg_flow *flow, uint32_t place) {
    return place < flow->choice.count ? seg_svg_colour(place) : "#999999";
}

static bool name_draw(const seg_flow *flow, uint32_t place, bool before) {
    seg_text name = seg_flow_place(flow, place, before);
    if (place < flow->choice.count) {
        seg_segment_info segment = seg_choice_info(&flow->choice, &flow->workspace, place);
        if (segment.title.size_bytes) name = segment.title;
    }
    return seg_svg_text(name, TITLE_MOST);
}

static bool bars_draw(const seg_flow *flow, column *c, bool before, double unit) {
    double y = SEG_SVG_HEAD + GAP, x = before ? SIDE : SEG_SVG_WIDTH - SIDE - BAR, name_y = 0;
    bool done = true;
    for (uint32_t n = 0; n < flow->places; n++) {
        char count[32];
        if (!c->counts[n]) continue;
        double height = (double)c->counts[n] * unit, wanted = y + height / 2 + 4;
        c->tops[n] = y;
        printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"/>", x, y, BAR, height,
               colour_of(flow, n));
        name_y = name_y > 0 && wanted < name_y + SEG_SVG_NAME_STEP ? name_y + SEG_SVG_NAME_STEP : wanted;
        printf("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", before ? x - 10 : x + BAR + 10, name_y,
               before ? "from" : "name");
        printf("%s ", seg_count_show(c->counts[n], count));
        done = name_draw(flow, n, before) && done;
        puts("</text>");
        y += height + GAP;
    }
    return done;
}

static void ribbons_draw(const seg_flow *flow, column *before, column *after, double unit) {
    double x = SIDE + BAR, to = SEG_SVG_WIDTH - SIDE - BAR, middle = (x + to) / 2;
    for (uint32_t n = 0; n < flow->places; n++) {
        for (uint32_t m = 0; m < flow->places; m++) {
            uint64_t count = seg_flow_count(flow, n, m);
            if (!count) continue;
            double height = (double)count * unit;
            double y = before->tops[n] + before->used[n], end = after->tops[m] + after->used[m];
            before->used[n] += height;
            after->used[m] += height;
            printf(
                "<path class=\"ribbon\" fill=\"%s\" d=\"M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f L%.1f,%.1f "
                "C%.1f,%.1f %.1f,%.1f %.1f,%.1f Z\"/>\n",
                colour_of(flow, n), x, y, middle, y, middle, end, to, end, to, end + height, middle,
                end + height, middle, y + height, x, y + height);
        }
    }
}

bool seg_flow_draw(const seg_flow *flow) {
    column before = {0}, after = {0};
    bool done = column_make(flow, &before, true) && column_make(flow, &after, false);
    if (done) {
        char from[48], to[48], note[128];
        const seg_image *image = flow->workspace.image;
        uint64_t people = 0;
        uint32_t left = column_bars(flow, &before), right = column_bars(flow, &after);
        uint32_t bars = left > right ? left : right;
        for (uint32_t n = 0; n < flow->places; n++) people += before.counts[n];
        double gaps = (double)GAP * (bars + 1), height = gaps > HEIGHT / 2.0 ? gaps + HEIGHT / 2.0 : HEIGHT;
        double unit = people ? (height - gaps) / (double)people : 0;
        snprintf(note, sizeof note, "%s to %s", seg_instant_show(image, flow->instants[0], from),
                 seg_instant_show(image, flow->instants[1], to));
        seg_svg_begin((unsigned)(SEG_SVG_HEAD + height + GAP), "Who went where", note);
        done = bars_draw(flow, &before, true, unit);
        done = bars_draw(flow, &after, false, unit) && done;
        ribbons_draw(flow, &before, &after, unit);
        seg_svg_end();
    }
    column_free(&before);
    column_free(&after);
    return done;
}
