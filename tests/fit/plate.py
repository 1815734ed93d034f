"""A plate of hot-rolled steel seen by an inspection camera."""

from __future__ import annotations

from tests.conftest import HEAD

PLATE = (
    HEAD
    + """
plate: {create.plane: {scale: [0.21, 0.21, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 419.1,
  clipping_range: [0.1, 10]}}
view: {create.render_product: {camera: eye, resolution: [128, 128]}}
frames: {trigger.on_frame: {max_execs: 50}}
look:
  with.frames:
    with.plate:
      surfaces.hot_rolled:
        # the steel
        specular: 0
        level: %s
        grain: 0
bench: {with.frames: {with.eye: {inspection.sensor: {mono: true, tone: linear, bits: 8, gain: 0.01, read_noise: 10}}}}
"""
)
