"""A ball under one light, for coats."""

from __future__ import annotations

SCENE = """
ball: {create.sphere: {scale: 0.2}}
key: {create.light: {light_type: distant, rotation: [10, 5, 0], intensity: 9000}}
eye: {create.camera: {position: [0, 0, 0.5], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [120, 120]}}
"""
