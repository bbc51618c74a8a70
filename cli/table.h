/* table.h - aligned columns, and bars. */
#ifndef SEG_CLI_TABLE_H
#define SEG_CLI_TABLE_H

#include <segc.h>
#include <stdio.h>

typedef struct seg_text_table {
    const char *sides; /* a letter per column: 'l' or 'r' */
    const char *indent;
    size_t cell_count, room;
    char **cells; /* row by row; the first row is the head */
    bool failed;
} seg_text_table;

/* Adds the next cell: foreign text, made inert, cut at `most` characters (0: never). */
void seg_text_table_text(seg_text_table *table, seg_text text, size_t most);
/* Adds the next cell: text of our own. */
void seg_text_table_cell(seg_text_table *table, const char *text);
/* Prints it with its head in bold. False: memory ran short. */
bool seg_text_table_print(seg_text_table *table, FILE *file);
void seg_text_table_free(seg_text_table *table);

/* A bar of `share` (0..1) of at most `cells` characters, with block characters where the terminal has
 * them. out: 4 * cells + 1 bytes. */
void seg_bar_draw(double share, unsigned cells, char *out);

#endif
