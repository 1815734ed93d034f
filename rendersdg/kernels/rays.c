/* Which samples a triangle covers where a lens bends lines: edge functions over rays, found by a pyramid of tiles.
 *
 * The plane through the camera and an edge has the normal n = p x q of the edge's ends. A ray d lies inside of a
 * triangle where n . d has the triangle's sign for all three edges (the edge functions of Olano and Greer 1997, without
 * a screen); their sum over the volume p . (q x r) is 1 / distance. So nothing is projected and nothing is clipped,
 * whatever the lens, and of two triangles that share an edge the edge functions are each other's negatives to the bit:
 * there are no cracks.
 *
 * Samples are grouped in tiles of TILE x TILE, four tiles in a larger one, and so on. Each tile has a ball that holds
 * the directions of its rays. A triangle goes down the pyramid to the tiles that it may touch: a ball of its own must
 * meet the tile's, which must not lie outside of one of its planes. Edge functions are taken about the tile's middle in
 * double precision, which leaves little for single precision to lose, and then worked out for eight samples at once.
 *
 * Reads Points.points (camera space; z is -w), Meshes, and the rays (2H, 2W) of View. Writes Samples.triangle and
 * .inverse_depth, which holds 1 / distance here; at pixel centres every entity that the ray meets at all is counted in
 * unoccluded and widens its box in loose. Rows counts rows of tiles: TILE samples each. A tile's samples depend on
 * nothing beside it, so any runs of rows give the same bytes.
 *
 * Triangles with corners that are not finite, or not there, are left out; so are rays that are not finite or have no
 * length.
 */
#include <math.h>
#include <stdlib.h>

#include "cutout.h"
#include "numbers.h"
#include "peel.h"
#include "vector.h"

enum {
    TILE = LANES,    /* samples a side */
    MOST_TIERS = 26, /* of the pyramid: each halves the tiles a side */
    GROUP = 32       /* triangles that are searched for together */
};

static const float ANYWHERE = 4.0f; /* the radius of a ball that holds all directions */
static const float SLACK = 1e-5f;   /* by which balls are larger than they need be, against rounding */

typedef struct { /* of directions; the radius is negative where there are none */
    float middle[3];
    float radius;
} Ball;

typedef struct {
    float low[3]; /* above `high` where there are no rays */
    float high[3];
} Box;

typedef struct { /* the tiles of a run of rows, tier by tier from the finest */
    Ball *balls;
    Box *boxes;
    uint8_t *is_whole; /* by tile of the finest tier: whether all its samples have rays */
    int64_t first[MOST_TIERS];
    int64_t columns[MOST_TIERS];
    int64_t rows[MOST_TIERS];
    int tiers;
} Pyramid;

typedef struct {
    double edge[3][3];    /* normals of the planes through the edges, pointing inwards; times a power of two */
    float normal[3][3];   /* the same */
    float length[3];      /* theirs */
    float inverse_volume; /* the sum of the edge functions times this is 1 / distance */
    Ball ball;
    int32_t number;
    const int32_t *corner;
} Facet;

typedef struct {
    int tier;
    int64_t x;
    int64_t y;
} Place;

typedef struct { /* what one call reads and writes */
    const Scene *scene;
    const View *view;
    const Samples *samples;
    const Peel *peel; /* where a layer is peeled off instead */
    Pyramid pyramid;
    int64_t first_row;  /* of tiles */
    int64_t row_length; /* samples */
    int64_t row_count;
    float nearest; /* 1 / near */
    float farthest;
    /* of the instance at hand */
    int64_t entity; /* -1 where it is not counted */
    const float *uvs;
    const float *opacities; /* of corners, or NULL */
    int64_t cut_texture;    /* -1 for none */
    int64_t cut_channel;
    float cut_threshold;
} Cast;

/* ---- the pyramid ---- */

static void set_ball(Ball *ball, const Box *box)
{
    float square = 0.0f;
    for (int d = 0; d < 3; d++) {
        float half = 0.5f * (box->high[d] - box->low[d]);
        ball->middle[d] = 0.5f * (box->low[d] + box->high[d]);
        square += half * half;
    }
    ball->radius = box->low[0] <= box->high[0] ? sqrtf(square) + SLACK : -1.0f;
}

