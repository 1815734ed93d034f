"""The label pass against oracles: answers known by hand, and the NumPy ray caster on every scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rendersdg.annotators.pointcloud import world_points
from rendersdg.backends.labelpass import label_pass
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.farm.job import Job, opened
from rendersdg.geometry import box_corners, transform_points
from tests.backends.views import CUBE, compare, labels_of, small
from tests.cards import write_card
from tests.conftest import SCENES, Opener


def test_a_unit_cube_seen_face_on_has_the_box_that_arithmetic_says(open_scene: Opener) -> None:
    labels = labels_of(open_scene(CUBE))

    # its near face is 4.5 m away; fx = 24 / 20.955 * 64 = 73.3 px, so half a metre is 8.145 px from the centre (32, 24)
    assert labels.tight[0].tolist() == [24, 16, 39, 31]
    assert labels.visible[0] == labels.unoccluded[0] == 16 * 16
    assert np.allclose(labels.depth[16:32, 24:40], 4.5, rtol=1e-6)
    assert np.allclose(labels.normal[16:32, 24:40], [1, 0, 0], atol=1e-6)
    assert np.isinf(labels.depth[0, 0]) and labels.instance[0, 0] == -1


def test_one_cube_behind_another_is_half_hidden(open_scene: Opener) -> None:
    text = CUBE + 'wall: {create.cube: {position: [2, 0.5, 0], scale: [0.01, 1, 2], semantics: [["class", "wall"]]}}\n'
    labels = labels_of(open_scene(text))

    assert labels.unoccluded[0] == 256
    # the wall is 3 m away and its left edge lies on the axis, so it covers exactly one half (left is +y seen from +x)
    assert labels.visible[0] == 128
    assert labels.loose[0].tolist() == [24, 16, 39, 31]


def test_motion_is_in_pixels_towards_the_previous_place(open_scene: Opener) -> None:
    session = open_scene(
        CUBE + "t: {trigger.on_frame: {max_execs: 2}}\n"
        "go:\n  with.t:\n    with.cube:\n      modify.pose: {position: {distribution.sequence: {items: [[0, 0, "
        "0], [0, 0.3, 0.1]]}}}\n"
    )
    snapshot = session.builder.build(session.planner.plan(1), with_motion=True)
    labels = label_pass(snapshot, snapshot.products[0], SceneTables())
    face = np.isclose(labels.depth, 4.5, rtol=1e-5)
    pixel = 24 / 20.955 * 64 / 4.5

    # +y is to the right as seen from +x: it moved to the right and up, and "left" and "up" are positive
    assert np.allclose(labels.motion[face], [-0.3 * pixel, 0.1 * pixel], atol=1e-3)
    still = labels_of(session, 0)
    before, now = (np.argwhere(np.isclose(each.depth, 4.5, rtol=1e-5)).mean(0) for each in (still, labels))
    assert np.allclose((before - now)[::-1], labels.motion[face].mean(0), atol=0.6)
    previous = session.snapshot(0).instances[0].world_from_mesh
    assert np.allclose(snapshot.instances[0].previous_world_from_mesh, previous)


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_raster_labels_equal_the_ray_caster_on_every_scene(scene: Path) -> None:
    with opened(Job(str(scene), seed=7)) as (session, _):
        for frame in (0, 3):
            snapshot = session.snapshot(frame)
            width, height = snapshot.products[0].camera.resolution_wh
            compare(snapshot, small(snapshot, (96, round(96 * height / width))))


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_labels_are_consistent_with_themselves_on_every_scene(scene: Path) -> None:
    with opened(Job(str(scene), seed=3)) as (session, _):
        snapshot = session.snapshot(1)
        product = small(snapshot, (160, 120))
        labels = label_pass(snapshot, product, SceneTables())
        owner = np.array([i.entity for i in snapshot.instances] + [-1])[labels.instance]
        camera = product.camera
        alone = SceneTables()
        points = world_points(camera, labels)
        for number, entity in enumerate(snapshot.entities):
            mask = owner == number
            assert labels.visible[number] == mask.sum() <= labels.unoccluded[number]
            if mask.any():
                rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
                tight, loose = labels.tight[number], labels.loose[number]
                assert tight.tolist() == [columns[0], rows[0], columns[-1], rows[-1]]
                assert (loose[:2] <= tight[:2]).all() and (loose[2:] >= tight[2:]).all()
                local = transform_points(np.linalg.inv(entity.world_from_local), points[mask])
                slack = 1e-3 * np.ptp([entity.low, entity.high], axis=0).max() + 1e-6
                assert (local >= entity.low - slack).all() and (local <= entity.high + slack).all()
                corners = transform_points(
                    camera.camera_from_world @ entity.world_from_local, box_corners(entity.low, entity.high)
                )
                if (corners[:, 2] < -camera.near_far[0]).all():
                    u = camera.centre_px[0] + camera.focal_px[0] * corners[:, 0] / -corners[:, 2]
                    assert u.min() <= columns[0] + 1 and u.max() >= columns[-1]
        for number in range(min(len(snapshot.entities), 4)):
            kept = tuple(replace(i, entity=0) for i in snapshot.instances if i.entity == number)
            only = replace(snapshot, instances=kept, entities=(snapshot.entities[number],))
            assert label_pass(only, product, alone).visible[0] == labels.unoccluded[number]


@pytest.mark.parametrize("model", ["pinhole", "fisheyePolynomial"])
def test_families_are_counted_as_the_oracle_counts_them(open_scene: Opener, model: str) -> None:
    rng = np.random.default_rng(3)
    things = "".join(
        f"thing{k}: {{create.{kind}: {{position: {rng.uniform(-0.7, 0.7, 3).round(2).tolist()}, scale: 0.5, "
        f'rotation: {rng.uniform(0, 90, 3).round(1).tolist()}, semantics: [["class", "thing"]]}}}}\n'
        for k, kind in enumerate(["cube", "sphere", "cone", "cube", "torus", "cylinder", "cube", "sphere"])
    )
    eye = (
        f"eye: {{create.camera: {{position: [3, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100], "
        f"projection_type: {model}}}}}\nview: {{create.render_product: {{camera: eye, resolution: [96, 72]}}}}\n"
    )
    snapshot = open_scene(things + eye).snapshot(0)
    parents = [-1, 0, 0, 1, -1, 4, 3, 2]  # two families, one of them four deep
    nested = replace(
        snapshot, entities=tuple(replace(e, parent=p) for e, p in zip(snapshot.entities, parents, strict=True))
    )
    got, _ = compare(nested, nested.products[0])

    assert got.whole is not None
    for head, family in enumerate(nested.families):
        kept = tuple(replace(i, entity=0) for i in snapshot.instances if i.entity in family)
        only = replace(snapshot, instances=kept, entities=(snapshot.entities[head],))
        assert label_pass(only, snapshot.products[0], SceneTables()).unoccluded[0] == got.whole[head]


def test_no_background_shines_through_a_finely_meshed_wall(open_scene: Opener) -> None:
    session = open_scene(
        'ball: {create.sphere: {scale: 9, position: [-3, 0, 0], semantics: [["class", "ball"]]}}\n'
        "eye: {create.camera: {position: [5, 0.013, 0.007], look_at: [0, 0.01, 0.02], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [400, 300]}}\n"
    )
    labels = labels_of(session)

    assert (labels.instance == 0).all()


def test_geometry_nearer_than_the_near_plane_and_behind_is_clipped(open_scene: Opener) -> None:
    session = open_scene(
        'floor: {create.plane: {scale: [200, 200, 1], semantics: [["class", "floor"]]}}\n'
        "eye: {create.camera: {position: [0, 0, 1], rotation: [0, 0, 0], clipping_range: [0.5, 50]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 64]}}\n"
    )
    snapshot = session.snapshot(0)
    compare(snapshot, snapshot.products[0])
    labels = label_pass(snapshot, snapshot.products[0], SceneTables())

    assert (labels.instance[:32] == -1).all()
    assert np.nanmax(np.where(np.isfinite(labels.depth), labels.depth, np.nan)) <= 50


def test_cutouts_cut_the_labels_too(open_scene: Opener, tmp_path: Path) -> None:
    write_card(tmp_path, 16)
    session = open_scene('card: {create.from_usd: {usd: card.usda, semantics: [["class", "card"]]}}\n', folder=tmp_path)
    snapshot = session.snapshot(0)
    got, _ = compare(snapshot, snapshot.products[0])
    box = got.loose[0]
    area = (box[2] - box[0] + 1) * (box[3] - box[1] + 1)

    assert 0.4 < got.visible[0] / area < 0.6


FISHEYE = (
    "a: {create.cube: {count: 3, position: {distribution.sequence: {items: [[[1, 0, 0], [0, 2, 0.5], [-1, -0.5, "
    '0]]]}}, semantics: [["class", "cube"]]}}\n'
    "eye:\n  create.camera: {position: [0, 0, 0], clipping_range: [0.05, 100], projection_type: "
    "fisheyePolynomial, fisheye_nominal_width: 200,"
    " fisheye_nominal_height: 200, fisheye_optical_centre_x: 100, fisheye_optical_centre_y: 100, "
    "fisheye_polynomial_b: 0.0157}\n"
    "view: {create.render_product: {camera: eye, resolution: [100, 100]}}\n"
)


def test_a_fisheye_sees_what_the_ray_caster_sees_even_behind_itself(open_scene: Opener) -> None:
    session = open_scene(FISHEYE.replace("position: [0, 0, 0]", "position: [1.9, 0.3, 0.2]"))
    snapshot = session.snapshot(0)
    got, want = compare(snapshot, snapshot.products[0])

    assert (got.visible > 0).sum() >= 2
    assert np.isinf(got.depth[0, 0])  # the corner lies beyond 200 degrees
    assert np.abs(got.tight[want.visible > 0] - want.tight[want.visible > 0]).max() <= 1


def test_a_camera_inside_an_object_sees_its_inside(open_scene: Opener) -> None:
    labels = labels_of(open_scene('shell: {create.sphere: {scale: 30, semantics: [["class", "shell"]]}}\n'))

    assert (labels.instance == 0).all()
