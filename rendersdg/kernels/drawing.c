/* Soft ovals and strokes on a grid of texels: the pen that the defect kinds draw with.
 *
 * Coverage is the shape's weight inside, 0 outside, with a smooth edge `soft` wide about the outline; overlapping
 * shapes keep the larger. A shape visits the texels of the rectangle about it, row by row in cover (H, W) and part (H,
 * W). An outline wobbles by a Fourier series of the angle, whose terms come from the addition theorem. A shape with a
 * NaN in its place draws nothing.
 */
#include "elementary.h"
#include "bounds.h"
#include "small.h"

typedef struct { /* texels, both ends inclusive; empty where an end lies before its start */
    int64_t left;
    int64_t top;
    int64_t right;
    int64_t bottom;
} Window;

static Window window_of(const Canvas *canvas, const double low[2], const double high[2])
{
    double texel = canvas->texel;
    Window found;
    found.left = whole(floor((low[0] - canvas->origin[0]) / texel), 0, canvas->width);
    found.top = whole(floor((low[1] - canvas->origin[1]) / texel), 0, canvas->height);
    found.right = whole(ceil((high[0] - canvas->origin[0]) / texel), -1, canvas->width - 1);
    found.bottom = whole(ceil((high[1] - canvas->origin[1]) / texel), -1, canvas->height - 1);
    return found;
}

/* Coverage at a signed distance from an outline, negative inside. */
static double edge(double distance, double soft)
{
    double x = least(most(0.5 - distance / soft, 0.0), 1.0);
    return x * x * (3.0 - 2.0 * x);
}

static void keep_larger(const Canvas *canvas, int64_t texel, float value, int16_t number)
{
    if (value > canvas->cover[texel]) {
        canvas->cover[texel] = value;
        canvas->part[texel] = number;
    }
}

typedef struct {
    double x;
    double y;
    double a; /* radii */
    double b;
    double cosine;
    double sine;
    double reach;   /* how far from the centre anything of the oval is */
    double outside; /* squared relative radius from which on nothing of the oval is left */
    double within;  /* and up to which all of it is there */
    double weight;
    const double *wobble;
    int64_t terms; /* pairs of a cosine and a sine term */
    int16_t number;
} Oval;

static double swell_of(const double *wobble, int64_t terms)
{
    double swell = 1.0;
    for (int64_t k = 0; k < 2 * terms; k++)
        swell += fabs(wobble[k]);
    return swell;
}

static Oval oval_of(const Ovals *ovals, int64_t n, double soft)
{
    Oval o;
    o.x = ovals->centres[2 * n];
    o.y = ovals->centres[2 * n + 1];
    o.a = most(ovals->radii[2 * n], 1e-6);
    o.b = most(ovals->radii[2 * n + 1], 1e-6);
    o.cosine = cosine(ovals->turns[n]);
    o.sine = sine(ovals->turns[n]);
    o.wobble = ovals->wobble + n * ovals->terms;
    o.terms = ovals->terms / 2;
    double swell = swell_of(o.wobble, o.terms);
    o.reach = most(o.a, o.b) * swell + soft;
    double rim = 0.5 * soft / least(o.a, o.b);
    double inner = most(2.0 - swell - rim, 0.0);
    o.outside = (swell + rim) * (swell + rim);
    o.within = inner * inner;
    o.weight = ovals->weight[n];
    o.number = ovals->number[n];
    return o;
}

/* Distance along the ray from the centre to the outline; p and q are the place in units of the radii,
 * not both nought. */
static double beyond_outline(const Oval *o, double p, double q, double rho)
{
    double c = p / rho;
    double s = q / rho;
    double outline = 1.0;
    double ck = 1.0; /* cosine and sine of k times the angle */
    double sk = 0.0;
    for (int64_t k = 0; k < o->terms; k++) {
        double next = ck * c - sk * s;
        sk = sk * c + ck * s;
        ck = next;
        outline += o->wobble[2 * k] * ck + o->wobble[2 * k + 1] * sk;
    }
    return (rho - outline) * sqrt((o->a * c) * (o->a * c) + (o->b * s) * (o->b * s));
}

static void draw_oval_texel(const Canvas *canvas, const Oval *o, int64_t texel, double dx, double dy)
{
    double p = (o->cosine * dx + o->sine * dy) / o->a;
    double q = (o->cosine * dy - o->sine * dx) / o->b;
    double square = p * p + q * q;
    if (square >= o->outside || (float)o->weight <= canvas->cover[texel])
        return;
    double rho = sqrt(square);
    double distance;
    if (square < o->within)
        distance = -canvas->soft;
    else if (rho < 1e-9) /* the centre has no direction */
        distance = -least(o->a, o->b);
    else
        distance = beyond_outline(o, p, q, rho);
    keep_larger(canvas, texel, (float)(edge(distance, canvas->soft) * o->weight), o->number);
}

