/* The light of pixels in which see-through surfaces show: one layer after the other from the front, what is solid last.
 *
 * A pixel has nine samples (gather.c), each of which keeps the share of light that the layers so far let through, by
 * colour. A layer's surfaces in a pixel are shaded once each, at the sample that counts most. A surface sends `cover`
 * times its radiance, and lets 1 - cover plus cover times `tint` through (Porter and Duff 1984, "over"), sample by
 * sample: so edges and crossings are right within a pixel. The samples are then added by the tent filter, in linear
 * light.
 *
 * Layout: slots count the pixels that show any layer; a slot has nine samples of three colours, and a sum of light.
 */
#include <stdlib.h>
#include <string.h>

#include "brdf.h"
#include "numbers.h"
#include "paths.h"

static const float WEIGHT[RING] = {
    1.0f / 16, 2.0f / 16, 1.0f / 16, 2.0f / 16, 4.0f / 16, 2.0f / 16, 1.0f / 16, 2.0f / 16, 1.0f / 16};
static const int ORDER[RING] = {4, 1, 3, 5, 7, 0, 2, 6, 8}; /* samples by weight */
static const float LEAST = 1.0f / 4096;                     /* light that does not show, once it is exposed */

typedef struct { /* the surfaces of a layer in a pixel */
    int count;
    int32_t key[RING]; /* of the piece of surface, -1 for the sky */
    int32_t number[RING];
    int64_t h[RING]; /* the sample at which it is shaded */
    int64_t v[RING];
    uint16_t mask[RING]; /* its samples */
} Surfaces;

static void find_layer(const Shader *s, int64_t x, Surfaces *found)
{
    int64_t h = 2 * x, v = 2 * s->row.y;
    found->count = 0;
    for (int k = 0; k < RING; k++) {
        int at = ORDER[k], a = at % 3, b = at / 3;
        int64_t column = a == 0 ? (h > 0 ? h - 1 : h) : h + a - 1, row = b == 0 ? (v > 0 ? v - 1 : v) : v + b - 1;
        int32_t number = number_at(s, row * 2 * s->view->width + column), key = key_of(s, number);
        if (number < 0 && !s->layer->is_last)
            continue;
        int m = 0;
        while (m < found->count && found->key[m] != key)
            m++;
        if (m == found->count) {
            found->count++;
            found->key[m] = key;
            found->number[m] = number;
            found->h[m] = column;
            found->v[m] = row;
            found->mask[m] = 0;
        }
        found->mask[m] |= (uint16_t)(1u << at);
    }
}

static void add_surfaces(Shader *s, int64_t x)
{
    Surfaces found;
    find_layer(s, x, &found);
    for (int m = 0; m < found.count; m++) {
        int count = s->count, sky_count = s->sky_count;
        add_fragment(s, x, found.number[m], found.h[m], found.v[m], 1.0f, 0);
        if (s->count > count)
            s->mask[count] = found.mask[m];
        if (s->sky_count > sky_count)
            s->sky_mask[sky_count] = found.mask[m];
    }
}

static const int64_t *ints_of_span(const Shader *s, int k)
{
    const Scene *scene = s->scene;
    return scene->materials->ints + MATERIAL_INTS * scene->instances->material[s->sources[k].instance];
}

void split_layer(Shader *s)
{
    Chunk *c = &s->chunk;
    if (s->layer->is_last)
        return;
    for (int k = 0; k < s->span_count; k++) {
        int a = s->spans[k].first, b = k + 1 < s->span_count ? s->spans[k + 1].first : s->count;
        int64_t blend = ints_of_span(s, k)[BLEND];
        for (int i = a; i < b; i++) {
            float opacity = between(c->opacity[i], 0.0f, 1.0f), transmission = between(c->transmission[i], 0.0f, 1.0f);
            float metal = between(c->metal[i], 0.0f, 1.0f);
            float below = blend == FADES_BELOW ? opacity : 1.0f; /* of what lies under the gloss; metal is all gloss */
            c->cover[i] = blend == FADES ? opacity : blend == FADES_BELOW ? 1.0f - (1.0f - opacity) * metal : 1.0f;
            for (int channel = 0; channel < 3; channel++) {
                float stained = transmission * c->tint[channel][i] * c->base[channel][i];
                c->tint[channel][i] = (1.0f - below + below * stained) * (1.0f - metal);
                c->base[channel][i] *= metal + (1.0f - metal) * below * (1.0f - transmission);
            }
        }
    }
}

/* Add what a fragment sends to the samples of its mask, and take from them what it does not let through. */
static void add_sent(const Layer *layer, int64_t slot, unsigned mask, const float sent[3], const float passed[3])
{
    float *through = layer->through + 3 * RING * slot, *light = layer->light + 3 * slot;
    for (int at = 0; at < RING; at++)
        if (mask >> at & 1)
            for (int channel = 0; channel < 3; channel++) {
                light[channel] += WEIGHT[at] * through[3 * at + channel] * sent[channel];
                through[3 * at + channel] *= passed[channel];
            }
}

