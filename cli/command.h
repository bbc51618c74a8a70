/* command.h - the commands of seg: what each is called, takes and says about itself. Help pages, man
 * pages, completions and the reading of options are all made from these tables. */
#ifndef SEG_CLI_COMMAND_H
#define SEG_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { /* exit codes */
    SEG_EXIT_GOOD = 0,
    SEG_EXIT_RULES = 1,      /* the rules or their tests are at fault */
    SEG_EXIT_USAGE = 2,      /* the command line is at fault */
    SEG_EXIT_INPUT = 3,      /* input was refused, with --strict */
    SEG_EXIT_MACHINE = 4,    /* files, memory */
    SEG_EXIT_INTERRUPT = 130 /* stopped by the user */
};

typedef struct seg_arguments seg_arguments;

typedef enum seg_command_group {
    SEG_GROUP_WRITE, SEG_GROUP_ASK, SEG_GROUP_BUILD, SEG_GROUP_HELP, SEG_GROUP_COUNT
} seg_command_group;

typedef struct seg_example {
    const char *line, *meaning;
} seg_example;

typedef struct seg_command {
    const char *name;
    seg_command_group group;
    const char *summary;     /* one line without a full stop */
    const char *operands;    /* "[DIR] SEGMENT PROFILE" */
    const char *description; /* paragraphs, apart by empty lines; set-in lines stay as they are */
    const char *formats;     /* "table|csv|json", the first is the default; NULL: no --format */
    uint32_t options;        /* bit per seg_option_id */
    uint32_t required;
    uint32_t hidden;         /* options that help does not show */
    uint8_t least_operands, most_operands; /* most 255: any number */
    seg_example examples[5];
    int (*run)(const seg_arguments *arguments);
} seg_command;

extern const seg_command seg_command_check, seg_command_run, seg_command_stream, seg_command_explain,
    seg_command_timeline, seg_command_overlap, seg_command_flow, seg_command_test, seg_command_fmt,
    seg_command_compile, seg_command_dump, seg_command_infer, seg_command_help, seg_command_version,
    seg_command_completion;

/* By number from 0 until NULL, in the order of the overview. */
const seg_command *seg_command_at(size_t index);
const seg_command *seg_command_find(const char *name);
const char *seg_command_group_title(seg_command_group group);

#endif
