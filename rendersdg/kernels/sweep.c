/* Which samples a triangle covers: exact integer edge functions over fixed-point corners (Pineda 1988).
 *
 * Corners are 24.8 fixed-point pixels. Sample (h, v) lies at fixed-point (HALF (h + 1), HALF (v + 1)), so samples of
 * even h and v are pixel centres. An edge function is an exact integer, and of two triangles that share an edge one
 * owns the samples on it (the top-left rule as a bias of -1): no cracks and no double hits. 1 / w is linear on the
 * screen; the nearest wins.
 *
 * Layout: inverse_depth and triangle hold one value a sample, row by row. With step 2 a row has W samples, the pixel
 * centres; with step 1 it has 2 W, and there are two rows a pixel. Both steps give a centre the same triangle to the
 * bit.
 */
#include "sweep.h"

#include <stddef.h>

#include "numbers.h"
#include "peel.h"
#include "vector.h"
#include "wide.h"

/* Stamp the pixels first..last of a row and return how many did not carry the entity's stamp. */
INLINE int32_t stamp_run(int32_t *restrict stamp, int64_t first, int64_t last, int32_t entity)
{
    int32_t fresh = 0;
    for (int64_t c = first; c <= last; c++) {
        fresh += stamp[c] != entity;
        stamp[c] = entity;
    }
    return fresh;
}

INLINE void widen(int32_t *box, int64_t left, int64_t top, int64_t right, int64_t bottom)
{
    box[0] = min32(box[0], (int32_t)left);
    box[1] = min32(box[1], (int32_t)top);
    box[2] = max32(box[2], (int32_t)right);
    box[3] = max32(box[3], (int32_t)bottom);
}

/* ---- triangles of any size: find where each row begins and ends, then fill it ---- */

/* Draw the samples of row v where the opacity texture lets them be. */
static void draw_cut_row(const Wide *t, const Cut *cut, const WideRow *row, int64_t v, Names names, const Target *to)
{
    for (int64_t k = row->run.first; k <= row->run.last; k += to->step) {
        float q = row->q + t->q_slope * (float)k;
        if (to->peel) {
            if (q > to->far)
                peel_sample(to->peel, to->view, t->start + k, v, q, names.number);
            continue;
        }
        if (opacity_at(t, cut, row, k) < cut->threshold || q <= to->far)
            continue;
        int64_t h = t->start + k, p = (v >> to->shift) * to->row_length + (h >> to->shift);
        if (q > to->inverse_depth[p]) {
            to->inverse_depth[p] = q;
            to->triangle[p] = names.number;
        }
        if ((h & 1) == 0 && (v & 1) == 0) {
            int64_t x = h >> 1, y = v >> 1;
            to->unoccluded[names.entity] += stamp_run(to->stamp, y * to->width + x, y * to->width + x, names.entity);
            widen(to->loose + 4 * names.entity, x, y, x, y);
        }
    }
}

/* Keep the nearer of a row's samples from `first` on and the triangle's. */
INLINE void draw_row(
    const Target *to, int64_t first, int32_t count, int32_t low, float q_row, float q_slope, int32_t number)
{
    float *restrict depth = to->inverse_depth + first;
    int32_t *restrict triangle = to->triangle + first;
    int shift = to->shift;
    for (int32_t k = 0; k < count; k++) {
        float q = q_row + q_slope * (float)(low + (k << shift));
        int nearer = q > depth[k];
        depth[k] = nearer ? q : depth[k];
        triangle[k] = nearer ? number : triangle[k];
    }
}

