/* Rays through the scene's trees: what a shading kernel calls for each ray, and how a tree lies in memory.
 *
 * Both functions allocate nothing and may be called by any number of threads. Positions and directions are the world's.
 * Hits are those at near <= distance < far in lengths of the direction, which need not be 1; a negative `near` counts
 * as 0. Triangles are hit from both sides. A ray meets the instances whose mask shares a bit with its own. What is cut
 * out is not there. Of hits equally near that of the lesser instance, then of the lesser triangle is taken. Rays that
 * are not finite or have no direction hit nothing.
 *
 * A ray towards an edge or a corner that triangles of an instance share hits one of them: see tracing.c.
 */
#ifndef RENDERSDG_TRACING_H
#define RENDERSDG_TRACING_H

#include <stdint.h>

#include "kernels.h"

enum { MET = 1, LETS_THROUGH = 4 }; /* masks: by any ray, by those through glass; those to lights have Bounce.stops */

typedef struct {
    float distance;
    float u;          /* weight of the second corner; the first has 1 - u - v */
    float v;          /* weight of the third */
    int32_t instance; /* -1 for nothing */
    int32_t triangle; /* within its instance */
} Hit;

/* Returns 1 and sets `hit`, or returns 0. */
int closest_hit(const Trees *trees, const float origin[3], const float direction[3], float near, float far,
    uint32_t mask, Hit *hit);

/* Returns 1 where anything is hit. */
int is_occluded(
    const Trees *trees, const float origin[3], const float direction[3], float near, float far, uint32_t mask);

/* ---- how a tree lies in memory ---- */

enum {
    NO_CHILD = INT32_MAX, /* in TreePlan.children */
    MOST_DEPTH = 72,      /* of a tree in nodes */
    SAH_DEPTH = 40        /* in binary splits; deeper sets are halved, so that no tree is deeper than MOST_DEPTH */
};

typedef struct {                  /* the boxes of up to eight children, which come first */
    float bounds[3][2][CHILDREN]; /* by axis: low and high sides; low is inf and high -inf where there is nothing */
    int32_t child[CHILDREN];      /* a node, or -1 - a block, or -1 - an instance */
    int32_t count;
    int32_t spare[7];
} Node;

typedef struct {                        /* up to eight triangles of a leaf; lanes to spare repeat the last one */
    float corner[3][3][LEAF_TRIANGLES]; /* by corner and axis */
    int32_t triangle[LEAF_TRIANGLES];
} Block;

#endif
