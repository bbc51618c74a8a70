/* series.h - the same facts evaluated at several instants. */
#ifndef SEG_CLI_SERIES_H
#define SEG_CLI_SERIES_H

#include <engine.h>

#include "workspace.h"

enum { SEG_SERIES_MOST = 1000 }; /* instants */

typedef struct seg_series {
    const seg_arguments *arguments; /* --events, --strict, --quiet */
    const seg_image *image;
    size_t count;
    const int64_t *instants; /* rising */
    /* Called with each instant in turn, and an engine that has evaluated every profile at it. */
    seg_status (*on_instant)(void *user, size_t index, seg_engine *engine);
    void *user;
} seg_series;

/* Each instant is computed from the facts alone, so facts that come late in the files do no harm. The files
 * are read once for every sixteen instants. Gives an exit code. */
int seg_series_run(const seg_series *series);

/* Instants from --from up to --to, --every so far apart, into an array that the caller frees. Days and longer
 * go by the workspace's clocks: the local time of day stays. Gives an exit code. */
int seg_series_instants(const seg_workspace *workspace, const seg_arguments *arguments, int64_t **instants,
                        size_t *count);

#endif
