/* Sine, cosine, tangent, arctangent, logarithms, exponentials and power of our own: libraries differ in the last bit,
 * these are the same bits on every machine.
 *
 * Sine and cosine follow Cody and Waite (1980), "Software Manual for the Elementary Functions": the angle less k
 * quarter turns, as a number and its tail, then a polynomial on -pi/4..pi/4. Angles are radians, at most MOST_ANGLE in
 * size; beyond, and for NaN, the result is NaN. Both lie within 0.6 ulp of the true value.
 */
#ifndef RENDERSDG_ELEMENTARY_H
#define RENDERSDG_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

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
    double rest = angle - k * QUARTER_A;                  /* exact: both are multiples of the same power of two */
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

/* x - x^3 / 6 + ..., Taylor's series to terms below 2^-62 of the sum; its first two terms are kept to twice the
 * precision. */
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

/* An angle less whole turns where it is larger than the functions above take: what is lost is 1e-16 of it. A few steps
 * are enough for any number. */
#define TURN 0x1.921fb54442d18p+2
static inline double held_angle(double angle)
{
    for (int k = 0; k < 24 && fabs(angle) > MOST_ANGLE; k++)
        angle -= floor(angle / TURN) * TURN;
    return angle;
}

/* Within 2 ulp. */
static inline double tangent(double angle) { return turned(angle, 0) / turned(angle, 1); }

/* The angle of (x, y) in radians, within 3e-7 (Abramowitz and Stegun 4.4.49); 0 for (0, 0). No branch, so a loop over
 * it is vectorised. The sign of a zero does not count. */
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

/* The angle of (x, y) in radians, -pi to pi, within 2 ulp; 0 or pi for a y of 0, of whose sign it takes its own.
 *
 * Of an angle below pi/4, 0, pi/8 or pi/4 is taken away, whichever is nearest. The tangent of what is left is at most
 * tan(pi/16), and Taylor's series of its arctangent ends with a term below 2^-58 of it.
 */
#define EIGHTH_TANGENT 0x1.a827999fcef32p-2 /* tan(pi/8) */
#define EIGHTH 0x1.921fb54442d18p-2         /* its arctangent, and what that has lost */
#define EIGHTH_LOW 0x1.c398861b78b55p-59
#define QUARTER_HIGH 0x1.921fb54442d18p-1 /* pi/4 */
#define QUARTER_LOW 0x1.1a62633145c07p-55

static inline double angle_of(double y, double x)
{
    double a = fabs(x), b = fabs(y);
    if (isnan(a) || isnan(b))
        return NAN;
    if (isinf(a) || isinf(b)) {
        a = isinf(a) ? 1.0 : 0.0;
        b = isinf(b) ? 1.0 : 0.0;
    } else if (a > 0x1p1000 || b > 0x1p1000) { /* so that they can be added */
        a *= 0x1p-100;
        b *= 0x1p-100;
    }
    double larger = b > a ? b : a, lesser = b > a ? a : b;
    int is_steep = lesser > 0.66817863791929891 * larger; /* tan(3 pi/16) */
    int is_flat = lesser <= 0.19891236737965800 * larger; /* tan(pi/16) */
    double least = is_steep ? 1.0 : is_flat ? 0.0 : EIGHTH_TANGENT;
    double high = is_steep ? QUARTER_HIGH : is_flat ? 0.0 : EIGHTH;
    double low = is_steep ? QUARTER_LOW : is_flat ? 0.0 : EIGHTH_LOW;
    double under = larger + least * lesser;
    double q = under > 0.0 ? (lesser - least * larger) / under : 0.0;
    double z = q * q;
    double p = -1.0 / 23.0 + z * (1.0 / 25.0);
    p = 1.0 / 21.0 + z * p;
    p = -1.0 / 19.0 + z * p;
    p = 1.0 / 17.0 + z * p;
    p = -1.0 / 15.0 + z * p;
    p = 1.0 / 13.0 + z * p;
    p = -1.0 / 11.0 + z * p;
    p = 1.0 / 9.0 + z * p;
    p = -1.0 / 7.0 + z * p;
    p = 1.0 / 5.0 + z * p;
    p = -1.0 / 3.0 + z * p;
    double found = high + (q + (q * (z * p) + low));
    if (b > a)
        found = 2.0 * QUARTER_HIGH - (found - 2.0 * QUARTER_LOW);
    if (signbit(x))
        found = 4.0 * QUARTER_HIGH - (found - 4.0 * QUARTER_LOW);
    return copysign(found, y);
}

