"""The lens of a camera prim: which model bends its picture, and the model's numbers in pixels of the picture.

Omniverse names models in two ways: by the older ``cameraProjectionType`` with ``ftheta...`` attributes, and by schemas
whose attributes begin with ``omni:lensdistortion``. The schemas come first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from rendersdg import portable
from rendersdg.errors import BadScene
from rendersdg.lens import COEFFICIENTS
from rendersdg.snapshot import CameraModel
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.state import SceneState

_SCHEMA = "omni:lensdistortion"
_APIS = {  # schemas that imply a model
    "OmniLensDistortionOpenCvPinholeAPI": "opencvPinhole",
    "OmniLensDistortionOpenCvFisheyeAPI": "opencvFisheye",
    "OmniLensDistortionFthetaAPI": "ftheta",
    "OmniLensDistortionKannalaBrandtK3API": "kannalaBrandtK3",
    "OmniLensDistortionRadTanThinPrismAPI": "radTanThinPrism",
    "OmniLensDistortionLutAPI": "lut",
    "OmniLensDistortionOmniDirectionalStereoAPI": "omniDirectionalStereo",
}
_OLDER = {  # Replicator's names of projections that schemas name otherwise
    "fisheyePolynomial": "ftheta",
    "fisheye_polynomial": "ftheta",
    "pinholeOpenCV": "opencvPinhole",
    "fisheyeOpenCV": "opencvFisheye",
}
_IDEAL: dict[str, CameraModel] = {  # fisheyes without coefficients
    "fisheyeOrthographic": "fisheyeOrthographic",
    "fisheyeEquidistant": "fisheyeEquidistant",
    "fisheyeEquisolid": "fisheyeEquisolid",
    "fisheyeSpherical": "fisheyeSpherical",
}
_POLYNOMIAL = (0.0, 0.00245, 0.0, 0.0, 0.0, 0.0)  # Omniverse's default, radians by pixels of the nominal picture
_NAN = float("nan")


@dataclass(frozen=True)
class Lens:
    """A lens as a ``Camera`` has it; ``authored`` is what writers put down."""

    model: CameraModel
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    polynomial: tuple[float, ...] = ()
    max_theta: float = 0.0
    distortion: tuple[float, ...] = ()
    authored: dict[str, object] = field(default_factory=dict)


def read_lens(state: SceneState, attributes: Attributes, plain: Lens, size_wh: tuple[int, int]) -> Lens:
    """Return the lens of a camera, ``plain`` being the pinhole that its film gives. Models that are not drawn are
    reported. Raises BadScene for a calibration that no lens can have.
    """
    reading = _Reading(attributes, size_wh, plain)
    name, is_schema = _named(attributes)
    lens = plain
    if name == "opencvPinhole":
        lens = reading.opencv_pinhole(is_schema=is_schema)
    elif name == "opencvFisheye":
        lens = reading.opencv_fisheye(is_schema=is_schema)
    elif name == "ftheta":
        lens = reading.ftheta(is_schema=is_schema)
    elif name == "kannalaBrandtK3" and is_schema:
        lens = reading.kannala_brandt()
    elif name in _IDEAL:
        lens = reading.ideal(_IDEAL[name])
    elif name == "omniDirectionalStereo":
        state.base.report.ignored(attributes.path, f"projection {name!r} is drawn from one point, as fisheyeSpherical")
        lens = reading.ideal("fisheyeSpherical")
    elif name != "pinhole":
        state.base.report.ignored(attributes.path, f"projection {name!r} is rendered as a pinhole")
    return _bent(state, attributes, lens)


def _named(attributes: Attributes) -> tuple[str, bool]:
    """Return the name of a camera's model, and whether a schema gives it."""
    model = str(attributes.get(f"{_SCHEMA}:model", ""))
    if not model:
        model = next((_APIS[api] for api in attributes.applied() if api in _APIS), "")
    if model and model != "pinhole":
        return model, True
    projection = str(attributes.get("cameraProjectionType", "pinhole")) or "pinhole"
    return _OLDER.get(projection, projection), False


def _bent(state: SceneState, attributes: Attributes, lens: Lens) -> Lens:
    """Return a lens with the coefficients that ``inspection.lens`` sets, which only a pinhole takes."""
    asked = state.lenses.get(attributes.path)
    if not asked:
        return lens
    if lens.model not in ("pinhole", "opencvPinhole"):
        state.base.report.ignored(attributes.path, "a fisheye camera has no lens distortion beside its polynomial")
        return lens
    bends = dict(zip(COEFFICIENTS, lens.distortion or (0.0,) * len(COEFFICIENTS))) | dict(asked)
    return _pinhole(lens, tuple(bends.values()))


