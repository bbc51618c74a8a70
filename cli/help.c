#include "help.h"

#include <seg.h>
#include <string.h>

#include "output.h"

enum { WIDEST = 88, NAME_COLUMN = 12 };

static const char about[] =
    "Seg keeps the segments of your customers as rules in text files, and says who is in which one, since "
    "when, why, and when that will change by itself.";

static const seg_example overview_examples[] = {
    {"seg infer events.ndjson > facts.seg", "draft the declarations"},
    {"seg check rules", "are the rules sound?"},
    {"seg run rules --events events.ndjson --at 2026-04-16", "how many are in each segment?"},
    {"seg timeline rules --events events.ndjson --from 2026-01-01 --to 2026-06-30 --every 1w",
     "and how did that change from week to week?"},
    {"seg explain rules at_risk u42 --events events.ndjson --at 2026-04-16", "why is u42 in?"},
    {"seg stream rules --events events.ndjson --until 2026-06-01", "every entry and exit"},
};

static const struct {
    int code;
    const char *meaning;
} exits[] = {
    {SEG_EXIT_GOOD, "all is well"},
    {SEG_EXIT_RULES, "the rules or their tests are at fault"},
    {SEG_EXIT_USAGE, "the command line is at fault"},
    {SEG_EXIT_INPUT, "input was refused, with --strict"},
    {SEG_EXIT_MACHINE, "a file could not be read or written, or memory ran short"},
    {SEG_EXIT_INTERRUPT, "stopped by Ctrl-C"},
};

static void spaces(FILE *file, size_t count) {
    for (size_t i = 0; i < count; i++) fputc(' ', file);
}

static unsigned page_width(void) {
    unsigned width = seg_output_terminal()->width;
    return width > WIDEST ? WIDEST : width;
}

static void wrap_line(FILE *file, const char *text, size_t length, unsigned indent) {
    size_t column = 0, room = page_width() - indent;
    for (size_t at = 0; at < length;) {
        size_t word = 0, columns = 0;
        while (at + word < length && text[at + word] != ' ')
            columns += ((unsigned char)text[at + word++] & 0xc0) != 0x80;
        if (column && column + 1 + columns > room) {
            fputc('\n', file);
            column = 0;
        }
        if (column) fputc(' ', file);
        else spaces(file, indent);
        fwrite(text + at, 1, word, file);
        column += columns + (column ? 1 : 0);
        at += word;
        while (at < length && text[at] == ' ') at++;
    }
    fputc('\n', file);
}

void seg_help_wrap(FILE *file, const char *text, unsigned indent) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (length == 0) {
            fputc('\n', file);
        } else if (strncmp(text, "  ", 2) == 0) {
            spaces(file, indent);
            fwrite(text, 1, length, file);
            fputc('\n', file);
        } else {
            wrap_line(file, text, length, indent);
        }
        text += length + (text[length] == '\n');
    }
}

static void title(FILE *file, const char *text) {
    fprintf(file, "\n%s%s%s\n", seg_style_begin(SEG_STYLE_BOLD), text, seg_style_end());
}

static void examples_print(FILE *file, const seg_example *examples, size_t count) {
    for (size_t i = 0; i < count && examples[i].line; i++) {
        fprintf(file, "  %s# %s%s\n", seg_style_begin(SEG_STYLE_DIM), examples[i].meaning, seg_style_end());
        fprintf(file, "  %s\n", examples[i].line);
    }
}

static void exits_print(FILE *file) {
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        fprintf(file, "  %3d  %s\n", exits[i].code, exits[i].meaning);
}

void seg_help_overview(FILE *file) {
    seg_help_wrap(file, about, 0);
    fprintf(file, "\n%sUsage:%s seg COMMAND [DIR] [OPTION...]\n", seg_style_begin(SEG_STYLE_BOLD),
            seg_style_end());
    for (int group = 0; group < SEG_GROUP_COUNT; group++) {
        title(file, seg_command_group_title((seg_command_group)group));
        for (size_t i = 0; seg_command_at(i); i++)
            if (seg_command_at(i)->group == (seg_command_group)group)
                fprintf(file, "  %-*s%s\n", NAME_COLUMN, seg_command_at(i)->name, seg_command_at(i)->summary);
    }
    title(file, "Examples");
    examples_print(file, overview_examples, sizeof overview_examples / sizeof *overview_examples);
    title(file, "Exit codes");
    exits_print(file);
    fputs("\nseg help COMMAND shows a command's page, seg help CODE what a fault means.\n", file);
}

