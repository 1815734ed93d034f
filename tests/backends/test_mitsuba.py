"""Mitsuba's samplers are seeded by what a frame depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.backends import mitsuba as mitsuba_backend
from rendersdg.backends.mitsuba import MitsubaBackend, sampling_seed
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import NotSupported
from rendersdg.frame import Wanted
from rendersdg.snapshot import Snapshot
from tests.conftest import Opener

TWO = """
box: {create.cube: {}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0]}}
one: {create.render_product: {camera: eye, resolution: [64, 48], name: ab}}
other: {create.render_product: {camera: eye, resolution: [32, 48], name: ba}}
frames: {trigger.on_frame: {max_execs: 3}}
"""


def seeds(snapshot: Snapshot) -> list[int]:
    return [sampling_seed(snapshot, product) for product in snapshot.products]


def test_noise_is_keyed_by_seed_frame_and_product(open_scene: Opener) -> None:
    first, again = (open_scene(TWO, seed=3).snapshot(1) for _ in range(2))
    one, other = seeds(first)
    drawn = {*seeds(first), *seeds(open_scene(TWO, seed=4).snapshot(1)), *seeds(open_scene(TWO, seed=3).snapshot(2))}

    assert seeds(again) == [one, other]
    assert len(drawn) == 6  # the names ab and ba have the same letters
    assert all(0 <= seed < 2**31 for seed in drawn)


def test_a_products_name_does_not_decide_its_noise(open_scene: Opener) -> None:
    called = TWO.replace("name: ab", "name: left").replace("name: ba", "name: right")

    assert seeds(open_scene(called).snapshot(0)) == seeds(open_scene(TWO).snapshot(0))


def test_an_instant_of_an_exposure_has_its_products_noise(open_scene: Opener) -> None:
    snapshot = open_scene(TWO).snapshot(0)
    product = snapshot.products[1]
    moved = replace(product, camera=replace(product.camera, world_from_camera=product.camera.world_from_camera * 2))

    assert sampling_seed(snapshot, moved) == sampling_seed(snapshot, product)


SPOT = """
glow: {create.material_omnipbr: {diffuse: [0, 0, 0], specular: 0.0, emissive_color: [1, 1, 1], emissive_intensity: 900}}
dot: {create.sphere: {position: [0, 0, 0], scale: 0.04, material: glow}}
eye: {create.camera: {position: [4, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100], focal_length: 24,
  focus_distance: 2, f_stop: %s, horizontal_aperture_offset: 3.0, vertical_aperture_offset: -2.0}}
view: {create.render_product: {camera: eye, resolution: [161, 120]}}
"""


@pytest.mark.parametrize("f_stop", [0.0, 20.0])
def test_a_point_out_of_focus_is_a_disk_of_the_size_that_optics_say(open_scene: Opener, f_stop: float) -> None:
    """Also through a film that is off the middle, which Mitsuba's thin lens does not know."""
    pytest.importorskip("mitsuba")
    snapshot = open_scene(SPOT % f_stop).snapshot(0)
    snapshot = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": 256})
    product = snapshot.products[0]
    camera = product.camera
    buffers = MitsubaBackend().render(snapshot, product, Wanted(hdr=True))[0]
    assert buffers.hdr is not None
    light = np.asarray(buffers.hdr[..., 0], float)
    rows, columns = np.indices(light.shape) + 0.5
    middle = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
    moment = (light * ((columns - middle[0]) ** 2 + (rows - middle[1]) ** 2)).sum() / light.sum()

    assert np.abs(middle - camera.centre_px).max() < 0.5
    if f_stop:
        assert camera.lens_radius == pytest.approx(2.4 / 40)
        radius = camera.lens_radius * camera.focal_px[0] * (1 / 2 - 1 / 4)  # of the circle of confusion, pixels
        dot = 0.02 / 4 * camera.focal_px[0]
        # a disk's mean square radius is half that of its rim, a pixel's a sixth
        assert moment == pytest.approx((radius**2 + dot**2) / 2 + 1 / 6, rel=0.05)


def test_pixels_that_are_not_square_are_refused(open_scene: Opener) -> None:
    pytest.importorskip("mitsuba")
    snapshot = open_scene(TWO).snapshot(0)
    product = snapshot.products[0]
    wide = replace(product, camera=replace(product.camera, focal_px=(100.0, 90.0)))

    with pytest.raises(NotSupported, match="square pixels"):
        MitsubaBackend().render(snapshot, wide, Wanted())


SUN = """
floor: {create.plane: {scale: [60, 60, 1], material: paint}}
paint: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5, specular: 0.0}}
sun: {create.light: {light_type: distant, intensity: 1000}}
wide: {modify.attribute: {input_prims: sun, name: 'inputs:angle', value: %s}}
roof: {create.plane: {position: [-15, 0, 1], scale: [30, 30, 1], material: paint}}
eye: {create.camera: {position: [0, 0, 0.9], look_at: [0, 0.00001, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 24]}}
"""


