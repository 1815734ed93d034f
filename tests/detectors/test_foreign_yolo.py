"""Networks of ultralytics find here what they find there: the same boxes and scores, on pictures of any shape."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
if find_spec("ultralytics") is None:  # which is not imported here: it replaces functions of OpenCV and Pillow
    pytest.skip("ultralytics is not there", allow_module_level=True)
pytest.importorskip("onnxruntime")

from detectors.oriented import corners_of  # noqa: E402
from detectors.runtime import Model, load_model  # noqa: E402
from detectors.told import Told  # noqa: E402

pytestmark = [pytest.mark.extra, pytest.mark.slow]
SIZE = 128
NAMES = {0: "bolt", 1: "nut", 2: "washer"}
SHAPES = [(200, 331), (417, 257), (128, 128), (45, 320), (64, 40)]  # height, width


@pytest.fixture(scope="module", autouse=True)
def ultralytics_as_it_is_imported_here() -> None:
    """Import it as the package does: without what it replaces in OpenCV and Pillow, and without installing things."""
    from detectors.models.yolo import _library

    _library()


def pictures() -> list[Any]:
    rng = np.random.default_rng(0)
    return [
        cv2.resize(rng.integers(0, 256, (9, 12, 3), np.uint8), (w, h), interpolation=cv2.INTER_CUBIC) for h, w in SHAPES
    ]


def checkpoint_of(name: str, folder: Path, task: str = "detect") -> Path:
    """Write a network of random weights whose scores are spread, so that it finds dozens of boxes a picture."""
    from ultralytics import YOLO
    from ultralytics.nn import tasks

    torch.manual_seed(0)
    yolo = YOLO(f"{name}.yaml", task=task)
    kind = tasks.OBBModel if task == "obb" else tasks.DetectionModel
    yolo.model = kind(f"{name}.yaml", nc=len(NAMES), verbose=False)
    yolo.model.names, yolo.model.args, yolo.model.task = NAMES, {**yolo.overrides, "imgsz": SIZE}, task
    squares = [torch.from_numpy(cv2.resize(p, (SIZE, SIZE))).permute(2, 0, 1) for p in pictures()]
    batch = torch.stack(squares).float() / 255
    head = yolo.model.model[-1]
    last = [one[-1] for part in ("cv3", "one2one_cv3") for one in getattr(head, part, None) or ()]
    logits: dict[Any, Any] = {}
    hooks = [one.register_forward_hook(lambda m, _, out: logits.__setitem__(m, out)) for one in last]
    with torch.no_grad():
        yolo.model.train()
        for _ in range(30):
            yolo.model(batch)  # the moments of batch norm
        yolo.model.eval()(batch)
        for one, out in logits.items():
            mean, spread = out.mean(dim=(0, 2, 3)), out.std(dim=(0, 2, 3)).clamp(min=1e-6)
            one.weight /= spread[:, None, None, None]
            one.bias.copy_((one.bias - mean) / spread - 2)
    for hook in hooks:
        hook.remove()
    file = folder / "best.pt"
    yolo.save(str(file))
    content = torch.load(file, weights_only=False)  # as a training leaves it
    torch.save(content | {"train_args": {"imgsz": SIZE, "task": task}}, file)
    return file


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint_of("yolo11n", tmp_path_factory.mktemp("yolo"))


def assert_alike(theirs: Any, ours: Model, least: float = 0.25) -> None:
    """Compare what both show, box by box, matched by class and score."""
    count = 0
    for image in pictures():
        bgr = np.ascontiguousarray(image[..., ::-1])
        boxes = theirs.predict(bgr, conf=least, iou=0.7, max_det=100, imgsz=SIZE, verbose=False, device="cpu")[0].boxes
        xyxy, scores, labels = boxes.xyxy.numpy(), boxes.conf.numpy(), boxes.cls.numpy().astype(int)
        seen = (xyxy[:, 2:] > xyxy[:, :2]).all(axis=1)  # here what lies beside the picture is dropped
        xyxy, scores, labels = xyxy[seen], scores[seen], labels[seen]
        found = ours.as_shown(nested=True).find([image])[0]
        found = found.where(found.scores > least)
        assert len(found.scores) == len(scores)
        count += len(scores)
        for box, score, label in zip(xyxy, scores, labels):
            near = np.abs(found.xyxy - box).max(axis=1)
            like = (near <= 0.5) & (np.abs(found.scores - score) <= 1e-3) & (found.labels == label)
            assert like.any(), (image.shape, box, score, label)
    assert count >= 50


@pytest.mark.parametrize("more", [{}, {"dynamic": True}, {"nms": True}], ids=["fixed", "dynamic", "nms"])
def test_an_onnx_file_finds_what_ultralytics_finds_with_it(more: dict[str, bool], checkpoint: Path) -> None:
    from ultralytics import YOLO

    file = Path(YOLO(checkpoint).export(format="onnx", imgsz=SIZE, simplify=False, **more))

    model = load_model(file)

    assert model.classes == tuple(NAMES.values())
    assert (model.preprocess.stride is None) == ("dynamic" not in more)
    assert_alike(YOLO(file, task="detect"), model)


@pytest.mark.parametrize("more", [{}, {"dynamic": True}], ids=["fixed", "dynamic"])
def test_oriented_boxes_are_those_that_ultralytics_finds(more: dict[str, bool], tmp_path: Path) -> None:
    """All boxes before they are thinned: ultralytics thins by the distance of Gaussians, and here it is by areas."""
    from ultralytics import YOLO

    file = Path(
        YOLO(checkpoint_of("yolo11n-obb", tmp_path, "obb")).export(format="onnx", imgsz=SIZE, simplify=False, **more)
    )

    model, theirs, count = load_model(file), YOLO(file, task="obb"), 0

    assert model.finds == "oriented boxes" and model.classes == tuple(NAMES.values())
    for image in pictures():
        bgr = np.ascontiguousarray(image[..., ::-1])
        rows = theirs.predict(bgr, conf=0.25, iou=1.0, max_det=100, imgsz=SIZE, verbose=False, device="cpu")[0].obb
        found = model.as_shown(1.0, nested=True).find([image])[0]
        assert found.oriented is not None
        mine = corners_of(found.oriented)
        for corners, score, label in zip(rows.xyxyxyxy.numpy(), rows.conf.numpy(), rows.cls.numpy().astype(int)):
            middle, limit = corners.mean(0), np.array(image.shape[1::-1])
            if (middle < 1).any() or (middle > limit - 1).any():
                continue  # here what lies beside the picture is dropped, of boxes that are larger than it, too
            apart = np.linalg.norm(mine[:, :, None] - corners[None, None], axis=3).min(2).max(1)
            # they scale a turned box's two sides as if it were upright, by what each side was rounded to
            within = 0.5 + 0.01 * np.ptp(corners, axis=0).max()
            like = (apart <= within) & (np.abs(found.scores - score) <= 1e-3) & (found.labels == label)
            assert like.any(), (image.shape, corners, score, label)
            count += 1
    assert count >= 50


@pytest.mark.parametrize(("name", "is_thinned"), [("yolov10n", False), ("yolo26n", True)])
def test_other_heads_of_theirs_find_what_they_find_there(name: str, is_thinned: bool, tmp_path: Path) -> None:
    from ultralytics import YOLO

    more = {"end2end": True} if is_thinned else {}
    file = Path(YOLO(checkpoint_of(name, tmp_path)).export(format="onnx", imgsz=SIZE, simplify=False, **more))

    model = load_model(file)

    assert (model.postprocess.nms_iou == 1) == is_thinned
    assert_alike(YOLO(file, task="detect"), model)


def test_a_detector_of_torchvision_finds_what_it_finds_in_torch(tmp_path: Path) -> None:
    from torchvision.models.detection import ssdlite320_mobilenet_v3_large

    torch.manual_seed(0)
    network = ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=4, score_thresh=0.05, detections_per_img=90
    )
    batch = torch.stack(
        [torch.from_numpy(cv2.resize(p, (320, 320))).permute(2, 0, 1).float() / 255 for p in pictures()[:3]]
    )
    with torch.no_grad():
        for one in network.modules():
            if isinstance(one, torch.nn.BatchNorm2d):
                one.momentum = None  # the mean of all
        network.backbone(network.transform(list(batch))[0].tensors)
        for one in network.head.classification_head.parameters():
            one *= 1.5 if one.ndim == 4 else 1  # so that scores are spread
    names = ["boxes", "scores", "labels"]
    torch.onnx.export(
        network.eval(), (list(batch[:1]),), str(tmp_path / "a.onnx"), opset_version=17, dynamo=False,
        input_names=["images"], output_names=names,
    )  # fmt: skip

    model = load_model(tmp_path / "a.onnx", told=Told("__background__,bolt,nut,washer"))

    count = 0
    for image in pictures()[:3]:
        size_wh = image.shape[1], image.shape[0]
        with torch.no_grad():
            theirs = network([torch.from_numpy(model.preprocess.image(image)).permute(2, 0, 1).float() / 255])[0]
        boxes, scores, labels = (theirs[name].numpy() for name in names)
        boxes = model.preprocess.boxes_back(boxes.astype(float), size_wh)
        seen = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        found = model.find([image])[0]
        assert len(found.scores) == seen.sum()
        count += int(seen.sum())
        for box, score, label in zip(boxes[seen], scores[seen], labels[seen]):
            near = (np.abs(found.xyxy - box).max(axis=1) <= 0.5) & (np.abs(found.scores - score) <= 1e-3)
            assert (near & (found.labels == label - 1)).any(), (image.shape, box, score, label)
    assert count >= 50


def test_a_checkpoint_finds_what_ultralytics_finds_with_it_and_is_exported_and_quantized(
    checkpoint: Path, tmp_path: Path
) -> None:
    from ultralytics import YOLO

    from detectors.adopt import adopted
    from detectors.export import export

    ours = adopted(checkpoint, Told(trust=True))
    model = load_model(ours)
    xml = export(ours, tmp_path, ("openvino", "onnx"))[0]

    assert model.classes == tuple(NAMES.values()) and model.preprocess.size == SIZE
    assert_alike(YOLO(checkpoint), model)
    assert_alike(YOLO(checkpoint), load_model(xml))
    about = json.loads((tmp_path / "model.json").read_text())
    assert about["origin"] == "ultralytics" and about["input"]["shape"] == [1, 3, -1, -1]

    nncf = pytest.importorskip("nncf")
    from detectors.calibration import Calibration
    from detectors.quantize import count_int8, quantize

    assert nncf
    small = quantize(xml, tmp_path / "int8", Calibration("fractals", 4))
    assert count_int8(small) > 50
    assert len(load_model(small).find([pictures()[0]])[0].scores) > 10
