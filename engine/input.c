#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "fault.h"

enum {
    FIRST_CAPACITY = 128 * 1024,
    PACKED_BYTES = 64 * 1024,
    AHEAD_BYTES = 64 * 1024,
    GZIP_WINDOW = 15 + 16
};
#define LARGEST_LIMIT ((size_t)1 << 30)

struct seg_input {
    int descriptor; /* -1: memory */
    const uint8_t *memory;
    size_t memory_left;
    uint64_t bytes_read, bytes_total;
    bool source_ended, is_file;
    bool given_up;               /* nobody wants the rest */
    bool (*on_wait)(void *user); /* or NULL */
    void *user;

    bool probed, compressed, between_members;
    z_stream stream;
    uint8_t *packed; /* bytes as the source gave them */
    size_t packed_at, packed_end;

    char *buffer; /* text; capacity bytes and SEG_INPUT_PADDING more */
    size_t capacity, start, end, scanned;
    size_t limit;
    uint64_t line_number;
    bool text_ended, skipping, past_mark;
};

static seg_status fail_system(seg_error *error, int code) {
    char text[128];
    return seg_fault(error, SEG_E_USAGE, strerror_r(code, text, sizeof text));
}

static seg_status make(seg_input **out, seg_error *error) {
    seg_input *input = calloc(1, sizeof *input);
    if (!input) return seg_fault_memory(error);
    input->descriptor = -1;
    input->limit = SEG_INPUT_LINE_LIMIT;
    input->capacity = FIRST_CAPACITY;
    input->buffer = calloc(1, FIRST_CAPACITY + SEG_INPUT_PADDING);
    input->packed = malloc(PACKED_BYTES);
    if (!input->buffer || !input->packed) {
        seg_input_close(input);
        return seg_fault_memory(error);
    }
    *out = input;
    return SEG_OK;
}

seg_status seg_input_open(seg_input **out, const char *path, seg_error *error) {
    *out = NULL;
    bool standard = strcmp(path, "-") == 0;
    int descriptor = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_system(error, errno);
    struct stat facts;
    int fault = fstat(descriptor, &facts) != 0 ? errno : S_ISDIR(facts.st_mode) ? EISDIR : 0;
    if (fault) {
        close(descriptor);
        return fail_system(error, fault);
    }
    seg_status status = make(out, error);
    if (status != SEG_OK) {
        close(descriptor);
        return status;
    }
    (*out)->descriptor = descriptor;
    (*out)->is_file = S_ISREG(facts.st_mode);
    if (S_ISREG(facts.st_mode) && facts.st_size > 0) (*out)->bytes_total = (uint64_t)facts.st_size;
    return SEG_OK;
}

seg_status seg_input_open_bytes(seg_input **out, const void *bytes, size_t size_bytes, seg_error *error) {
    *out = NULL;
    seg_status status = make(out, error);
    if (status != SEG_OK) return status;
    (*out)->memory = bytes;
    (*out)->memory_left = size_bytes;
    (*out)->bytes_total = size_bytes;
    return SEG_OK;
}

void seg_input_close(seg_input *input) {
    if (!input) return;
    if (input->compressed) inflateEnd(&input->stream);
    if (input->descriptor >= 0) close(input->descriptor);
    free(input->packed);
    free(input->buffer);
    free(input);
}

void seg_input_limit(seg_input *input, size_t limit_bytes) {
    input->limit = limit_bytes < 1 ? 1 : limit_bytes > LARGEST_LIMIT ? LARGEST_LIMIT : limit_bytes;
}

size_t seg_input_limit_get(const seg_input *input) { return input->limit; }
uint64_t seg_input_bytes_read(const seg_input *input) { return input->bytes_read; }
uint64_t seg_input_bytes_total(const seg_input *input) { return input->bytes_total; }

void seg_input_on_wait(seg_input *input, bool (*on_wait)(void *user), void *user) {
    input->on_wait = on_wait;
    input->user = user;
}

