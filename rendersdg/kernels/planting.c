/* Trees for rays: how boxes are grouped (binned surface area heuristic, Wald 2007, eight children a node), the trees of
 * meshes, which are refitted where vertices move, and the tree over the instances.
 *
 * A plan is found first: which triangles make a leaf, and which nodes have which children. It depends on the boxes
 * alone, and is found by one thread, so the bytes are the same everywhere. From a plan follow the nodes and blocks, and
 * from those and the vertices all boxes: a tree that is refitted to the vertices that it was planned by is the same.
 *
 * Vertices are kept times a power of two that makes the mesh about one unit large: so tiny and huge meshes are
 * intersected as well as others, and no bit is lost.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "tracing.h"
#include "vector.h"

_Static_assert(
    sizeof(Node) == TREE_NODE_BYTES && sizeof(Block) == TREE_BLOCK_BYTES, "kernels.h says how large they are");

typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourInts __attribute__((vector_size(16)));

enum {
    MOST_BINS = 16,
    FEW = 64, /* things that half as many bins are enough for */
    LOW_BITS = 1 << 16,
    MOST_EXPONENT = 60 /* of a mesh's scale */
};

static const float FARTHEST = 0x1p125f; /* of an instance's box: its middle and extent must be floats */

typedef struct { /* a thing's box; the fourth lanes hold its number, in parts that floats hold */
    Four low;
    Four high;
} Item;

typedef struct { /* things start..end - 1 */
    int64_t start;
    int64_t end;
    Four low;
    Four high;
    Four middle_low; /* of twice their boxes' middles */
    Four middle_high;
    int depth;
} Set;

typedef struct {
    Item *items;
    TreePlan *plan;
    int64_t most; /* things a leaf */
} Planner;

typedef struct {
    Four low;
    Four high;
    int64_t count;
} Bin;

typedef struct {
    int axis; /* -1 for none */
    int bin;  /* the first that is on the right */
    Four origin;
    Four scale;
    int bin_count;
} Split;

INLINE Four four(float x) { return (Four){x, x, x, x}; }
INLINE Four least_four(Four a, Four b)
{
    FourInts m = a < b;
    return (Four)(((FourInts)a & m) | ((FourInts)b & ~m));
}
INLINE Four most_four(Four a, Four b)
{
    FourInts m = a > b;
    return (Four)(((FourInts)a & m) | ((FourInts)b & ~m));
}

static inline int32_t number_of(const Item *item) { return (int32_t)item->low[3] + LOW_BITS * (int32_t)item->high[3]; }

static inline Item item_of(const float low[3], const float high[3], int64_t number)
{
    return (Item){
        {low[0], low[1], low[2], (float)(number % LOW_BITS)}, {high[0], high[1], high[2], (float)(number / LOW_BITS)}};
}

static Set empty_set(int64_t start, int depth)
{
    Four inf = four(INFINITY);
    return (Set){start, start, inf, -inf, inf, -inf, depth};
}

/* Widen a set's boxes; its range is the caller's. */
INLINE void widen(Set *set, const Item *item)
{
    Four middle = item->low + item->high;
    set->low = least_four(item->low, set->low);
    set->high = most_four(item->high, set->high);
    set->middle_low = least_four(middle, set->middle_low);
    set->middle_high = most_four(middle, set->middle_high);
}

/* Half the surface of a box; 0 of one that is not there. */
INLINE float area_of(Four low, Four high)
{
    Four d = high - low;
    return d[0] >= 0.0f ? d[0] * d[1] + d[1] * d[2] + d[2] * d[0] : 0.0f;
}

/* ---- splitting ---- */

INLINE FourInts bins_of(const Split *split, const Item *item)
{
    /* within 0..bin_count: both differences are at most the extent; the last one is the bin before */
    return __builtin_convertvector((item->low + item->high - split->origin) * split->scale, FourInts);
}

static void lay_bins(const Set *set, Split *split)
{
    split->axis = -1;
    split->bin = 0;
    split->bin_count = set->end - set->start < FEW ? MOST_BINS / 2 : MOST_BINS;
    split->origin = set->middle_low;
    split->origin[3] = 0.0f;
    split->scale = four(0.0f);
    for (int a = 0; a < 3; a++) {
        float scale = (float)split->bin_count / (set->middle_high[a] - set->middle_low[a]);
        split->scale[a] = scale < INFINITY ? scale * (1.0f - 0x1p-20f) : 0.0f; /* so that the last is within */
    }
}

