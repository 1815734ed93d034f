/* What travels between Python and the kernels: every structure, declared once, and every function that is exported.
 *
 * structs.py mirrors these structures; a test compares both, field by field. Arrays are C contiguous and belong to the
 * caller. (N, 3) beside a pointer is the array's shape; a shape's letters stand for the counts of the same structure
 * unless said. Lengths are metres, angles radians, colours linear. Matrices are row-major `a_from_b` for column
 * vectors. Cameras look along -Z with +Y up; `w` is the depth in front of one, and pixels count from the image's top
 * left corner.
 */
#ifndef RENDERSDG_KERNELS_H
#define RENDERSDG_KERNELS_H

#include <stdint.h>

#include "both.h"
#include "export.h"

enum {
#if defined(__CUDACC__)
    CHUNK = 16, /* points that are shaded together: those of a pixel */
#else
    CHUNK = 256,
#endif
    MOST_LEVELS = 14,      /* mip levels of a texture */
    LIGHT_COLUMNS = 24,    /* of Lights.rows */
    MATERIAL_FLOATS = 26,  /* of Materials.floats */
    MATERIAL_INTS = 19,    /* of Materials.ints */
    SURFACE_CHANNELS = 34, /* of Film.surface */
    DECAL_CHANNELS = 10,   /* of Decals.texels */
    NO_BOX = 1 << 30       /* left and top of the box of what is nowhere */
};

/* ---- the scene ---- */

typedef struct {              /* all meshes, end to end; a triangle's corners count from the first vertex of its mesh */
    const float *vertices;    /* (V, 3) */
    const float *normals;     /* (V, 3) */
    const float *uvs;         /* (V, 2) v up */
    const float *other_uvs;   /* (V, 2) a second set of them, or NULL */
    const float *colours;     /* (V, 3) */
    const float *opacities;   /* (V,) 0..1, or NULL where all are 1 */
    const int32_t *triangles; /* (T, 3) */
    int64_t vertex_count;
    int64_t triangle_count;
} Meshes;

typedef struct {                    /* N instances; their G triangles are numbered through, instance by instance */
    const int64_t *first_vertex;    /* (N,) in Meshes */
    const int64_t *vertex_count;    /* (N,) */
    const int64_t *first_triangle;  /* (N,) in Meshes */
    const int64_t *triangle_count;  /* (N,) */
    const int64_t *first_point;     /* (N,) in Points */
    const int64_t *first_number;    /* (N,) of its triangles */
    const int64_t *entity;          /* (N,) what it is labelled as */
    const int64_t *material;        /* (N,) */
    const int32_t *number_instance; /* (G,) the instance of a triangle number */
    const int32_t *number_key;      /* (G,) equal for triangles of one smooth piece of surface */
    int64_t count;
    int64_t number_count;
} Instances;

typedef struct {            /* RGBA, linear, 16 bits, as mip pyramids whose sides are powers of two */
    const uint16_t *texels; /* (E, 4) */
    const int64_t *level;   /* (X, 14) the first texel of each level */
    const int64_t *size;    /* (X, 3) width, height, levels */
    int64_t texel_count;
    int64_t count;
} Textures;

typedef struct {         /* rows of numbers, by the columns that surface.h names */
    const float *floats; /* (M, 25) */
    const int64_t *ints; /* (M, 19) */
    int64_t count;
} Materials;

typedef struct { /* defects: a triangle lists the patches on it as a chain of entries; a patch is a mip pyramid of
                    texels */
    const int32_t
        *first; /* (G,) the first entry of a triangle number, -1 for none; G is 0 where there are no defects */
    const int32_t *chain; /* (E,) the entry after this one, -1 for none */
    const int32_t *patch; /* (E,) */
    const float *entries; /* (E, 11) gradient and offset of s (0 to 3) and t (4 to 7), the outward normal (8 to 10) */
    const float *floats;  /* (P, 6) centre (0 to 2), origin of the texels (3, 4), side of a texel (5) */
    const int64_t *ints;  /* (P, 4) the texel at which the pyramid begins, width, height, levels */
    const float *texels;  /* (X, 10) */
    const int16_t *parts; /* (X,) which part of the defect a texel shows, 0 none, negative where it was spread */
    const int32_t *entities; /* (P, K) the entity of each part, -1 for none */
    int64_t number_count;
    int64_t entry_count;
    int64_t patch_count;
    int64_t texel_count;
    int64_t most_parts;
} Decals;

