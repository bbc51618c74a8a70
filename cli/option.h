/* option.h - the options of seg, and reading a command line by them. */
#ifndef SEG_CLI_OPTION_H
#define SEG_CLI_OPTION_H

#include "command.h"

typedef enum seg_option_id {
    SEG_OPTION_EVENTS, SEG_OPTION_PROFILES, SEG_OPTION_AT, SEG_OPTION_UNTIL, SEG_OPTION_SEGMENT,
    SEG_OPTION_MEMBERS,
    SEG_OPTION_FORMAT, SEG_OPTION_COST, SEG_OPTION_LINT, SEG_OPTION_CHECK, SEG_OPTION_OUTPUT,
    SEG_OPTION_TOKENS,
    SEG_OPTION_TREE, SEG_OPTION_TYPES, SEG_OPTION_PLAN, SEG_OPTION_BYTECODE, SEG_OPTION_PARAM,
    SEG_OPTION_NATIVE, SEG_OPTION_FROM, SEG_OPTION_TO,
    SEG_OPTION_EVERY, SEG_OPTION_THREADS, SEG_OPTION_STRICT, SEG_OPTION_QUIET, SEG_OPTION_MAN,
    SEG_OPTION_HELP,
    SEG_OPTION_COUNT
} seg_option_id;
#define SEG_OPTION_BIT(id) (1u << (id))
/* What every command takes that compiles rules, that runs them, and that reads events. */
#define SEG_OPTIONS_RULES (SEG_OPTION_BIT(SEG_OPTION_PARAM) | SEG_OPTION_BIT(SEG_OPTION_HELP))
#define SEG_OPTIONS_RUN (SEG_OPTIONS_RULES | SEG_OPTION_BIT(SEG_OPTION_NATIVE))
#define SEG_OPTIONS_INPUT \
    (SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_STRICT) | SEG_OPTION_BIT(SEG_OPTION_QUIET))

typedef struct seg_option {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: none */
    bool many;            /* may be given several times */
    bool files;           /* takes all that follows, up to the next option */
    const char *help;
} seg_option;
const seg_option *seg_option_of(seg_option_id id);

/* A command line that was read. Texts are borrowed from argv. */
struct seg_arguments {
    const seg_command *command;
    uint32_t given; /* bit per seg_option_id */
    const char *values[SEG_OPTION_COUNT]; /* the last one given */
    size_t item_count;
    struct seg_argument_item {
        seg_option_id id;
        const char *value;
    } *items; /* every option with an argument, in order */
    size_t operand_count;
    const char **operands;
};

/* Reads argv[0..argc) (argv[0] is the command's name). Faults go to standard error, and the exit code
 * comes back: 0 when all is well. seg_arguments_free in any case. */
int seg_arguments_read(seg_arguments *out, const seg_command *command, int argc, char **argv);
void seg_arguments_free(seg_arguments *arguments);

bool seg_arguments_has(const seg_arguments *arguments, seg_option_id id);
/* The index-th value of an option that may be given several times, or NULL. */
const char *seg_arguments_nth(const seg_arguments *arguments, seg_option_id id, size_t index);
/* Which of the command's formats is asked for, from 0. */
size_t seg_arguments_format(const seg_arguments *arguments);
/* The workspace folder: operand 0 when more operands than `after` were given, else ".". */
const char *seg_arguments_folder(const seg_arguments *arguments, size_t after);

#endif