/* The price of a leaf or subtree: what its box costs by the blocks that it fills. */
INLINE float price(Four low, Four high, int64_t count, int64_t most)
{
    return area_of(low, high) * (float)((count + most - 1) / most);
}

static void weigh_axis(const Bin *bins, int axis, int64_t most, Split *split, float *best)
{
    float right_price[MOST_BINS];
    int64_t right_count[MOST_BINS];
    Four low = four(INFINITY), high = four(-INFINITY);
    int64_t count = 0;
    for (int k = split->bin_count - 1; k > 0; k--) {
        low = least_four(bins[k].low, low);
        high = most_four(bins[k].high, high);
        count += bins[k].count;
        right_price[k] = price(low, high, count, most);
        right_count[k] = count;
    }
    low = four(INFINITY);
    high = four(-INFINITY);
    count = 0;
    for (int k = 1; k < split->bin_count; k++) {
        low = least_four(bins[k - 1].low, low);
        high = most_four(bins[k - 1].high, high);
        count += bins[k - 1].count;
        float total = price(low, high, count, most) + right_price[k];
        if (count > 0 && right_count[k] > 0 && total < *best) {
            *best = total;
            split->axis = axis;
            split->bin = k;
        }
    }
}

/* Find where a set is best split; the axis is -1 where no place is better than any other. */
static Split find_split(const Planner *p, const Set *set)
{
    Split split;
    lay_bins(set, &split);
    if (set->depth >= SAH_DEPTH)
        return split;
    Bin bins[3][MOST_BINS];
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < split.bin_count; k++)
            bins[a][k] = (Bin){four(INFINITY), four(-INFINITY), 0};
    for (int64_t i = set->start; i < set->end; i++) {
        const Item *item = p->items + i;
        FourInts at = bins_of(&split, item);
        for (int a = 0; a < 3; a++) {
            Bin *bin = &bins[a][at[a]];
            bin->low = least_four(item->low, bin->low);
            bin->high = most_four(item->high, bin->high);
            bin->count++;
        }
    }
    float best = INFINITY;
    for (int a = 0; a < 3; a++)
        if (split.scale[a] > 0.0f)
            weigh_axis(bins[a], a, p->most, &split, &best);
    return split;
}

/* Part a set's things; returns the first on the right. */
static void part(const Planner *p, const Set *set, const Split *split, Set *left, Set *right)
{
    *left = empty_set(set->start, set->depth + 1);
    *right = empty_set(set->end, set->depth + 1);
    int64_t middle = set->start + (set->end - set->start) / 2, i = set->start, j = set->end;
    if (split->axis < 0) { /* in halves, as they lie */
        for (; i < middle; i++)
            widen(left, p->items + i);
        for (j = middle; i < set->end; i++)
            widen(right, p->items + i);
    } else {
        while (i < j) {
            Item item = p->items[i];
            if (bins_of(split, &item)[split->axis] < split->bin) {
                widen(left, &item);
                i++;
            } else {
                widen(right, &item);
                p->items[i] = p->items[--j];
                p->items[j] = item;
            }
        }
    }
    left->end = j;
    right->start = j;
    right->end = set->end;
}

/* ---- planning ---- */

static int32_t plan_leaf(Planner *p, const Set *set)
{
    TreePlan *plan = p->plan;
    plan->leaves[2 * plan->leaf_count] = (int32_t)set->start;
    plan->leaves[2 * plan->leaf_count + 1] = (int32_t)(set->end - set->start);
    return (int32_t)(-1 - plan->leaf_count++);
}

