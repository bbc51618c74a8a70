/* guess.h - the name that was meant. */
#ifndef SEG_CLI_GUESS_H
#define SEG_CLI_GUESS_H

#include <stddef.h>

/* Puts `candidate` into *best when it is nearer to `name` than the one before (*distance), and near
 * enough to be meant. Begin with *best NULL. */
void seg_name_guess(const char *name, const char *candidate, const char **best, size_t *distance);

#endif
