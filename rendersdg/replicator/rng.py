"""``rep.rng``: NumPy generators under the global seed."""

from __future__ import annotations

from itertools import count

import numpy as np

from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.streams import generator


class Generators:
    """The generators of a run that have no seed of their own: each gets the next ``number`` for its stream."""

    def __init__(self) -> None:
        self._numbers = count()

    def next_number(self) -> int:
        """Return how many there were before."""
        return next(self._numbers)


class ReplicatorRNG:
    """A generator seeded by ``seed``, else by the global seed and how many were made before."""

    def __init__(self, seed: int | None = None) -> None:
        if seed is None:
            number = current_host().part(Generators).next_number()
            self._generator = generator(current().seed, "rng", number)
        else:
            self._generator = generator(int(seed), "rng", 0)

    @property
    def generator(self) -> np.random.Generator:
        """The NumPy generator."""
        return self._generator