/* Whether to read from the descriptor: it may have nothing to give yet. */
static bool may_read(seg_input *input) {
    if (!input->on_wait || input->is_file) return true;
    struct pollfd look = {.fd = input->descriptor, .events = POLLIN};
    input->given_up = poll(&look, 1, 0) == 0 && !input->on_wait(input->user);
    return !input->given_up;
}

/* What the source has, at least one byte unless it has ended. */
static seg_status read_source(seg_input *input, void *out, size_t room, size_t *got, seg_error *error) {
    *got = 0;
    if (input->source_ended) return SEG_OK;
    if (input->descriptor < 0) {
        *got = input->memory_left < room ? input->memory_left : room;
        if (*got) memcpy(out, input->memory, *got);
        input->memory += *got;
        input->memory_left -= *got;
    } else if (may_read(input)) {
        ssize_t count;
        do count = read(input->descriptor, out, room);
        while (count < 0 && errno == EINTR);
        if (count < 0) return fail_system(error, errno);
        *got = (size_t)count;
    }
    input->bytes_read += *got;
    input->source_ended = *got == 0;
    return SEG_OK;
}

/* A gzip file begins with 1f 8b, which no text does: two bytes decide. */
static seg_status probe(seg_input *input, seg_error *error) {
    while (input->packed_end < 2 && !input->source_ended) {
        size_t got;
        seg_status status = read_source(input, input->packed + input->packed_end,
                                        PACKED_BYTES - input->packed_end, &got, error);
        if (status != SEG_OK) return status;
        input->packed_end += got;
    }
    input->probed = true;
    if (input->packed_end < 2 || input->packed[0] != 0x1F || input->packed[1] != 0x8B) return SEG_OK;
    if (inflateInit2(&input->stream, GZIP_WINDOW) != Z_OK) return seg_fault_memory(error);
    input->compressed = true;
    return SEG_OK;
}

/* Between members of a gzip file: the next member, or zero bytes as padding, or the end. */
static seg_status next_member(seg_input *input, seg_error *error) {
    while (input->packed_at < input->packed_end && input->packed[input->packed_at] == 0) input->packed_at++;
    if (input->packed_at == input->packed_end) return SEG_OK;
    if (input->packed[input->packed_at] != 0x1F)
        return seg_fault(error, SEG_E_FACT, "other bytes follow the compressed data");
    if (inflateReset(&input->stream) != Z_OK)
        return seg_fault(error, SEG_E_FACT, "the compressed data is damaged");
    input->between_members = false;
    return SEG_OK;
}

static seg_status inflate_some(seg_input *input, char *out, size_t room, size_t *got, seg_error *error) {
    for (*got = 0; *got == 0;) {
        if (input->packed_at == input->packed_end) {
            input->packed_at = 0;
            seg_status status = read_source(input, input->packed, PACKED_BYTES, &input->packed_end, error);
            if (status != SEG_OK) return status;
        }
        if (input->packed_at == input->packed_end) {
            if (input->between_members || input->given_up) return SEG_OK;
            return seg_fault(error, SEG_E_FACT, "the compressed data is cut off");
        }
        if (input->between_members) {
            seg_status status = next_member(input, error);
            if (status != SEG_OK) return status;
            if (input->between_members) continue;
        }
        input->stream.next_in = input->packed + input->packed_at;
        input->stream.avail_in = (uInt)(input->packed_end - input->packed_at);
        input->stream.next_out = (Bytef *)out;
        input->stream.avail_out = room > UINT_MAX ? UINT_MAX : (uInt)room;
        uInt offered = input->stream.avail_out;
        int result = inflate(&input->stream, Z_SYNC_FLUSH);
        if (result == Z_MEM_ERROR) return seg_fault_memory(error);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return seg_fault(error, SEG_E_FACT, "the compressed data is damaged");
        input->packed_at = input->packed_end - input->stream.avail_in;
        input->between_members = result == Z_STREAM_END;
        *got = offered - input->stream.avail_out;
    }
    return SEG_OK;
}

