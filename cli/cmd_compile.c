#include <stdio.h>
#include <string.h>

#include "output.h"
#include "workspace.h"

static int write_image(const seg_workspace *workspace, const uint8_t *bytes, size_t size_bytes,
                       const char *name) {
    if (strcmp(name, "-") == 0) {
        seg_output_write(stdout, (const char *)bytes, size_bytes);
        return SEG_EXIT_GOOD;
    }
    int code = seg_file_replace(name, bytes, size_bytes);
    if (code) return code;
    char segments[64], size[64];
    printf("%s: %s, %s\n", name, seg_count_noun(seg_unit_segment_count(workspace->unit), "segment", segments),
           seg_count_noun(size_bytes, "byte", size));
    return SEG_EXIT_GOOD;
}

static int compile(const seg_arguments *arguments) {
    seg_workspace workspace;
    const uint8_t *bytes;
    size_t size_bytes;
    int code = seg_workspace_image(&workspace, seg_arguments_folder(arguments, 0), arguments, false, &bytes,
                                   &size_bytes);
    if (!code) code = seg_workspace_prove(&workspace, NULL, 0);
    if (!code) code = write_image(&workspace, bytes, size_bytes, arguments->values[SEG_OPTION_OUTPUT]);
    seg_workspace_free(&workspace);
    return code;
}

const seg_command seg_command_compile = {
    .name = "compile",
    .group = SEG_GROUP_BUILD,
    .summary = "compile the rules into an image",
    .operands = "[DIR]",
    .description =
        "Writes the image that the library libsegvm loads: one block of bytes that holds the rules, the "
        "names and the time zone's transitions. Equal rules give equal bytes. Nothing is written when a "
        "segment breaks a policy.",
    .options = SEG_OPTIONS_RULES | SEG_OPTION_BIT(SEG_OPTION_OUTPUT),
    .required = SEG_OPTION_BIT(SEG_OPTION_OUTPUT),
    .most_operands = 1,
    .examples = {{"seg compile rules -o rules.img", "an image to embed"}},
    .run = compile,
};
