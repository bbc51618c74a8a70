#include "explanation.h"
#include "output.h"

static bool is_turned(const seg_workspace *workspace, const char *segment, const char *profile) {
    return seg_image_find_segment(workspace->image, seg_text_from(segment)) == SEG_NONE &&
           seg_image_find_segment(workspace->image, seg_text_from(profile)) != SEG_NONE;
}

static int explain(const seg_arguments *arguments) {
    seg_explanation found = {.arguments = arguments};
    size_t first = arguments->operand_count == 3 ? 1 : 0;
    const char *segment = arguments->operands[first];
    found.profile = arguments->operands[first + 1];
    seg_workspace *workspace = &found.workspace;
    int code = seg_workspace_compile(workspace, seg_arguments_folder(arguments, 2), arguments, true);
    if (!code)
        code = seg_workspace_instant(workspace, SEG_OPTION_AT, arguments->values[SEG_OPTION_AT], &found.at);
    if (!code && is_turned(workspace, segment, found.profile)) {
        seg_say("the segment comes first, then the profile: seg explain %s %s.", found.profile, segment);
        code = SEG_EXIT_USAGE;
    }
    if (!code) code = seg_workspace_segment(workspace, segment, &found.segment);
    if (!code) code = seg_explanation_find(&found);
    if (!code && seg_arguments_format(arguments) == 1)
        seg_explanation_json(&found);
    else if (!code)
        seg_explanation_print(&found);
    seg_explanation_free(&found);
    return code;
}

const seg_command seg_command_explain = {
    .name = "explain",
    .group = SEG_GROUP_ASK,
    .summary = "show why a profile is in a segment, or is not",
    .operands = "[DIR] SEGMENT PROFILE",
    .description =
        "Prints the rule as a tree: each part with its value at the instant, whether it holds, the newest "
        "events behind it, and when the verdict will change by itself if nothing happens. Segments that the "
        "rule refers to stand below it with their rules, what was with the instant at which it counts. Only "
        "the facts of this profile, under all its names, are taken in; of all profiles, if the rule asks for "
        "a rank or about a group.",
    .formats = "text|json",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_AT) |
               SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .required = SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_AT),
    .least_operands = 2,
    .most_operands = 3,
    .examples = {{"seg explain rules at_risk u42 --events events.ndjson --at 2026-04-16",
                  "why u42 is at risk"},
                 {"seg explain rules vip u42 -e events.csv -a 2026-04-16 -f json",
                  "the same facts for a machine"}},
    .run = explain,
};
