"""The messages of gRPC are those of the open inference protocol, and reading one takes no more than its weight."""

from __future__ import annotations

import random
from typing import Any

import pytest

from detectors.serving.refusals import Refused
from tests.hostile_requests import changed

pytest.importorskip("google.protobuf")
messages = pytest.importorskip("detectors.serving.messages")

pytestmark = pytest.mark.extra


def filled(message: Any, depth: int = 0) -> Any:
    """Fill every field of a message, two values where it is repeated; the last of a choice stays."""
    values = {"string": "ab", "bytes": b"xyz", "bool": True, "float": 0.5, "double": 0.25}
    for field in message.DESCRIPTOR.fields:
        is_list = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        if field.message_type is not None:
            inner = (
                [getattr(message, field.name).add() for _ in range(2)] if is_list else [getattr(message, field.name)]
            )
            for one in inner:
                one.SetInParent()
                filled(one, depth + 1)
        else:
            kinds = {9: "string", 12: "bytes", 8: "bool", 2: "float", 1: "double"}
            value: Any = values[kinds[field.type]] if field.type in kinds else 7
            if is_list:
                getattr(message, field.name).extend([value, value])
            else:
                setattr(message, field.name, value)
    return message


INNER = {"TensorMetadata", "InferTensor", "InferRequestedOutputTensor", "ParametersEntry", "ModelIndex"}


@pytest.mark.parametrize("name", sorted(set(messages._TABLE) - INNER))
def test_each_message_is_read_by_tritonclients_own_and_back(name: str) -> None:
    from google.protobuf.json_format import MessageToDict

    service = pytest.importorskip("tritonclient.grpc.service_pb2")
    ours = filled(messages.new(name))

    theirs = getattr(service, name).FromString(ours.SerializeToString(deterministic=True))

    assert with_maps(MessageToDict(ours)) == MessageToDict(theirs)
    again = messages.read(theirs.SerializeToString(), name)
    assert with_maps(MessageToDict(again)) == MessageToDict(theirs)


def with_maps(value: Any) -> Any:
    """Return a message as JSON has it, with our lists of entries as the maps that they are on the wire."""
    if isinstance(value, list):
        if value and isinstance(value[0], dict) and set(value[0]) == {"key", "value"}:
            return {one["key"]: with_maps(one["value"]) for one in value}
        return [with_maps(one) for one in value]
    return {k: with_maps(v) for k, v in value.items()} if isinstance(value, dict) else value


def test_a_process_may_hold_tritonclients_messages_too() -> None:
    service = pytest.importorskip("tritonclient.grpc.service_pb2")

    assert service.ModelInferRequest.DESCRIPTOR.file.pool is not messages.new("ModelInferRequest").DESCRIPTOR.file.pool


def test_damaged_messages_are_refused() -> None:
    data = filled(messages.new("ModelInferRequest")).SerializeToString()
    rng = random.Random(3)
    kinds = set()
    for _ in range(3000):
        damaged = changed(data, rng)
        try:
            messages.weight_of(damaged, "ModelInferRequest")
            messages.read(damaged, "ModelInferRequest")
        except Refused as refusal:
            kinds.add(refusal.kind)

    assert kinds == {"wrong"}


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Refused, match="ModelInferRequest"):
        messages.read(b"\x0a\x02\xff\xfe", "ModelInferRequest")


def test_many_tiny_fields_are_refused_before_they_take_memory() -> None:
    for data in (b"\x2a\x00" * 10_001, b"\x2a\x04\x22\x02\x0a\x00" * 5000, b"\x2a\x04\x2a\x02\x42\x00" * 5000):
        with pytest.raises(Refused, match="more than"):
            messages.weight_of(data, "ModelInferRequest")


def test_packed_numbers_weigh_more_than_files() -> None:
    files = messages.new("ModelInferRequest", raw_input_contents=[b"x" * 1000]).SerializeToString()
    contents = messages.new("InferTensorContents", int64_contents=[1] * 1000)
    tensor = messages.new("InferTensor", contents=contents)
    numbers = messages.new("ModelInferRequest", inputs=[tensor]).SerializeToString()

    assert messages.weight_of(files, "ModelInferRequest") == 3 * len(files)
    assert messages.weight_of(numbers, "ModelInferRequest") == 9 * len(numbers)
