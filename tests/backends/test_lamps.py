"""Lamps of the raster backend: shadows of many, of what glows, and light whose values are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.light import WHITE, furnace, radiance
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


@pytest.mark.parametrize("metallic", [0.0, 1.0])
@pytest.mark.parametrize("roughness", [0.1, 0.5, 1.0])
def test_white_in_a_white_furnace_stays_white(open_scene: Opener, roughness: float, metallic: float) -> None:
    hdr = radiance(open_scene, "", furnace(roughness, metallic))

    assert np.allclose(hdr, 1.0, atol=0.005)


def summed(kind: str, size: float, height: float, x: float, y: float, normal: tuple[float, float, float]) -> float:
    """Return the radiance of a white surface at (x, y, 0) under a lamp of 1000 nits at (0, 0, height) that shines
    downwards: the sum over its parts.
    """
    steps = (np.arange(400) + 0.5) / 400
    if kind == "rect":
        across, along = np.meshgrid((steps - 0.5) * size, (steps - 0.5) * size)
        part = size**2 / 400**2
    else:
        radius, turn = np.meshgrid(np.sqrt(steps) * size / 2, steps * 2 * np.pi)
        across, along = radius * np.cos(turn), radius * np.sin(turn)
        part = np.pi * (size / 2) ** 2 / 400**2
    towards = np.stack([across - x, along - y, np.full_like(across, height)], -1)
    square = (towards**2).sum(-1)
    cosine = np.maximum(towards @ np.array(normal) / np.sqrt(square), 0)
    return float((1000 * cosine * height / np.sqrt(square) / square).sum() * part / np.pi)


@pytest.mark.parametrize("kind", ["rect", "disk"])
@pytest.mark.parametrize(("size", "height"), [(4.0, 1.2), (0.2, 1.0)])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.0, 0.0), (1.8, 0.0), (3.0, 1.0)])
def test_a_lamp_lights_a_floor_as_the_sum_of_its_parts(
    open_scene: Opener, kind: str, size: float, height: float, x: float, y: float
) -> None:
    at = f"position: [0, 0, {height}], scale: {size}, intensity: 1000"
    lamp = f"lamp: {{create.light: {{light_type: {kind}, {at}}}}}\n"
    eye = (
        f"eye: {{create.camera: {{position: [{x}, {y}, 0.9], look_at: [{x}, {y}, 0], look_at_up_axis: [0, 1, 0], "
        "clipping_range: [0.01, 100], focal_length: 100}}\n"
        "view: {create.render_product: {camera: eye, resolution: [5, 5]}}\n"
    )
    floor = WHITE + "floor: {create.plane: {scale: [12, 12, 1], material: paint}}\n" + eye

    assert radiance(open_scene, lamp, floor)[2, 2, 0] == pytest.approx(
        summed(kind, size, height, x, y, (0, 0, 1)), rel=0.003
    )


@pytest.mark.parametrize("kind", ["rect", "disk"])
@pytest.mark.parametrize("x", [0.0, -0.3, -0.6])  # shadows are those of its middle, which stands before the wall
def test_a_lamp_that_a_walls_plane_cuts_lights_it_by_the_part_before_it(
    open_scene: Opener, kind: str, x: float
) -> None:
    lamp = f"lamp: {{create.light: {{light_type: {kind}, position: [0, 0, 1.2], scale: 2, intensity: 1000}}}}\n"
    eye = (
        f"eye: {{create.camera: {{position: [{x + 3}, 0, 0], look_at: [{x}, 0, 0], clipping_range: [0.01, 100], "
        "focal_length: 200}}\nview: {create.render_product: {camera: eye, resolution: [5, 5]}}\n"
    )
    wall = WHITE + f"wall: {{create.cube: {{position: [{x - 0.05}, 0, 0], scale: [0.1, 0.4, 0.4], material: paint}}}}\n"

    seen = radiance(open_scene, lamp, wall + eye)[2, 2, 0]
    assert seen == pytest.approx(summed(kind, 2.0, 1.2, x, 0.0, (1, 0, 0)), rel=0.12, abs=1.0)
