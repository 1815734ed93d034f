"""Exported networks on disk: described by the JSON beside them, and looked at before a runtime opens them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from detectors.detections import Finds
from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.seals import check_description, with_checksums
from rendersdg.archives import check_archive
from rendersdg.documents import json_mapping, read_bytes, xml_root
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.extras import load
from rendersdg.files import write_file
from rendersdg.paths import inside
from rendersdg.plain import Json

FORMAT = 1
EXPORTED = (".xml", ".onnx", ".torchscript")  # how networks end that an export wrote, of OpenVINO, ONNX and torch
ULTRALYTICS = "ultralytics"  # an origin
_LARGEST_TEXT = 64 << 20  # bytes of an .xml or .json: the largest language models have a quarter of that
IR = Any  # an openvino.Model; OpenVINO is imported on demand and its types are not followed
Core = Any  # an openvino.Core
Message = Any  # a message of ONNX's protocol buffers
_OF_MASKS = {
    "coefficients": "(1, A, K)",
    "prototypes": "(1, K, h, w); a box's mask is where their sum, times its coefficients, is above 0, inside of it",
}
_BOX = "left, top, right, bottom in pixels of the input"
_OF_ORIENTED = {
    "boxes": f"(1, A, 4) {_BOX}, of each box before it is turned about its middle",
    "angles": "(1, A, 1) radians by which each box is turned about its middle, clockwise as the image is seen",
}


def detector_json(
    classes: Sequence[str],
    preprocess: Preprocess,
    postprocess: Postprocess,
    detector: str = "",
    *,
    finds: Finds = "boxes",
    origin: str = "",
) -> Json:
    """Return what lies beside an exported detector.

    Args:
        classes: their names, by label.
        preprocess: what is done to an image before the network.
        postprocess: what is done to its boxes after it.
        detector: of the table of detectors; else empty.
        finds: boxes, masks with them, or oriented boxes.
        origin: who made it, where somebody else did.
    """
    about: Json = {
        "format": FORMAT,
        "task": "detect",
        "detector": detector,
        "classes": list(classes),
        "preprocess": preprocess.as_json(),
        "postprocess": postprocess.as_json(),
        "input": {"name": "images", "shape": preprocess.tensor_shape, "dtype": "float32"},
        "finds": finds,
        "outputs": {
            "boxes": f"(1, A, 4) {_BOX}",
            "scores": "(1, A, classes)",
            **{"boxes": {}, "masks": _OF_MASKS, "oriented boxes": _OF_ORIENTED}[finds],
        },
    }
    return {**about, "origin": origin} if origin else about


def describe(folder: Path, about: Json) -> None:
    """Write ``model.json`` beside the networks of a folder, with their checksums. Raises DatasetError."""
    described = folder / "model.json"
    networks = [file for ending in EXPORTED if (file := described.with_suffix(ending)).is_file()]
    files = [file for network in networks for file in checked_files(network)]
    text = json.dumps(with_checksums(about, described, files), indent=1) + "\n"
    write_file(described, text.encode())


def description(path: Path) -> Json:
    """Return what lies beside an exported network: classes, preprocessing, ``task`` (:func:`task_of`).

    The network's files are looked at, and compared with their checksums. Raises DatasetError.
    """
    described = path.with_suffix(".json")
    try:
        about = json_mapping(read_bytes(described, largest=_LARGEST_TEXT), described)
        if about["format"] != FORMAT:
            raise DatasetError(f"{described} is of format {about['format']}, this version reads {FORMAT}")
        classes = about["classes"]
        if not (isinstance(classes, list) and all(isinstance(name, str) for name in classes)):
            raise TypeError("classes is not a list of names")
    except (KeyError, TypeError) as error:
        raise DatasetError(f"{described} does not describe a model ({type(error).__name__} {error})") from None
    files = checked_files(path) if path.is_file() else []
    return {"task": "detect", **check_description(about, described, files)}


def task_of(path: Path) -> str:
    """Return what a run, a model.pt or an exported network is for: ``detect`` finds boxes, ``classify`` says what a
    picture shows, ``anomaly`` where it is unlike good parts. Raises DatasetError for none of these.
    """
    if path.suffix in EXPORTED:
        return str(description(path)["task"])
    from detectors.checkpoint import load as load_checkpoint  # torch; what is exported does without

    content = load_checkpoint(path / "model.pt" if path.is_dir() else path)
    if "anomaly" in content:
        return "anomaly"
    return "classify" if "classifier" in content else "detect"


def checked_files(path: Path) -> list[Path]:
    """Return the files of an exported network, which name nothing outside of its folder, and fit together.

    Args:
        path: an .xml with its .bin, an .onnx, or a .torchscript.

    Raises:
        DatasetError: a link or a name leads elsewhere, or values lie beyond the end of their file.
    """
    if path.suffix == ".torchscript":
        check_archive(path)
        return [path]
    if path.suffix == ".onnx":
        return [path, *_values_of_onnx(path)]
    values = inside(path.parent, path.with_suffix(".bin").name, f"{path}: the file of its weights")
    size = values.stat().st_size if values.is_file() else 0
    for layer in xml_root(read_bytes(path, largest=_LARGEST_TEXT), path).iter("layer"):
        for data in layer.iter("data") if layer.get("type") == "Const" else ():
            try:
                start, length = int(data.get("offset", "")), int(data.get("size", ""))
            except ValueError:
                raise DatasetError(f"{path}: the constant {layer.get('name')} does not say where it lies") from None
            if start < 0 or length < 0 or start + length > size:
                raise DatasetError(
                    f"{path}: the constant {layer.get('name')} lies at bytes {start} to {start + length} of "
                    f"{values.name}, which has {size}; copy both files again"
                )
    return [path, values] if values.is_file() else [path]


@cache
def openvino_core() -> Core:
    """Return the one OpenVINO Core of this process. Raises BadArgument when OpenVINO is not installed.

    OpenVINO's CPU plugin gives the thread that makes it a stack for signals, and takes it back with its Core. Of two
    Cores, the first to go leaves the memory of the second in its place: the next Ctrl-C would end the process with a
    segmentation fault.
    """
    return load("openvino", "deploy", "an OpenVINO model").Core()


def read_ir(path: Path) -> IR:
    """Return OpenVINO's model of an .xml whose files were looked at. Raises DatasetError when it cannot be read."""
    core = openvino_core()
    checked_files(path)
    try:
        return core.read_model(str(path))
    except RuntimeError as error:
        raise unreadable(path, "OpenVINO", error) from None


