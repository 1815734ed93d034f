"""Light through bodies of glass: bent by Snell's law, turned back, and none of it lost; and mirrors in mirrors."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.backends import BACKENDS
from rendersdg.errors import NotSupported
from rendersdg.frame import Wanted
from tests.conftest import HEAD, Opener

INDEX = 1.5
BLACK = "dark: {create.material_omnipbr: {diffuse: [0, 0, 0], roughness: 1.0, specular: 0.0}}\n"
EYE = """
eye: {create.camera: {position: [0, -4, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""
WALLS = """
left: {create.cube: {position: [-10, 3.5, 0], scale: [20, 1, 40], material: red}}
right: {create.cube: {position: [10, 3.5, 0], scale: [20, 1, 40], material: green}}
"""


def glow(name: str, colour: str) -> str:
    return (
        f"{name}: {{create.material_omnipbr: {{diffuse: [0, 0, 0], roughness: 1.0, specular: 0.0, "
        f"emissive_color: {colour}, emissive_intensity: 100}}}}\n"
    )


def glass(*, index: float = INDEX, roughness: float = 0.0, diffuse: str = "[1, 1, 1]") -> str:
    given = {"transmission_weight": 1.0, "transmission_ior": index}
    text = f"glass: {{create.material_omnipbr: {{diffuse: {diffuse}, roughness: {roughness}, specular: 0.5}}}}\n"
    for name, value in given.items():
        change = f'{{name: "inputs:{name}", value: {value}, attribute_type: float}}'
        text += f"{name}: {{with.glass: {{modify.attribute: {change}}}}}\n"
    return text


def asked(quality: str) -> str:
    return f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"


def lit(open_scene: Opener, body: str, backend: str = "raster", samples: int = 64) -> np.ndarray:
    """Return the light (H, W, 3) of a scene's picture."""
    snapshot = open_scene(HEAD + body, bare=True).snapshot(0)
    if backend == "raster":
        drawer = BACKENDS[backend]()
    else:
        try:
            drawer = BACKENDS[backend]()
        except NotSupported as error:
            pytest.skip(str(error))
        drawer._denoiser = None
        snapshot.settings["samples_per_pixel"] = samples
    hdr = drawer.render(snapshot, snapshot.products[0], Wanted(hdr=True)).buffers.hdr
    assert hdr is not None
    return np.asarray(hdr[..., :3])


def through_slab(thickness: float, turn: float, width: int, height: int) -> np.ndarray:
    """Return for each pixel (H, W) of EYE where its ray meets the wall at y = 3, after a slab about the origin that is
    turned about z, by Snell's law in vectors: x of the place. NaN where it misses the slab's faces of 2 x 2.
    """
    focal = width * 24 / 20.955
    u, v = (np.arange(width) + 0.5 - width / 2) / focal, (height / 2 - np.arange(height) - 0.5) / focal
    d = np.stack(np.broadcast_arrays(u[None, :], 1.0, v[:, None]), -1)
    d = d / np.linalg.norm(d, axis=-1, keepdims=True)
    normal = np.array([np.sin(turn), -np.cos(turn), 0])  # of the face towards the eye
    across = np.array([np.cos(turn), np.sin(turn), 0])
    eye = np.array([0, -4.0, 0])
    cosine = -(d @ normal)
    first = eye + d * ((eye @ normal - thickness / 2) / cosine)[..., None]
    beyond = np.sqrt(1 - (1 - cosine**2) / INDEX**2)
    inner = d / INDEX + (cosine / INDEX - beyond)[..., None] * normal
    second = first + inner * (thickness / beyond)[..., None]
    place = second + d * ((3 - second[..., 1]) / d[..., 1])[..., None]
    within = [np.abs(p @ across) < 0.99 for p in (first, second)] + [np.abs(p[..., 2]) < 0.99 for p in (first, second)]
    return np.where(np.logical_and.reduce(within), place[..., 0], np.nan)


@pytest.mark.parametrize("backend", ["raster", "mitsuba"])
@pytest.mark.parametrize("turn", [20.0, 50.0, -35.0])
def test_a_slab_moves_what_is_behind_it_as_snells_law_says(open_scene: Opener, backend: str, turn: float) -> None:
    slab = f"slab: {{create.cube: {{scale: [2, 0.8, 2], rotation: [0, 0, {turn}], material: glass}}}}\n"
    walls = glow("red", "[1, 0, 0]") + glow("green", "[0, 1, 0]") + WALLS

    hdr = lit(open_scene, asked("balanced") + glass() + walls + slab + EYE, backend)

    where = through_slab(0.8, np.radians(turn), 96, 72)
    expected = np.where(where < 0, 0, 1)  # the colour of the left wall, or the right one
    sure = np.isfinite(where) & (np.abs(where) > 0.06)  # a pixel is 0.06 wide there
    sure[[0, -1]] = False
    assert sure.sum() > 800
    assert (hdr.argmax(-1)[sure] == expected[sure]).mean() > 0.995
    shifted = sure & (expected != (np.arange(96) >= 48))  # pixels that would show the other wall without the slab
    assert shifted.sum() > 30
    assert 85 < np.median(hdr.max(-1)[sure]) < 100  # less what is mirrored, at one surface or at both


def test_a_mirrored_body_bends_light_as_it_would_otherwise(open_scene: Opener) -> None:
    walls = glow("red", "[1, 0, 0]") + glow("green", "[0, 1, 0]") + WALLS
    found = []
    for width in (2, -2):
        slab = f"slab: {{create.cube: {{scale: [{width}, 0.8, 2], rotation: [0, 0, 50], material: glass}}}}\n"
        found.append(lit(open_scene, asked("balanced") + glass() + walls + slab + EYE).argmax(-1))

    assert (found[0] == found[1]).mean() > 0.995


def test_fast_lets_light_straight_on(open_scene: Opener) -> None:
    slab = "slab: {create.cube: {scale: [2, 0.8, 2], rotation: [0, 0, 50], material: glass}}\n"
    walls = glow("red", "[1, 0, 0]") + glow("green", "[0, 1, 0]") + WALLS

    hdr = lit(open_scene, glass() + walls + slab + EYE)

    assert (hdr.argmax(-1)[5:-5, 4:92] == np.where(np.arange(96) < 48, 0, 1)[4:92])[
        :, np.abs(np.arange(88) - 44) > 1
    ].all()


@pytest.mark.parametrize("backend", ["raster", "mitsuba"])
@pytest.mark.parametrize("scale", ["1.2", "[-1.2, 1.2, 1.2]"])  # and mirrored
def test_a_ball_shows_what_is_behind_it_upside_down_and_from_the_other_side(
    open_scene: Opener, backend: str, scale: str
) -> None:
    ball = f"ball: {{create.sphere: {{scale: {scale}, material: glass}}}}\n"
    walls = glow("red", "[1, 0, 0]") + glow("green", "[0, 1, 0]") + WALLS

    hdr = lit(open_scene, asked("balanced") + glass() + walls + ball + EYE, backend)

    assert hdr[30:42, 40:46].argmax(-1).tolist() == np.full((12, 6), 1).tolist()
    assert hdr[30:42, 51:57].argmax(-1).tolist() == np.full((12, 6), 0).tolist()
    assert hdr[30:42, 4:20].argmax(-1).tolist() == np.full((12, 16), 0).tolist()  # beside the ball


@pytest.mark.parametrize("shape", ["sphere", "cube", "torus"])
@pytest.mark.parametrize("roughness", [0.0, 0.4])
@pytest.mark.parametrize("quality", ["balanced", "high"])
def test_clear_glass_in_an_even_light_cannot_be_seen(
    open_scene: Opener, shape: str, roughness: float, quality: str
) -> None:
    body = f"body: {{create.{shape}: {{rotation: [20, 0, 30], material: glass}}}}\n"
    sky = "sky: {create.light: {light_type: dome, intensity: 100}}\n"

    hdr = lit(open_scene, asked(quality) + glass(roughness=roughness) + body + sky + EYE)

    assert np.median(np.abs(hdr - 100)) < 0.5
    assert np.percentile(np.abs(hdr - 100), 97) < (3 if roughness == 0 else 6)


def test_each_surface_stains_what_goes_through(open_scene: Opener) -> None:
    slab = "slab: {create.cube: {scale: [4, 0.5, 4], material: glass}}\n"
    wall = (
        glow("red", "[1, 1, 1]") + "wall: {create.cube: {position: [0, 3.5, 0], scale: [40, 1, 40], material: red}}\n"
    )

    hdr = lit(open_scene, asked("balanced") + glass(diffuse="[0.8, 0.5, 0.2]") + wall + slab + EYE)

    # straight on a share of 0.04 is mirrored where light goes in; what is sent back within is not lost
    assert hdr[36, 48] == pytest.approx(0.96 * 100 * np.array([0.8, 0.5, 0.2]) ** 2, rel=0.01)


def test_what_stands_on_a_floor_mirrors_at_its_foot(open_scene: Opener) -> None:
    """A ray that goes into an upright face meets the foot at more than the angle of total reflection."""
    block = "block: {create.cube: {position: [0, 0, 0], scale: [2, 2, 2], material: glass}}\n"
    floor = (
        glow("red", "[1, 0, 0]") + "floor: {create.plane: {position: [0, 0, -1], scale: [30, 30, 1], material: red}}\n"
    )
    wall = (
        glow("green", "[0, 1, 0]") + "wall: {create.cube: {position: [0, 9, 4], scale: [40, 1, 10], material: green}}\n"
    )
    eye = EYE.replace("[0, -4, 0], look_at: [0, 0, 0]", "[0, -4, 0.6], look_at: [0, 0, -0.2]")

    hdr = lit(open_scene, asked("balanced") + glass() + floor + wall + block + eye)

    foot = hdr[60:66, 30:66].reshape(-1, 3)
    assert (foot.argmax(-1) == 1).mean() > 0.99  # the wall, not the floor, and no speckles between the two
    without = lit(open_scene, asked("balanced") + glass() + floor + wall + eye)
    assert (without[60:66, 30:66].argmax(-1) == 0).all()


@pytest.mark.parametrize("quality", ["balanced", "high"])
def test_two_mirrors_show_what_neither_the_eye_nor_one_of_them_could(open_scene: Opener, quality: str) -> None:
    """A periscope: one mirror at 45 degrees above another."""
    mirrors = """
mirror: {create.material_omnipbr: {diffuse: [0.9, 0.9, 0.9], metallic: 1.0, roughness: 0.0}}
lower: {create.plane: {rotation: [45, 0, 0], scale: [2, 1, 1], material: mirror}}
upper: {create.plane: {position: [0, 0, 3], rotation: [45, 0, 0], scale: [2, 1.6, 1], material: mirror}}
far: {create.cube: {position: [0, 6, 3], scale: [6, 0.1, 2.4], material: green}}
"""
    body = asked(quality) + glow("green", "[0, 1, 0]") + mirrors + EYE

    hdr = lit(open_scene, body)

    share = 0.9 + 0.1 * (1 - np.cos(np.pi / 4)) ** 5  # Schlick's
    middle = hdr[33:39, 44:52].reshape(-1, 3)
    assert np.median(middle[:, 1]) == pytest.approx(100 * share**2, rel=0.02)
    assert middle[:, 0].max() < 1e-3


def test_a_mirror_shows_what_is_behind_tinted_glass(open_scene: Opener) -> None:
    mirror = """
mirror: {create.material_omnipbr: {diffuse: [0.9, 0.9, 0.9], metallic: 1.0, roughness: 0.0}}
face: {create.plane: {rotation: [45, 0, 0], scale: [2, 1, 1], material: mirror}}
above: {create.cube: {position: [0, 0, 4], scale: [8, 8, 0.1], material: white}}
slab: {create.cube: {position: [0, 0, 2], scale: [3, 3, 0.5], material: glass}}
"""
    body = asked("balanced") + glow("white", "[1, 1, 1]") + glass(diffuse="[0.8, 0.5, 0.2]") + mirror + EYE

    hdr = lit(open_scene, body)

    share = 0.9 + 0.1 * (1 - np.cos(np.pi / 4)) ** 5
    expected = 100 * share * np.array([0.8, 0.5, 0.2]) ** 2
    assert np.median(hdr[33:39, 44:52].reshape(-1, 3), 0) == pytest.approx(expected, rel=0.03)


def test_labels_of_glass_are_the_same_in_all_qualities(open_scene: Opener) -> None:
    ball = 'ball: {create.sphere: {scale: 1.2, material: glass, semantics: [["class", "ball"]]}}\n'
    walls = glow("red", "[1, 0, 0]") + glow("green", "[0, 1, 0]") + WALLS
    found = []
    for quality in ("fast", "balanced", "high"):
        snapshot = open_scene(HEAD + asked(quality) + glass() + walls + ball + EYE, bare=True).snapshot(0)
        labels = BACKENDS["raster"]().render(snapshot, snapshot.products[0]).labels
        assert labels is not None
        found.append(labels)

    for other in found[1:]:
        for name in ("entity", "depth", "visible", "normal"):
            assert np.array_equal(getattr(found[0], name), getattr(other, name)), name


@pytest.mark.parametrize("index", [0.0, -1.0, 1e-20, 0.5, 1e20])
@pytest.mark.parametrize("roughness", [0.0, 0.5, 5.0])
def test_indices_and_roughnesses_that_no_glass_has_give_a_picture(
    open_scene: Opener, index: float, roughness: float
) -> None:
    ball = "ball: {create.sphere: {material: glass}}\nsky: {create.light: {light_type: dome, intensity: 100}}\n"

    hdr = lit(open_scene, asked("balanced") + glass(index=index, roughness=roughness) + ball + EYE)

    assert np.isfinite(hdr).all() and hdr.max() < 1000
