#include "bitmap_file.h"

#include <errno.h>
#include <roaring/roaring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "csv_out.h"
#include "output.h"

enum { BLOCK_ROWS = 1 << 16 }; /* the numbers of one container */

/* Letters, digits and what is harmless in the names of files stay; other bytes become %XX, and so does a dot
 * at the beginning. A family's value may hold anything. */
static char *path_of(const char *folder, seg_text segment) {
    static const char harmless[] = "_-.()+=, ";
    char *path = malloc(strlen(folder) + 3 * segment.size_bytes + sizeof "/.roaring");
    if (!path) return NULL;
    char *at = path + sprintf(path, "%s/", folder);
    for (size_t i = 0; i < segment.size_bytes; i++) {
        unsigned char byte = (unsigned char)segment.bytes[i];
        bool is_word = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
        bool is_fine = is_word || (byte && strchr(harmless, byte) && (i || byte != '.'));
        at += is_fine ? (*at = (char)byte, 1) : sprintf(at, "%%%02X", byte);
    }
    strcpy(at, ".roaring");
    return path;
}

/* In bulk: the numbers of a container at a time, ascending. */
char *seg_bitmap_serialise(const uint64_t *bits, size_t rows, size_t *size_bytes) {
    roaring_bitmap_t *set = roaring_bitmap_create();
    uint32_t *numbers = malloc(BLOCK_ROWS * sizeof *numbers);
    if (!set || !numbers) {
        if (set) roaring_bitmap_free(set);
        free(numbers);
        return NULL;
    }
    for (size_t from = 0; from < rows; from += BLOCK_ROWS) {
        size_t end = rows - from > BLOCK_ROWS ? from + BLOCK_ROWS : rows, count = 0;
        for (size_t i = from / 64; i * 64 < end; i++)
            for (uint64_t word = bits[i]; word; word &= word - 1)
                numbers[count++] = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
        roaring_bitmap_add_many(set, count, numbers);
    }
    free(numbers);
    roaring_bitmap_run_optimize(set);
    *size_bytes = roaring_bitmap_portable_size_in_bytes(set);
    char *bytes = malloc(*size_bytes);
    if (bytes) roaring_bitmap_portable_serialize(set, bytes);
    roaring_bitmap_free(set);
    return bytes;
}

static int write_segment(const char *folder, const seg_segment_info *segment, const uint64_t *bits,
                         size_t profiles, uint64_t members) {
    char *path = path_of(folder, segment->name);
    size_t size_bytes = 0;
    char *bytes = seg_bitmap_serialise(bits, profiles, &size_bytes);
    int code = path && bytes ? seg_file_replace(path, bytes, size_bytes) : seg_say_memory();
    char count[64], size[64];
    if (!code)
        printf("%s: %s, %s\n", path, seg_count_noun(members, "member", count),
               seg_count_noun(size_bytes, "byte", size));
    free(bytes);
    free(path);
    return code;
}

typedef struct listing {
    FILE *file;
    uint64_t count;
} listing;

static void list_profile(void *user, seg_text profile) {
    listing *l = user;
    fprintf(l->file, "%llu,", (unsigned long long)l->count++);
    seg_csv_write_text(l->file, profile);
    fputc('\n', l->file);
}

/* `profiles.csv`: which number is whose. */
static int write_profiles(const char *folder, const seg_answer *answer, uint64_t *profiles) {
    char *path = NULL, *bytes = NULL;
    size_t size_bytes = 0;
    listing l = {.file = open_memstream(&bytes, &size_bytes)};
    if (!l.file) return seg_say_memory();
    fputs("number,profile\n", l.file);
    seg_status status = seg_answer_profiles(answer, list_profile, &l);
    bool is_whole = !ferror(l.file);
    is_whole = fclose(l.file) == 0 && is_whole;
    *profiles = l.count;
    int code = SEG_EXIT_GOOD;
    if (status)
        code = seg_say_status("cannot list the profiles", status, NULL);
    else if (!is_whole || asprintf(&path, "%s/profiles.csv", folder) < 0)
        code = seg_say_memory();
    else
        code = seg_file_replace(path, bytes, size_bytes);
    char count[64];
    if (!code) printf("%s: %s\n", path, seg_count_noun(l.count, "profile", count));
    free(path);
    free(bytes);
    return code;
}

int seg_bitmap_files_write(const char *folder, const seg_answer *answer, const seg_choice *choice,
                           const seg_workspace *workspace) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        seg_say("cannot make the folder %s: %s.", folder, strerror(errno));
        return SEG_EXIT_MACHINE;
    }
    uint64_t profiles = 0;
    int code = write_profiles(folder, answer, &profiles);
    uint64_t *bits = calloc((size_t)profiles / 64 + 1, sizeof *bits);
    if (!code && !bits) code = seg_say_memory();
    for (uint32_t i = 0; i < choice->count && !code; i++) {
        uint32_t number = choice->segments[i];
        seg_segment_info segment = seg_choice_info(choice, workspace, i);
        seg_status status = seg_answer_bits(answer, number, bits);
        if (status)
            code = seg_say_status("cannot list the members", status, NULL);
        else
            code = write_segment(folder, &segment, bits, (size_t)profiles, seg_answer_size(answer, number));
    }
    free(bits);
    return code;
}
