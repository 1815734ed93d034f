/* Textures on a chunk: bilinear samples of the mip level whose texels match the pixel's area in texture coordinates.
 *
 * Layout: a texel is four 16-bit channels; a pyramid's levels lie one after the other, each row by row. Blending
 * weights have eight bits, so that a texel's channels are blended in whole numbers of 24 bits.
 */
#include <math.h>

#include "bits.h"
#include "four.h"
#include "numbers.h"
#include "surface.h"

enum { LEVEL, P00, P10, P01, P11, W10, W01, W11 }; /* rows of the chunk's integer scratch */

/* A coordinate within one repeat of the texture, in 256ths of a texel of a level with `side` texels, from half a texel
 * before it. */
static inline int32_t along(float u, float side)
{
    return (int32_t)between(floorf((u - floorf(u)) * side * 256.0f - 128.0f), -128.0f, 1e9f);
}

static void find_texels(Chunk *c, int a, int b, const int64_t size[3], int is_other)
{
    const float *u = is_other ? c->other_u : c->u, *v = is_other ? c->other_v : c->v;
    const float *area = is_other ? c->other_area : c->uv_area;
    int32_t width = (int32_t)size[0], height = (int32_t)size[1], last = (int32_t)size[2] - 1;
    float w = (float)width, h = (float)height;
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        /* the binary exponent of texels a pixel; each level holds a quarter of the one before it */
        int32_t exponent = ((bits_of_float(area[i] * w * h) >> 23) & 255) - 127;
        int32_t level = min32(max32((exponent + 1) >> 1, 0), last);
        float shrink = float_of_bits((127 - level) << 23);
        int32_t x = along(u[i], maxf(w * shrink, 1.0f));
        int32_t y = along(1.0f - v[i], maxf(h * shrink, 1.0f));
        int32_t right = max32(width >> level, 1) - 1, below = max32(height >> level, 1) - 1;
        int32_t x0 = (x >> 8) & right, x1 = ((x >> 8) + 1) & right;
        int32_t y0 = ((y >> 8) & below) * (right + 1), y1 = (((y >> 8) + 1) & below) * (right + 1);
        int32_t fx = x & 255, fy = y & 255, w11 = (fx * fy) >> 8;
        c->texel[LEVEL][i] = level;
        c->texel[P00][i] = y0 + x0;
        c->texel[P10][i] = y0 + x1;
        c->texel[P01][i] = y1 + x0;
        c->texel[P11][i] = y1 + x1;
        c->texel[W10][i] = fx - w11;
        c->texel[W01][i] = fy - w11;
        c->texel[W11][i] = w11;
    }
}

INLINE FourInts texel_at(const uint16_t *level, int32_t texel) { return four_ints_at(level + 4 * (int64_t)texel); }

/* Find a texture's texels at the points' coordinates, and call for them; return its levels. */
static const int64_t *call_for_texels(Chunk *c, int a, int b, const Textures *textures, int64_t texture, int is_other)
{
    const int64_t *size = textures->size + 3 * texture, *levels = textures->level + MOST_LEVELS * texture;
    find_texels(c, a, b, size, is_other);
    for (int i = a; i < b; i++) { /* texels of one row mostly lie side by side */
        const uint16_t *level = textures->texels + 4 * levels[c->texel[LEVEL][i]];
        CALL_FOR(level + 4 * (int64_t)c->texel[P00][i]);
        CALL_FOR(level + 4 * (int64_t)c->texel[P01][i]);
    }
    return levels;
}

/* The colour 0..1 of a texture at point i. */
INLINE Four sampled(const Chunk *c, int i, const Textures *textures, const int64_t *levels)
{
    const float unit = (float)(1.0 / (65535.0 * 256.0));
    const uint16_t *level = textures->texels + 4 * levels[c->texel[LEVEL][i]];
    int32_t w10 = c->texel[W10][i], w01 = c->texel[W01][i], w11 = c->texel[W11][i], w00 = 256 - w10 - w01 - w11;
    FourInts sum = texel_at(level, c->texel[P00][i]) * w00 + texel_at(level, c->texel[P10][i]) * w10
        + texel_at(level, c->texel[P01][i]) * w01 + texel_at(level, c->texel[P11][i]) * w11;
    return four_of(sum) * unit; /* sums are below 2^24: exact */
}

typedef struct { /* a material's textures */
    const Textures *textures;
    const int64_t *ints; /* of the material */
} Images;

/* Sample the texture of a column; red, green and blue in 0..1 come to lie in `light`. */
static void sample(Chunk *c, int a, int b, Images images, int column)
{
    const Textures *textures = images.textures;
    const int64_t *levels = call_for_texels(c, a, b, textures, images.ints[column], images.ints[OTHERS] >> column & 1);
    for (int i = a; i < b; i++) {
        Four colour = sampled(c, i, textures, levels);
        c->light[0][i] = colour[0];
        c->light[1][i] = colour[1];
        c->light[2][i] = colour[2];
    }
}

