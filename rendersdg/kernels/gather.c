/* From samples to fragments: a pixel that shows one surface is shaded once, at its centre; another once for each
 * surface, at the sample of it that counts most, and they are blended by a tent filter over the nine samples of the
 * centre and the ring about it.
 *
 * Layout: samples are 2 W x 2 H triangle numbers; pixel (x, y) has its centre at sample (2 x, 2 y). Column 0 has
 * nothing to its left and row 0 nothing above: their own samples stand in.
 */
#include <stddef.h>

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

/* Triangle numbers that no instance has are none. */
static inline int32_t number_of(const Shader *s, int32_t number)
{
    return number < s->scene->instances->number_count ? number : -1;
}

/* Flag the pixels whose nine samples all are alike; the rows are those of their centres, above and below. `down` and
 * `right` are scratch: whether a column of samples is alike, and whether the next one is the same. */
static void find_alike(int32_t width, const int32_t *above, const int32_t *here, const int32_t *below,
    uint8_t *RESTRICT down, uint8_t *RESTRICT right, uint8_t *RESTRICT alike)
{
    int32_t last = 2 * width - 1;
    for (int32_t k = 0; k < last; k++) {
        down[k] = (above[k] == here[k]) & (below[k] == here[k]);
        right[k] = here[k + 1] == here[k];
    }
    down[last] = (above[last] == here[last]) & (below[last] == here[last]);
    alike[0] = down[0] & down[1] & right[0];
    for (int32_t x = 1; x < width; x++)
        alike[x] = down[2 * x - 1] & down[2 * x] & down[2 * x + 1] & right[2 * x - 1] & right[2 * x];
}

/* Whether the nine samples of pixel x all show one triangle. */
static int is_alike(const Shader *s, int64_t x)
{
    int64_t wide = 2 * s->view->width, h = 2 * x, v = 2 * s->row.y;
    const int32_t *triangle = s->samples->triangle;
    for (int64_t row = v > 0 ? v - 1 : v; row <= v + 1; row++)
        for (int64_t column = h > 0 ? h - 1 : h; column <= h + 1; column++)
            if (triangle[row * wide + column] != triangle[v * wide + h])
                return 0;
    return 1;
}

/* Flag the pixels whose nine samples all show one triangle, and those that show one surface. */
static void find_inner(Shader *s)
{
    RowScratch *row = &s->row;
    if (!row->keys) { /* one pixel alone */
        row->has_keys = 0;
        row->is_inner[0] = (uint8_t)is_alike(s, row->first);
        return;
    }
    int32_t width = (int32_t)s->view->width, wide = 2 * width, inner = 0;
    const int32_t *here = s->samples->triangle + 4 * row->y * width, *below = here + wide,
                  *above = row->y > 0 ? here - wide : here;
    find_alike(width, above, here, below, row->is_same_down, row->is_same_right, row->is_inner);
    for (int32_t x = 0; x < width; x++)
        inner += row->is_inner[x];
    row->has_keys = inner < width - width / 8; /* else it is cheaper to look the few up one by one */
    if (!row->has_keys)
        return;
    int32_t *keys = row->keys;
    for (int32_t k = 0; k < wide; k++) {
        keys[k] = key_of(s, number_of(s, above[k]));
        keys[wide + k] = key_of(s, number_of(s, here[k]));
        keys[2 * wide + k] = key_of(s, number_of(s, below[k]));
    }
    find_alike(width, keys, keys + wide, keys + 2 * wide, row->is_same_down, row->is_same_right, row->is_one_surface);
}

static inline int is_wanted(const Shader *s, int64_t x)
{
    return !s->film->wanted || s->film->wanted[s->row.y * s->view->width + x];
}

