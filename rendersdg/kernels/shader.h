/* The state of shading a run of rows: see shade.c (the rows), gather.c (samples to fragments), resolve.c (light to
 * pixels). */
#ifndef RENDERSDG_SHADER_H
#define RENDERSDG_SHADER_H

#include "lighting.h"
#include "records.h"
#include "sky.h"
#include "surface.h"

enum { RING = 9 }; /* samples of a pixel: its centre and the half-pixel ring about it; as many fragments at most */

typedef struct { /* fragments side by side of one triangle and one tile */
    int32_t number;
    int32_t first;
    int32_t tile; /* column of tiles */
} Span;

typedef struct { /* scratch for a row of pixels, or for one pixel alone; its arrays begin at the first */
    int64_t first;
    int64_t end;
    uint8_t *is_inner;       /* whether a pixel's nine samples all show one triangle */
    uint8_t *is_same_down;   /* (2 W,) whether a column of samples shows one triangle */
    uint8_t *is_same_right;  /* (2 W,) whether the next one shows the same */
    uint8_t *is_one_surface; /* whether they all show one smooth piece of surface; of rows with keys */
    int32_t *keys;           /* (3, 2 W) the pieces of surface that the samples show */
    int has_keys;
    float *slope;   /* of the ray through each centre, x */
    float *open;    /* open sky over each pixel */
    float *blended; /* (W, 3) display values of pixels with more than one surface */
    float *linear;  /* (W, 3) */
    int32_t *edges; /* columns of such pixels */
    int32_t edge_count;
    int64_t y;
    float slope_y;
} RowScratch;

typedef struct {
    float slope;
    float open;
    float blended[3];
    float linear[3];
    int32_t edge;
    uint8_t is_inner;
} PixelScratch;

typedef struct {
    const Scene *scene;
    const View *view;
    const Points *points;
    const Samples *samples;
    const Lights *lights;
    const Film *film;
    Finish finish;
    float environment_from_camera[9];

    RowScratch row;
    PixelScratch pixel; /* the memory of its arrays where pixels are shaded alone */
    void *scratch;      /* else */

    /* fragments, each a surface within a pixel */
    Chunk chunk;
    int32_t column[ROW];
    int64_t ray[ROW];
    uint8_t is_centre[ROW]; /* whether it is that of its pixel's centre */
    int count;
    Span spans[CHUNK];
    Source sources[CHUNK]; /* of the spans */
    int span_count;
    Sky sky;
    int sky_count;

    const Layer *layer;    /* of see-through surfaces, or NULL */
    struct Caster *caster; /* of the layer's rays, or NULL: see paths.h */
    uint16_t mask[ROW];    /* which of its pixel's nine samples a fragment stands for */
    uint16_t sky_mask[ROW];

    Kept kept;
    Record records[SLOTS];
} Shader;

/* Return what shading the rows needs, to be closed; NULL where there is no memory. */
Shader *open_shader(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film);
void close_shader(Shader *s);

/* Begin with the first row or pixel of a view: the shader is all zeros. */
void begin_shader(Shader *s, const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film);

/* Begin row y. */
void begin_row(Shader *s, int64_t y);

/* Shade pixel (x, y) alone. */
void shade_pixel(Shader *s, int64_t x, int64_t y);

/* Give all fragments that have gathered their place, normal and material. */
void find_surfaces(Shader *s);

/* Shade the fragments that have gathered, write them to the image, and forget them. */
void flush(Shader *s);

/* Gather a row's fragments, flushing whenever there is no room for another pixel's, and at the end. */
void gather_row(Shader *s);

/* The number of the triangle at a sample, and its piece of surface; -1 for the sky. */
static inline int32_t number_at(const Shader *s, int64_t sample)
{
    int32_t number = s->samples->triangle[sample]; /* triangle numbers that no instance has are none */
    return number < s->scene->instances->number_count ? number : -1;
}

static inline int32_t key_of(const Shader *s, int32_t number)
{
    return number >= 0 ? s->scene->instances->number_key[number] : -1;
}

/* Add a fragment of pixel x that lies at sample (h, v), or what of the sky is seen there. */
void add_fragment(Shader *s, int64_t x, int32_t number, int64_t h, int64_t v, float share, int is_centre);

/* Turn radiance into places in the film's table, in place; what is not a number is black. */
void find_places(Triple radiance, int n, const Film *film);

/* Split the surfaces that have gathered into what is there and what it lets through; then, once they are lit, add them
 * to the light of their pixels. See layers.c. */
void split_layer(Shader *s);
void resolve_layer(Shader *s);
void resolve_layer_sky(Shader *s);

/* Write lit fragments to the image; pixels of more than one surface are blended in the row's scratch. */
void resolve_surfaces(Shader *s);
void resolve_sky(Shader *s);

/* Write the blended pixels of a finished row. */
void resolve_row(Shader *s);

#endif
