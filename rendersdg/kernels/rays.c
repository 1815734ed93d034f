/* Primary rays for cameras that no rasterizer can draw: a bounding volume hierarchy over the camera-space triangles
 * (Rubin and Whitted 1980; slabs as Kay and Kajiya 1986), and the intersection of Moeller and Trumbore (1997), in
 * double precision.
 *
 * Reads Points.points (camera space; z is -w), the triangles and texture coordinates of Meshes, and the rays (2H, 2W)
 * of View. Facets are the triangles of what is drawn, in that order; Tree.order lists them so that each node's follow
 * one another. Node k's children are k + 1 and right. Writes Samples.triangle, (H, W) with step 2 and (2H, 2W) with
 * step 1; at pixel centres every entity that the ray meets at all is counted in unoccluded and widens its box in loose.
 *
 * Triangles with corners that are not finite, or not there, are left out; so are rays that are not finite or have no
 * length.
 */
#include <math.h>
#include <stdlib.h>

#include "cutout.h"
#include "bounds.h"

enum {
    LEAF = 4,    /* facets that are not split any further */
    DEEPEST = 64 /* levels of the tree: each halves its facets, rounded up, and their number fits 63 bits */
};

typedef struct {
    float corner[3][3];
    int64_t instance;
    int64_t triangle; /* within its instance */
} Facet;

typedef struct {
    float low[3];
    float high[3];
    int64_t first; /* of its facets, by the tree's order */
    int64_t count; /* 0 where it has children */
    int64_t right;
} Node;

typedef struct {
    float key;
    int64_t facet;
} Key;

typedef struct {
    Facet *facets;
    int64_t *order;
    Node *nodes;
    Key *keys; /* with room for half as many behind those of all facets */
    int64_t count;
} Tree;

typedef struct { /* facets of the order, both of a node that is yet to be made; parent is that of a right child, else -1
                  */
    int64_t first;
    int64_t end;
    int64_t parent;
} Range;

typedef struct {
    double low[3];
    double high[3];
    double middle_low[3]; /* of the facets' own middles */
    double middle_high[3];
} Extent;

typedef struct {
    double direction[3];
    double inverse[3];
} Ray;

typedef struct {
    double distance;
    double e1; /* barycentric coordinates of corners 1 and 2 */
    double e2;
} Hit;

typedef struct { /* what one call reads and writes */
    const Scene *scene;
    const Drawn *drawn;
    const View *view;
    const Samples *samples;
    const Tree *tree;
    int64_t *met; /* (E,) the last sample whose ray met an entity */
} Cast;

/* ---- facets ---- */

/* How many triangles the k-th of what is drawn has; 0 where it is not an instance. */
static int64_t triangles_of(const Scene *scene, const Drawn *drawn, int64_t k)
{
    int64_t o = drawn->order[k];
    if (o < 0 || o >= drawn->instance_count || o >= scene->instances->count)
        return 0;
    int64_t count = scene->instances->triangle_count[o];
    return count < scene->meshes->triangle_count ? count : scene->meshes->triangle_count;
}

static int64_t drawn_triangles(const Scene *scene, const Drawn *drawn)
{
    int64_t count = 0;
    for (int64_t k = 0; k < drawn->order_count; k++)
        count += triangles_of(scene, drawn, k);
    return count;
}

/* Returns 1, or 0 where a corner is not finite or not there. */
static int set_facet(const Scene *scene, const Points *points, Facet *facet)
{
    const Instances *instances = scene->instances;
    int64_t o = facet->instance;
    int64_t triangle = instances->first_triangle[o] + facet->triangle;
    if (triangle < 0 || triangle >= scene->meshes->triangle_count)
        return 0;
    for (int c = 0; c < 3; c++) {
        int64_t vertex = scene->meshes->triangles[3 * triangle + c];
        int64_t uv = instances->first_vertex[o] + vertex, at = instances->first_point[o] + vertex;
        if (vertex < 0 || vertex >= instances->vertex_count[o])
            return 0;
        if (uv < 0 || uv >= scene->meshes->vertex_count || at < 0 || at >= points->count)
            return 0;
        const Point *point = points->points + at;
        if (!isfinite(point->x) || !isfinite(point->y) || !isfinite(point->w))
            return 0;
        facet->corner[c][0] = point->x;
        facet->corner[c][1] = point->y;
        facet->corner[c][2] = -point->w;
    }
    return 1;
}

