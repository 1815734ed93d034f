/* From triangles to colour: gather fragments, give them their surface, light them, write them to the image.
 *
 * Runs of fragments of one triangle are interpolated, painted and textured together; all that have gathered are lit
 * together, one light after the other. For the surface pass the parts of the light are kept apart.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bounce.h"
#include "brdf.h"
#include "numbers.h"
#include "paths.h"

static inline const int64_t *material_ints(const Shader *s, int64_t m)
{
    return s->scene->materials->ints + MATERIAL_INTS * m;
}

/* Whether the opacities of its corners fade a material. */
static inline int has_opacities(const Shader *s, int64_t m)
{
    return material_ints(s, m)[HAS_OPACITIES] > 0 && s->scene->meshes->opacities;
}

static int32_t first_decal(const Shader *s, int32_t number)
{
    const Decals *decals = s->scene->decals;
    return number < decals->number_count ? decals->first[number] : -1;
}

/* The record of a span's triangle in its tile, set up anew where it is not kept. */
static const Record *record_of(Shader *s, const Span *span, const Source *source)
{
    int is_new;
    int32_t x = s->column[span->first], y = (int32_t)s->row.y;
    Record *record = &s->records[slot_of(&s->kept, span->number, x, y, &is_new)];
    if (!is_new)
        return record;
    set_up(&record->corners, s->scene, s->view, s->points, source, x, y);
    int64_t m = s->scene->instances->material[source->instance];
    set_up_surface(
        record, s->scene, s->points, source, s->finish.is_brushed || material_ints(s, m)[NORMAL_TEXTURE] >= 0);
    return record;
}

/* Paint the fragments a..b with material m and its textures: no normal map, no colours of corners, no grooves. */
static void paint_plain(Shader *s, int a, int b, int64_t m)
{
    paint(&s->chunk, a, b, s->scene->materials, m, s->finish);
    paint_textures(&s->chunk, a, b, s->scene, m, NULL);
}

/* Paint a span whose surface depends on its triangle. */
static void paint_alone(Shader *s, int a, int b, int64_t m, const Record *record, int32_t decal)
{
    const int64_t *k = material_ints(s, m);
    paint(&s->chunk, a, b, s->scene->materials, m, s->finish);
    if (s->finish.is_brushed)
        brush(&s->chunk, a, b, s->scene->materials, m, record);
    if (k[HAS_COLOURS])
        paint_corner_colours(&s->chunk, a, b, record);
    if (s->layer && has_opacities(s, m))
        paint_corner_opacities(&s->chunk, a, b, record);
    if (k[IS_TEXTURED])
        paint_textures(&s->chunk, a, b, s->scene, m, record);
    if (decal >= 0)
        paint_decals(&s->chunk, a, b, s->scene->decals, decal, s->view);
}

/* Find where the spans' triangles come from, and call for what setting them up will read: they lie all over memory. */
static void find_sources(Shader *s)
{
    for (int k = 0; k < s->span_count; k++) {
        int32_t number = s->spans[k].number;
        CALL_FOR(corners_of(s->scene, number, s->scene->instances->number_instance[number]));
    }
    for (int k = 0; k < s->span_count; k++) {
        s->sources[k] = source_of(s->scene, s->points, s->spans[k].number);
        call_for(&s->sources[k], s->scene->meshes);
    }
}

