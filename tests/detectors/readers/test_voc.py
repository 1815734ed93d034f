"""Pascal VOC: a broken file is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, picture, voc


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda p: (p / "Annotations/a.xml").write_text("<annotation>"), r"a\.xml: no Pascal VOC"),
        (lambda p: (p / "Annotations/a.xml").unlink(), r"a\.jpg has no annotation"),
        (lambda p: (p / "JPEGImages/a.jpg").write_bytes(b"no"), r"a\.jpg is no readable image"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, break_it: Any, says: str) -> None:
    picture(tmp_path / "JPEGImages/a.jpg")
    voc(tmp_path / "Annotations/a.xml", ("x", 1, 1, 5, 5), size=False)
    break_it(tmp_path)

    with pytest.raises(DatasetError, match=says):
        read(str(tmp_path))


def test_what_our_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "voc", "VocWriter")
