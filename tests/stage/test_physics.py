"""Rigid bodies: where they come to rest, that they stay apart, and that a frame of them is a pure function too."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import NotSupported
from rendersdg.omni.runner import Options, run_script
from rendersdg.stage.physics import bodies_of
from rendersdg.stage.pieces import convex_pieces, kind_of
from tests.conftest import Opener

pytest.importorskip("mujoco")
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
fruit: {randomizer.instantiate: {paths: ["rendersdg:fruit/apple", "rendersdg:fruit/orange", "rendersdg:fruit/pear"], size: 8}}
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
    inside = [e for e in snapshot.entities if "Instance" in e.prim_path]
    assert len(inside) == 8
    assert before < 1e-3  # fruit is about 0.08 m: 1 mm a 0.1 m of size
    moved = [np.linalg.norm(where(session, 240, e.prim_path) - where(session, 238, e.prim_path)) for e in inside]
    assert max(moved) < 2e-3
    assert all(e.world_from_local[2, 3] > -0.01 for e in inside)


def test_flat_and_connected_parts_become_convex_pieces() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    both = np.concatenate([square, square + (5, 0, 0)])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)

    pieces, _ = convex_pieces(both, triangles, "parts")

    assert [len(p) for p in pieces] == [8, 8]
    assert np.allclose([p[:, 2].min() for p in pieces], -0.05) and np.allclose([p[:, 2].max() for p in pieces], 0)
    assert len(convex_pieces(both, triangles, "hull")[0]) == 1


def test_a_concave_mesh_keeps_its_inside() -> None:
    """A tray of one connected mesh: what is within stays free, what is behind a face is filled, no thicker than its
    wall.
    """
    import trimesh

    tray = _tray()
    points, triangles = np.asarray(tray.vertices, float), np.asarray(tray.faces, np.int32)

    pieces, is_rough = convex_pieces(points, triangles, "exact")
    hulls = [trimesh.convex.convex_hull(p) for p in pieces]

    def filled(*point: float) -> bool:
        return any(((h.face_normals * (np.array(point) - h.triangles[:, 0])).sum(1) <= 1e-9).all() for h in hulls)

    assert not is_rough and len(pieces) > 5
    assert not filled(0, 0, 0.3) and not filled(0, 0, 0.06) and not filled(0.9, 0.9, 0.3)
    assert filled(0, 0, 0.03) and filled(0.98, 0, 0.3) and filled(0, -0.98, 0.3)
    assert max(np.ptp(p, axis=0)[0] for p in pieces) <= 2 + 1e-6 and points[:, 2].min() - 1e-6 <= min(
        p[:, 2].min() for p in pieces
    )
    assert len(convex_pieces(points, triangles, "parts")[0]) == 1


def _tray() -> Any:
    """Return a box of 2 x 2 x 0.5 m, open above, with walls and floor 0.05 m thick, as one closed mesh."""
    outer = [(x, y, z) for z in (0, 0.5) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    inner = [(x * 0.95, y * 0.95, z) for z in (0.05, 0.5) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    quads = [(3, 2, 1, 0), (8, 9, 10, 11)]
    for k in range(4):
        n = (k + 1) % 4
        quads += [(k, n, n + 4, k + 4), (8 + n, 8 + k, 12 + k, 12 + n), (4 + k, 4 + n, 12 + n, 12 + k)]
    import trimesh

    return trimesh.Trimesh(outer + inner, [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], process=False)


@pytest.mark.parametrize(
    ("approximation", "is_body", "kind"),
    [
        ("none", False, "exact"),
        ("convexHull", False, "parts"),
        ("boundingCube", True, "box"),
        ("sdf", True, "parts"),
        ("none", True, "hull"),
    ],
)
def test_collision_shapes_are_those_of_usd(approximation: str, is_body: bool, kind: str) -> None:
    assert kind_of(approximation, is_body=is_body) == kind


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


def test_without_the_extra_bodies_stay_and_it_is_said(open_scene: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "mujoco", None)
    session = open_scene(SCENE)

    assert where(session, 60, "Cube")[2] == pytest.approx(1.0)
    assert any("rendersdg[physics]" in e["text"] for e in session.recorder.report.as_json())
    with pytest.raises(NotSupported):
        open_scene(SCENE, strict=True).snapshot(60)


def test_a_stepping_script_sees_its_bodies_fall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "a.py"
    script.write_text(
        dedent(
            """
            from isaacsim import SimulationApp
            app = SimulationApp({"headless": True})
            import json
            import omni.replicator.core as rep
            import omni.timeline, omni.usd

            ground = rep.functional.create.plane(scale=(10, 10, 1), name="Ground")
            rep.functional.physics.apply_collider(ground)
            cube = rep.functional.create.cube(name="Cube", position=(0, 0, 2), scale=0.5)
            rep.functional.physics.apply_rigid_body(cube, with_collider=True)

            def height():
                return omni.usd.get_world_transform_matrix(cube).ExtractTranslation()[2]

            timeline = omni.timeline.get_timeline_interface()
            timeline.set_end_time(100)
            timeline.play()
            found = [height()]
            for _ in range(30):
                app.update()
            found.append(height())
            for _ in range(120):
                app.update()
            found.append(height())
            rep.functional.modify.pose(cube, position_value=(0, 0, 2))
            for _ in range(12):
                app.update()
            found.append(height())
            timeline.stop()
            found.append(height())
            json.dump(found, open("heights.json", "w"))
            app.close()
            """
        )
    )
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error
    start, falling, rest, again, stopped = json.loads((tmp_path / "heights.json").read_text())
    assert start == 2 and stopped == 2
    assert abs(falling - (2 - 9.81 * 0.5**2 / 2)) < 0.02
    assert abs(rest - 0.25) < 1e-3
    assert abs(again - (2 - 9.81 * 0.2**2 / 2)) < 0.01


THINGS = """
    from isaacsim import SimulationApp
    app = SimulationApp({"headless": True})
    import numpy as np
    import omni.replicator.core as rep
    import omni.timeline, omni.usd
    from pxr import Gf, PhysxSchema, Sdf, UsdGeom, UsdPhysics, UsdShade

    f = rep.functional
    stage = omni.usd.get_context().get_stage()
    timeline = omni.timeline.get_timeline_interface()
    timeline.set_end_time(1000)

    def body(name, shape="cube", **pose):
        prim = getattr(f.create, shape)(name=name, **pose)
        f.physics.apply_rigid_body(prim, with_collider=True)
        return prim

    def at(prim):
        return np.array(omni.usd.get_world_transform_matrix(prim).ExtractTranslation())

    def wait(seconds):
        timeline.play()
        for _ in range(round(seconds * 60)):
            app.update()

    def material(path, friction, restitution, *prims):
        made = UsdShade.Material.Define(stage, path)
        api = UsdPhysics.MaterialAPI.Apply(made.GetPrim())
        api.CreateDynamicFrictionAttr(friction); api.CreateStaticFrictionAttr(friction); api.CreateRestitutionAttr(restitution)
        for prim in prims:
            UsdShade.MaterialBindingAPI.Apply(prim).Bind(made, UsdShade.Tokens.weakerThanDescendants, "physics")
