/* geo.c - distances on the earth, for rules: `native function haversine_km(…): float from "geo"`.
 *
 * Nothing but seg.h is needed, and nothing of Seg is linked. The C library's sin, cos and asin may differ in
 * their last bits between machines; where that matters, bring your own. */
#include <math.h>
#include <seg.h>

#define EARTH_KM 6371.0088
#define RADIANS (3.14159265358979323846 / 180)

static double haversine_km(double lat1, double lon1, double lat2, double lon2) {
    double north = sin((lat2 - lat1) * RADIANS / 2), east = sin((lon2 - lon1) * RADIANS / 2);
    double h = north * north + cos(lat1 * RADIANS) * cos(lat2 * RADIANS) * east * east;
    return 2 * EARTH_KM * asin(sqrt(h < 1 ? h : 1));
}

/* Is the place in the box between two corners, of which the first is the south-west one? */
static bool in_box(double lat, double lon, double south, double west, double north, double east) {
    return lat >= south && lat <= north && lon >= west && lon <= east;
}

static const seg_native_entry entries[] = {
    {"haversine_km", "float(float, float, float, float)", (seg_native_fn)haversine_km},
    {"in_box", "bool(float, float, float, float, float, float)", (seg_native_fn)in_box},
};
const seg_native_table seg_natives = {SEG_NATIVE_ABI, sizeof entries / sizeof *entries, entries};
