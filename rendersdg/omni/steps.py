"""The steps of an exit: one call there for each call here,
and the files that stand for what only rendersdg can make.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Block, Prims

_RANDOM = (
    "randomizer.",
    "defects.",
    "surfaces.",
    "distribution.",
    "inspection.sensor",
    "inspection.lens",
    "inspection.depth_sensor",
    "shared",
)
Value: TypeAlias = Any  # of an argument: plain, a handle of the graph, a file that stands for one, or a list of them
Arguments: TypeAlias = Mapping[str, Value]
Notes: TypeAlias = tuple[tuple[str, str], ...]  # what was baked, replaced or left out, and how
Side = Literal["both", "rendersdg", "omniverse"]


@dataclass(frozen=True, eq=False)
class Asset:
    """A file beside the exported one, which stands for something that only rendersdg can make."""

    path: Path


@dataclass(frozen=True, eq=False)
class AssetGroups:
    """``count`` groups of images and one that shows nothing, each a ``_D``, ``_N``,
    ``_R`` below ``folder`` / ``name``.
    """

    folder: Path
    name: str
    count: int

    def files(self) -> list[list[Path]]:
        """Return the files of each group."""
        return [[self.folder / f"{self.name}_{k}_{c}.png" for c in "DNR"] for k in (*range(self.count), "none")]


@dataclass(frozen=True, eq=False)
class Step:
    """One call there. ``name`` is below ``rep``, or ``.method`` of the ``subject``;
    ``result`` is the handle that it stands for. ``ours`` are arguments that rendersdg alone takes, where it runs this.
    """

    name: str
    arguments: Arguments
    result: Value
    blocks: tuple[Block, ...]
    subject: Value = None
    side: Side = "both"
    ours: Arguments = field(default_factory=dict)


@dataclass(frozen=True)
class Translation:
    """The steps of a scene for one target, and notes of what has no counterpart there: (what, how)."""

    steps: tuple[Step, ...]
    notes: Notes
    target: str


def draws(step: Step) -> bool:
    """Return whether a step draws random values, so that the names around it matter."""
    used = (h for v in step.arguments.values() for h in handles(v))
    return step.name.startswith(_RANDOM) or any(isinstance(h, Distribution) for h in used)


def relative(path: Path, folder: Path) -> str:
    """Return ``path`` as seen from ``folder``, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def handles(value: Value) -> Iterator[Value]:
    """Yield the handles in a value: distributions, prims, products, triggers, inside lists too."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from handles(item)
    elif isinstance(value, Combine):
        yield value
        yield from handles(list(value.distributions))
    elif isinstance(value, Prims):
        yield value
        yield from handles(list(value.parts))
    elif not isinstance(value, (str, int, float, bool, Asset, AssetGroups, Mapping, type(None))):
        yield value
