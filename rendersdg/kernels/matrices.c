/* Small matrices in double precision: products, inverses, determinants and singular values, each in one order, so that
 * the bits are the same on every machine. A library for linear algebra chooses its order by the processor.
 *
 * Golub and Van Loan, "Matrix Computations", fourth edition: 3.4 (elimination with row exchanges), 8.6.3 (one-sided
 * Jacobi). Matrices are row by row unless strides say else.
 */
#include <math.h>
#include <string.h>

#include "small.h"

enum { WIDTH = 8 }; /* columns at a time */

/* Columns `first` to first + width of one product, of a `width` that the compiler knows where it is small: terms are
 * added from the first to the last. */
static inline __attribute__((always_inline)) void multiply(
    const Product *p, const double *a, const double *b, double *out, int64_t width)
{
    const int64_t a_row = p->a_strides[1], a_column = p->a_strides[2], b_row = p->b_strides[1];
    const int64_t b_column = p->b_strides[2];
    for (int64_t r = 0; r < p->rows; r++, out += p->columns) {
        double sum[WIDTH];
        for (int64_t c = 0; c < width; c++)
            sum[c] = a[r * a_row] * b[c * b_column];
        for (int64_t k = 1; k < p->inner; k++)
            for (int64_t c = 0; c < width; c++)
                sum[c] += a[r * a_row + k * a_column] * b[k * b_row + c * b_column];
        for (int64_t c = 0; c < width; c++)
            out[c] = sum[c];
    }
}

static void multiply_wide(const Product *p, const double *a, const double *b, double *out)
{
    for (int64_t first = 0; first < p->columns; first += WIDTH) {
        const int64_t left = p->columns - first;
        const double *of = b + first * p->b_strides[2];
        if (left >= WIDTH)
            multiply(p, a, of, out + first, WIDTH);
        else
            multiply(p, a, of, out + first, left);
    }
}

/* K is at least 1. */
void rendersdg_product(const Product *product)
{
    const Product *p = product;
    for (int64_t n = 0; n < p->count; n++) {
        const double *a = p->a + n * p->a_strides[0], *b = p->b + n * p->b_strides[0];
        double *out = p->out + n * p->rows * p->columns;
        switch (p->columns) {
        case 1:
            multiply(p, a, b, out, 1);
            break;
        case 3:
            multiply(p, a, b, out, 3);
            break;
        case 4:
            multiply(p, a, b, out, 4);
            break;
        default:
            multiply_wide(p, a, b, out);
        }
    }
}

