/* From visible triangles to label images: ids, depth, distance, normals, motion, and what of each entity is visible.
 *
 * A row is cut into chunks of CHUNK pixels, a chunk into runs of one triangle. A run is interpolated in a loop without
 * branches into scratch, one float a pixel and quantity; a chunk's scratch is then written to the images.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "numbers.h"
#include "records.h"

enum { ROW = CHUNK + 16 }; /* loops run on to whole vectors; no multiple of a page, lest rows share their cache lines */

typedef struct {
    float slope[ROW]; /* of the ray, x */
    float w[ROW];
    float normal[3][ROW];
    float previous[3][ROW]; /* homogeneous pixel in the previous frame */
    float distance[ROW];    /* where the lens bends lines */
    int32_t triangle[ROW];
} Scratch;

typedef struct {
    Corners corners;
    float previous[3][3]; /* homogeneous previous pixel of each corner */
} Record;

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
    Record records[SLOTS];
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

static void interpolate(Scratch *s, const Record *record, int a, int b, float dy, int has_motion)
{
    const Record r = *record; /* a copy: what is written to the scratch cannot change it */
    const Corners *c = &r.corners;
    const float (*n)[3] = c->normal, (*p)[3] = r.previous;
    float e0 = c->edge[0][0] + dy * c->edge[0][2], e1 = c->edge[1][0] + dy * c->edge[1][2],
          e2 = c->edge[2][0] + dy * c->edge[2][2];
    int end = a + full(b - a);
    for (int i = a; i < end; i++) {
        float dx = s->slope[i] - c->slope_x;
        Barycentrics t = clamped(e0 + dx * c->edge[0][1], e1 + dx * c->edge[1][1], e2 + dx * c->edge[2][1]);
        s->w[i] = t.e[0] * c->w[0] + t.e[1] * c->w[1] + t.e[2] * c->w[2];
        s->normal[0][i] = t.e[0] * n[0][0] + t.e[1] * n[1][0] + t.e[2] * n[2][0];
        s->normal[1][i] = t.e[0] * n[0][1] + t.e[1] * n[1][1] + t.e[2] * n[2][1];
        s->normal[2][i] = t.e[0] * n[0][2] + t.e[1] * n[1][2] + t.e[2] * n[2][2];
    }
    if (!has_motion)
        return;
    for (int i = a; i < end; i++) {
        float dx = s->slope[i] - c->slope_x;
        Barycentrics t = clamped(e0 + dx * c->edge[0][1], e1 + dx * c->edge[1][1], e2 + dx * c->edge[2][1]);
        s->previous[0][i] = t.e[0] * p[0][0] + t.e[1] * p[1][0] + t.e[2] * p[2][0];
        s->previous[1][i] = t.e[0] * p[0][1] + t.e[1] * p[1][1] + t.e[2] * p[2][1];
        s->previous[2][i] = t.e[0] * p[0][2] + t.e[1] * p[1][2] + t.e[2] * p[2][2];
    }
}

/* The same along rays; `first` is the ray of column 0, two rays a pixel. */
static void interpolate_bent(
    Scratch *s, const Corners *c, const Source *source, const View *view, int a, int b, int64_t first)
{
    for (int i = a; i < b; i++) {
        int64_t q = first + 2 * i;
        Barycentrics t = across(source->point, view->ray_x[q], view->ray_y[q], view->ray_z[q]);
        const Point *const *p = source->point;
        float w = t.e[0] * c->w[0] + t.e[1] * c->w[1] + t.e[2] * c->w[2];
        float x = t.e[0] * p[0]->x + t.e[1] * p[1]->x + t.e[2] * p[2]->x;
        float y = t.e[0] * p[0]->y + t.e[1] * p[1]->y + t.e[2] * p[2]->y;
        s->w[i] = w;
        s->distance[i] = sqrtf(x * x + y * y + w * w);
        for (int axis = 0; axis < 3; axis++)
            s->normal[axis][i] = t.e[0] * c->normal[0][axis] + t.e[1] * c->normal[1][axis]
                + t.e[2] * c->normal[2][axis];
    }
}

/* The record of a triangle at pixel (x, y), set up anew where it is not kept. */
static const Record *record_of(Labeller *l, const Source *source, int32_t number, int64_t x, int64_t y)
{
    int is_new;
    Record *record = &l->records[slot_of(&l->kept, number, (int32_t)x, (int32_t)y, &is_new)];
    if (!is_new)
        return record;
    set_up(&record->corners, l->scene, l->view, l->points, source, (int32_t)x, (int32_t)y);
    if (!l->points->previous)
        return record;
    const float *m = l->points->previous + 16 * source->instance;
    for (int c = 0; c < 3; c++) {
        const float *v = l->scene->meshes->vertices + 3 * (source->first_vertex + source->corner[c]);
        for (int axis = 0; axis < 3; axis++) {
            const float *row = m + (axis < 2 ? 4 * axis : 12);
            record->previous[c][axis] = row[0] * v[0] + row[1] * v[1] + row[2] * v[2] + row[3];
        }
    }
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
            distance[i] = s->w[i] * sqrtf(s->slope[i] * s->slope[i] + slope_y * slope_y + 1.0f);
    float *restrict normal = l->images->normal + 3 * p;
    for (int i = 0; i < count; i++) {
        float nx = s->normal[0][i], ny = s->normal[1][i], nz = s->normal[2][i];
        float q = inverse_length(nx * nx + ny * ny + nz * nz);
        normal[3 * i] = nx * q;
        normal[3 * i + 1] = ny * q;
        normal[3 * i + 2] = nz * q;
    }
    if (!l->points->previous)
        return;
    float *restrict motion = l->images->motion + 2 * p;
    for (int i = 0; i < count; i++) {
        float w = s->previous[2][i];
        int is_before = w > 1e-9f;
        float inverse = 1.0f / (is_before ? w : 1.0f);
        float mx = s->previous[0][i] * inverse - ((float)x + (float)i + 0.5f);
        float my = s->previous[1][i] * inverse - ((float)y + 0.5f);
        motion[2 * i] = is_before ? mx : 0.0f;
        motion[2 * i + 1] = is_before ? my : 0.0f;
    }
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
    const Record *record = record_of(l, &source, number, x + a, y);
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
    float pixel_x = 1.0f / view->focal_x;
    float slope_y = (view->centre_y - (float)y - 0.5f) * (1.0f / view->focal_y);
    const int32_t *row = samples->triangle + (y << shift) * (view->width << shift);
    Run run = {-1, 0};
    for (int64_t x = 0; x < view->width; x += CHUNK) {
        int count = (int)min64(CHUNK, view->width - x);
        for (int i = 0; i < count; i++) {
            s->slope[i] = ((float)((int32_t)x + i) + 0.5f - view->centre_x) * pixel_x;
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
