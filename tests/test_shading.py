"""Light: pictures whose values physics gives by hand."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.environment import EnvironmentCache
from rendersdg.backends.raster import RasterBackend
from rendersdg.colour import black_body, filmic, linear_from_eight_bit, linear_from_srgb, srgb_from_linear
from rendersdg.frame import Wanted
from rendersdg.geometry import aim_rotation
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import Environment, View
from rendersdg.snapshot import Light, Snapshot, Texture
from tests.conftest import Opener

WHITE = "paint: {create.material_omnipbr: {diffuse: [1, 1, 1], roughness: 1.0, specular: 0.0}}\n"
WALL = WHITE + "wall: {create.cube: {scale: [0.1, 8, 8], material: paint}}\n"


def radiance(open_scene: Opener, lights: str, body: str = WALL) -> np.ndarray:
    session = open_scene(body + lights)
    snapshot = session.snapshot(0)
    buffers, _ = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))
    assert buffers.hdr is not None
    return buffers.hdr[..., :3]


def test_a_white_wall_under_a_white_dome_is_as_bright_as_the_dome(open_scene: Opener) -> None:
    hdr = radiance(open_scene, "sky: {create.light: {light_type: dome, intensity: 500}}\n")

    # a perfect diffuser in a uniform field reflects the field; the rough dielectric coat adds at most a few per cent
    assert np.median(hdr) == pytest.approx(500, rel=0.05)


def test_a_distant_light_follows_the_cosine_law(open_scene: Opener) -> None:
    front = radiance(open_scene, "sun: {create.light: {light_type: distant, intensity: 1000, look_at: [-1, 0, 0]}}\n")
    slant = radiance(open_scene, "sun: {create.light: {light_type: distant, intensity: 1000, rotation: [0, 45, 0]}}\n")

    assert np.median(front) == pytest.approx(1000 / np.pi, rel=0.02)
    assert np.median(slant) == pytest.approx(1000 / np.pi * np.cos(np.pi / 4), rel=0.05)


def test_a_sphere_light_falls_off_with_the_square_of_the_distance(open_scene: Opener) -> None:
    def centre(distance: float) -> float:
        light = (
            f"lamp: {{create.light: {{light_type: sphere, intensity: 10000, scale: 0.2, position: [{0.05 + distance}, "
            f"0, 0.0]}}}}\n"
        )
        camera = (
            "eye: {create.camera: {position: [9, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\nview: "
            "{create.render_product: {camera: eye, resolution: [65, 49]}}\n"
        )
        return float(radiance(open_scene, light + camera)[24, 32, 0])

    # irradiance of a small sphere: pi L (r / d)^2; radiance of the wall is that over pi
    assert centre(2.0) == pytest.approx(10000 * (0.1 / 2.0) ** 2, rel=0.05)
    assert centre(1.0) / centre(2.0) == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("light", ["distant", "sphere", "rect", "disk", "cylinder"])
def test_an_obstacle_throws_a_shadow_under_every_light_that_casts(open_scene: Opener, light: str) -> None:
    body = WHITE + (
        "floor: {create.plane: {scale: [6, 6, 1], material: paint}}\nbar: {create.cube: {position: [0, 0, 1], "
        "scale: [0.5, 0.5, 0.1], material: paint}}\n"
        "eye: {create.camera: {position: [3, 0, 3], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\nview: "
        "{create.render_product: {camera: eye, resolution: [128, 96]}}\n"
    )
    place = "" if light == "distant" else "position: [0, 0, 3], "
    hdr = radiance(
        open_scene, f"lamp: {{create.light: {{light_type: {light}, {place}scale: 0.1, intensity: 20000}}}}\n", body
    )[..., 0]

    below, beside = hdr[52, 64], hdr[90, 64]
    assert below < 0.15 * beside


def test_emission_is_added_as_it_is(open_scene: Opener) -> None:
    body = (
        "paint: {create.material_omnipbr: {diffuse: [0, 0, 0], emissive_color: [1, 0.5, 0], emissive_intensity: 800, "
        "specular: 0.0}}\nwall: {create.cube: {scale: [0.1, 8, 8], material: paint}}\n"
    )

    assert np.allclose(radiance(open_scene, "", body)[20, 20], [800, 400, 0], atol=1)


def test_colour_curves_are_those_of_the_standards() -> None:
    values = np.linspace(0, 1, 257)

    assert np.allclose(linear_from_srgb(srgb_from_linear(values)), values, atol=1e-5)
    assert srgb_from_linear(np.array(0.5)) == pytest.approx(0.7354, abs=1e-4)
    assert (np.diff(filmic(np.linspace(0, 20, 500))) >= 0).all()
    warm, cool = black_body(2700), black_body(9000)
    assert warm[0] > warm[1] > warm[2] and cool[2] > cool[0]
    assert np.allclose(black_body(6500), 1, atol=0.08)


def test_colour_curves_give_the_same_bytes_on_every_machine() -> None:
    texels = linear_from_eight_bit(np.arange(256, dtype=np.uint8))
    shown = srgb_from_linear(np.arange(4097, dtype=np.float32) / np.float32(4096))

    assert np.round(srgb_from_linear(texels) * 255).tolist() == list(range(256))
    assert [float(v).hex() for v in texels[[1, 128]]] == ["0x1.3e45680000000p-12", "0x1.ba15180000000p-3"]
    digests = [sha256(v.astype("<f4").tobytes()).hexdigest()[:16] for v in (texels, shown)]
    assert digests == ["bb6cd5e59d4caf99", "230e5cb102665aa9"]


def test_the_picture_is_the_same_every_time(open_scene: Opener) -> None:
    session = open_scene(
        WALL
        + (
            "sky: {create.light: {light_type: dome, texture: 'rendersdg:texture/sky'}}\nsun: {create.light: "
            "{light_type: distant}}\n"
        )
    )
    snapshot = session.snapshot(0)
    pictures = {RasterBackend().render(snapshot, snapshot.products[0])[0].rgb.tobytes() for _ in range(3)}

    assert len(pictures) == 1


def test_edges_are_smooth_and_labels_are_not(open_scene: Opener) -> None:
    session = open_scene(
        WHITE
        + (
            "bar: {create.cube: {scale: [0.1, 1, 1], rotation: [20, 0, 0], material: paint}}\nsky: {create.light: "
            "{light_type: distant, look_at: [-1, 0, 0]}}\n"
        )
    )
    snapshot = session.snapshot(0)
    buffers, labels = RasterBackend().render(snapshot, snapshot.products[0])
    inside = buffers.rgb[..., 0][24, 32]

    assert labels is not None
    between = (buffers.rgb[..., 0] > 10) & (buffers.rgb[..., 0] < inside - 10)
    assert between.sum() > 20
    assert set(np.unique(labels.instance)) == {-1, 0}


def occluded_slowly(depth: np.ndarray, normal: np.ndarray, pose: np.ndarray, focal: float, radius: float) -> np.ndarray:
    """Six taps about each second pixel, one by one; ``pose`` turns world into camera, the centre is that of the
    image.
    """
    height, width = depth.shape
    out = np.ones(((height + 1) // 2, (width + 1) // 2))
    angles = [(1, 0), (0.5, 0.866), (-0.5, 0.866), (-1, 0), (-0.5, -0.866), (0.5, -0.866)]
    reach = [1.0, 0.45, 0.8, 0.3, 0.9, 0.55]

    def at(x: int, y: int) -> np.ndarray:
        slope = np.array([(x + 0.5 - width / 2) / focal, (height / 2 - y - 0.5) / focal, -1])
        return slope * float(depth[y, x])

    for v, u in np.ndindex(out.shape):
        x, y = 2 * u, 2 * v
        if not np.isfinite(depth[y, x]):
            continue
        n = pose[:3, :3] @ normal[y, x]
        total, missed = 0.0, False
        for k, (dx, dy) in enumerate(angles):
            if k == 3 and total == 0 and not missed:  # three ways open: call it open
                break
            far = np.clip(radius * focal / depth[y, x], 3, 64) * reach[(k + u % 2 + 2 * (v % 2)) % 6]
            a, b = x + int(dx * far), y + int(dy * far)
            missed = not (0 <= a < width and 0 <= b < height) or not np.isfinite(depth[b, a]) or (a, b) == (x, y)
            if not missed:
                away = at(a, b) - at(x, y)
                length = np.linalg.norm(away)
                cosine, near = away @ n / length - 0.06, 1 - (length / (2 * radius)) ** 2
                total += cosine * near if cosine > 0 and near > 0 else 0
        out[v, u] = max(1 - total * 0.3333, 0.1)
    return out


@pytest.mark.parametrize("wh", [(40, 30), (41, 31), (300, 9)])
def test_ambient_occlusion_is_that_of_six_taps_one_by_one(wh: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    depth = rng.uniform(4, 4.4, wh[::-1]).astype(np.float32)
    depth[rng.random(depth.shape) < 0.1] = np.inf
    normal = rng.normal(size=(*depth.shape, 3)) + (0, 0, 2)
    normal = (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)
    pose = aim_rotation(np.array([1.0, 2, 3]), np.zeros(3), np.array([0, 0, 1.0])).T
    focal, radius = 50.0, 0.5
    turn = np.eye(4, dtype=np.float32)
    turn[:3, :3] = pose
    view = View(
        width=wh[0],
        height=wh[1],
        step=1,
        focal_x=focal,
        focal_y=focal,
        centre_x=wh[0] / 2,
        centre_y=wh[1] / 2,
        near=0.1,
        far=10,
        world_from_camera=np.eye(4),
        ray_count=0,
    )

    out = kernels.open_sky(view, depth, normal, turn, radius)

    slow = occluded_slowly(depth, normal, pose, focal, radius)
    assert (slow < 0.9).mean() > 0.1 and (slow == 1).mean() > 0.1
    np.testing.assert_allclose(out, slow, atol=2e-4)


def test_smoothing_averages_the_block_whose_depth_agrees() -> None:
    rng = np.random.default_rng(6)
    image = rng.random((7, 9)).astype(np.float32)
    depth = rng.choice(np.array([2, 2.05, 3, np.inf], np.float32), (13, 18))

    out = kernels.smoothed(image, depth)

    for y, x in np.ndindex(image.shape):
        z = depth[2 * y, 2 * x]
        block = [(min(max(y + b, 0), 6), min(max(x + a, 0), 8)) for b in range(-1, 3) for a in range(-1, 3)]
        alike = [image[p] for p in block if np.isinf(z) or abs(depth[2 * p[0], 2 * p[1]] - z) <= 0.03 * z]
        assert out[y, x] == pytest.approx(np.mean(alike), rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(64, 128), (17, 31), (1, 1), (512, 1024)]))
def test_the_sky_is_looked_up_where_trigonometry_says(seed: int, hw: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((*hw, 3)).astype(np.float32)
    looks = rng.normal(size=(50, 3))
    looks[:4] = [[0, 0, 1], [0, 0, -1], [-1, 1e-9, 0], [-1, -1e-9, 0]]
    turned = aim_rotation(rng.normal(size=3), np.zeros(3), np.array([0, 0, 1.0])).astype(np.float32)

    tint = np.array([1, 2, 0.5], np.float32)
    environment = Environment(
        harmonics=np.zeros((9, 3), np.float32),
        pyramid=np.zeros((1, 4, 3), np.float32),
        sides=np.array([2]),
        background=image,
        frame_from_world=turned,
        tint=tint,
        is_lit=1,
    )
    seen = kernels.look_up_sky(looks.astype(np.float32), environment, turned)

    x, y, z = (looks.astype(np.float32) @ turned.T).astype(float).T
    u = (np.arctan2(y, x) / (2 * np.pi) + 0.5) * hw[1] - 0.5
    v = np.arctan2(np.hypot(x, y), z) / np.pi * hw[0] - 0.5
    wide = cv2.copyMakeBorder(cv2.copyMakeBorder(image, 0, 0, 1, 1, cv2.BORDER_WRAP), 1, 1, 0, 0, cv2.BORDER_REPLICATE)
    rows, columns = np.floor(v).astype(int) + 1, np.floor(u).astype(int) + 1
    fv, fu = (v - np.floor(v))[:, None], (u - np.floor(u))[:, None]
    upper = wide[rows, columns] * (1 - fu) + wide[rows, columns + 1] * fu
    lower = wide[rows + 1, columns] * (1 - fu) + wide[rows + 1, columns + 1] * fu
    np.testing.assert_allclose(seen / tint, upper * (1 - fv) + lower * fv, atol=2e-6 * hw[1] + 1e-5)


def half_lit(up: str, rotation: np.ndarray, domes: int = 1) -> Snapshot:
    """A snapshot of nothing under a map that is 3 over its own horizon and 1 below, turned by ``rotation``."""
    image = np.ones((64, 128, 3), np.float32)
    image[:32] = 3
    pose = np.eye(4)
    pose[:3, :3] = rotation
    sky = Light("/sky", "dome", np.full(3, 100.0 / domes), pose, texture=0)
    return Snapshot(0, 0.0, 1.0, up, (), (Texture("sky", image, False),), (), (), (), (sky,) * domes, ())  # type: ignore[arg-type]


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
