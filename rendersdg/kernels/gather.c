/* From samples to fragments: a pixel that shows one surface is shaded once, at its centre; another once for each surface, at the
 * sample of it that counts most, and they are blended by a tent filter over the nine samples of the centre and the ring about it.
 *
 * Layout: samples are 2 W x 2 H triangle numbers; pixel (x, y) has its centre at sample (2 x, 2 y). Column 0 has nothing to its
 * left and row 0 nothing above: their own samples stand in.
 */
#include "numbers.h"
#include "shader.h"

typedef struct { /* the surfaces in a pixel, the centre's first */
    int count;
    int32_t key[RING]; /* of the piece of surface, -1 for the sky */
    int32_t number[RING];
    int32_t weight[RING]; /* of 16 */
    int32_t best[RING];   /* largest weight of a single sample */
    int64_t h[RING];      /* that sample */
    int64_t v[RING];
} Pixel;

/* The triangle at a sample; numbers that no instance has are none. */
static inline int32_t number_at(const Shader *s, int64_t sample)
{
    int32_t number = s->samples->triangle[sample];
    return number < s->scene->instances->number_count ? number : -1;
}

static inline int32_t key_of(const Shader *s, int32_t number) { return number >= 0 ? s->scene->instances->number_key[number] : -1; }

/* Flag the pixels whose nine samples all show one triangle. */
static void find_inner(Shader *s)
{
    int32_t width = (int32_t)s->view->width, last = 2 * width - 1;
    const int32_t *here = s->samples->triangle + 4 * s->row.y * width, *below = here + 2 * width;
    const int32_t *above = s->row.y > 0 ? here - 2 * width : here;
    uint8_t *restrict down = s->row.is_same_down, *restrict right = s->row.is_same_right, *restrict inner = s->row.is_inner;
    for (int32_t k = 0; k < last; k++) {
        down[k] = (above[k] == here[k]) & (below[k] == here[k]);
        right[k] = here[k + 1] == here[k];
    }
    down[last] = (above[last] == here[last]) & (below[last] == here[last]);
    inner[0] = down[0] & down[1] & right[0];
    for (int32_t x = 1; x < width; x++)
        inner[x] = down[2 * x - 1] & down[2 * x] & down[2 * x + 1] & right[2 * x - 1] & right[2 * x];
}

static inline int is_wanted(const Shader *s, int64_t x) { return !s->film->wanted || s->film->wanted[s->row.y * s->view->width + x]; }

/* Whether a ring's samples all are of the smooth piece of surface of triangle `number` at the pixel's centre. */
static int is_one_surface(const Shader *s, int64_t x, int32_t number)
{
    int64_t wide = 2 * s->view->width, h = 2 * x, v = 2 * s->row.y;
    int64_t columns[3] = {h > 0 ? h - 1 : h, h, h + 1}, rows[3] = {v > 0 ? v - 1 : v, v, v + 1};
    int32_t key = key_of(s, number);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int32_t other = number_at(s, rows[b] * wide + columns[a]);
            if (other != number && (other < 0 || key_of(s, other) != key))
                return 0;
        }
    return 1;
}

/* Count a sample to its surface. */
static void count_sample(Pixel *p, int32_t number, int32_t key, int32_t weight, int64_t h, int64_t v)
{
    int m = 0;
    while (m < p->count && p->key[m] != key)
        m++;
    if (m == p->count) {
        p->count++;
        p->key[m] = key;
        p->weight[m] = p->best[m] = 0;
    }
    p->weight[m] += weight;
    if (m > 0 && weight > p->best[m]) { /* the centre's surface is seen at the centre */
        p->best[m] = weight;
        p->number[m] = number;
        p->h[m] = h;
        p->v[m] = v;
    }
}

/* Find the surfaces in pixel x, of which triangle `number` is seen at the centre. */
static Pixel split(const Shader *s, int64_t x, int32_t number)
{
    int64_t h = 2 * x, v = 2 * s->row.y;
    Pixel p = {.count = 1, .key = {key_of(s, number)}, .number = {number}, .weight = {16}, .best = {4}, .h = {h}, .v = {v}};
    if (s->row.is_inner[x] || (number >= 0 && is_one_surface(s, x, number)))
        return p;
    p.weight[0] = 4;
    for (int k = 0; k < RING; k++) {
        int a = k % 3, b = k / 3;
        if (k == 4)
            continue;
        int64_t column = a == 0 ? (h > 0 ? h - 1 : h) : h + a - 1, row = b == 0 ? (v > 0 ? v - 1 : v) : v + b - 1;
        int32_t other = number_at(s, row * 2 * s->view->width + column);
        count_sample(&p, other, key_of(s, other), (a == 1 ? 2 : 1) * (b == 1 ? 2 : 1), column, row);
    }
    return p;
}

static void begin_span(Shader *s, int32_t number)
{
    if (s->span_count == 0 || s->spans[s->span_count - 1].number != number)
        s->spans[s->span_count++] = (Span){number, s->count};
}

