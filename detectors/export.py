"""Export to OpenVINO IR and ONNX, with pre- and post-processing in a JSON file beside them."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from detectors.anomaly.model import load_anomaly, load_network, of_network
from detectors.checkpoint import load_detector
from detectors.classify.pictures import Pictures
from detectors.classify.train import classifier_json, load_classifier
from detectors.confidence import keep, kept
from detectors.contract import Detector
from detectors.detections import Detections
from detectors.masks import pixels_of
from detectors.matching import box_iou
from detectors.model_files import EXPORTED, describe, description, read_ir, task_of, whole_onnx
from detectors.oriented import corners_of, iou
from detectors.preprocess import Preprocess, read_rgb
from detectors.runtime import Model, of_detector, predict, scores_of
from detectors.samples import Sample
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import load, needs
from rendersdg.files import write_file
from rendersdg.plain import Json

Form = Literal["openvino", "onnx", "torchscript", "coreml"]
OPSET = 17
BOX_TOLERANCE = 0.5  # pixels between a float export and torch
SCORE_TOLERANCE = 1e-3
MASK_TOLERANCE = 0.02  # of the pixels of a box
HEAT_TOLERANCE = 0.05  # standard deviations of good parts
_COMPARED = 0.05  # scores from which detections are compared


class _DenseOnly(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A detector's dense outputs as ``forward``, which is what tracers follow."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return self.detector.dense(images)


def export(run: Path, out: Path, forms: Sequence[Form] = ("openvino", "onnx")) -> list[Path]:
    """Write a trained network for other runtimes and return the files' paths.

    The networks take one (1, 3, S, S) image. Beside them lies ``model.json``, their pre- and post-processing.

    Args:
        run: a training run's folder, or its ``model.pt``, of a detector, a classifier or an anomaly detector; or an
            .onnx that lies beside its description.
        out: the folder.
        forms: ``openvino`` writes ``model.xml`` and ``model.bin``, ``onnx`` writes ``model.onnx``,
            ``torchscript`` writes ``model.torchscript``, which torch runs without this package's code, ``coreml`` the
            folder ``model.mlpackage``, which macOS and iOS run.

    Raises:
        BadArgument: a library is not installed, or cannot convert the network.
        DatasetError: the run cannot be read, or the folder cannot be written.
    """
    if run.suffix in EXPORTED:
        return _adopted(run, out, forms)
    network, about = _loaded(run)
    example = torch.rand(about["input"]["shape"], generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        network(example)  # YOLO makes its anchors on the first call
    outputs = list(about["outputs"])
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        if "openvino" in forms:
            written.append(_to_openvino(network, example, outputs, out / "model.xml"))
        if "onnx" in forms:
            written.append(_to_onnx(network, example, outputs, out / "model.onnx"))
        if "torchscript" in forms:
            written.append(_to_torchscript(network, example, out / "model.torchscript"))
        if "coreml" in forms:
            written.append(_to_coreml(network, example, outputs, out / "model.mlpackage"))
        describe(out, about)
        for file in written:
            keep(file, kept(run))
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from None
    return written


def _adopted(file: Path, out: Path, forms: Sequence[Form]) -> list[Path]:
    """Write an .onnx that lies beside its description for other runtimes, and return the files' paths."""
    if file.suffix != ".onnx" or not set(forms) <= {"openvino", "onnx"}:
        raise BadArgument(
            f"{file} is no longer a network of torch: of a run OpenVINO, ONNX, TorchScript and Core ML are written, of "
            "an ONNX model OpenVINO and ONNX (--to)"
        )
    about = description(file)
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        if "openvino" in forms:
            written.append(out / "model.xml")
            load("openvino", "deploy", "export to OpenVINO").save_model(
                read_ir(file), str(written[-1]), compress_to_fp16=False
            )
        if "onnx" in forms:
            written.append(out / "model.onnx")
            write_file(written[-1], whole_onnx(file))
        describe(out, about)
        for one in written:
            keep(one, kept(file))
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from None
    return written


def _loaded(run: Path) -> tuple[nn.Module, Json]:
    """Return the network of a run or model.pt, ready for a tracer, and what will lie beside it."""
    task = task_of(run)
    if task == "anomaly":
        found, preprocess, heating = load_network(run)
        model = of_network(found, preprocess, heating, found.features.network.kind)
        return found, model.as_json(found.outputs)
    if task == "classify":
        title, network, names, squares = load_classifier(run)
        return network, classifier_json(title, names, squares)
    name, detector, classes, preprocess = load_detector(run)
    return _DenseOnly(detector.eval()), of_detector(detector, name, classes, preprocess).as_json()


def _to_openvino(network: nn.Module, example: Tensor, outputs: Sequence[str], file: Path) -> Path:
    openvino = load("openvino", "deploy", "export to OpenVINO")
    with _quiet(), torch.no_grad():
        traced = torch.jit.trace(network, example, check_trace=False)
        model = openvino.convert_model(traced, example_input=example, input=[tuple(example.shape)])
    model.inputs[0].get_tensor().set_names({"images"})
    for output, label in zip(model.outputs, outputs):
        output.get_tensor().set_names({label})
    openvino.save_model(model, str(file), compress_to_fp16=False)
    return file


def _to_torchscript(network: nn.Module, example: Tensor, file: Path) -> Path:
    with _quiet(), torch.no_grad():
        torch.jit.trace(network.eval(), example, check_trace=False).save(str(file))
    return file


