/* Ambient occlusion from the depth image, at half size: the share of the sky over each surface that is open, from six
 * depth taps about it (after HBAO, Bavoil and Sainz 2008), then smoothed over 4 x 4 blocks, which hides the pattern of
 * the taps.
 *
 * Layout: a half-size row is worked on in blocks of BLOCK texels, one array of floats a quantity, in loops without
 * branches.
 */
#include <math.h>
#include <stdlib.h>

#include "kernels.h"
#include "numbers.h"

enum {
    BLOCK = 128,
    TAPS = 6,
    HALF_TAPS = 3, /* after these, what has seen nothing but open sky counts as open */
    BEFORE = 1,    /* texels that the smoothing reaches to either side */
    AFTER = 2,
    SIDE = BEFORE + 1 + AFTER
};

static const float NOTHING = 1e30f; /* metres: no surface is as far */
static const float TAP_X[TAPS] = {1.0f, 0.5f, -0.5f, -1.0f, -0.5f, 0.5f};
static const float TAP_Y[TAPS] = {0.0f, 0.866f, 0.866f, 0.0f, -0.866f, -0.866f};
static const float REACH[TAPS] = {1.0f, 0.45f, 0.8f, 0.3f, 0.9f, 0.55f};

typedef struct {
    float z[BLOCK];
    float normal[3][BLOCK]; /* camera space */
    float x[BLOCK];         /* camera space */
    float y[BLOCK];
    float reach[BLOCK]; /* pixels */
    float sum[BLOCK];
    float tap_x[BLOCK]; /* ray slope of the tap */
    float tap_y[BLOCK];
    float tap_z[BLOCK];
    int32_t tap[BLOCK];     /* its pixel, -1 outside */
    int32_t is_told[BLOCK]; /* whether the tap saw a surface */
    int32_t is_live[BLOCK];
} Block;

typedef struct {
    const float *depth;
    const float *normal; /* of the world */
    const float *turn;   /* (4, 4) camera_from_world */
    int32_t width;
    int32_t height;
    float centre_x;
    float centre_y;
    float pixel_x; /* ray slope of a pixel */
    float pixel_y;
    float reach; /* of the taps, pixels at a depth of one metre */
    float falloff;
} Image;

/* Take depth, normal and position of the texels from pixel (px, py) on, each second one. */
static void gather(Block *b, int n, const Image *image, int32_t px, int32_t py)
{
    const float *normal = image->normal, *turn = image->turn;
    int64_t first = (int64_t)py * image->width + px;
    float slope_y = (image->centre_y - (float)py - 0.5f) * image->pixel_y;
    for (int i = 0; i < n; i++) {
        b->z[i] = image->depth[first + 2 * i];
        for (int axis = 0; axis < 3; axis++)
            b->normal[axis][i] = normal[3 * (first + 2 * i) + axis];
    }
    for (int i = 0; i < n; i++) {
        float z = b->z[i], nx = b->normal[0][i], ny = b->normal[1][i], nz = b->normal[2][i];
        for (int axis = 0; axis < 3; axis++)
            b->normal[axis][i] = turn[4 * axis] * nx + turn[4 * axis + 1] * ny + turn[4 * axis + 2] * nz;
        b->x[i] = ((float)(px + 2 * i) + 0.5f - image->centre_x) * image->pixel_x * z;
        b->y[i] = slope_y * z;
        b->reach[i] = between(image->reach / z, 3.0f, 64.0f);
        b->sum[i] = 0.0f;
        b->is_live[i] = 1;
    }
}

/* Look up the depths of tap k; neighbours reach differently far, in a pattern of two by two. */
static void tap(Block *b, int n, const Image *image, int32_t px, int32_t py, int k, int turn)
{
    float dx = TAP_X[k], dy = TAP_Y[k];
    float even = REACH[(k + turn) % TAPS], odd = REACH[(k + turn + 1) % TAPS];
    for (int i = 0; i < n; i++) {
        float r = b->reach[i] * (i & 1 ? odd : even);
        int32_t x = px + 2 * i + (int32_t)(dx * r);
        int32_t y = py + (int32_t)(dy * r);
        int is_inside = (x >= 0) & (y >= 0) & (x < image->width) & (y < image->height);
        b->tap[i] = is_inside ? y * image->width + x : -1;
        b->tap_x[i] = ((float)x + 0.5f - image->centre_x) * image->pixel_x;
        b->tap_y[i] = (image->centre_y - (float)y - 0.5f) * image->pixel_y;
    }
    for (int i = 0; i < n; i++)
        b->tap_z[i] = b->tap[i] >= 0 ? image->depth[b->tap[i]] : NOTHING;
}

/* Add what the tap hides: the cosine to it over the surface, fading with the distance. */
static void add(Block *b, int n, const Image *image)
{
    for (int i = 0; i < n; i++) {
        float d = b->tap_z[i];
        float x = b->tap_x[i] * d - b->x[i], y = b->tap_y[i] * d - b->y[i], z = b->z[i] - d;
        float square = x * x + y * y + z * z;
        float inverse = 1.0f / sqrtf(square);
        float cosine = (x * b->normal[0][i] + y * b->normal[1][i] + z * b->normal[2][i]) * inverse - 0.06f;
        float fall = 1.0f - square * image->falloff;
        int is_told = (d < NOTHING) & (square >= 1e-14f);
        int hides = is_told & (cosine > 0.0f) & (fall > 0.0f) & (b->is_live[i] > 0);
        b->is_told[i] = is_told;
        b->sum[i] += hides ? cosine * fall : 0.0f;
    }
}

