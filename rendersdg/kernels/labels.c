/* From visible triangles to label images: ids, depth, distance, normals, motion, and what of each entity is visible.
 *
 * A row is cut into chunks of CHUNK pixels, a chunk into runs of one triangle. A run is interpolated in a loop without
 * branches into scratch, one float a pixel and quantity; a chunk's scratch is then written to the images.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "labelling.h"
#include "numbers.h"

enum { ROW = CHUNK + 16 }; /* loops run on to whole vectors; no multiple of a page, lest rows share their cache lines */

typedef struct {
    float slope[ROW]; /* of the ray, x */
    float w[ROW];
    float normal[3][ROW];
    float previous[3][ROW]; /* homogeneous pixel in the previous frame */
    float distance[ROW];    /* where the lens bends lines */
    int32_t triangle[ROW];
} Scratch;

typedef struct {    /* pixels of one entity, side by side, not counted yet */
    int64_t entity; /* -1 for none */
    int64_t first;
} Run;

typedef struct {
    const Scene *scene;
    const View *view;
    const Points *points;
    const LabelImages *images;
    int32_t number_count;
    Kept kept;
    Scratch scratch;
    LabelRecord records[SLOTS];
} Labeller;

static void count_run(const LabelImages *images, Run run, int64_t last, int64_t y)
{
    if (run.entity < 0)
        return;
    int32_t *box = images->tight + 4 * run.entity;
    images->visible[run.entity] += last - run.first + 1;
    box[0] = min32(box[0], (int32_t)run.first);
    box[1] = min32(box[1], (int32_t)y);
    box[2] = max32(box[2], (int32_t)last);
    box[3] = max32(box[3], (int32_t)y);
}

static void interpolate(Scratch *s, const LabelRecord *record, int a, int b, float dy, int has_motion)
{
    const LabelRecord r = *record; /* a copy: what is written to the scratch cannot change it */
    const Corners *c = &r.corners;
    const float (*n)[3] = c->normal, (*p)[3] = r.previous;
    float e[3];
    edges_of_row(c, dy, e);
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        Barycentrics t = in_row(c, e, s->slope[i] - c->slope_x);
        s->w[i] = blend(&t, c->w[0], c->w[1], c->w[2]);
        s->normal[0][i] = blend(&t, n[0][0], n[1][0], n[2][0]);
        s->normal[1][i] = blend(&t, n[0][1], n[1][1], n[2][1]);
        s->normal[2][i] = blend(&t, n[0][2], n[1][2], n[2][2]);
    }
    if (!has_motion)
        return;
    for (int i = a; i < end; i++) {
        Barycentrics t = in_row(c, e, s->slope[i] - c->slope_x);
        s->previous[0][i] = blend(&t, p[0][0], p[1][0], p[2][0]);
        s->previous[1][i] = blend(&t, p[0][1], p[1][1], p[2][1]);
        s->previous[2][i] = blend(&t, p[0][2], p[1][2], p[2][2]);
    }
}

/* The same along rays; `first` is the ray of column 0, two rays a pixel. */
static void interpolate_bent(
    Scratch *s, const Corners *c, const Source *source, const View *view, int a, int b, int64_t first)
{
    for (int i = a; i < b; i++) {
        float normal[3];
        label_bent(c, source, view, first + 2 * i, &s->w[i], &s->distance[i], normal);
        for (int axis = 0; axis < 3; axis++)
            s->normal[axis][i] = normal[axis];
    }
}

/* The record of a triangle at pixel (x, y), set up anew where it is not kept. */
static const LabelRecord *record_of(Labeller *l, const Source *source, int32_t number, int64_t x, int64_t y)
{
    int is_new;
    LabelRecord *record = &l->records[slot_of(&l->kept, number, (int32_t)x, (int32_t)y, &is_new)];
    if (is_new)
        set_up_labels(record, l->scene, l->view, l->points, source, (int32_t)x, (int32_t)y);
    return record;
}

static void fill(int32_t *image, int64_t a, int64_t b, int32_t value)
{
    for (int64_t i = a; i < b; i++)
        image[i] = value;
}

static void nothing(Scratch *s, int a, int b)
{
    for (int i = a; i < b; i++) {
        s->w[i] = INFINITY;
        s->distance[i] = INFINITY;
        s->previous[2][i] = 0.0f;
        for (int axis = 0; axis < 3; axis++)
            s->normal[axis][i] = 0.0f;
    }
}

