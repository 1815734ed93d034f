/* Where rays start and whither they go: points of the unit square turned into directions. */
#ifndef RENDERSDG_DIRECTIONS_H
#define RENDERSDG_DIRECTIONS_H

#include <math.h>

#include "bounce.h"
#include "brdf.h"
#include "elementary.h"
#include "numbers.h"
#include "sobol.h"

static inline Vector between_points(Vector from, Vector to)
{
    return MADE(Vector){to.x - from.x, to.y - from.y, to.z - from.z};
}

static inline Vector scaled_vector(Vector a, float k) { return MADE(Vector){a.x * k, a.y * k, a.z * k}; }

static inline Vector unit(Vector a) { return scaled_vector(a, inverse_length(dot(a, a))); }

/* Two unit vectors across a unit normal (Duff et al. 2017). */
static inline void axes_across(Vector n, Vector *s, Vector *t)
{
    float sign = n.z >= 0.0f ? 1.0f : -1.0f, a = -1.0f / (sign + n.z), b = n.x * n.y * a;
    *s = MADE(Vector){1.0f + sign * n.x * n.x * a, sign * b, -sign * n.x};
    *t = MADE(Vector){b, sign + n.y * n.y * a, -n.y};
}

static inline Vector turned_by(Vector local, Vector s, Vector t, Vector n)
{
    return MADE(Vector){s.x * local.x + t.x * local.y + n.x * local.z, s.y * local.x + t.y * local.y + n.y * local.z,
        s.z * local.x + t.z * local.y + n.z * local.z};
}

/* A point of the unit disk. */
static inline void on_disk(const float at[2], float *x, float *y)
{
    float r = sqrtf(at[0]);
    double angle = TURN * (double)at[1];
    *x = r * (float)cosine(angle);
    *y = r * (float)sine(angle);
}

/* About a normal, by the cosine. */
static inline Vector by_cosine(Vector n, const float at[2])
{
    Vector s, t, local;
    axes_across(n, &s, &t);
    on_disk(at, &local.x, &local.y);
    local.z = sqrtf(maxf(1.0f - at[0], 0.0f));
    return turned_by(local, s, t, n);
}

/* The normal of one of the small mirrors that the eye sees, of roughness squared a (Heitz 2018). */
static inline Vector small_mirror(Vector n, Vector eye, float a, const float at[2])
{
    Vector s, t;
    axes_across(n, &s, &t);
    Vector v = unit(
        MADE(Vector){a * dot(eye, s), a * dot(eye, t), maxf(dot(eye, n), 1e-4f)}); /* on the stretched ones */
    float square = v.x * v.x + v.y * v.y, q = square > 1e-12f ? 1.0f / sqrtf(square) : 0.0f;
    Vector one = q > 0.0f ? MADE(Vector){-v.y * q, v.x * q, 0.0f} : MADE(Vector){1.0f, 0.0f, 0.0f};
    Vector two = {v.y * one.z - v.z * one.y, v.z * one.x - v.x * one.z, v.x * one.y - v.y * one.x};
    float x, y;
    on_disk(at, &x, &y);
    float k = 0.5f * (1.0f + v.z);
    y = (1.0f - k) * sqrtf(maxf(1.0f - x * x, 0.0f)) + k * y;
    Vector half = turned_by(MADE(Vector){x, y, sqrtf(maxf(1.0f - x * x - y * y, 0.0f))}, one, two, v);
    half = unit(MADE(Vector){a * half.x, a * half.y, maxf(half.z, 0.0f)});
    return turned_by(half, s, t, n);
}

/* Where the eye is mirrored by one of them. */
static inline Vector by_mirror(Vector n, Vector eye, float a, const float at[2])
{
    Vector half = small_mirror(n, eye, a, at);
    float d = 2.0f * dot(eye, half);
    return MADE(Vector){d * half.x - eye.x, d * half.y - eye.y, d * half.z - eye.z};
}

/* Keep a direction on the seen side of the triangle. */
static inline Vector kept_above(Vector d, const float facing[3])
{
    Vector n = {facing[0], facing[1], facing[2]};
    float below = dot(d, n);
    if (below > 0.0f)
        return d;
    return MADE(Vector){d.x - 2.0f * below * n.x, d.y - 2.0f * below * n.y, d.z - 2.0f * below * n.z};
}

/* How far off its triangle a ray starts: by what its place may be wrong, for a place so far away and with so large a
 * coordinate. */
static inline float start_step(float away, float largest) { return 1e-4f * away + 1e-6f * largest; }

/* Where a ray starts. */
static inline void start_of(const float place[3], const float facing[3], float away, float out[3])
{
    float largest = maxf(fabsf(place[0]), maxf(fabsf(place[1]), fabsf(place[2])));
    float step = start_step(away, largest);
    for (int k = 0; k < 3; k++)
        out[k] = place[k] + facing[k] * step;
}

/* The same for point i of a chunk. Returns how far it is from the eye. */
static inline float start_from(const Chunk *c, int i, const Bounce *b, const float facing[3], float out[3])
{
    float place[3] = {c->position[0][i], c->position[1][i], c->position[2][i]};
    float x = place[0] - b->eye[0], y = place[1] - b->eye[1], z = place[2] - b->eye[2];
    float away = sqrtf(x * x + y * y + z * z);
    start_of(place, facing, away, out);
    return away;
}

/* The place of a texel of the grid on a Morton curve. */
static inline uint32_t place_on_curve(const Bounce *b, int64_t texel)
{
    return morton((uint32_t)(texel % b->width), (uint32_t)(texel / b->width));
}

#endif
