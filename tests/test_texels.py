"""Texels of normal maps."""

from __future__ import annotations

import numpy as np

from rendersdg.texels import normal_texels


def test_normal_texels_are_unit_vectors_across_the_slopes() -> None:
    slopes = np.random.default_rng(0).normal(0, 2, (5, 6, 2)).astype(np.float32)
    normals = normal_texels(slopes).astype(float) * 2 - 1
    assert np.allclose(np.linalg.norm(normals, axis=2), 1, atol=1e-6)
    right, up = (np.dstack([np.eye(2)[k] * np.ones((5, 6, 1)), slopes[..., k]]) for k in range(2))
    assert np.abs((normals * right).sum(2)).max() < 1e-5
    assert np.abs((normals * up).sum(2)).max() < 1e-5
