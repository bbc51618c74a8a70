/* number.h - numbers from their text, exactly. */
#ifndef SEG_ENGINE_NUMBER_H
#define SEG_ENGINE_NUMBER_H

#include <seg.h>

typedef enum seg_number_fault {
    SEG_NUMBER_OK,
    SEG_NUMBER_NONE,       /* not a number */
    SEG_NUMBER_TOO_FINE,   /* it has digits beyond the scale */
    SEG_NUMBER_OUT_OF_RANGE
} seg_number_fault;

/* [-]digits[.digits][e[+|-]digits], leading zeros allowed: what JSON writes and CSV may. */
bool seg_number_is(seg_text text);
/* The number times 10^scale, which must be a whole number of -(2^63-1) .. 2^63-1. */
seg_number_fault seg_number_exact(seg_text text, unsigned scale, int64_t *out);

#endif
