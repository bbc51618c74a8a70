#include "roster.h"

#include <stdlib.h>
#include <string.h>

int seg_roster_compare(seg_text a, seg_text b) {
    size_t least = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = least ? memcmp(a.bytes, b.bytes, least) : 0;
    return order ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

static void take_profile(void *user, seg_text profile) {
    seg_roster *roster = user;
    if (roster->failed) return;
    if (roster->count == roster->room) {
        size_t room = roster->room ? roster->room * 2 : 1024;
        seg_text *larger = reallocarray(roster->ids, room, sizeof *larger);
        roster->failed = !larger;
        if (!larger) return;
        roster->ids = larger;
        roster->room = room;
    }
    char *copy = malloc(profile.size_bytes + 1);
    roster->failed = !copy;
    if (!copy) return;
    if (profile.size_bytes) memcpy(copy, profile.bytes, profile.size_bytes);
    roster->ids[roster->count++] = (seg_text){.bytes = copy, .size_bytes = profile.size_bytes};
}

typedef struct walk { /* members come in the order of the profiles */
    seg_roster *roster;
    size_t at;
    uint32_t nth;
} walk;

static void take_member(void *user, seg_text profile) {
    walk *w = user;
    seg_roster *roster = w->roster;
    while (w->at < roster->count && seg_roster_compare(roster->ids[w->at], profile) < 0) w->at++;
    if (w->at == roster->count || seg_roster_compare(roster->ids[w->at], profile) != 0) return;
    roster->bits[w->at * roster->words + w->nth / 64] |= UINT64_C(1) << w->nth % 64;
}

seg_status seg_roster_take(seg_roster *roster, const seg_choice *choice, seg_engine *engine) {
    *roster = (seg_roster){.words = ((size_t)choice->count + 63) / 64};
    seg_status status = seg_engine_profiles(engine, take_profile, roster);
    if (status || roster->failed) return status ? status : SEG_E_MEMORY;
    roster->bits = calloc(roster->count * roster->words + 1, sizeof *roster->bits);
    if (!roster->bits) return SEG_E_MEMORY;
    for (uint32_t n = 0; n < choice->count && !status; n++) {
        walk w = {.roster = roster, .nth = n};
        status = seg_engine_members(engine, choice->segments[n], take_member, &w);
    }
    return status;
}

void seg_roster_free(seg_roster *roster) {
    for (size_t i = 0; i < roster->count; i++) free((char *)roster->ids[i].bytes);
    free(roster->ids);
    free(roster->bits);
    *roster = (seg_roster){0};
}

bool seg_roster_has(const seg_roster *roster, size_t profile, uint32_t nth) {
    return roster->bits[profile * roster->words + nth / 64] >> nth % 64 & 1;
}

bool seg_roster_empty(const seg_roster *roster, size_t profile) {
    for (size_t word = 0; word < roster->words; word++)
        if (roster->bits[profile * roster->words + word]) return false;
    return true;
}
