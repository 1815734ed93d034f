"""Ambient occlusion from the depth image, at half size."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, i4 = np.float32, np.int32


@njit(**OPTIONS)
def ambient_occlusion(depth, normal, camera_from_world, fx, fy, cx, cy, radius, strength, out):
    """Fill ``out`` (H/2, W/2) with the open fraction of the sky over each surface, from six depth taps (after HBAO)."""
    H, W = depth.shape
    h2, w2 = out.shape
    tx = np.array([1.0, 0.5, -0.5, -1.0, -0.5, 0.5], f4)
    ty = np.array([0.0, 0.866, 0.866, 0.0, -0.866, -0.866], f4)
    reach = np.array([1.0, 0.45, 0.8, 0.3, 0.9, 0.55], f4)
    R = camera_from_world
    ifx = f4(1) / fx
    ify = f4(1) / fy
    scale = f4(1) / (radius * radius * f4(4))
    for y in range(h2):
        for x in range(w2):
            py = min(2 * y, H - 1)
            px = min(2 * x, W - 1)
            z = depth[py, px]
            if not (z < f4(1e30)):
                out[y, x] = f4(1)
                continue
            n0 = normal[py, px, 0]
            n1 = normal[py, px, 1]
            n2 = normal[py, px, 2]
            nx = R[0, 0] * n0 + R[0, 1] * n1 + R[0, 2] * n2
            ny = R[1, 0] * n0 + R[1, 1] * n1 + R[1, 2] * n2
            nz = R[2, 0] * n0 + R[2, 1] * n1 + R[2, 2] * n2
            vx = (f4(px) + f4(0.5) - cx) * ifx * z
            vy = (cy - f4(py) - f4(0.5)) * ify * z
            rad = min(max(radius * fx / z, f4(3)), f4(64))
            turn = (x & 1) + 2 * (y & 1)
            s = f4(0)
            for k in range(6):
                r = rad * reach[(k + turn) % 6]
                sx = px + i4(tx[k] * r)
                sy = py + i4(ty[k] * r)
                if sx < 0 or sy < 0 or sx >= W or sy >= H:
                    continue
                d = depth[sy, sx]
                if not (d < f4(1e30)):
                    continue
                ax = (f4(sx) + f4(0.5) - cx) * ifx * d - vx
                ay = (cy - f4(sy) - f4(0.5)) * ify * d - vy
                az = z - d
                l2 = ax * ax + ay * ay + az * az
                if l2 < f4(1e-14):
                    continue
                il = f4(1) / np.sqrt(l2)
                c = (ax * nx + ay * ny + az * nz) * il - f4(0.06)
                fall = f4(1) - l2 * scale
                if c > f4(0) and fall > f4(0):
                    s += c * fall
                if k == 2 and s == f4(0):
                    break  # three ways open: call it open
            out[y, x] = max(f4(1) - strength * s * f4(0.3333), f4(0.1))


@njit(**OPTIONS)
def smooth(image, depth, out):
    """Average a half-size image over 4x4 blocks whose depth agrees, which hides the pattern of the taps."""
    H, W = image.shape
    for y in range(H):
        for x in range(W):
            z = depth[2 * y, 2 * x]
            s = f4(0)
            n = f4(0)
            tol = abs(z) * f4(0.03)
            for dy in range(-1, 3):
                for dx in range(-1, 3):
                    b = min(max(y + dy, 0), H - 1)
                    a = min(max(x + dx, 0), W - 1)
                    if abs(depth[2 * b, 2 * a] - z) <= tol or not (z < f4(1e30)):
                        s += image[b, a]
                        n += f4(1)
            out[y, x] = s / max(n, f4(1)) if n > f4(0) else image[y, x]
