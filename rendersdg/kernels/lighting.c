/* Direct and ambient light over a chunk of surface points, in loops without branches.
 *
 * Radiance is the sum over lights of strength x nl x (diffuse + lobe x Fresnel). Reads the chunk's geometry and
 * material, adds to its radiance. Sources: Ramamoorthi and Hanrahan 2001 (ambient), Karis 2013 (lobe, widened by the
 * emitter), Burley 2012, B.2 (grooves), Schlick 1994 (Fresnel). Order of operations is part of the result: see
 * numbers.h.
 */
#include "lighting.h"

#include <math.h>

#include "brdf.h"
#include "numbers.h"

static inline Vector vector_at(Triple t, int i) { return (Vector){t[0][i], t[1][i], t[2][i]}; }

void prepare(Chunk *c, int n, const float eye[3])
{
    float ex = eye[0], ey = eye[1], ez = eye[2];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float x = ex - c->position[0][i], y = ey - c->position[1][i], z = ez - c->position[2][i];
        float q = inverse_length(x * x + y * y + z * z);
        c->eye[0][i] = x * q;
        c->eye[1][i] = y * q;
        c->eye[2][i] = z * q;
        x = c->normal[0][i];
        y = c->normal[1][i];
        z = c->normal[2][i];
        q = inverse_length(x * x + y * y + z * z);
        c->normal[0][i] = x * q;
        c->normal[1][i] = y * q;
        c->normal[2][i] = z * q;
    }
}

void ambient(Chunk *c, int n, const Environment *environment)
{
    const float *h = environment->harmonics;
    int end = full(n);
    for (int i = 0; i < end; i++) { /* what is mirrored does not get in, so that white in a white furnace stays white */
        float nv = maxf(dot(vector_at(c->normal, i), vector_at(c->eye, i)), 0.0f);
        Mirrored share = mirrored_share(sqrtf(c->rough[i]), nv);
        float f0 = c->f0[i] * (1.0f - c->metal[i]);
        c->scratch[i] = (1.0f - c->metal[i]) * c->open[i] * (1.0f - (f0 * share.scale + share.offset));
    }
    for (int channel = 0; channel < 3; channel++) {
        float s0 = h[channel], s1 = h[3 + channel], s2 = h[6 + channel], s3 = h[9 + channel], s4 = h[12 + channel],
              s5 = h[15 + channel], s6 = h[18 + channel], s7 = h[21 + channel], s8 = h[24 + channel];
        float *radiance = c->radiance[channel];
        const float *base = c->base[channel], *emission = c->emission[channel];
        for (int i = 0; i < end; i++) {
            float x = c->normal[0][i], y = c->normal[1][i], z = c->normal[2][i];
            float xy = x * y, yz = y * z, zz = 3.0f * z * z - 1.0f, xz = x * z, xx = x * x - y * y;
            float sum = s0 + s1 * y + s2 * z + s3 * x + s4 * xy + s5 * yz + s6 * zz + s7 * xz + s8 * xx;
            radiance[i] = emission[i] + maxf(sum, 0.0f) * c->scratch[i] * base[i];
        }
    }
}

void lay_grooves(Chunk *c, int n)
{
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float nx = c->normal[0][i], ny = c->normal[1][i], nz = c->normal[2][i];
        float x = c->groove[0][i], y = c->groove[1][i], z = c->groove[2][i];
        float d = x * nx + y * ny + z * nz;
        x -= d * nx;
        y -= d * ny;
        z -= d * nz;
        float q = inverse_length(x * x + y * y + z * z);
        c->groove[0][i] = x * q;
        c->groove[1][i] = y * q;
        c->groove[2][i] = z * q;
    }
}

