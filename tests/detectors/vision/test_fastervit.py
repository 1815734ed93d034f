"""FasterViT: equal to another implementation on the same weights, and windows that hear of each other by carriers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.vision.fastervit import (
    SIZES,
    SMALL,
    FasterViT,
    FasterViTClassifier,
    FasterViTSize,
    PairBias,
    Windows,
    into_windows,
    out_of_windows,
)
from rendersdg.errors import BadArgument
from tests.detectors.vision.waves import fill, picture

TINY = {"depths": (1, 1, 2, 1), "heads": (1, 1, 2, 4), "width": 16, "stem": 8}
# logits of keras_cv_attention_models 1.4 (MIT; its FasterViT, on torch) with the weights and picture of waves.py. It
# names its gamma of carriers twice: what is told to windows takes that of the last block, as here.
FOREIGN = [
    ({}, 112, [3.2355799, 1.9373900, -3.2149501, -1.4386100, 3.2578700]),  # windows of 4, one row and column padded
    ({"scale": 0.5, "is_told": True}, 112, [2.8239801, 0.9319100, -3.0672600, -0.4313600, 3.4057200]),
    ({}, 64, [3.2459800, 2.0127201, -3.2350900, -1.5113400, 3.2873900]),
]


@pytest.mark.parametrize(("more", "pixels", "logits"), FOREIGN)
def test_logits_are_those_of_another_implementation(more: dict[str, float], pixels: int, logits: list[float]) -> None:
    network = FasterViTClassifier(FasterViTSize(**TINY, **more), pixels, 5).eval()  # type: ignore[arg-type]
    fill(network)

    with torch.no_grad():
        found = network(picture(pixels))[0]

    assert found.numpy() == pytest.approx(np.array(logits), abs=2e-5)


@pytest.mark.parametrize(
    ("name", "millions"), [("fastervit_0", 31.4), ("fastervit_1", 53.4), ("fastervit_2", 75.9), ("fastervit_3", 159.5)]
)
def test_parameters_are_as_many_as_the_paper_says(name: str, millions: float) -> None:
    with torch.device("meta"):
        network = FasterViTClassifier(SIZES[name], 224, 1000)

    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.05)
    assert network.encoder.widths[3] == 8 * network.encoder.widths[0]


def test_maps_halve_and_widths_double() -> None:
    network = FasterViT(FasterViTSize(**TINY), 96).eval()  # type: ignore[arg-type]

    shapes = [tuple(m.shape) for m in network(torch.zeros(2, 3, 96, 96))]

    assert shapes == [(2, 16, 24, 24), (2, 32, 12, 12), (2, 64, 6, 6), (2, 128, 3, 3)]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_windows_are_squares_of_the_picture_and_go_back(windows: int, side: int, pictures: int) -> None:
    whole = windows * side
    tokens = torch.arange(pictures * whole * whole).view(pictures, whole * whole, 1)

    cut = into_windows(tokens, windows, side)

    slow = tokens.view(pictures, whole, whole)
    for k in range(len(cut)):
        b, rest = divmod(k, windows * windows)
        row, column = (side * v for v in divmod(rest, windows))
        assert (cut[k].view(side, side) == slow[b, row : row + side, column : column + side]).all()
    assert (out_of_windows(cut, windows, side) == tokens).all()


def test_the_bias_of_a_pair_is_that_of_the_way_between_them() -> None:
    bias = PairBias(3, 2, 1)
    fill(bias)

    whole = bias()[0]

    assert whole.shape == (2, 10, 10)
    assert (whole[:, 0] == 0).all() and (whole[:, :, 0] == 0).all()  # the extra token
    for one in range(9):
        for other in range(9):
            way = torch.tensor([one // 3 - other // 3, one % 3 - other % 3]) * 8 / 2
            spaced = torch.sign(way) * torch.log2(way.abs() + 1) / 3
            assert torch.allclose(whole[:, 1 + one, 1 + other], 16 * torch.sigmoid(bias.of_ways(spaced)), atol=1e-5)


@pytest.mark.parametrize(("carriers", "hears"), [(2, True), (0, False)])
def test_windows_hear_of_each_other_by_their_carriers_alone(carriers: int, hears: bool) -> None:
    torch.manual_seed(0)
    size = FasterViTSize(**TINY, carriers=carriers)  # type: ignore[arg-type]
    stage = Windows(16, 2, 1, 8, 2, size).double().eval()
    maps = torch.rand(1, 16, 8, 8, dtype=torch.float64)
    other = maps.clone()
    other[:, :, 6, 6] += 1  # of the last window

    away = (stage(maps) - stage(other)).abs().amax(1)[0]

    assert away[4:, 4:].max() > 1e-3
    assert (away[:4, :4].max() > 1e-9) == hears


def test_gradients_are_right() -> None:
    torch.manual_seed(1)
    network = FasterViTClassifier(FasterViTSize((1, 1, 1, 1), (1, 1, 1, 1), 4, 4, (1, 1)), 16, 2).double().eval()
    images = torch.rand(1, 3, 16, 16, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(lambda x: network(x).sum(), images, eps=1e-6, atol=1e-6, fast_mode=True)


def test_pictures_too_small_and_heads_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadArgument, match="size=32: 49 pixels are the least"):
        FasterViT(FasterViTSize(), 32)
    with pytest.raises(BadArgument, match="cannot be shared by 3 heads"):
        FasterViT(FasterViTSize(heads=(1, 1, 3, 4)), 64)


def test_the_small_one_takes_pictures_of_cifar() -> None:
    assert FasterViTClassifier(SMALL, 32, 10).eval()(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
