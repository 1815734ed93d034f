/* Defects under the pixels: which texel of which patch a surface point shows, and what it does to the surface there.
 *
 * Layout: a triangle number's first entry begins a chain of entries, one for each patch on it. An entry turns a world
 * position into (s, t) on its patch; (s - origin) / texel are texel coordinates, texel (row, column) having its centre
 * at (column, row). A patch's texels are a mip pyramid, level after level, halved with rounding up. Of a texel's ten
 * channels 0 multiplies the base colour and 1 to 3 are added, 4 and 5 do the same for roughness, 6 and 7 for metalness,
 * 8 and 9 are the slopes of the height along s and t.
 */
#include <math.h>
#include <stdlib.h>

#include "brdf.h"
#include "numbers.h"
#include "surface.h"

enum { ENTRY = 11, PATCH = 6, PATCH_INTS = 4 };
enum { AT, WIDTH, HEIGHT, LEVELS }; /* of Decals.ints */

typedef struct {   /* a place on one level of a patch */
    int64_t start; /* its first texel */
    int64_t width;
    int64_t height;
    float u; /* texel coordinates */
    float v;
} Place;

typedef struct {
    const float *entry;
    const float *patch;
    const int64_t *ints;
} Entry;

static inline Entry entry_at(const Decals *decals, int32_t e)
{
    int64_t p = decals->patch[e];
    return MADE(Entry){decals->entries + ENTRY * (int64_t)e, decals->floats + PATCH * p, decals->ints + PATCH_INTS * p};
}

/* Find a world position on the whole patch; return whether it lies there, on the side that the normal looks to. */
static inline int find(const Entry *e, Vector point, Vector normal, Place *place)
{
    float x = point.x - e->patch[0], y = point.y - e->patch[1], z = point.z - e->patch[2], texel = e->patch[5];
    float s = e->entry[0] * x + e->entry[1] * y + e->entry[2] * z + e->entry[3];
    float t = e->entry[4] * x + e->entry[5] * y + e->entry[6] * z + e->entry[7];
    *place = MADE(Place){
        e->ints[AT], e->ints[WIDTH], e->ints[HEIGHT], (s - e->patch[3]) / texel, (t - e->patch[4]) / texel};
    return place->u > -1.0f && place->v > -1.0f && place->u < (float)place->width && place->v < (float)place->height
        && normal.x * e->entry[8] + normal.y * e->entry[9] + normal.z * e->entry[10] > 0.0f;
}

/* Go on to the level whose texels are nearest to a pixel's footprint. `away` is the point as seen from the camera,
 * `pixel` the solid angle of a pixel on the axis, the normal is unit. */
static Place level_of(const Entry *e, Place p, Vector away, Vector normal, float pixel)
{
    float square = dot(away, away), texel = e->patch[5];
    float facing = fabsf(dot(normal, away)) / sqrtf(maxf(square, 1e-20f));
    float footprint = square * pixel / maxf(facing, 0.2f);
    for (int64_t level = 0; level + 1 < e->ints[LEVELS] && footprint > 2.0f * texel * texel; level++) {
        p.start += p.width * p.height;
        p.width = (p.width + 1) / 2;
        p.height = (p.height + 1) / 2;
        texel *= 2.0f;
        p.u = (p.u - 0.5f) * 0.5f;
        p.v = (p.v - 0.5f) * 0.5f;
    }
    return p;
}

/* Texel coordinates lie between -1 and the patch's sides. */
static inline int64_t whole(float x, int64_t side) { return (int64_t)between(floorf(x), -2.0f, (float)side); }

/* Sample a level between texels; beyond its border the surface is as it was. */
static void fetch(const Decals *decals, const Place *p, float out[DECAL_CHANNELS])
{
    int64_t x0 = whole(p->u, p->width), y0 = whole(p->v, p->height);
    float fx = p->u - (float)x0, fy = p->v - (float)y0;
    for (int c = 0; c < DECAL_CHANNELS; c++)
        out[c] = 0.0f;
    for (int k = 0; k < 4; k++) {
        int64_t x = x0 + (k & 1), y = y0 + (k >> 1);
        float w = (k & 1 ? fx : 1.0f - fx) * (k >> 1 ? fy : 1.0f - fy);
        if (x < 0 || y < 0 || x >= p->width || y >= p->height) {
            out[0] += w;
            out[4] += w;
            out[6] += w;
            continue;
        }
        const float *texel = decals->texels + DECAL_CHANNELS * (p->start + y * p->width + x);
        for (int c = 0; c < DECAL_CHANNELS; c++)
            out[c] += w * texel[c];
    }
}

