"""Images on the wire: pixels and files are the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.wire import Limits, pictures_of
from rendersdg.errors import BadArgument, DatasetError
from tests.served import files


def test_a_file_that_its_decoder_refuses_is_told_as_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(data: bytes) -> None:
        raise DatasetError("too much")

    monkeypatch.setattr("detectors.wire.decode_rgb", refuses)

    with pytest.raises(BadArgument, match="image 0"):
        pictures_of(files(cv2.imencode(".png", np.zeros((3, 3, 3), np.uint8))[1].tobytes()), Limits())[0]()


def test_pixels_and_files_are_the_same_image() -> None:
    image = np.random.default_rng(0).integers(0, 255, (9, 7, 3), np.uint8)
    file = cv2.imencode(".png", image[..., ::-1])[1].tobytes()

    one, other, batched = (pictures_of(d, Limits())[0]() for d in (files(file), image[None], files(file)[:, None]))

    assert (one == image).all() and (other == image).all() and (batched == image).all()
