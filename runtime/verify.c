/* verify.c - proves everything that image.h and op.def state. Runs may share records, so the work of
 * walking runs is counted: an image that makes it more than linear is refused. */
#include "verify.h"

#include <string.h>

#include "base/arena.h"
#include "calendar.h"
#include "error.h"
#include "native.h"
#include "op.h"
#include "query.h"
#include "rank.h"
#include "state.h"
#include "value.h"

#define CHECK_SIZE(type, size) _Static_assert(sizeof(type) == (size), "the layout of images is fixed")
CHECK_SIZE(seg_ins, 16);
CHECK_SIZE(seg_image_header, 72 + 16 * SEG_SECTION_COUNT);
CHECK_SIZE(seg_image_field, 24);
CHECK_SIZE(seg_image_event_record, 40);
CHECK_SIZE(seg_image_feed, 40);
CHECK_SIZE(seg_image_store, 40);
CHECK_SIZE(seg_image_query, 64);
CHECK_SIZE(seg_image_pair, 72);
CHECK_SIZE(seg_image_program, 16);
CHECK_SIZE(seg_image_automaton, 280);
CHECK_SIZE(seg_image_atom, 16);
CHECK_SIZE(seg_image_segment_record, 32);
CHECK_SIZE(seg_image_zone, 40);
CHECK_SIZE(seg_image_transition, 16);
CHECK_SIZE(seg_image_column_map_record, 24);
CHECK_SIZE(seg_image_column, 16);
CHECK_SIZE(seg_image_probe_record, 48);
CHECK_SIZE(seg_image_ranking, 16);
CHECK_SIZE(seg_image_group, 16);
CHECK_SIZE(seg_image_tally, 8);
CHECK_SIZE(seg_image_clock, 16);
CHECK_SIZE(seg_image_native_record, 40);

const size_t seg_section_record_bytes[SEG_SECTION_COUNT] = {
    [SEG_SECTION_STRINGS] = 1,
    [SEG_SECTION_FIELDS] = sizeof(seg_image_field),
    [SEG_SECTION_EVENTS] = sizeof(seg_image_event_record),
    [SEG_SECTION_FEEDS] = sizeof(seg_image_feed),
    [SEG_SECTION_STORES] = sizeof(seg_image_store),
    [SEG_SECTION_QUERIES] = sizeof(seg_image_query),
    [SEG_SECTION_PROGRAMS] = sizeof(seg_image_program),
    [SEG_SECTION_CODE] = sizeof(seg_ins),
    [SEG_SECTION_WORDS] = sizeof(int64_t),
    [SEG_SECTION_WORD_SETS] = sizeof(seg_run),
    [SEG_SECTION_TEXTS] = sizeof(seg_ref),
    [SEG_SECTION_AUTOMATA] = sizeof(seg_image_automaton),
    [SEG_SECTION_TABLES] = sizeof(uint16_t),
    [SEG_SECTION_ATOMS] = sizeof(seg_image_atom),
    [SEG_SECTION_SEGMENTS] = sizeof(seg_image_segment_record),
    [SEG_SECTION_LINKS] = sizeof(uint32_t),
    [SEG_SECTION_ZONES] = sizeof(seg_image_zone),
    [SEG_SECTION_TRANSITIONS] = sizeof(seg_image_transition),
    [SEG_SECTION_COLUMN_MAPS] = sizeof(seg_image_column_map_record),
    [SEG_SECTION_COLUMNS] = sizeof(seg_image_column),
    [SEG_SECTION_PROBES] = sizeof(seg_image_probe_record),
    [SEG_SECTION_PAIRS] = sizeof(seg_image_pair),
    [SEG_SECTION_RANKINGS] = sizeof(seg_image_ranking),
    [SEG_SECTION_GROUPS] = sizeof(seg_image_group),
    [SEG_SECTION_TALLIES] = sizeof(seg_image_tally),
    [SEG_SECTION_CLOCKS] = sizeof(seg_image_clock),
    [SEG_SECTION_NATIVES] = sizeof(seg_image_native_record),
};

enum { OFFSET_LIMIT_S = 26 * 3600 };

/* ---- the frame ---------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes, uint64_t from, uint64_t to) {
    while (from < to)
        if (bytes[from++] != 0) return false;
    return true;
}

static seg_status frame_fault(seg_error *error, size_t offset, const char *what) {
    return seg_error_set(error, SEG_E_IMAGE, offset, "not a valid image: %s", what);
}

static seg_status verify_sections(seg_image *image, seg_error *error) {
    const seg_image_header *header = image->header;
    uint64_t end = sizeof *header;
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) {
        seg_section section = header->sections[i];
        size_t at = offsetof(seg_image_header, sections) + i * sizeof section;
        if (section.offset % 8 != 0) return frame_fault(error, at, "a section is not aligned");
        if (section.offset > image->size_bytes) return frame_fault(error, at, "a section lies outside");
        if (section.count > (image->size_bytes - section.offset) / seg_section_record_bytes[i] ||
            section.count >= SEG_NONE)
            return frame_fault(error, at, "a section is larger than the image");
        image->counts[i] = (uint32_t)section.count;
        if (section.count == 0) continue;
        if (section.offset < end) return frame_fault(error, at, "sections overlap or are out of order");
        if (!is_zero(image->bytes, end, section.offset))
            return frame_fault(error, (size_t)end, "padding is not zero");
        end = section.offset + section.count * seg_section_record_bytes[i];
    }
    if (!is_zero(image->bytes, end, image->size_bytes))
        return frame_fault(error, (size_t)end, "padding is not zero");
    return SEG_OK;
}

seg_status seg_image_verify_frame(seg_image *image, seg_error *error) {
    const seg_image_header *header = image->header;
    if (image->size_bytes < sizeof *header) return frame_fault(error, image->size_bytes, "it is too short");
    if (memcmp(header->magic, SEG_IMAGE_MAGIC, sizeof header->magic) != 0)
        return frame_fault(error, 0, "it does not start as one");
    if (header->format != SEG_IMAGE_FORMAT)
        return seg_error_set(error, SEG_E_VERSION, 8, "the image has format %u, this library reads %u",
                             header->format, SEG_IMAGE_FORMAT);
    if (header->header_bytes != sizeof *header) return frame_fault(error, 12, "its header has another size");
    if (header->size_bytes != image->size_bytes)
        return frame_fault(error, 16, "its size is not what it says");
    if (header->checksum != seg_hash_image(image->bytes, image->size_bytes))
        return frame_fault(error, 24, "its checksum does not match");
    return verify_sections(image, error);
}

/* ---- the proof's own state --------------------------------------------------------------------------- */

typedef struct seg_proof {
    const seg_image *image;
    seg_error *error;
    uint64_t work; /* steps of walking runs that are left */
    const uint32_t *counts;
    uint32_t *stamps;      /* per program or store: the last event that visited it, plus one */
    uint32_t *waiting;     /* programs to visit */
    bool *temporal;        /* per program: time alone may change its result */
    int64_t *past;         /* per program: how far before now it may run; SEG_NEVER: without bound */
    int64_t *segment_past; /* per segment: how far before now its probes may be looked at */
    uint8_t *trips;        /* per program: opcodes in it that look back, inside each other */
    uint32_t *depths;      /* per pair: how deep it hangs, from 1; 0: no run has it yet */
    bool *waits;           /* per pair: it or one of its others' counts later than its time */
    bool *keyed;           /* per program: it is about the value at hand */
} seg_proof;