static void widen_box(Box *box, const float low[3], const float high[3])
{
    for (int d = 0; d < 3; d++) {
        box->low[d] = minf(box->low[d], low[d]);
        box->high[d] = maxf(box->high[d], high[d]);
    }
}

static const Box NO_RAYS = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};

static int64_t ray_of(const Cast *cast, int64_t h, int64_t v)
{
    return (v * 2 * cast->view->width + h) * cast->view->step;
}

static void set_tile(const Cast *cast, int64_t x, int64_t y, int64_t at)
{
    const View *view = cast->view;
    Box box = NO_RAYS;
    int64_t right = min64(TILE * (x + 1), cast->row_length), bottom = min64(TILE * (y + 1), cast->row_count);
    int is_whole = 1;
    for (int64_t v = TILE * y; v < bottom; v++)
        for (int64_t h = TILE * x; h < right; h++) {
            int64_t q = ray_of(cast, h, v);
            float ray[3] = {view->ray_x[q], view->ray_y[q], view->ray_z[q]};
            float square = ray[0] * ray[0] + ray[1] * ray[1] + ray[2] * ray[2];
            if (square > 0.0f && square < INFINITY)
                widen_box(&box, ray, ray);
            else
                is_whole = 0;
        }
    cast->pyramid.boxes[at] = box;
    cast->pyramid.is_whole[at] = (uint8_t)is_whole;
    set_ball(cast->pyramid.balls + at, &box);
}

/* Lay out the tiers for a number of tiles, and return how many tiles there are in all. */
static int64_t lay_out(Pyramid *p, int64_t columns, int64_t rows)
{
    int64_t total = 0;
    for (p->tiers = 0; p->tiers < MOST_TIERS; columns = (columns + 1) / 2, rows = (rows + 1) / 2) {
        p->first[p->tiers] = total;
        p->columns[p->tiers] = columns;
        p->rows[p->tiers++] = rows;
        total += columns * rows;
        if (columns <= 1 && rows <= 1)
            break;
    }
    return total;
}

static void build(Cast *cast)
{
    Pyramid *p = &cast->pyramid;
    for (int64_t y = 0; y < p->rows[0]; y++)
        for (int64_t x = 0; x < p->columns[0]; x++)
            set_tile(cast, x, cast->first_row + y, y * p->columns[0] + x);
    for (int tier = 1; tier < p->tiers; tier++) {
        Box *below = p->boxes + p->first[tier - 1], *boxes = p->boxes + p->first[tier];
        int64_t columns = p->columns[tier], count = columns * p->rows[tier];
        for (int64_t k = 0; k < count; k++)
            boxes[k] = NO_RAYS;
        for (int64_t y = 0; y < p->rows[tier - 1]; y++)
            for (int64_t x = 0; x < p->columns[tier - 1]; x++) {
                const Box *box = below + y * p->columns[tier - 1] + x;
                widen_box(boxes + (y >> 1) * columns + (x >> 1), box->low, box->high);
            }
        for (int64_t k = 0; k < count; k++)
            set_ball(p->balls + p->first[tier] + k, boxes + k);
    }
}

/* ---- triangles ---- */

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* Set the ball of the directions in which a triangle lies: of its corners' where those keep within a hemisphere. */
static void set_reach(Ball *ball, double corner[3][3])
{
    double unit[3][3], middle[3] = {0.0, 0.0, 0.0}, farthest = 0.0;
    for (int c = 0; c < 3; c++) {
        double inverse = 1.0 / sqrt(dot(corner[c], corner[c]));
        for (int d = 0; d < 3; d++) {
            unit[c][d] = corner[c][d] * inverse;
            middle[d] += unit[c][d];
        }
    }
    double inverse = 1.0 / sqrt(dot(middle, middle));
    for (int d = 0; d < 3; d++)
        middle[d] *= inverse;
    for (int c = 0; c < 3; c++) {
        double away[3] = {unit[c][0] - middle[0], unit[c][1] - middle[1], unit[c][2] - middle[2]};
        double square = dot(away, away);
        farthest = farthest >= square ? farthest : square; /* NaN wins */
    }
    int is_cap = farthest < 1.5; /* short of a hemisphere's two */
    for (int d = 0; d < 3; d++)
        ball->middle[d] = is_cap ? (float)middle[d] : 0.0f;
    ball->radius = is_cap ? (float)sqrt(farthest) + SLACK : ANYWHERE;
}

