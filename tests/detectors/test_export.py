"""Exports compute what torch does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.model_files import task_of
from detectors.preprocess import Preprocess
from detectors.runtime import load_model

torch = pytest.importorskip("torch")
pytest.importorskip("openvino")

pytestmark = pytest.mark.extra


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "yolo11n",
        "fcos_vit",
        "retinanet_resnet18",
        "ssdlite_mobilenet",
        "fasterrcnn_mobilenet",
        "light_lite0",
        "fcos_lite0",
        "yolo11n-seg",
        "light_lite0-seg",
    ],
)
def test_exports_compute_what_torch_does(tmp_path: Path, name: str) -> None:
    from detectors import checkpoint
    from detectors.contract import DETECTORS
    from detectors.export import export

    torch.manual_seed(0)
    size = 128 if name == "fcos_vit" else 64
    detector = DETECTORS[name](3, size)
    content = checkpoint.model_content(name, ("a", "b", "c"), Preprocess(size), detector.state_dict())
    checkpoint.save(content, tmp_path / "model.pt")

    files = export(tmp_path / "model.pt", tmp_path / "out", ("openvino", "onnx", "torchscript"))

    rng = np.random.default_rng(0)
    images = [(rng.random((1, 3, size, size), np.float32) * scale).astype(np.float32) for scale in (1, 0.3, 0)]
    wanted = [load_model(tmp_path / "model.pt").network(image) for image in images]
    assert [f.name for f in files] == ["model.xml", "model.onnx", "model.torchscript"]
    for file in files:
        assert task_of(file) == task_of(tmp_path / "model.pt") == "detect"
        network = load_model(file).network
        for image, (want_boxes, want_scores, *want_more) in zip(images, wanted):
            boxes, scores, *more = network(image)
            if name.startswith("fasterrcnn"):  # untrained proposals tie: their order and number may differ a little
                count = min(len(scores[0]), len(want_scores[0]), 20)
                best, want_best = (np.sort(s[0].max(1))[::-1][:count] for s in (scores, want_scores))
                assert boxes.shape[2] == 4 and np.allclose(best, want_best, atol=1e-3)
            else:
                assert np.abs(boxes - want_boxes).max() < 0.01 and np.abs(scores - want_scores).max() < 1e-5
                assert len(more) == (2 if name.endswith("-seg") else 0)
                assert all(np.abs(a - b).max() < 1e-3 for a, b in zip(more, want_more))
