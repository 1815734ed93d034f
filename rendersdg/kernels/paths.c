/* Rays from surface to surface: what they hit is shaded, a chunk at a time, and added to the sums of who sent them.
 *
 * What is hit is shaded as what is seen: material, textures, defects, all lights with their shadow maps, and the
 * environment as far as rays that are sent on leave. Where one of these hits something, this is shaded as well, and so
 * on for some levels. What is hit by way of a mirror, and is a mirror itself, sends one ray on by which it mirrors.
 */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include "bounce.h"
#include "brdf.h"
#include "sobol.h"

enum {
    MOST_IMAGES = 4, /* mirrors on a path */
    BLURRED = 2      /* the level of the environment by which mirror rays weigh it */
};

static const float MOST_RADIANCE = 16.0f; /* of one ray, times the exposure: against specks */
static const float MOST_ALBEDO = 0.9f;    /* of what sends light back and forth without end */
static const float GUESSED = 0.5f;        /* of that light: where it comes from is brighter than all else, mostly */

/* Whether a ray tells what is seen in a mirror or through glass, and is not blurred. */
static inline int shows_image(const Ray *ray) { return ray->kind == TO_MIRROR || ray->kind == TO_BEYOND; }

static Vector in_environment(const Environment *e, Vector d)
{
    const float *f = e->frame_from_world;
    return (Vector){f[0] * d.x + f[1] * d.y + f[2] * d.z, f[3] * d.x + f[4] * d.y + f[5] * d.z,
        f[6] * d.x + f[7] * d.y + f[8] * d.z};
}

void sky_along(const Environment *e, Vector d, int64_t level, float out[3])
{
    Vector own = in_environment(e, d);
    float across, down;
    place_on_octahedron(own.x, own.y, own.z, &across, &down);
    float side = (float)e->sides[level];
    int32_t column = (int32_t)between(across * side, 0.0f, side - 1.0f);
    int32_t row = (int32_t)between(down * side, 0.0f, side - 1.0f);
    const float *texel = e->pyramid + 4 * (level * e->texel_count + row * e->sides[level] + column);
    for (int k = 0; k < 3; k++)
        out[k] = texel[k] * e->tint[k];
}

void sky_beyond(const Environment *e, Vector d, float rough, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = 0.0f;
    if (!(dot(d, d) < INFINITY)) /* no direction at all */
        return;
    if (rough > SMOOTH) {
        sky_along(e, d, (int64_t)(minf(rough, 1.0f) * (float)(e->level_count - 1) + 0.5f), out);
        return;
    }
    Vector own = in_environment(e, d); /* between four texels of the background: see sky.c */
    float width = (float)e->width, height = (float)e->height;
    float u = arctangent(own.y, own.x) * (width / (2.0f * PI)) + 0.5f * width - 0.5f;
    float v = arctangent(sqrtf(own.x * own.x + own.y * own.y), own.z) * (height / PI) - 0.5f;
    between_texels(e, u, v, out);
    for (int k = 0; k < 3; k++)
        out[k] *= e->tint[k];
}

void weigh_sky(Caster *t, int64_t texel, Vector d, float share, int is_hidden)
{
    const Environment *environment = t->shader->lights->environment;
    if (!environment->is_lit)
        return;
    float sky[3];
    sky_along(environment, d, min64(BLURRED, environment->level_count - 1), sky);
    float light = share * luminance(sky);
    *channel_of(t, B_WHOLE, texel) += light;
    if (!is_hidden)
        *channel_of(t, B_OPEN, texel) += light;
}

