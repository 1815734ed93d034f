"""The stage: poses agree with USD, scatters keep their promises, assets are placed right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Usd, UsdGeom
from scipy.optimize import linprog

from rendersdg.errors import RenderSDGError, Report
from rendersdg.geometry import ROTATION_ORDERS, distinct_rows, euler_from_rotation, euler_rotation
from rendersdg.kernels.boxes import boxes_touch
from rendersdg.omni.as_usd import author_frames
from rendersdg.omni.baking import Baker
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene
from rendersdg.stage.meshes import read_parts, triangulate
from rendersdg.stage.pose import Pose, column_matrix, write_pose
from rendersdg.stage.scatter import contains, oriented_box, world_triangles
from tests.conftest import Opener

numbers = st.tuples(*[st.floats(-170, 170)] * 3)


@given(numbers, numbers, st.tuples(*[st.floats(0.1, 9)] * 3), numbers, st.sampled_from(ROTATION_ORDERS))
@settings(max_examples=60)
def test_a_pose_is_what_usd_makes_of_it(t, r, s, p, order) -> None:  # type: ignore[no-untyped-def]
    stage = new_stage()
    prim = UsdGeom.Xform.Define(stage, "/x").GetPrim()
    pose = Pose(t, r, s, p, order)

    write_pose(prim, pose)

    usd = column_matrix(UsdGeom.Xformable(prim).GetLocalTransformation(Usd.TimeCode.Default()))
    assert np.allclose(usd, pose.matrix(), atol=1e-5 * (1 + np.abs(usd).max()))


@given(numbers)
def test_euler_angles_round_trip(angles) -> None:  # type: ignore[no-untyped-def]
    rotation = euler_rotation(angles)

    assert np.allclose(euler_rotation(euler_from_rotation(rotation)), rotation, atol=1e-9)


def test_an_unrotated_camera_looks_along_minus_x_on_a_z_up_stage(open_scene: Opener) -> None:
    session = open_scene(
        "eye: {create.camera: {position: [5, 0, 0]}}\nview: {create.render_product: {camera: eye, resolution: "
        "[8, 8]}}\n"
    )
    camera = session.snapshot(0).products[0].camera

    assert np.allclose(-camera.world_from_camera[:3, 2], [-1, 0, 0], atol=1e-12)
    assert np.allclose(camera.world_from_camera[:3, 1], [0, 0, 1], atol=1e-12)


def test_an_unrotated_camera_looks_along_minus_z_on_a_y_up_stage(open_scene: Opener) -> None:
    text = (
        "eye: {create.camera: {position: [0, 0, 500]}}\nview: {create.render_product: {camera: eye, resolution: [8, "
        "8]}}\n"
    )
    camera = open_scene(text, bare=True).snapshot(0).products[0].camera

    assert np.allclose(-camera.world_from_camera[:3, 2], [0, 0, -1], atol=1e-12)
    assert np.allclose(camera.world_from_camera[:3, 3], [0, 0, 5])  # centimetres


SCATTER = """
floor: {create.plane: {scale: [4, 2, 1]}}
things: {create.cube: {count: 12, scale: 0.25, semantics: [["class", "cube"]]}}
post: {create.cylinder: {scale: [0.4, 0.4, 1]}}
t: {trigger.on_frame: {max_execs: 9}}
go:
  with.t:
    with.things:
      randomizer.rotation: {min_angle: [0, 0, -180], max_angle: [0, 0, 180]}
      randomizer.scatter_2d: {surface_prims: [floor], no_coll_prims: [post], check_for_collisions: true}
