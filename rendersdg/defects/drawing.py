"""Soft ovals and strokes on a grid of texels: the pen that the defect kinds draw with.

Places and sizes are millimetres; texel (row, column) has its centre at ``origin + texel * (column, row)``. Coverage is 1
inside, 0 outside, with a smooth edge ``soft`` wide about the outline; overlapping shapes keep the larger.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rendersdg.compiled import OPTIONS

F4 = NDArray[np.float32]


@njit(**OPTIONS)
def _edge(distance: Any, soft: Any) -> Any:
    """Coverage at a signed distance from an outline, negative inside."""
    x = min(max(0.5 - distance / soft, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


@njit(**OPTIONS)
def draw_ovals(
    cover: Any, part: Any, number: Any, origin: Any, texel: Any, centres: Any, radii: Any, turns: Any, wobble: Any, soft: Any, weight: Any
) -> None:  # fmt: skip
    """Draw N ovals: ``centres`` (N, 2), ``radii`` (N, 2), ``turns`` (N,) radians, ``wobble`` (N, 2K) Fourier terms of the
    outline's relative radius, ``weight`` (N,) largest coverage. ``part`` gets ``number[n]`` where oval n covers most."""
    height, width = cover.shape
    terms = wobble.shape[1] // 2
    for n in range(len(centres)):
        a = max(radii[n, 0], 1e-6)
        b = max(radii[n, 1], 1e-6)
        swell = 1.0
        for k in range(2 * terms):
            swell += abs(wobble[n, k])
        reach = max(a, b) * swell + soft
        x0 = max(int(np.floor((centres[n, 0] - reach - origin[0]) / texel)), 0)
        x1 = min(int(np.ceil((centres[n, 0] + reach - origin[0]) / texel)), width - 1)
        y0 = max(int(np.floor((centres[n, 1] - reach - origin[1]) / texel)), 0)
        y1 = min(int(np.ceil((centres[n, 1] + reach - origin[1]) / texel)), height - 1)
        cosine = np.cos(turns[n])
        sine = np.sin(turns[n])
        full = np.float32(weight[n])
        rim = 0.5 * soft / min(a, b)
        outside = (swell + rim) ** 2  # of rho: nothing of the oval reaches there, or all of it does
        within = max(2.0 - swell - rim, 0.0) ** 2
        for y in range(y0, y1 + 1):
            dy = origin[1] + texel * y - centres[n, 1]
            for x in range(x0, x1 + 1):
                dx = origin[0] + texel * x - centres[n, 0]
                p = (cosine * dx + sine * dy) / a
                q = (cosine * dy - sine * dx) / b
                square = p * p + q * q
                if square >= outside or full <= cover[y, x]:
                    continue
                rho = np.sqrt(square)
                if square < within:
                    distance = -soft
                elif rho < 1e-9:
                    distance = -min(a, b)
                else:
                    c = p / rho
                    s = q / rho
                    outline = 1.0
                    ck = 1.0
                    sk = 0.0
                    for k in range(terms):  # cos and sin of (k + 1) times the angle
                        ck, sk = ck * c - sk * s, sk * c + ck * s
                        outline += wobble[n, 2 * k] * ck + wobble[n, 2 * k + 1] * sk
                    # along the ray from the centre, in millimetres
                    distance = (rho - outline) * np.sqrt((a * c) * (a * c) + (b * s) * (b * s))
                value = np.float32(_edge(distance, soft) * weight[n])
                if value > cover[y, x]:
                    cover[y, x] = value
                    part[y, x] = number[n]


@njit(**OPTIONS)
def draw_strokes(
    cover: Any, part: Any, number: Any, origin: Any, texel: Any, points: Any, half: Any, weight: Any, soft: Any
) -> None:
    """Draw polylines, end to end in ``points`` (N, 2), with half widths ``half`` (N,) and coverages ``weight`` (N,).

    ``number`` (N,) int16 tells the line of a point: two points of one number are joined, and ``part`` gets it.
    """
    height, width = cover.shape
    for n in range(len(points) - 1):
        if number[n] != number[n + 1]:
            continue
        ax = points[n, 0]
        ay = points[n, 1]
        bx = points[n + 1, 0] - ax
        by = points[n + 1, 1] - ay
        square = bx * bx + by * by
        reach = max(half[n], half[n + 1]) + soft
        x0 = max(int(np.floor((min(ax, ax + bx) - reach - origin[0]) / texel)), 0)
        x1 = min(int(np.ceil((max(ax, ax + bx) + reach - origin[0]) / texel)), width - 1)
        y0 = max(int(np.floor((min(ay, ay + by) - reach - origin[1]) / texel)), 0)
        y1 = min(int(np.ceil((max(ay, ay + by) + reach - origin[1]) / texel)), height - 1)
        for y in range(y0, y1 + 1):
            py = origin[1] + texel * y - ay
            for x in range(x0, x1 + 1):
                px = origin[0] + texel * x - ax
                t = min(max((px * bx + py * by) / square, 0.0), 1.0) if square > 0.0 else 0.0
                dx = px - t * bx
                dy = py - t * by
                across = np.sqrt(dx * dx + dy * dy) - (half[n] + t * (half[n + 1] - half[n]))
                value = np.float32(_edge(across, soft) * (weight[n] + t * (weight[n + 1] - weight[n])))
                if value > cover[y, x]:
                    cover[y, x] = value
                    part[y, x] = number[n]


@njit(**OPTIONS)
def stack(
    gain: Any,
    add: Any,
    rough_gain: Any,
    rough_add: Any,
    metal_gain: Any,
    metal_add: Any,
    slopes: Any,
    height: Any,
    texel: Any,
) -> Any:
    """Return the images of a patch side by side (H, W, 10), its slopes with those of ``height`` (H, W), texels ``texel`` apart."""
    rows, columns = height.shape
    out = np.empty((rows, columns, 10), np.float32)
    for y in range(rows):
        y0, y1 = max(y - 1, 0), min(y + 1, rows - 1)
        for x in range(columns):
            x0, x1 = max(x - 1, 0), min(x + 1, columns - 1)
            out[y, x, 0] = gain[y, x]
            out[y, x, 1] = add[y, x, 0]
            out[y, x, 2] = add[y, x, 1]
            out[y, x, 3] = add[y, x, 2]
            out[y, x, 4] = rough_gain[y, x]
            out[y, x, 5] = rough_add[y, x]
            out[y, x, 6] = metal_gain[y, x]
            out[y, x, 7] = metal_add[y, x]
            out[y, x, 8] = slopes[y, x, 0] + (height[y, x1] - height[y, x0]) / (np.float32(x1 - x0) * texel)
            out[y, x, 9] = slopes[y, x, 1] + (height[y1, x] - height[y0, x]) / (np.float32(y1 - y0) * texel)
    return out
