"""Skins and morph targets of glTF files: points by hand, carried by OpenUSD's own skinning and by ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Gf, Usd, UsdGeom, UsdSkel

from rendersdg.errors import Report
from rendersdg.stage.base import BaseScene
from tests.assets.gltf.files import File, converted, world

LIMB = [(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 1.5, 0)]
QUARTER = [0, 0, np.sqrt(0.5), np.sqrt(0.5)]  # a right angle about z


def baked(stage: Usd.Stage, path: str, seconds: float) -> np.ndarray:
    """Return the points of a mesh in world space as OpenUSD's skinning has them at a time."""
    copy = Usd.Stage.Open(stage.Flatten())
    assert UsdSkel.BakeSkinning(Usd.PrimRange(copy.GetPrimAtPath("/Asset")), Gf.Interval(0, 1e6))
    points = UsdGeom.Mesh.Get(copy, path).GetPointsAttr().Get(seconds * copy.GetTimeCodesPerSecond())
    return np.asarray(points) @ world(copy, path, seconds)[:3, :3].T + world(copy, path, seconds)[:3, 3]


def drawn(stage: Usd.Stage, path: str, seconds: float) -> np.ndarray:
    """Return the corners of a mesh in world space as they are drawn here, in the order of its triangles."""
    base = BaseScene(stage, Report())
    base.set_time(Usd.TimeCode(seconds * stage.GetTimeCodesPerSecond()))
    (one,) = [d for d in base.drawables("/Asset") if d.path == path]
    mesh, place = base.meshes[one.mesh], base.world(path)
    return (mesh.vertices @ place[:3, :3].T + place[:3, 3])[mesh.triangles].reshape(-1, 3)


def arm(*, between: bool = False, top: bool = False) -> File:
    """Return a limb of two bones: the lower one stands at the origin of an armature at x = 10, the upper one 1 above it
    and turns by a right angle within a second. ``between`` puts a node between them, ``top`` the mesh beside the
    armature.
    """
    file = File()
    joints = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], np.uint8)
    weights = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    attributes = {"JOINTS_0": file.add(joints, np.uint8), "WEIGHTS_0": file.add(weights)}
    mesh = file.mesh(LIMB, indices=[0, 1, 3, 1, 2, 3], attributes=attributes)
    inverse = np.stack([np.eye(4), np.eye(4)])
    inverse[1][:3, 3] = [0, -1, 0]
    binds = file.add(inverse.transpose(0, 2, 1).reshape(2, 16), kind="MAT4")
    file.tree["nodes"] = [
        {"name": "rig", "translation": [10, 0, 0], "children": [1] if top else [1, 2]},
        {"name": "lower", "children": [4 if between else 3]},
        {"name": "skin", "mesh": mesh, "skin": 0, "translation": [5, 5, 5]},
        {"name": "upper", "translation": [0, 0 if between else 1, 0]},
        {"name": "spacer", "translation": [0, 1, 0], "children": [3] if between else []},
    ]
    file.tree["skins"] = [{"joints": [1, 3], "inverseBindMatrices": binds, "name": "bones"}]
    file.animate(3, "rotation", [0.0, 1.0], [(0, 0, 0, 1), QUARTER])
    return file


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("top", [False, True])
def test_points_go_with_their_joints_and_not_with_their_node(tmp_path: Path, between: bool, top: bool) -> None:
    stage, notes = converted(arm(between=between, top=top).write(tmp_path))

    path = "/Asset/Scene/skin/part" if top else "/Asset/rig/skin/part"
    for seconds in (0.0, 0.25, 0.5, 0.75, 1.0):
        angle = np.radians(90 * seconds)
        c, s = np.cos(angle), np.sin(angle)
        # from the upper joint at (10, 1): (0, 1) up is turned to (-s, c), (1, 0.5) to (c - s / 2, s + c / 2)
        by_hand = [(10, 0, 0), (10, 1, 0), (10 - s, 1 + c, 0), (10 + c - s / 2, 1 + s + c / 2, 0)]
        assert np.allclose(baked(stage, path, seconds), by_hand, atol=2e-3), seconds
        assert np.allclose(drawn(stage, path, seconds)[[0, 1, 4, 2]], by_hand, atol=2e-3), seconds
    assert notes == {}


