/* Light by way of other surfaces, by rays from a grid of points on what the camera sees.
 *
 * The environment lights a surface as if nothing stood about it (ambient and reflect_environment). Rays tell what does:
 * - about the normal, by the cosine: what a ray hits sends its own light, and hides the environment behind it. The
 *   difference of the two is to be added, so that a point that nothing stands near is free of noise.
 * - about the mirror direction, by the lobe of visible normals (Heitz 2018): what other surfaces send, and the share of
 *   the environment's light along these rays that nothing hides.
 * What is hit is shaded as what is seen: material, textures, defects, all lights with their shadow maps, and the
 * environment as far as one more ray leaves. Where that one hits something, this is shaded as well, and so on for some
 * levels. A mirror that is seen in a mirror shows the sky alone.
 *
 * Reads the samples of the camera's view; the grid's texel (i, j) is that of pixel (step i, step j). A texel depends on
 * nothing but its pixel, so any runs of rows give the same bytes.
 */
#include "bounce.h"

#include <stdlib.h>
#include <string.h>

#include "brdf.h"
#include "directions.h"
#include "shader.h"
#include "sobol.h"
#include "tracing.h"

enum { TO_DIFFUSE, TO_MIRROR, TO_BOTH }; /* the last from what is rough and mirrors little */
enum {
    MOST_RAYS_ON = 16, /* from what is seen in a mirror, whose noise no filter takes out, */
    FOLLOWED = 4,      /* of which so many are followed */
    BLURRED = 2,       /* the level of the environment by which mirror rays weigh it */
    MOST_WAITING = 16  /* paths of which the hit is known */
};

static const float ROUGHEST_SEEN = 0.3f;   /* least roughness of what diffuse rays hit: keeps glints out */
static const float SMOOTH = 0.12f;         /* roughness of what shows an image */
static const float MOST_RADIANCE = 16.0f;  /* of one ray, times the exposure: against specks */
static const float LITTLE = 0.1f;          /* of what lies before it a surface mirrors */
static const float VERY_ROUGH = 0.45f;     /* from there on a mirror's lobe is taken to be as wide as the other */
static const float DIFFUSE_SPREAD = 0.35f; /* by which textures are blurred, a metre on */
static const float MOST_ALBEDO = 0.9f;     /* of what sends light back and forth without end */
static const float GUESSED = 0.5f;         /* of that light: where it comes from is brighter than all else, mostly */

typedef struct {   /* of what a ray has hit */
    int32_t texel; /* of the grid */
    int32_t kind;
    int32_t level;   /* 0 for what is hit from a texel's point */
    uint32_t number; /* of its texel's */
    uint32_t on;     /* rays that are sent on from there */
    float share[3];  /* of its light, by colour */
    float albedo[3]; /* of what was hit before, from level 1 on */
} Ray;

typedef struct { /* a ray that has hit something */
    Ray ray;
    float start[3];
    Vector direction;
    float spread;
    float chance; /* of a diffuse ray from a texel, per solid angle; 0 for all others */
    Hit hit;
} Path;

typedef struct {
    Shader *shader;
    const Trees *trees;
    const Bounce *bounce;
    Chunk hits;
    Ray rays[ROW];
    int count; /* of hits */
    Path waiting[MOST_WAITING];
    int waiting_count;
    int32_t texels[ROW];  /* of the shader's fragments */
    float facing[ROW][3]; /* the unit normals of their triangles, on the seen side */
} Caster;

static inline float *channel_of(const Bounce *bounce, int channel, int64_t texel)
{
    return bounce->light + channel * bounce->width * bounce->height + texel;
}

/* ---- what a ray hits ---- */

