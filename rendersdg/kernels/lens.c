/* The rays of a camera whose lens bends lines, at the corners of half pixels: sample (h, v) looks through the pixel
 * place ((h + 1) / 2, (v + 1) / 2).
 *
 * A place is taken to the lens's plane, (u - centre) / focal, and there from the radius outwards by two tables over the
 * radius. For a lens about its axis (fisheyes) they hold sin(angle) / radius and cos(angle), and that is the ray. For
 * OpenCV's pinhole the first holds undistorted over distorted radius, by the radial part alone; from there Newton's
 * method finds what the whole model moves to the place. What lies beyond the tables, or where the model does not come
 * back to the place within `OFF` pixels, is not seen: (0, 0, 0).
 */
#include <math.h>

#include "kernels.h"

static const double OFF = 0.02;  /* pixels */
static const double NEAR = 1e-7; /* units of the plane: the step that follows doubles the digits */
enum { STEPS = 8 };

typedef struct {
    double x;
    double y;
} Place;

typedef struct { /* where a place is moved to, and by how much that grows with x and y */
    Place at;
    double xx;
    double xy;
    double yy;
    double yx;
} Moved;

/* OpenCV's rational, tangential and thin-prism model. */
static Moved moved(const Lens *lens, double x, double y)
{
    const double *c = lens->coefficients; /* k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 */
    double q = x * x + y * y;
    double above = 1.0 + q * (c[0] + q * (c[1] + q * c[4])), below = 1.0 + q * (c[5] + q * (c[6] + q * c[7]));
    double above_q = c[0] + q * (2.0 * c[1] + q * 3.0 * c[4]), below_q = c[5] + q * (2.0 * c[6] + q * 3.0 * c[7]);
    double inverse = 1.0 / below;
    double radial = above * inverse, radial_q = (above_q - radial * below_q) * inverse;
    double p1 = c[2], p2 = c[3];
    double prism_x = c[8] + 2.0 * c[9] * q, prism_y = c[10] + 2.0 * c[11] * q; /* by q */
    Moved m;
    m.at.x = x * radial + 2.0 * p1 * x * y + p2 * (q + 2.0 * x * x) + q * (c[8] + c[9] * q);
    m.at.y = y * radial + p1 * (q + 2.0 * y * y) + 2.0 * p2 * x * y + q * (c[10] + c[11] * q);
    m.xx = radial + 2.0 * x * x * radial_q + 2.0 * p1 * y + 6.0 * p2 * x + 2.0 * x * prism_x;
    m.xy = 2.0 * x * y * radial_q + 2.0 * p1 * x + 2.0 * p2 * y + 2.0 * y * prism_x;
    m.yx = 2.0 * x * y * radial_q + 2.0 * p1 * x + 2.0 * p2 * y + 2.0 * x * prism_y;
    m.yy = radial + 2.0 * y * y * radial_q + 6.0 * p1 * y + 2.0 * p2 * x + 2.0 * y * prism_y;
    return m;
}

/* Newton's method from `guess`; returns whether it came to the place. */
static int undistort(const Lens *lens, Place place, Place *guess)
{
    double x = guess->x, y = guess->y, dx = INFINITY, dy = INFINITY;
    for (int k = 0; k < STEPS && !(fabs(dx) + fabs(dy) < NEAR); k++) {
        Moved m = moved(lens, x, y);
        dx = place.x - m.at.x;
        dy = place.y - m.at.y;
        double inverse = 1.0 / (m.xx * m.yy - m.xy * m.yx);
        x += (dx * m.yy - dy * m.xy) * inverse;
        y += (dy * m.xx - dx * m.yx) * inverse;
    }
    *guess = (Place){x, y};
    double across = dx * lens->focal_x, down = dy * lens->focal_y;
    return across * across + down * down < OFF * OFF && x * x + y * y <= lens->farthest * lens->farthest;
}

/* Undo the tilt of the sensor: a map of planes. */
static Place levelled(const Lens *lens, Place p)
{
    const double *m = lens->level;
    double w = 1.0 / (m[6] * p.x + m[7] * p.y + m[8]);
    return (Place){(m[0] * p.x + m[1] * p.y + m[2]) * w, (m[3] * p.x + m[4] * p.y + m[5]) * w};
}

static void look(const Lens *lens, double u, double v, float out[3])
{
    out[0] = out[1] = out[2] = 0.0f;
    Place place = {(u - lens->centre_x) / lens->focal_x, (v - lens->centre_y) / lens->focal_y};
    if (!lens->is_radial)
        place = levelled(lens, place);
    double at = sqrt(place.x * place.x + place.y * place.y) * lens->radii_a_unit;
    if (!(at < (double)(lens->count - 1)))
        return;
    int64_t k = (int64_t)at;
    double f = at - (double)k;
    double across = lens->across[k] + f * (lens->across[k + 1] - lens->across[k]);
    if (lens->is_radial) {
        double along = lens->along[k] + f * (lens->along[k + 1] - lens->along[k]);
        double x = place.x * across, y = place.y * across;
        double inverse = 1.0 / sqrt(x * x + y * y + along * along);
        out[0] = (float)(x * inverse);
        out[1] = (float)(-y * inverse);
        out[2] = (float)(-along * inverse);
        return;
    }
    Place flat = {place.x * across, place.y * across};
    if (!undistort(lens, place, &flat))
        return;
    double inverse = 1.0 / sqrt(flat.x * flat.x + flat.y * flat.y + 1.0);
    out[0] = (float)(flat.x * inverse);
    out[1] = (float)(-flat.y * inverse);
    out[2] = (float)-inverse;
}

void rendersdg_look(const Lens *lens, const Rows *rows)
{
    for (int64_t v = 2 * rows->first; v < 2 * rows->end; v++)
        for (int64_t h = 0; h < 2 * lens->width; h++) {
            float ray[3];
            int64_t q = v * 2 * lens->width + h;
            look(lens, 0.5 * (double)(h + 1), 0.5 * (double)(v + 1), ray);
            lens->ray_x[q] = ray[0];
            lens->ray_y[q] = ray[1];
            lens->ray_z[q] = ray[2];
        }
}
