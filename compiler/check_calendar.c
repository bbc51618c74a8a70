/* check_calendar.c - zones, windows of the calendar, and parts of time. */
#include <string.h>

#include "check.h"
#include "constant.h"
#include "zone.h"

/* ---- Zones ----------------------------------------------------------------------------------- */

typedef struct zone_reading {
    seg_arena *arena;
    seg_rule_transition *list;
    uint32_t count, capacity;
} zone_reading;

static bool add_transition(void *user, int64_t at, int32_t offset_s) {
    zone_reading *reading = user;
    if (reading->count == reading->capacity) {
        uint32_t capacity = reading->capacity == 0 ? 256 : reading->capacity * 2;
        seg_rule_transition *list = seg_arena_take_array(reading->arena, capacity, sizeof *list);
        if (list == NULL) return false;
        if (reading->count != 0) memcpy(list, reading->list, reading->count * sizeof *list);
        reading->list = list;
        reading->capacity = capacity;
    }
    reading->list[reading->count++] = (seg_rule_transition){at, offset_s};
    return true;
}

/* `name` outlives the compilation or is in its arena. */
static void read_zone(seg_checker *c, seg_text name, seg_rule_zone *zone) {
    zone_reading reading = {.arena = c->arena};
    char version[32] = "unknown";
    *zone = (seg_rule_zone){.name = name};
    if (seg_zone_read(name, &zone->first_offset_s, version, add_transition, &reading)) {
        zone->transitions = reading.list;
        zone->transition_count = reading.count;
    }
    zone->version = seg_text_of(version);
    zone->version.bytes = seg_arena_copy(c->arena, version, zone->version.size_bytes);
}

void seg_check_workspace_zone(seg_checker *c, const seg_node *node) {
    seg_env top = {NULL, NULL};
    bool named = node != NULL && node->text.bytes != NULL && seg_check_zone_name(c, &top, node);
    read_zone(c, named ? node->text : seg_text_of("UTC"), &c->rules->zone);
}

/* Zones ascend by the words of their names; one that is there already stays. */
static void add_zone(seg_checker *c, seg_text name) {
    int64_t word = seg_text_word(name);
    uint32_t place = 0;
    while (place < c->zone_count && seg_text_word(c->zones[place].name) < word) place++;
    if (place < c->zone_count && seg_text_word(c->zones[place].name) == word) return;
    if (c->zone_count == c->zone_capacity) {
        uint32_t capacity = c->zone_capacity == 0 ? 16 : c->zone_capacity * 2;
        seg_rule_zone *list = seg_arena_take_array(c->arena, capacity, sizeof *list);
        if (list == NULL) return;
        if (c->zone_count != 0) memcpy(list, c->zones, c->zone_count * sizeof *list);
        c->zones = list;
        c->zone_capacity = capacity;
    }
    memmove(&c->zones[place + 1], &c->zones[place], (c->zone_count - place) * sizeof *c->zones);
    c->zone_count++;
    read_zone(c, name, &c->zones[place]);
}

static void add_every_zone(void *user, seg_text name) {
    seg_checker *c = user;
    const char *bytes = seg_arena_copy(c->arena, name.bytes, name.size_bytes);
    if (bytes != NULL && seg_zone_exists(name)) add_zone(c, (seg_text){bytes, name.size_bytes});
}

bool seg_check_in_zone(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule **out) {
    const seg_rule_type want = {.type = SEG_ZONE};
    const seg_rule *rule = seg_check_expr(c, env, node, &want);
    if (rule == NULL) return false;
    if (rule->type.type != SEG_ZONE) {
        seg_type_words words = seg_type_describe(rule->type);
        seg_check_text source = seg_check_source(node->span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_CALENDAR, node->span,
                            "a time zone is needed here, and `%s` is %s", source.text, words.text);
        seg_diag_help(c->diags, diag,
                      "write a zone, `in \"Europe/Berlin\"`, or an attribute of type timezone");
        return false;
    }
    if (rule->kind == SEG_RULE_CONST) {
        add_zone(c, rule->constant.value.as.text);
    } else if (!c->rules->has_all_zones) {
        c->rules->has_all_zones = true;
        seg_zone_every(add_every_zone, c);
    }
    *out = rule;
    return true;
}

void seg_check_place_zones(seg_checker *c) {
    c->rules->zones = c->zones;
    c->rules->zone_count = c->zone_count;
}

/* ---- Windows --------------------------------------------------------------------------------- */

