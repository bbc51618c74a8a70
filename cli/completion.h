/* completion.h - scripts by which shells complete the command line of seg, made from its tables. */
#ifndef SEG_CLI_COMPLETION_H
#define SEG_CLI_COMPLETION_H

#include <stdio.h>

void seg_completion_bash(FILE *file);
void seg_completion_zsh(FILE *file);

#endif
