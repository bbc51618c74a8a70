/* Readers of files: instants, compression, pipes, several files as one, faults of the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../engine/engine.h"
#include "workspace_image.h"

#define AT "\"timestamp\":\"2026-04-16T10:00:00Z\""
#define GOOD "{\"type\":\"delete\",\"userId\":\"ada\"," AT "}"
#define TOLD " ada\n"

static seg_image *image;

typedef struct story { /* a line per record and per refusal */
    char text[4096];
    size_t size;
} story;

static void tell(story *s, uint64_t line, const char *mark, const char *bytes, size_t size_bytes) {
    int length = snprintf(s->text + s->size, sizeof s->text - s->size, "%llu %s%.*s\n",
                          (unsigned long long)line,
                          mark, (int)size_bytes, bytes);
    assert_true(length >= 0 && (size_t)length < sizeof s->text - s->size);
    s->size += (size_t)length;
}

static void on_refusal(void *user, const seg_refusal *refusal) {
    tell(user, refusal->line, "!", refusal->reason, strlen(refusal->reason));
}

/* Everything that the reader has; the reader is closed after it. */
static void tell_all(story *s, seg_reader *reader) {
    const seg_record *record;
    seg_error error = {0};
    seg_status status;
    while ((status = seg_reader_next(reader, &record, &error)) == SEG_OK && record)
        tell(s, record->line, "", record->profile.bytes, record->profile.size_bytes);
    if (status != SEG_OK) tell(s, 0, "error: ", error.message, strlen(error.message));
    seg_reader_close(reader);
}

static const char workspace[] =
    "timezone \"Europe/Berlin\"\nevent visits from \"Visit\"\nsegment seen: any visits(1d)\n";

static int open_image(void **state) {
    (void)state;
    image = seg_image_of_workspace(workspace);
    return 0;
}

static int close_image(void **state) {
    (void)state;
    seg_image_free(image);
    return 0;
}

/* ---- Instants ------------------------------------------------------------------------------------ */

