"""Post-training quantization to INT8 with NNCF: calibrated on images without labels, or held to a drop in accuracy."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from detectors.calibration import Calibration
from detectors.confidence import keep, kept
from detectors.judge import Judge
from detectors.model_files import describe, description, read_ir
from detectors.preprocess import Preprocess
from detectors.runtime import Compiled
from rendersdg.arrays import F4
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import load

Preset = Literal["mixed", "performance"]
# OpenVINO and NNCF are imported on demand and carry no types that mypy follows
Library = Any
IR = Any  # an openvino.Model
Operation = Any  # an openvino.Node
Scope = Any  # an nncf.IgnoredScope
Ranges = Literal["whole", "mean"]
Options = dict[str, Any]  # of nncf.quantize


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Hold the drop of the judge's score to ``most``, absolute (points of 1) or relative;
    layers go back to float until it holds.
    """

    judge: Judge
    most: float
    kind: Literal["absolute", "relative"] = "absolute"


def quantize(
    source: Path,
    out: Path,
    calibration: Calibration,
    *,
    preset: Preset = "mixed",
    ranges: Ranges = "whole",
    accuracy: Accuracy | None = None,
    ignored: tuple[str, ...] = (),
    log: Callable[[str], None] = lambda text: None,
) -> Path:
    """Quantize a float network to INT8 and return the path of its ``model.xml``; ``.bin`` and ``.json`` lie beside it.

    The last layers and the decoding of boxes and scores stay in float. The JSON records the calibration and what did.

    Args:
        source: the float ``model.xml``.
        out: the folder of the INT8 network.
        calibration: the images, without labels.
        preset: ``mixed`` (asymmetric activations) or ``performance`` (symmetric).
        ranges: ``whole`` lets activations reach from their least to their greatest value over all images; ``mean``
            (NNCF's default) to the mean of each image's, which clips what few images reach.
        accuracy: what is held, at the cost of layers in float; None for no limit.
        ignored: regular expressions of the names of more operations that stay in float.
        log: is called with one line when the network is written.

    Raises:
        BadArgument: an expression matches no operation, or NNCF or OpenVINO is not installed.
        DatasetError: the source holds no images, or the folder cannot be written.
    """
    nncf, openvino = _libraries()
    from nncf.quantization import range_estimator

    about = description(source)
    network = read_ir(source)
    tensors = calibration.tensors(Preprocess(**about["preprocess"]))
    scope = _scope(nncf, network, ignored)
    options: Options = {
        "preset": nncf.QuantizationPreset.MIXED if preset == "mixed" else nncf.QuantizationPreset.PERFORMANCE,
        "subset_size": len(tensors),
        "ignored_scope": scope,
    }
    if ranges == "whole":
        whole = range_estimator.RangeEstimatorParametersSet.MINMAX
        options["advanced_parameters"] = nncf.AdvancedQuantizationParameters(activations_range_estimator_params=whole)
    with redirect_stdout(sys.stderr):  # where NNCF's progress bars belong
        quantized = _quantized(nncf, network, tensors, accuracy, options)
    try:
        out.mkdir(parents=True, exist_ok=True)
        openvino.save_model(quantized, str(out / "model.xml"), compress_to_fp16=False)
        about["int8"] = {
            "calibration": calibration.source,
            "images": len(tensors),
            "seed": calibration.seed,
            "preset": preset,
            "ranges": ranges,
            "in_float": scope.names,
            "nncf": nncf.__version__,
            "openvino": openvino.__version__,
            "accuracy": None
            if accuracy is None
            else {"most": accuracy.most, "kind": accuracy.kind, "on": accuracy.judge.on},
        }
        describe(out, about)
        keep(out / "model.xml", kept(source))
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from None
    quantizers, images = counted(count_int8(out / "model.xml"), "quantizer"), counted(len(tensors), "image")
    log(f"{quantizers}, calibrated on {images} of {calibration.source}")
    return out / "model.xml"


def _quantized(nncf: Library, network: IR, tensors: list[F4], accuracy: Accuracy | None, options: Options) -> IR:
    data = nncf.Dataset(tensors)
    if accuracy is None:
        return nncf.quantize(network, data, **options)
    if "advanced_parameters" in options:  # by another name there
        options["advanced_quantization_parameters"] = options.pop("advanced_parameters")
    return nncf.quantize_with_accuracy_control(
        network,
        data,
        nncf.Dataset([None]),
        _validator(accuracy.judge),
        max_drop=accuracy.most,
        drop_type=nncf.DropType.ABSOLUTE if accuracy.kind == "absolute" else nncf.DropType.RELATIVE,
        **options,
    )


def _scope(nncf: Library, network: IR, ignored: tuple[str, ...]) -> Scope:
    """Return NNCF's scope of what stays in float: the last layers and all after them, and what ``ignored`` matches.

    Box arithmetic in pixels has a range that eight bits cannot hold: YOLO lost three points of mAP with it quantized.
    The last layers are small, and their scores are compared with each other.
    """
    names = set(_from_last_layers(network))
    for pattern in ignored:
        hit = {op.get_friendly_name() for op in network.get_ops() if re.fullmatch(pattern, op.get_friendly_name())}
        if not hit:
            raise BadArgument(f"ignored {pattern!r} matches no operation of the network")
        names |= hit
    return nncf.IgnoredScope(names=sorted(names), validate=False)


_LAYERS = ("Convolution", "GroupConvolution", "MatMul", "ConvolutionBackpropData")
_FREE = ("Constant", "Parameter", "Result")


def _from_last_layers(network: IR) -> list[str]:
    """Return the names of operations from which no other layer with weights can be reached:
    these layers, and decoding.
    """
    leads_to_layer: dict[str, bool] = {}

    def leads(op: Operation) -> bool:
        name = op.get_friendly_name()
        if name not in leads_to_layer:
            leads_to_layer[name] = any(
                target.get_node().get_type_name() in _LAYERS or leads(target.get_node())
                for output in op.outputs()
                for target in output.get_target_inputs()
            )
        return leads_to_layer[name]

    for op in reversed(network.get_ordered_ops()):
        leads(op)
    return [
        op.get_friendly_name()
        for op in network.get_ops()
        if op.get_type_name() not in _FREE and not leads_to_layer[op.get_friendly_name()]
    ]


def _validator(judge: Judge) -> Callable[[Compiled, object], tuple[float, None]]:
    """Return NNCF's validation function: the judge's score, whatever items NNCF hands out."""
    return lambda compiled, items: (judge.of(compiled).score, None)


def count_int8(file: Path) -> int:
    """Return the number of fake quantizers of an IR: 0 in a float network."""
    return sum(op.get_type_name() == "FakeQuantize" for op in read_ir(file).get_ops())


def _libraries() -> tuple[Library, Library]:
    nncf, openvino = (load(name, "deploy", "quantization") for name in ("nncf", "openvino"))
    nncf.set_log_level(logging.ERROR)
    return nncf, openvino
