"""The light of the application's own stage: an exported scene switches it off, or is lit by it, as here."""

from __future__ import annotations

from importlib import import_module

from pxr import Gf, Usd

from rendersdg.stage.author import Author
from rendersdg.stage.templates import DEFAULT_LIGHT, default_light

_OFF = f"""
import omni.usd

light = omni.usd.get_context().get_stage().GetPrimAtPath("{DEFAULT_LIGHT}")
if light:  # the application's own, which this scene is without
    light.SetActive(False)
"""
_ON = f"""
import omni.usd
from pxr import Gf, UsdGeom, UsdLux

light = UsdLux.DistantLight.Define(omni.usd.get_context().get_stage(), "{DEFAULT_LIGHT}")  # an application's own
light.CreateAngleAttr({{angle!r}})
light.CreateIntensityAttr({{intensity!r}})
light.ClearXformOpOrder()
light.{{turn}}
"""


def is_lit_by_it(stage: Usd.Stage) -> bool:
    """Return whether a scene's stage has the application's light."""
    return bool(stage.GetPrimAtPath(DEFAULT_LIGHT))


def as_statements(stage: Usd.Stage, *, is_stand_alone: bool) -> str:
    """Return what an exported script does about the light. A stand-alone script begins on a stage without it."""
    if not is_lit_by_it(stage):
        return "" if is_stand_alone else _OFF
    light = stage.GetPrimAtPath(DEFAULT_LIGHT)
    angles, quaternion = (light.GetAttribute(f"xformOp:{name}") for name in ("rotateXYZ", "orient"))
    precision = "UsdGeom.XformOp.PrecisionDouble"
    if quaternion:
        value: Gf.Quatd = quaternion.Get()
        turn = f"AddOrientOp({precision}).Set(Gf.Quatd({', '.join(repr(v) for v in _numbers(value))}))"
    else:
        turn = f"AddRotateXYZOp({precision}).Set(Gf.Vec3d({', '.join(repr(float(v)) for v in angles.Get())}))"
    return _ON.format(
        angle=float(light.GetAttribute("inputs:angle").Get()),
        intensity=float(light.GetAttribute("inputs:intensity").Get()),
        turn=turn,
    )


def as_groups(stage: Usd.Stage) -> dict[str, object]:
    """Return the groups of exported YAML that switch the light off, none where the scene is lit by it."""
    if is_lit_by_it(stage):
        return {}
    return {
        "application_light": {"get.prim_at_path": {"path": DEFAULT_LIGHT}},
        "application_light_off": {"with.application_light": {"modify.visibility": {"value": False}}},
    }


def set_in_application(scene: Usd.Stage) -> None:
    """Switch the light of the stage that is open in the application off, or put it there, as ``scene`` has it.

    Nothing is done where no application is running.
    """
    try:
        stage = import_module("omni.usd").get_context().get_stage()
    except ImportError:
        return
    if is_lit_by_it(scene):
        default_light(stage, Author(scene).up_axis)
    elif light := stage.GetPrimAtPath(DEFAULT_LIGHT):
        light.SetActive(False)


def _numbers(quaternion: Gf.Quatd) -> list[float]:
    return [float(quaternion.GetReal()), *(float(v) for v in quaternion.GetImaginary())]
