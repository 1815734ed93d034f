"""A scene for the colour backends."""

from __future__ import annotations

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5}}
floor: {create.plane: {scale: [3, 3, 1], position: [0, 0, -0.5]}}
ball: {create.sphere: {position: [0, -0.6, 0], material: steel}}
box: {create.cube: {position: [0, 0.6, 0], rotation: [0, 0, 30], scale: 0.7}}
sun: {create.light: {light_type: distant, rotation: [40, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 400}}
eye: {create.camera: {position: [3.5, 0.4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
frames: {trigger.on_frame: {max_execs: 3}}
marks:
  with.frames:
    with.ball:
      defects.fray:
        {length: 500, breadth: 400, position: [0.5, -0.6, 0.1], red: 0.05, green: 0.05, blue: 0.05, cover: 1,
         irregular: 0}
"""
