/* Drawing one triangle into the samples of a view: see sweep.c. */
#ifndef RENDERSDG_SWEEP_H
#define RENDERSDG_SWEEP_H

#include "kernels.h"

enum {
    SUB = 256,        /* fixed-point units a pixel */
    HALF = 128,       /* units a half pixel */
    SMALL = 16 * SUB, /* of triangles no wider and no higher, edge functions fit 32 bits */
    NOT_ON_SCREEN = INT32_MAX
};

typedef struct {          /* where triangles are drawn to: a run of rows */
    float *inverse_depth; /* one row of `row_length` samples after the other, from row 0 of the image on */
    int32_t *triangle;
    int32_t *stamp;
    int64_t *unoccluded;
    int32_t *loose;
    int64_t width; /* pixels */
    int64_t row_length;
    int64_t columns; /* half pixels */
    int64_t first;   /* half-pixel row */
    int64_t end;
    int64_t end_sample; /* after the last sample of the last row */
    int64_t step;
    int shift;        /* from half pixels to samples */
    float far;        /* 1 / far */
    const Peel *peel; /* where a layer is peeled off instead: then the samples, stamps and boxes are not used */
    const View *view; /* with it */
} Target;

typedef struct {
    int64_t x; /* fixed point */
    int64_t y;
    float q; /* 1 / w */
    float u; /* texture coordinates, of cut-outs alone */
    float v;
    float opacity; /* likewise */
} Corner;

typedef struct { /* the opacity that decides which samples are there: of a texture, or -1, and of corners */
    const Textures *textures;
    int64_t texture;
    int64_t channel;
    float threshold;
    int by_corners;
} Cut;

typedef struct {
    int32_t number;
    int32_t entity;
} Names;

/* Draw a triangle of either winding; `cut` may be NULL. */
void draw_triangle(const Corner corner[3], const Cut *cut, Names names, const Target *target);

/* The same, to the same bits, for a triangle no larger than SMALL and without a cut. */
void draw_small(const Corner corner[3], Names names, const Target *target);

#endif
