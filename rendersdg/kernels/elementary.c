/* The functions of elementary.h over arrays, for whoever wants to check them. */
#include "elementary.h"
#include "small.h"

void rendersdg_elementary(int64_t count, const double *angles, double *sines, double *cosines)
{
    for (int64_t k = 0; k < count; k++) {
        sines[k] = sine(angles[k]);
        cosines[k] = cosine(angles[k]);
    }
}

void rendersdg_arctangents(int64_t count, const float *y, const float *x, float *angles)
{
    for (int64_t k = 0; k < count; k++)
        angles[k] = arctangent(y[k], x[k]);
}

double rendersdg_angle(double y, double x) { return angle_of(y, x); }

double rendersdg_power(double x, double y) { return power(x, y); }

void rendersdg_angles(int64_t count, const double *y, const double *x, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = angle_of(y[k], x[k]);
}

/* Each over an array, and of one number. */
#define OVER_ARRAYS(name, function)                                                                                    \
    void rendersdg_##name(int64_t count, const double *x, double *out)                                                 \
    {                                                                                                                  \
        for (int64_t k = 0; k < count; k++)                                                                            \
            out[k] = function(x[k]);                                                                                   \
    }                                                                                                                  \
    double rendersdg_##function(double x) { return function(x); }

/* Likewise; the few angles that are too large are done again, which leaves the loop without a branch. */
#define OVER_ANGLES(name, function)                                                                                    \
    void rendersdg_##name(int64_t count, const double *x, double *out)                                                 \
    {                                                                                                                  \
        for (int64_t k = 0; k < count; k++)                                                                            \
            out[k] = function(x[k]);                                                                                   \
        for (int64_t k = 0; k < count; k++)                                                                            \
            if (!(fabs(x[k]) <= MOST_ANGLE))                                                                           \
                out[k] = function(held_angle(x[k]));                                                                   \
    }                                                                                                                  \
    double rendersdg_##function(double x) { return function(held_angle(x)); }

OVER_ANGLES(sines, sine)
OVER_ANGLES(cosines, cosine)
OVER_ANGLES(tangents, tangent)
OVER_ARRAYS(arcsines, arcsine)
OVER_ARRAYS(arccosines, arccosine)
OVER_ARRAYS(logarithms, logarithm)
OVER_ARRAYS(logarithms_two, logarithm_two)
OVER_ARRAYS(logarithms_ten, logarithm_ten)
OVER_ARRAYS(logarithms_plus_one, logarithm_plus_one)
OVER_ARRAYS(exponentials, exponential)
OVER_ARRAYS(exponentials_two, exponential_two)

void rendersdg_powers(int64_t count, const double *x, double exponent, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = power(x[k], exponent);
}

/* As power, with an exponent for each. */
void rendersdg_powers_each(int64_t count, const double *x, const double *y, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = power(x[k], y[k]);
}

void rendersdg_powers_single(int64_t count, const float *x, double exponent, float *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = power_single(x[k], exponent);
}
