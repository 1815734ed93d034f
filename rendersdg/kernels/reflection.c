/* What surfaces mirror of the environment: a prefiltered octahedral map looked up about the mirror direction, times the
 * reflectance (see brdf.h).
 *
 * Layout: pyramid is (L, P, 4); of a level the first side x side texels are filled, side a power of two. A direction
 * turned into the map's frame falls on the octahedron |x| + |y| + |z| = 1, whose lower half is folded outwards (Cigolle
 * et al. 2014).
 */
#include <math.h>

#include "bits.h"
#include "brdf.h"
#include "four.h"
#include "lighting.h"
#include "numbers.h"
#include "reflectance.h"

enum { LEVEL_OF = 0, FIRST = 0, STRIDE = 1 }; /* rows of the chunk's integer scratch; of the next level from NEXT on */
enum { NEXT = 2, BETWEEN = 4 };               /* and rows of its fractions */

void weigh_mirrors(Chunk *c, int n, Triple normal, Quantity rough_squared)
{
    const float steps = (float)REFLECTANCE_STEPS;
    const int32_t last = REFLECTANCE_STEPS - 1;
    int end = full(n);
    for (int i = 0; i < end; i++) { /* the place in the table */
        float nv = normal[0][i] * c->eye[0][i] + normal[1][i] * c->eye[1][i] + normal[2][i] * c->eye[2][i];
        float across = between(sqrtf(maxf(nv, 0.0f)) * steps, 0.0f, steps);
        float down = between(sqrtf(rough_squared[i]) * steps, 0.0f, steps);
        int32_t x = min32((int32_t)across, last), y = min32((int32_t)down, last);
        c->strength[i] = across - (float)x;
        c->width[i] = down - (float)y;
        c->texel[0][i] = 2 * (y * (REFLECTANCE_STEPS + 1) + x);
    }
    for (int i = 0; i < end; i++) { /* two neighbours lie in four floats */
        const float *p = &REFLECTANCE[0][0][0] + c->texel[0][i];
        Four upper = four_at(p), lower = four_at(p + 2 * (REFLECTANCE_STEPS + 1));
        Four both = upper + (lower - upper) * c->width[i];
        float fx = c->strength[i];
        c->strength[i] = both[0] + (both[2] - both[0]) * fx;
        c->width[i] = both[1] + (both[3] - both[1]) * fx;
    }
}

/* Set `light` (its first two rows) to the place on the map, and the integer scratch to the level of the map, for the
 * normal and the roughness squared given. */
static void find_mirror(Chunk *c, int n, Triple normal, Quantity rough_squared, const Environment *environment)
{
    const float *f = environment->frame_from_world;
    float f00 = f[0], f01 = f[1], f02 = f[2], f10 = f[3], f11 = f[4], f12 = f[5], f20 = f[6], f21 = f[7], f22 = f[8];
    float top = (float)(environment->level_count - 1);
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float nx = normal[0][i], ny = normal[1][i], nz = normal[2][i];
        float ex = c->eye[0][i], ey = c->eye[1][i], ez = c->eye[2][i];
        float nv = nx * ex + ny * ey + nz * ez;
        float rx = 2.0f * nv * nx - ex, ry = 2.0f * nv * ny - ey, rz = 2.0f * nv * nz - ez;
        float x = f00 * rx + f01 * ry + f02 * rz;
        float y = f10 * rx + f11 * ry + f12 * rz;
        float z = f20 * rx + f21 * ry + f22 * rz;
        place_on_octahedron(x, y, z, &c->light[0][i], &c->light[1][i]);
        float rough = sqrtf(rough_squared[i]);
        float level = between(rough * top, 0.0f, top - 1e-3f);
        c->texel[LEVEL_OF][i] = (int32_t)level;
        c->fraction[BETWEEN][i] = level - (float)(int32_t)level;
    }
}

/* From places on the map to texels of a level and the next: the first of four in the integer scratch, the way to the
 * row below it, and fractions. */
static void find_texels(Chunk *c, int n, const Environment *environment)
{
    int32_t sides = 0; /* four bits a level: the binary logarithm of its side */
    for (int k = 0; k < environment->level_count; k++)
        sides |= zeros_below((uint64_t)environment->sides[k]) << (4 * k);
    int32_t stride = (int32_t)environment->texel_count, last = (int32_t)environment->level_count - 1;
    int end = full(n);
    for (int next = 1; next >= 0; next--) /* the first level overwrites what it was told by */
        for (int i = 0; i < end; i++) {
            int32_t level = min32(c->texel[LEVEL_OF][i] + next, last);
            int32_t side = 1 << ((sides >> (4 * level)) & 15);
            float k = (float)side;
            float px = between(c->light[0][i] * k - 0.5f, 0.0f, k - 1.001f);
            float py = between(c->light[1][i] * k - 0.5f, 0.0f, k - 1.001f);
            int32_t x = (int32_t)px, y = (int32_t)py;
            c->fraction[NEXT * next][i] = px - (float)x;
            c->fraction[NEXT * next + 1][i] = py - (float)y;
            c->texel[NEXT * next + FIRST][i] = 4 * (level * stride + y * side + x);
            c->texel[NEXT * next + STRIDE][i] = 4 * side;
        }
}

