"""The table of reflectances against the sum that defines it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import rendersdg.kernels
from tests.kernels.reflectance import STEPS, reflectance


def stored() -> np.ndarray:
    text = (Path(rendersdg.kernels.__file__).parent / "reflectance.h").read_text()
    numbers = re.findall(r"(\d\.\d{4})f", text)
    return np.array(numbers, float).reshape(STEPS + 1, STEPS + 1, 2)


@pytest.mark.parametrize(("row", "column"), [(0, 16), (2, 3), (5, 8), (8, 12), (12, 6), (16, 0), (16, 16)])
def test_the_table_holds_what_the_sum_gives(row: int, column: int) -> None:
    expected = reflectance((column / STEPS) ** 2, row / STEPS)

    assert stored()[row, column] == pytest.approx(expected, abs=1e-4)


def test_no_surface_sends_more_than_it_gets() -> None:
    assert (stored().sum(-1) <= 1.0).all() and (stored() >= 0).all()
    assert stored()[0, -1] == pytest.approx([1.0, 0.0], abs=1e-3)  # a smooth mirror, straight on
