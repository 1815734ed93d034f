/* Polygons as triangles: which are convex and cut into fans, the normals of what they are cut into, and which triangles
 * have an area. Sums are added from the first to the last, in double.
 *
 * A corner is a place in the list of all faces' corners, face after face; its point is indices[corner]. Triangles (T,
 * 3) name corners.
 */
#include <math.h>
#include <string.h>

#include "small.h"

static const double LEAST_TURN = -1e-12; /* of a corner against the face's normal, as a share of its square */
static const double LEAST_LENGTH = 1e-30;

static const double *point_of(const Corners *all, int64_t corner) { return all->points + 3 * all->indices[corner]; }

static void subtract(const double *a, const double *b, double *out)
{
    for (int d = 0; d < 3; d++)
        out[d] = a[d] - b[d];
}

static void cross(const double *a, const double *b, double *out)
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* Adds the cross product of the ways from `from` to two points to sum (3,). */
static void add_cross(const double *from, const double *p, const double *q, double *sum)
{
    double a[3], b[3], c[3];
    subtract(p, from, a);
    subtract(q, from, b);
    cross(a, b, c);
    for (int d = 0; d < 3; d++)
        sum[d] += c[d];
}

/* Whether no corner of a face turns against Newell's normal (Sutherland, Sproull and Schumacker 1974). */
static int is_convex(const Corners *all, int64_t first, int64_t size)
{
    double newell[3] = {0.0, 0.0, 0.0};
    const double *origin = point_of(all, first);
    for (int64_t k = 0; k < size; k++)
        add_cross(origin, point_of(all, first + k), point_of(all, first + (k + 1) % size), newell);
    double limit = LEAST_TURN * dot(newell, newell);
    for (int64_t k = 0; k < size; k++) {
        const double *here = point_of(all, first + k), *next = point_of(all, first + (k + 1) % size);
        double in[3], out[3], turn[3];
        subtract(next, here, in);
        subtract(point_of(all, first + (k + 2) % size), next, out);
        cross(in, out, turn);
        if (!(dot(turn, newell) >= limit)) /* NaN is not convex either */
            return 0;
    }
    return 1;
}

/* Cuts each face of counts (F,) corners into a fan about its first corner: triangles (T, 3) and the face of each, faces
 * (T,). convex (F,) says of which that is right. */
void rendersdg_cut_fans(
    const Corners *all, int64_t face_count, const int64_t *counts, int64_t *triangles, int64_t *faces, uint8_t *convex)
{
    int64_t first = 0, made = 0;
    for (int64_t face = 0; face < face_count; face++) {
        int64_t size = counts[face];
        convex[face] = size <= 3 || is_convex(all, first, size);
        for (int64_t k = 1; k < size - 1; k++, made++) {
            triangles[3 * made] = first;
            triangles[3 * made + 1] = first + k;
            triangles[3 * made + 2] = first + k + 1;
            faces[made] = face;
        }
        first += size;
    }
}

/* Makes vectors (N, 3) as long as 1; one without a length becomes the z axis. */
static void normalize(int64_t count, double *vectors)
{
    for (int64_t k = 0; k < count; k++) {
        double *v = vectors + 3 * k;
        double length = sqrt(dot(v, v));
        if (length > LEAST_LENGTH)
            for (int d = 0; d < 3; d++)
                v[d] /= length;
        else
            v[0] = v[1] = 0.0, v[2] = 1.0;
    }
}

/* Sets out (C, 3) to unit normals at the triangles' corners, weighted by area: one for each of the faces (T,) that the
 * triangles are of, or for each point where faces is NULL. Those of first corners are added first, then those of second
 * ones. normals (T, 3) and totals (K, 3), zeros, one for each face or point, are room. */
void rendersdg_corner_normals(const Corners *all, int64_t count, const int64_t *triangles, const int64_t *faces,
    double *normals, int64_t total_count, double *totals, double *out)
{
    for (int64_t t = 0; t < count; t++) {
        const int64_t *corners = triangles + 3 * t;
        memset(normals + 3 * t, 0, 3 * sizeof *normals);
        add_cross(point_of(all, corners[0]), point_of(all, corners[1]), point_of(all, corners[2]), normals + 3 * t);
    }
    for (int k = 0; k < 3; k++)
        for (int64_t t = 0; t < count; t++) {
            double *total = totals + 3 * (faces ? faces[t] : all->indices[triangles[3 * t + k]]);
            for (int d = 0; d < 3; d++)
                total[d] += normals[3 * t + d];
        }
    normalize(total_count, totals);
    for (int64_t t = 0; t < count; t++)
        for (int k = 0; k < 3; k++) {
            int64_t corner = triangles[3 * t + k];
            memcpy(out + 3 * corner, totals + 3 * (faces ? faces[t] : all->indices[corner]), 3 * sizeof *out);
        }
}

/* Says which triangles (T, 3) of vertices (V, 3) have an area, has (T,). */
void rendersdg_have_area(int64_t count, const int32_t *triangles, const float *vertices, uint8_t *has)
{
    for (int64_t t = 0; t < count; t++) {
        double corners[3][3], normal[3] = {0.0, 0.0, 0.0};
        for (int k = 0; k < 3; k++)
            for (int d = 0; d < 3; d++)
                corners[k][d] = vertices[3 * (int64_t)triangles[3 * t + k] + d];
        add_cross(corners[0], corners[1], corners[2], normal);
        has[t] = sqrt(dot(normal, normal)) > 0.0;
    }
}