static void test_instants(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected; /* NULL: not one */
    } cases[] = {
        {"2026-04-16T10:00:00.000Z", "2026-04-16T10:00:00.000Z"},
        {"2026-04-16t10:00:00z", "2026-04-16T10:00:00.000Z"},
        {"2026-04-16 10:00Z", "2026-04-16T10:00:00.000Z"},
        {"2026-04-16T10:00:00.1239999Z", "2026-04-16T10:00:00.123Z"},
        {"2026-04-16T10:00:00.1Z", "2026-04-16T10:00:00.100Z"},
        {"2026-04-16T10:00:00+02:00", "2026-04-16T08:00:00.000Z"},
        {"2026-04-16T10:00:00-23:59", "2026-04-17T09:59:00.000Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"2000-02-29T00:00Z", "2000-02-29T00:00:00.000Z"},
        {"1600-02-29T00:00Z", "1600-02-29T00:00:00.000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"2026-04-16", "2026-04-15T22:00:00.000Z"},
        {"2026-01-16", "2026-01-15T23:00:00.000Z"},
        {"2026-04-16T10:00:00", "2026-04-16T08:00:00.000Z"},
        {"2026-03-29T02:30", "2026-03-29T01:30:00.000Z"}, /* a gap: forward by its length */
        {"2026-10-25T02:30", "2026-10-25T00:30:00.000Z"}, /* a fold: the first of the two */
        {"0001-01-01T00:00:00+00:01", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"0000-12-31T00:00Z", NULL},
        {"1900-02-29T00:00Z", NULL},
        {"2026-02-30", NULL},
        {"2026-13-01", NULL},
        {"2026-00-01", NULL},
        {"2026-04-00", NULL},
        {"2026-04-31", NULL},
        {"2026-4-16", NULL},
        {"26-04-16", NULL},
        {"2026-04-16T", NULL},
        {"2026-04-16T10", NULL},
        {"2026-04-16T10:0", NULL},
        {"2026-04-16T24:00", NULL},
        {"2026-04-16T10:60", NULL},
        {"2026-04-16T10:00:60Z", NULL},
        {"2026-04-16T10:00:00.Z", NULL},
        {"2026-04-16T10:00:00,5Z", NULL},
        {"2026-04-16T10:00.5Z", NULL},
        {"2026-04-16T10:00:00ZZ", NULL},
        {"2026-04-16T10:00:00+0200", NULL},
        {"2026-04-16T10:00:00+24:00", NULL},
        {"2026-04-16T10:00:00 Z", NULL},
        {" 2026-04-16", NULL},
        {"2026-04-16 ", NULL},
        {"+2026-04-16", NULL},
        {"", NULL},
        {"2026/04/16", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t instant;
        char text[25];
        bool good = seg_instant_parse(image, (seg_text){cases[i].text, strlen(cases[i].text)}, &instant);
        if (good != (cases[i].expected != NULL)) print_error("of: %s\n", cases[i].text);
        assert_int_equal(good, cases[i].expected != NULL);
        if (!good) continue;
        seg_instant_format(instant, text);
        assert_string_equal(text, cases[i].expected);
    }
    /* There and back for every day of the calendar, and a little beside its midnight. */
    for (int64_t at = SEG_TIME_MIN; at <= SEG_TIME_MAX; at += INT64_C(8380812345)) {
        char text[25];
        int64_t back;
        seg_instant_format(at, text);
        assert_true(seg_instant_parse(image, (seg_text){text, 24}, &back) && back == at);
    }
}

/* ---- Files --------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/seg_reader_XXXXXX";
static char file_path[256];

static const char *path_of(const char *name) {
    snprintf(file_path, sizeof file_path, "%s/%s", folder, name);
    return file_path;
}

static const char *write_file(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    return file_path;
}

static size_t pack(char *out, size_t room, const char *text) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text),
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void expect_file(const char *name, const void *bytes, size_t size, const char *expected) {
    story s = {0};
    seg_reader *reader;
    assert_int_equal(seg_reader_open(&reader, image, write_file(name, bytes, size), on_refusal, &s, NULL),
                     SEG_OK);
    seg_reader_counters counters;
    seg_reader_counters_get(reader, &counters);
    assert_int_equal(counters.bytes_total, size);
    tell_all(&s, reader);
    assert_string_equal(s.text, expected);
    unlink(file_path);
}

static void test_files(void **state) {
    (void)state;
    char packed[1024];
    size_t one = pack(packed, sizeof packed, GOOD "\n"),
        two = one + pack(packed + one, sizeof packed - one, GOOD);
    expect_file("plain.ndjson", GOOD "\n" GOOD, sizeof GOOD * 2 - 1, "1" TOLD "2" TOLD);
    expect_file("packed.ndjson.gz", packed, two, "1" TOLD "2" TOLD);
    expect_file("really-plain.jsonl.gz", GOOD, sizeof GOOD - 1, "1" TOLD);
    expect_file("really-packed.jsonl", packed, one, "1" TOLD);
    expect_file("empty.ndjson.gz", "", 0, "");
    expect_file("short.ndjson", "\x1F", 1, "1 !not a JSON object\n");
    memset(packed + two, 0, 8);
    expect_file("padded.ndjson.gz", packed, two + 8, "1" TOLD "2" TOLD);
    packed[two] = 'x';
    expect_file("more.ndjson.gz", packed, two + 1,
                "1" TOLD "0 error: more.ndjson.gz: other bytes follow the compressed data\n");
    expect_file("cut.ndjson.gz", packed, two - 4,
                "1" TOLD "0 error: cut.ndjson.gz: the compressed data is cut off\n");
    packed[one + 20] ^= 0x55;
    expect_file("damaged.ndjson.gz", packed, two,
                "1" TOLD "0 error: damaged.ndjson.gz: the compressed data is damaged\n");
}

static void test_unreadable(void **state) {
    (void)state;
    seg_reader *reader;
    seg_error error = {0};
    assert_int_equal(seg_reader_open(&reader, image, path_of("absent.ndjson"), NULL, NULL, &error),
                     SEG_E_USAGE);
    assert_non_null(strstr(error.message, "No such file"));
    assert_null(reader);
    assert_int_equal(seg_reader_open(&reader, image, path_of("notes.txt"), NULL, NULL, &error), SEG_E_USAGE);
    assert_non_null(strstr(error.message, "notes.txt"));
    assert_int_equal(seg_reader_open(&reader, image, folder, NULL, NULL, &error), SEG_E_USAGE);
    assert_non_null(strstr(error.message, "directory"));
}

/* Lines of all lengths, so that they fall on every edge of the buffer. */
static void test_long_file(void **state) {
    (void)state;
    enum { LINES = 3000 };
    char *text = malloc((size_t)LINES * (2000 + 100));
    assert_non_null(text);
    size_t size = 0;
    for (int i = 0; i < LINES; i++)
        size += (size_t)sprintf(text + size, "{\"type\":\"delete\",\"userId\":%d,%s,\"x\":\"%*s\"}\n", i, AT,
                                i * 7 % 2000, "");
    char *packed = malloc(size);
    assert_non_null(packed);
    size_t packed_size = pack(packed, size, text);
    for (int round = 0; round < 2; round++) {
        const char *path = round ? write_file("long.ndjson.gz", packed, packed_size)
                                 : write_file("long.ndjson", text, size);
        seg_reader *reader;
        const seg_record *record;
        assert_int_equal(seg_reader_open(&reader, image, path, NULL, NULL, NULL), SEG_OK);
        for (int i = 0; i < LINES; i++) {
            assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
            assert_non_null(record);
            assert_int_equal(record->line, i + 1);
            assert_int_equal(strtol(record->profile.bytes, NULL, 10), i);
        }
        assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
        assert_null(record);
        seg_reader_counters counters;
        seg_reader_counters_get(reader, &counters);
        assert_int_equal(counters.bytes_read, counters.bytes_total);
        seg_reader_close(reader);
        unlink(file_path);
    }
    free(packed);
    free(text);
}

/* A hundred megabytes of one text, made while it is read, and small when packed. */
static void test_bomb(void **state) {
    (void)state;
    char path[] = "/tmp/seg_reader_XXXXXX.ndjson.gz";
    int descriptor = mkstemps(path, 10);
    assert_true(descriptor >= 0);
    gzFile file = gzdopen(descriptor, "wb1");
    char *block = malloc(1 << 20);
    assert_true(file && block);
    memset(block, 'a', 1 << 20);
    gzputs(file, GOOD "\n{\"a\":\"");
    for (int i = 0; i < 100; i++) gzwrite(file, block, 1 << 20);
    gzputs(file, "\"}\n" GOOD "\n");
    gzclose(file);
    free(block);
    story s = {0};
    seg_reader *reader;
    assert_int_equal(seg_reader_open(&reader, image, path, on_refusal, &s, NULL), SEG_OK);
    seg_reader_limit_line(reader, 4096);
    tell_all(&s, reader);
    assert_string_equal(s.text, "1" TOLD "2 !longer than 4096 bytes\n3" TOLD);
    unlink(path);
}

static const char *deletion(char *out, const char *id, const char *time) {
    sprintf(out, "{\"type\":\"delete\",\"userId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:%sZ\"}\n", id,
            time);
    return out;
}

static void test_merged_files(void **state) {
    (void)state;
    static const char *const parts[3][4] = {{"a1", "01", "a5", "05"}, {"b1", "01", "b3", "03"},
                                            {"c0", "00", "c5", "05"}};
    char paths[4][256];
    const char *list[4];
    for (int i = 0; i < 3; i++) {
        char text[512], name[32];
        deletion(text, parts[i][0], parts[i][1]);
        strcat(text, "not a record\n");
        deletion(text + strlen(text), parts[i][2], parts[i][3]);
        snprintf(name, sizeof name, "%d.ndjson", i);
        list[i] = strcpy(paths[i], write_file(name, text, strlen(text)));
    }
    list[3] = strcpy(paths[3], write_file("3.ndjson", "", 0));
    story s = {0};
    seg_readers *readers;
    const seg_record *record;
    assert_int_equal(seg_readers_open(&readers, image, list, 4, on_refusal, &s, NULL), SEG_OK);
    char order[64] = "";
    for (;;) {
        assert_int_equal(seg_readers_next(readers, &record, NULL), SEG_OK);
        if (!record) break;
        strncat(order, record->profile.bytes, record->profile.size_bytes);
        strcat(order, " ");
    }
    assert_string_equal(order, "c0 a1 b1 b3 a5 c5 ");
    seg_reader_counters counters;
    seg_readers_counters_get(readers, &counters);
    assert_int_equal(counters.records, 6);
    assert_int_equal(counters.refused, 3);
    assert_int_equal(counters.bytes_read, counters.bytes_total);
    seg_readers_close(readers);
    assert_int_equal(seg_readers_open(&readers, image, NULL, 0, NULL, NULL, NULL), SEG_OK);
    assert_int_equal(seg_readers_next(readers, &record, NULL), SEG_OK);
    assert_null(record);
    seg_readers_close(readers);
    for (int i = 0; i < 4; i++) unlink(paths[i]);
    list[1] = path_of("absent.ndjson");
    write_file("0.ndjson", "", 0);
    list[1] = "/nowhere/absent.ndjson";
    assert_int_equal(seg_readers_open(&readers, image, list, 2, NULL, NULL, NULL), SEG_E_USAGE);
    unlink(paths[0]);
}

/* A line that arrives through a pipe is handed on before the next one comes. */
static void test_pipe(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], GOOD "\nrest", sizeof GOOD + 4), sizeof GOOD + 4);
    seg_reader *reader;
    const seg_record *record;
    story s = {0};
    assert_int_equal(seg_reader_open(&reader, image, path, on_refusal, &s, NULL), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_non_null(record);
    close(ends[1]);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_null(record);
    assert_string_equal(s.text, "2 !not a JSON object\n");
    close(ends[0]);
    seg_reader_close(reader);
}

