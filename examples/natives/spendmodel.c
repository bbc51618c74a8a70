/* spendmodel.c - a model that is C code: what somebody will probably spend in the next 90 days. It stands
 * for whatever a training tool writes as C. Rules call it by `native function` from "spendmodel". */
#include <seg.h>

/* A tree: what was spent so far, how often, and how long since the last time. */
static double expected_spend(double spent_90d, int64_t orders_90d, int64_t quiet_ms) {
    const int64_t day_ms = 86400000;
    if (orders_90d < 2) return quiet_ms > 60 * day_ms ? 4.5 : 18.0;
    double usual = spent_90d / (double)orders_90d;
    if (quiet_ms > 30 * day_ms) return 0.4 * usual;
    return orders_90d > 5 ? 2.1 * usual : 1.3 * usual;
}

static const seg_native_entry entries[] = {
    {"expected_spend", "float(float, int, duration)", (seg_native_fn)expected_spend},
};
const seg_native_table seg_natives = {SEG_NATIVE_ABI, 1, entries};
