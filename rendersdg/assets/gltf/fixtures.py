"""The cameras and lights of a glTF file.

Source: the glTF 2.0 specification, section 3.10 (cameras), and KHR_lights_punctual.
"""

from __future__ import annotations

import math

from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg import portable
from rendersdg.assets.gltf.broken import Broken, Entry
from rendersdg.errors import Report

_APERTURE = 15.2908  # tenths of a unit, USD's vertical one
_FAR = 1e6  # of a camera without an end
_ASPECT = 16 / 9
_RADIUS = 0.005  # metres of a light that has none: highlights of points have a size
# a sphere of radius r and luminance L has pi r^2 L candela, and a normalized intensity I makes L = I / (4 pi r^2)
_FROM_CANDELA = 4.0


def define_camera(stage: Usd.Stage, path: str, camera: Entry, label: str, report: Report) -> None:
    """Define a camera, which looks along -Z with +Y up in both. ``label`` is its place in the file.

    Raises Broken, or what damaged JSON leads to.
    """
    kind = camera["type"]
    lens = camera[kind]
    near, far = float(lens.get("znear", 0.01)), float(lens.get("zfar", _FAR))
    if kind == "perspective":
        angle = float(lens["yfov"])
        if not 0 < angle < math.pi:
            raise Broken(f"its yfov is {angle}")
        if "aspectRatio" not in lens:
            report.note(f"{label}.aspectRatio", "is not said: yfov holds for a picture of 16 to 9")
        aspect = float(lens.get("aspectRatio", _ASPECT))
        vertical, horizontal = _APERTURE, _APERTURE * aspect
        focal = _APERTURE / 2 / portable.tan(angle / 2)
    elif kind == "orthographic":
        vertical, horizontal, focal = 20 * float(lens["ymag"]), 20 * float(lens["xmag"]), 50.0  # tenths of a unit
    else:
        raise Broken(f"its type is {kind!r}")
    if not (horizontal > 0 and vertical > 0 and math.isfinite(horizontal * vertical * focal)):
        raise Broken("its picture has no size")
    prim = UsdGeom.Camera.Define(stage, path)
    prim.CreateProjectionAttr(kind)
    prim.CreateHorizontalApertureAttr(horizontal)
    prim.CreateVerticalApertureAttr(vertical)
    prim.CreateFocalLengthAttr(focal)
    prim.CreateClippingRangeAttr(Gf.Vec2f(max(near, 1e-4), max(far, near * 2, 2e-4)))


def define_light(stage: Usd.Stage, path: str, light: Entry, label: str, report: Report) -> None:
    """Define a light, which shines along -Z in both: lux for a directional one, candela for the others.

    Raises Broken, or what damaged JSON leads to.
    """
    kind = light["type"]
    intensity = float(light.get("intensity", 1.0))
    colour = Gf.Vec3f(*(float(c) for c in light.get("color", (1, 1, 1))))
    if kind == "directional":
        distant = UsdLux.DistantLight.Define(stage, path)
        distant.CreateIntensityAttr(intensity)
        distant.CreateColorAttr(colour)
        return
    if kind not in ("point", "spot"):
        raise Broken(f"its type is {kind!r}")
    sphere = UsdLux.SphereLight.Define(stage, path)
    sphere.CreateRadiusAttr(_RADIUS)
    sphere.CreateTreatAsPointAttr(True)
    sphere.CreateNormalizeAttr(True)
    sphere.CreateIntensityAttr(intensity * _FROM_CANDELA)
    sphere.CreateColorAttr(colour)
    if "range" in light:
        report.note(f"{label}.range", "the light shines on beyond it, as the inverse square")
    if kind == "spot":
        spot = light.get("spot", {})
        outer, inner = float(spot.get("outerConeAngle", math.pi / 4)), float(spot.get("innerConeAngle", 0.0))
        if not 0 <= inner <= outer <= math.pi / 2 or outer == 0:
            raise Broken(f"its cones are {inner} and {outer} radians wide")
        shaping = UsdLux.ShapingAPI.Apply(sphere.GetPrim())
        shaping.CreateShapingConeAngleAttr(math.degrees(outer))
        shaping.CreateShapingConeSoftnessAttr(1.0 - inner / outer)
