/* segc.h - the public header of libseg, the compiler of Seg: sources in, diagnostics, images and
 * answers about rules out.
 *
 * A seg_unit is one workspace in memory: add its sources, check it, ask. One thread at a time.
 * Nothing here reads a file, a clock or the environment, but seg_unit_check reads the system's tz
 * database for the zone that the workspace names. */
#ifndef SEGC_H
#define SEGC_H

#include "seg.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct seg_unit seg_unit;

seg_status seg_unit_new(seg_unit **out, const seg_allocator *allocator);
void seg_unit_free(seg_unit *unit);

/* Copies name and bytes. SEG_E_LIMIT: above 4 MiB. */
seg_status seg_unit_add(seg_unit *unit, const char *name, const char *bytes, size_t size_bytes);
/* A value for a `param`, written as in a source: "500", "30d", "\"text\"". */
seg_status seg_unit_set(seg_unit *unit, const char *name, const char *text);

/* Copies a file that `in list "NAME"` may name: CSV, whose ids are those of the column id or profile, else
 * of the first column; or that `model M from "NAME"` names: JSON, see docs/models.md. */
seg_status seg_unit_add_file(seg_unit *unit, const char *name, const char *bytes, size_t size_bytes);
/* The functions that scenario tests may call of a library; see seg_image_bind. The table must stay. */
seg_status seg_unit_bind(seg_unit *unit, const char *library, const seg_native_table *table);

/* The files that the sources name in `in list` and `model`, in order, whether they were added or not; NULL
 * beyond the last. Known after seg_unit_check: the host adds them and checks again. */
const char *seg_unit_file(const seg_unit *unit, uint32_t index);

/* Parses and checks everything. SEG_OK even when the rules are at fault: see seg_unit_errors. */
seg_status seg_unit_check(seg_unit *unit);
uint32_t seg_unit_errors(const seg_unit *unit);
uint32_t seg_unit_warnings(const seg_unit *unit);
void seg_unit_diagnostics(seg_unit *unit, bool json, bool colour, seg_write_fn write, void *user);

/* Compiles a checked unit without errors. `explain`: with probes for seg_image_probe. The bytes belong
 * to the unit. SEG_E_LIMIT: the rules need more than an image can hold (a diagnostic says what). */
seg_status seg_unit_image(seg_unit *unit, bool explain, const uint8_t **bytes, size_t *size_bytes);

/* Can these segments (by their numbers in the image) be evaluated from attributes alone, as they are at one
 * instant? Conditions that ask for events, the past or a rank become errors of the unit. Of a checked unit
 * without errors; else SEG_E_USAGE. */
seg_status seg_unit_check_snapshot(seg_unit *unit, const uint32_t *segments, size_t segment_count);

/* What one stage made of the sources, as text. */
typedef enum seg_stage {
    SEG_STAGE_TOKENS,
    SEG_STAGE_TREE,
    SEG_STAGE_TYPES,
    SEG_STAGE_PLAN,
    SEG_STAGE_BYTECODE
} seg_stage;
seg_status seg_unit_dump(seg_unit *unit, seg_stage stage, seg_write_fn write, void *user);

/* What the rules cost: each store with its bytes and reason, each segment's worst case. */
seg_status seg_unit_cost(seg_unit *unit, bool json, seg_write_fn write, void *user);

/* One source in canonical form. SEG_E_FACT when it has faults (they go to `diagnostics`). */
seg_status seg_format(const char *name, const char *bytes, size_t size_bytes, bool colour, seg_write_fn write,
                      seg_write_fn diagnostics, void *user);

/* The explanation of a diagnostic's code, or NULL; codes by number from 0 until NULL. */
const char *seg_code_explanation(const char *code, const char **title);
const char *seg_code_at(uint32_t index);

/* ---- Scenario tests of the workspace --------------------------------------------------------- */

uint32_t seg_unit_test_count(const seg_unit *unit);
typedef struct seg_test_result {
    seg_text name;
    const char *file;
    uint32_t line;
    bool passed;
    uint32_t failed_line; /* of the step that failed */
    char message[512];    /* what was expected and what was found */
    const char
        *explanation; /* the rule's parts and their values, a line each; the unit's until the next run */
} seg_test_result;
/* SEG_E_NATIVE: a native function is not bound: see seg_unit_bind. */
seg_status seg_unit_test_run(seg_unit *unit, uint32_t test, seg_test_result *out);

/* Policies that the sources declare. Whether they hold is said by libsegproof (segproof.h); a host that
 * compiles without it compiles segments that may break them. */
uint32_t seg_unit_policy_count(const seg_unit *unit);

/* ---- Values in words ---------------------------------------------------------------------------- */

/* A value as a reader knows it: "true", "12.50", "paid", "2026-04-16 12:00 +02:00", "30d", "missing".
 * Times are by the clocks of the workspace's zone, or in UTC without an image; seconds show when there are
 * any. Enums are named by the attribute or field that the probe's text names; a text that a state holds only
 * as its word reads "a text". Writes at most size_bytes with the NUL; gives the length written. */
size_t seg_value_show(const seg_image *image, const seg_probe_info *probe, const seg_value *value, char *out,
                      size_t size_bytes);

/* ---- Facts about segments (for lists, docs, lint) --------------------------------------------- */

typedef struct seg_segment_facts {
    seg_text name, title, doc; /* doc: its lines joined by newlines */
    const char *file;
    uint32_t line;
    seg_text rule; /* the rule's source text */
} seg_segment_facts;
uint32_t seg_unit_segment_count(const seg_unit *unit);
seg_status seg_unit_segment(seg_unit *unit, uint32_t segment, seg_segment_facts *out);

#ifdef __cplusplus
}
#endif
#endif
