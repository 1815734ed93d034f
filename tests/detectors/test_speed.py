"""Speeds beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.served import colour_model

pytest.importorskip("openvino")

from detectors.speed import compare_speed, processor

pytestmark = pytest.mark.extra


def test_the_first_network_is_as_fast_as_itself(tmp_path: Path) -> None:
    model = colour_model(tmp_path / "model")

    speeds = compare_speed({"one": (model, "f32"), "other": (model, "f32")}, rounds=2, count=3, threads=1)

    assert list(speeds) == ["one", "other"] and speeds["one"].latency_ratio == speeds["one"].throughput_ratio == (
        1,
        1,
        1,
    )
    assert all(s.latency_ms > 0 and s.per_second > 0 for s in speeds.values())
    assert processor()
