"""Rigid bodies: where they come to rest, that they stay apart, and that a frame of them is a pure function too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import NotSupported
from rendersdg.stage import physics
from rendersdg.stage.assembly import build
from rendersdg.stage.physics import bodies_of
from tests.conftest import Opener
from tests.running import ran

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


SCENE = """
floor: {create.plane: {scale: 8}}
box: {create.cube: {scale: 0.4, position: [0, 0, 1.0], rotation: [0, 0, 20], semantics: [["class", "box"]]}}
ball: {create.sphere: {scale: 0.5, position: [2, 0, 1.5], semantics: [["class", "ball"]]}}
hard:
  with.floor: {physics.collider: {}}
falls:
  with.box: {physics.rigid_body: {}}
falls_too:
  with.ball: {physics.rigid_body: {velocity: [0, 1, 0]}, physics.mass: {mass: 2.0}}
t: {trigger.on_frame: {max_execs: 200, interval: 1}}
"""


FRUIT = """
floor: {create.plane: {scale: 8}}
crate: {create.from_usd: {usd: "rendersdg:warehouse/crate"}}
hard:
  with.floor: {physics.collider: {}}
harder:
  with.crate: {physics.collider: {}}
fruit: {randomizer.instantiate: {paths: ["rendersdg:fruit/apple", "rendersdg:fruit/orange", "rendersdg:fruit/pear"],
  size: 8}}
go:
  with.fruit:
    modify.pose: {position: {distribution.uniform: {lower: [-0.14, -0.09, 0.2], upper: [0.14, 0.09, 0.8]}}}
    physics.rigid_body: {}
t: {trigger.on_frame: {max_execs: 300}}
"""


DROPS = """
floor: {create.plane: {scale: 8}}
hard:
  with.floor: {physics.collider: {}}
ball: {create.sphere: {scale: 0.4, semantics: [["class", "ball"]]}}
t: {trigger.on_time: {interval: 0.5, max_execs: 3}}
go:
  with.t:
    with.ball:
      modify.pose: {position: {distribution.uniform: {lower: [-1, -1, 2], upper: [1, 1, 2]}}}
      physics.rigid_body: {}