void draw_triangle(const Corner corner[3], const Cut *cut, Names names, const Target *to)
{
    Wide t;
    if (!set_up_wide(&t, corner, to))
        return;
    for (int64_t v = t.bounds.top; v <= t.bounds.bottom; v += to->step) {
        WideRow row;
        if (!find_row(&row, &t, v, to->step))
            continue;
        if (cut || to->peel) {
            draw_cut_row(&t, cut, &row, v, names, to);
            continue;
        }
        Run run = row.run;
        int64_t first = (v >> to->shift) * to->row_length + ((t.start + run.first) >> to->shift);
        int32_t count = (int32_t)((run.last - run.first) >> to->shift) + 1;
        draw_row(to, first, count, (int32_t)run.first, row.q, t.q_slope, names.number);
        if ((v & 1) != 0)
            continue;
        Run seen = centres(run.first, run.last, t.start, row.q, t.q_slope, to->far);
        if (seen.first <= seen.last) {
            int64_t pixel = (v >> 1) * to->width;
            to->unoccluded[names.entity] += stamp_run(to->stamp, pixel + seen.first, pixel + seen.last, names.entity);
            widen(to->loose + 4 * names.entity, seen.first, v >> 1, seen.last, v >> 1);
        }
    }
}

/* ---- small triangles: every sample of the bounding box, a window of eight at a time ---- */

typedef struct {      /* a triangle set up for its rows */
    int32_t along[3]; /* edge functions to the next sample */
    int32_t down[3];  /* to the next row */
    int32_t count;    /* samples of a row */
    int32_t first;    /* the first one's half pixels from the even column `start` */
    int32_t step;
    float q_slope; /* 1 / w along a row, a half pixel */
    int64_t start;
    Names names;
} Small;

typedef struct {
    Ints edge[3]; /* edge functions with bias, at the row's first eight samples */
} Edges;

/* -1 for each sample of the window behind sample k that lies outside of the triangle or behind the row's end,
 * else 0. */
INLINE Ints outside(const Small *t, const Edges *e, int32_t k)
{
    Ints signs = e->edge[0] | e->edge[1] | e->edge[2];
    if (k > 0)
        signs = (e->edge[0] + ints(k * t->along[0])) | (e->edge[1] + ints(k * t->along[1]))
            | (e->edge[2] + ints(k * t->along[2]));
    return (signs | (ints(t->count - k - 1) - lanes())) >> 31;
}

/* Put the triangle into those samples of a window that it covers and where it is nearer than what is there. */
INLINE void draw_window(float *depth, int32_t *triangle, const Small *t, Ints off, int32_t k, float q_row)
{
    Floats q = floats(q_row) + floats(t->q_slope) * floats_of(ints(t->first + k * t->step) + ints(t->step) * lanes());
    Floats nearest;
    Ints of;
    memcpy(&nearest, depth, sizeof nearest);
    memcpy(&of, triangle, sizeof of);
    Ints nearer = (q > nearest) & ~off;
    nearest = choose_floats(nearer, q, nearest);
    of = choose_ints(nearer, ints(t->names.number), of);
    memcpy(depth, &nearest, sizeof nearest);
    memcpy(triangle, &of, sizeof of);
}

/* The same where the run of rows ends: what follows belongs to nobody, or to another thread. */
static void draw_last_window(const Target *to, int64_t at, const Small *t, Ints off, int32_t k, float q_row)
{
    float depth[LANES] = {0};
    int32_t triangle[LANES] = {0};
    size_t room = (size_t)(to->end_sample - at);
    memcpy(depth, to->inverse_depth + at, room * sizeof *depth);
    memcpy(triangle, to->triangle + at, room * sizeof *triangle);
    draw_window(depth, triangle, t, off, k, q_row);
    memcpy(to->inverse_depth + at, depth, room * sizeof *depth);
    memcpy(to->triangle + at, triangle, room * sizeof *triangle);
}

/* A bit for each sample of a row that the triangle covers. */
INLINE uint64_t covered_bits(const Small *t, const Edges *e)
{
    uint64_t bits = bits_of(~outside(t, e, 0));
    for (int32_t k = LANES; k < t->count; k += LANES)
        bits |= bits_of(~outside(t, e, k)) << k;
    return bits;
}

INLINE void draw_small_row(const Target *to, int64_t first, const Small *t, const Edges *e, float q_row)
{
    for (int32_t k = 0; k < t->count; k += LANES) {
        Ints off = outside(t, e, k);
        if (first + k + LANES <= to->end_sample)
            draw_window(to->inverse_depth + first + k, to->triangle + first + k, t, off, k, q_row);
        else
            draw_last_window(to, first + k, t, off, k, q_row);
    }
}

