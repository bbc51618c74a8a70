/* gather.c - what events add to windows, in any order. */
#include "arithmetic.h"
#include "calendar.h"
#include "log.h"
#include "query.h"
#include "value.h"

/* ---- windows
 * --------------------------------------------------------------------------------------------------- */

/* As in query.c: an entry counts from t + delay, begins when that comes, and ends later. */
static bool is_in_window(const seg_image *image, const seg_image_query *query, int64_t time, int64_t now) {
    int64_t counts = seg_plus(time, query->delay_ms);
    int64_t begin = query->to_months ? seg_calendar_shift(image, counts, query->to_months, query->to_ms)
                                     : seg_plus(counts, query->to_ms);
    int64_t end = query->from_months ? seg_calendar_shift(image, counts, query->from_months, query->from_ms)
                                     : seg_plus(counts, query->from_ms);
    return begin <= now && now < end;
}

static void set_uneven(const seg_batch *batch, uint32_t number, seg_log_window *window) {
    const seg_image_query *query = &batch->image->queries[number];
    int64_t now = batch->now;
    int64_t oldest =
        seg_calendar_shift(batch->image, seg_minus(now, query->from_ms), -(int64_t)query->from_months, 0);
    int64_t newest =
        seg_calendar_shift(batch->image, seg_minus(now, query->to_ms), -(int64_t)query->to_months, 0);
    window->query = number;
    window->first = seg_minus(oldest, SEG_CALENDAR_SLACK_MS);
    window->last = seg_plus(newest, SEG_CALENDAR_SLACK_MS);
    window->sure_first = seg_plus(oldest, SEG_CALENDAR_SLACK_MS);
    window->sure_last = seg_minus(newest, SEG_CALENDAR_SLACK_MS);
}

static void set_units(const seg_batch *batch, const seg_image_query *query, int64_t zone,
                      seg_log_window *window) {
    const seg_image *image = batch->image;
    uint32_t number = seg_calendar_zone(image, zone);
    seg_image_unit unit = (seg_image_unit)query->unit;
    int64_t here = seg_calendar_unit(image, number, unit, batch->now);
    window->first = seg_calendar_unit_start(image, number, unit, here + query->from_months);
    window->last = seg_minus(seg_calendar_unit_start(image, number, unit, here + query->to_months), 1);
}

/* What of the entries' times the query's window holds at now. False: the VM must look. */
static bool find_window(const seg_batch *batch, uint32_t number, const int64_t *anchor,
                        seg_log_window *window) {
    const seg_image_query *query = &batch->image->queries[number];
    int64_t now = batch->now;
    *window = (seg_log_window){.first = INT64_MIN, .last = now, .query = SEG_NONE};
    switch (query->window) {
    case SEG_WINDOW_EVER: break;
    case SEG_WINDOW_BETWEEN:
        window->first = query->from_ms;
        window->last = seg_minus(query->to_ms, 1);
        break;
    case SEG_WINDOW_CALENDAR:
        if (!anchor) return false;
        set_units(batch, query, *anchor, window);
        break;
    case SEG_WINDOW_ROLLING:
        window->first = seg_plus(seg_minus(now, query->from_ms), 1);
        window->last = seg_minus(now, query->to_ms);
        if (query->from_months || query->to_months) set_uneven(batch, number, window);
        break;
    default: return false;
    }
    if (window->last > now) window->last = now;
    int64_t *edges[] = {&window->first, &window->last, &window->sure_first, &window->sure_last};
    for (int i = 0; i < 4; i++) *edges[i] = seg_minus(*edges[i], query->delay_ms);
    return true;
}

static uint32_t window_of(seg_batch *batch, const seg_log_window *wanted) {
    struct seg_log *log = batch->log;
    for (uint32_t i = 0; i < log->window_count; i++) {
        const seg_log_window *window = &log->windows[i];
        if (window->first == wanted->first && window->last == wanted->last && window->query == wanted->query)
            return i;
    }
    log->windows[log->window_count] = *wanted;
    return log->window_count++;
}

