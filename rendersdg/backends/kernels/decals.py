"""Defects under the pixels: which texel of which patch a surface point shows, and what it does to the surface there.

A patch's texels are a mip pyramid in one flat table; a triangle lists the patches on it as a chain of entries.
"""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS
from rendersdg.backends.kernels.lighting import ANI, BB, BG, BR, COAT, ME, NX, NY, NZ, RO, WX, WY, WZ

f4, i4, i8, u8 = np.float32, np.int32, np.int64, np.uint64
CHANNELS = 10
# columns of an entry: gradient and offset of s (0 to 3) and t (4 to 7), the outward normal (8 to 10)
# columns of a patch: centre (0 to 2), origin of its texels (3, 4), texel (5)
# integer columns of a patch: the texel at which its pyramid begins, width, height, levels
AT, WIDTH, HEIGHT, LEVELS = 0, 1, 2, 3


@njit(**OPTIONS)
def _fetch(texels, start, width, height, x, y, out):
    """Bilinear sample at texel coordinates; beyond the border the surface is as it was."""
    x0 = i8(np.floor(x))
    y0 = i8(np.floor(y))
    fx = x - f4(x0)
    fy = y - f4(y0)
    for c in range(CHANNELS):
        out[c] = f4(0)
    for k in range(4):
        xi = x0 + (k & 1)
        yi = y0 + (k >> 1)
        w = (fx if k & 1 else f4(1) - fx) * (fy if k >> 1 else f4(1) - fy)
        if xi < 0 or yi < 0 or xi >= width or yi >= height:
            out[0] += w
            out[4] += w
            out[6] += w
            continue
        at = (start + yi * width + xi) * CHANNELS
        for c in range(CHANNELS):
            out[c] += w * texels[at + c]


@njit(**OPTIONS)
def _level(x, y, z, nx, ny, nz, pixel, texel, start, width, height, levels, u, v):
    """Return (start, width, height, u, v) on the level whose texels are nearest to a pixel's footprint.

    (x, y, z) is the point as seen from the camera, ``pixel`` the solid angle of a pixel on the axis, the normal is unit.
    """
    square = x * x + y * y + z * z
    facing = abs(nx * x + ny * y + nz * z) / np.sqrt(max(square, f4(1e-20)))
    footprint = square * pixel / max(facing, f4(0.2))
    level = 0
    while level + 1 < levels and footprint > f4(2) * texel * texel:
        start += width * height
        width = (width + 1) // 2
        height = (height + 1) // 2
        texel *= f4(2)
        u = (u - f4(0.5)) * f4(0.5)
        v = (v - f4(0.5)) * f4(0.5)
        level += 1
    return start, width, height, u, v


