"""What is drawn in a dome's image: every backend shows it where UsdLux puts it, and a mirror the other way round.

UsdLux takes the layout of a latitude-longitude image from OpenEXR: the column at the left edge has longitude +180
degrees, the one at the right edge -180, the row at the top latitude +90. In the dome's own space, with Y up, latitude
0 and longitude 0, the image's middle, lie towards +Z, and longitude 90 lies towards +X. Who stands within and looks
towards +Z with +Y up has forward x up = Z x Y = -X on the right, so +X on the left: what is left in the image is left,
and text reads as it is written. On a stage with Z up the dome is turned by 90 degrees about X
(``UsdLuxDomeLight::OrientToStageUpAxis``): +Y comes to +Z, and the middle, +Z, to -Y.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdLux

from rendersdg.errors import NotSupported, RenderFailed, Report
from rendersdg.orchestrator.renderer import Renderer
from tests.conftest import Opener

HALF = 6  # degrees, of a square's side
SQUARES = {"red": (16, 10), "green": (-16, 10), "blue": (16, -10)}  # longitude, latitude: an F has no mirror image
CHANNELS = {"red": 0, "green": 1, "blue": 2}


@dataclass(frozen=True)
class Pose:
    """A dome's rotation (degrees about X, Y, Z), and where its image's middle and top then lie."""

    up: str
    rotation: tuple[int, int, int]
    ahead: tuple[float, float, float]
    top: tuple[float, float, float]


ROOT_HALF = float(np.sqrt(0.5))
POSES = [
    Pose("Y", (0, 0, 0), (0, 0, 1), (0, 1, 0)),
    Pose("Z", (0, 0, 0), (0, -1, 0), (0, 0, 1)),
    Pose("Y", (0, 90, 0), (1, 0, 0), (0, 1, 0)),  # +Z turns to +X about +Y,
    Pose("Z", (0, 0, 90), (1, 0, 0), (0, 0, 1)),  # and -Y to +X about +Z
    Pose("Y", (-45, 0, 0), (0, ROOT_HALF, ROOT_HALF), (0, ROOT_HALF, -ROOT_HALF)),
    Pose("Z", (-45, 0, 0), (0, -ROOT_HALF, ROOT_HALF), (0, ROOT_HALF, ROOT_HALF)),
]


def letter(folder: Path) -> Path:
    """Write a grey map, two texels a degree, with three squares."""
    image = np.full((360, 720, 3), 128, np.uint8)
    for name, (longitude, latitude) in SQUARES.items():
        column, row = (180 - longitude) * 2, (90 - latitude) * 2
        image[row - 2 * HALF : row + 2 * HALF, column - 2 * HALF : column + 2 * HALF] = 0
        image[row - 2 * HALF : row + 2 * HALF, column - 2 * HALF : column + 2 * HALF, 2 - CHANNELS[name]] = 255
    cv2.imwrite(str(folder / "letter.png"), image)
    return folder / "letter.png"


def drawn(open_scene: Opener, folder: Path, pose: Pose, text: str, backend: str) -> tuple[np.ndarray, float]:
    """Return the picture (H, W, 3), 0..1, of a scene under the letter, and the focal length in pixels."""
    session = open_scene(
        f"unit: {{settings.set_stage_meters_per_unit: {{meters_per_unit: 1.0}}}}\n"
        f"axis: {{settings.set_stage_up_axis: {{up_axis: '{pose.up}'}}}}\n"
        f"sky: {{create.light: {{light_type: dome, intensity: 300, rotation: {list(pose.rotation)}, "
        f"texture: {letter(folder)}}}}}\n{text}"
        "view: {create.render_product: {camera: eye, resolution: [96, 72]}}\n",
        bare=True,
    )
    snapshot = session.snapshot(0)
    try:
        view = Renderer(backend, Report()).views(snapshot, {}, hdr=False)["Replicator"]
    except (NotSupported, RenderFailed) as error:
        pytest.skip(str(error))
    return np.asarray(view.buffers.rgb)[..., :3] / 255.0, float(snapshot.products[0].camera.focal_px[0])


def coloured(picture: np.ndarray, name: str) -> np.ndarray:
    """Return where a picture has a colour, (H, W)."""
    one = CHANNELS[name]
    others = np.delete(picture, one, axis=-1).max(-1)
    return np.asarray((picture[..., one] > 0.2) & (picture[..., one] > 1.5 * others))


def middle(where: np.ndarray) -> np.ndarray:
    """Return the mean place of some pixels: column, row."""
    assert where.sum() > 8
    rows, columns = np.nonzero(where)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


def eye(position: str, look_at: np.ndarray, up: tuple[float, float, float]) -> str:
    return (
        f"eye: {{create.camera: {{position: {position}, look_at: {look_at.tolist()}, look_at_up_axis: {list(up)}, "
        "focal_length: 18, clipping_range: [0.01, 100]}}\n"
    )


@pytest.mark.parametrize("backend", ["raster", "mitsuba", "pyrender"])
@pytest.mark.parametrize("pose", POSES, ids=lambda p: f"{p.up}{p.rotation}")
def test_a_letter_in_the_sky_reads_as_it_is_written(
    open_scene: Opener, tmp_path: Path, pose: Pose, backend: str
) -> None:
    if backend == "mitsuba":
        pytest.importorskip("mitsuba")
    elif backend == "pyrender":
        pytest.importorskip("pyrender")
    picture, focal = drawn(open_scene, tmp_path, pose, eye("[0, 0, 0]", np.array(pose.ahead), pose.top), backend)

    for name, angles in SQUARES.items():
        longitude, latitude = np.radians(angles)
        along = np.cos(longitude) * np.cos(latitude)
        place = 48 - focal * np.tan(longitude), 36 - focal * np.sin(latitude) / along
        assert middle(coloured(picture, name)) == pytest.approx(np.array(place), abs=1.0), name


def test_pyrender_shows_the_sky_through_what_is_see_through(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("pyrender")
    card = """
