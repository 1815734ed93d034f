"""What the camera sees of the environment: a latitude-longitude image in branch-free loops over a chunk of pixels."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS
from rendersdg.backends.kernels.lighting import ROW, full

f4, i4, u8 = np.float32, np.int32, np.uint64
# camera-space direction, share of the pixel, place in the image, radiance
DX, DY, DZ, SHARE, U, V, R, G, B = (np.uint64(k * ROW) for k in range(9))
ROWS = 9
_PI = f4(3.14159265)


@njit(**OPTIONS)
def _arctan2(y, x):
    """Return the angle of (x, y) in radians, within 3e-7 (Abramowitz and Stegun 4.4.49).

    Sums and products alone: a loop over it is vectorised, and every machine gives the same bits.
    """
    a = abs(x)
    b = abs(y)
    q = min(a, b) / max(max(a, b), f4(1e-30))
    s = q * q
    p = f4(0.0028662257)
    p = p * s + f4(-0.0161657367)
    p = p * s + f4(0.0429096138)
    p = p * s + f4(-0.0752896400)
    p = p * s + f4(0.1065626393)
    p = p * s + f4(-0.1420889944)
    p = p * s + f4(0.1999355085)
    p = p * s + f4(-0.3333314528)
    p = p * s * q + q
    p = f4(1.57079633) - p if b > a else p
    p = _PI - p if x < f4(0) else p
    return -p if y < f4(0) else p


@njit(**OPTIONS)
def look_up(n, S, C, image, tint):
    """Set R, G and B to the bilinear look-up of ``image`` (H, W, 3), +Z at row 0, along DX to DZ, times ``tint`` (3,).

    ``C`` (3, 3) turns camera-space directions into the image's.
    """
    height = i4(image.shape[0])
    width = i4(image.shape[1])
    texels = image.ravel()
    c00, c01, c02 = C[0, 0], C[0, 1], C[0, 2]
    c10, c11, c12 = C[1, 0], C[1, 1], C[1, 2]
    c20, c21, c22 = C[2, 0], C[2, 1], C[2, 2]
    around = f4(width) / (f4(2) * _PI)
    down = f4(height) / _PI
    for i in range(full(n)):
        bx = S[DX + i]
        by = S[DY + i]
        bz = S[DZ + i]
        x = c00 * bx + c01 * by + c02 * bz
        y = c10 * bx + c11 * by + c12 * bz
        z = c20 * bx + c21 * by + c22 * bz
        S[U + i] = _arctan2(y, x) * around + (f4(0.5) * f4(width) - f4(0.5))
        S[V + i] = _arctan2(np.sqrt(x * x + y * y), z) * down - f4(0.5)
    for i in range(u8(n)):
        u = S[U + i]
        v = S[V + i]
        u0 = i4(np.floor(u))
        v0 = i4(np.floor(v))
        fu = u - f4(u0)
        fv = v - f4(v0)
        u1 = u0 + i4(1)
        a = u8(u0 + width if u0 < i4(0) else u0)  # u lies within half a texel of the image
        b = u8(u1 - width if u1 >= width else u1)
        top = u8(min(max(v0, i4(0)), height - i4(1))) * u8(width)
        low = u8(min(max(v0 + i4(1), i4(0)), height - i4(1))) * u8(width)
        w00 = (f4(1) - fu) * (f4(1) - fv)
        w10 = fu * (f4(1) - fv)
        w01 = (f4(1) - fu) * fv
        w11 = fu * fv
        p = u8(3) * (top + a)
        q = u8(3) * (top + b)
        r = u8(3) * (low + a)
        s = u8(3) * (low + b)
        S[R + i] = texels[p] * w00 + texels[q] * w10 + texels[r] * w01 + texels[s] * w11
        S[G + i] = texels[p + u8(1)] * w00 + texels[q + u8(1)] * w10 + texels[r + u8(1)] * w01 + texels[s + u8(1)] * w11
        S[B + i] = texels[p + u8(2)] * w00 + texels[q + u8(2)] * w10 + texels[r + u8(2)] * w01 + texels[s + u8(2)] * w11
    t0, t1, t2 = tint[0], tint[1], tint[2]
    for i in range(full(n)):
        S[R + i] *= t0
        S[G + i] *= t1
        S[B + i] *= t2
