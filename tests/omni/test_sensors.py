"""Exports of scenes with lidars and depth sensors: scripts that rendersdg runs to the same bytes, YAML and USD."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Usd

from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.runner import Options, run_script
from tests.conftest import HEAD
from tests.omni.written import files, rendered

SCENE = (
    HEAD
    + """
sky: {create.light: {light_type: dome, intensity: 400}}
floor: {create.plane: {scale: 9, semantics: [["class", "floor"]]}}
lidar: {create.omni_lidar: {position: [0, 0, 1.4], channels: 8, vertical_fov: [-40, 0], range_noise: 0.01}}
scan: {create.render_product: {camera: lidar, resolution: [1, 1]}}
eye: {create.camera: {position: [3, 0, 2], look_at: [0, 0, 0]}}
seen: {create.render_product: {camera: eye, resolution: [32, 24]}}
frames: {trigger.on_frame: {max_execs: 2}}
depth: {with.frames: {with.eye: {inspection.depth_sensor: {noise_sigma: {distribution.uniform: {lower: 0, upper: 1}}}}}}
points: {writers.get: {name: LidarWriter, init_params: {output_dir: points}, render_products: scan}}
measured:
  writers.get: {name: BasicWriter, init_params: {output_dir: depth, depth_sensor_distance: true}, render_products: seen}
"""
)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    file = tmp_path / "scene.yaml"
    file.write_text(SCENE)
    return file


def exported(scene: Path, kind: str, file: Path) -> str:
    with opened(Job(str(scene))) as (session, _):
        notes = EXPORTS[kind](session, file, title="scene", target="isaac-6", frames=None)
    return str(list(notes or ()))


def test_an_exported_script_measures_the_same(scene: Path, tmp_path: Path) -> None:
    notes = exported(scene, "replicator-script", tmp_path / "again.py")
    outcome = run_script(tmp_path / "again.py", Options(out=str(tmp_path / "made")))

    assert outcome.error is None, outcome.error
    wanted, found = rendered(scene, 2), files(tmp_path / "made")
    assert len(wanted) == 8 and {p: found.get(p) for p in wanted} == wanted
    assert "range_noise is left out" in notes and "depth_sensor is applied by rendersdg alone" in notes


def test_exported_yaml_says_what_it_lacks(scene: Path, tmp_path: Path) -> None:
    notes = exported(scene, "replicator-yaml", tmp_path / "again.yaml")

    assert "channels is 8: say so in this file where rendersdg reads it" in notes
    assert "create.omni_lidar" in (tmp_path / "again.yaml").read_text()


def test_exported_usd_has_the_lidar_with_its_beams(scene: Path, tmp_path: Path) -> None:
    notes = exported(scene, "usd", tmp_path / "again.usda")

    stage = Usd.Stage.Open(str(tmp_path / "again.usda"))
    prim = stage.GetPrimAtPath("/Replicator/OmniLidar_Xform/OmniLidar")
    assert prim.GetTypeName() == "OmniLidar"
    assert len(prim.GetAttribute("omni:sensor:Core:emitterState:s001:elevationDeg").Get()) == 8
    assert "inspection.depth_sensor" in notes
