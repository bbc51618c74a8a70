#include <seg.h>
#include <stdio.h>

#include "option.h"

static int version(const seg_arguments *arguments) {
    (void)arguments;
    puts("seg " SEG_VERSION_TEXT);
    return SEG_EXIT_GOOD;
}

const seg_command seg_command_version = {
    .name = "version",
    .group = SEG_GROUP_HELP,
    .summary = "say which version this is",
    .operands = "",
    .description = "Prints the version of seg, of its language and of its images.",
    .options = SEG_OPTION_BIT(SEG_OPTION_HELP),
    .examples = {{"seg version", "one line"}},
    .run = version,
};
