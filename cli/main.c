/* main.c - the seg command: finds the command's table entry, reads its options, runs it. */
#include <stdio.h>
#include <string.h>

#include "guess.h"
#include "help.h"
#include "interrupt.h"
#include "option.h"
#include "output.h"

static int unknown_command(const char *name) {
    const char *best = NULL;
    size_t distance = 0;
    for (size_t i = 0; seg_command_at(i); i++)
        seg_name_guess(name, seg_command_at(i)->name, &best, &distance);
    if (best) seg_say("there is no command \"%s\": did you mean seg %s?", name, best);
    else seg_say("there is no command \"%s\". seg help lists them.", name);
    return SEG_EXIT_USAGE;
}

static int run_command(const seg_command *command, int argc, char **argv) {
    seg_arguments arguments;
    int code = seg_arguments_read(&arguments, command, argc, argv);
    if (!code && seg_arguments_has(&arguments, SEG_OPTION_HELP)) seg_help_command(stdout, command);
    else if (!code) code = command->run(&arguments);
    seg_arguments_free(&arguments);
    return code;
}

int main(int argc, char **argv) {
    seg_output_init();
    seg_interrupt_watch();
    if (argc < 2) {
        seg_help_overview(stderr);
        return SEG_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) name = "version";
    const seg_command *command = seg_command_find(name);
    int code = command ? run_command(command, argc - 1, argv + 1) : unknown_command(name);
    return seg_output_finish(code);
}
