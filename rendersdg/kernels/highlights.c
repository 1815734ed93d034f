/* What smooth surfaces mirror of a light that has a size: its image, not a spot.
 *
 * A lobe much narrower than the light, seen from the surface, shows the light's own outline: along the mirror direction
 * it is there or not, and the lobe blurs the edge. Along one axis the slopes of GGX's small mirrors are spread by
 * s / sqrt(s^2 + a^2), which is integrated in closed form (its marginal, Walter et al. 2007); a slope turns the mirror
 * direction by twice its angle. A rectangle, or a disk, is the product of two such spreads. A lobe wider than the light
 * is lit from its middle (lobe_of), and between the two both count.
 *
 * In loops over a chunk, without branches, as lighting.c.
 */
#include <math.h>

#include "brdf.h"
#include "lighting.h"
#include "numbers.h"

static const float SHARP = 0.5f;   /* of the light's half width: as rough or less, the image alone counts */
static const float BLUNT = 1.5f;   /* from there on the lobe alone */
static const float ASLANT = 0.05f; /* least cosine of a surface that shows an image */

/* Where the eye is mirrored. */
static inline Vector mirrored(Vector normal, Vector eye)
{
    float k = 2.0f * dot(normal, eye);
    return MADE(Vector){k * normal.x - eye.x, k * normal.y - eye.y, k * normal.z - eye.z};
}

/* The part of the small mirrors whose slope along an axis is less than s: -1 for none, 1 for all. */
static inline float spread(float s, float a) { return s / sqrtf(s * s + a * a + 1e-12f); }

/* The width of a lobe across, `off` beside its middle: the slopes of small mirrors do not keep to one axis. */
static inline float beside(float a, float off)
{
    off = maxf(off, 0.0f);
    return sqrtf(a * a + off * off);
}

/* Set the share of point i's lobe that a light covers, and how much that counts beside the lobe: the less, the rougher
 * the point is beside `half`, the slope from the light's middle to its edge. */
static inline void count(Chunk *c, int i, float share, float half)
{
    float rough = c->image_rough[i];
    float counts = between((BLUNT * half - rough) / ((BLUNT - SHARP) * half + 1e-6f), 0.0f, 1.0f);
    Vector n = vector_at(c->normal, i), e = vector_at(c->eye, i);
    c->covered[i] = share;
    c->sharp[i] = dot(n, e) > ASLANT ? counts : 0.0f;
}

/* A rectangle about `middle`, of half sides u and v, that shines along `axis`. */
static inline void cover_rectangle(Chunk *c, int i, Vector middle, Vector u, Vector v, Vector axis)
{
    float a = c->image_rough[i];
    Vector r = mirrored(vector_at(c->normal, i), vector_at(c->eye, i));
    Vector d = {middle.x - c->position[0][i], middle.y - c->position[1][i], middle.z - c->position[2][i]};
    float towards = dot(r, axis), height = dot(d, axis);
    float along = height / minf(towards, -1e-4f); /* to the plane, in lengths of the mirror direction */
    Vector at = plus(MADE(Vector){-d.x, -d.y, -d.z}, r, along);
    float uu = inverse_length(dot(u, u)), vv = inverse_length(dot(v, v)), half_u = 1.0f / uu, half_v = 1.0f / vv;
    float x = dot(at, u) * uu, y = dot(at, v) * vv, ru = dot(r, u) * uu, rv = dot(r, v) * vv;
    float k = 0.5f / maxf(along, 1e-6f); /* slopes to a metre across the mirror direction */
    float ku = k * sqrtf(maxf(1.0f - ru * ru, 1e-6f)), kv = k * sqrtf(maxf(1.0f - rv * rv, 1e-6f));
    float edge_u = half_u * ku, edge_v = half_v * kv;
    x *= ku;
    y *= kv;
    /* beside the light the lobe is wider, as seen from there */
    float wide_u = beside(a, fabsf(y) - edge_v), wide_v = beside(a, fabsf(x) - edge_u);
    float across = 0.5f * (spread(edge_u - x, wide_u) + spread(edge_u + x, wide_u));
    float down = 0.5f * (spread(edge_v - y, wide_v) + spread(edge_v + y, wide_v));
    float is_before = towards < 0.0f && height < 0.0f ? 1.0f : 0.0f;
    count(c, i, is_before * maxf(across, 0.0f) * maxf(down, 0.0f), sqrtf(edge_u * edge_v));
}

