/* Shadow maps: the least depth of what casts, at the centre of each texel of a square (Williams 1978).
 *
 * map_from_mesh gives x and y in -1..1 (rows 0 and 1; times the depth, where the face of a cube sees in perspective)
 * and the depth (row 2). Barycentrics are linear on the map, and so is the depth, or its reciprocal in perspective. All
 * in float.
 *
 * Layout: texels is one row after the other, inf where nothing is. Rows of the map may be drawn by several threads.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "numbers.h"
#include "shadows.h"
#include "vector.h"

typedef struct { /* a triangle set up for its rows: barycentrics e and depth z, and their steps along a row */
    Place corner[3];
    float inverse_area;
    float e_step[3];
    float z_step;
    int32_t left;
    int32_t right;
} Caster;

typedef struct {
    float e[3];
    float z;
} RowStart;

static inline RowStart row_start(const Caster *t, int32_t y)
{
    const Place *a = &t->corner[0], *b = &t->corner[1], *c = &t->corner[2];
    float px = (float)t->left + 0.5f, py = (float)y + 0.5f;
    RowStart s;
    s.e[0] = ((b->x - px) * (c->y - py) - (c->x - px) * (b->y - py)) * t->inverse_area;
    s.e[1] = ((c->x - px) * (a->y - py) - (a->x - px) * (c->y - py)) * t->inverse_area;
    s.e[2] = 1.0f - s.e[0] - s.e[1];
    s.z = c->z + (a->z - c->z) * s.e[0] + (b->z - c->z) * s.e[1];
    return s;
}

typedef struct { /* of a caster no wider than eight texels: what lies between them and a row's first */
    Floats e[3];
    Floats z;
    Ints off; /* -1 behind the last texel */
} Narrow;

INLINE Narrow narrow_of(const Caster *t)
{
    Floats steps = floats_of(lanes());
    Narrow n = {.off = (ints(t->right - t->left) - lanes()) >> 31, .z = floats(t->z_step) * steps};
    for (int i = 0; i < 3; i++)
        n.e[i] = floats(t->e_step[i]) * steps;
    return n;
}

/* Keep the least depth in the eight texels of a row. */
INLINE void keep_eight(float *texels, const Narrow *n, const RowStart *s, int is_perspective)
{
    Floats nothing = floats(0.0f);
    Ints in = (floats(s->e[0]) + n->e[0] >= nothing) & (floats(s->e[1]) + n->e[1] >= nothing)
        & (floats(s->e[2]) + n->e[2] >= nothing) & ~n->off;
    Floats depth = floats(s->z) + n->z;
    if (is_perspective)
        depth = floats(1.0f) / depth;
    Floats least;
    memcpy(&least, texels, sizeof least);
    least = choose_floats(in & (depth < least), depth, least);
    memcpy(texels, &least, sizeof least);
}

/* Draw rows first..last of a caster no wider than eight texels. */
static void draw_narrow(const Map *map, const Caster *t, int32_t first, int32_t last)
{
    Narrow n = narrow_of(t);
    float *texels = map->texels + (int64_t)first * map->size + t->left;
    const float *end = map->texels + (int64_t)map->end * map->size;
    for (int32_t y = first; y <= last; y++, texels += map->size) {
        RowStart s = row_start(t, y);
        if (end - texels >= LANES) {
            keep_eight(texels, &n, &s, map->is_perspective);
            continue;
        }
        float some[LANES] = {0}; /* what follows belongs to nobody, or to another thread */
        size_t room = (size_t)(end - texels) * sizeof *texels;
        memcpy(some, texels, room);
        keep_eight(some, &n, &s, map->is_perspective);
        memcpy(texels, some, room);
    }
}

static void draw_wide_row(const Map *map, const Caster *t, int32_t y)
{
    RowStart s = row_start(t, y);
    float low = 0.0f, high = (float)(t->right - t->left);
    for (int i = 0; i < 3; i++) { /* where the barycentric is not negative */
        float e = s.e[i], step = t->e_step[i];
        if (step > 0.0f) {
            if (e < 0.0f)
                low = maxf(low, ceilf(-e / step));
        } else if (e < 0.0f) {
            return;
        } else if (step < 0.0f) {
            high = minf(high, floorf(e / -step));
        }
    }
    if (!(low <= high))
        return;
    float *restrict texels = map->texels + (int64_t)y * map->size + t->left;
    int32_t first = (int32_t)low, last = (int32_t)high;
    if (map->is_perspective) {
        for (int32_t k = first; k <= last; k++) {
            float d = 1.0f / (s.z + t->z_step * (float)k);
            texels[k] = d < texels[k] ? d : texels[k];
        }
    } else {
        for (int32_t k = first; k <= last; k++) {
            float d = s.z + t->z_step * (float)k;
            texels[k] = d < texels[k] ? d : texels[k];
        }
    }
}

