#include "workspace.h"

#include <engine.h>
#include <errno.h>
#include <fts.h>
#include <segproof.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guess.h"
#include "library.h"
#include "output.h"

/* ---- Files ----------------------------------------------------------------------------------- */

static bool files_add(seg_files *files, const char *name) {
    if (files->count == files->room) {
        size_t room = files->room ? files->room * 2 : 16;
        char **larger = realloc(files->names, room * sizeof *larger);
        if (!larger) return false;
        files->names = larger;
        files->room = room;
    }
    files->names[files->count] = strdup(name);
    return files->names[files->count] && ++files->count;
}

void seg_files_free(seg_files *files) {
    for (size_t i = 0; i < files->count; i++) free(files->names[i]);
    free(files->names);
    *files = (seg_files){0};
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a > b && strcmp(text + a - b, end) == 0;
}

/* What the walk does at one entry: 0 goes on. */
static int visit(seg_files *files, FTS *walk, FTSENT *entry, bool plain) {
    switch (entry->fts_info) {
    case FTS_D:
        if (entry->fts_level > 0 && (entry->fts_name[0] == '.' || strcmp(entry->fts_name, "build") == 0))
            fts_set(walk, entry, FTS_SKIP);
        return SEG_EXIT_GOOD;
    case FTS_F:
        if (entry->fts_level > 0 && (entry->fts_name[0] == '.' || !ends_with(entry->fts_name, ".seg")))
            return SEG_EXIT_GOOD;
        return files_add(files, entry->fts_path + (plain ? 2 : 0)) ? SEG_EXIT_GOOD : seg_say_memory();
    case FTS_SLNONE:
        if (!ends_with(entry->fts_name, ".seg")) return SEG_EXIT_GOOD;
        entry->fts_errno = ENOENT;
        break;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS: break;
    default: /* a folder that was seen before, or its end */ return SEG_EXIT_GOOD;
    }
    seg_say("cannot read %s: %s.", entry->fts_path, strerror(entry->fts_errno));
    return SEG_EXIT_MACHINE;
}

int seg_files_find(seg_files *files, const char *folder) {
    size_t length = strlen(folder);
    char *root = strdup(folder);
    if (!root) return seg_say_memory();
    while (length > 1 && root[length - 1] == '/') root[--length] = 0;
    bool plain = strcmp(root, ".") == 0; /* "./a.seg" is shown as "a.seg" */
    char *roots[] = {root, NULL};
    int code = SEG_EXIT_GOOD;
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    if (!walk) {
        seg_say("cannot read %s: %s.", folder, strerror(errno));
        code = SEG_EXIT_MACHINE;
    }
    while (walk && !code) {
        errno = 0;
        FTSENT *entry = fts_read(walk);
        if (entry) {
            code = visit(files, walk, entry, plain);
            continue;
        }
        if (errno) {
            seg_say("cannot read %s: %s.", folder, strerror(errno));
            code = SEG_EXIT_MACHINE;
        }
        break;
    }
    if (walk) fts_close(walk);
    free(root);
    if (files->count) qsort(files->names, files->count, sizeof *files->names, by_name);
    return code;
}

int seg_file_read(const char *name, char **bytes, size_t *size_bytes) {
    *bytes = NULL;
    *size_bytes = 0;
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    size_t room = 0;
    int fault = file ? 0 : errno;
    while (!fault) {
        if (*size_bytes == room) {
            size_t wanted = room ? room * 2 : 1 << 14;
            char *larger = realloc(*bytes, wanted);
            if (!larger) fault = ENOMEM;
            if (fault) break;
            *bytes = larger;
            room = wanted;
        }
        size_t got = fread(*bytes + *size_bytes, 1, room - *size_bytes, file);
        *size_bytes += got;
        if (got) continue;
        if (ferror(file)) fault = errno ? errno : EIO;
        break;
    }
    if (file && file != stdin) fclose(file);
    if (!fault) return SEG_EXIT_GOOD;
    free(*bytes);
    *bytes = NULL;
    seg_say("cannot read %s: %s.", name, strerror(fault));
    return SEG_EXIT_MACHINE;
}

static bool write_whole(int descriptor, const char *bytes, size_t size_bytes) {
    while (size_bytes > 0) {
        ssize_t done = write(descriptor, bytes, size_bytes);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes += done;
        size_bytes -= (size_t)done;
    }
    return true;
}

