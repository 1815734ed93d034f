/* How surfaces reflect: GGX with Smith's shadowing and Schlick's Fresnel term, over Lambert. */
#ifndef RENDERSDG_BRDF_H
#define RENDERSDG_BRDF_H

#include <math.h>

#include "both.h"
#include "numbers.h"

#define PI 3.14159265f
#define COAT_F0 0.04f      /* a clear coat of index 1.5 */
#define LEAST_ROUGH 0.045f /* below it the lobe is too narrow for floats */

typedef struct {
    float nl;   /* cosine between normal and light */
    float vh;   /* between eye and half vector */
    float lobe; /* D G / (4 nl nv) */
} Lobe;

typedef struct {
    float x;
    float y;
    float z;
} Vector;

static inline float dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

static inline Vector plus(Vector a, Vector b, float k)
{
    return MADE(Vector){a.x + b.x * k, a.y + b.y * k, a.z + b.z * k};
}

static inline float luminance(const float c[3]) { return 0.2126f * c[0] + 0.7152f * c[1] + 0.0722f * c[2]; }

static inline Vector cross(Vector a, Vector b)
{
    return MADE(Vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/* The place in 0..1 on the octahedral map to which a direction falls (Cigolle et al. 2014). */
static inline void place_on_octahedron(float x, float y, float z, float *across, float *down)
{
    float s = 1.0f / (fabsf(x) + fabsf(y) + fabsf(z));
    float u = x * s, v = y * s;
    float fu = (1.0f - fabsf(v)) * (u >= 0.0f ? 1.0f : -1.0f);
    float fv = (1.0f - fabsf(u)) * (v >= 0.0f ? 1.0f : -1.0f);
    *across = (z >= 0.0f ? u : fu) * 0.5f + 0.5f;
    *down = (z >= 0.0f ? v : fv) * 0.5f + 0.5f;
}

static inline float fifth(float p)
{
    float square = p * p;
    return square * square * p;
}

/* The share of light that a clear coat reflects (Schlick 1994). */
static inline float coat_fresnel(float cosine) { return COAT_F0 + (1.0f - COAT_F0) * fifth(1.0f - cosine); }

typedef struct { /* a surface mirrors f0 * scale + offset of an even environment */
    float scale;
    float offset;
} Mirrored;

/* What light that the small mirrors send to one another adds to the lobe: it is to be multiplied by 1 + f0 times this,
 * which gives all light back where f0 is 1 (Turquin 2019). */
static inline float sent_on(Mirrored share)
{
    float whole = maxf(share.scale + share.offset, 0.1f);
    return maxf(1.0f - whole, 0.0f) / whole;
}

/* The GGX lobe (Walter et al. 2007) at roughness squared `a`, for unit normal, eye and light:
 * D = a^2 / (pi d^2), G / (4 nl nv) = 1 / (4 (nl (1 - k) + k) (nv (1 - k) + k)), with k = a / 2 (Karis 2013). */
static inline Lobe lobe_of(Vector normal, Vector eye, Vector light, float a)
{
    Vector half = {light.x + eye.x, light.y + eye.y, light.z + eye.z};
    float q = 1.0f / sqrtf(maxf(dot(half, half), 1e-12f));
    float nl = maxf(dot(normal, light), 0.0f);
    float nv = maxf(dot(normal, eye), 1e-3f);
    float nh = maxf(dot(normal, half), 0.0f) * q;
    float vh = maxf(dot(eye, half), 0.0f) * q;
    float d = nh * nh * (a * a - 1.0f) + 1.0f;
    float k = a * 0.5f;
    float lobe = a * a / (PI * d * d * (nl * (1.0f - k) + k) * (nv * (1.0f - k) + k) * 4.0f);
    return MADE(Lobe){nl, vh, lobe};
}

#endif
