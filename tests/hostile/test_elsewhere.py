"""What comes from elsewhere runs nothing, writes nothing outside, and is refused in words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

for module in ("torch", "torchvision", "openvino", "onnx", "onnxruntime"):
    pytest.importorskip(module)


@pytest.mark.slow
@pytest.mark.extra
def test_what_comes_from_elsewhere_is_refused_and_does_no_harm() -> None:
    # a process of its own: the cases are forks, and a fork of one that has threads may wait for ever
    words = [sys.executable, "-m", "tests.hostile.elsewhere", "--small"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)

    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert (done.returncode, wrong) == (0, []), done.stderr[-2000:]
    assert " cases, 0 wrong" in done.stdout
