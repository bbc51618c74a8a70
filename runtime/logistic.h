/* logistic.h - 1 / (1 + e^-x), the same bits on every machine. */
#ifndef SEG_LOGISTIC_H
#define SEG_LOGISTIC_H

/* x is finite. The result is more than 0 and at most 1; it is within a few units of the last place of the
 * true value. docs/models.md says each step. */
double seg_logistic(double x);

#endif
