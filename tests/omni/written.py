"""A small scene and what tests of the exports do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rendersdg.farm.job import Job, opened
from rendersdg.omni.exports import export_script
from rendersdg.omni.targets import TARGETS
from tests.conftest import CAMERA, HEAD, needs_shared
from tests.omni import replicator_fake

SMALL = (
    HEAD
    + CAMERA
    + """
sky: {create.light: {light_type: dome, intensity: 800, texture: "rendersdg:texture/sky"}}
hue: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}
floor: {create.plane: {scale: 4, semantics: [["class", "floor"]]}}
crate: {create.from_usd: {usd: "rendersdg:warehouse/crate", position: [0, 1, 0]}}
frames: {trigger.on_frame: {max_execs: 3}}
spill_def:
  randomizer.register:
    spill:
      inputs: {bed: null}
      parts:
        randomizer.instantiate: {size: 3, paths: ["rendersdg:fruit/apple", "rendersdg:fruit/pear"]}
      with.parts:
        modify.pose: {scale: 8}
        randomizer.scatter_2d: {surface_prims: [bed]}
play:
  with.frames:
    randomizer.spill: {bed: floor}
    with.floor:
      randomizer.color: {colors: hue}
    with.crate:
      modify.pose: {rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [0, 0, 360]}}}
save:
  writers.get:
    name: BasicWriter
    init_params: {output_dir: basic, rgb: true, bounding_box_2d_tight: true, instance_segmentation: true,
      distance_to_camera: true}
    render_products: view
coco:
  writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}
yolo:
  writers.get:
    name: YoloWriter
    init_params: {output_dir: yolo, classes: [apple, pear, crate, floor]}
    render_products: view
"""
)


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".rendersdg" not in p.parts and p.name != "manifest.json"
    }


def rendered(scene: Path, frames: int, **job: Any) -> dict[str, bytes]:
    """The files of a scene's first frames, each writer's below the last part of its output_dir."""
    found: dict[str, bytes] = {}
    with opened(Job(str(scene), **job)) as (session, _):
        for frame in range(frames):
            found |= session.make(frame).files
        alone = session.writers[0].use.params.get("output_dir") if len(session.writers) == 1 else None
    return {f"{Path(alone).name}/{p}" if alone else p: data for p, data in found.items()}


def exported(scene: Path, file: Path, target: str = "isaac-5", **job: Any) -> tuple[tuple[str, str], ...]:
    with opened(Job(str(scene), **job)) as (session, _):
        return export_script(session, file, title=scene.stem, target=target, frames=None)


def api(target: str) -> replicator_fake.Api:
    made = replicator_fake.Api(needs_shared("replicator", "api.yaml"), TARGETS[target])
    made.writers = {
        f"Rendersdg{n}"
        for n in ("CocoWriter", "YoloWriter", "KittiWriter", "VocWriter", "DefectWriter", "DataVisualizationWriter")
    }
    return made
