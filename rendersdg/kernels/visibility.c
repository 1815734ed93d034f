/* Which triangle is seen where, and how many pixels each entity would have alone: instances are drawn one after the
 * other, triangle by triangle.
 *
 * Layout: an instance's triangles are first_triangle.. in Meshes, and first_number.. in the numbers that the samples
 * get.
 */
#include "clipping.h"

enum { AHEAD = 8 }; /* triangles whose points are called for before they are drawn */

static void draw_clipped(const View *view, const Point *const points[3], const Corner corners[3], int is_culled,
    const Cut *cut, Names names, const Target *to)
{
    Fan fan;
    clip_to_fan(&fan, view, points, corners);
    for (int c = 1; c + 1 < fan.count; c++) {
        Corner triangle[3] = {fan.corner[0], fan.corner[c], fan.corner[c + 1]};
        if (!(is_culled && shows_back(&triangle[0], &triangle[1], &triangle[2])))
            draw_triangle(triangle, cut, names, to);
    }
}

static inline int is_small(const Corner c[3])
{
    int64_t wide = max64(c[0].x, max64(c[1].x, c[2].x)) - min64(c[0].x, min64(c[1].x, c[2].x));
    int64_t high = max64(c[0].y, max64(c[1].y, c[2].y)) - min64(c[0].y, min64(c[1].y, c[2].y));
    return wide <= SMALL && high <= SMALL;
}

/* Draw the instance o; `cut` is NULL where its opacity is alike all over. */
static void draw_instance(const Scene *scene, const View *view, const Points *points, int64_t o, int is_culled,
    const Cut *cut, const Target *to)
{
    const Shape shape = shape_of(scene, points, o, cut);
    Names names = shape.names;
    const float near = view->near;
    for (int64_t k = 0; k < shape.count; k++, names.number++) {
        const Point *p[3];
        Corner c[3];
        find_corners(&shape, k, cut, p, c);
        if (k + AHEAD < shape.count)
            for (int i = 0; i < 3; i++)
                CALL_FOR(shape.points + shape.triangles[3 * (k + AHEAD) + i]);
        if (!is_whole(p, near)) {
            draw_clipped(view, p, c, is_culled, cut, names, to);
            continue;
        }
        if (is_culled && shows_back(&c[0], &c[1], &c[2]))
            continue;
        if (!cut && !to->peel && is_small(c))
            draw_small(c, names, to);
        else
            draw_triangle(c, cut, names, to);
    }
}

void rendersdg_raster(const Scene *scene, const View *view, const Drawn *drawn, const Points *points,
    const Samples *samples, const Rows *rows)
{
    Target to = target_of(view, samples, rows);
    for (int64_t k = 0; k < drawn->order_count; k++) {
        int64_t o = drawn->order[k];
        Cut cut;
        int is_cut = cut_of(&cut, scene, drawn, o);
        draw_instance(scene, view, points, o, drawn->is_culled[o], is_cut ? &cut : NULL, &to);
    }
}

void rendersdg_peel(
    const Scene *scene, const View *view, const Drawn *drawn, const Points *points, const Peel *peel, const Rows *rows)
{
    Target to = {
        .width = view->width,
        .row_length = 2 * view->width,
        .columns = 2 * view->width,
        .first = 2 * rows->first,
        .end = 2 * rows->end,
        .step = 1,
        .far = 1.0f / view->far,
        .peel = peel,
        .view = view,
    };
    for (int64_t k = 0; k < drawn->order_count; k++)
        draw_instance(scene, view, points, drawn->order[k], 0, NULL, &to);
}
