/* How much of each light a point sees, by rays to points of the light.
 *
 * Whole shadows and whole light agree from texel to texel; between them the edge of a shadow is as wide as the light is
 * large, seen by way of what stands before it (the ratio of similar triangles). Each ray that is stopped tells that
 * width. Filters join what rays tell within it (filtering.c), and where it is narrower than a texel, the shadow map
 * tells better, pixel by pixel.
 */
#include "bounce.h"

#include <stdlib.h>
#include <string.h>

#include "directions.h"
#include "lighting.h"
#include "sobol.h"
#include "tracing.h"

enum { MOST_SURFACES = 16, MOST_BODIES = 8 }; /* that let light through, of a ray */
enum { FIRST_RAYS = 2, BESIDE = 2 };          /* rays by which points that many texels apart are compared */
enum { SPREAD = 4 };                          /* texels all about, over which the widths of edges are joined */

static const float LEAST_SHARE = 0.01f; /* of a point's light: lights that give less have their shadow maps alone */
static const float LEAST_AWAY = 0.02f;  /* what is nearer to a lamp, in metres, is part of it */
static const float LEAST_ANGLE = 0.02f; /* of a light whose shadows rays from texels may miss no detail of */
static const float LEAST_LIT = 0.01f;

typedef struct { /* a light, seen from a point */
    Vector towards;
    uint32_t stops; /* what hides it: as Bounce.stops */
    float far;      /* in lengths of it */
    float wide;     /* the width of an edge, over that of what rays from one light's edge to the other's enclose */
    int is_distant;
} Aim;

static inline Vector of_floats(const float *v) { return MADE(Vector){v[0], v[1], v[2]}; }

/* A point of a rectangle or a disk, from two of the unit square. */
static Vector point_of_area(const float *row, const float at[2])
{
    Vector place = of_floats(row + PLACE);
    if (row[SHAPE] < 1.5f)
        return plus(
            plus(place, of_floats(row + HALF_U), 2.0f * at[0] - 1.0f), of_floats(row + HALF_V), 2.0f * at[1] - 1.0f);
    Vector s, t;
    float x, y;
    axes_across(of_floats(row + AXIS), &s, &t);
    on_disk(at, &x, &y);
    return plus(plus(place, s, x * row[HALF_U]), t, y * row[HALF_U]);
}

/* What a point of an area light gives a surface, but for constants. */
static float weight_of(const float *row, Vector from, Vector normal, Vector to)
{
    Vector d = between_points(from, to);
    float square = maxf(dot(d, d), 1e-12f);
    return maxf(dot(d, normal), 0.0f) * maxf(-dot(d, of_floats(row + AXIS)), 0.0f) / (square * square);
}

/* A point of an area light: of two, one by what they give. Returns whether it gives anything. */
static int choose_point(const float *row, Vector from, Vector normal, uint32_t index, uint32_t seed, Vector *out)
{
    float at[2], other[2], choice[2];
    sobol_point(index, seed, at);
    sobol_point(index, seed + 11u, other);
    sobol_point(index, seed + 23u, choice);
    Vector a = point_of_area(row, at), b = point_of_area(row, other);
    float one = weight_of(row, from, normal, a), two = weight_of(row, from, normal, b);
    *out = choice[0] * (one + two) < one ? a : b;
    return one + two > 0.0f;
}

/* A point of a ball or a rod, as broad as it is seen. */
static Vector point_of_body(const float *row, Vector from, const float at[2])
{
    Vector place = of_floats(row + PLACE), along = of_floats(row + HALF_U), s, t;
    float radius = row[HALF_V];
    if (dot(along, along) > 0.0f) { /* a rod: along it, and across what is seen */
        Vector side = cross(along, between_points(from, place));
        side = scaled_vector(side, inverse_length(dot(side, side)));
        return plus(plus(place, along, 2.0f * at[0] - 1.0f), side, radius * (2.0f * at[1] - 1.0f));
    }
    float x, y;
    axes_across(unit(between_points(from, place)), &s, &t);
    on_disk(at, &x, &y);
    return plus(plus(place, s, x * radius), t, y * radius);
}

