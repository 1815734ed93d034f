"""Scatters keep their promises: on the surface, apart, uniform."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from rendersdg.errors import RenderSDGError
from rendersdg.kernels.boxes import boxes_touch
from rendersdg.stage.scatter import contains, oriented_box, world_triangles
from tests.conftest import Opener
from tests.running import ran
from tests.stage.scattered import SCATTER


def test_scattered_prims_lie_on_the_surface_and_touch_nothing(open_scene: Opener) -> None:
    session = open_scene(SCATTER)
    for frame in range(3):
        state = session.builder.state(session.planner.plan(frame))
        boxes = [oriented_box(state, f"/Replicator/Cube_Xform{'' if k == 0 else f'_{k:02d}'}") for k in range(12)]
        boxes.append(oriented_box(state, "/Replicator/Cylinder_Xform"))

        centres = np.array([b[0] for b in boxes[:12]])
        assert (
            (np.abs(centres[:, 0]) <= 2).all()
            and (np.abs(centres[:, 1]) <= 1).all()
            and np.allclose(centres[:, 2], 0.125)
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


def test_a_surface_that_is_a_guide_is_scattered_on_and_not_drawn(open_scene: Opener) -> None:
    from pxr import UsdGeom

    session = open_scene(SCATTER)
    plane = next(p for p in session.recorder.stage.Traverse() if p.GetName() == "Plane")
    UsdGeom.Imageable(plane).CreatePurposeAttr("guide")

    state = session.builder.state(session.planner.plan(0))
    centre = oriented_box(state, "/Replicator/Cube_Xform")[0]
    assert abs(centre[0]) <= 2 and abs(centre[1]) <= 1 and abs(centre[2] - 0.125) < 1e-6
    assert not any("Plane" in i.prim_path for i in session.snapshot(0).instances)


@pytest.mark.parametrize(
    ("shape", "turn", "height"),
    [("sphere", 0, 0.5), ("cube", 0, 0.5), ("cube", 45, math.sqrt(0.5)), ("cylinder", 90, 0.5)],
)
def test_by_its_bounds_a_prim_stands_on_the_surface_however_it_is_turned(
    shape: str, turn: float, height: float, open_scene: Opener
) -> None:
    session = open_scene(
        f"""
floor: {{create.plane: {{scale: [8, 8, 1], position: [0, 0, 2]}}}}
thing: {{create.{shape}: {{rotation: [{turn}, 0, 0], position: [0, 0, 7], semantics: [["class", "thing"]]}}}}
frames: {{trigger.on_frame: {{max_execs: 2}}}}
lay: {{with.frames: {{with.thing: {{randomizer.scatter_2d: {{surface_prims: floor, offset: 0.1}}}}}}}}
"""
    )

    for frame in range(2):
        state = session.builder.state(session.planner.plan(frame))
        points = world_triangles(state, [f"/Replicator/{shape.capitalize()}_Xform"]).reshape(-1, 3)
        assert points[:, 2].min() == pytest.approx(2 + 0.1, abs=1e-6)
        assert (points[:, 2].min() + points[:, 2].max()) / 2 == pytest.approx(2 + 0.1 + height, abs=1e-3)


FAR_AWAY = """
floor: {create.plane: {scale: [2, 2, 1], position: [0, 0, 1], rotation: [0, 30, 0]}}
part: {create.mesh: {vertices: [[9, 8, 7], [10, 8, 7], [9, 9, 7], [9, 8, 9]], triangles: [[0, 2, 1], [0, 1, 3],
  [0, 3, 2], [1, 2, 3]], semantics: [["class", "part"]], scale: 0.2, position: [3, 4, 5]}}
frames: {trigger.on_frame: {max_execs: 4}}
lay: {with.frames: {with.part: {
  modify.pose: {rotation: {distribution.uniform: {lower: [-180, -180, -180], upper: [180, 180, 180]}}},
  randomizer.scatter_2d: {surface_prims: floor}}}}
"""


def test_a_part_far_from_its_origin_lies_on_the_surface_and_not_beside_it(open_scene: Opener) -> None:
    session = open_scene(FAR_AWAY)
    normal = np.array([math.sin(math.radians(30)), 0, math.cos(math.radians(30))])

    for frame in range(4):
        state = session.builder.state(session.planner.plan(frame))
        points = world_triangles(state, ["/Replicator/Mesh_Xform"]).reshape(-1, 3) - [0, 0, 1]
        centre = oriented_box(state, "/Replicator/Mesh_Xform")[0] - [0, 0, 1]
        over = centre - normal * (centre @ normal)
        along = np.array([math.cos(math.radians(30)), 0, -math.sin(math.radians(30))])
        assert (points @ normal).min() == pytest.approx(0, abs=1e-6)
        assert abs(over @ along) <= 1 and abs(over[1]) <= 1


def test_by_its_pivot_the_origin_lies_at_the_point_as_in_replicator(open_scene: Opener) -> None:
    session = open_scene(FAR_AWAY.replace("surface_prims: floor", "surface_prims: floor, origin: pivot"))
    normal = np.array([math.sin(math.radians(30)), 0, math.cos(math.radians(30))])

    for frame in range(4):
        state = session.builder.state(session.planner.plan(frame))
        origin = state.world("/Replicator/Mesh_Xform")[:3, 3] - [0, 0, 1]
        assert origin @ normal == pytest.approx(0, abs=1e-9) and np.abs(origin).max() <= 1


def test_a_script_scatters_by_the_pivot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep
        import omni.usd

        floor = rep.create.plane(scale=4)
        with rep.create.cube():
            rep.randomizer.scatter_2d(surface_prims=floor)
        rep.orchestrator.step()
        stage = omni.usd.get_context().get_stage()
        prim = next(p for p in stage.Traverse() if p.GetName() == "Cube_Xform")
        assert prim.GetAttribute("xformOp:translate").Get()[1] == 0
        """,
        monkeypatch,
    )

    assert (outcome.error, outcome.exit_code) == (None, 0)


def test_each_prim_is_lifted_by_its_own_offset(open_scene: Opener) -> None:
    """An offset that varies is drawn for each prim; it once was read without end."""
    session = open_scene(
        """
floor: {create.plane: {scale: [4, 4, 1]}}
dots: {create.sphere: {count: 20, scale: 0.01}}
often: {trigger.on_frame: {max_execs: 2}}
go:
  with.often:
    with.dots:
      randomizer.scatter_2d: {surface_prims: floor, origin: pivot, offset: {distribution.choice: {choices: [0.5, 1.5]}}}
"""
    )
    state = session.builder.state(session.planner.plan(0))
    heights = [state.world(f"/Replicator/Sphere_Xform{f'_{k:02d}' if k else ''}")[2, 3] for k in range(20)]

    assert {round(float(height), 9) for height in heights} == {0.5, 1.5}