typedef struct {
    const Meshes *meshes;
    const Instances *instances;
    const Textures *textures;
    const Materials *materials;
    const Decals *decals;
} Scene;

/* ---- a view of it ---- */

typedef struct {
    int64_t width; /* pixels */
    int64_t height;
    int64_t step; /* 2: samples at pixel centres alone; 1: also half a pixel right of, below and diagonally from each */
    float focal_x; /* pixels */
    float focal_y;
    float centre_x;
    float centre_y;
    float near;
    float far;
    float world_from_camera[16];
    const float
        *ray_x; /* (R,) unit rays of the 2W x 2H samples where the lens bends lines, 0 where it sees nothing; or NULL */
    const float *ray_y;
    const float *ray_z;
    int64_t ray_count;
} View;

typedef struct {   /* a lens that bends lines: see lens.c */
    int64_t width; /* pixels */
    int64_t height;
    double focal_x; /* pixels a unit of the lens's plane */
    double focal_y;
    double centre_x; /* pixels */
    double centre_y;
    int64_t is_radial;       /* 1: all happens along the radius; 0: OpenCV's pinhole */
    const double *across;    /* (T,) */
    const double *along;     /* (T,) */
    double radii_a_unit;     /* steps of the tables in a unit of the plane */
    double farthest;         /* the undistorted radius up to which OpenCV's model is one to one */
    double coefficients[12]; /* k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 */
    double level[9];         /* untilted from tilted plane */
    float *ray_x;            /* (R,) unit rays of the 2W x 2H samples, 0 where the lens sees nothing */
    float *ray_y;
    float *ray_z;
    int64_t count; /* T */
    int64_t ray_count;
} Lens;

typedef struct { /* a vertex as the camera sees it */
    float x;     /* camera space */
    float y;
    float w;
    float inverse_w;  /* 0 where w is not positive */
    int32_t screen_x; /* 24.8 fixed point pixels; NOT_ON_SCREEN where that does not fit */
    int32_t screen_y;
} Point;

typedef struct {
    Point *points;                 /* (S,) */
    const float *camera_from_mesh; /* (N, 4, 4) */
    const float *world_from_mesh;  /* (N, 4, 4) */
    const float *world_normal;     /* (N, 3, 3) turns the mesh's normals into the world's */
    const float *mirror;           /* (N,) -1 where the camera sees the mesh mirrored, else 1 */
    const float
        *previous; /* (N, 4, 4) mesh points to pixels x, y (rows 0, 1) and w (row 3) of the previous frame, or NULL */
    int64_t count; /* S */
    int64_t instance_count; /* N */
} Points;

typedef struct {                   /* what is drawn, and how */
    const int64_t *order;          /* (O,) instances, those of one entity together */
    const uint8_t *is_active;      /* (N,) which instances have points */
    const uint8_t *is_culled;      /* (N,) whether back faces are left out */
    const int64_t *cut_texture;    /* (N,) opacity texture, -1 for none */
    const int64_t *cut_channel;    /* (N,) */
    const float *cut_threshold;    /* (N,) */
    const uint8_t *cut_by_corners; /* (N,) whether the opacities of corners cut, too */
    int64_t order_count;
    int64_t instance_count;
} Drawn;

typedef struct { /* the sweep's result; sample (h, v) lies at pixel ((h + 1) / 2, (v + 1) / 2), or at the centre with
                    step 2 */
    int32_t *triangle;    /* (K,) triangle numbers, -1 for none; K is W H with step 2, 4 W H with step 1 */
    float *inverse_depth; /* (K,) 1 / far on entry; with rays 1 / distance */
    int32_t *stamp;       /* (W H,) the entity that last covered a pixel's centre; -1 on entry */
    int32_t *loose;       /* (E, 4) box of an entity's pixels, covered or not: left, top, right, bottom, inclusive */
    int64_t *unoccluded;  /* (E,) their count */
    int64_t sample_count;
    int64_t pixel_count;
    int64_t entity_count;
} Samples;

