/* Small arithmetic with a defined result for every input, NaN included. */
#ifndef RENDERSDG_NUMBERS_H
#define RENDERSDG_NUMBERS_H

#include <math.h>
#include <stdint.h>

/* Of two numbers of which one is NaN the first is returned. */
static inline float minf(float a, float b) { return b < a ? b : a; }
static inline float maxf(float a, float b) { return b > a ? b : a; }
static inline int64_t min64(int64_t a, int64_t b) { return b < a ? b : a; }
static inline int64_t max64(int64_t a, int64_t b) { return b > a ? b : a; }
static inline int32_t min32(int32_t a, int32_t b) { return b < a ? b : a; }
static inline int32_t max32(int32_t a, int32_t b) { return b > a ? b : a; }

/* x between low and high; low for NaN. What comes out may be cast to an integer type that holds both. */
static inline float between(float x, float low, float high)
{
    float raised = x > low ? x : low;
    return raised < high ? raised : high;
}

/* 1 / sqrt(x), at most 1e15. */
static inline float inverse_length(float square) { return 1.0f / sqrtf(maxf(square, 1e-30f)); }

/* n rounded up to whole vectors of eight: rows of scratch have room for it, and loops over it need no remainder. */
static inline int full(int n) { return (n + 7) & ~7; }

#endif
