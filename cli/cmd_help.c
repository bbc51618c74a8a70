#include <ctype.h>
#include <segc.h>
#include <stdio.h>
#include <string.h>

#include "guess.h"
#include "help.h"
#include "output.h"

static int codes_list(void) {
    for (uint32_t i = 0; seg_code_at(i); i++) {
        const char *title = "";
        seg_code_explanation(seg_code_at(i), &title);
        printf("%s%s%s  %s\n", seg_style_begin(SEG_STYLE_BOLD), seg_code_at(i), seg_style_end(), title);
    }
    return SEG_EXIT_GOOD;
}

static int code_explain(const char *code) {
    const char *title = NULL, *text = seg_code_explanation(code, &title);
    if (!text) return SEG_EXIT_USAGE;
    printf("%s%s%s: %s\n\n", seg_style_begin(SEG_STYLE_BOLD), code, seg_style_end(), title);
    seg_help_wrap(stdout, text, 0);
    return SEG_EXIT_GOOD;
}

static int unknown_topic(const char *topic) {
    const char *best = NULL;
    size_t distance = 0;
    for (size_t i = 0; seg_command_at(i); i++)
        seg_name_guess(topic, seg_command_at(i)->name, &best, &distance);
    if (best) seg_say("there is no page \"%s\": did you mean seg help %s?", topic, best);
    else
        seg_say("there is no page \"%s\". seg help lists the commands, seg help codes the codes of faults.",
                topic);
    return SEG_EXIT_USAGE;
}

static int help(const seg_arguments *arguments) {
    bool man = seg_arguments_has(arguments, SEG_OPTION_MAN);
    if (arguments->operand_count == 0) {
        if (man) seg_help_man(stdout, NULL);
        else seg_help_overview(stdout);
        return SEG_EXIT_GOOD;
    }
    const char *topic = arguments->operands[0];
    const seg_command *command = seg_command_find(topic);
    if (command && man) seg_help_man(stdout, command);
    else if (command) seg_help_command(stdout, command);
    if (command) return SEG_EXIT_GOOD;
    if (strcmp(topic, "codes") == 0) return codes_list();
    char upper[16];
    size_t at = 0;
    for (; topic[at] && at + 1 < sizeof upper; at++) upper[at] = (char)toupper((unsigned char)topic[at]);
    upper[at] = 0;
    return code_explain(upper) == SEG_EXIT_GOOD ? SEG_EXIT_GOOD : unknown_topic(topic);
}

const seg_command seg_command_help = {
    .name = "help",
    .group = SEG_GROUP_HELP,
    .summary = "show a command's page, or what a fault's code means",
    .operands = "[COMMAND|CODE]",
    .description =
        "Without a name, shows all commands. With the name of a command, its page, as seg COMMAND --help "
        "does. With the code of a fault, as in E0301, what it means and how it is mended. seg help codes "
        "lists the codes.",
    .options = SEG_OPTION_BIT(SEG_OPTION_MAN) | SEG_OPTION_BIT(SEG_OPTION_HELP),
    .hidden = SEG_OPTION_BIT(SEG_OPTION_MAN),
    .most_operands = 1,
    .examples = {{"seg help run", "the page of seg run"}, {"seg help E0301", "what a fault means"}},
    .run = help,
};
