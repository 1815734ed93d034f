/* Shadow maps: what drawing solid casters (shadows.c) and others (sieve.c) share. */
#ifndef RENDERSDG_SHADOWS_H
#define RENDERSDG_SHADOWS_H

#include "kernels.h"

typedef struct {
    float x;
    float y;
    float z;
} Place;

typedef struct { /* the rows of the map that are drawn */
    float *texels;
    int32_t size;
    int32_t first;
    int32_t end;
    int is_perspective;
} Map;

typedef struct { /* what of a caster stops light: see ShadowFace */
    const Textures *textures;
    int64_t texture;
    int64_t channel;
    float opacity;
    float threshold;
    int64_t number; /* of the caster */
} Sieve;

/* Draw the instance o, whose vertices come to lie at `places`, through a sieve. */
void sift_instance(
    const Scene *scene, const ShadowFace *face, const Map *map, int64_t o, const Place *places, const Sieve *sieve);

#endif