static void exchange(double *a, double *b, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        double kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

/* The row at or below `column` with the largest number in that column. */
static int64_t pivot(const double *matrix, int64_t side, int64_t column)
{
    int64_t best = column;
    for (int64_t r = column + 1; r < side; r++)
        if (fabs(matrix[r * side + column]) > fabs(matrix[best * side + column]))
            best = r;
    return best;
}

/* Turn `matrix` into the identity by elimination, doing the same to `out`; tell whether it has an inverse. */
static int eliminate(double *matrix, double *out, int64_t side)
{
    for (int64_t c = 0; c < side; c++) {
        int64_t best = pivot(matrix, side, c);
        if (best != c) {
            exchange(matrix + c * side, matrix + best * side, side);
            exchange(out + c * side, out + best * side, side);
        }
        double head = matrix[c * side + c];
        if (head == 0.0)
            return 0;
        for (int64_t k = 0; k < side; k++) {
            matrix[c * side + k] /= head;
            out[c * side + k] /= head;
        }
        for (int64_t r = 0; r < side; r++) {
            double factor = matrix[r * side + c];
            if (r == c || factor == 0.0)
                continue;
            for (int64_t k = 0; k < side; k++) {
                matrix[r * side + k] -= factor * matrix[c * side + k];
                out[r * side + k] -= factor * out[c * side + k];
            }
        }
    }
    return 1;
}

/* Returns the number of the first matrix without an inverse, -1 where all have one. side is at most MOST_SIDE. */
int64_t rendersdg_inverse(int64_t count, int64_t side, const double *matrices, double *out)
{
    double scratch[MOST_SIDE * MOST_SIDE];
    int64_t size = side * side;
    for (int64_t n = 0; n < count; n++) {
        memcpy(scratch, matrices + n * size, (size_t)size * sizeof *scratch);
        for (int64_t k = 0; k < size; k++)
            out[n * size + k] = k % (side + 1) ? 0.0 : 1.0;
        if (!eliminate(scratch, out + n * size, side))
            return n;
    }
    return -1;
}

void rendersdg_determinant(int64_t count, int64_t side, const double *matrices, double *out)
{
    double scratch[MOST_SIDE * MOST_SIDE];
    int64_t size = side * side;
    for (int64_t n = 0; n < count; n++) {
        memcpy(scratch, matrices + n * size, (size_t)size * sizeof *scratch);
        double found = 1.0;
        for (int64_t c = 0; c < side; c++) {
            int64_t best = pivot(scratch, side, c);
            if (best != c) {
                exchange(scratch + c * side, scratch + best * side, side);
                found = -found;
            }
            double head = scratch[c * side + c];
            found *= head;
            if (head == 0.0)
                break;
            for (int64_t r = c + 1; r < side; r++) {
                double factor = scratch[r * side + c] / head;
                for (int64_t k = c; k < side; k++)
                    scratch[r * side + k] -= factor * scratch[c * side + k];
            }
        }
        out[n] = found;
    }
}

enum { SWEEPS = 60 }; /* six or so are enough; numbers that are no numbers never are */

/* Turn columns i and j of a (R, C), and of v (C, C), until those of a are at right angles; tell whether they were. */
static int turn_columns(double *a, double *v, int64_t rows, int64_t columns, int64_t i, int64_t j)
{
    double alpha = 0.0, beta = 0.0, gamma = 0.0;
    for (int64_t r = 0; r < rows; r++) {
        double x = a[r * columns + i], y = a[r * columns + j];
        alpha += x * x;
        beta += y * y;
        gamma += x * y;
    }
    if (!(fabs(gamma) > 0x1p-52 * sqrt(alpha) * sqrt(beta)))
        return 1;
    double zeta = (beta - alpha) / (2.0 * gamma);
    double t = (zeta < 0.0 ? -1.0 : 1.0) / (fabs(zeta) + sqrt(1.0 + zeta * zeta));
    double c = 1.0 / sqrt(1.0 + t * t), s = c * t;
    for (int64_t r = 0; r < rows + columns; r++) {
        double *row = r < rows ? a + r * columns : v + (r - rows) * columns;
        double x = row[i], y = row[j];
        row[i] = c * x - s * y;
        row[j] = s * x + c * y;
    }
    return 0;
}

/* Makes of a (R, C) its left singular vectors, (R, C) column by column, with their sizes (C,), not sorted, and of
 * v (C, C) the right ones. The column of a size 0 is 0. */
void rendersdg_singular(int64_t rows, int64_t columns, double *a, double *sizes, double *v)
{
    for (int64_t k = 0; k < columns * columns; k++)
        v[k] = k % (columns + 1) ? 0.0 : 1.0;
    int is_done = 0;
    for (int sweep = 0; sweep < SWEEPS && !is_done; sweep++) {
        is_done = 1;
        for (int64_t i = 0; i < columns; i++)
            for (int64_t j = i + 1; j < columns; j++)
                is_done &= turn_columns(a, v, rows, columns, i, j);
    }
    for (int64_t c = 0; c < columns; c++) {
        double sum = 0.0;
        for (int64_t r = 0; r < rows; r++)
            sum += a[r * columns + c] * a[r * columns + c];
        sizes[c] = sqrt(sum);
        for (int64_t r = 0; r < rows && sizes[c] > 0.0; r++)
            a[r * columns + c] /= sizes[c];
    }
}