void rendersdg_draw_ovals(const Canvas *canvas, const Ovals *ovals)
{
    for (int64_t n = 0; n < ovals->count; n++) {
        Oval o = oval_of(ovals, n, canvas->soft);
        double low[2] = {o.x - o.reach, o.y - o.reach};
        double high[2] = {o.x + o.reach, o.y + o.reach};
        Window w = window_of(canvas, low, high);
        for (int64_t y = w.top; y <= w.bottom; y++) {
            double dy = canvas->origin[1] + canvas->texel * (double)y - o.y;
            for (int64_t x = w.left; x <= w.right; x++) {
                double dx = canvas->origin[0] + canvas->texel * (double)x - o.x;
                draw_oval_texel(canvas, &o, y * canvas->width + x, dx, dy);
            }
        }
    }
}

/* From point n to point n + 1. */
static void draw_segment(const Canvas *canvas, const Strokes *strokes, int64_t n)
{
    double ax = strokes->points[2 * n];
    double ay = strokes->points[2 * n + 1];
    double bx = strokes->points[2 * n + 2] - ax;
    double by = strokes->points[2 * n + 3] - ay;
    double square = bx * bx + by * by;
    double half = strokes->half[n];
    double wider = strokes->half[n + 1] - half;
    double weight = strokes->weight[n];
    double heavier = strokes->weight[n + 1] - weight;
    double reach = most(half, strokes->half[n + 1]) + canvas->soft;
    double low[2] = {least(ax, ax + bx) - reach, least(ay, ay + by) - reach};
    double high[2] = {most(ax, ax + bx) + reach, most(ay, ay + by) + reach};
    Window w = window_of(canvas, low, high);
    for (int64_t y = w.top; y <= w.bottom; y++) {
        double py = canvas->origin[1] + canvas->texel * (double)y - ay;
        for (int64_t x = w.left; x <= w.right; x++) {
            double px = canvas->origin[0] + canvas->texel * (double)x - ax;
            double t = square > 0.0 ? least(most((px * bx + py * by) / square, 0.0), 1.0) : 0.0;
            double dx = px - t * bx;
            double dy = py - t * by;
            double across = sqrt(dx * dx + dy * dy) - (half + t * wider);
            float value = (float)(edge(across, canvas->soft) * (weight + t * heavier));
            keep_larger(canvas, y * canvas->width + x, value, strokes->number[n]);
        }
    }
}

void rendersdg_draw_strokes(const Canvas *canvas, const Strokes *strokes)
{
    for (int64_t n = 0; n + 1 < strokes->count; n++)
        if (strokes->number[n] == strokes->number[n + 1])
            draw_segment(canvas, strokes, n);
}

/* What a height of one texel and that of another, steps texels on, tell about the slope; one texel alone lies flat. */
static float slope(float here, float there, int64_t steps, float texel)
{
    return steps ? (there - here) / ((float)steps * texel) : 0.0f;
}

/* The images of a patch side by side, its slopes with those of the height: central differences,
 * one-sided at the rim. */
void rendersdg_stack(const Patch *patch)
{
    int64_t width = patch->width;
    float *out = patch->out;
    for (int64_t y = 0; y < patch->height; y++) {
        int64_t above = y > 0 ? y - 1 : 0;
        int64_t below = y + 1 < patch->height ? y + 1 : y;
        for (int64_t x = 0; x < width; x++) {
            int64_t left = x > 0 ? x - 1 : 0;
            int64_t right = x + 1 < width ? x + 1 : x;
            int64_t k = y * width + x;
            const float *lift = patch->lift;
            out[0] = patch->gain[k];
            out[1] = patch->add[3 * k];
            out[2] = patch->add[3 * k + 1];
            out[3] = patch->add[3 * k + 2];
            out[4] = patch->rough_gain[k];
            out[5] = patch->rough_add[k];
            out[6] = patch->metal_gain[k];
            out[7] = patch->metal_add[k];
            float along = slope(lift[y * width + left], lift[y * width + right], right - left, patch->texel);
            float across = slope(lift[above * width + x], lift[below * width + x], below - above, patch->texel);
            out[8] = patch->slopes[2 * k] + along;
            out[9] = patch->slopes[2 * k + 1] + across;
            out += 10;
        }
    }
}