/* "table, csv or json; table when not said." */
static void formats_print(FILE *file, const char *formats) {
    size_t first = strcspn(formats, "|");
    for (const char *at = formats; *at;) {
        size_t length = strcspn(at, "|");
        const char *next = at + length + (at[length] == '|');
        bool last = !*next, second_last = *next && !strchr(next, '|');
        fprintf(file, "%.*s%s", (int)length, at, last ? "" : second_last ? " or " : ", ");
        at = next;
    }
    fprintf(file, "; %.*s when not said.", (int)first, formats);
}

static void option_print(FILE *file, const seg_command *command, seg_option_id id) {
    const seg_option *option = seg_option_of(id);
    fputs("  ", file);
    if (option->letter) fprintf(file, "-%c, ", option->letter);
    else fputs("    ", file);
    fprintf(file, "%s--%s%s%s%s\n", seg_style_begin(SEG_STYLE_BOLD), option->name, seg_style_end(),
            option->argument ? " " : "", option->argument ? option->argument : "");
    char text[512];
    FILE *line = fmemopen(text, sizeof text, "w");
    if (!line) return;
    fputs(option->help, line);
    if (id == SEG_OPTION_FORMAT) formats_print(line, command->formats);
    if (command->required & SEG_OPTION_BIT(id)) fputs(" Needed.", line);
    fclose(line);
    seg_help_wrap(file, text, 10);
}

static bool option_shown(const seg_command *command, int id) {
    return (command->options & ~command->hidden & SEG_OPTION_BIT(id)) != 0;
}

static void usage_print(FILE *file, const seg_command *command) {
    fprintf(file, "seg %s%s%s", command->name, *command->operands ? " " : "", command->operands);
    bool more = false;
    for (int id = 0; id < SEG_OPTION_COUNT; id++) {
        if (command->required & SEG_OPTION_BIT(id))
            fprintf(file, " --%s %s", seg_option_of((seg_option_id)id)->name,
                    seg_option_of((seg_option_id)id)->argument);
        else if (option_shown(command, id)) more = true;
    }
    fputs(more ? " [OPTION...]" : "", file);
}

void seg_help_command(FILE *file, const seg_command *command) {
    fprintf(file, "%sseg %s%s: %s\n\n%sUsage:%s ", seg_style_begin(SEG_STYLE_BOLD), command->name,
            seg_style_end(), command->summary, seg_style_begin(SEG_STYLE_BOLD), seg_style_end());
    usage_print(file, command);
    fputs("\n\n", file);
    seg_help_wrap(file, command->description, 0);
    title(file, "Options");
    for (int id = 0; id < SEG_OPTION_COUNT; id++)
        if (option_shown(command, id)) option_print(file, command, (seg_option_id)id);
    if (!command->examples[0].line) return;
    title(file, "Examples");
    examples_print(file, command->examples, sizeof command->examples / sizeof *command->examples);
}

/* ---- Manual pages ---------------------------------------------------------------------------- */

static void man_text(FILE *file, const char *text) {
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\'')) fputs("\\&", file);
        if (*text == '\\') fputs("\\e", file);
        else if (*text == '-') fputs("\\-", file);
        else fputc(*text, file);
        start = *text == '\n';
    }
}

/* Paragraphs, and lines that stay as they are. */
static void man_paragraphs(FILE *file, const char *text) {
    bool kept = false;
    while (*text) {
        size_t length = strcspn(text, "\n");
        char line[1024];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        bool keep = strncmp(line, "  ", 2) == 0;
        if (keep != kept) fputs(keep ? ".PP\n.nf\n" : ".fi\n", file);
        kept = keep;
        if (length == 0) {
            fputs(".PP\n", file);
        } else {
            man_text(file, line);
            fputc('\n', file);
        }
        text += length + (text[length] == '\n');
    }
    if (kept) fputs(".fi\n", file);
}

