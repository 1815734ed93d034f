/* Cut-outs: whether a sample of a surface is there is decided by the nearest texel of its opacity texture. */
#ifndef RENDERSDG_CUTOUT_H
#define RENDERSDG_CUTOUT_H

#include <math.h>
#include <stdint.h>

#include "kernels.h"

/* The texel's row or column; sides are powers of two, and the texture repeats. Coordinates no number can tell give 0. */
static inline int64_t cutout_place(double at, int64_t side)
{
    double whole = floor(at);
    return fabs(whole) < 9e15 ? (int64_t)whole & (side - 1) : 0;
}

/* The opacity, 0..1, at texture coordinates (u, v): nearest texel of level 0. */
static inline float cutout_opacity(const Textures *textures, int64_t texture, int64_t channel, float u, float v)
{
    int64_t width = textures->size[3 * texture];
    int64_t height = textures->size[3 * texture + 1];
    int64_t x = cutout_place((double)u * (double)width, width);
    int64_t y = cutout_place((double)(1.0f - v) * (double)height, height);
    int64_t texel = textures->level[MOST_LEVELS * texture] + y * width + x;
    return (float)textures->texels[4 * texel + channel] * (float)(1.0 / 65535.0);
}

#endif
