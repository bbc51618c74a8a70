#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "output.h"

enum { REDRAW_MS = 100, PATIENCE_MS = 400, BAR_CELLS = 24 };

static struct {
    bool on, shown;
    const char *what;
    int64_t began_ms, drawn_ms;
} progress;

static int64_t clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void seg_progress_begin(const char *what) {
    progress.on = seg_output_terminal()->err_live;
    progress.shown = false;
    progress.what = what;
    progress.began_ms = progress.drawn_ms = progress.on ? clock_ms() : 0;
}

static void draw_bar(double share) {
    bool utf8 = seg_output_terminal()->utf8;
    fputs(utf8 ? "" : "[", stderr);
    for (int i = 0; i < BAR_CELLS; i++) {
        bool full = (i + 1) <= (int)(share * BAR_CELLS + 0.5);
        fputs(utf8 ? (full ? "█" : "░") : (full ? "#" : "."), stderr);
    }
    fputs(utf8 ? "" : "]", stderr);
}

void seg_progress_update(uint64_t done_bytes, uint64_t total_bytes, uint64_t records) {
    if (!progress.on) return;
    int64_t now = clock_ms(), passed = now - progress.began_ms;
    if (passed < PATIENCE_MS || now - progress.drawn_ms < REDRAW_MS) return;
    progress.drawn_ms = now;
    progress.shown = true;
    char count[32], rate[32];
    seg_count_show(records, count);
    seg_count_show(records * 1000 / (uint64_t)passed, rate);
    fprintf(stderr, "\r\033[K%s ", progress.what);
    if (total_bytes && done_bytes <= total_bytes) {
        double share = (double)done_bytes / (double)total_bytes;
        draw_bar(share);
        fprintf(stderr, " %3d%%", (int)(share * 100));
        if (done_bytes) {
            uint64_t left = (uint64_t)((double)passed * (1 / share - 1) / 1000 + 0.5);
            fprintf(stderr, "  %" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
        }
    }
    fprintf(stderr, "  %s records, %s/s", count, rate);
    fflush(stderr);
}

void seg_progress_clear(void) {
    if (!progress.shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress.shown = false;
}

void seg_progress_end(void) {
    seg_progress_clear();
    progress.on = false;
}
