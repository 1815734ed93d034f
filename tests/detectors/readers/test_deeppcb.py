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


def test_the_published_repository_is_read_without_a_layout_and_with_its_splits(tmp_path: Path) -> None:
    base = tmp_path / "DeepPCB-master/PCBData"
    for split, stem in (("trainval", "00041000"), ("test", "00041001")):
        picture(base / f"group00041/00041/{stem}_test.jpg")
        picture(base / f"group00041/00041/{stem}_temp.jpg")
        note = base / f"group00041/00041_not/{stem}.txt"
        note.parent.mkdir(exist_ok=True)
        note.write_text("3 2 9 5 6\n")
        (base / f"{split}.txt").write_text(f"group00041/00041/{stem}.jpg group00041/00041_not/{stem}.txt\n")
    picture(tmp_path / "DeepPCB-master/fig/result.png")
    (tmp_path / "DeepPCB-master/evaluation").mkdir()

    for path in (tmp_path / "DeepPCB-master", base):
        assert [name for name, _ in found(read(str(path)))] == ["00041000_test.jpg", "00041001_test.jpg"]
        assert [name for name, _ in found(read(f"{path}@test"))] == ["00041001_test.jpg"]