static bool fault(seg_proof *proof, seg_section_id section, uint64_t record, const char *what) {
    uint64_t offset =
        proof->image->header->sections[section].offset + record * seg_section_record_bytes[section];
    seg_error_set(proof->error, SEG_E_IMAGE, (size_t)offset, "not a valid image: %s", what);
    return false;
}

#define REQUIRE(condition, section, record, what)                                                            \
    do {                                                                                                     \
        if (!(condition)) return fault(proof, SEG_SECTION_##section, record, what);                          \
    } while (0)

static bool run_fits(const seg_proof *proof, seg_run run, seg_section_id section) {
    return run.first <= proof->counts[section] && run.count <= proof->counts[section] - run.first;
}

static bool ref_fits(const seg_proof *proof, seg_ref ref) {
    return run_fits(proof, (seg_run){ref.offset, ref.size_bytes}, SEG_SECTION_STRINGS);
}

/* The run is inside LINKS and each link is a number below `limit`. */
static bool links_fit(seg_proof *proof, seg_run run, uint32_t limit) {
    if (!run_fits(proof, run, SEG_SECTION_LINKS) || run.count > proof->work) return false;
    proof->work -= run.count;
    for (uint32_t i = 0; i < run.count; i++)
        if (proof->image->links[run.first + i] >= limit) return false;
    return true;
}

static bool is_program(const seg_proof *proof, uint32_t program, uint8_t context) {
    return program < proof->counts[SEG_SECTION_PROGRAMS] && !proof->keyed[program] &&
           proof->image->programs[program].context == context;
}

/* ---- schema ------------------------------------------------------------------------------------------- */

static bool verify_fields(seg_proof *proof) {
    static const uint8_t none[sizeof((seg_image_field *)0)->reserved];
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_FIELDS]; i++) {
        const seg_image_field *field = &proof->image->fields[i];
        REQUIRE(ref_fits(proof, field->name), FIELDS, i, "a field's name lies outside");
        REQUIRE(field->type >= SEG_BOOL && field->type <= SEG_ZONE, FIELDS, i, "a field has no known type");
        REQUIRE(field->scale <= 18 && (field->type == SEG_DECIMAL || field->scale == 0), FIELDS, i,
                "a field has a wrong scale");
        REQUIRE(field->required <= 1 && memcmp(field->reserved, none, sizeof none) == 0, FIELDS, i,
                "a field's padding is not zero");
        if (field->type == SEG_ENUM)
            REQUIRE(run_fits(proof, field->values, SEG_SECTION_TEXTS) && field->values.count > 0, FIELDS, i,
                    "an enum's values lie outside");
        else
            REQUIRE(field->values.first == 0 && field->values.count == 0, FIELDS, i,
                    "only an enum has values");
    }
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_TEXTS]; i++)
        REQUIRE(ref_fits(proof, proof->image->texts[i]), TEXTS, i, "a text lies outside");
    return true;
}

static bool verify_feed(seg_proof *proof, uint32_t number, uint32_t event) {
    const seg_image_feed *feed = &proof->image->feeds[number];
    REQUIRE(feed->store < proof->counts[SEG_SECTION_STORES], FEEDS, number, "a feed leads to no store");
    REQUIRE(proof->stamps[feed->store] != event + 1, FEEDS, number, "an event feeds a store twice");
    proof->stamps[feed->store] = event + 1;
    REQUIRE(feed->filter == SEG_NONE || is_program(proof, feed->filter, SEG_CONTEXT_FACT), FEEDS, number,
            "a filter is no program over facts");
    REQUIRE(links_fit(proof, feed->values, proof->counts[SEG_SECTION_PROGRAMS]), FEEDS, number,
            "a feed's values lie outside");
    REQUIRE(links_fit(proof, feed->atoms, proof->counts[SEG_SECTION_ATOMS]), FEEDS, number,
            "a feed's atoms lie outside");
    REQUIRE(feed->route == SEG_NONE ? feed->word == 0 : is_program(proof, feed->route, SEG_CONTEXT_FACT),
            FEEDS, number, "a feed's route is no program over facts");
    REQUIRE(feed->relation <= (feed->route == SEG_NONE ? SEG_FEED_EQUAL : SEG_FEED_MOST_FLOAT), FEEDS, number,
            "a feed's relation is unknown");
    uint32_t named = proof->image->header->event_count + proof->image->header->attribute_count;
    bool of_identity = proof->image->stores[feed->store].flags & SEG_STORE_IDENTITY;
    REQUIRE(of_identity == (event == named), FEEDS, number, "the profile's id is no fact");
    REQUIRE(feed->values.count == proof->image->stores[feed->store].width, FEEDS, number,
            "a feed does not fill its store");
    for (uint32_t i = 0; i < feed->values.count; i++)
        REQUIRE(is_program(proof, proof->image->links[feed->values.first + i], SEG_CONTEXT_FACT), FEEDS,
                number, "a feed's value is no program over facts");
    return true;
}

/* The record of the profile's id: a text. */
static bool verify_identity(seg_proof *proof, uint32_t number) {
    const seg_run fields = proof->image->events[number].fields;
    return fields.count == 1 && run_fits(proof, fields, SEG_SECTION_FIELDS) &&
           proof->image->fields[fields.first].type == SEG_TEXT;
}

static bool verify_events(seg_proof *proof) {
    const seg_image_header *header = proof->image->header;
    uint64_t named = (uint64_t)header->event_count + header->attribute_count;
    REQUIRE(named == proof->counts[SEG_SECTION_EVENTS] || named + 1 == proof->counts[SEG_SECTION_EVENTS],
            EVENTS, 0, "events and attributes do not add up");
    REQUIRE(named == proof->counts[SEG_SECTION_EVENTS] || verify_identity(proof, (uint32_t)named), EVENTS,
            named, "the profile's id is no text");
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_EVENTS]; i++) {
        const seg_image_event_record *event = &proof->image->events[i];
        REQUIRE(ref_fits(proof, event->name) && ref_fits(proof, event->source) &&
                    ref_fits(proof, event->elements),
                EVENTS, i, "an event's name lies outside");
        REQUIRE(run_fits(proof, event->fields, SEG_SECTION_FIELDS), EVENTS, i,
                "an event's fields lie outside");
        REQUIRE(i < header->event_count || event->fields.count == 1, EVENTS, i,
                "an attribute has one field: itself");
        REQUIRE(run_fits(proof, event->feeds, SEG_SECTION_FEEDS) && event->feeds.count <= proof->work, EVENTS,
                i, "an event's feeds lie outside");
        proof->work -= event->feeds.count;
        for (uint32_t j = 0; j < event->feeds.count; j++)
            if (!verify_feed(proof, event->feeds.first + j, i)) return false;
        for (uint32_t j = 1; j < event->feeds.count; j++) {
            const seg_image_feed *feed = &proof->image->feeds[event->feeds.first + j];
            REQUIRE(seg_feed_compare(&feed[-1], feed) <= 0, FEEDS, event->feeds.first + j,
                    "an event's feeds are out of order");
        }
    }
    return true;
}

