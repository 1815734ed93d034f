/* Vertices of the active instances as the camera sees them: camera space, fixed-point screen position, 1 / w.
 *
 * Layout: instance o's points lie at first_point[o] in the order of its mesh's vertices. camera_from_mesh is (N, 4, 4),
 * rows of four floats. A point whose screen position is too far out for exact edge functions is marked, and clipped
 * where it is drawn.
 */
#include <math.h>

#include "kernels.h"
#include "sweep.h"

static const double GUARD = 1 << 21; /* pixels: within, products of coordinate differences stay within 63 bits */
static const float LEAST_DEPTH = 1e-9f;

static void project(const View *view, Point *p)
{
    p->inverse_w = 0.0f;
    p->screen_x = NOT_ON_SCREEN;
    p->screen_y = 0;
    if (!(p->w > LEAST_DEPTH))
        return;
    p->inverse_w = 1.0f / p->w;
    double x = (double)(view->centre_x + view->focal_x * p->x * p->inverse_w);
    double y = (double)(view->centre_y - view->focal_y * p->y * p->inverse_w);
    if (fabs(x) < GUARD && fabs(y) < GUARD) {
        p->screen_x = (int32_t)floor(x * SUB + 0.5);
        p->screen_y = (int32_t)floor(y * SUB + 0.5);
    }
}

void rendersdg_transform(const Scene *scene, const View *view, const Drawn *drawn, const Points *points)
{
    const Instances *instances = scene->instances;
    for (int64_t o = 0; o < instances->count; o++) {
        if (!drawn->is_active[o])
            continue;
        const float *m = points->camera_from_mesh + 16 * o;
        const float *vertex = scene->meshes->vertices + 3 * instances->first_vertex[o];
        Point *p = points->points + instances->first_point[o];
        for (int64_t v = 0; v < instances->vertex_count[o]; v++, vertex += 3, p++) {
            float x = vertex[0], y = vertex[1], z = vertex[2];
            p->x = m[0] * x + m[1] * y + m[2] * z + m[3];
            p->y = m[4] * x + m[5] * y + m[6] * z + m[7];
            p->w = -(m[8] * x + m[9] * y + m[10] * z + m[11]);
            project(view, p);
        }
    }
}