/* Whether it is a word of the fiscal year; then it becomes what stands behind `fiscal`. */
static bool fiscal_word(seg_text *word) {
    static const char fiscal[] = "fiscal ";
    size_t size_bytes = sizeof fiscal - 1;
    if (word->size_bytes < size_bytes || memcmp(word->bytes, fiscal, size_bytes) != 0) return false;
    *word = (seg_text){word->bytes + size_bytes, word->size_bytes - size_bytes};
    return true;
}

/* By how many months the fiscal year begins after the calendar's; false: told. */
static bool fiscal_later(seg_checker *c, const seg_env *env, seg_span span, uint8_t *later) {
    *later = c->rules->fiscal_month != 0 ? c->rules->fiscal_month - 1 : 0;
    if (c->rules->fiscal_month != 0) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_FISCAL, span,
                                     "the workspace does not say when a fiscal year starts");
    seg_diag_help(c->diags, diag, "say it once, in any file of the workspace: `fiscal year starts april`");
    return false;
}

static bool known_unit(const seg_checker *c, seg_text word, uint8_t *unit) {
    static const struct {
        const char *one, *many;
        uint8_t unit;
    } units[] = {{"day", "days", SEG_RULE_DAY},
                 {"week", "weeks", SEG_RULE_WEEK},
                 {"month", "months", SEG_RULE_MONTH},
                 {"quarter", "quarters", SEG_RULE_QUARTER},
                 {"year", "years", SEG_RULE_YEAR}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (seg_text_same(word, seg_text_of(units[i].one)) ||
            seg_text_same(word, seg_text_of(units[i].many))) {
            *unit = units[i].unit;
            if (*unit == SEG_RULE_WEEK && c->rules->sunday_weeks) *unit = SEG_RULE_SUNDAY_WEEK;
            return true;
        }
    return false;
}

bool seg_check_unit(seg_checker *c, const seg_env *env, seg_text word, seg_span span, uint8_t *unit) {
    uint8_t later;
    bool fiscal = fiscal_word(&word), known = known_unit(c, word, unit);
    if (!known || (fiscal && *unit != SEG_RULE_QUARTER && *unit != SEG_RULE_YEAR)) {
        seg_check_text source = seg_check_source(span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_CALENDAR, span, "`%s` is no unit of the calendar", source.text);
        seg_diag_help(c->diags, diag,
                      fiscal ? "a fiscal year has quarters; days, weeks and months are those of the calendar"
                             : "the units are day, week, month, quarter and year");
        return false;
    }
    if (!fiscal) return true;
    if (!fiscal_later(c, env, span, &later)) return false;
    if (*unit == SEG_RULE_YEAR && later != 0) *unit = SEG_RULE_LATER_YEAR + later - 1;
    if (*unit == SEG_RULE_QUARTER && later % 3 != 0) *unit = SEG_RULE_LATER_QUARTER + later % 3 - 1;
    return true;
}

static bool calendar_window(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts) {
    facts->window = SEG_RULE_CALENDAR;
    if (!seg_check_unit(c, env, node->text, node->name_span, &facts->unit)) return false;
    if (node->number < 1) {
        seg_check_fault(c, env, SEG_DIAG_CALENDAR, node->span,
                        "how many must be a whole number from 1 to 4,000,000");
        return false;
    }
    int32_t count = (int32_t)node->number;
    bool complete = node->op == SEG_NODE_OP_LAST || node->op == SEG_NODE_OP_COMPLETE;
    facts->first = complete ? -count : 1 - count;
    facts->end = complete ? 0 : 1;
    return true;
}

static bool day_window(seg_text word, seg_rule_facts *facts) {
    bool is_today = seg_text_same(word, seg_text_of("today"));
    if (!is_today && !seg_text_same(word, seg_text_of("yesterday"))) return false;
    facts->window = SEG_RULE_CALENDAR;
    facts->unit = SEG_RULE_DAY;
    facts->first = is_today ? 0 : -1;
    facts->end = is_today ? 1 : 0;
    return true;
}

/* An end of `from A to B`: an instant, or the date that it stands for. */
static bool end_point(seg_checker *c, const seg_env *env, const seg_node *node, bool is_last, int64_t *out) {
    const seg_rule *rule = seg_check_known(c, env, node, NULL);
    if (rule == NULL) return false;
    bool is_date = rule->type.type == SEG_DATE;
    if (rule->kind != SEG_RULE_CONST || (!is_date && rule->type.type != SEG_TIME)) {
        seg_check_text source = seg_check_source(node->span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_CALENDAR, node->span,
                            "a fixed time or date is needed here, and `%s` is none", source.text);
        seg_diag_help(c->diags, diag,
                      "write `from 2026-11-01 to 2026-11-30`; from an instant of the profile on it is "
                      "`since signed_up_at`");
        return false;
    }
    *out = rule->constant.value.as.i;
    if (is_date) *out = seg_zone_date_start(&c->rules->zone, *out + is_last);
    return true;
}

static const seg_rule *time_bound(seg_checker *c, const seg_env *env, const seg_node *node, uint8_t kind,
                                  int64_t instant, int64_t delay_ms) {
    seg_rule time = {.kind = SEG_RULE_TIME, .type = {.type = SEG_TIME}, .duration = {0, delay_ms}};
    seg_rule bound = {.kind = SEG_RULE_CONST,
                      .type = {.type = SEG_TIME},
                      .constant = {.value = {.known = true, .as = {.i = instant}}}};
    const seg_rule *left = seg_check_make(c, env, node, false, time);
    const seg_rule *right = seg_check_make(c, env, node, false, bound);
    if (left == NULL || right == NULL) return NULL;
    return seg_check_pair(c, env, node, false, kind, left, right);
}

/* From A to B never moves, so it is a condition on the event. */
static bool from_to(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts) {
    const seg_node *from = node->first_child, *to = from->next;
    int64_t first, end;
    bool has_first = end_point(c, env, from, false, &first);
    if (!end_point(c, env, to, true, &end) || !has_first) return false;
    if (first >= end) {
        seg_check_text a = seg_check_source(from->span), b = seg_check_source(to->span);
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_WINDOW, node->span,
                                         "nothing lies in this window: the earlier end comes first");
        seg_diag_help(c->diags, diag, "turn them round: `from %s to %s`", b.text, a.text);
        return false;
    }
    facts->window = SEG_RULE_EVER;
    const seg_rule *after = time_bound(c, env, node, SEG_RULE_GE, first, facts->delay_ms);
    const seg_rule *before = time_bound(c, env, node, SEG_RULE_LT, end, facts->delay_ms);
    if (after == NULL || before == NULL) return false;
    const seg_rule *bounds = seg_check_pair(c, env, node, false, SEG_RULE_AND, after, before);
    bool narrowed = facts->where != NULL && bounds != NULL; /* a derived event has a condition of its own */
    facts->where =
        narrowed ? seg_check_pair(c, env, node, false, SEG_RULE_AND, facts->where, bounds) : bounds;
    return facts->where != NULL;
}

