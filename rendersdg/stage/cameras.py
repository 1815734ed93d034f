"""Cameras and render products of the stage as the snapshot has them: metres and pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rendersdg.errors import BadScene
from rendersdg.geometry import Matrix
from rendersdg.graph.nodes import Product
from rendersdg.lens import COEFFICIENTS
from rendersdg.snapshot import Camera, RenderProduct, Sensor
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.posing import camera_prim
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.state import SceneState

_FISHEYE = {"fisheyePolynomial", "fisheye_polynomial"}
_POLYNOMIAL = (0.0, 0.00245, 0.0, 0.0, 0.0, 0.0)  # Omniverse's default, radians by pixels of the nominal picture


@dataclass(frozen=True)
class Setting:
    """What the cameras of one frame have in common: metres per stage unit, where each stood in the frame before (by
    prim path), the seed of the sensors' noise, and whether the backend renders depth of field.
    """

    unit: float
    previous: Mapping[str, Matrix]
    seed: int
    has_lens: bool


def build_product(state: SceneState, product: Product, setting: Setting) -> RenderProduct:
    """Return a render product and its cameras as things stand.

    Raises BadScene for a lens that no camera can have. What the backend does not do is reported.
    """
    if not product.tiles:
        return _shot(state, product, setting)
    tiles = tuple(_shot(state, tile, setting) for tile in product.tiles)
    camera = replace(tiles[0].camera, resolution_wh=product.resolution_wh)
    return RenderProduct(product.name, camera, tiles=tiles)


def _shot(state: SceneState, product: Product, setting: Setting) -> RenderProduct:
    camera = _camera(state, product, setting)
    values = state.sensors.get(camera.prim_path)
    if values is None:
        return RenderProduct(product.name, camera)
    return RenderProduct(product.name, camera, Sensor(**values, seed=setting.seed, site=f"sensor/{product.name}"))


def _camera(state: SceneState, product: Product, setting: Setting) -> Camera:
    """Return the camera of a product in its pixels, which are square: the focal length is the same both ways."""
    attributes = Attributes(state, camera_prim(state, product.camera.paths))
    path, report, unit = attributes.path, state.base.report, setting.unit
    width, height = product.resolution_wh
    # a camera's scale is not part of its view
    world = state.world(path).copy()
    world[:3, :3] /= np.linalg.norm(world[:3, :3], axis=0)
    world[:3, 3] *= unit
    film = _Film.read(attributes)
    if film.f_stop > 0 and not setting.has_lens:
        report.ignored(path, "depth of field (f_stop above 0) is not rendered by this backend")
    fisheye, calibrated = _Fisheye.read(attributes), _Calibrated.read(attributes)
    if calibrated is not None and calibrated.is_fisheye:
        fisheye = calibrated.as_fisheye(fisheye)
    is_fisheye = fisheye.model in _FISHEYE
    if not is_fisheye and fisheye.model != "pinhole":
        report.ignored(path, f"projection {fisheye.model!r} is rendered as a pinhole")
    distortion = _distortion(state, attributes, is_fisheye=is_fisheye)
    model: Literal["pinhole", "opencvPinhole", "fisheyePolynomial"] = "opencvPinhole" if distortion else "pinhole"
    focal_px, centre_px = (film.focal * width / film.aperture,) * 2, film.centre_px(width, height)
    if calibrated is not None:
        focal_px, centre_px = calibrated.in_pixels(width, height, focal_px, centre_px)
    return Camera(
        prim_path=path,
        resolution_wh=product.resolution_wh,
        world_from_camera=world,
        previous_world_from_camera=setting.previous.get(path, world),
        model="fisheyePolynomial" if is_fisheye else model,
        focal_px=focal_px,
        centre_px=fisheye.centre_px(width, height) if is_fisheye else centre_px,
        near_far=(film.near * unit, film.far * unit),
        polynomial=fisheye.polynomial(width) if is_fisheye else (),
        max_theta=float(np.radians(fisheye.max_fov) / 2) if is_fisheye else 0.0,
        distortion=distortion,
        lens_radius=film.focal * 1e-3 / (2 * film.f_stop) if film.f_stop > 0 else 0.0,
        focus=film.focus_distance * unit,
        cross_reference=str(attributes.get("crossCameraReferenceName", "")),
        authored=film.authored() | fisheye.authored(is_used=is_fisheye) | film.authored_lens(),
    )


@dataclass(frozen=True)
class _Film:
    """A camera's film and lens as authored: apertures and focal length in tenths of a stage unit, the rest in units."""

    focal: float
    aperture: float
    vertical_aperture: float
    offset: tuple[float, float]
    near: float
    far: float
    f_stop: float
    focus_distance: float

    @classmethod
    def read(cls, attributes: Attributes) -> _Film:
        """Return the film of a camera. Raises BadScene for lengths that are not above 0 or distances that fall."""
        path = attributes.path
        focal, aperture = attributes.number("focalLength", 50.0), attributes.number("horizontalAperture", 20.955)
        if focal <= 0 or aperture <= 0:
            raise BadScene(f"camera {path}: focal_length={focal} and horizontal_aperture={aperture} must be above 0")
        near, far = (float(v) for v in attributes.get("clippingRange", (1.0, 1e6)))
        if not 0 < near < far:
            raise BadScene(f"camera {path}: clipping_range=({near}, {far}) must rise from above 0")
        return cls(
            focal=focal,
            aperture=aperture,
            vertical_aperture=attributes.number("verticalAperture", 15.2908),
            offset=(
                attributes.number("horizontalApertureOffset", 0.0),
                attributes.number("verticalApertureOffset", 0.0),
            ),
            near=near,
            far=far,
            f_stop=attributes.number("fStop", 0.0),
            focus_distance=attributes.number("focusDistance", 400.0),
        )

    def centre_px(self, width: int, height: int) -> tuple[float, float]:
        """Return where the axis meets the picture, pixels; pixels are square, so the width alone gives their size."""
        x, y = self.offset
        # GfCamera moves the film, not the picture: with the film to the right the axis meets the picture on the left
        return width / 2 - x / self.aperture * width, height / 2 + y / self.aperture * width

    def authored(self) -> dict[str, object]:
        """Return the film as writers put it down."""
        return {
            "cameraAperture": [self.aperture, self.vertical_aperture],
            "cameraApertureOffset": list(self.offset),
        }

    def authored_lens(self) -> dict[str, object]:
        """Return the lens as writers put it down."""
        return {
            "cameraFocalLength": self.focal,
            "cameraFocusDistance": self.focus_distance,
            "cameraFStop": self.f_stop,
            "cameraNearFar": [self.near, self.far],
        }


