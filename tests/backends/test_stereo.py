"""What a stereo depth camera measures, by hand: a wall's disparity, the hole beside an edge, what is not measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg import shapes
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scanning import Scanner
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.ranging import DepthSensor
from rendersdg.snapshot import Camera, Material, RenderProduct, Snapshot, Through
from tests.backends.test_scanning import WHITE, at, scene

WIDTH, HEIGHT, FOCAL = 80, 16, 100.0
CAMERA = Camera(
    "/cam", (WIDTH, HEIGHT), np.eye(4), np.eye(4), "pinhole", (FOCAL, FOCAL), (WIDTH / 2, HEIGHT / 2), (0.01, 100.0)
)
EXACT = DepthSensor(baseline=0.1, disparity_step=0.0, near=0.1, far=50.0)  # f b is 10 pixel metres


def card(depth: float, left: float = -4.0, right: float = 4.0) -> tuple[shapes.Shape, np.ndarray]:
    """Return a card that faces the camera at ``depth``, from ``left`` to ``right`` metres."""
    return shapes.box(), at((right - left, 4.0, 0.02), ((left + right) / 2, 0.0, -depth - 0.01))


def measured(snapshot: Snapshot, sensor: DepthSensor, camera: Camera = CAMERA) -> np.ndarray:
    product = RenderProduct("Depth", camera, depth_sensor=sensor)
    raster = RasterBackend()
    scanner = Scanner(raster.tables)
    return scanner.measure(snapshot, product, raster.label(snapshot, product), raster.surface(snapshot, product))


def test_a_wall_is_measured_in_steps_of_disparity() -> None:
    wall = scene([card(3.0)])
    fine, coarse = measured(wall, EXACT), measured(wall, replace(EXACT, disparity_step=0.5))

    # 10 / 3 = 3.33 pixels; in steps of a half 3.5, which is 2.857 m
    assert np.allclose(fine[:, 4:], 3.0, rtol=1e-5)
    assert np.allclose(coarse[:, 4:], 10 / 3.5, rtol=1e-6)
    assert (fine[:, :3] == 0).all() and (fine[:, 3] > 0).all()  # 3.33 pixels at the left are in one picture alone


def test_the_hole_beside_an_edge_is_as_wide_as_the_disparities_differ() -> None:
    near, far = 1.0, 2.0
    shown = scene([card(far), card(near, left=0.05, right=0.25)])  # from pixel 45 to pixel 65
    row = measured(shown, EXACT)[HEIGHT // 2]

    # b f (1 / near - 1 / far) = 10 - 5 = 5 pixels to the left of the card, none to its right
    assert np.allclose(row[45:65], near, rtol=1e-5)
    assert row[40:45].tolist() == [0.0] * 5
    assert np.allclose(row[5:40], far, rtol=1e-5) and np.allclose(row[65:], far, rtol=1e-5)
    assert (measured(shown, replace(EXACT, has_holes=False)) > 0).all()


def test_a_turned_and_moved_camera_measures_the_same() -> None:
    turn = np.array([[0.0, 0, 1, 3], [1, 0, 0, -2], [0, 1, 0, 5], [0, 0, 0, 1]])
    shown = scene([(shape, turn @ matrix) for shape, matrix in (card(2.0), card(1.0, left=0.05, right=0.25))])
    camera = replace(CAMERA, world_from_camera=turn, previous_world_from_camera=turn)

    moved = measured(shown, EXACT, camera)
    assert np.allclose(moved, measured(scene([card(2.0), card(1.0, left=0.05, right=0.25)]), EXACT), rtol=1e-5)


@pytest.mark.parametrize(
    ("material", "is_measured"),
    [
        (WHITE, True),
        (replace(WHITE, base_colour=(0.01, 0.01, 0.01)), False),
        (replace(WHITE, base_colour=(0.03, 0.03, 0.03)), True),
        (replace(WHITE, metallic=1.0, roughness=0.1), False),  # scatters 0.01
        (replace(WHITE, metallic=1.0, roughness=0.2), True),  # scatters 0.04
        (replace(WHITE, metallic=0.5, roughness=0.1), True),
        (replace(WHITE, through=Through(transmission=0.9)), False),
        (replace(WHITE, through=Through(blend="fade"), opacity=0.5), False),
    ],
)
def test_dark_mirror_like_and_see_through_surfaces_are_not_measured(material: Material, is_measured: bool) -> None:
    depth = measured(scene([card(2.0)], (material,)), EXACT)

    assert (depth[:, 5:] > 0).all() == is_measured and (depth > 0).any() == is_measured


def test_what_lies_behind_glass_is_not_hidden_by_it() -> None:
    pane = replace(WHITE, through=Through(transmission=0.9))
    shown = scene([card(2.0), card(1.0, left=0.05, right=0.25)], (WHITE, pane))
    row = measured(shown, EXACT)[HEIGHT // 2]

    assert (row[45:65] == 0).all() and (row[5:45] > 0).all()


def test_range_and_disparity_have_limits() -> None:
    wall = scene([card(2.0)])

    assert not measured(wall, replace(EXACT, far=1.9)).any() and not measured(wall, replace(EXACT, near=2.1)).any()
    assert not measured(wall, replace(EXACT, most_disparity=4.9)).any()
    assert measured(wall, replace(EXACT, most_disparity=5.1)).any()
    assert not measured(scene([]), EXACT).any()


def test_noise_is_in_disparity() -> None:
    wall = scene([card(2.0)])
    camera = replace(CAMERA, resolution_wh=(400, 200), centre_px=(200.0, 100.0))
    depth = measured(wall, replace(EXACT, noise_sigma=0.2, noise_mean=0.5), camera)
    found = 10 / depth[depth > 0].astype(float)

    assert len(found) > 70_000 and found.mean() == pytest.approx(5.5, abs=0.005)
    assert found.std() == pytest.approx(0.2, rel=0.02)
    again = measured(wall, replace(EXACT, noise_sigma=0.2, noise_mean=0.5), camera)
    assert depth.tobytes() == again.tobytes()
    assert depth.tobytes() != measured(replace(wall, frame=1), replace(EXACT, noise_sigma=0.2), camera).tobytes()


def test_lenses_and_values_that_no_depth_sensor_has_are_refused() -> None:
    with pytest.raises(NotSupported, match="fisheyeEquidistant"):
        measured(scene([]), EXACT, replace(CAMERA, model="fisheyeEquidistant", max_theta=1.0))
    with pytest.raises(BadArgument, match="baseline=0 metres"):
        DepthSensor(baseline=0.0)
    with pytest.raises(BadArgument, match="near=2 to far=1"):
        DepthSensor(near=2.0, far=1.0)
    with pytest.raises(BadArgument, match="noise_sigma=-1"):
        DepthSensor(noise_sigma=-1.0)
