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


@pytest.mark.slow
def test_a_yolo_network_is_not_described_by_a_file_of_the_working_folder(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics")
    evil = "activation: open('canary', 'w')\nnc: 2\nbackbone: [[-1, 1, Conv, [8, 3, 2]]]\nhead: []\n"
    for name in ("yolo11n.yaml", "yolo11.yaml"):
        (tmp_path / name).write_text(evil)
    code = "from detectors.models.yolo import yolo11n; print(sum(p.numel() for p in yolo11n(80, 64).parameters()))"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)

    assert done.stdout.strip() == "2624080", done.stderr  # as ultralytics counts YOLO11n's
    assert not (tmp_path / "canary").exists()


@pytest.mark.slow
def test_ultralytics_weights_are_trusted_or_converted(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics")
    import torch

    from detectors.models.yolo import yolo11n
    from rendersdg.errors import NotTrusted

    source, detector = yolo11n(2, 64), yolo11n(2, 64)
    torch.save({"ema": None, "model": source.net.half()}, tmp_path / "theirs.pt")
    with pytest.raises(NotTrusted, match="--trust") as told:
        detector.load_foreign(str(tmp_path / "theirs.pt"))
    command = str(told.value).partition('python -c "')[2].partition('". If you trust')[0]
    done = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    for file, trust in (("theirs-weights.pt", False), ("theirs.pt", True)):
        again = yolo11n(2, 64)
        assert again.load_foreign(str(tmp_path / file), trust=trust) == []
        assert all(torch.equal(a.float(), b) for a, b in zip(source.parameters(), again.parameters()))
