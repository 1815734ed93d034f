"""Every detector keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


def names() -> list[str]:
    from detectors.contract import DETECTORS

    return list(DETECTORS)


@pytest.mark.parametrize("name", names())
def test_every_detector_keeps_the_contract(name: str) -> None:
    from detectors.contract import DETECTORS, Target

    torch.manual_seed(0)
    size = 128 if name == "fcos_vit" else 64
    detector = DETECTORS[name](3, size).train()
    images = torch.rand(2, 3, size, size)
    targets = [
        Target(torch.tensor([[4.0, 6, 30, 40]]), torch.tensor([2])),
        Target(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)),
    ]

    parts = detector.losses(images, targets)
    sum(parts.values()).backward()  # type: ignore[union-attr]
    with torch.inference_mode():
        found = detector.eval().detect(images)

    assert all(v.ndim == 0 and torch.isfinite(v) for v in parts.values()) and detector.rate > 0
    assert sum(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in detector.parameters()) > 10
    assert len(found) == 2
    for one in found:
        assert one.xyxy.shape == (len(one.scores), 4) and len(one.scores) <= 100 and (np.diff(one.scores) <= 0).all()
        assert ((one.scores >= 0) & (one.scores <= 1)).all() and set(one.labels) <= {0, 1, 2}
