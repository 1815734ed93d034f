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

void rendersdg_logarithms(int64_t count, const double *x, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = logarithm(x[k]);
}

void rendersdg_exponentials(int64_t count, const double *x, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = exponential(x[k]);
}

void rendersdg_powers(int64_t count, const double *x, double exponent, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = power(x[k], exponent);
}

void rendersdg_powers_single(int64_t count, const float *x, double exponent, float *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = power_single(x[k], exponent);
}
