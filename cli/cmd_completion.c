#include <string.h>

#include "completion.h"
#include "option.h"
#include "output.h"

static int completion(const seg_arguments *arguments) {
    const char *shell = arguments->operands[0];
    if (strcmp(shell, "bash") == 0) seg_completion_bash(stdout);
    else if (strcmp(shell, "zsh") == 0) seg_completion_zsh(stdout);
    else {
        seg_say("seg completion knows bash and zsh, not \"%s\".", shell);
        return SEG_EXIT_USAGE;
    }
    return SEG_EXIT_GOOD;
}

const seg_command seg_command_completion = {
    .name = "completion",
    .group = SEG_GROUP_HELP,
    .summary = "print a shell's completion script",
    .operands = "bash|zsh",
    .description =
        "Prints the script by which bash or zsh completes commands, options and files of seg. For bash, "
        "put it into ~/.local/share/bash-completion/completions/seg; for zsh, as _seg into a folder of "
        "$fpath.",
    .options = SEG_OPTION_BIT(SEG_OPTION_HELP),
    .least_operands = 1,
    .most_operands = 1,
    .examples = {{"seg completion bash > ~/.local/share/bash-completion/completions/seg", "for bash"}},
    .run = completion,
};