/* Split the set with the largest surface again and again, until there are eight or none that is too large. */
static int open_set(const Planner *p, const Set *set, Set sets[CHILDREN])
{
    int count = 1;
    sets[0] = *set;
    while (count < CHILDREN) {
        int chosen = -1;
        float largest = -1.0f;
        for (int k = 0; k < count; k++) {
            float area = area_of(sets[k].low, sets[k].high);
            if (sets[k].end - sets[k].start > p->most && !(area <= largest)) { /* NaN, too, must be split */
                largest = area;
                chosen = k;
            }
        }
        if (chosen < 0)
            break;
        Split split = find_split(p, sets + chosen);
        Set whole = sets[chosen];
        part(p, &whole, &split, sets + chosen, sets + count++);
    }
    return count;
}

static int32_t plan_node(Planner *p, const Set *set)
{
    int64_t node = p->plan->node_count++;
    Set sets[CHILDREN];
    int count = open_set(p, set, sets);
    for (int k = 0; k < CHILDREN; k++) {
        int32_t child = NO_CHILD;
        if (k < count)
            child = sets[k].end - sets[k].start <= p->most ? plan_leaf(p, sets + k) : plan_node(p, sets + k);
        p->plan->children[CHILDREN * node + k] = child;
    }
    return (int32_t)node;
}

/* Plan a tree of `count` items. */
static void plan_tree(Item *items, int64_t count, int64_t most, TreePlan *plan)
{
    Planner p = {items, plan, most};
    Set all = empty_set(0, 0);
    for (int64_t i = 0; i < count; i++)
        widen(&all, items + i);
    all.end = count;
    plan->placed_count = count;
    plan->leaf_count = 0;
    plan->node_count = 0;
    if (count > 0)
        plan_node(&p, &all);
    for (int64_t i = 0; i < count; i++)
        plan->order[i] = number_of(items + i);
}

/* ---- meshes ---- */

typedef struct {
    const float *vertices;
    const int32_t *triangles;
    int64_t vertex_count;
    int64_t triangle_count;
} Shape;

/* The corners of a triangle. Returns 0 where one is not there or not finite. */
static inline int get_corners(const Shape *shape, int64_t triangle, const float *corner[3])
{
    for (int c = 0; c < 3; c++) {
        int64_t vertex = shape->triangles[3 * triangle + c];
        if (vertex < 0 || vertex >= shape->vertex_count)
            return 0;
        corner[c] = shape->vertices + 3 * vertex;
        if (!isfinite(corner[c][0]) || !isfinite(corner[c][1]) || !isfinite(corner[c][2]))
            return 0;
    }
    return 1;
}

/* The power of two that makes finite vertices at most one. */
static float scale_of(const Shape *shape)
{
    float most = 0.0f;
    for (int64_t k = 0; k < 3 * shape->vertex_count; k++) {
        float size = fabsf(shape->vertices[k]);
        most = size < INFINITY && size > most ? size : most;
    }
    int exponent = 0;
    if (most > 0.0f)
        frexpf(most, &exponent);
    exponent = exponent > MOST_EXPONENT ? MOST_EXPONENT : exponent < -MOST_EXPONENT ? -MOST_EXPONENT : exponent;
    return ldexpf(1.0f, -exponent);
}

/* Returns 1 where there is no memory. */
int rendersdg_plan_mesh_tree(
    int64_t vertex_count, const float *vertices, int64_t triangle_count, const int32_t *triangles, TreePlan *plan)
{
    Shape shape = {vertices, triangles, vertex_count, triangle_count};
    float scale = scale_of(&shape);
    Item *items = malloc((size_t)(triangle_count + 1) * sizeof *items);
    if (!items)
        return 1;
    int64_t count = 0;
    for (int64_t t = 0; t < triangle_count; t++) {
        const float *corner[3];
        if (!get_corners(&shape, t, corner))
            continue;
        float low[3], high[3];
        for (int a = 0; a < 3; a++) {
            low[a] = scale * minf(minf(corner[0][a], corner[1][a]), corner[2][a]);
            high[a] = scale * maxf(maxf(corner[0][a], corner[1][a]), corner[2][a]);
        }
        items[count++] = item_of(low, high, t);
    }
    plan_tree(items, count, LEAF_TRIANGLES, plan);
    free(items);
    return 0;
}

static void lay_node(const TreePlan *plan, int64_t number, Node *node)
{
    memset(node, 0, sizeof *node);
    for (int k = 0; k < CHILDREN; k++) {
        int32_t child = plan->children[CHILDREN * number + k];
        for (int a = 0; a < 3; a++) {
            node->bounds[a][0][k] = INFINITY;
            node->bounds[a][1][k] = -INFINITY;
        }
        node->child[k] = child == NO_CHILD ? 0 : child;
        node->count += child != NO_CHILD;
    }
}

