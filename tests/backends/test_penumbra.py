"""The soft edges of shadows: their profiles by hand, for lights of every shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from tests.backends.light import WHITE
from tests.conftest import Opener

# A roof over x < 0, a metre up; both are dark, so that no light is bounced. The camera hangs under the roof's edge and
# looks straight down, with +x to the right.
ROOF = "roof: {create.plane: {position: [-15, 0, 1], scale: [30, 30, 1], material: paint}}\n"
DARK = WHITE.replace("[1, 1, 1]", "[0.01, 0.01, 0.01]")
FLOOR = DARK + "floor: {create.plane: {scale: [60, 60, 1], material: paint}}\n"
EYE = (
    "eye: {create.camera: {position: [0, 0, 0.9], look_at: [0, 0.00001, 0], clipping_range: [0.01, 100]}}\n"
    "view: {create.render_product: {camera: eye, resolution: [192, 144]}}\n"
)
LAMP = "lamp: {create.light: {light_type: %s, intensity: 3000, position: [0, 0, 3], scale: %s%s}}\n"
DOWN = ", rotation: [0, 0, 0]"


def light_of_floor(
    open_scene: Opener, lamp: str, quality: str, roof: str = ROOF
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Return where the columns of the picture are on the floor (metres), the share of the light that each has, and the
    size of the lamp.
    """
    asked = f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"
    pictures = []
    for body in (FLOOR + roof, FLOOR):
        snapshot = open_scene(body + lamp + EYE + asked).snapshot(0)
        hdr = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))[0].hdr
        assert hdr is not None
        pictures.append(hdr[40:104, :, 0].astype(float))
    camera = snapshot.products[0].camera
    x = (np.arange(192) + 0.5 - camera.centre_px[0]) / camera.focal_px[0] * 0.9
    return x, (pictures[0] / pictures[1]).mean(0), snapshot.lights[0].size


def round_profile(s: np.ndarray) -> np.ndarray:
    """Return the share of a disk of radius 1 that an edge at -s leaves."""
    s = np.clip(s, -1, 1)
    return np.asarray(0.5 + (s * np.sqrt(1 - s * s) + np.arcsin(s)) / np.pi)


def straight_profile(s: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + np.clip(s, -1, 1) / 2)


@pytest.mark.parametrize("quality", ["balanced", "high"])
@pytest.mark.parametrize(
    ("lamp", "half", "profile"),
    [
        (LAMP % ("sphere", 0.1, ""), lambda size: size[0], round_profile),
        (LAMP % ("disk", 0.1, DOWN), lambda size: size[0], round_profile),
        (LAMP % ("rect", 0.2, DOWN), lambda size: size[0] / 2, straight_profile),
        (LAMP % ("cylinder", 0.08, ", rotation: [0, 0, 90]"), lambda size: size[0], straight_profile),
    ],
    ids=["sphere", "disk", "rect", "cylinder"],
)
def test_the_edge_of_a_lamps_shadow_has_the_profile_of_its_shape(
    open_scene: Opener,
    quality: str,
    lamp: str,
    half: Callable[[tuple[float, float]], float],
    profile: Callable[[np.ndarray], np.ndarray],
) -> None:
    x, share, size = light_of_floor(open_scene, lamp, quality)

    # three metres up, by an edge one metre up: the lamp's point at u is hidden where u < -2 x
    assert 0.03 < half(size) < 0.3
    assert share == pytest.approx(profile(2 * x / half(size)), abs=0.11)
    assert np.abs(share - profile(2 * x / half(size))).mean() < 0.02


@pytest.mark.parametrize("quality", ["balanced", "high"])
@pytest.mark.parametrize("angle", [4.0, 15.0])
def test_the_edge_of_the_suns_shadow_is_as_wide_as_its_angle(open_scene: Opener, quality: str, angle: float) -> None:
    sun = (
        "lamp: {create.light: {light_type: distant, intensity: 1000, rotation: [0, 0, 0]}}\n"
        f"wide: {{modify.attribute: {{input_prims: lamp, name: 'inputs:angle', value: {angle}}}}}\n"
    )
    x, share, _ = light_of_floor(open_scene, sun, quality)

    assert share == pytest.approx(round_profile(x / np.tan(np.radians(angle / 2))), abs=0.08)


def test_edges_narrower_than_a_pixel_stay_sharp(open_scene: Opener) -> None:
    x, share, _ = light_of_floor(open_scene, LAMP % ("sphere", 0.001, ""), "balanced")

    assert (share[x < -0.02] < 0.01).all() and (share[x > 0.02] > 0.99).all()


@pytest.mark.parametrize(("body", "share"), [("plane", 0.7), ("cube", 0.7)])
def test_what_is_see_through_stops_its_share_of_the_light(open_scene: Opener, body: str, share: float) -> None:
    """A closed body stops its share once, and its shadow has a soft edge, too."""
    look = (
        "pane: {create.material_omnipbr: {diffuse: [0, 0, 0], specular: 0.0}}\n"
        "faint: {modify.attribute: {input_prims: pane, name: 'inputs:enable_opacity', value: true}}\n"
        "part: {modify.attribute: {input_prims: pane, name: 'inputs:opacity_constant', value: 0.3}}\n"
    )
    roof = f"roof: {{create.{body}: {{position: [-15, 0, 1.0005], scale: [30, 30, 0.001], material: pane}}}}\n"
    x, left, size = light_of_floor(open_scene, LAMP % ("sphere", 0.1, ""), "high", look + roof)

    assert left == pytest.approx(share + (1 - share) * round_profile(2 * x / size[0]), abs=0.05)