thin: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 1.0, specular: 0.0}}
card: {create.cube: {scale: [6, 6, 0.01], position: [0, 0, 2], material: thin}}
on: {with.thin: {modify.attribute: {name: "inputs:enable_opacity", value: true}}}
by: {with.thin: {modify.attribute: {name: "inputs:opacity_constant", value: 0.2}}}
"""
    at = eye("[0, 0, 0]", np.array(POSES[0].ahead), POSES[0].top)
    through, _ = drawn(open_scene, tmp_path, POSES[0], card + at, "pyrender")
    alone, _ = drawn(open_scene, tmp_path, POSES[0], at, "pyrender")

    assert not np.allclose(through, alone, atol=0.02)  # the card is there
    for name in SQUARES:
        assert middle(coloured(through, name)) == pytest.approx(middle(coloured(alone, name)), abs=1.0), name


def seen_in_ball(pose: Pose, focal: float) -> dict[str, np.ndarray]:
    """Return where a chrome ball of a metre, 2.5 m away against the image's middle, shows each square, (72, 96)."""
    ahead, top = np.array(pose.ahead), np.array(pose.top)
    left = np.cross(top, ahead)  # of the image
    x, y = np.meshgrid(np.arange(96) + 0.5, np.arange(72) + 0.5)
    # the camera looks away from the image's middle, so that its right is the image's left
    ray = ((x - 48) / focal)[..., None] * left + ((36 - y) / focal)[..., None] * top - ahead
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    centre = -2.5 * ahead
    along = ray @ centre
    under = along**2 - (centre @ centre - 1)
    distance = along - np.sqrt(np.maximum(under, 0))
    normal = ray * distance[..., None] - centre
    mirrored = ray - 2 * (ray * normal).sum(-1, keepdims=True) * normal
    longitude = np.degrees(np.arctan2(mirrored @ left, mirrored @ ahead))
    latitude = np.degrees(np.arcsin(np.clip(mirrored @ top, -1, 1)))
    return {
        name: (under > 0) & (abs(longitude - across) < HALF) & (abs(latitude - above) < HALF)
        for name, (across, above) in SQUARES.items()
    }