static seg_status read_text(seg_input *input, char *out, size_t room, size_t *got, seg_error *error) {
    *got = 0;
    if (!input->probed) {
        seg_status status = probe(input, error);
        if (status != SEG_OK) return status;
    }
    if (input->compressed) return inflate_some(input, out, room, got, error);
    size_t waiting = input->packed_end - input->packed_at;
    if (!waiting) return read_source(input, out, room, got, error);
    *got = waiting < room ? waiting : room;
    memcpy(out, input->packed + input->packed_at, *got);
    input->packed_at += *got;
    return SEG_OK;
}

/* Room at the buffer's end: what was handed out goes, then the buffer grows, never beyond a line of the
 * limit's length and what stands around it. */
static bool make_room(seg_input *input) {
    if (input->start) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->scanned -= input->start;
        input->start = 0;
    }
    if (input->end < input->capacity) return true;
    size_t capacity = input->capacity * 2;
    char *grown = realloc(input->buffer, capacity + SEG_INPUT_PADDING);
    if (!grown) return false;
    memset(grown + input->capacity, 0, capacity - input->capacity + SEG_INPUT_PADDING);
    input->buffer = grown;
    input->capacity = capacity;
    return true;
}

static seg_status fill(seg_input *input, seg_error *error) {
    if (!make_room(input)) return seg_fault_memory(error);
    size_t got;
    seg_status status =
        read_text(input, input->buffer + input->end, input->capacity - input->end, &got, error);
    if (status != SEG_OK) return status;
    input->end += got;
    input->text_ended = got == 0;
    return SEG_OK;
}

static void hand_out(seg_input *input, seg_line *line, size_t end, size_t next) {
    line->number = ++input->line_number;
    line->kind = SEG_LINE_TEXT;
    if (input->skipping || end - input->start > input->limit)
        line->kind = SEG_LINE_TOO_LONG;
    else
        line->text = (seg_text){.bytes = input->buffer + input->start, .size_bytes = end - input->start};
    input->start = input->scanned = next;
    input->skipping = false;
    static const char mark[] = "\xEF\xBB\xBF";
    if (!input->past_mark && line->text.size_bytes >= 3 && memcmp(line->text.bytes, mark, 3) == 0) {
        line->text.bytes += 3;
        line->text.size_bytes -= 3;
    }
    input->past_mark = true;
}

seg_status seg_input_next(seg_input *input, seg_line *line, seg_error *error) {
    *line = (seg_line){.kind = SEG_LINE_END};
    for (;;) {
        char *from = input->buffer + input->scanned;
        char *feed = memchr(from, '\n', input->end - input->scanned);
        if (feed) {
            size_t at = (size_t)(feed - input->buffer);
            hand_out(input, line, at, at + 1);
            return SEG_OK;
        }
        input->scanned = input->end;
        if (input->text_ended) break;
        if (input->end - input->start > input->limit) {
            input->skipping = true;
            input->start = input->end;
        }
        seg_status status = fill(input, error);
        if (status != SEG_OK) return status;
    }
    if ((input->start == input->end && !input->skipping) || input->given_up) return SEG_OK;
    input->buffer[input->end] = '\n'; /* there is padding behind it */
    hand_out(input, line, input->end, input->end);
    return SEG_OK;
}

seg_status seg_input_next_lines(seg_input *input, seg_line *lines, seg_error *error) {
    seg_status status = seg_input_next(input, lines, error);
    if (status != SEG_OK || lines->kind != SEG_LINE_TEXT || input->limit < AHEAD_BYTES) return status;
    const char *first = lines->text.bytes, *next = input->buffer + input->start;
    size_t room = input->end - input->start;
    if (room > AHEAD_BYTES) room = AHEAD_BYTES;
    const char *feed = room ? memrchr(next, '\n', room) : NULL;
    if (!feed) return SEG_OK;
    lines->text.size_bytes = (size_t)(feed - first);
    input->start = input->scanned = (size_t)(feed + 1 - input->buffer);
    return SEG_OK;
}
