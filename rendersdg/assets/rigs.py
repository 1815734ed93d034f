"""What a stand-in of a robot brings beside its looks: links, cameras, and a target that it drives to, by the names that
Isaac Sim's robots give them.
"""

from __future__ import annotations

from pxr import Gf, Sdf, Usd, UsdGeom

CHASSIS, TARGET = "chassis_link", "targetXform"
DRIVES_TO = "rendersdg:drivesTo"  # a relationship from what moves to what it drives to
_EYES = ("front_hawk", (0.36, 0.0, 0.30), 0.0), ("back_hawk", (-0.36, 0.0, 0.30), 180.0)
_EYES_APART = 0.15  # metres between left and right
_LENS, _APERTURE = (2.87, 5.76)  # in tenths of a metre, of the cameras that Nova Carter has


def rig_mobile_robot(stage: Usd.Stage, *, navigates: bool) -> None:
    """Give a mobile robot, whose parts lie below the default prim and face +X, a chassis with pairs of cameras at the
    front and the back; one that ``navigates`` drives its chassis to a target beside it.
    """
    root = stage.GetDefaultPrim().GetPath()
    chassis = root.AppendChild(CHASSIS)
    _placed(stage, chassis)
    layer = stage.GetRootLayer()
    for child in [c.GetPath() for c in stage.GetDefaultPrim().GetChildren() if c.IsA(UsdGeom.Gprim)]:
        Sdf.CopySpec(layer, child, layer, chassis.AppendChild(child.name))
        stage.RemovePrim(child)
    for rig, place, turn in _EYES:
        for side, sign in (("left", 1), ("right", -1)):
            path = chassis.AppendPath(f"sensors/{rig}/{side}/camera_{side}")
            for above in (p for p in path.GetParentPath().GetPrefixes() if not stage.GetPrimAtPath(p)):
                UsdGeom.Xform.Define(stage, above)
            camera = UsdGeom.Camera.Define(stage, path)
            across = sign * _EYES_APART / 2 * (1 if turn == 0 else -1)
            camera.AddTranslateOp().Set(Gf.Vec3d(place[0], place[1] + across, place[2]))
            camera.AddRotateXYZOp().Set(Gf.Vec3f(90.0, 0.0, turn - 90.0))
            camera.CreateFocalLengthAttr(_LENS)
            camera.CreateHorizontalApertureAttr(_APERTURE)
            camera.CreateVerticalApertureAttr(_APERTURE * 0.625)
            camera.CreateClippingRangeAttr(Gf.Vec2f(0.05, 10_000.0))
    if navigates:
        target = root.AppendChild(TARGET)
        _placed(stage, target)
        stage.GetPrimAtPath(chassis).CreateRelationship(DRIVES_TO).SetTargets([target])


def _placed(stage: Usd.Stage, path: Sdf.Path) -> None:
    xform = UsdGeom.Xform.Define(stage, path)
    xform.AddTranslateOp().Set(Gf.Vec3d(0.0))
    xform.AddRotateXYZOp().Set(Gf.Vec3f(0.0))
