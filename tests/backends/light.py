"""A white wall, and the light that comes from it."""

from __future__ import annotations

import numpy as np

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from tests.conftest import Opener

WHITE = "paint: {create.material_omnipbr: {diffuse: [1, 1, 1], roughness: 1.0, specular: 0.0}}\n"
WALL = WHITE + "wall: {create.cube: {scale: [0.1, 8, 8], material: paint}}\n"


def furnace(roughness: float, metallic: float = 0.0) -> str:
    """Return a white ball in a room that sends light of 1 from all sides."""
    return f"""
white: {{create.material_omnipbr: {{diffuse: [1, 1, 1], roughness: {roughness}, metallic: {metallic},
  specular: 0.5}}}}
ball: {{create.sphere: {{scale: 1.5, material: white}}}}
room: {{create.light: {{light_type: dome, intensity: 1}}}}
"""


def radiance(open_scene: Opener, lights: str, body: str = WALL) -> np.ndarray:
    session = open_scene(body + lights)
    snapshot = session.snapshot(0)
    buffers, _ = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))
    assert buffers.hdr is not None
    return buffers.hdr[..., :3]
