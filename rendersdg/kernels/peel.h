/* One layer of see-through surfaces, sample by sample: see Peel in kernels.h. */
#ifndef RENDERSDG_PEEL_H
#define RENDERSDG_PEEL_H

#include "kernels.h"
#include "numbers.h"

/* Whether any of the pixels about sample (h, v) is wanted. */
static inline int is_wanted_about(const Peel *peel, const View *view, int64_t h, int64_t v)
{
    int64_t left = h >> 1, right = min64((h + 1) >> 1, view->width - 1);
    int64_t above = (v >> 1) * view->width, below = min64((v + 1) >> 1, view->height - 1) * view->width;
    const uint8_t *wanted = peel->wanted;
    return wanted[above + left] | wanted[above + right] | wanted[below + left] | wanted[below + right];
}

/* Keep a sample if it is the nearest so far behind the layer before, and before what is solid. */
static inline void peel_sample(const Peel *peel, const View *view, int64_t h, int64_t v, float q, int32_t number)
{
    int64_t p = v * 2 * view->width + h;
    float last = peel->last[p], nearest = peel->inverse_depth[p];
    if (!(q >= peel->solid[p]) || !(q < last || (q == last && number > peel->last_triangle[p])))
        return;
    if (!(q > nearest || (q == nearest && number < peel->triangle[p])) || !is_wanted_about(peel, view, h, v))
        return;
    peel->inverse_depth[p] = q;
    peel->triangle[p] = number;
}

#endif
