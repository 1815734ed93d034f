"""Lenses of camera prims: a table of them, each at ten places beside OpenCV's functions or a formula by hand."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.annotators import Request
from rendersdg.annotators.camera import camera_params
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import BadScene, Report
from rendersdg.lens import half_pixel_rays, pixel_rays, project, rays
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.snapshot import Camera, Snapshot
from tests.conftest import Opener
from tests.defects.damage import snapshot_of

SIZE = (640, 480)
PLACES = [
    (12, 10),
    (322, 241),
    (628, 470),
    (15, 465),
    (620, 14),
    (160, 120),
    (500, 330),
    (330, 60),
    (90, 400),
    (310, 235),
]
EYE = """
eye: {create.camera: {position: [0, 0, 0], look_at: [0, 0, -1], look_at_up_axis: [0, 1, 0], focal_length: 18,
  clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [640, 480]}}
key: {create.light: {light_type: distant, intensity: 1500}}
"""
NONE = np.zeros(3)
Project = Callable[[np.ndarray], np.ndarray]


def authored(
    open_scene: Opener, values: dict[str, object], *, api: str = "", balls: str = ""
) -> tuple[Snapshot, Report]:
    """Return the snapshot of a scene whose camera prim has ``values``, and what was reported."""
    session = open_scene(EYE + balls)
    path = snapshot_of(session, 0).products[0].camera.prim_path
    prim = session.recorder.stage.GetPrimAtPath(path)
    if api:
        prim.AddAppliedSchema(api)
    kinds = {float: Sdf.ValueTypeNames.Float, str: Sdf.ValueTypeNames.Token, Gf.Vec2i: Sdf.ValueTypeNames.Int2}
    for name, value in values.items():
        kind = kinds.get(type(value), Sdf.ValueTypeNames.Float2)
        prim.CreateAttribute(name, kind).Set(value)
    return snapshot_of(session, 0), session.recorder.report


def schema(model: str, size: tuple[int, int] = SIZE, **values: float) -> dict[str, object]:
    prefix = f"omni:lensdistortion:{model}:"
    told: dict[str, object] = {prefix + name: float(value) for name, value in values.items()}
    return {"omni:lensdistortion:model": model, f"{prefix}imageSize": Gf.Vec2i(*size)} | told


def matrix(fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])


def by_pinhole(k: np.ndarray, coefficients: list[float]) -> Project:
    return lambda p: cv2.projectPoints(p, NONE, NONE, k, np.array(coefficients))[0][:, 0]


def by_fisheye(k: np.ndarray, coefficients: list[float]) -> Project:
    return lambda p: cv2.fisheye.projectPoints(p[:, None], NONE, NONE, k, np.array(coefficients))[0][:, 0]


def by_radius(radius: Callable[[np.ndarray], np.ndarray], scale: float, centre: tuple[float, float]) -> Project:
    """Return the projection of a lens about its axis, its radius in units of ``scale`` pixels."""

    def projected(p: np.ndarray) -> np.ndarray:
        across = np.hypot(p[:, 0], p[:, 1])
        theta = np.arctan2(across, p[:, 2])
        return np.array(centre) + p[:, :2] / across[:, None] * (radius(theta) * scale)[:, None]

    return projected


FIVE = {"k1": -0.25, "k2": 0.08, "p1": 0.002, "p2": -0.0015, "k3": -0.01}
EIGHT = {"k1": 0.9, "k2": 0.3, "p1": 0.001, "p2": 0.002, "k3": 0.02, "k4": 1.2, "k5": 0.5, "k6": 0.05}
TWELVE = EIGHT | {"s1": 0.002, "s2": -0.001, "s3": -0.0015, "s4": 0.0008}
TILTED = TWELVE | {"tauX": 0.02, "tauY": -0.03}
OWN = {"fx": 420.0, "fy": 405.0, "cx": 310.0, "cy": 250.0}
FISH = {"k1": 0.05, "k2": -0.01, "k3": 0.002, "k4": -0.0005}
ROUND = {"fx": 260.0, "fy": 255.0, "cx": 325.0, "cy": 236.0}
OLD = {"fthetaWidth": 640.0, "fthetaHeight": 480.0, "fthetaCx": 310.0, "fthetaCy": 250.0}
FILM = 18 * 640 / 20.955

TABLE: dict[str, tuple[dict[str, object], Project]] = {
    "pinhole": ({}, by_pinhole(matrix(FILM, FILM, 320, 240), [])),
    "pinhole with offsets": (
        {"horizontalApertureOffset": 2.0, "verticalApertureOffset": -1.5},
        by_pinhole(matrix(FILM, FILM, 320 - 2 / 20.955 * 640, 240 - 1.5 / 20.955 * 640), []),
    ),
    "OpenCV, no coefficients": (schema("opencvPinhole", **OWN), by_pinhole(matrix(**OWN), [])),
    "OpenCV, 5": (schema("opencvPinhole", **OWN, **FIVE), by_pinhole(matrix(**OWN), [*FIVE.values()])),
    "OpenCV, 8": (schema("opencvPinhole", **OWN, **EIGHT), by_pinhole(matrix(**OWN), [*EIGHT.values()])),
    "OpenCV, 12": (schema("opencvPinhole", **OWN, **TWELVE), by_pinhole(matrix(**OWN), [*TWELVE.values()])),
    "OpenCV, 14": (schema("opencvPinhole", **OWN, **TILTED), by_pinhole(matrix(**OWN), [*TILTED.values()])),
    "OpenCV, half the size": (
        schema("opencvPinhole", (1280, 960), **{k: 2 * v for k, v in OWN.items()}, **FIVE),
        by_pinhole(matrix(**OWN), [*FIVE.values()]),
    ),
    "OpenCV's fisheye": (schema("opencvFisheye", **ROUND, **FISH), by_fisheye(matrix(**ROUND), [*FISH.values()])),
    "pinholeOpenCV": (
        OLD
        | {"cameraProjectionType": "pinholeOpenCV", "openCVFx": 420.0, "openCVFy": 405.0}
        | dict(zip(("fthetaPolyA", "fthetaPolyB", "p0", "p1", "fthetaPolyC"), FIVE.values())),
        by_pinhole(matrix(**OWN), [*FIVE.values()]),
    ),
    "fisheyeOpenCV": (
        OLD
        | {"cameraProjectionType": "fisheyeOpenCV", "openCVFx": 260.0, "openCVFy": 255.0}
        | {f"fthetaPoly{c}": v for c, v in zip("ABCD", FISH.values())},
        by_fisheye(matrix(260, 255, 310, 250), [*FISH.values()]),
    ),
    "ftheta": (
        {"omni:lensdistortion:model": "ftheta", "omni:lensdistortion:ftheta:opticalCenter": Gf.Vec2f(620, 500)}
        | {f"omni:lensdistortion:ftheta:{k}": v for k, v in (("k1", 0.0022), ("k2", 1e-7), ("maxFov", 220.0))}
        | {"omni:lensdistortion:ftheta:nominalWidth": 1280.0, "omni:lensdistortion:ftheta:nominalHeight": 960.0},
        by_radius(lambda t: (np.sqrt(0.0022**2 + 4e-7 * t) - 0.0022) / 2e-7 / 2, 1.0, (310, 250)),
    ),
    "kannalaBrandtK3": (
        {"omni:lensdistortion:model": "kannalaBrandtK3"}
        | {f"omni:lensdistortion:kannalaBrandtK3:{k}": v for k, v in (("k0", 250.0), ("k1", 4.0), ("maxFov", 200.0))}
        | {"omni:lensdistortion:kannalaBrandtK3:opticalCenter": Gf.Vec2f(310, 250)}
        | {
            f"omni:lensdistortion:kannalaBrandtK3:{k}": v
            for k, v in (("nominalWidth", 640.0), ("nominalHeight", 480.0))
        },
        by_radius(lambda t: 250 * t + 4 * t**3, 1.0, (310, 250)),
    ),
    "fisheyeOrthographic": (
        {"cameraProjectionType": "fisheyeOrthographic"},
        by_radius(np.sin, FILM, (320, 240)),
    ),
    "fisheyeEquidistant": ({"cameraProjectionType": "fisheyeEquidistant"}, by_radius(lambda t: t, FILM, (320, 240))),
    "fisheyeEquisolid": (
        {"cameraProjectionType": "fisheyeEquisolid"},
        by_radius(lambda t: 2 * np.sin(t / 2), FILM, (320, 240)),
    ),
    "fisheyeSpherical": (
        {"cameraProjectionType": "fisheyeSpherical"},
        lambda p: np.stack(
            [
                320 + 320 / np.pi * np.arctan2(p[:, 0], p[:, 2]),
                240 + 480 / np.pi * np.arctan2(p[:, 1], np.hypot(p[:, 0], p[:, 2])),
            ],
            1,
        ),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_points_and_boxes_are_where_the_formula_puts_them(open_scene: Opener, name: str) -> None:
    values, formula = TABLE[name]
    camera = authored(open_scene, values)[0].products[0].camera
    places = np.array(PLACES) + 0.27
    if name == "fisheyeSpherical":
        places[:, 1] = 240 + 0.5 * (places[:, 1] - 240)  # near the poles nothing is small
    looks = rays(camera, *places.T)
    assert looks.any(1).all()
    points = 2.0 * looks
    wanted = formula(points * [1, -1, -1])

    assert np.abs(np.stack(project(camera, points), 1) - wanted).max() < 1e-3
    assert np.abs(wanted - places).max() < 1e-3  # rays and points are each other's inverse

    beside = np.cross(looks, [0, 1, 0]) * 1e-3
    pixels = np.linalg.norm(np.stack(project(camera, points + beside), 1) - wanted, axis=1)
    sizes = 6.6 * np.linalg.norm(beside, axis=1) / pixels  # six or seven pixels across
    balls = "".join(
        f"ball{k}: {{create.sphere: {{position: [{x}, {y}, {z}], scale: {size}, semantics: [[class, b{k}]]}}}}\n"
        for k, ((x, y, z), size) in enumerate(zip(points.tolist(), sizes.tolist()))
    )
    snapshot, _ = authored(open_scene, values, balls=balls)
    product = snapshot.products[0]
    picture, labels = RasterBackend().render(snapshot, product)
    alone = RasterBackend().label(snapshot, product)
    assert labels is not None and picture.rgb[..., :3].any()
    assert np.array_equal(labels.tight, alone.tight)
    for number, entity in enumerate(snapshot.entities):
        k = int(entity.semantics[0][1][1:])
        left, top, right, bottom = labels.tight[number]
        middle = (left + right + 1) / 2, (top + bottom + 1) / 2
        assert np.abs(np.array(middle) - wanted[k]).max() <= 0.5, (name, k, middle, wanted[k])


@pytest.mark.parametrize("name", TABLE)
def test_the_kernels_rays_are_the_formulas(open_scene: Opener, name: str) -> None:
    camera = authored(open_scene, TABLE[name][0])[0].products[0].camera
    if camera.model == "pinhole":
        return
    width, height = camera.resolution_wh
    u, v = np.meshgrid((np.arange(2 * width) + 1) / 2, (np.arange(2 * height) + 1) / 2)
    ours = np.stack(half_pixel_rays(camera), -1).reshape(2 * height, 2 * width, 3)
    theirs = rays(camera, u, v)
    both = ours.any(-1) & theirs.any(-1)

    assert (ours.any(-1) == theirs.any(-1)).mean() > 0.9995  # the rim of what is seen
    assert np.abs(ours - theirs)[both].max() < 2e-6  # a thousandth of a pixel
    assert np.array_equal(pixel_rays(camera), ours[::2, ::2])


def told(snapshot: Snapshot) -> dict[str, object]:
    view = Renderer("reference", Report()).views(snapshot, {}, hdr=False)["Replicator"]
    return camera_params(Request(view))


def test_annotators_tell_the_calibration_as_it_was_authored(open_scene: Opener) -> None:
    doubled = {k: 2 * v for k, v in OWN.items()}
    values = told(authored(open_scene, schema("opencvPinhole", (1280, 960), **doubled, **TWELVE))[0])

    assert values["cameraModel"] == "pinholeOpenCV"
    assert (values["cameraOpenCVFx"], values["cameraOpenCVFy"]) == (840, 810)
    assert np.allclose(values["cameraFisheyeOpticalCentre"], (620, 500))
    assert (values["cameraFisheyeNominalWidth"], values["cameraFisheyeNominalHeight"]) == (1280, 960)
    assert np.allclose(values["cameraFisheyePolynomial"], [TWELVE[f"k{n}"] for n in range(1, 7)])
    assert np.allclose(values["cameraFisheyeLensP"], [0.001, 0.002])
    assert np.allclose(values["cameraFisheyeLensS"], [TWELVE[f"s{n}"] for n in range(1, 5)])
    fisheye = told(authored(open_scene, schema("opencvFisheye", **ROUND, **FISH))[0])
    assert fisheye["cameraModel"] == "fisheyeOpenCV" and fisheye["cameraOpenCVFx"] == 260
    assert np.allclose(fisheye["cameraFisheyePolynomial"], [*FISH.values(), 0, 0])
    plain = told(authored(open_scene, {})[0])
    assert plain["cameraModel"] == "pinhole" and plain["cameraOpenCVFx"] == pytest.approx(FILM)


@pytest.mark.parametrize(
    ("values", "api", "said"),
    [
        ({"omni:lensdistortion:model": "radTanThinPrism"}, "", "'radTanThinPrism' is rendered as a pinhole"),
        ({}, "OmniLensDistortionLutAPI", "'lut' is rendered as a pinhole"),
        ({"cameraProjectionType": "generalizedProjection"}, "", "'generalizedProjection' is rendered as a pinhole"),
        ({"cameraProjectionType": "fisheyeRadTanThinPrism"}, "", "'fisheyeRadTanThinPrism' is rendered as a pinhole"),
        ({"cameraProjectionType": "fisheyeKannalaBrandtK3"}, "", "'fisheyeKannalaBrandtK3' is rendered as a pinhole"),
        ({"cameraProjectionType": "omniDirectionalStereo"}, "", "is drawn from one point, as fisheyeSpherical"),
        ({"cameraProjectionType": "mine"}, "", "'mine' is rendered as a pinhole"),
    ],
)
def test_a_lens_that_is_not_drawn_is_said(open_scene: Opener, values: dict[str, object], api: str, said: str) -> None:
    _, report = authored(open_scene, values, api=api)

    assert any(said in entry["text"] for entry in report.as_json()), report.as_json()


def test_an_applied_schema_gives_the_model_and_comes_before_the_older_name(open_scene: Opener) -> None:
    values: dict[str, object] = {"cameraProjectionType": "fisheyeSpherical"}
    snapshot, _ = authored(open_scene, values, api="OmniLensDistortionFthetaAPI")
    camera = snapshot.products[0].camera

    assert camera.model == "fisheyePolynomial" and camera.max_theta == pytest.approx(np.radians(100))


def test_a_calibration_that_no_lens_has_is_an_error(open_scene: Opener) -> None:
    with pytest.raises(BadScene, match=r"fx=0.0 and fy=5.0 must be above 0"):
        authored(open_scene, schema("opencvPinhole", fx=0, fy=5, cx=0, cy=0))
    with pytest.raises(BadScene, match=r"nominal size 0.0 x 1216.0 must be above 0"):
        authored(open_scene, {"cameraProjectionType": "fisheyePolynomial", "fthetaWidth": 0.0})


@pytest.mark.parametrize(("unit", "f_stop"), [(1.0, 180.0), (0.01, 1.8)])
def test_focal_length_and_aperture_are_tenths_of_a_unit(open_scene: Opener, unit: float, f_stop: float) -> None:
    """24 mm at f/1.8 on a stage in centimetres; Isaac Sim writes the same on one in metres, with f_stop times 100."""
    text = (
        f"unit: {{settings.set_stage_meters_per_unit: {{meters_per_unit: {unit}}}}}\n"
        f"eye: {{create.camera: {{focal_length: 24, f_stop: {f_stop}, focus_distance: 5}}}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    )
    camera = snapshot_of(open_scene(text, bare=True), 0).products[0].camera

    assert camera.lens_radius == pytest.approx(0.024 / 1.8 / 2) and camera.focus == pytest.approx(5 * unit)


@pytest.mark.parametrize("size", [(640, 480), (333, 481)])
@pytest.mark.parametrize("offset", [(2.5, 0.0), (0.0, -3.0), (-1.5, 2.25)])
def test_film_offsets_are_those_of_usds_own_camera(
    open_scene: Opener, size: tuple[int, int], offset: tuple[float, float]
) -> None:
    session = open_scene(EYE.replace("[640, 480]", f"[{size[0]}, {size[1]}]"))
    path = snapshot_of(session, 0).products[0].camera.prim_path
    usd = UsdGeom.Camera(session.recorder.stage.GetPrimAtPath(path))
    usd.GetVerticalApertureAttr().Set(20.955 * size[1] / size[0])
    usd.GetHorizontalApertureOffsetAttr().Set(offset[0])
    usd.GetVerticalApertureOffsetAttr().Set(offset[1])
    camera: Camera = snapshot_of(session, 0).products[0].camera
    frustum = usd.GetCamera(Usd.TimeCode.Default()).frustum
    clip_from_camera = frustum.ComputeProjectionMatrix()
    points = np.random.default_rng(3).uniform((-1, -1, -4), (1, 1, -2), (10, 3))
    clip = np.array([Gf.Vec4d(*map(float, p), 1) * clip_from_camera for p in points])
    wanted = (1 + clip[:, :2] / clip[:, 3:] * (1, -1)) / 2 * size

    assert np.abs(np.stack(project(camera, points), 1) - wanted).max() < 1e-3


# what Blender 4.5 wrote as USD of cameras with shift_x and shift_y; their sensors fit the width, height or larger side;
# three points in the camera's space, and where world_to_camera_view puts them, pixels from the top left corner
BLENDER: dict[str, tuple[tuple[float, ...], tuple[int, int], list[tuple[float, ...]], list[tuple[float, ...]]]] = {
    "shifted": (
        (0.35, 0.36, 0.27, 0.0432, -0.0288),
        (640, 480),
        [(-0.18, 0.46052, -5.99796), (0.88, -0.31197, -5.14376), (0.38, 0.52366, -4.80951)],
        [(224.527, 141.026), (349.65, 226.538), (292.362, 121.052)],
    ),
    "horizontal": (
        (0.28, 0.36, 0.48, 0.036, 0.018),
        (480, 640),
        [(-0.18, 0.46052, -5.99796), (0.88, -0.31197, -5.14376), (0.38, 0.52366, -4.80951)],
        [(180.796, 315.335), (255.87, 366.643), (221.497, 303.351)],
    ),
    "vertical": (
        (0.4, 0.32, 0.24, -0.024, 0.0168),
        (640, 480),
        [(-0.18, 0.46052, -5.99796), (0.88, -0.31197, -5.14376), (0.38, 0.52366, -4.80951)],
        [(343.992, 212.176), (504.865, 322.12), (431.208, 186.496)],
    ),
    "tall": (
        (0.35, 0.27, 0.36, 0.036, 0.036),
        (480, 640),
        [(-0.18, 0.46052, -5.99796), (0.88, -0.31197, -5.14376), (0.38, 0.52366, -4.80951)],
        [(157.327, 336.226), (282.45, 421.738), (225.162, 316.252)],
    ),
}


@pytest.mark.parametrize("name", BLENDER)
def test_a_camera_that_blender_wrote_sees_points_where_blender_does(open_scene: Opener, name: str) -> None:
    film, size, points, pixels = BLENDER[name]
    names = ("focalLength", "horizontalAperture", "verticalAperture")
    offsets = ("horizontalApertureOffset", "verticalApertureOffset")
    session = open_scene(EYE.replace("[640, 480]", f"[{size[0]}, {size[1]}]"))
    prim = session.recorder.stage.GetPrimAtPath(snapshot_of(session, 0).products[0].camera.prim_path)
    for attribute, value in zip((*names, *offsets), film):
        prim.GetAttribute(attribute).Set(value)
    camera = snapshot_of(session, 0).products[0].camera

    assert np.abs(np.stack(project(camera, np.array(points)), 1) - pixels).max() < 0.01