typedef struct patience { /* who is asked before a read that would wait */
    int asked, writes_to;
    const char *then; /* written when asked first; asked again, nothing more is wanted */
} patience;

static bool on_wait(void *user) {
    patience *p = user;
    if (p->asked++) return false;
    assert_int_equal(write(p->writes_to, p->then, strlen(p->then)), (ssize_t)strlen(p->then));
    return true;
}

/* Nobody is asked while there is something to read. Who wants no more gets no half a line, either. */
static void test_wait(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    static const char half[] = GOOD "\n{\"type\":\"del";
    patience p = {.writes_to = ends[1], .then = "ete\",\"userId\":\"bob\"," AT "}\n{\"type\":"};
    assert_int_equal(write(ends[1], half, sizeof half - 1), sizeof half - 1);
    seg_reader *reader;
    const seg_record *record;
    story s = {0};
    assert_int_equal(seg_reader_open(&reader, image, path, on_refusal, &s, NULL), SEG_OK);
    seg_reader_on_wait(reader, on_wait, &p);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_non_null(record);
    assert_int_equal(p.asked, 0);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_non_null(record);
    assert_int_equal(p.asked, 1);
    assert_memory_equal(record->profile.bytes, "bob", 3);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_null(record);
    assert_int_equal(p.asked, 2);
    assert_string_equal(s.text, "");
    close(ends[0]);
    close(ends[1]);
    seg_reader_close(reader);
}

static int open_all(void **state) {
    return open_image(state) == 0 && mkdtemp(folder) ? 0 : -1;
}

static int close_all(void **state) {
    rmdir(folder);
    return close_image(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instants),     cmocka_unit_test(test_files), cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_long_file),    cmocka_unit_test(test_bomb),
            cmocka_unit_test(test_merged_files),
        cmocka_unit_test(test_pipe),         cmocka_unit_test(test_wait),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
