"""Pictures with one class each: from archives, from folders, and moved about."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.classify.pictures import augmented, read_pictures
from rendersdg.errors import DatasetError
from tests.detectors.sets import archive, coloured


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_augmentation_moves_and_flips_and_nothing_else(seed: int, reach: int) -> None:
    images = np.random.default_rng(seed).integers(0, 255, (3, 9, 7, 3)).astype(np.uint8)

    out = augmented(images, np.random.default_rng(seed), reach)

    for image, new in zip(images, out):
        padded = cv2.copyMakeBorder(image, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
        views = [padded[y : y + 9, x : x + 7] for y in range(2 * reach + 1) for x in range(2 * reach + 1)]
        assert any((new == v).all() or (new == v[:, ::-1]).all() for v in views)


def test_pictures_come_from_archives_and_folders(tmp_path: Path) -> None:
    pictures = coloured(6)
    for k, image in enumerate(pictures.images):
        file = tmp_path / "set" / ("a", "b", "c")[k % 3] / f"{k}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), image[..., ::-1])

    folder, packed = read_pictures(tmp_path / "set"), read_pictures(archive(pictures, tmp_path / "set.npz"))

    assert folder.classes == ("a", "b", "c") and folder.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert (folder.images == pictures.images[[0, 3, 1, 4, 2, 5]]).all()
    assert packed.classes == pictures.classes and (packed.images == pictures.images).all()


@pytest.mark.parametrize(
    "content, told",
    [
        ({"labels": np.zeros(2)}, "has no images"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8)}, "has no labels"),
        ({"images": np.zeros((2, 4, 4), np.uint8), "labels": np.zeros(2)}, r"\(N, H, W, 3\)"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8), "labels": np.zeros(3)}, "2 images and labels of shape"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8), "labels": np.array([0, -1])}, "labels"),
    ],
)
def test_an_archive_that_is_none_is_told(tmp_path: Path, content: dict[str, np.ndarray], told: str) -> None:
    np.savez(tmp_path / "bad.npz", **content)

    with pytest.raises(DatasetError, match=told):
        read_pictures(tmp_path / "bad.npz")


def test_what_is_no_archive_and_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no archive")
    for path in (tmp_path / "text.npz", tmp_path / "nowhere", tmp_path / "nowhere.npz", tmp_path):
        with pytest.raises(DatasetError):
            read_pictures(path)