typedef struct { /* what of a triangle shows at pixel centres */
    Bounds box;
    int32_t fresh; /* pixels that the entity had not covered before */
} Shown;

/* Stamp the pixels of half-pixel row v whose samples' bits are set. */
INLINE void show_row(const Target *to, const Small *t, Shown *shown, uint64_t bits, int64_t v, float q_row)
{
    int64_t low = t->first + __builtin_ctzll(bits) * t->step, high = t->first + (63 - __builtin_clzll(bits)) * t->step;
    Run seen = centres(low, high, t->start, q_row, t->q_slope, to->far);
    if (seen.first > seen.last)
        return;
    int64_t row = (v >> 1) * to->width;
    shown->fresh += stamp_run(to->stamp, row + seen.first, row + seen.last, t->names.entity);
    shown->box.left = min64(shown->box.left, seen.first);
    shown->box.right = max64(shown->box.right, seen.last);
    shown->box.top = min64(shown->box.top, v >> 1);
    shown->box.bottom = v >> 1;
}

void draw_small(const Corner corner[3], Names names, const Target *to)
{
    const Corner *c[3];
    int64_t area = wind(corner, c);
    Bounds box = bounds_of(corner, to);
    if (area == 0 || box.left > box.right || box.top > box.bottom)
        return;
    int32_t step = (int32_t)to->step;
    Small t = {.count = (int32_t)((box.right - box.left) >> to->shift) + 1,
        .step = step,
        .start = box.left & ~(int64_t)1,
        .names = names};
    t.first = (int32_t)(box.left - t.start);
    int32_t x = HALF * (int32_t)(box.left + 1), y = HALF * (int32_t)(box.top + 1);
    int32_t at[3], x_slope[3], y_slope[3]; /* edge functions without bias at the first sample, and their slopes */
    Edges edges;
    for (int i = 0; i < 3; i++) {
        const Corner *from = c[(i + 1) % 3], *end = c[(i + 2) % 3];
        x_slope[i] = (int32_t)(from->y - end->y);
        y_slope[i] = (int32_t)(end->x - from->x);
        at[i] = x_slope[i] * (x - (int32_t)from->x) + y_slope[i] * (y - (int32_t)from->y);
        t.along[i] = x_slope[i] * HALF * step;
        t.down[i] = y_slope[i] * HALF * step;
        int32_t bias = x_slope[i] > 0 || (x_slope[i] == 0 && y_slope[i] > 0) ? 0 : -1;
        edges.edge[i] = ints(at[i] + bias) + ints(t.along[i]) * lanes();
    }
    double inverse_area = 1.0 / (double)area;
    double q0 = (double)c[0]->q, q1 = (double)c[1]->q - q0, q2 = (double)c[2]->q - q0;
    t.q_slope = (float)((q1 * (double)x_slope[1] + q2 * (double)x_slope[2]) * inverse_area * HALF);
    /* depths are counted from `start` */
    int32_t e1 = at[1] - x_slope[1] * HALF * t.first, e2 = at[2] - x_slope[2] * HALF * t.first;
    int64_t first = (box.top >> to->shift) * to->row_length + (box.left >> to->shift);
    Shown shown = {{INT64_MAX, -1, INT64_MAX, -1}, 0};
    for (int64_t v = box.top; v <= box.bottom; v += step, first += to->row_length) {
        uint64_t bits = covered_bits(&t, &edges);
        if (bits != 0) {
            float q_row = (float)(q0 + (q1 * (double)e1 + q2 * (double)e2) * inverse_area);
            draw_small_row(to, first, &t, &edges, q_row);
            if ((v & 1) == 0)
                show_row(to, &t, &shown, bits, v, q_row);
        }
        for (int i = 0; i < 3; i++)
            edges.edge[i] += ints(t.down[i]);
        e1 += t.down[1];
        e2 += t.down[2];
    }
    if (shown.box.right >= 0) {
        to->unoccluded[names.entity] += shown.fresh;
        widen(to->loose + 4 * names.entity, shown.box.left, shown.box.top, shown.box.right, shown.box.bottom);
    }
}
