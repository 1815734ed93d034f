/* Rays through trees: closest hits, and whether anything is in the way.
 *
 * A node's eight boxes are tested at once by the slab method, the nearest is entered first. Boxes are met a little too
 * often and never too seldom: distances are taken from origins that are moved away from each plane by more than what
 * rounding can move a corner below, and inverse directions are widened (Ize 2013; Woop, Benthin and Wald 2013, 3.3).
 *
 * A leaf's eight triangles are tested at once by the watertight method of Woop, Benthin and Wald (2013): corners are
 * sheared so that the ray becomes the z axis, and the signs of three edge functions decide. A corner is sheared to the
 * same place whatever triangle it belongs to. The edge function of two corners is the difference of two rounded
 * products, so its sign is right or it is 0: what has no two signs is looked at again in double precision, in which the
 * products are exact. Of two triangles that share an edge therefore one at least is hit by a ray towards it, and so it
 * is about a corner: rays do not pass between the triangles of an instance. The distance is that of the sheared
 * triangle to more digits than a float has, so it lies within the box, and hits do not depend on the tree.
 *
 * A ray is taken into the space of an instance's mesh in double precision and rounded once, so it is a ray that differs
 * from the one in the world by that rounding, and no triangle of the mesh sees another. Its direction keeps its length,
 * hence the distance is the world's.
 */
#include <math.h>
#include <string.h>

#include "cutout.h"
#include "numbers.h"
#include "tracing.h"
#include "vector.h"

enum { STACK = 7 * MOST_DEPTH + CHILDREN };

static const float CORNER_ERROR = 0x1p-20f;  /* of a sheared corner, a share of its distance: 16 roundings */
static const float STEP = 0x1p-23f;          /* from a float to the next, a share of it at most */
static const float INVERSE_ERROR = 0x1p-21f; /* of an inverse direction times a distance: 8 roundings */
static const float FLATTEST = 0x1p-60f;      /* a component of a direction that is less counts as this share of it */

typedef struct { /* a ray in one space, ready for boxes */
    float origin[3];
    float direction[3];
    float from[3][2];    /* where the distances to near and far planes are taken from */
    float inverse[3][2]; /* 1 / direction for near and far planes */
    int near_side[3];    /* of a box: 0 low, 1 high */
} Path;

typedef struct { /* the same, ready for triangles: the axis along which it is longest comes third */
    int axis[3];
    float shear[3];
} Shear;

typedef struct { /* a search for hits, which narrows `far` */
    const Trees *trees;
    float near;
    float far;
    uint32_t mask;
    int is_any; /* whether one will do */
    Hit hit;    /* instance -1 while there is none */
} Search;

typedef struct { /* an instance that is searched */
    const MeshTree *tree;
    int32_t number;
    int is_cut;
} Place;

static int is_ray(const float origin[3], const float direction[3])
{
    float sum = 0.0f;
    for (int a = 0; a < 3; a++) {
        if (!isfinite(origin[a]) || !isfinite(direction[a]))
            return 0;
        sum = maxf(sum, fabsf(direction[a]));
    }
    return sum > 0.0f;
}

/* ---- boxes ---- */

/* Make a ray ready for boxes within low..high. Returns the axis along which it is longest. */
INLINE int set_path(Path *path, const float low[3], const float high[3])
{
    float away[3], size[3];
    for (int a = 0; a < 3; a++) {
        away[a] = maxf(fabsf(low[a] - path->origin[a]), fabsf(high[a] - path->origin[a]));
        size[a] = fabsf(path->direction[a]);
    }
    int longest = size[0] >= size[1] ? (size[0] >= size[2] ? 0 : 2) : size[1] >= size[2] ? 1 : 2;
    float least = size[longest] * FLATTEST;
    for (int a = 0; a < 3; a++) {
        float error = maxf(CORNER_ERROR * (away[a] + away[longest]), STEP * fabsf(path->origin[a]));
        float sign = path->direction[a] < 0.0f ? -1.0f : 1.0f;
        float inverse = sign / maxf(size[a], least);
        path->near_side[a] = path->direction[a] < 0.0f;
        path->from[a][0] = path->origin[a] + sign * error;
        path->from[a][1] = path->origin[a] - sign * error;
        path->inverse[a][0] = inverse * (1.0f - INVERSE_ERROR);
        path->inverse[a][1] = inverse * (1.0f + INVERSE_ERROR);
    }
    return longest;
}