static bool verify_columns(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_COLUMN_MAPS]; i++) {
        const seg_image_column_map_record *map = &image->column_maps[i];
        REQUIRE(ref_fits(proof, map->pattern) && map->reserved == 0, COLUMN_MAPS, i,
                "a column map is damaged");
        REQUIRE(map->event == SEG_NONE || map->event < image->header->event_count, COLUMN_MAPS, i,
                "a column map has no event");
        REQUIRE(run_fits(proof, map->columns, SEG_SECTION_COLUMNS) && map->columns.count <= proof->work,
                COLUMN_MAPS, i, "columns lie outside");
        proof->work -= map->columns.count;
        uint32_t fields =
            map->event == SEG_NONE ? image->header->attribute_count : image->events[map->event].fields.count;
        for (uint32_t j = 0; j < map->columns.count; j++) {
            const seg_image_column *column = &image->columns[map->columns.first + j];
            REQUIRE(column->role != SEG_COLUMN_FIELD || column->field < fields, COLUMNS,
                    map->columns.first + j, "a column fills no field");
        }
    }
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_COLUMNS]; i++) {
        const seg_image_column *column = &image->columns[i];
        REQUIRE(ref_fits(proof, column->column) && column->role <= SEG_COLUMN_FIELD &&
                    column->is_constant <= 1 && column->reserved == 0,
                COLUMNS, i, "a column is damaged");
    }
    return true;
}

static bool verify_zones(seg_proof *proof) {
    const seg_image *image = proof->image;
    REQUIRE(proof->counts[SEG_SECTION_ZONES] > 0, ZONES, 0, "the workspace has no zone");
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_ZONES]; i++) {
        const seg_image_zone *zone = &image->zones[i];
        REQUIRE(ref_fits(proof, zone->name) && ref_fits(proof, zone->version) && zone->is_whole <= (i == 0),
                ZONES, i, "a zone is damaged");
        REQUIRE(zone->word == seg_text_word(seg_view_text(image, zone->name)) &&
                    (i < 2 || zone->word > image->zones[i - 1].word),
                ZONES, i, "zones do not ascend");
        REQUIRE(zone->first_offset_s >= -OFFSET_LIMIT_S && zone->first_offset_s <= OFFSET_LIMIT_S, ZONES, i,
                "a zone's offset is out of range");
        REQUIRE(run_fits(proof, zone->transitions, SEG_SECTION_TRANSITIONS) &&
                    zone->transitions.count <= proof->work,
                ZONES, i, "transitions lie outside");
        proof->work -= zone->transitions.count;
        for (uint32_t j = 1; j < zone->transitions.count; j++) {
            uint32_t number = zone->transitions.first + j;
            REQUIRE(image->transitions[number - 1].at < image->transitions[number].at, TRANSITIONS, number,
                    "transitions do not ascend");
        }
    }
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_TRANSITIONS]; i++) {
        const seg_image_transition *transition = &image->transitions[i];
        REQUIRE(transition->at >= SEG_TIME_MIN && transition->at <= SEG_TIME_MAX, TRANSITIONS, i,
                "a transition is outside of time");
        REQUIRE(transition->offset_s >= -OFFSET_LIMIT_S && transition->offset_s <= OFFSET_LIMIT_S &&
                    transition->reserved == 0,
                TRANSITIONS, i, "a transition's offset is out of range");
    }
    return true;
}

/* ---- state -------------------------------------------------------------------------------------------- */

static bool verify_stores(seg_proof *proof) {
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_STORES]; i++) {
        const seg_image_store *store = &proof->image->stores[i];
        REQUIRE(store->width <= 32, STORES, i, "a store is wider than 32 words");
        REQUIRE(store->horizon_ms > 0, STORES, i, "a store's horizon is not positive");
        REQUIRE((store->flags & ~(SEG_STORE_FOLD | SEG_STORE_CALENDAR | SEG_STORE_IDENTITY)) == 0, STORES, i,
                "a store has unknown flags");
        REQUIRE(store->past_ms >= 0 && (store->keep > 0 || store->past_ms == 0), STORES, i,
                "a store's past is damaged");
        REQUIRE(store->float_fields_reserved == 0 && store->reserved == 0, STORES, i,
                "a store's padding is not zero");
        REQUIRE(store->width == 32 || store->float_fields >> store->width == 0, STORES, i,
                "a store has floats beyond its width");
    }
    REQUIRE(seg_state_places(proof->image).base <= SEG_STATE_BYTES_MAX, STORES, 0,
            "states would be too large");
    return true;
}

#define UNITS_LIMIT 4000000 /* more days than 10,000 years have */

static bool window_fits(const seg_image_query *query) {
    bool no_from = query->from_months == 0 && query->from_ms == 0,
         no_to = query->to_months == 0 && query->to_ms == 0;
    switch (query->window) {
    case SEG_WINDOW_EVER:
    case SEG_WINDOW_FEW:
    case SEG_WINDOW_SINCE: return no_from && no_to;
    case SEG_WINDOW_WITHIN: return no_to && query->from_months >= 0 && query->from_ms >= 0;
    case SEG_WINDOW_BETWEEN:
        return query->from_months == 0 && query->to_months == 0 && query->from_ms >= SEG_TIME_MIN &&
               query->to_ms >= SEG_TIME_MIN;
    case SEG_WINDOW_ROLLING:
        if (query->from_months < 0 || query->from_ms < 0 || query->to_months < 0 || query->to_ms < 0 ||
            no_from)
            return false;
        return query->from_months != query->to_months || query->from_ms > query->to_ms;
    case SEG_WINDOW_CALENDAR:
        return query->unit < SEG_UNIT_COUNT && query->from_months <= 0 &&
               query->from_months >= -UNITS_LIMIT && query->from_months < query->to_months &&
               query->to_months <= 1 && query->from_ms == 0 && query->to_ms == 0;
    default: return false;
    }
}

static bool verify_queries(seg_proof *proof) {
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_QUERIES]; i++) {
        const seg_image_query *query = &proof->image->queries[i];
        REQUIRE(query->store < proof->counts[SEG_SECTION_STORES], QUERIES, i, "a query has no store");
        REQUIRE(query->field == SEG_FIELD_TIME || query->field < proof->image->stores[query->store].width,
                QUERIES, i, "a query's field is not stored");
        REQUIRE(query->delay_ms >= 0 && query->own_pairs <= query->pairs.count &&
                    (query->window == SEG_WINDOW_FEW) == (query->newest > 0),
                QUERIES, i, "a query's window is damaged");
        bool in_calendar = query->window == SEG_WINDOW_CALENDAR;
        REQUIRE((in_calendar || query->unit == 0) && window_fits(query), QUERIES, i,
                "a query's window is damaged");
        REQUIRE(query->key <= proof->image->stores[query->store].width && query->reserved == 0, QUERIES, i,
                "a query's key is not stored");
    }
    return true;
}