/* The environment's radiance along a direction, from a level of its pyramid. */
static void sky_along(const Environment *e, Vector d, int64_t level, float out[3])
{
    const float *f = e->frame_from_world;
    float x = f[0] * d.x + f[1] * d.y + f[2] * d.z, y = f[3] * d.x + f[4] * d.y + f[5] * d.z,
          z = f[6] * d.x + f[7] * d.y + f[8] * d.z;
    float across, down;
    place_on_octahedron(x, y, z, &across, &down);
    float side = (float)e->sides[level];
    int32_t column = (int32_t)between(across * side, 0.0f, side - 1.0f);
    int32_t row = (int32_t)between(down * side, 0.0f, side - 1.0f);
    const float *texel = e->pyramid + 4 * (level * e->texel_count + row * e->sides[level] + column);
    for (int k = 0; k < 3; k++)
        out[k] = texel[k] * e->tint[k];
}

/* The corners of a triangle in the world. */
static void corners_in_world(const Shader *s, const Source *source, Vector out[3])
{
    const float *m = s->points->world_from_mesh + 16 * source->instance;
    for (int i = 0; i < 3; i++) {
        const float *p = s->scene->meshes->vertices + 3 * (source->first_vertex + source->corner[i]);
        out[i] = (Vector){m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3],
            m[4] * p[0] + m[5] * p[1] + m[6] * p[2] + m[7], m[8] * p[0] + m[9] * p[1] + m[10] * p[2] + m[11]};
    }
}

/* Send rays on from point i of the hits, by the cosine: they tell the share of the sky that lights it, and those that
 * hit something wait for their turn. From the last level's no more are followed: what is hidden there is taken to be
 * lit as the point itself, and to be as bright as this and what was hit before: its light goes back and forth without
 * end (the sum of a geometric series). */
static void go_on(Caster *t, int i, const float values[6], const float facing[3], float away)
{
    Chunk *c = &t->hits;
    Ray *ray = &t->rays[i];
    int is_last = ray->level + 1 >= t->bounce->levels;
    uint32_t count = ray->on, hidden = 0;
    Vector normal = unit((Vector){values[3], values[4], values[5]});
    uint32_t place = place_on_curve(t->bounce, ray->texel);
    uint32_t first = (place * (uint32_t)t->bounce->diffuse_rays + ray->number) * count,
             seed = (uint32_t)t->bounce->seed + (ray->kind == TO_MIRROR ? 151u : 101u) + 1009u * (uint32_t)ray->level;
    float albedo[3], part = 1.0f / (float)count, followed_part = 1.0f / (float)(count > FOLLOWED ? FOLLOWED : count);
    for (int k = 0; k < 3; k++)
        albedo[k] = between(c->base[k][i] * (1.0f - c->metal[i]), 0.0f, MOST_ALBEDO);
    Path path;
    start_of(values, facing, away, path.start);
    for (uint32_t k = 0; k < count; k++) {
        float at[2];
        sobol_point(first + k, seed, at);
        Vector up = kept_above(by_cosine(normal, at), facing);
        const float towards[3] = {up.x, up.y, up.z};
        if (is_last || (count > FOLLOWED && k % (MOST_RAYS_ON / FOLLOWED) != 0)) {
            hidden += (uint32_t)is_occluded(t->trees, path.start, towards, 0.0f, INFINITY, MET);
            continue;
        }
        if (!closest_hit(t->trees, path.start, towards, 0.0f, INFINITY, MET, &path.hit))
            continue;
        hidden++;
        if (t->waiting_count == MOST_WAITING)
            continue;
        path.ray = *ray;
        path.ray.level = ray->level + 1;
        path.ray.on = 1;
        for (int j = 0; j < 3; j++) {
            path.ray.share[j] *= albedo[j] * followed_part;
            path.ray.albedo[j] = albedo[j];
        }
        path.direction = up;
        path.spread = DIFFUSE_SPREAD;
        path.chance = 0.0f;
        t->waiting[t->waiting_count++] = path;
    }
    c->open[i] = 1.0f - (float)hidden * part;
    for (int k = 0; k < 3 && is_last; k++) {
        float mean = ray->level > 0 ? sqrtf(albedo[k] * ray->albedo[k]) : albedo[k];
        ray->share[k] *= 1.0f + GUESSED * (float)hidden * part * albedo[k] / (1.0f - mean);
    }
}

