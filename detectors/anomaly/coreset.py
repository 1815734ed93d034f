"""Which patches a memory keeps: a greedy k-center choice, so that no patch lies far from a kept one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rendersdg.arrays import F4, F8, I8
from rendersdg.streams import generator

_PROJECTED = 64  # dimensions in which distances are compared while choosing (Johnson and Lindenstrauss 1984)


def coreset(features: F4, count: int, seed: int = 0, *, on_pick: Callable[[int], None] = lambda done: None) -> I8:
    """Return the places, in order of choice, of ``count`` rows that cover all rows: each is the one farthest from
    those before it (PatchCore, Roth et al. 2022, algorithm 1; Gonzalez 1985).

    Distances are taken after a random projection to 64 dimensions where rows have more. All rows where there are not
    more than ``count``.

    Args:
        features: (N, C) float32.
        count: how many are chosen.
        seed: of the projection and of the first row.
        on_pick: is called with the number of rows chosen, after each.
    """
    if len(features) <= count:
        return np.arange(len(features))
    rng = generator(seed, "coreset", 0)
    rows = projected(features, rng)
    picks = np.empty(count, np.int64)
    picks[0] = rng.integers(len(rows))
    nearest: F4 = np.full(len(rows), np.inf, np.float32)
    squares = np.einsum("nc,nc->n", rows, rows)
    for k in range(count):
        if k:
            picks[k] = int(nearest.argmax())
        pick = picks[k]
        np.minimum(nearest, squares + squares[pick] - 2 * (rows @ rows[pick]), out=nearest)
        nearest[pick] = -np.inf  # whatever rounding leaves, a row is chosen once
        on_pick(k + 1)
    return picks


def projected(features: F4, rng: np.random.Generator) -> F4:
    """Return rows (N, 64) float32 whose distances are about those of ``features`` (N, C); themselves where C <= 64."""
    if features.shape[1] <= _PROJECTED:
        return features
    matrix: F8 = rng.standard_normal((features.shape[1], _PROJECTED)) / np.sqrt(_PROJECTED)
    return np.asarray(features @ matrix.astype(np.float32), np.float32)
