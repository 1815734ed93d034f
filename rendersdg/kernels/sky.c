/* The background behind all surfaces: bilinear look-ups of a latitude-longitude image, +Z at row 0, in loops over a
 * chunk.
 *
 * Layout: background is (H, W, 3); texel (row, column) has its centre at the angles (row + 0.5) / H pi from +Z, and
 * ((column + 0.5) / W - 0.5) 2 pi about it, from +X towards +Y. Columns go round, rows end at the poles.
 */
#include "sky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "brdf.h"
#include "elementary.h"
#include "numbers.h"

static void find_places(Sky *s, int n, const Environment *environment, const float turn[9])
{
    float t00 = turn[0], t01 = turn[1], t02 = turn[2], t10 = turn[3], t11 = turn[4], t12 = turn[5], t20 = turn[6],
          t21 = turn[7], t22 = turn[8];
    float width = (float)environment->width, height = (float)environment->height;
    float around = width / (2.0f * PI), down = height / PI, middle = 0.5f * width - 0.5f;
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float dx = s->direction[0][i], dy = s->direction[1][i], dz = s->direction[2][i];
        float x = t00 * dx + t01 * dy + t02 * dz;
        float y = t10 * dx + t11 * dy + t12 * dz;
        float z = t20 * dx + t21 * dy + t22 * dz;
        s->u[i] = arctangent(y, x) * around + middle;
        s->v[i] = arctangent(sqrtf(x * x + y * y), z) * down - 0.5f;
    }
}

void look_up_sky(Sky *s, int n, const Environment *environment, const float turn[9])
{
    find_places(s, n, environment, turn);
    for (int i = 0; i < n; i++) {
        float light[3];
        between_texels(environment, s->u[i], s->v[i], light);
        for (int k = 0; k < 3; k++)
            s->radiance[k][i] = light[k];
    }
    int end = full(n);
    for (int k = 0; k < 3; k++) {
        float tint = environment->tint[k];
        for (int i = 0; i < end; i++)
            s->radiance[k][i] *= tint;
    }
}

#if !defined(__CUDACC__)

/* The same for `count` directions (count, 3), into `radiance` (count, 3). */
int rendersdg_look_up_sky(
    int64_t count, const float *directions, const Environment *environment, const float *turn, float *radiance)
{
    Sky *s = calloc(1, sizeof *s);
    if (!s)
        return 1;
    for (int64_t first = 0; first < count; first += CHUNK) {
        int n = (int)min64(CHUNK, count - first);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 3; k++)
                s->direction[k][i] = directions[3 * (first + i) + k];
        look_up_sky(s, n, environment, turn);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 3; k++)
                radiance[3 * (first + i) + k] = s->radiance[k][i];
    }
    free(s);
    return 0;
}

#endif
