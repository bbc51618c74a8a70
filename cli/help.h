/* help.h - the pages of help and the manual pages, made from the tables of commands and options. */
#ifndef SEG_CLI_HELP_H
#define SEG_CLI_HELP_H

#include <stdio.h>

#include "option.h"

void seg_help_overview(FILE *file);
void seg_help_command(FILE *file, const seg_command *command);
/* The source of a manual page, of section 1; NULL: of seg itself. */
void seg_help_man(FILE *file, const seg_command *command);
/* Text broken at blanks, each line set in by `indent`; lines that begin with two spaces stay as they are. */
void seg_help_wrap(FILE *file, const char *text, unsigned indent);

#endif
