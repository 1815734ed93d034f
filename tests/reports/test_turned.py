"""Turned and mirrored copies: each is found with how it was turned, and pictures that differ are not taken for them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from rendersdg.reports.duplicates import duplicates
from rendersdg.reports.pixels import measured
from rendersdg.reports.turned import Turned, turned_copies
from tests.reports.sets import mottled


def found_in(folder: Path, pictures: list[np.ndarray]) -> list[Turned]:
    for k, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{k}.png"), picture)
    pixels = measured([folder / f"{k}.png" for k in range(len(pictures))])
    return turned_copies(pixels, duplicates(pixels))


def test_each_turned_or_mirrored_copy_is_found_and_told_how(tmp_path: Path) -> None:
    picture = mottled(1, (160, 120))
    mirrored = picture[:, ::-1]
    made = {
        "turned by 90 degrees clockwise": cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE),
        "turned by 180 degrees": cv2.rotate(picture, cv2.ROTATE_180),
        "turned by 270 degrees clockwise": cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE),
        "mirrored left to right": mirrored,
        "mirrored top to bottom": picture[::-1],
        "mirrored and turned by 90 degrees clockwise": cv2.rotate(mirrored, cv2.ROTATE_90_CLOCKWISE),
        "mirrored and turned by 270 degrees clockwise": cv2.rotate(mirrored, cv2.ROTATE_90_COUNTERCLOCKWISE),
    }

    found = found_in(tmp_path, [picture, mottled(2), *made.values()])

    assert found == [Turned(0, k, way) for k, way in enumerate(made, 2)]


def test_a_mirrored_copy_is_found_after_coding_and_among_pictures_that_only_look_alike(tmp_path: Path) -> None:
    pictures = [mottled(k, (160, 120)) for k in range(60)]
    coded = cv2.imdecode(cv2.imencode(".jpg", pictures[7][:, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75])[1], 1)

    found = found_in(tmp_path, [*pictures, coded, pictures[3]])

    assert found == [Turned(7, 60, "mirrored left to right")]


def test_pictures_without_anything_in_them_are_no_copies(tmp_path: Path) -> None:
    assert found_in(tmp_path, [np.full((40, 60, 3), level, np.uint8) for level in (80, 81, 80)]) == []
