"""From visible triangles to label images: each run of pixels of one triangle in a branch-free loop."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS
from rendersdg.backends.kernels.lighting import CHUNK, ROW, full
from rendersdg.backends.kernels.triangles import COMMON, SLOTS, across, clamped, serves, set_up

f4, i4, i8, u8 = np.float32, np.int32, np.int64, np.uint64
# unsigned, for numba wraps signed indices around, which keeps a loop from being vectorised
DX, W_, NX, NY, NZ, PX, PY, PW, FAR = (np.uint64(k * ROW) for k in range(9))
PREVIOUS = COMMON  # three homogeneous previous pixels: x, y, w


@njit(**OPTIONS)
def _fill(image, a, b, value):
    """Set the entries a..b."""
    for i in range(u8(a), u8(b)):
        image[i] = value


@njit(**OPTIONS)
def _run(S, rec, k, a, b, ddy, moves):
    """Fill the scratch columns a..b, all of one triangle."""
    rdx = rec[k, 0]
    a0 = rec[k, 2] + ddy * rec[k, 4]
    b0 = rec[k, 5] + ddy * rec[k, 7]
    c0 = rec[k, 8] + ddy * rec[k, 10]
    a1 = rec[k, 3]
    b1 = rec[k, 6]
    c1 = rec[k, 9]
    wa = rec[k, 11]
    wb = rec[k, 12]
    wc = rec[k, 13]
    n00 = rec[k, 14]
    n01 = rec[k, 15]
    n02 = rec[k, 16]
    n10 = rec[k, 17]
    n11 = rec[k, 18]
    n12 = rec[k, 19]
    n20 = rec[k, 20]
    n21 = rec[k, 21]
    n22 = rec[k, 22]
    for i in range(u8(a), u8(a) + full(b - a)):
        ddx = S[DX + i] - rdx
        e0, e1, e2, _ = clamped(a0 + ddx * a1, b0 + ddx * b1, c0 + ddx * c1)
        S[W_ + i] = e0 * wa + e1 * wb + e2 * wc
        S[NX + i] = e0 * n00 + e1 * n10 + e2 * n20
        S[NY + i] = e0 * n01 + e1 * n11 + e2 * n21
        S[NZ + i] = e0 * n02 + e1 * n12 + e2 * n22
    if moves:
        pxa = rec[k, 23]
        pya = rec[k, 24]
        pwa = rec[k, 25]
        pxb = rec[k, 26]
        pyb = rec[k, 27]
        pwb = rec[k, 28]
        pxc = rec[k, 29]
        pyc = rec[k, 30]
        pwc = rec[k, 31]
        for i in range(u8(a), u8(a) + full(b - a)):
            ddx = S[DX + i] - rdx
            e0, e1, e2, _ = clamped(a0 + ddx * a1, b0 + ddx * b1, c0 + ddx * c1)
            S[PX + i] = e0 * pxa + e1 * pxb + e2 * pxc
            S[PY + i] = e0 * pya + e1 * pyb + e2 * pyc
            S[PW + i] = e0 * pwa + e1 * pwb + e2 * pwc


@njit(**OPTIONS)
def _bent_run(S, rec, k, a, b, q, ray_x, ray_y, ray_z, ia, ib, ic, cam):
    """The same under a projection that bends lines; ``q`` is the ray of column 0, two rays a pixel."""
    for i in range(a, b):
        e0, e1, e2, _ = across(ia, ib, ic, cam, ray_x[q + 2 * i], ray_y[q + 2 * i], ray_z[q + 2 * i])
        w = e0 * rec[k, 11] + e1 * rec[k, 12] + e2 * rec[k, 13]
        x = e0 * cam[ia, 0] + e1 * cam[ib, 0] + e2 * cam[ic, 0]
        y = e0 * cam[ia, 1] + e1 * cam[ib, 1] + e2 * cam[ic, 1]
        S[W_ + i] = w
        S[FAR + i] = np.sqrt(x * x + y * y + w * w)
        S[NX + i] = e0 * rec[k, 14] + e1 * rec[k, 17] + e2 * rec[k, 20]
        S[NY + i] = e0 * rec[k, 15] + e1 * rec[k, 18] + e2 * rec[k, 21]
        S[NZ + i] = e0 * rec[k, 16] + e1 * rec[k, 19] + e2 * rec[k, 22]


@njit(**OPTIONS)
def _store(S, n, p, x0, y, dy, moves, fisheye, depth, distance, normal, motion):
    """Write n scratch columns to the images from pixel p = (x0, y) on."""
    p = u8(p)
    for i in range(u8(n)):
        depth[p + i] = S[W_ + i]
    if fisheye:
        for i in range(u8(n)):
            distance[p + i] = S[FAR + i]
    else:
        for i in range(u8(n)):
            dx = S[DX + i]
            distance[p + i] = S[W_ + i] * np.sqrt(dx * dx + dy * dy + f4(1))
    p3 = u8(3) * p
    for i in range(u8(n)):
        nx = S[NX + i]
        ny = S[NY + i]
        nz = S[NZ + i]
        q = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
        k = p3 + u8(3) * i
        normal[k] = nx * q
        normal[k + u8(1)] = ny * q
        normal[k + u8(2)] = nz * q
    if moves:
        p2 = u8(2) * p
        for i in range(u8(n)):
            w = S[PW + i]
            ok = w > f4(1e-9)
            iw = f4(1) / (w if ok else f4(1))
            mx = S[PX + i] * iw - (f4(x0) + f4(i) + f4(0.5))
            my = S[PY + i] * iw - (f4(y) + f4(0.5))
            k = p2 + u8(2) * i
            motion[k] = mx if ok else f4(0)
            motion[k + u8(1)] = my if ok else f4(0)


@njit(**OPTIONS)
def labels(
    W, H, tb, shift, cx, cy, fx, fy, fisheye, ray_x, ray_y, ray_z, vertices, normals, triangles, tri_inst, ttoff, mesh_toff, voff, soff, cam,
    normal_matrix, previous, moves, entity, mirror, instance, thing, triangle, depth, distance, normal, motion, visible, tight,
):  # fmt: skip
    """Fill the label images from the triangles at pixel centres. ``previous`` maps mesh points to previous pixels (homogeneous).

    ``thing`` gets the entities of the instances. ``normal`` is (3HW,) and ``motion`` (2HW,), zero on entry; the other images are (HW,).
    """
    Wb = W << shift
    S = np.zeros(9 * ROW, f4)
    records = np.empty((SLOTS, COMMON + 9), f4)
    kept = np.full(SLOTS, -1, np.int64)
    centres = np.empty(CHUNK, np.int32)
    ifx = f4(1) / fx
    ify = f4(1) / fy
    for y in range(H):
        dy = (cy - f4(y) - f4(0.5)) * ify
        row = (y << shift) * Wb
        n = i8(-1)  # the entity of the run in hand, and where it began
        start = i8(0)
        for x0 in range(0, W, CHUNK):
            count = min(CHUNK, W - x0)
            p = y * W + x0
            for i in range(u8(count)):
                S[DX + i] = (f4(i4(x0) + i4(i)) + f4(0.5) - cx) * ifx
            first = u8(row + (x0 << shift))
            for i in range(u8(count)):
                centres[i] = tb[first + (i << u8(shift))]
            b = i8(0)
            while b < count:
                a = b
                t = i8(centres[u8(a)])
                b += 1
                while b < count and centres[u8(b)] == t:
                    b += 1
                if t < 0:
                    _fill(instance, p + a, p + b, -1)
                    _fill(thing, p + a, p + b, -1)
                    _fill(triangle, p + a, p + b, -1)
                    for i in range(u8(a), u8(b)):
                        S[W_ + i] = np.inf
                        S[FAR + i] = np.inf
                        S[NX + i] = f4(0)
                        S[NY + i] = f4(0)
                        S[NZ + i] = f4(0)
                        S[PW + i] = f4(0)
                    if n >= 0:
                        _count_run(n, start, x0 + a - 1, y, visible, tight)
                        n = i8(-1)
                    continue
                o = i8(tri_inst[t])
                local = t - ttoff[o]
                g = mesh_toff[o] + local
                s = soff[o]
                ia = s + triangles[g, 0]
                ib = s + triangles[g, 1]
                ic = s + triangles[g, 2]
                slot = t & (SLOTS - 1)
                dx = S[DX + a]
                if kept[slot] != t or not serves(records, slot, dx, dy, ifx, ify):
                    kept[slot] = t
                    v = voff[o]
                    set_up(
                        records, slot, ia, ib, ic, v + triangles[g, 0], v + triangles[g, 1], v + triangles[g, 2], dx, dy, cam, normals,
                        normal_matrix, mirror, o,
                    )  # fmt: skip
                    if moves:
                        for c in range(3):
                            q = v + triangles[g, c]
                            lx = vertices[q, 0]
                            ly = vertices[q, 1]
                            lz = vertices[q, 2]
                            records[slot, PREVIOUS + 3 * c] = (
                                previous[o, 0, 0] * lx
                                + previous[o, 0, 1] * ly
                                + previous[o, 0, 2] * lz
                                + previous[o, 0, 3]
                            )
                            records[slot, PREVIOUS + 3 * c + 1] = (
                                previous[o, 1, 0] * lx
                                + previous[o, 1, 1] * ly
                                + previous[o, 1, 2] * lz
                                + previous[o, 1, 3]
                            )
                            records[slot, PREVIOUS + 3 * c + 2] = (
                                previous[o, 3, 0] * lx
                                + previous[o, 3, 1] * ly
                                + previous[o, 3, 2] * lz
                                + previous[o, 3, 3]
                            )
                _fill(instance, p + a, p + b, o)
                _fill(thing, p + a, p + b, entity[o])
                _fill(triangle, p + a, p + b, local)
                if fisheye:
                    _bent_run(S, records, slot, a, b, 4 * y * W + 2 * x0, ray_x, ray_y, ray_z, ia, ib, ic, cam)
                else:
                    _run(S, records, slot, a, b, dy - records[slot, 1], moves)
                if entity[o] != n:
                    if n >= 0:
                        _count_run(n, start, x0 + a - 1, y, visible, tight)
                    n = i8(entity[o])
                    start = i8(x0 + a)
            _store(S, count, p, x0, y, dy, moves, fisheye, depth, distance, normal, motion)
        if n >= 0:
            _count_run(n, start, W - 1, y, visible, tight)


@njit(**OPTIONS)
def _count_run(n, x0, x1, y, visible, tight):
    """Add the pixels x0..x1 of row y to entity n."""
    visible[n] += x1 - x0 + 1
    if x0 < tight[n, 0]:
        tight[n, 0] = x0
    if x1 > tight[n, 2]:
        tight[n, 2] = x1
    if y < tight[n, 1]:
        tight[n, 1] = y
    if y > tight[n, 3]:
        tight[n, 3] = y
