"""Photographs of good parts, as users have them: of mixed sizes, with masks and broken files between them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.anomaly.photographs import good_parts
from rendersdg.errors import DatasetError
from tests.detectors.anomaly.parts import part, write_good, write_mvtec


def test_no_photograph_stands_on_both_sides(tmp_path: Path) -> None:
    good = good_parts(str(write_good(tmp_path)), size=64)

    assert len(good.known) + len(good.held_out) == 8
    assert not set(good.known.files) & set(good.held_out.files)
    assert good.known.squares.shape[1:] == (64, 64, 3)


def test_photographs_of_one_part_stay_together(tmp_path: Path) -> None:
    for k in range(8):
        cv2.imwrite(str(tmp_path / f"unit{k // 2}_{k % 2}.png"), part(k)[0])

    good = good_parts(str(tmp_path), size=64, group=r"(unit\d)_", held_out=0.4)

    units = [{file.name[:5] for file in side.files} for side in (good.known, good.held_out)]
    assert not units[0] & units[1]
    assert units[1]


def test_the_split_is_a_function_of_the_seed(tmp_path: Path) -> None:
    folder = str(write_good(tmp_path))

    assert good_parts(folder, seed=4).held_out.files == good_parts(folder, seed=4).held_out.files


def test_two_photographs_are_enough(tmp_path: Path) -> None:
    good = good_parts(str(write_good(tmp_path, 2)))

    assert (len(good.known), len(good.held_out)) == (1, 1)


def test_photographs_of_mixed_sizes_fit_into_the_square(tmp_path: Path) -> None:
    for k, size in enumerate([(80, 60), (30, 90), (200, 20)]):
        cv2.imwrite(str(tmp_path / f"{k}.png"), part(k, size_wh=size)[0])

    good = good_parts(str(tmp_path), size=64)

    inner = {good.known.inner_wh(good.preprocess, k) for k in range(len(good.known))}
    inner |= {good.held_out.inner_wh(good.preprocess, k) for k in range(len(good.held_out))}
    assert inner == {(64, 48), (21, 64), (64, 6)}


def test_grey_photographs_make_a_grey_network_and_coloured_ones_do_not(tmp_path: Path) -> None:
    grey = good_parts(str(write_good(tmp_path / "grey", 3)))
    coloured = part(0)[0].copy()
    coloured[..., 0] //= 2
    for k in range(3):
        (tmp_path / "colour").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "colour" / f"{k}.png"), coloured)

    assert grey.preprocess.grey
    assert not good_parts(str(tmp_path / "colour")).preprocess.grey


def test_masks_and_broken_files_are_left_out_and_named(tmp_path: Path) -> None:
    write_good(tmp_path, 4)
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((60, 80), np.uint8))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")

    good = good_parts(str(tmp_path))

    assert len(good.known) + len(good.held_out) == 4
    assert [("mask.png" in text, "broken.jpg" in text) for text in good.skipped] == [(False, True), (True, False)]


def test_of_a_labelled_set_the_images_without_a_label_are_taken(tmp_path: Path) -> None:
    good = good_parts(f"mvtec:{write_mvtec(tmp_path)}@test")

    assert {file.parent.name for file in (*good.known.files, *good.held_out.files)} == {"good"}


@pytest.mark.parametrize(
    ("count", "text"), [(0, "does not hold a picture"), (1, "1 usable photograph of good parts; 2 are needed")]
)
def test_too_few_photographs_are_refused_with_what_to_do(tmp_path: Path, count: int, text: str) -> None:
    with pytest.raises(DatasetError, match=text):
        good_parts(str(write_good(tmp_path, count)))


def test_a_folder_that_is_not_there_is_refused_with_one_that_is_near(tmp_path: Path) -> None:
    write_good(tmp_path / "photos")

    with pytest.raises(DatasetError, match="did you mean 'photos'"):
        good_parts(str(tmp_path / "photo"))


def test_photographs_that_all_show_one_part_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="all photographs show one part"):
        good_parts(str(write_good(tmp_path)), group="(part)")
