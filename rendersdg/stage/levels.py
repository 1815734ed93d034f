"""Drawables and all prims above them, level by level from the top of the stage: what is asked of each at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask
from rendersdg.geometry import Matrix


@dataclass(frozen=True, eq=False)
class Levels:
    """P prims: the anchors of N drawables and what is above them, those with as many above them one after the other.

    ``numbers`` has the number of each by its path, ``above`` (P,) that of the prim above it, -1 for none; ``ends`` says
    where each level ends. ``anchors`` (N,) has the number of each drawable's anchor, ``shifted`` (K,) the numbers of
    the drawables with an offset, ``offsets`` (K, 4, 4) these.
    """

    paths: list[str]
    numbers: dict[str, int]
    above: I8
    ends: list[int]
    anchors: I8
    shifted: I8
    offsets: F8

    def parts(self) -> list[I8]:
        """Return the numbers of the prims of each level, the top first."""
        return [np.arange(start, end) for start, end in zip([0, *self.ends], self.ends)]

    def all_of_chain(self, holds: Mask) -> Mask:
        """Return for which drawables (N,) something holds of the anchor and of every prim above it; ``holds`` (P,)."""
        whole = holds.copy()
        for part in self.parts()[1:]:
            whole[part] &= whole[self.above[part]]
        return whole[self.anchors]

    def of_drawables(self, worlds: F8) -> F8:
        """Return world_from_mesh of the drawables (N, 4, 4); ``worlds`` (P, 4, 4) are world_from_local of the prims."""
        found = worlds[self.anchors]
        if len(self.shifted):
            found[self.shifted] = portable.product(found[self.shifted], self.offsets)
        return found


def levels_of(anchors: Sequence[tuple[str, Matrix | None]]) -> Levels:
    """Return the levels of drawables, each with the path of its anchor and its offset below it."""
    of_depth: dict[int, dict[str, None]] = {}
    seen: set[str] = set()
    for path, _ in anchors:
        while path and path not in seen:
            seen.add(path)
            of_depth.setdefault(path.count("/"), {})[path] = None
            path = path.rsplit("/", 1)[0]
    levels = [list(level) for _, level in sorted(of_depth.items())]
    paths = [path for level in levels for path in level]
    numbers = {path: number for number, path in enumerate(paths)}
    shifted = [number for number, (_, offset) in enumerate(anchors) if offset is not None]
    return Levels(
        paths=paths,
        numbers=numbers,
        above=np.array([numbers.get(path.rsplit("/", 1)[0], -1) for path in paths], np.int64),
        ends=np.cumsum([len(level) for level in levels]).tolist(),
        anchors=np.array([numbers[path] for path, _ in anchors], np.int64),
        shifted=np.array(shifted, np.int64),
        offsets=np.array([anchors[number][1] for number in shifted], np.float64).reshape(-1, 4, 4),
    )


def stacked(matrices: Sequence[Matrix]) -> F8:
    """Return matrices (4, 4) as (N, 4, 4): as ``np.array`` does, in a fifth of the time."""
    return np.concatenate(matrices).reshape(-1, 4, 4) if matrices else np.zeros((0, 4, 4))