typedef struct { /* label images (H, W), flat */
    int32_t *instance;
    int32_t *entity;
    int32_t *triangle; /* within its instance */
    float *depth;      /* to the image plane, inf for none */
    float *distance;   /* to the camera */
    float *normal;     /* (H W, 3) of the world, on the seen side */
    float *motion;     /* (H W, 2) pixels from here to the previous frame */
    int64_t *visible;  /* (E,) pixels of an entity */
    int32_t *tight;    /* (E, 4) their box */
    int64_t pixel_count;
    int64_t entity_count;
} LabelImages;

/* ---- see-through surfaces, layer by layer (Everitt 2001) ---- */

typedef struct {        /* K = 4 W H samples, with step 1; of surfaces equally near the lesser number comes first */
    const float *solid; /* (K,) 1 / w, or 1 / distance, of the solid surface there */
    const float *last;  /* (K,) the same of the layer before; inf before the first */
    const int32_t *last_triangle; /* (K,) its triangle numbers; -1 before the first */
    const uint8_t *wanted;        /* (W H,) pixels that still let light through */
    float *inverse_depth;         /* (K,) of this layer; 0 on entry */
    int32_t *triangle;            /* (K,) its triangle numbers; -1 on entry */
    int64_t sample_count;
    int64_t pixel_count;
} Peel;

/* ---- rays: see tracing.h ---- */

enum {
    TREE_NODE_BYTES = 256, /* of a tree: as many as its node and its leaf have */
    TREE_BLOCK_BYTES = 320,
    CHILDREN = 8,      /* of a node */
    LEAF_TRIANGLES = 8 /* at most */
};

typedef struct { /* how a tree is laid out, found by the boxes of N things; a node's number is below its children's */
    int32_t *order;       /* (N,) the things, leaf by leaf; those that are nowhere are left out */
    int32_t *leaves;      /* (N, 2) for each leaf the place of its first thing, and how many it has */
    int32_t *children;    /* (N, 8) for each node: a node, or -1 - the leaf, or NO_CHILD */
    int64_t count;        /* N */
    int64_t placed_count; /* what is set: the things that are somewhere, */
    int64_t leaf_count;
    int64_t node_count;
} TreePlan;

typedef struct {     /* the tree of a mesh, whose lengths are the mesh's times `scale` */
    uint8_t *nodes;  /* (N, 256) */
    uint8_t *blocks; /* (B, 320) the triangles of each leaf */
    int64_t node_count;
    int64_t block_count;
    float low[3]; /* its box; above `high` where nothing is */
    float high[3];
    float scale; /* a power of two */
} MeshTree;

typedef struct {                   /* I instances of M meshes, as rays meet them */
    const MeshTree *trees;         /* (M,) */
    const int64_t *tree;           /* (I,) of the instance's mesh, -1 for none */
    const double *mesh_from_world; /* (I, 3, 4) times the tree's scale */
    const uint32_t *mask;          /* (I,) a ray sees those that share a bit with its own mask */
    const uint8_t *nodes;          /* (N, 256) the tree over the instances: leaves are instances */
    const Scene *scene;            /* in whose textures cut-outs are looked up; or NULL */
    const Drawn *drawn;            /* how instances are cut out; or NULL where none is */
    int64_t tree_count;
    int64_t instance_count;
    int64_t node_count;
    float low[3]; /* of all, in the world */
    float high[3];
} Trees;

typedef struct {            /* R rays: hits are those at near <= distance < far, in lengths of the direction */
    const float *origin;    /* (R, 3) */
    const float *direction; /* (R, 3) */
    const float *near;      /* (R,) */
    const float *far;       /* (R,) */
    int64_t count;          /* R */
    int64_t mask;           /* its lower 32 bits */
} RayQuery;

typedef struct {       /* what R rays hit first, or only whether anything is in their way */
    float *distance;   /* (R,) inf for nothing */
    float *u;          /* (R,) weight of the second corner; the first has 1 - u - v */
    float *v;          /* (R,) weight of the third */
    int32_t *instance; /* (R,) -1 for nothing */
    int32_t *triangle; /* (R,) within its instance; -1 for nothing */
    int64_t count;     /* R */
} Hits;

