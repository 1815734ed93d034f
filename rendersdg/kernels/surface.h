/* From fragments of triangles to points with a material: see surface.c, texturing.c and decals.c. */
#ifndef RENDERSDG_SURFACE_H
#define RENDERSDG_SURFACE_H

#include "chunk.h"
#include "lighting.h"
#include "records.h"

typedef struct { /* a triangle, set up for shading */
    Corners corners;
    float uv[2];         /* texture coordinates of the first corner, the material's transform applied */
    float uv_edge[2][2]; /* those of the others, from there */
    float uv_area;       /* twice the triangle's area in texture coordinates */
    float other_uv[2];   /* the same of the second set */
    float other_edge[2][2];
    float other_area;
    float tangent[3]; /* along growing u, of any length; not of materials that need neither */
    float bitangent[3];
    float colour[3][3]; /* of the corners */
    float opacity[3];
} Record;

/* Fill what a record has beyond its corners, tangents if `has_tangents`. */
void set_up_surface(Record *record, const Scene *scene, const Points *points, const Source *source, int has_tangents);

/* Fill position, normal, texture coordinates and uv area of the fragments a..b, all of one triangle. */
void interpolate(Chunk *c, const Record *record, int a, int b, const View *view);

/* The same along the fragments' `rays`, where the lens bends lines. */
void interpolate_bent(
    Chunk *c, const Record *record, int a, int b, const View *view, const Source *source, const int64_t *rays);

/* Fill the place and area of the fragments by the second set of texture coordinates. */
void interpolate_other(
    Chunk *c, const Record *record, int a, int b, const View *view, const Source *source, const int64_t *rays);

/* Fill the constants of material m. */
void paint(Chunk *c, int a, int b, const Materials *materials, int64_t m, Finish finish);

/* Multiply them by the material's textures and bend the normals by its normal map, which alone needs the `record`. */
void paint_textures(Chunk *c, int a, int b, const Scene *scene, int64_t m, const Record *record);

/* Multiply the base colour by the interpolated colours of the corners. */
void paint_corner_colours(Chunk *c, int a, int b, const Record *record);

/* Multiply the opacity by that of the corners. */
void paint_corner_opacities(Chunk *c, int a, int b, const Record *record);

/* Fill the anisotropy and the direction across the grooves, that of growing u; without texture coordinates there are
 * none. */
void brush(Chunk *c, int a, int b, const Materials *materials, int64_t m, const Record *record);

/* Change the surface by the defects whose chain of entries begins at `first`. */
void paint_decals(Chunk *c, int a, int b, const Decals *decals, int32_t first, const View *view);

#endif
