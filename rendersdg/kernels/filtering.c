/* The noise taken out of what rays bring, and how fragments look it up.
 *
 * The filter is an edge-avoiding a-trous one (Dammertz et al. 2010): the mean of nine texels `reach` apart, as far as
 * they lie on the same plane, face alike and, for what is mirrored, are as rough. It is called with reaches that
 * double.
 * What is mirrored is joined the less, the smoother a surface is: a mirror's image must stay sharp. What is seen of a
 * light is joined within the edges of its shadows, whose widths are known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bounce.h"
#include "brdf.h"
#include "numbers.h"

static const float PLANE_PIXELS = 2.0f; /* off the plane by this many texels' size a step counts nothing */
static const float MIRROR_GAIN = 6.0f;
static const float FREE_REACH = 4.0f; /* texels over which light is joined however near its sender is */
static const float NEAR_SLACK = 1.2f; /* of the share of the farther ones, less */
static const float NEAR_GAIN = 6.0f;  /* times the way over the distance of the sender */

enum { DIFFUSE = BOUNCE_CHANNELS, NARROW = DIFFUSE + 1 };
enum {
    WEIGHTS = BOUNCE_CHANNELS + 5
}; /* rows of sums: the channels, their two weights, those of the tap at hand; then two a light */

static inline float to_eighth(float x)
{
    x *= x;
    x *= x;
    return x * x;
}

typedef struct {   /* texels that are added to others */
    int64_t here;  /* the first texel of the others' row */
    int64_t there; /* from which x leads to the one that is added to x there */
    int64_t first; /* x */
    int64_t end;
    float kernel;    /* their weight, on the same surface */
    float tolerance; /* off the plane, over the distance from the eye */
    float reach;
} Tap;

/* Add the texels of a tap, and their weights, to the sums of a row. */
static void add_tap(const Bounce *b, const float *from, const Tap *tap, float *restrict sums)
{
    int64_t plane = b->width * b->height, w = b->width, here = tap->here, there = tap->there;
    float kernel = tap->kernel, tolerance = tap->tolerance, reach = tap->reach;
    const float *nx = b->normal + here, *ny = nx + plane, *nz = ny + plane;
    const float *mx = b->normal + there, *my = mx + plane, *mz = my + plane;
    const float *px = b->place + here, *py = px + plane, *pz = py + plane;
    const float *qx = b->place + there, *qy = qx + plane, *qz = qy + plane;
    const float *rough = b->rough + here, *other_rough = b->rough + there;
    float *restrict diffuse_weight = sums + DIFFUSE * w, *restrict mirror_weight = sums + NARROW * w,
                    *restrict wide = sums + (NARROW + 1) * w, *restrict narrow = sums + (NARROW + 2) * w,
                    *restrict diffuse = sums + (NARROW + 3) * w;
    const float *near = from + B_NEAR * plane + here;
    float limit = reach > FREE_REACH ? 1.0f / PLANE_PIXELS : 0.0f;
    for (int64_t x = tap->first; x < tap->end; x++) {
        float facing = maxf(nx[x] * mx[x] + ny[x] * my[x] + nz[x] * mz[x], 0.0f);
        float dx = qx[x] - px[x], dy = qy[x] - py[x], dz = qz[x] - pz[x];
        float ex = px[x] - b->eye[0], ey = py[x] - b->eye[1], ez = pz[x] - b->eye[2];
        float size = sqrtf(ex * ex + ey * ey + ez * ez) * tolerance + 1e-9f; /* PLANE_PIXELS times the tap's way */
        float off = fabsf(dx * nx[x] + dy * ny[x] + dz * nz[x]) / size;
        float weight = kernel * to_eighth(facing) * maxf(1.0f - off, 0.0f);
        float alike = maxf(1.0f - 4.0f * fabsf(rough[x] - other_rough[x]), 0.0f);
        float blunt = between((rough[x] - LEAST_ROUGH) * MIRROR_GAIN / reach, 0.0f, 1.0f);
        wide[x] = weight;
        narrow[x] = weight * alike * blunt;
        /* light changes along a surface within the distance of what sends it */
        diffuse[x] = weight * between(NEAR_SLACK - NEAR_GAIN * size * near[x] * limit, 0.0f, 1.0f);
        diffuse_weight[x] += diffuse[x];
        mirror_weight[x] += narrow[x];
    }
    for (int64_t l = 0; l < b->light_count; l++) {
        if (!b->is_traced[l])
            continue;
        const float *seen = from + (B_SEEN + l) * plane + there, *soft = b->soft + l * plane + here;
        float *restrict sum = sums + (WEIGHTS + 2 * l) * w, *restrict total = sum + w;
        float inverse = 0.25f / reach; /* no wider than a sixth of the edge, as a deviation */
        for (int64_t x = tap->first; x < tap->end; x++) {
            float within = between(soft[x] * inverse - 0.5f, 0.0f, 1.0f);
            float weight = seen[x] < 0.0f ? 0.0f : wide[x] * within;
            sum[x] += weight * seen[x];
            total[x] += weight;
        }
    }
    for (int k = 0; k < BOUNCE_CHANNELS; k++) {
        const float *value = from + k * plane + there, *weight = k < B_MIRRORED ? diffuse : narrow;
        float *restrict sum = sums + k * w;
        for (int64_t x = tap->first; x < tap->end; x++)
            sum[x] += weight[x] * value[x];
    }
}

