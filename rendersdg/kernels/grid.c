/* What is seen where, and its labels, by items that do not know of one another: a thread each on a GPU, in any order.
 *
 * - begin: an item a sample. Nothing is seen yet.
 * - see: an item a triangle number. Each sample inside keeps the least of (~(1 / w), place in the order of drawing), so
 *   that the nearest wins and of those equally near the first, as where triangles are drawn one after the other. An
 *   entity has a bit for each pixel: who sets it counts the pixel. Triangles whose box is large go on a list.
 * - see_large: an item a row of a listed triangle.
 * - resolve: an item a sample. From places to triangle numbers.
 * - label: an item a pixel.
 *
 * NVRTC compiles this file for GPUs; for processors it is an emulated launch, by which the kernels are tested.
 */
#include "atomics.h"
#include "clipping.h"
#include "labelling.h"
#include "wide.h"

enum { BLOCK = 64 }; /* items that run one after the other in an emulated launch */

static inline void begin(const Grid *grid, int64_t item)
{
    float far = 1.0f / grid->view->far;
    if (item < grid->sample_count && grid->first_entity == 0)
        grid->nearest[item] = (uint64_t)~bits_of_float(far) << 32; /* what lies as far is not seen */
    for (int64_t k = item; k < grid->entity_count * grid->word_count; k += grid->sample_count)
        grid->seen[k] = 0;
    if (item == 0)
        *grid->large_count = 0;
}

static inline void widen_shared(int32_t *box, int64_t left, int64_t top, int64_t right, int64_t bottom)
{
    make_lesser(box, (int32_t)left);
    make_lesser(box + 1, (int32_t)top);
    make_greater(box + 2, (int32_t)right);
    make_greater(box + 3, (int32_t)bottom);
}

/* Count the pixels first..last of row y to an entity, as far as nobody did. */
static inline void show(const Grid *grid, int32_t entity, int64_t first, int64_t last, int64_t y)
{
    int64_t row = entity - grid->first_entity;
    if (first > last || row < 0 || row >= grid->entity_count)
        return;
    const Samples *samples = grid->samples;
    int64_t begins = y * grid->view->width + first, ends = y * grid->view->width + last, fresh = 0;
    for (int64_t word = begins >> 5; word <= ends >> 5; word++) {
        uint32_t bits = ~0u;
        if (word == begins >> 5)
            bits &= ~0u << (begins & 31);
        if (word == ends >> 5)
            bits &= ~0u >> (31 - (ends & 31));
        fresh += count_bits(bits & ~set_bits(grid->seen + row * grid->word_count + word, bits));
    }
    if (fresh > 0)
        add_to(samples->unoccluded + entity, fresh);
    widen_shared(samples->loose + 4 * entity, first, y, last, y);
}

static inline void keep_sample(const Grid *grid, const Target *to, int64_t h, int64_t v, float q, int64_t place)
{
    int64_t p = (v >> to->shift) * to->row_length + (h >> to->shift);
    if (q > to->far && grid->first_entity == 0) /* depths are the same whoever is counted */
        make_least(grid->nearest + p, (uint64_t)~bits_of_float(q) << 32 | (uint64_t)(place + 1));
}

/* Put the samples of row v of a triangle where they belong. */
static inline void put_row(
    const Grid *grid, const Target *to, const Wide *t, const Cut *cut, int64_t v, int32_t entity, int64_t place)
{
    WideRow row;
    if (!find_row(&row, t, v, to->step))
        return;
    for (int64_t k = row.run.first; k <= row.run.last; k += to->step) {
        float q = row.q + t->q_slope * (float)k;
        if (cut && (opacity_at(t, cut, &row, k) < cut->threshold || q <= to->far))
            continue;
        int64_t h = t->start + k;
        keep_sample(grid, to, h, v, q, place);
        if (cut && (h & 1) == 0 && (v & 1) == 0)
            show(grid, entity, h >> 1, h >> 1, v >> 1);
    }
    if (cut || (v & 1) != 0)
        return;
    Run seen = centres(row.run.first, row.run.last, t->start, row.q, t->q_slope, to->far);
    show(grid, entity, seen.first, seen.last, v >> 1);
}