/* Set the children of the nodes and the triangles of the blocks. */
void rendersdg_lay_mesh_tree(const TreePlan *plan, MeshTree *tree)
{
    Node *nodes = (Node *)tree->nodes;
    Block *blocks = (Block *)tree->blocks;
    for (int64_t n = 0; n < plan->node_count; n++)
        lay_node(plan, n, nodes + n);
    for (int64_t b = 0; b < plan->leaf_count; b++) {
        const int32_t *leaf = plan->leaves + 2 * b;
        for (int k = 0; k < LEAF_TRIANGLES; k++)
            blocks[b].triangle[k] = plan->order[leaf[0] + (k < leaf[1] ? k : leaf[1] - 1)];
    }
}

/* Set a block's corners and its box. Returns how many of its triangles are somewhere. */
static int fill_block(const Shape *shape, float scale, Block *block, float low[3], float high[3])
{
    int found = 0;
    for (int a = 0; a < 3; a++) {
        low[a] = INFINITY;
        high[a] = -INFINITY;
    }
    for (int k = 0; k < LEAF_TRIANGLES; k++) {
        const float *corner[3];
        int is_there = get_corners(shape, block->triangle[k], corner);
        found += is_there && (k == 0 || block->triangle[k] != block->triangle[k - 1]);
        for (int c = 0; c < 3; c++)
            for (int a = 0; a < 3; a++) {
                float x = is_there ? scale * corner[c][a] : 0.0f; /* one point is never hit */
                block->corner[c][a][k] = x;
                if (is_there) {
                    low[a] = minf(low[a], x);
                    high[a] = maxf(high[a], x);
                }
            }
    }
    return found;
}

/* The box of all of a node's children. */
static void box_of(const Node *node, float low[3], float high[3])
{
    for (int a = 0; a < 3; a++) {
        low[a] = INFINITY;
        high[a] = -INFINITY;
        for (int k = 0; k < node->count; k++) {
            low[a] = minf(low[a], node->bounds[a][0][k]);
            high[a] = maxf(high[a], node->bounds[a][1][k]);
        }
    }
}

/* Set all corners and boxes from the vertices. Returns how many triangles are somewhere that the tree lacks: those that
 * were nowhere when it was planned. */
int64_t rendersdg_refit_mesh_tree(
    int64_t vertex_count, const float *vertices, int64_t triangle_count, const int32_t *triangles, MeshTree *tree)
{
    Shape shape = {vertices, triangles, vertex_count, triangle_count};
    Node *nodes = (Node *)tree->nodes;
    Block *blocks = (Block *)tree->blocks;
    int64_t missing = 0;
    tree->scale = scale_of(&shape);
    for (int a = 0; a < 3; a++) {
        tree->low[a] = INFINITY;
        tree->high[a] = -INFINITY;
    }
    for (int64_t n = tree->node_count - 1; n >= 0; n--) /* children come behind */
        for (int k = 0; k < nodes[n].count; k++) {
            int32_t child = nodes[n].child[k];
            float low[3], high[3];
            if (child < 0)
                missing -= fill_block(&shape, tree->scale, blocks + (-1 - child), low, high);
            else
                box_of(nodes + child, low, high);
            for (int a = 0; a < 3; a++) {
                nodes[n].bounds[a][0][k] = low[a];
                nodes[n].bounds[a][1][k] = high[a];
            }
        }
    if (tree->node_count > 0)
        box_of(nodes, tree->low, tree->high);
    for (int64_t t = 0; t < triangle_count; t++) {
        const float *corner[3];
        missing += get_corners(&shape, t, corner);
    }
    return missing;
}

/* ---- instances ---- */

static double cofactor(const double *m, int row, int column)
{
    int r = (row + 1) % 3, s = (row + 2) % 3, c = (column + 1) % 3, d = (column + 2) % 3;
    return m[4 * r + c] * m[4 * s + d] - m[4 * r + d] * m[4 * s + c];
}