def _to_coreml(network: nn.Module, example: Tensor, outputs: Sequence[str], folder: Path) -> Path:
    coremltools = load("coremltools", "coreml", "export to Core ML")
    with _quiet(), torch.no_grad():
        try:
            # by torch.export, whose graph has no numbers computed from shapes: its converter fails on those
            graph = torch.export.export(network.eval(), (example,)).run_decompositions({})
            model = coremltools.convert(
                graph,
                inputs=[coremltools.TensorType("images", example.shape)],
                outputs=[coremltools.TensorType(name) for name in outputs],
                convert_to="mlprogram",
                compute_precision=coremltools.precision.FLOAT32,
            )
        except Exception as error:  # a compiler of somebody else's, which names no kinds of errors
            raise BadArgument(
                f"coremltools does not convert this network ({type(error).__name__}: {str(error).splitlines()[0]}); "
                "light_lite0 and yolo11n it does; --to onnx or --to torchscript write files that its other versions may"
            ) from None
        shutil.rmtree(folder, ignore_errors=True)
        model.save(str(folder))
    return folder


def _to_onnx(network: nn.Module, example: Tensor, outputs: Sequence[str], file: Path) -> Path:
    needs("onnx", "deploy", "export to ONNX")  # torch asks for it half way through
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            network,
            (example,),
            str(file),
            input_names=["images"],
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=False,
        )
    return file


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tracers from telling about shapes that are constant on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True, slots=True)
class Parity:
    """How far an export is from torch: the largest distance of a box side, in pixels, and of a score;
    how many were compared. ``masks`` is the largest share of a box's pixels that are in one of both masks alone.

    ``unmatched`` counts detections of one side alone whose score is not within the tolerance of the least one compared.
    """

    boxes: float
    scores: float
    compared: int
    unmatched: int
    masks: float = 0.0

    @property
    def holds(self) -> bool:
        """Return whether all is within the tolerances."""
        is_near = self.boxes <= BOX_TOLERANCE and self.scores <= SCORE_TOLERANCE and self.masks <= MASK_TOLERANCE
        return is_near and not self.unmatched


def parity(one: Model, other: Model, images: Sequence[Sample]) -> Parity:
    """Return how two models compare on images: each detection of a score of 0.05 or
    more with its like in the other's.
    """
    boxes = scores = masks = 0.0
    compared = unmatched = 0
    for a, b in zip(predict(one, images), predict(other, images)):
        free = np.ones(len(b.scores), bool)
        for k in map(int, np.flatnonzero(a.scores >= _COMPARED)):
            like = free & (b.labels == a.labels[k])
            overlap = np.where(like, _overlaps(a, k, b) if len(b.scores) else 0.0, -1.0)
            best = int(overlap.argmax()) if len(overlap) else -1
            if best < 0 or overlap[best] < 0.5:
                unmatched += int(a.scores[k] > _COMPARED + SCORE_TOLERANCE)
                continue
            free[best] = False
            compared += 1
            boxes = max(boxes, float(np.abs(a.xyxy[k] - b.xyxy[best]).max()), _between_corners(a, k, b, best))
            scores = max(scores, float(abs(a.scores[k] - b.scores[best])))
            if a.masks is not None and b.masks is not None:
                apart = int((pixels_of(a.masks[k]) ^ pixels_of(b.masks[best])).sum())
                masks = max(masks, apart / max(float((a.xyxy[k, 2:] - a.xyxy[k, :2]).prod()), 1.0))
        unmatched += int((b.scores[free] > _COMPARED + SCORE_TOLERANCE).sum())
    return Parity(boxes, scores, compared, unmatched, masks)


def _overlaps(a: Detections, k: int, b: Detections) -> F8:
    """Return (N,) how much detection ``k`` of one side overlaps those of the other."""
    if a.oriented is not None and b.oriented is not None:
        shares = iou(a.oriented[k : k + 1], b.oriented)
    else:
        shares = box_iou(a.xyxy[k : k + 1], b.xyxy)
    return np.asarray(shares[0], np.float64)


def _between_corners(a: Detections, k: int, b: Detections, other: int) -> float:
    """Return the largest distance, in pixels, of a corner of an oriented box to the nearest one of the other's; 0
    without. A square's corners have no order that is its own.
    """
    if a.oriented is None or b.oriented is None:
        return 0.0
    one, theirs = corners_of(a.oriented[k : k + 1])[0], corners_of(b.oriented[other : other + 1])[0]
    return float(np.linalg.norm(one[:, None] - theirs[None], axis=2).min(1).max())


def anomaly_parity(run: Path, file: Path, images: Sequence[Sample]) -> float:
    """Return the largest difference of heat, in standard deviations of good parts, between an export and torch."""
    ours, theirs, worst = load_anomaly(run), load_anomaly(file), 0.0
    for sample in images:
        image = read_rgb(sample.file)
        one, other = (model.judge([image])[0] for model in (ours, theirs))
        worst = max(worst, float(np.abs(one.map - other.map).max()), abs(one.score - other.score))
    return worst


def classifier_parity(run: Path, file: Path, pictures: Pictures) -> float:
    """Return the largest difference of a class's probability, 0 to 1, between an exported classifier and torch.

    Args:
        run: the training run.
        file: its exported .xml or .onnx.
        pictures: what they are compared on.
    """
    network = load_classifier(run)[1]
    preprocess = Preprocess(**description(file)["preprocess"])
    exported, worst = scores_of(file), 0.0
    for image in pictures.images:
        tensor = preprocess.tensor(preprocess.image(image)[None])
        with torch.inference_mode():
            ours = torch.softmax(network(torch.from_numpy(tensor)), 1)
        theirs = torch.softmax(torch.from_numpy(exported(tensor)), 1)
        worst = max(worst, float((ours - theirs).abs().max()))
    return worst