/* Give point i of the hits its surface: where it is, how it faces, and what it is made of. */
static void surface_of_hit(Caster *t, int i, const Path *path)
{
    const Hit *hit = &path->hit;
    const float *start = path->start;
    Vector d = path->direction;
    const Shader *s = t->shader;
    const Scene *scene = s->scene;
    Chunk *c = &t->hits;
    int32_t number = (int32_t)(scene->instances->first_number[hit->instance] + hit->triangle);
    Source source = source_of(scene, s->points, number);
    int64_t m = scene->instances->material[source.instance];
    const int64_t *ints = scene->materials->ints + MATERIAL_INTS * m;
    Record triangle, *record = &triangle;
    memset(record, 0, sizeof *record);
    set_up_surface(record, scene, s->points, &source, ints[NORMAL_TEXTURE] >= 0);
    Vector corner[3];
    corners_in_world(s, &source, corner);
    Vector plane = cross(between_points(corner[0], corner[1]), between_points(corner[0], corner[2]));
    float twice_area = sqrtf(maxf(dot(plane, plane), 1e-30f));
    float e[3] = {1.0f - hit->u - hit->v, hit->u, hit->v};

    const float *turn = s->points->world_normal + 9 * source.instance;
    float seen = dot(plane, d) > 0.0f ? -1.0f : 1.0f; /* the side that the ray comes from */
    Vector normal = {0.0f, 0.0f, 0.0f};
    for (int k = 0; k < 3; k++) {
        const float *n = scene->meshes->normals + 3 * (source.first_vertex + source.corner[k]);
        normal.x += e[k] * (turn[0] * n[0] + turn[1] * n[1] + turn[2] * n[2]);
        normal.y += e[k] * (turn[3] * n[0] + turn[4] * n[1] + turn[5] * n[2]);
        normal.z += e[k] * (turn[6] * n[0] + turn[7] * n[1] + turn[8] * n[2]);
    }
    if (dot(normal, d) > 0.0f)
        normal = scaled_vector(normal, -1.0f);
    Vector place = {start[0] + d.x * hit->distance, start[1] + d.y * hit->distance, start[2] + d.z * hit->distance};
    float blur = path->spread * hit->distance;
    float footprint = blur * blur / twice_area;
    const float values[6] = {place.x, place.y, place.z, normal.x, normal.y, normal.z};
    for (int k = 0; k < 3; k++) {
        c->position[k][i] = values[k];
        c->normal[k][i] = values[3 + k];
    }
    c->eye[0][i] = -d.x;
    c->eye[1][i] = -d.y;
    c->eye[2][i] = -d.z;
    c->instance[i] = source.instance;
    c->u[i] = record->uv[0] + e[1] * record->uv_edge[0][0] + e[2] * record->uv_edge[1][0];
    c->v[i] = record->uv[1] + e[1] * record->uv_edge[0][1] + e[2] * record->uv_edge[1][1];
    c->uv_area[i] = record->uv_area * footprint;
    c->other_u[i] = record->other_uv[0] + e[1] * record->other_edge[0][0] + e[2] * record->other_edge[1][0];
    c->other_v[i] = record->other_uv[1] + e[1] * record->other_edge[0][1] + e[2] * record->other_edge[1][1];
    c->other_area[i] = record->other_area * footprint;

    Finish plain = {0, 0, 0};
    paint(c, i, i + 1, scene->materials, m, plain);
    if (ints[HAS_COLOURS])
        for (int k = 0; k < 3; k++)
            c->base[k][i] *= e[0] * record->colour[0][k] + e[1] * record->colour[1][k] + e[2] * record->colour[2][k];
    if (ints[IS_TEXTURED])
        paint_textures(c, i, i + 1, scene, m, record);
    const Decals *decals = scene->decals;
    if (number < decals->number_count && decals->first[number] >= 0)
        paint_decals(c, i, i + 1, decals, decals->first[number], s->view);

    float facing[3] = {plane.x * seen / twice_area, plane.y * seen / twice_area, plane.z * seen / twice_area};
    if (path->chance > 0.0f && ints[EMISSION_TEXTURE] < 0) {
        const float glow[3] = {c->emission[0][i], c->emission[1][i], c->emission[2][i]};
        float cosine = fabsf(facing[0] * d.x + facing[1] * d.y + facing[2] * d.z);
        float share = share_of_met(t->bounce, glow, path->chance, hit->distance, cosine);
        for (int k = 0; k < 3; k++)
            c->emission[k][i] *= share;
    }
    go_on(t, i, values, facing, hit->distance);
}