/* Aim at a point of a light, the one of the given index. Returns 0 where it gives nothing there. */
static int aim_at(const float *row, int is_distant, Vector from, Vector normal, const uint32_t index[2], Aim *aim)
{
    float at[2];
    aim->is_distant = is_distant;
    if (is_distant) {
        Vector d = of_floats(row + PLACE), s, t;
        float x, y, radius = row[HALF_V];
        sobol_point(index[0], index[1], at);
        axes_across(d, &s, &t);
        on_disk(at, &x, &y);
        aim->towards = plus(plus(d, s, x * radius), t, y * radius);
        aim->far = INFINITY;
        aim->wide = 2.0f * radius;
        return 1;
    }
    Vector point;
    float inside = LEAST_AWAY;
    if (row[SHAPE] > 0.5f) {
        if (!choose_point(row, from, normal, index[0], index[1], &point))
            return 0;
    } else {
        sobol_point(index[0], index[1], at);
        point = point_of_body(row, from, at);
        inside = maxf(inside, 1.05f * row[HALF_V]);
    }
    aim->towards = between_points(from, point);
    float away = sqrtf(maxf(dot(aim->towards, aim->towards), 1e-20f));
    aim->far = 1.0f - inside / away;
    aim->wide = 6.0f * row[EMITTER]; /* a third of the radius of its area */
    return aim->far > 0.0f;
}

/* The share of a ray's light that is stopped, and where first, in lengths of the ray. What is see-through stops a share
 * at each of its surfaces, a closed body once: as its shadow map has it. */
static float stopped_on_the_way(const Bounce *b, const float start[3], const Aim *aim, float *at)
{
    const float d[3] = {aim->towards.x, aim->towards.y, aim->towards.z};
    int32_t bodies[MOST_BODIES], body_count = 0;
    float through = 1.0f, near = 0.0f;
    Hit hit;
    *at = 0.0f;
    if (closest_hit(b->trees, start, d, 0.0f, aim->far, aim->stops, &hit)) {
        *at = hit.distance;
        return 1.0f;
    }
    if (!b->has_panes)
        return 0.0f;
    for (int k = 0; k < MOST_SURFACES && closest_hit(b->trees, start, d, near, aim->far, aim->stops << 1, &hit); k++) {
        float share = b->stopped[hit.instance];
        int is_body = share < 0.0f, is_counted = 0;
        for (int j = 0; j < body_count; j++)
            is_counted |= bodies[j] == hit.instance;
        if (is_body && !is_counted && body_count < MOST_BODIES)
            bodies[body_count++] = hit.instance;
        if (through == 1.0f)
            *at = hit.distance;
        if (!is_counted)
            through *= 1.0f - fabsf(share);
        near = hit.distance + 1e-5f * (1.0f + hit.distance);
    }
    return 1.0f - through;
}

typedef struct { /* the points of a chunk, which look at a light, and what their rays have told of it */
    const Bounce *bounce;
    const int32_t *texels;
    float (*facing)[3];
    const float *row; /* of the light */
    int64_t light;
    int is_distant;
    int is_asked[ROW];
    float sent[ROW];
    float stopped[ROW];
    float wide[ROW]; /* the widths of the edges of what stops them */
} Looks;

/* Send those rays of point i to the light that are numbered from `from` to `end` - 1. */
static void look_at(Looks *looks, const Chunk *c, int i, uint32_t from, uint32_t end)
{
    const Bounce *b = looks->bounce;
    const float *facing = looks->facing[i];
    Vector normal = {c->normal[0][i], c->normal[1][i], c->normal[2][i]};
    uint32_t first = place_on_curve(b, looks->texels[i]) * (uint32_t)max64(b->lamp_rays, 1),
             seed = (uint32_t)b->seed + 211u + 31u * (uint32_t)looks->light;
    float start[3];
    start_from(c, i, b, facing, start);
    for (uint32_t k = from; k < end; k++) {
        Aim aim = {.stops = b->stops[looks->light]};
        float at;
        const uint32_t index[2] = {first + k, seed};
        if (!aim_at(looks->row, looks->is_distant, of_floats(start), normal, index, &aim)
            || dot(aim.towards, of_floats(facing)) <= 0.0f)
            continue;
        looks->sent[i] += 1.0f;
        float share = stopped_on_the_way(b, start, &aim, &at);
        looks->stopped[i] += share;
        if (share > 0.0f)
            looks->wide[i] += share * aim.wide * (aim.is_distant ? at : at / maxf(1.0f - at, 1e-3f));
    }
}

