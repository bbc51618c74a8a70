/* rank.c - when ranks are made, what profiles are ranked by, and where one stands. */
#include "rank.h"

#include "calendar.h"
#include "delta.h"

#define DAILY_REACH_MS (INT64_C(50) * 3600000)

static int64_t floor_to(int64_t instant, int64_t unit) {
    int64_t rest = instant % unit;
    return instant - (rest < 0 ? rest + unit : rest);
}

typedef struct seg_around { /* the refreshes next to an instant */
    int64_t at, last, next;
} seg_around;

static void note(seg_around *around, int64_t refresh) {
    if (refresh <= around->at && refresh > around->last) around->last = refresh;
    if (refresh > around->at && refresh < around->next) around->next = refresh;
}

/* Local dates near the instant: by a change of offset, that of the day before may be later than its own. */
static void note_daily(const seg_image *image, seg_around *around, int64_t clock_ms) {
    int64_t local = around->at + seg_calendar_offset(image, 0, around->at);
    int64_t date = floor_to(local, SEG_DAY_MS) / SEG_DAY_MS;
    for (int64_t near = date - 2; near <= date + 2; near++)
        note(around, seg_calendar_instant(image, 0, near * SEG_DAY_MS + clock_ms));
}

static seg_around refreshes_around(const seg_image *image, int64_t at) {
    if (at < SEG_TIME_MIN) at = SEG_TIME_MIN;
    if (at > SEG_TIME_MAX) at = SEG_TIME_MAX;
    seg_around around = {at, SEG_TIME_MIN, SEG_NEVER};
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_CLOCKS]; i++) {
        const seg_image_clock *clock = &image->clocks[i];
        if (clock->is_daily) {
            note_daily(image, &around, clock->ms);
            continue;
        }
        int64_t last = floor_to(at, clock->ms);
        note(&around, last);
        note(&around, last + clock->ms);
    }
    if (around.next > SEG_TIME_MAX) around.next = SEG_NEVER;
    return around;
}

int64_t seg_image_refresh(const seg_image *image, int64_t at) { return refreshes_around(image, at).last; }
int64_t seg_image_refresh_after(const seg_image *image, int64_t at) {
    return refreshes_around(image, at).next;
}

int64_t seg_rank_reach(const seg_image *image) {
    int64_t reach = 0;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_CLOCKS]; i++) {
        int64_t own = image->clocks[i].is_daily ? DAILY_REACH_MS : image->clocks[i].ms;
        if (own > reach) reach = own;
    }
    return reach;
}

seg_status seg_image_describe_ranking(const seg_image *image, uint32_t ranking, seg_ranking_info *out) {
    if (ranking >= image->counts[SEG_SECTION_RANKINGS]) return SEG_E_USAGE;
    const seg_image_ranking *record = &image->rankings[ranking];
    *out = (seg_ranking_info){seg_view_text(image, record->text), record->type, record->scale};
    return SEG_OK;
}

bool seg_image_is_ranked(const seg_image *image, uint32_t segment) {
    return segment < image->segment_count && image->ranked_programs[image->segments[segment].program] == 1;
}

/* The bits of a float as a number of the same order. */
static int64_t ordered(int64_t word) { return word < 0 ? word ^ INT64_MAX : word; }

seg_value seg_image_key_value(const seg_image *image, uint32_t ranking, int64_t key) {
    seg_value value = {.known = ranking < image->counts[SEG_SECTION_RANKINGS]};
    if (value.known && image->rankings[ranking].type == SEG_FLOAT)
        value.as.f = seg_word_float(ordered(key));
    else if (value.known)
        value.as.i = key;
    return value;
}

seg_status seg_rank_key(seg_vm *vm, const seg_state *state, uint32_t ranking, int64_t at, seg_rank *out) {
    if (ranking >= vm->image->counts[SEG_SECTION_RANKINGS]) return SEG_E_USAGE;
    if (at < SEG_TIME_MIN || at > SEG_TIME_MAX) return SEG_E_TIME;
    if (!seg_state_fits(vm->image, state)) return SEG_E_STATE;
    seg_status status = seg_vm_prepare(vm, state->bytes);
    if (status != SEG_OK) return status;
    const seg_image_ranking *record = &vm->image->rankings[ranking];
    *out = (seg_rank){.holds_until = seg_state_peek(state->bytes)->born};
    if (out->holds_until > at) return SEG_OK;
    seg_vm_begin(vm, state->bytes, at);
    int64_t word = seg_vm_run(vm, record->program, &out->holds_until);
    out->known = word != SEG_MISSING;
    if (out->known) out->key = record->type == SEG_FLOAT ? ordered(word) : word;
    return SEG_OK;
}

void seg_vm_rank_with(seg_vm *vm, seg_standing_fn standing, void *user) {
    vm->standing = standing;
    vm->standing_user = user;
}

static int64_t whole(unsigned __int128 number) { return number > INT64_MAX ? INT64_MAX : (int64_t)number; }

int64_t seg_rank_place(const seg_vm *vm, const seg_ins *ins) {
    seg_standing at;
    if (!vm->standing || !vm->standing(vm->standing_user, ins->c, &at) || at.count == 0) return SEG_MISSING;
    unsigned __int128 one = 1;
    switch (ins->imm) {
    case SEG_FIGURE_RANK: return whole(one + at.above);
    case SEG_FIGURE_FROM_TOP: return whole(one + at.above + at.tied_before);
    case SEG_FIGURE_FROM_BOTTOM: return whole(one + at.below + at.tied_before);
    case SEG_FIGURE_COUNT: return whole(at.count);
    default: return whole(one + (unsigned __int128)at.below * (uint64_t)ins->imm / at.count);
    }
}
