"""Procedural textures: they tile, and are the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.patterns import PATTERNS, pattern

SKIES = {n for n in PATTERNS if any(word in n for word in ("sky", "studio", "lounge", "workshop", "tunnel"))}


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_is_an_image_and_the_same_each_time(name: str) -> None:
    image = pattern(name)
    pattern.cache_clear()

    assert np.array_equal(pattern(name), image)
    assert (image.dtype, image.shape[2]) == ((np.float32, 3) if name in SKIES else (np.uint8, 4))
    assert np.isfinite(image).all() and (name in SKIES or (image[..., 3] == 255).all())


@pytest.mark.parametrize(
    "name", sorted(n for n in PATTERNS if any(k in n for k in ("wood", "concrete", "rust", "grain")))
)
def test_natural_patterns_have_no_seam(name: str) -> None:
    image = pattern(name)[..., :3].astype(int)
    seam = np.abs(image[:, 0] - image[:, -1]).mean()
    inside = np.abs(np.diff(image, axis=1)).mean((0, 2))

    assert seam <= 1.5 * np.quantile(inside, 0.9) + 1


def test_a_flat_normal_points_straight_out() -> None:
    (name,) = (n for n in PATTERNS if n.endswith("flat_normal"))

    assert np.unique(pattern(name).reshape(-1, 4), axis=0).tolist() == [[128, 128, 255, 255]]
