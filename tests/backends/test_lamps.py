"""Lamps of the raster backend: shadows of many, of what glows, and light whose values are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.light import WHITE, radiance
from tests.conftest import Opener

LOOK = (
    "eye: {create.camera: {position: [4, 0, 4], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
    "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
)
FLOOR = WHITE + "floor: {create.plane: {scale: [8, 8, 1], material: paint}}\n" + LOOK
BAR = "bar: {create.cube: {position: [0, 0, 1], scale: [0.6, 0.6, 0.1], material: %s}}\n"
GLOW = "glow: {create.material_omnipbr: {diffuse: [1, 1, 1], emissive_color: [1, 1, 1], emissive_intensity: 0.01}}\n"


def lamps(count: int) -> str:
    """Return faint lamps, and the last one bright, all at one place."""
    strengths = [1] * (count - 1) + [20000]
    return "".join(
        f"lamp{k}: {{create.light: {{light_type: sphere, position: [0, 0, 3], scale: 0.1, intensity: {s}}}}}\n"
        for k, s in enumerate(strengths)
    )


@pytest.mark.parametrize("count", [9, 20])
def test_every_light_throws_a_shadow_however_many_there_are(open_scene: Opener, count: int) -> None:
    hdr = radiance(open_scene, lamps(count), FLOOR + BAR % "paint")[..., 0]

    assert hdr[26, 32] < 0.05 * hdr[44, 32]  # below the bar, and before it


@pytest.mark.parametrize("kind", ["sphere", "distant"])
def test_what_glows_throws_the_shadow_of_what_does_not(open_scene: Opener, kind: str) -> None:
    place = "look_at: [0, 0, -1]" if kind == "distant" else "position: [0, 0, 3]"
    lamp = f"lamp: {{create.light: {{light_type: {kind}, {place}, scale: 0.1, intensity: 20000}}}}\n"
    if kind == "distant":
        lamp = "lamp: {create.light: {light_type: distant, intensity: 2000}}\n"
    plain = radiance(open_scene, lamp, FLOOR + BAR % "paint")[..., 0]
    glowing = radiance(open_scene, lamp, GLOW + FLOOR + BAR % "glow")[..., 0]

    assert plain[26, 32] < 0.05 * plain[44, 32]
    assert np.allclose(plain[24:], glowing[24:], rtol=0.02, atol=0.05 * plain[44, 32])


def test_the_glowing_glass_round_a_lamp_lets_its_light_out(open_scene: Opener) -> None:
    glass = "glass: {create.sphere: {position: [0, 0, 3], scale: 0.4, material: glow}}\n"
    with_glass = radiance(open_scene, lamps(1), GLOW + FLOOR + glass)[..., 0]
    without = radiance(open_scene, lamps(1), FLOOR)[..., 0]

    assert np.allclose(with_glass[40], without[40], rtol=0.02)


@pytest.mark.parametrize("roughness", [0.1, 0.5, 1.0])
def test_white_in_a_white_furnace_stays_white(open_scene: Opener, roughness: float) -> None:
    body = f"""
white: {{create.material_omnipbr: {{diffuse: [1, 1, 1], roughness: {roughness}, specular: 0.5}}}}
ball: {{create.sphere: {{scale: 1.5, material: white}}}}
room: {{create.light: {{light_type: dome, intensity: 1}}}}
"""
    hdr = radiance(open_scene, "", body)

    assert np.allclose(hdr, 1.0, atol=0.005)
