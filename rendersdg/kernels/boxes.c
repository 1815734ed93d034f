/* Whether boxes that stand in any direction meet: the separating axis theorem (Gottschalk, Lin and Manocha 1996,
 * "OBBTree").
 *
 * A box is its centre (3,) and its half axes (3, 3) as rows; a flat box has a half axis of length nought. Boxes that
 * just touch do not meet; those of which a number is NaN do, since no axis is seen to part them.
 */
#include <math.h>

#include "small.h"

#define FLAT 1e-24 /* the squared length below which an axis says nothing */

typedef struct {
    const double *a; /* half axes of both boxes */
    const double *b;
    double gap[3]; /* from the first centre to the second */
} Pair;

/* Whether the shadows of both boxes on an axis lie apart. */
static int is_parted(const double axis[3], const Pair *pair)
{
    double x = axis[0], y = axis[1], z = axis[2];
    if (x * x + y * y + z * z <= FLAT)
        return 0;
    double reach = 0.0;
    for (int i = 0; i < 9; i += 3) {
        const double *a = pair->a + i, *b = pair->b + i;
        reach += fabs(x * a[0] + y * a[1] + z * a[2]) + fabs(x * b[0] + y * b[1] + z * b[2]);
    }
    return fabs(x * pair->gap[0] + y * pair->gap[1] + z * pair->gap[2]) > reach * (1.0 - 1e-9);
}

static int is_parted_across(const double *u, const double *v, const Pair *pair)
{
    double axis[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
    return is_parted(axis, pair);
}

static double squared(const double *values, int count)
{
    double sum = 0.0;
    for (int k = 0; k < count; k++)
        sum += values[k] * values[k];
    return sum;
}

static int touch(const Pair *pair)
{
    const double *a = pair->a, *b = pair->b;
    if (squared(pair->gap, 3) > 2.0 * (squared(a, 9) + squared(b, 9)))
        return 0; /* (r1 + r2)^2 <= 2 (r1^2 + r2^2), the r being half diagonals */
    for (int i = 0; i < 3; i++) {
        int next = (i + 1) % 3;
        if (is_parted(a + 3 * i, pair) || is_parted(b + 3 * i, pair))
            return 0;
        /* a flat box has no third half axis: its normal is the cross product of the others */
        if (is_parted_across(a + 3 * i, a + 3 * next, pair) || is_parted_across(b + 3 * i, b + 3 * next, pair))
            return 0;
        for (int j = 0; j < 3; j++)
            if (is_parted_across(a + 3 * i, b + 3 * j, pair))
                return 0;
    }
    return 1;
}

/* Whether a box meets any of those with centres (N, 3) and half axes (N, 3, 3). */
int rendersdg_touches_any(
    const double *centre, const double *half, int64_t count, const double *centres, const double *halves)
{
    for (int64_t k = 0; k < count; k++) {
        Pair pair = {half, halves + 9 * k, {0}};
        for (int d = 0; d < 3; d++)
            pair.gap[d] = centres[3 * k + d] - centre[d];
        if (touch(&pair))
            return 1;
    }
    return 0;
}
