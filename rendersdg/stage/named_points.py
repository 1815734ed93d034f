"""Points that are named in files of USD: on prims that stand where they are, and in lists on any prim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pxr import Sdf, Usd

from rendersdg.errors import Report
from rendersdg.stage.reads import Reads, names

MARK = "rendersdg:keypoint"  # on a prim: its origin is a point of that name
_NAMES, _POINTS, _SKELETON, _DEPTH = (f"rendersdg:keypoints:{k}" for k in ("names", "points", "skeleton", "depth"))
READS = (Reads("*", read=names(f"{MARK} {_NAMES} {_POINTS} {_SKELETON} {_DEPTH}")),)
_OfAny = Usd.PrimIsActive & Usd.PrimIsLoaded & ~Usd.PrimIsAbstract


@dataclass(frozen=True)
class Marks:
    """Points that are named on a prim, in its own space and the stage's units, and the lines between them.

    ``depth``, stage units, is how far below the surface of its object a point may lie and still count as seen;
    ``own_depth`` is the same in the prim's own space, for where ``depth`` is None. None of both: a share of the
    object's size.
    """

    points: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    skeleton: tuple[tuple[str, str], ...] = ()
    depth: float | None = None
    own_depth: float | None = None

    def and_then(self, later: Marks) -> Marks:
        """Return these with later ones, which win where both say something."""
        return Marks(
            {**self.points, **later.points},
            tuple(dict.fromkeys([*self.skeleton, *later.skeleton])),
            self.depth if later.depth is None else later.depth,
            self.own_depth if later.own_depth is None else later.own_depth,
        )


class NamedPoints:
    """The points that a stage's prims name, read when they are first asked for."""

    def __init__(self, stage: Usd.Stage, report: Report) -> None:
        self._stage, self._report = stage, report
        self._found: dict[str, Marks] | None = None

    def marks(self) -> dict[str, Marks]:
        """Return what :func:`read_marks` returns."""
        if self._found is None:
            self._found = read_marks(self._stage, self._report)
        return self._found

    def forget(self) -> None:
        """Read the stage anew next time: it has changed."""
        self._found = None


def read_marks(stage: Usd.Stage, report: Report) -> dict[str, Marks]:
    """Return the points that a stage's prims name, by path and in stage order.

    A prim with a string ``rendersdg:keypoint`` stands where the point is, and moves with what it is below. Lists on any
    prim name several: ``rendersdg:keypoints:names`` and ``:points``, in its own space; ``:skeleton`` has the names of
    the lines' ends, two a line, ``:depth`` is the ``own_depth`` of :class:`Marks`. What does not fit is reported and
    left out.
    """
    found = {}
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(_OfAny)):
        if prim.IsPseudoRoot():  # it has no attributes, and USD prints a warning where it is asked for some
            continue
        if prim.HasAttribute(_NAMES) or prim.HasAttribute(_SKELETON) or prim.HasAttribute(MARK):
            found[str(prim.GetPath())] = _marks_of(prim, report)
    return found


def write_marks(prim: Usd.Prim, marks: Marks, scale: float) -> None:
    """Author points and lines in a prim's lists, beside those that it has; ``scale`` is that of its space, in the
    stage's units.
    """
    own = marks.own_depth if marks.depth is None else marks.depth / scale
    kinds = Sdf.ValueTypeNames
    for name, kind, value in (
        (_NAMES, kinds.StringArray, list(marks.points)),
        (_POINTS, kinds.Point3dArray, list(marks.points.values())),
        (_SKELETON, kinds.StringArray, [name for line in marks.skeleton for name in line]),
        (_DEPTH, kinds.Double, own),
    ):
        if value:
            prim.CreateAttribute(name, kind).Set(value)


def _marks_of(prim: Usd.Prim, report: Report) -> Marks:
    path = str(prim.GetPath())
    points: dict[str, tuple[float, ...]] = {}
    if name := _value(prim, MARK):
        points[str(name)] = (0.0, 0.0, 0.0)
    listed, places = _value(prim, _NAMES), np.array(_value(prim, _POINTS), np.float64)
    called = [] if listed is None or isinstance(listed, str) else [str(name) for name in listed]
    if called and (places.shape != (len(called), 3) or not np.isfinite(places).all() or "" in called):
        report.ignored(path, f"its {len(called)} {_NAMES} are left out: {_POINTS} must have as many points")
    elif called:
        points |= zip(called, map(tuple, places.tolist()))
    ends = _value(prim, _SKELETON)
    line = [] if ends is None or isinstance(ends, str) else [str(name) for name in ends]
    if len(line) % 2:
        report.ignored(path, f"its {_SKELETON} is left out: it has {len(line)} names, and a line has two ends")
        line = []
    depth = _value(prim, _DEPTH)
    if depth is not None and not (isinstance(depth, (int, float)) and 0 <= depth < np.inf):
        report.ignored(path, f"its {_DEPTH} is left out: it must be a number, 0 or more")
        depth = None
    return Marks(points, tuple(zip(line[::2], line[1::2])), own_depth=None if depth is None else float(depth))


def _value(prim: Usd.Prim, name: str) -> Any:
    attribute = prim.GetAttribute(name)
    return attribute.Get() if attribute else None
