"""Labelme: polygons in a file for each picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from detectors.readers import read
from tests.detectors.readers.layouts import BOX, found, patch, picture


def test_polygons_become_boxes_and_masks(tmp_path: Path) -> None:
    picture(tmp_path / "images/x.png")
    (tmp_path / "labels").mkdir()
    shape = {"label": "Pitting", "points": [[3, 2], [9, 2], [9, 5], [3, 5]], "shape_type": "polygon"}
    (tmp_path / "labels/x.json").write_text(json.dumps({"imagePath": "..\\images\\x.png", "shapes": [shape]}))

    assert found(read(str(tmp_path))) == [("x.png", [("Pitting", BOX)])]
    assert np.array_equal(read(str(tmp_path)).images[0].mask(), patch() > 0)