/* Set `light` to the environment's radiance about the mirror direction. */
static void mirror(Chunk *c, int n, Triple normal, Quantity rough_squared, const Environment *environment)
{
    find_mirror(c, n, normal, rough_squared, environment);
    find_texels(c, n, environment);
    for (int i = 0; i < n; i++) {
        Four light[2];
        for (int next = 0; next < 2; next++) {
            const float *p = environment->pyramid + c->texel[NEXT * next + FIRST][i];
            const float *q = p + c->texel[NEXT * next + STRIDE][i];
            float fx = c->fraction[NEXT * next][i], fy = c->fraction[NEXT * next + 1][i];
            Four upper = four_at(p) * (1.0f - fx) + four_at(p + 4) * fx;
            Four lower = four_at(q) * (1.0f - fx) + four_at(q + 4) * fx;
            light[next] = upper * (1.0f - fy) + lower * fy;
        }
        light[0] = light[0] + (light[1] - light[0]) * c->fraction[BETWEEN][i];
        for (int k = 0; k < 3; k++)
            c->light[k][i] = light[0][k];
    }
    float red = environment->tint[0], green = environment->tint[1], blue = environment->tint[2];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float share = c->unblocked[i];
        c->light[0][i] = c->light[0][i] * red * share + c->reflected[0][i];
        c->light[1][i] = c->light[1][i] * green * share + c->reflected[1][i];
        c->light[2][i] = c->light[2][i] * blue * share + c->reflected[2][i];
    }
}

/* Bend the normals of brushed surfaces, by the anisotropy, towards the plane of the grooves and the eye, so that the
 * mirror direction leans along the grooves (Revie 2011, as in Filament). */
static void bend(Chunk *c, int n)
{
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float nx = c->normal[0][i], ny = c->normal[1][i], nz = c->normal[2][i];
        float ax = c->groove[0][i], ay = c->groove[1][i], az = c->groove[2][i];
        float ex = c->eye[0][i], ey = c->eye[1][i], ez = c->eye[2][i];
        /* the grooves run along n x a; what lies across them and the eye, turned back, is the normal of a single groove
         */
        float gx = ny * az - nz * ay, gy = nz * ax - nx * az, gz = nx * ay - ny * ax;
        float d = gx * ex + gy * ey + gz * ez;
        float bx = ex - d * gx, by = ey - d * gy, bz = ez - d * gz;
        float q = c->anisotropy[i] / sqrtf(maxf(bx * bx + by * by + bz * bz, 1e-12f));
        float k = 1.0f - c->anisotropy[i];
        bx = nx * k + bx * q;
        by = ny * k + by * q;
        bz = nz * k + bz * q;
        q = 1.0f / sqrtf(maxf(bx * bx + by * by + bz * bz, 1e-12f));
        c->bent[0][i] = bx * q;
        c->bent[1][i] = by * q;
        c->bent[2][i] = bz * q;
    }
}

void reflect_environment(Chunk *c, int n, const Environment *environment, Finish finish)
{
    int end = full(n);
    if (finish.is_brushed) {
        bend(c, n);
        weigh_mirrors(c, n, c->bent, c->rough);
    }
    mirror(c, n, finish.is_brushed ? c->bent : c->normal, c->rough, environment);
    for (int i = 0; i < end; i++) {
        float m = c->metal[i], f0 = c->f0[i] * (1.0f - m), k = c->open[i], a = c->strength[i], b = c->width[i];
        float fr = f0 + c->base[0][i] * m, fg = f0 + c->base[1][i] * m, fb = f0 + c->base[2][i] * m;
        float gain = sent_on(MADE(Mirrored){a, b});
        c->radiance[0][i] += c->light[0][i] * k * (fr * a + b) * (1.0f + fr * gain);
        c->radiance[1][i] += c->light[1][i] * k * (fg * a + b) * (1.0f + fg * gain);
        c->radiance[2][i] += c->light[2][i] * k * (fb * a + b) * (1.0f + fb * gain);
    }
    if (!finish.is_coated)
        return;
    weigh_mirrors(c, n, c->normal, c->coat_rough);
    mirror(c, n, c->normal, c->coat_rough, environment);
    for (int i = 0; i < end; i++) {
        float k = c->open[i] * c->coat[i] * (COAT_F0 * c->strength[i] + c->width[i]);
        c->coat_radiance[0][i] += c->light[0][i] * k;
        c->coat_radiance[1][i] += c->light[1][i] * k;
        c->coat_radiance[2][i] += c->light[2][i] * k;
    }
}
