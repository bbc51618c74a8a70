#include "series.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.h"
#include "output.h"
#include "spool.h"

enum { ENGINES = 16, DAY_MS = 86400000 };

/* ---- Instants -------------------------------------------------------------------------------- */

typedef struct step {
    int64_t count;
    int64_t exact_ms, days, months; /* one of them for each */
} step;

static bool step_read(const char *text, step *out) {
    static const struct {
        const char *unit;
        step step;
    } units[] = {{"s", {1, 1000, 0, 0}}, {"m", {1, 60000, 0, 0}}, {"h", {1, 3600000, 0, 0}},
                 {"d", {1, 0, 1, 0}},    {"w", {1, 0, 7, 0}},     {"mo", {1, 0, 0, 1}},
                 {"y", {1, 0, 0, 12}}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6) return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + digits, units[i].unit) != 0) continue;
        *out = units[i].step;
        out->count = strtoll(text, NULL, 10);
        return out->count > 0;
    }
    return false;
}

/* A local time plus months, on the month's last day where the day does not exist; a time out of range beyond
 * the year 9999. */
static int64_t months_later(int64_t local_ms, int64_t months) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    time_t seconds = (time_t)(local_ms / 1000 - (local_ms % 1000 < 0));
    int64_t ms = local_ms - (int64_t)seconds * 1000;
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    int64_t month = (int64_t)parts.tm_year * 12 + parts.tm_mon + months;
    if (month / 12 > 9999 - 1900) return SEG_TIME_MAX + DAY_MS;
    parts.tm_year = (int)(month / 12 - (month % 12 < 0));
    parts.tm_mon = (int)(month - (int64_t)parts.tm_year * 12);
    int64_t year = (int64_t)parts.tm_year + 1900;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int length = lengths[parts.tm_mon] + (leap && parts.tm_mon == 1);
    if (parts.tm_mday > length) parts.tm_mday = length;
    return (int64_t)timegm(&parts) * 1000 + ms;
}

static int64_t instant_at(const seg_image *image, int64_t from, const step *by, int64_t nth) {
    int64_t times = by->count * nth;
    if (by->exact_ms) return from + times * by->exact_ms;
    int64_t local = from + seg_image_offset_ms(image, from);
    local = by->days ? local + times * by->days * DAY_MS : months_later(local, times * by->months);
    return seg_image_local_instant(image, local);
}

int seg_series_instants(const seg_workspace *workspace, const seg_arguments *arguments, int64_t **instants,
                        size_t *count) {
    int64_t from = 0, to = 0;
    *instants = NULL;
    *count = 0;
    int code = seg_workspace_instant(workspace, SEG_OPTION_FROM, arguments->values[SEG_OPTION_FROM], &from);
    if (!code) code = seg_workspace_instant(workspace, SEG_OPTION_TO, arguments->values[SEG_OPTION_TO], &to);
    if (code) return code;
    step by;
    const char *every = arguments->values[SEG_OPTION_EVERY];
    if (!step_read(every, &by)) {
        seg_say("--every takes a number and a unit (s m h d w mo y), like 1w, not \"%s\".", every);
        return SEG_EXIT_USAGE;
    }
    if (to < from) {
        seg_say("--to is before --from.");
        return SEG_EXIT_USAGE;
    }
    *instants = calloc(SEG_SERIES_MOST, sizeof **instants);
    if (!*instants) return seg_say_memory();
    for (int64_t nth = 0; nth <= 2 * SEG_SERIES_MOST; nth++) {
        int64_t at = nth == 0 ? from : instant_at(workspace->image, from, &by, nth);
        if (at > to) return SEG_EXIT_GOOD;
        if (*count && at >= SEG_TIME_MAX) return SEG_EXIT_GOOD;
        if (*count && at <= (*instants)[*count - 1]) continue; /* a date that the zone left out */
        if (*count == SEG_SERIES_MOST) break;
        (*instants)[(*count)++] = at;
    }
    seg_say("there are more than %d instants: choose a longer --every.", SEG_SERIES_MOST);
    return SEG_EXIT_USAGE;
}

/* ---- Evaluating ------------------------------------------------------------------------------
 * Each instant has an engine of its own, so that its sizes are those of a run at that instant. One engine
 * that goes through time would not do: it would know of aliases and deletions that are later than an earlier
 * instant, or, fed in order of time, forget messageIds that a run remembers. Nor is reading what takes the
 * time: of a year of weeks, a fifth. */

typedef struct group {
    size_t count;
    seg_engine *engines[ENGINES];
} group;

/* A record that one engine refuses is refused by all: what is wrong with it does not depend on the instant.
 */
static seg_status take_record(void *user, const seg_record *record, seg_error *error) {
    group *g = user;
    seg_status refused = SEG_OK;
    for (size_t i = 0; i < g->count; i++) {
        seg_status status = seg_engine_apply(g->engines[i], record, error);
        if (status != SEG_OK && status != SEG_E_FACT && status != SEG_E_TIME && status != SEG_E_LIMIT)
            return status;
        if (status) refused = status;
    }
    return refused;
}

static int group_evaluate(const seg_series *series, group *g, seg_feed *feed, size_t first) {
    seg_error error = {0};
    seg_status status = SEG_OK;
    g->count = series->count - first < ENGINES ? series->count - first : ENGINES;
    for (size_t i = 0; i < g->count && !status; i++) {
        seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = series->instants[first + i]};
        status = seg_engine_new(&g->engines[i], series->image, &options, &error);
    }
    if (status) return seg_say_status("cannot begin", status, &error);
    feed->user = g;
    int code = seg_feed_run(feed);
    if (!code && first == 0) code = seg_feed_verdict(feed, series->arguments);
    if (code) return code;
    for (size_t i = 0; i < g->count && !status; i++) {
        status = seg_engine_settle(g->engines[i], &error);
        if (!status) status = series->on_instant(series->user, first + i, g->engines[i]);
    }
    if (status) return seg_say_status("cannot evaluate", status, &error);
    if (first + g->count < series->count || feed->quiet) return SEG_EXIT_GOOD;
    seg_engine_counters counters;
    seg_engine_counters_get(g->engines[g->count - 1], &counters);
    seg_feed_summary(feed, &counters);
    return SEG_EXIT_GOOD;
}

int seg_series_run(const seg_series *series) {
    seg_feed feed = {.image = series->image,
                     .on_record = take_record,
                     .quiet = seg_arguments_has(series->arguments, SEG_OPTION_QUIET)};
    seg_spool spool = {0};
    const char **paths = seg_feed_paths(series->arguments, SEG_OPTION_EVENTS, &feed.path_count);
    if (!paths) return seg_say_memory();
    feed.paths = paths;
    int code = SEG_EXIT_GOOD;
    if (series->count > ENGINES) {
        code = seg_spool_input(&spool, paths, feed.path_count);
        feed.spool = spool.path;
    }
    for (size_t first = 0; first < series->count && !code; first += ENGINES) {
        group g = {0};
        code = group_evaluate(series, &g, &feed, first);
        for (size_t i = 0; i < ENGINES; i++) seg_engine_free(g.engines[i]);
        feed.silent = true;
    }
    seg_spool_free(&spool);
    free(paths);
    return code;
}