static void man_options(FILE *file, const seg_command *command) {
    fputs(".SH OPTIONS\n", file);
    for (int id = 0; id < SEG_OPTION_COUNT; id++) {
        if (!option_shown(command, id)) continue;
        const seg_option *option = seg_option_of((seg_option_id)id);
        fputs(".TP\n", file);
        if (option->letter) fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
        fprintf(file, "\\fB\\-\\-%s\\fR", option->name);
        if (option->argument) fprintf(file, " \\fI%s\\fR", option->argument);
        fputc('\n', file);
        man_text(file, option->help);
        if (id == SEG_OPTION_FORMAT) formats_print(file, command->formats);
        if (command->required & SEG_OPTION_BIT(id)) fputs(" Needed.", file);
        fputc('\n', file);
    }
}

static void man_examples(FILE *file, const seg_example *examples, size_t count) {
    fputs(".SH EXAMPLES\n", file);
    for (size_t i = 0; i < count && examples[i].line; i++) {
        fputs(".TP\n.B ", file);
        man_text(file, examples[i].line);
        fputc('\n', file);
        man_text(file, examples[i].meaning);
        fputc('\n', file);
    }
}

static void man_exits(FILE *file) {
    fputs(".SH EXIT STATUS\n", file);
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        fprintf(file, ".TP\n.B %d\n%s\n", exits[i].code, exits[i].meaning);
}

static void man_seg(FILE *file) {
    fputs(".TH SEG 1 \"\" \"seg " SEG_VERSION_TEXT
          "\" \"Seg\"\n.SH NAME\nseg \\- rules for dynamic customer segments\n",
          file);
    fputs(".SH SYNOPSIS\n.B seg\n.I COMMAND\n.RI [ DIR ]\n.RI [ OPTION... ]\n.SH DESCRIPTION\n", file);
    man_paragraphs(file, about);
    fputs(".SH COMMANDS\n", file);
    for (size_t i = 0; seg_command_at(i); i++)
        fprintf(file, ".TP\n.BR seg\\-%s (1)\n%s\n", seg_command_at(i)->name, seg_command_at(i)->summary);
    man_examples(file, overview_examples, sizeof overview_examples / sizeof *overview_examples);
    man_exits(file);
    fputs(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen set, nothing is coloured.\n.TP\n.B TERM\nWhen it is dumb, "
          "nothing is coloured and no progress is shown.\n.TP\n.BR LC_ALL \", \" LC_CTYPE \", \" LANG\nSay "
          "whether the terminal shows UTF\\-8.\n.TP\n.B TMPDIR\n"
          "Where seg\\-explain keeps standard input, which it reads twice.\n.TP\n.B SEG_DUCKDB\nThe shared "
          "library of DuckDB for Parquet files. Without it, the libduckdb.so that the system finds.\n",
          file);
}

void seg_help_man(FILE *file, const seg_command *command) {
    if (!command) {
        man_seg(file);
        return;
    }
    char upper[32];
    size_t at = 0;
    for (; command->name[at] && at + 1 < sizeof upper; at++)
        upper[at] = (char)(command->name[at] - 'a' + 'A');
    upper[at] = 0;
    fprintf(file, ".TH SEG\\-%s 1 \"\" \"seg " SEG_VERSION_TEXT "\" \"Seg\"\n.SH NAME\nseg\\-%s \\- %s\n",
            upper, command->name, command->summary);
    fputs(".SH SYNOPSIS\n.nf\n", file);
    char text[256];
    FILE *line = fmemopen(text, sizeof text, "w");
    if (line) {
        usage_print(line, command);
        fclose(line);
        man_text(file, text);
    }
    fputs("\n.fi\n.SH DESCRIPTION\n", file);
    man_paragraphs(file, command->description);
    man_options(file, command);
    if (command->examples[0].line)
        man_examples(file, command->examples, sizeof command->examples / sizeof *command->examples);
    man_exits(file);
    fputs(".SH SEE ALSO\n.BR seg (1)\n", file);
}
