#include <segproof.h>
#include <stdio.h>

#include "output.h"
#include "workspace.h"

static void summary(const seg_workspace *workspace) {
    seg_image_info info;
    seg_image_describe(workspace->image, &info);
    uint32_t tests = seg_unit_test_count(workspace->unit), warnings = seg_unit_warnings(workspace->unit);
    uint32_t policies = seg_unit_policy_count(workspace->unit);
    char a[64], b[64], c[64], d[64], e[64], f[64], g[64];
    printf("%sok%s: %s, %s, %s, %s%s%s in %s", seg_style_begin(SEG_STYLE_GOOD), seg_style_end(),
           seg_count_noun(info.segment_count, "segment", a), seg_count_noun(info.event_count, "event", b),
           seg_count_noun(info.attribute_count, "attribute", c), seg_count_noun(tests, "test", d),
           policies ? ", " : "", policies ? seg_count_noun(policies, "policy", g) : "",
           seg_count_noun(workspace->file_count, "file", e));
    printf(warnings ? ", %s\n" : "\n", seg_count_noun(warnings, "warning", f));
}

static int check(const seg_arguments *arguments) {
    seg_workspace workspace;
    bool json = seg_arguments_format(arguments) == 1, cost = seg_arguments_has(arguments, SEG_OPTION_COST);
    int code = seg_workspace_read(&workspace, seg_arguments_folder(arguments, 0), arguments);
    const uint8_t *bytes;
    size_t size_bytes;
    seg_status status = SEG_OK;
    if (!code && !seg_unit_errors(workspace.unit)) status = seg_unit_prove(workspace.unit, NULL, 0);
    if (!code && !status && !seg_unit_errors(workspace.unit) && seg_arguments_has(arguments, SEG_OPTION_LINT))
        status = seg_unit_lint(workspace.unit);
    if (!code && !status && !seg_unit_errors(workspace.unit)) {
        status = seg_unit_image(workspace.unit, false, &bytes, &size_bytes);
        if (!status) status = seg_image_load(&workspace.image, bytes, size_bytes, NULL, NULL);
    }
    if (!code) {
        bool good = !seg_unit_errors(workspace.unit);
        if (json && !(cost && good))
            seg_unit_diagnostics(workspace.unit, true, false, seg_output_write, stdout);
        else if (!json)
            seg_workspace_complain(&workspace);
        if (!good)
            code = SEG_EXIT_RULES;
        else if (status)
            code = seg_say_status("cannot compile the rules", status, NULL);
        else if (!json)
            summary(&workspace);
    }
    if (!code && cost) {
        if (!json) putchar('\n');
        status = seg_unit_cost(workspace.unit, json, seg_output_write, stdout);
        if (status) code = seg_say_status("cannot say the cost", status, NULL);
    }
    seg_workspace_free(&workspace);
    return code;
}

const seg_command seg_command_check = {
    .name = "check",
    .group = SEG_GROUP_WRITE,
    .summary = "say whether the rules are sound",
    .operands = "[DIR]",
    .description =
        "Reads every .seg file below DIR, binds names, proves types and policies, and compiles the rules. "
        "Where a segment breaks a policy, a person who shows it is printed as a test. All faults of all "
        "files "
        "are shown in one run, each with its place, what was found and, where one is known, what would mend "
        "it. seg help CODE explains the code of a fault.",
    .formats = "human|json",
    .options = SEG_OPTIONS_RULES | SEG_OPTION_BIT(SEG_OPTION_FORMAT) | SEG_OPTION_BIT(SEG_OPTION_COST) |
               SEG_OPTION_BIT(SEG_OPTION_LINT),
    .most_operands = 1,
    .examples = {{"seg check", "the rules in this folder"},
                 {"seg check rules --cost", "also what they make each profile remember"},
                 {"seg check rules --lint", "also what can be proven to decide nothing"},
                 {"seg check rules --format json", "for editors and for machines"}},
    .run = check,
};