def whole_onnx(path: Path) -> bytes:
    """Return an .onnx as one file, with the values that it keeps outside of itself. Raises DatasetError."""
    onnx = load("onnx", "deploy", "an ONNX model")
    checked_files(path)
    try:
        return bytes(onnx.load(str(path)).SerializeToString())
    except Exception as error:  # of protobuf's, or of its own
        raise unreadable(path, "ONNX", error) from None


def unreadable(path: Path, runtime: str, error: Exception) -> RenderSDGError:
    """Return what to say of a network that a runtime does not take."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return DatasetError(
        f"{path} is not a network that {runtime} can read ({lines[-1][:300] if lines else 'no reason'})"
    )


def _values_of_onnx(path: Path) -> list[Path]:
    """Return the files in which an .onnx keeps values outside of itself; none as a rule."""
    onnx, data = load("onnx", "deploy", "an ONNX model"), read_bytes(path)
    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as error:  # a class of protobuf's own
        raise unreadable(path, "ONNX", error) from None
    files: dict[str, Path] = {}
    for tensor in tensors_of(model):
        if tensor.data_location != onnx.TensorProto.EXTERNAL and not tensor.external_data:
            continue
        place = {entry.key: entry.value for entry in tensor.external_data}
        file = inside(path.parent, place.get("location"), f"{path}: the file of the values {tensor.name!r}")
        try:
            start, length = int(place.get("offset", 0)), int(place.get("length", 0))
            size = file.stat().st_size
        except (ValueError, OSError) as error:
            raise DatasetError(f"{path}: the values {tensor.name!r} cannot be read ({error})") from None
        if start < 0 or length < 0 or start + length > size:
            raise DatasetError(
                f"{path}: the values {tensor.name!r} lie beyond the end of {file}; copy both files again"
            )
        files[str(file)] = file
    return list(files.values())


def tensors_of(message: Message) -> Iterator[Message]:
    """Yield every tensor of a message of ONNX, however deep."""
    todo = [message]
    while todo:
        one = todo.pop()
        if one.DESCRIPTOR.name == "TensorProto":
            yield one
            continue
        for field, value in one.ListFields():
            if field.message_type is not None:
                todo.extend(value if hasattr(value, "extend") else [value])
