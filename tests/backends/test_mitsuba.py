"""Mitsuba's samplers are seeded by what a frame depends on."""

from __future__ import annotations

from dataclasses import replace

from rendersdg.backends.mitsuba import sampling_seed
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
