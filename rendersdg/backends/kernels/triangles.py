"""Set-up of a visible triangle for a view: edge functions, normals of the seen side, and where a pixel falls in it."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, i8 = np.float32, np.int64

# columns of a record: reference slope (0, 1), edge functions (2 to 10), depths of the corners (11), their normals (14 to 22)
RDX, RDY, COMMON = 0, 1, 23
SLOTS = 1024  # records kept, by the low bits of the triangle number
_NEAR = f4(8.0)  # pixels from its reference within which a record serves: keeps differences exact in float32


@njit(**OPTIONS)
def basis(dx, dy, dz):
    """Two unit vectors across a unit ray (Duff et al. 2017)."""
    s = f4(1) if dz >= f4(0) else f4(-1)
    a = f4(-1) / (s + dz)
    b = dx * dy * a
    return f4(1) + s * dx * dx * a, s * b, -s * dx, b, s + dy * dy * a, -dy


@njit(**OPTIONS)
def clamped(e0, e1, e2):
    """Barycentrics from edge functions, kept within the triangle; and 1 / |sum|. A sum of zero gives the first corner."""
    s = e0 + e1 + e2
    ie = f4(1) / (s if s != f4(0) else f4(1e-30))
    e0 = min(max(e0 * ie, f4(0)), f4(1))
    e1 = min(max(e1 * ie, f4(0)), f4(1))
    e2 = min(max(e2 * ie, f4(0)), f4(1))
    e0 = e0 if e0 + e1 + e2 > f4(0) else f4(1)
    t = f4(1) / (e0 + e1 + e2)
    return e0 * t, e1 * t, e2 * t, abs(ie)


@njit(**OPTIONS)
def across(i, j, k, cam, x, y, z):
    """Barycentrics of the unit ray (x, y, z) through a triangle, seen along the ray; and 1 / |sum| of its edge functions."""
    ux, uy, uz, vx, vy, vz = basis(x, y, z)
    wi = cam[i, 2]
    wj = cam[j, 2]
    wk = cam[k, 2]
    xi = cam[i, 0] * ux + cam[i, 1] * uy - wi * uz
    yi = cam[i, 0] * vx + cam[i, 1] * vy - wi * vz
    xj = cam[j, 0] * ux + cam[j, 1] * uy - wj * uz
    yj = cam[j, 0] * vx + cam[j, 1] * vy - wj * vz
    xk = cam[k, 0] * ux + cam[k, 1] * uy - wk * uz
    yk = cam[k, 0] * vx + cam[k, 1] * vy - wk * vz
    return clamped(xj * yk - xk * yj, xk * yi - xi * yk, xi * yj - xj * yi)


@njit(**OPTIONS)
def serves(rec, k, dx, dy, ifx, ify):
    """Whether the reference slope of record k is near enough to (dx, dy)."""
    return abs(dx - rec[k, RDX]) <= _NEAR * ifx and abs(dy - rec[k, RDY]) <= _NEAR * ify


@njit(inline="always", **OPTIONS)
def set_up(rec, k, ia, ib, ic, va, vb, vc, dx, dy, cam, normals, N, mirror, o):
    """Fill the common columns of record k, of a triangle of instance o, about the reference slope (dx, dy).

    With x' = x - dx w and y' = y - dy w of the corners, e0 = x'1 y'2 - x'2 y'1 + ddx (w2 y'1 - w1 y'2) + ddy (x'2 w1 - x'1 w2),
    and cyclically; the quadratic terms cancel. The reference keeps the subtraction small, hence exact enough in float32.
    Normals point to the side that the camera sees: by the triangle, not by the blended normal.
    """
    wi = cam[ia, 2]
    wj = cam[ib, 2]
    wk = cam[ic, 2]
    xi = cam[ia, 0] - dx * wi
    yi = cam[ia, 1] - dy * wi
    xj = cam[ib, 0] - dx * wj
    yj = cam[ib, 1] - dy * wj
    xk = cam[ic, 0] - dx * wk
    yk = cam[ic, 1] - dy * wk
    rec[k, RDX] = dx
    rec[k, RDY] = dy
    rec[k, 2] = xj * yk - xk * yj
    rec[k, 3] = wk * yj - wj * yk
    rec[k, 4] = xk * wj - xj * wk
    rec[k, 5] = xk * yi - xi * yk
    rec[k, 6] = wi * yk - wk * yi
    rec[k, 7] = xi * wk - xk * wi
    rec[k, 8] = xi * yj - xj * yi
    rec[k, 9] = wj * yi - wi * yj
    rec[k, 10] = xj * wi - xi * wj
    rec[k, 11] = wi
    rec[k, 12] = wj
    rec[k, 13] = wk
    ax = cam[ib, 0] - cam[ia, 0]
    ay = cam[ib, 1] - cam[ia, 1]
    az = wi - wj
    bx = cam[ic, 0] - cam[ia, 0]
    by = cam[ic, 1] - cam[ia, 1]
    bz = wi - wk
    facing = (ay * bz - az * by) * cam[ia, 0] + (az * bx - ax * bz) * cam[ia, 1] - (ax * by - ay * bx) * wi
    f = f4(-1) if (facing > f4(0)) != (mirror[o] < f4(0)) else f4(1)
    for c in range(3):
        v = va if c == 0 else (vb if c == 1 else vc)
        x = normals[v, 0] * f
        y = normals[v, 1] * f
        z = normals[v, 2] * f
        rec[k, 14 + 3 * c] = N[o, 0, 0] * x + N[o, 0, 1] * y + N[o, 0, 2] * z
        rec[k, 15 + 3 * c] = N[o, 1, 0] * x + N[o, 1, 1] * y + N[o, 1, 2] * z
        rec[k, 16 + 3 * c] = N[o, 2, 0] * x + N[o, 2, 1] * y + N[o, 2, 2] * z
