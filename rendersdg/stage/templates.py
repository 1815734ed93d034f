"""What Kit puts on a new stage: its own light, which scripts look up, switch off, or simply count on.

An application that starts, and its menu, fill a new stage by a template, "sunlight" unless set otherwise (Kit's
documentation of ``omni.kit.stage_templates``: ``/persistent/app/newStage/defaultTemplate``). A stage that the API makes
(``omni.usd.get_context().new_stage()``, and ``SimulationApp`` with it) is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg.stage.author import Author
from rendersdg.stage.base import Predicate

DEFAULT_LIGHT = "/Environment/defaultLight"
WORLD = "/World"
_ANGLE = 1.0  # degrees: how wide the light's disk is
_INTENSITY = 3000.0
_SKY = 1000.0
_GROUND = 100.0  # metres
_EULER = {"Y": (315.0, 0.0, 0.0), "Z": (45.0, 0.0, 90.0)}  # degrees, XYZ


def default_light(stage: Usd.Stage, up_axis: Literal["Y", "Z"] | None = None) -> None:
    """Put Kit's light on a stage: down at 45 degrees, towards -Z where Y is up and towards -X where Z is.

    ``up_axis`` None is the stage's. The light's rotation is three angles where Y is up, and Isaac Sim's quaternion
    where Z is.
    """
    up_axis = up_axis or Author(stage).up_axis
    UsdGeom.Xform.Define(stage, DEFAULT_LIGHT.rsplit("/", 1)[0])
    light = UsdLux.DistantLight.Define(stage, DEFAULT_LIGHT)
    light.CreateAngleAttr(_ANGLE)
    light.CreateIntensityAttr(_INTENSITY)
    xformable = UsdGeom.Xformable(light)
    xformable.ClearXformOpOrder()
    xformable.AddTranslateOp().Set(Gf.Vec3d(0.0))
    x, y, z = _EULER[up_axis]
    if up_axis == "Y":
        xformable.AddRotateXYZOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(x, y, z))
    else:
        turn = Gf.Rotation(Gf.Vec3d.XAxis(), x) * Gf.Rotation(Gf.Vec3d.YAxis(), y) * Gf.Rotation(Gf.Vec3d.ZAxis(), z)
        xformable.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(turn.GetQuat())
    xformable.AddScaleOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(1.0))


def empty(stage: Usd.Stage) -> None:
    """Kit's template "empty": the prim ``/World``, the stage's default."""
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, WORLD).GetPrim())


def sunlight(stage: Usd.Stage) -> None:
    """Kit's template "sunlight", its default: ``/World`` and the light."""
    empty(stage)
    default_light(stage)


def default_stage(stage: Usd.Stage) -> None:
    """Kit's template "default stage": the light, a dome light beside it, and a grey ground (plain here)."""
    sunlight(stage)
    UsdLux.DomeLight.Define(stage, "/Environment/Sky").CreateIntensityAttr(_SKY)
    ground(stage, "/Environment/ground")


def ground(stage: Usd.Stage, path: str) -> None:
    """Put a grey plane onto the origin, level, 100 m wide."""
    author = Author(stage)
    author.bare_shape("plane", path, as_mesh=True)
    UsdGeom.XformCommonAPI(stage.GetPrimAtPath(path)).SetScale(Gf.Vec3f(_GROUND))
    UsdGeom.Gprim(stage.GetPrimAtPath(path)).CreateDisplayColorAttr([Gf.Vec3f(0.5)])


TEMPLATES: Mapping[str, Callable[[Usd.Stage], None]] = {  # Kit's, by name
    "empty": empty,
    "sunlight": sunlight,
    "default stage": default_stage,
}
DEFAULT_TEMPLATE = "sunlight"


def has_light(stage: Usd.Stage) -> bool:
    """Return whether a stage holds a light, in the assets that it refers to, too."""
    prims = Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Predicate))
    return any(prim.HasAPI(UsdLux.LightAPI) for prim in prims)