@dataclass(frozen=True)
class _Fisheye:
    """A camera's projection as authored: its model, and the f-theta parameters in pixels of the nominal picture."""

    model: str
    nominal_w: float
    nominal_h: float
    centre: tuple[float, float]
    max_fov: float  # degrees
    coefficients: tuple[float, ...]

    @classmethod
    def read(cls, attributes: Attributes) -> _Fisheye:
        """Return the projection of a camera."""
        return cls(
            model=str(attributes.get("cameraProjectionType", "pinhole")),
            nominal_w=attributes.number("fthetaWidth", 1936.0),
            nominal_h=attributes.number("fthetaHeight", 1216.0),
            centre=(attributes.number("fthetaCx", 970.94244), attributes.number("fthetaCy", 600.37482)),
            max_fov=attributes.number("fthetaMaxFov", 200.0),
            coefficients=tuple(attributes.number(f"fthetaPoly{k}", d) for k, d in zip("ABCDEF", _POLYNOMIAL)),
        )

    def polynomial(self, width: int) -> tuple[float, ...]:
        """Return the polynomial by pixels of a picture that is ``width`` wide."""
        scale = width / self.nominal_w
        return tuple(c / scale**k for k, c in enumerate(self.coefficients))

    def centre_px(self, width: int, height: int) -> tuple[float, float]:
        """Return the optical centre in pixels of the picture."""
        return self.centre[0] * (width / self.nominal_w), self.centre[1] * height / self.nominal_h

    def authored(self, *, is_used: bool) -> dict[str, object]:
        """Return the projection as writers put it down: zeros where it is not used."""
        return {
            "cameraFisheyeLensP": [],
            "cameraFisheyeLensS": [],
            "cameraFisheyeMaxFOV": self.max_fov if is_used else 0.0,
            "cameraFisheyeNominalHeight": int(self.nominal_h) if is_used else 0,
            "cameraFisheyeNominalWidth": int(self.nominal_w) if is_used else 0,
            "cameraFisheyeOpticalCentre": list(self.centre) if is_used else [0.0, 0.0],
            "cameraFisheyePolynomial": list(self.coefficients) if is_used else [0.0] * 6,
        }


