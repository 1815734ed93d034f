"""See-through surfaces: closed forms by hand, and a slow composition of every sample for random triangles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rendersdg.backends.labelpass import label_pass
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.reference import cast
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.frame import Wanted
from rendersdg.kernels.threads import set_threads
from rendersdg.snapshot import Instance, Material, Mesh, Snapshot, Through
from rendersdg.stage.shading.blending import fitted
from tests.conftest import Opener
from tests.kernels.test_sweep import Triangle, covered, near, snapshot_of

W, H = 24, 16
Image = NDArray[np.float64]
TENT = np.array([1, 2, 1]) / 4
WHOLE: Triangle = ((-6000, -6000), (-6000, 60000), (60000, -6000))  # covers the picture
LIGHT = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]], float)


def glowing(snapshot: Snapshot, opacities: list[float | None]) -> Snapshot:
    """Return a snapshot whose k-th triangle sends the k-th light; with an opacity it fades, with None it is solid."""
    materials = tuple(
        Material(
            base_colour=(0.0, 0.0, 0.0),
            specular=0.0,
            emission=tuple(LIGHT[k]),
            opacity=1.0 if opacity is None else opacity,
            opacity_threshold=0.0 if opacity is None else 0.5 * opacity,
            through=Through(blend="none" if opacity is None else "fade"),
        )
        for k, opacity in enumerate(opacities)
    )
    instances = tuple(replace(i, material=k) for k, i in enumerate(snapshot.instances))
    return replace(snapshot, materials=materials, instances=instances)


def light_of(snapshot: Snapshot) -> Image:
    hdr = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True)).buffers.hdr
    assert hdr is not None
    return hdr[..., :3].astype(np.float64)


def composed(masks: list[NDArray[np.bool_]], distances: list[float], opacities: list[float | None]) -> Image:
    """Return what each pixel (H, W) sends: every sample's surfaces one over the other, then the tent filter."""
    samples = np.zeros((2 * H, 2 * W, 3))
    for k in sorted(range(len(masks)), key=lambda k: (-distances[k], -k)):  # from the back
        alpha = 1.0 if opacities[k] is None else float(opacities[k])  # type: ignore[arg-type]
        alpha_here = alpha * masks[k][..., None]
        samples = alpha_here * LIGHT[k] + (1 - alpha_here) * samples
    padded = np.concatenate([samples[:1], samples], 0)  # the first row and column stand in for what is before them
    padded = np.concatenate([padded[:, :1], padded], 1)
    return sum(TENT[a] * TENT[b] * padded[b : b + 2 * H : 2, a : a + 2 * W : 2] for a in range(3) for b in range(3))


def test_two_layers_over_a_background_are_what_over_gives_by_hand() -> None:
    snapshot = glowing(snapshot_of([WHOLE] * 3, [8.0, 4.0, 2.0]), [None, 0.5, 0.25])

    light = light_of(snapshot)

    # a quarter of blue, half of the three quarters left of green, and what is left of red
    assert light == pytest.approx(np.broadcast_to([0.375, 0.375, 0.25], light.shape), abs=1e-6)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_depth_tells_the_order_and_not_the_place_in_the_scene(order: tuple[int, int, int]) -> None:
    distances = [2.0 ** (order[k] + 1) for k in range(3)]
    opacities: list[float | None] = [0.5, 0.25, 0.75]

    light = light_of(glowing(snapshot_of([WHOLE] * 3, distances), opacities))

    assert light == pytest.approx(composed([covered(WHOLE)] * 3, distances, opacities), abs=1e-6)


def test_of_surfaces_equally_near_the_first_of_the_scene_lies_in_front() -> None:
    light = light_of(glowing(snapshot_of([WHOLE] * 2, [4.0, 4.0]), [0.5, 0.5]))

    assert light == pytest.approx(np.broadcast_to([0.5, 0.25, 0.0], light.shape), abs=1e-6)