/* The angles whose sine and cosine are x, within 2 ulp; NaN beyond -1..1. */
static inline double arcsine(double x) { return angle_of(x, sqrt((1.0 - x) * (1.0 + x))); }
static inline double arccosine(double x) { return angle_of(sqrt((1.0 - x) * (1.0 + x)), x); }

/* Logarithm, exponential and power: x is 2^k m, and then a series in m or in what k ln 2 leaves of an exponent. None
 * has a branch, so a loop over them is vectorised. NaN gives NaN, always the same one.
 */
#define ROOT_HALF_BITS 0x3fe6a09e667f3bcdu /* of sqrt(1/2), the least m */
#define EXPONENT_BITS 0x7ff0000000000000u
#define LN2 0x1.62e42fefa39efp-1
#define LN2_LOW 0x1.abc9e3b39803fp-56 /* what LN2 has lost */
#define PER_LN2 0x1.71547652b82fep+0
#define PER_LN2_LOW 0x1.777d0ffda0d24p-56
#define PER_LN10 0x1.bcb7b1526e50ep-2
#define PER_LN10_LOW 0x1.95355baaafad3p-57
#define LN2_A 0x1.62e42fefa38p-1 /* 42 bits of ln 2, so that k times it is exact, and what is left of it */
#define LN2_B 0x1.ef35793c7673p-45
#define MOST_POWER 1e6 /* exponents of a power; beyond, it is NaN */

static inline double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

typedef struct { /* high + low, low below half an ulp of high */
    double high;
    double low;
} Pair;

typedef struct { /* a number as 2^k m, m in sqrt(1/2)..sqrt(2) */
    double k;
    double m;
} Scaled;

/* What a positive finite number is, subnormal ones too; others give anything. */
static inline Scaled scaled(double x)
{
    int is_subnormal = x < 0x1p-1022;
    uint64_t bits = bits_of(is_subnormal ? x * 0x1p54 : x);
    uint64_t steps = (bits - ROOT_HALF_BITS + (1024ull << 52)) >> 52; /* k + 1024 */
    double k = of_bits(steps | bits_of(0x1p52))
        - (0x1p52 + 1024.0); /* no processor before AVX-512 converts 64 bits at once */
    Scaled found;
    found.k = is_subnormal ? k - 54.0 : k;
    found.m = of_bits(bits - (steps << 52) + (1024ull << 52));
    return found;
}

/* 2^k for a whole k in -1080..1080, times value: in two factors, as 2^k need not be a number.
 * shifted is 0x1.8p52 + k. */
static inline double times_two_to(double value, double shifted)
{
    uint64_t steps = (bits_of(shifted) + 2048) & 4095; /* k + 2048 */
    uint64_t half = steps >> 1;
    return value * of_bits((half - 1) << 52) * of_bits((steps - half - 1) << 52);
}

/* The natural logarithm of a positive finite number, within 2^-62 of its size; others give anything.
 *
 * log m is 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1): s^2 is below 0.0295, and the first term left out
 * below 2^-70 of the sum. The first two terms are kept to twice the precision.
 */
