"""Ambient occlusion from the depth image, at half size: branch-free loops over blocks of a row, as in ``kernels.lighting``."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, i4, u8 = np.float32, np.int32, np.uint64
BLOCK = 128
STRIDE = 144  # no multiple of a page, and slack beyond the last column
# depth, normal, position, reach in pixels, sum, a tap's slopes and depth, whether it told something, whether to go on
Z, NX, NY, NZ, VX, VY, RAD, SUM, SX, SY, D, TOLD, LIVE = (np.uint64(k * STRIDE) for k in range(13))
ROWS = 13
_FAR = f4(1e30)
_BEFORE, _AFTER = 1, 2  # texels that the smoothing reaches to either side


@njit(**OPTIONS)
def ambient_occlusion(depth, normal, camera_from_world, fx, fy, cx, cy, radius, strength, out):
    """Fill ``out`` (H/2, W/2) with the open fraction of the sky over each surface, from six depth taps (after HBAO)."""
    H, W = depth.shape
    h2, w2 = out.shape
    depths = depth.ravel()
    normals = normal.ravel()
    A = np.zeros(ROWS * STRIDE, f4)
    I = np.zeros(STRIDE, np.int32)
    tx = np.array([1.0, 0.5, -0.5, -1.0, -0.5, 0.5], f4)
    ty = np.array([0.0, 0.866, 0.866, 0.0, -0.866, -0.866], f4)
    reach = np.array([1.0, 0.45, 0.8, 0.3, 0.9, 0.55], f4)
    m00, m01, m02 = camera_from_world[0, 0], camera_from_world[0, 1], camera_from_world[0, 2]
    m10, m11, m12 = camera_from_world[1, 0], camera_from_world[1, 1], camera_from_world[1, 2]
    m20, m21, m22 = camera_from_world[2, 0], camera_from_world[2, 1], camera_from_world[2, 2]
    ifx = f4(1) / fx
    ify = f4(1) / fy
    far = _FAR
    scale = f4(1) / (radius * radius * f4(4))
    for y in range(h2):
        py = i4(2 * y)
        slope_y = (cy - f4(py) - f4(0.5)) * ify
        turn = 2 * (y & 1)
        for x0 in range(0, w2, BLOCK):
            n = u8(min(BLOCK, w2 - x0))
            first = u8(py * W + 2 * x0)
            px0 = i4(2 * x0)
            for i in range(n):
                p = first + u8(2) * i
                A[Z + i] = depths[p]
                A[NX + i] = normals[u8(3) * p]
                A[NY + i] = normals[u8(3) * p + u8(1)]
                A[NZ + i] = normals[u8(3) * p + u8(2)]
            for i in range(n):
                z = A[Z + i]
                n0 = A[NX + i]
                n1 = A[NY + i]
                n2 = A[NZ + i]
                A[NX + i] = m00 * n0 + m01 * n1 + m02 * n2
                A[NY + i] = m10 * n0 + m11 * n1 + m12 * n2
                A[NZ + i] = m20 * n0 + m21 * n1 + m22 * n2
                A[VX + i] = (f4(px0 + i4(2) * i4(i)) + f4(0.5) - cx) * ifx * z
                A[VY + i] = slope_y * z
                A[RAD + i] = min(max(radius * fx / z, f4(3)), f4(64))
                A[SUM + i] = f4(0)
                A[LIVE + i] = f4(1)
            for k in range(6):
                dx = tx[k]
                dy = ty[k]
                even = reach[(k + turn) % 6]
                odd = reach[(k + turn + 1) % 6]
                if k == 3:  # three ways open: call it open
                    alive = i4(0)
                    for i in range(n):
                        live = (A[SUM + i] != f4(0)) | (A[TOLD + i] == f4(0))
                        A[LIVE + i] = f4(1) if live else f4(0)
                        alive += i4(live)
                    if alive == 0:
                        break
                for i in range(n):
                    r = A[RAD + i] * (odd if i4(i) & i4(1) else even)
                    sx = px0 + i4(2) * i4(i) + i4(dx * r)
                    sy = py + i4(dy * r)
                    inside = (sx >= i4(0)) & (sy >= i4(0)) & (sx < i4(W)) & (sy < i4(H))
                    I[i] = sy * i4(W) + sx if inside else i4(-1)
                    A[SX + i] = (f4(sx) + f4(0.5) - cx) * ifx
                    A[SY + i] = (cy - f4(sy) - f4(0.5)) * ify
                for i in range(n):
                    A[D + i] = depths[u8(I[i])] if I[i] >= i4(0) else far
                for i in range(n):
                    d = A[D + i]
                    ax = A[SX + i] * d - A[VX + i]
                    ay = A[SY + i] * d - A[VY + i]
                    az = A[Z + i] - d
                    l2 = ax * ax + ay * ay + az * az
                    il = f4(1) / np.sqrt(l2)
                    c = (ax * A[NX + i] + ay * A[NY + i] + az * A[NZ + i]) * il - f4(0.06)
                    fall = f4(1) - l2 * scale
                    told = (d < far) & (l2 >= f4(1e-14))
                    hit = told & (c > f4(0)) & (fall > f4(0)) & (A[LIVE + i] > f4(0))
                    A[TOLD + i] = f4(1) if told else f4(0)
                    A[SUM + i] += c * fall if hit else f4(0)
            for i in range(n):
                open_sky = max(f4(1) - strength * A[SUM + i] * f4(0.3333), f4(0.1))
                out[y, u8(x0) + i] = open_sky if A[Z + i] < far else f4(1)


@njit(**OPTIONS)
def smooth(image, depth, out):
    """Average a half-size image over 4x4 blocks whose depth agrees, which hides the pattern of the taps."""
    H, W = image.shape
    wide = W + _BEFORE + _AFTER
    # the image and its depths with their margins repeated
    values = np.empty((H + _BEFORE + _AFTER) * wide, f4)
    depths = np.empty((H + _BEFORE + _AFTER) * wide, f4)
    for y in range(H + _BEFORE + _AFTER):
        b = min(max(y - _BEFORE, 0), H - 1)
        row = y * wide
        for x in range(wide):
            a = min(max(x - _BEFORE, 0), W - 1)
            values[row + x] = image[b, a]
            depths[row + x] = depth[2 * b, 2 * a]
    total = np.empty(W, f4)
    count = np.empty(W, f4)
    for y in range(H):
        here = u8((y + _BEFORE) * wide + _BEFORE)
        for x in range(u8(W)):
            total[x] = f4(0)
            count[x] = f4(0)
        for dy in range(4):
            row = u8((y + dy) * wide)
            for x in range(u8(W)):
                z = depths[here + x]
                tolerance = abs(z) * f4(0.03)
                s = total[x]
                n = count[x]
                for dx in range(4):
                    k = row + x + u8(dx)
                    agrees = (abs(depths[k] - z) <= tolerance) | (not (z < f4(1e30)))
                    s += values[k] if agrees else f4(0)
                    n += f4(1) if agrees else f4(0)
                total[x] = s
                count[x] = n
        for x in range(u8(W)):
            n = count[x]
            out[y, x] = total[x] / max(n, f4(1)) if n > f4(0) else image[y, x]
