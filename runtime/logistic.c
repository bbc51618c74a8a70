/* logistic.c - see logistic.h. The C library's exp() may differ in its last bits from one machine to the
 * next; additions, multiplications and divisions of floats may not, as long as each one is rounded for
 * itself: the build forbids to fuse them. */
#include "logistic.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "floats must be computed in their own precision"
#endif

enum { TERMS = 13, BIAS = 1023, FRACTION_BITS = 52 };

/* 2^-k, for 0 <= k <= 1022. */
static double halved(int64_t k) {
    uint64_t bits = (uint64_t)(BIAS - k) << FRACTION_BITS;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^-a, for 0 <= a <= 700. */
static double decay(double a) {
    static const double terms[TERMS + 1] = {/* (-1)^n / n! */
                                            1.0,
                                            -1.0,
                                            0.5,
                                            -1.0 / 6.0,
                                            1.0 / 24.0,
                                            -1.0 / 120.0,
                                            1.0 / 720.0,
                                            -1.0 / 5040.0,
                                            1.0 / 40320.0,
                                            -1.0 / 362880.0,
                                            1.0 / 3628800.0,
                                            -1.0 / 39916800.0,
                                            1.0 / 479001600.0,
                                            -1.0 / 6227020800.0};
    /* ln 2 in two parts: the first times k is exact. */
    static const double high = 0x1.62e42feep-1, low = 0x1.a39ef35793c76p-33, per_ln2 = 0x1.71547652b82fep+0;
    int64_t k = (int64_t)(a * per_ln2 + 0.5);
    double rest = (a - (double)k * high) - (double)k * low;
    double sum = terms[TERMS];
    for (int n = TERMS; n-- > 0;) sum = sum * rest + terms[n];
    return sum * halved(k);
}

double seg_logistic(double x) {
    double a = x < 0 ? -x : x;
    double e = decay(a > 700 ? 700 : a);
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}