def test_a_point_between_two_joints_is_where_both_would_take_it_on_average(tmp_path: Path) -> None:
    file = arm()
    weights = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0]])
    joints = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]])
    attributes = file.tree["meshes"][0]["primitives"][0]["attributes"]
    shares = file.add(weights * 255, np.uint8, normalized=True)
    attributes.update(JOINTS_0=file.add(joints, np.uint16), WEIGHTS_0=shares)

    stage, _ = converted(file.write(tmp_path))

    # the lower joint leaves (0, 2) there, the upper one brings it to (-1, 1)
    assert drawn(stage, "/Asset/rig/skin/part", 1.0)[4] == pytest.approx((10 - 0.5, 1.5, 0), abs=5e-3)


def test_joints_are_called_by_their_nodes_and_stand_inside_of_the_limb(tmp_path: Path) -> None:
    stage, _ = converted(arm().write(tmp_path))

    skeleton = UsdSkel.Skeleton.Get(stage, "/Asset/rig/bones")
    assert list(skeleton.GetJointsAttr().Get()) == ["lower", "lower/upper"]
    query = UsdSkel.Cache().GetSkelQuery(skeleton)
    for seconds in (0.0, 0.3, 0.5, 0.8, 1.0):
        joints = query.ComputeJointSkelTransforms(seconds * 60)
        assert tuple(joints[1].ExtractTranslation()) == pytest.approx((0, 1, 0), abs=1e-6)
        ends = drawn(stage, "/Asset/rig/skin/part", seconds)
        assert np.allclose(ends[1], [10, 1, 0], atol=1e-3)  # where the joint is


def test_joints_before_their_parents_and_a_second_set_of_weights_are_read(tmp_path: Path) -> None:
    file = arm()
    file.tree["skins"][0]["joints"] = [3, 1]  # the upper bone first
    inverse = np.stack([np.eye(4), np.eye(4)])
    inverse[0][:3, 3] = [0, -1, 0]
    file.tree["skins"][0]["inverseBindMatrices"] = file.add(inverse.transpose(0, 2, 1).reshape(2, 16), kind="MAT4")
    none, all_ = np.zeros((4, 4)), np.tile([1.0, 0, 0, 0], (4, 1))
    attributes = file.tree["meshes"][0]["primitives"][0]["attributes"]
    attributes.update(JOINTS_0=file.add(none + 1, np.uint8), WEIGHTS_0=file.add(none))
    attributes.update(JOINTS_1=file.add(none, np.uint8), WEIGHTS_1=file.add(all_))

    stage, _ = converted(file.write(tmp_path))

    # all go with the upper bone
    assert drawn(stage, "/Asset/rig/skin/part", 1.0)[4] == pytest.approx((10 - 1, 1, 0), abs=2e-3)
    assert list(UsdSkel.Skeleton.Get(stage, "/Asset/rig/bones").GetJointsAttr().Get()) == ["lower", "lower/upper"]


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda tree: tree["skins"][0].update(joints=[1, 99]), "not in the scene"),
        (lambda tree: tree["skins"][0].update(joints=[1, 1]), "twice"),
        (lambda tree: tree["skins"][0].update(inverseBindMatrices=0), "inverse bind matrices"),
        (lambda tree: tree["meshes"][0]["primitives"][0]["attributes"].pop("WEIGHTS_0"), "rest shape"),
        (lambda tree: tree["skins"].pop(), "not in the file"),
    ],
)
def test_a_skin_that_does_not_fit_is_reported_and_the_mesh_drawn(tmp_path: Path, break_it: object, text: str) -> None:
    file = arm()
    break_it(file.tree)  # type: ignore[operator]

    stage, notes = converted(file.write(tmp_path))

    assert text in notes["meshes[0].primitives[0].skin"] and stage.GetPrimAtPath("/Asset/rig/skin/part")


def smiling(*, weights: list[float] | None = None) -> File:
    file = File()
    up = file.add([(0, 0, 1), (0, 0, 0), (0, 0, 0)])
    aside = file.add([(0, 0, 0), (2, 0, 0), (0, 0, 0)])
    mesh = file.mesh(targets=[{"POSITION": up}, {"POSITION": aside}])
    file.tree["meshes"][mesh].update(extras={"targetNames": ["up", "aside"]}, weights=[0.25, 0.0])
    file.tree["nodes"] = [{"name": "face", "mesh": mesh, **({} if weights is None else {"weights": weights})}]
    return file


