"""Pictures of a generator, and walks between them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from detectors.generator.pictures import slerp

pytestmark = pytest.mark.extra


def test_a_walk_on_the_sphere_keeps_the_length() -> None:
    a, b = np.array([[3.0, 0, 0], [1, 1, 0]]), np.array([[0, 3.0, 0], [1, 1, 0]])

    half = slerp(a, b, 0.5)

    np.testing.assert_allclose(half, [[3 / 2**0.5, 3 / 2**0.5, 0], [1, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(slerp(a, b, 0.0), a)
    np.testing.assert_allclose(slerp(a, b, 1.0), b, atol=1e-12)
