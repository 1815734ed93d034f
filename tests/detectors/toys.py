"""A scene that a detector learns in a minute."""

from __future__ import annotations

TOY = """
floor: {create.plane: {scale: 8}}
lamp: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 600, 0], look_at: [0, 0, 0], look_at_up_axis: [0, 0, -1], focal_length: 24}}
picture: {create.render_product: {camera: eye, resolution: [96, 96]}}
frames: {trigger.on_frame: {max_execs: 160}}
cubes: {create.cube: {count: 2, semantics: [["class", "cube"]]}}
spheres: {create.sphere: {count: 2, semantics: [["class", "sphere"]]}}
changes:
  with.frames:
    with.floor:
      randomizer.color: {colors: {distribution.uniform: {lower: [0.2, 0.2, 0.2], upper: [0.6, 0.6, 0.6]}}}
    with.cubes:
      modify.pose:
        position: {distribution.uniform: {lower: [-170, 30, -170], upper: [170, 30, 170]}}
        rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [0, 360, 0]}}
        scale: {distribution.uniform: {lower: 0.4, upper: 0.8}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0.6, 0, 0], upper: [1, 0.2, 0.2]}}}
    with.spheres:
      modify.pose:
        position: {distribution.uniform: {lower: [-170, 30, -170], upper: [170, 30, 170]}}
        scale: {distribution.uniform: {lower: 0.4, upper: 0.8}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0.6], upper: [0.2, 0.2, 1]}}}
output:
  writers.get: {name: CocoWriter, init_params: {output_dir: toy, semantic_types: ["class"]}, render_products: [picture]}
"""
