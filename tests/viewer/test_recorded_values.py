"""What is known of a frame's values without its scene."""

from __future__ import annotations

import json
from pathlib import Path

from rendersdg.viewer.index import index_of
from rendersdg.viewer.recorded_values import _single, recorded_values


def test_values_that_a_frame_has_once_are_its_own_and_lists_of_prims_are_left_out() -> None:
    drawn = {"a/light/intensity": [5], "b/pose/rotation": [[1.0, 2.0]], "c/look": ["steel"], "d/colour": [1, 2]}

    assert _single(drawn) == [
        ("a/light/intensity", 5),
        ("b/pose/rotation[0]", 1.0),
        ("b/pose/rotation[1]", 2.0),
        ("c/look", "steel"),
    ]


def test_each_object_has_the_values_of_its_frame(whole_dataset: Path) -> None:
    index = index_of(str(whole_dataset))
    assert index.drawn is not None

    found = recorded_values(index)

    for shown in index.images:
        assert len(found.objects[shown.place]) == max(len(shown.sample.labels), 1)
        assert found.common[shown.place] == frozenset(found.objects[shown.place][0])


def test_a_set_of_photographs_has_none(tmp_path: Path) -> None:
    from tests.viewer.sets import coco_set

    assert json.dumps(recorded_values(index_of(str(coco_set(tmp_path)))).objects) == "{}"