int rendersdg_filter_bounce(const Bounce *b, const float *from, float *to, int64_t reach, const Rows *rows)
{
    int64_t w = b->width, h = b->height, plane = w * h;
    float *sums = malloc((size_t)((WEIGHTS + 2 * b->light_count) * w) * sizeof *sums);
    if (!sums)
        return 1;
    float tolerance = PLANE_PIXELS * b->pixel * (float)(b->step * reach);
    for (int64_t y = rows->first; y < rows->end; y++) {
        for (int64_t k = 0; k < BOUNCE_CHANNELS; k++) /* the middle counts whatever it is */
            for (int64_t x = 0; x < w; x++)
                sums[k * w + x] = 0.25f * from[k * plane + y * w + x];
        for (int64_t x = 0; x < w; x++)
            sums[DIFFUSE * w + x] = sums[NARROW * w + x] = 0.25f;
        for (int64_t l = 0; l < b->light_count; l++)
            for (int64_t x = 0; x < w; x++) {
                float seen = from[(B_SEEN + l) * plane + y * w + x], weight = seen < 0.0f ? 0.0f : 0.25f;
                sums[(WEIGHTS + 2 * l) * w + x] = weight * seen;
                sums[(WEIGHTS + 2 * l + 1) * w + x] = weight;
            }
        for (int64_t j = -1; j <= 1; j++)
            for (int64_t i = -1; i <= 1; i++) {
                int64_t row = y + j * reach, shift = i * reach;
                if ((i == 0 && j == 0) || row < 0 || row >= h)
                    continue;
                Tap tap = {y * w, row * w + shift, max64(0, -shift), min64(w, w - shift),
                    i == 0 || j == 0 ? 0.125f : 0.0625f, tolerance, (float)reach};
                add_tap(b, from, &tap, sums);
            }
        for (int64_t k = 0; k < BOUNCE_CHANNELS; k++) {
            const float *weight = sums + (k < B_MIRRORED ? DIFFUSE : NARROW) * w;
            for (int64_t x = 0; x < w; x++)
                to[k * plane + y * w + x] = sums[k * w + x] / weight[x];
        }
        for (int64_t l = 0; l < b->light_count; l++) {
            const float *sum = sums + (WEIGHTS + 2 * l) * w, *total = sum + w;
            for (int64_t x = 0; x < w; x++)
                to[(B_SEEN + l) * plane + y * w + x] = total[x] > 0.0f ? sum[x] / total[x] : -1.0f;
        }
    }
    free(sums);
    return 0;
}