/* Add to a point's radiance what it sends of the light at hand: the diffuse part, and the mirror's lobe. */
static inline void shine(Chunk *c, int i, float nl, float vh, float lobe, float red, float green, float blue)
{
    float p = fifth(1.0f - vh), m = c->metal[i], f0 = c->f0[i] * (1.0f - m);
    float br = c->base[0][i], bg = c->base[1][i], bb = c->base[2][i];
    float fr = f0 + br * m, fg = f0 + bg * m, fb = f0 + bb * m;
    fr = fr + (1.0f - fr) * p;
    fg = fg + (1.0f - fg) * p;
    fb = fb + (1.0f - fb) * p;
    float kd = (1.0f - m) * 0.318309886f, w = nl * c->strength[i];
    c->radiance[0][i] += red * w * ((1.0f - fr) * kd * br + lobe * fr);
    c->radiance[1][i] += green * w * ((1.0f - fg) * kd * bg + lobe * fg);
    c->radiance[2][i] += blue * w * ((1.0f - fb) * kd * bb + lobe * fb);
}

static void scatter(Chunk *c, int n, const float colour[3], float gloss)
{
    float red = colour[0], green = colour[1], blue = colour[2];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Lobe l = lobe_of(vector_at(c->normal, i), vector_at(c->eye, i), vector_at(c->light, i), c->width[i]);
        shine(c, i, l.nl, l.vh, l.lobe * gloss, red, green, blue);
    }
}

/* The same where some surfaces are brushed, rougher across their grooves (au) and smoother along them (av):
 * D = 1 / (pi au av e^2), e = (a.h / au)^2 + (g.h / av)^2 + (n.h)^2. */
static void scatter_brushed(Chunk *c, int n, const float colour[3], float gloss)
{
    float red = colour[0], green = colour[1], blue = colour[2];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Vector normal = vector_at(c->normal, i), eye = vector_at(c->eye, i), light = vector_at(c->light, i);
        float a = c->width[i];
        Lobe l = lobe_of(normal, eye, light, a);
        Vector half = {light.x + eye.x, light.y + eye.y, light.z + eye.z};
        float q = 1.0f / sqrtf(maxf(dot(half, half), 1e-12f));
        float nh = maxf(dot(normal, half), 0.0f) * q;
        float ah = (c->groove[0][i] * half.x + c->groove[1][i] * half.y + c->groove[2][i] * half.z) * q;
        float aspect = sqrtf(1.0f - 0.9f * c->anisotropy[i]);
        float wide = a - c->rough[i]; /* by the size of the emitter */
        float au = minf(c->rough[i] / aspect, 1.0f) + wide;
        float av = c->rough[i] * aspect + wide;
        float across = ah * ah, square = nh * nh;
        float e = across / (au * au) + maxf(1.0f - square - across, 0.0f) / (av * av) + square;
        float d = square * (a * a - 1.0f) + 1.0f;
        shine(c, i, l.nl, l.vh, l.lobe * (d * d) / (a * a * au * av * e * e) * gloss, red, green, blue);
    }
}

/* Set direction, strength and width of a light at each point. */
static void aim_distant(Chunk *c, int n, const float *row)
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], wide = row[EMITTER];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        c->light[0][i] = lx;
        c->light[1][i] = ly;
        c->light[2][i] = lz;
        c->strength[i] = c->lit[i];
        c->width[i] = minf(c->rough[i] + wide, 1.0f);
    }
}

static void aim_bare(Chunk *c, int n, const float *row) /* shines alike in all directions */
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], wide = row[EMITTER], soft = row[SOFT];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float dx = lx - c->position[0][i], dy = ly - c->position[1][i], dz = lz - c->position[2][i];
        float square = dx * dx + dy * dy + dz * dz;
        float q = 1.0f / sqrtf(square);
        c->light[0][i] = dx * q;
        c->light[1][i] = dy * q;
        c->light[2][i] = dz * q;
        c->strength[i] = c->lit[i] / (square + soft);
        c->width[i] = minf(c->rough[i] + wide * q, 1.0f);
    }
}

