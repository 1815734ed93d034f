"""Built-in augmentations: answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.replicator import augmentations

GREY = np.full((4, 4, 4), 100, np.uint8)


def test_brightness_adds_per_cents_of_the_range_and_leaves_alpha_alone() -> None:
    out = augmentations.brightness(GREY, 20)

    assert (out[..., :3] == 151).all() and (out[..., 3] == 100).all()


def test_contrast_scales_about_mid_grey() -> None:
    assert (augmentations.contrast(GREY, 2.0)[..., :3] == 72).all()


def test_a_mixed_in_image_has_the_other_share(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import cv2

    cv2.imwrite(str(tmp_path / "white.png"), np.full((2, 2, 3), 255, np.uint8))

    assert (augmentations.image_blend(GREY, str(tmp_path), alpha=0.5)[..., :3] == 178).all()


@pytest.mark.parametrize("name", ["SpeckleNoise", "ShotNoise", "GlassBlur", "CropResize"])
def test_one_seed_gives_one_picture(name: str) -> None:
    image = np.random.default_rng(0).integers(0, 255, (16, 16, 4), np.uint8)
    node = augmentations.NODES[name]

    assert (node(image, seed=3) == node(image, seed=3)).all()
    assert (node(image, seed=3) != node(image, seed=4)).any()