static bool same_fits(const seg_image *image, const seg_image_pair *pair, uint32_t asked) {
    for (uint32_t i = 0; i < pair->same.count; i += 2)
        if (image->links[pair->same.first + i] >= image->stores[asked].width ||
            image->links[pair->same.first + i + 1] >= image->stores[pair->store].width)
            return false;
    return true;
}

/* The pairs of a run, asked about entries of a store: each is in this run alone. */
static bool claim_pairs(seg_proof *proof, seg_run run, uint32_t asked, uint32_t depth, uint32_t limit) {
    const seg_image *image = proof->image;
    REQUIRE(run_fits(proof, run, SEG_SECTION_PAIRS) && run.first + run.count <= limit, PAIRS, 0,
            "pairs lie outside");
    for (uint32_t i = run.first; i < run.first + run.count; i++) {
        const seg_image_pair *pair = &image->pairs[i];
        REQUIRE(proof->depths[i] == 0, PAIRS, i, "a pair is in two runs");
        REQUIRE(depth <= SEG_PAIR_DEPTH_MAX, PAIRS, i, "pairs hang too deep");
        proof->depths[i] = depth;
        REQUIRE(pair->same.count % 2 == 0 && run_fits(proof, pair->same, SEG_SECTION_LINKS) &&
                    pair->same.count <= proof->work && same_fits(image, pair, asked),
                PAIRS, i, "a pair compares what is not stored");
        proof->work -= pair->same.count;
        proof->waits[i] = pair->here_delay_ms > 0 || pair->there_delay_ms > 0;
    }
    return true;
}

static bool verify_pair(seg_proof *proof, uint32_t i) {
    const seg_image_pair *pair = &proof->image->pairs[i];
    const uint32_t known = SEG_PAIR_PRECEDED | SEG_PAIR_NEGATED | SEG_PAIR_BY_TIME | SEG_PAIR_BETWEEN |
                           SEG_PAIR_INHERITS | SEG_PAIR_BOUNDED | SEG_PAIR_DECIDES;
    REQUIRE(pair->store < proof->counts[SEG_SECTION_STORES] && (pair->flags & ~known) == 0, PAIRS, i,
            "a pair is damaged");
    REQUIRE(proof->image->stores[pair->store].keep == 0, PAIRS, i,
            "a pair looks at a store that keeps only the newest entries");
    REQUIRE(pair->least_months >= 0 && pair->most_months >= 0 && pair->least_ms >= 0 && pair->most_ms >= 0 &&
                pair->here_delay_ms >= 0 && pair->there_delay_ms >= 0 && pair->whole_ms >= 0,
            PAIRS, i, "a pair's lengths are damaged");
    return true;
}

/* Outer pairs have larger numbers than those of their others, so one pass from the end meets each after the
 * run that it is in. */
static bool verify_pairs(seg_proof *proof) {
    const seg_image *image = proof->image;
    uint32_t count = proof->counts[SEG_SECTION_PAIRS];
    for (uint32_t i = 0; i < count; i++)
        if (!verify_pair(proof, i)) return false;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_QUERIES]; i++)
        if (!claim_pairs(proof, image->queries[i].pairs, image->queries[i].store, 1, count)) return false;
    for (uint32_t i = count; i > 0; i--) {
        REQUIRE(proof->depths[i - 1] > 0, PAIRS, i - 1, "a pair belongs to nothing");
        const seg_image_pair *pair = &image->pairs[i - 1];
        if (!claim_pairs(proof, pair->inner, pair->store, proof->depths[i - 1] + 1, i - 1)) return false;
    }
    for (uint32_t i = 0; i < count; i++) /* inner ones come first */
        for (uint32_t j = 0; j < image->pairs[i].inner.count; j++)
            proof->waits[i] |= proof->waits[image->pairs[i].inner.first + j];
    return true;
}

/* Whether time alone can change what the query sees, beside facts that it reaches. */
static bool query_waits(const seg_proof *proof, const seg_image_query *query) {
    bool waits = seg_window_moves(query->window) || query->delay_ms > 0;
    for (uint32_t i = 0; i < query->pairs.count; i++) waits |= proof->waits[query->pairs.first + i];
    return waits;
}

/* How far back a window may see: a unit is longer than its days by changes of the zone's offset. */
static int64_t reach_of(const seg_image_query *query) {
    if (query->window == SEG_WINDOW_CALENDAR)
        return ((INT64_C(1) - query->from_months) * seg_calendar_unit_days((seg_image_unit)query->unit) + 2) *
               SEG_DAY_MS;
    if (query->window != SEG_WINDOW_ROLLING) return SEG_NEVER;
    int64_t months_ms = INT64_C(31) * SEG_DAY_MS * query->from_months + (query->from_months ? SEG_DAY_MS : 0),
            reach;
    return __builtin_add_overflow(months_ms, query->from_ms, &reach) ? SEG_NEVER : reach;
}

/* NULL, or why the store cannot answer the opcode over the query's window. */
static const char *query_fault(const seg_image *image, const seg_ins *ins) {
    const seg_image_query *query = &image->queries[ins->c];
    const seg_image_store *store = &image->stores[query->store];
    bool is_time = query->field == SEG_FIELD_TIME, folds = store->flags & SEG_STORE_FOLD;
    bool is_float = !is_time && (store->float_fields >> query->field & 1);
    uint8_t op = ins->op;
    if ((op == SEG_OP_SUMF || op == SEG_OP_MINF || op == SEG_OP_MAXF) && !is_float)
        return "a float aggregate reads another type";
    if ((op == SEG_OP_SUM || op == SEG_OP_SUM_GE || op == SEG_OP_AVG || op == SEG_OP_MIN ||
         op == SEG_OP_MAX) &&
        is_float)
        return "an integer aggregate reads floats";
    if (op == SEG_OP_DECAYED) {
        bool halves = query->window == SEG_WINDOW_ROLLING && query->from_months == 0 &&
                      query->to_months == 0 && query->to_ms == 0 && query->from_ms % SEG_DECAY_HALVINGS == 0;
        if (!halves || ins->imm < 1) return "DECAYED needs a window of 40 half lives and a weight";
    }
    if (op == SEG_OP_COUNT_GE && ins->imm < 1) return "COUNT_GE needs a number of at least 1";
    if (op == SEG_OP_DISTINCT_GE && (ins->imm < 1 || ins->imm > SEG_DISTINCT_LIMIT))
        return "DISTINCT_GE needs a number of 1 to 32";
    if (op == SEG_OP_AVG && (ins->imm < 1 || ins->imm > INT64_C(1000000000000)))
        return "AVG needs a unit of 1 to 10^12";
    if (op == SEG_OP_GATHER &&
        (is_time || query->key || (query->window != SEG_WINDOW_EVER && query->window != SEG_WINDOW_ROLLING)))
        return "values are gathered from a field, over everything or a rolling window";
    bool whole = !store->keep && !(folds && query->window == SEG_WINDOW_EVER);
    if (query->key && !whole) return "entries of one value are asked of a store that lacks some";
    bool reads_field = op == SEG_OP_SUM || op == SEG_OP_SUM_GE || op == SEG_OP_AVG || op == SEG_OP_MIN ||
                       op == SEG_OP_MAX || op == SEG_OP_KNOWN;
    if (query->window == SEG_WINDOW_EVER && folds && query->pairs.count == 0) {
        if (op == SEG_OP_SUMF || op == SEG_OP_DISTINCT || op == SEG_OP_DISTINCT_GE || op == SEG_OP_MOST ||
            op == SEG_OP_LEAST || op == SEG_OP_GAP || op == SEG_OP_GATHER || (reads_field && is_time))
            return "folded entries cannot answer this";
        if (op == SEG_OP_NEWEST && store->horizon_ms != SEG_NEVER) return "the newest entry may be folded";
        return NULL;
    }
    int64_t reach = reach_of(query);
    if (__builtin_add_overflow(reach, query->delay_ms, &reach)) reach = SEG_NEVER;
    if (reach > SEG_TIME_MAX - SEG_TIME_MIN) reach = SEG_TIME_MAX - SEG_TIME_MIN;
    if (store->horizon_ms < reach) return "a window looks further back than its store";
    if (store->keep == 0) return NULL;
    if (query->window == SEG_WINDOW_FEW && query->own_pairs == 0 && store->keep >= query->newest) return NULL;
    if (query->pairs.count > 0) return "a store that keeps only the newest entries cannot answer this";
    bool newest_only = op == SEG_OP_ANY || op == SEG_OP_COUNT_GE || op == SEG_OP_NEWEST;
    bool ends_now = query->window == SEG_WINDOW_EVER || query->window == SEG_WINDOW_SINCE ||
                    (query->window == SEG_WINDOW_ROLLING && query->to_months == 0 && query->to_ms == 0) ||
                    (query->window == SEG_WINDOW_CALENDAR && query->to_months == 1);
    if (!newest_only || !ends_now) return "a store that keeps only the newest entries cannot answer this";
    if (op == SEG_OP_COUNT_GE && ins->imm > store->keep) return "COUNT_GE needs more entries than are kept";
    if (query->window == SEG_WINDOW_ROLLING && query->from_months && !(store->flags & SEG_STORE_CALENDAR))
        return "a window of months reads a store with `keep` that is not marked for it";
    return NULL;
}

