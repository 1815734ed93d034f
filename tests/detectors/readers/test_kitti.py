"""What KittiWriter writes is read back."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip


def test_what_our_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "kitti", "KittiWriter")