/* A round light: for the slopes to its rim from its middle, and to the mirror direction. */
static inline void cover_round(Chunk *c, int i, float rim, float off, float is_before)
{
    float a = c->image_rough[i];
    float along = 0.5f * (spread(rim - off, a) + spread(rim + off, a));
    float share = along * spread(rim, beside(a, off - rim)); /* and across */
    count(c, i, is_before * share, rim);
}

static void cover_rod(Chunk *c, int n, const float *row)
{
    Vector place = {row[PLACE], row[PLACE + 1], row[PLACE + 2]}, u = {row[HALF_U], row[HALF_U + 1], row[HALF_U + 2]};
    int end = full(n);
    for (int i = 0; i < end; i++) { /* what is seen of it: a rectangle that turns to the point */
        Vector d = {place.x - c->position[0][i], place.y - c->position[1][i], place.z - c->position[2][i]};
        Vector v = cross(u, d), axis;
        float q = row[HALF_V] * inverse_length(dot(v, v));
        v = MADE(Vector){v.x * q, v.y * q, v.z * q};
        axis = cross(v, u);
        q = inverse_length(dot(axis, axis)) * (dot(axis, d) > 0.0f ? -1.0f : 1.0f);
        cover_rectangle(c, i, place, u, v, MADE(Vector){axis.x * q, axis.y * q, axis.z * q});
    }
}

static void cover_disk(Chunk *c, int n, const float *row)
{
    Vector place = {row[PLACE], row[PLACE + 1], row[PLACE + 2]}, axis = {row[AXIS], row[AXIS + 1], row[AXIS + 2]};
    float radius = row[HALF_U];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Vector r = mirrored(vector_at(c->normal, i), vector_at(c->eye, i));
        Vector d = {place.x - c->position[0][i], place.y - c->position[1][i], place.z - c->position[2][i]};
        float towards = dot(r, axis), height = dot(d, axis), along = height / minf(towards, -1e-4f);
        Vector at = plus(MADE(Vector){-d.x, -d.y, -d.z}, r, along);
        float away = sqrtf(maxf(dot(at, at), 1e-12f)), slant = dot(r, at) / away;
        float k = 0.5f * sqrtf(maxf(1.0f - slant * slant, 1e-6f)) / maxf(along, 1e-6f);
        cover_round(c, i, radius * k, away * k, towards < 0.0f && height < 0.0f ? 1.0f : 0.0f);
    }
}

/* A ball, or the round patch of the sky from which a distant light comes. */
static void cover_ball(Chunk *c, int n, const float *row, int is_distant)
{
    Vector place = {row[PLACE], row[PLACE + 1], row[PLACE + 2]};
    float near = is_distant ? 0.0f : 1.0f, radius = row[HALF_V];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Vector r = mirrored(vector_at(c->normal, i), vector_at(c->eye, i));
        Vector d = {
            place.x - near * c->position[0][i], place.y - near * c->position[1][i], place.z - near * c->position[2][i]};
        float q = inverse_length(dot(d, d));
        Vector off = {r.x - d.x * q, r.y - d.y * q, r.z - d.z * q};
        cover_round(c, i, 0.5f * radius * q, 0.5f * sqrtf(maxf(dot(off, off), 1e-14f)), 1.0f);
    }
}

void cover(Chunk *c, int n, const float *row, int is_distant)
{
    Vector half = {row[HALF_U], row[HALF_U + 1], row[HALF_U + 2]};
    if (is_distant)
        cover_ball(c, n, row, 1);
    else if (row[SHAPE] > 1.5f)
        cover_disk(c, n, row);
    else if (row[SHAPE] > 0.5f) {
        Vector place = {row[PLACE], row[PLACE + 1], row[PLACE + 2]},
               v = {row[HALF_V], row[HALF_V + 1], row[HALF_V + 2]};
        Vector axis = {row[AXIS], row[AXIS + 1], row[AXIS + 2]};
        int end = full(n);
        for (int i = 0; i < end; i++)
            cover_rectangle(c, i, place, half, v, axis);
    } else if (dot(half, half) > 0.0f)
        cover_rod(c, n, row);
    else
        cover_ball(c, n, row, 0);
}
