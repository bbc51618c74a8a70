/* route.c - see route.h. */
#include "route.h"

#include <string.h>

#include "base/arena.h"

static uint32_t slot_of(const seg_image *image, const seg_route *route, int64_t word) {
    uint64_t mixed = ((uint64_t)word ^ route->first) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32) & image->route_mask;
}

/* The slot that leads to the word, or the free one where it would stand. */
static uint32_t find_slot(const seg_image *image, const seg_route *route, int64_t word) {
    uint32_t slot = slot_of(image, route, word);
    for (;; slot = (slot + 1) & image->route_mask) {
        uint32_t feed = image->route_slots[slot];
        if (feed == SEG_NONE) return slot;
        if (feed >= route->first && feed < route->end && image->feeds[feed].word == word) return slot;
    }
}

static void find_equal(const seg_image *image, const seg_route *route, int64_t word, uint32_t *first,
                       uint32_t *end) {
    *first = *end = image->route_slots[find_slot(image, route, word)];
    if (*first == SEG_NONE) return;
    while (*end < route->end && image->feeds[*end].word == word) ++*end;
}

/* The first of the route's feeds whose word is more than the given one, or (strictly false) not less. */
static uint32_t find_threshold(const seg_image *image, const seg_route *route, int64_t word, bool strictly) {
    int64_t key = seg_feed_key(route->relation, word);
    uint32_t low = route->first, high = route->end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int64_t other = seg_feed_key(route->relation, image->feeds[middle].word);
        if (other < key || (strictly && other == key))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void seg_route_find(const seg_image *image, const seg_route *route, int64_t word, uint32_t *first,
                    uint32_t *end) {
    *first = route->first;
    *end = route->end;
    switch (route->relation) {
    case SEG_FEED_EQUAL: find_equal(image, route, word, first, end); break;
    case SEG_FEED_LEAST:
    case SEG_FEED_LEAST_FLOAT: *end = find_threshold(image, route, word, true); break;
    default: *first = find_threshold(image, route, word, false); break;
    }
}

/* Few thresholds are compared by their own programs as fast as they are found. */
enum { THRESHOLDS_LEAST = 4 };

static seg_route route_of(const seg_image *image, uint32_t first, uint32_t end) {
    const seg_image_feed *feed = &image->feeds[first];
    bool is_found = feed->relation == SEG_FEED_EQUAL || end - first >= THRESHOLDS_LEAST;
    return (seg_route){is_found ? feed->route : SEG_NONE, feed->relation, first, end};
}

/* Counts or (when `routes` is there) writes the routes of an event. */
static uint64_t split(const seg_image *image, seg_run feeds, seg_route *routes) {
    uint64_t count = 0;
    for (uint32_t i = 0, begin = 0; i < feeds.count; i++) {
        const seg_image_feed *feed = &image->feeds[feeds.first + i];
        if (i + 1 < feeds.count && feed[1].route == feed->route && feed[1].relation == feed->relation)
            continue;
        if (routes) routes[count] = route_of(image, feeds.first + begin, feeds.first + i + 1);
        begin = i + 1;
        count++;
    }
    return count;
}

static void fill_slots(seg_image *image, const seg_route *route) {
    if (route->program == SEG_NONE || route->relation != SEG_FEED_EQUAL) return;
    for (uint32_t i = route->first; i < route->end; i++) {
        uint32_t slot = find_slot(image, route, image->feeds[i].word);
        if (image->route_slots[slot] == SEG_NONE) image->route_slots[slot] = i;
    }
}

bool seg_routes_derive(seg_image *image) {
    uint32_t events = image->counts[SEG_SECTION_EVENTS];
    uint64_t routes = 0, routed = 0, slots = 2;
    for (uint32_t i = 0; i < events; i++) {
        routes += split(image, image->events[i].feeds, NULL);
        routed += image->events[i].feeds.count;
    }
    while (slots < 2 * routed) slots *= 2;
    if (slots > UINT32_MAX / 16) return false;
    image->route_bytes = (size_t)routes * sizeof(seg_route) + sizeof(uint32_t) * (events + 1 + (size_t)slots);
    image->routes = seg_resize(image->allocator, NULL, 0, image->route_bytes);
    if (!image->routes) return false;
    image->route_first = (uint32_t *)(void *)(image->routes + routes);
    image->route_slots = image->route_first + events + 1;
    image->route_mask = (uint32_t)slots - 1;
    memset(image->route_slots, 0xff, (size_t)slots * sizeof(uint32_t));
    uint32_t at = 0;
    for (uint32_t i = 0; i < events; i++) {
        image->route_first[i] = at;
        at += (uint32_t)split(image, image->events[i].feeds, image->routes + at);
    }
    image->route_first[events] = at;
    for (uint32_t i = 0; i < at; i++) fill_slots(image, &image->routes[i]);
    return true;
}

void seg_routes_free(seg_image *image) {
    if (image->routes) seg_resize(image->allocator, image->routes, image->route_bytes, 0);
}