typedef struct { /* a triangle number's triangles */
    Fan fan;
    Cut cut;
    int is_cut;
    int is_culled;
    int32_t entity;
    int64_t place; /* in the order of drawing */
} Found;

/* Find what of a triangle number is drawn; return whether anything is. */
static inline int find(Found *found, const Grid *grid, int64_t number)
{
    const Scene *scene = grid->scene;
    int64_t o = scene->instances->number_instance[number], first = grid->place[o];
    int64_t k = number - scene->instances->first_number[o];
    if (first < 0)
        return 0;
    found->is_cut = cut_of(&found->cut, scene, grid->drawn, o);
    found->is_culled = grid->drawn->is_culled[o];
    const Cut *cut = found->is_cut ? &found->cut : NULL;
    const Shape shape = shape_of(scene, grid->points, o, cut);
    found->entity = shape.names.entity;
    found->place = first + k;
    const Point *p[3];
    find_corners(&shape, k, cut, p, found->fan.corner);
    found->fan.count = 3;
    if (!is_whole(p, grid->view->near)) {
        Corner c[3] = {found->fan.corner[0], found->fan.corner[1], found->fan.corner[2]};
        clip_to_fan(&found->fan, grid->view, p, c);
    }
    return found->fan.count >= 3;
}

static inline Target whole_target(const Grid *grid)
{
    Rows rows = {0, grid->view->height};
    return target_of(grid->view, grid->samples, &rows);
}

static inline void see(const Grid *grid, int64_t number)
{
    Found found;
    if (!find(&found, grid, number))
        return;
    Target to = whole_target(grid);
    const Cut *cut = found.is_cut ? &found.cut : NULL;
    if (grid->first_entity == 0)
        grid->number[found.place] = (int32_t)number;
    for (int c = 1; c + 1 < found.fan.count; c++) {
        Corner triangle[3] = {found.fan.corner[0], found.fan.corner[c], found.fan.corner[c + 1]};
        if (found.is_culled && shows_back(&triangle[0], &triangle[1], &triangle[2]))
            continue;
        Wide t;
        if (!set_up_wide(&t, triangle, &to))
            continue;
        const Bounds *b = &t.bounds;
        if ((b->right - b->left + 1) * (b->bottom - b->top + 1) > grid->most_samples) {
            int64_t at = add_to(grid->large_count, 1);
            if (at < grid->room) { /* else there is no room on the list: draw it here */
                grid->large[2 * at] = (int32_t)number;
                grid->large[2 * at + 1] = c;
                continue;
            }
        }
        for (int64_t v = b->top; v <= b->bottom; v += to.step)
            put_row(grid, &to, &t, cut, v, found.entity, found.place);
    }
}

/* Items count the half-pixel rows of the picture, one listed triangle after the other. */
static inline void see_large(const Grid *grid, int64_t item)
{
    int64_t rows = 2 * grid->view->height, at = item / rows, v = item % rows;
    if (at >= *grid->large_count || at >= grid->room)
        return;
    Found found;
    Wide t;
    Target to = whole_target(grid);
    int c = grid->large[2 * at + 1];
    if (!find(&found, grid, grid->large[2 * at]))
        return;
    Corner triangle[3] = {found.fan.corner[0], found.fan.corner[c], found.fan.corner[c + 1]};
    if (!set_up_wide(&t, triangle, &to) || v < t.bounds.top || v > t.bounds.bottom || v % to.step != 0)
        return;
    put_row(grid, &to, &t, found.is_cut ? &found.cut : NULL, v, found.entity, found.place);
}

static inline void resolve(const Grid *grid, int64_t item)
{
    uint64_t nearest = grid->nearest[item];
    uint32_t place = (uint32_t)nearest;
    grid->samples->triangle[item] = place > 0 ? grid->number[place - 1] : -1;
    grid->samples->inverse_depth[item] = float_of_bits(~(uint32_t)(nearest >> 32));
}

