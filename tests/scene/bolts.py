"""A plate with four bolts, some of which are missing."""

from __future__ import annotations

SCENE = """
plate: {create.cube: {scale: [2, 1.4, 0.1], position: [0, 0, -0.05], semantics: [[class, plate]]}}
brass: {create.material_omnipbr: {diffuse: [0.7, 0.5, 0.2], roughness: 0.4}}
bolt_a: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]],
  position: [-0.7, -0.4, 0.1]}}
bolt_b: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]],
  position: [0.7, -0.4, 0.1]}}
bolt_c: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]],
  position: [0.7, 0.4, 0.1]}}
bolt_d: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]],
  position: [-0.7, 0.4, 0.1]}}
bolts: {create.group: {items: [bolt_a, bolt_b, bolt_c, bolt_d]}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [1, -2.5, 3.5], look_at: [0, 0, 0], look_at_up_axis: [0, 0, 1], focal_length: 35,
  clipping_range: [0.1, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
losses:
  with.frames:
    with.bolts:
      defects.missing_part: {count: %s}
"""