/* Whether any texel's sky is still in doubt after half of the taps. */
static int go_on(Block *b, int n)
{
    int alive = 0;
    for (int i = 0; i < n; i++) {
        b->is_live[i] = (b->sum[i] != 0.0f) | !b->is_told[i];
        alive |= b->is_live[i];
    }
    return alive;
}

int rendersdg_ambient_occlusion(const View *view, const float *depth, const float *normal,
    const float *camera_from_world, float radius, float strength, float *out, const Rows *rows)
{
    Block *b = calloc(1, sizeof *b);
    if (!b)
        return 1;
    Image image = {
        depth,
        normal,
        camera_from_world,
        (int32_t)view->width,
        (int32_t)view->height,
        view->centre_x,
        view->centre_y,
        1.0f / view->focal_x,
        1.0f / view->focal_y,
        radius * view->focal_x,
        1.0f / (radius * radius * 4.0f),
    };
    int32_t half_width = (image.width + 1) / 2;
    for (int64_t y = rows->first; y < rows->end; y++) {
        int32_t py = (int32_t)(2 * y);
        int turn = 2 * (int)(y & 1);
        for (int32_t x = 0; x < half_width; x += BLOCK) {
            int n = min32(BLOCK, half_width - x);
            gather(b, n, &image, 2 * x, py);
            for (int k = 0; k < TAPS; k++) {
                if (k == HALF_TAPS && !go_on(b, n))
                    break;
                tap(b, n, &image, 2 * x, py, k, turn);
                add(b, n, &image);
            }
            float *restrict open = out + y * half_width + x;
            for (int i = 0; i < n; i++) {
                float sky = maxf(1.0f - strength * b->sum[i] * 0.3333f, 0.1f);
                open[i] = b->z[i] < NOTHING ? sky : 1.0f;
            }
        }
    }
    free(b);
    return 0;
}

/* Copy the rows about those to be smoothed, with margins repeated: of the image, and of the depth that each texel
 * stands for. */
static void copy_with_margins(int64_t width, int64_t height, const float *image, const float *depth, const Rows *rows,
    float *values, float *depths)
{
    int64_t half_height = (height + 1) / 2, half_width = (width + 1) / 2, wide = half_width + BEFORE + AFTER;
    for (int64_t y = rows->first - BEFORE; y < rows->end + AFTER; y++) {
        int64_t b = min64(max64(y, 0), half_height - 1);
        float *value = values + (y - rows->first + BEFORE) * wide, *z = depths + (y - rows->first + BEFORE) * wide;
        for (int64_t x = 0; x < wide; x++) {
            int64_t a = min64(max64(x - BEFORE, 0), half_width - 1);
            value[x] = image[b * half_width + a];
            z[x] = depth[2 * b * width + 2 * a];
        }
    }
}

/* Average the rows of a half-size image over the texels of their block whose depth agrees within 3 %, or over all where
 * there is no surface; `width` and `height` are those of the depth image. */
int rendersdg_smooth(
    int64_t width, int64_t height, const float *image, const float *depth, float *out, const Rows *rows)
{
    int64_t half_width = (width + 1) / 2, wide = half_width + BEFORE + AFTER;
    int64_t count = (rows->end - rows->first + BEFORE + AFTER) * wide;
    float *values = malloc((size_t)(2 * count + 2 * half_width) * sizeof *values);
    if (!values)
        return 1;
    float *depths = values + count, *restrict total = depths + count, *restrict number = total + half_width;
    copy_with_margins(width, height, image, depth, rows, values, depths);
    for (int64_t y = rows->first; y < rows->end; y++) {
        const float *here = depths + (y - rows->first + BEFORE) * wide + BEFORE;
        for (int64_t x = 0; x < half_width; x++)
            total[x] = number[x] = 0.0f;
        for (int dy = 0; dy < SIDE; dy++) {
            const float *z_row = depths + (y - rows->first + dy) * wide, *row = values + (y - rows->first + dy) * wide;
            for (int64_t x = 0; x < half_width; x++) {
                float z = here[x], tolerance = fabsf(z) * 0.03f, s = total[x], n = number[x];
                for (int dx = 0; dx < SIDE; dx++) {
                    int agrees = (fabsf(z_row[x + dx] - z) <= tolerance) | !(z < NOTHING);
                    s += agrees ? row[x + dx] : 0.0f;
                    n += agrees ? 1.0f : 0.0f;
                }
                total[x] = s;
                number[x] = n;
            }
        }
        for (int64_t x = 0; x < half_width; x++)
            out[y * half_width + x] = number[x] > 0.0f ? total[x] / maxf(number[x], 1.0f) : image[y * half_width + x];
    }
    free(values);
    return 0;
}
