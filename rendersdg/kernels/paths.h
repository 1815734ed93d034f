/* Rays that are followed from surface to surface, and what they bring: see paths.c.
 *
 * Whoever sends them keeps the sums: planes of `plane` floats by the channels that bounce.h names, in which a ray adds
 * to its own texel.
 */
#ifndef RENDERSDG_PATHS_H
#define RENDERSDG_PATHS_H

#include "directions.h"
#include "shader.h"
#include "tracing.h"

enum {
    TO_DIFFUSE, /* to what the whole half space sends */
    TO_MIRROR,  /* to what is mirrored */
    TO_BOTH,    /* from what is rough and mirrors little */
    TO_BEYOND   /* to what is seen through glass; counted where a diffuse ray is */
};
enum {
    MOST_RAYS_ON = 16, /* from what is seen in a mirror, whose noise no filter takes out, */
    FOLLOWED = 4,      /* of which so many are followed */
    MOST_WAITING = 32  /* paths of which the hit is known */
};

static const float ROUGHEST_SEEN = 0.3f;   /* least roughness of what diffuse rays hit: keeps glints out */
static const float SMOOTH = 0.12f;         /* roughness of what shows an image */
static const float VERY_ROUGH = 0.45f;     /* from there on a mirror's lobe is taken to be as wide as the other */
static const float DIFFUSE_SPREAD = 0.35f; /* by which textures are blurred, a metre on */
static const float LITTLE = 0.1f;          /* of what lies before it a surface mirrors */

typedef struct {   /* of what a ray has hit */
    int32_t texel; /* of the sums */
    int32_t kind;
    int32_t level;   /* 0 for what is hit from a texel's point */
    int32_t images;  /* the mirrors and glasses that the path has passed */
    uint32_t number; /* of its texel's */
    uint32_t on;     /* rays that are sent on from there */
    uint32_t place;  /* of its texel on the sampling curve */
    float share[3];  /* of its light, by colour */
    float albedo[3]; /* of what was hit before, from level 1 on */
} Ray;

typedef struct { /* a ray on its way */
    Ray ray;
    float start[3];
    Vector direction;
    int is_inside; /* glass */
    float spread;
    float rough;  /* of the glass that it has passed, or of the mirror that it comes from */
    float before; /* metres of its way before the start */
    Odds odds;    /* of having met what glows; none of rays to what is mirrored or seen through glass */
    Hit hit;
} Path;

typedef struct Caster {
    Shader *shader;
    const Trees *trees;
    const Bounce *bounce;
    float *light;
    int64_t plane;
    Chunk hits;
    Ray rays[ROW];
    Lit lit[ROW]; /* the hits, as what glows lights them */
    int count;    /* of hits */
    Path waiting[MOST_WAITING];
    int waiting_count;
    int32_t texels[ROW];  /* of the shader's fragments */
    float facing[ROW][3]; /* the unit normals of their triangles, on the seen side */
} Caster;

static inline float *channel_of(const Caster *t, int channel, int64_t texel)
{
    return t->light + channel * t->plane + texel;
}

/* Return a caster for a shader, to be freed; NULL where there is no memory. */
Caster *open_caster(Shader *s, const Bounce *bounce, float *light, int64_t plane);

/* Send a ray, and those that follow: what they hit is shaded later. Returns whether it hit anything, or came out of
 * glass, which brings what of the sky is there. */
int send_ray(Caster *t, Path *path);

/* Light what was hit, and add it to the sums. */
void settle(Caster *t);

/* Set `facing` for the shader's fragments. */
void find_facing(Caster *t);

/* What point i mirrors of what lies straight before it, at most. */
static inline float mirrors_at(const Chunk *c, int i)
{
    float most = maxf(c->base[0][i], maxf(c->base[1][i], c->base[2][i]));
    return c->f0[i] * (1.0f - c->metal[i]) + most * c->metal[i];
}

/* How many rays are sent on from what a point mirrors: as many as its noise asks for. A rough surface is filtered, and
 * what mirrors little shows little of it. */
static inline uint32_t rays_on(const Chunk *c, int i)
{
    if (c->rough[i] > ROUGHEST_SEEN || mirrors_at(c, i) < LITTLE)
        return 1;
    return c->rough[i] > SMOOTH ? FOLLOWED : MOST_RAYS_ON;
}

/* The environment's radiance along a direction, from a level of its pyramid. */
void sky_along(const Environment *environment, Vector direction, int64_t level, float out[3]);

/* The same, sharp or as a surface of that roughness blurs it: for what is seen through glass. */
void sky_beyond(const Environment *environment, Vector direction, float rough, float out[3]);

/* Add the environment's light along a mirrored ray to that of its texel. */
void weigh_sky(Caster *t, int64_t texel, Vector direction, float share, int is_hidden);

typedef struct { /* the triangle that a ray has hit */
    Source source;
    int32_t number;
    Vector plane; /* across it, on the side from which its corners run anticlockwise; of twice its area */
    float twice_area;
    Vector normal; /* the mean of its corners' */
} Struck;

void find_struck(const Shader *s, const Hit *hit, Struck *struck);

/* ---- glass: see glass.c ---- */

/* Follow a path through what lets light through to what does not. Returns 1 and sets its hit, or 0 where it leaves; and
 * -1 where nothing of it is left. Sets `is_bent` where it does not go on as it was sent. */
int hit_beyond(const Caster *t, Path *path, int *is_bent);

/* Give the fragments of a layer what they mirror of the scene, and what is seen through those that are glass. */
void look_through(Caster *t);

#endif
