"""What is read of a set: names below the common folder, and errors where nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import DatasetError
from rendersdg.reports.facts import read_leniently
from tests.reports.sets import coco, facts


def test_names_are_those_below_the_folder_of_all_images(tmp_path: Path) -> None:
    found = facts(tmp_path, [[], []])

    assert found.name_of(1) == "001.png" and found.name(Path("/elsewhere/x.png")) == "/elsewhere/x.png"


def test_a_set_of_which_nothing_can_be_read_says_its_first_fault(tmp_path: Path) -> None:
    file = coco(tmp_path, [[], []])
    for k in range(2):
        (tmp_path / f"{k:03d}.png").write_bytes(b"")

    with pytest.raises(DatasetError, match=r"no image of .* can be read; the first fault: .*000\.png"):
        read_leniently(str(file))
