#include "spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "interrupt.h"
#include "output.h"

static int copy(int descriptor) {
    char bytes[1 << 14];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
        if (seg_interrupt_came()) return SEG_EXIT_INTERRUPT;
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) return SEG_EXIT_GOOD;
        for (ssize_t done = 0; got > 0 && done < got;) {
            ssize_t wrote = write(descriptor, bytes + done, (size_t)(got - done));
            if (wrote <= 0) got = -1;
            else done += wrote;
        }
        if (got < 0) {
            seg_say("cannot keep standard input: %s.", strerror(errno));
            return SEG_EXIT_MACHINE;
        }
    }
}

int seg_spool_input(seg_spool *spool, const char **paths, unsigned long count) {
    *spool = (seg_spool){0};
    unsigned long at = 0;
    while (at < count && strcmp(paths[at], "-") != 0) at++;
    if (at == count) return SEG_EXIT_GOOD;
    const char *folder = getenv("TMPDIR");
    static const char end[] = ".ndjson";
    if (asprintf(&spool->path, "%s/seg-XXXXXX%s", folder && *folder ? folder : "/tmp", end) < 0) {
        spool->path = NULL;
        return seg_say_memory();
    }
    int descriptor = mkstemps(spool->path, (int)sizeof end - 1);
    if (descriptor < 0) {
        seg_say("cannot keep standard input: %s.", strerror(errno));
        free(spool->path);
        spool->path = NULL;
        return SEG_EXIT_MACHINE;
    }
    int code = copy(descriptor);
    close(descriptor);
    paths[at] = spool->path;
    return code;
}

void seg_spool_free(seg_spool *spool) {
    if (spool->path) unlink(spool->path);
    free(spool->path);
    spool->path = NULL;
}
