/* What is seen through glass, and what see-through surfaces mirror: by a few rays from each piece of surface in a
 * pixel.
 *
 * Closed bodies whose material has an index of refraction bend light where it goes in and out (Snell's law), and keep
 * in what comes too aslant (total reflection). All other see-through surfaces let rays straight on. Each surface stains
 * what goes through it as its material says. A path takes the way of the greater part of its light: the first surface
 * sends back its share (Fresnel), and brings what it mirrors; what the others would send back is taken to find its way,
 * so that none of it is lost.
 *
 * Rough glass scatters by the normals of its small mirrors (Walter et al. 2007), drawn as those that the eye sees.
 */
#include <string.h>

#include "bounce.h"
#include "paths.h"

enum {
    MOST_SURFACES = 12, /* that light goes through on a path */
    ROUGH_RAYS = 4      /* of a fragment, for each of a smooth one's */
};

static inline const float *floats_of(const Scene *scene, int64_t m)
{
    return scene->materials->floats + MATERIAL_FLOATS * m;
}

static inline const int64_t *ints_of(const Scene *scene, int64_t m)
{
    return scene->materials->ints + MATERIAL_INTS * m;
}

static inline int is_see_through(const Scene *scene, int64_t m)
{
    return ints_of(scene, m)[BLEND] != NO_BLEND || floats_of(scene, m)[TRANSMISSION] > 0.0f;
}

/* The index of refraction of the body behind an instance's surface; 1 where light goes straight on. */
static float index_of(const Caster *t, int64_t instance, int64_t m)
{
    const float *f = floats_of(t->shader->scene, m);
    int is_body = __builtin_signbit(t->bounce->stopped[instance]) != 0; /* of -0, too */
    return is_body && f[TRANSMISSION] > 0.0f && f[IOR] > 0.0f ? f[IOR] : 1.0f;
}

/* Bend a unit direction at a unit normal that faces it, from a medium to one of 1 / ratio its index. Returns 0 where it
 * is turned back. */
static int bend(Vector d, Vector n, float ratio, Vector *bent)
{
    float along = between(-dot(d, n), 0.0f, 1.0f), sine_squared = ratio * ratio * (1.0f - along * along);
    if (sine_squared >= 1.0f) {
        *bent = unit((Vector){d.x + 2.0f * along * n.x, d.y + 2.0f * along * n.y, d.z + 2.0f * along * n.z});
        return 0;
    }
    float k = ratio * along - sqrtf(1.0f - sine_squared);
    *bent = unit((Vector){ratio * d.x + k * n.x, ratio * d.y + k * n.y, ratio * d.z + k * n.z});
    return 1;
}

/* The normal by which a surface of roughness `rough` bends a ray: its own, or one of its small mirrors'. */
static Vector bending_normal(const Caster *t, const Ray *ray, Vector d, Vector n, float rough, uint32_t salt)
{
    if (rough <= SMOOTH)
        return n;
    float at[2];
    sobol_point(ray->place * 64u + ray->number, (uint32_t)t->bounce->seed + 331u + 17u * salt, at);
    return small_mirror(n, (Vector){-d.x, -d.y, -d.z}, rough * rough, at);
}

/* Whether a path that goes on through a surface hits what is solid on its other side, within the step by which its
 * start was moved. */
static int hits_at_once(const Caster *t, Path *path, const float place[3], const float here[3])
{
    Vector step = {path->start[0] - place[0], path->start[1] - place[1], path->start[2] - place[2]},
           d = path->direction;
    float length = sqrtf(dot(step, step)), slope = maxf(-(d.x * here[0] + d.y * here[1] + d.z * here[2]), 0.05f);
    const float towards[3] = {d.x, d.y, d.z};
    float before[3];
    for (int k = 0; k < 3; k++)
        before[k] = path->start[k] - 2.0f * length / slope * towards[k];
    if (!closest_hit(t->trees, before, towards, 0.0f, 2.0f * length / slope, MET, &path->hit))
        return 0;
    memcpy(path->start, before, sizeof before);
    return 1;
}

/* Take a path through the surface it has hit, or back from it. Returns 0 where it is to be followed; 1 where the
 * surface lies on what is solid, which is hit then: a ray would start behind it; -1 where nothing of the path is left.
 */