uint32_t seg_log_gather(seg_batch *batch, seg_gather_kind kind, uint32_t query, const int64_t *anchor) {
    struct seg_log *log = batch->log;
    const seg_image_query *record = &batch->image->queries[query];
    seg_log_window window;
    if (log->by_row[record->store] || record->pairs.count > 0 || record->key != 0 ||
        !find_window(batch, query, anchor, &window))
        return SEG_NONE;
    bool is_entry = kind >= SEG_GATHER_OLDEST;
    if (!is_entry && kind != SEG_GATHER_COUNT && record->field == SEG_FIELD_TIME) return SEG_NONE;
    if (log->gather_count == log->gather_capacity || log->window_count == log->gather_capacity)
        return SEG_NONE;
    uint32_t number = window_of(batch, &window);
    for (uint32_t i = 0; i < log->gather_count; i++) {
        const seg_gather *other = &log->gathers[i];
        if (other->kind == kind && other->query == query && other->window == number) return i;
    }
    bool is_instant = is_entry && record->field == SEG_FIELD_TIME;
    uint32_t width = batch->image->stores[record->store].width;
    seg_gather *gather = &log->gathers[log->gather_count];
    *gather = (seg_gather){.kind = (uint8_t)kind, .query = query, .window = number};
    gather->entry_words = is_instant ? 1 : 1 + width;
    gather->row_bytes = kind <= SEG_GATHER_KNOWN ? sizeof(uint32_t)
                        : kind == SEG_GATHER_SUM ? sizeof(__int128)
                        : is_entry               ? gather->entry_words * sizeof(int64_t)
                                                 : sizeof(int64_t);
    return log->gather_count++;
}

/* ---- adding
 * ---------------------------------------------------------------------------------------------------- */

seg_status seg_gather_start(seg_batch *batch, size_t rows) {
    struct seg_log *log = batch->log;
    for (uint32_t i = 0; i < log->gather_count; i++) {
        seg_gather *gather = &log->gathers[i];
        size_t need;
        if (__builtin_mul_overflow(rows, gather->row_bytes, &need)) return SEG_E_MEMORY;
        if (need > gather->room_bytes) {
            void *room = seg_resize(batch->allocator, gather->room, gather->room_bytes, need);
            if (!room) return SEG_E_MEMORY;
            gather->room = room;
            gather->room_bytes = need;
        }
        if (need && gather->kind <= SEG_GATHER_SUM) memset(gather->room, 0, need);
        int64_t *words = gather->room;
        for (size_t w = 0; gather->kind > SEG_GATHER_SUM && w < need / sizeof *words; w++)
            words[w] = SEG_MISSING;
    }
    return SEG_OK;
}

/* Which rows of the vector a window holds. */
static void mark_window(const seg_batch *batch, seg_log_window *window, size_t rows) {
    const struct seg_log *log = batch->log;
    if (window->is_marked) return;
    window->is_marked = true;
    size_t groups = (rows + SEG_GROUP - 1) / SEG_GROUP;
    uint64_t *out = window->bits;
    seg_bitmap_compare(batch->kernels, SEG_FORM_I64, SEG_RELATION_GT, log->times, rows, window->last, NULL,
                       out);
    for (size_t i = 0; i < groups; i++) out[i] = ~out[i];
    if (window->first > INT64_MIN) {
        seg_bitmap_compare(batch->kernels, SEG_FORM_I64, SEG_RELATION_LT, log->times, rows, window->first,
                           NULL, log->scratch);
        for (size_t i = 0; i < groups; i++) out[i] &= ~log->scratch[i];
    }
    if (rows % SEG_GROUP) out[groups - 1] &= (UINT64_C(1) << rows % SEG_GROUP) - 1;
    for (size_t i = 0; log->own < log->rows && i < groups; i++) out[i] &= log->is_own[i];
    if (window->query == SEG_NONE) return;
    const seg_image_query *query = &batch->image->queries[window->query];
    for (size_t i = 0; i < groups; i++)
        for (uint64_t word = out[i]; word; word &= word - 1) {
            size_t row = i * SEG_GROUP + (size_t)__builtin_ctzll(word);
            int64_t time = log->times[row];
            bool is_sure = time >= window->sure_first && time <= window->sure_last;
            if (!is_sure && !is_in_window(batch->image, query, time, batch->now))
                out[i] &= ~(UINT64_C(1) << row % SEG_GROUP);
        }
}

/* The words that a feed gives to a field of its store. */
typedef struct source {
    const int64_t *words; /* NULL: bits stand for 1 and 0 */
    const uint64_t *bits;
    bool is_turned, is_float;
} source;

