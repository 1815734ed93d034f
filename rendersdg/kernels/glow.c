/* Light from triangles that glow, by rays to points of them, chosen by their area and their light.
 *
 * Diffuse rays meet them, too. Both kinds are joined by their chances (the balance heuristic, Veach 1995): what is far
 * and small is found by rays that are sent there, what is near and wide by the others.
 */
#include "bounce.h"

#include "brdf.h"
#include "directions.h"
#include "sobol.h"
#include "tracing.h"

static const float NEARLY = 0.9995f; /* of the way: the triangle itself does not stop the ray */

/* The triangle at a place 0..1 in the cumulated chances. */
static int64_t triangle_at(const Glow *glow, float place)
{
    int64_t low = 0, high = glow->count - 1;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (glow->chance[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

float share_of_met(const Bounce *b, const float radiance[3], const Odds *odds, float distance, float cosine)
{
    if (!b->glow || odds->sent < 1.0f)
        return 1.0f;
    float sent = luminance(radiance) / b->glow->whole * distance * distance / maxf(cosine, 1e-6f);
    return odds->met / maxf(odds->met + odds->sent * sent, 1e-30f);
}

/* Add to `out` what one point of a triangle sends to a point, if nothing stands between: radiance / albedo, and how
 * near it is. */
static void add_from(const Bounce *b, const Lit *lit, const float at[2], int64_t triangle, float out[4])
{
    const Glow *glow = b->glow;
    const float *p = glow->corners + 9 * triangle, *light = glow->radiance + 3 * triangle;
    float root = sqrtf(at[0]), u = root * (1.0f - at[1]), v = root * at[1]; /* Osada et al. 2002 */
    float d[3];
    Vector e = {p[3] - p[0], p[4] - p[1], p[5] - p[2]}, f = {p[6] - p[0], p[7] - p[1], p[8] - p[2]};
    Vector n = unit(cross(e, f));
    for (int k = 0; k < 3; k++)
        d[k] = (1.0f - u - v) * p[k] + u * p[3 + k] + v * p[6 + k] - lit->start[k];
    Vector way = {d[0], d[1], d[2]};
    float square = dot(way, way), q = inverse_length(square);
    float here = dot(way, lit->normal) * q, there = fabsf(dot(way, n)) * q;
    Vector up = {lit->facing[0], lit->facing[1], lit->facing[2]};
    if (here <= 0.0f || there <= 1e-6f || dot(way, up) <= 0.0f
        || is_occluded(b->trees, lit->start, d, 0.0f, NEARLY, MET))
        return;
    /* radiance / albedo is light x cosine / pi over the joined chance per solid angle of both kinds of rays */
    float sent = luminance(light) / glow->whole * square / there;
    float chance = lit->odds.sent * sent + lit->odds.met * here / PI;
    for (int k = 0; k < 3; k++)
        out[k] += light[k] * here / PI / chance;
    out[3] += q / lit->odds.sent;
}

void glow_at(const Bounce *b, const Lit *lit, uint32_t first, uint32_t seed, float out[4])
{
    for (int k = 0; k < 4; k++)
        out[k] = 0.0f;
    if (!b->glow || b->glow->count < 1)
        return;
    for (uint32_t k = 0; k < (uint32_t)lit->odds.sent; k++) {
        float which[2], at[2];
        sobol_point(first + k, seed, at);
        sobol_point(first + k, seed + 13u, which);
        add_from(b, lit, at, triangle_at(b->glow, which[0]), out);
    }
}

void add_glow(const Chunk *c, int n, const Bounce *b, const int32_t *texels, float (*facing)[3])
{
    int64_t plane = b->width * b->height;
    if (!b->glow || b->glow->count < 1)
        return;
    for (int i = 0; i < n; i++) {
        int64_t texel = texels[i];
        Lit lit = {.normal = {c->normal[0][i], c->normal[1][i], c->normal[2][i]},
            .odds = {(float)b->diffuse_rays, (float)b->glow_rays}};
        for (int k = 0; k < 3; k++)
            lit.facing[k] = facing[i][k];
        start_from(c, i, b, facing[i], lit.start);
        float light[4];
        glow_at(b, &lit, place_on_curve(b, texel) * (uint32_t)b->glow_rays, (uint32_t)b->seed + 401u, light);
        for (int k = 0; k < 3; k++)
            b->light[(B_DIFFUSE + k) * plane + texel] += light[k];
        b->light[B_NEAR * plane + texel] += light[3];
    }
}