/* ---- programs ----------------------------------------------------------------------------------------- */

static bool verify_natives(seg_proof *proof) {
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_NATIVES]; i++) {
        const seg_image_native_record *native = &proof->image->natives[i];
        REQUIRE(ref_fits(proof, native->library) && ref_fits(proof, native->name), NATIVES, i,
                "a native function's name lies outside the strings");
        REQUIRE(native->argument_count >= 1 && native->argument_count <= SEG_NATIVE_ARGUMENTS &&
                    seg_native_type_fits(native->result) && native->is_optional <= 1,
                NATIVES, i, "a native function is not one that can be called");
        for (uint32_t j = 0; j < SEG_NATIVE_ARGUMENTS; j++)
            REQUIRE(j < native->argument_count ? seg_native_type_fits(native->arguments[j])
                                               : native->arguments[j] == 0,
                    NATIVES, i, "a native function takes something that cannot be handed over");
        REQUIRE(is_zero(native->reserved, 0, sizeof native->reserved), NATIVES, i,
                "a reserved byte is not zero");
    }
    return true;
}

static bool operand_fits(const seg_proof *proof, uint32_t program, const seg_ins *ins, seg_operand operand,
                         int64_t value) {
    const seg_image_program *record = &proof->image->programs[program];
    switch (operand) {
    case SEG_OPERAND_NONE: return value == 0;
    case SEG_OPERAND_WRITE:
    case SEG_OPERAND_READ: return value < record->registers;
    case SEG_OPERAND_ANCHOR:
        if (ins->c >= proof->counts[SEG_SECTION_QUERIES]) return false;
        return seg_window_has_anchor(proof->image->queries[ins->c].window) ? value < record->registers
                                                                           : value == 0;
    case SEG_OPERAND_PROGRAM:
        return value < program && proof->image->programs[value].context == record->context;
    case SEG_OPERAND_GATHERS: {
        if (value < 1 || value > ins - (proof->image->code + record->code.first)) return false;
        for (int64_t i = 1; i <= value; i++)
            if (ins[-i].op != SEG_OP_GATHER) return false;
        return true;
    }
    case SEG_OPERAND_QUERY: return value < proof->counts[SEG_SECTION_QUERIES];
    case SEG_OPERAND_NATIVE: return value < proof->counts[SEG_SECTION_NATIVES];
    case SEG_OPERAND_ARGUMENTS:
        return ins->c < proof->counts[SEG_SECTION_NATIVES] &&
               value + proof->image->natives[ins->c].argument_count <= record->registers;
    case SEG_OPERAND_WORD_SET: return value < proof->counts[SEG_SECTION_WORD_SETS];
    case SEG_OPERAND_RANKING: return value < proof->counts[SEG_SECTION_RANKINGS];
    case SEG_OPERAND_TALLY: return value < proof->counts[SEG_SECTION_TALLIES];
    case SEG_OPERAND_FIGURE: return seg_rank_figure_fits(value);
    case SEG_OPERAND_ZONE: return value < proof->counts[SEG_SECTION_ZONES];
    case SEG_OPERAND_TEXT: return value < proof->counts[SEG_SECTION_TEXTS];
    case SEG_OPERAND_AUTOMATON: return value < proof->counts[SEG_SECTION_AUTOMATA];
    case SEG_OPERAND_JUMP: {
        uint32_t at = (uint32_t)(ins - proof->image->code);
        return value >= 1 && value < record->code.first + record->code.count - at;
    }
    case SEG_OPERAND_LENGTH:
        return value >= (ins->op == SEG_OP_LATCH ? 0 : 1) && value <= SEG_TIME_MAX - SEG_TIME_MIN;
    default: return true; /* constants, months; fields are checked for each event */
    }
}

