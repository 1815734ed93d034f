"""Joints of skeletons: where they stand in the picture, and which of them something hides."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np

from rendersdg.annotators import Request
from rendersdg.annotators.skeleton import skeleton_data
from rendersdg.snapshot import Skeleton
from tests.backends.views import CUBE
from tests.conftest import Opener
from tests.stage.test_skinning import arm


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
    assert told["jointOcclusions"].tolist() == [False, True, False] and told["jointOcclusions"].dtype == bool
    assert told["occlusionTypes"] == ["['None', 'cube', 'N/A']"] and told["occlusionTypesSizes"].tolist() == [3]
    assert told["skeletonJoints"] == ["['hip', 'knee', 'foot']"]
    assert ast.literal_eval(told["skeleton_data"])["skelPath"] == ["/World/Man"]


def test_joints_lie_on_the_skinned_body_and_only_others_hide_them(open_scene: Opener, tmp_path: Path) -> None:
    path = tmp_path / "man.usda"
    stage = arm()
    stage.SetDefaultPrim(stage.GetPrimAtPath("/man"))
    stage.Export(str(path))
    scene = (
        f"man: {{create.from_usd: {{usd: {path}, rotation: [0, 0, 90], position: [0, 0, -7], "
        'semantics: [["class", "man"]]}}\n'
        'post: {create.cube: {position: [0.5, 0, 0], scale: [0.1, 0.2, 3], semantics: [["class", "post"]]}}\n'
        "eye: {create.camera: {position: [5, 0, 5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [160, 120]}}\n"
    )
    session = open_scene(scene)
    view = session.views(session.snapshot(0), {})["Replicator"]
    told = skeleton_data(Request(view))

    shoulder, elbow = told["globalTranslations"]
    assert np.allclose(shoulder, [0, 0, 0], atol=1e-5) and np.allclose(elbow, [0, 1, 0], atol=1e-5)
    column, row = told["translations2d"][1].astype(int)
    instance = view.labels.instance[row, column]
    assert view.snapshot.instances[instance].prim_path.endswith("/skin")  # the elbow is where the skin bends
    assert told["jointOcclusions"].tolist() == [True, False]
    assert told["occlusionTypes"] == ["['post', 'None']"]


def test_a_scene_without_skeletons_has_none(open_scene: Opener) -> None:
    session = open_scene(CUBE)

    told = skeleton_data(Request(session.views(session.snapshot(0), {})["Replicator"]))

    assert told["numSkeletons"] == 0 and told["skelPath"] == [] and told["inView"].shape == (0,)