/* Find where the first rays of a point, and of those beside it in its row, do not agree: some alone get through. */
static void find_edges(const Looks *looks, int n, uint8_t *is_edge)
{
    for (int i = 0; i < n; i++) {
        float stopped = 0.0f, sent = 0.0f;
        for (int j = max32(i - BESIDE, 0); j < min32(i + BESIDE + 1, n); j++)
            if (looks->is_asked[j] && looks->texels[j] - looks->texels[i] == j - i) {
                stopped += looks->stopped[j];
                sent += looks->sent[j];
            }
        is_edge[i] = stopped != 0.0f && stopped != sent;
    }
}

/* Set what the points see of the light, and how wide the edge of what hides it is, texels. Where no edge is near, the
 * first rays tell all. */
static void look_at_light(Looks *looks, const Chunk *c, int n)
{
    const Bounce *b = looks->bounce;
    uint32_t rays = (uint32_t)max64(b->lamp_rays, 1), first = rays > FIRST_RAYS ? FIRST_RAYS : rays;
    uint8_t is_edge[ROW];
    for (int i = 0; i < n; i++) {
        looks->sent[i] = looks->stopped[i] = looks->wide[i] = 0.0f;
        if (looks->is_asked[i])
            look_at(looks, c, i, 0, first);
    }
    find_edges(looks, n, is_edge);
    for (int i = 0; i < n && first < rays; i++)
        if (looks->is_asked[i] && is_edge[i])
            look_at(looks, c, i, first, rays);
    float *seen = b->light + (B_SEEN + looks->light) * b->width * b->height;
    float *wide = b->spare + (B_SEEN + looks->light) * b->width * b->height;
    for (int i = 0; i < n; i++) {
        float sent = looks->sent[i], x = c->position[0][i] - b->eye[0], y = c->position[1][i] - b->eye[1],
              z = c->position[2][i] - b->eye[2];
        float texel = sqrtf(x * x + y * y + z * z) * b->pixel * (float)b->step;
        seen[looks->texels[i]] = sent > 0.0f ? 1.0f - looks->stopped[i] / sent : -1.0f;
        /* until spread_edges: the widths of as many as are stopped */
        wide[looks->texels[i]] = sent > 0.0f ? looks->wide[i] / (sent * maxf(texel, 1e-9f)) : 0.0f;
    }
}

void see_lights(Chunk *c, int n, const Lights *lights, const Bounce *b, const int32_t *texels, float (*facing)[3])
{
    int64_t plane = b->width * b->height, count = min64(lights->count, b->light_count);
    float whole[ROW] = {0.0f};
    for (int64_t l = 0; l < count; l++) {
        weigh_light(c, n, lights, l);
        for (int i = 0; i < n; i++)
            whole[i] += c->scratch[i];
    }
    for (int64_t l = 0; l < count; l++) {
        if (!b->is_traced[l]) {
            for (int i = 0; i < n; i++)
                b->light[(B_SEEN + l) * plane + texels[i]] = -1.0f;
            continue;
        }
        Looks looks = {
            b, texels, facing, lights->rows + LIGHT_COLUMNS * l, l, lights->kind[l] == 0, {0}, {0}, {0}, {0}};
        weigh_light(c, n, lights, l);
        for (int i = 0; i < n; i++)
            looks.is_asked[i] = c->scratch[i] > LEAST_SHARE * whole[i];
        look_at_light(&looks, c, n);
    }
}