static source source_of(const seg_batch *facts, seg_symbol symbol, const seg_image_store *store,
                        uint32_t field) {
    source s = {.is_float = store->float_fields >> field & 1};
    if (symbol.is_bits) {
        s.bits = symbol.id / 2 ? seg_batch_bits(facts, symbol.id / 2) : NULL;
        s.is_turned = symbol.id % 2;
    } else {
        s.words = seg_batch_words(facts, symbol.id);
    }
    return s;
}

static inline int64_t word_at(const source *s, size_t row) {
    if (!s->words) return (s->bits && seg_bitmap_get(s->bits, row)) != s->is_turned;
    int64_t word = s->words[row];
    return s->is_float && !seg_float_is_finite(word) ? SEG_MISSING : word;
}

#define EACH_ROW(marks, groups, row)                                                                         \
    for (size_t g_ = 0; g_ < (groups); g_++)                                                                 \
        for (uint64_t w_ = (marks)[g_]; w_; w_ &= w_ - 1)                                                    \
            for (size_t row = g_ * SEG_GROUP + (size_t)__builtin_ctzll(w_), once_ = 1; once_; once_ = 0)

static void add_counts(const struct seg_log *log, const seg_gather *gather, const uint64_t *marks,
                       size_t groups) {
    uint32_t *counts = gather->room;
    EACH_ROW(marks, groups, row) counts[log->profiles[row]]++;
}

static void add_sums(const struct seg_log *log, const seg_gather *gather, const source *from,
                     const uint64_t *marks, size_t groups) {
    __int128 *sums = gather->room;
    EACH_ROW(marks, groups, row) {
        int64_t word = word_at(from, row);
        if (word != SEG_MISSING) sums[log->profiles[row]] += word;
    }
}

static void add_words(const struct seg_log *log, const seg_gather *gather, const source *from,
                      const uint64_t *marks, size_t groups) {
    int64_t *words = gather->room;
    uint32_t *counts = gather->room;
    EACH_ROW(marks, groups, row) {
        int64_t word = word_at(from, row);
        uint32_t profile = log->profiles[row];
        if (word == SEG_MISSING) continue;
        if (gather->kind == SEG_GATHER_KNOWN) {
            counts[profile]++;
            continue;
        }
        int64_t old = words[profile];
        bool is_better = old == SEG_MISSING;
        switch (gather->kind) {
        case SEG_GATHER_LEAST: is_better |= word < old; break;
        case SEG_GATHER_GREATEST: is_better |= word > old; break;
        case SEG_GATHER_LEAST_FLOAT: is_better |= seg_word_float(word) < seg_word_float(old); break;
        default: is_better |= seg_word_float(word) > seg_word_float(old); break;
        }
        if (is_better) words[profile] = word;
    }
}

/* Entries of one instant are in the order of their words. */
static void add_entries(const struct seg_log *log, const seg_gather *gather, const source *sources,
                        const uint64_t *marks, size_t groups) {
    bool is_newest = gather->kind == SEG_GATHER_NEWEST;
    EACH_ROW(marks, groups, row) {
        int64_t *entry = (int64_t *)gather->room + (size_t)log->profiles[row] * gather->entry_words;
        int64_t time = log->times[row];
        int order = entry[0] == SEG_MISSING ? 1 : (time > entry[0]) - (time < entry[0]);
        if (entry[0] != SEG_MISSING && !is_newest) order = -order;
        for (uint32_t i = 1; order == 0 && i < gather->entry_words; i++) {
            int64_t word = word_at(&sources[i - 1], row);
            order = (word > entry[i]) - (word < entry[i]);
            if (!is_newest) order = -order;
        }
        if (order <= 0) continue;
        entry[0] = time;
        for (uint32_t i = 1; i < gather->entry_words; i++) entry[i] = word_at(&sources[i - 1], row);
    }
}

