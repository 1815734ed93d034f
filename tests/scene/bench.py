"""An inspection bench: a plate, a mark on it, and a lamp."""

from __future__ import annotations

BENCH = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.2, metallic: 1.0}}
plate: {create.plane: {scale: [0.1, 0.1, 1], material: steel, semantics: [["class", "plate"]]}}
eye: {create.camera: {position: [0, 0, 0.5], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 80,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [128, 128]}}
frames: {trigger.on_frame: {max_execs: 8}}
marks: {with.frames: {with.plate: {defects.%s}}}
lamp: {inspection.%s}
"""