static inline Pair logarithm_pair(double x)
{
    Scaled of = scaled(x);
    double k = of.k, m = of.m;
    double above = m + 1.0;
    double above_low = m - (above - 1.0);
    double inverse = 1.0 / above;
    double s = (m - 1.0) * inverse;
    double product = s * above;
    double s_low = ((((m - 1.0) - product) - rounding_of(s, above, product)) - s * above_low) * inverse;

    double z = s * s;
    double z_low = rounding_of(s, s, z) + 2.0 * (s * s_low);
    double cube = z * s;
    double cube_low = rounding_of(z, s, cube) + (z_low * s + z * s_low);
    double second = cube * (2.0 / 3.0);
    double second_low = rounding_of(cube, 2.0 / 3.0, second) + (cube_low * (2.0 / 3.0) + cube * 0x1.5555555555555p-55);
    double p = 2.0 / 23.0 + z * (2.0 / 25.0);
    p = 2.0 / 21.0 + z * p;
    p = 2.0 / 19.0 + z * p;
    p = 2.0 / 17.0 + z * p;
    p = 2.0 / 15.0 + z * p;
    p = 2.0 / 13.0 + z * p;
    p = 2.0 / 11.0 + z * p;
    p = 2.0 / 9.0 + z * p;
    p = 2.0 / 7.0 + z * p;
    p = 2.0 / 5.0 + z * p;

    double whole = k * LN2_A;
    double sum = whole + 2.0 * s; /* whole is 0, or larger than the rest */
    double sum_low = 2.0 * s - (sum - whole);
    double top = sum + second;
    double top_low = second - (top - sum);
    double low = cube * z * p + (second_low + 2.0 * s_low + k * LN2_B + (sum_low + top_low));
    Pair found;
    found.high = top + low;
    found.low = low - (found.high - top);
    return found;
}

/* e^(value + tail), within 0.6 ulp where the result is normal and 1 ulp where it is subnormal; tail is at most 2^-20.
 * inf beyond the largest number, 0 below half the least.
 *
 * Less k ln 2 the exponent lies in -0.347..0.347, where Taylor's series ends with a term below 2^-63.
 */
static inline double exponential_of(double value, double tail)
{
    double held = value > 710.0 ? 710.0 : value; /* so that k has 12 bits; NaN stays */
    held = held < -746.0 ? -746.0 : held;
    double shifted = held * PER_LN2 + 0x1.8p52; /* k is in the last bits */
    double k = shifted - 0x1.8p52;
    double rest = held - k * LN2_A; /* exact, as both are near */
    double b = k * LN2_B;
    double near = rest - b;
    double back = near - rest; /* Knuth's two-sum */
    double error = ((rest - (near - back)) - (b + back)) + tail;
    double r = near + error;
    double low = (near - r) + error;

    double p = 1.0 / 87178291200.0 + r * (1.0 / 1307674368000.0);
    p = 1.0 / 6227020800.0 + r * p;
    p = 1.0 / 479001600.0 + r * p;
    p = 1.0 / 39916800.0 + r * p;
    p = 1.0 / 3628800.0 + r * p;
    p = 1.0 / 362880.0 + r * p;
    p = 1.0 / 40320.0 + r * p;
    p = 1.0 / 5040.0 + r * p;
    p = 1.0 / 720.0 + r * p;
    p = 1.0 / 120.0 + r * p;
    p = 1.0 / 24.0 + r * p;
    p = 1.0 / 6.0 + r * p;
    p = 0.5 + r * p;
    double top = 1.0 + r;
    double found = top + ((r - (top - 1.0)) + (low + low * r) + r * r * p);

    found = times_two_to(found, shifted);
    return value == value ? found : (double)NAN;
}

static inline double exponential(double x) { return exponential_of(x, 0.0); }

/* The logarithm where x is 0, infinite, negative or NaN, found elsewhere. */
static inline double logarithm_or(double found, double x)
{
    found = bits_of(x) >= EXPONENT_BITS ? (double)INFINITY : found; /* and the negative ones and NaN, which follow */
    found = x == 0.0 ? -(double)INFINITY : found;
    return x >= 0.0 ? found : (double)NAN;
}

/* The natural logarithm, within 0.51 ulp; -inf for 0, NaN for negative numbers. */
static inline double logarithm(double x) { return logarithm_or(logarithm_pair(x).high, x); }

