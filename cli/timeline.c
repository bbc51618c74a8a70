#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "table.h"

enum {
    MOST_CELLS = 60,
    COLUMN_MOST = 4,
    ROWS = 8,
    TITLE_MOST = 30,
    DATE_CHARACTERS = 10,
    TIME_CHARACTERS = 16
};

const uint64_t *seg_timeline_sizes(const seg_timeline *timeline, uint32_t nth) {
    return timeline->sizes + (size_t)nth * timeline->count;
}

const char *seg_timeline_label(const seg_timeline *timeline, size_t index, char out[48]) {
    const seg_image *image = timeline->workspace->image;
    bool dates = true;
    for (size_t i = 0; i < timeline->count && dates; i++)
        dates = seg_image_date_start(image, seg_image_local_date(image, timeline->instants[i])) ==
                timeline->instants[i];
    seg_instant_show(image, timeline->instants[index], out);
    out[dates ? DATE_CHARACTERS : TIME_CHARACTERS] = 0;
    return out;
}

uint64_t seg_timeline_scale(uint64_t most) {
    static const uint64_t round[] = {1, 2, 3, 4, 5, 6, 8};
    for (uint64_t unit = 1; unit <= UINT64_MAX / 400; unit *= 10)
        for (size_t i = 0; i < sizeof round / sizeof *round; i++)
            if (4 * round[i] * unit >= most) return 4 * round[i] * unit;
    return most;
}

static uint64_t most_of(const uint64_t *sizes, size_t count) {
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (sizes[i] > most) most = sizes[i];
    return most;
}

static uint64_t least_of(const uint64_t *sizes, size_t count) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (sizes[i] < least) least = sizes[i];
    return least;
}

/* Which instant stands in a cell when there are fewer cells than instants: the first and the last stay. */
static size_t instant_of(size_t cell, size_t cells, size_t instants) {
    return cells < 2 ? 0 : cell * (instants - 1) / (cells - 1);
}

/* Eighths of a character cell, 0 to 8. */
static const char *block(unsigned eighths) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {" ", "_", ".", "-", "-", "=", "+", "*", "#"};
    return (seg_output_terminal()->utf8 ? blocks : plain)[eighths];
}

static unsigned eighths_of(uint64_t size, uint64_t most, unsigned cells) {
    if (most == 0) return 0;
    double share = (double)size / (double)most;
    unsigned eighths = (unsigned)(share * cells * 8 + 0.5);
    return size && !eighths ? 1 : eighths; /* somebody is somebody */
}

/* ---- Several segments: a line each ----------------------------------------------------------- */

static bool line_add(seg_text_table *table, const uint64_t *sizes, size_t count) {
    char *line = NULL;
    size_t length = 0, cells = count < MOST_CELLS ? count : MOST_CELLS;
    FILE *file = open_memstream(&line, &length);
    if (!file) return false;
    uint64_t most = most_of(sizes, count);
    for (size_t cell = 0; cell < cells; cell++) {
        uint64_t size = sizes[instant_of(cell, cells, count)];
        fputs(size ? block(eighths_of(size, most, 1)) : seg_output_terminal()->middle, file);
    }
    if (fclose(file) != 0) {
        free(line);
        return false;
    }
    seg_text_table_cell(table, line);
    free(line);
    return true;
}

static bool lines_print(const seg_timeline *timeline) {
    static const char *const heads[] = {"segment", "title", "first", "", "last", "least", "most"};
    seg_text_table table = {.sides = "llrlrrr"};
    bool done = true;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) seg_text_table_cell(&table, heads[i]);
    for (uint32_t n = 0; n < timeline->choice->count && done; n++) {
        seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, n);
        const uint64_t *sizes = seg_timeline_sizes(timeline, n);
        char count[32];
        seg_text_table_text(&table, segment.name, 0);
        seg_text_table_text(&table, seg_segment_title(&segment), TITLE_MOST);
        seg_text_table_cell(&table, seg_count_show(sizes[0], count));
        done = line_add(&table, sizes, timeline->count);
        seg_text_table_cell(&table, seg_count_show(sizes[timeline->count - 1], count));
        seg_text_table_cell(&table, seg_count_show(least_of(sizes, timeline->count), count));
        seg_text_table_cell(&table, seg_count_show(most_of(sizes, timeline->count), count));
    }
    done = done && seg_text_table_print(&table, stdout);
    seg_text_table_free(&table);
    return done;
}

