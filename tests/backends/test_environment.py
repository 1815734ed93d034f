"""Light of the sky: from where it is seen, and whichever way is up."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.environment import EnvironmentCache
from rendersdg.colour import linear_from_srgb
from rendersdg.errors import Report
from rendersdg.geometry import aim_rotation
from rendersdg.kernels import frame as kernels
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.snapshot import Light, Snapshot, Texture
from tests.backends.light import WHITE, radiance
from tests.conftest import Opener


def half_lit(up: str, rotation: np.ndarray, domes: int = 1) -> Snapshot:
    """A snapshot of nothing under a map that is 3 over its own horizon and 1 below, turned by ``rotation``."""
    image = np.ones((64, 128, 3), np.float32)
    image[:32] = 3
    pose = np.eye(4)
    pose[:3, :3] = rotation
    sky = Light("/sky", "dome", np.full(3, 100.0 / domes), pose, texture=0)
    texture = Texture("sky", image, False)
    return Snapshot(0, 0.0, 1.0, up, (), (texture,), (), (), (), (sky,) * domes, ())  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["Y", "Z"]), st.integers(1, 2))
def test_a_dome_light_lights_from_where_it_is_seen(seed: int, up: str, domes: int) -> None:
    rng = np.random.default_rng(seed)
    turned = aim_rotation(rng.normal(size=3), np.zeros(3), np.array([0, 0, 1.0]))
    zenith = turned[:, "XYZ".index(up)]
    found = EnvironmentCache().environment(half_lit(up, turned, domes))
    looks = rng.normal(size=(200, 3))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    height = looks @ zenith

    seen = kernels.look_up_sky(looks.astype(np.float32), found.for_kernels, found.frame_from_world)
    clear = abs(height) > 0.1
    np.testing.assert_allclose(seen[clear, 0], np.where(height > 0, 300, 100)[clear], rtol=1e-5)

    # a hemisphere three times as bright: the share of it that a tilted plane sees is (1 + cosine) / 2
    x, y, z = looks.T
    basis = np.stack([np.ones(200), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])
    np.testing.assert_allclose(basis.T @ found.harmonics[:, 0], 100 + 200 * (1 + height) / 2, atol=6)


# red, green, blue and yellow from left to right: by UsdLux longitude 180 degrees is at the left edge, -180 at the right
QUARTERS = np.repeat(np.array([[(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)]], np.float32), 64, axis=1).repeat(128, 0)
LONGITUDES = np.radians([135, 45, -45, -135])


@pytest.mark.parametrize("domes", [1, 2])
@pytest.mark.parametrize("up", ["Y", "Z"])
def test_each_quarter_of_a_dome_lies_where_usdlux_puts_it(up: str, domes: int) -> None:
    across, ahead = np.sin(LONGITUDES), np.cos(LONGITUDES)  # longitude 0 is ahead, 90 degrees is +X
    nought = np.zeros(4)
    looks = np.stack([across, nought, ahead] if up == "Y" else [across, -ahead, nought], -1)
    sky = Light("/sky", "dome", np.full(3, 1.0 / domes), np.eye(4), texture=0)
    texture = Texture("sky", QUARTERS, False)
    snapshot = Snapshot(0, 0.0, 1.0, up, (), (texture,), (), (), (), (sky,) * domes, ())  # type: ignore[arg-type]
    found = EnvironmentCache().environment(snapshot)

    seen = kernels.look_up_sky(looks.astype(np.float32), found.for_kernels, found.frame_from_world)
    assert np.allclose(seen, [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)])


@pytest.mark.parametrize("backend", ["raster", "mitsuba"])
@pytest.mark.parametrize("up", ["Y", "Z"])
def test_what_is_left_in_a_domes_image_is_left_for_who_stands_within(
    open_scene: Opener, tmp_path: Path, up: str, backend: str
) -> None:
    if backend == "mitsuba":
        pytest.importorskip("mitsuba")
    cv2.imwrite(str(tmp_path / "sky.png"), (QUARTERS[..., ::-1] * 255).astype(np.uint8))
    ahead, upwards = ("[0, 0, 1]", "[0, 1, 0]") if up == "Y" else ("[0, -1, 0]", "[0, 0, 1]")
    session = open_scene(
        f"axis: {{settings.set_stage_up_axis: {{up_axis: '{up}'}}}}\n"
        f"sky: {{create.light: {{light_type: dome, intensity: 300, texture: {tmp_path / 'sky.png'}}}}}\n"
        f"eye: {{create.camera: {{position: [0, 0, 0], look_at: {ahead}, look_at_up_axis: {upwards}, "
        "focal_length: 20}}\nview: {create.render_product: {camera: eye, resolution: [32, 24]}}\n"
    )
    snapshot = session.builder.build(session.planner.plan(0))
    view = Renderer(backend, Report()).views(snapshot, {}, hdr=False)["Replicator"]
    picture = np.asarray(view.buffers.rgb)
    left, right = picture[12, 4, :3].astype(int), picture[12, 28, :3].astype(int)

    assert left[1] > 80 and left[1] > left[2] + 60  # green
    assert right[2] > 80 and right[2] > right[1] + 60  # blue


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_a_floor_under_a_bright_upper_half_is_brighter_than_a_ceiling(
    open_scene: Opener, tmp_path: Path, up: str
) -> None:
    image = np.full((64, 128, 3), 60, np.uint8)
    image[:32] = 255
    cv2.imwrite(str(tmp_path / "sky.png"), image)
    low, high, turned = (
        ("[0, 2, 0]", "[0, -2, 0]", "[-90, 0, 0]") if up == "Y" else ("[0, 0, 2]", "[0, 0, -2]", "[0, 0, 0]")
    )
    across = "[1, 0, 0]"
    body = WHITE + f"axis: {{settings.set_stage_up_axis: {{up_axis: '{up}'}}}}\n"
    body += f"slab: {{create.cube: {{scale: [8, 8, 0.1], rotation: {turned}, material: paint}}}}\n"
    sky_light = f"sky: {{create.light: {{light_type: dome, intensity: 500, texture: {tmp_path / 'sky.png'}}}}}\n"

    def seen(place: str) -> float:
        eye = (
            f"eye: {{create.camera: {{position: {place}, look_at: [0, 0, 0], look_at_up_axis: {across}, "
            f"clipping_range: [0.01, 100]}}}}\n"
        )
        view = "view: {create.render_product: {camera: eye, resolution: [32, 24]}}\n"
        return float(np.median(radiance(open_scene, sky_light + eye + view, body)))

    dark = linear_from_srgb(np.array(60 / 255.0))
    assert seen(low) == pytest.approx(500, rel=0.08)
    assert seen(high) == pytest.approx(500 * dark, rel=0.35)
