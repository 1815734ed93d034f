"""YOLO's networks leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.slow
def test_a_yolo_network_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    code = (
        "import os; from detectors.models.yolo import yolo11n; yolo11n(2, 64); "
        "print(os.path.isdir(os.environ['YOLO_CONFIG_DIR']))"
    )
    env = {k: v for k, v in os.environ.items() if k != "YOLO_CONFIG_DIR"} | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
    assert not list(tmp_path.glob("rendersdg*"))


@pytest.mark.slow
def test_a_yolo_network_leaves_other_libraries_as_they_were() -> None:
    pytest.importorskip("ultralytics")
    code = (
        "import cv2, numpy as np, torch; from detectors.models.yolo import yolo11n\n"
        "from PIL import Image\n"
        "def now(): return (\n"
        "    cv2.getNumThreads(), torch.get_num_threads(), np.get_printoptions(),\n"
        "    cv2.imread, cv2.imwrite, Image.open)\n"
        "before = now(); yolo11n(2, 64); print(before == now())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
