/* Light by way of other surfaces, by rays from a grid of points on what the camera sees.
 *
 * The environment lights a surface as if nothing stood about it (ambient and reflect_environment). Rays tell what does:
 * - about the normal, by the cosine: what a ray hits sends its own light, and hides the environment behind it. The
 *   difference of the two is to be added, so that a point that nothing stands near is free of noise.
 * - about the mirror direction, by the lobe of visible normals (Heitz 2018): what other surfaces send, and the share of
 *   the environment's light along these rays that nothing hides.
 * What is hit is shaded, and sends rays on: see paths.c.
 *
 * Reads the samples of the camera's view; the grid's texel (i, j) is that of pixel (step i, step j). A texel depends on
 * nothing but its row, so any runs of rows give the same bytes.
 */
#include "bounce.h"

#include <stdlib.h>
#include <string.h>

#include "brdf.h"
#include "paths.h"

/* Send a ray from fragment i. Returns whether it hit anything. */
static int send_from_point(Caster *t, int i, Vector d, Ray ray, float spread)
{
    const Chunk *c = &t->shader->chunk;
    Path path = {.ray = ray, .direction = d, .spread = spread};
    start_from(c, i, t->bounce, t->facing[i], path.start);
    if (ray.kind != TO_MIRROR)
        path.odds = (Odds){(float)t->bounce->diffuse_rays
                * maxf(d.x * c->normal[0][i] + d.y * c->normal[1][i] + d.z * c->normal[2][i], 0.0f) / PI,
            (float)t->bounce->glow_rays};
    int is_hidden = send_ray(t, &path);
    if (is_hidden && ray.kind != TO_MIRROR)
        *channel_of(t, B_NEAR, ray.texel) += ray.share[0] / maxf(path.hit.distance, 1e-6f);
    return is_hidden;
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
        Ray ray = {(int32_t)texel, is_dull ? TO_BOTH : TO_DIFFUSE, 0, 0, (uint32_t)k, 1, place, {share, share, share},
            {0.0f, 0.0f, 0.0f}};
        int is_hidden = send_from_point(t, i, d, ray, DIFFUSE_SPREAD);
        if (is_dull)
            weigh_sky(t, texel, d, share, is_hidden);
        if (is_hidden && environment->is_lit) {
            float sky[3];
            sky_along(environment, d, min64(bounce->level, environment->level_count - 1), sky);
            for (int j = 0; j < 3; j++)
                *channel_of(t, B_DIFFUSE + j, texel) -= share * sky[j];
        }
    }
    float a = maxf(c->rough[i], LEAST_ROUGH);
    a *= a;
    share = 1.0f / (float)max64(bounce->mirror_rays, 1);
    for (int64_t k = 0; k < bounce->mirror_rays && !is_dull; k++) {
        sobol_point(place * (uint32_t)bounce->mirror_rays + (uint32_t)k, seed + 51u, at);
        Vector d = kept_above(by_mirror(n, eye, a, at), t->facing[i]);
        Ray ray = {(int32_t)texel, TO_MIRROR, 0, 0, (uint32_t)k, rays_on(c, i), place, {share, share, share},
            {0.0f, 0.0f, 0.0f}};
        weigh_sky(t, texel, d, share, send_from_point(t, i, d, ray, 0.5f * a + bounce->pixel));
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
    const Bounce *bounce = film->bounce;
    Shader *s = open_shader(scene, view, points, samples, lights, film);
    Caster *t = s ? open_caster(s, bounce, bounce->light, bounce->width * bounce->height) : NULL;
    if (!t) {
        if (s)
            close_shader(s);
        return 1;
    }
    clear_rows(bounce, rows);
    for (int64_t row = rows->first; row < rows->end; row++)
        cast_row(t, row);
    free(t);
    close_shader(s);
    return 0;
}