@njit(**OPTIONS)
def paint(A, a, b, first, chain, patch_of, entry_f, patch_f, patch_i, texels, C, pixel):
    """Change the surface of the fragments a..b, all of one triangle whose chain of entries begins at ``first``."""
    sample = np.empty(CHANNELS, np.float32)
    for j in range(a, b):
        i = u8(j)
        px = A[WX + i]
        py = A[WY + i]
        pz = A[WZ + i]
        e = first
        while e >= 0:
            p = patch_of[e]
            x = px - patch_f[p, 0]
            y = py - patch_f[p, 1]
            z = pz - patch_f[p, 2]
            texel = patch_f[p, 5]
            s = entry_f[e, 0] * x + entry_f[e, 1] * y + entry_f[e, 2] * z + entry_f[e, 3]
            t = entry_f[e, 4] * x + entry_f[e, 5] * y + entry_f[e, 6] * z + entry_f[e, 7]
            u = (s - patch_f[p, 3]) / texel
            v = (t - patch_f[p, 4]) / texel
            width = patch_i[p, WIDTH]
            height = patch_i[p, HEIGHT]
            nx = A[NX + i]
            ny = A[NY + i]
            nz = A[NZ + i]
            if (
                u > f4(-1)
                and v > f4(-1)
                and u < f4(width)
                and v < f4(height)
                and nx * entry_f[e, 8] + ny * entry_f[e, 9] + nz * entry_f[e, 10] > f4(0)
            ):
                q = f4(1) / np.sqrt(max(nx * nx + ny * ny + nz * nz, f4(1e-30)))
                nx *= q
                ny *= q
                nz *= q
                start, width, height, u, v = _level(
                    px - C[0, 3], py - C[1, 3], pz - C[2, 3], nx, ny, nz, pixel, texel, patch_i[p, AT], width, height,
                    patch_i[p, LEVELS], u, v,
                )  # fmt: skip
                _fetch(texels, start, width, height, u, v, sample)
                A[BR + i] = A[BR + i] * sample[0] + sample[1]
                A[BG + i] = A[BG + i] * sample[0] + sample[2]
                A[BB + i] = A[BB + i] * sample[0] + sample[3]
                A[RO + i] = A[RO + i] * sample[4] + sample[5]
                A[ME + i] = A[ME + i] * sample[6] + sample[7]
                A[COAT + i] *= sample[4]  # where the roughness is replaced the coat is gone, and the grooves
                A[ANI + i] *= sample[4]
                # n' = n - dh/ds grad s - dh/dt grad t
                A[NX + i] = nx - sample[8] * entry_f[e, 0] - sample[9] * entry_f[e, 4]
                A[NY + i] = ny - sample[8] * entry_f[e, 1] - sample[9] * entry_f[e, 5]
                A[NZ + i] = nz - sample[8] * entry_f[e, 2] - sample[9] * entry_f[e, 6]
            e = chain[e]


@njit(**OPTIONS)
def _part(parts, start, width, height, u, v):
    """The part at the nearest texel, else at any texel that a bilinear sample there touches. 0 for none."""
    for k in range(-1, 4):
        x = i8(np.floor(u + f4(0.5))) if k < 0 else i8(np.floor(u)) + (k & 1)
        y = i8(np.floor(v + f4(0.5))) if k < 0 else i8(np.floor(v)) + (k >> 1)
        if 0 <= x < width and 0 <= y < height and parts[start + y * width + x] != 0:
            return abs(parts[start + y * width + x])
    return np.int16(0)


@njit(**OPTIONS)
def stand(
    W, H, instance, triangle, depth, ttoff, first_of, chain, patch_of, entry_f, patch_f, patch_i, parts, entity_of, normal, distance, C,
    cx, cy, ifx, ify, fisheye, ray_x, ray_y, ray_z, out, inside,
):  # fmt: skip
    """Write the defect entity that may show at each pixel centre into ``out`` (HW,), -1 for none; the last one wins.

    ``inside`` (HW,) tells whether the texel under the centre is of the defect's own shape. ``parts`` are negative where
    they were spread beyond it.
    """
    for k in range(W * H):
        out[k] = -1
        inside[k] = False
        o = instance[k]
        if o < 0:
            continue
        e = first_of[ttoff[o] + triangle[k]]
        if e < 0:
            continue
        y = k // W
        x = k - y * W
        if fisheye:
            q = 2 * y * 2 * W + 2 * x
            bx = ray_x[q] * distance[k]
            by = ray_y[q] * distance[k]
            bz = ray_z[q] * distance[k]
        else:
            w = depth[k]
            bx = (f4(x) + f4(0.5) - cx) * ifx * w
            by = (cy - f4(y) - f4(0.5)) * ify * w
            bz = -w
        px = C[0, 0] * bx + C[0, 1] * by + C[0, 2] * bz + C[0, 3]
        py = C[1, 0] * bx + C[1, 1] * by + C[1, 2] * bz + C[1, 3]
        pz = C[2, 0] * bx + C[2, 1] * by + C[2, 2] * bz + C[2, 3]
        while e >= 0:
            p = patch_of[e]
            dx = px - patch_f[p, 0]
            dy = py - patch_f[p, 1]
            dz = pz - patch_f[p, 2]
            s = entry_f[e, 0] * dx + entry_f[e, 1] * dy + entry_f[e, 2] * dz + entry_f[e, 3]
            t = entry_f[e, 4] * dx + entry_f[e, 5] * dy + entry_f[e, 6] * dz + entry_f[e, 7]
            texel = patch_f[p, 5]
            u = (s - patch_f[p, 3]) / texel
            v = (t - patch_f[p, 4]) / texel
            width = patch_i[p, WIDTH]
            height = patch_i[p, HEIGHT]
            nx = normal[3 * k]
            ny = normal[3 * k + 1]
            nz = normal[3 * k + 2]
            if (
                u > f4(-1)
                and v > f4(-1)
                and u < f4(width)
                and v < f4(height)
                and nx * entry_f[e, 8] + ny * entry_f[e, 9] + nz * entry_f[e, 10] > f4(0)
            ):
                x0 = i8(np.floor(u + f4(0.5)))
                y0 = i8(np.floor(v + f4(0.5)))
                within = 0 <= x0 < width and 0 <= y0 < height and parts[patch_i[p, AT] + y0 * width + x0] > 0
                start, width, height, u, v = _level(
                    px - C[0, 3], py - C[1, 3], pz - C[2, 3], nx, ny, nz, ifx * ify, texel, patch_i[p, AT], width, height,
                    patch_i[p, LEVELS], u, v,
                )  # fmt: skip
                number = _part(parts, start, width, height, u, v)
                if number > 0:
                    entity = entity_of[p, number - 1]
                    if entity >= 0:
                        out[k] = entity
                        inside[k] = within
            e = chain[e]


