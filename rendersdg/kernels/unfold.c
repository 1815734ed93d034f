/* A neighbourhood of a point on a mesh, unrolled into a plane (Schmidt, Grimm and Wyvill 2006, "Discrete exponential
 * maps").
 *
 * Triangles are laid out across their shared edges as paper would unfold, always the one whose edge lies nearest to the
 * origin next, and by its number where two are as near; a place of the mesh stays where it was first laid. Corner k of
 * triangle t is points[t][k], a point of space, and corners[t][k], the number of its place.
 */
#include <math.h>
#include <stdlib.h>

#include "bounds.h"
#include "small.h"

typedef struct {     /* a triangle that waits, and the edge it is reached over */
    double distance; /* of the edge from the origin */
    int64_t triangle;
    int64_t edge; /* 3 * triangle + k on the side it is reached from, -1 for the first */
} Waiting;

typedef struct { /* a binary heap: no entry precedes its parent, which stands at (k - 1) / 2 */
    Waiting *entries;
    int64_t count;
} Heap;

typedef struct {     /* what is known of places and triangles */
    double *flat;    /* (P, 2) where a place lies */
    uint8_t *placed; /* (P,) */
    uint8_t *seen;   /* (T,) */
    Heap heap;
} Layout;

static int precedes(const Waiting *a, const Waiting *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return a->triangle != b->triangle ? a->triangle < b->triangle : a->edge < b->edge;
}

static void push(Heap *heap, Waiting entry)
{
    int64_t k = heap->count++;
    while (k > 0 && precedes(&entry, heap->entries + (k - 1) / 2)) {
        heap->entries[k] = heap->entries[(k - 1) / 2];
        k = (k - 1) / 2;
    }
    heap->entries[k] = entry;
}

static Waiting pop(Heap *heap)
{
    Waiting first = heap->entries[0];
    Waiting last = heap->entries[--heap->count];
    int64_t k = 0;
    for (int64_t child = 1; child < heap->count; child = 2 * k + 1) {
        if (child + 1 < heap->count && precedes(heap->entries + child + 1, heap->entries + child))
            child++;
        if (!precedes(heap->entries + child, &last))
            break;
        heap->entries[k] = heap->entries[child];
        k = child;
    }
    heap->entries[k] = last;
    return first;
}

/* Sums start from nought, so that a negative nought does not come out. */
static double dot(const double u[3], const double v[3]) { return 0.0 + u[0] * v[0] + u[1] * v[1] + u[2] * v[2]; }

static void subtract(const double u[3], const double v[3], double out[3])
{
    for (int d = 0; d < 3; d++)
        out[d] = u[d] - v[d];
}

static void cross(const double u[3], const double v[3], double out[3])
{
    out[0] = u[1] * v[2] - u[2] * v[1];
    out[1] = u[2] * v[0] - u[0] * v[2];
    out[2] = u[0] * v[1] - u[1] * v[0];
}

static void normalise(double v[3])
{
    double length = sqrt(dot(v, v));
    for (int d = 0; d < 3; d++)
        v[d] /= length;
}

/* Distance of the origin from the segment a-b. */
static double distance_to(const double a[2], const double b[2])
{
    double dx = b[0] - a[0];
    double dy = b[1] - a[1];
    double square = dx * dx + dy * dy;
    double t = square > 0.0 ? least(most(-(a[0] * dx + a[1] * dy) / square, 0.0), 1.0) : 0.0;
    double x = a[0] + t * dx;
    double y = a[1] + t * dy;
    return sqrt(x * x + y * y);
}

static int has_places(const Unrolling *u, int64_t triangle)
{
    for (int k = 0; k < 3; k++) {
        int32_t place = u->corners[3 * triangle + k];
        if (place < 0 || place >= u->place_count)
            return 0;
    }
    return 1;
}

static void place_seed(const Unrolling *u, Layout *layout)
{
    const double *corner = u->points + 9 * u->seed;
    double e1[3], e2[3], n[3], x[3], y[3];
    subtract(corner + 3, corner, e1);
    subtract(corner + 6, corner, e2);
    cross(e1, e2, n);
    normalise(n);
    double up = dot(u->axis, n);
    for (int d = 0; d < 3; d++)
        x[d] = u->axis[d] - n[d] * up;
    normalise(x);
    cross(n, x, y);
    for (int k = 0; k < 3; k++) {
        double p[3];
        subtract(corner + 3 * k, u->centre, p);
        int32_t place = u->corners[3 * u->seed + k];
        layout->flat[2 * place] = dot(p, x);
        layout->flat[2 * place + 1] = dot(p, y);
        layout->placed[place] = 1;
    }
}