def test_an_opacity_of_one_hides_and_one_of_nought_shows_all() -> None:
    solid = light_of(glowing(snapshot_of([WHOLE] * 2, [8.0, 4.0]), [None, 1.0]))
    clear = light_of(glowing(snapshot_of([WHOLE] * 2, [8.0, 4.0]), [None, 0.0]))

    assert solid == pytest.approx(np.broadcast_to(LIGHT[1], solid.shape), abs=1e-6)
    assert clear == pytest.approx(np.broadcast_to(LIGHT[0], clear.shape), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(near(900) | near(2048) | near(9000), min_size=1, max_size=6),
    st.permutations(range(6)),
    st.lists(st.none() | st.floats(0.05, 1.0), min_size=6, max_size=6),
)
def test_random_surfaces_are_composed_sample_by_sample(
    triangles: list[Triangle], order: list[int], opacities: list[float | None]
) -> None:
    distances = [2.0 ** order[k] for k in range(len(triangles))]
    opacities = opacities[: len(triangles)]

    light = light_of(glowing(snapshot_of(triangles, distances), opacities))

    assert light == pytest.approx(composed([covered(t) for t in triangles], distances, opacities), abs=2e-4)


def test_threads_draw_the_same_bytes() -> None:
    triangles = [WHOLE, ((0, 0), (900, 3000), (5000, 1500)), ((3000, 200), (1000, 3900), (5800, 3000))]
    snapshot = glowing(snapshot_of(triangles, [8.0, 4.0, 2.0]), [None, 0.4, 0.7])
    one = light_of(snapshot)
    set_threads(3)
    try:
        three = light_of(snapshot)
    finally:
        set_threads(1)

    assert np.array_equal(one, three)


SKY = "sky: {create.light: {light_type: dome, intensity: 500}}\n"
FLOOR = """
look: {create.material_omnipbr: {diffuse: [0.8, 0.8, 0.8], roughness: 1.0}}
floor: {create.plane: {scale: [8, 8, 1], material: look}}
sun: {create.light: {light_type: distant, intensity: 1000}}
eye: {create.camera: {position: [0, -4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""


@pytest.mark.parametrize(
    ("lamp", "ninths"),
    [
        (light, ninths)
        for light in ("light_type: distant", "light_type: sphere, position: [0, 0, 9], scale: 0.2")
        for ninths in (0, 2, 5, 9)
    ],
)
def test_a_see_through_surface_stops_its_opacity_of_the_light(open_scene: Opener, lamp: str, ninths: int) -> None:
    pane = f"""