/* Set the widths of the edges of light l's shadows along a row, each the mean of those about it. */
static void spread_row(const Bounce *b, int64_t l, int64_t y, float *sums)
{
    int64_t w = b->width, plane = w * b->height;
    float *wide = sums + SPREAD, *stopped = wide + w + 2 * SPREAD; /* with zeros on both sides */
    memset(sums, 0, (size_t)(2 * w + 4 * SPREAD) * sizeof *sums);
    for (int64_t row = max64(y - SPREAD, 0); row < min64(y + SPREAD + 1, b->height); row++) {
        const float *seen = b->light + (B_SEEN + l) * plane + row * w,
                    *edge = b->spare + (B_SEEN + l) * plane + row * w;
        for (int64_t x = 0; x < w; x++) {
            wide[x] += edge[x];
            stopped[x] += seen[x] < 0.0f ? 0.0f : 1.0f - seen[x];
        }
    }
    float *out = b->soft + l * plane + y * w;
    for (int64_t x = 0; x < w; x++) {
        float sum = 0.0f, count = 0.0f;
        for (int64_t k = -SPREAD; k <= SPREAD; k++) {
            sum += wide[x + k];
            count += stopped[x + k];
        }
        out[x] = count > 0.0f ? sum / count : 0.0f;
    }
}

#if !defined(__CUDACC__)

int rendersdg_spread_edges(const Bounce *b, const Rows *rows)
{
    float *sums = malloc((size_t)(2 * b->width + 4 * SPREAD) * sizeof *sums);
    if (!sums)
        return 1;
    for (int64_t l = 0; l < b->light_count; l++)
        if (b->is_traced[l])
            for (int64_t y = rows->first; y < rows->end; y++)
                spread_row(b, l, y, sums);
    free(sums);
    return 0;
}

#endif

int look_up_light(Chunk *c, int n, const Lights *lights, const Bounce *b, int64_t l)
{
    int end = full(n), is_known = 1;
    int64_t plane = b->width * b->height;
    const float *row = lights->rows + LIGHT_COLUMNS * l;
    if (l >= b->light_count || !b->is_traced[l]) {
        int is_free = lights->shadow[l] < 0;
        for (int i = 0; i < end; i++) {
            c->seen[i] = 1.0f;
            c->trusted[i] = is_free ? 1.0f : 0.0f;
        }
        return is_free;
    }
    const float *seen = b->light + (B_SEEN + l) * plane, *soft = b->soft + l * plane;
    for (int i = n; i < end; i++)
        c->seen[i] = c->trusted[i] = 1.0f;
    for (int i = 0; i < n; i++) {
        float sum = 0.0f, lit = 0.0f, wide = 0.0f;
        for (int k = 0; k < 4; k++) {
            int32_t at = c->near_texel[k][i];
            float weight = seen[at] < 0.0f ? 0.0f : c->near_weight[k][i];
            sum += weight;
            lit += weight * seen[at];
            wide += weight * soft[at];
        }
        float q = sum > 1e-6f ? 1.0f / sum : 0.0f, trusted = between(wide * q - 0.5f, 0.0f, 1.0f);
        if (wide <= 0.0f) { /* nothing near hides it, or only what is too thin for texels to meet */
            float x = row[PLACE] - c->position[0][i], y = row[PLACE + 1] - c->position[1][i],
                  z = row[PLACE + 2] - c->position[2][i];
            float angle = lights->kind[l] == 0 ? 2.0f * row[HALF_V]
                                               : 6.0f * row[EMITTER] * inverse_length(x * x + y * y + z * z);
            trusted = angle > LEAST_ANGLE ? 1.0f : 0.0f;
        }
        c->seen[i] = lit * q;
        if (c->seen[i] < LEAST_LIT) /* close to what throws it a shadow map lets light in */
            trusted = 1.0f;
        c->trusted[i] = q > 0.0f ? trusted : 0.0f;
        is_known &= c->trusted[i] >= 1.0f;
    }
    return is_known;
}