INLINE Floats load(const float *eight)
{
    Floats x;
    memcpy(&x, eight, sizeof x);
    return x;
}

/* Distances at which a ray enters a node's boxes, and a bit for each that it meets. A distance that is not a number
 * does not count. */
INLINE uint64_t enter(const Node *node, const Path *path, float near, float far, float distance[CHILDREN])
{
    Floats first = floats(near), last = floats(far);
    for (int a = 0; a < 3; a++) {
        int side = path->near_side[a];
        Floats in = (load(node->bounds[a][side]) - floats(path->from[a][0])) * floats(path->inverse[a][0]);
        Floats out = (load(node->bounds[a][1 - side]) - floats(path->from[a][1])) * floats(path->inverse[a][1]);
        first = most_floats(in, first);
        last = least_floats(out, last);
    }
    memcpy(distance, &first, sizeof first);
    return bits_of(first <= last) & ((1u << node->count) - 1);
}

/* ---- the way through a tree ---- */

/* An entry of the stack: what is nearer is less. */
INLINE uint64_t entry_of(float distance, int32_t child)
{
    uint32_t bits;
    memcpy(&bits, &distance, sizeof bits); /* not negative, so its bits are in order */
    return (uint64_t)bits << 32 | (uint32_t)child;
}

INLINE float distance_of(uint64_t entry)
{
    uint32_t bits = (uint32_t)(entry >> 32);
    float distance;
    memcpy(&distance, &bits, sizeof distance);
    return distance;
}

/* Put the children whose bits are set on the stack, the nearest last. */
INLINE int push(uint64_t *stack, int top, const Node *node, uint64_t bits, const float distance[CHILDREN])
{
    int bottom = top;
    for (; bits; bits &= bits - 1) {
        int k = __builtin_ctzll(bits);
        uint64_t entry = entry_of(distance[k], node->child[k]);
        int at = top++;
        for (; at > bottom && stack[at - 1] < entry; at--)
            stack[at] = stack[at - 1];
        stack[at] = entry;
    }
    return top;
}

/* ---- triangles ---- */

static Shear shear_of(const Path *path, int longest)
{
    Shear s = {.axis = {(longest + 1) % 3, (longest + 2) % 3, longest}};
    s.shear[2] = 1.0f / path->direction[longest];
    s.shear[0] = path->direction[s.axis[0]] * s.shear[2];
    s.shear[1] = path->direction[s.axis[1]] * s.shear[2];
    return s;
}

typedef struct {
    float weight[3]; /* of the corners */
    float distance;
} Crossing;

/* Where a ray crosses the triangle in one lane, by double precision. Returns 0 where it does not. */
static int cross_exactly(Floats x[3], Floats y[3], Floats z[3], int lane, Crossing *crossing)
{
    double e[3], sum = 0.0, distance = 0.0;
    int is_negative = 0, is_positive = 0;
    for (int c = 0; c < 3; c++) {
        int i = (c + 1) % 3, j = (c + 2) % 3;
        e[c] = (double)x[j][lane] * y[i][lane] - (double)y[j][lane] * x[i][lane];
        is_negative |= e[c] < 0.0;
        is_positive |= e[c] > 0.0;
        sum += e[c];
        distance += e[c] * z[c][lane];
    }
    if (is_negative == is_positive) /* both: beside it; neither: it is seen edge on */
        return 0;
    for (int c = 0; c < 3; c++)
        crossing->weight[c] = (float)(e[c] / sum);
    crossing->distance = (float)(distance / sum);
    return 1;
}

