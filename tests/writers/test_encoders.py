"""Bytes of arrays and images, and back."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest

from rendersdg.graph.nodes import WriterUse
from tests.conftest import Opener
from tests.writers.written import SCENE
from writers.encoders import encoding_once, image_bytes, npy_bytes, read_image


def test_an_array_comes_back() -> None:
    assert np.load(io.BytesIO(npy_bytes(np.arange(3)))).tolist() == [0, 1, 2]


def test_a_picture_that_several_writers_write_is_encoded_once(
    open_scene: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_scene(SCENE)
    names: dict[str, dict[str, Any]] = {
        "CocoWriter": {},
        "VocWriter": {"image_output_format": "png"},
        "YoloWriter": {"classes": ["box", "ring", "ball", "hidden"]},
    }
    for name, params in names.items():
        session.recorder.graph.writers.append(WriterUse(name, params, name, list(session.recorder.graph.products)))
    session.attach()
    count: list[str] = []
    encode = cv2.imencode

    def counted(extension: str, *args: Any) -> Any:
        count.append(extension)
        return encode(extension, *args)

    monkeypatch.setattr(cv2, "imencode", counted)

    files = session.make(0).files
    pictures = [data for path, data in files.items() if path.endswith(".png")]
    assert len(pictures) == 3 and len(set(pictures)) == 1 and count == [".png"]
    session.make(1)
    assert len(count) == 2


def test_images_that_differ_in_a_pixel_a_type_or_a_shape_are_told_apart() -> None:
    image = np.zeros((4, 6), np.uint8)
    others = [image.reshape(6, 4), image.view(np.uint16), image + (np.arange(24).reshape(4, 6) == 7)]
    with encoding_once():
        first = image_bytes(image)
        image[0, 0] = 1  # in place, as a script's own writer may
        assert image_bytes(image) != first
        found = [read_image(image_bytes(one)) for one in others]

    assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(found, others, strict=True))
