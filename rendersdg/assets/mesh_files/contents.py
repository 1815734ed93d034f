"""What a mesh file holds, in the form that all its readers bring it to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rendersdg.arrays import F8, I8


@dataclass(frozen=True, eq=False)
class Part:
    """A surface that the file sets apart by a name.

    ``points`` (V, 3) in the file's unit, ``triangles`` (T, 3), for each corner ``normals`` (T, 3, 3), ``uvs``
    (T, 3, 2) with v up, and ``colours`` (T, 3, 3) linear, where there are any. ``groups`` (T,) are smoothing groups.
    ``looks`` (T,) are indices of the file's looks, -1 for none. ``above`` is the name of what holds the part, empty
    for none.
    """

    name: str
    points: F8
    triangles: I8
    normals: F8 | None = None
    uvs: F8 | None = None
    colours: F8 | None = None
    groups: I8 | None = None
    looks: I8 | None = None
    above: str = ""


@dataclass(frozen=True, eq=False)
class Look:
    """A material: its name in the file, and inputs of OmniPBR."""

    name: str
    inputs: dict[str, Any]
    is_double_sided: bool = False


@dataclass(eq=False)
class Contents:
    """The parts of a file and their looks; ``unit`` in metres and ``up_axis`` ("Y", "Z") where the file states them,
    and the words in which it does.
    """

    parts: list[Part] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    unit: float | None = None
    unit_words: str = ""
    up_axis: str | None = None
