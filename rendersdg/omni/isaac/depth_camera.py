"""``isaacsim.sensors.camera``: a camera that measures depth as a stereo pair would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pxr import Sdf

from rendersdg.omni.isaac.camera import Camera
from rendersdg.stage.ranging import DEPTH, DEPTH_SCHEMAS

__all__ = ["SingleViewDepthSensor"]

_FLOAT, _BOOL = Sdf.ValueTypeNames.Float, Sdf.ValueTypeNames.Bool
_ATTRIBUTES: dict[str, tuple[str, Sdf.ValueTypeName, Any]] = {  # of set_ and get_: attribute, type, default
    "baseline_mm": ("baselineMM", _FLOAT, 55.0),
    "confidence_threshold": ("confidenceThreshold", _FLOAT, 0.95),
    "enabled": ("enabled", _BOOL, True),
    "focal_length_pixel": ("focalLengthPixel", _FLOAT, 897.0),
    "max_disparity_pixel": ("maxDisparityPixel", _FLOAT, 110.0),
    "max_distance": ("maxDistance", _FLOAT, 1e7),
    "min_distance": ("minDistance", _FLOAT, 0.5),
    "noise_downscale_factor_pixel": ("noiseDownscaleFactorPixel", _FLOAT, 1.0),
    "noise_mean": ("noiseMean", _FLOAT, 0.0),
    "noise_sigma": ("noiseSigma", _FLOAT, 0.0),
    "outlier_removal_enabled": ("outlierRemovalEnabled", _BOOL, True),
    "sensor_size_pixel": ("sensorSizePixel", _FLOAT, 1280.0),
    "show_distance": ("showDistance", _BOOL, False),
}


class SingleViewDepthSensor(Camera):
    """A camera whose annotator DepthSensorDistance gives the depth that a stereo pair would measure.

    Values are set and read by ``set_baseline_mm(55)``, ``get_baseline_mm()`` and so on; pixels are those of a sensor of
    ``sensor_size_pixel``. Confidence, outliers and the focal length in pixels are kept and change nothing: disparities
    follow from the camera's own lens.
    """

    def initialize(self, physics_sim_view: object = None, attach_rgb_annotator: bool = True) -> None:
        """Make the render product, and the camera one that measures."""
        if DEPTH_SCHEMAS[0] not in self.prim.GetPrimTypeInfo().GetAppliedAPISchemas():
            self.prim.AddAppliedSchema(DEPTH_SCHEMAS[0])
        super().initialize(physics_sim_view, attach_rgb_annotator)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the methods that set and get what the sensor has."""
        beginning, _, what = name.partition("_")
        if beginning not in ("set", "get") or what not in _ATTRIBUTES:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        attribute, kind, default = _ATTRIBUTES[what]
        if beginning == "set":

            def put(*args: Any, **kwargs: Any) -> None:
                value = args[0] if args else next(iter(kwargs.values()))
                made = self.prim.CreateAttribute(f"{DEPTH}{attribute}", kind, custom=False)
                made.Set(bool(value) if kind == _BOOL else float(value))

            return put
        found = self.prim.GetAttribute(f"{DEPTH}{attribute}")
        return lambda: default if not found or found.Get() is None else found.Get()
