"""The columns that a filter asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rendersdg.viewer.index import index_of
from rendersdg.viewer.query import parse
from rendersdg.viewer.table import table_of
from tests.viewer.sets import coco_set


def test_an_image_without_objects_has_a_row_of_its_own(tmp_path: Path) -> None:
    table = table_of(index_of(str(coco_set(tmp_path))), {}, {})

    assert table.image.tolist() == [0, 0, 0, 1, 2]
    assert table.object.tolist() == [0, 1, 2, 0, -1]
    assert table.found(parse("objects = 0"))[0].tolist() == [2]


def test_boxes_are_measured(tmp_path: Path) -> None:
    columns = table_of(index_of(str(coco_set(tmp_path))), {}, {}).columns

    assert columns["width"][:4].tolist() == [20, 8, 10, 30]
    assert columns["area"][:4].tolist() == [200, 64, 200, 120]
    assert (columns["x"][0], columns["y"][0]) == (14, 9)
    assert np.isnan(columns["width"][4]) and columns["class"][4] is None


def test_drawn_values_become_columns_of_numbers_or_of_text(tmp_path: Path) -> None:
    drawn = {0: [{"gain": 0.5, "look": "steel"}, {"gain": 0.7}, {}], 1: [{"gain": 1, "look": [1, 2]}]}

    table = table_of(index_of(str(coco_set(tmp_path))), drawn, {"gain": "marks/gain", "look": "look/texture"})

    assert table.found(parse("gain > 0.6"))[0].tolist() == [0, 1]
    assert table.found(parse("look = steel"))[2].tolist() == [0]
    assert {f["name"]: f["meaning"] for f in table.about()}["gain"] == "marks/gain"


def test_fields_without_any_value_are_not_offered(tmp_path: Path) -> None:
    offered = [f["name"] for f in table_of(index_of(str(coco_set(tmp_path))), {}, {}).about()]

    assert "visible" in offered and "occlusion" not in offered and "frame" not in offered
