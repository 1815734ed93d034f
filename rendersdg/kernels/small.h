/* What travels between Python and the kernels that the stage, defects and detectors use; kernels.h tells the
 * conventions. */
#ifndef RENDERSDG_SMALL_H
#define RENDERSDG_SMALL_H

#include <stdint.h>

#include "kernels.h"

/* ---- drawing: millimetres; texel (row, column) has its centre at origin + texel * (column, row) ---- */

typedef struct {
    float *cover;  /* (H, W) coverage, 0 to 1 */
    int16_t *part; /* (H, W) the number of the shape that covers most */
    int64_t height;
    int64_t width;
    double origin[2];
    double texel;
    double soft; /* how wide the edge about an outline is */
} Canvas;

typedef struct {
    const int16_t *number; /* (N,) */
    const double *centres; /* (N, 2) */
    const double *radii;   /* (N, 2) */
    const double *turns;   /* (N,) radians */
    const double *wobble;  /* (N, K) cosine and sine terms of the outline's relative radius, by turns */
    const double *weight;  /* (N,) largest coverage */
    int64_t count;         /* N */
    int64_t terms;         /* K */
} Ovals;

typedef struct {
    const int16_t *number; /* (N,) the line of a point: two points of one number are joined */
    const double *points;  /* (N, 2) */
    const double *half;    /* (N,) half widths */
    const double *weight;  /* (N,) coverages */
    int64_t count;
} Strokes;

typedef struct { /* the images of a patch (H, W), and the same side by side */
    const float *gain;
    const float *add; /* (H, W, 3) */
    const float *rough_gain;
    const float *rough_add;
    const float *metal_gain;
    const float *metal_add;
    const float *slopes; /* (H, W, 2) */
    const float *lift;   /* heights in the unit of texel */
    float *out;          /* (H, W, 10) */
    int64_t height;
    int64_t width;
    float texel;
} Patch;

/* ---- unrolling a surface ---- */

typedef struct {
    const double *points;   /* (T, 3, 3) the corners of all triangles */
    const int32_t *corners; /* (T, 3) the places (0 to P - 1) that they name */
    const int32_t *across;  /* (T, 3) the triangle over the edge from corner k to corner k + 1, -1 at a border */
    int32_t *found;         /* (T,) the triangles that are reached, in the order in which they are */
    double *flat;           /* (T, 3, 2) their corners in the plane */
    int64_t triangle_count;
    int64_t place_count;
    int64_t seed;     /* the triangle that holds the centre */
    double centre[3]; /* the origin of the plane */
    double axis[3];   /* the direction of its first axis */
    double radius;
} Unrolling;

typedef struct {            /* the corners of a mesh's faces, face after face */
    const double *points;   /* (P, 3) */
    const int64_t *indices; /* (C,) the point of each */
} Corners;

EXPORT void rendersdg_cut_fans(
    const Corners *all, int64_t face_count, const int64_t *counts, int64_t *triangles, int64_t *faces, uint8_t *convex);
EXPORT void rendersdg_corner_normals(const Corners *all, int64_t count, const int64_t *triangles, const int64_t *faces,
    double *normals, int64_t total_count, double *totals, double *out);
EXPORT void rendersdg_have_area(int64_t count, const int32_t *triangles, const float *vertices, uint8_t *has);
EXPORT void rendersdg_varying_columns(int64_t count, int64_t width, const double *values, uint8_t *varies);
EXPORT int rendersdg_corner_rows(int64_t count, const int64_t *corners, int64_t width, const double *carried,
    int64_t columns, const int64_t *chosen, int64_t stride, int32_t *rows);
EXPORT void rendersdg_grid_rows(int64_t count, const float *vertices, float size, int32_t *rows);
EXPORT int64_t rendersdg_volumes(int64_t count, const int32_t *triangles, int64_t vertex_count, const float *vertices,
    const int32_t *place_of, double *points, double *terms);
EXPORT void rendersdg_sixteen_bit(int64_t count, const float *values, uint16_t *out);
EXPORT void rendersdg_halved(int64_t height, int64_t width, int64_t channels, const float *image, float *out);
EXPORT int64_t rendersdg_components(
    int64_t triangle_count, int64_t vertex_count, const int32_t *triangles, int32_t *parent, int32_t *out);
EXPORT int rendersdg_is_closed(
    int64_t triangle_count, int64_t vertex_count, const int32_t *triangles, int64_t *starts, int32_t *ends);
EXPORT int64_t rendersdg_number_rows(int64_t count, int64_t width, const int32_t *rows, int64_t table_size,
    int32_t *table, int32_t *first, int32_t *which);
EXPORT int rendersdg_order_rows(
    int64_t count, int64_t width, const int32_t *rows, const int32_t *first, int32_t *scratch);
EXPORT int64_t rendersdg_number_grouped_rows(int64_t count, int64_t width, const int32_t *rows, const int32_t *group,
    int64_t group_count, int64_t *starts, int32_t *room, int32_t *found);
EXPORT void rendersdg_draw_ovals(const Canvas *canvas, const Ovals *ovals);
EXPORT void rendersdg_draw_strokes(const Canvas *canvas, const Strokes *strokes);
EXPORT void rendersdg_stack(const Patch *patch);
EXPORT int rendersdg_touches_any(
    const double *centre, const double *half, int64_t count, const double *centres, const double *halves);