static int cross_surface(const Caster *t, Path *path, uint32_t salt, int *is_bent)
{
    const Scene *scene = t->shader->scene;
    const Hit *hit = &path->hit;
    Struck struck;
    find_struck(t->shader, hit, &struck);
    int64_t m = scene->instances->material[hit->instance];
    const float *f = floats_of(scene, m);
    Vector d = path->direction, n = unit(struck.normal), plane = unit(struck.plane);
    if (dot(plane, n) < 0.0f) /* the normals of the corners tell what is outside */
        plane = scaled_vector(plane, -1.0f);
    int goes_in = dot(plane, d) < 0.0f;
    if (!goes_in) {
        plane = scaled_vector(plane, -1.0f);
        n = scaled_vector(n, -1.0f);
    }
    if (!(dot(n, d) < 0.0f))
        n = plane;
    const float place[3] = {path->start[0] + d.x * hit->distance, path->start[1] + d.y * hit->distance,
        path->start[2] + d.z * hit->distance};
    const float here[3] = {plane.x, plane.y, plane.z}, beyond[3] = {-plane.x, -plane.y, -plane.z};
    float index = index_of(t, hit->instance, m);
    int goes_on = 1;
    if (index != 1.0f) {
        Vector bent, facet = bending_normal(t, &path->ray, d, n, f[ROUGH], salt);
        goes_on = bend(d, dot(facet, d) < 0.0f ? facet : n, goes_in ? 1.0f / index : index, &bent);
        path->direction = kept_above(bent, goes_on ? beyond : here);
        path->spread += 0.5f * f[ROUGH] * f[ROUGH];
        path->rough = maxf(path->rough, f[ROUGH]);
        path->is_inside = goes_in == goes_on; /* what is turned back stays where it is */
        *is_bent = 1;
    }
    const int64_t *ints = ints_of(scene, m);
    float most = 0.0f, opacity = 1.0f;
    if (ints[BLEND] != NO_BLEND) /* where an image fades it rays cannot tell: it is not seen */
        opacity = ints[OPACITY_TEXTURE] >= 0 ? 0.0f : between(f[OPACITY], 0.0f, 1.0f);
    for (int k = 0; k < 3 && goes_on; k++) {
        float stained = f[TRANSMISSION] * f[TINT + k] * between(f[BASE + k], 0.0f, 1.0f) * (1.0f - f[METAL]);
        path->ray.share[k] *= (1.0f - opacity + opacity * stained);
        most = maxf(most, path->ray.share[k]);
    }
    path->before += hit->distance;
    start_of(place, goes_on ? beyond : here, hit->distance, path->start);
    if (!goes_on)
        return 0;
    return most > 1e-3f ? hits_at_once(t, path, place, here) : -1;
}

/* Whether a path within glass leaves it where it hits what is solid: both lie on one another, and which of them a ray
 * meets first is a matter of rounding. Sets the hit to the glass. */
static int leaves_first(const Caster *t, Path *path, const float d[3])
{
    float away = path->hit.distance, largest = 0.0f;
    if (!path->is_inside)
        return 0;
    for (int k = 0; k < 3; k++)
        largest = maxf(largest, fabsf(path->start[k] + away * d[k]));
    float step = 4.0f * start_step(away, largest);
    Hit glass;
    if (!closest_hit(t->trees, path->start, d, maxf(away - step, 0.0f), away + step, LETS_THROUGH, &glass))
        return 0;
    path->hit = glass;
    return 1;
}

int hit_beyond(const Caster *t, Path *path, int *is_bent)
{
    const Scene *scene = t->shader->scene;
    int sees_glass = path->ray.kind == TO_MIRROR || path->ray.kind == TO_BEYOND;
    *is_bent = 0;
    for (uint32_t k = 0; k <= MOST_SURFACES; k++) {
        const float d[3] = {path->direction.x, path->direction.y, path->direction.z};
        if (!closest_hit(t->trees, path->start, d, 0.0f, INFINITY, sees_glass ? MET | LETS_THROUGH : MET, &path->hit))
            return 0;
        int is_solid = !is_see_through(scene, scene->instances->material[path->hit.instance]);
        if (!sees_glass || (is_solid && !leaves_first(t, path, d)))
            return 1;
        int found = cross_surface(t, path, k + 1, is_bent);
        if (found != 0)
            return found;
    }
    return 0; /* out of what never lets go of it: a speck of the sky shows less than a black one */
}

