"""DeepPCB: a text of boxes for each pair of pictures."""

from __future__ import annotations

from pathlib import Path

from detectors.readers import read
from tests.detectors.readers.layouts import BOX, found, picture


def test_its_numbers_become_names(tmp_path: Path) -> None:
    picture(tmp_path / "group00041/00041/00041000_test.jpg")
    picture(tmp_path / "group00041/00041/00041000_temp.jpg")
    (tmp_path / "group00041/00041_not").mkdir()
    (tmp_path / "group00041/00041_not/00041000.txt").write_text("3 2 9 5 6\n")

    assert found(read(str(tmp_path))) == [("00041000_test.jpg", [("pin-hole", BOX)])]
