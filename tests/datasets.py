"""Datasets made by the command line, and the sums of their files."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

from tests import commands
from tests.conftest import ROOT

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
sky: {create.light: {light_type: dome, texture: "rendersdg:texture/sky"}}
sun: {create.light: {light_type: distant, rotation: [20, 30, 0], intensity: 1500}}
floor: {create.plane: {scale: 3, semantics: [["class", "floor"]]}}
things: {create.cube: {count: 4, scale: 0.3, semantics: [["class", "box"]]}}
balls: {create.sphere: {count: 3, scale: 0.3, semantics: [["class", "ball"]]}}
all: {create.group: {items: [things, balls]}}
eye: {create.camera: {position: [2.5, 0, 2], look_at: [0, 0, 0], clipping_range: [0.01, 50]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
often: {trigger.on_frame: {max_execs: 12}}
seldom: {trigger.on_frame: {interval: 3, max_execs: 4}}
a:
  with.often:
    with.all:
      randomizer.scatter_2d: {surface_prims: [floor], check_for_collisions: true}
      randomizer.rotation: null
b:
  with.seldom:
    with.things:
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
basic:
  writers.get:
    name: BasicWriter
    init_params:
      {output_dir: basic, rgb: true, bounding_box_2d_tight: true, motion_vectors: true, distance_to_camera: true}
    render_products: view
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
yolo:
  writers.get:
    {name: YoloWriter, init_params: {output_dir: yolo, classes: [box, ball]}, render_products: view, trigger: seldom}
"""


def run(
    *arguments: str | Path, check: bool = True, fresh: bool = False, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    done = commands.run(*arguments, fresh=fresh, cwd=cwd)
    assert not check or done.returncode == 0, done.stderr
    return done


def sums(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def resealed(path: Path, before: str, after: str) -> None:
    """Change a file of a dataset's own as one would who knows how it is sealed."""
    body, _, end = path.read_bytes().rpartition(b',\n "')
    body = body.replace(before.encode(), after.encode())
    name = end.split(b'"')[0].decode()
    path.write_bytes(body + f',\n "{name}": "{sha256(body).hexdigest()}"\n}}\n'.encode())
