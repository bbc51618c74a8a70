#include <stdio.h>
#include <string.h>

#include "json_out.h"
#include "output.h"
#include "workspace.h"

typedef struct tally {
    uint32_t passed, failed;
    const char *file; /* of the test before */
} tally;

/* The lines of an explanation, set in below a test. */
static void explanation_print(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        printf("      ");
        seg_output_text(stdout, (seg_text){.bytes = text, .size_bytes = length}, 0);
        putchar('\n');
        text += length + (text[length] == '\n');
    }
}

static void result_print(const seg_test_result *result, tally *counts) {
    const seg_terminal *terminal = seg_output_terminal();
    if (!counts->file || strcmp(counts->file, result->file ? result->file : "") != 0) {
        counts->file = result->file ? result->file : "";
        printf("%s%s%s\n", seg_style_begin(SEG_STYLE_BOLD), counts->file, seg_style_end());
    }
    printf("  %s%s%s ", seg_style_begin(result->passed ? SEG_STYLE_GOOD : SEG_STYLE_BAD),
           result->passed ? terminal->tick : terminal->cross, seg_style_end());
    seg_output_text(stdout, result->name, 0);
    putchar('\n');
    if (result->passed) return;
    printf("      %s:%u: ", counts->file, result->failed_line ? result->failed_line : result->line);
    seg_output_text(stdout, seg_text_from(result->message), 0);
    putchar('\n');
    explanation_print(result->explanation);
}

static void result_json(seg_json_out *json, const seg_test_result *result) {
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "name");
    seg_json_out_text(json, result->name);
    seg_json_out_key(json, "file");
    seg_json_out_string(json, result->file ? result->file : "");
    seg_json_out_key(json, "line");
    seg_json_out_count(json, result->line);
    seg_json_out_key(json, "passed");
    seg_json_out_bool(json, result->passed);
    if (!result->passed) {
        seg_json_out_key(json, "failed_line");
        seg_json_out_count(json, result->failed_line);
        seg_json_out_key(json, "message");
        seg_json_out_string(json, result->message);
        seg_json_out_key(json, "explanation");
        seg_json_out_string(json, result->explanation);
    }
    seg_json_out_close(json, '}');
}

static int run_all(seg_workspace *workspace, bool as_json) {
    seg_json_out json = {.file = stdout, .spread = true};
    tally counts = {0};
    if (as_json) {
        seg_json_out_open(&json, '{');
        seg_json_out_key(&json, "tests");
        seg_json_out_open(&json, '[');
    }
    for (uint32_t i = 0; i < seg_unit_test_count(workspace->unit); i++) {
        seg_test_result result;
        seg_status status = seg_unit_test_run(workspace->unit, i, &result);
        if (status) return seg_say_status("cannot run a test", status, NULL);
        if (as_json) result_json(&json, &result);
        else result_print(&result, &counts);
        if (result.passed) counts.passed++;
        else counts.failed++;
    }
    if (as_json) {
        seg_json_out_close(&json, ']');
        seg_json_out_key(&json, "passed");
        seg_json_out_count(&json, counts.passed);
        seg_json_out_key(&json, "failed");
        seg_json_out_count(&json, counts.failed);
        seg_json_out_close(&json, '}');
        seg_json_out_end(&json);
    } else {
        printf("%s%u passed, %u failed\n", counts.passed + counts.failed ? "\n" : "", counts.passed,
               counts.failed);
    }
    return counts.failed ? SEG_EXIT_RULES : SEG_EXIT_GOOD;
}

static int test(const seg_arguments *arguments) {
    seg_workspace workspace;
    int code = seg_workspace_compile(&workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code) code = run_all(&workspace, seg_arguments_format(arguments) == 1);
    seg_workspace_free(&workspace);
    return code;
}

const seg_command seg_command_test = {
    .name = "test",
    .group = SEG_GROUP_WRITE,
    .summary = "run the tests that stand beside the rules",
    .operands = "[DIR]",
    .description =
        "Runs every test of the workspace. A test is a profile's history and what is expected of it:\n\n"
        "  test \"two visits are enough\" {\n"
        "    2026-04-01 visits { page: \"/\" }\n"
        "    at 2026-04-15: in at_risk\n"
        "    exits at_risk at 2026-04-16T10:00Z\n"
        "  }\n\n"
        "A failed test shows the line, what was expected, what was found, and the value of every part of "
        "the rule.",
    .formats = "human|json",
    .options = SEG_OPTIONS_RUN | SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .most_operands = 1,
    .examples = {{"seg test rules", "all tests below rules"}},
    .run = test,
};
