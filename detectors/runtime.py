"""A trained model as one thing that finds boxes in images, whatever runs it: torch,
OpenVINO or ONNX Runtime, float or INT8.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from detectors.adopt import adopted
from detectors.detections import Detections, Finds
from detectors.masks import masks_of
from detectors.model_files import (
    EXPORTED,
    ULTRALYTICS,
    checked_files,
    description,
    detector_json,
    openvino_core,
    read_ir,
    unreadable,
)
from detectors.postprocess import NESTED, Postprocess
from detectors.preprocess import Image, Pixels, Preprocess
from detectors.samples import Sample
from detectors.told import Told
from rendersdg.arrays import F4, U1
from rendersdg.documents import shown
from rendersdg.errors import DatasetError
from rendersdg.extras import load
from rendersdg.plain import Json

if TYPE_CHECKING:
    from detectors.contract import Detector

Compiled = Any  # an openvino.CompiledModel; OpenVINO is imported on demand and its types are not followed
# (B, 3, H, W), 0 to 1 -> (B, A, 4) boxes in pixels, (B, A, classes) scores; of masks also (B, A, K) coefficients and
# (B, K, H / 4, W / 4) prototypes; of oriented boxes (B, A, 1) angles
Network = Callable[[F4], tuple[F4, ...]]
Precision = Literal["f32", "bf16", "default"]
UNNAMED = -1e-6  # scores below say that a box is of a class without a name, see detectors.foreign_onnx


@dataclass(frozen=True, slots=True)
class Model:
    """A network with what must be done before and after it, and what it ``finds``.

    ``origin`` names who made it, where somebody else did.
    """

    network: Network
    classes: tuple[str, ...]
    preprocess: Preprocess
    postprocess: Postprocess
    detector: str = ""
    finds: Finds = "boxes"
    origin: str = ""

    def find(self, images: Sequence[Image]) -> list[Detections]:
        """Return the detections of images (H, W, 3) uint8 RGB, boxes in their pixels."""
        inputs = [self.preprocess.image(image) for image in images]
        return self.find_in_inputs(inputs, [(image.shape[1], image.shape[0]) for image in images])

    def find_in_inputs(self, inputs: Sequence[U1], sizes_wh: Sequence[tuple[int, int]]) -> list[Detections]:
        """Return the detections of ``inputs`` (H, W, 3) uint8, in pixels of the images that they show.

        Those of one shape that follow each other go through the network together. ``sizes_wh`` are the widths and
        heights of the images. Raises DatasetError where the network gives a class that has no name.
        """
        detections: list[Detections] = []
        for _, alike in groupby(inputs, lambda one: one.shape):
            outputs = self.network(self.preprocess.tensor(np.stack(list(alike))))
            for of_image in zip(*outputs):
                detections.append(self._found(of_image, sizes_wh[len(detections)]))
        return detections

    def _found(self, outputs: Sequence[F4], size_wh: tuple[int, int]) -> Detections:
        """Return the detections of what the network gave for one image."""
        boxes, scores, *more = outputs
        if scores.size and scores.min() < UNNAMED:
            raise DatasetError(
                f"the network gave a number of a class that none of its {len(self.classes)} names has "
                f"({', '.join(self.classes[:5])}, ...): give all of them with their numbers, --classes 0=NAME,1=NAME"
            )
        one, rows = self.postprocess.picked(boxes, scores, more[0] if self.finds == "oriented boxes" else None)
        xyxy, oriented = self.preprocess.boxes_back(one.xyxy, size_wh), one.oriented
        if oriented is not None:
            oriented = self.preprocess.oriented_back(oriented, size_wh)
        keep = np.all(xyxy[:, 2:] > xyxy[:, :2], axis=1)
        found = Detections(xyxy, one.scores, one.labels, oriented=oriented).where(keep)
        if self.finds == "masks":
            coefficients, prototypes = more[0][rows[keep]], more[1]
            cell = self.preprocess.size / prototypes.shape[2] / self.preprocess.scale_of(size_wh)
            found = replace(found, masks=masks_of(coefficients, prototypes, found.xyxy, cell, size_wh))
        return found

    def as_shown(self, iou: float | None = None, *, nested: bool = False) -> Model:
        """Return the model as people use it, rather than as it is judged.

        Args:
            iou: overlap, 0 to 1, above which the worse of two boxes of a class goes; None for the model's own.
            nested: whether duplicates that lie within a better box of their class stay, too, see
                :func:`detectors.postprocess.without_nested`.
        """
        own = self.postprocess
        iou = own.nms_iou if iou is None else iou
        shown = replace(own, nms_iou=iou, nested=1.0 if nested else NESTED, best_class=self.origin == ULTRALYTICS)
        return replace(self, postprocess=shown)

    def as_json(self) -> Json:
        """Return what lies beside an exported network."""
        return detector_json(
            self.classes, self.preprocess, self.postprocess, self.detector, finds=self.finds, origin=self.origin
        )


def predict(
    model: Model,
    images: Sequence[Sample],
    *,
    pixels: Pixels | None = None,
    batch: int = 16,
    on_image: Callable[[int], None] = lambda count: None,
) -> list[Detections]:
    """Return the detections of each image file, best first.

    Args:
        model: see :func:`load_model`.
        images: files with the size that their label says.
        pixels: reads and keeps them; None to read each anew.
        batch: images that the network is given at a time.
        on_image: is called with the number of images done, after each.

    Raises:
        DatasetError: an image cannot be read, or has another size than its label says.
    """
    pixels = pixels or Pixels(model.preprocess, limit=0)
    detections: list[Detections] = []
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        for one in model.find_in_inputs([pixels(s.file, s.size_wh) for s in part], [s.size_wh for s in part]):
            detections.append(one)
            on_image(len(detections))
    return detections


def of_detector(detector: Detector, name: str, classes: tuple[str, ...], preprocess: Preprocess) -> Model:
    """Return a torch detector as a model; it is put into evaluation mode for each call and back.

    Args:
        detector: the network.
        name: of the table of detectors.
        classes: names, by label.
        preprocess: what its images go through.
    """
    import torch

    def network(images: F4) -> tuple[F4, ...]:
        was_training = detector.training
        detector.eval()
        device = next(detector.parameters()).device
        with torch.inference_mode():
            outputs = detector.dense(torch.from_numpy(images).to(device))
        detector.train(was_training)
        return tuple(output.float().cpu().numpy() for output in outputs)

    return Model(network, classes, preprocess, Postprocess(detector.nms_iou), name, detector.finds)


def load_model(path: Path, *, precision: Precision = "f32", threads: int = 0, told: Told = Told()) -> Model:
    """Return the model of a run's folder, a model.pt, an exported .xml, .onnx or .torchscript with its .json
    beside it, or a network that others made, see :func:`detectors.adopt.adopted`.

    ``precision`` is OpenVINO's inference precision hint: without ``f32`` it runs float networks in bfloat16 where the
    processor can. ``threads`` 0 means all. ``told`` says what the file of others does not. Raises DatasetError for a
    file that is missing or of another kind, NotTrusted for one that would run code.
    """
    path = adopted(path, told)
    if path.suffix not in EXPORTED:
        from detectors.checkpoint import load_detector

        name, detector, classes, preprocess = load_detector(path)
        return of_detector(detector, name, classes, preprocess)
    about = description(path)
    if about["task"] != "detect":
        kinds = {"classify": "a classifier", "anomaly": "an anomaly detector (predict, evaluate-anomaly)"}
        raise DatasetError(f"{path} is {kinds.get(str(about['task']), 'of another kind')}, not a detector of boxes")
    try:
        classes, preprocess = tuple(about["classes"]), Preprocess(**about["preprocess"])
        postprocess = Postprocess(**about["postprocess"])
    except DatasetError as error:
        raise error.at(str(path.with_suffix(".json"))) from None
    except (KeyError, TypeError) as error:
        raise DatasetError(
            f"{path.with_suffix('.json')} does not describe a detector ({type(error).__name__} {error})"
        ) from None
    if not path.is_file():
        raise DatasetError(f"{path} is not there")
    outputs = list(about["outputs"]) if "outputs" in about else ["boxes", "scores"]
    opened = {".xml": lambda: _openvino(path, precision, threads), ".onnx": lambda: _onnx(path, threads, outputs)}
    network = opened.get(path.suffix, lambda: _torchscript(path))()
    finds = about.get("finds", "boxes")  # files from before there were masks do not say it
    if finds not in get_args(Finds):
        raise DatasetError(f"{path} finds {shown(finds)}; this version knows {', '.join(get_args(Finds))}")
    if finds == "masks" and preprocess != Preprocess(preprocess.size, preprocess.pad, preprocess.grey):
        raise DatasetError(f"{path} finds masks in inputs that are no squares, or lie elsewhere than at their corner")
    name, origin = str(about.get("detector", "")), str(about.get("origin", ""))
    return Model(network, classes, preprocess, postprocess, name, finds, origin)


def _openvino(path: Path, precision: Precision, threads: int) -> Network:
    return network_of(compile_openvino(path, precision, threads))


def network_of(compiled: Compiled) -> Network:
    """Return the network of a compiled OpenVINO model that takes one image at a time."""
    request = compiled.create_infer_request()
    count = len(compiled.outputs)

    def network(images: F4) -> tuple[F4, ...]:
        rows = []
        for one in images:
            request.infer({0: one[None]})
            rows.append([request.get_output_tensor(k).data[0].copy() for k in range(count)])
        return tuple(map(padded, zip(*rows)))

    return network


def scores_of(path: Path) -> Callable[[F4], F4]:
    """Return what gives a classifier's logits, (1, classes), of a (1, 3, S, S) tensor:
    an exported .xml, .onnx or .torchscript on the processor.
    """
    if path.suffix == ".torchscript":
        module = _torchscript_module(path)
        return lambda tensor: module(load("torch", "train", "TorchScript").from_numpy(tensor)).detach().numpy()
    if path.suffix == ".onnx":
        session = _onnx_session(path, 0)
        return lambda tensor: session.run(["scores"], {"images": tensor})[0]
    request = compile_openvino(path).create_infer_request()
    return lambda tensor: request.infer({0: tensor})[0].copy()


def named_outputs(path: Path, outputs: Sequence[str], threads: int = 0) -> Callable[[F4], dict[str, F4]]:
    """Return what gives all outputs, by the names in ``outputs``, of a (1, 3, S, S) tensor: an exported network.

    ``threads`` 0 means all cores; torch has threads of its own. Raises DatasetError where the file is not there or no
    runtime takes it.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is not there")
    if path.suffix == ".onnx":
        session = _onnx_session(path, threads)
        return lambda tensor: dict(zip(outputs, session.run(list(outputs), {"images": tensor})))
    if path.suffix == ".torchscript":
        module, torch = _torchscript_module(path), load("torch", "train", "a TorchScript model")
        return lambda tensor: {k: v.detach().numpy() for k, v in zip(outputs, module(torch.from_numpy(tensor)))}
    return outputs_of(compile_openvino(path, threads=threads), outputs)


