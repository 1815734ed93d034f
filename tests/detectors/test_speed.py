"""Speeds beside each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
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


def test_an_interrupt_after_several_networks_ends_no_process(tmp_path: Path) -> None:
    """What OpenVINO leaves behind as the stack for signals lasts as long as the process."""
    model = colour_model(tmp_path / "model")
    code = f"""
import gc, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background ignores it
from pathlib import Path
from detectors.speed import compare_speed
model = Path({str(model)!r})
compare_speed({{"one": (model, "f32"), "other": (model, "f32")}}, rounds=1, count=1, threads=1)
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("told")
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "told\n"), done.stderr