@dataclass(frozen=True)
class _Calibrated:
    """A camera as OpenCV's calibration gives it: pixels of a picture of ``size``; NaN where nothing is authored.

    A fisheye has r = f (t + k1 t^3 + k2 t^5 + k3 t^7 + k4 t^9) pixels for t radians off its axis.
    """

    is_fisheye: bool
    size: tuple[float, float]
    focal: tuple[float, float]
    centre: tuple[float, float]
    bends: tuple[float, ...]

    @classmethod
    def read(cls, attributes: Attributes) -> _Calibrated | None:
        """Return the calibration of a camera, None for one that has none."""
        model = str(attributes.get("omni:lensdistortion:model", ""))
        if model not in ("opencvPinhole", "opencvFisheye"):
            return None
        prefix = f"omni:lensdistortion:{model}"
        fx, fy, cx, cy = (attributes.number(f"{prefix}:{k}", float("nan")) for k in ("fx", "fy", "cx", "cy"))
        width, height = (float(v) for v in attributes.get(f"{prefix}:imageSize", (float("nan"), float("nan"))))
        bends = tuple(attributes.number(f"{prefix}:k{n}", 0.0) for n in range(1, 5))
        return cls(model == "opencvFisheye", (width, height), (fx, fy), (cx, cy), bends)

    def in_pixels(
        self, width: int, height: int, focal_px: tuple[float, float], centre_px: tuple[float, float]
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return focal lengths and optical centre in pixels of the picture; what is not authored is the film's."""
        sizes = [given if given > 0 else own for given, own in zip(self.size, (width, height))]
        scales = (width / sizes[0], height / sizes[1])

        def known(values: tuple[float, float], others: tuple[float, float]) -> tuple[float, float]:
            first, second = (o if np.isnan(v) else v * s for v, s, o in zip(values, scales, others))
            return first, second

        return known(self.focal, focal_px), known(self.centre, centre_px)

    def as_fisheye(self, other: _Fisheye) -> _Fisheye:
        """Return the nearest f-theta fisheye: angles by pixels, fitted up to its widest angle."""
        if np.isnan([*self.size, *self.focal, *self.centre]).any():
            return other
        angles = np.linspace(0.0, np.radians(other.max_fov) / 2, 400)
        powers = angles[:, None] ** np.array([3, 5, 7, 9])
        radii = self.focal[0] * (angles + powers @ np.array(self.bends))
        falls = np.nonzero(np.diff(radii) <= 0)[0]  # where a picture would fold back
        rising = radii[: falls[0] + 1] if len(falls) else radii
        span = float(rising[-1])
        basis = (rising[:, None] / span) ** np.arange(1, 6)
        fit = np.linalg.lstsq(basis, angles[: len(rising)], rcond=None)[0] / span ** np.arange(1, 6)
        return replace(
            other,
            model="fisheyePolynomial",
            nominal_w=self.size[0],
            nominal_h=self.size[1],
            centre=self.centre,
            coefficients=(0.0, *(float(c) for c in fit)),
        )


def _distortion(state: SceneState, attributes: Attributes, *, is_fisheye: bool) -> tuple[float, ...]:
    """Return OpenCV's coefficients (``lens.COEFFICIENTS``), empty for none: those of ``inspection.lens`` before those
    that are authored. A fisheye has none beside its polynomial: reported.
    """
    bends = dict(state.lenses.get(attributes.path, {}))
    if str(attributes.get("omni:lensdistortion:model", "")) == "opencvPinhole":
        prefix = "omni:lensdistortion:opencvPinhole"
        bends = {k: attributes.number(f"{prefix}:{k}", 0.0) for k in COEFFICIENTS} | bends
    if bends and is_fisheye:
        state.base.report.ignored(attributes.path, "a fisheye camera has no lens distortion beside its polynomial")
    return tuple(bends.get(k, 0.0) for k in COEFFICIENTS) if any(bends.values()) and not is_fisheye else ()


READS = (
    Reads(
        "Camera",
        read=names(
            "focalLength horizontalAperture verticalAperture horizontalApertureOffset verticalApertureOffset "
            "clippingRange fStop focusDistance cameraProjectionType fthetaWidth fthetaHeight fthetaCx fthetaCy "
            "fthetaMaxFov fthetaPoly* crossCameraReferenceName omni:lensdistortion:model "
            "omni:lensdistortion:opencvPinhole:* omni:lensdistortion:opencvFisheye:*"
        ),
        idle={"stereoRole": "each camera is drawn for itself", "omni:kit:*": "the viewport's own"},
        unmet={
            "projection": "the camera is drawn with a perspective",
            "clippingPlanes": "only clippingRange clips",
            "exposure": "pictures are exposed by their renderer",
            **all_of(
                "exposure:fStop exposure:iso exposure:responsivity exposure:time",
                "pictures are exposed by their renderer",
            ),
            **all_of("shutter:open shutter:close", "the shutter is that of the scene's settings"),
        },
        neutral={"projection": ("perspective",)},
    ),
)