/* By how far texel (column, row) tells of the point i of a chunk; 0 outside of the grid. */
static inline float telling(const Chunk *c, int i, const Bounce *b, int64_t column, int64_t row, float away)
{
    if (column < 0 || row < 0 || column >= b->width || row >= b->height)
        return 0.0f;
    int64_t plane = b->width * b->height, at = row * b->width + column;
    float nx = b->normal[at], ny = b->normal[plane + at], nz = b->normal[2 * plane + at];
    float facing = maxf(nx * c->normal[0][i] + ny * c->normal[1][i] + nz * c->normal[2][i], 0.0f);
    float dx = b->place[at] - c->position[0][i], dy = b->place[plane + at] - c->position[1][i],
          dz = b->place[2 * plane + at] - c->position[2][i];
    float off = fabsf(dx * c->normal[0][i] + dy * c->normal[1][i] + dz * c->normal[2][i]) / away;
    return to_eighth(facing) * maxf(1.0f - off, 0.0f);
}

/* Keep a texel among the four of point i that tell most. */
static inline void keep_texel(Chunk *c, int i, int64_t texel, float weight)
{
    int least = 0;
    for (int k = 1; k < 4; k++)
        if (c->near_weight[k][i] < c->near_weight[least][i])
            least = k;
    if (weight <= c->near_weight[least][i])
        return;
    c->near_weight[least][i] = weight;
    c->near_texel[least][i] = (int32_t)texel;
}

void look_up_bounce(Chunk *c, int n, const Bounce *b, const int32_t *column, int64_t y)
{
    int64_t plane = b->width * b->height, step = b->step, row = y / step;
    float down = (float)(y - row * step) / (float)step;
    for (int i = 0; i < n; i++) {
        int64_t left = column[i] / step;
        float right = (float)(column[i] - left * step) / (float)step, sum = 0.0f, light[BOUNCE_CHANNELS] = {0.0f};
        float ex = c->position[0][i] - b->eye[0], ey = c->position[1][i] - b->eye[1],
              ez = c->position[2][i] - b->eye[2];
        float away = sqrtf(ex * ex + ey * ey + ez * ez) * b->pixel * (float)step * PLANE_PIXELS * 2.0f + 1e-9f;
        for (int k = 0; k < 4; k++) {
            c->near_texel[k][i] = 0;
            c->near_weight[k][i] = 0.0f;
        }
        /* the four texels about it; where none of them tells, those about these */
        for (int ring = 0; ring < 2 && sum < 1e-4f; ring++)
            for (int64_t k = -ring; k < 2 + ring; k++)
                for (int64_t j = -ring; j < 2 + ring; j++) {
                    float across = ring ? 1.0f : j ? right : 1.0f - right, along = ring ? 1.0f : k ? down : 1.0f - down;
                    float weight = (across * along + 1e-3f) * telling(c, i, b, left + j, row + k, away);
                    if (weight <= 0.0f)
                        continue;
                    sum += weight;
                    keep_texel(c, i, (row + k) * b->width + left + j, weight);
                    for (int m = 0; m < BOUNCE_CHANNELS; m++)
                        light[m] += weight * b->light[m * plane + (row + k) * b->width + left + j];
                }
        float q = sum > 1e-6f ? 1.0f / sum : 0.0f;
        for (int m = 0; m < 3; m++) {
            c->bounced[m][i] = light[B_DIFFUSE + m] * q;
            c->reflected[m][i] = light[B_MIRRORED + m] * q;
        }
        c->unblocked[i] = light[B_WHOLE] > 0.0f ? between(light[B_OPEN] / light[B_WHOLE], 0.0f, 1.0f) : 1.0f;
    }
}
