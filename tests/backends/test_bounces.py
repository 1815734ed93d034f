"""Light by way of other surfaces: view factors that geometry gives by hand, energy, and what quality leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rendersdg
from rendersdg.backends.quality import QUALITIES
from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import PICTURE_AND_LABELS
from rendersdg.kernels.threads import set_threads
from tests.backends.light import WHITE, furnace, radiance
from tests.conftest import ROOT, Opener

BLACK = "dark: {create.material_omnipbr: {diffuse: [0, 0, 0], roughness: 1.0, specular: 0.0}}\n"
GLOW = (
    "glow: {create.material_omnipbr: {diffuse: [0, 0, 0], roughness: 1.0, specular: 0.0, emissive_color: [1, 0.5, 0], "
    "emissive_intensity: 300}}\n"
)
SKY = "sky: {create.light: {light_type: dome, intensity: 500}}\n"
FLOOR = "floor: {create.plane: {scale: [40, 40, 1], material: paint}}\n"
ABOVE = (
    "eye: {create.camera: {position: [1, 0, 6], look_at: [1, 0.001, 0], clipping_range: [0.01, 100]}}\n"
    "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
)


def asked(quality: str) -> str:
    return f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"


def wall(material: str) -> str:
    """Return a wall 2 high and very long, whose face stands over x = 0 and looks along +x."""
    return f"wall: {{create.cube: {{position: [-0.5, 0, 1], scale: [1, 400, 2], material: {material}}}}}\n"


def across(hdr: np.ndarray, x: float) -> np.ndarray:
    """Return the light of the floor at x, over the picture's middle rows: the camera looks down from (1, 0, 6)."""
    height, width = hdr.shape[:2]
    focal = width * 24 / 20.955
    column = (x - 1) * focal / 6 + width / 2
    return np.asarray(hdr[height // 2 - 8 : height // 2 + 8, int(column)].mean(0))


@pytest.mark.parametrize("quality", ["balanced", "high"])
@pytest.mark.parametrize("x", [0.6, 1.4])
def test_a_long_wall_hides_half_of_the_sky_less_its_cosine(open_scene: Opener, quality: str, x: float) -> None:
    hdr = radiance(open_scene, SKY + ABOVE + asked(quality), WHITE + BLACK + FLOOR + wall("dark"))

    # the view factor of a wall of angle a over the horizon, endless to both sides: (1 - cos a) / 2
    seen = (1 + np.cos(np.arctan2(2, x))) / 2
    assert across(hdr, x)[0] == pytest.approx(500 * seen, rel=0.06)


@pytest.mark.parametrize("quality", ["balanced", "high"])
def test_a_wall_that_glows_lights_the_floor(open_scene: Opener, quality: str) -> None:
    hdr = radiance(open_scene, ABOVE + asked(quality), WHITE + GLOW + FLOOR + wall("glow"))

    factor = (1 - np.cos(np.arctan2(2, 1.0))) / 2
    assert across(hdr, 1.0) == pytest.approx(np.array([300, 150, 0]) * factor, rel=0.06, abs=1e-3)


def test_a_lit_wall_lights_the_floor_in_its_own_colour(open_scene: Opener) -> None:
    red = "red: {create.material_omnipbr: {diffuse: [0.8, 0.1, 0.1], roughness: 1.0, specular: 0.0}}\n"
    sun = "sun: {create.light: {light_type: distant, intensity: 1000, look_at: [-1, 0, 0]}}\n"  # along the floor
    grey = WHITE.replace("[1, 1, 1]", "[0.02, 0.02, 0.02]")  # so that next to nothing comes back
    hdr = radiance(open_scene, sun + ABOVE + asked("high"), grey + red + FLOOR + wall("red"))

    factor = (1 - np.cos(np.arctan2(2, 1.0))) / 2
    assert across(hdr, 1.0) / 0.02 == pytest.approx(1000 / np.pi * np.array([0.8, 0.1, 0.1]) * factor, rel=0.08)


@pytest.mark.parametrize("quality", ["balanced", "high"])
@pytest.mark.parametrize("albedo", [0.3, 0.7])
def test_in_a_closed_room_light_goes_back_and_forth(open_scene: Opener, quality: str, albedo: float) -> None:
    paint = (
        f"paint: {{create.material_omnipbr: {{diffuse: [{albedo}, {albedo}, {albedo}], roughness: 1.0, specular: 0.0, "
        "emissive_color: [1, 1, 1], emissive_intensity: 10}}\n"
    )
    room = "room: {create.cube: {scale: [3, 3, 3], material: paint}}\n"
    eye = "eye: {create.camera: {position: [1, 0.4, 0.2], look_at: [0, 0, 0]}}\n"
    view = "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    hdr = radiance(open_scene, eye + view + asked(quality), paint + room)

    # so many surfaces are met, and half of what a geometric series has beyond them is taken to be there; rays to what
    # glows from the last of them bring a little more
    asked_for = QUALITIES[quality]
    assert asked_for is not None
    met = sum(albedo**k for k in range(asked_for.levels + 1))
    guessed = 0.5 * albedo ** (asked_for.levels + 1) / (1 - albedo)
    assert hdr.mean() == pytest.approx(10 * (met + guessed), rel=0.03)
    assert hdr == pytest.approx(np.full_like(hdr, hdr.mean()), rel=0.12)


@pytest.mark.parametrize("quality", ["balanced", "high"])
@pytest.mark.parametrize("height", [0.3, 3.0])
def test_a_small_plate_that_glows_lights_the_floor_below(open_scene: Opener, quality: str, height: float) -> None:
    plate = f"plate: {{create.plane: {{position: [1, 0, {height}], scale: [0.2, 0.2, 1], material: glow}}}}\n"
    grey = WHITE.replace("[1, 1, 1]", "[0.02, 0.02, 0.02]")
    below = ABOVE.replace("[1, 0, 6]", f"[1, 0, {0.9 * height}]").replace("[1, 0.001, 0]", "[1, 0.00001, 0]")
    hdr = radiance(open_scene, below + asked(quality), grey + GLOW + FLOOR + plate)

    # four quarters with a corner above the point, each of (2 / 2 pi) x / sqrt(1 + x^2) atan(x / sqrt(1 + x^2))
    x = 0.1 / height
    factor = 4 / np.pi * x / np.hypot(1, x) * np.arctan(x / np.hypot(1, x))
    assert hdr[22:26, 30:34].mean((0, 1)) / 0.02 == pytest.approx(np.array([300, 150, 0]) * factor, rel=0.06, abs=1e-3)


def test_a_mirror_shows_what_stands_before_it(open_scene: Opener) -> None:
    body = (
        GLOW
        + (
            "mirror: {create.material_omnipbr: {diffuse: [1, 1, 1], metallic: 1.0, roughness: 0.0}}\n"
            "floor: {create.plane: {scale: [40, 40, 1], material: mirror}}\n"
        )
        + wall("glow")
    )
    eye = (
        "eye: {create.camera: {position: [4, 0, 1], look_at: [1, 0, 0], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    )
    hdr = radiance(open_scene, eye + asked("balanced"), body)

    # the ray that meets the floor at x = 1 leaves at a third of the height a metre: it meets the wall at 1/3
    assert hdr[24, 32] == pytest.approx([300, 150, 0], rel=0.04, abs=1e-3)
    assert hdr[47, 32] == pytest.approx([300, 150, 0], rel=0.04, abs=1e-3)


@pytest.mark.parametrize("metallic", [0.0, 1.0])
@pytest.mark.parametrize("roughness", [0.1, 0.5, 1.0])
def test_white_in_a_white_furnace_stays_white(open_scene: Opener, roughness: float, metallic: float) -> None:
    hdr = radiance(open_scene, asked("balanced"), furnace(roughness, metallic))

    assert np.allclose(hdr, 1.0, atol=0.005)


SCENE = (
    WHITE
    + GLOW
    + FLOOR
    + wall("glow")
    + "ball: {create.sphere: {position: [1, 0, 0.5], material: paint, semantics: [[class, ball]]}}\n"
    + "dent: {defects.scratch: {input_prims: ball}}\n"
    + SKY
    + ABOVE
)


def test_the_bytes_are_the_same_for_any_number_of_threads(open_scene: Opener) -> None:
    snapshot = open_scene(SCENE + asked("balanced")).snapshot(0)
    pictures = set()
    for threads in (1, 2, 3):
        set_threads(threads)
        try:
            pictures.add(RasterBackend().render(snapshot, snapshot.products[0])[0].rgb.tobytes())
        finally:
            set_threads(1)

    assert len(pictures) == 1


def test_labels_do_not_depend_on_the_quality(open_scene: Opener) -> None:
    snapshot = open_scene(SCENE).snapshot(0)
    seen = []
    for quality in ("fast", "balanced", "high"):
        asked_for = replace(snapshot, settings={**snapshot.settings, "render_quality": quality})
        buffers, labels = RasterBackend().render(asked_for, asked_for.products[0], PICTURE_AND_LABELS)
        assert labels is not None
        seen.append((buffers.rgb.tobytes(), labels.entity.tobytes(), labels.depth.tobytes(), labels.visible.tobytes()))

    assert len({one[0] for one in seen}) == 3 and len({one[1:] for one in seen}) == 1


@pytest.mark.parametrize("frame", [1, 3])
def test_where_defects_show_does_not_depend_on_the_quality_nor_on_the_picture(frame: int) -> None:
    scene = rendersdg.load(ROOT / "scenes" / "steel_strip.yaml")
    snapshot = scene.frame(frame)._moment.capture.snapshot
    alone = RasterBackend().label(snapshot, snapshot.products[0])
    assert alone.visible.sum() > 0
    for quality in ("fast", "balanced"):
        asked_for = replace(snapshot, settings={**snapshot.settings, "render_quality": quality})
        labels = RasterBackend().render(asked_for, asked_for.products[0], PICTURE_AND_LABELS).labels
        assert labels is not None
        assert np.array_equal(labels.entity, alone.entity) and np.array_equal(labels.visible, alone.visible)


@pytest.mark.parametrize("quality", ["balanced", "high"])
def test_what_is_seen_in_a_mirror_is_lit_by_what_glows(open_scene: Opener, quality: str) -> None:
    """A small plate glows over a floor that a mirror beside it shows: L A cos^2 / d^2, times the albedo over pi."""
    scene = (
        WHITE.replace("[1, 1, 1]", "[0.5, 0.5, 0.5]")
        + GLOW
        + FLOOR
        + "chrome: {create.material_omnipbr: {diffuse: [1, 1, 1], metallic: 1.0, roughness: 0.0}}\n"
        + "plate: {create.plane: {position: [0, 0, 2], scale: [0.2, 0.2, 1], material: glow}}\n"
        + "mirror: {create.plane: {position: [0, 1, 0.5], rotation: [90, 0, 0], scale: [2, 1, 1], material: chrome}}\n"
    )
    # by way of the mirror at y = 1 the eye looks at y = 2 - 1.7
    eye = "eye: {create.camera: {position: [0, -2, 1.2], look_at: [0, 1.7, 0], clipping_range: [0.01, 100]}}\n"
    view = "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    hdr = radiance(open_scene, eye + view + asked(quality), scene)[22:26, 28:36, 0]

    square = 2**2 + 0.3**2
    assert hdr.mean() == pytest.approx(300 * 0.2**2 * (2**2 / square) / square * 0.5 / np.pi, rel=0.08)
    assert hdr.std() < 0.15 * hdr.mean()
