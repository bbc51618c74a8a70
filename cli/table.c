#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

static void cell_own(seg_text_table *table, char *text) {
    if (table->cell_count == table->room) {
        size_t room = table->room ? table->room * 2 : 64;
        char **larger = realloc(table->cells, room * sizeof *larger);
        if (larger) {
            table->cells = larger;
            table->room = room;
        }
    }
    if (!text || table->cell_count == table->room) {
        free(text);
        table->failed = true;
        return;
    }
    table->cells[table->cell_count++] = text;
}

void seg_text_table_text(seg_text_table *table, seg_text text, size_t most) {
    cell_own(table, seg_text_show(text, most));
}

void seg_text_table_cell(seg_text_table *table, const char *text) { cell_own(table, strdup(text)); }

static void spaces(FILE *file, size_t count) {
    for (size_t i = 0; i < count; i++) fputc(' ', file);
}

/* Whether nothing but empty cells follow in this cell's row: no blanks at a line's end. */
static bool row_ends(const seg_text_table *table, size_t cell, size_t columns) {
    for (size_t i = cell + 1; i % columns && i < table->cell_count; i++)
        if (*table->cells[i]) return false;
    return true;
}

bool seg_text_table_print(seg_text_table *table, FILE *file) {
    enum { MOST_COLUMNS = 16 };
    size_t columns = strlen(table->sides), widths[MOST_COLUMNS] = {0};
    if (table->failed || columns > MOST_COLUMNS) return false;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = seg_text_columns(table->cells[i]);
        if (width > widths[i % columns]) widths[i % columns] = width;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % columns, pad = widths[column] - seg_text_columns(table->cells[i]);
        bool head = i < columns, last = row_ends(table, i, columns);
        if (column == 0 && table->indent) fputs(table->indent, file);
        if (table->sides[column] == 'r') spaces(file, pad);
        fprintf(file, "%s%s%s", head ? seg_style_begin(SEG_STYLE_BOLD) : "", table->cells[i],
                head ? seg_style_end() : "");
        if (!last) spaces(file, (table->sides[column] == 'l' ? pad : 0) + 2);
        else i += columns - 1 - column;
        if (last) fputc('\n', file);
    }
    return true;
}

void seg_text_table_free(seg_text_table *table) {
    for (size_t i = 0; i < table->cell_count; i++) free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->cell_count = table->room = 0;
}

void seg_bar_draw(double share, unsigned cells, char *out) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    bool utf8 = seg_output_terminal()->utf8;
    unsigned parts = (unsigned)(share * cells * 8 + 0.5), most = cells * 8;
    if (parts > most) parts = most;
    if (share > 0 && parts == 0) parts = 1; /* somebody is somebody */
    if (!utf8) parts = (parts + 7) / 8 * 8;
    out[0] = 0;
    for (unsigned i = 0; i < parts / 8; i++) strcat(out, utf8 ? "█" : "#");
    if (utf8) strcat(out, eighths[parts % 8]);
}