/* Whether a ring's samples all are of the smooth piece of surface of triangle `number` at the pixel's centre. */
static int is_one_surface(const Shader *s, int64_t x, int32_t number)
{
    if (s->row.has_keys)
        return s->row.is_one_surface[x];
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
static void split(const Shader *s, int64_t x, int32_t number, Pixel *p)
{
    int64_t h = 2 * x, v = 2 * s->row.y;
    p->count = 1;
    p->key[0] = key_of(s, number);
    p->number[0] = number;
    p->weight[0] = p->best[0] = 4;
    p->h[0] = h;
    p->v[0] = v;
    for (int k = 0; k < RING; k++) {
        int a = k % 3, b = k / 3;
        if (k == 4)
            continue;
        int64_t column = a == 0 ? (h > 0 ? h - 1 : h) : h + a - 1, row = b == 0 ? (v > 0 ? v - 1 : v) : v + b - 1;
        int32_t other = number_at(s, row * 2 * s->view->width + column);
        count_sample(p, other, key_of(s, other), (a == 1 ? 2 : 1) * (b == 1 ? 2 : 1), column, row);
    }
}

/* Let the next fragment, of pixel x, be of triangle `number`. */
static void begin_span(Shader *s, int32_t number, int64_t x)
{
    int32_t tile = (int32_t)(x / TILE_WIDTH);
    const Span *last = s->span_count > 0 ? &s->spans[s->span_count - 1] : NULL;
    if (!last || last->number != number || last->tile != tile)
        s->spans[s->span_count++] = MADE(Span){number, s->count, tile};
}

/* Add the pixels x..end of one triangle, seen at their centres. */
static void add_run(Shader *s, int32_t number, int64_t x, int64_t end)
{
    int k = s->count, n = (int)(end - x);
    Chunk *c = &s->chunk;
    for (int i = 0; i < n; i++) {
        c->ray_x[k + i] = s->row.slope[x - s->row.first + i];
        c->open[k + i] = s->row.open[x - s->row.first + i];
        c->ray_y[k + i] = s->row.slope_y;
        c->share[k + i] = 1.0f;
        s->column[k + i] = (int32_t)x + i;
        s->is_centre[k + i] = 1;
    }
    if (s->view->ray_x)
        for (int i = 0; i < n; i++)
            s->ray[k + i] = 4 * s->row.y * s->view->width + 2 * (x + i);
    for (int64_t first = x; first < end; first = first / TILE_WIDTH * TILE_WIDTH + TILE_WIDTH) {
        s->count = k + (int)(first - x);
        begin_span(s, number, first);
    }
    s->count = k + n;
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

void add_fragment(Shader *s, int64_t x, int32_t number, int64_t h, int64_t v, float share, int is_centre)
{
    const View *view = s->view;
    float slope_x = ((float)(h + 1) * 0.5f - view->centre_x) * (1.0f / view->focal_x);
    float slope_y = (view->centre_y - (float)(v + 1) * 0.5f) * (1.0f / view->focal_y);
    if (number < 0) {
        float direction[3];
        if (s->lights->environment->is_lit && direction_of(s, h, v, slope_x, slope_y, direction))
            add_sky(s, x, direction, share, is_centre);
        return;
    }
    begin_span(s, number, x);
    int k = s->count++;
    s->column[k] = (int32_t)x;
    s->is_centre[k] = (uint8_t)is_centre;
    s->ray[k] = v * 2 * view->width + h;
    s->chunk.ray_x[k] = slope_x;
    s->chunk.ray_y[k] = slope_y;
    s->chunk.share[k] = share;
    s->chunk.open[k] = s->row.open[x - s->row.first];
}

/* Add a fragment for each surface of pixel x, of which triangle `number` is seen at the centre. */
static void add_pixel(Shader *s, int64_t x, int32_t number)
{
    int is_one = s->row.is_inner[x - s->row.first] || (number >= 0 && is_one_surface(s, x, number));
    Pixel p;
    if (!is_one)
        split(s, x, number, &p);
    if (number < 0 || (!is_one && p.count > 1)) {
        for (int k = 0; k < 3; k++)
            s->row.blended[3 * (x - s->row.first) + k] = 0.0f;
        s->row.edges[s->row.edge_count++] = (int32_t)x;
    }
    if (is_one)
        add_fragment(s, x, number, 2 * x, 2 * s->row.y, 1.0f, 1);
    for (int m = 0; !is_one && m < p.count; m++)
        add_fragment(s, x, p.number[m], p.h[m], p.v[m], (float)p.weight[m] * (float)(1.0 / 16.0), m == 0);
}

/* Add the sky from pixel x on, as far as it goes; return the pixel after it. x itself where the lens sees nothing. */
static int64_t add_sky_run(Shader *s, int64_t x)
{
    const View *view = s->view;
    int64_t end = view->ray_x ? x + 1 : min64(s->row.end, x + CHUNK - s->sky_count), row = 4 * s->row.y * view->width;
    float direction[3];
    if (!direction_of(s, 2 * x, 2 * s->row.y, s->row.slope[x - s->row.first], s->row.slope_y, direction))
        return x;
    do {
        add_sky(s, x, direction, 1.0f, 1);
        x++;
        if (x < end)
            direction[0] = s->row.slope[x - s->row.first];
    } while (x < end && s->row.is_inner[x - s->row.first] && number_at(s, row + 2 * x) < 0 && is_wanted(s, x));
    return x;
}

void gather_row(Shader *s)
{
    int64_t row = 4 * s->row.y * s->view->width, last = s->row.end;
    find_inner(s);
    for (int64_t x = s->row.first; x < last;) {
        if (s->count > CHUNK - RING || s->sky_count > CHUNK - RING)
            flush(s);
        if (!is_wanted(s, x)) {
            x++;
            continue;
        }
        int32_t number = number_at(s, row + 2 * x);
        if (s->row.is_inner[x - s->row.first] && number >= 0) {
            int64_t first = x, end = min64(last, x + CHUNK - s->count);
            for (x++;
                x < end && s->row.is_inner[x - s->row.first] && number_at(s, row + 2 * x) == number && is_wanted(s, x);)
                x++;
            add_run(s, number, first, x);
            continue;
        }
        if (s->row.is_inner[x - s->row.first] && s->lights->environment->is_lit) {
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
