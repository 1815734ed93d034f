/* What the camera sees of the environment. */
#ifndef RENDERSDG_SKY_H
#define RENDERSDG_SKY_H

#include "chunk.h"

typedef struct {      /* up to CHUNK pixels, or parts of pixels, that show the sky */
    Triple direction; /* camera space */
    Quantity share;   /* of its pixel */
    Quantity u;       /* place in the background */
    Quantity v;
    Triple radiance;
    int32_t column[ROW];
    uint8_t is_centre[ROW]; /* whether it is that of its pixel's centre */
} Sky;

/* Set the radiance along the directions, which `turn` (3, 3) takes to the environment's frame. */
void look_up_sky(Sky *sky, int n, const Environment *environment, const float turn[9]);

#endif