static int64_t gather(const Scene *scene, const Drawn *drawn, const Points *points, Facet *facets)
{
    int64_t count = 0;
    for (int64_t k = 0; k < drawn->order_count; k++) {
        int64_t triangles = triangles_of(scene, drawn, k);
        for (int64_t t = 0; t < triangles; t++) {
            facets[count].instance = drawn->order[k];
            facets[count].triangle = t;
            count += set_facet(scene, points, facets + count);
        }
    }
    return count;
}

static float low_of(const Facet *f, int d)
{
    return (float)least(f->corner[0][d], least(f->corner[1][d], f->corner[2][d]));
}
static float high_of(const Facet *f, int d)
{
    return (float)most(f->corner[0][d], most(f->corner[1][d], f->corner[2][d]));
}
static float middle_of(const Facet *f, int d) { return 0.5f * (low_of(f, d) + high_of(f, d)); }

/* ---- the tree ---- */

/* A stable merge sort; spare has room for half the keys. */
static void sort_keys(Key *keys, int64_t count, Key *spare)
{
    if (count <= 16) {
        for (int64_t k = 1; k < count; k++) {
            Key key = keys[k];
            int64_t at = k;
            for (; at > 0 && key.key < keys[at - 1].key; at--)
                keys[at] = keys[at - 1];
            keys[at] = key;
        }
        return;
    }
    int64_t half = count / 2, a = 0, b = half, out = 0;
    sort_keys(keys, half, spare);
    sort_keys(keys + half, count - half, spare);
    for (int64_t k = 0; k < half; k++)
        spare[k] = keys[k];
    while (a < half && b < count)
        keys[out++] = keys[b].key < spare[a].key ? keys[b++] : spare[a++];
    while (a < half)
        keys[out++] = spare[a++];
}

static Extent extent_of(const Tree *tree, Range range)
{
    Extent e;
    for (int d = 0; d < 3; d++) {
        e.low[d] = e.middle_low[d] = INFINITY;
        e.high[d] = e.middle_high[d] = -INFINITY;
    }
    for (int64_t s = range.first; s < range.end; s++) {
        const Facet *facet = tree->facets + tree->order[s];
        for (int d = 0; d < 3; d++) {
            float middle = middle_of(facet, d);
            e.low[d] = least(e.low[d], low_of(facet, d));
            e.high[d] = most(e.high[d], high_of(facet, d));
            e.middle_low[d] = least(e.middle_low[d], middle);
            e.middle_high[d] = most(e.middle_high[d], middle);
        }
    }
    return e;
}

static int longest_axis(const Extent *e)
{
    int axis = 0;
    for (int d = 1; d < 3; d++)
        if (e->middle_high[d] - e->middle_low[d] > e->middle_high[axis] - e->middle_low[axis])
            axis = d;
    return axis;
}

static void sort_range(const Tree *tree, Range range, int axis)
{
    for (int64_t s = range.first; s < range.end; s++)
        tree->keys[s - range.first] = (Key){middle_of(tree->facets + tree->order[s], axis), tree->order[s]};
    sort_keys(tree->keys, range.end - range.first, tree->keys + tree->count);
    for (int64_t s = range.first; s < range.end; s++)
        tree->order[s] = tree->keys[s - range.first].facet;
}

/* Median split over the longest axis, depth first. A node leaves one right child waiting at most: the stack is as deep
 * as the tree. */
