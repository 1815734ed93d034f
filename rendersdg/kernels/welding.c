/* What corners and vertices carry, as rows of 32-bit integers that are equal and ordered as it is (rows.c tells which
 * are equal), and the volumes by which a closed surface tells its inside.
 *
 * A float is ordered as its bits are, those of negative ones turned round; -0 is 0.
 */
#include <math.h>
#include <string.h>

#include "small.h"

static int32_t ordered(float value)
{
    int32_t bits;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? bits ^ INT32_MAX : bits;
}

/* Says which columns of values (N, width) hold more than one number, varies (width,). NaN is like no number. */
void rendersdg_varying_columns(int64_t count, int64_t width, const double *values, uint8_t *varies)
{
    for (int64_t c = 0; c < width; c++) {
        varies[c] = 0;
        for (int64_t k = 0; k < count && !varies[c]; k++)
            varies[c] = !(values[k * width + c] == values[c]);
    }
}

/* Fills rows (N, columns) with what corners (N,) carry, as floats: of `carried` values (C, width) each the columns that
 * chosen (columns,) names. Returns 0 where one is NaN, which has no order. */
int rendersdg_corner_rows(int64_t count, const int64_t *corners, int64_t width, const double *carried, int64_t columns,
    const int64_t *chosen, int64_t stride, int32_t *rows)
{
    for (int64_t k = 0; k < count; k++)
        for (int64_t c = 0; c < columns; c++) {
            float value = (float)carried[corners[k] * width + chosen[c]];
            if (isnan(value))
                return 0;
            rows[k * stride + c] = ordered(value);
        }
    return 1;
}

/* Fills rows (V, 3) with the places of vertices (V, 3) on a grid of 1e-5 of `size`. */
void rendersdg_grid_rows(int64_t count, const float *vertices, float size, int32_t *rows)
{
    for (int64_t k = 0; k < 3 * count; k++)
        rows[k] = ordered(rintf(vertices[k] / size * 1e5F));
}

/* Fills terms with six times the volumes between the origin and the triangles (T, 3), and returns how many there are:
 * those without three corners have none. A corner is a place (P,), whose point is that of the last of the vertices
 * (V, 3) that stands there, by place_of (V,). points (P, 3) is room. */
int64_t rendersdg_volumes(int64_t count, const int32_t *triangles, int64_t vertex_count, const float *vertices,
    const int32_t *place_of, double *points, double *terms)
{
    int64_t made = 0;
    for (int64_t v = 0; v < vertex_count; v++)
        for (int d = 0; d < 3; d++)
            points[3 * (int64_t)place_of[v] + d] = vertices[3 * v + d];
    for (int64_t t = 0; t < count; t++) {
        const int32_t *corner = triangles + 3 * t;
        if (corner[0] == corner[1] || corner[1] == corner[2] || corner[2] == corner[0])
            continue;
        const double *a = points + 3 * (int64_t)corner[0], *b = points + 3 * (int64_t)corner[1];
        const double *c = points + 3 * (int64_t)corner[2];
        double x = b[1] * c[2] - b[2] * c[1], y = b[2] * c[0] - b[0] * c[2], z = b[0] * c[1] - b[1] * c[0];
        terms[made++] = a[0] * x + a[1] * y + a[2] * z;
    }
    return made;
}
