"""The plan for a billion images in docs/scale.md is what its formulas give, and these are what is published."""

from __future__ import annotations

import pytest

from tests.bench.giant import Giant, table
from tests.conftest import ROOT


def test_the_document_has_the_table_of_the_formulas() -> None:
    assert table() in (ROOT / "docs/scale.md").read_text()


def test_a_vit_g_is_as_large_as_its_authors_say() -> None:
    """Zhai et al. 2022, table 2: ViT-g/14 has 1011 million parameters."""
    assert Giant().parameters == pytest.approx(1011e6, rel=1e-3)


@pytest.mark.extra
def test_operations_and_parameters_are_those_that_torch_counts() -> None:
    torch = pytest.importorskip("torch")
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    from detectors.vision.vit import ViT, ViTSize

    size = ViTSize(size=32, patch=4, width=64, heads=4, depth=3)
    network = ViT(size)
    with FlopCounterMode(display=False) as counted, sdpa_kernel(SDPBackend.MATH):  # the one whose products it counts
        network(torch.rand(5, 3, 32, 32))

    ours = Giant(width=64, depth=3, hidden=4 * 64, heads=4, patch=4, side=32)

    assert counted.get_total_flops() == 5 * ours.forward_flops
    places = 64 * 64  # which the plan's network learns, and ours has as waves
    assert ours.parameters == sum(p.numel() for p in network.parameters()) + places


def test_activations_are_those_of_megatrons_equation() -> None:
    """Korthikanti et al. 2022, by hand: s = 2048, b = 1, h = 6144, a = 64, one layer: 34 s b h and 5 a s² b bytes."""
    layer = Giant(width=6144, depth=1, heads=64, patch=1, side=1)
    assert layer.tokens == 1 and layer.activation_bytes(1, heads_kept=False) == 34 * 6144
    wide = Giant(width=6144, depth=1, heads=64, patch=1, side=32)  # 1024 tokens
    assert wide.activation_bytes(2) == 2 * 1024 * (34 * 6144 + 5 * 64 * 1024)
