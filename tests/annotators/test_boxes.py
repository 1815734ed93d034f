"""Boxes: where they stand, and what numbers they have."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import ANNOTATORS
from tests.annotators.requests import request
from tests.conftest import Opener


def test_three_dimensional_boxes_put_a_unit_cube_where_it_stands(open_scene: Opener) -> None:
    value = ANNOTATORS["bounding_box_3d"](request(open_scene))
    row = value["data"][0]

    assert [row[f"{a}_{s}"] for s in ("min", "max") for a in "xyz"] == [-0.5] * 3 + [0.5] * 3
    assert np.allclose(np.linalg.norm(row["transform"][:3, :3], axis=1), [1, 0.5, 0.7], atol=1e-6)
    assert value["info"]["primPaths"][0] == "/Replicator/Cube_Xform"
    assert value["info"]["idToLabels"] == {0: {"class": "box", "shape": "cube"}, 1: {"class": "ball"}}


def test_box_ids_are_shared_between_the_kinds_of_boxes(open_scene: Opener) -> None:
    r = request(open_scene)
    ids = [
        ANNOTATORS[n](r)["info"]["bboxIds"].tolist()
        for n in ("bounding_box_2d_tight", "bounding_box_2d_loose", "bounding_box_3d")
    ]

    assert ids[0] == ids[1] == ids[2]