EXPORT int64_t rendersdg_unfold(const Unrolling *unrolling);
EXPORT int64_t rendersdg_thinned(
    int64_t count, const double *xyxy, const int64_t *labels, double iou, int64_t limit, uint8_t *gone, int64_t *kept);
EXPORT void rendersdg_shared_areas(
    int64_t count, const double *a, int64_t other_count, const double *b, double *shared);
EXPORT int64_t rendersdg_thinned_quadrilaterals(int64_t count, const double *corners, const int64_t *labels, double iou,
    int64_t limit, uint8_t *gone, int64_t *kept);
EXPORT int rendersdg_meshopt_vertices(int64_t size, const uint8_t *data, int64_t count, int64_t stride, uint8_t *out);
EXPORT int rendersdg_meshopt_indices(int64_t size, const uint8_t *data, int64_t count, uint32_t *out);
EXPORT int rendersdg_meshopt_triangles(int64_t size, const uint8_t *data, int64_t count, uint32_t *out);
EXPORT int64_t rendersdg_lz4_block(int64_t size, const uint8_t *data, int64_t room, uint8_t *out);
EXPORT void rendersdg_elementary(int64_t count, const double *angles, double *sines, double *cosines);
EXPORT void rendersdg_arctangents(int64_t count, const float *y, const float *x, float *angles);
EXPORT void rendersdg_angles(int64_t count, const double *y, const double *x, double *out);
EXPORT void rendersdg_sines(int64_t count, const double *x, double *out);
EXPORT void rendersdg_cosines(int64_t count, const double *x, double *out);
EXPORT void rendersdg_tangents(int64_t count, const double *x, double *out);
EXPORT void rendersdg_arcsines(int64_t count, const double *x, double *out);
EXPORT void rendersdg_arccosines(int64_t count, const double *x, double *out);
EXPORT void rendersdg_logarithms(int64_t count, const double *x, double *out);
EXPORT void rendersdg_logarithms_two(int64_t count, const double *x, double *out);
EXPORT void rendersdg_logarithms_ten(int64_t count, const double *x, double *out);
EXPORT void rendersdg_logarithms_plus_one(int64_t count, const double *x, double *out);
EXPORT void rendersdg_exponentials(int64_t count, const double *x, double *out);
EXPORT void rendersdg_exponentials_two(int64_t count, const double *x, double *out);
EXPORT double rendersdg_sine(double x);
EXPORT double rendersdg_cosine(double x);
EXPORT double rendersdg_tangent(double x);
EXPORT double rendersdg_arcsine(double x);
EXPORT double rendersdg_arccosine(double x);
EXPORT double rendersdg_logarithm(double x);
EXPORT double rendersdg_logarithm_two(double x);
EXPORT double rendersdg_logarithm_ten(double x);
EXPORT double rendersdg_logarithm_plus_one(double x);
EXPORT double rendersdg_exponential(double x);
EXPORT double rendersdg_exponential_two(double x);
EXPORT double rendersdg_angle(double y, double x);
EXPORT double rendersdg_power(double x, double y);
EXPORT void rendersdg_powers_each(int64_t count, const double *x, const double *y, double *out);
EXPORT void rendersdg_powers(int64_t count, const double *x, double exponent, double *out);
EXPORT void rendersdg_powers_single(int64_t count, const float *x, double exponent, float *out);

/* ---- small matrices (matrices.c): row by row unless strides say else, which count elements ---- */

enum { MOST_SIDE = 16 }; /* of a matrix that is inverted */

typedef struct {
    const double *a; /* (N, R, K) */
    const double *b; /* (N, K, C) */
    double *out;     /* (N, R, C), row by row */
    int64_t count;   /* N */
    int64_t rows;    /* R */
    int64_t inner;   /* K */
    int64_t columns; /* C */
    int64_t a_strides[3];
    int64_t b_strides[3];
} Product;

EXPORT void rendersdg_product(const Product *product);
EXPORT int64_t rendersdg_inverse(int64_t count, int64_t side, const double *matrices, double *out);
EXPORT void rendersdg_determinant(int64_t count, int64_t side, const double *matrices, double *out);
EXPORT void rendersdg_singular(int64_t rows, int64_t columns, double *a, double *sizes, double *v);

/* ---- images (resampling.c): (H, W, C), row by row, channels innermost ---- */

typedef struct {          /* what each of `count` new rows or columns is made of: weights of old ones */
    const int32_t *index; /* (N, K) 0 to length - 1 */
    const float *weight;  /* (N, K) */
    int64_t count;        /* N */
    int64_t taps;         /* K */
} Taps;

typedef struct {
    const float *pixels; /* (H, W, C) */
    int64_t height;
    int64_t width;
    int64_t channels;
} Picture;

EXPORT void rendersdg_mix_rows(const Taps *taps, int64_t row_length, const float *image, float *out);
EXPORT void rendersdg_mix_columns(
    const Taps *taps, int64_t rows, int64_t width, int64_t channels, const float *image, float *out);
EXPORT void rendersdg_convolve_rows(int64_t rows, int64_t width, int64_t channels, int64_t taps, const float *weights,
    const float *image, float *padded, float *out);
EXPORT void rendersdg_sample_at(
    const Picture *picture, int64_t count, const float *x, const float *y, int64_t border, float *out);
EXPORT void rendersdg_correlate(int64_t height, int64_t width, int64_t channels, int64_t tall, int64_t wide,
    const double *kernel, const double *padded, double *out);

#endif
