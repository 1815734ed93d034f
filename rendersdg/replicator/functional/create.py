"""``rep.functional.create``: calls that make prims at once and return them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import wraps
from inspect import Parameter, Signature, signature

from pxr import Sdf, Usd, UsdGeom, UsdLux

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional.materials import create_material
from rendersdg.replicator.functional.placement import REQUIRED, Placement, create_function
from rendersdg.replicator.values import PrimLike, Value, path_of, prims_of, unwrap, vector_of
from rendersdg.scene.create import reference as reference_asset
from rendersdg.scene.sensors import OF_LIDARS, lidar_attributes
from rendersdg.scene.views import BENT, LENS, Fisheye, Optics, lens_attributes
from rendersdg.stage.author import LIGHTS, define_lidar, set_attribute

_POSE = "position scale rotation look_at look_at_up_axis"
_PLACE = f"{_POSE} pivot relative_to"
_SOLID = f"{_PLACE} semantics visible as_mesh name parent material"
_FLAT = f"{_PLACE} semantics visible name parent material as_mesh"
_SHAPE_ORDERS = {  # by shape, in the order of Replicator's functional/create.py
    **dict.fromkeys(("cube", "sphere", "cone", "capsule"), _SOLID),
    "cylinder": f"{_PLACE} semantics as_mesh visible name parent material",
    **dict.fromkeys(("torus", "plane", "disk"), _FLAT),
}
_LENS: Mapping[str, Value] = {one.name: one.default for record in (Optics, Fisheye) for one in fields(record)}
_BEAMS: Mapping[str, Value] = dict.fromkeys(OF_LIDARS.split())
_OPENCV: Mapping[str, Value] = {"openCV_focal_x": 731.78788, "openCV_focal_y": 731.78789}
_WHITE = (1.0, 1.0, 1.0)
_SHINE: Mapping[str, Value] = {
    "color": _WHITE,
    "intensity": 30000.0,
    "exposure": None,
    "color_temperature": 6500,
    "enable_color_temperature": False,
    "diffuse": 1.0,
    "specular": 1.0,
}
_SHAPING: Mapping[str, Value] = {
    "shaping_cone_angle": 180.0,
    "shaping_cone_softness": 0.0,
    "shaping_focus_tint": _WHITE,
}
_SIZES: Mapping[str, Mapping[str, Value]] = {  # of lights, stage units; of a distant one degrees
    "sphere": {"radius": 1.0},
    "disk": {"radius": 1.0},
    "rect": {"height": 1.0, "width": 1.0},
    "cylinder": {"radius": 1.0, "length": 1.0},
    "distant": {"angle": 1.0},
}
_DOME: Mapping[str, Value] = {
    "color": _WHITE,
    "texture": None,
    "texture_format": "latlong",
    "intensity": 1000.0,
    "exposure": None,
    "diffuse": 1.0,
    "specular": 1.0,
    "color_temperature": 6500,
    "enable_color_temperature": False,
}


def _shape(kind: str) -> Callable[..., Usd.Prim]:
    def make(placement: Placement, /, as_mesh: bool) -> Usd.Prim:
        recorder = current().recorder
        path = placement.path(kind.capitalize())
        recorder.author.bare_shape(kind, path, as_mesh=as_mesh)
        return placement.apply(recorder.stage.GetPrimAtPath(path))

    make.__doc__ = f"Create a {kind} of 1 m and return its prim."
    return create_function(kind, _SHAPE_ORDERS[kind], as_mesh=True)(make)


@create_function("xform", f"{_PLACE} semantics visible name parent material")
def create_xform(placement: Placement) -> Usd.Prim:
    """Create an empty transform."""
    return placement.apply(UsdGeom.Xform.Define(current().recorder.stage, placement.path("Xform")).GetPrim())


@create_function("scope", "name parent")
def create_scope(placement: Placement) -> Usd.Prim:
    """Create a scope."""
    return UsdGeom.Scope.Define(current().recorder.stage, placement.path("Scope")).GetPrim()


@create_function(
    "camera",
    f"{_POSE} relative_to {LENS} {' '.join(_OPENCV)} {BENT} cross_camera_reference_name name parent",
    cross_camera_reference_name=None,
    **_OPENCV,
    **_LENS,
)
def create_camera(placement: Placement, /, cross_camera_reference_name: str | None, **lens: Value) -> Usd.Prim:
    """Create a camera; without ``look_at`` and ``rotation`` it looks along -Z."""
    prim = UsdGeom.Camera.Define(current().recorder.stage, placement.path("Camera")).GetPrim()
    values = {name: unwrap(value) for name, value in lens.items()}
    if values["clipping_range"] is None:
        del values["clipping_range"]
    attributes = lens_attributes(
        Optics(**{one.name: values[one.name] for one in fields(Optics) if one.name in values}),
        Fisheye(**{one.name: values[one.name] for one in fields(Fisheye)}),
    )
    if "cameraProjectionType" in attributes:
        attributes |= {"openCVFx": values["openCV_focal_x"], "openCVFy": values["openCV_focal_y"]}
    if cross_camera_reference_name is not None:
        attributes["crossCameraReferenceName"] = str(cross_camera_reference_name)
    for name, value in attributes.items():
        set_attribute(prim, name, value)
    return placement.apply(prim)


@create_function(
    "omni_lidar",
    f"position rotation {OF_LIDARS} attributes name parent",
    attributes=None,
    **_BEAMS,
)
def _lidar(placement: Placement, /, attributes: Value, **given: Value) -> Usd.Prim:
    values = {name: unwrap(value) for name, value in given.items() if value is not None}
    known = lidar_attributes(values, unwrap(attributes) or {})
    stage = current().recorder.stage
    prim = define_lidar(stage, placement.path("OmniLidar"), known)
    return placement.apply(prim)


@wraps(_lidar)
def create_omni_lidar(*args: Value, **kwargs: Value) -> Usd.Prim:
    """Create a lidar; attributes of its prim may be given by their names (``omni:sensor:Core:scanRateBaseHz``)."""
    own = {name: kwargs.pop(name) for name in list(kwargs) if ":" in name}
    if own:
        kwargs["attributes"] = {**(kwargs.get("attributes") or {}), **own}
    return _lidar(*args, **kwargs)


@create_function(
    "reference", f"usd_path prim_path {_PLACE} semantics visible name parent", usd_path=None, prim_path=None
)
def create_reference(
    placement: Placement, usd_path: str | Sdf.AssetPath | None, prim_path: PrimLike | None
) -> Usd.Prim:
    """Reference an asset, or a prim of the stage, and return the prim that holds it, ``Ref`` without a name.

    Raises BadArgument for neither, and for a prim of an asset that is not its default one.
    """
    recorder = current().recorder
    outer = placement.path("Ref")
    if usd_path is None:
        if prim_path is None:
            raise BadArgument("functional.create.reference takes usd_path or prim_path", where=current().where())
        prim = recorder.stage.DefinePrim(outer)
        prim.GetReferences().AddInternalReference(path_of(prim_path))
        return placement.apply(prim)
    if prim_path is not None:
        recorder.report.note(
            "functional.create.reference", f"prim_path={path_of(prim_path)}: the asset's default prim stands for it"
        )
    file = str(unwrap(usd_path))
    reference_asset(recorder, file, outer.rsplit("/", 1)[-1], outer.rsplit("/", 1)[0], at=outer)
    return placement.apply(recorder.stage.GetPrimAtPath(outer))


@create_function("clone", f"path {_PLACE} name parent semantics visible", path=REQUIRED)
def create_clone(placement: Placement, path: PrimLike) -> Usd.Prim:
    """Copy a prim with all below it; without a ``parent`` it stands beside its source."""
    source = prims_of(path)[0]
    stage = current().recorder.stage
    if placement.parent is None:
        placement = replace(placement, parent=source.GetPath().GetParentPath())
    target = placement.path(source.GetName())
    layer = stage.GetEditTarget().GetLayer()
    if not Sdf.CopySpec(layer, source.GetPath(), layer, Sdf.Path(target)):
        raise BadArgument(f"{source.GetPath()} cannot be copied to {target}", where=current().where())
    return placement.apply(stage.GetPrimAtPath(target))


def _light(kind: str) -> Callable[..., Usd.Prim]:
    label = f"{kind}_light"

    def make(placement: Placement, /, **inputs: Value) -> Usd.Prim:
        stage = current().recorder.stage
        prim = LIGHTS[kind].Define(stage, placement.path(f"{kind.capitalize()}Light")).GetPrim()
        if any(inputs.get(name, usual) != usual for name, usual in _SHAPING.items()):
            UsdLux.ShapingAPI.Apply(prim)
        if inputs.pop("enable_color_temperature") or "temperature" in inputs:
            inputs["temperature"] = inputs.get("temperature") or inputs["color_temperature"]
        del inputs["color_temperature"]
        for key, value in inputs.items():
            name = _LIGHT_INPUTS.get(key, key)
            if value is None or (key in _QUIET and unwrap(value) == _QUIET[key]):
                continue
            if key == "temperature":
                set_attribute(prim, "inputs:enableColorTemperature", True)
            elif not prim.HasAttribute(f"inputs:{name}"):
                known = [n[7:] for n in prim.GetPropertyNames() if n.startswith("inputs:")]
                raise BadArgument(
                    f"functional.create.{label} has no argument {key!r}{did_you_mean(key, known)}",
                    where=current().where(),
                )
            plain = vector_of(key, value) if key in ("color", "shaping_focus_tint") else unwrap(value)
            set_attribute(prim, f"inputs:{name}", plain)
        return placement.apply(prim)

    make.__doc__ = f"Create a {kind} light and return its prim; further arguments are its UsdLux inputs."
    if kind == "dome":  # the one that begins with its own arguments
        return create_function(label, f"{' '.join(_DOME)} {_POSE} name parent", more=True, **_DOME)(make)
    own = {**_SHINE, **_SHAPING, **_SIZES[kind]}
    order = f"{_PLACE} semantics visible {' '.join(own)} name parent"
    return create_function(label, order, more=True, **own)(make)


_LIGHT_INPUTS = {  # arguments that UsdLux calls otherwise
    "shaping_cone_angle": "shaping:cone:angle",
    "shaping_cone_softness": "shaping:cone:softness",
    "shaping_focus_tint": "shaping:focusTint",
    "temperature": "colorTemperature",
    "texture": "texture:file",
    "texture_format": "texture:format",
}
_QUIET = {**_SHAPING, "diffuse": 1.0, "specular": 1.0}  # what UsdLux has where nothing is said


def batch(create: Callable[..., Usd.Prim]) -> Callable[..., list[Usd.Prim]]:
    """Return the form of a create function that makes ``count`` prims; lists of that length give each its own value.

    ``count`` stands before the name, as in Replicator's functional/create_batch.py.
    """
    parameters = signature(create).parameters
    names = [name for name in parameters if name != "kwargs" and name != "inputs"]
    if create.__name__ == "dome_light":
        names = [*_POSE.split(), *(n for n in names if n not in _POSE.split())]
    if create.__name__ == "clone":
        names.sort(key=lambda name: name in ("name", "parent"))
    at = names.index("name")
    order = [Parameter("count", Parameter.POSITIONAL_OR_KEYWORD, default=1)]
    own = [parameters[name] for name in names]
    rest = [p for p in parameters.values() if p.name not in names]
    shown = Signature([*own[:at], *order, *own[at:], *rest])

    def several(*args: object, **kwargs: object) -> list[Usd.Prim]:
        others = {n: kwargs.pop(n) for n in list(kwargs) if n not in shown.parameters}
        try:
            arguments = {**shown.bind(*args, **kwargs).arguments, **others}
        except TypeError as error:
            raise TypeError(f"{create.__name__}() {error}") from None
        number = int(arguments.pop("count", 1))
        return [create(**{n: _nth(n, v, k, number) for n, v in arguments.items()}) for k in range(number)]

    several.__name__ = create.__name__
    several.__doc__ = f"Create ``count`` of them. {create.__doc__}"
    several.__signature__ = shown  # type: ignore[attr-defined]
    return several


_VECTORS = ("position", "rotation", "look_at", "look_at_up_axis", "pivot", "color", "clipping_range", "extents")


def _nth(name: str, value: object, k: int, count: int) -> Value:
    """Return the value of argument ``name`` for prim ``k`` of ``count``: a list of that length has one for each.

    A tuple of numbers or of a type and its label is one value.
    """
    plain = unwrap(value)
    if not isinstance(plain, (list, tuple)) or len(plain) != count:
        return plain
    own = plain[k]
    if isinstance(own, (int, float)) and (isinstance(plain, tuple) or name in _VECTORS or "color" in name):
        return plain
    if name == "semantics" and isinstance(own, str):
        return plain
    return [own] if name == "semantics" and isinstance(own, (list, tuple)) and isinstance(own[0], str) else own


SHAPES: Mapping[str, Callable[..., Usd.Prim]] = {kind: _shape(kind) for kind in _SHAPE_ORDERS}
LIGHT_FUNCTIONS: Mapping[str, Callable[..., Usd.Prim]] = {
    f"{kind}_light": _light(kind) for kind in ("dome", "distant", "sphere", "rect", "disk", "cylinder")
}
CREATE: Mapping[str, Callable[..., Usd.Prim]] = {
    **SHAPES,
    **LIGHT_FUNCTIONS,
    "xform": create_xform,
    "scope": create_scope,
    "camera": create_camera,
    "omni_lidar": create_omni_lidar,
    "reference": create_reference,
    "clone": create_clone,
    "material": create_material,
}
BATCHES = tuple(name for name in CREATE if name != "omni_lidar")  # which Replicator makes one by one
