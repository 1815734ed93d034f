"""Masks of any shape, for properties that all have."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

masks = st.integers(0, 2**31).map(
    lambda seed: np.random.default_rng(seed).random((13, 17)) < np.random.default_rng(seed + 1).random()
)
