#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "progress.h"

static seg_terminal terminal;

/* The value of a variable; "" when it is not set. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static bool locale_is_utf8(void) {
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = variable(names[i]);
        if (*value) return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void seg_output_init(void) {
    static char buffer[1 << 16];
    __fsetlocking(stdout, FSETLOCKING_BYCALLER); /* one thread writes, whatever others do meanwhile */
    setvbuf(stdout, buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof buffer);
    bool dumb = strcmp(variable("TERM"), "dumb") == 0;
    bool colour = !*variable("NO_COLOR") && !dumb;
    terminal.out_live = isatty(STDOUT_FILENO);
    terminal.utf8 = locale_is_utf8();
    terminal.out_colour = colour && isatty(STDOUT_FILENO);
    terminal.err_colour = colour && isatty(STDERR_FILENO);
    terminal.err_live = !dumb && isatty(STDERR_FILENO);
    terminal.tick = terminal.utf8 ? "✓" : "+";
    terminal.cross = terminal.utf8 ? "✗" : "-";
    terminal.dots = terminal.utf8 ? "…" : "...";
    terminal.middle = terminal.utf8 ? "·" : "-";
    terminal.width = 80;
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) terminal.width = size.ws_col;
}

const seg_terminal *seg_output_terminal(void) { return &terminal; }

bool seg_output_broken(void) { return ferror(stdout) != 0; }

/* Why an earlier write failed is not known any more; a pipe that nobody reads from still says so. */
static bool reader_left(void) {
    struct pollfd look = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&look, 1, 0) > 0 && (look.revents & POLLERR);
}

int seg_output_finish(int code) {
    int fault = 0;
    errno = 0;
    if (fflush(stdout) != 0) fault = errno;
    if (!fault && !ferror(stdout)) return code;
    if (fault == EPIPE || errno == EPIPE || reader_left()) return code;
    seg_say("cannot write to standard output: %s.", fault ? strerror(fault) : "an earlier write failed");
    return SEG_EXIT_MACHINE;
}

const char *seg_style_begin(seg_style style) {
    static const char *const escapes[] = {"\033[1m", "\033[2m", "\033[32m", "\033[31m"};
    return terminal.out_colour ? escapes[style] : "";
}

const char *seg_style_end(void) { return terminal.out_colour ? "\033[0m" : ""; }

void seg_output_write(void *file, const char *bytes, size_t size_bytes) {
    fwrite(bytes, 1, size_bytes, file);
}

/* Bytes of the character at `at` when it is valid, printable UTF-8, else 0. */
static size_t character_size(seg_text text, size_t at) {
    const unsigned char *b = (const unsigned char *)text.bytes + at;
    size_t rest = text.size_bytes - at, size;
    if (b[0] < 0x80) return b[0] >= 0x20 && b[0] != 0x7f;
    if (b[0] >= 0xc2 && b[0] <= 0xdf)
        size = 2;
    else if (b[0] >= 0xe0 && b[0] <= 0xef)
        size = 3;
    else if (b[0] >= 0xf0 && b[0] <= 0xf4)
        size = 4;
    else
        return 0;
    if (size > rest) return 0;
    for (size_t i = 1; i < size; i++)
        if ((b[i] & 0xc0) != 0x80) return 0;
    if (b[0] == 0xc2 && b[1] < 0xa0) return 0; /* C1 controls */
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] >= 0xa0)) return 0;
    if ((b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] >= 0x90)) return 0;
    bool turns =
        b[0] == 0xe2 && ((b[1] == 0x80 && ((b[2] >= 0xaa && b[2] <= 0xae) || b[2] == 0xa8 || b[2] == 0xa9)) ||
                         (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9));
    return turns ? 0 : size; /* marks that turn the direction of what follows are shown as bytes */
}

size_t seg_output_text(FILE *file, seg_text text, size_t most) {
    size_t columns = 0;
    for (size_t at = 0; at < text.size_bytes;) {
        if (most && columns >= most) {
            fputs(terminal.dots, file);
            return columns + 1;
        }
        size_t size = character_size(text, at);
        if (size) {
            fwrite(text.bytes + at, 1, size, file);
            columns++;
        } else {
            fprintf(file, "\\x%02x", (unsigned char)text.bytes[at]);
            columns += 4;
        }
        at += size ? size : 1;
    }
    return columns;
}

void seg_text_quote(FILE *file, seg_text text, size_t most) {
    fputc('"', file);
    seg_output_text(file, text, most);
    fputc('"', file);
}

char *seg_text_show(seg_text text, size_t most) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    if (!file) return NULL;
    seg_output_text(file, text, most);
    if (fclose(file) != 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

seg_text seg_text_from(const char *terminated) {
    return (seg_text){.bytes = terminated, .size_bytes = strlen(terminated)};
}

static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool seg_text_has_word(seg_text text, seg_text word) {
    for (size_t at = 0; at < text.size_bytes;) {
        size_t end = at;
        while (end < text.size_bytes && is_word_byte(text.bytes[end])) end++;
        if (end - at == word.size_bytes && end > at && memcmp(text.bytes + at, word.bytes, end - at) == 0)
            return true;
        at = end > at ? end : at + 1;
    }
    return false;
}

size_t seg_text_columns(const char *terminated) {
    size_t columns = 0;
    for (const char *c = terminated; *c; c++)
        if (((unsigned char)*c & 0xc0) != 0x80) columns++;
    return columns;
}

const char *seg_count_show(uint64_t count, char out[32]) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

const char *seg_count_noun(uint64_t count, const char *noun, char out[64]) {
    char digits[32];
    size_t length = strlen(noun);
    bool ies =
        count != 1 && length > 1 && noun[length - 1] == 'y' && strchr("aeiou", noun[length - 2]) == NULL;
    snprintf(out, 64, "%s %.*s%s", seg_count_show(count, digits), (int)(length - ies), noun,
             ies          ? "ies"
             : count == 1 ? ""
                          : "s");
    return out;
}

const char *seg_instant_show(const seg_image *image, int64_t instant, char out[48]) {
    seg_probe_info time = {.type = SEG_TIME};
    seg_value value = {.known = true, .as.i = instant};
    seg_value_show(image, &time, &value, out, 48);
    return out;
}

void seg_say(const char *format, ...) {
    seg_progress_clear();
    fflush(stdout);
    fputs("seg: ", stderr);
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

int seg_say_memory(void) {
    seg_say("memory ran short.");
    return SEG_EXIT_MACHINE;
}

int seg_say_status(const char *what, seg_status status, const seg_error *error) {
    static const char *const texts[] = {
        "no fault",        "memory ran short",     "the image is damaged",
        "another version", "the state is damaged", "a fact does not fit its declaration",
        "time ran back",   "a limit was passed",   "a wrong call",
        "a native function is not bound"};
    size_t index = status <= 0 && -status < (int)(sizeof texts / sizeof *texts) ? (size_t)-status : 8;
    seg_say("%s: %s.", what, error && error->message[0] ? error->message : texts[index]);
    return SEG_EXIT_MACHINE;
}