glass: {{create.material_omnipbr: {{diffuse: [0, 0, 0]}}}}
pane: {{create.plane: {{scale: [1.2, 1.2, 1], position: [0, 0, 2.5], material: glass}}}}
fade: {{with.glass: {{modify.attribute: {{name: "inputs:enable_opacity", value: true}}}}}}
much: {{with.glass: {{modify.attribute: {{name: "inputs:opacity_constant", value: {max(ninths / 9, 1e-3)}}}}}}}
"""
    body = FLOOR.replace("light_type: distant, intensity: 1000", f"{lamp}, intensity: 1000")
    without, under = (light_of(open_scene(body + more).snapshot(0)) for more in ("", pane))

    ratio = under[36:40, 46:50].mean() / without[36:40, 46:50].mean()
    assert ratio == pytest.approx(1 - ninths / 9, abs=0.02)
    spread = np.ptp(under[37:39, 47:49, 0]) / without[38, 48, 0]
    assert spread < 0.01  # and evenly


def test_what_fades_is_labelled_whole_and_what_is_behind_it_shows(open_scene: Opener) -> None:
    body = """
    ball: {create.sphere: {semantics: [["class", "ball"]]}}
    pane: {create.cube: {position: [0, -2, 0.4], scale: [1, 0.02, 1], semantics: [["class", "pane"]], material: glass}}
    """
    scene = "glass: {create.material_omnipbr: {diffuse: [0, 1, 0]}}\n" + body.replace("\n    ", "\n") + FLOOR + SKY
    faded = scene + (
        'fade: {with.glass: {modify.attribute: {name: "inputs:enable_opacity", value: true}}}\n'
        'much: {with.glass: {modify.attribute: {name: "inputs:opacity_constant", value: 0.1}}}\n'
    )
    solid, through = (open_scene(text).snapshot(0) for text in (scene, faded))

    labels = [label_pass(s, s.products[0], SceneTables()) for s in (solid, through)]
    pictures = [light_of(s) for s in (solid, through)]

    assert all(np.array_equal(getattr(labels[0], n), getattr(labels[1], n)) for n in ("entity", "depth", "visible"))
    share = [light[40, 48, 0] / light[40, 48, 1] for light in pictures]  # red beside green
    assert share[0] < 0.3 and share[1] > 0.5  # the grey ball behind the green pane


def on_an_edge(triangle: Triangle) -> NDArray[np.bool_]:
    """Return which samples (2H, 2W) lie within a thousandth of a pixel of the line through a side of a triangle."""
    px, py = np.meshgrid(128 * (np.arange(2 * W) + 1), 128 * (np.arange(2 * H) + 1))
    near_one = np.zeros(px.shape, bool)
    for (ax, ay), (bx, by) in zip(triangle, triangle[1:] + triangle[:1]):
        off = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        near_one |= np.abs(off) <= 0.256 * np.hypot(bx - ax, by - ay)
    return near_one


@settings(max_examples=25, deadline=None)
@given(
    st.lists(near(2048) | near(9000), min_size=1, max_size=5),
    st.permutations(range(5)),
    st.lists(st.none() | st.floats(0.05, 1.0), min_size=5, max_size=5),
)
def test_a_lens_that_happens_to_bend_nothing_composes_the_same(
    triangles: list[Triangle], order: list[int], opacities: list[float | None]
) -> None:
    distances = [2.0 ** order[k] for k in range(len(triangles))]
    snapshot = glowing(snapshot_of(triangles, distances), opacities[: len(triangles)])
    product = snapshot.products[0]
    bent = replace(product, camera=replace(product.camera, model="opencvPinhole", distortion=(0.0,) * 5))

    straight, through = light_of(snapshot), light_of(replace(snapshot, products=(bent,)))

    # rays and fixed-point corners may decide differently about a sample on an edge, and a pixel looks at 3 by 3
    unsure = np.logical_or.reduce([on_an_edge(t) for t in triangles])
    padded = np.pad(unsure, ((1, 0), (1, 0)), mode="edge")
    unsure = np.logical_or.reduce([padded[b : b + 2 * H : 2, a : a + 2 * W : 2] for a in range(3) for b in range(3)])
    assert straight[~unsure] == pytest.approx(through[~unsure], abs=1e-3)


@pytest.mark.parametrize("model", ["pinhole", "opencvPinhole"])
def test_what_fades_by_its_vertices_is_labelled_from_half_of_its_strongest(model: str) -> None:
    snapshot = glowing(snapshot_of([WHOLE, WHOLE], [8.0, 4.0]), [None, 0.8])
    pose, product = np.eye(4), snapshot.products[0]
    corners = np.array([(-0.6, -0.4, -4), (0.6, -0.4, -4), (0.6, 0.4, -4), (-0.6, 0.4, -4)], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    nothing = np.zeros((4, 3), np.float32)
    fade = np.array([0.0, 0.9, 0.9, 0.0], np.float32)  # from left to right
    card = Mesh("card", corners, nothing + np.float32([0, 0, 1]), nothing[:, :2], nothing + 1, faces, fade)
    look = fitted(replace(snapshot.materials[1], through=Through("fade", by_vertices=True)), card)
    camera = replace(product.camera, model=model, distortion=() if model == "pinhole" else (0.0,) * 5)
    snapshot = replace(
        snapshot,
        meshes=(snapshot.meshes[0], card),
        materials=(snapshot.materials[0], look),
        instances=(snapshot.instances[0], Instance("/card", 1, 1, 1, pose, pose)),
        products=(replace(product, camera=camera),),
    )
    product = snapshot.products[0]

    labels = label_pass(snapshot, product, SceneTables())
    light = light_of(snapshot)

    want = cast(snapshot, product.camera)
    assert np.array_equal(labels.entity, want.entity) and labels.unoccluded.tolist() == want.unoccluded.tolist()
    columns = np.flatnonzero((labels.entity == 1).any(0))
    assert (columns.min(), columns.max()) == (12, 21)  # from the middle of the card to its right edge
    share = light[8, 4:20, 1]  # of green: 0.8 x 0.9 at the right edge, 19.2 pixels from the left one
    assert share == pytest.approx(0.72 * (np.arange(4, 20) + 0.5 - 2.4) / 19.2, abs=0.005)