/* ---- light ---- */

typedef struct {
    const float *harmonics;  /* (9, 3) diffuse radiance / albedo by normal */
    const float *pyramid;    /* (L, P, 4) octahedral maps, from mirror to rough; RGB and one to spare */
    const int64_t *sides;    /* (L,) texels a side, powers of two; L is 7 at most */
    const float *background; /* (H, W, 3) latitude-longitude, +Z at row 0 */
    float frame_from_world[9];
    float tint[3];
    int64_t level_count;
    int64_t texel_count; /* P */
    int64_t height;
    int64_t width;
    int64_t is_lit;
} Environment;

typedef struct {
    const Environment *environment;
    const float *rows;     /* (L, 24) by the columns that lighting.h names */
    const int64_t *kind;   /* (L,) 0 distant, 1 local */
    const int64_t *shadow; /* (L,) its shadow maps, -1 for none */
    const float *maps;     /* (S, F, Z, Z) least depths */
    const float
        *faces; /* (S, 6, 4, 4) map_from_world: -1..1 (times depth in a cube's face) in rows 0 and 1, depth in row 2 */
    const float *matrices;    /* (S, 4, 4) world_from_light */
    const float *bias;        /* (S,) */
    const int64_t *map_kind;  /* (S,) 0 one square map, 1 the six faces of a cube */
    const int64_t *is_sieved; /* (S,) whether any caster was drawn through a sieve */
    const uint8_t *shines;    /* (L, N) whether a light shines on an instance, or NULL where all do */
    int64_t count;
    int64_t map_count;
    int64_t instance_count; /* N */
    int64_t face_count;     /* F */
    int64_t map_size;       /* Z */
} Lights;

typedef struct {           /* triangles that send light out by themselves, alike all over */
    const float *corners;  /* (G, 3, 3) in the world */
    const float *radiance; /* (G, 3) */
    const float *chance;   /* (G,) cumulated, from above 0 to 1: by area times luminance */
    int64_t count;
    float whole; /* the sum of area times luminance */
} Glow;

enum { BOUNCE_CHANNELS = 9 };

typedef struct {        /* what rays bring to a grid of texels over the picture: see bounce.h. Planes of (h, w) */
    const Trees *trees; /* masks: 1 met by any ray, 2 by those to lights, 4 by these in part; and so on for lights whose
                           shadows not all instances throw */
    float *light;       /* (C, h, w) by the channels that bounce.h names */
    float *place;       /* (3, h, w) in the world */
    float *normal;      /* (3, h, w) unit; 0 where no surface is */
    float *rough;       /* (h, w) */
    float *spare;       /* (C, h, w) scratch */
    float *soft;        /* (L, h, w) how wide the edges of each light's shadow are, texels; 0 where none is near */
    const int64_t *is_traced; /* (L,) the lights whose shadows rays tell */
    const uint32_t *stops; /* (L,) the bit in masks of what stops their rays; that of what does in part is the next */
    const float *stopped;  /* (N,) the share of light that each instance of mask 4 stops; signed (-0!): once a body */
    int64_t has_panes;     /* whether any is of mask 4 */
    const Glow *glow;      /* or NULL: what glows is met by chance alone */
    float eye[3];
    float pixel;          /* the angle of one, radians */
    int64_t step;         /* pixels from texel to texel */
    int64_t diffuse_rays; /* of a texel */
    int64_t mirror_rays;
    int64_t levels; /* surfaces by way of which light comes, beyond which it is guessed */
    int64_t glow_rays;
    int64_t lamp_rays;      /* to each light that matters there */
    int64_t level;          /* of the environment's pyramid, by which what is hidden is told */
    int64_t seed;           /* 32 bits */
    int64_t channel_count;  /* C = 9 + L */
    int64_t light_count;    /* L */
    int64_t instance_count; /* N */
    int64_t height;
    int64_t width;
} Bounce;

