/* A visible triangle, set up once for the pixels near by: edge functions, depths and normals of its corners.
 *
 * With x' = x - rx w and y' = y - ry w of the corners about a reference ray slope (rx, ry), the edge function opposite
 * corner 0 is
 *
 *   e0 = x'1 y'2 - x'2 y'1 + dx (w2 y'1 - w1 y'2) + dy (x'2 w1 - x'1 w2)
 *
 * at the slope (rx + dx, ry + dy), and cyclically; the quadratic terms cancel. Perspective-correct barycentrics are
 * e / (e0 + e1 + e2) (Olano and Greer 1997). The reference keeps the subtraction small, hence exact enough in float.
 *
 * A record serves a tile of pixels, whose centre is the reference: so a pixel's values are a function of its triangle
 * and of where it lies, whatever is drawn before it.
 */
#ifndef RENDERSDG_RECORDS_H
#define RENDERSDG_RECORDS_H

#include <math.h>

#include "both.h"
#include "kernels.h"
#include "numbers.h"

enum {
    TILE_WIDTH = 32, /* pixels that share the record of their triangle; CHUNK is a multiple of it */
    TILE_HEIGHT = 8,
#if defined(__CUDACC__)
    SLOTS = 1 /* records kept */
#else
    SLOTS = 1024
#endif
};

typedef struct { /* for each slot the triangle, -1 for none, and the tile */
    int32_t triangle[SLOTS];
    int32_t tile_x[SLOTS];
    int32_t tile_y[SLOTS];
} Kept;

typedef struct {
    float slope_x; /* the reference */
    float slope_y;
    float edge[3][3]; /* value at the reference, and by dx and dy */
    float w[3];
    float normal[3][3]; /* of each corner, in the world, on the side that the camera sees */
} Corners;

typedef struct {
    float e[3];
    float scale; /* 1 / |sum of the edge functions| */
} Barycentrics;

/* Barycentrics from edge functions, kept within the triangle. A sum of zero gives the first corner. */
static inline Barycentrics clamped(float e0, float e1, float e2)
{
    float sum = e0 + e1 + e2;
    float inverse = 1.0f / (sum != 0.0f ? sum : 1e-30f);
    e0 = minf(maxf(e0 * inverse, 0.0f), 1.0f);
    e1 = minf(maxf(e1 * inverse, 0.0f), 1.0f);
    e2 = minf(maxf(e2 * inverse, 0.0f), 1.0f);
    e0 = e0 + e1 + e2 > 0.0f ? e0 : 1.0f;
    float t = 1.0f / (e0 + e1 + e2);
    return MADE(Barycentrics){{e0 * t, e1 * t, e2 * t}, fabsf(inverse)};
}

/* Barycentrics at a ray slope (dx, dy) away from the reference. */
static inline Barycentrics barycentrics_at(const Corners *c, float dx, float dy)
{
    return clamped(c->edge[0][0] + dx * c->edge[0][1] + dy * c->edge[0][2],
        c->edge[1][0] + dx * c->edge[1][1] + dy * c->edge[1][2],
        c->edge[2][0] + dx * c->edge[2][1] + dy * c->edge[2][2]);
}

/* Barycentrics of the unit ray (x, y, z) through a triangle, seen along the ray: edge functions in a plane across it,
 * whose axes are those of Duff et al. 2017. */
static inline Barycentrics across(const Point *const p[3], float x, float y, float z)
{
    float s = z >= 0.0f ? 1.0f : -1.0f;
    float a = -1.0f / (s + z);
    float b = x * y * a;
    float ux = 1.0f + s * x * x * a, uy = s * b, uz = -s * x;
    float vx = b, vy = s + y * y * a, vz = -y;
    float h[3], v[3];
    for (int i = 0; i < 3; i++) {
        h[i] = p[i]->x * ux + p[i]->y * uy - p[i]->w * uz;
        v[i] = p[i]->x * vx + p[i]->y * vy - p[i]->w * vz;
    }
    return clamped(h[1] * v[2] - h[2] * v[1], h[2] * v[0] - h[0] * v[2], h[0] * v[1] - h[1] * v[0]);
}

static inline void keep_none(Kept *kept)
{
    for (int k = 0; k < SLOTS; k++)
        kept->triangle[k] = -1;
}