/* Whether an instance is cut out where a triangle is hit: as cut() of rays.c. */
static int is_hole(const Trees *trees, const Place *place, int32_t triangle, const float weight[3])
{
    const Scene *scene = trees->scene;
    const Drawn *drawn = trees->drawn;
    const Instances *instances = scene->instances;
    int64_t o = place->number;
    const int32_t *corner = scene->meshes->triangles + 3 * (instances->first_triangle[o] + triangle);
    const float *uvs = scene->meshes->uvs + 2 * instances->first_vertex[o];
    float u = 0.0f, v = 0.0f;
    for (int c = 0; c < 3; c++) {
        u += weight[c] * uvs[2 * corner[c]];
        v += weight[c] * uvs[2 * corner[c] + 1];
    }
    float opacity = cutout_opacity(scene->textures, drawn->cut_texture[o], drawn->cut_channel[o], u, v);
    if (drawn->cut_by_corners[o] && scene->meshes->opacities) {
        const float *opacities = scene->meshes->opacities + instances->first_vertex[o];
        float sum = 0.0f;
        for (int c = 0; c < 3; c++)
            sum += weight[c] * opacities[corner[c]];
        opacity *= sum;
    }
    return opacity < drawn->cut_threshold[o];
}

/* Take a crossing if it is the best so far. Returns 1 if it is. */
INLINE int take(Search *search, const Place *place, int32_t triangle, const Crossing *crossing)
{
    Hit *hit = &search->hit;
    float t = crossing->distance;
    if (!(t >= search->near && t <= search->far))
        return 0;
    if (t == search->far) { /* beyond, or as near as the best */
        if (hit->instance < 0 || hit->instance < place->number)
            return 0;
        if (hit->instance == place->number && hit->triangle <= triangle)
            return 0;
    }
    if (place->is_cut && is_hole(search->trees, place, triangle, crossing->weight))
        return 0;
    search->far = t;
    /* no weight is -0 */
    *hit = (Hit){t, crossing->weight[1] + 0.0f, crossing->weight[2] + 0.0f, place->number, triangle};
    return 1;
}

/* Test the triangles of a block. Returns 1 where one is hit that is nearer. */
INLINE int test_block(Search *search, const Place *place, const Block *block, const Path *path, const Shear *shear)
{
    Floats x[3], y[3], z[3], zero = floats(0.0f);
    Floats from[3];
    for (int d = 0; d < 3; d++)
        from[d] = floats(path->origin[shear->axis[d]]);
    for (int c = 0; c < 3; c++) {
        z[c] = load(block->corner[c][shear->axis[2]]) - from[2];
        x[c] = load(block->corner[c][shear->axis[0]]) - from[0] - floats(shear->shear[0]) * z[c];
        y[c] = load(block->corner[c][shear->axis[1]]) - from[1] - floats(shear->shear[1]) * z[c];
        z[c] = floats(shear->shear[2]) * z[c];
    }
    Floats e[3] = {x[2] * y[1] - y[2] * x[1], x[0] * y[2] - y[0] * x[2], x[1] * y[0] - y[1] * x[0]};
    Ints is_negative = (e[0] < zero) | (e[1] < zero) | (e[2] < zero);
    Ints is_positive = (e[0] > zero) | (e[1] > zero) | (e[2] > zero);
    uint64_t bits = bits_of(~(is_negative & is_positive));
    if (!bits)
        return 0;
    int found = 0;
    for (; bits; bits &= bits - 1) {
        int k = __builtin_ctzll(bits);
        Crossing crossing;
        if (!cross_exactly(x, y, z, k, &crossing))
            continue;
        found |= take(search, place, block->triangle[k], &crossing);
        if (found && search->is_any)
            return 1;
    }
    return found;
}

/* ---- searching ---- */

/* Returns 1 where one hit is enough and there is one. */
INLINE int search_mesh(Search *search, const Place *place, const Path *path, const Shear *shear, int is_any)
{
    const Node *nodes = (const Node *)place->tree->nodes;
    const Block *blocks = (const Block *)place->tree->blocks;
    uint64_t stack[STACK];
    float distance[CHILDREN];
    int top = 0;
    int32_t child = 0;
    for (;;) {
        if (child >= 0) {
            const Node *node = nodes + child;
            uint64_t bits = enter(node, path, search->near, search->far, distance);
            if (bits && !(bits & (bits - 1))) {
                child = node->child[__builtin_ctzll(bits)];
                continue;
            }
            top = push(stack, top, node, bits, distance);
        } else if (test_block(search, place, blocks + (-1 - child), path, shear) && is_any) {
            return 1;
        }
        do {
            if (top == 0)
                return 0;
            top--;
        } while (distance_of(stack[top]) > search->far);
        child = (int32_t)(uint32_t)stack[top];
    }
}