int seg_file_replace(const char *name, const void *bytes, size_t size_bytes) {
    char *beside = NULL;
    /* Where a symbolic link leads: the link stays one. A file that is not there yet has its own name. */
    char *target = realpath(name, NULL);
    if (!target) target = strdup(name);
    if (!target || asprintf(&beside, "%s.XXXXXX", target) < 0) {
        free(target);
        return seg_say_memory();
    }
    struct stat before;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(target, &before) == 0 ? before.st_mode & 07777 : 0666 & ~mask;
    int descriptor = mkstemp(beside);
    bool done = descriptor >= 0 && write_whole(descriptor, bytes, size_bytes) &&
                fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0;
    int fault = errno;
    if (descriptor >= 0 && close(descriptor) != 0 && done) {
        done = false;
        fault = errno;
    }
    if (done && rename(beside, target) != 0) {
        done = false;
        fault = errno;
    }
    if (!done && descriptor >= 0) unlink(beside);
    free(beside);
    free(target);
    if (done) return SEG_EXIT_GOOD;
    seg_say("cannot write %s: %s.", name, strerror(fault));
    return SEG_EXIT_MACHINE;
}

/* ---- Workspaces ------------------------------------------------------------------------------ */

static int read_files(seg_workspace *workspace, const char *folder) {
    seg_files files = {0};
    int code = seg_files_find(&files, folder);
    if (!code && files.count == 0) {
        if (strcmp(folder, ".") == 0)
            seg_say("there is no .seg file in this folder, nor below it.");
        else
            seg_say("there is no .seg file below %s.", folder);
        code = SEG_EXIT_USAGE;
    }
    for (size_t i = 0; i < files.count && !code; i++) {
        char *bytes;
        size_t size_bytes;
        code = seg_file_read(files.names[i], &bytes, &size_bytes);
        if (code) break;
        seg_status status = seg_unit_add(workspace->unit, files.names[i], bytes, size_bytes);
        free(bytes);
        if (status == SEG_E_LIMIT) {
            seg_say("%s is larger than 4 MiB.", files.names[i]);
            code = SEG_EXIT_RULES;
        } else if (status) {
            code = seg_say_status(files.names[i], status, NULL);
        }
    }
    workspace->file_count = files.count;
    seg_files_free(&files);
    return code;
}

static int set_params(seg_workspace *workspace, const seg_arguments *arguments) {
    const char *given;
    for (size_t i = 0; (given = seg_arguments_nth(arguments, SEG_OPTION_PARAM, i)); i++) {
        const char *equals = strchr(given, '=');
        if (!equals || equals == given) {
            seg_say("--param is written NAME=VALUE, not \"%s\".", given);
            return SEG_EXIT_USAGE;
        }
        char *name = strndup(given, (size_t)(equals - given));
        if (!name) return seg_say_memory();
        seg_status status = seg_unit_set(workspace->unit, name, equals + 1);
        free(name);
        if (status) return seg_say_status(given, status, NULL);
    }
    return SEG_EXIT_GOOD;
}

/* Below the workspace: no way up, and not from the root. */
static bool is_below(const char *name) {
    if (name[0] == '/' || name[0] == 0) return false;
    for (const char *at = name; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == 0)) return false;
    }
    return true;
}

/* Gives the unit the files that its lists name; those that are not there are the checker's to tell. */
static int read_lists(seg_workspace *workspace, const char *folder, bool *added) {
    struct stat about;
    bool is_folder = stat(folder, &about) == 0 && S_ISDIR(about.st_mode);
    const char *slash = is_folder ? NULL : strrchr(folder, '/');
    int root = is_folder ? (int)strlen(folder) : slash ? (int)(slash - folder) : 1;
    char **names = NULL;
    uint32_t count = 0;
    while (seg_unit_file(workspace->unit, count)) count++;
    if (count && !(names = calloc(count, sizeof *names))) return seg_say_memory();
    int code = SEG_EXIT_GOOD;
    for (uint32_t i = 0; i < count && !code; i++) /* adding a file forgets the names */
        if (!(names[i] = strdup(seg_unit_file(workspace->unit, i)))) code = seg_say_memory();
    for (uint32_t i = 0; i < count && !code; i++) {
        char *path = NULL, *bytes = NULL;
        size_t size_bytes;
        bool again = false;
        for (uint32_t k = 0; k < i; k++) again = again || strcmp(names[k], names[i]) == 0;
        if (again || !is_below(names[i])) continue;
        if (asprintf(&path, "%.*s/%s", root, is_folder || slash ? folder : ".", names[i]) < 0)
            code = seg_say_memory();
        else if (access(path, F_OK) == 0)
            code = seg_file_read(path, &bytes, &size_bytes);
        free(path);
        if (code || !bytes) continue;
        seg_status status = seg_unit_add_file(workspace->unit, names[i], bytes, size_bytes);
        free(bytes);
        *added = true;
        if (status) code = seg_say_status(names[i], status, NULL);
    }
    for (uint32_t i = 0; i < count; i++) free(names[i]);
    free(names);
    return code;
}

