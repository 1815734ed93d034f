"""Every detector keeps the contract."""

from __future__ import annotations

import pytest

from rendersdg.testing import check_detector

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


def names() -> list[str]:
    from detectors.contract import DETECTORS

    return list(DETECTORS)


@pytest.mark.parametrize("name", names())
def test_every_detector_keeps_the_contract(name: str) -> None:
    check_detector(name, size=128 if name == "fcos_vit" else 64)