/* Label pixel p. */
static inline void label(const Grid *grid, int64_t p)
{
    const View *view = grid->view;
    const Scene *scene = grid->scene;
    const LabelImages *images = grid->images;
    int64_t x = p % view->width, y = p / view->width;
    int shift = view->step == 2 ? 0 : 1;
    int32_t number = grid->samples->triangle[(y << shift) * (view->width << shift) + (x << shift)];
    int has_motion = grid->points->previous != NULL;
    if (number < 0 || number >= scene->instances->number_count) {
        images->instance[p] = images->entity[p] = images->triangle[p] = -1;
        images->depth[p] = images->distance[p] = INFINITY;
        keep_normal(images->normal + 3 * p, 0.0f, 0.0f, 0.0f);
        if (has_motion)
            keep_motion(images->motion + 2 * p, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f);
        return;
    }
    Source source = source_of(scene, grid->points, number);
    int64_t entity = scene->instances->entity[source.instance];
    images->instance[p] = (int32_t)source.instance;
    images->entity[p] = (int32_t)entity;
    images->triangle[p] = (int32_t)source.local;
    add_to(images->visible + entity, 1);
    widen_shared(images->tight + 4 * entity, x, y, x, y);
    LabelRecord record;
    set_up_labels(&record, scene, view, grid->points, &source, (int32_t)x, (int32_t)y);
    const Corners *c = &record.corners;
    if (view->ray_x) {
        float normal[3];
        label_bent(c, &source, view, 4 * y * view->width + 2 * x, images->depth + p, images->distance + p, normal);
        keep_normal(images->normal + 3 * p, normal[0], normal[1], normal[2]);
        return;
    }
    float slope_x = slope_at_column(view, x), slope_y = slope_at_row(view, y), e[3];
    edges_of_row(c, slope_y - c->slope_y, e);
    Barycentrics t = in_row(c, e, slope_x - c->slope_x);
    float w = blend(&t, c->w[0], c->w[1], c->w[2]), n[3];
    for (int axis = 0; axis < 3; axis++)
        n[axis] = blend(&t, c->normal[0][axis], c->normal[1][axis], c->normal[2][axis]);
    images->depth[p] = w;
    images->distance[p] = distance_along(w, slope_x, slope_y);
    keep_normal(images->normal + 3 * p, n[0], n[1], n[2]);
    if (!has_motion)
        return;
    const float (*before)[3] = record.previous;
    keep_motion(images->motion + 2 * p, blend(&t, before[0][0], before[1][0], before[2][0]),
        blend(&t, before[0][1], before[1][1], before[2][1]), blend(&t, before[0][2], before[1][2], before[2][2]),
        (float)x, (float)y);
}

#if defined(__CUDACC__)

#define KERNEL(name)                                                                                                   \
    extern "C" __global__ void rendersdg_grid_##name(const Grid *grid, int64_t count)                                  \
    {                                                                                                                  \
        int64_t step = (int64_t)gridDim.x * blockDim.x;                                                                \
        for (int64_t item = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; item < count; item += step)                \
            name(grid, item);                                                                                          \
    }

#else

/* Run the blocks of items in a given order, as a GPU might. */
static void launch(
    void (*work)(const Grid *, int64_t), const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks)
{
    for (int64_t k = 0; k < block_count; k++)
        for (int64_t item = BLOCK * blocks[k]; item < min64(BLOCK * (blocks[k] + 1), count); item++)
            work(grid, item);
}

#define KERNEL(name)                                                                                                   \
    void rendersdg_grid_##name(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks)            \
    {                                                                                                                  \
        launch(name, grid, count, block_count, blocks);                                                                \
    }

#endif

KERNEL(begin)
KERNEL(see)
KERNEL(see_large)
KERNEL(resolve)
KERNEL(label)