static void add_feed(seg_batch *batch, const seg_log_table *table, uint32_t number, const seg_gather *gather,
                     size_t rows) {
    const seg_image *image = batch->image;
    struct seg_log *log = batch->log;
    const seg_image_feed *feed = &image->feeds[image->events[table->event].feeds.first + number];
    const seg_image_store *store = &image->stores[feed->store];
    uint16_t field = image->queries[gather->query].field;
    size_t groups = (rows + SEG_GROUP - 1) / SEG_GROUP;
    mark_window(batch, &log->windows[gather->window], rows);
    const uint64_t *marks = log->windows[gather->window].bits;
    seg_edge filter = table->filters[number];
    if (filter != SEG_EDGE_TRUE) {
        seg_bitmap_and(batch->kernels, marks, false, seg_batch_bits(table->facts, filter / 2), filter % 2,
                       groups, log->scratch);
        marks = log->scratch;
    }
    source sources[32]; /* as many words as a store has at most */
    bool is_entry = gather->kind >= SEG_GATHER_OLDEST;
    for (uint32_t i = 0; i < store->width; i++)
        if (gather->kind != SEG_GATHER_COUNT && (is_entry ? gather->entry_words > 1 : i == field))
            sources[i] = source_of(table->facts, table->values[number][i], store, i);
    switch (gather->kind) {
    case SEG_GATHER_COUNT: add_counts(log, gather, marks, groups); break;
    case SEG_GATHER_SUM: add_sums(log, gather, &sources[field], marks, groups); break;
    case SEG_GATHER_OLDEST:
    case SEG_GATHER_NEWEST: add_entries(log, gather, sources, marks, groups); break;
    default: add_words(log, gather, &sources[field], marks, groups); break;
    }
}

void seg_gather_add(seg_batch *batch, const seg_log_table *table, size_t rows) {
    const seg_image *image = batch->image;
    struct seg_log *log = batch->log;
    seg_run feeds = image->events[table->event].feeds;
    for (uint32_t i = 0; i < log->window_count; i++) log->windows[i].is_marked = false;
    for (uint32_t i = 0; i < feeds.count; i++)
        for (uint32_t j = 0; j < log->gather_count; j++) {
            const seg_gather *gather = &log->gathers[j];
            if (image->queries[gather->query].store == image->feeds[feeds.first + i].store)
                add_feed(batch, table, i, gather, rows);
        }
}

/* ---- reading
 * --------------------------------------------------------------------------------------------------- */

static int64_t entry_word(const seg_image_query *query, const int64_t *entry) {
    if (entry[0] == SEG_MISSING) return SEG_MISSING;
    if (query->field == SEG_FIELD_TIME) return seg_plus(entry[0], query->delay_ms);
    return entry[1 + query->field];
}

static void read_sums(seg_batch *batch, const seg_node *node, const __int128 *sums, const uint32_t *known,
                      size_t rows, int64_t *words) {
    if (node->op == SEG_READING_ENOUGH) {
        for (size_t i = 0; i < rows; i++) words[i] = sums[i] >= node->imm;
        return;
    }
    for (size_t i = 0; known && i < rows; i++)
        words[i] = known[i] ? seg_float_word(seg_float_mean(sums[i], known[i], node->imm)) : SEG_MISSING;
    for (size_t i = 0; !known && i < rows; i++)
        words[i] = sums[i] <= INT64_MAX && sums[i] >= -INT64_MAX
                       ? (int64_t)sums[i]
                       : seg_word_saturate(sums[i] < 0, &batch->faults);
}

void seg_log_read(seg_batch *batch, const seg_node *node, size_t from, size_t rows, int64_t *words) {
    const struct seg_log *log = batch->log;
    const seg_gather *gather = &log->gathers[node->a];
    from -= log->first;
    const char *room = (const char *)gather->room + from * gather->row_bytes;
    const seg_image_query *query = &batch->image->queries[gather->query];
    const void *at = room;
    const uint32_t *known = NULL;
    switch (gather->kind) {
    case SEG_GATHER_COUNT:
    case SEG_GATHER_KNOWN:
        for (size_t i = 0; i < rows; i++) words[i] = ((const uint32_t *)at)[i];
        break;
    case SEG_GATHER_SUM:
        if (node->op == SEG_READING_MEAN) known = (const uint32_t *)log->gathers[node->b].room + from;
        read_sums(batch, node, at, known, rows, words);
        break;
    case SEG_GATHER_OLDEST:
    case SEG_GATHER_NEWEST:
        for (size_t i = 0; i < rows; i++)
            words[i] = entry_word(query, (const int64_t *)at + i * gather->entry_words);
        break;
    default: memcpy(words, at, rows * sizeof *words); break;
    }
}