/* The slot of the record that serves triangle `number` at pixel (x, y); set whether it has to be set up first. */
static inline int slot_of(Kept *kept, int32_t number, int32_t x, int32_t y, int *is_new)
{
    int32_t tile_x = x / TILE_WIDTH, tile_y = y / TILE_HEIGHT;
    /* the tiles of a row lie far apart, lest a wide triangle's records take each other's slot */
    int slot = (int)(((uint32_t)number + 389u * (uint32_t)tile_x) & (SLOTS - 1));
    *is_new = kept->triangle[slot] != number || kept->tile_x[slot] != tile_x || kept->tile_y[slot] != tile_y;
    kept->triangle[slot] = number;
    kept->tile_x[slot] = tile_x;
    kept->tile_y[slot] = tile_y;
    return slot;
}

/* Where a visible triangle comes from. */
typedef struct {
    int64_t instance;
    int64_t local;         /* number within its instance */
    const int32_t *corner; /* vertices within their mesh */
    int64_t first_vertex;
    const Point *point[3];
} Source;

/* The corners of a triangle number, which belong to instance o. */
static inline const int32_t *corners_of(const Scene *scene, int32_t number, int64_t o)
{
    const Instances *instances = scene->instances;
    return scene->meshes->triangles + 3 * (instances->first_triangle[o] + number - instances->first_number[o]);
}

static inline Source source_of(const Scene *scene, const Points *points, int32_t number)
{
    const Instances *instances = scene->instances;
    Source s;
    s.instance = instances->number_instance[number];
    s.local = number - instances->first_number[s.instance];
    s.corner = corners_of(scene, number, s.instance);
    s.first_vertex = instances->first_vertex[s.instance];
    for (int i = 0; i < 3; i++)
        s.point[i] = points->points + instances->first_point[s.instance] + s.corner[i];
    return s;
}

/* Have what setting a triangle up will read brought from memory. */
static inline void call_for(const Source *s, const Meshes *meshes)
{
    for (int i = 0; i < 3; i++) {
        int64_t v = s->first_vertex + s->corner[i];
        CALL_FOR(s->point[i]);
        CALL_FOR(meshes->normals + 3 * v);
        CALL_FOR(meshes->uvs + 2 * v);
    }
}

/* Fill the record of a triangle for the tile of pixel (column, row). */
static inline void set_up(Corners *r, const Scene *scene, const View *view, const Points *points, const Source *s,
    int32_t column, int32_t row)
{
    float px[3], py[3];
    float x = ((float)(column / TILE_WIDTH * TILE_WIDTH + TILE_WIDTH / 2) - view->centre_x) * (1.0f / view->focal_x);
    float y = (view->centre_y - (float)(row / TILE_HEIGHT * TILE_HEIGHT + TILE_HEIGHT / 2)) * (1.0f / view->focal_y);
    r->slope_x = x;
    r->slope_y = y;
    for (int i = 0; i < 3; i++) {
        r->w[i] = s->point[i]->w;
        px[i] = s->point[i]->x - x * r->w[i];
        py[i] = s->point[i]->y - y * r->w[i];
    }
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        r->edge[i][0] = px[j] * py[k] - px[k] * py[j];
        r->edge[i][1] = r->w[k] * py[j] - r->w[j] * py[k];
        r->edge[i][2] = px[k] * r->w[j] - px[j] * r->w[k];
    }
    /* the seen side is told by the triangle, not by its blended normal */
    const Point *p = s->point[0], *q = s->point[1], *t = s->point[2];
    float ax = q->x - p->x, ay = q->y - p->y, az = p->w - q->w;
    float bx = t->x - p->x, by = t->y - p->y, bz = p->w - t->w;
    float facing = (ay * bz - az * by) * p->x + (az * bx - ax * bz) * p->y - (ax * by - ay * bx) * p->w;
    float side = (facing > 0.0f) != (points->mirror[s->instance] < 0.0f) ? -1.0f : 1.0f;
    const float *m = points->world_normal + 9 * s->instance;
    for (int i = 0; i < 3; i++) {
        const float *n = scene->meshes->normals + 3 * (s->first_vertex + s->corner[i]);
        float nx = n[0] * side, ny = n[1] * side, nz = n[2] * side;
        for (int axis = 0; axis < 3; axis++)
            r->normal[i][axis] = m[3 * axis] * nx + m[3 * axis + 1] * ny + m[3 * axis + 2] * nz;
    }
}

#endif
