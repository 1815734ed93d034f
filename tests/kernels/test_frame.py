"""What makes a frame, in C: bad numbers, bad arrays, several threads; light and sky against slow arithmetic."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.labelpass import kernel_view, label, label_pass
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import BadArgument
from rendersdg.frame import Wanted
from rendersdg.geometry import aim_rotation
from rendersdg.kernels import frame, structs
from rendersdg.kernels.structs import Environment, View
from rendersdg.kernels.threads import set_threads
from rendersdg.snapshot import Snapshot
from tests.kernels.calls import drawn_of, parts
from tests.kernels.nasty import grazing, snapshot

MODELS = ["pinhole", "fisheyePolynomial"]


@pytest.fixture(scope="module", autouse=True)
def small_shadow_maps() -> Iterator[None]:
    """Shadows on coarse maps: what goes wrong in them does so at any size, and sanitizers are slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rendersdg.backends.raster._MAP_SIDE", 128)
        yield


@pytest.fixture
def many_threads() -> Iterator[None]:
    """Set the number of threads back afterwards."""
    yield
    set_threads(1)


def everything(shown: Snapshot) -> dict[str, np.ndarray]:
    """Return all arrays that the raster backend makes of a snapshot."""
    backend, product = RasterBackend(), shown.products[0]
    buffers, labels = backend.render(shown, product, Wanted(hdr=True, labels=True))
    assert labels is not None and buffers.hdr is not None
    found = {"rgb": buffers.rgb, "hdr": buffers.hdr}
    for name, part in (
        ("label", labels),
        ("centres", label_pass(shown, product, SceneTables())),
        ("surface", backend.surface(shown, product)),
    ):
        values = {f"{name}.{f.name}": getattr(part, f.name) for f in dataclasses.fields(part)}
        found |= {key: value for key, value in values.items() if isinstance(value, np.ndarray)}
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of what is bad on purpose
@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.05, 0.4]),
    st.sampled_from(MODELS),
    st.sampled_from([(33, 18), (1, 1), (300, 9), (16, 40)]),
)
def test_whatever_numbers_a_mesh_has_a_frame_is_drawn(seed: int, bad: float, model: str, wh: tuple[int, int]) -> None:
    shown = snapshot(seed, bad=bad, wh=wh, model=model)

    found = everything(shown)

    assert found["rgb"].shape == (wh[1], wh[0], 4)
    count = len(shown.instances)
    for name in ("label.instance", "centres.instance"):
        assert found[name].min() >= -1 and found[name].max() < max(count, 1)
    assert (found["label.visible"] <= found["label.unoccluded"]).all()
    assert found["label.visible"].sum() == (found["label.instance"] >= 0).sum()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of what is huge on purpose
@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from(MODELS),
    st.sampled_from([(64, 64), (1, 1), (4096, 1), (1, 4096), (129, 7), (4096, 3)]),
    st.sampled_from([1.0, 1e-4, 1e4, 1e30, 1e-30]),
    st.sampled_from([1e-6, 0.1, 1.0]),
)
def test_textured_triangles_edge_on_and_at_the_near_plane_are_drawn(
    seed: int, model: str, wh: tuple[int, int], scale: float, near: float
) -> None:
    shown = grazing(seed, wh=wh, model=model, scale=scale, near=near)

    found = everything(shown)

    assert found["rgb"].shape == (wh[1], wh[0], 4)
    assert (found["label.visible"] <= found["label.unoccluded"]).all()
    assert found["label.instance"].max() < len(shown.instances)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(MODELS), st.integers(2, 5), st.sampled_from([(33, 70), (300, 41)]))
@pytest.mark.usefixtures("many_threads")
def test_any_number_of_threads_draws_the_same_bytes(seed: int, model: str, count: int, wh: tuple[int, int]) -> None:
    shown = snapshot(seed, bad=0.0, wh=wh, model=model, triangles=300)
    set_threads(1)
    alone = everything(shown)

    set_threads(count)
    together = everything(shown)

    assert {k for k in alone if alone[k].tobytes() != together[k].tobytes()} == set()


