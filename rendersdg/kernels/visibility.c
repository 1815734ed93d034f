/* Which triangle is seen where, and how many pixels each entity would have alone: instances are drawn one after the
 * other.
 *
 * A triangle that lies before the near plane and on the screen goes to the sweep as it is. Others are clipped in camera
 * space against the near plane and four planes a little outside the image (Sutherland and Hodgman 1974), then drawn as
 * a fan.
 *
 * Layout: an instance's triangles are first_triangle.. in Meshes, and first_number.. in the numbers that the samples
 * get.
 */
#include <math.h>
#include <stddef.h>

#include "kernels.h"
#include "numbers.h"
#include "sweep.h"

enum {
    AHEAD = 8, /* triangles whose points are called for before they are drawn */
    PLANES = 5,
    MOST_CORNERS = 3 + PLANES, /* each plane adds one at most */
};

typedef struct { /* a corner in camera space, and its texture coordinates */
    double x;
    double y;
    double w;
    double u;
    double v;
    double opacity;
} ClipCorner;

/* How far a corner lies on the inner side of a plane: the near one, or pixel - limit, times w. */
static double inside(const View *view, int plane, const ClipCorner *p)
{
    double width = (double)view->width, height = (double)view->height;
    double cx = view->centre_x, cy = view->centre_y;
    switch (plane) {
    case 0:
        return p->w - (double)view->near;
    case 1:
        return (cx + width) * p->w + (double)view->focal_x * p->x;
    case 2:
        return (2.0 * width - cx) * p->w - (double)view->focal_x * p->x;
    case 3:
        return (cy + height) * p->w - (double)view->focal_y * p->y;
    default:
        return (2.0 * height - cy) * p->w + (double)view->focal_y * p->y;
    }
}

static ClipCorner between_corners(const ClipCorner *a, const ClipCorner *b, double f)
{
    return (ClipCorner){
        a->x + f * (b->x - a->x),
        a->y + f * (b->y - a->y),
        a->w + f * (b->w - a->w),
        a->u + f * (b->u - a->u),
        a->v + f * (b->v - a->v),
        a->opacity + f * (b->opacity - a->opacity),
    };
}

/* Clip a polygon of three corners in place and return how many it has then; fewer than three are nothing. */
static int clip(const View *view, ClipCorner polygon[MOST_CORNERS])
{
    int count = 3;
    for (int plane = 0; plane < PLANES && count >= 3; plane++) {
        ClipCorner kept[MOST_CORNERS];
        int n = 0;
        for (int c = 0; c < count; c++) {
            const ClipCorner *a = &polygon[c], *b = &polygon[(c + 1) % count];
            double da = inside(view, plane, a), db = inside(view, plane, b);
            if (da >= 0 && n < MOST_CORNERS)
                kept[n++] = *a;
            if ((da >= 0) != (db >= 0) && n < MOST_CORNERS) /* rounding may make a polygon not quite convex */
                kept[n++] = between_corners(a, b, da / (da - db));
        }
        count = n;
        for (int c = 0; c < count; c++)
            polygon[c] = kept[c];
    }
    return count;
}

/* Set a clipped corner's place on the screen; return whether it is there. */
static int project(const View *view, const ClipCorner *p, Corner *out)
{
    const double limit = (double)(1 << 29); /* fixed point: what the sweep's products allow */
    double w = 1e-12 > p->w ? 1e-12 : p->w;
    double x = floor(((double)view->centre_x + (double)view->focal_x * p->x / w) * SUB + 0.5);
    double y = floor(((double)view->centre_y - (double)view->focal_y * p->y / w) * SUB + 0.5);
    if (!(fabs(x) < limit && fabs(y) < limit))
        return 0;
    *out = (Corner){(int64_t)x, (int64_t)y, (float)(1.0 / w), (float)p->u, (float)p->v, (float)p->opacity};
    return 1;
}

/* Whether a triangle shows its back, or nothing: on the screen y points down. */
static inline int shows_back(const Corner c[3])
{
    return (c[1].x - c[0].x) * (c[2].y - c[0].y) - (c[2].x - c[0].x) * (c[1].y - c[0].y) >= 0;
}

