"""The one place where randomness comes from: counter-based streams keyed by (seed, site, execution)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

ONCE = -1  # the execution index of what happens before the first frame


def generator(seed: int, site: str, execution: int) -> np.random.Generator:
    """Return the generator of one draw: Philox under a BLAKE2 hash of the key, so streams do not touch each other.

    Args:
        seed: of all randomness.
        site: where the draw stands; another site gives other numbers.
        execution: how often it was made before, or the frame.
    """
    digest = blake2b(f"{seed}\0{site}\0{execution}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(cast(np.random.SeedSequence, _Key(digest))))


class _Key(ISeedSequence):
    """Hands a digest to Philox as its key; given as ``key``, numpy would also gather entropy that nothing reads."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        return np.frombuffer(self._digest, np.dtype(dtype).newbyteorder("<"))[:n_words]


@dataclass(frozen=True)
class Source:
    """Where a draw stands: the seed, the site (its place in the graph) and the execution of its node."""

    seed: int
    site: str
    execution: int

    def child(self, label: str) -> Source:
        """Return the source of something inside this site."""
        return Source(self.seed, f"{self.site}/{label}", self.execution)

    def with_seed(self, seed: int | None) -> Source:
        """Return this source under a seed of its own; ``None`` and negative seeds mean the global one."""
        return self if seed is None or seed < 0 else Source(seed, self.site, self.execution)

    def at_site(self, site: str | None) -> Source:
        """Return this source moved to a named ``site``, or itself for None."""
        return self if site is None else Source(self.seed, site, self.execution)

    def rng(self) -> np.random.Generator:
        """Return a fresh generator for this draw."""
        return generator(self.seed, self.site, self.execution)
