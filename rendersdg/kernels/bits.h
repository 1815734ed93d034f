/* The bits of floats. */
#ifndef RENDERSDG_BITS_H
#define RENDERSDG_BITS_H

#include <stdint.h>
#include <string.h>

#include "both.h"

INLINE uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The number of zeros below the lowest bit that is set. */
INLINE int zeros_below(uint64_t bits)
{
#if defined(__CUDACC__)
    return __ffsll((long long)bits) - 1;
#else
    return __builtin_ctzll(bits);
#endif
}

#endif
