"""The pictures that a command looks at: broken ones are told, and no drawing lies over another."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.cli.pictures import Pictures
from rendersdg.errors import DatasetError


def write(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), np.zeros((4, 5, 3), np.uint8))
    return [folder / name for name in names]


def test_pictures_that_differ_in_their_ending_alone_are_drawn_apart(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path, write(tmp_path, "a.jpg", "a.png", "b.jpg", "in/a.jpg"))

    targets = [pictures.drawing(Path("drawn"), name).as_posix() for name, _ in pictures]

    assert targets == ["drawn/a.jpg.png", "drawn/a.png.png", "drawn/b.png", "drawn/in/a.png"]


def test_a_broken_file_is_told_and_counted_and_the_others_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write(tmp_path, "a.png", "b.png")
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    pictures = Pictures(tmp_path, [files[0], tmp_path / "broken.jpg", files[1]])

    names = [name for name, _ in pictures]

    assert names == ["a.png", "b.png"]
    assert "skipped: " in (told := capsys.readouterr().err) and "broken.jpg" in told
    with pytest.raises(DatasetError, match="1 of 3 files could not be read; the others are done"):
        pictures.check()


def test_a_single_picture_goes_by_its_own_name(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "a.png")

    assert [name for name, _ in Pictures(file, [file])] == ["a.png"]
