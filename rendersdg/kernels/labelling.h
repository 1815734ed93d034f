/* What a pixel's labels are, given the triangle seen there: the arithmetic of labels.c (rows) and grid.c (items). */
#ifndef RENDERSDG_LABELLING_H
#define RENDERSDG_LABELLING_H

#include "records.h"

typedef struct {
    Corners corners;
    float previous[3][3]; /* homogeneous previous pixel of each corner */
} LabelRecord;

/* Fill the record of a triangle for the tile of pixel (column, row). */
static inline void set_up_labels(LabelRecord *r, const Scene *scene, const View *view, const Points *points,
    const Source *source, int32_t column, int32_t row)
{
    set_up(&r->corners, scene, view, points, source, column, row);
    if (!points->previous)
        return;
    const float *m = points->previous + 16 * source->instance;
    for (int c = 0; c < 3; c++) {
        const float *v = scene->meshes->vertices + 3 * (source->first_vertex + source->corner[c]);
        for (int axis = 0; axis < 3; axis++) {
            const float *of = m + (axis < 2 ? 4 * axis : 12);
            r->previous[c][axis] = of[0] * v[0] + of[1] * v[1] + of[2] * v[2] + of[3];
        }
    }
}

/* Slopes of the ray through a pixel's centre. */
INLINE float slope_at_column(const View *view, int64_t x)
{
    return ((float)(int32_t)x + 0.5f - view->centre_x) * (1.0f / view->focal_x);
}

INLINE float slope_at_row(const View *view, int64_t y)
{
    return (view->centre_y - (float)y - 0.5f) * (1.0f / view->focal_y);
}

/* The edge functions of a row that lies dy from the reference. */
INLINE void edges_of_row(const Corners *c, float dy, float e[3])
{
    for (int i = 0; i < 3; i++)
        e[i] = c->edge[i][0] + dy * c->edge[i][2];
}

/* Barycentrics at dx from the reference, in such a row. */
INLINE Barycentrics in_row(const Corners *c, const float e[3], float dx)
{
    return clamped(e[0] + dx * c->edge[0][1], e[1] + dx * c->edge[1][1], e[2] + dx * c->edge[2][1]);
}

INLINE float blend(const Barycentrics *t, float a, float b, float c) { return t->e[0] * a + t->e[1] * b + t->e[2] * c; }

/* Depth, distance and normal along the ray q of a lens that bends lines. */
INLINE void label_bent(
    const Corners *c, const Source *source, const View *view, int64_t q, float *depth, float *distance, float normal[3])
{
    Barycentrics t = across(source->point, view->ray_x[q], view->ray_y[q], view->ray_z[q]);
    const Point *const *p = source->point;
    float w = blend(&t, c->w[0], c->w[1], c->w[2]);
    float x = blend(&t, p[0]->x, p[1]->x, p[2]->x);
    float y = blend(&t, p[0]->y, p[1]->y, p[2]->y);
    *depth = w;
    *distance = sqrtf(x * x + y * y + w * w);
    for (int axis = 0; axis < 3; axis++)
        normal[axis] = blend(&t, c->normal[0][axis], c->normal[1][axis], c->normal[2][axis]);
}

/* The distance to what lies at depth w along a ray of these slopes. */
INLINE float distance_along(float w, float slope_x, float slope_y)
{
    return w * sqrtf(slope_x * slope_x + slope_y * slope_y + 1.0f);
}

/* A blended normal at unit length. */
INLINE void keep_normal(float *out, float x, float y, float z)
{
    float q = inverse_length(x * x + y * y + z * z);
    out[0] = x * q;
    out[1] = y * q;
    out[2] = z * q;
}

/* Pixels from pixel (x, y) to where it was in the previous frame; 0 for what was not before the camera. */
INLINE void keep_motion(float *out, float previous_x, float previous_y, float w, float x, float y)
{
    int is_before = w > 1e-9f;
    float inverse = 1.0f / (is_before ? w : 1.0f);
    float mx = previous_x * inverse - (x + 0.5f);
    float my = previous_y * inverse - (y + 0.5f);
    out[0] = is_before ? mx : 0.0f;
    out[1] = is_before ? my : 0.0f;
}

#endif
