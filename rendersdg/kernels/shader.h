/* The state of shading a run of rows: see shade.c (the rows), gather.c (samples to fragments), resolve.c (light to
 * pixels). */
#ifndef RENDERSDG_SHADER_H
#define RENDERSDG_SHADER_H

#include "lighting.h"
#include "records.h"
#include "sky.h"
#include "surface.h"

enum { RING = 9 }; /* samples of a pixel: its centre and the half-pixel ring about it; as many fragments at most */

typedef struct { /* fragments side by side of one triangle */
    int32_t number;
    int32_t first;
} Span;

typedef struct {             /* scratch for a row of pixels */
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
    const Scene *scene;
    const View *view;
    const Points *points;
    const Samples *samples;
    const Lights *lights;
    const Film *film;
    int only_tags;
    Finish finish;
    float environment_from_camera[9];

    RowScratch row;

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

    Tags tags;
    uint8_t is_set_up[SLOTS];
    Record records[SLOTS];
} Shader;

/* Shade the fragments that have gathered, write them to the image, and forget them. */
void flush(Shader *s);

/* Gather a row's fragments, flushing whenever there is no room for another pixel's, and at the end. */
void gather_row(Shader *s);

/* Write lit fragments to the image; pixels of more than one surface are blended in the row's scratch. */
void resolve_surfaces(Shader *s);
void resolve_sky(Shader *s);

/* Write the blended pixels of a finished row. */
void resolve_row(Shader *s);

#endif
