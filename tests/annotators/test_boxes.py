"""Boxes: where they stand, and what numbers they have."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import ANNOTATORS
from rendersdg.annotators.boxes import reach_view
from rendersdg.snapshot import Camera
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


def _reaches(camera: Camera, world: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """Return whether a box may reach into the image, corner by corner."""
    ends = [(low, high)[k >> 2 & 1][2] for k in range(8)], [(low, high)[k >> 1 & 1][1] for k in range(8)]
    beyond = {"near": True, "far": True, "left": True, "top": True, "right": True, "below": True}
    for k in range(8):
        corner = np.array([(low, high)[k & 1][0], ends[1][k], ends[0][k], 1.0])
        x, y, z, _ = camera.camera_from_world @ world @ corner
        u = camera.centre_px[0] * -z + camera.focal_px[0] * x
        v = camera.centre_px[1] * -z - camera.focal_px[1] * y
        beyond["near"] &= -z <= camera.near_far[0]
        beyond["far"] &= -z >= camera.near_far[1]
        beyond["left"] &= u < 0
        beyond["top"] &= v < 0
        beyond["right"] &= u > camera.resolution_wh[0] * -z
        beyond["below"] &= v > camera.resolution_wh[1] * -z
    return not any(beyond.values())


def test_boxes_that_reach_into_the_view_are_those_that_corners_say(open_scene: Opener) -> None:
    camera = request(open_scene).view.product.camera
    rng = np.random.default_rng(0)
    worlds = np.broadcast_to(np.eye(4), (400, 4, 4)).copy()
    worlds[:, :3, :3] += 0.3 * rng.normal(size=(400, 3, 3))
    worlds[:, :3, 3] = rng.normal(size=(400, 3)) * 5
    lows = rng.normal(size=(400, 3))
    highs = lows + rng.random((400, 3))

    shown = reach_view(camera, worlds, lows, highs)

    assert shown.tolist() == [_reaches(camera, *box) for box in zip(worlds, lows, highs)]
    assert 40 < shown.sum() < 360
