/* Images made of the weighted pixels of others: scaled, blurred, filtered, looked up between pixels. Sums are made in
 * one order, so the bits are the same on every machine, where those of a library for images go by the processor.
 *
 * Images are (H, W, C), row by row, channels innermost. The centre of pixel (row, column) is at y = row, x = column.
 */
#include <math.h>
#include <string.h>

#include "small.h"

/* Rows as sums of rows. */
void rendersdg_mix_rows(const Taps *taps, int64_t row_length, const float *image, float *out)
{
    for (int64_t n = 0; n < taps->count; n++, out += row_length) {
        const int32_t *index = taps->index + n * taps->taps;
        const float *weight = taps->weight + n * taps->taps;
        const float *first = image + index[0] * row_length;
        for (int64_t k = 0; k < row_length; k++)
            out[k] = weight[0] * first[k];
        for (int64_t t = 1; t < taps->taps; t++) {
            const float *row = image + index[t] * row_length;
            if (weight[t] != 0.0f)
                for (int64_t k = 0; k < row_length; k++)
                    out[k] += weight[t] * row[k];
        }
    }
}

/* Columns as sums of columns. */
void rendersdg_mix_columns(
    const Taps *taps, int64_t rows, int64_t width, int64_t channels, const float *image, float *out)
{
    for (int64_t r = 0; r < rows; r++, image += width * channels)
        for (int64_t n = 0; n < taps->count; n++, out += channels) {
            const int32_t *index = taps->index + n * taps->taps;
            const float *weight = taps->weight + n * taps->taps;
            for (int64_t c = 0; c < channels; c++) {
                float sum = weight[0] * image[index[0] * channels + c];
                for (int64_t t = 1; t < taps->taps; t++)
                    if (weight[t] != 0.0f)
                        sum += weight[t] * image[index[t] * channels + c];
                out[c] = sum;
            }
        }
}

/* The place of a pixel beyond the end of a line, mirrored at the last pixel: -1 is 1, length is length - 2. */
static int64_t mirrored(int64_t at, int64_t length)
{
    int64_t period = length > 1 ? 2 * (length - 1) : 1;
    int64_t within = ((at % period) + period) % period;
    return within < length ? within : period - within;
}

/* Rows, each along itself with an odd number of weights, mirrored at its ends.
 * padded holds (width + taps - 1) * channels. */
void rendersdg_convolve_rows(int64_t rows, int64_t width, int64_t channels, int64_t taps, const float *weights,
    const float *image, float *padded, float *out)
{
    int64_t length = width * channels, reach = taps / 2;
    for (int64_t r = 0; r < rows; r++, image += length, out += length) {
        memcpy(padded + reach * channels, image, (size_t)length * sizeof *image);
        for (int64_t x = 0; x < reach; x++)
            for (int64_t c = 0; c < channels; c++) {
                padded[x * channels + c] = image[mirrored(x - reach, width) * channels + c];
                padded[(x + reach + width) * channels + c] = image[mirrored(x + width, width) * channels + c];
            }
        for (int64_t k = 0; k < length; k++)
            out[k] = weights[0] * padded[k];
        for (int64_t t = 1; t < taps; t++) {
            const float *row = padded + t * channels;
            for (int64_t k = 0; k < length; k++)
                out[k] += weights[t] * row[k];
        }
    }
}

enum { EDGE = 0, WRAP = 1, BLACK = 2 }; /* what lies beyond an image: its border, itself again, nothing */

/* The number of a pixel under a border, -1 where it is black. */
static int64_t bordered(double at, int64_t length, int64_t border)
{
    if (border == WRAP)
        at -= floor(at / (double)length) * (double)length;
    if (!(at >= 0.0))
        return border == BLACK ? -1 : 0;
    if (at >= (double)length)
        return border == BLACK ? -1 : length - 1;
    return (int64_t)at;
}

static float pixel(const Picture *p, int64_t x, int64_t y, int64_t c)
{
    return x < 0 || y < 0 ? 0.0f : p->pixels[(y * p->width + x) * p->channels + c];
}

/* A picture between its pixels, linear in both directions, at `count` places. */
void rendersdg_sample_at(
    const Picture *picture, int64_t count, const float *x, const float *y, int64_t border, float *out)
{
    const Picture *p = picture;
    for (int64_t k = 0; k < count; k++, out += p->channels) {
        double left = floor((double)x[k]), top = floor((double)y[k]);
        float right_share = (float)((double)x[k] - left), low_share = (float)((double)y[k] - top);
        int64_t x0 = bordered(left, p->width, border), x1 = bordered(left + 1.0, p->width, border);
        int64_t y0 = bordered(top, p->height, border), y1 = bordered(top + 1.0, p->height, border);
        for (int64_t c = 0; c < p->channels; c++) {
            float a = pixel(p, x0, y0, c), b = pixel(p, x1, y0, c), d = pixel(p, x0, y1, c), e = pixel(p, x1, y1, c);
            float above = a + right_share * (b - a), below = d + right_share * (e - d);
            out[c] = above + low_share * (below - above);
        }
    }
}

/* Each pixel as the sum of those around it by a kernel (T, V), of an image padded by T - 1 rows and V - 1 columns. */
void rendersdg_correlate(int64_t height, int64_t width, int64_t channels, int64_t tall, int64_t wide,
    const double *kernel, const double *padded, double *out)
{
    int64_t length = width * channels, padded_length = (width + wide - 1) * channels;
    for (int64_t r = 0; r < height; r++, out += length) {
        for (int64_t k = 0; k < length; k++)
            out[k] = 0.0;
        for (int64_t t = 0; t < tall; t++)
            for (int64_t v = 0; v < wide; v++) {
                const double *row = padded + (r + t) * padded_length + v * channels;
                double weight = kernel[t * wide + v];
                if (weight != 0.0)
                    for (int64_t k = 0; k < length; k++)
                        out[k] += weight * row[k];
            }
    }
}
