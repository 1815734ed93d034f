"""YOLO's networks leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytest.importorskip("torch")

pytestmark = pytest.mark.extra


EVIL = "activation: open('canary', 'w')\nnc: 2\nbackbone: [[-1, 1, Conv, [8, 3, 2]]]\nhead: []\n"
BUILD = """
import json, os, cv2, numpy as np, torch
from PIL import Image
from detectors.models.yolo import yolo11n

def now():
    settings = cv2.getNumThreads(), torch.get_num_threads(), np.get_printoptions()
    return *settings, cv2.imread, cv2.imwrite, Image.open

before = now()
parameters = sum(p.numel() for p in yolo11n(80, 64).parameters())
print(json.dumps([os.path.isdir(os.environ["YOLO_CONFIG_DIR"]), before == now(), parameters]))
"""


@dataclass(frozen=True)
class Built:
    """What a process saw that built a network, the folder it worked in, and its folder for temporary files."""

    has_folder: bool
    leaves_others: bool
    parameters: int
    work: Path
    temporary: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A network built by a process of its own, in a folder with descriptions of networks that are not what they say."""
    if find_spec("ultralytics") is None:
        pytest.skip("no ultralytics")
    work, temporary = (tmp_path_factory.mktemp(name) for name in ("work", "temporary"))
    for name in ("yolo11n.yaml", "yolo11.yaml"):
        (work / name).write_text(EVIL)
    env = {k: v for k, v in os.environ.items() if k != "YOLO_CONFIG_DIR"}
    env |= {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=work, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Built(*json.loads(done.stdout), work, temporary)


@pytest.mark.slow
def test_a_yolo_network_leaves_nothing_in_the_temporary_folder(built: Built) -> None:
    assert built.has_folder
    assert not list(built.temporary.glob("rendersdg*"))


@pytest.mark.slow
def test_a_yolo_network_leaves_other_libraries_as_they_were(built: Built) -> None:
    assert built.leaves_others


@pytest.mark.slow
def test_a_yolo_network_is_not_described_by_a_file_of_the_working_folder(built: Built) -> None:
    assert built.parameters == 2624080  # as ultralytics counts YOLO11n's
    assert not (built.work / "canary").exists()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ultralytics") is None, reason="no ultralytics")  # whose import would change Pillow
def test_ultralytics_weights_are_read_when_they_are_trusted(tmp_path: Path) -> None:
    import torch

    from detectors.foreign import Weights
    from detectors.models.yolo import yolo11n
    from detectors.transplant import start_from
    from rendersdg.errors import NotTrusted

    source, detector = yolo11n(2, 64), yolo11n(2, 64)
    torch.save({"ema": None, "model": source.net.half()}, tmp_path / "theirs.pt")
    with pytest.raises(NotTrusted, match="--trust"):
        start_from(detector, Weights(tmp_path / "theirs.pt"), "yolo11n", ("a", "b"), 64)

    transfer = start_from(detector, Weights(tmp_path / "theirs.pt", True), "yolo11n", ("a", "b"), 64)

    assert not transfer.left and not transfer.unused
    assert all(torch.equal(a.float(), b) for a, b in zip(source.parameters(), detector.parameters()))