/* Give all fragments their place, normal and material. Neighbours that share a material are painted at once. */
void find_surfaces(Shader *s)
{
    find_sources(s);
    int64_t common = -1; /* the material of the fragments from `first` on that are still to be painted */
    int first = 0;
    for (int k = 0; k < s->span_count; k++) {
        const Span *span = &s->spans[k];
        int a = span->first, b = k + 1 < s->span_count ? s->spans[k + 1].first : s->count;
        const Source *source = &s->sources[k];
        const Record *record = record_of(s, span, source);
        if (s->view->ray_x)
            interpolate_bent(&s->chunk, record, a, b, s->view, source, s->ray);
        else
            interpolate(&s->chunk, record, a, b, s->view);
        int64_t m = s->scene->instances->material[source->instance];
        const int64_t *ints = material_ints(s, m);
        if (ints[OTHERS] > 0)
            interpolate_other(&s->chunk, record, a, b, s->view, source, s->ray);
        int32_t decal = first_decal(s, span->number);
        int is_alone = s->finish.is_brushed || ints[HAS_COLOURS] > 0 || ints[NORMAL_TEXTURE] >= 0 || decal >= 0
            || (s->layer && has_opacities(s, m));
        if (s->lights->shines)
            for (int i = a; i < b; i++)
                s->chunk.instance[i] = source->instance;
        if (s->film->surface)
            for (int axis = 0; axis < 3; axis++)
                for (int i = a; i < b; i++)
                    s->chunk.smooth[axis][i] = s->chunk.normal[axis][i];
        if (is_alone || m != common) {
            if (common >= 0)
                paint_plain(s, first, a, common);
            common = is_alone ? -1 : m;
            first = a;
        }
        if (is_alone)
            paint_alone(s, a, b, m, record, decal);
    }
    if (common >= 0)
        paint_plain(s, first, s->count, common);
}

static void add_lights(Shader *s, int is_glossy)
{
    Chunk *c = &s->chunk;
    const Bounce *bounce = s->film->bounce;
    int end = full(s->count);
    for (int64_t l = 0; l < s->lights->count; l++) {
        int is_known = bounce && look_up_light(c, s->count, s->lights, bounce, l);
        if (!is_known)
            shadow(c, s->count, s->lights, l);
        if (bounce)
            for (int i = 0; i < end; i++)
                c->lit[i] = is_known || c->trusted[i] >= 1.0f ? c->seen[i]
                                                              : c->lit[i] + (c->seen[i] - c->lit[i]) * c->trusted[i];
        add_light(c, s->count, s->lights, l, s->finish, is_glossy);
    }
}

/* Light all fragments. */
static void light(Shader *s)
{
    Chunk *c = &s->chunk;
    const Environment *environment = s->lights->environment;
    const float *m = s->view->world_from_camera;
    int n = s->count, end = full(n), keeps_parts = s->film->surface != NULL;
    float eye[3] = {m[3], m[7], m[11]};
    for (int i = 0; i < end; i++) {
        float rough = maxf(c->rough[i], LEAST_ROUGH);
        c->rough[i] = rough * rough;
    }
    prepare(c, n, eye);
    if (s->film->bounce)
        look_up_bounce(c, n, s->film->bounce, s->column, s->row.y);
    ambient(c, n, environment);
    if (keeps_parts) {
        subtract_triple(c->indirect, c->radiance, c->emission, n);
        copy_triple(c->mirrored, c->radiance, n);
    }
    if (s->finish.is_brushed)
        lay_grooves(c, n);
    if (environment->is_lit || s->film->bounce || s->caster)
        reflect_environment(c, n, environment, s->finish);
    if (keeps_parts) {
        subtract_triple(c->mirrored, c->radiance, c->mirrored, n);
        copy_triple(c->coat_mirrored, c->coat_radiance, n);
        clear_triple(c->radiance, n); /* the diffuse part first, then both */
        add_lights(s, 0);
        copy_triple(c->diffuse, c->radiance, n);
        clear_triple(c->radiance, n);
    }
    add_lights(s, 1);
    if (keeps_parts) {
        subtract_triple(c->specular, c->radiance, c->diffuse, n);
        if (s->finish.is_coated)
            put_parts_under_coat(c, n);
    }
    if (s->finish.is_coated)
        put_under_coat(c, n);
}

void flush(Shader *s)
{
    find_surfaces(s);
    if (s->count > 0) {
        if (s->layer)
            split_layer(s);
        if (s->caster)
            look_through(s->caster);
        light(s);
        if (s->layer)
            resolve_layer(s);
        else
            resolve_surfaces(s);
    }
    if (s->sky_count > 0) {
        look_up_sky(&s->sky, s->sky_count, s->lights->environment, s->environment_from_camera);
        if (s->layer)
            resolve_layer_sky(s);
        else
            resolve_sky(s);
    }
    s->count = s->span_count = s->sky_count = 0;
}

