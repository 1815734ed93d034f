/* Sine, cosine and arctangent of our own: libraries differ in the last bit, these are the same bits on every machine.
 *
 * Sine and cosine follow Cody and Waite (1980), "Software Manual for the Elementary Functions": the angle less k quarter turns,
 * as a number and its tail, then a polynomial on -pi/4..pi/4. Angles are radians, at most MOST_ANGLE in size; beyond, and for
 * NaN, the result is NaN. Both lie within 0.6 ulp of the true value.
 */
#ifndef RENDERSDG_ELEMENTARY_H
#define RENDERSDG_ELEMENTARY_H

#include <math.h>
#include <stdint.h>

#define MOST_ANGLE 1e6 /* radians: k is less than 2^20 then, which its products with 33 bits leave room for */

/* A quarter turn in pieces of 33 bits, so that k times a piece is exact, and what is left of it. */
#define QUARTER_A 0x1.921fb544p+0
#define QUARTER_B 0x1.0b4611a6p-34
#define QUARTER_C 0x1.3198a2e0p-69
#define QUARTER_D 0x1.b839a252049c1p-104

typedef struct { /* an angle in -pi/4..pi/4: value + tail, after quarters (0 to 3) quarter turns */
    double value;
    double tail;
    int quarters;
} Reduced;

static inline Reduced reduce_angle(double angle)
{
    double k = floor(angle * 0x1.45f306dc9c883p-1 + 0.5); /* 2 / pi */
    double rest = angle - k * QUARTER_A;                   /* exact: both are multiples of the same power of two */
    double b = k * QUARTER_B;
    double near = rest - b;
    double back = near - rest; /* Knuth's two-sum: near + error is rest - b, exactly */
    double error = (rest - (near - back)) - (b + back);
    double low = error - k * QUARTER_C - k * QUARTER_D;
    Reduced found;
    found.value = near + low;
    found.tail = (near - found.value) + low;
    found.quarters = (int)((int64_t)k & 3);
    return found;
}

/* What a * b has lost by rounding to product, exactly (Veltkamp and Dekker 1971), with no fused multiply-add. */
static inline double rounding_of(double a, double b, double product)
{
    double wide_a = 134217729.0 * a, wide_b = 134217729.0 * b; /* 2^27 + 1 */
    double high_a = wide_a - (wide_a - a), high_b = wide_b - (wide_b - b);
    double low_a = a - high_a, low_b = b - high_b;
    return low_a * low_b - (((product - high_a * high_b) - low_a * high_b) - high_a * low_b);
}

/* x - x^3 / 6 + ..., Taylor's series to terms below 2^-62 of the sum; its first two terms are kept to twice the precision. */
static inline double sine_near_zero(double x, double tail)
{
    double z = x * x;
    double cube = z * x;
    double sixth = cube / 6.0;
    double six = sixth * 6.0;
    double cube_low = rounding_of(z, x, cube) + rounding_of(x, x, z) * x;
    double sixth_low = ((cube - six) - rounding_of(sixth, 6.0, six) + cube_low) / 6.0;
    double p = -1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0);
    p = 1.0 / 6227020800.0 + z * p;
    p = -1.0 / 39916800.0 + z * p;
    p = 1.0 / 362880.0 + z * p;
    p = -1.0 / 5040.0 + z * p;
    p = 1.0 / 120.0 + z * p;
    double top = x - sixth;
    return top + (((x - top) - sixth) - sixth_low + (z * (cube * p) + tail * (1.0 - 0.5 * z)));
}

/* 1 - x^2 / 2 + ..., likewise. */
static inline double cosine_near_zero(double x, double tail)
{
    double z = x * x;
    double p = 1.0 / 20922789888000.0 + z * (-1.0 / 6402373705728000.0);
    p = -1.0 / 87178291200.0 + z * p;
    p = 1.0 / 479001600.0 + z * p;
    p = -1.0 / 3628800.0 + z * p;
    p = 1.0 / 40320.0 + z * p;
    p = -1.0 / 720.0 + z * p;
    p = 1.0 / 24.0 + z * p;
    double half = 0.5 * z;
    double top = 1.0 - half;
    return top + (((1.0 - top) - half) - 0.5 * rounding_of(x, x, z) + (z * (z * p) - x * tail));
}

static inline double turned(double angle, int quarters)
{
    if (!(fabs(angle) <= MOST_ANGLE))
        return NAN;
    Reduced r = reduce_angle(angle);
    int quarter = (r.quarters + quarters) & 3;
    double found = quarter & 1 ? cosine_near_zero(r.value, r.tail) : sine_near_zero(r.value, r.tail);
    return quarter & 2 ? -found : found;
}

static inline double sine(double angle) { return turned(angle, 0); }
static inline double cosine(double angle) { return turned(angle, 1); }

/* The angle of (x, y) in radians, within 3e-7 (Abramowitz and Stegun 4.4.49); 0 for (0, 0). No branch, so a loop over it is
 * vectorised. The sign of a zero does not count. */
static inline float arctangent(float y, float x)
{
    float a = fabsf(x);
    float b = fabsf(y);
    float lesser = b < a ? b : a;
    float larger = b > a ? b : a;
    float q = lesser / (1e-30f > larger ? 1e-30f : larger);
    float s = q * q;
    float p = 0.0028662257f;
    p = p * s + -0.0161657367f;
    p = p * s + 0.0429096138f;
    p = p * s + -0.0752896400f;
    p = p * s + 0.1065626393f;
    p = p * s + -0.1420889944f;
    p = p * s + 0.1999355085f;
    p = p * s + -0.3333314528f;
    p = p * s * q + q;
    p = b > a ? 1.57079633f - p : p;
    p = x < 0.0f ? 3.14159265f - p : p;
    return y < 0.0f ? -p : p;
}

#endif
