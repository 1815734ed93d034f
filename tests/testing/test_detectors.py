"""The suite of detectors finds what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from rendersdg.testing import check_detector

torch = pytest.importorskip("torch")


def small(classes: int, size: int, *, scale: float = 1.0) -> Any:
    """Return a detector of twelve small layers that says one box an image."""
    from detectors.contract import Detector, Target

    class Small(Detector):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(*[torch.nn.Linear(3, 3) for _ in range(12)])

        def losses(self, images: Any, targets: list[Target]) -> dict[str, Any]:
            return {"box": self.layers(images.mean((2, 3))).square().sum() * scale}

        def dense(self, images: Any) -> tuple[Any, Any]:
            boxes = torch.tensor([[4.0, 4, 20, 20]]).expand(len(images), 1, 4)
            return boxes, torch.full((len(images), 1, classes), 0.5)

    return Small()


def test_a_detector_that_keeps_the_contract_passes() -> None:
    before = torch.get_rng_state()
    check_detector(small)

    assert torch.equal(torch.get_rng_state(), before)


def test_a_detector_that_breaks_the_contract_is_told_how() -> None:
    with pytest.raises(AssertionError, match="loss box is not finite"):
        check_detector(lambda classes, size: small(classes, size, scale=float("nan")))
    with pytest.raises(AssertionError, match="scores of 4 classes"):
        check_detector(lambda classes, size: small(classes + 1, size))