def test_what_is_drawn_must_be_there() -> None:
    given = parts()
    n = given["scene"].kept["instances"].count

    with pytest.raises(BadArgument, match=r"Drawn.order has values"):
        drawn_of(given, order=np.array([n]))
    with pytest.raises(BadArgument, match="a cut-out has texture 50"):
        frame.raster(
            given["scene"],
            given["seen"],
            drawn_of(given, cut_texture=np.full(n, 50)),
            given["points"],
            given["samples"],
        )
    with pytest.raises(BadArgument, match="Drawn has 1 instances"):
        one = {name: np.zeros(1, array.dtype) for name, array in drawn_of(given).kept.items()}
        frame.transform(given["scene"], given["seen"], structs.Drawn(**one), given["points"])


@pytest.mark.parametrize("step", [1, 2])
def test_a_view_and_its_images_must_be_of_one_size(step: int) -> None:
    given = parts()
    camera = given["shown"].products[0].camera
    larger = kernel_view(dataclasses.replace(camera, resolution_wh=(64, 64)), step)

    with pytest.raises(BadArgument, match="the view 64x64"):
        frame.raster(given["scene"], larger, drawn_of(given), given["points"], given["samples"])
    with pytest.raises(BadArgument, match="samples for 33x18 at step 2"):
        frame.raster(given["scene"], kernel_view(camera, 2), drawn_of(given), given["points"], given["samples"])


def test_rays_and_depths_must_be_there_for_those_who_read_them() -> None:
    given = parts()
    bare = structs.Samples(**given["samples"].kept | {"inverse_depth": None})

    with pytest.raises(BadArgument, match="see_rays needs"):
        frame.see_rays(given["scene"], given["seen"], drawn_of(given), given["points"], given["samples"])
    with pytest.raises(BadArgument, match="raster needs"):
        frame.raster(given["scene"], given["seen"], drawn_of(given), given["points"], bare)


def test_triangle_numbers_that_no_instance_has_are_nothing() -> None:
    given = parts()
    view, shown = given["view"], given["shown"]
    triangle = view.samples.kept["triangle"]
    triangle[::3] = 2**31 - 1
    triangle[1::5] = -7

    labels = label(shown, shown.products[0].camera, view)

    assert (labels.instance.ravel()[::3] == -1).all() or shown.products[0].camera.resolution_wh[0] % 3
    assert labels.instance.max() < len(shown.instances)


def occluded_slowly(depth: np.ndarray, normal: np.ndarray, pose: np.ndarray, focal: float, radius: float) -> np.ndarray:
    """Six taps about each second pixel, one by one; ``pose`` turns world into camera,
    the centre is that of the image.
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

    out = frame.open_sky(view, depth, normal, turn, radius)

    slow = occluded_slowly(depth, normal, pose, focal, radius)
    assert (slow < 0.9).mean() > 0.1 and (slow == 1).mean() > 0.1
    np.testing.assert_allclose(out, slow, atol=2e-4)


def test_smoothing_averages_the_block_whose_depth_agrees() -> None:
    rng = np.random.default_rng(6)
    image = rng.random((7, 9)).astype(np.float32)
    depth = rng.choice(np.array([2, 2.05, 3, np.inf], np.float32), (13, 18))

    out = frame.smoothed(image, depth)

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
        pyramid=np.zeros((1, 4, 4), np.float32),
        sides=np.array([2]),
        background=image,
        frame_from_world=turned,
        tint=tint,
        is_lit=1,
    )
    seen = frame.look_up_sky(looks.astype(np.float32), environment, turned)

    x, y, z = (looks.astype(np.float32) @ turned.T).astype(float).T
    u = (np.arctan2(y, x) / (2 * np.pi) + 0.5) * hw[1] - 0.5
    v = np.arctan2(np.hypot(x, y), z) / np.pi * hw[0] - 0.5
    wide = cv2.copyMakeBorder(cv2.copyMakeBorder(image, 0, 0, 1, 1, cv2.BORDER_WRAP), 1, 1, 0, 0, cv2.BORDER_REPLICATE)
    rows, columns = np.floor(v).astype(int) + 1, np.floor(u).astype(int) + 1
    fv, fu = (v - np.floor(v))[:, None], (u - np.floor(u))[:, None]
    upper = wide[rows, columns] * (1 - fu) + wide[rows, columns + 1] * fu
    lower = wide[rows + 1, columns] * (1 - fu) + wide[rows + 1, columns + 1] * fu
    np.testing.assert_allclose(seen / tint, upper * (1 - fv) + lower * fv, atol=2e-6 * hw[1] + 1e-5)
