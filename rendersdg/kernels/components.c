/* Triangles that share vertices, directly or through others, get one label: pieces of surface without a hard edge
 * between them.
 *
 * Disjoint sets with path halving (Tarjan and van Leeuwen 1984). parent (V,) holds each vertex's own number on entry; a
 * root is the least vertex of its set, and parents are never larger than their children, so every walk ends.
 */
#include "small.h"

static int32_t root_of(int32_t *parent, int32_t vertex)
{
    while (parent[vertex] != vertex) {
        parent[vertex] = parent[parent[vertex]];
        vertex = parent[vertex];
    }
    return vertex;
}

static int is_within(const int32_t *triangle, int64_t vertex_count)
{
    for (int k = 0; k < 3; k++)
        if (triangle[k] < 0 || triangle[k] >= vertex_count)
            return 0;
    return 1;
}

/* Sets out (T,) to the least vertex of each triangle's piece. Returns T, or the first triangle with a corner outside of
 * 0..V - 1. */
int64_t rendersdg_components(
    int64_t triangle_count, int64_t vertex_count, const int32_t *triangles, int32_t *parent, int32_t *out)
{
    for (int64_t t = 0; t < triangle_count; t++) {
        const int32_t *triangle = triangles + 3 * t;
        if (!is_within(triangle, vertex_count))
            return t;
        for (int k = 0; k < 2; k++) {
            int32_t a = root_of(parent, triangle[k]);
            int32_t b = root_of(parent, triangle[k + 1]);
            if (a < b)
                parent[b] = a;
            else
                parent[a] = b;
        }
    }
    for (int64_t t = 0; t < triangle_count; t++)
        out[t] = root_of(parent, triangles[3 * t]);
    return triangle_count;
}
