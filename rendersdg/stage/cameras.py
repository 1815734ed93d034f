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
    fisheye = _Fisheye.read(attributes)
    is_fisheye = fisheye.model in _FISHEYE
    if not is_fisheye and fisheye.model != "pinhole":
        report.ignored(path, f"projection {fisheye.model!r} is rendered as a pinhole")
    distortion = _distortion(state, attributes, is_fisheye=is_fisheye)
    model: Literal["pinhole", "opencvPinhole", "fisheyePolynomial"] = "opencvPinhole" if distortion else "pinhole"
    focal_px = film.focal * width / film.aperture
    return Camera(
        prim_path=path,
        resolution_wh=product.resolution_wh,
        world_from_camera=world,
        previous_world_from_camera=setting.previous.get(path, world),
        model="fisheyePolynomial" if is_fisheye else model,
        focal_px=(focal_px, focal_px),
        centre_px=fisheye.centre_px(width, height) if is_fisheye else film.centre_px(width, height),
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
        return width / 2 + x / self.aperture * width, height / 2 - y / self.aperture * width

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
