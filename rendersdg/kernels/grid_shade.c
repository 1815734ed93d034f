/* Colours by items that do not know of one another: an item a pixel, by the functions that shade rows (shade.c). What
 * shows in a pixel is its chunk, and the scratch of a row is as long as one pixel.
 *
 * NVRTC compiles this file for GPUs, with all that it needs in one; for processors it is an emulated launch.
 * See-through layers and what rays bring are not there yet.
 */
#include "bounce.h"
#include "shader.h"
#if defined(__CUDACC__) /* a GPU's kernels are not linked */
#include "decals.c"
#include "gather.c"
#include "highlights.c"
#include "lighting.c"
#include "penumbra.c"
#include "reflection.c"
#include "resolve.c"
#include "shade.c"
#include "shadowing.c"
#include "sky.c"
#include "surface.c"
#include "texturing.c"
#else
#include <stdlib.h>
#endif

enum { BLOCK = 64 }; /* items that run one after the other in an emulated launch */

static inline void begin_pixels(Shader *s, const Shading *shading)
{
    begin_shader(s, shading->scene, shading->view, shading->points, shading->samples, shading->lights, shading->film);
}

#if defined(__CUDACC__)

/* No item has any of these. */
void split_layer(Shader *s) { (void)s; }
void resolve_layer(Shader *s) { (void)s; }
void resolve_layer_sky(Shader *s) { (void)s; }
void look_through(Caster *t) { (void)t; }
void look_up_bounce(Chunk *c, int n, const Bounce *bounce, const int32_t *column, int64_t y)
{
    (void)c, (void)n, (void)bounce, (void)column, (void)y;
}

extern "C" __global__ void rendersdg_grid_shade(const Shading *shading, int64_t count)
{
    int64_t step = (int64_t)gridDim.x * blockDim.x, width = shading->view->width;
    Shader shader = {};
    begin_pixels(&shader, shading);
    for (int64_t item = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; item < count; item += step)
        shade_pixel(&shader, item % width, item / width);
}

#else

int rendersdg_grid_shade(const Shading *shading, int64_t count, int64_t block_count, const int64_t *blocks)
{
    int64_t width = shading->view->width;
    Shader *shader = calloc(1, sizeof *shader);
    if (!shader)
        return 1;
    begin_pixels(shader, shading);
    for (int64_t k = 0; k < block_count; k++)
        for (int64_t item = BLOCK * blocks[k]; item < min64(BLOCK * (blocks[k] + 1), count); item++)
            shade_pixel(shader, item % width, item / width);
    free(shader);
    return 0;
}

#endif
