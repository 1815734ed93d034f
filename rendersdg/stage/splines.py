"""Splines as matrices: what share of each control point a sample of a curve has.

The segments are those of UsdGeomBasisCurves ("Cubic Curves", "Wrap"), B-splines follow de Boor's recursion.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8

Wrap = Literal["nonperiodic", "periodic", "pinned"]
# rows: powers of t from 3 down to 0; columns: the four control points of a segment
_BASES = {
    "bezier": np.array([[-1, 3, -3, 1], [3, -6, 3, 0], [-3, 3, 0, 0], [1, 0, 0, 0]], float),
    "bspline": np.array([[-1, 3, -3, 1], [3, -6, 3, 0], [-3, 0, 3, 0], [1, 4, 1, 0]], float) / 6,
    "catmullRom": np.array([[-1, 3, -3, 1], [2, -5, 4, -1], [-1, 0, 1, 0], [0, 2, 0, 0]], float) / 2,
}
BASES = ("linear", *_BASES)


def segment_count(count: int, basis: str, wrap: str) -> int:
    """Return of how many segments a curve of ``count`` control points is; 0 where these do not make one."""
    if basis == "linear":
        return count if wrap == "periodic" and count > 1 else max(count - 1, 0)
    if basis == "bezier":
        if wrap == "periodic":
            return count // 3 if count % 3 == 0 else 0
        return (count - 4) // 3 + 1 if count >= 4 and (count - 4) % 3 == 0 else 0
    if wrap == "periodic":
        return count if count >= 3 else 0
    if wrap == "pinned":
        return count - 1 if count >= 2 else 0
    return count - 3 if count >= 4 else 0


@lru_cache(maxsize=256)
def curve_weights(count: int, basis: str, wrap: str, steps: int) -> tuple[F8, F8]:
    """Return the shares of control points (S, count), and of values that vary by segment (S, N), that samples have.

    Each segment has ``steps`` samples, an open curve one more. N is the number of segments, of an open curve one more.
    """
    segments = segment_count(count, basis, wrap)
    is_closed = wrap == "periodic"
    place = np.arange(segments * steps + (not is_closed)) / steps
    which = np.minimum(place.astype(int), segments - 1)
    t = place - which
    rows = np.arange(len(place))
    varying = np.zeros((len(place), segments + (not is_closed)))
    varying[rows, which] = 1 - t
    np.add.at(varying, (rows, (which + 1) % varying.shape[1]), t)
    vertex = np.zeros((len(place), count))
    if basis == "linear":
        shares, at = np.column_stack([1 - t, t]), which[:, None] + np.arange(2)
    else:
        shares = portable.product(np.column_stack([t * t * t, t * t, t, np.ones_like(t)]), _BASES[basis])
        at = which[:, None] * (3 if basis == "bezier" else 1) + np.arange(4)
    if wrap == "pinned" and basis in ("bspline", "catmullRom"):
        # a phantom point beyond each end, as far out as its neighbour is in: the curve begins and ends at its points
        for column in range(4):
            real, share = at[:, column] - 1, shares[:, column]
            first, last = real < 0, real >= count
            inner = ~first & ~last
            np.add.at(vertex, (rows[inner], real[inner]), share[inner])
            for outside, end, neighbour in ((first, 0, 1), (last, count - 1, count - 2)):
                np.add.at(vertex, (rows[outside], end), 2 * share[outside])
                np.add.at(vertex, (rows[outside], neighbour), -share[outside])
    else:
        for column in range(at.shape[1]):
            np.add.at(vertex, (rows, at[:, column] % count), shares[:, column])
    return vertex, varying


def bspline_weights(count: int, order: int, knots: F8, span: tuple[float, float] | None, steps: int) -> tuple[F8, F8]:
    """Return the shares of ``count`` control points (S, count) that samples of a B-spline have, and their parameters.

    ``knots`` (count + order,) are in order; ``span`` is the part of the parameter that is drawn, None for all.
    """
    low, high = float(knots[order - 1]), float(knots[count])
    if span is not None:
        low, high = max(low, span[0]), min(high, span[1])
    inner = np.unique(np.clip(knots[order - 1 : count + 1], low, high))
    if len(inner) < 2:
        inner = np.array([low, high])
    parts = [np.linspace(a, b, steps, endpoint=False) for a, b in pairwise(inner)]
    parameters = np.concatenate([*parts, inner[-1:]])
    return _de_boor(count, order, knots, parameters), parameters


def _de_boor(count: int, order: int, knots: F8, parameters: F8) -> F8:
    # of degree 0: 1 within a knot's interval; the last parameter belongs to the last interval that is not empty
    last = int(np.flatnonzero(knots[: count + order - 1] < knots[1 : count + order])[-1])
    last = min(last, count - 1) if knots[count - 1] < knots[count] else last
    interval: I8 = np.clip(np.searchsorted(knots, parameters, side="right") - 1, order - 1, max(last, order - 1))
    shares = np.zeros((len(parameters), count + order - 1))
    shares[np.arange(len(parameters)), np.minimum(interval, shares.shape[1] - 1)] = 1.0
    for degree in range(1, order):
        width = shares.shape[1] - 1
        i = np.arange(width)
        rise, fall = knots[i + degree] - knots[i], knots[i + degree + 1] - knots[i + 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(rise > 0, (parameters[:, None] - knots[i]) / rise, 0.0)
            down = np.where(fall > 0, (knots[i + degree + 1] - parameters[:, None]) / fall, 0.0)
        shares = up * shares[:, :width] + down * shares[:, 1 : width + 1]
    return shares[:, :count]
