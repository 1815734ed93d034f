/* Cut-outs: whether a sample of a surface with an opacity texture is there, decided by the nearest texel of the finest
 * level.
 *
 * Texture coordinates repeat, v up; sides are powers of two (Textures in kernels.h).
 */
#ifndef RENDERSDG_CUTOUT_H
#define RENDERSDG_CUTOUT_H

#include <math.h>

#include "kernels.h"

/* The texel 0..side - 1 of a place in texels; what 64 bits do not hold, and NaN, is texel 0. */
static inline int64_t repeated_texel(double place, int64_t side)
{
    double below = floor(place);
    return fabs(below) < 0x1p63 ? (int64_t)below & (side - 1) : 0;
}

/* Opacity 0..1 at (u, v); 1 where there is no such texture or channel. */
static inline float cutout_opacity(const Textures *textures, int64_t texture, int64_t channel, float u, float v)
{
    if (texture < 0 || texture >= textures->count || channel < 0 || channel > 3)
        return 1.0f;
    int64_t width = textures->size[3 * texture];
    int64_t height = textures->size[3 * texture + 1];
    /* in double precision: a float holds no place of a repeated texture to the texel */
    int64_t x = repeated_texel((double)u * (double)width, width);
    int64_t y = repeated_texel((double)(1.0f - v) * (double)height, height);
    int64_t texel = textures->level[MOST_LEVELS * texture] + y * width + x;
    if (texel < 0 || texel >= textures->texel_count)
        return 1.0f;
    return (float)textures->texels[4 * texel + channel] * (float)(1.0 / 65535.0);
}

#endif
