/* library.c - see library.h. A library is loaded only when the command line names its file and the rules ask
 * for it; a .seg file alone makes nothing run. */
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

/* Where NAME=FILE says FILE, if its name is this one. */
static const char *file_of(const char *given, seg_text library) {
    size_t length = strcspn(given, "=");
    bool same = length == library.size_bytes && memcmp(given, library.bytes, length) == 0;
    return same ? given + length + 1 : NULL;
}

/* The last one that was allowed for the library, or NULL. */
static const char *allowed_file(const seg_arguments *arguments, seg_text library) {
    const char *given, *file = NULL;
    for (size_t i = 0; (given = seg_arguments_nth(arguments, SEG_OPTION_NATIVE, i)); i++)
        if (file_of(given, library)) file = file_of(given, library);
    return file;
}

static int check_form(const seg_arguments *arguments) {
    const char *given;
    for (size_t i = 0; (given = seg_arguments_nth(arguments, SEG_OPTION_NATIVE, i)); i++) {
        const char *equals = strchr(given, '=');
        if (equals && equals > given && equals[1]) continue;
        seg_say("--native is written LIBRARY=FILE, not \"%s\".", given);
        return SEG_EXIT_USAGE;
    }
    return SEG_EXIT_GOOD;
}

/* A name without a slash is a file here: never one that the system would search for. The library stays until
 * the program ends: nobody could say who still calls into it. */
static int open_table(const char *file, const seg_native_table **out) {
    char *path = NULL;
    if (asprintf(&path, "%s%s", strchr(file, '/') ? "" : "./", file) < 0) return seg_say_memory();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    free(path);
    if (!library) {
        seg_say("cannot load a library: %s.", dlerror());
        return SEG_EXIT_MACHINE;
    }
    *out = dlsym(library, "seg_natives");
    if (*out) return SEG_EXIT_GOOD;
    seg_say("%s has no table `seg_natives` of functions for rules.", file);
    return SEG_EXIT_MACHINE;
}

static int bind_library(seg_workspace *workspace, const seg_native_info *info, const char *file) {
    const seg_native_table *table = NULL;
    int code = open_table(file, &table);
    if (code) return code;
    char *name = strndup(info->library.bytes, info->library.size_bytes);
    if (!name) return seg_say_memory();
    seg_error error = {0};
    seg_status status = seg_image_bind(workspace->image, name, table, &error);
    if (status)
        code = seg_say_status(file, status, &error);
    else if (seg_unit_bind(workspace->unit, name, table))
        code = seg_say_memory();
    free(name);
    return code;
}

int seg_library_bind(seg_workspace *workspace, const seg_arguments *arguments) {
    int code = check_form(arguments);
    seg_native_info info;
    for (uint32_t i = 0; !code && !seg_image_native(workspace->image, i, &info); i++) {
        if (info.is_bound) continue;
        const char *file = allowed_file(arguments, info.library);
        if (file) {
            code = bind_library(workspace, &info, file);
            continue;
        }
        seg_say("the rules call %.*s of the library \"%.*s\": allow it with --native %.*s=FILE.",
                (int)info.name.size_bytes, info.name.bytes, (int)info.library.size_bytes, info.library.bytes,
                (int)info.library.size_bytes, info.library.bytes);
        code = SEG_EXIT_USAGE;
    }
    return code;
}