typedef struct {         /* the light of the P pixels in which any layer shows, over their nine samples */
    const int32_t *slot; /* (W H,) which of them a pixel is, -1 for none */
    float *through;      /* (P, 9, 3) the share of light that the layers so far let through */
    float *light;        /* (P, 3) what they send, linear */
    uint8_t *wanted;     /* (W H,) as in Peel; set to 0 where nothing gets through any more */
    int64_t pixel_count;
    int64_t slot_count; /* P */
    int64_t is_last;    /* 1: the samples are those of what is solid; then the pixels are written to the film */
    const Bounce *rays; /* by which the layer mirrors and bends light, or NULL */
} Layer;

typedef struct { /* from light to pixels */
    float exposure;
    const float *table;    /* (Q,) display values 0..255 over the root of an eighth of the exposed light */
    const float *open_sky; /* (H/2, W/2) rounded up: the share of the sky that each surface sees */
    const uint8_t *wanted; /* (H, W) pixels to shade, or NULL for all */
    uint8_t *rgb;          /* (H, W, 4) */
    float *hdr;            /* (H, W, 4) linear, or NULL */
    float *surface;        /* (H, W, 34) what surfaces are made of and the parts of their light, or NULL */
    const Bounce *bounce;  /* or NULL */
    int64_t table_size;
    int64_t open_height;
    int64_t open_width;
    int64_t width;
    int64_t height;
} Film;

typedef struct {                /* one face of a shadow map to be drawn */
    const uint8_t *casts;       /* (N,) */
    const uint8_t *is_closed;   /* (N,) whose faces turned away from the light are left out */
    const float *opacity;       /* (N,) 0..1, by which light gets through */
    const int64_t *cut_texture; /* (N,) by which opacity is multiplied, -1 for none */
    const int64_t *cut_channel; /* (N,) */
    const float *cut_threshold; /* (N,) of the product, below which nothing is there; 0: light gets through by it */
    const float *map_from_mesh; /* (N, 4, 4) as Lights.faces */
    float *texels;              /* (Z, Z) inf on entry */
    int64_t instance_count;
    int64_t size;
    int64_t is_perspective;
    float near;
} ShadowFace;

typedef struct {     /* where defects may show: images (H, W), flat */
    int32_t *under;  /* the entity of the defect at each pixel's centre, -1 for none; of several the last */
    uint8_t *inside; /* whether the texel there is of the defect's own shape */
    int64_t pixel_count;
} Standing;

typedef struct { /* a frame's labels by items that run in any order: see grid.c */
    const Scene *scene;
    const View *view;
    const Drawn *drawn;
    const Points *points;
    const Samples *samples; /* stamps are not used */
    const LabelImages *images;
    uint64_t *nearest;      /* (K,) ~ the bits of 1 / w, and 1 + the place of its triangle in the order of drawing */
    uint32_t *seen;         /* (E, U) of an entity from first_entity on, a bit for each pixel whose centre it covers */
    const int64_t *place;   /* (N,) of an instance's first triangle, -1 where it is not drawn */
    int32_t *number;        /* (P,) triangle numbers by place */
    int32_t *large;         /* (Q, 2) the list of large triangles: their number, and which of its fan */
    int64_t *large_count;   /* (1,) how many there are; those beyond Q are not listed */
    int64_t sample_count;   /* K */
    int64_t entity_count;   /* E */
    int64_t word_count;     /* U */
    int64_t instance_count; /* N */
    int64_t place_count;    /* P */
    int64_t room;           /* Q */
    int64_t first_entity;   /* 0, or, where not all entities have room at once, the first that is counted this time */
    int64_t most_samples;   /* in the box of a triangle that is not large */
} Grid;

typedef struct { /* a frame's colours by items that run in any order: see grid_shade.c */
    const Scene *scene;
    const View *view;
    const Points *points;
    const Samples *samples;
    const Lights *lights;
    const Film *film;
} Shading;

typedef struct { /* a run of rows of an image */
    int64_t first;
    int64_t end;
} Rows;

/* Kernels return 0, or 1 where there was no memory. */

EXPORT void rendersdg_transform(const Scene *scene, const View *view, const Drawn *drawn, const Points *points);
EXPORT void rendersdg_raster(const Scene *scene, const View *view, const Drawn *drawn, const Points *points,
    const Samples *samples, const Rows *rows);
