/* route.h - which feeds can take a fact at all: those that compare one of its fields with a constant are
 * found by the field's word, so that a fact costs the same however many ask for other values. Constants for
 * equality are hashed, thresholds are sorted. */
#ifndef SEG_ROUTE_H
#define SEG_ROUTE_H

#include "view.h"

/* Derives the routes of a verified image. False: no memory. */
bool seg_routes_derive(seg_image *image);
void seg_routes_free(seg_image *image);
/* The feeds of the route that want the word: *first .. *end, perhaps none. */
void seg_route_find(const seg_image *image, const seg_route *route, int64_t word, uint32_t *first,
                    uint32_t *end);

#endif
