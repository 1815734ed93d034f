"""YOLO: images without labels are background."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, found, picture


def test_an_image_without_a_label_file_or_with_an_empty_one_is_background(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        picture(tmp_path / f"images/train/{name}.png")
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/a.txt").write_text("0 0.5 0.5 0.5 0.4\n")
    (tmp_path / "labels/train/b.txt").write_text("")
    (tmp_path / "data.yaml").write_text("train: images/train\nnames: [thing]\n")

    assert found(read(str(tmp_path))) == [("a.png", [("thing", [5, 3, 15, 7])]), ("b.png", []), ("c.png", [])]
    (tmp_path / "labels/train/b.txt").write_text("3 0.5 0.5 0.5 0.4\n")
    with pytest.raises(DatasetError, match=r"b\.txt: class number 3 has no name"):
        read(str(tmp_path))
    with pytest.raises(DatasetError, match="no split 'vel': its splits are train"):
        read(f"{tmp_path}@vel")


@pytest.mark.parametrize("task", ["detect", "segment"])
def test_what_our_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path, task: str) -> None:
    check_round_trip(open_scene, tmp_path, "yolo", "YoloWriter", classes=["ball", "box", "ring"], task=task)
