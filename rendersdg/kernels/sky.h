/* What the camera sees of the environment. */
#ifndef RENDERSDG_SKY_H
#define RENDERSDG_SKY_H

#include <math.h>

#include "chunk.h"
#include "numbers.h"

typedef struct {      /* up to CHUNK pixels, or parts of pixels, that show the sky */
    Triple direction; /* camera space */
    Quantity share;   /* of its pixel */
    Quantity u;       /* place in the background */
    Quantity v;
    Triple radiance;
    int32_t column[ROW];
    uint8_t is_centre[ROW]; /* whether it is that of its pixel's centre */
} Sky;

/* Set the radiance along the directions, which `turn` (3, 3) takes to the environment's frame. */
void look_up_sky(Sky *sky, int n, const Environment *environment, const float turn[9]);

/* The background at a place in texels, which lies within half a texel of the image: the mean of the four about it. */
static inline void between_texels(const Environment *environment, float u, float v, float out[3])
{
    const float *texels = environment->background;
    int32_t width = (int32_t)environment->width, height = (int32_t)environment->height;
    int32_t column = (int32_t)between(floorf(u), -1.0f, (float)width - 1.0f),
            row = (int32_t)between(floorf(v), -1.0f, (float)height - 1.0f);
    float fu = u - (float)column, fv = v - (float)row;
    int64_t left = column < 0 ? column + width : column, right = column + 1 >= width ? column + 1 - width : column + 1;
    int64_t top = (int64_t)max32(row, 0) * width, bottom = (int64_t)min32(row + 1, height - 1) * width;
    float w00 = (1.0f - fu) * (1.0f - fv), w10 = fu * (1.0f - fv), w01 = (1.0f - fu) * fv, w11 = fu * fv;
    const float *p = texels + 3 * (top + left), *q = texels + 3 * (top + right), *r = texels + 3 * (bottom + left),
                *t = texels + 3 * (bottom + right);
    for (int k = 0; k < 3; k++)
        out[k] = p[k] * w00 + q[k] * w10 + r[k] * w01 + t[k] * w11;
}

#endif
