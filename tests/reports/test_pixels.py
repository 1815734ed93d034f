"""Measures of pixels, by pictures whose answers are known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.reports.pixels import measured
from tests.reports.sets import mottled


def written(folder: Path, **pictures: np.ndarray) -> list[Path]:
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    return [folder / f"{name}.png" for name in pictures]


def test_measures_are_those_known_by_hand(tmp_path: Path) -> None:
    halves = np.zeros((40, 60), np.uint8)
    halves[:, 30:] = 255
    files = written(tmp_path, flat=np.full((40, 60), 100, np.uint8), halves=halves)

    found = measured(files).values

    assert {name: values[0] for name, values in found.items()} == {
        "brightness": 100,
        "contrast": 0,
        "sharpness": 0,
        "dark": 0,
        "light": 0,
    }
    assert [found[name][1] for name in ("brightness", "contrast")] == pytest.approx([127.5, 127.5])
    assert found["dark"][1] == found["light"][1] == 0.5


def test_sharpness_is_the_variance_of_the_laplacian_of_a_lone_point(tmp_path: Path) -> None:
    point = np.zeros((20, 20), np.uint8)
    point[10, 10] = 10

    [sharpness] = measured(written(tmp_path, point=point)).values["sharpness"]

    assert sharpness == pytest.approx((40**2 + 4 * 10**2) / 400)


def test_files_that_cannot_be_read_are_told_by_place_and_change_no_other(tmp_path: Path) -> None:
    good, *_ = written(tmp_path, good=mottled(1))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")

    both = measured([tmp_path / "empty.png", good, tmp_path / "text.png", tmp_path / "missing.png"])
    alone = measured([good])

    assert both.is_read.tolist() == [False, True, False, False]
    assert sorted(both.faults) == [0, 2, 3] and "0 bytes" in both.faults[0]
    assert both.hashes[1] == alone.hashes[0] and both.digests[1] == alone.digests[0]
    assert np.isnan(both.values["brightness"][[0, 2, 3]]).all()


def test_hashes_of_a_picture_coded_anew_or_scaled_differ_in_few_bits(tmp_path: Path) -> None:
    picture = mottled(3, (160, 120))
    jpeg = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    files = written(tmp_path, own=picture, jpeg=jpeg, small=cv2.resize(picture, (150, 112)), other=mottled(4))

    own, *others = (int(h) for h in measured(files).hashes)

    assert [bin(own ^ other).count("1") <= 7 for other in others] == [True, True, False]


def test_each_image_is_counted(tmp_path: Path) -> None:
    count = []

    measured([tmp_path / f"{k}.png" for k in range(20)], lambda: count.append(1))

    assert len(count) == 20
