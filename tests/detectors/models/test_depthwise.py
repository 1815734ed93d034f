"""Filters of each channel: results and gradients beside torch's own in double precision."""

import itertools

import pytest
import torch
from torch.nn import functional

from detectors.contract import DETECTORS, Target
from detectors.models import depthwise
from detectors.models.depthwise import DepthwiseConv2d, filtered

SHAPES = [*itertools.product((3, 5), (1, 2), (0, 1, 2), ((9, 12), (8, 8), (7, 5)))]


@pytest.mark.parametrize(("kernel", "stride", "padding", "sides"), SHAPES)
def test_gradients_in_bfloat16_are_those_of_the_convolution(kernel, stride, padding, sides):
    torch.manual_seed(kernel * 100 + stride)
    images = torch.randn(2, 6, *sides).bfloat16().double()  # numbers that bfloat16 holds, so that only sums differ
    weight = torch.randn(6, 1, kernel, kernel).bfloat16().double()
    exact = [images.clone().requires_grad_(), weight.clone().requires_grad_()]
    wanted = functional.conv2d(*exact, None, stride, padding, 1, 6)
    slope = torch.randn_like(wanted).bfloat16().double()
    wanted.backward(slope)

    ours = [images.float().requires_grad_(), weight.float().requires_grad_()]
    with torch.autocast("cpu", torch.bfloat16):
        out = filtered(*ours, stride, padding)
    assert out.dtype == torch.bfloat16 and type(out.grad_fn).__name__ == "_FilteredBackward"
    out.backward(slope.bfloat16())

    torch.testing.assert_close(out.double(), wanted, rtol=2**-7, atol=2**-7)
    for mine, theirs in zip(ours, exact):
        torch.testing.assert_close(mine.grad.double(), theirs.grad, rtol=2**-7, atol=2**-6 * float(theirs.grad.std()))


@pytest.mark.parametrize("needed", [(True, False), (False, True)])
def test_only_the_gradient_that_is_needed_is_taken(needed):
    inputs = [torch.randn(1, 4, 8, 8), torch.randn(4, 1, 5, 5)]
    for tensor, is_needed in zip(inputs, needed):
        tensor.requires_grad_(is_needed)
    with torch.autocast("cpu", torch.bfloat16):
        filtered(*inputs, 1, 2).sum().backward()
    assert tuple(t.grad is not None for t in inputs) == needed


def test_without_bfloat16_it_is_the_convolution_itself():
    layer, images = DepthwiseConv2d(8, 5, 2), torch.randn(1, 8, 11, 11)
    assert torch.equal(layer(images), functional.conv2d(images, layer.weight, None, 2, 2, 1, 8))
    assert "convolution" in type(layer(images).grad_fn).__name__.lower()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert layer(images).grad_fn is None


def test_a_light_detector_learns_the_same_from_either_pass(monkeypatch):
    torch.manual_seed(0)
    detector = DETECTORS["light_lite0"](3, 64).train()
    targets = [Target(torch.tensor([[8.0, 8, 40, 40]]), torch.tensor([1]))] * 4
    images = torch.rand(4, 3, 64, 64)
    slopes = []
    for own in (True, False):
        if not own:
            monkeypatch.setattr(depthwise._Filtered, "apply", _torchs_own)
        detector.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            sum(detector.losses(images, targets).values()).backward()
        slopes.append(torch.cat([p.grad.flatten() for p in detector.parameters() if p.grad is not None]))
    assert functional.cosine_similarity(*slopes, dim=0) > 0.999


def _torchs_own(images, weight, stride, padding):
    return functional.conv2d(images, weight, None, stride, padding, 1, len(weight))
