"""A session makes frames: of nothing too, and for writers that are not asked each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.conftest import Opener


def test_an_empty_stage_gives_a_clean_empty_label_set(open_scene: Opener) -> None:
    session = open_scene("nothing: 1\n")
    result = session.make(0)

    assert np.load(__import__("io").BytesIO(result.files["bounding_box_2d_tight_0000.npy"])).shape == (0,)


def test_a_triggered_writer_counts_its_own_frames(whole_dataset: Path) -> None:
    labels = sorted(p.stem for p in (whole_dataset / "yolo" / "labels").rglob("*.txt"))

    assert labels == ["000000", "000001", "000002", "000003"]
