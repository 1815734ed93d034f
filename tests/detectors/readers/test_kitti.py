"""What KittiWriter writes is read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import read
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, picture


def test_what_our_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "kitti", "KittiWriter")


def test_truncation_comes_along_where_it_is_known(tmp_path: Path) -> None:
    picture(tmp_path / "image_2/a.png")
    (tmp_path / "label_2").mkdir()
    rows = (
        "car 0.25 0 0 3 2 8 4 1 1 1 0 0 0 0",
        "DontCare -1 -1 0 0 0 4 4 1 1 1 0 0 0 0",
        "car -1 0 0 3 2 8 4 1 1 1 0 0 0 0",
    )
    (tmp_path / "label_2/a.txt").write_text("\n".join(rows))

    [sample] = read(f"kitti:{tmp_path}").images

    assert np.array_equal(sample.truncation, [0.25, np.nan], equal_nan=True) and sample.visible is None