static bool verify_ins(seg_proof *proof, uint32_t program, uint32_t at) {
    const seg_ins *ins = &proof->image->code[at];
    REQUIRE(ins->op < SEG_OPCODE_COUNT, CODE, at, "an opcode is unknown");
    const seg_op_info *op = &seg_op_table[ins->op];
    const seg_shape_info *shape = &seg_shape_table[op->shape];
    REQUIRE(op->context & proof->image->programs[program].context, CODE, at,
            "an opcode stands in the wrong context");
    REQUIRE(operand_fits(proof, program, ins, shape->a, ins->a) &&
                operand_fits(proof, program, ins, shape->c, ins->c) &&
                operand_fits(proof, program, ins, shape->b, ins->b) &&
                operand_fits(proof, program, ins, shape->imm, ins->imm),
            CODE, at, "an operand is out of range");
    if (ins->op == SEG_OP_PART || ins->op == SEG_OP_PART_NOW || ins->op == SEG_OP_DATE_PART ||
        ins->op == SEG_OP_PART_IN)
        REQUIRE(ins->imm >= 0 && ins->imm < SEG_PART_COUNT, CODE, at, "a part of time is unknown");
    if (ins->op == SEG_OP_GAP) REQUIRE(ins->imm < SEG_GAP_END, CODE, at, "what to say of gaps is unknown");
    if (ins->op == SEG_OP_DATE_UNIT)
        REQUIRE(ins->imm >= 0 && ins->imm < SEG_UNIT_COUNT, CODE, at, "a unit of the calendar is unknown");
    if (ins->op == SEG_OP_YEARS)
        REQUIRE(ins->imm >= 0 && ins->imm < SEG_YEARS_COUNT, CODE, at, "what to count of years is unknown");
    if (shape->c == SEG_OPERAND_QUERY) {
        const char *why = query_fault(proof->image, ins);
        REQUIRE(!why, CODE, at, why);
        proof->temporal[program] |= query_waits(proof, &proof->image->queries[ins->c]);
        proof->keyed[program] |= proof->image->queries[ins->c].key != 0;
    }
    if (ins->op == SEG_OP_REACHED || ins->op == SEG_OP_PART_NOW || ins->op == SEG_OP_PART_IN ||
        ins->op == SEG_OP_YEARS)
        proof->temporal[program] = true;
    if (!seg_op_calls(ins->op)) return true;
    bool looks_back = seg_op_looks_back(ins->op);
    REQUIRE(looks_back || seg_op_goes_through(ins->op) || !proof->keyed[ins->c], CODE, at,
            "a program for one value is called without one");
    proof->keyed[program] |= looks_back && proof->keyed[ins->c];
    proof->temporal[program] |= looks_back || proof->temporal[ins->c];
    uint8_t trips = (uint8_t)(proof->trips[ins->c] + looks_back);
    REQUIRE(trips <= SEG_LOOK_BACK_LIMIT, CODE, at, "programs look back inside each other too often");
    if (trips > proof->trips[program]) proof->trips[program] = trips;
    return true;
}

/* NULL, or why the store cannot answer at `past` before now what it can answer at now. */
static const char *past_fault(const seg_image *image, const seg_ins *ins, int64_t past) {
    const seg_image_query *query = &image->queries[ins->c];
    const seg_image_store *store = &image->stores[query->store];
    bool folds = store->flags & SEG_STORE_FOLD;
    bool reads_fold = query->window == SEG_WINDOW_EVER && folds && query->pairs.count == 0;
    if (past == 0) return NULL;
    int64_t reach = SEG_NEVER, range = SEG_TIME_MAX - SEG_TIME_MIN;
    if (reads_fold)
        reach = 0;
    else
        reach = reach_of(query);
    if (__builtin_add_overflow(reach, query->delay_ms, &reach)) reach = SEG_NEVER;
    if (__builtin_add_overflow(reach, past, &reach)) reach = SEG_NEVER;
    if (store->horizon_ms != SEG_NEVER && store->horizon_ms < (reach > range ? range : reach))
        return "a window in the past looks further back than its store";
    if (reads_fold && past == SEG_NEVER) return "folded entries cannot be seen in the past";
    if (store->keep > 0 && store->past_ms < past) return "the newest entries of the past are not kept";
    return NULL;
}

static int64_t past_sum(int64_t a, int64_t b) {
    int64_t sum;
    return a == SEG_NEVER || b == SEG_NEVER || __builtin_add_overflow(a, b, &sum) ? SEG_NEVER : sum;
}

static void raise_past(int64_t *most, int64_t past) {
    if (past > *most) *most = past;
}

/* From callers to callees: how far before now each program may run, and whether its stores remember. */
static bool verify_past(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = proof->counts[SEG_SECTION_PROGRAMS]; i > 0; i--) {
        seg_run code = image->programs[i - 1].code;
        int64_t past = proof->past[i - 1];
        for (uint32_t at = code.first; at < code.first + code.count; at++) {
            const seg_ins *ins = &image->code[at];
            if (seg_shape_table[seg_op_table[ins->op].shape].c == SEG_OPERAND_QUERY) {
                const char *why = past_fault(image, ins, past);
                REQUIRE(!why, CODE, at, why);
            }
            if (!seg_op_calls(ins->op)) continue;
            int64_t back = ins->op == SEG_OP_LATCH ? SEG_NEVER : ins->imm;
            raise_past(&proof->past[ins->c], seg_op_looks_back(ins->op) ? past_sum(past, back) : past);
        }
    }
    return true;
}

static bool verify_programs(seg_proof *proof) {
    const seg_image *image = proof->image;
    uint32_t next = 0, registers = 0, depth = 0;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_PROGRAMS]; i++) {
        const seg_image_program *program = &image->programs[i];
        REQUIRE(program->code.first == next && program->code.count > 0 &&
                    run_fits(proof, program->code, SEG_SECTION_CODE),
                PROGRAMS, i, "programs do not follow one another");
        REQUIRE(program->context == SEG_CONTEXT_STATE || program->context == SEG_CONTEXT_FACT, PROGRAMS, i,
                "a program has no context");
        REQUIRE(program->registers > 0 && program->registers <= 256 && program->reserved == 0, PROGRAMS, i,
                "a program's registers are out of range");
        next += program->code.count;
        uint32_t callee_depth = 0;
        for (uint32_t at = program->code.first; at < next; at++) {
            if (!verify_ins(proof, i, at)) return false;
            const seg_ins *ins = &image->code[at];
            if (seg_op_calls(ins->op) && image->programs[ins->c].depth > callee_depth)
                callee_depth = image->programs[ins->c].depth;
        }
        REQUIRE(image->code[next - 1].op == SEG_OP_RET, CODE, next - 1, "a program does not end with RET");
        REQUIRE(program->depth == callee_depth + 1, PROGRAMS, i, "a program's depth is wrong");
        if (program->registers > registers) registers = program->registers;
        if (program->depth > depth) depth = program->depth;
    }
    REQUIRE(next == proof->counts[SEG_SECTION_CODE], CODE, next, "instructions belong to no program");
    REQUIRE(image->header->max_registers == registers && image->header->max_depth == depth, PROGRAMS, 0,
            "the deepest program is not what the header says");
    return true;
}

/* ---- programs over facts fit the events that they are run for ------------------------------------ */

static bool field_fits(const seg_proof *proof, const seg_ins *ins, const seg_image_event_record *event) {
    const seg_shape_info *shape = &seg_shape_table[seg_op_table[ins->op].shape];
    if (shape->b != SEG_OPERAND_FIELD && shape->c != SEG_OPERAND_FIELD) return true;
    uint32_t number = shape->b == SEG_OPERAND_FIELD ? ins->b : ins->c;
    if (number >= event->fields.count) return false;
    uint8_t type = proof->image->fields[event->fields.first + number].type;
    if (ins->op == SEG_OP_FIELD) return true;
    if (ins->op == SEG_OP_HAS || ins->op == SEG_OP_SIZE) return type == SEG_SET;
    return type == SEG_TEXT || type == SEG_ZONE;
}

static void visit(seg_proof *proof, uint32_t event, uint32_t program, uint32_t *count) {
    if (proof->stamps[program] == event + 1) return;
    proof->stamps[program] = event + 1;
    proof->waiting[(*count)++] = program;
}