/* Returns 1, or 0 where a corner is not finite or not there, or the triangle is seen edge on or is left out. */
static int set_facet(const Scene *scene, const Points *points, int64_t o, int64_t k, int is_culled, Facet *facet)
{
    const Instances *instances = scene->instances;
    int64_t triangle = instances->first_triangle[o] + k;
    if (triangle < 0 || triangle >= scene->meshes->triangle_count)
        return 0;
    facet->corner = scene->meshes->triangles + 3 * triangle;
    facet->number = (int32_t)(instances->first_number[o] + k);
    double corner[3][3];
    for (int c = 0; c < 3; c++) {
        int64_t vertex = facet->corner[c];
        int64_t uv = instances->first_vertex[o] + vertex, at = instances->first_point[o] + vertex;
        if (vertex < 0 || vertex >= instances->vertex_count[o])
            return 0;
        if (uv < 0 || uv >= scene->meshes->vertex_count || at < 0 || at >= points->count)
            return 0;
        const Point *point = points->points + at;
        if (!isfinite(point->x) || !isfinite(point->y) || !isfinite(point->w))
            return 0;
        corner[c][0] = point->x;
        corner[c][1] = point->y;
        corner[c][2] = -(double)point->w;
    }
    double most = 0.0;
    for (int c = 0; c < 3; c++) { /* edge c lies opposite corner c */
        cross(corner[(c + 1) % 3], corner[(c + 2) % 3], facet->edge[c]);
        for (int d = 0; d < 3; d++)
            most = fabs(facet->edge[c][d]) > most ? fabs(facet->edge[c][d]) : most;
    }
    double volume = dot(corner[0], facet->edge[0]);
    if (volume == 0.0 || (is_culled && volume > 0.0))
        return 0;
    int exponent;
    frexp(most, &exponent);
    double scale = ldexp(volume < 0.0 ? -1.0 : 1.0, -exponent); /* exact: neighbours still agree about their edge */
    for (int c = 0; c < 3; c++) {
        for (int d = 0; d < 3; d++) {
            facet->edge[c][d] *= scale;
            facet->normal[c][d] = (float)facet->edge[c][d];
        }
        facet->length[c] = (float)sqrt(dot(facet->edge[c], facet->edge[c]));
    }
    facet->inverse_volume = (float)(1.0 / (volume * scale));
    set_reach(&facet->ball, corner);
    return 1;
}

/* ---- tiles ---- */

typedef struct {
    Floats x;
    Floats y;
    Floats z;
} Rays;

/* The rays of `count` samples from (h, v) on, less `from`; and which of them there are. */
INLINE Rays rays_at(const Cast *cast, int64_t h, int64_t v, int count, const float from[3], int is_whole, Ints *there)
{
    const View *view = cast->view;
    int64_t q = ray_of(cast, h, v);
    Rays r;
    if (count == TILE && view->step == 1) {
        memcpy(&r.x, view->ray_x + q, sizeof r.x);
        memcpy(&r.y, view->ray_y + q, sizeof r.y);
        memcpy(&r.z, view->ray_z + q, sizeof r.z);
    } else {
        r = (Rays){floats(0.0f), floats(0.0f), floats(0.0f)};
        for (int k = 0; k < count; k++) {
            r.x[k] = view->ray_x[q + k * view->step];
            r.y[k] = view->ray_y[q + k * view->step];
            r.z[k] = view->ray_z[q + k * view->step];
        }
    }
    *there = lanes() < ints(count);
    if (!is_whole) {
        Floats square = r.x * r.x + r.y * r.y + r.z * r.z;
        *there &= (square > floats(0.0f)) & (square < floats(INFINITY));
    }
    r.x -= floats(from[0]);
    r.y -= floats(from[1]);
    r.z -= floats(from[2]);
    return r;
}

