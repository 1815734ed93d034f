"""What comes back of a lidar's beams, by hand: in a box, on a ball, turned and moved, lost and noisy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg import shapes
from rendersdg.backends.scanning import Scanner
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import BadArgument
from rendersdg.geometry import euler_rotation
from rendersdg.ranging import Lidar, Pattern, Scan, Turn, rotary, solid_state
from rendersdg.snapshot import Camera, Entity, Instance, Material, Mesh, RenderProduct, Snapshot, Texture, Through

WHITE = Material(base_colour=(1.0, 1.0, 1.0), specular=0.0, roughness=1.0)


def mesh_of(shape: shapes.Shape, name: str) -> Mesh:
    count = len(shape.vertices)
    ones = np.ones((count, 3), np.float32)
    arrays = (np.asarray(a, np.float32) for a in (shape.vertices, shape.normals, shape.uvs))
    return Mesh(name, *arrays, ones, np.asarray(shape.triangles, np.int32))


def placed(matrix: np.ndarray, number: int, material: int = 0) -> Instance:
    return Instance(f"/thing_{number}", number, material, number, matrix, matrix)


def at(scale: object, where: object = (0.0, 0.0, 0.0)) -> np.ndarray:
    matrix = np.diag([*np.broadcast_to(np.asarray(scale, float), 3), 1.0])
    matrix[:3, 3] = where
    return matrix


def scene(
    things: list[tuple[shapes.Shape, np.ndarray]], materials: tuple[Material, ...] = (WHITE,), **more: object
) -> Snapshot:
    """Return a snapshot of shapes in their places, each with its material, the last for those beyond."""
    numbered = list(enumerate(things))
    entity = [Entity(f"/thing_{k}", (), np.eye(4), np.zeros(3), np.zeros(3)) for k, _ in numbered]
    return Snapshot(
        frame=0,
        time=0.0,
        meters_per_unit=1.0,
        up_axis="Z",
        meshes=tuple(mesh_of(shape, f"mesh_{k}") for k, (shape, _) in numbered),
        textures=tuple(more.pop("textures", ())),
        materials=materials,
        instances=tuple(placed(matrix, k, min(k, len(materials) - 1)) for k, (_, matrix) in numbered),
        entities=tuple(entity),
        lights=(),
        products=(),
        **more,
    )


def beams(azimuth: object, elevation: object) -> Pattern:
    turn, rise = (np.atleast_1d(np.asarray(a, float)) for a in (azimuth, elevation))
    turn, rise = (np.ascontiguousarray(a) for a in np.broadcast_arrays(turn, rise))
    return solid_state(turn, rise, np.arange(len(turn), dtype=np.uint32), np.zeros(len(turn), np.int64))


def scanned(snapshot: Snapshot, lidar: Lidar) -> Scan:
    camera = Camera("/lidar", (1, 1), np.eye(4), np.eye(4), "pinhole", (1.0, 1.0), (0.5, 0.5), (0.1, 10.0))
    return Scanner(SceneTables()).scan(snapshot, RenderProduct("Lidar", camera, lidar=lidar))


ROOM = [(shapes.box(), at((8.0, 6.0, 4.0)))]  # 8 m long, 6 m wide, 4 m high, about the sensor


def in_the_room(ways: np.ndarray) -> np.ndarray:
    """Return how far it is from the middle of the room to its walls."""
    with np.errstate(divide="ignore"):
        return (np.array([4.0, 3.0, 2.0]) / np.abs(ways)).min(1)


def test_a_rotating_lidar_in_the_middle_of_a_box_measures_every_wall() -> None:
    elevation = np.array([-30.0, -15.0, 0.0, 15.0, 30.0])
    numbers = np.arange(5, dtype=np.uint32)
    pattern = rotary(np.zeros(5), elevation, numbers, np.zeros(5, np.int64), Turn(10.0, 3600.0))
    seen = scanned(scene(ROOM), Lidar(pattern, np.eye(4)))

    assert len(seen.beam) == 5 * 360
    assert np.allclose(seen.distance, in_the_room(pattern.directions), rtol=1e-6)
    assert np.allclose(seen.points, pattern.directions * in_the_room(pattern.directions)[:, None], atol=1e-5)
    straight = np.flatnonzero((pattern.azimuth == 0) & (pattern.elevation == 0))
    assert seen.distance[straight] == pytest.approx(4.0) and seen.intensity[straight] == pytest.approx(1.0)
    assert np.allclose(seen.normals[straight], [-1, 0, 0])


def test_beams_are_told_in_the_order_of_their_times_and_turn_clockwise() -> None:
    fire = np.array([0, 1000], np.int64)
    emitters = (np.array([0.0, 1.0]), np.array([5.0, -5.0]), np.array([0, 1], np.uint32), fire)
    pattern = rotary(*emitters, Turn(rate=10.0, firing_rate=40.0, start=90.0))

    assert pattern.azimuth.tolist() == [90, 91, 0, 1, -90, -89, -180, -179]
    assert pattern.time.tolist() == [0, 1000, 25_000_000, 25_001_000, 50_000_000, 50_001_000, 75_000_000, 75_001_000]
    assert pattern.channel.tolist() == [0, 1] * 4
    left = rotary(*emitters, Turn(rate=10.0, firing_rate=40.0, start=90.0, valid=(90.0, 270.0), is_clockwise=False))
    assert left.azimuth.tolist() == [-180, -179, -90, -89] and left.time[0] == 25_000_000


def test_a_ball_is_met_where_the_quadratic_formula_says() -> None:
    ball = [(shapes.sphere(0.5, 256, 128), at(2.0, (5.0, 0.0, 0.0)))]  # a radius of 1 m
    off = np.array([0.0, 2.0, 5.0, 8.0, 11.0, 12.0])
    seen = scanned(scene(ball), Lidar(beams(off, 0.0), np.eye(4)))

    hit = off[seen.beam]
    assert hit.tolist() == [0, 2, 5, 8, 11]  # asin(1/5) is 11.5 degrees
    turn = np.radians(hit)
    near = 5 * np.cos(turn) - np.sqrt(1 - 25 * np.sin(turn) ** 2)
    assert np.allclose(seen.distance, near, atol=3e-3)
    cosine = (near**2 + 1 - 25) / (2 * near)  # of the angle outside the triangle sensor, centre, hit
    assert np.allclose(seen.intensity, -cosine, atol=0.02)


def test_a_moved_and_turned_sensor_tells_points_in_its_own_axes_or_the_worlds() -> None:
    world = np.eye(4)
    world[:3, :3] = euler_rotation((20.0, -35.0, 70.0))
    world[:3, 3] = 0.7, -0.4, 0.3
    pattern = beams(np.linspace(-170, 170, 41), np.tile([-20.0, 10.0, 40.0], 14)[:41])
    own = scanned(scene(ROOM), Lidar(pattern, world))
    told = scanned(scene(ROOM), Lidar(pattern, world, frame_of="WORLD"))

    assert len(own.beam) == 41
    ways = pattern.directions @ world[:3, :3].T
    with np.errstate(divide="ignore"):
        far = ((np.sign(ways) * [4, 3, 2] - world[:3, 3]) / ways).min(1)
    assert np.allclose(own.distance, far, rtol=1e-5)
    assert np.allclose(own.points @ world[:3, :3].T + world[:3, 3], told.points, atol=1e-5)
    assert np.allclose(np.abs(told.points / [4, 3, 2]).max(1), 1, atol=1e-5)  # each lies on a wall
    assert np.allclose(own.normals @ world[:3, :3].T, told.normals, atol=1e-6)


def test_what_is_too_near_hides_what_is_behind_and_is_not_told() -> None:
    plate = (shapes.box(), at((0.01, 1.0, 1.0), (0.5, 0.0, 0.0)))
    lidar = Lidar(beams([0.0, 180.0], 0.0), np.eye(4), near=1.0)
    seen = scanned(scene([*ROOM, plate]), lidar)

    assert seen.beam.tolist() == [1]
    assert scanned(scene(ROOM), replace(lidar, far=3.9)).beam.tolist() == []


def test_what_is_see_through_or_cut_out_lets_beams_pass() -> None:
    pane = (shapes.box(), at((0.01, 1.0, 1.0), (2.0, 0.0, 0.0)))
    holes = Texture("holes", np.concatenate([np.full((2, 2, 3), 255, np.uint8), np.zeros((2, 2, 1), np.uint8)], -1))
    for material, textures in (
        (replace(WHITE, through=Through(transmission=0.9)), ()),
        (replace(WHITE, through=Through(blend="fade"), opacity=0.5), ()),
        (replace(WHITE, opacity=0.0), ()),
        (replace(WHITE, opacity=0.3, opacity_threshold=0.5), ()),
        (replace(WHITE, opacity_texture=0, opacity_threshold=0.5), (holes,)),
    ):
        seen = scanned(scene([*ROOM, pane], (WHITE, material), textures=textures), Lidar(beams(0, 0), np.eye(4)))
        assert seen.instance.tolist() == [0] and seen.distance[0] == pytest.approx(4.0)
    assert scanned(scene([*ROOM, pane]), Lidar(beams(0, 0), np.eye(4))).instance.tolist() == [1]


def test_intensity_follows_colour_angle_metal_and_texture() -> None:
    def back(material: Material, azimuth: float = 0.0, **more: object) -> float:
        return float(scanned(scene(ROOM, (material,), **more), Lidar(beams(azimuth, 0), np.eye(4))).intensity[0])

    assert back(WHITE) == pytest.approx(1.0)
    assert back(WHITE, 30.0) == pytest.approx(np.cos(np.radians(30)))
    assert back(replace(WHITE, base_colour=(0.2, 0.2, 0.2))) == pytest.approx(0.2)
    assert back(replace(WHITE, base_colour=(0.0, 1.0, 0.0))) == pytest.approx(0.7152)  # Rec. 709
    mirror = replace(WHITE, metallic=1.0, roughness=0.1, base_colour=(0.9, 0.9, 0.9))
    assert back(mirror) == 1.0 and back(mirror, 20.0) < 0.01  # a flash head on, then nothing
    # a metal of roughness 1 head on: F D G / 4 with D = 1 / pi, G = 1
    assert back(replace(mirror, roughness=1.0)) == pytest.approx(0.9 / 4)
    grey = Texture("grey", np.full((2, 2, 4), 255, np.float32) * np.float32(0.1 / 255), is_srgb=False)
    assert back(replace(WHITE, base_colour_texture=0), textures=(grey,)) == pytest.approx(0.1)


def test_beams_that_are_too_weak_are_lost() -> None:
    dark = replace(WHITE, base_colour=(0.1, 0.1, 0.1))
    lidar = Lidar(beams([0.0, 90.0], 0.0), np.eye(4), least_reflectance=0.1, least_reflectance_range=3.5)

    assert scanned(scene(ROOM, (dark,)), lidar).distance.tolist() == pytest.approx([3.0])  # the wall at 4 m is too far
    assert len(scanned(scene(ROOM, (WHITE,)), lidar).beam) == 2


def wide(count: int = 20_000) -> Pattern:
    return beams(np.linspace(-180, 180, count, endpoint=False), 0.0)


def test_noise_has_the_sigma_that_is_asked_for_and_steps_are_kept() -> None:
    clean = scanned(scene(ROOM), Lidar(wide(), np.eye(4)))
    noisy = scanned(scene(ROOM), Lidar(wide(), np.eye(4), range_noise=0.02))
    error = noisy.distance.astype(float) - clean.distance

    assert abs(error.mean()) < 5 * 0.02 / np.sqrt(20_000)
    assert error.std() == pytest.approx(0.02, rel=0.03)
    assert np.allclose(np.linalg.norm(noisy.points, axis=1), noisy.distance, rtol=1e-6)
    stepped = scanned(scene(ROOM), Lidar(wide(), np.eye(4), range_step=0.05))
    assert np.allclose(stepped.distance / 0.05, np.round(stepped.distance / 0.05), atol=1e-4)
    assert np.abs(stepped.distance - clean.distance).max() <= 0.0251


def test_beams_leave_beside_their_angles_and_tell_the_angles_they_were_to_have() -> None:
    lidar = Lidar(beams(np.zeros(5000), 0.0), np.eye(4), azimuth_error=(30.0, 1.0))
    seen = scanned(scene(ROOM), lidar)

    assert np.allclose(seen.points[:, 1:], 0, atol=1e-6)
    turned = np.degrees(np.arccos(4 / seen.distance))
    assert turned.mean() == pytest.approx(30, abs=0.1) and turned.std() == pytest.approx(1, rel=0.1)


def test_as_many_beams_are_dropped_as_asked_and_others_stay_the_same() -> None:
    kept = scanned(scene(ROOM), Lidar(wide(), np.eye(4), dropout=0.3, range_noise=0.01))
    whole = scanned(scene(ROOM), Lidar(wide(), np.eye(4), range_noise=0.01))

    assert len(kept.beam) / 20_000 == pytest.approx(0.7, abs=0.02)
    assert np.array_equal(kept.distance, whole.distance[kept.beam])
    assert len(scanned(scene(ROOM), Lidar(wide(), np.eye(4), dropout=1.0)).beam) == 0


def test_a_scan_depends_on_seed_and_frame_alone() -> None:
    lidar = Lidar(wide(500), np.eye(4), dropout=0.2, range_noise=0.01, azimuth_error=(0.0, 0.1))

    def told(**changed: int) -> bytes:
        seen = scanned(replace(scene(ROOM), **changed), lidar)
        return b"".join(np.ascontiguousarray(getattr(seen, name)).tobytes() for name in seen.__dataclass_fields__)

    assert told() == told() and told(seed=1) != told() and told(frame=1) != told()


def test_an_empty_scene_gives_no_points() -> None:
    seen = scanned(scene([]), Lidar(wide(10), np.eye(4)))

    assert seen.points.shape == (0, 3) and len(seen.entity) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"near": 5.0, "far": 5.0}, "5 to 5 metres"),
        ({"dropout": 1.5}, "dropout=1.5 must lie in 0..1"),
        ({"range_noise": float("nan")}, "range_noise=nan"),
    ],
)
def test_values_that_no_lidar_has_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        Lidar(beams(0, 0), np.eye(4), **wrong)


def test_scans_of_no_beams_or_too_many_are_refused() -> None:
    one = (np.zeros(1), np.zeros(1), np.zeros(1, np.uint32), np.zeros(1, np.int64))
    with pytest.raises(BadArgument, match="make 0 beams"):
        rotary(*one, Turn(valid=(10.0, 10.0)))
    with pytest.raises(BadArgument, match="beams a scan; 1 to"):
        rotary(*one, Turn(firing_rate=1e12))
    with pytest.raises(BadArgument, match="must be above 0"):
        rotary(*one, Turn(rate=0.0))
