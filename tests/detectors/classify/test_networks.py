"""Classifiers are the published networks."""

from __future__ import annotations

import pytest

from detectors.classify import CLASSIFIERS

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    "name, millions",
    [
        ("resnet20", 0.27),
        ("vgg16_bn", 15.25),
        ("mobilenetv2_x1_4", 4.33),
        ("shufflenetv2_x2_0", 5.37),
        ("repvgg_a2", 26.82),
    ],
)
def test_a_network_has_as_many_parameters_as_published(name: str, millions: float) -> None:
    network = CLASSIFIERS[name](10)

    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 2) == millions
    assert network.eval()(torch.rand(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("narrow, wide, stride", [(4, 4, 1), (4, 8, 2), (4, 8, 1)])
def test_a_folded_block_computes_what_its_branches_did(narrow: int, wide: int, stride: int) -> None:
    from detectors.classify.networks import RepVggBlock

    torch.manual_seed(0)
    block = RepVggBlock(narrow, wide, stride)
    for _ in range(3):
        block(torch.randn(8, narrow, 9, 9) * 3 + 1)  # statistics that are not 0 and 1
    block.eval()
    x = torch.randn(2, narrow, 9, 9)
    before = block(x)

    block.fold()

    assert len(list(block.modules())) == 2  # itself and one convolution
    torch.testing.assert_close(block(x), before, atol=1e-5, rtol=1e-5)