static void aim_shaped(Chunk *c, int n, const float *row) /* through a cone, or from one side */
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], ax = row[AXIS], ay = row[AXIS + 1],
          az = row[AXIS + 2];
    float soft = row[SOFT], wide = row[EMITTER], outer = row[CONE_OUTER], lambert = row[IS_ONE_SIDED];
    float cone = 1.0f / (row[CONE_INNER] - outer);
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float dx = lx - c->position[0][i], dy = ly - c->position[1][i], dz = lz - c->position[2][i];
        float square = dx * dx + dy * dy + dz * dz;
        float q = 1.0f / sqrtf(square);
        dx *= q;
        dy *= q;
        dz *= q;
        float facing = -(dx * ax + dy * ay + dz * az);
        float spot = minf(maxf((facing - outer) * cone, 0.0f), 1.0f);
        float emit = lambert * maxf(facing, 0.0f) + (1.0f - lambert);
        c->light[0][i] = dx;
        c->light[1][i] = dy;
        c->light[2][i] = dz;
        c->strength[i] = spot * spot * (3.0f - 2.0f * spot) * emit * c->lit[i] / (square + soft);
        c->width[i] = minf(c->rough[i] + wide * q, 1.0f);
    }
}

/* Add what a clear coat reflects of the light at hand. */
static void light_coat(Chunk *c, int n, const float *row, int is_distant)
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], wide = row[EMITTER];
    float red = row[COLOUR], green = row[COLOUR + 1], blue = row[COLOUR + 2];
    float near = is_distant ? 0.0f : 1.0f;
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float x = lx - c->position[0][i], y = ly - c->position[1][i], z = lz - c->position[2][i];
        float away = 1.0f + near * (sqrtf(x * x + y * y + z * z) - 1.0f);
        float rough = minf(c->coat_rough[i] + wide / away, 1.0f);
        Lobe l = lobe_of(vector_at(c->normal, i), vector_at(c->eye, i), vector_at(c->light, i), rough);
        float w = l.nl * c->strength[i] * l.lobe * c->coat[i] * coat_fresnel(l.vh);
        c->coat_radiance[0][i] += red * w;
        c->coat_radiance[1][i] += green * w;
        c->coat_radiance[2][i] += blue * w;
    }
}

void add_light(Chunk *c, int n, const Lights *lights, int64_t l, Finish finish, int is_glossy)
{
    const float *row = lights->rows + LIGHT_COLUMNS * l;
    int is_distant = lights->kind[l] == 0;
    if (is_distant)
        aim_distant(c, n, row);
    else if (row[CONE_OUTER] < -1.5f && row[IS_ONE_SIDED] == 0.0f)
        aim_bare(c, n, row);
    else
        aim_shaped(c, n, row);
    float gloss = is_glossy ? 1.0f : 0.0f;
    if (finish.is_brushed)
        scatter_brushed(c, n, row + COLOUR, gloss);
    else
        scatter(c, n, row + COLOUR, gloss);
    if (finish.is_coated && is_glossy)
        light_coat(c, n, row, is_distant);
}

/* The share of light that gets through a point's clear coat, to the eye. */
static inline float through_coat(Chunk *c, int i)
{
    float nv = maxf(dot(vector_at(c->normal, i), vector_at(c->eye, i)), 0.0f);
    return 1.0f - c->coat[i] * coat_fresnel(nv);
}

void put_under_coat(Chunk *c, int n)
{
    int end = full(n);
    for (int i = 0; i < end; i++)
        c->scratch[i] = through_coat(c, i);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++) {
            c->radiance[k][i] = c->radiance[k][i] * c->scratch[i] + c->coat_radiance[k][i];
            c->coat_radiance[k][i] = 0.0f;
        }
}

void put_parts_under_coat(Chunk *c, int n)
{
    int end = full(n);
    for (int i = 0; i < end; i++)
        c->scratch[i] = through_coat(c, i);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++) {
            float through = c->scratch[i], from_lights = c->coat_radiance[k][i] - c->coat_mirrored[k][i];
            c->emission[k][i] *= through;
            c->indirect[k][i] *= through;
            c->diffuse[k][i] *= through;
            c->mirrored[k][i] = c->mirrored[k][i] * through + c->coat_mirrored[k][i];
            c->specular[k][i] = c->specular[k][i] * through + from_lights;
        }
}

void copy_triple(Triple to, Triple from, int n)
{
    int end = full(n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++)
            to[k][i] = from[k][i];
}

void subtract_triple(Triple to, Triple from, Triple less, int n)
{
    int end = full(n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++)
            to[k][i] = from[k][i] - less[k][i];
}

void clear_triple(Triple of, int n)
{
    int end = full(n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++)
            of[k][i] = 0.0f;
}