bool seg_check_calendar_window(seg_checker *c, const seg_env *env, const seg_node *node,
                               seg_rule_facts *facts, bool *fits) {
    const seg_node *window = node->kind == SEG_NODE_IN_ZONE ? node->first_child : node;
    bool is_name = window->kind == SEG_NODE_NAME && seg_names_find(&c->names, window->text) == NULL;
    *fits = true;
    if (window->kind == SEG_NODE_CALENDAR)
        *fits = calendar_window(c, env, window, facts);
    else if (window->kind == SEG_NODE_FROM_TO)
        *fits = from_to(c, env, window, facts);
    else if (!is_name || !day_window(window->text, facts))
        return false;
    if (node->kind == SEG_NODE_IN_ZONE)
        *fits = seg_check_in_zone(c, env, window->next, &facts->zone) && *fits;
    return true;
}

/* ---- Parts of time --------------------------------------------------------------------------- */

static const char *const part_names[] = {"hour", "weekday",     "day",  "month",  "year",
                                         "date", "day of year", "week", "quarter"};
_Static_assert(sizeof part_names / sizeof *part_names == SEG_RULE_FISCAL_QUARTER_OF,
               "a name for every part that is not of the fiscal year");

static bool is_named(const seg_checker *c, const seg_node *node, const char *word) {
    return node->kind == SEG_NODE_NAME && seg_text_same(node->text, seg_text_of(word)) &&
           seg_names_find(&c->names, node->text) == NULL;
}

static const seg_rule *now(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (c->inside != NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                            "this changes as time passes, and a condition on one event must not");
        seg_diag_help(c->diags, diag,
                      "the event's own instant is `time`; choose events by their window instead");
        return NULL;
    }
    c->touches_facts = true;
    return seg_check_make(c, env, node, false, (seg_rule){.kind = SEG_RULE_NOW, .type = {.type = SEG_TIME}});
}

static bool part_number(seg_checker *c, const seg_env *env, const seg_node *part, uint32_t *out) {
    seg_text word = part->text;
    bool fiscal = fiscal_word(&word);
    uint32_t number = 0;
    uint8_t later;
    while (number < SEG_RULE_FISCAL_QUARTER_OF - 1u && !seg_text_same(word, seg_text_of(part_names[number])))
        number++;
    *out = number;
    if (!fiscal) return true;
    if (number != SEG_RULE_YEAR_OF && number != SEG_RULE_QUARTER_OF) {
        seg_check_text source = seg_check_source(part->name_span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_CALENDAR, part->name_span, "a time has no `%s`", source.text);
        seg_diag_help(c->diags, diag, "ask for `fiscal year of` or `fiscal quarter of`");
        return false;
    }
    if (!fiscal_later(c, env, part->name_span, &later)) return false;
    if (later != 0)
        *out =
            (number == SEG_RULE_YEAR_OF ? SEG_RULE_FISCAL_YEAR_OF : SEG_RULE_FISCAL_QUARTER_OF) + later - 1u;
    return true;
}

