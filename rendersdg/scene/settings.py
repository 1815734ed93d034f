"""``rep.settings``: stage units and renderer settings."""

from __future__ import annotations

from typing import Annotated

from pxr import UsdGeom

from rendersdg.backends.contrast import BELOW, BELOWS, LEAST_CONTRAST, ROSE
from rendersdg.backends.quality import QUALITIES, QUALITY, known_quality
from rendersdg.backends.shutter import SETTINGS
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Constant, FixedInteger, FixedNumber, OneOf, Text

_TIMESTEP = "physx_timestep"
_USED = ("/rendersdg/exposure", *SETTINGS)
Setting = Annotated[str, "fixed string", OneOf(_USED, is_open=True)]
Quality = Annotated[str, "fixed string", OneOf(tuple(QUALITIES))]
Below = Annotated[str, "fixed string", OneOf(BELOWS)]
UpAxis = Annotated[str, "fixed string", OneOf(("Y", "Z"), any_case=True)]


def carb_settings(setting: Setting, value: Constant) -> None:
    """Write an application setting. ``/rendersdg/exposure`` (stops) and those of motion blur are used
    (``/omni/replicator/captureMotionBlur``, ``/omni/replicator/pathTracedMotionBlurSubSamples``, 8,
    ``/rtx/post/motionblur/exposureFraction``, 1); others are recorded and reported.
    """
    recorder = current()
    if setting not in _USED:
        recorder.report.note(setting, "this renderer setting is recorded and has no effect here")
    if isinstance(value, Distribution) or recorder.scopes.trigger is not None:
        recorder.node("settings.carb_settings", {"setting": setting, "value": value}, None, single=frozenset({"value"}))
    else:
        recorder.graph.settings[setting] = value


def set_render_pathtraced(samples_per_pixel: FixedInteger = 64) -> None:
    """Ask for path tracing; the mitsuba backend honours it, others render as they do."""
    recorder = current()
    recorder.graph.settings["render_mode"] = "pathtraced"
    recorder.graph.settings["samples_per_pixel"] = int(samples_per_pixel)


def render_quality(quality: Quality) -> None:
    """Choose how light is found by the raster backend: ``fast`` (the default) without rays; ``balanced`` and ``high``
    send rays for the soft edges of shadows, what hides the sky, what mirrors other things, and light that bounces.
    Labels stay the same.
    """
    current().graph.settings[QUALITY] = known_quality(quality)


def defect_labels(least_contrast: FixedNumber = ROSE, below: Below = "none") -> None:
    """Label only the defects that can be told from noise: those whose contrast is ``least_contrast`` or more.

    The contrast is how much a defect changes the picture behind the camera's sensor, over its noise and the surface's
    own texture; from 5 on a shape is told for certain. ``below`` none leaves a fainter one without a label, invisible
    labels it all the same and says that it cannot be seen (``visible: false``).
    """
    if not least_contrast >= 0:
        raise BadArgument(f"least_contrast={least_contrast} must be 0 or more")
    if str(below) not in BELOWS:
        raise BadArgument(f"below={below!r} must be {' or '.join(BELOWS)}")
    current().graph.settings[LEAST_CONTRAST] = float(least_contrast)
    current().graph.settings[BELOW] = str(below)


def set_render_rtx_realtime(antialiasing: Text = "FXAA") -> None:
    """Ask for the real-time renderer: the raster backend."""
    current().graph.settings["render_mode"] = "realtime"


def set_physx_timestep(timestep: FixedNumber) -> None:
    """Set the seconds of a physics step. Bodies are simulated in steps of their own, 1/480 s,
    so it is kept and changes nothing: reported.
    """
    if not timestep > 0:
        raise BadArgument(f"timestep={timestep} must be above 0")
    recorder = current()
    recorder.graph.settings[_TIMESTEP] = float(timestep)
    recorder.report.note("settings.set_physx_timestep", "bodies are simulated in steps of 1/480 s whatever is set")


def get_physx_timestep() -> float:
    """Return the seconds of a physics step that were set; 1/60 when none were."""
    return float(current().graph.settings.get(_TIMESTEP, 1 / 60))


def set_stage_meters_per_unit(meters_per_unit: FixedNumber) -> None:
    """Set the stage unit."""
    if not meters_per_unit > 0:
        raise BadArgument(f"meters_per_unit={meters_per_unit} must be above 0")
    _before_prims("meters_per_unit")
    UsdGeom.SetStageMetersPerUnit(current().stage, float(meters_per_unit))


def set_stage_up_axis(up_axis: UpAxis) -> None:
    """Set the up axis, ``Y`` or ``Z``."""
    if str(up_axis).upper() not in ("Y", "Z"):
        raise BadArgument(f"up_axis={up_axis!r} must be Y or Z")
    _before_prims("up_axis")
    UsdGeom.SetStageUpAxis(current().stage, str(up_axis).upper())


def _before_prims(what: str) -> None:
    recorder = current()
    if any(recorder.stage.GetPrimAtPath("/Replicator").GetChildren()):
        recorder.report.note(
            f"settings.{what}",
            f"{what} is set after prims were made; those keep the size and frame they were made with",
        )
