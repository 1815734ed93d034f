"""Folders of images and masks: every form of a mask gives the same boxes; what is left out is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.detectors.readers.layouts import BOX, found, patch, picture

ONE = [("a.png", [("defect", BOX)])]


def _png(file: Path, mask: np.ndarray) -> None:
    Image.fromarray(mask).save(file.with_suffix(".png"))


def _bmp(file: Path, mask: np.ndarray) -> None:
    Image.fromarray(mask).convert("RGB").save(file.with_suffix(".bmp"))


def _palette(file: Path, mask: np.ndarray) -> None:
    image = Image.fromarray((mask > 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # both black: only the index tells them apart
    image.save(file.with_suffix(".png"))


def _npy(file: Path, mask: np.ndarray) -> None:
    np.save(file.with_suffix(".npy"), mask > 0)


def _npz(file: Path, mask: np.ndarray) -> None:
    np.savez(file.with_suffix(".npz"), note=np.zeros(3), labels=mask[..., None].astype(float))


def _mat(file: Path, mask: np.ndarray) -> None:
    pytest.importorskip("scipy.io").savemat(file.with_suffix(".mat"), {"anything": mask, "size": [1, 2]})


@pytest.mark.parametrize("save", [_png, _bmp, _palette, _npy, _npz, _mat])
@pytest.mark.parametrize("folders", [("images", "masks"), ("img", "gt"), ("train/images", "train/labels")])
def test_a_mask_of_any_form_gives_its_box(
    tmp_path: Path, save: Callable[[Path, np.ndarray], None], folders: tuple[str, str]
) -> None:
    picture(tmp_path / folders[0] / "a.png")
    (tmp_path / folders[1]).mkdir(parents=True)
    save(tmp_path / folders[1] / "a_mask", patch())

    assert found(read(str(tmp_path))) == ONE


def test_a_mask_beside_its_image_is_no_image(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    _png(tmp_path / "a_mask", patch())

    assert found(read(str(tmp_path))) == ONE


def test_values_are_classes_with_the_names_of_a_list(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "masks").mkdir()
    mask = np.zeros((10, 20), np.uint8)
    mask[2:5, 3:9], mask[6:9, 12:18] = 2, 7
    _png(tmp_path / "masks/a", mask)

    assert [name for name, _ in found(read(f"masks:{tmp_path}"))[0][1]] == ["class 2", "class 7"]
    (tmp_path / "classes.txt").write_text("scratch\n划痕\n")
    assert found(read(str(tmp_path)))[0][1] == [("scratch", BOX), ("划痕", [12, 6, 18, 9])]
    (tmp_path / "classes.txt").write_text("scratch\n")
    with pytest.raises(DatasetError, match="1 name for the values 2, 7"):
        read(str(tmp_path))


def test_grey_levels_are_defect_above_the_middle_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "masks").mkdir()
    mask = np.arange(200, dtype=np.uint8).reshape(10, 20) // 2  # below the middle, of 100 levels
    mask[2:5, 3:9] = 250
    _png(tmp_path / "masks/a", mask)

    assert found(read(str(tmp_path))) == ONE
    assert "taken as grey levels" in caplog.text


def test_images_without_masks_and_masks_without_images_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "good"):
        picture(tmp_path / f"images/{name}.png")
    (tmp_path / "masks").mkdir()
    for name in ("a", "lost"):
        _png(tmp_path / f"masks/{name}", patch())

    with caplog.at_level(logging.WARNING):
        samples = read(str(tmp_path))

    assert found(samples) == [*ONE, ("good.png", [])]
    assert "1 image without a mask taken as free of defects" in caplog.text and "lost.png" in caplog.text


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.npz", b"PK\x03\x04 cut off", "archive"),
        ("a.npy", b"\x93NUMPY", "not an array"),
        ("a.png", b"no picture", "not a readable image"),
        ("a.mat", b"\x00" * 200, "not a readable .mat"),
    ],
)
def test_a_broken_mask_is_named(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    if name.endswith(".mat"):
        pytest.importorskip("scipy.io")
    picture(tmp_path / "images/a.png")
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / name).write_bytes(data)

    with pytest.raises(DatasetError, match=f"{name}.*{says}"):
        read(str(tmp_path))


def test_a_mask_of_another_size_or_of_no_numbers_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "masks").mkdir()
    for array, says in (
        (np.zeros((3, 3)), "3 x 3 pixels and a.png 20 x 10"),
        (np.full((10, 20), 0.5), "whole numbers"),
    ):
        np.save(tmp_path / "masks/a.npy", array)
        with pytest.raises(DatasetError, match=says):
            read(str(tmp_path))
