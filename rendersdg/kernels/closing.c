/* Whether triangles close a surface: every edge runs once this way and once that way.
 *
 * The ends of the edges that start at a vertex are gathered in one place and sorted there, so that neighbours in the
 * mesh are neighbours in memory; the edge back is then looked up among those that start at the other vertex.
 */
#include "small.h"

static void sift(int32_t *values, int64_t root, int64_t count)
{
    for (;;) {
        int64_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[root] >= values[child])
            return;
        int32_t value = values[root];
        values[root] = values[child];
        values[child] = value;
        root = child;
    }
}

/* Heapsort: in place, and quick at a vertex of any number of edges. */
static void sort(int32_t *values, int64_t count)
{
    for (int64_t root = count / 2 - 1; root >= 0; root--)
        sift(values, root, count);
    for (int64_t last = count - 1; last > 0; last--) {
        int32_t value = values[0];
        values[0] = values[last];
        values[last] = value;
        sift(values, 0, last);
    }
}

static int is_among(const int32_t *values, int64_t count, int32_t value)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && values[low] == value;
}

static int is_flat(const int32_t *t) { return t[0] == t[1] || t[1] == t[2] || t[2] == t[0]; }

/* Sets starts (V + 1,) to where the ends of the edges from each vertex begin in ends (3 T,), and fills ends. */
static void gather(
    int64_t triangle_count, int64_t vertex_count, const int32_t *triangles, int64_t *starts, int32_t *ends)
{
    for (int64_t v = 0; v <= vertex_count; v++)
        starts[v] = 0;
    for (int64_t t = 0; t < triangle_count; t++)
        for (int k = 0; k < 3; k++)
            starts[triangles[3 * t + k]] += !is_flat(triangles + 3 * t);
    for (int64_t v = 0; v < vertex_count; v++)
        starts[v + 1] += starts[v]; /* where those of v end; filled from behind, they begin there in the end */
    for (int64_t t = 0; t < triangle_count; t++)
        if (!is_flat(triangles + 3 * t))
            for (int k = 0; k < 3; k++)
                ends[--starts[triangles[3 * t + k]]] = triangles[3 * t + (k + 1) % 3];
}

/* Returns 1 where each edge of the triangles (T, 3) that have three corners runs once each way, 0 where one does not,
 * where none has three corners, and -1 where a corner lies outside of 0..V - 1. `starts` has V + 1 places, `ends` 3 T.
 */
int rendersdg_is_closed(
    int64_t triangle_count, int64_t vertex_count, const int32_t *triangles, int64_t *starts, int32_t *ends)
{
    for (int64_t k = 0; k < 3 * triangle_count; k++)
        if (triangles[k] < 0 || triangles[k] >= vertex_count)
            return -1;
    gather(triangle_count, vertex_count, triangles, starts, ends);
    for (int64_t v = 0; v < vertex_count; v++) {
        int32_t *own = ends + starts[v];
        int64_t count = starts[v + 1] - starts[v];
        sort(own, count);
        for (int64_t k = 1; k < count; k++)
            if (own[k] == own[k - 1])
                return 0;
    }
    for (int64_t v = 0; v < vertex_count; v++)
        for (int64_t k = starts[v]; k < starts[v + 1]; k++) {
            int64_t other = starts[ends[k]];
            if (!is_among(ends + other, starts[ends[k] + 1] - other, (int32_t)v))
                return 0;
        }
    return starts[vertex_count] > 0;
}
