/* Up to CHUNK surface points that are shaded together: an array of floats for each quantity, so that loops over them
 * have no branches and run in vectors. What lies behind the last point, up to a whole vector, is worked on too and
 * never looked at. */
#ifndef RENDERSDG_CHUNK_H
#define RENDERSDG_CHUNK_H

#include "kernels.h"

enum {
#if defined(__CUDACC__)
    ROW = CHUNK
#else
    ROW = CHUNK + 16 /* room for the last vector; no multiple of a page, lest the arrays share their cache lines */
#endif
};

typedef float Quantity[ROW];
typedef Quantity Triple[3]; /* a vector or a colour */

typedef struct {
    /* where the point is */
    Quantity ray_x; /* slope of its ray */
    Quantity ray_y;
    Triple position; /* world */
    Triple normal;   /* unit from `prepare` on */
    Triple eye;      /* unit vector to the camera */
    Quantity u;
    Quantity v;
    Quantity uv_area; /* of a pixel */
    Quantity other_u; /* the same by the second set of coordinates, where a material has textures by it */
    Quantity other_v;
    Quantity other_area;
    Quantity share;        /* of its pixel */
    int32_t instance[ROW]; /* where lights do not shine on all of them; else it is not set */
    Quantity open;         /* the share of the sky that it sees */

    /* by way of other surfaces: see bounce.h. 0, 1 and 0 where no rays were sent */
    Triple bounced;             /* to be added to the environment's diffuse light */
    Quantity unblocked;         /* the share of the environment that is mirrored */
    Triple reflected;           /* and what is mirrored beside it */
    int32_t near_texel[4][ROW]; /* of the grid that the rays were sent from, and their weights, of sum 1 or 0 */
    Quantity near_weight[4];
    Quantity seen;    /* the share of the light at hand, by rays, */
    Quantity trusted; /* and how much that counts beside its shadow map */

    /* what the surface is made of */
    Triple base;
    Quantity metal;
    Quantity rough; /* squared from the lighting on */
    Quantity f0;    /* reflectance of the dielectric part at normal incidence */
    Triple emission;
    Quantity coat;       /* strength of the clear coat */
    Quantity coat_rough; /* squared */
    Quantity anisotropy;
    Triple groove; /* unit vector across the grooves of a brushed surface, along which it is rougher */

    /* of see-through surfaces alone */
    Quantity opacity;
    Quantity transmission; /* the share of light under the surface that goes through instead of being scattered */
    Triple tint;           /* of what goes through; once it is taken with the rest, the share of light that does */
    Quantity cover;        /* the share of the fragment that is there at all */
    Quantity is_bent;      /* 1 where light does not go straight through: */
    Triple beyond;         /* what comes through, by rays, instead of what lies behind */

    /* light */
    Quantity lit; /* by the light at hand */
    Triple radiance;
    Triple coat_radiance;
    Triple bent;       /* the normal that mirrors on a brushed surface */
    Triple light;      /* direction of the light at hand; or the environment's radiance */
    Quantity strength; /* of the light at hand, or the factor of the reflectance */
    Quantity gain;     /* of the lobe, by what the small mirrors send one another: see brdf.h */
    Quantity width;    /* roughness widened by the emitter, or the offset of the reflectance */
    Quantity scratch;

    /* what is mirrored of the light at hand: see highlights.c */
    Quantity image_rough; /* roughness squared of what mirrors it */
    Quantity covered;     /* the share of the lobe that the light covers */
    Quantity sharp;       /* and how much that counts beside the lobe's own light */

    Quantity fraction[5]; /* within texels of the environment's map, of two levels, and between these */

    /* parts of the radiance, for the surface pass alone */
    Triple smooth; /* the normal before any map bends it */
    Triple indirect;
    Triple mirrored;
    Triple diffuse;
    Triple specular;
    Triple coat_mirrored;

    int32_t texel[8][ROW]; /* level, four texels, three weights: see surface.c; elsewhere scratch */
} Chunk;

/* Columns of Materials.floats and .ints. */
enum {
    BASE = 0,
    METAL = 3,
    ROUGH = 4,
    F0 = 5,
    OPACITY = 6,
    EMISSION = 8,
    BUMP = 11,
    UV_SCALE = 12,
    UV_COSINE = 14,
    UV_SINE = 15,
    UV_SHIFT = 16,
    COAT = 18,
    COAT_ROUGH = 19,
    ANISOTROPY = 20,
    TRANSMISSION = 21,
    TINT = 22,
    IOR = 25 /* of the body behind the surface; 1: light goes straight on */
};
enum {
    BASE_TEXTURE = 0,
    METAL_TEXTURE = 1,
    METAL_CHANNEL = 2,
    ROUGH_TEXTURE = 3,
    ROUGH_CHANNEL = 4,
    NORMAL_TEXTURE = 5,
    EMISSION_TEXTURE = 6,
    OPACITY_TEXTURE = 7,
    OPACITY_CHANNEL = 8,
    HAS_COLOURS = 9,
    IS_PROJECTED = 10,
    IS_TEXTURED = 11,
    BLEND = 12,
    HAS_OPACITIES = 13,
    TRANSMISSION_TEXTURE = 14, /* its red */
    COAT_TEXTURE = 15,         /* its red */
    COAT_ROUGH_TEXTURE = 16,   /* its green */
    REFLECTANCE_TEXTURE = 17,  /* its alpha */
    OTHERS = 18                /* 1 << column of each texture that lies by the second set of coordinates */
};

enum { /* Materials.ints[BLEND] */
    NO_BLEND = 0,
    FADES = 1,      /* by its opacity, all of it */
    FADES_BELOW = 2 /* by its opacity, what lies under its gloss */
};

/* Channels of Film.surface; what is a colour or a vector has three. */
enum {
    S_BASE = 0,
    S_METAL = 3,
    S_ROUGH = 4,
    S_F0 = 5,
    S_EMISSION = 6,
    S_SMOOTH = 9,
    S_NORMAL = 12,
    S_POSITION = 15,
    S_OPEN = 18,
    S_INDIRECT = 19,
    S_MIRRORED = 22,
    S_DIFFUSE = 25,
    S_SPECULAR = 28,
    S_BACKGROUND = 31
};

#endif
