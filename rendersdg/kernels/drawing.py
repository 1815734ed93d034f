"""Soft ovals and strokes on a grid of texels: the pen that the defect kinds draw with.

Places and sizes are millimetres; texel (row, column) has its centre at ``origin + texel * (column, row)``. Coverage is
1 inside, 0 outside, with a smooth edge ``soft`` wide about the outline; overlapping shapes keep the larger.
"""

from __future__ import annotations

from ctypes import POINTER, byref, c_double
from functools import cache
from typing import Any, ClassVar

import numpy as np

from rendersdg.arrays import F4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import FLOAT, INT, Array, Field, Number, Structure, address
from rendersdg.kernels.library import kernel

MOST_ANGLE = 1e6  # radians; elementary.h

_DOUBLE = Number(c_double)


class Canvas(Structure):
    """What is drawn on: ``cover`` (H, W) float32, and ``part`` (H, W) int16, which gets the number of what covers most.

    ``origin`` (x, y), ``texel`` and ``soft`` are millimetres: the centre of the first texel, the distance of texels,
    the width of the soft edge.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """

    fields: ClassVar[dict[str, Field]] = {
        "cover": Array("f4", ("height", "width"), written=True),
        "part": Array("i2", ("height", "width"), written=True),
        "height": INT,
        "width": INT,
        "origin": Number(c_double, 2),
        "texel": _DOUBLE,
        "soft": _DOUBLE,
    }


class Ovals(Structure):
    """N ovals: ``number`` (N,) int16, ``centres`` and ``radii`` (N, 2) float64 millimetres, ``turns`` (N,) radians.

    ``wobble`` (N, 2K) holds cosine and sine terms of the outline's relative radius, by turns; ``weight`` (N,) the
    largest coverage, 0 to 1.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """

    fields: ClassVar[dict[str, Field]] = {
        "number": Array("i2", ("count",)),
        "centres": Array("f8", ("count", 2)),
        "radii": Array("f8", ("count", 2)),
        "turns": Array("f8", ("count",)),
        "wobble": Array("f8", ("count", "terms")),
        "weight": Array("f8", ("count",)),
        "count": INT,
        "terms": INT,
    }


class Strokes(Structure):
    """Polylines, end to end in ``points`` (N, 2) float64 millimetres.

    ``number`` (N,) int16 is the line of a point: two points of one number are joined. ``half`` (N,) are half widths in
    millimetres, ``weight`` (N,) coverages, 0 to 1.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """

    fields: ClassVar[dict[str, Field]] = {
        "number": Array("i2", ("count",)),
        "points": Array("f8", ("count", 2)),
        "half": Array("f8", ("count",)),
        "weight": Array("f8", ("count",)),
        "count": INT,
    }


class Patch(Structure):
    """The images of a patch, and ``out`` (H, W, 10) for them side by side."""

    fields: ClassVar[dict[str, Field]] = {
        "gain": Array("f4", ("height", "width")),
        "add": Array("f4", ("height", "width", 3)),
        "rough_gain": Array("f4", ("height", "width")),
        "rough_add": Array("f4", ("height", "width")),
        "metal_gain": Array("f4", ("height", "width")),
        "metal_add": Array("f4", ("height", "width")),
        "slopes": Array("f4", ("height", "width", 2)),
        "lift": Array("f4", ("height", "width")),
        "out": Array("f4", ("height", "width", 10), written=True),
        "height": INT,
        "width": INT,
        "texel": FLOAT,
    }


def draw_ovals(canvas: Canvas, ovals: Ovals) -> None:
    """Draw ovals; ``canvas.part`` gets the number of the oval that covers a texel most.

    Args:
        canvas: what is drawn on.
        ovals: N of them.

    Raises:
        BadArgument: a turn is beyond a million radians.

    Example::

        cover, part = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.int16)
        canvas = Canvas(cover=cover, part=part, origin=np.zeros(2), texel=0.5, soft=0.2)
        one = {"number": np.ones(1, np.int16), "turns": np.zeros(1), "wobble": np.zeros((1, 0)), "weight": np.ones(1)}
        draw_ovals(canvas, Ovals(centres=np.array([[16.0, 16.0]]), radii=np.array([[8.0, 4.0]]), **one))
    """
    turns = ovals.kept["turns"]
    far = np.abs(turns) > MOST_ANGLE
    if far.any():
        raise BadArgument(
            f"turns holds {turns[far][0]} radians, which is more than {MOST_ANGLE:.0f}: take it modulo a full turn"
        )
    _kernel("draw_ovals", Canvas, Ovals)(byref(canvas), byref(ovals))


def draw_strokes(canvas: Canvas, strokes: Strokes) -> None:
    """Draw polylines; ``canvas.part`` gets the number of the line that covers a texel most."""
    _kernel("draw_strokes", Canvas, Strokes)(byref(canvas), byref(strokes))


def stack(
    *,
    gain: F4,
    add: F4,
    rough_gain: F4,
    rough_add: F4,
    metal_gain: F4,
    metal_add: F4,
    slopes: F4,
    lift: F4,
    texel: float,
) -> F4:
    """Return the images of a patch side by side (H, W, 10), its slopes with those of the heights ``lift`` (H, W).

    Texels are ``texel`` apart, in the unit of ``lift``.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    address("lift", lift, "f4", ("height", "width"))  # before its shape is used
    out = np.empty((*lift.shape, 10), np.float32)
    patch = Patch(
        gain=gain,
        add=add,
        rough_gain=rough_gain,
        rough_add=rough_add,
        metal_gain=metal_gain,
        metal_add=metal_add,
        slopes=slopes,
        lift=lift,
        out=out,
        texel=texel,
    )
    _kernel("stack", Patch)(byref(patch))
    return out


@cache
def _kernel(name: str, *structures: type[Structure]) -> Any:
    return kernel(name, None, *(POINTER(s) for s in structures))
