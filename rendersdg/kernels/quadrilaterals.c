/* Convex quadrilaterals: the area that two of them share, and greedy non-maximum suppression by it.
 *
 * Corners (N, 4, 2) go around in either sense. One is cut along the four sides of the other (Sutherland and Hodgman
 * 1974), so the area is exact but for rounding.
 */
#include "bounds.h"
#include "small.h"

enum { CORNERS = 4, MOST_POINTS = 64 }; /* each cut at most doubles the points, whatever numbers come in */

/* Twice the area of a polygon, positive where x to y turns the way it goes around. */
static double doubled_area(const double (*points)[2], int64_t count)
{
    double sum = 0.0;
    for (int64_t k = 1; k + 1 < count; k++) {
        double ax = points[k][0] - points[0][0], ay = points[k][1] - points[0][1];
        double bx = points[k + 1][0] - points[0][0], by = points[k + 1][1] - points[0][1];
        sum += ax * by - ay * bx;
    }
    return sum;
}

static double magnitude(double x) { return x < 0.0 ? -x : x; }

/* Cuts off what lies on the negative side of the line through p with the normal n, and returns how many points are
 * left. */
static int64_t cut(const double (*points)[2], int64_t count, const double p[2], const double n[2], double (*out)[2])
{
    int64_t left = 0;
    for (int64_t k = 0; k < count; k++) {
        const double *a = points[k], *b = points[(k + 1) % count];
        double of_a = (a[0] - p[0]) * n[0] + (a[1] - p[1]) * n[1];
        double of_b = (b[0] - p[0]) * n[0] + (b[1] - p[1]) * n[1];
        if (of_a >= 0.0) {
            out[left][0] = a[0];
            out[left++][1] = a[1];
        }
        if ((of_a > 0.0 && of_b < 0.0) || (of_a < 0.0 && of_b > 0.0)) {
            double share = of_a / (of_a - of_b);
            out[left][0] = a[0] + share * (b[0] - a[0]);
            out[left++][1] = a[1] + share * (b[1] - a[1]);
        }
    }
    return left;
}

static double area_of(const double *corners)
{
    return 0.5 * magnitude(doubled_area((const double (*)[2])corners, CORNERS));
}

static int is_finite(const double *corners)
{
    for (int k = 0; k < 2 * CORNERS; k++)
        if (!(corners[k] - corners[k] == 0.0))
            return 0;
    return 1;
}

/* The area that quadrilaterals a and b share; none where a corner is not a number, or a has no area. */
static double shared_area(const double *a, const double *b)
{
    if (!is_finite(a) || !is_finite(b))
        return 0.0;
    double sides[CORNERS][2], buffers[2][MOST_POINTS][2];
    for (int k = 0; k < CORNERS; k++) /* about a corner of a, since differences of small numbers are exact */
        for (int d = 0; d < 2; d++) {
            sides[k][d] = a[2 * k + d] - a[d];
            buffers[0][k][d] = b[2 * k + d] - a[d];
        }
    double area = doubled_area((const double (*)[2])sides, CORNERS), sense = area < 0.0 ? -1.0 : 1.0;
    if (area == 0.0)
        return 0.0;
    int64_t count = CORNERS;
    int now = 0;
    for (int k = 0; k < CORNERS && count; k++, now = 1 - now) {
        const double *p = sides[k], *q = sides[(k + 1) % CORNERS];
        double n[2] = {-sense * (q[1] - p[1]), sense * (q[0] - p[0])};
        count = cut((const double (*)[2])buffers[now], count, p, n, buffers[1 - now]);
    }
    return 0.5 * magnitude(doubled_area((const double (*)[2])buffers[now], count));
}

/* Left, top, right and bottom of what holds a quadrilateral. */
static void bounds_of(const double *corners, double out[4])
{
    for (int d = 0; d < 2; d++) {
        out[d] = least(least(corners[d], corners[2 + d]), least(corners[4 + d], corners[6 + d]));
        out[2 + d] = most(most(corners[d], corners[2 + d]), most(corners[4 + d], corners[6 + d]));
    }
}

static int is_apart(const double a[4], const double b[4])
{
    return a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
}

/* Sets shared (N, M) to the areas that quadrilaterals a (N, 4, 2) and b (M, 4, 2) share. */
void rendersdg_shared_areas(int64_t count, const double *a, int64_t other_count, const double *b, double *shared)
{
    for (int64_t i = 0; i < count; i++) {
        double of_a[4], of_b[4];
        bounds_of(a + 8 * i, of_a);
        for (int64_t j = 0; j < other_count; j++) {
            bounds_of(b + 8 * j, of_b);
            shared[i * other_count + j] = is_apart(of_a, of_b) ? 0.0 : shared_area(a + 8 * i, b + 8 * j);
        }
    }
}

/* Sets kept to the places of the first limit quadrilaterals that stay, and returns their count; gone (N,) holds zeros
 * on entry. */
int64_t rendersdg_thinned_quadrilaterals(int64_t count, const double *corners, const int64_t *labels, double iou,
    int64_t limit, uint8_t *gone, int64_t *kept)
{
    int64_t found = 0;
    for (int64_t i = 0; i < count && found < limit; i++) {
        if (gone[i])
            continue;
        kept[found++] = i;
        double own[8], bounds[4], others[4]; /* copies, since for all C knows gone may lie where the corners do */
        for (int k = 0; k < 8; k++)
            own[k] = corners[8 * i + k];
        bounds_of(own, bounds);
        const double area = area_of(own);
        const int64_t label = labels[i];
        for (int64_t j = i + 1; j < count; j++) {
            if (gone[j] || labels[j] != label)
                continue;
            bounds_of(corners + 8 * j, others);
            if (is_apart(bounds, others))
                continue;
            double shared = shared_area(own, corners + 8 * j);
            gone[j] = shared > iou * most(area + area_of(corners + 8 * j) - shared, 1e-12);
        }
    }
    return found;
}