/* Light what was hit, and add it to the grid. */
static void settle(Caster *t)
{
    const Shader *s = t->shader;
    const Environment *environment = s->lights->environment;
    Chunk *c = &t->hits;
    Finish plain = {0, 0, 0};
    float most = MOST_RADIANCE / maxf(s->film->exposure, 1e-9f);
    int n = t->count, end = full(n);
    t->count = 0;
    if (n == 0)
        return;
    for (int i = n; i < end; i++) /* nobody looks at these, but they are worked on */
        c->normal[0][i] = c->normal[1][i] = c->normal[2][i] = c->open[i] = 0.0f;
    for (int i = 0; i < end; i++) {
        float rough = maxf(c->rough[i], i < n && t->rays[i].kind == TO_MIRROR ? LEAST_ROUGH : ROUGHEST_SEEN);
        c->rough[i] = rough * rough;
        float q = inverse_length(
            c->normal[0][i] * c->normal[0][i] + c->normal[1][i] * c->normal[1][i] + c->normal[2][i] * c->normal[2][i]);
        for (int k = 0; k < 3; k++)
            c->normal[k][i] *= q;
    }
    ambient(c, n, environment);
    if (environment->is_lit)
        reflect_environment(c, n, environment, plain);
    for (int64_t l = 0; l < s->lights->count; l++) {
        shadow(c, n, s->lights, l);
        add_light(c, n, s->lights, l, plain, 1);
    }
    for (int i = 0; i < n; i++) {
        const Ray *ray = &t->rays[i];
        for (int k = 0; k < 3; k++) {
            float light = ray->share[k] * between(c->radiance[k][i], 0.0f, most);
            if (ray->kind != TO_MIRROR)
                *channel_of(t->bounce, B_DIFFUSE + k, ray->texel) += light;
            if (ray->kind != TO_DIFFUSE)
                *channel_of(t->bounce, B_MIRRORED + k, ray->texel) += light;
        }
    }
}

/* Send a ray from fragment i, and those that follow: what they hit is shaded later. Returns whether it hit anything. */
static int send(Caster *t, int i, Vector d, Ray ray, float spread)
{
    const Chunk *c = &t->shader->chunk;
    float start[3];
    start_from(c, i, t->bounce, t->facing[i], start);
    const float direction[3] = {d.x, d.y, d.z};
    Path path = {.ray = ray, .direction = d, .spread = spread};
    if (ray.kind != TO_MIRROR)
        path.chance = maxf(d.x * c->normal[0][i] + d.y * c->normal[1][i] + d.z * c->normal[2][i], 0.0f) / PI;
    memcpy(path.start, start, sizeof path.start);
    if (!closest_hit(t->trees, start, direction, 0.0f, INFINITY, MET, &path.hit))
        return 0;
    t->waiting[t->waiting_count++] = path;
    while (t->waiting_count > 0) {
        path = t->waiting[--t->waiting_count];
        if (t->count == CHUNK)
            settle(t);
        t->rays[t->count] = path.ray;
        surface_of_hit(t, t->count, &path);
        t->count++;
    }
    return 1;
}

/* ---- the points of the grid ---- */

