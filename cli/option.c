#include "option.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guess.h"
#include "output.h"

static const seg_option options[SEG_OPTION_COUNT] = {
    [SEG_OPTION_EVENTS] =
        {"events", 'e', "FILE...", true, true,
         "Files of events: .ndjson, .jsonl or .csv, each also with .gz, or .parquet; - is standard input. "
         "Takes every file up to the next option, and may be given again."},
    [SEG_OPTION_PROFILES] =
        {"profiles", 0, "FILE...", true, true,
         "Instead of events, files with a row per profile: .csv, also with .gz, or .parquet. Takes every "
         "file up to the next option, and may be given again."},
    [SEG_OPTION_AT] =
        {"at", 'a', "INSTANT", false, false,
         "The instant of the answer, as 2026-04-16T10:00Z or 2026-04-16. Without an offset it is local to "
         "the "
         "workspace's time zone."},
    [SEG_OPTION_UNTIL] = {"until", 'u', "INSTANT", false, false,
                          "Let time run on to this instant after the last event. Events later than it wait."},
    [SEG_OPTION_SEGMENT] = {"segment", 's', "NAME", true, false,
                            "Only this segment; the name of stages or of a family means all of them. May "
                            "be given again."},
    [SEG_OPTION_FROM] = {"from", 0, "INSTANT", false, false, "The first instant, written as for --at."},
    [SEG_OPTION_TO] = {"to", 0, "INSTANT", false, false, "The last instant, written as for --at."},
    [SEG_OPTION_EVERY] = {"every", 0, "STEP", false, false,
                          "How far apart the instants are: a number and s, m, h, d, w, mo or y. From days "
                          "on, the local time of day stays."},
    [SEG_OPTION_MEMBERS] = {"members", 'm', NULL, false, false, "List the profiles that are in."},
    [SEG_OPTION_FORMAT] = {"format", 'f', "FORMAT", false, false, "How to print it: "},
    [SEG_OPTION_COST] = {"cost", 'c', NULL, false, false,
                         "Show what the rules make each profile remember, and why, in bytes."},
    [SEG_OPTION_LINT] = {"lint", 0, NULL, false, false,
                         "Warn of what is proven to decide nothing: segments of nobody or everybody, and "
                         "conditions without which a segment has the same members."},
    [SEG_OPTION_CHECK] =
        {"check", 0, NULL, false, false,
         "Change nothing: name the files that are not in canonical form, and exit with 1 when there is one."},
    [SEG_OPTION_OUTPUT] = {"output", 'o', "PATH", false, false,
                           "Where to write: the file of the image (- is standard output), the file of "
                           "members (--format parquet), or the folder of bitmaps (--format roaring), which "
                           "is made."},
    [SEG_OPTION_TOKENS] = {"tokens", 0, NULL, false, false, "The tokens of each file."},
    [SEG_OPTION_TREE] = {"tree", 0, NULL, false, false, "The tree of each file."},
    [SEG_OPTION_TYPES] = {"types", 0, NULL, false, false, "The rules with their types."},
    [SEG_OPTION_PLAN] = {"plan", 0, NULL, false, false, "What is remembered, and the programs over it."},
    [SEG_OPTION_BYTECODE] = {"bytecode", 0, NULL, false, false, "The compiled image, disassembled."},
    [SEG_OPTION_PARAM] = {"param", 'p', "NAME=VALUE", true, false,
                          "The value of a param of the workspace, written as in a rule. May be given again."},
    [SEG_OPTION_NATIVE] =
        {"native", 0, "LIBRARY=FILE", true, false,
         "Lets rules call the functions of this shared library, which runs as part of seg: allow only what "
         "you trust. May be given again."},
    [SEG_OPTION_THREADS] = {"threads", 0, "N", false, false,
                            "Share the work among so many threads, 1 to 256; 1 unless given."},
    [SEG_OPTION_STRICT] =
        {"strict", 0, NULL, false, false,
         "Stop with exit code 3 when any record is refused, instead of going on without it."},
    [SEG_OPTION_QUIET] = {"quiet", 'q', NULL, false, false, "No progress and no summary on standard error."},
    [SEG_OPTION_MAN] = {"man", 0, NULL, false, false, "Print the manual page's source."},
    [SEG_OPTION_HELP] = {"help", 'h', NULL, false, false, "Show this page."},
};

const seg_option *seg_option_of(seg_option_id id) { return &options[id]; }

enum { LONG_FIRST = 256 }; /* getopt's value of long option 0, above every letter */

static void names_make(const seg_command *command, struct option *names, char *letters) {
    size_t n = 0, at = 0;
    letters[at++] = '-'; /* operands come in their place, as option 1 */
    letters[at++] = ':';
    for (int id = 0; id < SEG_OPTION_COUNT; id++) {
        const seg_option *option = &options[id];
        if (!(command->options & SEG_OPTION_BIT(id))) continue;
        names[n++] = (struct option){.name = option->name,
                                     .has_arg = option->argument ? required_argument : no_argument,
                                     .val = LONG_FIRST + id};
        if (!option->letter) continue;
        letters[at++] = option->letter;
        if (option->argument) letters[at++] = ':';
    }
    names[n] = (struct option){0};
    letters[at] = 0;
}

static int id_of_letter(const seg_command *command, int letter) {
    for (int id = 0; id < SEG_OPTION_COUNT; id++)
        if (options[id].letter == letter && (command->options & SEG_OPTION_BIT(id))) return id;
    return -1;
}

