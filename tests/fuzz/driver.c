/* Runs a fuzz target over files, and over the files in folders, without libFuzzer.
 *
 *   TARGET PATH... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "target.h"

static unsigned long run_count;

static int run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    uint8_t *bytes = NULL;
    size_t size = 0, room = 0, got;
    do {
        if (size == room) {
            room = room ? 2 * room : 4096;
            bytes = realloc(bytes, room);
            if (!bytes) abort();
        }
        got = fread(bytes + size, 1, room - size, file);
        size += got;
    } while (got > 0);
    fclose(file);
    /* Just as many bytes as the input has, so that reading beyond them shows. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) abort();
    memcpy(exact, bytes, size);
    free(bytes);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    run_count++;
    return 0;
}

static int run_path(const char *path) {
    struct stat what;
    if (stat(path, &what)) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(what.st_mode)) return run_file(path);
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort), faults = 0;
    for (int i = 0; i < count; i++) {
        char below[4096];
        if (entries[i]->d_name[0] != '.') {
            snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
            faults += run_file(below);
        }
        free(entries[i]);
    }
    free(entries);
    return faults;
}

int main(int count, char **words) {
    int faults = 0;
    for (int i = 1; i < count; i++) faults += run_path(words[i]);
    printf("%lu passed, %d failed\n", run_count, faults);
    return faults != 0;
}
