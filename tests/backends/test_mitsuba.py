"""Mitsuba's samplers are seeded by what a frame depends on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.backends.mitsuba import MitsubaBackend, sampling_seed
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