"""


def test_scattered_prims_lie_on_the_surface_and_touch_nothing(open_scene: Opener) -> None:
    session = open_scene(SCATTER)
    for frame in range(3):
        state = session.builder.state(session.planner.plan(frame))
        boxes = [oriented_box(state, f"/Replicator/Cube_Xform{'' if k == 0 else f'_{k:02d}'}") for k in range(12)]
        boxes.append(oriented_box(state, "/Replicator/Cylinder_Xform"))

        centres = np.array([b[0] for b in boxes[:12]])
        assert (
            (np.abs(centres[:, 0]) <= 2).all() and (np.abs(centres[:, 1]) <= 1).all() and np.allclose(centres[:, 2], 0)
        )
        assert not any(boxes_touch(*boxes[i], *boxes[j]) for i in range(13) for j in range(i))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(1.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0), (3.0, 0.2, 0.1)]),
    st.sampled_from([0.98, 1.02]),
)
def test_boxes_touch_as_a_linear_program_says(seed: int, shape: tuple[float, float, float], apart: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = (
        np.linalg.qr(rng.normal(size=(3, 3)))[0] * np.array(sides)[:, None] for sides in (shape, (1, 0.7, 0.4))
    )
    gap = rng.normal(size=3)
    # the least r for which the boxes, made r times as large about their centres, have a point in common
    least = linprog(
        [0, 0, 0, 0, 0, 0, 1],
        A_ub=np.vstack([np.hstack([sign * np.eye(6), -np.ones((6, 1))]) for sign in (1, -1)]),
        b_ub=np.zeros(12),
        A_eq=np.hstack([first.T, -second.T, np.zeros((3, 1))]),
        b_eq=gap,
        bounds=[(None, None)] * 6 + [(0, None)],
    ).x[-1]
    gap *= apart / least

    assert boxes_touch(np.zeros(3), first, gap, second) == (apart < 1)
    assert boxes_touch(gap, second, np.zeros(3), first) == (apart < 1)


def test_scatter_is_uniform_by_area(open_scene: Opener) -> None:
    session = open_scene(
        "small: {create.plane: {scale: [1, 1, 1], position: [-5, 0, 0]}}\nlarge: {create.plane: {scale: [3, 1, "
        "1], position: [5, 0, 0]}}\n"
        "dots: {create.sphere: {count: 400, scale: 0.01}}\n"
        "go:\n  with.dots:\n    randomizer.scatter_2d: {surface_prims: [small, large]}\n"
    )
    state = session.builder.state(session.planner.plan(0))
    x = np.array([p.translate[0] for path, p in state.poses.items() if "Sphere" in path])

    assert len(x) == 400
    assert 0.68 < (x > 0).mean() < 0.82  # three quarters of the area


def test_scatter_3d_fills_the_volume_and_stays_out_of_the_hole(open_scene: Opener) -> None:
    session = open_scene(
        "outer: {create.cube: {scale: 2}}\nhole: {create.sphere: {scale: 1}}\ndots: {create.sphere: {count: 60, "
        "scale: 0.02}}\n"
        "go:\n  with.dots:\n    randomizer.scatter_3d: {volume_prims: [outer], volume_excl_prims: [hole], "
        "max_samp: [null, null, 0.5]}\n"
    )
    state = session.builder.state(session.planner.plan(0))
    points = np.array(
        [p.translate for path, p in state.poses.items() if "Sphere" in path and path != "/Replicator/Sphere_Xform"]
    )

    assert (np.abs(points) <= 1).all() and (points[:, 2] <= 0.5).all()
    assert (np.linalg.norm(points, axis=1) > 0.49).all()


def test_a_full_volume_raises_and_says_so(open_scene: Opener) -> None:
    session = open_scene(
        "outer: {create.cube: {scale: 1}}\nbig: {create.cube: {count: 9, scale: 0.8}}\n"
        "go:\n  with.big:\n    randomizer.scatter_3d: {volume_prims: [outer], check_for_collisions: true}\n"
    )

    with pytest.raises(RenderSDGError, match="no free place"):
        session.snapshot(0)


def test_contains_agrees_with_a_sphere(open_scene: Opener) -> None:
    session = open_scene("ball: {create.sphere: {scale: 2}}\n")
    state = session.builder.state(session.planner.plan(0))
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (300, 3))
    clear = np.abs(np.linalg.norm(points, axis=1) - 1) > 0.02

    inside = contains(world_triangles(state, ["/Replicator/Sphere_Xform"]), points)

    assert (inside == (np.linalg.norm(points, axis=1) < 1))[clear].all()


def test_rotations_are_uniform_on_the_group(open_scene: Opener) -> None:
    session = open_scene("c: {create.cube: {count: 3000, scale: 0.1}}\ngo:\n  with.c:\n    randomizer.rotation: null\n")
    state = session.builder.state(session.planner.plan(0))
    axes = np.array([euler_rotation(p.euler)[:, 0] for p in state.poses.values()])

    assert np.abs(axes.mean(0)).max() < 0.05
    assert np.allclose((axes**2).mean(0), 1 / 3, atol=0.03)  # a uniform direction has equal second moments


def test_opinions_written_into_usd_give_the_same_places(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCATTER)
    snapshot = session.snapshot(4)
    stage = author_frames(session, [4], Baker(session.recorder, tmp_path), lambda what, how: None)

    fresh = BaseScene(stage, Report())
    for instance in snapshot.instances:
        assert np.allclose(fresh.world(instance.prim_path), instance.world_from_mesh, atol=1e-9)


def test_size_pivot_look_at_and_orbit(open_scene: Opener) -> None:
    session = open_scene(
        "box: {create.cube: {scale: [1, 2, 4]}}\npin: {create.cube: {position: [0, 0, 3]}}\nmoon: "
        "{create.sphere: {scale: 0.1}}\n"
        "a:\n  with.box:\n    modify.pose: {size: 2}\nb:\n  with.pin:\n    modify.pose: {pivot: [0, 0, -1], "
        "rotation: [90, 0, 0]}\n"
        "c:\n  with.moon:\n    modify.pose_orbit: {barycentre: [0, 0, 3], distance: 2, azimuth: 90, elevation: 30}\n"
    )
    state = session.builder.state(session.planner.plan(0))
    low, high = state.bounds("/Replicator/Cube_Xform") or (None, None)
    pin_low, pin_high = state.bounds("/Replicator/Cube_Xform_01") or (None, None)

    assert np.allclose(high - low, 2.0)  # type: ignore[operator]
    assert np.allclose((pin_low[2], pin_high[2], pin_low[1]), (2.0, 3.0, -1.0))  # type: ignore[index]
    assert np.allclose(state.pose("/Replicator/Sphere_Xform").translate, [0, 2 * np.cos(np.pi / 6), 3 + 1])


def test_concave_polygons_are_covered_once() -> None:
    outline = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [2, 1, 0], [0, 4, 0]], float)  # an M: fans would spill over
    triangles, _ = triangulate(outline, np.array([5]), np.arange(5))
    corners = outline[triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2

    assert len(triangles) == 3 and (area > 0).all()
    assert area.sum() == pytest.approx(16 - 6)


def test_catmull_clark_of_a_cube_tends_to_its_known_limit() -> None:
    stage = Usd.Stage.CreateInMemory()
    mesh = UsdGeom.Mesh.Define(stage, "/m")
    corners = [(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)]
    mesh.CreatePointsAttr(corners)
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5])

    (part,) = read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), Report())

    radius = np.linalg.norm(part.mesh.vertices, axis=1)
    # one step moves a corner of the unit cube to 5/9 of its place (face, edge and old point with n = 3)
    assert len(part.mesh.triangles) == 6 * 16 * 2
    assert radius.min() > 0.85 and radius.max() < 1.05


def test_variants_switch_by_frame(open_scene: Opener, tmp_path) -> None:  # type: ignore[no-untyped-def]
    stage = Usd.Stage.CreateNew(str(tmp_path / "part.usda"))
    root = UsdGeom.Xform.Define(stage, "/Part").GetPrim()
    stage.SetDefaultPrim(root)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    variants = root.GetVariantSets().AddVariantSet("shape")
    for name, schema in (("ball", UsdGeom.Sphere), ("box", UsdGeom.Cube)):
        variants.AddVariant(name)
        variants.SetVariantSelection(name)
        with variants.GetVariantEditContext():
            schema.Define(stage, "/Part/geo")
    stage.Save()
    session = open_scene(
        "part: {create.from_usd: {usd: part.usda}}\nt: {trigger.on_frame: {max_execs: 4}}\n"
        "go:\n  with.t:\n    with.part:\n      modify.variant: {name: shape, value: {distribution.sequence: "
        "{items: [ball, box]}}}\n",
        folder=tmp_path,
    )
    counts = [len(s.meshes[s.instances[0].mesh].triangles) for s in map(session.snapshot, (0, 1, 2, 0))]

    assert counts[1] == 12 and counts[0] == counts[2] == counts[3] > 1000


@given(st.lists(st.tuples(*[st.sampled_from([-1.0, -0.0, 0.0, 2.5])] * 3), min_size=1))
def test_distinct_rows_are_those_of_numpy(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)

    first, which = distinct_rows(table)

    values, expected, inverse = np.unique(table + 0.0, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(table[first], values)
    assert np.array_equal(first, expected)
    assert np.array_equal(which, inverse.reshape(-1))