@pytest.mark.parametrize("quality", ["fast", "balanced", "mitsuba"])
@pytest.mark.parametrize("pose", [POSES[0], POSES[1], POSES[3]], ids=lambda p: f"{p.up}{p.rotation}")
def test_a_chrome_ball_shows_the_letter_as_a_mirror_does(
    open_scene: Opener, tmp_path: Path, pose: Pose, quality: str
) -> None:
    if quality == "mitsuba":
        pytest.importorskip("mitsuba")
    ahead = np.array(pose.ahead)
    text = (
        "chrome: {create.material_omnipbr: {diffuse: [1, 1, 1], metallic: 1.0, roughness: 0.0}}\n"
        f"ball: {{create.sphere: {{scale: 2, position: {(-2.5 * ahead).tolist()}, material: chrome}}}}\n"
    )
    if quality != "mitsuba":
        text += f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"
    eye_text = eye("[0, 0, 0]", -ahead, pose.top).replace("focal_length: 18", "focal_length: 50")
    picture, focal = drawn(open_scene, tmp_path, pose, text + eye_text, "mitsuba" if quality == "mitsuba" else "raster")

    expected = seen_in_ball(pose, focal)
    for name in SQUARES:
        assert middle(coloured(picture, name)) == pytest.approx(middle(expected[name]), abs=1.5), name
    assert middle(expected["red"])[0] > middle(expected["green"])[0] + 4  # the image's left is on the right


@pytest.mark.parametrize("of_file", ["Y", "Y oriented", "Z", "Z oriented"])
@pytest.mark.parametrize("up", ["Y", "Z"])
def test_a_dome_in_a_file_stands_upright_whatever_is_up_there(
    open_scene: Opener, tmp_path: Path, up: str, of_file: str
) -> None:
    """USD has an operation of its own that turns a dome to its stage's up; what a file's up asks for comes on top."""
    stage = Usd.Stage.CreateNew(str(tmp_path / "room.usda"))
    UsdGeom.SetStageUpAxis(stage, of_file[0])
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/room").GetPrim())
    dome = UsdLux.DomeLight.Define(stage, "/room/sky")
    dome.CreateIntensityAttr(300.0)
    dome.CreateTextureFileAttr(str(letter(tmp_path)))
    placed = UsdGeom.Xformable(dome)
    (placed.AddRotateYOp() if of_file[0] == "Y" else placed.AddRotateZOp()).Set(90.0)
    if "oriented" in of_file:
        dome.OrientToStageUpAxis()
    stage.GetRootLayer().Save()
    top = (0.0, 1.0, 0.0) if up == "Y" else (0.0, 0.0, 1.0)
    session = open_scene(
        f"axis: {{settings.set_stage_up_axis: {{up_axis: '{up}'}}}}\n"
        f"room: {{create.from_usd: {{usd: {tmp_path / 'room.usda'}}}}}\n"
        + eye("[0, 0, 0]", np.array([1.0, 0, 0]), top)
        + "view: {create.render_product: {camera: eye, resolution: [96, 72]}}\n",
        bare=True,
    )
    snapshot = session.snapshot(0)
    picture = np.asarray(Renderer("raster", Report()).views(snapshot, {}, hdr=False)["Replicator"].buffers.rgb) / 255.0

    found = {name: middle(coloured(picture[..., :3], name)) for name in SQUARES}
    assert found["red"][0] < 40 < 56 < found["green"][0] and found["blue"][0] < 40
    assert found["red"][1] < 32 and found["green"][1] < 32 and found["blue"][1] > 40