/* Add the pixels x..end of one triangle, seen at their centres. */
static void add_run(Shader *s, int32_t number, int64_t x, int64_t end)
{
    begin_span(s, number);
    int k = s->count, n = (int)(end - x);
    Chunk *c = &s->chunk;
    for (int i = 0; i < n; i++) {
        c->ray_x[k + i] = s->row.slope[x + i];
        c->open[k + i] = s->row.open[x + i];
        c->ray_y[k + i] = s->row.slope_y;
        c->share[k + i] = 1.0f;
        s->column[k + i] = (int32_t)x + i;
        s->is_centre[k + i] = 1;
    }
    if (s->view->ray_x)
        for (int i = 0; i < n; i++)
            s->ray[k + i] = 4 * s->row.y * s->view->width + 2 * (x + i);
    s->count += n;
}

static void add_sky(Shader *s, int64_t x, const float direction[3], float share, int is_centre)
{
    int k = s->sky_count++;
    for (int axis = 0; axis < 3; axis++)
        s->sky.direction[axis][k] = direction[axis];
    s->sky.share[k] = share;
    s->sky.column[k] = (int32_t)x;
    s->sky.is_centre[k] = (uint8_t)is_centre;
}

/* Set the direction of a sample's ray; return whether the lens sees there. */
static int direction_of(const Shader *s, int64_t h, int64_t v, float slope_x, float slope_y, float out[3])
{
    const View *view = s->view;
    int64_t q = v * 2 * view->width + h;
    out[0] = view->ray_x ? view->ray_x[q] : slope_x;
    out[1] = view->ray_x ? view->ray_y[q] : slope_y;
    out[2] = view->ray_x ? view->ray_z[q] : -1.0f;
    return out[0] != 0.0f || out[1] != 0.0f || out[2] != 0.0f;
}

/* Add a fragment for each surface of pixel x, and what of it shows the sky. */
static void add_pixel(Shader *s, int64_t x, int32_t number)
{
    const View *view = s->view;
    float pixel_x = 1.0f / view->focal_x, pixel_y = 1.0f / view->focal_y;
    Pixel p = split(s, x, number);
    if (p.count > 1 || number < 0) {
        for (int k = 0; k < 3; k++)
            s->row.blended[3 * x + k] = 0.0f;
        s->row.edges[s->row.edge_count++] = (int32_t)x;
    }
    for (int m = 0; m < p.count; m++) {
        float share = (float)p.weight[m] * (float)(1.0 / 16.0);
        float slope_x = ((float)(p.h[m] + 1) * 0.5f - view->centre_x) * pixel_x;
        float slope_y = (view->centre_y - (float)(p.v[m] + 1) * 0.5f) * pixel_y;
        if (p.number[m] < 0) {
            float direction[3];
            if (s->lights->environment->is_lit && direction_of(s, p.h[m], p.v[m], slope_x, slope_y, direction))
                add_sky(s, x, direction, share, m == 0);
            continue;
        }
        begin_span(s, p.number[m]);
        int k = s->count++;
        s->column[k] = (int32_t)x;
        s->is_centre[k] = m == 0;
        s->ray[k] = p.v[m] * 2 * view->width + p.h[m];
        s->chunk.ray_x[k] = slope_x;
        s->chunk.ray_y[k] = slope_y;
        s->chunk.share[k] = share;
        s->chunk.open[k] = s->row.open[x];
    }
}

/* Add the sky from pixel x on, as far as it goes; return the pixel after it. x itself where the lens sees nothing. */
static int64_t add_sky_run(Shader *s, int64_t x)
{
    const View *view = s->view;
    int64_t end = view->ray_x ? x + 1 : min64(view->width, x + CHUNK - s->sky_count), row = 4 * s->row.y * view->width;
    float direction[3];
    if (!direction_of(s, 2 * x, 2 * s->row.y, s->row.slope[x], s->row.slope_y, direction))
        return x;
    do {
        add_sky(s, x, direction, 1.0f, 1);
        x++;
        if (x < end)
            direction[0] = s->row.slope[x];
    } while (x < end && s->row.is_inner[x] && number_at(s, row + 2 * x) < 0 && is_wanted(s, x));
    return x;
}

void gather_row(Shader *s)
{
    int64_t width = s->view->width, row = 4 * s->row.y * width;
    find_inner(s);
    for (int64_t x = 0; x < width;) {
        if (s->count > CHUNK - RING || s->sky_count > CHUNK - RING)
            flush(s);
        if (!is_wanted(s, x)) {
            x++;
            continue;
        }
        int32_t number = number_at(s, row + 2 * x);
        if (s->row.is_inner[x] && number >= 0) {
            int64_t first = x, end = min64(width, x + CHUNK - s->count);
            for (x++; x < end && s->row.is_inner[x] && number_at(s, row + 2 * x) == number && is_wanted(s, x);)
                x++;
            add_run(s, number, first, x);
            continue;
        }
        if (s->row.is_inner[x] && s->lights->environment->is_lit) {
            int64_t next = add_sky_run(s, x);
            if (next > x) {
                x = next;
                continue;
            }
        }
        add_pixel(s, x, number);
        x++;
    }
    flush(s);
}