/* The logarithm to base 2, within 1 ulp; whole for powers of two. */
static inline double logarithm_two(double x)
{
    Scaled of = scaled(x);
    Pair rest = logarithm_pair(of.m);
    double product = rest.high * PER_LN2;
    double low = rounding_of(rest.high, PER_LN2, product) + rest.high * PER_LN2_LOW + rest.low * PER_LN2;
    return logarithm_or(of.k + (product + low), x);
}

/* The logarithm to base 10, within 1.5 ulp. */
static inline double logarithm_ten(double x)
{
    Pair log = logarithm_pair(x);
    double product = log.high * PER_LN10;
    return logarithm_or(product + (rounding_of(log.high, PER_LN10, product) + log.high * PER_LN10_LOW), x);
}

/* The logarithm of 1 + x, within 2 ulp: what the sum has lost is put back (Kahan). */
static inline double logarithm_plus_one(double x)
{
    double sum = 1.0 + x;
    double found = logarithm(sum);
    double lost = sum - 1.0;
    return lost == 0.0 ? x : isinf(sum) ? found : found * (x / lost);
}

/* 2^x, within 0.6 ulp where the result is normal. */
static inline double exponential_two(double x)
{
    double held = x > 1100.0 ? 1100.0 : x < -1100.0 ? -1100.0 : x;
    double product = held * LN2;
    return exponential_of(product, rounding_of(held, LN2, product) + held * LN2_LOW);
}

/* The power where y is 0 or too large, found elsewhere; a logarithm of -inf, inf or NaN gives
 * the other special ones. */
static inline double power_or(double found, double x, double y)
{
    found = ((y == 0.0) & (x >= 0.0)) ? 1.0 : found;
    return fabs(y) <= MOST_POWER ? found : (double)NAN;
}

/* x^y for x >= 0 and y of at most MOST_POWER in size, within 1 ulp where the result is normal, 1.5 where it is
 * subnormal. 0^y is 0, 1 or inf as y is above, at or below 0, inf^y the inverse; a negative x gives NaN.
 */
static inline double power(double x, double y)
{
    Pair log = logarithm_pair(x);
    double high = logarithm_or(log.high, x);
    double product = y * high;
    double tail = rounding_of(y, high, product) + y * log.low;
    tail = fabs(high) <= 746.0 ? tail : 0.0;
    return power_or(exponential_of(product, tail), x, y);
}

/* x^y in single precision, otherwise as power: computed in double within 2^-33 and rounded once, hence within 0.51 ulp.
 * The same two series, cut short.
 */
static inline float power_single(float x, double y)
{
    Scaled of = scaled(x);
    double s = (of.m - 1.0) / (of.m + 1.0);
    double z = s * s;
    double p = 2.0 / 15.0 + z * (2.0 / 17.0);
    p = 2.0 / 13.0 + z * p;
    p = 2.0 / 11.0 + z * p;
    p = 2.0 / 9.0 + z * p;
    p = 2.0 / 7.0 + z * p;
    p = 2.0 / 5.0 + z * p;
    p = 2.0 / 3.0 + z * p;
    double value = y * logarithm_or(of.k * LN2 + (2.0 * s + s * z * p), x);

    double held = value > 710.0 ? 710.0 : value;
    held = held < -746.0 ? -746.0 : held;
    double shifted = held * PER_LN2 + 0x1.8p52;
    double r = held - (shifted - 0x1.8p52) * LN2;
    p = 1.0 / 362880.0 + r * (1.0 / 3628800.0);
    p = 1.0 / 40320.0 + r * p;
    p = 1.0 / 5040.0 + r * p;
    p = 1.0 / 720.0 + r * p;
    p = 1.0 / 120.0 + r * p;
    p = 1.0 / 24.0 + r * p;
    p = 1.0 / 6.0 + r * p;
    p = 0.5 + r * p;
    double found = times_two_to(1.0 + r + r * r * p, shifted);
    return (float)power_or(value == value ? found : (double)NAN, x, y);
}

#endif
