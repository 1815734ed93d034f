"""Points that files name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Opener

ASSET = """#usda 1.0
(
    defaultPrim = "Robot"
    metersPerUnit = 0.01
    upAxis = "Z"
    startTimeCode = 0
    endTimeCode = 24
    timeCodesPerSecond = 24
)
def Xform "Robot" (prepend apiSchemas = ["SemanticsLabelsAPI:class"]) {
    token[] semantics:labels:class = ["robot"]
    custom string[] rendersdg:keypoints:names = ["foot", "head"]
    custom point3f[] rendersdg:keypoints:points = [(0, 0, -50), (0, 0, 50)]
    custom string[] rendersdg:keypoints:skeleton = ["foot", "head", "head", "hand"]
    custom float rendersdg:keypoints:depth = 60
    def Cube "Body" {
        double size = 100
    }
    def Xform "Arm" {
        double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 24: (0, 100, 0) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Xform "Grip" {
            custom string rendersdg:keypoint = "hand"
            double3 xformOp:translate = (0, 60, 20)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }
    }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "robot.usda").write_text(ASSET)
    return tmp_path


def test_points_of_an_asset_go_with_its_prims(open_scene: Opener, folder: Path) -> None:
    text = """
frames: {trigger.on_frame: {num_frames: 2}}
robot: {create.from_usd: {usd: robot.usda, position: [3, 0, 0]}}
run: {with.frames: {modify.time: {value: {distribution.sequence: {items: [0, 0.5]}}}}}
"""
    session = open_scene(text, folder=folder)
    frames = [{n: p for k in session.snapshot(f).keypoints for n, p in zip(k.names, k.world)} for f in (0, 1)]
    first = session.snapshot(0).keypoints

    for frame, along in zip(frames, (0.0, 0.5)):
        assert list(frame) == ["foot", "head", "hand"]
        assert np.allclose(frame["foot"], [3, 0, -0.5]) and np.allclose(frame["head"], [3, 0, 0.5])
        assert np.allclose(frame["hand"], [3, 0.6 + along, 0.2])
    assert first[0].skeleton == (("foot", "head"), ("head", "hand")) and first[1].depth is None
    assert first[0].depth == pytest.approx(0.6)  # the asset is in centimetres
    assert {session.snapshot(0).entities[k.entity].semantics for k in first} == {(("class", "robot"),)}


def test_each_placed_asset_has_them_and_a_scene_may_add_more(open_scene: Opener, folder: Path) -> None:
    text = """
frames: {trigger.on_frame: {num_frames: 2}}
many: {with.frames: {randomizer.instantiate: {paths: [robot.usda], size: 2, name: robots}}}
robot: {create.from_usd: {usd: robot.usda, position: [0, 5, 0]}}
more: {with.robot: {modify.keypoints: {points: {nose: [0, 0, 0]}}}}
"""
    session = open_scene(text, folder=folder)
    snapshot = session.snapshot(0)
    owners = [(k.entity, name) for k in snapshot.keypoints for name in k.names]

    assert len(set(owners)) == len(owners) == 3 * 3 + 1
    assert [name for _, name in owners].count("hand") == 3
    assert not [e for e in session.recorder.report.entries if "belong to no object" in str(e)]


@pytest.mark.parametrize(
    ("old", "new", "message", "left"),
    [
        ("(0, 0, -50), (0, 0, 50)", "(0, 0, -50)", "must have as many points", {"hand"}),
        ("(0, 0, 50)]", "(0, 0, inf)]", "must have as many points", {"hand"}),
        ('"head", "head", "hand"', '"head", "head"', "a line has two ends", {"foot", "head", "hand"}),
        ("depth = 60", "depth = -1", "must be a number, 0 or more", {"foot", "head", "hand"}),
        ('names = ["foot", "head"]', 'names = ["foot", ""]', "must have as many points", {"hand"}),
    ],
)
def test_what_does_not_fit_is_reported_and_left_out(
    old: str, new: str, message: str, left: set[str], open_scene: Opener, folder: Path
) -> None:
    assert ASSET.count(old) == 1
    (folder / "robot.usda").write_text(ASSET.replace(old, new))
    session = open_scene("robot: {create.from_usd: {usd: robot.usda}}\n", folder=folder)

    assert {name for k in session.snapshot(0).keypoints for name in k.names} == left
    assert message in str(session.recorder.report.entries)


def test_usd_has_nothing_to_warn_of(open_scene: Opener, capfd: pytest.CaptureFixture[str]) -> None:
    open_scene("box: {create.cube: {semantics: [[class, box]]}}\n").snapshot(0)

    assert "Warning" not in capfd.readouterr().err
