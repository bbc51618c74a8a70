#include "command.h"

#include <string.h>

static const seg_command *const commands[] = {&seg_command_check,
                                              &seg_command_test,
                                              &seg_command_fmt,
                                              &seg_command_infer,
                                              &seg_command_run,
                                              &seg_command_timeline,
                                              &seg_command_overlap,
                                              &seg_command_flow,
                                              &seg_command_stream,
                                              &seg_command_explain,
                                              &seg_command_compile,
                                              &seg_command_dump,
                                              &seg_command_help,
                                              &seg_command_version,
                                              &seg_command_completion,
                                              NULL};

const seg_command *seg_command_at(size_t index) {
    size_t at = 0;
    while (at < index && commands[at]) at++;
    return commands[at];
}

const seg_command *seg_command_find(const char *name) {
    for (size_t i = 0; seg_command_at(i); i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

const char *seg_command_group_title(seg_command_group group) {
    static const char *const titles[SEG_GROUP_COUNT] = {"Write rules", "Ask", "Build", "Help"};
    return titles[group];
}