/* Invert world_from_mesh (4, 4) into (3, 4), times the scale. Returns 0 where that cannot be. */
static int invert(const double *m, double scale, double *out)
{
    double determinant = 0.0;
    for (int c = 0; c < 3; c++)
        determinant += m[c] * cofactor(m, 0, c);
    int is_finite = determinant != 0.0;
    for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 3; c++)
            out[4 * r + c] = scale * (cofactor(m, c, r) / determinant);
        out[4 * r + 3] = -(out[4 * r] * m[3] + out[4 * r + 1] * m[7] + out[4 * r + 2] * m[11]);
        for (int c = 0; c < 4; c++)
            is_finite = is_finite && isfinite(out[4 * r + c]);
    }
    return is_finite;
}

/* Set the box (low, high) in the world of a tree that is placed by m (4, 4), a little wider than rounding makes it.
 * Returns 0 where it reaches too far. */
static int place_box(const double *m, const MeshTree *tree, float box[6])
{
    int is_finite = 1;
    for (int a = 0; a < 3; a++) {
        double low = m[4 * a + 3], high = low;
        for (int c = 0; c < 3; c++) {
            double p = m[4 * a + c] * ((double)tree->low[c] / tree->scale);
            double q = m[4 * a + c] * ((double)tree->high[c] / tree->scale);
            low += p < q ? p : q;
            high += p < q ? q : p;
        }
        double slack = 0x1p-21 * (fabs(low) > fabs(high) ? fabs(low) : fabs(high));
        box[a] = (float)(low - slack);
        box[3 + a] = (float)(high + slack);
        is_finite = is_finite && fabsf(box[a]) < FARTHEST && fabsf(box[3 + a]) < FARTHEST;
    }
    return is_finite;
}

/* Set mesh_from_world (I, 3, 4), and the boxes (I, 2, 3) in the world: NaN for instances that no ray can hit, those
 * without a tree, without triangles or whose matrix has no inverse. */
void rendersdg_place_instances(int64_t count, const int64_t *tree, const double *world_from_mesh, int64_t tree_count,
    const MeshTree *trees, double *mesh_from_world, float *boxes)
{
    for (int64_t i = 0; i < count; i++) {
        double *inverse = mesh_from_world + 12 * i;
        const double *m = world_from_mesh + 16 * i;
        const MeshTree *t = tree[i] >= 0 && tree[i] < tree_count ? trees + tree[i] : NULL;
        if (t && t->low[0] <= t->high[0] && invert(m, t->scale, inverse) && place_box(m, t, boxes + 6 * i))
            continue;
        memset(inverse, 0, 12 * sizeof *inverse);
        for (int k = 0; k < 6; k++)
            boxes[6 * i + k] = NAN;
    }
}

/* Returns 1 where there is no memory. */
int rendersdg_plan_instance_tree(const float *boxes, TreePlan *plan)
{
    Item *items = malloc((size_t)(plan->count + 1) * sizeof *items);
    if (!items)
        return 1;
    int64_t count = 0;
    for (int64_t i = 0; i < plan->count; i++, boxes += 6)
        if (boxes[0] <= boxes[3])
            items[count++] = item_of(boxes, boxes + 3, i);
    plan_tree(items, count, 1, plan);
    free(items);
    return 0;
}

void rendersdg_lay_instance_tree(const TreePlan *plan, const float *boxes, uint8_t *nodes)
{
    Node *all = (Node *)nodes;
    for (int64_t n = plan->node_count - 1; n >= 0; n--) {
        Node *node = all + n;
        lay_node(plan, n, node);
        for (int k = 0; k < node->count; k++) {
            float low[3], high[3];
            if (node->child[k] < 0) {
                int32_t instance = plan->order[plan->leaves[2 * (-1 - node->child[k])]];
                node->child[k] = -1 - instance;
                memcpy(low, boxes + 6 * (int64_t)instance, sizeof low);
                memcpy(high, boxes + 6 * (int64_t)instance + 3, sizeof high);
            } else {
                box_of(all + node->child[k], low, high);
            }
            for (int a = 0; a < 3; a++) {
                node->bounds[a][0][k] = low[a];
                node->bounds[a][1][k] = high[a];
            }
        }
    }
}
