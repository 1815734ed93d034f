"""Joints of skeletons: where they stand in the picture, and which of them something hides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg.annotators import Request
from rendersdg.annotators.skeleton import skeleton_data
from rendersdg.snapshot import Skeleton
from tests.backends.views import CUBE
from tests.conftest import Opener


def test_joints_before_and_behind_a_cube_are_told_apart(open_scene: Opener) -> None:
    session = open_scene(CUBE)
    zeros = np.zeros((3, 3), np.float32)
    turns = np.tile(np.float32([1, 0, 0, 0]), (3, 1))
    places = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 40, 0]])  # before the cube, behind it, beside the picture
    bones = Skeleton("/World/Man", ("hip", "knee", "foot"), np.int32([-1, 0, 1]), zeros, turns, zeros, turns, places)
    snapshot = replace(session.snapshot(0), skeletons=(bones,))

    told = skeleton_data(Request(session.views(snapshot, {})["Replicator"]))

    assert told["numSkeletons"] == 1 and told["skelName"] == ["Man"] and told["inView"].tolist() == [True]
    assert told["skeletonParents"].tolist() == [-1, 0, 1] and told["skeletonParentsSizes"].tolist() == [3]
    assert np.allclose(told["translations2d"][:2], [32, 24], atol=1e-4)
    assert told["jointOcclusions"].tolist() == [0, 1, 0]
    assert told["occlusionTypes"].tolist() == ["N/A", "occluded", "N/A"]


def test_a_scene_without_skeletons_has_none(open_scene: Opener) -> None:
    session = open_scene(CUBE)

    told = skeleton_data(Request(session.views(session.snapshot(0), {})["Replicator"]))

    assert told["numSkeletons"] == 0 and told["skelPath"] == [] and told["inView"].shape == (0,)
