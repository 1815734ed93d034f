"""Light linking for the rasterizer: which instances a light shines on, and which throw shadows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import I8, U1, U4, Mask
from rendersdg.snapshot import Light, Snapshot

MET, THROWS_SHADOWS, LETS_THROUGH = 1, 2, 4  # in an instance's mask: by any ray, by those to lights, by these in part
_MOST_GROUPS = 14  # of instances, of which each takes two of the mask's other 29 bits


def shines_on(snapshot: Snapshot, lights: Sequence[Light]) -> U1 | None:
    """Return whether each light shines on each instance (L, N); None where all shine on all."""
    if not any(light.passes_by for light in lights):
        return None
    rows = [without(snapshot, light.passes_by) for light in lights]
    return np.array(rows, np.uint8).reshape(len(lights), len(snapshot.instances))


def without(snapshot: Snapshot, paths: frozenset[str]) -> Mask:
    """Return which instances (N,) are none of the ``paths``."""
    return np.array([instance.prim_path not in paths for instance in snapshot.instances], bool)


@dataclass(frozen=True, eq=False)
class ShadowGroups:
    """The instances that throw shadows, by lights: ``members`` (N,) for each group that is not all of them.

    ``stops`` (L,) are the bits of :class:`.kernels.structs.Bounce`. ``has_bit`` (L,) is False for a light whose group
    has no bit left, of which rays cannot tell.
    """

    members: tuple[Mask, ...]
    stops: U4
    has_bit: Mask

    def marked(self, mask: I8) -> U4:
        """Return the instances' ``mask`` (N,) with the bits of the groups."""
        mask = mask.copy()
        for number, members in enumerate(self.members):
            for bit in (THROWS_SHADOWS, LETS_THROUGH):
                mask |= np.where(members & (mask & bit > 0), _moved(bit, number), 0)
        return mask.astype(np.uint32)


def _moved(bit: int, group: int) -> int:
    """Return what stands for ``bit`` in a group of the given number."""
    return bit << 2 * (group + 1)


def shadow_groups(snapshot: Snapshot, lights: Sequence[Light]) -> ShadowGroups:
    """Return by which of an instance's bits the shadows of each light are thrown."""
    groups: dict[frozenset[str], int] = {}
    stops = np.full(len(lights), THROWS_SHADOWS, np.uint32)
    has_bit = np.ones(len(lights), bool)
    for k, light in enumerate(lights):
        if not light.passes_through:
            continue
        number = groups.setdefault(light.passes_through, len(groups))
        has_bit[k] = number < _MOST_GROUPS
        if has_bit[k]:
            stops[k] = _moved(THROWS_SHADOWS, number)
    return ShadowGroups(tuple(without(snapshot, paths) for paths in [*groups][:_MOST_GROUPS]), stops, has_bit)