void begin_row(Shader *s, int64_t y)
{
    const View *view = s->view;
    const Film *film = s->film;
    RowScratch *row = &s->row;
    row->y = y;
    row->slope_y = (view->centre_y - ((float)y + 0.5f)) * (1.0f / view->focal_y);
    row->edge_count = 0;
    for (int64_t x = row->first; x < row->end; x++)
        row->open[x - row->first] = film->open_sky[(y >> 1) * film->open_width + (x >> 1)];
}

/* Shade the pixels of row y from the scratch's first on. */
static void shade_row(Shader *s, int64_t y)
{
    begin_row(s, y);
    if (s->film->hdr)
        memset(s->row.linear, 0, 3 * (size_t)(s->row.end - s->row.first) * sizeof(float));
    gather_row(s);
    resolve_row(s);
}

static Finish finish_of(const Materials *materials)
{
    Finish finish = {0, 0, 0};
    for (int64_t m = 0; m < materials->count; m++) {
        finish.is_coated |= materials->floats[MATERIAL_FLOATS * m + COAT] > 0.0f;
        finish.is_brushed |= materials->floats[MATERIAL_FLOATS * m + ANISOTROPY] > 0.0f;
        finish.is_see_through |= materials->ints[MATERIAL_INTS * m + BLEND] != NO_BLEND
            || materials->floats[MATERIAL_FLOATS * m + TRANSMISSION] > 0.0f;
    }
    return finish;
}

void begin_shader(Shader *s, const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film)
{
    s->scene = scene;
    s->view = view;
    s->points = points;
    s->samples = samples;
    s->lights = lights;
    s->film = film;
    for (int i = 0; i < ROW; i++)
        s->chunk.unblocked[i] = 1.0f;
    const float *f = lights->environment->frame_from_world, *m = view->world_from_camera;
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++)
            s->environment_from_camera[3 * r + k] = f[3 * r] * m[k] + f[3 * r + 1] * m[4 + k] + f[3 * r + 2] * m[8 + k];
    s->finish = finish_of(scene->materials);
    keep_none(&s->kept);
}

/* Set the columns that are shaded, and the slopes of their rays. */
static void set_columns(Shader *s, int64_t first, int64_t end)
{
    s->row.first = first;
    s->row.end = end;
    for (int64_t x = first; x < end; x++)
        s->row.slope[x - first] = ((float)x + 0.5f - s->view->centre_x) * (1.0f / s->view->focal_x);
}

void shade_pixel(Shader *s, int64_t x, int64_t y)
{
    PixelScratch *pixel = &s->pixel;
    RowScratch *row = &s->row;
    row->slope = &pixel->slope;
    row->open = &pixel->open;
    row->blended = pixel->blended;
    row->linear = pixel->linear;
    row->edges = &pixel->edge;
    row->is_inner = &pixel->is_inner;
    set_columns(s, x, x + 1);
    shade_row(s, y);
}

#if !defined(__CUDACC__)

/* Lay the row's scratch out in one block of memory, which is returned; NULL where there is none. */
static void *lay_out(RowScratch *row, int64_t width)
{
    size_t w = (size_t)width;
    float *floats = malloc(w * (8 * sizeof(float) + 7 * sizeof(int32_t) + 6));
    if (!floats)
        return NULL;
    row->slope = floats;
    row->open = floats + w;
    row->blended = floats + 2 * w;
    row->linear = floats + 5 * w;
    row->edges = (int32_t *)(floats + 8 * w);
    row->keys = row->edges + w;
    row->is_inner = (uint8_t *)(row->keys + 6 * w);
    row->is_one_surface = row->is_inner + w;
    row->is_same_down = row->is_one_surface + w;
    row->is_same_right = row->is_same_down + 2 * w;
    return floats;
}

Shader *open_shader(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film)
{
    Shader *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->scratch = lay_out(&s->row, view->width);
    if (!s->scratch) {
        free(s);
        return NULL;
    }
    begin_shader(s, scene, view, points, samples, lights, film);
    set_columns(s, 0, view->width);
    return s;
}

void close_shader(Shader *s)
{
    free(s->scratch);
    free(s);
}

int rendersdg_shade(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Rows *rows)
{
    Shader *s = open_shader(scene, view, points, samples, lights, film);
    if (!s)
        return 1;
    for (int64_t y = rows->first; y < rows->end; y++)
        shade_row(s, y);
    close_shader(s);
    return 0;
}

#endif
