"""ONNX detectors as others make them: constants behind an input, so that what they find is known by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def onnx_of(
    file: Path,
    outputs: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    *,
    shape: Sequence[int | str] = (1, 3, 64, 64),
    inputs: Sequence[str] = ("images",),
    opset: int = 17,
    kind: int = 1,
) -> Path:
    """Write a network that gives constants, whatever it sees: each is multiplied by 1, which the picture makes.

    The picture takes part, so that no runtime folds the outputs away.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("ReduceMax", [inputs[0]], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["number", "zero"], ["nothing"]),
    ]
    values = [numpy_helper.from_array(np.float32(0), "zero")]
    for name, array in outputs.items():
        array = np.asarray(array)
        kind_of = helper.np_dtype_to_tensor_dtype(array.dtype)
        values.append(numpy_helper.from_array(array, f"value/{name}"))
        nodes.append(helper.make_node("Cast", ["nothing"], [f"none/{name}"], to=kind_of))
        nodes.append(helper.make_node("Add", [f"value/{name}", f"none/{name}"], [name]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, kind, list(shape)) for name in inputs],
        [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(np.asarray(a).dtype), None)
            for n, a in outputs.items()
        ],
        values,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(file))
    return file


ULTRALYTICS = {
    "author": "Ultralytics",
    "names": "{0: 'bolt', 1: 'nut'}",
    "imgsz": "[64, 64]",
    "stride": "32",
    "task": "detect",
}


def dense(*rows: Sequence[float], places: int = 9) -> Any:
    """Return ultralytics' output (1, 4 + classes, places) of rows (x, y, width, height, score, score, ...)."""
    out = np.zeros((1, len(rows[0]), places), np.float32)
    out[0, :, : len(rows)] = np.array(rows, np.float32).T
    return out
