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
_FTHETA = ("k0", "k1", "k2", "k3", "k4")
_THIN_PRISM = (*_FTHETA, "k5", "p0", "p1", "s0", "s1", "s2", "s3")
_LUT = ("nominalHeight", "nominalWidth", "opticalCenter", "rayEnterDirectionTexture", "rayExitPositionTexture")


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

    def _bent_by(self, schema: str) -> str:
        """Give the camera a model, where it has another, and return what the names of its attributes begin with."""
        if self.get_lens_distortion_model() != _MODELS[schema]:
            self.set_lens_distortion_model(schema)
        return f"omni:lensdistortion:{_MODELS[schema]}"

    def _prefix(self, model: str) -> str:
        """Return what the names of a model's attributes begin with. Raises BadArgument where the camera has another."""
        if self.get_lens_distortion_model() != model:
            raise BadArgument(
                f"{self.prim.GetPath()} has the lens {self.get_lens_distortion_model()}, not {model}",
                where=current().where(),
            )
        return f"omni:lensdistortion:{model}"

    # -- OpenCV's calibrations ----------------------------------------------------------------------------------------

    def _calibrate(self, schema: str, names: Sequence[str], bends: VectorLike | None, **given: float | None) -> None:
        prefix = self._bent_by(schema)
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
        prefix = self._prefix(model)
        cx, cy, fx, fy = (self._number(f"{prefix}:{k}") for k in ("cx", "cy", "fx", "fy"))
        return cx, cy, fx, fy, [self._number(f"{prefix}:{k}") for k in names]

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

    # -- calibrations for a nominal picture ---------------------------------------------------------------------------

    def _nominal(self, schema: str, names: Sequence[str], bends: VectorLike | None, **given: object) -> None:
        """Set what is given of a lens that is told for a picture of its own size."""
        prefix = self._bent_by(schema)
        for name, value in given.items():
            if value is None:
                continue
            if isinstance(value, str):
                self._put(f"{prefix}:{name}", value, Sdf.ValueTypeNames.Asset)
            elif name == "opticalCenter":
                self._put(f"{prefix}:{name}", Gf.Vec2f(*numbers(value).tolist()), Sdf.ValueTypeNames.Float2)
            else:
                self._put(f"{prefix}:{name}", float(value))  # type: ignore[arg-type]
        if bends is not None:
            for name, part in zip(names, numbers(bends).ravel().tolist()):
                self._put(f"{prefix}:{name}", part)

    def _nominal_values(self, model: str, names: Sequence[str]) -> list[Any]:
        """Return the values of a lens's attributes, None for those without one."""
        prefix = self._prefix(model)
        found = (self.prim.GetAttribute(f"{prefix}:{name}") for name in names)
        values = [attribute.Get() if attribute else None for attribute in found]
        return [tuple(v) if isinstance(v, Gf.Vec2f) else v.path if isinstance(v, Sdf.AssetPath) else v for v in values]

    def _nominal_of(self, model: str, names: Sequence[str]) -> tuple[Any, Any, Any, Any, list[Any]]:
        height, width, centre, fov, *bends = self._nominal_values(
            model, ("nominalHeight", "nominalWidth", "opticalCenter", "maxFov", *names)
        )
        return height, width, centre, fov, bends

    def set_ftheta_properties(
        self,
        nominal_height: float | None = None,
        nominal_width: float | None = None,
        optical_center: VectorLike | None = None,
        max_fov: float | None = None,
        distortion_coefficients: VectorLike | None = None,
    ) -> None:
        """Set an f-theta fisheye: its picture's size and centre in pixels, degrees, and the angles' polynomial k0 .."""
        self._nominal(
            "OmniLensDistortionFthetaAPI",
            _FTHETA,
            distortion_coefficients,
            nominalHeight=nominal_height,
            nominalWidth=nominal_width,
            opticalCenter=optical_center,
            maxFov=max_fov,
        )

    def get_ftheta_properties(self) -> tuple[Any, Any, Any, Any, list[Any]]:
        """Return height, width, centre, widest angle and polynomial of an f-theta fisheye."""
        return self._nominal_of("ftheta", _FTHETA)

    def set_kannala_brandt_k3_properties(
        self,
        nominal_height: float | None = None,
        nominal_width: float | None = None,
        optical_center: VectorLike | None = None,
        max_fov: float | None = None,
        distortion_coefficients: VectorLike | None = None,
    ) -> None:
        """Set a Kannala-Brandt fisheye: its picture's size and centre in pixels, degrees, and k0 to k3."""
        self._nominal(
            "OmniLensDistortionKannalaBrandtK3API",
            _FTHETA[:4],
            distortion_coefficients,
            nominalHeight=nominal_height,
            nominalWidth=nominal_width,
            opticalCenter=optical_center,
            maxFov=max_fov,
        )

    def get_kannala_brandt_k3_properties(self) -> tuple[Any, Any, Any, Any, list[Any]]:
        """Return height, width, centre, widest angle and coefficients of a Kannala-Brandt fisheye."""
        return self._nominal_of("kannalaBrandtK3", _FTHETA[:4])

    def set_rad_tan_thin_prism_properties(
        self,
        nominal_height: float | None = None,
        nominal_width: float | None = None,
        optical_center: VectorLike | None = None,
        max_fov: float | None = None,
        distortion_coefficients: VectorLike | None = None,
    ) -> None:
        """Set a lens with k0 to k5, p0, p1 and s0 to s3. It is rendered as a pinhole, which is reported."""
        self._nominal(
            "OmniLensDistortionRadTanThinPrismAPI",
            _THIN_PRISM,
            distortion_coefficients,
            nominalHeight=nominal_height,
            nominalWidth=nominal_width,
            opticalCenter=optical_center,
            maxFov=max_fov,
        )

    def get_rad_tan_thin_prism_properties(self) -> tuple[Any, Any, Any, Any, list[Any]]:
        """Return height, width, centre, widest angle and coefficients of a thin-prism lens."""
        return self._nominal_of("radTanThinPrism", _THIN_PRISM)

    def set_lut_properties(
        self,
        nominal_height: float | None = None,
        nominal_width: float | None = None,
        optical_center: VectorLike | None = None,
        ray_enter_direction_texture: str | None = None,
        ray_exit_position_texture: str | None = None,
    ) -> None:
        """Set a lens that textures tell. It is rendered as a pinhole, as Isaac Sim 6 does; that is reported."""
        self._nominal(
            "OmniLensDistortionLutAPI",
            (),
            None,
            nominalHeight=nominal_height,
            nominalWidth=nominal_width,
            opticalCenter=optical_center,
            rayEnterDirectionTexture=ray_enter_direction_texture,
            rayExitPositionTexture=ray_exit_position_texture,
        )

    def get_lut_properties(self) -> tuple[Any, ...]:
        """Return height, width, centre and the two textures' paths."""
        return tuple(self._nominal_values("lut", _LUT))

    def set_rational_polynomial_properties(
        self,
        nominal_width: float,
        nominal_height: float,
        optical_centre_x: float,
        optical_centre_y: float,
        max_fov: float | None,
        distortion_model: VectorLike,
    ) -> None:
        """Set OpenCV's pinhole as older releases do: focal lengths are those of the film."""
        fx, fy = self._film_focal(nominal_width, nominal_height)
        self.set_opencv_pinhole_properties(optical_centre_x, optical_centre_y, fx, fy, distortion_model)

    def set_kannala_brandt_properties(
        self,
        nominal_width: float,
        nominal_height: float,
        optical_centre_x: float,
        optical_centre_y: float,
        max_fov: float | None,
        distortion_model: VectorLike,
    ) -> None:
        """Set OpenCV's fisheye as older releases do: focal lengths are those of the film."""
        fx, fy = self._film_focal(nominal_width, nominal_height)
        self.set_opencv_fisheye_properties(optical_centre_x, optical_centre_y, fx, fy, distortion_model)

    def _film_focal(self, width: float, height: float) -> tuple[float, float]:
        focal = self._number("focalLength")
        return width * focal / self._number("horizontalAperture"), height * focal / self._number("verticalAperture")

    def get_projection_type(self) -> str:
        """Return ``pinhole``, ``fisheyePolynomial`` ..."""
        if self.get_lens_distortion_model() == "ftheta":
            return "fisheyePolynomial"
        attribute = self.prim.GetAttribute("cameraProjectionType")
        return str(attribute.Get() or "pinhole") if attribute else "pinhole"

    def set_projection_type(self, value: str) -> None:
        """Set ``pinhole``, ``fisheyePolynomial`` ..."""
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
        numbers_by_name = {
            "fthetaWidth": nominal_width,
            "fthetaHeight": nominal_height,
            "fthetaCx": optical_centre_x,
            "fthetaCy": optical_centre_y,
            "fthetaMaxFov": max_fov,
        }
        for name, value in numbers_by_name.items():
            if value is not None:
                self._put(name, float(value))
        if polynomial is not None:
            for letter, part in zip("ABCDEF", numbers(polynomial).ravel().tolist()):
                self._put(f"fthetaPoly{letter}", part)

    def get_fisheye_polynomial_properties(self) -> tuple[Any, ...]:
        """Return width, height, centre x and y, widest angle and polynomial as older releases keep them."""
        names = ("fthetaWidth", "fthetaHeight", "fthetaCx", "fthetaCy", "fthetaMaxFov")
        return *(self._number(name) for name in names), [self._number(f"fthetaPoly{c}") for c in "ABCDE"]

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
