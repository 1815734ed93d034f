"""GC10-DET: Pascal VOC with names of its own."""

from __future__ import annotations

from pathlib import Path

from detectors.readers import read
from tests.detectors.readers.layouts import BOX, found, picture, voc


def test_its_names_become_english(tmp_path: Path) -> None:
    picture(tmp_path / "02/img_1.jpg")
    voc(tmp_path / "lable/img_1.xml", ("10_yaozhed", 4, 3, 9, 5), ("2_hanfeng", 1, 1, 2, 2))

    assert found(read(str(tmp_path))) == [("img_1.jpg", [("waist_folding", BOX), ("weld_line", [0, 0, 2, 2])])]