static int unknown_option(const seg_command *command, const char *text) {
    char name[64];
    snprintf(name, sizeof name, "%s", text + strspn(text, "-"));
    name[strcspn(name, "=")] = 0;
    const char *best = NULL;
    size_t distance = 0;
    for (int id = 0; id < SEG_OPTION_COUNT; id++)
        if (command->options & ~command->hidden & SEG_OPTION_BIT(id))
            seg_name_guess(name, options[id].name, &best, &distance);
    if (best) seg_say("seg %s has no option %s: did you mean --%s?", command->name, text, best);
    else seg_say("seg %s has no option %s. seg help %s lists them.", command->name, text, command->name);
    return SEG_EXIT_USAGE;
}

static void item_add(seg_arguments *out, int id, const char *value) {
    out->given |= SEG_OPTION_BIT(id);
    if (!value) return;
    out->values[id] = value;
    out->items[out->item_count].id = (seg_option_id)id;
    out->items[out->item_count++].value = value;
}

static int given_check(const seg_arguments *arguments) {
    const seg_command *command = arguments->command;
    for (int id = 0; id < SEG_OPTION_COUNT; id++) {
        if (!(command->required & ~arguments->given & SEG_OPTION_BIT(id))) continue;
        seg_say("seg %s needs --%s %s (see seg help %s).", command->name, options[id].name,
                options[id].argument ? options[id].argument : "", command->name);
        return SEG_EXIT_USAGE;
    }
    if (arguments->operand_count < command->least_operands) {
        seg_say("seg %s needs %s (see seg help %s).", command->name, command->operands, command->name);
        return SEG_EXIT_USAGE;
    }
    if (arguments->operand_count > command->most_operands) {
        seg_say("seg %s does not take \"%s\": it takes %s (see seg help %s).", command->name,
                arguments->operands[command->most_operands],
                *command->operands ? command->operands : "no names", command->name);
        return SEG_EXIT_USAGE;
    }
    if (seg_arguments_has(arguments, SEG_OPTION_FORMAT) && seg_arguments_format(arguments) == SIZE_MAX) {
        seg_say("seg %s does not print \"%s\": it prints %s.", command->name,
                arguments->values[SEG_OPTION_FORMAT], command->formats);
        return SEG_EXIT_USAGE;
    }
    return SEG_EXIT_GOOD;
}

int seg_arguments_read(seg_arguments *out, const seg_command *command, int argc, char **argv) {
    *out = (seg_arguments){.command = command};
    out->items = calloc((size_t)argc + 1, sizeof *out->items);
    out->operands = calloc((size_t)argc + 1, sizeof *out->operands);
    if (!out->items || !out->operands) return seg_say_memory();
    struct option names[SEG_OPTION_COUNT + 1];
    char letters[2 * SEG_OPTION_COUNT + 3];
    names_make(command, names, letters);
    int collecting = -1; /* the option that takes the words that follow */
    opterr = 0;
    optind = 1;
    for (int got; (got = getopt_long(argc, argv, letters, names, NULL)) != -1;) {
        const char *word = argv[optind - 1];
        if (got == '?' && optopt >= LONG_FIRST) {
            seg_say("--%s takes no value.", options[optopt - LONG_FIRST].name);
            return SEG_EXIT_USAGE;
        }
        if (got == '?') {
            char letter[3] = {'-', (char)optopt, 0};
            return unknown_option(command, optopt ? letter : word);
        }
        if (got == ':') {
            int id = optopt >= LONG_FIRST ? optopt - LONG_FIRST : id_of_letter(command, optopt);
            seg_say("--%s needs a value: --%s %s", options[id].name, options[id].name, options[id].argument);
            return SEG_EXIT_USAGE;
        }
        if (got == 1) {
            if (collecting >= 0) item_add(out, collecting, optarg);
            else out->operands[out->operand_count++] = optarg;
            continue;
        }
        int id = got >= LONG_FIRST ? got - LONG_FIRST : id_of_letter(command, got);
        if (!options[id].many && (out->given & SEG_OPTION_BIT(id))) {
            seg_say("--%s is given twice.", options[id].name);
            return SEG_EXIT_USAGE;
        }
        item_add(out, id, optarg);
        collecting = options[id].files ? id : -1;
    }
    while (optind < argc) out->operands[out->operand_count++] = argv[optind++];
    return seg_arguments_has(out, SEG_OPTION_HELP) ? SEG_EXIT_GOOD : given_check(out);
}

void seg_arguments_free(seg_arguments *arguments) {
    free(arguments->items);
    free(arguments->operands);
}

bool seg_arguments_has(const seg_arguments *arguments, seg_option_id id) {
    return (arguments->given & SEG_OPTION_BIT(id)) != 0;
}

const char *seg_arguments_nth(const seg_arguments *arguments, seg_option_id id, size_t index) {
    for (size_t i = 0; i < arguments->item_count; i++)
        if (arguments->items[i].id == id && index-- == 0) return arguments->items[i].value;
    return NULL;
}

size_t seg_arguments_format(const seg_arguments *arguments) {
    const char *wanted = arguments->values[SEG_OPTION_FORMAT];
    if (!wanted) return 0;
    size_t index = 0, length = strlen(wanted);
    for (const char *format = arguments->command->formats; *format; index++) {
        size_t size = strcspn(format, "|");
        if (size == length && memcmp(format, wanted, size) == 0) return index;
        format += size + (format[size] == '|');
    }
    return SIZE_MAX;
}

const char *seg_arguments_folder(const seg_arguments *arguments, size_t after) {
    return arguments->operand_count > after ? arguments->operands[0] : ".";
}
