/* From an instance's triangles to corners on the screen: those that cross the near plane, or lie too far out for exact
 * edge functions, are clipped in camera space first (Sutherland and Hodgman 1974), then drawn as a fan.
 */
#ifndef RENDERSDG_CLIPPING_H
#define RENDERSDG_CLIPPING_H

#include <math.h>
#include <stddef.h>

#include "both.h"
#include "kernels.h"
#include "numbers.h"
#include "sweep.h"

enum {
    PLANES = 5,
    MOST_CORNERS = 3 + PLANES /* each plane adds one at most */
};

typedef struct { /* a corner in camera space, and its texture coordinates */
    double x;
    double y;
    double w;
    double u;
    double v;
    double opacity;
} ClipCorner;

typedef struct { /* a triangle as it is drawn: corner 0 with each two neighbours of the others. 0 corners: not at all */
    Corner corner[MOST_CORNERS];
    int count;
} Fan;

typedef struct { /* an instance's triangles */
    const int32_t *triangles;
    const float *uvs;
    const float *opacities; /* of corners, or NULL */
    const Point *points;
    Names names; /* of its first triangle */
    int64_t count;
} Shape;

/* How far a corner lies on the inner side of a plane: the near one, or pixel - limit, times w. */
static inline double inside(const View *view, int plane, const ClipCorner *p)
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

static inline ClipCorner between_corners(const ClipCorner *a, const ClipCorner *b, double f)
{
    return MADE(ClipCorner){
        a->x + f * (b->x - a->x),
        a->y + f * (b->y - a->y),
        a->w + f * (b->w - a->w),
        a->u + f * (b->u - a->u),
        a->v + f * (b->v - a->v),
        a->opacity + f * (b->opacity - a->opacity),
    };
}

/* Clip a polygon of three corners in place and return how many it has then; fewer than three are nothing. */
static inline int clip(const View *view, ClipCorner polygon[MOST_CORNERS])
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
static inline int project_clipped(const View *view, const ClipCorner *p, Corner *out)
{
    const double limit = (double)(1 << 29); /* fixed point: what the sweep's products allow */
    double w = 1e-12 > p->w ? 1e-12 : p->w;
    double x = floor(((double)view->centre_x + (double)view->focal_x * p->x / w) * SUB + 0.5);
    double y = floor(((double)view->centre_y - (double)view->focal_y * p->y / w) * SUB + 0.5);
    if (!(fabs(x) < limit && fabs(y) < limit))
        return 0;
    *out = MADE(Corner){(int64_t)x, (int64_t)y, (float)(1.0 / w), (float)p->u, (float)p->v, (float)p->opacity};
    return 1;
}

/* Whether a triangle shows its back, or nothing: on the screen y points down. */
static inline int shows_back(const Corner *a, const Corner *b, const Corner *c)
{
    return (b->x - a->x) * (c->y - a->y) - (c->x - a->x) * (b->y - a->y) >= 0;
}

static inline Shape shape_of(const Scene *scene, const Points *points, int64_t o, const Cut *cut)
{
    const Instances *instances = scene->instances;
    int64_t vertex = instances->first_vertex[o];
    const float *opacities = cut && cut->by_corners ? scene->meshes->opacities : NULL;
    return MADE(Shape){
        scene->meshes->triangles + 3 * instances->first_triangle[o],
        scene->meshes->uvs + 2 * vertex,
        opacities ? opacities + vertex : NULL,
        points->points + instances->first_point[o],
        {(int32_t)instances->first_number[o], (int32_t)instances->entity[o]},
        instances->triangle_count[o],
    };
}

/* The cut of instance o; return whether it has any. */
static inline int cut_of(Cut *cut, const Scene *scene, const Drawn *drawn, int64_t o)
{
    *cut = MADE(Cut){scene->textures, drawn->cut_texture[o], drawn->cut_channel[o], drawn->cut_threshold[o],
        drawn->cut_by_corners[o]};
    return cut->texture >= 0 || cut->by_corners;
}

/* Set the points and corners of triangle k; `cut` is NULL where opacity is alike all over. */
INLINE void find_corners(const Shape *shape, int64_t k, const Cut *cut, const Point *p[3], Corner c[3])
{
    const int32_t *vertex = shape->triangles + 3 * k;
    for (int i = 0; i < 3; i++) {
        p[i] = shape->points + vertex[i];
        c[i] = MADE(Corner){p[i]->screen_x, p[i]->screen_y, p[i]->inverse_w, 0.0f, 0.0f, 1.0f};
        if (cut) {
            c[i].u = shape->uvs[2 * vertex[i]];
            c[i].v = shape->uvs[2 * vertex[i] + 1];
            c[i].opacity = shape->opacities ? shape->opacities[vertex[i]] : 1.0f;
        }
    }
}

/* Whether a triangle is drawn as it is: before the near plane and on the screen. */
INLINE int is_whole(const Point *const p[3], float near)
{
    return p[0]->w > near && p[1]->w > near && p[2]->w > near && p[0]->screen_x != NOT_ON_SCREEN
        && p[1]->screen_x != NOT_ON_SCREEN && p[2]->screen_x != NOT_ON_SCREEN;
}

/* The fan of a triangle that is not. */
static inline void clip_to_fan(Fan *fan, const View *view, const Point *const p[3], const Corner corners[3])
{
    ClipCorner polygon[MOST_CORNERS];
    fan->count = 0;
    if (p[0]->w <= view->near && p[1]->w <= view->near && p[2]->w <= view->near)
        return;
    for (int c = 0; c < 3; c++)
        polygon[c] = MADE(ClipCorner){p[c]->x, p[c]->y, p[c]->w, corners[c].u, corners[c].v, corners[c].opacity};
    int count = clip(view, polygon);
    for (int c = 0; c < count; c++)
        if (!project_clipped(view, &polygon[c], &fan->corner[c]))
            return;
    fan->count = count;
}

static inline Target target_of(const View *view, const Samples *samples, const Rows *rows)
{
    int64_t rows_a_pixel = view->step == 2 ? 1 : 2;
    Target to = {
        samples->inverse_depth,
        samples->triangle,
        samples->stamp,
        samples->unoccluded,
        samples->loose,
        view->width,
        rows_a_pixel * view->width,
        2 * view->width,
        2 * rows->first,
        2 * rows->end,
        rows->end * rows_a_pixel * rows_a_pixel * view->width,
        view->step,
        view->step == 2,
        1.0f / view->far,
        NULL,
        NULL,
    };
    return to;
}

#endif
