/* Changes of memory that items share. On a GPU they are atomic; items of an emulated launch run one after the other.
 *
 * All are of whole numbers, and none cares for order: sums, bits, the least and the greatest.
 */
#ifndef RENDERSDG_ATOMICS_H
#define RENDERSDG_ATOMICS_H

#include <stdint.h>

#include "bits.h"

#if defined(__CUDACC__)

INLINE void make_least(uint64_t *at, uint64_t value) { atomicMin((unsigned long long *)at, (unsigned long long)value); }
INLINE void make_lesser(int32_t *at, int32_t value) { atomicMin(at, value); }
INLINE void make_greater(int32_t *at, int32_t value) { atomicMax(at, value); }
INLINE uint32_t set_bits(uint32_t *at, uint32_t bits) { return atomicOr(at, bits); }
INLINE int64_t add_to(int64_t *at, int64_t value)
{
    return (int64_t)atomicAdd((unsigned long long *)at, (unsigned long long)value);
}
INLINE int count_bits(uint32_t bits) { return __popc(bits); }

#else

INLINE void make_least(uint64_t *at, uint64_t value)
{
    if (value < *at)
        *at = value;
}

INLINE void make_lesser(int32_t *at, int32_t value)
{
    if (value < *at)
        *at = value;
}

INLINE void make_greater(int32_t *at, int32_t value)
{
    if (value > *at)
        *at = value;
}

/* Returns the bits that were there. */
INLINE uint32_t set_bits(uint32_t *at, uint32_t bits)
{
    uint32_t before = *at;
    *at = before | bits;
    return before;
}

/* Returns the sum that was there. */
INLINE int64_t add_to(int64_t *at, int64_t value)
{
    int64_t before = *at;
    *at = before + value;
    return before;
}

INLINE int count_bits(uint32_t bits) { return __builtin_popcount(bits); }

#endif

#endif
