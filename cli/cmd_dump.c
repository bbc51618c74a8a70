#include <stdio.h>

#include "output.h"
#include "workspace.h"

static int dump(const seg_arguments *arguments) {
    static const struct {
        seg_option_id option;
        seg_stage stage;
    } stages[] = {{SEG_OPTION_TOKENS, SEG_STAGE_TOKENS},
                  {SEG_OPTION_TREE, SEG_STAGE_TREE},
                  {SEG_OPTION_TYPES, SEG_STAGE_TYPES},
                  {SEG_OPTION_PLAN, SEG_STAGE_PLAN},
                  {SEG_OPTION_BYTECODE, SEG_STAGE_BYTECODE}};
    size_t asked = 0, stage = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (!seg_arguments_has(arguments, stages[i].option)) continue;
        stage = i;
        asked++;
    }
    if (asked != 1) {
        seg_say("seg dump needs one of --tokens, --tree, --types, --plan, --bytecode.");
        return SEG_EXIT_USAGE;
    }
    seg_workspace workspace;
    int code = seg_workspace_read(&workspace, seg_arguments_folder(arguments, 0), arguments);
    if (!code) {
        seg_status status = seg_unit_dump(workspace.unit, stages[stage].stage, seg_output_write, stdout);
        if (seg_unit_errors(workspace.unit)) seg_workspace_complain(&workspace);
        if (seg_unit_errors(workspace.unit)) code = SEG_EXIT_RULES;
        else if (status) code = seg_say_status("cannot dump", status, NULL);
    }
    seg_workspace_free(&workspace);
    return code;
}

const seg_command seg_command_dump = {
    .name = "dump",
    .group = SEG_GROUP_BUILD,
    .summary = "show what a stage of the compiler made",
    .operands = "[DIR]",
    .description =
        "Prints one stage of the way from text to image, for those who work on the compiler or wonder "
        "what became of a rule. Tokens and trees are shown also when the rules have faults.",
    .options = SEG_OPTIONS_RULES | SEG_OPTION_BIT(SEG_OPTION_TOKENS) | SEG_OPTION_BIT(SEG_OPTION_TREE) |
               SEG_OPTION_BIT(SEG_OPTION_TYPES) | SEG_OPTION_BIT(SEG_OPTION_PLAN) |
               SEG_OPTION_BIT(SEG_OPTION_BYTECODE),
    .most_operands = 1,
    .examples = {{"seg dump rules --plan", "the stores and programs behind the rules"}},
    .run = dump,
};