const seg_rule *seg_check_part(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *part = node->kind == SEG_NODE_IN_ZONE ? node->first_child : node;
    if (seg_check_is_age(c, env, node)) return seg_check_age(c, env, node);
    if (seg_check_is_anniversary(c, env, node)) return seg_check_anniversary_alone(c, env, node);
    if (part->kind != SEG_NODE_PART) {
        seg_check_fault(
            c, env, SEG_DIAG_CALENDAR, node->span,
            "only a part of a time, as `hour of now`, an age and a window of the calendar have a zone");
        return NULL;
    }
    uint32_t number;
    if (!part_number(c, env, part, &number)) return NULL;
    const seg_node *subject = part->first_child;
    const seg_rule *of =
        is_named(c, subject, "now") ? now(c, env, subject) : seg_check_expr(c, env, subject, NULL);
    const seg_rule *zone = NULL;
    bool zone_fits = node == part || seg_check_in_zone(c, env, part->next, &zone);
    if (of == NULL || !zone_fits) return NULL;
    bool is_date = of->type.type == SEG_DATE, of_time = of->type.type == SEG_TIME;
    bool needs_time = number == SEG_RULE_HOUR || number == SEG_RULE_DATE_OF || zone != NULL;
    if (!of_time && (!is_date || needs_time)) {
        seg_type_words words = seg_type_describe(of->type);
        seg_check_text source = seg_check_source(subject->span);
        seg_check_fault(c, env, SEG_DIAG_TIME_EXPECTED, subject->span,
                        "a time%s is needed here, and `%s` is %s", needs_time ? "" : " or a date",
                        source.text, words.text);
        return NULL;
    }
    if (zone != NULL && zone->kind != SEG_RULE_CONST && c->inside != NULL)
        return NULL; /* told: of the profile */
    seg_rule rule = {
        .kind = SEG_RULE_PART,
        .index = number,
        .type = {.type = number == SEG_RULE_DATE_OF ? SEG_DATE : SEG_INT, .optional = of->type.optional},
        .operand_count = zone != NULL ? 2 : 1,
        .operands = {of, zone}};
    return seg_check_make(c, env, node, true, rule);
}

/* ---- Names of the calendar ------------------------------------------------------------------- */

static const seg_rule *weekday(seg_checker *c, const seg_env *env, const seg_node *node) {
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; i++)
        if (seg_text_same(node->text, seg_text_of(days[i])))
            return seg_check_make(c, env, node, true,
                                  (seg_rule){.kind = SEG_RULE_CONST,
                                             .type = seg_type_plain(SEG_INT),
                                             .constant = {.value = {.known = true, .as = {.i = i + 1}}}});
    return NULL;
}

const seg_rule *seg_check_calendar_name(seg_checker *c, const seg_env *env, const seg_node *node,
                                        bool *told) {
    if (seg_text_same(node->text, seg_text_of("time")) && env->events != NULL)
        return seg_check_event_time(c, env, node);
    if (seg_text_same(node->text, seg_text_of("today"))) {
        const seg_rule *of = now(c, env, node);
        *told = true;
        if (of == NULL) return NULL;
        return seg_check_make(c, env, node, true,
                              (seg_rule){.kind = SEG_RULE_PART,
                                         .index = SEG_RULE_DATE_OF,
                                         .type = {.type = SEG_DATE},
                                         .operand_count = 1,
                                         .operands = {of}});
    }
    if (seg_text_same(node->text, seg_text_of("now"))) {
        *told = true;
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_CALENDAR, node->span,
                                         "`now` is no value by itself: it changes with every instant");
        seg_diag_help(c->diags, diag,
                      "ask for a part of it, `hour of now`, or say how long ago: `signed_up_at "
                      "within last 30d`");
        return NULL;
    }
    return weekday(c, env, node);
}

const seg_rule *seg_check_event_time(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule_facts *made = c->inside != NULL ? c->inside->made : NULL;
    int64_t delay_ms =
        made != NULL ? made->delay_ms : 0; /* a derived event may happen later than its last step */
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_TIME, .type = {.type = SEG_TIME}, .duration = {0, delay_ms}});
}
