#include "change_out.h"

#include <stdlib.h>
#include <string.h>

#include "json_out.h"

enum { LINE_BYTES = 4096, INSTANT_BYTES = 24 };

struct seg_change_out {
    FILE *file;
    char *pieces;   /* one behind the other: of segments, then of causes, see piece_of_cause */
    size_t *starts; /* of each piece, and of what would follow the last one */
    seg_image_info image;
    int64_t at; /* the last one: many changes come at the same instant */
    char at_text[INSTANT_BYTES + 1];
    size_t used;
    char line[LINE_BYTES];
};

static const char *const causes[] = {"event", "attribute", "time", "merge", "erase", "rank", "group"};
enum { CAUSES = sizeof causes / sizeof *causes };

/* Behind the segments: causes, events, attributes; then the same when they come late. */
static size_t piece_of_cause(const seg_change_out *out, const seg_change *c) {
    size_t events = out->image.event_count, attributes = out->image.attribute_count;
    size_t piece = out->image.segment_count + (c->late ? CAUSES + events + attributes : 0);
    if (c->cause == SEG_CAUSE_EVENT && c->cause_index < events) return piece + CAUSES + c->cause_index;
    if (c->cause == SEG_CAUSE_ATTRIBUTE && c->cause_index < attributes)
        return piece + CAUSES + events + c->cause_index;
    return piece + (size_t)c->cause;
}

/* The piece ends. Only a flush tells the size. */
static void end_piece(size_t **next, FILE *file, const size_t *size) {
    fflush(file);
    *++*next = *size;
}

static void name_cause(FILE *file, seg_cause cause, bool late) {
    fprintf(file, "\",\"cause\":\"%s%s\"", late && cause <= SEG_CAUSE_ATTRIBUTE ? "late " : "",
            causes[cause]);
}

/* The same with which event or attribute it is. */
static void name_fact(FILE *file, seg_cause cause, bool late, seg_text name) {
    name_cause(file, cause, late);
    fprintf(file, ",\"%s\":", causes[cause]);
    seg_json_out_text(&(seg_json_out){.file = file}, name);
}

static void make_pieces(seg_change_out *out, const seg_image *image, FILE *file, const size_t *size) {
    size_t *next = out->starts;
    for (uint32_t i = 0; i < out->image.segment_count; i++, end_piece(&next, file, size)) {
        seg_segment_info segment = {0};
        seg_image_segment(image, i, &segment);
        fputs("{\"segment\":", file);
        seg_json_out_text(&(seg_json_out){.file = file}, segment.name);
        fputs(",\"profile\":", file);
    }
    for (int late = 0; late < 2; late++) {
        for (int i = 0; i < CAUSES; i++, end_piece(&next, file, size)) name_cause(file, (seg_cause)i, late);
        for (uint32_t i = 0; i < out->image.event_count; i++, end_piece(&next, file, size)) {
            seg_event_info event = {0};
            seg_image_event(image, i, &event);
            name_fact(file, SEG_CAUSE_EVENT, late, event.name);
        }
        for (uint32_t i = 0; i < out->image.attribute_count; i++, end_piece(&next, file, size)) {
            seg_field_info attribute = {0};
            seg_image_attribute(image, i, &attribute);
            name_fact(file, SEG_CAUSE_ATTRIBUTE, late, attribute.name);
        }
    }
}

seg_change_out *seg_change_out_new(const seg_image *image, FILE *file) {
    seg_change_out *out = calloc(1, sizeof *out);
    if (!out) return NULL;
    out->file = file;
    out->at = SEG_NEVER;
    seg_image_describe(image, &out->image);
    size_t names = (size_t)out->image.event_count + out->image.attribute_count, size = 0;
    out->starts = calloc(out->image.segment_count + 2 * (CAUSES + names) + 1, sizeof *out->starts);
    FILE *memory = out->starts ? open_memstream(&out->pieces, &size) : NULL;
    bool good = memory != NULL;
    if (memory) make_pieces(out, image, memory, &size);
    if (memory) good = !ferror(memory);
    if (memory && fclose(memory) != 0) good = false;
    if (good) return out;
    seg_change_out_free(out);
    return NULL;
}

void seg_change_out_free(seg_change_out *out) {
    if (!out) return;
    free(out->pieces);
    free(out->starts);
    free(out);
}

static void spill(seg_change_out *out) {
    fwrite(out->line, 1, out->used, out->file);
    out->used = 0;
}

static void put(seg_change_out *out, const char *bytes, size_t size) {
    if (size > LINE_BYTES - out->used) spill(out);
    if (size > LINE_BYTES) {
        fwrite(bytes, 1, size, out->file);
        return;
    }
    memcpy(out->line + out->used, bytes, size);
    out->used += size;
}

#define PUT(out, literal) put(out, literal, sizeof(literal) - 1)

static void put_piece(seg_change_out *out, size_t piece) {
    put(out, out->pieces + out->starts[piece], out->starts[piece + 1] - out->starts[piece]);
}

/* Whether eight bytes hold something that is not written as it stands: see json_out.c. A byte that does may
 * make the next one look as if it did too, which does no harm. */
static uint64_t has_other(const char *bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t b;
    memcpy(&b, bytes, sizeof b);
    return (b | (b - ones * ' ') | ((b ^ ones * '"') - ones) | ((b ^ ones * '\\') - ones) |
            ((b ^ ones * 0x7F) - ones)) &
           ones * 0x80;
}

static bool is_plain(seg_text text) {
    char padded[8] = "        ";
    if (text.size_bytes < sizeof padded) {
        memcpy(padded, text.bytes, text.size_bytes);
        return !has_other(padded);
    }
    uint64_t other = has_other(text.bytes + text.size_bytes - 8);
    for (size_t i = 0; i + 8 < text.size_bytes; i += 8) other |= has_other(text.bytes + i);
    return !other;
}

static void put_text(seg_change_out *out, seg_text text) {
    if (is_plain(text)) {
        PUT(out, "\"");
        put(out, text.bytes, text.size_bytes);
        PUT(out, "\"");
        return;
    }
    spill(out);
    seg_json_out_text(&(seg_json_out){.file = out->file}, text);
}

void seg_change_out_write(seg_change_out *out, const seg_engine_change *change) {
    const seg_change *c = &change->change;
    char until[INSTANT_BYTES + 1];
    if (c->at != out->at) seg_instant_format(out->at = c->at, out->at_text);
    put_piece(out, c->segment);
    put_text(out, change->profile);
    if (c->entered)
        PUT(out, ",\"change\":\"enter\",\"at\":\"");
    else
        PUT(out, ",\"change\":\"exit\",\"at\":\"");
    put(out, out->at_text, INSTANT_BYTES);
    put_piece(out, piece_of_cause(out, c));
    if (change->message_id.size_bytes) {
        PUT(out, ",\"message_id\":");
        put_text(out, change->message_id);
    }
    if (c->valid_until == SEG_NEVER) {
        PUT(out, ",\"valid_until\":null}\n");
    } else {
        seg_instant_format(c->valid_until, until);
        PUT(out, ",\"valid_until\":\"");
        put(out, until, INSTANT_BYTES);
        PUT(out, "\"}\n");
    }
    spill(out);
}
