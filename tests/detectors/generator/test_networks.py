"""The generator is the published network."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from detectors.generator.networks import (  # noqa: E402
    Discriminator,
    Generator,
)

pytestmark = pytest.mark.extra


def test_the_networks_are_the_published_ones() -> None:
    generator = Generator(512, 10)
    images = generator(torch.randn(2, 512), torch.eye(10)[:2])
    score, features = Discriminator(10)(images, torch.eye(10)[:2])

    assert sum(p.numel() for p in generator.parameters()) == 2_054_368
    assert images.shape == (2, 3, 32, 32) and float(images.detach().abs().max()) <= 1
    assert score.shape == (2,) and [f.shape[1:] for f in features] == [
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (1024, 2, 2),
    ]
