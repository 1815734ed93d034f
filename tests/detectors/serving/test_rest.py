"""JSON requests: read as they are meant, or refused; and what reading them takes is known before."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.serving.refusals import Refused
from detectors.serving.rest import json_part, object_of, raw_of, read_request, weight_of, write_answer
from detectors.wire import Limits
from tests.served import flat

RAW = len(flat((1, 2, 3))).to_bytes(4, "little") + flat((1, 2, 3))


def request(**changes: Any) -> dict[str, Any]:
    tensor = {"name": "images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(RAW)}}
    return {"inputs": [tensor | changes.pop("tensor", {})], **changes}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 6000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
    ],
    ids=range(13),
)
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        object_of(text)

    assert refusal.value.kind == "wrong" and len(refusal.value.message) <= 300


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "9" * 40, "\u00b2", "4", ""])
def test_the_length_of_the_json_is_a_number_of_bytes_that_came(length: str) -> None:
    with pytest.raises(Refused, match="Inference-Header-Content-Length"):
        json_part(b"{}x", length)


def test_json_and_what_is_behind_it_are_taken_apart() -> None:
    assert json_part(b"{}xy", "2") == (b"{}", b"xy") and json_part(b"{}", None) == (b"{}", b"")


def test_outputs_are_in_json_or_in_binary_as_each_is_asked_for() -> None:
    asked = request(outputs=[{"name": "scores", "parameters": {"binary_data": True}}, {"name": "labels"}], id="a")
    tensors: dict[str, Any] = {"scores": np.array([0.5], np.float32), "labels": np.array([3])}

    body, length = write_answer(read_request(asked, RAW, limits=Limits(), least=0.25), "m", tensors)

    told = json.loads(body[:length])
    assert told["outputs"][0]["parameters"] == {"binary_data_size": 4} and told["outputs"][1]["data"] == [3]
    assert body[length:] == np.float32(0.5).tobytes() and told["id"] == "a" and told["model_name"] == "m"


def test_texts_in_binary_have_their_lengths_before_them() -> None:
    assert raw_of(np.array([b"ab", b""], object)) == b"\2\0\0\0ab\0\0\0\0"


WRONG: list[dict[str, Any]] = [
    {},
    {"inputs": None},
    {"inputs": [1]},
    request(id=5),
    request(parameters=[]),
    request(parameters={"binary_data_output": 1}),
    request(parameters={"shared_memory_region": "x"}),
    request(outputs=[{"name": 1}]),
    request(outputs=[{"name": "boxes", "parameters": {"classification": 3}}]),
    request(tensor={"name": None}),
    request(tensor={"shape": 1}),
    request(tensor={"shape": [True]}),
    request(tensor={"shape": [1.0]}),
    request(tensor={"datatype": 3}),
    request(tensor={"parameters": {"binary_data_size": -1}}),
    request(tensor={"parameters": {"binary_data_size": 10**30}}),
    request(tensor={"parameters": {"binary_data_size": 3}}),
    request(tensor={"parameters": {}}),
    request(tensor={"parameters": {}, "data": "abc"}),
    request(tensor={"parameters": {}, "data": ["\ud800"]}),
    request(tensor={"parameters": {}, "data": [None]}),
    request(tensor={"parameters": {"shared_memory_region": "x"}}),
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_a_request_of_wrong_types_or_unknown_parameters_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        read_request(wrong, RAW, limits=Limits(), least=0.25)

    assert refusal.value.kind == "wrong"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
PARTS = {"name": VALUES, "shape": VALUES, "datatype": VALUES, "data": VALUES, "parameters": VALUES}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "parameters", "outputs", "inputs"), VALUES)),
    st.fixed_dictionaries({}, optional=PARTS),
)
def test_whatever_json_comes_is_answered_or_refused(head: dict[str, Any], tensor: dict[str, Any]) -> None:
    for told in (head, request(tensor=tensor), request(**{k: v for k, v in head.items() if k != "inputs"})):
        try:
            read_request(told, RAW, limits=Limits(), least=0.25)
        except Refused as refusal:
            assert refusal.kind == "wrong"


HEAVY = [
    b"[" + b"[]," * 40_000 + b"1]",
    b"[" + b"{}," * 40_000 + b"1]",
    b"[" + b'{"":0},' * 20_000 + b"1]",
    b"[" + b"1.5," * 50_000 + b"1]",
    b"[" + b"1234567," * 30_000 + b"1]",
    b"[" + b"0," * 60_000 + b"1]",
    ("{" + ",".join(f'"{k}":{k}.5' for k in range(20_000)) + "}").encode(),
    b"[" + b'"abc",' * 30_000 + b"1]",
    b"[" + b"[[[1]]]," * 15_000 + b"1]",
    b"[" + b'{"a":{"b":{"c":[]}}},' * 10_000 + b"1]",
]


@pytest.mark.parametrize("text", HEAVY, ids=range(len(HEAVY)))
def test_reading_json_takes_no_more_memory_than_its_weight(text: bytes) -> None:
    tracemalloc.start()
    try:
        value = json.loads(text)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert value and 0 < taken <= weight_of(text) + 2 * len(text)  # the body is held twice


def test_an_image_in_base64_weighs_next_to_nothing() -> None:
    assert weight_of(json.dumps(request(tensor={"data": ["A" * 10**6]})).encode()) < 5000
