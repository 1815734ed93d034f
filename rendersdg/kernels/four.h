/* Four numbers at once: red, green, blue and one to spare. Processors have them in one register; for GPUs they are
 * four numbers side by side. Number by number this is plain arithmetic, so the bytes are the same.
 */
#ifndef RENDERSDG_FOUR_H
#define RENDERSDG_FOUR_H

#include <stdint.h>
#include <string.h>

#include "both.h"

#if defined(__CUDACC__)

struct Four {
    float v[4];
    float operator[](int k) const { return v[k]; }
};

struct FourInts {
    int32_t v[4];
};

INLINE Four operator+(Four a, Four b) { return {a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}; }
INLINE Four operator-(Four a, Four b) { return {a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3]}; }
INLINE Four operator*(Four a, float b) { return {a.v[0] * b, a.v[1] * b, a.v[2] * b, a.v[3] * b}; }
INLINE FourInts operator+(FourInts a, FourInts b)
{
    return {a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]};
}
INLINE FourInts operator*(FourInts a, int32_t b) { return {a.v[0] * b, a.v[1] * b, a.v[2] * b, a.v[3] * b}; }
INLINE Four four_at(const float *p) { return {p[0], p[1], p[2], p[3]}; }
INLINE FourInts four_ints_at(const uint16_t *p) { return {p[0], p[1], p[2], p[3]}; }
INLINE Four four_of(FourInts a) { return {(float)a.v[0], (float)a.v[1], (float)a.v[2], (float)a.v[3]}; }

#else

typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourInts __attribute__((vector_size(16)));
typedef uint16_t FourShorts __attribute__((vector_size(8)));

INLINE Four four_at(const float *p)
{
    Four v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE FourInts four_ints_at(const uint16_t *p)
{
    FourShorts v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, FourInts);
}

INLINE Four four_of(FourInts a) { return __builtin_convertvector(a, Four); }

#endif

#endif
