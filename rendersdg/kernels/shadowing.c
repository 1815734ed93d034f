/* The lit fraction of surface points, from shadow maps: percentage-closer filtering (Reeves et al. 1987) over 4 x 4
 * texels whose outer ones count by the bilinear fraction, a smooth 3 x 3 filter.
 *
 * Layout: maps is (S, F, Z, Z); a distant light has one square, a local one the six faces +X -X +Y -Y +Z -Z of a cube.
 */
#include <math.h>

#include "lighting.h"
#include "numbers.h"

enum { FACE = 0 }; /* row of the chunk's integer scratch: the first texel of the face */

/* Depth and place on the map come to lie in the rows of `light`; `scratch` tells whether the point faces the light. */
static void place_on_square(Chunk *c, int n, const float *m, const float *towards, float bias, float half)
{
    float a0 = m[0], a1 = m[1], a2 = m[2], a3 = m[3], b0 = m[4], b1 = m[5], b2 = m[6], b3 = m[7], c0 = m[8], c1 = m[9],
          c2 = m[10], c3 = m[11];
    float lx = towards[0], ly = towards[1], lz = towards[2];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float nx = c->normal[0][i], ny = c->normal[1][i], nz = c->normal[2][i];
        float x = c->position[0][i] + nx * bias, y = c->position[1][i] + ny * bias, z = c->position[2][i] + nz * bias;
        c->light[0][i] = (a0 * x + a1 * y + a2 * z + a3 + 1.0f) * half - 0.5f;
        c->light[1][i] = (b0 * x + b1 * y + b2 * z + b3 + 1.0f) * half - 0.5f;
        c->light[2][i] = c0 * x + c1 * y + c2 * z + c3 - bias * 0.5f;
        c->scratch[i] = nx * lx + ny * ly + nz * lz;
        c->texel[FACE][i] = 0;
    }
}

static inline float row_times(const float *m, float x, float y, float z)
{
    return m[0] * x + m[1] * y + m[2] * z + m[3];
}

static void place_on_cube(
    Chunk *c, int n, const float *faces, const float *world_from_light, float bias, float half, int32_t face_texels)
{
    float ox = world_from_light[3], oy = world_from_light[7], oz = world_from_light[11];
    for (int i = 0; i < n; i++) {
        float x = c->position[0][i], y = c->position[1][i], z = c->position[2][i];
        float dx = x - ox, dy = y - oy, dz = z - oz;
        float ax = fabsf(dx), ay = fabsf(dy), az = fabsf(dz);
        int face; /* whose axis is nearest */
        if (ax >= ay && ax >= az)
            face = dx > 0.0f ? 0 : 1;
        else if (ay >= az)
            face = dy > 0.0f ? 2 : 3;
        else
            face = dz > 0.0f ? 4 : 5;
        const float *m = faces + 16 * face;
        float step = bias * row_times(m + 8, x, y, z);
        x += c->normal[0][i] * step;
        y += c->normal[1][i] * step;
        z += c->normal[2][i] * step;
        float px = row_times(m, x, y, z), py = row_times(m + 4, x, y, z), pz = row_times(m + 8, x, y, z);
        float q = 1.0f / maxf(pz, 1e-6f);
        c->light[0][i] = (px * q + 1.0f) * half - 0.5f;
        c->light[1][i] = (py * q + 1.0f) * half - 0.5f;
        c->light[2][i] = pz * 0.999f - step * 0.5f;
        c->scratch[i] = 1.0f;
        c->texel[FACE][i] = face * face_texels;
    }
}

/* How lit depth z is at texel (x, y) of a map; no map, no shadow. */
static inline float filtered(const float *map, int32_t size, float x, float y, float z, int is_sieved)
{
    int32_t ix = (int32_t)x, iy = (int32_t)y;
    if (ix <= 0 || iy <= 0 || ix >= size - 2 || iy >= size - 2)
        return 1.0f;
    const float *row[4];
    for (int k = 0; k < 4; k++)
        row[k] = map + (int64_t)(iy - 1 + k) * size + ix;
    int corners = (z <= row[0][-1]) + (z <= row[0][2]) + (z <= row[3][-1]) + (z <= row[3][2]) + (z <= row[2][0]);
    if (!is_sieved && (corners == 0 || corners == 5)) /* all of one mind: no edge of a shadow here */
        return (float)corners * 0.2f;
    float fx = x - (float)ix, fy = y - (float)iy, sum = 0.0f;
    for (int k = 0; k < 4; k++) {
        float across = (1.0f - fx) * (float)(z <= row[k][-1]) + (float)(z <= row[k][0]) + (float)(z <= row[k][1])
            + fx * (float)(z <= row[k][2]);
        sum += across * (k == 0 ? 1.0f - fy : k == 3 ? fy : 1.0f);
    }
    return sum * (float)(1.0 / 9.0);
}

/* Have the texels about all points brought from memory at once, not one after the other. */
static void call_for_texels(const Chunk *c, int n, const float *texels, int32_t size)
{
    for (int i = 0; i < n; i++) {
        int64_t x = max32((int32_t)c->light[0][i], 0), y = max32((int32_t)c->light[1][i] - 1, 0);
        const float *here = texels + c->texel[FACE][i] + y * size + x;
        CALL_FOR(here);
        CALL_FOR(here + 2 * (int64_t)size); /* the row between is read where a shadow has its edge */
        CALL_FOR(here + 3 * (int64_t)size);
    }
}

void shadow(Chunk *c, int n, const Lights *lights, int64_t l)
{
    int end = full(n);
    int64_t map = lights->shadow[l];
    if (map < 0) {
        for (int i = 0; i < end; i++)
            c->lit[i] = 1.0f;
        return;
    }
    int32_t size = (int32_t)lights->map_size;
    float half = (float)(0.5 * size), bias = lights->bias[map], side = (float)size;
    const float *faces = lights->faces + 96 * map;
    if (lights->map_kind[map] == 0)
        place_on_square(c, n, faces, lights->rows + LIGHT_COLUMNS * l + PLACE, bias, half);
    else
        place_on_cube(c, n, faces, lights->matrices + 16 * map, bias, half, size * size);
    for (int i = 0; i < end; i++) {
        c->light[0][i] = between(c->light[0][i], -1.0f, side);
        c->light[1][i] = between(c->light[1][i], -1.0f, side);
    }
    int is_sieved = lights->is_sieved[map] != 0;
    const float *texels = lights->maps + map * lights->face_count * size * size;
    call_for_texels(c, n, texels, size);
    for (int i = 0; i < n; i++) /* what is turned away has no light of this source, shadow or not */
        c->lit[i] = c->scratch[i] <= 0.0f
            ? 0.0f
            : filtered(texels + c->texel[FACE][i], size, c->light[0][i], c->light[1][i], c->light[2][i], is_sieved);
}
