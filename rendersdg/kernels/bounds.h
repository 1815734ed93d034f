/* Comparisons of doubles with a defined result for NaN and signed zeros, and the way to whole numbers within bounds.
 *
 * least and most return the first number unless the second is less (or more): so the first where they are equal or
 * either is NaN. C's fmin and fmax leave the sign of zero open, and a cast of a number that does not fit is undefined.
 */
#ifndef RENDERSDG_BOUNDS_H
#define RENDERSDG_BOUNDS_H

#include <stdint.h>

static inline double least(double a, double b) { return b < a ? b : a; }
static inline double most(double a, double b) { return b > a ? b : a; }

/* x without its fraction, within low..high (both less than 2^53 from nought); NaN counts as low. */
static inline int64_t whole(double x, int64_t low, int64_t high)
{
    if (!(x > (double)low))
        return low;
    return x < (double)high ? (int64_t)x : high;
}

#endif