@pytest.mark.parametrize("angle", [4.0, 15.0])
def test_a_distant_lights_angle_makes_the_edges_of_its_shadows_soft(open_scene: Opener, angle: float) -> None:
    pytest.importorskip("mitsuba")
    body = SUN % angle
    paint = next(line for line in body.splitlines() if line.startswith("paint"))
    body = paint.replace("0.5, 0.5, 0.5", "0.02, 0.02, 0.02") + body.replace(paint + "\n", "")
    snapshot = open_scene(body).snapshot(0)
    snapshot = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": 256})
    camera = snapshot.products[0].camera
    tracer = MitsubaBackend()
    tracer._denoiser = None
    hdr = tracer.render(snapshot, snapshot.products[0], Wanted(hdr=True))[0].hdr
    assert hdr is not None
    x = (np.arange(96) + 0.5 - camera.centre_px[0]) / camera.focal_px[0] * 0.9
    s = np.clip(x / np.tan(np.radians(angle / 2)), -1, 1)
    share = 0.5 + (s * np.sqrt(1 - s * s) + np.arcsin(s)) / np.pi  # of a disk that an edge leaves

    row = np.asarray(hdr[..., 0], float).mean(0)
    assert row / row[-4:].mean() == pytest.approx(share, abs=0.06)


CORNELL = """
white: {create.material_omnipbr: {diffuse: [0.7, 0.7, 0.7], roughness: 0.5, specular: 0.0}}
red: {create.material_omnipbr: {diffuse: [0.6, 0.06, 0.05], roughness: 0.5, specular: 0.0}}
green: {create.material_omnipbr: {diffuse: [0.12, 0.45, 0.1], roughness: 0.5, specular: 0.0}}
floor: {create.cube: {position: [0, 0, -0.05], scale: [2, 2, 0.1], material: white}}
top: {create.cube: {position: [0, 0, 2.05], scale: [2, 2, 0.1], material: white}}
back: {create.cube: {position: [0, 1.05, 1], scale: [2.2, 0.1, 2.2], material: white}}
left: {create.cube: {position: [-1.05, 0, 1], scale: [0.1, 2, 2.2], material: red}}
right: {create.cube: {position: [1.05, 0, 1], scale: [0.1, 2, 2.2], material: green}}
tall: {create.cube: {position: [-0.35, 0.3, 0.6], scale: [0.55, 0.55, 1.2], rotation: [0, 0, 20], material: white}}
lamp: {create.light: {light_type: rect, intensity: 8000, position: [0, 0, 1.98], look_at: [0, 0, 0],
  scale: [0.5, 0.5, 1]}}
eye: {create.camera: {position: [0, -4.5, 1], look_at: [0, 0, 1]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""
REGIONS = {  # rows and columns, of white surfaces: how other colours turn at grazing angles differs
    "back": (slice(45, 60), slice(85, 105)),
    "floor": (slice(103, 109), slice(95, 112)),
    "block": (slice(60, 95), slice(62, 78)),
}


@pytest.mark.parametrize("quality", ["balanced", "high"])
def test_a_room_lit_by_bounces_is_as_bright_by_regions(
    open_scene: Opener, quality: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mitsuba_backend, "_DEPTH", 40)
    pytest.importorskip("mitsuba")
    snapshot = open_scene(CORNELL).snapshot(0)
    product = snapshot.products[0]
    tracer = MitsubaBackend()
    tracer._denoiser = None
    traced = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": 300})
    asked = replace(snapshot, settings={**snapshot.settings, "render_quality": quality})
    truth = tracer.render(traced, product, Wanted(hdr=True))[0].hdr
    found = RasterBackend().render(asked, product, Wanted(hdr=True))[0].hdr
    assert truth is not None and found is not None
    means = {
        name: (found[area][..., :3].mean((0, 1)), truth[area][..., :3].mean((0, 1))) for name, area in REGIONS.items()
    }

    for name, (ours, theirs) in means.items():
        assert ours == pytest.approx(theirs, rel=0.05 if quality == "high" else 0.08), name


def test_the_denoiser_is_told_how_normal_maps_bend_a_surface(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    slope = 0.5 * np.sin(np.arange(256) / 256 * 2 * np.pi * 12)[None].repeat(256, 0)
    normal = np.stack([slope, 0 * slope, np.ones_like(slope)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    cv2.imwrite(str(tmp_path / "waves.png"), np.round((normal * 0.5 + 0.5) * 255).astype(np.uint8)[..., ::-1])
    waves = f'{{name: "inputs:normalmap_texture", value: {tmp_path / "waves.png"}, attribute_type: asset}}'
    body = f"""
metal: {{create.material_omnipbr: {{diffuse: [0.8, 0.8, 0.8], metallic: 1.0, roughness: 0.4}}}}
bump: {{with.metal: {{modify.attribute: {waves}}}}}
wall: {{create.cube: {{scale: [0.1, 4, 4], material: metal}}}}
lamp: {{create.light: {{light_type: rect, intensity: 900, position: [3, 2, 2], look_at: [0, 0, 0]}}}}
sky: {{create.light: {{light_type: dome, intensity: 30}}}}
eye: {{create.camera: {{position: [4, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}}}
view: {{create.render_product: {{camera: eye, resolution: [128, 64]}}}}
"""
    snapshot = open_scene(body, folder=tmp_path).snapshot(0)
    flat = np.broadcast_to(np.array([1, 0, 0], np.float32), (64, 128, 3))

    bent = MitsubaBackend()._bent(flat, snapshot, snapshot.products[0])

    middle = bent[16:48, 20:108]  # a wave has slopes of up to a half, across the picture
    assert np.abs(middle[..., 1]).max() == pytest.approx(0.5 / np.hypot(1, 0.5), abs=0.04)
    assert (np.abs(middle[..., 1]) > 0.2).mean() > 0.4
    assert np.abs(middle[..., 2]).max() < 0.02
    assert np.linalg.norm(middle, axis=-1) == pytest.approx(1, abs=1e-5)
