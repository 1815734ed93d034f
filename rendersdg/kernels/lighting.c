/* Direct and ambient light over a chunk of surface points, in loops without branches.
 *
 * Radiance is the sum over lights of strength x nl x (diffuse + lobe x Fresnel). Reads the chunk's geometry and
 * material, adds to its radiance. Sources: Ramamoorthi and Hanrahan 2001 (ambient), Karis 2013 (lobe, widened by the
 * emitter), Burley 2012, B.2 (grooves), Schlick 1994 (Fresnel), Turquin 2019 (what small mirrors send one another).
 * Order of operations is part of the result: see numbers.h.
 */
#include "lighting.h"

#include <math.h>

#include "brdf.h"
#include "elementary.h"
#include "numbers.h"

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
    weigh_mirrors(c, n, c->normal, c->rough);
    for (int i = 0; i < end; i++) { /* what is mirrored does not get in, so that white in a white furnace stays white */
        Mirrored share = {c->strength[i], c->width[i]};
        float f0 = c->f0[i] * (1.0f - c->metal[i]), gain = sent_on(share);
        c->gain[i] = gain;
        c->scratch[i] = (1.0f - c->metal[i]) * c->open[i]
            * maxf(1.0f - (f0 * share.scale + share.offset) * (1.0f + f0 * gain), 0.0f);
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
            radiance[i] = emission[i] + maxf(sum + c->bounced[channel][i], 0.0f) * c->scratch[i] * base[i];
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
static inline void shine(Chunk *c, int i, float nl, float vh, float lobe, Vector colour, float diffuse)
{
    float p = fifth(1.0f - vh), m = c->metal[i], f0 = c->f0[i] * (1.0f - m);
    float br = c->base[0][i], bg = c->base[1][i], bb = c->base[2][i];
    float fr = f0 + br * m, fg = f0 + bg * m, fb = f0 + bb * m, gain = c->gain[i];
    float lr = lobe * (1.0f + fr * gain), lg = lobe * (1.0f + fg * gain), lb = lobe * (1.0f + fb * gain);
    fr = fr + (1.0f - fr) * p;
    fg = fg + (1.0f - fg) * p;
    fb = fb + (1.0f - fb) * p;
    float kd = (1.0f - m) * 0.318309886f * diffuse, w = nl * c->strength[i];
    c->radiance[0][i] += colour.x * w * ((1.0f - fr) * kd * br + lr * fr);
    c->radiance[1][i] += colour.y * w * ((1.0f - fg) * kd * bg + lg * fg);
    c->radiance[2][i] += colour.z * w * ((1.0f - fb) * kd * bb + lb * fb);
}

static void scatter(Chunk *c, int n, const float *row, float gloss)
{
    Vector colour = {row[COLOUR], row[COLOUR + 1], row[COLOUR + 2]};
    float diffuse = row[DIFFUSE];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Lobe l = lobe_of(vector_at(c->normal, i), vector_at(c->eye, i), vector_at(c->light, i), c->width[i]);
        shine(c, i, l.nl, l.vh, l.lobe * gloss, colour, diffuse);
    }
}

/* A lobe with as much of the light's image in it as counts. */
static inline Lobe with_image(const Chunk *c, int i, Lobe l, Vector normal, Vector eye)
{
    float k = c->sharp[i], nv = maxf(dot(normal, eye), 0.0f);
    float image = c->covered[i] / maxf(l.nl * c->scratch[i], 1e-9f); /* times strength and cosine it is the share */
    return MADE(Lobe){l.nl, l.vh + (nv - l.vh) * k, l.lobe + (image - l.lobe) * k};
}

/* The same as `scatter` where some surfaces show the light's image. */
static void scatter_image(Chunk *c, int n, const float *row, float gloss)
{
    Vector colour = {row[COLOUR], row[COLOUR + 1], row[COLOUR + 2]};
    float diffuse = row[DIFFUSE];
    int end = full(n);
    for (int i = 0; i < end; i++) {
        Vector normal = vector_at(c->normal, i), eye = vector_at(c->eye, i);
        Lobe l = with_image(c, i, lobe_of(normal, eye, vector_at(c->light, i), c->width[i]), normal, eye);
        shine(c, i, l.nl, l.vh, l.lobe * gloss, colour, diffuse);
    }
}