static void build(Tree *tree)
{
    Range stack[DEEPEST + 2];
    int top = 0;
    int64_t used = 0;
    stack[top++] = (Range){0, tree->count, -1};
    while (top > 0) {
        Range range = stack[--top];
        int64_t k = used++;
        Node *node = tree->nodes + k;
        if (range.parent >= 0)
            tree->nodes[range.parent].right = k;
        Extent e = extent_of(tree, range);
        for (int d = 0; d < 3; d++) {
            node->low[d] = (float)e.low[d];
            node->high[d] = (float)e.high[d];
        }
        int axis = longest_axis(&e);
        node->first = range.first;
        node->count = range.end - range.first;
        if (node->count <= LEAF || e.middle_high[axis] <= e.middle_low[axis])
            continue;
        sort_range(tree, range, axis);
        int64_t middle = (range.first + range.end) / 2;
        node->count = 0;
        stack[top++] = (Range){middle, range.end, k};
        stack[top++] = (Range){range.first, middle, -1};
    }
}

/* ---- rays ---- */

/* Whether a ray crosses a node's box before limit. Where a direction is nought, its slab spans about all of space. */
static int crosses(const Node *node, const Ray *ray, double limit)
{
    double enter = -INFINITY, leave = INFINITY;
    for (int d = 0; d < 3; d++) {
        double a = node->low[d] * ray->inverse[d];
        double b = node->high[d] * ray->inverse[d];
        enter = most(enter, least(a, b));
        leave = least(leave, most(a, b));
    }
    return !(leave < most(enter, 0.0) - 1e-9 || enter > limit);
}

/* Whether a ray from the origin meets a facet between near and far. */
static int meets(const Facet *facet, const Ray *ray, const View *view, Hit *hit)
{
    double dx = ray->direction[0], dy = ray->direction[1], dz = ray->direction[2];
    double ax = facet->corner[0][0], ay = facet->corner[0][1], az = facet->corner[0][2];
    double ux = facet->corner[1][0] - ax, uy = facet->corner[1][1] - ay, uz = facet->corner[1][2] - az;
    double wx = facet->corner[2][0] - ax, wy = facet->corner[2][1] - ay, wz = facet->corner[2][2] - az;
    double px = dy * wz - dz * wy;
    double py = dz * wx - dx * wz;
    double pz = dx * wy - dy * wx;
    double volume = ux * px + uy * py + uz * pz;
    if (volume == 0.0)
        return 0;
    double inverse = 1.0 / volume;
    hit->e1 = -(ax * px + ay * py + az * pz) * inverse;
    if (hit->e1 < 0.0 || hit->e1 > 1.0)
        return 0;
    double qx = -ay * uz + az * uy;
    double qy = -az * ux + ax * uz;
    double qz = -ax * uy + ay * ux;
    hit->e2 = (dx * qx + dy * qy + dz * qz) * inverse;
    if (hit->e2 < 0.0 || hit->e1 + hit->e2 > 1.0)
        return 0;
    hit->distance = (wx * qx + wy * qy + wz * qz) * inverse;
    return !(hit->distance <= view->near || hit->distance >= view->far);
}

static int is_cut_out(const Scene *scene, const Drawn *drawn, const Facet *facet, const Hit *hit)
{
    int64_t o = facet->instance;
    if (drawn->cut_texture[o] < 0)
        return 0;
    const int32_t *corner = scene->meshes->triangles + 3 * (scene->instances->first_triangle[o] + facet->triangle);
    const float *uvs = scene->meshes->uvs + 2 * scene->instances->first_vertex[o];
    const float *i = uvs + 2 * (int64_t)corner[0], *j = uvs + 2 * (int64_t)corner[1], *m = uvs + 2 * (int64_t)corner[2];
    double e0 = 1.0 - hit->e1 - hit->e2;
    float u = (float)(e0 * i[0] + hit->e1 * j[0] + hit->e2 * m[0]);
    float v = (float)(e0 * i[1] + hit->e1 * j[1] + hit->e2 * m[1]);
    return cutout_opacity(scene->textures, drawn->cut_texture[o], drawn->cut_channel[o], u, v)
        < drawn->cut_threshold[o];
}

/* Count an entity once a pixel. */
static void count_entity(const Cast *cast, int64_t entity, int64_t sample, int32_t x, int32_t y)
{
    if (entity < 0 || entity >= cast->samples->entity_count || cast->met[entity] == sample)
        return;
    cast->met[entity] = sample;
    cast->samples->unoccluded[entity]++;
    int32_t *box = cast->samples->loose + 4 * entity;
    box[0] = x < box[0] ? x : box[0];
    box[1] = y < box[1] ? y : box[1];
    box[2] = x > box[2] ? x : box[2];
    box[3] = y > box[3] ? y : box[3];
}