/* ---- One segment: columns over an axis ------------------------------------------------------- */

static void repeat(const char *text, size_t count) {
    for (size_t i = 0; i < count; i++) fputs(text, stdout);
}

/* The blank cells before a filled one are written with it, so that no line ends in blanks. */
static void row_print(const uint64_t *sizes, size_t count, size_t cells, size_t width, uint64_t scale,
                      unsigned row, size_t margin) {
    char number[32] = "";
    size_t blanks = 0;
    if ((row + 1) % 2 == 0) seg_count_show(scale * (row + 1) / ROWS, number);
    printf("%*s %s", (int)margin, number, seg_output_terminal()->utf8 ? (*number ? "┤" : "│") : "|");
    for (size_t cell = 0; cell < cells; cell++) {
        unsigned eighths = eighths_of(sizes[instant_of(cell, cells, count)], scale, ROWS);
        unsigned here = eighths <= row * 8 ? 0 : eighths - row * 8 > 8 ? 8 : eighths - row * 8;
        blanks += here ? width > 1 : width;
        if (!here) continue;
        repeat(" ", blanks);
        repeat(block(here), width > 1 ? width - 1 : 1);
        blanks = 0;
    }
    putchar('\n');
}

static void columns_print(const seg_timeline *timeline) {
    const uint64_t *sizes = seg_timeline_sizes(timeline, 0);
    size_t cells = timeline->count < MOST_CELLS ? timeline->count : MOST_CELLS, width = MOST_CELLS / cells;
    if (width > COLUMN_MOST) width = COLUMN_MOST;
    uint64_t scale = seg_timeline_scale(most_of(sizes, timeline->count));
    char number[32], label[48];
    size_t margin = strlen(seg_count_show(scale, number)) + 1;
    bool utf8 = seg_output_terminal()->utf8;
    seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, 0);
    fputs(seg_style_begin(SEG_STYLE_BOLD), stdout);
    seg_output_text(stdout, segment.name, 0);
    fputs(seg_style_end(), stdout);
    if (seg_segment_title(&segment).size_bytes) {
        fputs(", ", stdout);
        seg_text_quote(stdout, segment.title, TITLE_MOST);
    }
    puts("\n");
    for (unsigned row = ROWS; row-- > 0;) row_print(sizes, timeline->count, cells, width, scale, row, margin);
    printf("%*s %s", (int)margin, "0", utf8 ? "└" : "+");
    repeat(utf8 ? "─" : "-", cells * width + (width > 1));
    seg_timeline_label(timeline, 0, label);
    printf("\n%*s%s", (int)margin + 2, "", label);
    size_t written = strlen(label), whole = cells * width;
    seg_timeline_label(timeline, timeline->count - 1, label);
    if (timeline->count > 1)
        printf("%*s%s", whole > written + strlen(label) ? (int)(whole - written - strlen(label)) : 2, "",
               label);
    putchar('\n');
}

bool seg_timeline_print(const seg_timeline *timeline) {
    char count[64], from[48], to[48];
    const seg_image *image = timeline->workspace->image;
    size_t last = timeline->count - 1;
    printf("%s at %s, ", seg_count_noun(timeline->profiles[0], "profile", count),
           seg_instant_show(image, timeline->instants[0], from));
    printf("%s at %s\n\n", seg_count_show(timeline->profiles[last], count),
           seg_instant_show(image, timeline->instants[last], to));
    if (timeline->choice->count == 1) columns_print(timeline);
    return timeline->choice->count == 1 || lines_print(timeline);
}
