"""Inference requests and answers over HTTP: JSON, with tensors in it or in binary behind it."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.serving.inference import VERSION, Inference, Tensor, inference_of
from detectors.serving.refusals import Refused, cut
from detectors.wire import KINDS, OUTPUTS, Limits
from rendersdg.plain import Json

T = TypeVar("T")
JSON_LENGTH = "inference-header-content-length"  # the binary data extension: how many bytes of a body are JSON
_COSTS = {b"[": 100, b"{": 250, b",": 40, b":": 100, b'"': 40}  # bytes that Python needs for a list, an object, ...
_WORDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an answer is sent: the names of ``binary`` outputs go behind the JSON."""

    inference: Inference
    binary: frozenset[str]


def weight_of(body: bytes) -> int:
    """Return an upper bound of the bytes that a JSON text takes when it is read."""
    return sum(cost * body.count(sign) for sign, cost in _COSTS.items())


def json_part(body: bytes, json_length: str | None) -> tuple[bytes, bytes]:
    """Return the JSON of a body and what is behind it.

    ``json_length`` is the header, None where it did not come. Raises Refused when it is not a number of bytes that the
    body has.
    """
    if json_length is None:
        return body, b""
    if not (json_length.isascii() and json_length.isdecimal() and len(json_length) < 20):
        raise Refused("wrong", f"Inference-Header-Content-Length is a number of bytes, not {cut(json_length)}")
    length = int(json_length)
    if length > len(body):
        raise Refused("wrong", f"Inference-Header-Content-Length says {length}, the body has {len(body)} bytes")
    return body[:length], body[length:]


def object_of(text: bytes) -> Json:
    """Return the JSON object that a text is. Raises Refused for anything else, however deep or long."""
    try:
        content = json.loads(text.decode("utf-8"), parse_constant=_not_json, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Refused("wrong", f"the request's JSON is not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise Refused("wrong", "the request's JSON is nested too deep") from None
    except json.JSONDecodeError as error:
        raise Refused("wrong", f"the request is not JSON: {error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise Refused("wrong", f"the request's JSON has a number that cannot be read: {error}") from None
    return _as(dict, content, "the request")


def read_request(
    head: Json, rest: bytes, *, limits: Limits, least: float, known: Collection[str] = tuple(OUTPUTS)
) -> Wanted:
    """Return an inference request.

    Args:
        head: its JSON.
        rest: the tensors behind it.
        limits: what it may hold.
        least: the score (0 to 1) from which boxes are sent, where it does not say.
        known: the names of the model's outputs.

    Raises:
        Refused: it is wrong; says what.
    """
    parameters = dict(_optional(dict, head, "parameters", {}, "the request"))
    all_binary = _as(bool, parameters.pop("binary_data_output", False), "binary_data_output")
    tensors = []
    for one in _as(list, head.get("inputs"), "inputs"):
        tensor, rest = _tensor(_as(dict, one, "an input"), rest)
        tensors.append(tensor)
    if rest:
        raise Refused("wrong", f"{len(rest)} bytes are left behind the tensors of the request")
    names, binary = [], []
    for one in _optional(list, head, "outputs", [], "the request"):
        output = _as(dict, one, "an output")
        name = _as(str, output.get("name"), "the name of an output")
        given = _optional(dict, output, "parameters", {}, "an output")
        _only(given, ("binary_data",), "an output")
        names.append(name)
        if _as(bool, given.get("binary_data", all_binary), "binary_data"):
            binary.append(name)
    title = _optional(str, head, "id", "", "the request")
    inference = inference_of(tensors, parameters, names, title, limits=limits, least=least, known=known)
    return Wanted(inference, frozenset(binary if names else known if all_binary else ()))


def write_answer(wanted: Wanted, model: str, tensors: Mapping[str, NDArray[np.generic]]) -> tuple[bytes, int | None]:
    """Return the body of an answer, and how many bytes of it are JSON; None where all are.

    ``model`` is its name; ``tensors`` are all outputs by name.
    """
    outputs: list[Json] = []
    behind = []
    for name in wanted.inference.outputs:
        array = tensors[name]
        output: Json = {"name": name, "shape": list(array.shape), "datatype": KINDS[name]}
        if name in wanted.binary:
            raw = raw_of(array)
            output["parameters"] = {"binary_data_size": len(raw)}
            behind.append(raw)
        else:
            output["data"] = [v.decode() if isinstance(v, bytes) else v for v in array.ravel().tolist()]
        outputs.append(output)
    told = {"id": wanted.inference.id, "model_name": model, "model_version": VERSION, "outputs": outputs}
    head = json.dumps(told, separators=(",", ":")).encode()
    return b"".join([head, *behind]), len(head) if behind else None


def raw_of(array: NDArray[np.generic]) -> bytes:
    """Return a tensor's bytes, little-endian; texts have their lengths before them."""
    if array.dtype != object:
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    return b"".join(len(one).to_bytes(4, "little") + one for one in array.ravel().tolist())


def _tensor(given: Json, rest: bytes) -> tuple[Tensor, bytes]:
    name = _as(str, given.get("name"), "the name of an input")
    datatype = _as(str, given.get("datatype"), f"the datatype of {cut(name)}")
    shape = tuple(_as(int, n, f"the shape of {cut(name)}") for n in _as(list, given.get("shape"), "a shape"))
    parameters = _optional(dict, given, "parameters", {}, cut(name))
    _only(parameters, ("binary_data_size",), cut(name))
    if "binary_data_size" in parameters:
        size = _as(int, parameters["binary_data_size"], "binary_data_size")
        if not 0 <= size <= len(rest):
            raise Refused("wrong", f"{cut(size)} bytes of {cut(name)} announced, {len(rest)} came")
        return Tensor(name, datatype, shape, None, rest[:size]), rest[size:]
    if given.get("data") is None:
        raise Refused("wrong", f"input {cut(name)} has neither data nor a binary_data_size")
    values = _as(list, given["data"], f"the data of {cut(name)}")
    if datatype == "BYTES":
        values = [_file(one) for row in values for one in (row if isinstance(row, list) else [row])]
    return Tensor(name, datatype, shape, values, None), rest


def _file(text: object) -> bytes:
    try:
        return base64.b64decode(_as(str, text, "an image in JSON"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("wrong", "images in JSON are base64 text; or send them as binary data") from None


def _as(kind: type[T], value: object, what: str) -> T:
    """Return a value that is of a JSON type. Raises Refused, calling it ``what``."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused("wrong", f"{what} is {_WORDS[kind]}, not {cut(value)}")
    return value


def _optional(kind: type[T], given: Json, name: str, default: T, what: str) -> T:
    value = given.get(name)
    return default if value is None else _as(kind, value, f"{name} of {what}")


def _only(given: Json, known: tuple[str, ...], what: str) -> None:
    for name in given:
        if name not in known:
            raise Refused("wrong", f"the parameter {cut(name)} of {what} is not known: there is {', '.join(known)}")


def _not_json(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{cut(text)} is too large")
    return value