EXPORT void rendersdg_look(const Lens *lens, const Rows *rows);
EXPORT int rendersdg_see_rays(const Scene *scene, const View *view, const Drawn *drawn, const Points *points,
    const Samples *samples, const Rows *rows);
EXPORT int rendersdg_labels(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const LabelImages *images, const Rows *rows);
EXPORT int rendersdg_shadow_face(const Scene *scene, const ShadowFace *face, const Rows *rows);
EXPORT int rendersdg_shade(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Rows *rows);
EXPORT void rendersdg_peel(
    const Scene *scene, const View *view, const Drawn *drawn, const Points *points, const Peel *peel, const Rows *rows);
EXPORT int rendersdg_peel_rays(
    const Scene *scene, const View *view, const Drawn *drawn, const Points *points, const Peel *peel, const Rows *rows);
EXPORT int rendersdg_shade_layer(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Layer *layer, const Rows *rows);
EXPORT int rendersdg_ambient_occlusion(const View *view, const float *depth, const float *normal,
    const float *camera_from_world, float radius, float strength, float *out, const Rows *rows);
EXPORT int rendersdg_smooth(
    int64_t width, int64_t height, const float *image, const float *depth, float *out, const Rows *rows);
EXPORT int rendersdg_look_up_sky(int64_t count, const float *directions, const Environment *environment,
    const float *frame_from_direction, float *radiance);
EXPORT void rendersdg_stand(
    const Scene *scene, const View *view, const LabelImages *labels, const Standing *standing, const Rows *rows);
EXPORT void rendersdg_spread_parts(int64_t width, int64_t height, const int16_t *parts, int16_t *out);
EXPORT void rendersdg_halve_patch(
    int64_t width, int64_t height, const float *texels, const int16_t *parts, float *out, int16_t *parts_out);
EXPORT int rendersdg_plan_mesh_tree(
    int64_t vertex_count, const float *vertices, int64_t triangle_count, const int32_t *triangles, TreePlan *plan);
EXPORT void rendersdg_lay_mesh_tree(const TreePlan *plan, MeshTree *tree);
EXPORT int64_t rendersdg_refit_mesh_tree(
    int64_t vertex_count, const float *vertices, int64_t triangle_count, const int32_t *triangles, MeshTree *tree);
EXPORT void rendersdg_place_instances(int64_t count, const int64_t *tree, const double *world_from_mesh,
    int64_t tree_count, const MeshTree *trees, double *mesh_from_world, float *boxes);
EXPORT int rendersdg_plan_instance_tree(const float *boxes, TreePlan *plan);
EXPORT void rendersdg_lay_instance_tree(const TreePlan *plan, const float *boxes, uint8_t *nodes);
EXPORT int rendersdg_bounce(const Scene *scene, const View *view, const Points *points, const Samples *samples,
    const Lights *lights, const Film *film, const Rows *rows);
EXPORT int rendersdg_spread_edges(const Bounce *bounce, const Rows *rows);
EXPORT int rendersdg_filter_bounce(const Bounce *bounce, const float *from, float *to, int64_t reach, const Rows *rows);
EXPORT void rendersdg_trace(const Trees *trees, const RayQuery *rays, const Hits *hits, const Rows *rows);
EXPORT void rendersdg_occluded(const Trees *trees, const RayQuery *rays, uint8_t *occluded, const Rows *rows);
EXPORT void rendersdg_grow_boxes(
    int64_t width, int64_t height, const int32_t *entity, int64_t entity_count, int32_t *boxes, int64_t *counts);
#if !defined(__CUDACC__)
EXPORT void rendersdg_grid_begin(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks);
EXPORT void rendersdg_grid_see(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks);
EXPORT void rendersdg_grid_see_large(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks);
EXPORT void rendersdg_grid_resolve(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks);
EXPORT void rendersdg_grid_label(const Grid *grid, int64_t count, int64_t block_count, const int64_t *blocks);
EXPORT int rendersdg_grid_shade(const Shading *shading, int64_t count, int64_t block_count, const int64_t *blocks);
#endif

#endif
