"""The last frame on the stage: scripts read it between frames, and frames do not see it."""

from __future__ import annotations

import numpy as np
from pxr import Gf, Usd, UsdGeom

from rendersdg.geometry import aim_rotation, euler_rotation
from rendersdg.replicator.engine import Engine
from rendersdg.scene import create, distribution, modify, trigger
from rendersdg.stage.pose import Pose, write_parts

TRANSLATE = "xformOp:translate"


def falling(engine: Engine) -> tuple[Usd.Prim, Usd.Prim]:
    """Record a ball that stands 10 higher each frame and is hidden, and a camera that looks at it."""
    ball = create.sphere(position=(0, 0, 1))
    camera = create.camera(position=(0, 0, 500), look_at=ball)
    create.render_product(camera, (8, 8))
    with engine.recorder.scopes.inside(trigger.on_frame()):
        modify.pose(position=distribution.sequence([(10, 0, 0), (20, 0, 0), (30, 0, 0)]), scale=2, input_prims=ball)
        modify.visibility(False, input_prims=ball)
    stage = engine.recorder.stage
    return stage.GetPrimAtPath(ball.resolve({})[0]), stage.GetPrimAtPath(camera.resolve({})[0])


def test_after_a_frame_the_stage_holds_what_it_gave(engine: Engine) -> None:
    ball, camera = falling(engine)

    for k in (1, 2):
        engine.captures.capture()

        assert tuple(ball.GetAttribute(TRANSLATE).Get()) == (10 * k, 0, 0)
        assert ball.GetAttribute("visibility").Get() == "invisible"
        assert tuple(ball.GetAttribute("xformOp:scale").Get()) == (2, 2, 2)
        turned = np.array(UsdGeom.Xformable(camera).ComputeLocalToWorldTransform(0))[:3, :3].T
        # the ball stood at (0, 0, 1) when the camera was made and looked at it
        assert np.allclose(turned, aim_rotation(np.array([0, 0, 500.0]), np.array([0, 0, 1.0]), np.array([0, 1.0, 0])))


def test_what_a_frame_gave_is_off_the_stage_while_another_is_made(engine: Engine) -> None:
    ball, _camera = falling(engine)
    before = engine.recorder.stage.GetRootLayer().ExportToString()

    engine.captures.capture()
    engine.sessions.now()

    assert engine.recorder.stage.GetRootLayer().ExportToString() == before
    assert not engine.watch.is_edited and not engine.watch.is_nudged
    engine.sessions.shown.again()
    assert tuple(ball.GetAttribute(TRANSLATE).Get()) == (10, 0, 0)


def test_what_the_script_writes_after_a_frame_stays(engine: Engine) -> None:
    ball, _camera = falling(engine)
    other = UsdGeom.Xform.Define(engine.recorder.stage, "/other").GetPrim()
    engine.captures.capture()

    ball.GetAttribute(TRANSLATE).Set(Gf.Vec3d(7, 7, 7))
    UsdGeom.Xformable(other).AddTranslateOp().Set(Gf.Vec3d(1, 1, 1))
    seen = tuple(ball.GetAttribute(TRANSLATE).Get())
    engine.sessions.now()

    assert seen == tuple(ball.GetAttribute(TRANSLATE).Get()) == (7, 7, 7)
    assert tuple(ball.GetAttribute("xformOp:scale").Get()) == (1, 1, 1)
    assert tuple(other.GetAttribute(TRANSLATE).Get()) == (1, 1, 1)


def test_a_condition_looks_at_what_the_last_frame_gave(engine: Engine) -> None:
    ball, _camera = falling(engine)
    seen = []
    trigger.on_condition(lambda: seen.append(ball.GetAttribute(TRANSLATE).Get()[0]) or False)

    for _ in range(3):
        engine.captures.capture()

    assert seen == [0, 10, 20]


def test_operations_of_the_scripts_own_are_written_where_they_hold_the_pose() -> None:
    stage = Usd.Stage.CreateInMemory()
    own = UsdGeom.Xform.Define(stage, "/own")
    own.AddTranslateOp(), own.AddOrientOp()
    pose = Pose((1, 2, 3), (10, 20, 30))

    write_parts(own.GetPrim(), pose)
    names = [op.GetOpName() for op in own.GetOrderedXformOps()]
    write_parts(own.GetPrim(), pose.changed(scale=(2, 2, 2)))

    assert names == [TRANSLATE, "xformOp:orient"]
    matrix = np.array(own.ComputeLocalToWorldTransform(0)).T
    assert np.allclose(matrix, pose.changed(scale=(2, 2, 2)).matrix(), atol=1e-6)
    assert np.allclose(matrix[:3, :3] / 2, euler_rotation((10, 20, 30), "XYZ"), atol=1e-6)