def _pinhole(lens: Lens, distortion: tuple[float, ...]) -> Lens:
    if not any(distortion):
        return replace(lens, model="pinhole", distortion=())
    k1, k2, p1, p2, k3, k4, k5, k6, *rest = distortion
    told = {
        "cameraFisheyeLensP": [p1, p2],
        "cameraFisheyeLensS": list(rest[:4]),
        "cameraFisheyePolynomial": [k1, k2, k3, k4, k5, k6],
    }
    return replace(lens, model="opencvPinhole", distortion=distortion, authored=lens.authored | told)


@dataclass(frozen=True)
class _Reading:
    """Reads the numbers of a lens for a picture of a size; what is not authored is the film's."""

    attributes: Attributes
    size_wh: tuple[int, int]
    plain: Lens

    def opencv_pinhole(self, *, is_schema: bool) -> Lens:
        """OpenCV's pinhole with its own focal lengths and centre."""
        prefix = f"{_SCHEMA}:opencvPinhole:"
        names = {k: prefix + k for k in COEFFICIENTS} if is_schema else _OLDER_COEFFICIENTS
        lens = self._calibrated(prefix if is_schema else "")
        return _pinhole(lens, tuple(self._number(names[k], 0.0) if k in names else 0.0 for k in COEFFICIENTS))

    def opencv_fisheye(self, *, is_schema: bool) -> Lens:
        """OpenCV's fisheye: t (1 + k1 t^2 + k2 t^4 + k3 t^6 + k4 t^8) focal lengths for t radians off the axis."""
        prefix = f"{_SCHEMA}:opencvFisheye:"
        names = [f"{prefix}k{n}" for n in range(1, 5)] if is_schema else [f"fthetaPoly{c}" for c in "ABCD"]
        bends = [self._number(name, 0.0) for name in names]
        lens = self._calibrated(prefix if is_schema else "")
        widest = self._number("fthetaMaxFov", 360.0)
        return replace(
            lens,
            model="opencvFisheye",
            polynomial=(1.0, *bends),
            max_theta=_half(widest),
            authored=lens.authored | {"cameraFisheyeMaxFOV": widest, "cameraFisheyePolynomial": [*bends, 0.0, 0.0]},
        )

    def ftheta(self, *, is_schema: bool) -> Lens:
        """f-theta: the angle is a polynomial of the radius in pixels of the nominal picture."""
        letters = [self._number(f"fthetaPoly{c}", d) for c, d in zip("ABCDEF", _POLYNOMIAL)]
        if is_schema:
            letters = [self._number(f"{_SCHEMA}:ftheta:k{n}", d) for n, d in enumerate(letters)]
        nominal = self._nominal("ftheta" if is_schema else "")
        return nominal.lens(
            self, "fisheyePolynomial", [c / portable.power(nominal.scale, k) for k, c in enumerate(letters)], letters
        )

    def kannala_brandt(self) -> Lens:
        """Kannala-Brandt K3: k0 t + k1 t^3 + k2 t^5 + k3 t^7 pixels of the nominal picture for t radians."""
        values = [self._number(f"{_SCHEMA}:kannalaBrandtK3:k{n}", 0.0) for n in range(4)]
        nominal = self._nominal("kannalaBrandtK3")
        return nominal.lens(
            self, "fisheyeKannalaBrandtK3", [c * nominal.scale for c in values], [*values, *[0.0] * 2][:6]
        )

    def ideal(self, model: CameraModel) -> Lens:
        """A fisheye without coefficients: focal length and centre are the film's."""
        widest = min(self._number("fthetaMaxFov", 360.0), 180.0 if model == "fisheyeOrthographic" else 360.0)
        told = self.plain.authored | {"cameraFisheyeMaxFOV": widest}
        return replace(self.plain, model=model, max_theta=_half(widest), authored=told)

    def _number(self, name: str, default: float) -> float:
        return self.attributes.number(name, default)

    def _pair(self, name: str, default: tuple[float, float]) -> tuple[float, float]:
        first, second = self.attributes.numbers(name, default)
        return first, second

    def _calibrated(self, prefix: str) -> Lens:
        """Return the film's lens with the focal lengths and the centre of a calibration, in pixels of the picture."""
        if prefix:
            size = self._pair(f"{prefix}imageSize", (_NAN, _NAN))
            focal = self._number(f"{prefix}fx", _NAN), self._number(f"{prefix}fy", _NAN)
            centre = self._number(f"{prefix}cx", _NAN), self._number(f"{prefix}cy", _NAN)
        else:
            size = self._number("fthetaWidth", _NAN), self._number("fthetaHeight", _NAN)
            focal = self._number("openCVFx", _NAN), self._number("openCVFy", _NAN)
            centre = self._number("fthetaCx", _NAN), self._number("fthetaCy", _NAN)
        sizes = [given if given > 0 else float(own) for given, own in zip(size, self.size_wh)]
        scales = [own / given for own, given in zip(self.size_wh, sizes)]
        focal_px = _known(focal, self.plain.focal_px, scales)
        centre_px = _known(centre, self.plain.centre_px, scales)
        if not min(focal_px) > 0:
            raise BadScene(f"camera {self.attributes.path}: fx={focal[0]} and fy={focal[1]} must be above 0")
        told = {
            "cameraFisheyeNominalWidth": int(sizes[0]),
            "cameraFisheyeNominalHeight": int(sizes[1]),
            "cameraFisheyeOpticalCentre": [c / s for c, s in zip(centre_px, scales)],
            "cameraOpenCVFx": focal_px[0] / scales[0],
            "cameraOpenCVFy": focal_px[1] / scales[1],
        }
        known = [*focal_px, *centre_px, *(c / s for c, s in zip((*centre_px, *focal_px), (*scales, *scales)))]
        if not all(map(math.isfinite, known)):
            raise BadScene(
                f"camera {self.attributes.path}: the size {sizes[0]:g} x {sizes[1]:g} that its lens was measured at "
                "leaves no finite focal length and centre"
            )
        return replace(self.plain, focal_px=focal_px, centre_px=centre_px, authored=self.plain.authored | told)

    def _nominal(self, schema: str) -> _Nominal:
        older = _Nominal(
            width=self._number("fthetaWidth", 1936.0),
            height=self._number("fthetaHeight", 1216.0),
            centre=(self._number("fthetaCx", 970.94244), self._number("fthetaCy", 600.37482)),
            max_fov=self._number("fthetaMaxFov", 200.0),
            size_wh=self.size_wh,
        )
        prefix = f"{_SCHEMA}:{schema}:"
        found = older
        if schema:
            found = replace(
                older,
                width=self._number(f"{prefix}nominalWidth", older.width),
                height=self._number(f"{prefix}nominalHeight", older.height),
                centre=self._pair(f"{prefix}opticalCenter", older.centre),
                max_fov=self._number(f"{prefix}maxFov", older.max_fov),
            )
        if not (found.width > 0 and found.height > 0):
            raise BadScene(
                f"camera {self.attributes.path}: the nominal size {found.width} x {found.height} must be above 0"
            )
        return found