/* ---- the fragments of a layer ---- */

/* Send the rays of fragment i: `count` by which it mirrors, and as many into the body behind it, if it bends light. */
static void look_from(Caster *t, int i, uint32_t count, float index, uint32_t place)
{
    const Chunk *c = &t->shader->chunk;
    const Bounce *bounce = t->bounce;
    Vector n = {c->normal[0][i], c->normal[1][i], c->normal[2][i]}, eye = {c->eye[0][i], c->eye[1][i], c->eye[2][i]};
    const float *facing = t->facing[i], back[3] = {-facing[0], -facing[1], -facing[2]};
    const float at_point[3] = {c->position[0][i], c->position[1][i], c->position[2][i]};
    Vector d = {-eye.x, -eye.y, -eye.z};
    float share = 1.0f / (float)count, rough = c->rough[i], a = maxf(rough, LEAST_ROUGH), start[3];
    float away = start_from(c, i, bounce, facing, start);
    if (!(dot(n, d) < 0.0f))
        n = (Vector){facing[0], facing[1], facing[2]};
    for (uint32_t k = 0; k < count; k++) {
        Ray ray = {i, TO_MIRROR, 0, 0, k, FOLLOWED, place, {share, share, share}, {0.0f, 0.0f, 0.0f}};
        Path path = {.ray = ray, .spread = 0.5f * a * a + bounce->pixel, .before = away, .rough = rough};
        float at[2];
        sobol_point(place * 64u + k, (uint32_t)bounce->seed + 51u, at);
        path.direction = kept_above(by_mirror(n, eye, a * a, at), facing);
        memcpy(path.start, start, sizeof start);
        Vector sent = path.direction;
        weigh_sky(t, i, sent, share, send_ray(t, &path));
        if (index == 1.0f)
            continue;
        path = (Path){.ray = ray, .spread = 0.5f * a * a + bounce->pixel, .before = away, .rough = rough};
        path.ray.kind = TO_BEYOND;
        path.is_inside = 1;
        path.ray.on = count > 1 ? FOLLOWED : MOST_RAYS_ON;
        Vector bent, facet = bending_normal(t, &ray, d, n, rough, 0);
        bend(d, dot(facet, d) < 0.0f ? facet : n, 1.0f / index, &bent);
        path.direction = kept_above(bent, back);
        start_of(at_point, back, away, path.start);
        send_ray(t, &path);
    }
}

void look_through(Caster *t)
{
    Shader *s = t->shader;
    Chunk *c = &s->chunk;
    const float *m = s->view->world_from_camera, eye[3] = {m[3], m[7], m[11]};
    int n = s->count;
    memset(t->light, 0, (size_t)(BOUNCE_CHANNELS * t->plane) * sizeof *t->light);
    prepare(c, n, eye);
    find_facing(t);
    for (int k = 0; k < s->span_count; k++) {
        int first = s->spans[k].first, end = k + 1 < s->span_count ? s->spans[k + 1].first : n;
        int64_t instance = s->sources[k].instance;
        float index = index_of(t, instance, s->scene->instances->material[instance]);
        for (int i = first; i < end; i++) {
            uint32_t count = (uint32_t)t->bounce->mirror_rays * (c->rough[i] > SMOOTH ? ROUGH_RAYS : 1);
            c->is_bent[i] = index == 1.0f ? 0.0f : 1.0f;
            look_from(t, i, count, index, morton((uint32_t)s->column[i], (uint32_t)s->row.y));
        }
    }
    settle(t);
    for (int i = 0; i < n; i++) {
        float whole = *channel_of(t, B_WHOLE, i);
        c->unblocked[i] = whole > 0.0f ? between(*channel_of(t, B_OPEN, i) / whole, 0.0f, 1.0f) : 1.0f;
        for (int k = 0; k < 3; k++) {
            c->reflected[k][i] = *channel_of(t, B_MIRRORED + k, i);
            c->beyond[k][i] = *channel_of(t, B_DIFFUSE + k, i);
        }
    }
}
