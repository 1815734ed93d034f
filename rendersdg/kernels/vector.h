/* Eight lanes at once, by the compilers' vector extensions. Lane by lane this is plain IEEE arithmetic, so the bytes
 * are the same whether the machine's registers hold four lanes, eight or sixteen. */
#ifndef RENDERSDG_VECTOR_H
#define RENDERSDG_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "both.h"
#if defined(__AVX__)
#include <immintrin.h>
#endif

enum { LANES = 8 };

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES))); /* a comparison gives -1 where it holds, 0 elsewhere */

INLINE Floats floats(float x) { return (Floats){x, x, x, x, x, x, x, x}; }
INLINE Ints ints(int32_t x) { return (Ints){x, x, x, x, x, x, x, x}; }
INLINE Ints lanes(void) { return (Ints){0, 1, 2, 3, 4, 5, 6, 7}; }
INLINE Floats floats_of(Ints x) { return __builtin_convertvector(x, Floats); }

/* a where the mask is -1, b where it is 0. */
INLINE Floats choose_floats(Ints mask, Floats a, Floats b) { return (Floats)(((Ints)a & mask) | ((Ints)b & ~mask)); }

INLINE Ints choose_ints(Ints mask, Ints a, Ints b) { return (a & mask) | (b & ~mask); }

/* The greater (or less) of each lane; b where either is NaN. With AVX compilers need to be told that this is one
 * instruction. */
INLINE Floats most_floats(Floats a, Floats b)
{
#if defined(__AVX__)
    return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return choose_floats(a > b, a, b);
#endif
}

INLINE Floats least_floats(Floats a, Floats b)
{
#if defined(__AVX__)
    return (Floats)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return choose_floats(a < b, a, b);
#endif
}

/* A bit for each lane of a mask, lane 0 the lowest. */
INLINE uint64_t bits_of(Ints mask)
{
#if defined(__AVX__)
    return (uint64_t)_mm256_movemask_ps((__m256)mask);
#else
    Ints weighed = mask & (Ints){1, 2, 4, 8, 16, 32, 64, 128};
    uint64_t q[4];
    memcpy(q, &weighed, sizeof q);
    uint64_t both = (q[0] | q[1]) | (q[2] | q[3]);
    return (both | both >> 32) & 255;
#endif
}

#endif