@dataclass(frozen=True)
class _Nominal:
    """The picture that a fisheye was calibrated for: pixels, and the whole angle that it sees, degrees."""

    width: float
    height: float
    centre: tuple[float, float]
    max_fov: float
    size_wh: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the picture a nominal pixel."""
        return self.size_wh[0] / self.width

    def lens(self, reading: _Reading, model: CameraModel, polynomial: list[float], told: list[float]) -> Lens:
        """Return the lens of a model with its polynomial for the picture; ``told`` is the authored one."""
        return replace(
            reading.plain,
            model=model,
            centre_px=(self.centre[0] * self.scale, self.centre[1] * self.size_wh[1] / self.height),
            polynomial=tuple(polynomial),
            max_theta=_half(self.max_fov),
            authored=reading.plain.authored
            | {
                "cameraFisheyeMaxFOV": self.max_fov,
                "cameraFisheyeNominalWidth": int(self.width),
                "cameraFisheyeNominalHeight": int(self.height),
                "cameraFisheyeOpticalCentre": list(self.centre),
                "cameraFisheyePolynomial": told,
            },
        )


_OLDER_COEFFICIENTS = {f"k{n}": f"fthetaPoly{letter}" for n, letter in enumerate("ABCDEF", 1)} | {
    "p1": "p0",
    "p2": "p1",
    "s1": "s0",
    "s2": "s1",
    "s3": "s2",
    "s4": "s3",
}


def _half(degrees: float) -> float:
    return float(np.radians(degrees) / 2)


def _known(values: tuple[float, float], others: tuple[float, float], scales: list[float]) -> tuple[float, float]:
    first, second = (other if np.isnan(v) else v * s for v, s, other in zip(values, scales, others))
    return first, second