static void draw_caster(const Map *map, Place a, Place b, Place c)
{
    Caster t = {.corner = {a, b, c}};
    float half = (float)(0.5 * map->size);
    for (int i = 0; i < 3; i++) {
        Place *p = &t.corner[i];
        if (map->is_perspective) { /* depth is interpolated as its reciprocal */
            p->z = 1.0f / p->z;
            p->x *= p->z;
            p->y *= p->z;
        }
        p->x = (p->x + 1.0f) * half;
        p->y = (p->y + 1.0f) * half;
    }
    const Place *p = t.corner;
    float area = (p[1].x - p[0].x) * (p[2].y - p[0].y) - (p[2].x - p[0].x) * (p[1].y - p[0].y);
    if (!(fabsf(area) > 0.0f))
        return;
    float beyond = (float)(map->size + 1);
    float left = maxf(minf(p[0].x, minf(p[1].x, p[2].x)), -1.0f),
          right = minf(maxf(p[0].x, maxf(p[1].x, p[2].x)), beyond);
    float top = maxf(minf(p[0].y, minf(p[1].y, p[2].y)), -1.0f),
          bottom = minf(maxf(p[0].y, maxf(p[1].y, p[2].y)), beyond);
    t.left = max32(0, (int32_t)between(ceilf(left - 0.5f), -2.0f, beyond));
    t.right = min32(map->size - 1, (int32_t)between(floorf(right - 0.5f), -2.0f, beyond));
    int32_t first = max32(map->first, (int32_t)between(ceilf(top - 0.5f), -2.0f, beyond));
    int32_t last = min32(map->end - 1, (int32_t)between(floorf(bottom - 0.5f), -2.0f, beyond));
    if (t.left > t.right || first > last)
        return;
    t.inverse_area = 1.0f / area;
    t.e_step[0] = (p[1].y - p[2].y) * t.inverse_area;
    t.e_step[1] = (p[2].y - p[0].y) * t.inverse_area;
    t.e_step[2] = (p[0].y - p[1].y) * t.inverse_area;
    t.z_step = (p[0].z - p[2].z) * t.e_step[0] + (p[1].z - p[2].z) * t.e_step[1];
    if (t.right - t.left < LANES) /* cheaper than to find where each row begins and ends */
        draw_narrow(map, &t, first, last);
    else
        for (int32_t y = first; y <= last; y++)
            draw_wide_row(map, &t, y);
}

/* Draw what of a triangle lies beyond the near plane, which it crosses. */
static void draw_cut_off(const Map *map, const Place corner[3], float near)
{
    Place kept[4];
    int n = 0;
    for (int c = 0; c < 3; c++) {
        const Place *a = &corner[c], *b = &corner[(c + 1) % 3];
        float da = a->z - near, db = b->z - near;
        if (da > 0.0f)
            kept[n++] = *a;
        if ((da > 0.0f) != (db > 0.0f)) {
            float f = da / (da - db);
            kept[n++] = (Place){a->x + f * (b->x - a->x), a->y + f * (b->y - a->y), near};
        }
    }
    for (int c = 1; c + 1 < n; c++)
        draw_caster(map, kept[0], kept[c], kept[c + 1]);
}

static void draw_instance(const Scene *scene, const ShadowFace *face, const Map *map, int64_t o, const Place *places)
{
    const Instances *instances = scene->instances;
    const int32_t *triangle = scene->meshes->triangles + 3 * instances->first_triangle[o];
    int is_closed = face->is_closed[o];
    for (int64_t k = 0; k < instances->triangle_count[o]; k++, triangle += 3) {
        Place p[3] = {places[triangle[0]], places[triangle[1]], places[triangle[2]]};
        if (!map->is_perspective) {
            float facing = (p[1].x - p[0].x) * (p[2].y - p[0].y) - (p[2].x - p[0].x) * (p[1].y - p[0].y);
            if (!(is_closed && facing <= 0.0f))
                draw_caster(map, p[0], p[1], p[2]);
            continue;
        }
        int before = (p[0].z > face->near) + (p[1].z > face->near) + (p[2].z > face->near);
        if (before == 3)
            draw_caster(map, p[0], p[1], p[2]);
        else if (before > 0)
            draw_cut_off(map, p, face->near);
    }
}

int rendersdg_shadow_face(const Scene *scene, const ShadowFace *face, const Rows *rows)
{
    const Instances *instances = scene->instances;
    int64_t most = 1;
    for (int64_t o = 0; o < instances->count; o++)
        if (face->casts[o])
            most = max64(most, instances->vertex_count[o]);
    Place *places = malloc((size_t)most * sizeof *places);
    if (!places)
        return 1;
    Map map = {face->texels, (int32_t)face->size, (int32_t)rows->first, (int32_t)rows->end, face->is_perspective != 0};
    for (int64_t o = 0; o < instances->count; o++) {
        if (!face->casts[o])
            continue;
        const float *m = face->map_from_mesh + 16 * o;
        const float *vertex = scene->meshes->vertices + 3 * instances->first_vertex[o];
        for (int64_t v = 0; v < instances->vertex_count[o]; v++, vertex += 3) {
            float x = vertex[0], y = vertex[1], z = vertex[2];
            places[v] = (Place){
                m[0] * x + m[1] * y + m[2] * z + m[3],
                m[4] * x + m[5] * y + m[6] * z + m[7],
                m[8] * x + m[9] * y + m[10] * z + m[11],
            };
        }
        Sieve sieve = {
            scene->textures, face->cut_texture[o], face->cut_channel[o], face->opacity[o], face->cut_threshold[o], o};
        if (sieve.texture >= 0 || sieve.opacity < 1.0f)
            sift_instance(scene, face, &map, o, places, &sieve);
        else
            draw_instance(scene, face, &map, o, places);
    }
    free(places);
    return 0;
}