static bool verify_fact_programs(seg_proof *proof, uint32_t number) {
    const seg_image *image = proof->image;
    const seg_image_event_record *event = &image->events[number];
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < event->feeds.count; i++) {
        const seg_image_feed *feed = &image->feeds[event->feeds.first + i];
        if (feed->filter != SEG_NONE) visit(proof, number, feed->filter, &waiting);
        if (feed->route != SEG_NONE) visit(proof, number, feed->route, &waiting);
        for (uint32_t j = 0; j < feed->values.count; j++)
            visit(proof, number, image->links[feed->values.first + j], &waiting);
    }
    while (waiting > 0) {
        const seg_image_program *program = &image->programs[proof->waiting[--waiting]];
        REQUIRE(program->code.count <= proof->work, EVENTS, number, "verifying would take too long");
        proof->work -= program->code.count;
        for (uint32_t at = program->code.first; at < program->code.first + program->code.count; at++) {
            REQUIRE(field_fits(proof, &image->code[at], event), CODE, at,
                    "an instruction reads a field that the fact does not have");
            if (image->code[at].op == SEG_OP_CALL) visit(proof, number, image->code[at].c, &waiting);
        }
    }
    return true;
}

/* ---- tables, atoms, segments --------------------------------------------------------------------- */

static bool verify_word_sets(seg_proof *proof) {
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_WORD_SETS]; i++) {
        seg_run run = proof->image->word_sets[i];
        REQUIRE(run_fits(proof, run, SEG_SECTION_WORDS) && run.count <= proof->work, WORD_SETS, i,
                "a word set lies outside");
        proof->work -= run.count;
        for (uint32_t j = 1; j < run.count; j++)
            REQUIRE(proof->image->words[run.first + j - 1] < proof->image->words[run.first + j], WORDS,
                    run.first + j, "a word set does not ascend");
    }
    return true;
}

static bool verify_automata(seg_proof *proof) {
    const uint16_t *tables = proof->image->tables;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_AUTOMATA]; i++) {
        const seg_image_automaton *automaton = &proof->image->automata[i];
        uint32_t states = automaton->states, classes = automaton->classes;
        REQUIRE(states >= 2 && classes >= 1 && classes <= 256 && automaton->reserved == 0, AUTOMATA, i,
                "an automaton is damaged");
        REQUIRE(automaton->table.count == states * classes && automaton->accepting.count == states, AUTOMATA,
                i, "an automaton's tables have a wrong size");
        REQUIRE(run_fits(proof, automaton->table, SEG_SECTION_TABLES) &&
                    run_fits(proof, automaton->accepting, SEG_SECTION_TABLES) &&
                    automaton->table.count + states <= proof->work,
                AUTOMATA, i, "an automaton's tables lie outside");
        proof->work -= automaton->table.count + states;
        for (uint32_t j = 0; j < 256; j++)
            REQUIRE(automaton->class_of[j] < classes, AUTOMATA, i, "a byte has no class");
        for (uint32_t j = 0; j < automaton->table.count; j++) {
            uint32_t next = tables[automaton->table.first + j];
            REQUIRE(next < states && (j >= classes || next == 0), TABLES, automaton->table.first + j,
                    "an automaton's next state is out of range");
        }
        for (uint32_t j = 0; j < states; j++) {
            uint32_t accepts = tables[automaton->accepting.first + j];
            REQUIRE(accepts <= 1 && (j > 0 || accepts == 0), TABLES, automaton->accepting.first + j,
                    "an automaton's end is damaged");
        }
    }
    return true;
}

static bool verify_atoms(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_ATOMS]; i++) {
        const seg_image_atom *atom = &image->atoms[i];
        REQUIRE(is_program(proof, atom->program, SEG_CONTEXT_STATE) && atom->reserved == 0, ATOMS, i,
                "an atom has no program");
        REQUIRE(links_fit(proof, atom->segments, proof->counts[SEG_SECTION_SEGMENTS]), ATOMS, i,
                "an atom's segments lie outside");
    }
    seg_run temporal = image->header->temporal_atoms;
    REQUIRE(links_fit(proof, temporal, proof->counts[SEG_SECTION_ATOMS]), LINKS, 0,
            "the temporal atoms lie outside");
    uint32_t found = 0;
    for (uint32_t i = 0; i < temporal.count; i++) {
        uint32_t atom = image->links[temporal.first + i];
        REQUIRE(i == 0 || atom > image->links[temporal.first + i - 1], LINKS, temporal.first + i,
                "the temporal atoms do not ascend");
        found += proof->temporal[image->atoms[atom].program];
    }
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_ATOMS]; i++) {
        if (!proof->temporal[image->atoms[i].program]) continue;
        REQUIRE(found > 0, ATOMS, i, "an atom that time can flip is not listed");
        found--;
    }
    return true;
}

/* The keys of rankings, and how far before now a refresh may lie. */
static bool verify_rankings(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_RANKINGS]; i++) {
        const seg_image_ranking *ranking = &image->rankings[i];
        REQUIRE(ref_fits(proof, ranking->text) && ranking->reserved == 0 && ranking->scale <= 18 &&
                    ranking->type >= SEG_BOOL && ranking->type <= SEG_ZONE,
                RANKINGS, i, "a ranking is damaged");
        REQUIRE(is_program(proof, ranking->program, SEG_CONTEXT_STATE), RANKINGS, i,
                "a ranking has no program");
        raise_past(&proof->past[ranking->program], seg_rank_reach(image));
    }
    return true;
}

/* The values of groups, and whom their members are asked about. */
static bool verify_groups(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_GROUPS]; i++) {
        const seg_image_group *group = &image->groups[i];
        REQUIRE(ref_fits(proof, group->name) && group->attribute < image->header->attribute_count, GROUPS, i,
                "a group is damaged");
        REQUIRE(group->program == SEG_NONE || is_program(proof, group->program, SEG_CONTEXT_STATE), GROUPS, i,
                "a group has no program");
    }
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_TALLIES]; i++) {
        const seg_image_tally *tally = &image->tallies[i];
        REQUIRE(tally->group < proof->counts[SEG_SECTION_GROUPS] &&
                    image->groups[tally->group].program != SEG_NONE,
                TALLIES, i, "a tally has no group");
        REQUIRE(tally->segment == SEG_NONE || tally->segment < proof->counts[SEG_SECTION_SEGMENTS], TALLIES,
                i, "a tally has no segment");
    }
    return true;
}

static bool verify_clocks(seg_proof *proof) {
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_CLOCKS]; i++) {
        const seg_image_clock *clock = &proof->image->clocks[i];
        bool fits = clock->is_daily ? clock->ms >= 0 && clock->ms < SEG_DAY_MS
                                    : clock->ms >= 1 && clock->ms <= SEG_TIME_MAX;
        REQUIRE(fits && clock->is_daily <= 1 && clock->reserved == 0, CLOCKS, i, "a refresh is damaged");
    }
    REQUIRE(proof->counts[SEG_SECTION_RANKINGS] == 0 || proof->counts[SEG_SECTION_CLOCKS] > 0, RANKINGS, 0,
            "ranks are never made");
    return true;
}

