/* A triangle set up for the rows of samples that it covers, and the samples of a row: the arithmetic that the sweep
 * over triangles and the grid of items share. See sweep.c for the layout of samples.
 */
#ifndef RENDERSDG_WIDE_H
#define RENDERSDG_WIDE_H

#include "both.h"
#include "cutout.h"
#include "numbers.h"
#include "sweep.h"

enum { NARROW = 24 }; /* half pixels: along shorter rows stepping is cheaper than three divisions */

typedef struct { /* first and last sample column and row */
    int64_t left;
    int64_t right;
    int64_t top;
    int64_t bottom;
} Bounds;

typedef struct { /* e(x, y) = x_slope (x - x0) + y_slope (y - y0) + bias, inside where it is not negative */
    int64_t x_slope;
    int64_t y_slope;
    int64_t bias;
} Edge;

typedef struct {
    int64_t first;
    int64_t last;
} Run;

typedef struct {
    const Corner *corner[3];
    Edge edge[3];
    Bounds bounds;
    int64_t start; /* the even column at or before the leftmost sample, from which a row's samples are counted */
    double inverse_area;
    double q1; /* of corner 1 and 2 beyond that of corner 0 */
    double q2;
    float q_slope; /* along a row, a half pixel */
} Wide;

typedef struct {  /* the samples of a row inside a triangle */
    Run run;      /* counted from Wide.start */
    int64_t e[3]; /* edge functions at sample 0, without bias */
    float q;      /* 1 / w at sample 0 */
} WideRow;

INLINE int64_t least(int64_t a, int64_t b, int64_t c) { return min64(a, min64(b, c)); }
INLINE int64_t most(int64_t a, int64_t b, int64_t c) { return max64(a, max64(b, c)); }

INLINE Bounds bounds_of(const Corner c[3], const Target *to)
{
    Bounds b = {
        max64(0, ((least(c[0].x, c[1].x, c[2].x) + HALF - 1) >> 7) - 1),
        min64(to->columns - 1, (most(c[0].x, c[1].x, c[2].x) >> 7) - 1),
        max64(to->first, ((least(c[0].y, c[1].y, c[2].y) + HALF - 1) >> 7) - 1),
        min64(to->end - 1, (most(c[0].y, c[1].y, c[2].y) >> 7) - 1),
    };
    if (to->step == 2) { /* centres are even */
        b.left = (b.left + 1) & ~(int64_t)1;
        b.top = (b.top + 1) & ~(int64_t)1;
    }
    return b;
}

INLINE Edge edge_from(const Corner *a, const Corner *b)
{
    int64_t x = a->y - b->y, y = b->x - a->x;
    return MADE(Edge){x, y, x > 0 || (x == 0 && y > 0) ? 0 : -1};
}

/* Order the corners so that the area is positive, and return twice that. */
INLINE int64_t wind(const Corner corner[3], const Corner *ordered[3])
{
    const Corner *a = &corner[0], *b = &corner[1], *c = &corner[2];
    int64_t area = (b->x - a->x) * (c->y - a->y) - (c->x - a->x) * (b->y - a->y);
    ordered[0] = a;
    ordered[1] = area < 0 ? c : b;
    ordered[2] = area < 0 ? b : c;
    return area < 0 ? -area : area;
}

/* The pixel columns whose centres are among the samples start + low..high of a row, short of the far plane. */
INLINE Run centres(int64_t low, int64_t high, int64_t start, float q, float q_slope, float far)
{
    Run run = {(start + low + 1) >> 1, (start + high) >> 1};
    /* far samples are rare: trim the run */
    while (run.first <= run.last && q + q_slope * (float)(2 * run.first - start) <= far)
        run.first++;
    while (run.first <= run.last && q + q_slope * (float)(2 * run.last - start) <= far)
        run.last--;
    return run;
}