/* Whether any point is so smooth that it shows the image of the light at hand. */
static int shows_image(Chunk *c, int n, Quantity rough)
{
    const float least = 2.5f; /* of what the emitter widens a lobe by, which is two thirds of its slope at most */
    float any = 0.0f;
    for (int i = 0; i < n; i++)
        any = maxf(any, least * (c->width[i] - c->rough[i]) - rough[i]);
    return any > 0.0f;
}

static void find_image(Chunk *c, int n, Quantity rough, const float *row, int is_distant)
{
    int end = full(n);
    for (int i = 0; i < end; i++)
        c->image_rough[i] = rough[i];
    cover(c, n, row, is_distant);
}

/* The same where some surfaces are brushed, rougher across their grooves (au) and smoother along them (av):
 * D = 1 / (pi au av e^2), e = (a.h / au)^2 + (g.h / av)^2 + (n.h)^2. */
static void scatter_brushed(Chunk *c, int n, const float *row, float gloss)
{
    Vector colour = {row[COLOUR], row[COLOUR + 1], row[COLOUR + 2]};
    float diffuse = row[DIFFUSE];
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
        shine(c, i, l.nl, l.vh, l.lobe * (d * d) / (a * a * au * av * e * e) * gloss, colour, diffuse);
    }
}

/* The area of a ball or a rod as it is seen. */
static float area_of_body(const float *row)
{
    Vector half = {row[HALF_U], row[HALF_U + 1], row[HALF_U + 2]};
    float square = dot(half, half), radius = row[HALF_V];
    return square > 0.0f ? 4.0f * radius * sqrtf(square) : PI * radius * radius;
}

/* Set direction, strength and width of a light at each point, and `scratch` to the strength that its radiance has there
 * where nothing hides it. */
static void aim_distant(Chunk *c, int n, const float *row)
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], wide = row[EMITTER];
    float slope = row[HALF_V] * row[HALF_V], size = PI * slope / (1.0f + slope); /* of its patch, over the cosine */
    int end = full(n);
    for (int i = 0; i < end; i++) {
        c->light[0][i] = lx;
        c->light[1][i] = ly;
        c->light[2][i] = lz;
        c->strength[i] = c->lit[i];
        c->scratch[i] = size;
        c->width[i] = minf(c->rough[i] + wide, 1.0f);
    }
}

static void aim_bare(Chunk *c, int n, const float *row) /* shines alike in all directions */
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], wide = row[EMITTER], soft = row[SOFT],
          area = area_of_body(row);
    int end = full(n);
    for (int i = 0; i < end; i++) {
        float dx = lx - c->position[0][i], dy = ly - c->position[1][i], dz = lz - c->position[2][i];
        float square = dx * dx + dy * dy + dz * dz;
        float q = 1.0f / sqrtf(square);
        c->light[0][i] = dx * q;
        c->light[1][i] = dy * q;
        c->light[2][i] = dz * q;
        c->strength[i] = c->lit[i] / (square + soft);
        c->scratch[i] = area / (square + soft);
        c->width[i] = minf(c->rough[i] + wide * q, 1.0f);
    }
}

static void aim_shaped(Chunk *c, int n, const float *row) /* through a cone, or from one side */
{
    float lx = row[PLACE], ly = row[PLACE + 1], lz = row[PLACE + 2], ax = row[AXIS], ay = row[AXIS + 1],
          az = row[AXIS + 2];
    float soft = row[SOFT], wide = row[EMITTER], outer = row[CONE_OUTER], lambert = row[IS_ONE_SIDED];
    float cone = 1.0f / (row[CONE_INNER] - outer), area = area_of_body(row);
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
        c->scratch[i] = area / (square + soft);
        c->width[i] = minf(c->rough[i] + wide * q, 1.0f);
    }
}

/* ---- rectangles and disks: their whole light, by its vector (Lambert 1760; Arvo 1994) ---- */

/* What an edge from p along e adds to the light's vector: its angle along its normal. No differences of large numbers,
 * so that small and distant lights lose nothing. */
static inline Vector edge_light(Vector p, Vector e)
{
    Vector normal = cross(p, e), q = plus(p, e, 1.0f);
    float length = sqrtf(maxf(dot(normal, normal), 1e-30f));
    float angle = arctangent(length, dot(p, q)) / length * 0.5f;
    return MADE(Vector){normal.x * angle, normal.y * angle, normal.z * angle};
}

/* The irradiance of a ball of light that sinks behind a surface's horizon (Snyder 1996), for the cosine of its middle
 * and the irradiance of a surface that faces it. */