/* Apply a texel to point i; n' = n - dh/ds grad s - dh/dt grad t. Where the roughness is replaced the coat is gone, and
 * the grooves. */
static inline void apply(Chunk *c, int i, const float t[DECAL_CHANNELS], const float *entry, Vector n)
{
    for (int k = 0; k < 3; k++)
        c->base[k][i] = c->base[k][i] * t[0] + t[1 + k];
    c->rough[i] = c->rough[i] * t[4] + t[5];
    c->metal[i] = c->metal[i] * t[6] + t[7];
    c->coat[i] *= t[4];
    c->anisotropy[i] *= t[4];
    c->normal[0][i] = n.x - t[8] * entry[0] - t[9] * entry[4];
    c->normal[1][i] = n.y - t[8] * entry[1] - t[9] * entry[5];
    c->normal[2][i] = n.z - t[8] * entry[2] - t[9] * entry[6];
}

void paint_decals(Chunk *c, int a, int b, const Decals *decals, int32_t first, const View *view)
{
    float pixel = (1.0f / view->focal_x) * (1.0f / view->focal_y);
    const float *m = view->world_from_camera;
    for (int i = a; i < b; i++) {
        Vector point = {c->position[0][i], c->position[1][i], c->position[2][i]};
        Vector away = {point.x - m[3], point.y - m[7], point.z - m[11]};
        for (int32_t e = first; e >= 0; e = decals->chain[e]) {
            Entry entry = entry_at(decals, e);
            Vector n = {c->normal[0][i], c->normal[1][i], c->normal[2][i]};
            Place place;
            if (!find(&entry, point, n, &place))
                continue;
            float q = inverse_length(dot(n, n));
            n = MADE(Vector){n.x * q, n.y * q, n.z * q};
            place = level_of(&entry, place, away, n, pixel);
            float texel[DECAL_CHANNELS];
            fetch(decals, &place, texel);
            apply(c, i, texel, entry.entry, n);
        }
    }
}

static inline int is_on(const Place *p, int64_t x, int64_t y)
{
    return x >= 0 && x < p->width && y >= 0 && y < p->height;
}

/* The part at the nearest texel, else at any texel that a sample between texels touches there. 0 for none. */
static int part_at(const Decals *decals, const Place *p)
{
    const int16_t *parts = decals->parts + p->start;
    for (int k = -1; k < 4; k++) {
        int64_t x = k < 0 ? whole(p->u + 0.5f, p->width) : whole(p->u, p->width) + (k & 1);
        int64_t y = k < 0 ? whole(p->v + 0.5f, p->height) : whole(p->v, p->height) + (k >> 1);
        if (is_on(p, x, y) && parts[y * p->width + x] != 0)
            return abs(parts[y * p->width + x]);
    }
    return 0;
}

/* What stands at the pixel k of column x and row y, on a triangle whose chain begins at `e`. */
static void stand_at(
    const Scene *scene, const View *view, const LabelImages *labels, const Standing *standing, int64_t k, int32_t e)
{
    const Decals *decals = scene->decals;
    const float *m = view->world_from_camera;
    float pixel_x = 1.0f / view->focal_x, pixel_y = 1.0f / view->focal_y;
    int64_t y = k / view->width, x = k - y * view->width;
    Vector at; /* in camera space */
    if (view->ray_x) {
        int64_t q = 2 * y * 2 * view->width + 2 * x;
        float far = labels->distance[k];
        at = MADE(Vector){view->ray_x[q] * far, view->ray_y[q] * far, view->ray_z[q] * far};
    } else {
        float w = labels->depth[k];
        at = MADE(Vector){
            ((float)x + 0.5f - view->centre_x) * pixel_x * w, (view->centre_y - (float)y - 0.5f) * pixel_y * w, -w};
    }
    Vector point = {
        m[0] * at.x + m[1] * at.y + m[2] * at.z + m[3],
        m[4] * at.x + m[5] * at.y + m[6] * at.z + m[7],
        m[8] * at.x + m[9] * at.y + m[10] * at.z + m[11],
    };
    Vector away = {point.x - m[3], point.y - m[7], point.z - m[11]};
    Vector n = {labels->normal[3 * k], labels->normal[3 * k + 1], labels->normal[3 * k + 2]};
    for (; e >= 0; e = decals->chain[e]) {
        Entry entry = entry_at(decals, e);
        Place place;
        if (!find(&entry, point, n, &place))
            continue;
        int64_t x0 = whole(place.u + 0.5f, place.width), y0 = whole(place.v + 0.5f, place.height);
        int is_within = is_on(&place, x0, y0) && decals->parts[place.start + y0 * place.width + x0] > 0;
        place = level_of(&entry, place, away, n, pixel_x * pixel_y);
        int part = part_at(decals, &place);
        if (part <= 0 || part > decals->most_parts)
            continue;
        int32_t entity = decals->entities[decals->patch[e] * decals->most_parts + part - 1];
        if (entity >= 0) {
            standing->under[k] = entity;
            standing->inside[k] = (uint8_t)is_within;
        }
    }
}

