"""The suns of dome images: what they give, where they stand, and what is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.environment import EnvironmentCache, _directions, _rows_of
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.suns import without_suns
from rendersdg.frame import Wanted
from rendersdg.snapshot import Texture
from tests.backends.light import WHITE
from tests.backends.test_environment import half_lit
from tests.conftest import Opener

SKY, SUN = 1.0, 5000.0
HEIGHT, WIDTH = 256, 512
DIRECTIONS = _directions(WIDTH, HEIGHT)


def image(towards: np.ndarray, radius: float) -> np.ndarray:
    """Return an even sky with a disk of a radius in degrees."""
    is_sun = DIRECTIONS @ towards.astype(np.float32) > np.cos(np.radians(radius))
    return np.where(is_sun[..., None], SUN, SKY).astype(np.float32).repeat(3, -1)


def place(azimuth: float, height: float) -> np.ndarray:
    a, h = np.radians([azimuth, height])
    return np.array([np.cos(a) * np.cos(h), np.sin(a) * np.cos(h), np.sin(h)])


@settings(max_examples=15, deadline=None)
@given(st.floats(-180, 180), st.floats(-60, 75), st.floats(1.5, 5.0))
def test_a_sun_is_where_it_is_seen_and_as_wide_and_as_bright(azimuth: float, height: float, radius: float) -> None:
    towards = place(azimuth, height)
    whole = image(towards, radius)
    left, (sun,) = without_suns(whole, DIRECTIONS, _rows_of(HEIGHT, WIDTH))
    solid = np.broadcast_to(_rows_of(HEIGHT, WIDTH)[:, None], (HEIGHT, WIDTH))

    assert sun.towards @ towards > np.cos(np.radians(0.5))
    assert sun.angle == pytest.approx(2 * radius, rel=0.15)
    # nothing is lost: what is taken out is what is missing, here and in all
    missing = ((whole - left)[..., 0] * solid).sum()
    assert sun.irradiance == pytest.approx(np.full(3, missing), rel=1e-4)
    assert missing + (left[..., 0] * solid).sum() == pytest.approx((whole[..., 0] * solid).sum(), rel=1e-6)


def test_an_even_sky_and_a_wide_panel_are_no_suns() -> None:
    rows = _rows_of(HEIGHT, WIDTH)
    even = np.full((HEIGHT, WIDTH, 3), 3.0, np.float32)
    assert without_suns(even, DIRECTIONS, rows)[1] == ()
    assert without_suns(image(place(20, 40), 25.0), DIRECTIONS, rows)[1] == ()
    assert without_suns(np.zeros_like(even), DIRECTIONS, rows)[1] == ()


@pytest.mark.parametrize("domes", [1, 2])
@pytest.mark.parametrize("up", ["Y", "Z"])
def test_a_sun_turns_with_its_dome(up: str, domes: int) -> None:
    """Under a turned dome the light comes from where the camera sees the sun."""
    from rendersdg.geometry import aim_rotation
    from rendersdg.kernels import frame as kernels

    turned = aim_rotation(np.array([0.3, -0.5, 0.8]), np.zeros(3), np.array([0, 0, 1.0]))
    snapshot = half_lit(up, turned, domes)
    texture = Texture("sun", image(place(70, 35), 2.0), False)
    found = EnvironmentCache().environment(replace(snapshot, textures=(texture,)))

    assert len(found.suns) == domes
    for sun in found.suns:
        looks = sun.world_from_light[:3, 2][None].astype(np.float32)
        seen = kernels.look_up_sky(looks, found.for_kernels, found.frame_from_world)
        assert seen[0, 0] > 0.9 * SUN * 100.0


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_a_sun_in_an_image_throws_a_shadow(open_scene: Opener, quality: str) -> None:
    """A floor has the sky's light and the sun's by its cosine; under a roof that hides the sun alone, next to none."""
    body = (
        WHITE
        + "floor: {create.plane: {scale: [60, 60, 1], material: paint}}\n"
        + "disk: {create.plane: {position: [0, 0, 1], scale: [0.6, 0.6, 1], material: paint}}\n"
        + "sky: {create.light: {light_type: dome, intensity: 1, texture: 'rendersdg:texture/sky'}}\n"
        + f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"
        + "eye: {create.camera: {position: [3, 0, 6], look_at: [3, 0.001, 0], clipping_range: [0.01, 100]}}\n"
        + "view: {create.render_product: {camera: eye, resolution: [96, 72]}}\n"
    )
    snapshot = open_scene(body).snapshot(0)
    towards = np.array([-0.6, 0, 0.8])  # what stands a metre up at x = 0 has its shadow at x = 0.75
    dome = next(light for light in snapshot.lights if light.kind == "dome")
    pose = np.eye(4)
    sky = replace(dome, radiance=np.ones(3), world_from_light=pose)
    # UsdLux: the middle of an image lies at -Y where Z is up, its left to the left: turn our map's columns accordingly
    found = EnvironmentCache()
    for azimuth in (0.0, 90.0, 180.0, 270.0):
        texture = Texture(f"sun{azimuth}", image(place(azimuth, np.degrees(np.arcsin(0.8))), 2.0), False)
        lit = replace(snapshot, lights=(sky,), textures=(*snapshot.textures[: dome.texture], texture))
        (sun,) = found.environment(lit).suns
        if sun.world_from_light[:3, 2] @ towards > 0.99:
            break
    else:
        raise AssertionError("the sun stands nowhere near")
    hdr = RasterBackend().render(lit, lit.products[0], Wanted(hdr=True))[0].hdr
    assert hdr is not None
    focal = lit.products[0].camera.focal_px[0]
    column = {x: int(48 + (x - 3) * focal / 6) for x in (0.75, 4.0)}

    shade, clear = (hdr[36, column[x], 0] for x in (0.75, 4.0))
    solid = 2 * np.pi * (1 - np.cos(np.radians(2.0)))
    assert clear == pytest.approx(SKY + SUN * solid * 0.8 / np.pi, rel=0.05)
    assert shade < 0.25 * clear
