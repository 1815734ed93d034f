/* Mip levels of a texture: each texel of a level is the mean of two by two of the level before (Williams 1983,
 * "Pyramidal Parametrics"), kept as 16 bits.
 *
 * Images are (H, W, C), row by row, channels innermost; a side is halved unless it is 1, an odd one loses its last row
 * or column.
 */
#include "small.h"

/* 0..1 as whole numbers 0..65535; what lies beyond is cut, NaN is 0. */
void rendersdg_sixteen_bit(int64_t count, const float *values, uint16_t *out)
{
    for (int64_t k = 0; k < count; k++) {
        float value = values[k] > 0.0f ? values[k] : 0.0f;
        value = value < 1.0f ? value : 1.0f;
        out[k] = (uint16_t)(int32_t)(value * 65535.0f + 0.5f);
    }
}

void rendersdg_halved(int64_t height, int64_t width, int64_t channels, const float *image, float *out)
{
    int down = height > 1, right = width > 1;
    int64_t row = width * channels;
    for (int64_t y = 0; y < height >> down; y++) {
        const float *above = image + (y << down) * row;
        const float *below = above + down * row;
        for (int64_t x = 0; x < width >> right; x++) {
            int64_t a = (x << right) * channels;
            int64_t b = a + right * channels;
            for (int64_t c = 0; c < channels; c++) {
                float left = (above[a + c] + below[a + c]) * 0.5f;
                *out++ = (left + (above[b + c] + below[b + c]) * 0.5f) * 0.5f;
            }
        }
    }
}