"""
GRAVITY = """
    scene = UsdPhysics.Scene.Define(stage, "/PhysicsScene")
    scene.CreateGravityMagnitudeAttr(2.0); scene.CreateGravityDirectionAttr(Gf.Vec3f(0, 1, 0))
    falls, floats, slows = body("falls"), body("floats", position=(3, 0, 0)), body("slows", position=(6, 0, 0))
    physx = PhysxSchema.PhysxRigidBodyAPI.Apply(floats)
    physx.GetDisableGravityAttr().Set(True)
    PhysxSchema.PhysxRigidBodyAPI.Apply(slows).CreateLinearDampingAttr().Set(4.0)
    wait(1.0)
    assert np.allclose(at(falls), (0, 1, 0), atol=0.02), at(falls)  # g t^2 / 2
    assert np.allclose(at(floats), (3, 0, 0), atol=1e-6), at(floats)
    expected = 2 / 4 * (1 - (1 - np.exp(-4)) / 4)  # v' = g - 4 v
    assert abs(at(slows)[1] - expected) < 0.01, (at(slows), expected)
"""
BOUNCE = """
    ground = f.create.plane(name="Ground", scale=(40, 40, 1))
    f.physics.apply_collider(ground)
    heights = {}
    balls = {e: body(f"ball_{int(e * 10)}", "sphere", position=(3 * k, 0, 2.5)) for k, e in enumerate((0.0, 0.5, 0.8))}
    for e, ball in balls.items():
        material(f"/Looks/M{int(e * 10)}", 0.5, e, ball)
    material("/Looks/G", 0.5, 0.0, ground)
    seen = {e: [] for e in balls}
    for _ in range(150):
        wait(1 / 60)
        for e, ball in balls.items():
            seen[e].append(at(ball)[2] - 0.5)
    for e, track in seen.items():
        after = int(np.argmin(track[:45]))
        expected = 2.0 * (e / 2) ** 2  # the two restitutions are averaged
        assert abs(max(track[after:]) - expected) < 0.03 + 0.1 * expected, (e, max(track[after:]), expected)