def outputs_of(compiled: Compiled, outputs: Sequence[str]) -> Callable[[F4], dict[str, F4]]:
    """Return what gives all outputs, by name, of a compiled OpenVINO model that takes one image at a time."""
    request = compiled.create_infer_request()

    def run(tensor: F4) -> dict[str, F4]:
        answer = request.infer({0: tensor})
        return {name: answer[name].copy() for name in outputs}

    return run


def compile_openvino(
    path: Path, precision: Precision = "f32", threads: int = 0, *, throughput: bool = False
) -> Compiled:
    """Return OpenVINO's compiled model for the CPU.

    Args:
        path: an exported .xml.
        precision: what is computed in; ``default`` leaves it to OpenVINO.
        threads: 0 for all cores.
        throughput: whether several inferences shall run side by side, rather than one fast.

    Raises:
        BadArgument: OpenVINO is not installed.
        DatasetError: OpenVINO does not take it, or it names something outside of its folder.
    """
    network = read_ir(path)
    config: Json = {"PERFORMANCE_HINT": "THROUGHPUT" if throughput else "LATENCY"}
    if precision != "default":
        config["INFERENCE_PRECISION_HINT"] = precision
    if threads:
        config["INFERENCE_NUM_THREADS"] = threads
    try:
        return openvino_core().compile_model(network, "CPU", config)
    except RuntimeError as error:
        raise unreadable(path, "OpenVINO", error) from None


