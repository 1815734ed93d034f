"""An inference request, whatever carried it: tensors and parameters checked, by the words of the KServe v2 protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from detectors.serving.refusals import Refused, cut
from detectors.wire import INPUT, OUTPUTS, Limits, Picture, pictures_of, share
from rendersdg.errors import BadArgument

VERSION = "1"  # of the one model
_MOST_DIMENSIONS = 8
_MOST_VALUES = 1 << 40  # more than any request holds, and products of such numbers are quick


@dataclass(frozen=True, slots=True)
class Inference:
    """What is asked: images, the least score of a box (0 to 1), the names of the outputs, and the client's ``id``."""

    pictures: list[Picture]
    least: float
    outputs: tuple[str, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input as it came: ``values`` are its elements in order, ``raw`` its bytes; one of them is None."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[object] | None
    raw: bytes | None


def inference_of(
    tensors: Sequence[Tensor],
    parameters: Mapping[str, object],
    outputs: Sequence[str],
    name: str,
    *,
    limits: Limits,
    least: float,
    known: Collection[str] = tuple(OUTPUTS),
) -> Inference:
    """Return a request whose parts were read.

    Args:
        tensors: its inputs.
        parameters: of the request; ``least`` is the only one.
        outputs: the names that are asked for; none for all.
        name: the client's id of the request.
        limits: what it may hold.
        least: the score from which boxes are sent, where it does not say.
        known: the names of the model's outputs.

    Raises:
        Refused: the request is wrong; says what.
    """
    for parameter in parameters:
        if parameter != "least":
            raise Refused("wrong", f"the parameter {cut(parameter)} is not known: there is least")
    for output in outputs:
        if output not in known:
            raise Refused("wrong", f"the output {cut(output)} is not one of {', '.join(known)}")
    if [t.name for t in tensors] != [INPUT]:
        raise Refused("wrong", f"the one input is {INPUT!r}, got {cut([t.name for t in tensors[:4]])}")
    try:
        pictures = pictures_of(array_of(tensors[0]), limits)
        return Inference(pictures, share(parameters.get("least", least)), tuple(outputs) or tuple(known), name)
    except BadArgument as error:
        raise Refused("wrong", str(error)) from None


def array_of(tensor: Tensor) -> NDArray[np.generic]:
    """Return the input: (B,) bytes for BYTES, uint8 of its shape for UINT8. Raises Refused for anything else."""
    if tensor.datatype not in ("BYTES", "UINT8"):
        raise Refused("wrong", f"{INPUT} is BYTES (encoded files) or UINT8 (pixels), not {cut(tensor.datatype)}")
    shape = tensor.shape
    if len(shape) > _MOST_DIMENSIONS or any(not 0 <= n < _MOST_VALUES for n in shape):
        raise Refused("wrong", f"the shape {cut(list(shape))} of {INPUT} is not one of images")
    count = prod(shape)
    array: NDArray[np.generic]
    if tensor.datatype == "UINT8":
        array = np.frombuffer(tensor.raw, np.uint8) if tensor.raw is not None else _pixels(tensor.values or ())
    else:
        parts = _parts(tensor.raw, count) if tensor.raw is not None else list(tensor.values or ())
        files: NDArray[np.object_] = np.empty(len(parts), object)
        for k, part in enumerate(parts):
            files[k] = part
        array = files
    if len(array) != count:
        raise Refused(
            "wrong",
            f"the data of {INPUT} is cut off or does not fill its shape {cut(list(shape))} of {tensor.datatype}",
        )
    try:
        return array.reshape(shape)
    except ValueError:  # no element, and sides beyond NumPy's
        raise Refused("wrong", f"the shape {cut(list(shape))} of {INPUT} is not one of images") from None


def _pixels(values: Sequence[object]) -> NDArray[np.uint8]:
    rows: list[object] = list(values)
    while rows and isinstance(rows[0], list):
        rows = [one for row in rows for one in (row if isinstance(row, list) else [None])]
    try:
        return np.frombuffer(bytes(rows), np.uint8)  # type: ignore[arg-type] # it refuses what is not a byte
    except (TypeError, ValueError, OverflowError):
        raise Refused("wrong", f"pixels of {INPUT} are whole numbers from 0 to 255") from None


def _parts(raw: bytes, count: int) -> list[bytes]:
    """Return the elements of a BYTES tensor: each has its length in four bytes, little-endian, before it."""
    parts: list[bytes] = []
    place = 0
    while place + 4 <= len(raw) and len(parts) <= count:
        end = place + 4 + int.from_bytes(raw[place : place + 4], "little")
        if end > len(raw):
            break
        parts.append(raw[place + 4 : end])
        place = end
    return parts if place == len(raw) else []
