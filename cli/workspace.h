/* workspace.h - the .seg files below a folder, checked and compiled. */
#ifndef SEG_CLI_WORKSPACE_H
#define SEG_CLI_WORKSPACE_H

#include <segc.h>

#include "option.h"

typedef struct seg_files { /* names, sorted; free with seg_files_free */
    size_t count, room;
    char **names;
} seg_files;

/* Adds every .seg file below `folder` (or the file itself), except below `build` and folders that begin
 * with a dot, named as the user named the folder. Gives an exit code. */
int seg_files_find(seg_files *files, const char *folder);
void seg_files_free(seg_files *files);
/* Reads a whole file ("-": standard input); the caller frees *bytes. Gives an exit code. */
int seg_file_read(const char *name, char **bytes, size_t *size_bytes);
/* Replaces a file at once or not at all, keeping its mode. Gives an exit code. */
int seg_file_replace(const char *name, const void *bytes, size_t size_bytes);

typedef struct seg_workspace {
    seg_unit *unit;
    seg_image *image;
    size_t file_count;
} seg_workspace;

/* Finds, reads and checks; says nothing about faults of the rules. Gives an exit code, SEG_EXIT_GOOD also
 * when the rules are at fault. seg_workspace_free in any case. */
int seg_workspace_read(seg_workspace *workspace, const char *folder, const seg_arguments *arguments);
/* The same, then compiles: `bytes` are the image's, until the workspace is freed. Faults go to standard error
 * as diagnostics. */
int seg_workspace_image(seg_workspace *workspace, const char *folder, const seg_arguments *arguments,
                        bool explain, const uint8_t **bytes, size_t *size_bytes);
/* The same, then loads the image. */
int seg_workspace_compile(seg_workspace *workspace, const char *folder, const seg_arguments *arguments,
                          bool explain);
/* Proves what the policies say of these segments (NULL: of all). Broken ones go to standard error, and the
 * exit code is that of faulty rules. */
int seg_workspace_prove(seg_workspace *workspace, const uint32_t *segments, size_t segment_count);
/* Whether a snapshot of profiles can answer these segments: what cannot be goes to standard error, and
 * the exit code is that of faulty rules. */
int seg_workspace_check_snapshot(seg_workspace *workspace, const uint32_t *segments, size_t segment_count);
void seg_workspace_free(seg_workspace *workspace);
/* Diagnostics, for readers, to standard error. */
void seg_workspace_complain(seg_workspace *workspace);

/* An instant of the command line. Gives an exit code. */
int seg_workspace_instant(const seg_workspace *workspace, seg_option_id id, const char *text, int64_t *out);
/* A segment by name; when there is none, says which may be meant. Gives an exit code. */
int seg_workspace_segment(const seg_workspace *workspace, const char *name, uint32_t *out);

#endif
