"""Exported stages hold the frames' own values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.errors import Report
from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.as_usd import author_frames, export_usd
from rendersdg.omni.baking import Baker
from rendersdg.omni.runner import Options, run_script
from rendersdg.stage.base import BaseScene
from tests.conftest import Opener
from tests.defects.damage import snapshot_of
from tests.omni.written import files, rendered
from tests.scene.bolts import SCENE
from tests.stage.scattered import SCATTER


def test_usd_holds_the_frames_as_time_samples(small: Path, tmp_path: Path) -> None:
    with opened(Job(str(small))) as (session, _):
        EXPORTS["usd"](session, tmp_path / "small.usda", title="small", target="isaac-5", frames=None)
        worlds = [session.builder.state(session.planner.plan(f)).world("/Replicator/Ref_Xform") for f in range(3)]
    stage = Usd.Stage.Open(str(tmp_path / "small.usda"))
    crate = UsdGeom.Xformable(stage.GetPrimAtPath("/Replicator/Ref_Xform"))

    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 2)
    for code, world in enumerate(worlds):
        assert np.array_equal(np.array(crate.ComputeLocalToWorldTransform(code)).T, world)


def test_usd_played_here_gives_the_scenes_pictures(small: Path, tmp_path: Path) -> None:
    with opened(Job(str(small))) as (session, _):
        EXPORTS["usd"](session, tmp_path / "small.usda", title="small", target="isaac-5", frames=None)
    script = tmp_path / "play.py"
    script.write_text(
        "import omni.usd, omni.replicator.core as rep\n"
        f"omni.usd.get_context().open_stage({str(tmp_path / 'small.usda')!r})\n"
        "view = rep.create.render_product('/Replicator/Camera_Xform/Camera', (64, 48))\n"
        "writer = rep.WriterRegistry.get('BasicWriter')\nwriter.initialize(output_dir='basic', "
        "rgb=True)\nwriter.attach([view])\n"
        "for _ in range(3):\n    rep.orchestrator.step(delta_time=1 / 60)\n"
    )
    outcome = run_script(script, Options(out=str(tmp_path / "out")))
    found, wanted = files(tmp_path / "out"), rendered(small, 3)

    assert outcome.error is None
    assert [found[f"basic/rgb_{k:04d}.png"] == wanted[f"basic/rgb_{k:04d}.png"] for k in range(3)] == [True] * 3


def test_opinions_written_into_usd_give_the_same_places(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCATTER)
    snapshot = session.snapshot(4)
    stage = author_frames(session, [4], Baker(session.recorder, tmp_path), lambda what, how: None)

    fresh = BaseScene(stage, Report())
    for instance in snapshot.instances:
        assert np.allclose(fresh.world(instance.prim_path), instance.world_from_mesh, atol=1e-9)


def test_a_stage_hides_what_is_missing_in_its_frames(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCENE % 1)
    EXPORTS["usd"](session, tmp_path / "plate.usda", title="plate", target="isaac-5", frames=range(3))
    stage = Usd.Stage.Open(str(tmp_path / "plate.usda"))

    for frame in range(3):
        lost = {p.part for p in snapshot_of(session, frame).missing}
        bolts = [p for p in stage.Traverse() if p.GetName().startswith("Cylinder_Xform")]
        hidden = {
            str(p.GetPath()) for p in bolts if UsdGeom.Imageable(p).ComputeVisibility(frame) == UsdGeom.Tokens.invisible
        }
        assert len(bolts) == 4 and hidden == lost


def test_an_exported_stage_is_read_by_usd_core_with_the_frames_values(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(
        'balls: {create.sphere: {count: 3, scale: 0.4, semantics: [["class", "ball"]]}}\nt: {trigger.on_frame: '
        "{max_execs: 4}}\n"
        "go:\n  with.t:\n    with.balls:\n      modify.pose: {position: {distribution.uniform: {lower: [0, 0, "
        "0], upper: [2, 2, 2]}}}\n"
        "      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}\n"
    )
    snapshot = session.snapshot(3)
    export_usd(session, tmp_path / "frame.usda", title="balls", target="kit", frames=range(3, 4))
    stage = Usd.Stage.Open(str(tmp_path / "frame.usda"))
    cache = UsdGeom.XformCache()
    for instance in snapshot.instances:
        world = np.array(cache.GetLocalToWorldTransform(stage.GetPrimAtPath(instance.prim_path))).T
        assert np.allclose(world, instance.world_from_mesh, atol=1e-6)
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    labels = stage.GetPrimAtPath("/Replicator/Sphere_Xform").GetAttribute("semantics:labels:class").Get()
    assert list(labels) == ["ball"]


def test_a_stage_names_the_points_that_the_scene_names(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(
        "box: {create.cube: {scale: 2, semantics: [[class, box]]}}\n"
        "named: {with.box: {modify.keypoints: {points: {lid: [0, 0, 0.5], base: [0, 0, -0.5]}, "
        "skeleton: [[lid, base]], depth: 0.3}}}\n"
    )
    (here,) = session.snapshot(0).keypoints
    EXPORTS["usd"](session, tmp_path / "box.usda", title="box", target="isaac-5", frames=None)
    again = open_scene("all: {create.from_usd: {usd: box.usda}}\n", folder=tmp_path)
    (there,) = again.snapshot(0).keypoints

    assert (there.names, there.skeleton) == (here.names, here.skeleton) and np.allclose(there.world, here.world)
    assert here.depth == 0.3 and there.depth is not None and abs(there.depth - 0.3) < 1e-9
