"""Bytes of arrays and images, and back."""

from __future__ import annotations

import io

import numpy as np

from writers.encoders import npy_bytes


def test_an_array_comes_back() -> None:
    assert np.load(io.BytesIO(npy_bytes(np.arange(3)))).tolist() == [0, 1, 2]
