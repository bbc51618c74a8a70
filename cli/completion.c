#include "completion.h"

#include <string.h>

#include "option.h"

static bool shown(const seg_command *command, int id) {
    return (command->options & ~command->hidden & SEG_OPTION_BIT(id)) != 0;
}

void seg_completion_bash(FILE *file) {
    fputs("# bash completion for seg, printed by: seg completion bash\n"
          "_seg() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
          "command=${COMP_WORDS[1]}\n"
          "    local options='' formats='' i\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          file);
    for (size_t i = 0; seg_command_at(i); i++) fprintf(file, "%s%s", i ? " " : "", seg_command_at(i)->name);
    fputs("' -- \"$word\")\n        return\n    fi\n    case $command in\n", file);
    for (size_t i = 0; seg_command_at(i); i++) {
        const seg_command *command = seg_command_at(i);
        fprintf(file, "    %s)\n        options='", command->name);
        const char *before = "";
        for (int id = 0; id < SEG_OPTION_COUNT; id++) {
            if (!shown(command, id)) continue;
            fprintf(file, "%s--%s", before, seg_option_of((seg_option_id)id)->name);
            before = " ";
        }
        fputs("'", file);
        if (command->formats) {
            fputs(" formats='", file);
            for (const char *c = command->formats; *c; c++) fputc(*c == '|' ? ' ' : *c, file);
            fputs("'", file);
        }
        if (command == &seg_command_completion) fputs(" formats='bash zsh'", file);
        fputs(" ;;\n", file);
    }
    fputs("    esac\n"
          "    if [[ $word == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
          "    elif [[ $before == --format || $before == -f || $command == completion ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$formats\" -- \"$word\")\n"
          "    elif [[ $command == help ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          file);
    for (size_t i = 0; seg_command_at(i); i++) fprintf(file, "%s%s", i ? " " : "", seg_command_at(i)->name);
    fputs("' -- \"$word\")\n"
          "    else\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "        compopt -o filenames 2>/dev/null\n"
          "    fi\n"
          "}\n"
          "complete -F _seg seg\n",
          file);
}

/* The first sentence of a help text, for zsh, inside '[...]'. */
static void zsh_text(FILE *file, const char *text) {
    const char *end = strstr(text, ". ");
    size_t length = end ? (size_t)(end - text) : strlen(text);
    while (length > 0 && strchr(".: ", text[length - 1])) length--;
    for (size_t i = 0; i < length; i++) {
        if (strchr("[]:", text[i])) fputc('\\', file);
        if (text[i] == '\'') fputs("'\\''", file);
        else fputc(text[i], file);
    }
}

static void zsh_option(FILE *file, const seg_command *command, seg_option_id id) {
    const seg_option *option = seg_option_of(id);
    fputs(" \\\n            ", file);
    if (option->letter)
        fprintf(file, "%s{-%c,--%s}'[", option->many ? "'*'" : "", option->letter, option->name);
    else fprintf(file, "'%s--%s[", option->many ? "*" : "", option->name);
    zsh_text(file, option->help);
    fputc(']', file);
    if (option->argument) {
        const char *kind = option->files || id == SEG_OPTION_OUTPUT ? "_files" : "";
        fprintf(file, ":%s:", option->argument);
        if (id == SEG_OPTION_FORMAT) {
            fputc('(', file);
            for (const char *c = command->formats; *c; c++) fputc(*c == '|' ? ' ' : *c, file);
            fputc(')', file);
        } else {
            fputs(kind, file);
        }
    }
    fputc('\'', file);
}

void seg_completion_zsh(FILE *file) {
    fputs("#compdef seg\n# zsh completion for seg, printed by: seg completion zsh\n"
          "_seg() {\n"
          "    local -a commands=(\n",
          file);
    for (size_t i = 0; seg_command_at(i); i++) {
        fprintf(file, "        '%s:", seg_command_at(i)->name);
        zsh_text(file, seg_command_at(i)->summary);
        fputs("'\n", file);
    }
    fputs("    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $command in\n",
          file);
    for (size_t i = 0; seg_command_at(i); i++) {
        const seg_command *command = seg_command_at(i);
        fprintf(file, "    %s)\n        _arguments -s", command->name);
        for (int id = 0; id < SEG_OPTION_COUNT; id++)
            if (shown(command, id)) zsh_option(file, command, (seg_option_id)id);
        if (command == &seg_command_help) fputs(" \\\n            '1:command:(", file);
        if (command == &seg_command_help)
            for (size_t n = 0; seg_command_at(n); n++)
                fprintf(file, "%s%s", n ? " " : "", seg_command_at(n)->name);
        if (command == &seg_command_help) fputs(")'", file);
        else if (command == &seg_command_completion) fputs(" \\\n            '1:shell:(bash zsh)'", file);
        else if (command->most_operands) fputs(" \\\n            '*:file:_files'", file);
        fputs(" ;;\n", file);
    }
    fputs("    esac\n}\n_seg \"$@\"\n", file);
}