/* Take away the samples at which the opacity lets the ray through. */
static uint64_t cut(const Cast *cast, const Facet *facet, const Floats e[3], uint64_t bits)
{
    const float *uv[3];
    for (int c = 0; c < 3; c++)
        uv[c] = cast->uvs + 2 * (int64_t)facet->corner[c];
    for (uint64_t left = bits; left; left &= left - 1) {
        int k = __builtin_ctzll(left);
        float whole = 1.0f / (e[0][k] + e[1][k] + e[2][k]);
        float u = (e[0][k] * uv[0][0] + e[1][k] * uv[1][0] + e[2][k] * uv[2][0]) * whole;
        float v = (e[0][k] * uv[0][1] + e[1][k] * uv[1][1] + e[2][k] * uv[2][1]) * whole;
        float opacity = cutout_opacity(cast->scene->textures, cast->cut_texture, cast->cut_channel, u, v);
        if (cast->opacities) {
            float sum = 0.0f;
            for (int c = 0; c < 3; c++)
                sum += e[c][k] * cast->opacities[facet->corner[c]];
            opacity *= sum * whole;
        }
        if (opacity < cast->cut_threshold)
            bits &= ~(1ull << k);
    }
    return bits;
}

/* Count the entity at those pixel centres among samples (h, v).. whose bits are set. */
static void count_centres(const Cast *cast, uint64_t bits, int64_t h, int64_t v)
{
    int64_t shift = cast->view->step == 2 ? 0 : 1;
    if (cast->entity < 0 || (v & shift) != 0)
        return;
    bits &= shift ? 0x55 : 0xff; /* tiles begin at even samples */
    int32_t *stamp = cast->samples->stamp + (v >> shift) * cast->view->width;
    int32_t *box = cast->samples->loose + 4 * cast->entity, y = (int32_t)(v >> shift);
    for (; bits; bits &= bits - 1) {
        int32_t x = (int32_t)((h + __builtin_ctzll(bits)) >> shift);
        cast->samples->unoccluded[cast->entity] += stamp[x] != (int32_t)cast->entity;
        stamp[x] = (int32_t)cast->entity;
        box[0] = min32(box[0], x);
        box[1] = min32(box[1], y);
        box[2] = max32(box[2], x);
        box[3] = max32(box[3], y);
    }
}

/* Keep the nearer of `count` samples and the facet's, the lesser number where both are as near. */
INLINE void keep(const Cast *cast, int64_t at, int count, Ints on, Floats q, int32_t number)
{
    Floats nearest = floats(0.0f);
    Ints of = ints(0);
    size_t size = (size_t)count * sizeof(float);
    float *depth = cast->samples->inverse_depth + at;
    int32_t *triangle = cast->samples->triangle + at;
    if (count == TILE) {
        memcpy(&nearest, depth, sizeof nearest);
        memcpy(&of, triangle, sizeof of);
    } else {
        memcpy(&nearest, depth, size);
        memcpy(&of, triangle, size);
    }
    Ints nearer = on & ((q > nearest) | ((q == nearest) & (ints(number) < of)));
    nearest = choose_floats(nearer, q, nearest);
    of = choose_ints(nearer, ints(number), of);
    if (count == TILE) {
        memcpy(depth, &nearest, sizeof nearest);
        memcpy(triangle, &of, sizeof of);
    } else {
        memcpy(depth, &nearest, size);
        memcpy(triangle, &of, size);
    }
}

static Ints mask_of(uint64_t bits)
{
    Ints mask = ints((int32_t)bits) & (Ints){1, 2, 4, 8, 16, 32, 64, 128};
    return mask != ints(0);
}

