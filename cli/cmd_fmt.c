#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "workspace.h"

typedef struct formatted {
    FILE *text;
    FILE *faults;
} formatted;

static void text_write(void *user, const char *bytes, size_t size_bytes) {
    fwrite(bytes, 1, size_bytes, ((formatted *)user)->text);
}

static void faults_write(void *user, const char *bytes, size_t size_bytes) {
    fwrite(bytes, 1, size_bytes, ((formatted *)user)->faults);
}

/* Formats bytes; *out is the caller's to free. */
static int format_bytes(const char *name, const char *bytes, size_t size_bytes, char **out,
                        size_t *out_bytes) {
    *out = NULL;
    FILE *text = open_memstream(out, out_bytes);
    if (!text) return seg_say_memory();
    formatted to = {.text = text, .faults = stderr};
    seg_status status =
        seg_format(name, bytes, size_bytes, seg_output_terminal()->err_colour, text_write, faults_write, &to);
    if (fclose(text) != 0) status = SEG_E_MEMORY;
    if (status == SEG_E_FACT) return SEG_EXIT_RULES;
    return status ? seg_say_status(name, status, NULL) : SEG_EXIT_GOOD;
}

static int format_file(const char *name, bool check) {
    char *bytes, *text = NULL;
    size_t size_bytes, text_bytes = 0;
    int code = seg_file_read(name, &bytes, &size_bytes);
    if (code) return code;
    bool input = strcmp(name, "-") == 0;
    code = format_bytes(input ? "<standard input>" : name, bytes, size_bytes, &text, &text_bytes);
    bool same = !code && text_bytes == size_bytes && memcmp(text, bytes, size_bytes) == 0;
    if (!code && input && !check) {
        fwrite(text, 1, text_bytes, stdout);
    } else if (!code && !same) {
        if (check) code = SEG_EXIT_RULES;
        else code = seg_file_replace(name, text, text_bytes);
        if (check || !code) printf("%s\n", name);
    }
    free(bytes);
    free(text);
    return code;
}

static int fmt(const seg_arguments *arguments) {
    seg_files files = {0};
    int code = SEG_EXIT_GOOD;
    if (arguments->operand_count == 0) code = seg_files_find(&files, ".");
    for (size_t i = 0; i < arguments->operand_count && !code; i++) {
        const char *operand = arguments->operands[i];
        if (strcmp(operand, "-") == 0)
            code = format_file(operand, seg_arguments_has(arguments, SEG_OPTION_CHECK));
        else code = seg_files_find(&files, operand);
    }
    for (size_t i = 0; i < files.count && code < SEG_EXIT_USAGE; i++) {
        int one = format_file(files.names[i], seg_arguments_has(arguments, SEG_OPTION_CHECK));
        if (one > code) code = one;
    }
    seg_files_free(&files);
    return code;
}

const seg_command seg_command_fmt = {
    .name = "fmt",
    .group = SEG_GROUP_WRITE,
    .summary = "put files into canonical form",
    .operands = "[DIR|FILE...]",
    .description =
        "Rewrites every .seg file below DIR, or each FILE, in its one canonical form, and names those that "
        "it changed. The meaning stays, and so do comments. A file with faults is left as it is. With - "
        "the text comes from standard input and goes to standard output.",
    .options = SEG_OPTION_BIT(SEG_OPTION_CHECK) | SEG_OPTION_BIT(SEG_OPTION_HELP),
    .most_operands = 255,
    .examples = {{"seg fmt", "everything below this folder"},
                 {"seg fmt --check rules", "change nothing, fail if something would change"}},
    .run = fmt,
};