@njit(**OPTIONS)
def spread(part):
    """Return the parts with a rim of one texel, negative."""
    height, width = part.shape
    out = np.empty((height, width), np.int16)
    for y in range(height):
        for x in range(width):
            most = np.int16(0)
            if part[y, x] <= 0:
                for k in range(4):
                    yy = y + (1 if k == 0 else (-1 if k == 1 else 0))
                    xx = x + (1 if k == 2 else (-1 if k == 3 else 0))
                    if 0 <= yy < height and 0 <= xx < width and part[yy, xx] > most:
                        most = part[yy, xx]
            out[y, x] = part[y, x] if part[y, x] > 0 else -most
    return out


@njit(**OPTIONS)
def halved(image, part):
    """Return an image (H, W, C) and its parts at half the size: the mean and the largest of two by two, edges repeated."""
    height = (image.shape[0] + 1) // 2
    width = (image.shape[1] + 1) // 2
    out = np.empty((height, width, image.shape[2]), np.float32)
    numbers = np.zeros((height, width), np.int16)
    for y in range(height):
        y0 = 2 * y
        y1 = min(y0 + 1, image.shape[0] - 1)
        for x in range(width):
            x0 = 2 * x
            x1 = min(x0 + 1, image.shape[1] - 1)
            for c in range(image.shape[2]):
                out[y, x, c] = f4(0.25) * (image[y0, x0, c] + image[y1, x0, c] + image[y0, x1, c] + image[y1, x1, c])
            most = max(max(abs(part[y0, x0]), abs(part[y1, x0])), max(abs(part[y0, x1]), abs(part[y1, x1])))
            numbers[y, x] = most
    return out, numbers


@njit(**OPTIONS)
def grow(box, numbers):
    """Widen the boxes (E, 4) inclusive of the entities that an image of numbers shows, -1 for none, and return their counts."""
    counts = np.zeros(len(box), np.int64)
    for y in range(numbers.shape[0]):
        for x in range(numbers.shape[1]):
            e = numbers[y, x]
            if e < 0:
                continue
            counts[e] += 1
            box[e, 0] = min(box[e, 0], x)
            box[e, 1] = min(box[e, 1], y)
            box[e, 2] = max(box[e, 2], x)
            box[e, 3] = max(box[e, 3], y)
    return counts
