"""Severstal: run lengths in a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import read
from rendersdg import rle
from tests.detectors.readers.layouts import BOX, found, patch, picture


def test_run_lengths_become_boxes(tmp_path: Path) -> None:
    picture(tmp_path / "train_images/a.jpg")
    picture(tmp_path / "train_images/b.jpg")
    lengths = rle.runs(patch() > 0)
    ends = np.cumsum(lengths)
    pixels = " ".join(f"{ends[k - 1] + 1} {lengths[k]}" for k in range(1, len(lengths), 2))
    (tmp_path / "train.csv").write_text(f"ImageId,ClassId,EncodedPixels\na.jpg,3,{pixels}\n")

    assert found(read(str(tmp_path))) == [("a.jpg", [("3", BOX)]), ("b.jpg", [])]
    assert np.array_equal(read(str(tmp_path)).images[0].mask(), patch() > 0)
