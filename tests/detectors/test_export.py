"""Exports compute what torch does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.model_files import task_of
from detectors.preprocess import Preprocess
from detectors.runtime import load_model
from rendersdg.errors import BadArgument, DatasetError

torch = pytest.importorskip("torch")
pytest.importorskip("openvino")

pytestmark = pytest.mark.extra


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "yolo11n",
        "fcos_vit",
        "fcos_fastervit",
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["light_lite0", "yolo11n"])
def test_core_ml_has_the_networks_filters_inputs_and_outputs(tmp_path: Path, name: str) -> None:
    """Only Apple's systems run it; here its graph is read."""
    coremltools = pytest.importorskip("coremltools")
    from detectors.export import export

    detector = kept_untrained(name, tmp_path / "model.pt", 64)

    (folder,) = export(tmp_path / "model.pt", tmp_path / "out", ("coreml",))

    spec = coremltools.models.MLModel(str(folder), skip_model_load=True).get_spec()
    assert folder.name == "model.mlpackage" and (folder.parent / "model.json").is_file()
    (image,) = spec.description.input
    assert (image.name, tuple(image.type.multiArrayType.shape)) == ("images", (1, 3, 64, 64))
    with torch.no_grad():
        boxes, scores = detector.dense(torch.zeros(1, 3, 64, 64))
    shapes = {one.name: tuple(one.type.multiArrayType.shape) for one in spec.description.output}
    assert shapes == {"boxes": tuple(boxes.shape), "scores": tuple(scores.shape)}
    (block,) = spec.mlProgram.functions["main"].block_specializations.values()
    convolutions = sum(isinstance(module, torch.nn.Conv2d) for module in detector.modules())
    assert sum(operation.type == "conv" for operation in block.operations) == convolutions


def test_a_network_of_core_ml_is_not_run_here(tmp_path: Path) -> None:
    (tmp_path / "model.mlpackage").mkdir()
    for path in (tmp_path / "model.mlpackage", tmp_path / "missing.mlpackage"):
        with pytest.raises(DatasetError, match="only Apple's systems run"):
            load_model(path)


def test_what_core_ml_cannot_be_made_of_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("coremltools")
    from detectors.export import export

    kept_untrained("fcos_resnet18", tmp_path / "model.pt", 64)
    with pytest.raises(BadArgument, match="coremltools does not convert this network"):
        export(tmp_path / "model.pt", tmp_path / "out", ("coreml",))


def kept_untrained(name: str, file: Path, size: int) -> Any:
    from detectors import checkpoint
    from detectors.contract import DETECTORS

    torch.manual_seed(0)
    detector = DETECTORS[name](3, size)
    checkpoint.save(checkpoint.model_content(name, ("a", "b", "c"), Preprocess(size), detector.state_dict()), file)
    return detector.eval()
