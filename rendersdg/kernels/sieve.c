/* Casters that let light through, or have an opacity texture, on a shadow map.
 *
 * A map holds depths and no shares of light. So a caster of opacity k / 9 covers k of the nine texels of each square of
 * three by three, which the filter of shadowing.c weighs alike wherever it lies: the shadow is even, and right to the
 * nearest ninth. Each caster has an order of the nine texels of its own, so that two of them do not hide behind each
 * other.
 */
#include <math.h>

#include "cutout.h"
#include "numbers.h"
#include "shadows.h"

typedef struct {
    Place at;
    float u;
    float v;
} Knot; /* a corner of a caster */

static const int32_t STRIDES[6] = {1, 2, 4, 5, 7, 8}; /* without a factor in common with nine */

/* Whether the caster stops the light of texel (x, y). */
static int is_stopped(const Sieve *sieve, int32_t x, int32_t y, float u, float v)
{
    float opacity = sieve->opacity * cutout_opacity(sieve->textures, sieve->texture, sieve->channel, u, v);
    if (sieve->threshold > 0.0f)
        return opacity >= sieve->threshold;
    int32_t place = 3 * (y % 3) + x % 3;
    int32_t rank = (STRIDES[sieve->number % 6] * place + (int32_t)(sieve->number * 4 % 9)) % 9;
    return opacity * 9.0f > (float)rank + 0.5f;
}

/* Draw a triangle all of which lies beyond the near plane. */
static void sift(const Map *map, const Sieve *sieve, const Knot corner[3])
{
    Knot k[3] = {corner[0], corner[1], corner[2]};
    float half = (float)(0.5 * map->size), beyond = (float)(map->size + 1);
    float left = beyond, right = -1.0f, top = beyond, bottom = -1.0f;
    for (int i = 0; i < 3; i++) {
        float q = map->is_perspective ? 1.0f / k[i].at.z : 1.0f;
        k[i].at.x = (k[i].at.x * q + 1.0f) * half;
        k[i].at.y = (k[i].at.y * q + 1.0f) * half;
        left = minf(left, k[i].at.x);
        right = maxf(right, k[i].at.x);
        top = minf(top, k[i].at.y);
        bottom = maxf(bottom, k[i].at.y);
    }
    const Place *a = &k[0].at, *b = &k[1].at, *c = &k[2].at;
    float area = (b->x - a->x) * (c->y - a->y) - (c->x - a->x) * (b->y - a->y);
    if (!(fabsf(area) > 0.0f))
        return;
    float inverse = 1.0f / area;
    int32_t first_x = max32(0, (int32_t)between(ceilf(left - 0.5f), -2.0f, beyond));
    int32_t last_x = min32(map->size - 1, (int32_t)between(floorf(right - 0.5f), -2.0f, beyond));
    int32_t first_y = max32(map->first, (int32_t)between(ceilf(top - 0.5f), -2.0f, beyond));
    int32_t last_y = min32(map->end - 1, (int32_t)between(floorf(bottom - 0.5f), -2.0f, beyond));
    for (int32_t y = first_y; y <= last_y; y++)
        for (int32_t x = first_x; x <= last_x; x++) {
            float px = (float)x + 0.5f, py = (float)y + 0.5f, e[3];
            e[0] = ((b->x - px) * (c->y - py) - (c->x - px) * (b->y - py)) * inverse;
            e[1] = ((c->x - px) * (a->y - py) - (a->x - px) * (c->y - py)) * inverse;
            e[2] = 1.0f - e[0] - e[1];
            if (!(e[0] >= 0.0f && e[1] >= 0.0f && e[2] >= 0.0f))
                continue;
            float sum = 0.0f, z = 0.0f, u = 0.0f, v = 0.0f;
            for (int i = 0; i < 3; i++) {
                float share = map->is_perspective ? e[i] / k[i].at.z : e[i];
                sum += share;
                z += share * k[i].at.z;
                u += share * k[i].u;
                v += share * k[i].v;
            }
            z /= sum;
            float *texel = map->texels + (int64_t)y * map->size + x;
            if (z < *texel && is_stopped(sieve, x, y, u / sum, v / sum))
                *texel = z;
        }
}

/* Draw what of a triangle lies beyond the near plane. */
static void sift_beyond(const Map *map, const Sieve *sieve, const Knot corner[3], float near)
{
    Knot kept[4];
    int n = 0;
    for (int c = 0; c < 3; c++) {
        const Knot *a = &corner[c], *b = &corner[(c + 1) % 3];
        float da = a->at.z - near, db = b->at.z - near;
        if (da > 0.0f)
            kept[n++] = *a;
        if ((da > 0.0f) != (db > 0.0f)) {
            float f = da / (da - db);
            kept[n++] = (Knot){{a->at.x + f * (b->at.x - a->at.x), a->at.y + f * (b->at.y - a->at.y), near},
                a->u + f * (b->u - a->u), a->v + f * (b->v - a->v)};
        }
    }
    for (int c = 1; c + 1 < n; c++) {
        Knot fan[3] = {kept[0], kept[c], kept[c + 1]};
        sift(map, sieve, fan);
    }
}

void sift_instance(
    const Scene *scene, const ShadowFace *face, const Map *map, int64_t o, const Place *places, const Sieve *sieve)
{
    const Instances *instances = scene->instances;
    const int32_t *triangle = scene->meshes->triangles + 3 * instances->first_triangle[o];
    const float *uvs = scene->meshes->uvs + 2 * instances->first_vertex[o];
    for (int64_t k = 0; k < instances->triangle_count[o]; k++, triangle += 3) {
        Knot corner[3];
        for (int i = 0; i < 3; i++)
            corner[i] = (Knot){places[triangle[i]], uvs[2 * triangle[i]], uvs[2 * triangle[i] + 1]};
        const Place *a = &corner[0].at, *b = &corner[1].at, *c = &corner[2].at;
        if (map->is_perspective)
            sift_beyond(map, sieve, corner, face->near);
        else if (!(face->is_closed[o] && (b->x - a->x) * (c->y - a->y) - (c->x - a->x) * (b->y - a->y) <= 0.0f))
            sift(map, sieve, corner);
    }
}
