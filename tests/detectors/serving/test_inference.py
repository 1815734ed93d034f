"""Tensors of requests: what fills its shape is an image, all else is refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.serving.inference import Tensor, array_of, inference_of
from detectors.serving.refusals import Refused
from detectors.wire import Limits
from tests.served import flat

IMAGE = flat((1, 2, 3))


def test_bytes_have_their_lengths_before_them() -> None:
    array = array_of(Tensor("images", "BYTES", (2,), None, b"\3\0\0\0abc\0\0\0\0"))

    assert array.tolist() == [b"abc", b""]


def test_pixels_may_be_nested_or_flat_or_raw() -> None:
    flat_ones, nested = list(range(12)), [[[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]]
    arrays = [
        array_of(Tensor("images", "UINT8", (1, 2, 2, 3), values, raw))
        for values, raw in ((flat_ones, None), (nested, None), (None, bytes(range(12))))
    ]

    assert all((a == np.arange(12).reshape(1, 2, 2, 3)).all() and a.dtype == np.uint8 for a in arrays)


WRONG: list[tuple[str, tuple[int, ...], object, bytes | None]] = [
    ("FP32", (1,), [1.0], None),
    ("UINT8", (2,), [1], None),
    ("UINT8", (1,), [256], None),
    ("UINT8", (1,), [-1], None),
    ("UINT8", (1,), [1.0], None),
    ("UINT8", (1,), ["1"], None),
    ("UINT8", (1,), [None], None),
    ("UINT8", (1,), [10**30], None),
    ("UINT8", (2,), [[1], 2], None),
    ("UINT8", (-1,), [1], None),
    ("UINT8", (0, 2**39, 2**39, 2**39), [], None),
    ("UINT8", (2**62, 2**62), [1], None),
    ("UINT8", (1,) * 40, [1], None),
    ("BYTES", (1,), None, b"\5\0\0\0abc"),
    ("BYTES", (1,), None, b"\xff\xff\xff\xff"),
    ("BYTES", (2,), None, b"\0\0\0\0\0"),
    ("BYTES", (1,), None, b"\0\0\0\0" * 1000),
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_what_is_no_image_is_refused(wrong: tuple[str, tuple[int, ...], list[object], bytes]) -> None:
    with pytest.raises(Refused) as refusal:
        array_of(Tensor("images", *wrong))

    assert refusal.value.kind == "wrong" and "images" in str(refusal.value)


@given(
    st.sampled_from(["BYTES", "UINT8"]),
    st.lists(st.integers(-(2**63), 2**64), max_size=10).map(tuple),
    st.binary(max_size=40),
)
def test_whatever_comes_is_an_array_of_its_shape_or_refused(datatype: str, shape: tuple[int, ...], raw: bytes) -> None:
    try:
        assert array_of(Tensor("images", datatype, shape, None, raw)).shape == shape
    except Refused as refusal:
        assert refusal.kind == "wrong"


@pytest.mark.parametrize(
    ("least", "kind"),
    [
        (0.5, None),
        ("0.5", None),
        (0, None),
        (float("nan"), "wrong"),
        (10**400, "wrong"),
        (True, "wrong"),
        ([], "wrong"),
    ],
    ids=str,
)
def test_the_least_score_is_a_number_from_0_to_1(least: object, kind: str | None) -> None:
    tensor = Tensor("images", "BYTES", (1,), [IMAGE], None)
    try:
        found = inference_of([tensor], {"least": least}, [], "", limits=Limits(), least=0.25)
        assert kind is None and found.least == float(least)  # type: ignore[arg-type]
    except Refused as refusal:
        assert refusal.kind == kind and "give a score from 0 to 1" in refusal.message


def test_unknown_names_are_refused_rather_than_passed_over() -> None:
    tensor = Tensor("images", "BYTES", (1,), [IMAGE], None)
    for tensors, parameters, outputs, told in (
        ([tensor], {"most": 1}, [], "'most' is not known"),
        ([tensor], {}, ["masks"], "masks is not one of boxes"),
        ([tensor, tensor], {}, [], "the one input"),
        ([], {}, [], "the one input"),
    ):
        with pytest.raises(Refused, match="is") as refusal:
            inference_of(tensors, parameters, outputs, "", limits=Limits(), least=0.25)
        assert told.replace("'", "") in refusal.value.message.replace("'", "")