static inline float setting(float cosine, float whole)
{
    float square = minf(maxf(whole * 0.318309886f, 1e-8f), 0.9999f); /* sine of its angle */
    float sine = sqrtf(maxf(1.0f - cosine * cosine, 1e-8f));
    float x = sqrtf(1.0f / square - 1.0f);
    float y = minf(maxf(-x * cosine / sine, -1.0f), 1.0f);
    float root = sqrtf(1.0f - y * y), up = sine * root;
    float low = (cosine * arctangent(root, y) - x * up) * square + arctangent(up, x);
    float lit = cosine * cosine > square ? whole * maxf(cosine, 0.0f) : low;
    return maxf(lit, 0.0f);
}

/* Set direction and strength of the light at hand from its vector; `lowest` is how far its lowest part lies above the
 * horizon. */
static inline void aim_by_vector(Chunk *c, int i, Vector v, float lowest, float share)
{
    Vector n = vector_at(c->normal, i);
    float whole = sqrtf(maxf(dot(v, v), 1e-30f)), inverse = 1.0f / whole;
    Vector d = {v.x * inverse, v.y * inverse, v.z * inverse};
    float cosine = dot(n, d);
    float irradiance = lowest >= 0.0f ? maxf(cosine, 0.0f) * whole : setting(cosine, whole);
    d = plus(d, n, maxf(0.1f - cosine, 0.0f)); /* of a setting light the part above the horizon counts */
    inverse = inverse_length(dot(d, d));
    c->light[0][i] = d.x * inverse;
    c->light[1][i] = d.y * inverse;
    c->light[2][i] = d.z * inverse;
    c->scratch[i] = irradiance / maxf(dot(n, d) * inverse, 1e-3f);
    c->strength[i] = c->scratch[i] * share * c->lit[i];
}