int seg_workspace_read(seg_workspace *workspace, const char *folder, const seg_arguments *arguments) {
    *workspace = (seg_workspace){0};
    seg_status status = seg_unit_new(&workspace->unit, NULL);
    if (status) return seg_say_memory();
    int code = read_files(workspace, folder);
    if (!code) code = set_params(workspace, arguments);
    if (code) return code;
    status = seg_unit_check(workspace->unit);
    bool added = false;
    if (!status) code = read_lists(workspace, folder, &added);
    if (code) return code;
    if (!status && added) status = seg_unit_check(workspace->unit);
    return status ? seg_say_status(folder, status, NULL) : SEG_EXIT_GOOD;
}

void seg_workspace_complain(seg_workspace *workspace) {
    if (!seg_unit_errors(workspace->unit) && !seg_unit_warnings(workspace->unit)) return;
    seg_unit_diagnostics(workspace->unit, false, seg_output_terminal()->err_colour, seg_output_write, stderr);
}

/* After a further check. */
static int verdict_of(seg_workspace *workspace, const char *what, seg_status status) {
    if (status) return seg_say_status(what, status, NULL);
    if (!seg_unit_errors(workspace->unit)) return SEG_EXIT_GOOD;
    seg_workspace_complain(workspace);
    return SEG_EXIT_RULES;
}

int seg_workspace_prove(seg_workspace *workspace, const uint32_t *segments, size_t segment_count) {
    return verdict_of(workspace, "cannot prove the policies",
                      seg_unit_prove(workspace->unit, segments, segment_count));
}

int seg_workspace_check_snapshot(seg_workspace *workspace, const uint32_t *segments, size_t segment_count) {
    return verdict_of(workspace, "cannot check the rules",
                      seg_unit_check_snapshot(workspace->unit, segments, segment_count));
}

int seg_workspace_image(seg_workspace *workspace, const char *folder, const seg_arguments *arguments,
                        bool explain, const uint8_t **bytes, size_t *size_bytes) {
    int code = seg_workspace_read(workspace, folder, arguments);
    if (code) return code;
    seg_status status = SEG_OK;
    if (!seg_unit_errors(workspace->unit))
        status = seg_unit_image(workspace->unit, explain, bytes, size_bytes);
    if (seg_unit_errors(workspace->unit)) {
        seg_workspace_complain(workspace);
        return SEG_EXIT_RULES;
    }
    return status ? seg_say_status("cannot compile the rules", status, NULL) : SEG_EXIT_GOOD;
}

int seg_workspace_compile(seg_workspace *workspace, const char *folder, const seg_arguments *arguments,
                          bool explain) {
    const uint8_t *bytes;
    size_t size_bytes;
    int code = seg_workspace_image(workspace, folder, arguments, explain, &bytes, &size_bytes);
    if (code) return code;
    seg_error error = {0};
    seg_status status = seg_image_load(&workspace->image, bytes, size_bytes, NULL, &error);
    if (status) return seg_say_status("cannot compile the rules", status, &error);
    bool runs = arguments->command->options & SEG_OPTION_BIT(SEG_OPTION_NATIVE);
    return runs ? seg_library_bind(workspace, arguments) : SEG_EXIT_GOOD;
}

void seg_workspace_free(seg_workspace *workspace) {
    if (workspace->image) seg_image_free(workspace->image);
    if (workspace->unit) seg_unit_free(workspace->unit);
    *workspace = (seg_workspace){0};
}

int seg_workspace_instant(const seg_workspace *workspace, seg_option_id id, const char *text, int64_t *out) {
    if (seg_instant_parse(workspace->image, seg_text_from(text), out)) return SEG_EXIT_GOOD;
    seg_say("--%s takes an instant like 2026-04-16T10:00Z or 2026-04-16, not \"%s\".",
            seg_option_of(id)->name, text);
    return SEG_EXIT_USAGE;
}

int seg_workspace_segment(const seg_workspace *workspace, const char *name, uint32_t *out) {
    *out = seg_image_find_segment(workspace->image, seg_text_from(name));
    if (*out != SEG_NONE) return SEG_EXIT_GOOD;
    seg_image_info info;
    seg_image_describe(workspace->image, &info);
    char best[64] = "";
    size_t distance = 0;
    for (uint32_t i = 0; i < info.segment_count; i++) {
        seg_segment_info segment;
        if (seg_image_segment(workspace->image, i, &segment) || segment.name.size_bytes >= sizeof best)
            continue;
        char candidate[64];
        memcpy(candidate, segment.name.bytes, segment.name.size_bytes);
        candidate[segment.name.size_bytes] = 0;
        const char *nearest = *best ? best : NULL;
        seg_name_guess(name, candidate, &nearest, &distance);
        if (nearest == candidate) memcpy(best, candidate, sizeof best);
    }
    if (*best)
        seg_say("there is no segment \"%s\": did you mean %s?", name, best);
    else
        seg_say("there is no segment \"%s\".", name);
    return SEG_EXIT_USAGE;
}
