"""Which labelled prims the shapes of a snapshot belong to: its entities before they have a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rendersdg.arrays import I8
from rendersdg.snapshot import Semantics
from rendersdg.stage.base import ancestors


@dataclass(frozen=True, eq=False)
class Labelling:
    """E entities of N shapes: ``entity`` has the number of each shape's, ``paths`` the prim of each entity, ``parents``
    the number of the nearest labelled prim above it, -1 for none. A parent comes before its children.

    ``counts`` (E,) is how many shapes belong to each, those of prims below it too; ``members`` has their numbers,
    entity after entity.
    """

    entity: list[int]
    paths: list[str]
    semantics: list[Semantics]
    parents: list[int]
    counts: I8
    members: I8


def labelling(chains: Sequence[tuple[str, ...]], semantics: Callable[[str], Semantics]) -> Labelling:
    """Return who owns each shape, by the ``chains`` of their prims and those above, and the labels on a prim itself.

    A shape without a label above it is an entity of its own.
    """
    numbers: dict[str, int] = {}
    entity: list[int] = []
    members: list[list[int]] = []
    parents: dict[str, str] = {}
    for shape, chain in enumerate(chains):
        owners = [path for path in chain if semantics(path)] or [chain[0]]
        for owner in reversed(owners):  # a parent comes before its children
            number = numbers.setdefault(owner, len(numbers))
            if number == len(members):
                members.append([])
            members[number].append(shape)
        if len(owners) > 1:
            parents.update(pairwise(owners))
        entity.append(numbers[owners[0]])
    return Labelling(
        entity=entity,
        paths=list(numbers),
        semantics=[next((s for p in ancestors(path) if (s := semantics(p))), ()) for path in numbers],
        parents=[numbers[parents[path]] if path in parents else -1 for path in numbers],
        counts=np.array([len(own) for own in members], np.int64),
        members=np.array([shape for own in members for shape in own], np.int64),
    )
