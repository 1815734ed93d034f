/* What rays bring to surfaces, found on a grid over the picture: see bounce.c (the rays), filtering.c (the noise taken
 * out) and below (how a fragment looks it up). */
#ifndef RENDERSDG_BOUNCE_H
#define RENDERSDG_BOUNCE_H

#include "chunk.h"

/* Channels of Bounce.light. */
enum {
    B_DIFFUSE = 0,  /* what is to be added to the environment's diffuse radiance / albedo */
    B_MIRRORED = 3, /* what other surfaces send along the mirror's lobe */
    B_OPEN = 6      /* the share of that lobe in which the environment is seen */
};

/* Put into a chunk what rays bring to each of its points, of the columns given in row y of the picture. */
void look_up_bounce(Chunk *c, int n, const Bounce *bounce, const int32_t *column, int64_t y);

#endif
