"""``rep.functional.create``: calls that make prims at once and return them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pxr import Sdf, Usd, UsdGeom

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional.materials import create_material
from rendersdg.replicator.functional.placement import REQUIRED, Placement, create_function
from rendersdg.replicator.values import PrimLike, Value, VectorLike, prims_of, unwrap, vector_of
from rendersdg.scene.create import reference as reference_asset
from rendersdg.stage.author import LIGHTS, set_attribute

_SHAPE_ORDER = "position rotation scale semantics visible material as_mesh parent name look_at look_at_up_axis"
_LIGHT_ORDER = (
    "position rotation intensity color texture parent name scale look_at look_at_up_axis exposure temperature"
)
_CLIPPING_RANGE = (0.01, 10_000_000.0)  # stage units, of a camera that is told no other


def _shape(kind: str) -> Callable[..., Usd.Prim]:
    def make(placement: Placement, /, as_mesh: bool) -> Usd.Prim:
        recorder = current().recorder
        path = placement.path(kind.capitalize())
        recorder.author.bare_shape(kind, path, as_mesh=as_mesh)
        return placement.apply(recorder.stage.GetPrimAtPath(path))

    make.__doc__ = f"Create a {kind} of 1 m and return its prim."
    return create_function(kind, _SHAPE_ORDER, as_mesh=True)(make)


@create_function("xform", "position rotation scale semantics parent name visible look_at look_at_up_axis")
def create_xform(placement: Placement) -> Usd.Prim:
    """Create an empty transform."""
    return placement.apply(UsdGeom.Xform.Define(current().recorder.stage, placement.path("Xform")).GetPrim())


@create_function("scope", "parent name")
def create_scope(placement: Placement) -> Usd.Prim:
    """Create a scope."""
    return UsdGeom.Scope.Define(current().recorder.stage, placement.path("Scope")).GetPrim()


@create_function(
    "camera",
    "position rotation look_at look_at_up_axis focal_length focus_distance f_stop horizontal_aperture clipping_range "
    "parent name",
    focal_length=24.0,
    focus_distance=400.0,
    f_stop=0.0,
    horizontal_aperture=20.955,
    clipping_range=None,
)
def create_camera(
    placement: Placement,
    focal_length: float,
    focus_distance: float,
    f_stop: float,
    horizontal_aperture: float,
    clipping_range: VectorLike | None,
) -> Usd.Prim:
    """Create a camera; without ``look_at`` and ``rotation`` it looks along -Z."""
    prim = UsdGeom.Camera.Define(current().recorder.stage, placement.path("Camera")).GetPrim()
    for key, value in (
        ("focalLength", focal_length),
        ("focusDistance", focus_distance),
        ("fStop", f_stop),
        ("horizontalAperture", horizontal_aperture),
        ("clippingRange", unwrap(clipping_range) or _CLIPPING_RANGE),
    ):
        set_attribute(prim, key, unwrap(value))
    return placement.apply(prim)


@create_function(
    "reference",
    "usd_path position rotation scale semantics parent name visible look_at look_at_up_axis",
    usd_path=REQUIRED,
)
def create_reference(placement: Placement, usd_path: str | Sdf.AssetPath) -> Usd.Prim:
    """Reference an asset and return the prim that holds it."""
    recorder = current().recorder
    file = str(unwrap(usd_path))
    outer = placement.path(re.sub(r"\W", "_", file.replace(":", "/").rsplit("/", 1)[-1].split(".")[0]) or "Ref")
    reference_asset(recorder, file, outer.rsplit("/", 1)[-1], outer.rsplit("/", 1)[0], at=outer)
    return placement.apply(recorder.stage.GetPrimAtPath(outer))


def create_clone(prim: PrimLike, parent: PrimLike | None = None, name: str | None = None, **pose: Value) -> Usd.Prim:
    """Copy a prim with all below it."""
    source = prims_of(prim)[0]
    stage = current().recorder.stage
    placement = Placement(parent=source.GetPath().GetParentPath() if parent is None else parent, name=name, **pose)
    path = placement.path(source.GetName())
    layer = stage.GetEditTarget().GetLayer()
    if not Sdf.CopySpec(layer, source.GetPath(), layer, Sdf.Path(path)):
        raise BadArgument(f"{source.GetPath()} cannot be copied to {path}", where=current().where())
    copy = stage.GetPrimAtPath(path)
    return placement.apply(copy) if pose else copy


def _light(kind: str) -> Callable[..., Usd.Prim]:
    label = f"{kind}_light"

    def make(placement: Placement, /, intensity: float, **inputs: Value) -> Usd.Prim:
        stage = current().recorder.stage
        prim = LIGHTS[kind].Define(stage, placement.path(f"{kind.capitalize()}Light")).GetPrim()
        set_attribute(prim, "inputs:intensity", float(intensity))
        for key, write in _LIGHT_INPUTS.items():
            value = inputs.pop(key)
            if value is not None:
                write(prim, value)
        for key, value in inputs.items():
            if not prim.HasAttribute(f"inputs:{key}"):
                known = [n[7:] for n in prim.GetPropertyNames() if n.startswith("inputs:")]
                raise BadArgument(
                    f"functional.create.{label} has no argument {key!r}{did_you_mean(key, known)}",
                    where=current().where(),
                )
            set_attribute(prim, f"inputs:{key}", unwrap(value))
        return placement.apply(prim)

    make.__doc__ = f"Create a {kind} light and return its prim; further arguments are its UsdLux inputs."
    absent = {"color": None, "texture": None, "exposure": None, "temperature": None}
    return create_function(label, _LIGHT_ORDER, more=True, intensity=1000.0, **absent)(make)


def _set_temperature(prim: Usd.Prim, kelvin: float) -> None:
    set_attribute(prim, "inputs:enableColorTemperature", True)
    set_attribute(prim, "inputs:colorTemperature", float(kelvin))


_LIGHT_INPUTS: Mapping[str, Callable[[Usd.Prim, Value], None]] = {  # arguments that are written another way
    "color": lambda prim, value: set_attribute(prim, "inputs:color", vector_of("color", value)),
    "exposure": lambda prim, value: set_attribute(prim, "inputs:exposure", float(value)),
    "temperature": _set_temperature,
    "texture": lambda prim, value: set_attribute(prim, "inputs:texture:file", str(unwrap(value))),
}


def batch(create: Callable[..., Usd.Prim]) -> Callable[..., list[Usd.Prim]]:
    """Return the form of a create function that makes ``count`` prims; lists of that length give each its own value."""

    def several(count: int, **arguments: object) -> list[Usd.Prim]:
        number = int(count)
        return [create(**{n: _nth(n, v, k, number) for n, v in arguments.items()}) for k in range(number)]

    several.__name__ = create.__name__
    several.__doc__ = f"Create ``count`` of them. {create.__doc__}"
    return several


def _nth(name: str, value: object, k: int, count: int) -> Value:
    """Return the value of argument ``name`` for prim ``k`` of ``count``."""
    plain = unwrap(value)
    if isinstance(plain, (list, tuple)) and len(plain) == count and name not in ("parent", "clipping_range"):
        own = plain[k]
        is_pair = isinstance(own, (list, tuple)) and len(own) == 2 and isinstance(own[0], str)
        if name == "semantics" and is_pair:
            return plain  # a list of pairs, one for all
        if count != 3 or not isinstance(own, (int, float)):  # three numbers are one vector for all
            return own
    return plain


SHAPES: Mapping[str, Callable[..., Usd.Prim]] = {
    kind: _shape(kind) for kind in ("cube", "sphere", "cone", "cylinder", "torus", "plane", "disk")
}
LIGHT_FUNCTIONS: Mapping[str, Callable[..., Usd.Prim]] = {
    f"{kind}_light": _light(kind) for kind in ("dome", "distant", "sphere", "rect", "disk", "cylinder")
}
CREATE: Mapping[str, Callable[..., Usd.Prim]] = {
    **SHAPES,
    **LIGHT_FUNCTIONS,
    "xform": create_xform,
    "scope": create_scope,
    "camera": create_camera,
    "reference": create_reference,
    "clone": create_clone,
    "material": create_material,
}
BATCHES = (*SHAPES, *LIGHT_FUNCTIONS, "xform", "camera", "reference", "material")