"""


def where(session: Any, frame: int, name: str) -> np.ndarray[Any, Any]:
    snapshot = session.snapshot(frame)
    return next(e.world_from_local[:3, 3] for e in snapshot.entities if name in e.prim_path)


def test_bodies_fall_as_galileo_says_and_rest_on_what_is_below(open_scene: Opener) -> None:
    session = open_scene(SCENE)

    # free fall: z0 - g t^2 / 2, and the velocity given carries on
    t = 12 / 60
    assert abs(where(session, 12, "Cube")[2] - (1.0 - 9.81 * t * t / 2)) < 5e-3
    assert abs(where(session, 12, "Sphere")[1] - t) < 1e-3
    # at rest: half its height above the floor, within 1 mm a 0.1 m of size
    box = where(session, 180, "Cube")
    assert abs(box[2] - 0.2) < 1e-3
    assert np.allclose(box[:2], 0, atol=5e-3)
    assert abs(where(session, 180, "Sphere")[2] - 0.25) < 2.5e-3


def test_a_frame_does_not_depend_on_those_before_it(open_scene: Opener) -> None:
    stepped = open_scene(SCENE)
    for frame in range(0, 61, 5):
        stepped.snapshot(frame)
    backwards = open_scene(SCENE)
    backwards.snapshot(90)

    expected = open_scene(SCENE).snapshot(60)
    for session in (stepped, backwards):
        found = session.snapshot(60)
        for a, b in zip(found.instances, expected.instances):
            assert (a.world_from_mesh == b.world_from_mesh).all()


def test_what_is_placed_anew_starts_anew(open_scene: Opener) -> None:
    session = open_scene(DROPS)

    heights = [where(session, k, "Sphere")[2] for k in (0, 15, 30, 45, 60)]
    assert [round(h, 3) for h in heights[::2]] == [2.0, 2.0, 2.0]
    assert abs(heights[1] - (2 - 9.81 * 0.25**2 / 2)) < 5e-3 and abs(heights[3] - heights[1]) < 1e-6


def test_fruit_settles_in_a_crate_without_reaching_into_anything(open_scene: Opener) -> None:
    session = open_scene(FRUIT)

    snapshot = session.snapshot(240)
    world = session.builder.physics._world
    before = world.deepest()
    inside = [e for e in snapshot.entities if "SampledAssets" in e.prim_path]
    assert len(inside) == 8
    assert before < 1e-3  # fruit is about 0.08 m: 1 mm a 0.1 m of size
    moved = [np.linalg.norm(where(session, 240, e.prim_path) - where(session, 238, e.prim_path)) for e in inside]
    assert max(moved) < 2e-3
    assert all(e.world_from_local[2, 3] > -0.01 for e in inside)


def test_usd_physics_on_the_stage_is_read(open_scene: Opener) -> None:
    from pxr import UsdPhysics

    session = open_scene(
        'box: {create.cube: {position: [0, 0, 3], semantics: [["class", "box"]]}}\nt: {trigger.on_frame: '
        "{max_execs: 60}}\n"
    )
    prim = session.recorder.stage.GetPrimAtPath("/Replicator/Cube_Xform")
    UsdPhysics.RigidBodyAPI.Apply(prim).CreateVelocityAttr((1.0, 0.0, 0.0))
    UsdPhysics.MassAPI.Apply(prim).CreateMassAttr(3.0)

    motions = bodies_of(session.builder.state(session.planner.plan(0)))

    assert (
        motions["/Replicator/Cube_Xform"].velocity == (1.0, 0.0, 0.0) and motions["/Replicator/Cube_Xform"].mass == 3.0
    )
    assert abs(where(session, 30, "Cube")[0] - 0.5) < 1e-3


def test_a_collider_that_is_not_drawn_stops_what_falls(open_scene: Opener) -> None:
    from pxr import UsdGeom, UsdPhysics

    session = open_scene(SCENE)
    slab = UsdGeom.Cube.Define(session.recorder.stage, "/Slab")
    slab.CreateSizeAttr(0.2)  # its upper side is 0.1 above the floor that is drawn
    slab.CreatePurposeAttr(UsdGeom.Tokens.guide)
    UsdPhysics.CollisionAPI.Apply(slab.GetPrim())

    assert abs(where(session, 180, "Cube")[2] - 0.3) < 1e-3
    assert not any("Slab" in e.prim_path for e in session.snapshot(0).entities)


def test_without_the_extra_bodies_stay_and_it_is_said(open_scene: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "mujoco", None)
    session = open_scene(SCENE)

    assert where(session, 60, "Cube")[2] == pytest.approx(1.0)
    assert any("rendersdg[physics]" in e["text"] for e in session.recorder.report.as_json())
    with pytest.raises(NotSupported):
        open_scene(SCENE, strict=True).snapshot(60)


def test_a_scene_says_how_its_bodies_bounce(open_scene: Opener) -> None:
    bouncy = DROPS.replace(
        "physics.rigid_body: {}", "physics.rigid_body: {}\n      physics.physics_material: {restitution: 1.0}"
    )
    bouncy = (
        bouncy.replace("interval: 0.5", "interval: 2.0")
        .replace("[-1, -1, 2]", "[0, 0, 2]")
        .replace("[1, 1, 2]", "[0, 0, 2]")
    )
    dead, lively = (open_scene(text) for text in (bouncy.replace("restitution: 1.0", "restitution: 0.0"), bouncy))

    for session, expected in ((dead, 0.2), (lively, 0.2 + 1.8 / 4)):  # the ground gives nothing back: the mean is 0.5
        heights = [where(session, frame, "Sphere")[2] for frame in range(40, 80)]
        assert abs(max(heights) - expected) < 0.05


def test_bodies_that_a_script_pushes_each_step_go_on_in_the_same_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    monkeypatch.setattr(physics, "build", lambda *args: built.append(1) or build(*args))
    text = """
    import omni.physx, omni.replicator.core as rep, omni.timeline, omni.usd
    from isaacsim import SimulationApp
    app = SimulationApp({})
    bodies = [rep.functional.create.cone(name=f"cone_{k}", position=(k * 2, 0, 3), rotation=(20 * k, 50, 10 + k))
              for k in range(3)]
    for body in bodies:
        rep.functional.physics.apply_rigid_body(body, with_collider=True)
    timeline = omni.timeline.get_timeline_interface()
    timeline.set_end_time(100)
    timeline.play()
    for k in range(10):
        bodies[k % 3].GetAttribute("physics:velocity").Set((0.1 * k, 0.3, 1.0))
        omni.physx.get_physx_scene_query_interface().overlap_sphere_any(0.5, (0, 0, 0))
        app.update()
    """

    assert ran(tmp_path, text).error is None
    assert len(built) == 2  # the world that moves, and the one that is asked


POKED = """
import omni.physx, omni.replicator.core as rep, omni.timeline, omni.usd
from isaacsim import SimulationApp
from pxr import UsdPhysics
app = SimulationApp({})
f = rep.functional
holder = f.create.xform(name="holder")
bodies = [f.create.cone(name=f"cone_{k}", position=(k, 0.1 * k, 1 + k), rotation=(20 * k, 50, 10), parent=holder)
          for k in range(4)]
shelf = f.create.cube(name="shelf", position=(0, 0, -1), scale=(20, 20, 1))
f.physics.apply_collider(shelf)
for body in bodies:
    f.physics.apply_rigid_body(body, with_collider=True)
timeline = omni.timeline.get_timeline_interface()
timeline.set_end_time(100)
timeline.play()
for k in range(30):
    if k % 3 == 0:
        bodies[k % 4].GetAttribute("physics:velocity").Set((0.1 * k, 0.3, 2.0))
    if k == 8:
        f.modify.pose(bodies[1], position_value=(3, 3, 2))
    if k == 14:
        f.modify.pose(holder, position_value=(0, 0, 0.5))
    if k in (10, 20):
        UsdPhysics.CollisionAPI(shelf).GetCollisionEnabledAttr().Set(k == 20)
    app.update()
    FOUND = omni.physx.get_physx_scene_query_interface().overlap_sphere_any(0.2, (9, 9, -0.9))
    assert FOUND == (not 10 <= k < 20), k
values = [b.GetAttribute(n).Get() for b in bodies for n in ("xformOp:translate", "physics:velocity")]
open("values.txt", "w").write(repr(values))
"""


def test_reading_what_was_touched_alone_gives_what_reading_everything_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, edited, partly = [], physics._edited, []

    def watched(*args: Any) -> set[str] | None:
        partly.append(edited(*args))
        return partly[-1]

    for reads in (watched, lambda *args: None):
        monkeypatch.setattr(physics, "_edited", reads)
        folder = tmp_path / str(len(values))
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert ran(folder, POKED).error is None
        values.append((folder / "values.txt").read_text())

    assert values[0] == values[1]
    assert sum(found is not None for found in partly) >= 9  # most steps that followed a push
    assert any(found and len(found) == 4 for found in partly)  # what moves a holder moves what it holds