/* Take a ray into the space of an instance's mesh. Returns 0 where it leaves what floats hold. */
static int take_along(const double *m, const Path *world, Path *path)
{
    for (int a = 0; a < 3; a++, m += 4) {
        path->origin[a] = (float)(m[0] * world->origin[0] + m[1] * world->origin[1] + m[2] * world->origin[2] + m[3]);
        path->direction[a] = (float)(m[0] * world->direction[0] + m[1] * world->direction[1]
            + m[2] * world->direction[2]);
    }
    return is_ray(path->origin, path->direction);
}

INLINE int search_instance(Search *search, int32_t instance, const Path *world, int is_any)
{
    const Trees *trees = search->trees;
    if (!(trees->mask[instance] & search->mask))
        return 0;
    Place place = {trees->trees + trees->tree[instance], instance, 0};
    const Drawn *drawn = trees->scene ? trees->drawn : NULL;
    if (drawn)
        place.is_cut = drawn->cut_texture[instance] >= 0 || drawn->cut_by_corners[instance];
    Path path;
    if (!take_along(trees->mesh_from_world + 12 * (int64_t)instance, world, &path))
        return 0;
    Shear shear = shear_of(&path, set_path(&path, place.tree->low, place.tree->high));
    return search_mesh(search, &place, &path, &shear, is_any);
}

INLINE int search_all(Search *search, const float origin[3], const float direction[3], int is_any)
{
    const Trees *trees = search->trees;
    if (trees->node_count == 0 || !is_ray(origin, direction) || !(search->near < search->far))
        return 0;
    Path path;
    memcpy(path.origin, origin, sizeof path.origin);
    memcpy(path.direction, direction, sizeof path.direction);
    set_path(&path, trees->low, trees->high);
    const Node *nodes = (const Node *)trees->nodes;
    uint64_t stack[STACK];
    float distance[CHILDREN];
    int top = 1;
    stack[0] = 0;
    while (top > 0) {
        uint64_t entry = stack[--top];
        if (distance_of(entry) > search->far)
            continue;
        int32_t child = (int32_t)(uint32_t)entry;
        if (child < 0) {
            if (search_instance(search, -1 - child, &path, is_any) && is_any)
                return 1;
            continue;
        }
        uint64_t bits = enter(nodes + child, &path, search->near, search->far, distance);
        top = push(stack, top, nodes + child, bits, distance);
    }
    return search->hit.instance >= 0;
}

static Search search_of(const Trees *trees, float near, float far, uint32_t mask, int is_any)
{
    return (Search){trees, near <= 0.0f ? 0.0f : near, far, mask, is_any, {INFINITY, 0.0f, 0.0f, -1, -1}};
}

int closest_hit(
    const Trees *trees, const float origin[3], const float direction[3], float near, float far, uint32_t mask, Hit *hit)
{
    Search search = search_of(trees, near, far, mask, 0);
    int found = search_all(&search, origin, direction, 0);
    *hit = search.hit;
    return found;
}

int is_occluded(
    const Trees *trees, const float origin[3], const float direction[3], float near, float far, uint32_t mask)
{
    Search search = search_of(trees, near, far, mask, 1);
    return search_all(&search, origin, direction, 1);
}

/* ---- many rays ---- */

void rendersdg_trace(const Trees *trees, const RayQuery *rays, const Hits *hits, const Rows *rows)
{
    for (int64_t r = rows->first; r < rows->end; r++) {
        Hit hit;
        closest_hit(trees, rays->origin + 3 * r, rays->direction + 3 * r, rays->near[r], rays->far[r],
            (uint32_t)rays->mask, &hit);
        hits->distance[r] = hit.distance;
        hits->u[r] = hit.u;
        hits->v[r] = hit.v;
        hits->instance[r] = hit.instance;
        hits->triangle[r] = hit.triangle;
    }
}

void rendersdg_occluded(const Trees *trees, const RayQuery *rays, uint8_t *occluded, const Rows *rows)
{
    for (int64_t r = rows->first; r < rows->end; r++)
        occluded[r] = (uint8_t)is_occluded(
            trees, rays->origin + 3 * r, rays->direction + 3 * r, rays->near[r], rays->far[r], (uint32_t)rays->mask);
}