static void draw_clipped(const View *view, const Point *const points[3], const Corner corners[3], int is_culled,
    const Cut *cut, Names names, const Target *to)
{
    ClipCorner polygon[MOST_CORNERS];
    for (int c = 0; c < 3; c++)
        polygon[c] = (ClipCorner){
            points[c]->x, points[c]->y, points[c]->w, corners[c].u, corners[c].v, corners[c].opacity};
    int count = clip(view, polygon);
    Corner fan[MOST_CORNERS];
    for (int c = 0; c < count; c++)
        if (!project(view, &polygon[c], &fan[c]))
            return;
    for (int c = 1; c + 1 < count; c++) {
        Corner triangle[3] = {fan[0], fan[c], fan[c + 1]};
        if (!(is_culled && shows_back(triangle)))
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
    const Instances *instances = scene->instances;
    const int32_t *triangles = scene->meshes->triangles + 3 * instances->first_triangle[o];
    const float *uvs = scene->meshes->uvs + 2 * instances->first_vertex[o], *opacities = NULL;
    if (cut && cut->by_corners && scene->meshes->opacities)
        opacities = scene->meshes->opacities + instances->first_vertex[o];
    const Point *point = points->points + instances->first_point[o];
    Names names = {(int32_t)instances->first_number[o], (int32_t)instances->entity[o]};
    const float near = view->near;
    const int64_t count = instances->triangle_count[o];
    for (int64_t k = 0; k < count; k++, triangles += 3, names.number++) {
        const Point *p[3] = {point + triangles[0], point + triangles[1], point + triangles[2]};
        if (k + AHEAD < count)
            for (int i = 0; i < 3; i++)
                __builtin_prefetch(point + triangles[3 * AHEAD + i]);
        Corner c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = (Corner){p[i]->screen_x, p[i]->screen_y, p[i]->inverse_w, 0.0f, 0.0f, 1.0f};
            if (cut) {
                c[i].u = uvs[2 * triangles[i]];
                c[i].v = uvs[2 * triangles[i] + 1];
                c[i].opacity = opacities ? opacities[triangles[i]] : 1.0f;
            }
        }
        int is_before = p[0]->w > near && p[1]->w > near && p[2]->w > near;
        int is_on_screen = p[0]->screen_x != NOT_ON_SCREEN && p[1]->screen_x != NOT_ON_SCREEN
            && p[2]->screen_x != NOT_ON_SCREEN;
        if (is_before && is_on_screen) {
            if (is_culled && shows_back(c))
                continue;
            if (!cut && !to->peel && is_small(c))
                draw_small(c, names, to);
            else
                draw_triangle(c, cut, names, to);
        } else if (!(p[0]->w <= near && p[1]->w <= near && p[2]->w <= near)) {
            draw_clipped(view, p, c, is_culled, cut, names, to);
        }
    }
}

void rendersdg_raster(const Scene *scene, const View *view, const Drawn *drawn, const Points *points,
    const Samples *samples, const Rows *rows)
{
    int64_t rows_a_pixel = view->step == 2 ? 1 : 2;
    Target to = {
        .inverse_depth = samples->inverse_depth,
        .triangle = samples->triangle,
        .stamp = samples->stamp,
        .unoccluded = samples->unoccluded,
        .loose = samples->loose,
        .width = view->width,
        .row_length = rows_a_pixel * view->width,
        .columns = 2 * view->width,
        .first = 2 * rows->first,
        .end = 2 * rows->end,
        .end_sample = rows->end * rows_a_pixel * rows_a_pixel * view->width,
        .step = view->step,
        .shift = view->step == 2,
        .far = 1.0f / view->far,
    };
    for (int64_t k = 0; k < drawn->order_count; k++) {
        int64_t o = drawn->order[k];
        Cut cut = {scene->textures, drawn->cut_texture[o], drawn->cut_channel[o], drawn->cut_threshold[o],
            drawn->cut_by_corners[o]};
        int is_cut = cut.texture >= 0 || cut.by_corners;
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