/* Add what a ray brings of the sky, where no map of the environment's tells it. */
static void add_sky(Caster *t, const Ray *ray, Vector d, float rough)
{
    const Environment *environment = t->shader->lights->environment;
    float sky[3], most = MOST_RADIANCE / maxf(t->shader->film->exposure, 1e-9f);
    if (!environment->is_lit)
        return;
    sky_beyond(environment, d, rough, sky);
    for (int k = 0; k < 3; k++)
        *channel_of(t, (ray->kind == TO_MIRROR ? B_MIRRORED : B_DIFFUSE) + k, ray->texel) += ray->share[k]
            * between(sky[k], 0.0f, most);
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

void find_struck(const Shader *s, const Hit *hit, Struck *struck)
{
    const Scene *scene = s->scene;
    struck->number = (int32_t)(scene->instances->first_number[hit->instance] + hit->triangle);
    struck->source = source_of(scene, s->points, struck->number);
    const Source *source = &struck->source;
    Vector corner[3];
    corners_in_world(s, source, corner);
    struck->plane = cross(between_points(corner[0], corner[1]), between_points(corner[0], corner[2]));
    struck->twice_area = sqrtf(maxf(dot(struck->plane, struck->plane), 1e-30f));
    const float e[3] = {1.0f - hit->u - hit->v, hit->u, hit->v}, *turn = s->points->world_normal + 9 * source->instance;
    Vector normal = {0.0f, 0.0f, 0.0f};
    for (int k = 0; k < 3; k++) {
        const float *n = scene->meshes->normals + 3 * (source->first_vertex + source->corner[k]);
        normal.x += e[k] * (turn[0] * n[0] + turn[1] * n[1] + turn[2] * n[2]);
        normal.y += e[k] * (turn[3] * n[0] + turn[4] * n[1] + turn[5] * n[2]);
        normal.z += e[k] * (turn[6] * n[0] + turn[7] * n[1] + turn[8] * n[2]);
    }
    struck->normal = normal;
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
    uint32_t first = (ray->place * (uint32_t)t->bounce->diffuse_rays + ray->number) * count,
             seed = (uint32_t)t->bounce->seed + (shows_image(ray) ? 151u : 101u) + 1009u * (uint32_t)ray->level;
    float albedo[3], part = 1.0f / (float)count, followed_part = 1.0f / (float)(count > FOLLOWED ? FOLLOWED : count);
    for (int k = 0; k < 3; k++)
        albedo[k] = between(c->base[k][i] * (1.0f - c->metal[i]), 0.0f, MOST_ALBEDO);
    Path path = {.spread = DIFFUSE_SPREAD};
    start_of(values, facing, away, path.start);
    Lit *lit = &t->lit[i];
    /* from the last level no rays meet what glows, and their part, which is near, is left out: against specks */
    *lit = (Lit){.normal = normal, .odds = {1.0f / followed_part, 1.0f}};
    memcpy(lit->start, path.start, sizeof lit->start);
    memcpy(lit->facing, facing, sizeof lit->facing);
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
        path.odds = (Odds){lit->odds.met * maxf(dot(up, normal), 0.0f) / PI, lit->odds.sent};
        t->waiting[t->waiting_count++] = path;
    }
    c->open[i] = 1.0f - (float)hidden * part;
    for (int k = 0; k < 3 && is_last; k++) {
        float mean = ray->level > 0 ? sqrtf(albedo[k] * ray->albedo[k]) : albedo[k];
        ray->share[k] *= 1.0f + GUESSED * (float)hidden * part * albedo[k] / (1.0f - mean);
    }
}

/* Whether point i of the hits is to show in an image what it mirrors. */
static int is_mirror(const Chunk *c, int i)
{
    return mirrors_at(c, i) >= LITTLE && (c->rough[i] <= VERY_ROUGH || c->metal[i] > 0.5f);
}

/* Send a ray on from point i of the hits, which is a mirror in an image. Its light is that of the point by the mirror's
 * reflectance straight on and aslant (Schlick 1994); no environment is to be mirrored there besides. */
static void mirror_on(Caster *t, int i, const Path *path, const float values[6], const float facing[3])
{
    Chunk *c = &t->hits;
    Vector n = unit((Vector){values[3], values[4], values[5]});
    float along = dot(n, path->direction), slant = fifth(between(1.0f + along, 0.0f, 1.0f)), m = c->metal[i];
    Vector d = path->direction;
    Path next = *path;
    next.direction = kept_above(
        (Vector){d.x - 2.0f * along * n.x, d.y - 2.0f * along * n.y, d.z - 2.0f * along * n.z}, facing);
    next.before += path->hit.distance;
    next.spread += 0.5f * c->rough[i] * c->rough[i];
    next.ray.images++;
    for (int k = 0; k < 3; k++) {
        float straight = c->f0[i] * (1.0f - m) + c->base[k][i] * m;
        next.ray.share[k] *= straight + (1.0f - straight) * slant;
    }
    start_of(values, facing, path->hit.distance, next.start);
    c->unblocked[i] = 0.0f;
    int is_bent, found = hit_beyond(t, &next, &is_bent);
    if (found == 0)
        add_sky(t, &next.ray, next.direction, c->rough[i]);
    else if (found > 0 && t->waiting_count < MOST_WAITING)
        t->waiting[t->waiting_count++] = next;
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
    Struck struck;
    find_struck(s, hit, &struck);
    const Source *source = &struck.source;
    int64_t m = scene->instances->material[source->instance];
    const int64_t *ints = scene->materials->ints + MATERIAL_INTS * m;
    Record triangle, *record = &triangle;
    memset(record, 0, sizeof *record);
    set_up_surface(record, scene, s->points, source, ints[NORMAL_TEXTURE] >= 0);
    Vector plane = struck.plane, normal = struck.normal;
    float twice_area = struck.twice_area;
    float e[3] = {1.0f - hit->u - hit->v, hit->u, hit->v};
    float seen = dot(plane, d) > 0.0f ? -1.0f : 1.0f; /* the side that the ray comes from */
    if (dot(normal, d) > 0.0f)
        normal = scaled_vector(normal, -1.0f);
    Vector place = {start[0] + d.x * hit->distance, start[1] + d.y * hit->distance, start[2] + d.z * hit->distance};
    float blur = path->spread * (path->before + hit->distance);
    float footprint = blur * blur / twice_area;
    const float values[6] = {place.x, place.y, place.z, normal.x, normal.y, normal.z};
    for (int k = 0; k < 3; k++) {
        c->position[k][i] = values[k];
        c->normal[k][i] = values[3 + k];
    }
    c->eye[0][i] = -d.x;
    c->eye[1][i] = -d.y;
    c->eye[2][i] = -d.z;
    c->instance[i] = source->instance;
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
    if (struck.number < decals->number_count && decals->first[struck.number] >= 0)
        paint_decals(c, i, i + 1, decals, decals->first[struck.number], s->view);

    float facing[3] = {plane.x * seen / twice_area, plane.y * seen / twice_area, plane.z * seen / twice_area};
    if (path->odds.sent > 0.0f && ints[EMISSION_TEXTURE] < 0) {
        const float glow[3] = {c->emission[0][i], c->emission[1][i], c->emission[2][i]};
        float cosine = fabsf(facing[0] * d.x + facing[1] * d.y + facing[2] * d.z);
        float share = share_of_met(t->bounce, glow, &path->odds, hit->distance, cosine);
        for (int k = 0; k < 3; k++)
            c->emission[k][i] *= share;
    }
    c->unblocked[i] = 1.0f;
    t->lit[i].odds.sent = 0.0f; /* until rays are sent on */
    const Ray *ray = &t->rays[i];
    if (shows_image(ray) && ray->level == 0 && ray->images < MOST_IMAGES && is_mirror(c, i)) {
        mirror_on(t, i, path, values, facing);
        if (c->metal[i] >= 1.0f) { /* nothing of it is lit from all about */
            c->open[i] = 1.0f;
            return;
        }
    }
    go_on(t, i, values, facing, hit->distance);
}

