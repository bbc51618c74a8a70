/* embed.c - a service that keeps segments up to date with libsegvm alone: no parser, no clock.
 *
 *   embed first.img <lines      lines: TIME PROFILE visit PAGE | TIME PROFILE opted_out yes|no | TIME - wait
 *
 * The table of profiles is this program's own: the library only sees the bytes of one profile at a time. The
 * time is simulated: each line says what time it is, and the timers that are due before it fire first. */
#define _GNU_SOURCE
#include <seg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static struct profile { char name[32]; seg_state state; } table[1000];
static size_t profile_count;
static seg_image *image;
static seg_vm *vm;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "embed: %s: %s\n", what, why);
    exit(1);
}

static const char *text_of(int64_t instant, char out[24]) {
    time_t seconds = instant == SEG_NEVER ? 0 : instant / 1000;
    strftime(out, 24, "%Y-%m-%d %H:%M", gmtime(&seconds));
    return instant == SEG_NEVER ? "something happens" : out;
}

static void print_changes(void *user, const seg_change *changes, size_t count) {
    for (const seg_change *change = changes; change < changes + count; change++) {
        seg_segment_info segment;
        char at[24], until[24];
        seg_image_segment(image, change->segment, &segment);
        printf("%s  %s %s %.*s%s, until %s\n", text_of(change->at, at), (const char *)user,
               change->entered ? "enters" : "leaves", (int)segment.title.size_bytes, segment.title.bytes,
               change->cause == SEG_CAUSE_TIME ? " by time alone" : "", text_of(change->valid_until, until));
    }
}

static struct profile *profile_of(const char *name) {
    for (size_t i = 0; i < profile_count; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    if (profile_count == sizeof table / sizeof *table) fail(name, "the table is full");
    struct profile *profile = &table[profile_count++];
    snprintf(profile->name, sizeof profile->name, "%s", name);
    seg_text id = {profile->name, strlen(profile->name)};
    seg_status status = seg_state_init(vm, &profile->state);
    if (status || seg_state_identify(vm, &profile->state, id)) fail(name, "memory");
    return profile;
}

/* Fires every timer due at or before `last`, the earliest first; a real service has an event loop. */
static void fire_timers(int64_t last) {
    for (;;) {
        struct profile *due = table;
        for (size_t i = 1; i < profile_count; i++)
            if (seg_state_deadline(&table[i].state) < seg_state_deadline(&due->state)) due = &table[i];
        if (profile_count == 0 || seg_state_deadline(&due->state) > last) return;
        seg_advance(vm, &due->state, seg_state_deadline(&due->state), (seg_sink){print_changes, due->name});
    }
}

static void apply(const char *name, const char *what, const char *argument, int64_t now) {
    struct profile *profile = profile_of(name);
    seg_sink sink = {print_changes, profile->name};
    seg_value value = {.known = true};
    seg_error error;
    if (strcmp(what, "visit") == 0) {
        value.as.text = (seg_text){argument, strlen(argument)};
        uint32_t number = seg_image_find_event(image, (seg_text){"Page Viewed", 11});
        seg_event event = {.event = number, .time = now, .fields = &value};
        if (seg_apply_event(vm, &profile->state, &event, now, sink, NULL, &error)) fail(name, error.message);
    } else {
        uint32_t attribute = seg_image_find_attribute(image, (seg_text){what, strlen(what)});
        value.as.i = strcmp(argument, "yes") == 0;
        if (seg_apply_attribute(vm, &profile->state, attribute, &value, now, 0, 0, now, sink, NULL, &error))
            fail(what, error.message);
    }
}

int main(int argc, char **argv) {
    static uint8_t bytes[1 << 20];
    char line[256], time_text[32], name[32], what[32], argument[128];
    seg_error error;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) fail("embed IMAGE", "cannot open the image");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (seg_image_load(&image, bytes, size, NULL, &error)) fail(argv[1], error.message);
    if (seg_vm_new(&vm, image, NULL, &error)) fail(argv[1], error.message);
    while (fgets(line, sizeof line, stdin)) {
        struct tm when = {0};
        int words = sscanf(line, "%31s %31s %31s %127s", time_text, name, what, argument);
        if (words < 3 || !strptime(time_text, "%Y-%m-%dT%H:%M", &when)) fail("not a line", line);
        int64_t now = (int64_t)timegm(&when) * 1000;
        fire_timers(words == 4 ? now - 1 : now); /* at `now` itself, the fact comes first */
        if (words == 4) apply(name, what, argument, now);
    }
    for (size_t i = 0; i < profile_count; i++) seg_state_free(vm, &table[i].state);
    seg_vm_free(vm), seg_image_free(image);
}
