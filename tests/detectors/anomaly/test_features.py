"""What the frozen network is shown, and what patches are made of it."""

from __future__ import annotations

import numpy as np
import torch

from detectors.anomaly.features import PatchFeatures, evened
from detectors.preprocess import Preprocess
from tests.detectors.anomaly.parts import backbone, part

SQUARE = Preprocess(64)


def tensor(gain: float = 1.0, offset: float = 0.0) -> torch.Tensor:
    image = np.clip(part(0)[0] * gain + offset, 0, 255).astype(np.uint8)
    return torch.from_numpy(SQUARE.tensor(SQUARE.image(image)[None]))


def test_a_photograph_looks_the_same_under_half_the_light() -> None:
    whole, half = evened(tensor()), evened(tensor(0.5))

    assert (whole - half).abs().max() < 0.05  # half the levels round twice as coarsely


def test_what_is_around_a_photograph_stays_as_it_is_and_counts_for_nothing() -> None:
    images = tensor()

    out = evened(images)

    own = out[0, :, :48]
    assert torch.equal(out[0, :, 48:], images[0, :, 48:])
    assert abs(own.mean().item() - 114 / 255) < 0.02
    assert abs(own.std().item() - 0.2) < 0.02


def test_an_even_grey_photograph_gives_finite_maps() -> None:
    for level in (0, 114, 255):
        image = np.full((60, 80, 3), level, np.uint8)

        out = evened(torch.from_numpy(SQUARE.tensor(SQUARE.image(image)[None])))

        assert torch.isfinite(out).all()


def test_colours_stay_apart() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0], image[:32] = 200, 10

    out = evened(torch.from_numpy(SQUARE.tensor(image[None])))

    assert (out[0, 0, 40] > out[0, 1, 40] + 0.1).all()


def test_a_patch_is_the_mean_of_its_neighbourhood_on_two_levels() -> None:
    features = PatchFeatures(backbone())
    maps, patches = features(tensor())

    fine, coarse = maps[1], maps[2]
    assert patches.shape == (1, fine.shape[1] + coarse.shape[1], 8, 8)
    by_hand = fine[0, :, 2:5, 3:6].mean((1, 2))
    assert torch.allclose(patches[0, : fine.shape[1], 3, 4], by_hand, atol=1e-5)
    corner = fine[0, :, :2, :2].mean((1, 2))  # what lies beyond the edge counts for nothing
    assert torch.allclose(patches[0, : fine.shape[1], 0, 0], corner, atol=1e-5)


def test_the_network_learns_nothing_even_in_training() -> None:
    features = PatchFeatures(backbone()).train()

    assert not any(p.requires_grad for p in features.parameters())
    assert not any(module.training for module in features.network.modules())