/* Add to the hits' radiance what glowing triangles send them. */
static void light_by_glow(Caster *t, int n)
{
    Chunk *c = &t->hits;
    const Bounce *b = t->bounce;
    for (int i = 0; i < n && b->glow; i++) {
        const Ray *ray = &t->rays[i];
        float light[4], matt = 1.0f - c->metal[i];
        if (t->lit[i].odds.sent < 1.0f || matt <= 0.0f)
            continue;
        uint32_t first = ray->place * (uint32_t)max64(b->diffuse_rays, 1) + ray->number;
        uint32_t kind = shows_image(ray) ? 50u : 0u;
        glow_at(b, &t->lit[i], first, (uint32_t)b->seed + 431u + kind + 1009u * (uint32_t)ray->level, light);
        for (int k = 0; k < 3; k++)
            c->radiance[k][i] += light[k] * matt * c->base[k][i];
    }
}

/* Light what was hit, and add it to the grid. */
void settle(Caster *t)
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
        float rough = maxf(
            c->rough[i], i < n && shows_image(&t->rays[i]) && t->rays[i].level == 0 ? LEAST_ROUGH : ROUGHEST_SEEN);
        c->rough[i] = rough * rough;
        float q = inverse_length(
            c->normal[0][i] * c->normal[0][i] + c->normal[1][i] * c->normal[1][i] + c->normal[2][i] * c->normal[2][i]);
        for (int k = 0; k < 3; k++)
            c->normal[k][i] *= q;
    }
    ambient(c, n, environment);
    light_by_glow(t, n);
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
                *channel_of(t, B_DIFFUSE + k, ray->texel) += light;
            if (ray->kind == TO_MIRROR || ray->kind == TO_BOTH)
                *channel_of(t, B_MIRRORED + k, ray->texel) += light;
        }
    }
}

int send_ray(Caster *t, Path *path)
{
    int is_bent, found = hit_beyond(t, path, &is_bent);
    if (found == 0 && (is_bent || path->ray.kind == TO_BEYOND))
        add_sky(t, &path->ray, path->direction, path->rough);
    if (found <= 0)
        return found < 0 || is_bent;
    t->waiting[t->waiting_count++] = *path;
    while (t->waiting_count > 0) {
        Path next = t->waiting[--t->waiting_count];
        if (t->count == CHUNK)
            settle(t);
        t->rays[t->count] = next.ray;
        surface_of_hit(t, t->count, &next);
        t->count++;
    }
    return 1;
}

Caster *open_caster(Shader *s, const Bounce *bounce, float *light, int64_t plane)
{
    Caster *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->shader = s;
    t->trees = bounce->trees;
    t->bounce = bounce;
    t->light = light;
    t->plane = plane;
    for (int i = 0; i < ROW; i++)
        t->hits.unblocked[i] = 1.0f;
    return t;
}

/* Set the normals of the fragments' triangles, on the side that the camera sees. */
void find_facing(Caster *t)
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
