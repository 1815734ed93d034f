"""Every detector keeps the contract."""

from __future__ import annotations

import re

import pytest

from rendersdg.testing import check_detector
from tests.conftest import needs_installed

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra

LARGE = re.compile(r"yolo(11|v8)([mlx]|[sm]-(seg|obb))")


def names() -> list[str]:
    from detectors.contract import DETECTORS

    # the large sizes of YOLO are the code of the small ones with other numbers: they are looked at below
    return [name for name in DETECTORS if not LARGE.fullmatch(name)]


@pytest.mark.parametrize("name", names())
def test_every_detector_keeps_the_contract(name: str) -> None:
    check_detector(name, size=128 if name == "fcos_vit" else 64)


def test_every_size_of_yolo_is_one_that_ultralytics_describes() -> None:
    needs_installed("ultralytics")
    from detectors.contract import DETECTORS
    from detectors.models.yolo import _layers, _library

    found = [name for name in DETECTORS.own if name.startswith("yolo")]

    of_boxes = [f"{family}{scale}" for family in ("yolo11", "yolov8") for scale in "nsmlx"]
    others = [f"{family}{scale}-{end}" for end in ("seg", "obb") for family in ("yolo11", "yolov8") for scale in "nsm"]
    assert found == of_boxes + others
    for name in found:
        layers = _layers(_library(), name)
        assert layers["scale"] in layers["scales"] and name.replace("-", "_") == DETECTORS[name].__name__
        head = {"seg": "Segment", "obb": "OBB"}.get(name.partition("-")[2], "Detect")
        assert layers["head"][-1][2] == head
