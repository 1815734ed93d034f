/* Points of a square that fill it evenly, whichever run of them is taken: the first two dimensions of Sobol's sequence,
 * scrambled as Owen (1995) does, by the hash of Laine and Karras (2011).
 *
 * Pixels take theirs by their place on a Morton curve, so that those of neighbours fill the square together (Ahmed and
 * Wonka 2020): what a filter joins is then even, too. All in whole numbers: the same on every machine.
 */
#ifndef RENDERSDG_SOBOL_H
#define RENDERSDG_SOBOL_H

#include <stdint.h>

static inline uint32_t reversed_bits(uint32_t x)
{
    x = (x >> 16) | (x << 16);
    x = ((x & 0xff00ff00u) >> 8) | ((x & 0x00ff00ffu) << 8);
    x = ((x & 0xf0f0f0f0u) >> 4) | ((x & 0x0f0f0f0fu) << 4);
    x = ((x & 0xccccccccu) >> 2) | ((x & 0x33333333u) << 2);
    return ((x & 0xaaaaaaaau) >> 1) | ((x & 0x55555555u) << 1);
}

/* A hash of 32 bits (Wellons 2018). */
static inline uint32_t hashed(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

/* Flip each bit by a hash of the bits above it. */
static inline uint32_t scrambled(uint32_t x, uint32_t seed)
{
    x = reversed_bits(x);
    x += seed;
    x ^= x * 0x6c50b47cu;
    x ^= x * 0xb82f1e52u;
    x ^= x * 0xc7afe638u;
    x ^= x * 0x8d22f6e6u;
    return reversed_bits(x);
}

/* The second dimension: x^2 + x + 1's direction numbers, each the one before it, exclusive or itself halved. */
static inline uint32_t second_dimension(uint32_t index)
{
    uint32_t found = 0;
    for (uint32_t v = 0x80000000u; index; index >>= 1, v ^= v >> 1)
        if (index & 1)
            found ^= v;
    return found;
}

static inline float unit_interval(uint32_t x) { return (float)(x >> 8) * 0x1p-24f; }

/* Point `index` of the sequence that `seed` names, each coordinate in 0..1 without 1. */
static inline void sobol_point(uint32_t index, uint32_t seed, float out[2])
{
    index = scrambled(index, hashed(seed));
    out[0] = unit_interval(scrambled(reversed_bits(index), hashed(seed + 1)));
    out[1] = unit_interval(scrambled(second_dimension(index), hashed(seed + 2)));
}

/* The place of (x, y), each below 2^16, on a Morton curve. */
static inline uint32_t morton(uint32_t x, uint32_t y)
{
    uint32_t at[2] = {x, y};
    for (int k = 0; k < 2; k++) {
        at[k] = (at[k] | at[k] << 8) & 0x00ff00ffu;
        at[k] = (at[k] | at[k] << 4) & 0x0f0f0f0fu;
        at[k] = (at[k] | at[k] << 2) & 0x33333333u;
        at[k] = (at[k] | at[k] << 1) & 0x55555555u;
    }
    return at[0] | at[1] << 1;
}

#endif
