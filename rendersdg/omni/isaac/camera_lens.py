"""The lens of Isaac Sim's camera: which model bends its picture, and the numbers of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pxr import Gf, Sdf, Usd

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.replicator.engine import current

_MODELS = {  # by the schemas that scripts name them by
    "OmniLensDistortionOpenCvPinholeAPI": "opencvPinhole",
    "OmniLensDistortionOpenCvFisheyeAPI": "opencvFisheye",
    "OmniLensDistortionFthetaAPI": "ftheta",
    "OmniLensDistortionKannalaBrandtK3API": "kannalaBrandtK3",
    "OmniLensDistortionRadTanThinPrismAPI": "radTanThinPrism",
    "OmniLensDistortionLutAPI": "lut",
}
_PINHOLE = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4")
_FISHEYE = ("k1", "k2", "k3", "k4")
_POLYNOMIAL = "ABCDEF"


class CameraLens:
    """What a camera's prim says of its lens beside focal length and aperture."""

    prim: Usd.Prim

    def get_resolution(self) -> tuple[int, ...]:
        """Return width and height in pixels."""
        raise NotImplementedError

    def _put(self, name: str, value: object, kind: Sdf.ValueTypeName = Sdf.ValueTypeNames.Float) -> None:
        self.prim.CreateAttribute(name, kind).Set(value)

    def _number(self, name: str) -> float:
        attribute = self.prim.GetAttribute(name)
        value = attribute.Get() if attribute else None
        return 0.0 if value is None else float(value)

    def get_lens_distortion_model(self) -> str:
        """Return the model that bends the picture: ``pinhole``, ``opencvPinhole``, ``opencvFisheye``, ``ftheta`` ..."""
        attribute = self.prim.GetAttribute("omni:lensdistortion:model")
        return str(attribute.Get() or "pinhole") if attribute else "pinhole"

    def set_lens_distortion_model(self, value: str) -> None:
        """Set the model that bends the picture: ``pinhole``, or the name of its schema."""
        for schema in _MODELS:
            self.prim.RemoveAppliedSchema(schema)
        if value == "pinhole":
            self.prim.RemoveProperty("omni:lensdistortion:model")
            self.prim.RemoveProperty("cameraProjectionType")
            return
        if value not in _MODELS:
            raise BadArgument(f"{value!r} is not a lens; give pinhole, {', '.join(_MODELS)}", where=current().where())
        self.prim.AddAppliedSchema(value)
        self._put("omni:lensdistortion:model", _MODELS[value], Sdf.ValueTypeNames.Token)
        if _MODELS[value] == "ftheta":
            self._put("cameraProjectionType", "fisheyePolynomial", Sdf.ValueTypeNames.Token)
        elif not _MODELS[value].startswith("opencv"):
            current().recorder.report.note(
                str(self.prim.GetPath()), f"the lens {_MODELS[value]} is rendered as a pinhole"
            )

    # -- OpenCV's calibrations ----------------------------------------------------------------------------------------

    def _calibrate(self, schema: str, names: Sequence[str], bends: VectorLike | None, **given: float | None) -> None:
        prefix = f"omni:lensdistortion:{_MODELS[schema]}"
        if self.get_lens_distortion_model() != _MODELS[schema]:
            self.set_lens_distortion_model(schema)
        width, height = self.get_resolution()
        self._put(f"{prefix}:imageSize", Gf.Vec2i(int(width), int(height)), Sdf.ValueTypeNames.Int2)
        for name, value in given.items():
            if value is not None:
                self._put(f"{prefix}:{name}", float(value))
        if bends is not None:
            values = numbers(bends).ravel().tolist()
            if len(values) > len(names):
                raise BadArgument(f"{len(values)} coefficients; give {', '.join(names)}", where=current().where())
            for name, value in zip(names, [*values, *[0.0] * (len(names) - len(values))]):
                self._put(f"{prefix}:{name}", value)

    def _calibration(self, model: str, names: Sequence[str]) -> tuple[float, float, float, float, list[float]]:
        if self.get_lens_distortion_model() != model:
            raise BadArgument(
                f"{self.prim.GetPath()} has the lens {self.get_lens_distortion_model()}, not {model}",
                where=current().where(),
            )
        cx, cy, fx, fy = (self._number(f"omni:lensdistortion:{model}:{k}") for k in ("cx", "cy", "fx", "fy"))
        return cx, cy, fx, fy, [self._number(f"omni:lensdistortion:{model}:{k}") for k in names]

    def set_opencv_pinhole_properties(
        self,
        cx: float | None = None,
        cy: float | None = None,
        fx: float | None = None,
        fy: float | None = None,
        pinhole: VectorLike | None = None,
    ) -> None:
        """Set centre and focal lengths, in pixels of the resolution, and k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4."""
        self._calibrate("OmniLensDistortionOpenCvPinholeAPI", _PINHOLE, pinhole, cx=cx, cy=cy, fx=fx, fy=fy)

    def get_opencv_pinhole_properties(self) -> tuple[float, float, float, float, list[float]]:
        """Return centre, focal lengths and coefficients. Raises BadArgument for a camera of another lens."""
        return self._calibration("opencvPinhole", _PINHOLE)

    def set_opencv_fisheye_properties(
        self,
        cx: float | None = None,
        cy: float | None = None,
        fx: float | None = None,
        fy: float | None = None,
        fisheye: VectorLike | None = None,
    ) -> None:
        """Set centre and focal lengths, in pixels of the resolution, and k1 k2 k3 k4."""
        self._calibrate("OmniLensDistortionOpenCvFisheyeAPI", _FISHEYE, fisheye, cx=cx, cy=cy, fx=fx, fy=fy)

    def get_opencv_fisheye_properties(self) -> tuple[float, float, float, float, list[float]]:
        """Return centre, focal lengths and coefficients. Raises BadArgument for a camera of another lens."""
        return self._calibration("opencvFisheye", _FISHEYE)

    # -- f-theta ------------------------------------------------------------------------------------------------------

    def set_ftheta_properties(
        self,
        nominal_height: float | None = None,
        nominal_width: float | None = None,
        optical_center: VectorLike | None = None,
        max_fov: float | None = None,
        distortion_coefficients: VectorLike | None = None,
    ) -> None:
        """Set an f-theta fisheye: its picture's size and centre in pixels, degrees, and the angles' polynomial."""
        if self.get_lens_distortion_model() != "ftheta":
            self.set_lens_distortion_model("OmniLensDistortionFthetaAPI")
        for name, value in (("Width", nominal_width), ("Height", nominal_height), ("MaxFov", max_fov)):
            if value is not None:
                self._put(f"ftheta{name}", float(value))
        if optical_center is not None:
            for name, part in zip(("fthetaCx", "fthetaCy"), numbers(optical_center).tolist()):
                self._put(name, part)
        if distortion_coefficients is not None:
            for letter, part in zip(_POLYNOMIAL, numbers(distortion_coefficients).tolist()):
                self._put(f"fthetaPoly{letter}", part)

    def get_ftheta_properties(self) -> tuple[float, float, tuple[float, float], float, list[float]]:
        """Return height, width, centre, widest angle and polynomial of an f-theta fisheye."""
        height, width, fov = (self._number(f"ftheta{k}") for k in ("Height", "Width", "MaxFov"))
        centre = self._number("fthetaCx"), self._number("fthetaCy")
        return height, width, centre, fov, [self._number(f"fthetaPoly{k}") for k in _POLYNOMIAL[:5]]

    def get_projection_type(self) -> str:
        """Return ``pinhole`` or ``fisheyePolynomial``."""
        attribute = self.prim.GetAttribute("cameraProjectionType")
        return str(attribute.Get() or "pinhole") if attribute else "pinhole"

    def set_projection_type(self, value: str) -> None:
        """Set ``pinhole`` or ``fisheyePolynomial``."""
        self._put("cameraProjectionType", str(value), Sdf.ValueTypeNames.Token)

    def set_fisheye_polynomial_properties(
        self,
        nominal_width: float | None,
        nominal_height: float | None,
        optical_centre_x: float | None,
        optical_centre_y: float | None,
        max_fov: float | None,
        polynomial: VectorLike | None,
    ) -> None:
        """Set an f-theta fisheye as older releases do."""
        centre: Any = None if optical_centre_x is None else (optical_centre_x, optical_centre_y)
        self.set_ftheta_properties(nominal_height, nominal_width, centre, max_fov, polynomial)

    # -- what else the prim keeps -------------------------------------------------------------------------------------

    def get_stereo_role(self) -> str:
        """Return ``mono``, ``left`` or ``right``."""
        return str(self.prim.GetAttribute("stereoRole").Get())

    def set_stereo_role(self, value: str) -> None:
        """Set ``mono``, ``left`` or ``right``."""
        self.prim.GetAttribute("stereoRole").Set(str(value))

    def get_shutter_properties(self) -> tuple[float, float]:
        """Return when the shutter opens and closes, in frames."""
        return self._number("shutter:open"), self._number("shutter:close")

    def set_shutter_properties(self, delay_open: float | None = None, delay_close: float | None = None) -> None:
        """Set when the shutter opens and closes, in frames; what is not given stays."""
        for name, value in (("open", delay_open), ("close", delay_close)):
            if value is not None:
                self.prim.GetAttribute(f"shutter:{name}").Set(float(value))