/* Set the normals of the fragments' triangles, on the side that the camera sees. */
static void find_facing(Caster *t)
{
    const Shader *s = t->shader;
    const Chunk *c = &s->chunk;
    for (int k = 0; k < s->span_count; k++) {
        int a = s->spans[k].first, b = k + 1 < s->span_count ? s->spans[k + 1].first : s->count;
        Vector corner[3];
        corners_in_world(s, &s->sources[k], corner);
        Vector plane = unit(cross(between_points(corner[0], corner[1]), between_points(corner[0], corner[2])));
        for (int i = a; i < b; i++) {
            float side = plane.x * c->eye[0][i] + plane.y * c->eye[1][i] + plane.z * c->eye[2][i] < 0.0f ? -1.0f : 1.0f;
            t->facing[i][0] = plane.x * side;
            t->facing[i][1] = plane.y * side;
            t->facing[i][2] = plane.z * side;
        }
    }
}

/* What a point mirrors of what lies straight before it, at most. */
static inline float mirrors_at(const Chunk *c, int i)
{
    float most = maxf(c->base[0][i], maxf(c->base[1][i], c->base[2][i]));
    return c->f0[i] * (1.0f - c->metal[i]) + most * c->metal[i];
}

/* How many rays are sent on from what a point mirrors: as many as its noise asks for. A rough surface is filtered, and
 * what mirrors little shows little of it. */
static uint32_t rays_on(const Chunk *c, int i)
{
    if (c->rough[i] > ROUGHEST_SEEN || mirrors_at(c, i) < LITTLE)
        return 1;
    return c->rough[i] > SMOOTH ? FOLLOWED : MOST_RAYS_ON;
}

/* Add the environment's light along a mirrored ray to that of its texel. */
static void weigh_sky(Caster *t, int64_t texel, Vector d, float share, int is_hidden)
{
    const Environment *environment = t->shader->lights->environment;
    if (!environment->is_lit)
        return;
    float sky[3];
    sky_along(environment, d, min64(BLURRED, environment->level_count - 1), sky);
    float light = share * luminance(sky);
    *channel_of(t->bounce, B_WHOLE, texel) += light;
    if (!is_hidden)
        *channel_of(t->bounce, B_OPEN, texel) += light;
}

static void send_from(Caster *t, int i)
{
    const Shader *s = t->shader;
    const Chunk *c = &s->chunk;
    const Bounce *bounce = t->bounce;
    const Environment *environment = s->lights->environment;
    Vector n = {c->normal[0][i], c->normal[1][i], c->normal[2][i]}, eye = {c->eye[0][i], c->eye[1][i], c->eye[2][i]};
    int64_t texel = t->texels[i];
    uint32_t seed = (uint32_t)bounce->seed, place = place_on_curve(bounce, texel);
    int is_dull = bounce->diffuse_rays > 0 && c->rough[i] > VERY_ROUGH && mirrors_at(c, i) < LITTLE;
    float share = 1.0f / (float)max64(bounce->diffuse_rays, 1), at[2];
    for (int64_t k = 0; k < bounce->diffuse_rays; k++) {
        sobol_point(place * (uint32_t)bounce->diffuse_rays + (uint32_t)k, seed, at);
        Vector d = kept_above(by_cosine(n, at), t->facing[i]);
        Ray ray = {(int32_t)texel, is_dull ? TO_BOTH : TO_DIFFUSE, 0, (uint32_t)k, 1, {share, share, share},
            {0.0f, 0.0f, 0.0f}};
        int is_hidden = send(t, i, d, ray, DIFFUSE_SPREAD);
        if (is_dull)
            weigh_sky(t, texel, d, share, is_hidden);
        if (is_hidden && environment->is_lit) {
            float sky[3];
            sky_along(environment, d, min64(bounce->level, environment->level_count - 1), sky);
            for (int j = 0; j < 3; j++)
                *channel_of(bounce, B_DIFFUSE + j, texel) -= share * sky[j];
        }
    }
    float a = maxf(c->rough[i], LEAST_ROUGH);
    a *= a;
    share = 1.0f / (float)max64(bounce->mirror_rays, 1);
    for (int64_t k = 0; k < bounce->mirror_rays && !is_dull; k++) {
        sobol_point(place * (uint32_t)bounce->mirror_rays + (uint32_t)k, seed + 51u, at);
        Vector d = kept_above(by_mirror(n, eye, a, at), t->facing[i]);
        Ray ray = {(int32_t)texel, TO_MIRROR, 0, (uint32_t)k, rays_on(c, i), {share, share, share}, {0.0f, 0.0f, 0.0f}};
        weigh_sky(t, texel, d, share, send(t, i, d, ray, 0.5f * a + bounce->pixel));
    }
}