@pytest.mark.parametrize(("weights", "expected"), [(None, (0.25, 0.0)), ([0.5, 1.0], (0.5, 1.0))])
def test_morph_targets_move_points_by_the_weights_of_the_mesh_or_of_its_node(
    tmp_path: Path, weights: list[float] | None, expected: tuple[float, float]
) -> None:
    stage, notes = converted(smiling(weights=weights).write(tmp_path))

    by_hand = [(0, 0, expected[0]), (1 + 2 * expected[1], 0, 0), (0, 1, 0)]
    assert np.allclose(baked(stage, "/Asset/face/part", 0.0), by_hand) and notes == {}
    names = UsdSkel.BindingAPI(stage.GetPrimAtPath("/Asset/face/part")).GetBlendShapesAttr().Get()
    assert list(names) == ["up", "aside"]


def test_weights_that_are_animated_move_points_over_time(tmp_path: Path) -> None:
    file = smiling()
    file.animate(0, "weights", [0.0, 1.0, 2.0], [0, 0, 1, 0, 0, 1])

    stage, _ = converted(file.write(tmp_path))

    for seconds, (up, aside) in {0.0: (0, 0), 0.5: (0.5, 0), 1.0: (1, 0), 1.5: (0.5, 0.5), 2.0: (0, 1)}.items():
        animation = UsdSkel.Animation.Get(stage, "/Asset/face/Weights/Animation")
        weights = animation.GetBlendShapeWeightsAttr().Get(seconds * 60)
        assert tuple(weights) == pytest.approx((up, aside), abs=1e-6)
    assert np.allclose(baked(stage, "/Asset/face/part", 1.0), [(0, 0, 1), (1, 0, 0), (0, 1, 0)], atol=1e-6)
    for seconds in (0.0, 0.5, 1.0, 1.7):
        assert np.allclose(
            drawn(stage, "/Asset/face/part", seconds), baked(stage, "/Asset/face/part", seconds), atol=1e-5
        )


def test_a_skinned_face_has_its_weights_on_its_skeleton(tmp_path: Path) -> None:
    file = arm()
    target = file.add([(0, 0, 0), (0, 0, 0), (0, 0, 3), (0, 0, 0)])
    file.tree["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": target}]
    file.tree["meshes"][0]["weights"] = [0.5]

    stage, _ = converted(file.write(tmp_path))

    assert baked(stage, "/Asset/rig/skin/part", 1.0)[2] == pytest.approx((10 - 1, 1, 1.5), abs=2e-3)
    assert drawn(stage, "/Asset/rig/skin/part", 1.0)[4] == pytest.approx((10 - 1, 1, 1.5), abs=2e-3)


@settings(max_examples=15, deadline=None)
@given(
    turns=st.lists(st.tuples(*[st.floats(-1, 1)] * 3), min_size=4, max_size=4),
    parents=st.tuples(st.integers(0, 0), st.integers(0, 1), st.integers(0, 2)),
    seconds=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_any_skeleton_carries_points_as_the_nodes_stand(
    tmp_path_factory: pytest.TempPathFactory,
    turns: list[tuple[float, float, float]],
    parents: tuple[int, ...],
    seconds: float,
) -> None:
    file = File()
    joints = np.array([[k, 0, 0, 0] for k in range(4)])
    attributes = {"JOINTS_0": file.add(joints, np.uint8), "WEIGHTS_0": file.add(np.tile([1.0, 0, 0, 0], (4, 1)))}
    mesh = file.mesh(LIMB, indices=[0, 1, 3, 1, 2, 3], attributes=attributes)
    nodes = [{"name": f"b{k}", "translation": [0, 0.5, k / 4], "children": []} for k in range(4)]
    for child, parent in enumerate(parents, 1):
        nodes[parent]["children"].append(child)
    file.tree["nodes"] = [*nodes, {"name": "skin", "mesh": mesh, "skin": 0}]
    file.tree["skins"] = [{"joints": [0, 1, 2, 3]}]
    for k, (x, y, z) in enumerate(turns):
        file.animate(k, "rotation", [0.0, 1.0], [(0, 0, 0, 1), np.array([x, y, z, 2]) / np.linalg.norm([x, y, z, 2])])

    stage, _ = converted(file.write(tmp_path_factory.mktemp("rig")))

    stands = {p.GetName(): world(stage, str(p.GetPath()), seconds) for p in stage.Traverse() if p.GetName()[:1] == "b"}
    by_hand = [(stands[f"b{k}"] @ [*LIMB[k], 1])[:3] for k in range(4)]
    assert np.allclose(drawn(stage, "/Asset/Scene/skin/part", seconds)[[0, 1, 4, 2]], by_hand, atol=5e-3)