static bool verify_segments(seg_proof *proof) {
    const seg_image *image = proof->image;
    uint32_t next_probe = 0;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_SEGMENTS]; i++) {
        const seg_image_segment_record *segment = &image->segments[i];
        REQUIRE(ref_fits(proof, segment->name) && ref_fits(proof, segment->title) && segment->reserved == 0,
                SEGMENTS, i, "a segment is damaged");
        REQUIRE(is_program(proof, segment->program, SEG_CONTEXT_STATE), SEGMENTS, i,
                "a segment has no program");
        REQUIRE(run_fits(proof, segment->probes, SEG_SECTION_PROBES), SEGMENTS, i,
                "a segment's probes lie outside");
        if (segment->probes.count == 0) continue;
        REQUIRE(segment->probes.first >= next_probe, SEGMENTS, i, "probes belong to two segments");
        next_probe = segment->probes.first + segment->probes.count;
    }
    return true;
}

/* Below SOME, EVERY and TALLY the programs of probes may be those for one value. */
static bool is_probe_program(const seg_proof *proof, uint32_t program, bool keyed) {
    return keyed ? program < proof->counts[SEG_SECTION_PROGRAMS] &&
                       proof->image->programs[program].context == SEG_CONTEXT_STATE
                 : is_program(proof, program, SEG_CONTEXT_STATE);
}

static bool verify_probe(seg_proof *proof, uint32_t i) {
    const seg_image_probe_record *probe = &proof->image->probes[i];
    uint16_t flags = SEG_PROBE_SHARE | SEG_PROBE_BOTTOM | SEG_PROBE_KEYED;
    bool keyed = probe->flags & SEG_PROBE_KEYED;
    REQUIRE(ref_fits(proof, probe->text) && (probe->flags & ~flags) == 0 &&
                probe->ranking <= proof->counts[SEG_SECTION_RANKINGS] && probe->kind < SEG_PROBE_KIND_COUNT,
            PROBES, i, "a probe is damaged");
    REQUIRE(probe->program == SEG_NONE || is_probe_program(proof, probe->program, keyed), PROBES, i,
            "a probe has no program");
    REQUIRE(probe->query == SEG_NONE || probe->query < proof->counts[SEG_SECTION_QUERIES], PROBES, i,
            "a probe has no query");
    REQUIRE(probe->type >= SEG_BOOL && probe->type <= SEG_ZONE && probe->scale <= 18, PROBES, i,
            "a probe has no known type");
    REQUIRE(probe->past_ms >= 0 && probe->past_ms <= SEG_TIME_MAX - SEG_TIME_MIN, PROBES, i,
            "a probe looks too far back");
    if (probe->inner == SEG_NONE || probe->kind == SEG_PROBE_SEGMENT) return true;
    REQUIRE(is_probe_program(proof, probe->inner, keyed) && proof->trips[probe->inner] < SEG_LOOK_BACK_LIMIT,
            PROBES, i, "a probe looks back at what it cannot");
    return true;
}

/* How far before now the programs of probes may run: see image.h. Segments refer to those before them. */
static bool verify_probes(seg_proof *proof) {
    const seg_image *image = proof->image;
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_PROBES]; i++)
        if (!verify_probe(proof, i)) return false;
    for (uint32_t i = proof->counts[SEG_SECTION_SEGMENTS]; i > 0; i--) {
        seg_run probes = image->segments[i - 1].probes;
        for (uint32_t j = probes.first; j < probes.first + probes.count; j++) {
            const seg_image_probe_record *probe = &image->probes[j];
            int64_t past = past_sum(probe->past_ms, proof->segment_past[i - 1]);
            if (probe->program != SEG_NONE) raise_past(&proof->past[probe->program], past);
            if (probe->kind == SEG_PROBE_SEGMENT) {
                REQUIRE(probe->inner < i - 1, PROBES, j, "a probe refers to no segment before its own");
                raise_past(&proof->segment_past[probe->inner], past);
            } else if (probe->inner != SEG_NONE) {
                proof->past[probe->inner] = SEG_NEVER;
            }
        }
    }
    return true;
}

static bool verify_all(seg_proof *proof) {
    if (proof->image->header->duplicates_ms < 0) {
        seg_error_set(proof->error, SEG_E_IMAGE, offsetof(seg_image_header, duplicates_ms),
                      "not a valid image: duplicates_ms is negative");
        return false;
    }
    uint32_t stamps = proof->counts[SEG_SECTION_STORES] > proof->counts[SEG_SECTION_PROGRAMS]
                          ? proof->counts[SEG_SECTION_STORES]
                          : proof->counts[SEG_SECTION_PROGRAMS];
    if (!verify_natives(proof) || !verify_fields(proof) || !verify_zones(proof) || !verify_stores(proof) ||
        !verify_queries(proof) || !verify_pairs(proof) || !verify_word_sets(proof) ||
        !verify_automata(proof) || !verify_programs(proof) || !verify_clocks(proof) ||
        !verify_rankings(proof) || !verify_groups(proof) || !verify_segments(proof) ||
        !verify_probes(proof) || !verify_past(proof) || !verify_events(proof))
        return false;
    memset(proof->stamps, 0, (size_t)stamps * sizeof *proof->stamps);
    for (uint32_t i = 0; i < proof->counts[SEG_SECTION_EVENTS]; i++)
        if (!verify_fact_programs(proof, i)) return false;
    return verify_atoms(proof) && verify_columns(proof);
}

seg_status seg_image_verify(const seg_image *image, seg_error *error) {
    seg_error own = {.status = SEG_OK};
    seg_arena arena;
    seg_arena_init(&arena, image->allocator, 0);
    size_t programs = (size_t)image->counts[SEG_SECTION_PROGRAMS] + 1,
           stores = image->counts[SEG_SECTION_STORES];
    seg_proof proof = {.image = image, .error = &own, .counts = image->counts};
    proof.work = 16 * (uint64_t)image->size_bytes;
    proof.stamps = seg_arena_take_array(&arena, programs > stores ? programs : stores, sizeof *proof.stamps);
    proof.waiting = seg_arena_take_array(&arena, programs, sizeof *proof.waiting);
    proof.temporal = seg_arena_take_array(&arena, programs, sizeof *proof.temporal);
    proof.past = seg_arena_take_array(&arena, programs, sizeof *proof.past);
    proof.segment_past = seg_arena_take_array(&arena, (size_t)image->counts[SEG_SECTION_SEGMENTS] + 1,
                                              sizeof *proof.segment_past);
    proof.trips = seg_arena_take_array(&arena, programs, sizeof *proof.trips);
    size_t pairs = (size_t)image->counts[SEG_SECTION_PAIRS] + 1;
    proof.depths = seg_arena_take_array(&arena, pairs, sizeof *proof.depths);
    proof.waits = seg_arena_take_array(&arena, pairs, sizeof *proof.waits);
    proof.keyed = seg_arena_take_array(&arena, programs, sizeof *proof.keyed);
    if (arena.failed)
        seg_error_set(&own, SEG_E_MEMORY, 0, "no memory to verify the image");
    else
        verify_all(&proof);
    seg_arena_release(&arena);
    if (own.status != SEG_OK && error) *error = own;
    return own.status;
}