/* Set a triangle up; return whether it may cover any sample. */
INLINE int set_up_wide(Wide *t, const Corner corner[3], const Target *to)
{
    int64_t area = wind(corner, t->corner);
    t->bounds = bounds_of(corner, to);
    if (area == 0 || t->bounds.left > t->bounds.right || t->bounds.top > t->bounds.bottom)
        return 0;
    for (int i = 0; i < 3; i++) /* edge i lies opposite corner i */
        t->edge[i] = edge_from(t->corner[(i + 1) % 3], t->corner[(i + 2) % 3]);
    t->start = t->bounds.left & ~(int64_t)1;
    t->inverse_area = 1.0 / (double)area;
    t->q1 = (double)t->corner[1]->q - (double)t->corner[0]->q;
    t->q2 = (double)t->corner[2]->q - (double)t->corner[0]->q;
    t->q_slope = (float)((t->q1 * (double)t->edge[1].x_slope + t->q2 * (double)t->edge[2].x_slope) * t->inverse_area
        * HALF);
    return 1;
}

/* Narrow the samples low..high of a row to those inside: `f` are the edge functions at sample 0, `s` their steps. */
INLINE Run covered(const int64_t f[3], const int64_t s[3], int64_t low, int64_t high, int64_t step)
{
    if (high - low < NARROW) {
        int64_t g0 = f[0] + s[0] * low, g1 = f[1] + s[1] * low, g2 = f[2] + s[2] * low;
        int64_t k0 = s[0] * step, k1 = s[1] * step, k2 = s[2] * step;
        for (; low <= high && (g0 | g1 | g2) < 0; low += step)
            g0 += k0, g1 += k1, g2 += k2;
        int64_t k = low;
        for (; k <= high && (g0 | g1 | g2) >= 0; k += step)
            g0 += k0, g1 += k1, g2 += k2;
        return MADE(Run){low, k - step};
    }
    for (int e = 0; e < 3; e++) {
        if (s[e] > 0) {
            if (f[e] < 0)
                low = max64(low, (-f[e] + s[e] - 1) / s[e]);
        } else if (f[e] < 0) {
            return MADE(Run){1, 0};
        } else if (s[e] < 0) {
            high = min64(high, f[e] / -s[e]);
        }
    }
    return MADE(Run){step == 2 ? (low + 1) & ~(int64_t)1 : low, high};
}

/* Find the samples of row v; return whether there are any. */
INLINE int find_row(WideRow *row, const Wide *t, int64_t v, int64_t step)
{
    const Edge *edge = t->edge;
    int64_t s[3] = {edge[0].x_slope * HALF, edge[1].x_slope * HALF, edge[2].x_slope * HALF}, f[3];
    int64_t x = HALF * (t->start + 1), y = HALF * (v + 1);
    for (int i = 0; i < 3; i++) { /* edge i begins at the corner after corner i */
        const Corner *from = t->corner[(i + 1) % 3];
        row->e[i] = edge[i].x_slope * (x - from->x) + edge[i].y_slope * (y - from->y);
        f[i] = row->e[i] + edge[i].bias;
    }
    row->run = covered(f, s, t->bounds.left - t->start, t->bounds.right - t->start, step);
    row->q = (float)((double)t->corner[0]->q
        + (t->q1 * (double)row->e[1] + t->q2 * (double)row->e[2]) * t->inverse_area);
    return row->run.first <= row->run.last;
}

/* The opacity 0..1 of a cut-out at sample k of a row. */
INLINE float opacity_at(const Wide *t, const Cut *cut, const WideRow *row, int64_t k)
{
    const Corner *const *c = t->corner;
    float g[3];
    for (int i = 0; i < 3; i++) /* barycentrics on the surface are those on the screen over w */
        g[i] = (float)((double)(row->e[i] + t->edge[i].x_slope * HALF * k) * t->inverse_area) * c[i]->q;
    float whole = 1.0f / (g[0] + g[1] + g[2]);
    float opacity = cutout_opacity(cut->textures, cut->texture, cut->channel,
        (g[0] * c[0]->u + g[1] * c[1]->u + g[2] * c[2]->u) * whole,
        (g[0] * c[0]->v + g[1] * c[1]->v + g[2] * c[2]->v) * whole);
    return opacity * ((g[0] * c[0]->opacity + g[1] * c[1]->opacity + g[2] * c[2]->opacity) * whole);
}

#endif