/* Send the rays of the fragments that have gathered, and forget them. */
static void cast(Caster *t)
{
    Shader *s = t->shader;
    Chunk *c = &s->chunk;
    const float *m = s->view->world_from_camera, eye[3] = {m[3], m[7], m[11]};
    int n = s->count;
    find_surfaces(s);
    prepare(c, n, eye);
    find_facing(t);
    for (int i = 0; i < n; i++) {
        const Bounce *bounce = t->bounce;
        int64_t texel = t->texels[i], plane = bounce->width * bounce->height;
        for (int k = 0; k < 3; k++) {
            bounce->place[k * plane + texel] = c->position[k][i];
            bounce->normal[k * plane + texel] = c->normal[k][i];
        }
        bounce->rough[texel] = maxf(c->rough[i], LEAST_ROUGH);
    }
    for (int i = 0; i < n; i++)
        send_from(t, i);
    settle(t);
    add_glow(c, n, t->bounce, t->texels, t->facing);
    see_lights(c, n, s->lights, t->bounce, t->texels, t->facing);
    s->count = s->span_count = s->sky_count = 0;
}

static void cast_row(Caster *t, int64_t row)
{
    Shader *s = t->shader;
    const Bounce *bounce = t->bounce;
    int64_t width = s->view->width, y = min64(row * bounce->step, s->view->height - 1);
    for (int k = 0; k < SLOTS; k++) /* a texel's record must not depend on the rows before it */
        s->tags.triangle[k] = -1;
    begin_row(s, y);
    for (int64_t column = 0; column < bounce->width; column++) {
        int64_t x = min64(column * bounce->step, width - 1);
        int32_t number = number_at(s, 4 * y * width + 2 * x);
        if (number < 0)
            continue;
        if (s->count == CHUNK)
            cast(t);
        t->texels[s->count] = (int32_t)(row * bounce->width + column);
        add_fragment(s, x, number, 2 * x, 2 * y, 1.0f, 1);
    }
    cast(t);
}

static void clear_rows(const Bounce *bounce, const Rows *rows)
{
    int64_t plane = bounce->width * bounce->height, first = rows->first * bounce->width;
    size_t size = (size_t)((rows->end - rows->first) * bounce->width) * sizeof(float);
    for (int64_t k = 0; k < bounce->channel_count; k++)
        memset(bounce->light + k * plane + first, 0, size);
    for (int64_t k = 0; k < bounce->channel_count; k++)
        memset(bounce->spare + k * plane + first, 0, size);
    for (int64_t k = 0; k < 3; k++) {
        memset(bounce->place + k * plane + first, 0, size);
        memset(bounce->normal + k * plane + first, 0, size);
    }
    memset(bounce->rough + first, 0, size);
}

int rendersdg_bounce(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Rows *rows)
{
    Rows own = {rows->first, rows->end, NULL, 0};
    const Bounce *bounce = film->bounce;
    Shader *s = open_shader(scene, view, points, samples, lights, film, &own);
    Caster *t = calloc(1, sizeof *t);
    if (!s || !t) {
        if (s)
            close_shader(s);
        free(t);
        return 1;
    }
    t->shader = s;
    t->trees = bounce->trees;
    t->bounce = bounce;
    for (int i = 0; i < ROW; i++)
        t->hits.unblocked[i] = 1.0f;
    clear_rows(bounce, rows);
    for (int64_t row = rows->first; row < rows->end; row++)
        cast_row(t, row);
    free(t);
    close_shader(s);
    return 0;
}
