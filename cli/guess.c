#include "guess.h"

#include <string.h>

enum { LONGEST = 63 };

/* Edits that turn a into b: insert, delete, replace, swap of neighbours. */
static size_t edit_distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b_size; j++) last[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_size];
}

void seg_name_guess(const char *name, const char *candidate, const char **best, size_t *distance) {
    size_t a = strlen(name), b = strlen(candidate);
    if (a == 0 || a > LONGEST || b > LONGEST) return;
    size_t edits = edit_distance(name, a, candidate, b), longer = a > b ? a : b;
    if (edits > (longer + 2) / 3 || (*best && edits >= *distance)) return;
    *best = candidate;
    *distance = edits;
}
