#include "natives.h"

#include <math.h>

static double blend(double a, double b) { return a * 0.5 + b; }

static double share(double a, double b) { return b == 0 ? (double)NAN : a / b; }

static bool is_odd(int64_t n) { return n % 2 != 0; }

static int64_t choose(bool first, int64_t a, int64_t b) { return first ? a : b; }

static int64_t later(int64_t instant, int64_t by) {
    int64_t sum;
    if (!__builtin_add_overflow(instant, by, &sum)) return sum;
    return by > 0 ? INT64_MAX : INT64_MIN;
}

static const seg_native_entry entries[] = {
    {"nf_blend", "float(float,float)", (seg_native_fn)blend},
    {"nf_share", "float? ( float, float )", (seg_native_fn)share},
    {"nf_odd", "bool(int)", (seg_native_fn)is_odd},
    {"nf_choose", "int(bool, int, int)", (seg_native_fn)choose},
    {"nf_later", "time(time, duration)", (seg_native_fn)later},
};
const seg_native_table seg_laws_natives = {SEG_NATIVE_ABI, sizeof entries / sizeof *entries, entries};

const char seg_laws_native_source[] =
    "native function nf_blend(a: float, b: float): float from \"laws\"\n"
    "native function nf_share(a: float, b: float): float? from \"laws\"\n"
    "native function nf_odd(n: int): bool from \"laws\"\n"
    "native function nf_choose(first: bool, a: int, b: int): int from \"laws\"\n"
    "native function nf_later(instant: time, by: duration): time from \"laws\"\n";