void rendersdg_stand(
    const Scene *scene, const View *view, const LabelImages *labels, const Standing *standing, const Rows *rows)
{
    const Instances *instances = scene->instances;
    for (int64_t k = rows->first * view->width; k < rows->end * view->width; k++) {
        standing->under[k] = -1;
        standing->inside[k] = 0;
        int32_t o = labels->instance[k];
        if (o < 0 || o >= instances->count)
            continue;
        int64_t number = instances->first_number[o] + labels->triangle[k];
        if (number < 0 || number >= scene->decals->number_count)
            continue;
        int32_t e = scene->decals->first[number];
        if (e >= 0)
            stand_at(scene, view, labels, standing, k, e);
    }
}

/* Give parts a rim of one texel, negative. */
void rendersdg_spread_parts(int64_t width, int64_t height, const int16_t *parts, int16_t *out)
{
    static const int64_t aside[4][2] = {{0, 1}, {0, -1}, {1, 0}, {-1, 0}};
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            int16_t here = parts[y * width + x], most = 0;
            for (int k = 0; k < 4 && here <= 0; k++) {
                int64_t xx = x + aside[k][0], yy = y + aside[k][1];
                if (xx >= 0 && xx < width && yy >= 0 && yy < height && parts[yy * width + xx] > most)
                    most = parts[yy * width + xx];
            }
            out[y * width + x] = (int16_t)(here > 0 ? here : -most);
        }
}

static inline int larger(int a, int b) { return b > a ? b : a; }

/* Halve a patch's level, rounding up: texels (H, W, 10) to the mean of two by two, parts to the largest.
 * Edges repeat. */
void rendersdg_halve_patch(
    int64_t width, int64_t height, const float *texels, const int16_t *parts, float *out, int16_t *parts_out)
{
    for (int64_t y = 0; y < (height + 1) / 2; y++) {
        int64_t above = 2 * y * width, below = min64(2 * y + 1, height - 1) * width;
        for (int64_t x = 0; x < (width + 1) / 2; x++) {
            int64_t left = 2 * x, right = min64(2 * x + 1, width - 1);
            const float *a = texels + DECAL_CHANNELS * (above + left), *b = texels + DECAL_CHANNELS * (below + left);
            const float *c = texels + DECAL_CHANNELS * (above + right), *d = texels + DECAL_CHANNELS * (below + right);
            for (int k = 0; k < DECAL_CHANNELS; k++)
                *out++ = 0.25f * (a[k] + b[k] + c[k] + d[k]);
            int at_left = larger(abs(parts[above + left]), abs(parts[below + left]));
            *parts_out++ = (int16_t)larger(at_left, larger(abs(parts[above + right]), abs(parts[below + right])));
        }
    }
}

/* Widen the boxes (E, 4) of the entities that an image shows, -1 for none, and count their pixels. */
void rendersdg_grow_boxes(
    int64_t width, int64_t height, const int32_t *entity, int64_t entity_count, int32_t *boxes, int64_t *counts)
{
    for (int64_t e = 0; e < entity_count; e++)
        counts[e] = 0;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            int32_t e = entity[y * width + x];
            if (e < 0 || e >= entity_count)
                continue;
            int32_t *box = boxes + 4 * (int64_t)e;
            counts[e]++;
            box[0] = min32(box[0], (int32_t)x);
            box[1] = min32(box[1], (int32_t)y);
            box[2] = max32(box[2], (int32_t)x);
            box[3] = max32(box[3], (int32_t)y);
        }
}
