"""``rep.rng``: NumPy generators under the global seed."""

from __future__ import annotations

import numpy as np

from rendersdg.replicator.engine import current
from rendersdg.streams import generator

_MADE: list[int] = [0]


class ReplicatorRNG:
    """A generator seeded by ``seed``, else by the global seed and how many were made before."""

    def __init__(self, seed: int | None = None) -> None:
        engine = current()
        base = engine.seed if engine.seed is not None else engine.recorder.graph.seed or 0
        if seed is None:
            self._generator = generator(base, "rng", _MADE[0])
            _MADE[0] += 1
        else:
            self._generator = generator(int(seed), "rng", 0)

    @property
    def generator(self) -> np.random.Generator:
        """The NumPy generator."""
        return self._generator


def forget_registered() -> None:
    """Count from the start again, for the next script."""
    _MADE[0] = 0
