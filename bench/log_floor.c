#include "log_floor.h"

#include <stdlib.h>
#include <string.h>

typedef struct tally {
    int64_t last, last_order, first_order, cents30, cents90;
    uint32_t visits30, visits7, opens30, views3, orders, orders90;
    uint16_t views1, carts1, carts7, orders1, orders7, orders3, orders5, large;
} tally;

static const int64_t day = 86400000;

static void add_visits(tally *t, const log_table *e, int64_t now) {
    for (size_t i = 0; i < e->rows; i++) {
        tally *p = &t[e->profiles[i]];
        int64_t at = e->times[i];
        p->last = at > p->last ? at : p->last;
        p->visits30 += at > now - 30 * day;
        p->visits7 += at > now - 7 * day;
    }
}

static void add_views(tally *t, const log_table *e, int64_t now) {
    for (size_t i = 0; i < e->rows; i++) {
        tally *p = &t[e->profiles[i]];
        int64_t at = e->times[i];
        p->last = at > p->last ? at : p->last;
        p->views3 += (e->categories[i] == 3) & (at > now - 7 * day);
        p->views1 = (uint16_t)(p->views1 + (at > now - day));
    }
}

static void add_opens(tally *t, const log_table *e, int64_t now) {
    for (size_t i = 0; i < e->rows; i++) {
        tally *p = &t[e->profiles[i]];
        int64_t at = e->times[i];
        p->last = at > p->last ? at : p->last;
        p->opens30 += at > now - 30 * day;
    }
}

static void add_carts(tally *t, const log_table *e, int64_t now) {
    for (size_t i = 0; i < e->rows; i++) {
        tally *p = &t[e->profiles[i]];
        int64_t at = e->times[i];
        p->last = at > p->last ? at : p->last;
        p->carts1 = (uint16_t)(p->carts1 + (at > now - day));
        p->carts7 = (uint16_t)(p->carts7 + (at > now - 7 * day));
    }
}

static void add_orders(tally *t, const log_table *e, int64_t now) {
    for (size_t i = 0; i < e->rows; i++) {
        tally *p = &t[e->profiles[i]];
        int64_t at = e->times[i], cents = (int64_t)e->amounts[i];
        p->last = at > p->last ? at : p->last;
        p->last_order = p->orders == 0 || at > p->last_order ? at : p->last_order;
        p->first_order = p->orders == 0 || at < p->first_order ? at : p->first_order;
        p->orders++;
        p->orders3 = (uint16_t)(p->orders3 + (e->categories[i] == 3));
        if (at <= now - 90 * day) continue;
        p->orders90++;
        p->cents90 += cents;
        p->large = (uint16_t)(p->large + (cents >= 20000));
        if (at <= now - 30 * day) continue;
        p->cents30 += cents;
        p->orders5 = (uint16_t)(p->orders5 + (e->categories[i] == 5));
        p->orders7 = (uint16_t)(p->orders7 + (at > now - 7 * day));
        p->orders1 = (uint16_t)(p->orders1 + (at > now - day));
    }
}

static uint32_t judge(const tally *p, int opted_out, int plan, int country, int64_t now) {
    uint32_t in = 0;
#define IN(number, condition) in |= (uint32_t)(condition) << (number)
    IN(0, !opted_out && p->visits30 < 2);
    IN(1, p->orders90 >= 2);
    IN(2, p->cents30 > 50000);
    IN(3, p->carts1 > 0 && p->orders1 == 0);
    IN(4, p->views3 >= 3 && p->orders3 == 0);
    IN(5, p->orders > 0 && p->last_order <= now - 180 * day);
    IN(6, !opted_out && p->opens30 == 0);
    IN(7, p->opens30 >= 3);
    IN(8, p->visits7 >= 5);
    IN(9, p->cents90 >= 100000 && plan >= 2);
    IN(10, p->orders == 1);
    IN(11, p->orders > 0 && p->first_order > now - 30 * day);
    IN(12, p->last > now - day);
    IN(13, p->carts7 >= 3 && p->orders7 == 0);
    IN(14, p->visits30 >= 10 && p->orders90 == 0);
    IN(15, p->large > 0);
    IN(16, p->last <= now - 60 * day);
    IN(17, p->views1 >= 5);
    IN(18, country == 0 && p->orders5 > 0);
    IN(19, p->orders90 >= 3 && p->cents90 > 10000 * (int64_t)p->orders90);
    return in;
}

void log_floor_run(const log_table *tables, const log_crowd *crowd, int64_t now, uint64_t *const *members,
                   uint64_t *counts) {
    static tally *tallies;
    static size_t room;
    if (room < crowd->rows) {
        free(tallies);
        room = crowd->rows;
        tallies = aligned_alloc(64, (room * sizeof *tallies + 63) / 64 * 64);
        if (!tallies) abort();
    }
    memset(tallies, 0, crowd->rows * sizeof *tallies);
    add_visits(tallies, &tables[LOG_VISIT], now);
    add_views(tallies, &tables[LOG_VIEW], now);
    add_opens(tallies, &tables[LOG_OPEN], now);
    add_carts(tallies, &tables[LOG_CART], now);
    add_orders(tallies, &tables[LOG_ORDER], now);
    for (int s = 0; s < LOG_SEGMENTS; s++) memset(members[s], 0, (crowd->rows + 63) / 64 * 8);
    for (size_t row = 0; row < crowd->rows; row++) {
        int opted_out = crowd->opted_out[row / 64] >> row % 64 & 1;
        uint32_t in = judge(&tallies[row], opted_out, crowd->plans[row], crowd->countries[row], now);
        for (; in; in &= in - 1) members[__builtin_ctz(in)][row / 64] |= UINT64_C(1) << row % 64;
    }
    for (int s = 0; s < LOG_SEGMENTS; s++) {
        counts[s] = 0;
        for (size_t i = 0; i < (crowd->rows + 63) / 64; i++)
            counts[s] += (uint64_t)__builtin_popcountll(members[s][i]);
    }
}