/* Multiply a quantity by one channel of the texture of a column, where there is one. */
static void multiply_by_channel(Chunk *c, Quantity of, int a, int b, Images images, int column, int64_t channel)
{
    if (images.ints[column] < 0)
        return;
    const Textures *textures = images.textures;
    const int64_t *levels = call_for_texels(c, a, b, textures, images.ints[column], images.ints[OTHERS] >> column & 1);
    for (int i = a; i < b; i++)
        of[i] *= sampled(c, i, textures, levels)[channel & 3];
}

static void multiply(Quantity of, const Quantity by, int a, int b)
{
    int end = a + full(b - a);
    for (int i = a; i < end; i++)
        of[i] *= by[i];
}

/* Make a vector orthogonal to a unit normal, and unit. */
static inline void orthogonal(const float v[3], float nx, float ny, float nz, float out[3])
{
    float x = v[0], y = v[1], z = v[2], d = x * nx + y * ny + z * nz;
    x -= d * nx;
    y -= d * ny;
    z -= d * nz;
    float q = inverse_length(x * x + y * y + z * z);
    out[0] = x * q;
    out[1] = y * q;
    out[2] = z * q;
}

/* Bend normals by the sampled normal map (tangent space, +Y up). */
static void bump(Chunk *c, int a, int b, float strength, const Record *record)
{
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        float tx = (c->light[0][i] * 2.0f - 1.0f) * strength;
        float ty = (c->light[1][i] * 2.0f - 1.0f) * strength;
        float tz = maxf(c->light[2][i] * 2.0f - 1.0f, 0.05f);
        float nx = c->normal[0][i], ny = c->normal[1][i], nz = c->normal[2][i];
        float q = inverse_length(nx * nx + ny * ny + nz * nz);
        nx *= q;
        ny *= q;
        nz *= q;
        float s[3], t[3];
        orthogonal(record->tangent, nx, ny, nz, s);
        orthogonal(record->bitangent, nx, ny, nz, t);
        c->normal[0][i] = s[0] * tx + t[0] * ty + nx * tz;
        c->normal[1][i] = s[1] * tx + t[1] * ty + ny * tz;
        c->normal[2][i] = s[2] * tx + t[2] * ty + nz * tz;
    }
}

static inline int channel_of(int64_t channel) { return channel == 0 ? 0 : channel == 1 ? 1 : 2; }

/* Multiply what few materials have by its textures. */
static void paint_rest(Chunk *c, int a, int b, Images images)
{
    const int64_t *k = images.ints;
    if (k[BLEND] != NO_BLEND)
        multiply_by_channel(c, c->opacity, a, b, images, OPACITY_TEXTURE, k[OPACITY_CHANNEL]);
    multiply_by_channel(c, c->transmission, a, b, images, TRANSMISSION_TEXTURE, 0);
    multiply_by_channel(c, c->coat, a, b, images, COAT_TEXTURE, 0);
    multiply_by_channel(c, c->coat_rough, a, b, images, COAT_ROUGH_TEXTURE, 1); /* it is squared: so is the texture */
    multiply_by_channel(c, c->coat_rough, a, b, images, COAT_ROUGH_TEXTURE, 1);
    multiply_by_channel(c, c->f0, a, b, images, REFLECTANCE_TEXTURE, 3);
}

void paint_textures(Chunk *c, int a, int b, const Scene *scene, int64_t m, const Record *record)
{
    const int64_t *k = scene->materials->ints + MATERIAL_INTS * m;
    Images images = {scene->textures, k};
    if (k[BASE_TEXTURE] >= 0) {
        sample(c, a, b, images, BASE_TEXTURE);
        for (int channel = 0; channel < 3; channel++)
            multiply(c->base[channel], c->light[channel], a, b);
    }
    if (k[METAL_TEXTURE] >= 0) {
        sample(c, a, b, images, METAL_TEXTURE);
        multiply(c->metal, c->light[channel_of(k[METAL_CHANNEL])], a, b);
    }
    if (k[ROUGH_TEXTURE] >= 0) {
        sample(c, a, b, images, ROUGH_TEXTURE);
        multiply(c->rough, c->light[channel_of(k[ROUGH_CHANNEL])], a, b);
    }
    if (k[EMISSION_TEXTURE] >= 0) {
        sample(c, a, b, images, EMISSION_TEXTURE);
        for (int channel = 0; channel < 3; channel++)
            multiply(c->emission[channel], c->light[channel], a, b);
    }
    paint_rest(c, a, b, images);
    float area = record ? (k[OTHERS] >> NORMAL_TEXTURE & 1 ? record->other_area : record->uv_area) : 0.0f;
    if (k[NORMAL_TEXTURE] >= 0 && area > 1e-20f) {
        sample(c, a, b, images, NORMAL_TEXTURE);
        bump(c, a, b, scene->materials->floats[MATERIAL_FLOATS * m + BUMP], record);
    }
}
