"""A small scene for the live picture: a ball whose size is drawn, and a box, before one camera."""

from __future__ import annotations

SCENE = """# a ball of another size in each frame
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
ball: {create.sphere: {position: [0, -0.7, 0], semantics: [["class", "ball"]]}}
box: {create.cube: {position: [0, 0.8, 0], scale: 0.6, semantics: [["class", "box"]]}}
sun: {create.light: {light_type: distant, rotation: [40, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 400}}
eye: {create.camera: {position: [4, 0, 1], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [320, 240]}}
frames: {trigger.on_frame: {max_execs: 5}}
sizes:
  with.frames:
    with.ball:
      modify.pose:
        scale: {distribution.uniform: {lower: 0.4, upper: 0.8}}  # of the ball
out: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
"""