"""
SLIDE = """
    ramp = f.create.cube(name="Ramp", scale=(40, 4, 1), rotation=(0, 20, 0))
    f.physics.apply_collider(ramp)
    material("/Looks/Ramp", 0.2, 0.0, ramp)
    down = np.array([np.cos(np.radians(20)), 0, -np.sin(np.radians(20))])
    up = np.array([np.sin(np.radians(20)), 0, np.cos(np.radians(20))])
    slips = body("slips", position=tuple(up * 0.75), rotation=(0, 20, 0), scale=0.5)
    holds = body("holds", position=tuple(up * 0.75 + (0, 1, 0)), rotation=(0, 20, 0), scale=0.5)
    material("/Looks/Slip", 0.0, 0.0, slips)  # the mean with the ramp: 0.1, under tan 20 = 0.36
    material("/Looks/Hold", 1.2, 0.0, holds)  # 0.7
    before = at(slips), at(holds)
    wait(1.0)
    gone = (at(slips) - before[0]) @ down
    expected = 9.81 * (np.sin(np.radians(20)) - 0.1 * np.cos(np.radians(20))) / 2
    assert abs(gone - expected) < 0.05 * expected, (gone, expected)
    assert abs((at(holds) - before[1]) @ down) < 0.02
"""
BIN = """
    points = [(x, y, z) for z in (0, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    for name, x, shape in (("exact", 0, None), ("hull", 5, "convexHull"), ("box", 10, "boundingCube")):
        mesh = UsdGeom.Mesh.Define(stage, f"/{name}")  # open above, facing inwards
        mesh.CreatePointsAttr(points); mesh.CreateSubdivisionSchemeAttr("none")
        mesh.CreateFaceVertexCountsAttr([4] * 5)
        mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 3, 1, 0, 4, 5, 2, 1, 5, 6, 3, 2, 6, 7, 0, 3, 7, 4])
        UsdGeom.Xformable(mesh).AddTranslateOp().Set((x, 0, 0))
        f.physics.apply_collider(mesh.GetPrim(), **({} if shape is None else {"approximation": shape}))
        body(f"in_{name}", "sphere", position=(x, 0, 2.5), scale=0.5)
    wait(2.5)
    assert abs(at(stage.GetPrimAtPath("/in_exact"))[2] - 0.25) < 2e-3, at(stage.GetPrimAtPath("/in_exact"))
    for name in ("hull", "box"):
        assert abs(at(stage.GetPrimAtPath(f"/in_{name}"))[2] - 1.25) < 2e-3, at(stage.GetPrimAtPath(f"/in_{name}"))
"""
SWITCHED_OFF = """
    ground = f.create.plane(name="Ground", scale=(40, 40, 1))
    f.physics.apply_collider(ground)
    ghost = f.create.cube(name="Ghost", position=(0, 0, 1))
    f.physics.apply_collider(ghost)
    UsdPhysics.CollisionAPI(ghost).CreateCollisionEnabledAttr(False)
    cube = body("cube", position=(0, 0, 3), scale=0.5)
    wait(2.0)
    assert abs(at(cube)[2] - 0.25) < 1e-3, at(cube)
"""


@pytest.mark.parametrize("name", ["GRAVITY", "BOUNCE", "SLIDE", "BIN", "SWITCHED_OFF"])
def test_bodies_move_as_the_formulas_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "a.py"
    script.write_text(dedent(THINGS) + dedent(globals()[name]))
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error


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
