"""A model repository for Triton Inference Server: the network under its ONNX
Runtime and OpenVINO backends, and the whole detector.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from detectors.model_files import description
from detectors.runtime import load_model
from detectors.wire import INPUT, outputs_of
from rendersdg.errors import BadArgument, DatasetError

_TYPES = {"FP32": "TYPE_FP32", "INT64": "TYPE_INT64", "BYTES": "TYPE_STRING"}
Tensors = Mapping[str, tuple[str, Sequence[int]]]  # name -> KServe datatype, shape


def export_triton(folder: Path, out: Path, name: str, *, instances: int = 2, least: float = 0.25) -> list[Path]:
    """Write a model repository for Triton and return its models' folders.

    ``<name>_openvino`` and ``<name>_onnx`` hold the network alone, for Triton's own backends: a (1, 3, S, S) float32
    image in, dense boxes and scores out. ``<name>`` (Python backend, needs rendersdg and OpenVINO in Triton's Python)
    takes image files and gives boxes, as ``rendersdg serve`` does.

    Args:
        folder: holds model.xml, model.onnx or both.
        out: the repository.
        name: the model's.
        instances: copies of each that run side by side.
        least: score, 0 to 1, from which boxes are sent.

    Raises:
        BadArgument: Triton does not take the name.
        DatasetError: there is no model, or the repository cannot be written.
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise BadArgument(f"the name {name!r} has other characters than letters, digits, - and _")
    xml, onnx = folder / "model.xml", folder / "model.onnx"
    there = [file for file in (xml, onnx) if file.is_file()]
    if not there:
        raise DatasetError(f"{folder} holds neither model.xml nor model.onnx; make them with `rendersdg export`")
    for file in there:
        description(file)  # what is copied is looked at first
    model = load_model(there[0])
    dense: dict[str, tuple[str, Sequence[int]]] = {
        "boxes": ("FP32", (1, -1, 4)),
        "scores": ("FP32", (1, -1, len(model.classes))),
    }
    if model.finds == "masks":
        dense |= {"coefficients": ("FP32", (1, -1, -1)), "prototypes": ("FP32", (1, -1, -1, -1))}
    if model.finds == "oriented boxes":
        dense |= {"angles": ("FP32", (1, -1, 1))}
    images: Tensors = {"images": ("FP32", model.preprocess.tensor_shape)}
    models = []
    try:
        for file, backend in ((xml, "openvino"), (onnx, "onnxruntime")):
            if file in there:
                title = f"{name}_{'onnx' if backend == 'onnxruntime' else backend}"
                files = [file, file.with_suffix(".bin")] if file is xml else [file]
                models.append(_written(out / title, _config(title, backend, images, dense, instances), files))
        if xml in there:
            outputs, parameters = outputs_of(model.finds), {"least": f"{least:g}"}
            config = _config(name, "python", {INPUT: ("BYTES", (-1,))}, outputs, instances, parameters)
            whole = _written(out / name, config, [xml, xml.with_suffix(".bin"), xml.with_suffix(".json")])
            script = resources.files("detectors").joinpath("triton_model.py").read_text(encoding="utf-8")
            (whole / "1" / "model.py").write_text(script, encoding="utf-8")
            models.append(whole)
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from None
    return models


def _written(folder: Path, config: str, files: Sequence[Path]) -> Path:
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (folder / "config.pbtxt").write_text(config, encoding="utf-8")
    for file in files:
        shutil.copyfile(file, folder / "1" / file.name)
    return folder


def _config(
    name: str,
    backend: str,
    inputs: Tensors,
    outputs: Tensors,
    instances: int,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """Return a config.pbtxt. Networks take one image each,
    so that Triton fills the processor with ``instances``, not batches.
    """
    lines = [f'name: "{name}"', f'backend: "{backend}"', "max_batch_size: 0"]
    for kind, tensors in (("input", inputs), ("output", outputs)):
        for tensor, (datatype, shape) in tensors.items():
            dims = ", ".join(map(str, shape))
            lines.append(f'{kind} {{ name: "{tensor}" data_type: {_TYPES[datatype]} dims: [ {dims} ] }}')
    lines.append(f"instance_group {{ count: {instances} kind: KIND_CPU }}")
    for key, value in (parameters or {}).items():
        lines.append(f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}')
    return "\n".join(lines) + "\n"
