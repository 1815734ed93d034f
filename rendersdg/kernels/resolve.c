/* From radiance to pixels: exposure, the film's or the sensor's table, and the blend of pixels that show several
 * surfaces.
 *
 * The table is indexed by the root of an eighth of the exposed light, 0..1, so that it is fine where the eye is. A
 * fragment that is its whole pixel is written at once; others are added up in the row's scratch and written when the
 * row ends.
 */
#include <math.h>

#include "numbers.h"
#include "shader.h"

void find_places(Triple radiance, int n, const Film *film)
{
    float tone = film->exposure * 0.125f, scale = (float)(film->table_size - 1);
    int end = full(n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < end; i++) {
            float light = radiance[k][i] * tone;
            light = sqrtf(light > 0.0f ? light : 0.0f);
            radiance[k][i] = (light < 1.0f ? light : 1.0f) * scale;
        }
}

static void write(Shader *s, Triple places, int n, const int32_t *column, const Quantity share)
{
    const float *table = s->film->table;
    uint8_t *rgb = s->film->rgb + 4 * s->row.y * s->view->width;
    for (int i = 0; i < n; i++) {
        float red = table[(int32_t)places[0][i]], green = table[(int32_t)places[1][i]],
              blue = table[(int32_t)places[2][i]];
        int32_t x = column[i];
        if (share[i] == 1.0f) {
            rgb[4 * x] = (uint8_t)red;
            rgb[4 * x + 1] = (uint8_t)green;
            rgb[4 * x + 2] = (uint8_t)blue;
            rgb[4 * x + 3] = 255;
        } else {
            float *blended = s->row.blended + 3 * (x - s->row.first);
            blended[0] += share[i] * red;
            blended[1] += share[i] * green;
            blended[2] += share[i] * blue;
        }
    }
}

static void add_linear(Shader *s, Triple radiance, int n, const int32_t *column, const Quantity share)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            s->row.linear[3 * (column[i] - s->row.first) + k] += share[i] * radiance[k][i];
}

static void keep_surface(Shader *s)
{
    const Chunk *c = &s->chunk;
    for (int i = 0; i < s->count; i++) {
        if (!s->is_centre[i])
            continue;
        float *out = s->film->surface + SURFACE_CHANNELS * (s->row.y * s->view->width + s->column[i]);
        for (int k = 0; k < 3; k++) {
            out[S_BASE + k] = c->base[k][i];
            out[S_EMISSION + k] = c->emission[k][i];
            out[S_SMOOTH + k] = c->smooth[k][i];
            out[S_NORMAL + k] = c->normal[k][i];
            out[S_POSITION + k] = c->position[k][i];
            out[S_INDIRECT + k] = c->indirect[k][i];
            out[S_MIRRORED + k] = c->mirrored[k][i];
            out[S_DIFFUSE + k] = c->diffuse[k][i];
            out[S_SPECULAR + k] = c->specular[k][i];
        }
        out[S_METAL] = c->metal[i];
        out[S_ROUGH] = sqrtf(c->rough[i]);
        out[S_F0] = c->f0[i];
        out[S_OPEN] = c->open[i];
    }
}

void resolve_surfaces(Shader *s)
{
    if (s->film->surface)
        keep_surface(s);
    if (s->film->hdr)
        add_linear(s, s->chunk.radiance, s->count, s->column, s->chunk.share);
    find_places(s->chunk.radiance, s->count, s->film);
    write(s, s->chunk.radiance, s->count, s->column, s->chunk.share);
}

void resolve_sky(Shader *s)
{
    Sky *sky = &s->sky;
    if (s->film->surface)
        for (int i = 0; i < s->sky_count; i++)
            for (int k = 0; k < 3 && sky->is_centre[i]; k++)
                s->film->surface[SURFACE_CHANNELS * (s->row.y * s->view->width + sky->column[i]) + S_BACKGROUND + k] =
                    sky->radiance[k][i];
    if (s->film->hdr)
        add_linear(s, sky->radiance, s->sky_count, sky->column, sky->share);
    find_places(sky->radiance, s->sky_count, s->film);
    write(s, sky->radiance, s->sky_count, sky->column, sky->share);
}

void resolve_row(Shader *s)
{
    uint8_t *rgb = s->film->rgb + 4 * s->row.y * s->view->width;
    for (int32_t k = 0; k < s->row.edge_count; k++) {
        int32_t x = s->row.edges[k];
        for (int channel = 0; channel < 3; channel++)
            rgb[4 * x + channel] = (uint8_t)(s->row.blended[3 * (x - s->row.first) + channel] + 0.5f);
        rgb[4 * x + 3] = 255;
    }
    if (!s->film->hdr)
        return;
    float *hdr = s->film->hdr + 4 * s->row.y * s->view->width;
    for (int64_t x = s->row.first; x < s->row.end; x++) {
        for (int channel = 0; channel < 3; channel++)
            hdr[4 * x + channel] = s->row.linear[3 * (x - s->row.first) + channel];
        hdr[4 * x + 3] = 1.0f;
    }
}