/* Lay down the corner of a triangle that is not on the edge which it is reached over. */
static void place_third(const Unrolling *u, Layout *layout, const Waiting *at)
{
    int64_t side = at->edge % 3, next = (side + 1) % 3;
    int64_t from = at->edge - side; /* the first corner of the triangle on the other side */
    int32_t i = u->corners[from + side], j = u->corners[from + next];
    int64_t corner = 3 * at->triangle;
    for (int64_t c = 3 * at->triangle; c < 3 * at->triangle + 3; c++)
        if (u->corners[c] != i && u->corners[c] != j)
            corner = c;
    int32_t third = u->corners[corner];
    if (layout->placed[third])
        return;
    layout->placed[third] = 1;
    double edge[3], p[3], off[3];
    const double *start = u->points + 3 * (from + side);
    subtract(u->points + 3 * (from + next), start, edge);
    double length = sqrt(dot(edge, edge));
    double *flat = layout->flat + 2 * third;
    const double *fi = layout->flat + 2 * i, *fj = layout->flat + 2 * j;
    flat[0] = fi[0];
    flat[1] = fi[1];
    if (!(length > 0.0))
        return;
    subtract(u->points + 3 * corner, start, p);
    double along = dot(p, edge) / length;
    for (int d = 0; d < 3; d++)
        off[d] = p[d] - edge[d] * (along / length);
    double away = sqrt(dot(off, off));
    double ex = (fj[0] - fi[0]) / length;
    double ey = (fj[1] - fi[1]) / length;
    /* the triangle it is reached from lies to the left of the edge i -> j, this one to the right */
    flat[0] += ex * along + ey * away;
    flat[1] += ey * along - ex * away;
}

/* Let the neighbours over near edges wait. Returns 0, or 1 where one of them is not a triangle. */
static int push_neighbours(const Unrolling *u, Layout *layout, int64_t t)
{
    for (int64_t k = 0; k < 3; k++) {
        int32_t other = u->across[3 * t + k];
        if (other >= u->triangle_count)
            return 1;
        if (other < 0 || layout->seen[other])
            continue;
        const double *i = layout->flat + 2 * u->corners[3 * t + k];
        const double *j = layout->flat + 2 * u->corners[3 * t + (k + 1) % 3];
        double near = distance_to(i, j);
        if (near <= u->radius)
            push(&layout->heap, (Waiting){near, other, 3 * t + k});
    }
    return 0;
}

/* Returns the number of triangles reached, or -2 where a place or a triangle is not one. */
static int64_t lay_out(const Unrolling *u, Layout *layout)
{
    int64_t count = 0;
    if (!has_places(u, u->seed))
        return -2;
    place_seed(u, layout);
    push(&layout->heap, (Waiting){0.0, u->seed, -1});
    while (layout->heap.count > 0) {
        Waiting at = pop(&layout->heap);
        if (layout->seen[at.triangle])
            continue;
        if (!has_places(u, at.triangle))
            return -2;
        layout->seen[at.triangle] = 1;
        u->found[count++] = (int32_t)at.triangle;
        if (at.edge >= 0)
            place_third(u, layout, &at);
        if (push_neighbours(u, layout, at.triangle))
            return -2;
    }
    for (int64_t k = 0; k < 3 * count; k++) {
        const double *flat = layout->flat + 2 * u->corners[3 * (int64_t)u->found[k / 3] + k % 3];
        u->flat[2 * k] = flat[0];
        u->flat[2 * k + 1] = flat[1];
    }
    return count;
}

/* Fills found and flat. Returns the number of triangles reached, -1 where there was no memory, -2 where an index is out
 * of range. */
int64_t rendersdg_unfold(const Unrolling *u)
{
    if (u->seed < 0 || u->seed >= u->triangle_count)
        return -2;
    Layout layout;
    layout.flat = calloc((size_t)u->place_count + 1, 2 * sizeof(double));
    layout.placed = calloc((size_t)u->place_count + 1, 1);
    layout.seen = calloc((size_t)u->triangle_count, 1);
    layout.heap.count = 0;
    /* a triangle is seen once and pushes its three neighbours at most; pages that stay untouched cost nothing */
    layout.heap.entries = calloc(3 * (size_t)u->triangle_count + 1, sizeof(Waiting));
    int64_t count = -1;
    if (layout.flat && layout.placed && layout.seen && layout.heap.entries)
        count = lay_out(u, &layout);
    free(layout.flat);
    free(layout.placed);
    free(layout.seen);
    free(layout.heap.entries);
    return count;
}
