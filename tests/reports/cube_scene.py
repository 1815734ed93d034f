"""A scene of one cube that moves and turns, whose frames stand for any set: its pictures are painted over."""

from __future__ import annotations

_TEXT = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
part: {create.cube: {scale: 0.3, semantics: [["class", "part"]]}}
sun: {create.light: {light_type: distant, intensity: 1500}}
eye: {create.camera: {position: [2.5, 0, 2], look_at: [0, 0, 0], clipping_range: [0.01, 50]}}
view: {create.render_product: {camera: eye, resolution: [WIDTH, HEIGHT]}}
often: {trigger.on_frame: {max_execs: FRAMES}}
move:
  with.often:
    with.part:
      modify.pose:
        position: {distribution.uniform: {lower: [-1, -1, 0], upper: [1, 1, 0]}}
        rotation: {distribution.uniform: {lower: [0, 0, -180], upper: [0, 0, 180]}}
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
"""


def scene_of(frames: int, size_wh: tuple[int, int]) -> str:
    """Return the scene's text."""
    width, height = map(str, size_wh)
    return _TEXT.replace("FRAMES", str(frames)).replace("WIDTH", width).replace("HEIGHT", height)