/* The number of the first triangle along the ray of sample (h, v), the lesser where two are as near; -1 for none. */
static int32_t first_triangle(const Cast *cast, const Ray *ray, int64_t h, int64_t v)
{
    int64_t stack[DEEPEST + 2];
    int top = 0;
    int is_centre = (v & 1) == 0 && (h & 1) == 0;
    int64_t sample = v * 2 * cast->view->width + h;
    double best = cast->view->far;
    int64_t found = -1;
    stack[top++] = 0;
    while (top > 0) {
        int64_t k = stack[--top];
        const Node *node = cast->tree->nodes + k;
        if (!crosses(node, ray, is_centre ? INFINITY : best))
            continue;
        if (node->count == 0) {
            stack[top++] = node->right;
            stack[top++] = k + 1;
            continue;
        }
        for (int64_t s = node->first; s < node->first + node->count; s++) {
            const Facet *facet = cast->tree->facets + cast->tree->order[s];
            Hit hit;
            if (!meets(facet, ray, cast->view, &hit) || is_cut_out(cast->scene, cast->drawn, facet, &hit))
                continue;
            if (is_centre)
                count_entity(
                    cast, cast->scene->instances->entity[facet->instance], sample, (int32_t)(h / 2), (int32_t)(v / 2));
            int64_t number = cast->scene->instances->first_number[facet->instance] + facet->triangle;
            if (hit.distance < best || (hit.distance == best && number < found)) {
                best = hit.distance;
                found = number;
            }
        }
    }
    return (int32_t)found;
}

static int set_ray(const View *view, int64_t sample, Ray *ray)
{
    ray->direction[0] = view->ray_x[sample];
    ray->direction[1] = view->ray_y[sample];
    ray->direction[2] = view->ray_z[sample];
    double square = 0.0;
    for (int d = 0; d < 3; d++) {
        square += ray->direction[d] * ray->direction[d];
        ray->inverse[d] = ray->direction[d] != 0.0 ? 1.0 / ray->direction[d] : 1e30;
    }
    return square > 0.0 && square < INFINITY;
}

static void cast_rays(const Cast *cast)
{
    const View *view = cast->view;
    for (int64_t v = 0; v < 2 * view->height; v += view->step) {
        for (int64_t h = 0; h < 2 * view->width; h += view->step) {
            int64_t sample = v * 2 * view->width + h;
            int64_t at = view->step == 2 ? (v >> 1) * view->width + (h >> 1) : sample;
            Ray ray;
            if (set_ray(view, sample, &ray))
                cast->samples->triangle[at] = first_triangle(cast, &ray, h, v);
        }
    }
}

int rendersdg_see_rays(
    const Scene *scene, const View *view, const Drawn *drawn, const Points *points, const Samples *samples)
{
    int64_t total = drawn_triangles(scene, drawn);
    size_t room = total > 0 ? (size_t)total : 1;
    Tree tree;
    tree.facets = malloc(room * sizeof(Facet));
    tree.order = malloc(room * sizeof(int64_t));
    tree.nodes = malloc(2 * room * sizeof(Node));
    tree.keys = malloc((room + room / 2) * sizeof(Key));
    int64_t *met = malloc(((size_t)samples->entity_count + 1) * sizeof(int64_t));
    int fails = !tree.facets || !tree.order || !tree.nodes || !tree.keys || !met;
    if (!fails && (tree.count = gather(scene, drawn, points, tree.facets)) > 0) {
        for (int64_t k = 0; k < tree.count; k++)
            tree.order[k] = k;
        for (int64_t e = 0; e < samples->entity_count; e++)
            met[e] = -1;
        build(&tree);
        cast_rays(&(Cast){scene, drawn, view, samples, &tree, met});
    }
    free(tree.facets);
    free(tree.order);
    free(tree.nodes);
    free(tree.keys);
    free(met);
    return fails;
}
