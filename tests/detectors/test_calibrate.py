"""The table of a calibration study."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("openvino")

from detectors.calibrate import Row, drop, markdown

pytestmark = pytest.mark.extra


def test_a_drop_is_the_mean_over_seeds_and_the_worst_class_is_named() -> None:
    rows = [
        Row("float", [0.8], [0.5], {"a": 0.9, "b": 0.7}, 4_000_000, None),
        Row("noise", [0.7, 0.5], [0.4, 0.2], {"a": 0.8, "b": 0.4}, 1_000_000, None),
    ]
    judge: Any = SimpleNamespace(score="mAP50", second="mAP")

    assert drop(rows, "noise") == pytest.approx(0.2) and drop(rows, "float") == 0
    lines = markdown(rows, judge).splitlines()
    assert lines[0].startswith("| network | mAP50 | change |")
    assert lines[3].startswith("| noise | 60.00 ± 10.00 | -20.00 | b -30.0 | 30.00 | 1.00 |")