static void draw_tile(const Cast *cast, const Facet *facet, int64_t x, int64_t y, int64_t tile)
{
    const float *from = cast->pyramid.balls[tile].middle;
    double middle[3] = {from[0], from[1], from[2]};
    Floats start[3];
    for (int c = 0; c < 3; c++)
        start[c] = floats((float)dot(facet->edge[c], middle));
    int64_t h = TILE * x, bottom = min64(TILE * (y + 1), cast->row_count);
    int count = (int)min64(TILE, cast->row_length - h);
    for (int64_t v = TILE * y; v < bottom; v++) {
        Ints on;
        Rays r = rays_at(cast, h, v, count, from, cast->pyramid.is_whole[tile], &on);
        Floats e[3];
        for (int c = 0; c < 3; c++) {
            const float *n = facet->normal[c];
            e[c] = start[c] + (floats(n[0]) * r.x + floats(n[1]) * r.y + floats(n[2]) * r.z);
        }
        Floats zero = floats(0.0f), q = (e[0] + e[1] + e[2]) * floats(facet->inverse_volume);
        on &= (e[0] >= zero) & (e[1] >= zero) & (e[2] >= zero);
        on &= (q < floats(cast->nearest)) & (q > floats(cast->farthest));
        uint64_t bits = bits_of(on);
        if (bits && (cast->cut_texture >= 0 || cast->opacities)) {
            bits = cut(cast, facet, e, bits);
            on &= mask_of(bits);
        }
        if (!bits)
            continue;
        if (cast->peel) {
            for (; bits; bits &= bits - 1) {
                int k = __builtin_ctzll(bits);
                peel_sample(cast->peel, cast->view, h + k, v, q[k], facet->number);
            }
            continue;
        }
        keep(cast, v * cast->row_length + h, count, on, q, facet->number);
        count_centres(cast, bits, h, v);
    }
}

/* Whether two balls meet. */
static inline int meet(const Ball *a, const Ball *b)
{
    float x = a->middle[0] - b->middle[0], y = a->middle[1] - b->middle[1], z = a->middle[2] - b->middle[2];
    float reach = a->radius + b->radius;
    return b->radius >= 0.0f && x * x + y * y + z * z <= reach * reach;
}

static inline int may_touch(const Facet *facet, const Ball *ball)
{
    if (!meet(&facet->ball, ball))
        return 0;
    for (int c = 0; c < 3; c++) {
        const float *n = facet->normal[c];
        if (n[0] * ball->middle[0] + n[1] * ball->middle[1] + n[2] * ball->middle[2]
            < -facet->length[c] * ball->radius - SLACK * facet->length[c])
            return 0;
    }
    return 1;
}

/* The k-th of the four places below one; 0 where there is none. */
static inline int child_of(const Pyramid *p, const Place *place, int k, Place *child)
{
    *child = (Place){place->tier - 1, 2 * place->x + (k & 1), 2 * place->y + (k >> 1)};
    return child->x < p->columns[child->tier] && child->y < p->rows[child->tier];
}

static inline int64_t index_of(const Pyramid *p, const Place *place)
{
    return p->first[place->tier] + place->y * p->columns[place->tier] + place->x;
}

static void draw_below(const Cast *cast, const Facet *facet, Place start)
{
    const Pyramid *p = &cast->pyramid;
    Place stack[3 * MOST_TIERS + 1];
    int top = 0;
    if (!may_touch(facet, p->balls + index_of(p, &start)))
        return;
    stack[top++] = start;
    while (top > 0) {
        Place place = stack[--top], child;
        if (place.tier == 0) {
            draw_tile(cast, facet, place.x, cast->first_row + place.y, index_of(p, &place));
            continue;
        }
        for (int k = 0; k < 4; k++)
            if (child_of(p, &place, k, &child) && may_touch(facet, p->balls + index_of(p, &child)))
                stack[top++] = child;
    }
}