static void aim_area(Chunk *c, int n, const float *row)
{
    Vector place = {row[PLACE], row[PLACE + 1], row[PLACE + 2]}, axis = {row[AXIS], row[AXIS + 1], row[AXIS + 2]};
    Vector u = {row[HALF_U], row[HALF_U + 1], row[HALF_U + 2]}, v = {row[HALF_V], row[HALF_V + 1], row[HALF_V + 2]};
    float wide = row[EMITTER], outer = row[CONE_OUTER], cone = 1.0f / (row[CONE_INNER] - outer), radius = row[HALF_U];
    int is_disk = row[SHAPE] > 1.5f, end = full(n);
    for (int i = 0; i < end; i++) {
        Vector normal = vector_at(c->normal, i);
        Vector d = {place.x - c->position[0][i], place.y - c->position[1][i], place.z - c->position[2][i]};
        float q = inverse_length(dot(d, d)), height = -dot(d, axis), facing = height * q;
        float spot = minf(maxf((facing - outer) * cone, 0.0f), 1.0f);
        float share = height > 0.0f ? spot * spot * (3.0f - 2.0f * spot) : 0.0f;
        Vector light = {0.0f, 0.0f, 0.0f};
        float lowest;
        if (is_disk) {                             /* Naraghi 1988: along the axis, and across it */
            Vector across = plus(d, axis, height); /* to the axis */
            float square = dot(across, across), away = sqrtf(maxf(square, 1e-20f)), r2 = radius * radius;
            float h2 = height * height, sum = square + h2 + r2;
            float root = sqrtf(maxf((square + h2 - r2) * (square + h2 - r2) + 4.0f * h2 * r2, 1e-30f));
            /* 1 - (square + h2 - r2) / root and sum / root - 1, without differences of numbers nearly equal */
            float up = 0.5f * 3.14159265f * 4.0f * h2 * r2 / (root * (root + square + h2 - r2));
            float side = 0.5f * 3.14159265f * height / away * 4.0f * square * r2 / (root * (root + sum));
            light = plus(plus(light, axis, -up), across, side / away);
            float tilt = dot(normal, axis);
            lowest = dot(normal, d) - radius * sqrtf(maxf(1.0f - tilt * tilt, 0.0f));
        } else {
            Vector a = plus(plus(d, u, -1.0f), v, -1.0f), b = plus(a, u, 2.0f), e = plus(b, v, 2.0f),
                   f = plus(a, v, 2.0f);
            Vector along = {2.0f * u.x, 2.0f * u.y, 2.0f * u.z}, up = {2.0f * v.x, 2.0f * v.y, 2.0f * v.z};
            Vector back = {-along.x, -along.y, -along.z}, down = {-up.x, -up.y, -up.z};
            light = plus(plus(plus(edge_light(a, along), edge_light(b, up), 1.0f), edge_light(e, back), 1.0f),
                edge_light(f, down), 1.0f);
            float turn = dot(light, d) < 0.0f ? -1.0f : 1.0f;
            light = MADE(Vector){light.x * turn, light.y * turn, light.z * turn};
            lowest = minf(minf(dot(normal, a), dot(normal, b)), minf(dot(normal, e), dot(normal, f)));
        }
        aim_by_vector(c, i, light, lowest, share);
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
    find_image(c, n, c->coat_rough, row, is_distant);
    for (int i = 0; i < end; i++) {
        float x = lx - c->position[0][i], y = ly - c->position[1][i], z = lz - c->position[2][i];
        float away = 1.0f + near * (sqrtf(x * x + y * y + z * z) - 1.0f);
        float rough = minf(c->coat_rough[i] + wide / away, 1.0f);
        Vector normal = vector_at(c->normal, i), eye = vector_at(c->eye, i);
        Lobe l = with_image(c, i, lobe_of(normal, eye, vector_at(c->light, i), rough), normal, eye);
        float w = l.nl * c->strength[i] * l.lobe * row[SPECULAR] * c->coat[i] * coat_fresnel(l.vh);
        c->coat_radiance[0][i] += red * w;
        c->coat_radiance[1][i] += green * w;
        c->coat_radiance[2][i] += blue * w;
    }
}

/* Pull the light towards its axis (UsdLux's focus): times a power of the cosine about it. */
static void focus(Chunk *c, int n, const float *row)
{
    float ax = row[AXIS], ay = row[AXIS + 1], az = row[AXIS + 2];
    for (int i = 0; i < n; i++) {
        float x = c->position[0][i] - row[PLACE], y = c->position[1][i] - row[PLACE + 1],
              z = c->position[2][i] - row[PLACE + 2];
        float cosine = (x * ax + y * ay + z * az) * inverse_length(x * x + y * y + z * z);
        c->strength[i] *= cosine > 0.0f ? power_single(cosine, (double)row[FOCUS]) : 0.0f;
    }
}

static void aim(Chunk *c, int n, const float *row, int is_distant)
{
    if (is_distant)
        aim_distant(c, n, row);
    else if (row[SHAPE] > 0.5f)
        aim_area(c, n, row);
    else if (row[CONE_OUTER] < -1.5f && row[IS_ONE_SIDED] == 0.0f)
        aim_bare(c, n, row);
    else
        aim_shaped(c, n, row);
    if (!is_distant && row[FOCUS] > 0.0f)
        focus(c, n, row);
}

/* Leave the instances dark that a light does not shine on. */
static void keep_linked(Chunk *c, int n, const Lights *lights, int64_t l)
{
    if (!lights->shines)
        return;
    const uint8_t *shines = lights->shines + l * lights->instance_count;
    for (int i = 0; i < n; i++)
        c->lit[i] = shines[c->instance[i]] ? c->lit[i] : 0.0f;
}

void weigh_light(Chunk *c, int n, const Lights *lights, int64_t l)
{
    const float *row = lights->rows + LIGHT_COLUMNS * l;
    float strength = luminance(row + COLOUR);
    int end = full(n);
    for (int i = 0; i < end; i++)
        c->lit[i] = 1.0f;
    keep_linked(c, n, lights, l);
    aim(c, n, row, lights->kind[l] == 0);
    for (int i = 0; i < end; i++) {
        float nl = dot(vector_at(c->normal, i), vector_at(c->light, i));
        c->scratch[i] = strength * c->strength[i] * maxf(nl, 0.0f);
    }
}

void add_light(Chunk *c, int n, const Lights *lights, int64_t l, Finish finish, int is_glossy)
{
    const float *row = lights->rows + LIGHT_COLUMNS * l;
    int is_distant = lights->kind[l] == 0;
    keep_linked(c, n, lights, l);
    aim(c, n, row, is_distant);
    float gloss = is_glossy ? row[SPECULAR] : 0.0f;
    if (finish.is_brushed)
        scatter_brushed(c, n, row, gloss);
    else if (is_glossy && shows_image(c, n, c->rough)) {
        find_image(c, n, c->rough, row, is_distant);
        scatter_image(c, n, row, gloss);
    } else
        scatter(c, n, row, gloss);
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