void resolve_layer(Shader *s)
{
    const Chunk *c = &s->chunk;
    const int32_t *slots = s->layer->slot + s->row.y * s->view->width;
    int is_last = s->layer->is_last != 0;
    for (int i = 0; i < s->count; i++) {
        float sent[3], passed[3] = {0.0f, 0.0f, 0.0f};
        float cover = is_last ? 1.0f : c->cover[i];
        float nv = maxf(
            c->normal[0][i] * c->eye[0][i] + c->normal[1][i] * c->eye[1][i] + c->normal[2][i] * c->eye[2][i], 0.0f);
        float f0 = c->f0[i];
        float gloss = minf(f0 + (1.0f - f0) * fifth(1.0f - nv), 1.0f); /* what is mirrored does not go through */
        for (int channel = 0; channel < 3; channel++) {
            sent[channel] = cover * c->radiance[channel][i];
            if (!is_last && c->is_bent[i] > 0.0f)
                sent[channel] += cover * (1.0f - gloss) * c->tint[channel][i] * c->beyond[channel][i];
            if (!(sent[channel] < INFINITY)) /* what is not a number is black */
                sent[channel] = 0.0f;
            if (!is_last)
                passed[channel] = 1.0f - cover + (1.0f - c->is_bent[i]) * cover * (1.0f - gloss) * c->tint[channel][i];
        }
        add_sent(s->layer, slots[s->column[i]], s->mask[i], sent, passed);
    }
}

void resolve_layer_sky(Shader *s)
{
    const Sky *sky = &s->sky;
    const int32_t *slots = s->layer->slot + s->row.y * s->view->width;
    for (int i = 0; i < s->sky_count; i++) {
        float sent[3] = {sky->radiance[0][i], sky->radiance[1][i], sky->radiance[2][i]}, passed[3] = {0.0f, 0.0f, 0.0f};
        add_sent(s->layer, slots[sky->column[i]], s->sky_mask[i], sent, passed);
    }
}

/* Tell whether any light still gets through a pixel. */
static uint8_t lets_through(const Layer *layer, int64_t slot)
{
    const float *through = layer->through + 3 * RING * slot;
    for (int k = 0; k < 3 * RING; k++)
        if (through[k] > LEAST)
            return 1;
    return 0;
}

/* Write the pixels of a finished row that show any layer. */
static void develop_row(Shader *s)
{
    const int32_t *slots = s->layer->slot + s->row.y * s->view->width;
    uint8_t *rgb = s->film->rgb + 4 * s->row.y * s->view->width;
    float *hdr = s->film->hdr ? s->film->hdr + 4 * s->row.y * s->view->width : NULL;
    Chunk *c = &s->chunk;
    for (int64_t x = 0; x < s->view->width;) {
        int n = 0;
        for (; x < s->view->width && n < CHUNK; x++) {
            if (slots[x] < 0)
                continue;
            for (int channel = 0; channel < 3; channel++)
                c->radiance[channel][n] = s->layer->light[3 * slots[x] + channel];
            s->column[n++] = (int32_t)x;
        }
        for (int i = 0; hdr && i < n; i++) {
            for (int channel = 0; channel < 3; channel++)
                hdr[4 * s->column[i] + channel] = c->radiance[channel][i];
            hdr[4 * s->column[i] + 3] = 1.0f;
        }
        find_places(c->radiance, n, s->film);
        for (int i = 0; i < n; i++) {
            for (int channel = 0; channel < 3; channel++)
                rgb[4 * s->column[i] + channel] = (uint8_t)s->film->table[(int32_t)c->radiance[channel][i]];
            rgb[4 * s->column[i] + 3] = 255;
        }
    }
}

static void shade_layer_row(Shader *s, int64_t y)
{
    const Layer *layer = s->layer;
    int64_t first = y * s->view->width;
    begin_row(s, y);
    for (int64_t x = 0; x < s->view->width; x++) {
        if (layer->slot[first + x] < 0 || !layer->wanted[first + x])
            continue;
        if (s->count > CHUNK - RING || s->sky_count > CHUNK - RING)
            flush(s);
        add_surfaces(s, x);
    }
    flush(s);
    if (layer->is_last) {
        develop_row(s);
        return;
    }
    for (int64_t x = 0; x < s->view->width; x++)
        if (layer->slot[first + x] >= 0 && layer->wanted[first + x])
            layer->wanted[first + x] = lets_through(layer, layer->slot[first + x]);
}

int rendersdg_shade_layer(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Layer *layer, const Rows *rows)
{
    Shader *s = open_shader(scene, view, points, samples, lights, film);
    if (!s)
        return 1;
    s->layer = layer;
    float *light = NULL;
    if (layer->rays && !layer->is_last) {
        light = malloc(BOUNCE_CHANNELS * ROW * sizeof *light);
        s->caster = light ? open_caster(s, layer->rays, light, ROW) : NULL;
    }
    int is_ready = s->caster || !layer->rays || layer->is_last;
    for (int64_t y = rows->first; is_ready && y < rows->end; y++)
        shade_layer_row(s, y);
    free(s->caster);
    free(light);
    close_shader(s);
    return !is_ready;
}