/* Write a chunk's scratch to the images from pixel p = (x, y) on. */
static void store(const Labeller *l, int count, int64_t p, int64_t x, int64_t y, float slope_y)
{
    const Scratch *s = &l->scratch;
    memcpy(l->images->depth + p, s->w, (size_t)count * sizeof(float));
    float *restrict distance = l->images->distance + p;
    if (l->view->ray_x)
        memcpy(distance, s->distance, (size_t)count * sizeof(float));
    else
        for (int i = 0; i < count; i++)
            distance[i] = distance_along(s->w[i], s->slope[i], slope_y);
    float *restrict normal = l->images->normal + 3 * p;
    for (int i = 0; i < count; i++)
        keep_normal(normal + 3 * i, s->normal[0][i], s->normal[1][i], s->normal[2][i]);
    if (!l->points->previous)
        return;
    float *restrict motion = l->images->motion + 2 * p;
    for (int i = 0; i < count; i++)
        keep_motion(
            motion + 2 * i, s->previous[0][i], s->previous[1][i], s->previous[2][i], (float)x + (float)i, (float)y);
}

/* Label the pixels a..b of a chunk, all of triangle `number` and of one tile; p is the pixel of column 0. Return the
 * entity. */
static int64_t label_run(Labeller *l, int32_t number, int a, int b, int64_t x, int64_t y, float slope_y)
{
    const LabelImages *images = l->images;
    int64_t p = y * l->view->width + x;
    if (number < 0) {
        fill(images->instance, p + a, p + b, -1);
        fill(images->entity, p + a, p + b, -1);
        fill(images->triangle, p + a, p + b, -1);
        nothing(&l->scratch, a, b);
        return -1;
    }
    Source source = source_of(l->scene, l->points, number);
    int64_t entity = l->scene->instances->entity[source.instance];
    const LabelRecord *record = record_of(l, &source, number, x + a, y);
    fill(images->instance, p + a, p + b, (int32_t)source.instance);
    fill(images->entity, p + a, p + b, (int32_t)entity);
    fill(images->triangle, p + a, p + b, (int32_t)source.local);
    if (l->view->ray_x)
        interpolate_bent(&l->scratch, &record->corners, &source, l->view, a, b, 4 * y * l->view->width + 2 * x);
    else
        interpolate(&l->scratch, record, a, b, slope_y - record->corners.slope_y, l->points->previous != NULL);
    return entity;
}

static void label_row(Labeller *l, const Samples *samples, int64_t y)
{
    const View *view = l->view;
    Scratch *s = &l->scratch;
    int shift = view->step == 2 ? 0 : 1;
    float slope_y = slope_at_row(view, y);
    const int32_t *row = samples->triangle + (y << shift) * (view->width << shift);
    Run run = {-1, 0};
    for (int64_t x = 0; x < view->width; x += CHUNK) {
        int count = (int)min64(CHUNK, view->width - x);
        for (int i = 0; i < count; i++) {
            s->slope[i] = slope_at_column(view, x + i);
            int32_t number = row[(x + i) << shift];
            s->triangle[i] = number < l->number_count ? number : -1;
        }
        for (int a = 0, b = 0; a < count; a = b) {
            int32_t number = s->triangle[a];
            int end = number < 0 ? count : (int)min64(count, a / TILE_WIDTH * TILE_WIDTH + TILE_WIDTH);
            for (b = a + 1; b < end && s->triangle[b] == number; b++)
                ;
            int64_t entity = label_run(l, number, a, b, x, y, slope_y);
            if (entity != run.entity) {
                count_run(l->images, run, x + a - 1, y);
                run = (Run){entity, x + a};
            }
        }
        store(l, count, y * view->width + x, x, y, slope_y);
    }
    count_run(l->images, run, view->width - 1, y);
}

int rendersdg_labels(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const LabelImages *images, const Rows *rows)
{
    Labeller *l = malloc(sizeof *l);
    if (!l)
        return 1;
    l->scene = scene;
    l->view = view;
    l->points = points;
    l->images = images;
    l->number_count = (int32_t)scene->instances->number_count;
    memset(&l->scratch, 0, sizeof l->scratch);
    keep_none(&l->kept);
    for (int64_t y = rows->first; y < rows->end; y++)
        label_row(l, samples, y);
    free(l);
    return 0;
}
