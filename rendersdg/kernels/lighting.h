/* Light on a chunk of surface points: see lighting.c, shadowing.c and reflection.c. */
#ifndef RENDERSDG_LIGHTING_H
#define RENDERSDG_LIGHTING_H

#include "brdf.h"
#include "chunk.h"

/* Columns of Lights.rows. */
enum {
    PLACE = 0,  /* of a local light, or the direction to a distant one */
    AXIS = 3,   /* along which it shines */
    COLOUR = 6, /* over distance^2 + SOFT the irradiance of a surface that faces it; of what has a shape its radiance */
    SOFT = 9,
    EMITTER = 10,    /* of the emitter: blurs its highlight */
    CONE_OUTER = 11, /* cosines; below -1.5 there is no cone */
    CONE_INNER = 12,
    IS_ONE_SIDED = 13,
    SHAPE = 14,   /* 0 none, 1 a rectangle, 2 a disk: they shine to one side */
    HALF_U = 15,  /* from a rectangle's middle to that of a side; half a rod; of a disk the radius, alone */
    HALF_V = 18,  /* of a ball or a rod the radius, alone */
    DIFFUSE = 21, /* the shares of its light that are scattered and mirrored */
    SPECULAR = 22,
    FOCUS = 23 /* of a local light: the power of the cosine about its axis */
};

typedef struct { /* of a whole scene: what no material has need not be worked out */
    int is_coated;
    int is_brushed;
    int is_see_through;
} Finish;

static inline Vector vector_at(Triple t, int i) { return MADE(Vector){t[0][i], t[1][i], t[2][i]}; }

/* Make normals unit, and turn positions into unit vectors to the eye, which stands at `eye`. */
void prepare(Chunk *c, int n, const float eye[3]);

/* Set `strength` and `width` to scale and offset of the reflectance, for the normal and the roughness squared given. */
void weigh_mirrors(Chunk *c, int n, Triple normal, Quantity rough_squared);

/* Set the radiance to emission and the environment's diffuse light; and weigh the mirrors, for the next. */
void ambient(Chunk *c, int n, const Environment *environment);

/* Add what surfaces, and their clear coats, mirror of the environment. Right after `ambient`. */
void reflect_environment(Chunk *c, int n, const Environment *environment, Finish finish);

/* Make the directions across the grooves unit vectors on the surface. */
void lay_grooves(Chunk *c, int n);

/* Set the lit fraction of light `l`: from its shadow maps, or all of it. */
void shadow(Chunk *c, int n, const Lights *lights, int64_t l);

/* Add the light `l`, as far as it is lit: the diffuse part alone if not `is_glossy`. */
void add_light(Chunk *c, int n, const Lights *lights, int64_t l, Finish finish, int is_glossy);

/* Set `covered` and `sharp`: how much of each point's lobe, of roughness squared `image_rough`, a light covers. */
void cover(Chunk *c, int n, const float *row, int is_distant);

/* Set `scratch` to the irradiance that each point has of light `l` where nothing hides it, as one number, and `light`
 * to its direction. */
void weigh_light(Chunk *c, int n, const Lights *lights, int64_t l);

/* Take from the radiance what a clear coat turns away and add what it reflects, which is then forgotten. */
void put_under_coat(Chunk *c, int n);

/* The same for the parts of the radiance; what the coat reflects counts as mirrored and specular. */
void put_parts_under_coat(Chunk *c, int n);

void copy_triple(Triple to, Triple from, int n);
void subtract_triple(Triple to, Triple from, Triple less, int n);
void clear_triple(Triple of, int n);

#endif
