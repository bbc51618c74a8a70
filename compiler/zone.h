/* zone.h - time zones of the system's tz database, at compile time only. */
#ifndef SEG_ZONE_H
#define SEG_ZONE_H

#include "seg.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Is this an IANA zone that the system knows? Names are letters, digits, '_', '+', '-' and '/'. */
bool seg_zone_exists(seg_text name);

/* Called for every change of the offset from UTC between 1900 and 2100, in order. False stops. */
typedef bool (*seg_zone_offset_fn)(void *user, int64_t at, int32_t offset_s);
/* Reads a zone: the offset at 1900-01-01 and each later change; the version of the tz database, or
 * "unknown". False: no such zone, `add` stopped, or memory short. */
bool seg_zone_read(seg_text name, int32_t *first_offset_s, char version[32], seg_zone_offset_fn add,
                   void *user);

/* Calls `offer` with every name of the tz database, links too; UTC alone where it cannot be read. */
void seg_zone_every(void (*offer)(void *user, seg_text name), void *user);

/* Calls `offer` with the names of the system's zones (those of zone1970.tab, and UTC). */
typedef void (*seg_zone_name_fn)(void *user, seg_text name);
void seg_zone_each(seg_zone_name_fn offer, void *user);

#ifdef __cplusplus
}
#endif
#endif
