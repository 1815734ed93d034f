"""A small scene seen by three cameras, and a grid of their tiles."""

from __future__ import annotations

THINGS = """
box: {create.cube: {semantics: [["class", "box"]]}}
ball: {create.sphere: {position: [1.2, 0, 0.5], semantics: [["class", "ball"]]}}
floor: {create.plane: {scale: [4, 4, 1], position: [0, 0, -0.5]}}
sky: {create.light: {light_type: dome}}
sun: {create.light: {light_type: distant, rotation: [-40, 20, 0]}}
a: {create.camera: {position: [6, 0, 3], look_at: [0, 0, 0]}}
b: {create.camera: {position: [0, 6, 3], look_at: [0, 0, 0]}}
c: {create.camera: {position: [-4, -4, 2], look_at: [0, 0, 0]}}
go: {trigger.on_frame: {max_execs: 3}}
move:
  with.go:
    with.box:
      modify.pose: {position_z: {distribution.uniform: {lower: -0.4, upper: 0.4}}}
"""


GRID = "grid: {create.render_product_tiled: {cameras: [a, b, c], tile_resolution: [32, 24]}}\n"
