/* What rays bring to surfaces, found on a grid over the picture: see bounce.c (the rays), filtering.c (the noise taken
 * out) and below (how a fragment looks it up). */
#ifndef RENDERSDG_BOUNCE_H
#define RENDERSDG_BOUNCE_H

#include "brdf.h"
#include "chunk.h"

/* Channels of Bounce.light. */
enum {
    B_DIFFUSE = 0,  /* what is to be added to the environment's diffuse radiance / albedo */
    B_NEAR = 3,     /* how near what sends that is: the mean of its rays' 1 / metre, 0 where they meet nothing */
    B_MIRRORED = 4, /* what other surfaces send along the mirror's lobe */
    B_OPEN = 7,     /* the environment's light along that lobe as far as nothing hides it, */
    B_WHOLE = 8,    /* and all of it */
    B_SEEN = 9      /* and on: the share of each light that is seen, -1 where that was not asked */
};

/* Put into a chunk what rays bring to each of its points, of the columns given in row y of the picture. */
void look_up_bounce(Chunk *c, int n, const Bounce *bounce, const int32_t *column, int64_t y);

/* Find out by rays how much of each light that matters the points of a chunk see: see penumbra.c. Their texels are
 * given, and the unit normals of their triangles on the seen side. */
void see_lights(Chunk *c, int n, const Lights *lights, const Bounce *bounce, const int32_t *texels, float (*facing)[3]);

/* Add to the grid what triangles that glow send to the points of a chunk: see glow.c. */
void add_glow(const Chunk *c, int n, const Bounce *bounce, const int32_t *texels, float (*facing)[3]);

typedef struct { /* how a point finds what glows: by rays that */
    float met; /* are sent about it and meet it by chance, so many; times their chance per solid angle where they did */
    float sent; /* are sent there */
} Odds;

typedef struct {    /* a point that what glows may light */
    float start[3]; /* of its rays */
    Vector normal;
    float facing[3]; /* the unit normal of its triangle, on the seen side */
    Odds odds;
} Lit;

/* The share that a ray counts of a point of a glowing triangle that it has met, where others are sent to such triangles
 * (balance heuristic, Veach 1995): for the distance and the cosine at the triangle. */
float share_of_met(const Bounce *bounce, const float radiance[3], const Odds *odds, float distance, float cosine);

/* Set `out` to what the rays that a point sends to glowing triangles bring: radiance / albedo, and the mean of their
 * 1 / metre. */
void glow_at(const Bounce *bounce, const Lit *lit, uint32_t first, uint32_t seed, float out[4]);

/* Set `seen` and `trusted` of a chunk that has looked up its texels for light `l`. Returns whether all points trust
 * what rays tell, so that no shadow map is needed. */
int look_up_light(Chunk *c, int n, const Lights *lights, const Bounce *bounce, int64_t l);

#endif