/* The smallest tile in which all of a group is looked for. */
static Place place_of(const Cast *cast, const Facet *facets, int count)
{
    const Pyramid *p = &cast->pyramid;
    Ball ball = facets[0].ball;
    for (int k = 1; k < count; k++) { /* about the first one's middle */
        const float *m = facets[k].ball.middle;
        float x = m[0] - ball.middle[0], y = m[1] - ball.middle[1], z = m[2] - ball.middle[2];
        ball.radius = maxf(ball.radius, sqrtf(x * x + y * y + z * z) + facets[k].ball.radius + SLACK);
    }
    Place place = {p->tiers - 1, 0, 0}, child;
    while (place.tier > 0) {
        Place only = place;
        int met = 0;
        for (int k = 0; k < 4; k++)
            if (child_of(p, &place, k, &child) && meet(&ball, p->balls + index_of(p, &child))) {
                only = child;
                met++;
            }
        if (met != 1)
            break;
        place = only;
    }
    return place;
}

static void draw_instance(Cast *cast, const Drawn *drawn, const Points *points, int64_t o)
{
    const Instances *instances = cast->scene->instances;
    int64_t total = min64(instances->triangle_count[o], cast->scene->meshes->triangle_count);
    int64_t entity = instances->entity[o];
    cast->entity = !cast->peel && entity >= 0 && entity < cast->samples->entity_count ? entity : -1;
    cast->uvs = cast->scene->meshes->uvs + 2 * instances->first_vertex[o];
    cast->cut_texture = cast->peel ? -1 : drawn->cut_texture[o];
    cast->cut_channel = drawn->cut_channel[o];
    cast->opacities = NULL;
    if (!cast->peel && drawn->cut_by_corners[o] && cast->scene->meshes->opacities)
        cast->opacities = cast->scene->meshes->opacities + instances->first_vertex[o];
    cast->cut_threshold = drawn->cut_threshold[o];
    int is_culled = !cast->peel && drawn->is_culled[o];
    Facet facets[GROUP];
    for (int64_t k = 0; k < total;) {
        int count = 0;
        for (; k < total && count < GROUP; k++)
            count += set_facet(cast->scene, points, o, k, is_culled, facets + count);
        if (count == 0)
            continue;
        Place place = place_of(cast, facets, count);
        for (int i = 0; i < count; i++)
            draw_below(cast, facets + i, place);
    }
}

static int draw(Cast *cast, const Drawn *drawn, const Points *points, const Rows *rows)
{
    const View *view = cast->view;
    int64_t samples_a_pixel = view->step == 2 ? 1 : 2;
    cast->first_row = rows->first;
    cast->row_length = samples_a_pixel * view->width;
    cast->row_count = samples_a_pixel * view->height;
    cast->nearest = view->near > 0.0f ? 1.0f / view->near : INFINITY;
    cast->farthest = 1.0f / view->far;
    Pyramid *p = &cast->pyramid;
    int64_t end = min64(rows->end, (cast->row_count + TILE - 1) / TILE);
    if (rows->first >= end || cast->row_length < 1)
        return 0;
    size_t total = (size_t)lay_out(p, (cast->row_length + TILE - 1) / TILE, end - rows->first);
    p->balls = malloc(total * sizeof(Ball));
    p->boxes = malloc(total * sizeof(Box));
    p->is_whole = malloc(total);
    int fails = !p->balls || !p->boxes || !p->is_whole;
    if (!fails) {
        build(cast);
        for (int64_t k = 0; k < drawn->order_count; k++)
            if (drawn->order[k] >= 0 && drawn->order[k] < drawn->instance_count
                && drawn->order[k] < cast->scene->instances->count)
                draw_instance(cast, drawn, points, drawn->order[k]);
    }
    free(p->balls);
    free(p->boxes);
    free(p->is_whole);
    return fails;
}

int rendersdg_see_rays(const Scene *scene, const View *view, const Drawn *drawn, const Points *points,
    const Samples *samples, const Rows *rows)
{
    Cast cast = {.scene = scene, .view = view, .samples = samples};
    return draw(&cast, drawn, points, rows);
}

int rendersdg_peel_rays(
    const Scene *scene, const View *view, const Drawn *drawn, const Points *points, const Peel *peel, const Rows *rows)
{
    Cast cast = {.scene = scene, .view = view, .peel = peel};
    return draw(&cast, drawn, points, rows);
}