def _onnx(path: Path, threads: int, outputs: Sequence[str]) -> Network:
    session = _onnx_session(path, threads)

    def network(images: F4) -> tuple[F4, ...]:
        rows = [[out[0] for out in session.run(list(outputs), {"images": one[None]})] for one in images]
        return tuple(map(padded, zip(*rows)))

    return network


def _torchscript(path: Path) -> Network:
    module, torch = _torchscript_module(path), load("torch", "train", "a TorchScript model")

    def network(images: F4) -> tuple[F4, ...]:
        rows = []
        with torch.inference_mode():
            for one in images:  # a network was traced with one image
                rows.append([out[0].float().numpy() for out in module(torch.from_numpy(one[None]))])
        return tuple(map(padded, zip(*rows)))

    return network


def _torchscript_module(path: Path) -> Any:
    torch = load("torch", "train", "a TorchScript model")
    checked_files(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch would rather have other exports
            return torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:  # torch's reader of archives raises whatever it meets
        raise unreadable(path, "torch", error) from None


def _onnx_session(path: Path, threads: int) -> Any:
    onnxruntime = load("onnxruntime", "deploy", "an ONNX model")
    checked_files(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what is wrong is raised, too
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # a class of its own for each kind
        raise unreadable(path, "ONNX Runtime", error) from None


def padded(rows: Sequence[F4]) -> F4:
    """Return rows (A, k), or (A, h, w), of unequal A as one array (B, A, ...), filled up with zeros."""
    most = max(len(r) for r in rows)
    return np.stack([np.pad(r, ((0, most - len(r)), *((0, 0),) * (r.ndim - 1))) for r in rows]).astype(np.float32)
