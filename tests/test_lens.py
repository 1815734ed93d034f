"""Lens distortion: OpenCV's own functions are the oracle of where rays go and points fall,
and labels bend with the picture.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Sdf

from rendersdg.annotators import Request
from rendersdg.annotators.camera import camera_params
from rendersdg.annotators.pointcloud import world_points
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.reference import cast
from rendersdg.errors import Report
from rendersdg.lens import COEFFICIENTS, distorted, pixel_rays, project, undistorted
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.snapshot import Camera, Snapshot
from tests.conftest import Opener
from tests.defects.damage import snapshot_of

SCENE = """
wall: {create.plane: {scale: [4, 4, 1], position: [0, 0, -1], semantics: [[class, wall]]}}
box: {create.cube: {scale: 0.35, position: [0.5, 0.3, -0.5], semantics: [[class, box]]}}
ball: {create.sphere: {scale: 0.3, position: [-0.4, -0.3, -0.4], semantics: [[class, ball]]}}
key: {create.light: {light_type: distant, rotation: [30, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [0, 0, 1], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 18,
  clipping_range: [0.1, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
glass: {with.eye: {inspection.lens: {%s}}}
"""


BARREL = {"k1": -0.28, "k2": 0.09, "p1": 0.002, "p2": -0.0015, "k3": -0.01}


def asked(values: dict[str, float]) -> str:
    return ", ".join(f"{k}: {v}" for k, v in values.items())


def camera_matrix(camera: Camera) -> np.ndarray:
    (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])


def by_opencv(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Return the pixels (N, 2) of camera-space points by ``cv2.projectPoints``, whose y runs down and z forward."""
    flipped = points * [1, -1, -1]
    found, _ = cv2.projectPoints(flipped, np.zeros(3), np.zeros(3), camera_matrix(camera), np.array(camera.distortion))
    return found.reshape(-1, 2)


coefficient = st.floats(-0.05, 0.05)


@settings(max_examples=60, deadline=None)
@given(k1=st.floats(-0.35, 0.35), rest=st.lists(coefficient, min_size=11, max_size=11), tilt=st.floats(-0.4, 0.4))
def test_points_fall_where_opencv_says(k1: float, rest: list[float], tilt: float) -> None:
    c = dict(zip(COEFFICIENTS, (k1, *rest, tilt, -0.5 * tilt)))
    c.update({k: 0.05 * c[k] for k in ("p1", "p2", "s1", "s2", "s3", "s4")})
    grid = np.stack(np.meshgrid(np.linspace(-0.5, 0.5, 9), np.linspace(-0.4, 0.4, 7)), -1).reshape(-1, 2)
    values = tuple(c[k] for k in COEFFICIENTS)
    x, y = distorted(grid[:, 0], grid[:, 1], values)
    theirs, _ = cv2.projectPoints(
        np.column_stack([grid, np.ones(len(grid))]), np.zeros(3), np.zeros(3), np.eye(3), np.array(values)
    )

    assert np.allclose(np.stack([x, y], 1), theirs.reshape(-1, 2), atol=1e-12)
    back = np.stack(undistorted(x, y, values), 1)
    assert np.allclose(back, grid, atol=1e-6)


def bent(open_scene: Opener, values: dict[str, float]) -> Snapshot:
    return snapshot_of(open_scene(SCENE % asked(values)), 0)


def test_every_pixel_looks_where_opencv_says(open_scene: Opener) -> None:
    snapshot = bent(open_scene, BARREL)
    camera = snapshot.products[0].camera
    assert camera.model == "opencvPinhole"
    view = Renderer("reference", Report()).views(snapshot, {}, hdr=False)["Replicator"]
    assert camera_params(Request(view))["cameraModel"] == "pinholeOpenCV"
    _, labels = RasterBackend().render(snapshot, snapshot.products[0])
    assert labels is not None and np.isfinite(labels.depth).all()
    points = world_points(camera, labels).reshape(-1, 3)
    local = points @ camera.camera_from_world[:3, :3].T + camera.camera_from_world[:3, 3]
    u, v = np.meshgrid(np.arange(160) + 0.5, np.arange(120) + 0.5)

    assert np.abs(by_opencv(camera, local) - np.stack([u, v], -1).reshape(-1, 2)).max() < 0.01
    mine = np.stack(project(camera, local), 1)
    assert np.abs(mine - by_opencv(camera, local)).max() < 1e-6
    # the wall is flat: where nothing stands before it all points lie on it
    wall = points[(labels.instance == labels.instance[0, 0]).ravel()]
    assert np.abs(wall[:, 2] + 1).max() < 1e-4


def test_a_bent_picture_is_the_straight_one_remapped(open_scene: Opener) -> None:
    """Rendered straight, four times as fine and wider, then distorted by OpenCV, it is the picture rendered bent."""
    snapshot = bent(open_scene, BARREL)
    product, backend = snapshot.products[0], RasterBackend()
    rgb = backend.render(snapshot, product)[0].rgb[..., :3]
    fine = 4
    camera = product.camera
    wide = replace(
        camera,
        model="pinhole",
        distortion=(),
        resolution_wh=(240 * fine, 180 * fine),
        focal_px=(camera.focal_px[0] * fine, camera.focal_px[1] * fine),
        centre_px=((camera.centre_px[0] + 40) * fine, (camera.centre_px[1] + 30) * fine),
    )
    straight = backend.render(
        replace(snapshot, products=(replace(product, camera=wide),)), replace(product, camera=wide)
    )[0].rgb[..., :3]
    looks = pixel_rays(camera)
    u, v = project(wide, looks)
    soft = cv2.blur(straight, (fine, fine))
    wanted = cv2.remap(soft, (u - 0.5).astype(np.float32), (v - 0.5).astype(np.float32), cv2.INTER_LINEAR)
    difference = np.abs(rgb.astype(int) - wanted).max(-1)

    assert np.median(difference) <= 2 and (difference > 24).mean() < 0.01


def test_labels_bend_with_the_picture(open_scene: Opener) -> None:
    snapshot = bent(open_scene, BARREL)
    backend = RasterBackend()
    _, labels = backend.render(snapshot, snapshot.products[0])
    seen = cast(snapshot, snapshot.products[0].camera)
    assert labels is not None
    straight = backend.render(
        snapshot, replace(snapshot.products[0], camera=replace(snapshot.products[0].camera, model="pinhole"))
    )[1]
    assert straight is not None

    assert (seen.instance == labels.instance).mean() > 0.999
    for e in range(len(snapshot.entities)):
        rows, columns = np.nonzero(labels.entity == e)
        assert labels.tight[e].tolist() == [columns.min(), rows.min(), columns.max(), rows.max()]
    # a barrel draws things towards the middle
    box = [e.semantics for e in snapshot.entities].index((("class", "box"),))
    assert labels.tight[box][2] < straight.tight[box][2] - 2


def test_motion_goes_through_the_lens(open_scene: Opener) -> None:
    """The ball moves and so does the camera: OpenCV says where each point of the ball was in the picture before."""
    moves = """
frames: {trigger.on_frame: {max_execs: 2}}
roll: {with.frames: {with.ball: {modify.pose: {position: {distribution.sequence: {
  items: [[-0.4, -0.3, -0.4], [-0.2, -0.35, -0.3]]}}}}}}
walk: {with.frames: {with.eye: {modify.pose: {position: {distribution.sequence: {
  items: [[0, 0, 1], [0.05, 0.02, 0.9]]}}}}}}
"""
    session = open_scene(SCENE % asked(BARREL) + moves)
    snapshot = session.builder.build(session.planner.plan(1), with_motion=True)
    product = snapshot.products[0]
    for labels in (RasterBackend().label(snapshot, product), RasterBackend().render(snapshot, product)[1]):
        assert labels is not None
        ball = labels.entity == [e.semantics for e in snapshot.entities].index((("class", "ball"),))
        now = world_points(product.camera, labels)[ball]
        before = np.linalg.inv(product.camera.previous_world_from_camera)
        local = (now - [0.2, -0.05, 0.1]) @ before[:3, :3].T + before[:3, 3]
        rows, columns = np.nonzero(ball)
        expected = by_opencv(product.camera, local) - np.stack([columns + 0.5, rows + 0.5], -1)

        assert ball.sum() > 300 and np.abs(labels.motion[ball] - expected).max() < 0.02
        wall = labels.motion[0, 0]
        assert np.abs(wall).max() > 0.1  # the camera moved


def test_a_fold_of_the_model_shows_nothing(open_scene: Opener) -> None:
    snapshot = bent(open_scene, {"k1": -1.2})
    camera = snapshot.products[0].camera
    looks = pixel_rays(camera)
    _, labels = RasterBackend().render(snapshot, snapshot.products[0])
    assert labels is not None

    assert looks[60, 80].any() and not looks[0, 0].any()
    assert not np.isfinite(labels.depth[0, 0]) and np.isfinite(labels.depth[60, 80])
    u, _ = project(camera, np.array([[3.0, 0.0, -1.0]]))
    assert np.isnan(u).all()


def test_a_lens_may_be_drawn_anew_in_each_frame_and_is_read_from_usd(open_scene: Opener) -> None:
    drawn = (
        "frames: {trigger.on_frame: {max_execs: 9}}\nnew: {with.frames: {with.eye: {inspection.lens: {k1: "
        "{distribution.uniform: {lower: -0.3, upper: -0.1}}}}}}\n"
    )
    session = open_scene(SCENE % "k2: 0.01" + drawn)
    first, second = (snapshot_of(session, f).products[0].camera.distortion for f in (0, 1))
    assert first[0] != second[0] and first[1] == second[1] == 0.01

    plain = open_scene(SCENE.partition("glass:")[0])
    prim = plain.recorder.stage.GetPrimAtPath(snapshot_of(plain, 0).products[0].camera.prim_path)
    prim.CreateAttribute("omni:lensdistortion:model", Sdf.ValueTypeNames.Token).Set("opencvPinhole")
    prim.CreateAttribute("omni:lensdistortion:opencvPinhole:k1", Sdf.ValueTypeNames.Float).Set(-0.25)
    assert snapshot_of(plain, 0).products[0].camera.distortion[0] == pytest.approx(-0.25)
