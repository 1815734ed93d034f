"""Lidars and depth sensors of scenes: beams as arguments say, poses and errors drawn anew, ids as cameras have them."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import BadArgument, BadScene, NotSupported, RenderSDGError
from rendersdg.orchestrator.overhead import from_above
from rendersdg.orchestrator.preview import contact_sheet
from rendersdg.orchestrator.session import Session
from rendersdg.ranging import Lidar
from tests.conftest import Opener
from writers.encoders import read_image

VIEW = "view: {create.render_product: {camera: lidar, resolution: [1, 1]}}\n"


def lidar_of(session: Session, frame: int = 0) -> Lidar:
    found = session.snapshot(frame).products[0].lidar
    assert found is not None
    return found


def opened(open_scene: Opener, arguments: str, more: str = "") -> Session:
    return open_scene(f"lidar: {{create.omni_lidar: {{{arguments}}}}}\n{VIEW}{more}")


def asked(session: Session, annotator: str = "lidar", frame: int = 0, **params: object) -> dict[str, object]:
    capture = session.capture(session.planner.plan(frame))
    name = next(iter(capture.views))
    return capture.annotate(name, annotator, params, [name])


def test_a_lidar_without_arguments_is_the_generic_one(open_scene: Opener) -> None:
    lidar = lidar_of(opened(open_scene, ""))

    assert len(lidar.pattern.azimuth) == 128 * 3600 and (lidar.near, lidar.far) == pytest.approx((0.3, 200))
    assert np.unique(lidar.pattern.elevation)[[0, -1]].tolist() == [-15, 15]
    assert np.unique(lidar.pattern.channel).tolist() == list(range(1, 129))
    assert lidar.pattern.time.max() == 99_972_222  # the last of 3600 firings in a tenth of a second


def test_a_table_of_beams_is_taken_as_it_is(open_scene: Opener) -> None:
    arguments = "elevations: [-10, -3, 0, 7], azimuths: [0, 1, 2, 3], horizontal_fov: [-45, 45]"
    lidar = lidar_of(opened(open_scene, f"{arguments}, horizontal_resolution: 1.5, rotation_rate: 20"))

    assert lidar.pattern.elevation[:4].tolist() == [-10, -3, 0, 7]
    assert lidar.pattern.azimuth[:8].tolist() == pytest.approx([-45, -44, -43, -42, -43.5, -42.5, -41.5, -40.5])
    assert len(lidar.pattern.azimuth) == 4 * 60 and lidar.pattern.azimuth[::4].max() == pytest.approx(43.5)
    assert lidar.pattern.time[4] == round(1e9 / 20 / 240)


def test_a_solid_state_lidar_has_rows_and_columns(open_scene: Opener) -> None:
    arguments = "scan_type: solid_state, channels: 3, vertical_fov: [-5, 5], horizontal_fov: [-30, 30]"
    lidar = lidar_of(opened(open_scene, f"{arguments}, horizontal_resolution: 20"))

    assert lidar.pattern.azimuth.reshape(3, 3)[:, 0].tolist() == [-20, 0, 20]
    assert lidar.pattern.elevation[:3].tolist() == [-5, 0, 5] and lidar.pattern.channel[:4].tolist() == [1, 2, 3, 1]
    assert not lidar.pattern.time.any()


@pytest.mark.parametrize(
    ("config", "channels", "columns", "far"),
    [
        ("Example_Rotary", 128, 3600, 200),
        ("OS1_REV6_32ch20hz512res", 32, 512, 200),
        ("HESAI_XT32_SD10", 32, 2000, 120),
        ("Velodyne_VLP16", 16, 1800, 100),
        ("ZVISION_ML30S", 160, 320, 45),
    ],
)
def test_lidars_are_known_by_name(config: str, channels: int, columns: int, far: float, open_scene: Opener) -> None:
    lidar = lidar_of(opened(open_scene, f"config: {config}"))

    assert len(np.unique(lidar.pattern.channel)) == channels
    assert len(lidar.pattern.azimuth) == channels * columns and lidar.far == far


def test_what_is_given_wins_over_the_config_and_attributes_over_both(open_scene: Opener) -> None:
    arguments = "config: Velodyne_VLP16, far_range: 50, near_range: 2, channels: 4"
    attributes = '"omni:sensor:Core:nearRangeM": 1, "omni:sensor:Core:patternFiringRateHz": 100'
    lidar = lidar_of(opened(open_scene, f"{arguments}, attributes: {{{attributes}}}"))

    assert (lidar.near, lidar.far, lidar.range_noise) == pytest.approx((1, 50, 0.03))
    assert len(lidar.pattern.azimuth) == 4 * 10  # 100 firings a second, 10 scans


def test_poses_ranges_and_errors_may_be_drawn(open_scene: Opener) -> None:
    def between(low: object, high: object) -> str:
        return f"{{distribution.uniform: {{lower: {low}, upper: {high}}}}}"

    session = opened(
        open_scene,
        f"channels: 1, far_range: {between(20, 30)}, rotation_rate: {between(5, 20)}",
        "frames: {trigger.on_frame: {max_execs: 3}}\nmove:\n  with.frames:\n    with.lidar:\n"
        f"      modify.pose: {{position: {between([0, 0, 1], [9, 0, 1])}}}\n"
        f'      modify.attribute: {{name: "omni:sensor:Core:rangeAccuracyM", value: {between(0.01, 0.05)}}}\n',
    )
    first, second, again = (lidar_of(session, frame) for frame in (0, 1, 0))

    assert 20 <= first.far <= 30 and first.far == second.far  # of the lidar that was made, not of each frame
    assert 5 <= first.pattern.rate <= 20 and len(first.pattern.azimuth) == 3600
    assert 0.01 <= first.range_noise <= 0.05 and first.range_noise != second.range_noise
    assert first.world_from_sensor[0, 3] != second.world_from_sensor[0, 3]
    assert again.range_noise == first.range_noise
    assert np.array_equal(again.world_from_sensor, first.world_from_sensor)


def test_units_and_the_up_axis_of_the_stage_are_kept(open_scene: Opener) -> None:
    text = (
        "unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 0.01}}\n"
        'up: {settings.set_stage_up_axis: {up_axis: "Y"}}\n'
        "floor: {create.plane: {scale: 2000}}\n"
        "lidar: {create.omni_lidar: {position: [100, 250, -300], elevations: [-90]}}\n"
    )
    session = open_scene(text + VIEW, bare=True)
    cloud = asked(session)

    assert lidar_of(session).world_from_sensor[:3, 3].tolist() == pytest.approx([1, 2.5, -3])
    assert np.allclose(cloud["data"], [0, 0, -2.5], atol=1e-5)  # the floor, straight below
    assert np.allclose(cloud["info"]["normals"], [0, 0, 1], atol=1e-6)


SHAPES = """
car: {create.xform: {semantics: [["class", "car"]]}}
body: {create.cube: {parent: car, position: [4, -1.5, 1.2], scale: 0.7}}
wheel: {create.sphere: {parent: car, position: [4, 1.5, 1.5], scale: 0.7}}
floor: {create.plane: {scale: 30, semantics: [["class", "floor"]]}}
boxes: {create.cube: {count: 3, scale: 0.8, semantics: [["class", "box"], ["kind", "new"]]}}
move: {with.boxes: {modify.pose: {position: {distribution.uniform: {lower: [2, -2, 0.4], upper: [5, 2, 0.4]}}}}}
bare: {create.sphere: {position: [3, 0, 2]}}
"""


@pytest.mark.parametrize("params", [{}, {"semantic_types": ["kind"]}])
def test_ids_are_those_of_a_camera_in_the_same_place(params: dict[str, object], open_scene: Opener) -> None:
    session = open_scene(
        SHAPES + "lidar: {create.omni_lidar: {position: [0, 0, 1.2], channels: 40, vertical_fov: [-30, 30], "
        "scan_type: solid_state, horizontal_fov: [-40, 40], horizontal_resolution: 2}}\n"
        + VIEW
        + "eye: {create.camera: "
        "{position: [0, 0, 1.2], look_at: [5, 0, 1.2], focal_length: 10, clipping_range: [0.01, 100]}}\n"
        "seen: {create.render_product: {camera: eye, resolution: [600, 600]}}\n"
    )
    capture = session.capture(session.planner.plan(0))
    lidar, camera = capture.views
    cloud = capture.annotate(lidar, "lidar", params, [lidar])
    info, product = cloud["info"], capture.views[camera].product.camera
    points = cloud["data"] @ info["worldFromSensor"][:3, :3].T + info["worldFromSensor"][:3, 3]
    local = points @ product.camera_from_world[:3, :3].T + product.camera_from_world[:3, 3]
    column = product.centre_px[0] + product.focal_px[0] * local[:, 0] / -local[:, 2]
    row = product.centre_px[1] - product.focal_px[1] * local[:, 1] / -local[:, 2]
    inside = (column > 1) & (column < 599) & (row > 1) & (row < 599)
    at = row[inside].astype(int), column[inside].astype(int)

    assert inside.sum() > 500
    for name, labels in (("instance", "idToLabels"), ("semantic", "semanticToLabels")):
        image = capture.annotate(camera, f"{name}_segmentation", params, [camera])
        same = image["data"][at] == info[name][inside]
        assert same.mean() > 0.99, name  # but for pixels at edges
        assert len(np.unique(info[name])) >= (2 if params else 3)
        assert {str(k): v for k, v in image["info"]["idToLabels"].items()} == {
            str(k): v for k, v in info[labels].items()
        }
    distance = capture.annotate(camera, "distance_to_camera", {}, [camera])
    assert np.median(np.abs(distance[at] - info["distance"][inside])) < 0.01


def test_isaacs_scan_buffer_has_what_is_asked_for(open_scene: Opener) -> None:
    session = opened(open_scene, "position: [0, 0, 1], elevations: [-30, -45], horizontal_resolution: 1", SHAPES)
    flags = ("Azimuth", "Elevation", "Distance", "Intensity", "Timestamp", "EmitterId", "ChannelId", "TickId")
    own = asked(session)["info"]
    found = asked(session, "IsaacCreateRTXLidarScanBuffer", **{f"output{name}": True for name in flags})

    assert found["data"].dtype == np.float32 and found["data"].shape == (len(own["distance"]), 3)
    for name in ("azimuth", "elevation", "distance", "intensity"):
        assert np.array_equal(found[name], own[name])
    assert found["timestamp"].dtype == np.uint64 and set(found["emitterId"]) == {0, 1}
    assert np.array_equal(found["tickId"], own["beam"] // 2) and set(found["channelId"]) == {1, 2}
    assert set(asked(session, "IsaacCreateRTXLidarScanBuffer")) == {"data", "distance", "info"}
    points = asked(session, "IsaacExtractRTXSensorPointCloudNoAccumulator")
    assert np.array_equal(points["data"], found["data"])
    assert points["info"]["transform"].reshape(4, 4)[3].tolist() == [0, 0, 1, 1]


def test_a_flat_scan_is_of_a_lidar_whose_beams_are_level(open_scene: Opener) -> None:
    walls = "wall: {create.cube: {position: [3, 0, 0.5], scale: [1, 20, 1]}}\n"
    flat = asked(
        opened(open_scene, "position: [0, 0, 0.5], elevations: [0], horizontal_resolution: 10", walls),
        "IsaacComputeRTXLidarFlatScan",
    )

    assert flat["numCols"] == 36 and flat["azimuthRange"].tolist() == [-180, 170]
    assert (flat["horizontalFov"], flat["horizontalResolution"]) == (360, 10)
    turn = np.radians(np.arange(-180, 180, 10))
    with np.errstate(divide="ignore"):
        expected = np.where(np.abs(np.degrees(turn)) < 75, 2.5 / np.cos(turn), -1)
    assert np.allclose(flat["linearDepthData"], expected, rtol=1e-5)
    tilted = asked(opened(open_scene, "elevations: [0, 1]"), "IsaacComputeRTXLidarFlatScan")
    assert tilted["numCols"] == 0 and len(tilted["linearDepthData"]) == 0


def test_cameras_send_no_beams_and_lidars_take_no_pictures(open_scene: Opener) -> None:
    with pytest.raises(NotSupported, match=r"its camera sends no beams; make a render product of create\.omni_lidar"):
        asked(open_scene(""))
    for name in ("rgb", "distance_to_camera", "DiffuseAlbedo", "bounding_box_2d_tight"):
        with pytest.raises(NotSupported, match=r"a lidar takes no .*LidarWriter"):
            asked(opened(open_scene, "channels: 1"), name)
    with pytest.raises(NotSupported, match=r"measures no depth; inspection\.depth_sensor"):
        asked(open_scene(""), "depth_sensor_distance")


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ("config: Velodyne_VLP61", NotSupported, "Velodyne_VLP61' is not known; did you mean 'Velodyne_VLP16'"),
        ("elevations: [0, 95]", BadArgument, "-90 to 90 degrees"),
        ("elevations: []", BadArgument, "one at least"),
        ("elevations: [0], channels: 2", BadArgument, "not both"),
        ("channels: 2, azimuths: [1]", BadArgument, "1 azimuths for 2 channels"),
        ("vertical_fov: [10, -10]", BadArgument, r"vertical_fov=\[10, -10\] must rise"),
        ("horizontal_fov: [0, 400]", BadArgument, "by 360 degrees at most"),
        ("scan_type: spinning", BadArgument, "scan_type='spinning'"),
        ('attributes: {"omni:sensor:Core:nearRangeM": {a: 1}}', BadArgument, "omni:sensor:Core:nearRangeM"),
        ("near_range: 5, far_range: 4", BadScene, "/Replicator/OmniLidar_Xform/OmniLidar: lidar: its range of 5 to 4"),
        ("horizontal_resolution: 0.00000001", BadScene, "beams a scan"),
        ("horizontal_resolution: 1.0e-320, scan_type: solid_state", BadArgument, "too many beams"),
        ("rotation_rate: 1.0e-320", BadScene, r"beams a scan|must be above 0"),
        ("channels: 1000000000000", BadArgument, "channels=1000000000000 are too many"),
        ("config: OS1_0ch0hz0res", NotSupported, "OS1_0ch0hz0res' is not known"),
        ('attributes: {"omni:sensor:Core:scanType": "ZIGZAG"}', BadScene, "ROTARY and SOLID_STATE"),
        ('attributes: {"omni:sensor:Core:emitterState:s001:fireTimeNs": [1]}', BadScene, "has 1 numbers"),
    ],
)
def test_what_no_lidar_can_be_is_told(
    arguments: str, kind: type[RenderSDGError], says: str, open_scene: Opener
) -> None:
    with pytest.raises(kind, match=says):
        opened(open_scene, arguments).snapshot(0)


def test_attributes_that_nothing_reads_are_told(open_scene: Opener) -> None:
    session = opened(open_scene, 'channels: 1, attributes: {"omni:sensor:Core:intensityProcessing": "RAW"}')
    session.snapshot(0)

    assert "omni:sensor:Core:intensityProcessing" in str(session.recorder.report.entries)


def test_a_depth_sensor_is_of_a_camera_and_may_be_drawn(open_scene: Opener) -> None:
    session = open_scene(
        "wall: {create.cube: {position: [-3, 0, 0], scale: [2, 20, 20]}}\n"
        "eye: {create.camera: {position: [2, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
        "frames: {trigger.on_frame: {max_execs: 2}}\n"
        "depth:\n  with.frames:\n    with.eye:\n      inspection.depth_sensor: {baseline: {distribution.uniform: "
        "{lower: 0.05, upper: 0.2}}, disparity_step: 0.25}\n"
        "save: {writers.get: {name: BasicWriter, init_params: {depth_sensor_distance: true, colorize_depth: true}, "
        "render_products: view}}\n"
    )
    first, second = (session.snapshot(frame).products[0].depth_sensor for frame in (0, 1))
    assert first is not None and second is not None and first.baseline != second.baseline

    depth = asked(session, "DepthSensorDistance")
    focal = session.snapshot(0).products[0].camera.focal_px[0]
    steps = round(focal * first.baseline / 4 / 0.25)
    assert depth.dtype == np.float32
    assert np.allclose(depth[depth > 0], focal * first.baseline / (steps * 0.25), rtol=1e-5)
    places = asked(session, "DepthSensorPointCloudPosition")
    assert np.allclose(places[depth > 0][:, 0], 2 - depth[depth > 0], atol=1e-4) and not places[depth == 0].any()
    colour = asked(session, "DepthSensorPointCloudColor")
    assert (colour[depth > 0][:, 3] == 255).all() and not colour[depth == 0].any()
    session.attach()
    files = session.make(0).files
    assert sorted(files) == ["depth_sensor_distance_0000.npy", "depth_sensor_distance_0000.png"]


def test_a_scene_without_writers_has_points_of_its_lidars_and_pictures_of_its_cameras(open_scene: Opener) -> None:
    text = "floor: {create.plane: {scale: 30}}\nlidar: {create.omni_lidar: {position: [0, 0, 1], channels: 4}}\n"
    eye = (
        "eye: {create.camera: {position: [5, 0, 2], look_at: [0, 0, 0]}}\n"
        "seen: {create.render_product: {camera: eye, resolution: [32, 24]}}\n"
    )
    both = open_scene(text + VIEW + eye)
    alone = open_scene(text + VIEW)

    both.attach()
    alone.attach()
    files = sorted(both.make(0).files)
    assert any("rgb" in path for path in files) and any(path.endswith("lidar_0000.ply") for path in files)
    assert sorted(alone.make(0).files) == ["lidar_0000.json", "lidar_0000.npy", "lidar_0000.ply"]


def test_a_contact_sheet_shows_a_lidar_from_above(open_scene: Opener) -> None:
    session = opened(
        open_scene,
        "position: [0, 0, 1], channels: 40, vertical_fov: [-20, 20]",
        'ahead: {create.cube: {position: [5, 0, 1], semantics: [["class", "box"]]}}\n',
    )
    view = next(iter(session.views(session.snapshot(0), {}).values()))
    shown = from_above(view, 101)
    sheet = read_image(contact_sheet(session, [0], size_px=101))

    lit = np.argwhere((shown != 24).any(-1))
    assert len(lit) and lit[:, 0].max() < 50 and np.abs(lit[:, 1] - 50).max() < 10  # ahead is up
    assert sheet.shape[0] >= 101
    nothing = opened(open_scene, "channels: 1")
    assert (from_above(next(iter(nothing.views(nothing.snapshot(0), {}).values())), 8) == 24).all()
