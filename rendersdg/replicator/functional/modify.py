"""``rep.functional.modify``: calls that change prims at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pxr import Usd, UsdGeom, UsdShade

from rendersdg.english import counted
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.nodes import Prims
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional.materials import bind
from rendersdg.replicator.functional.placement import Placement
from rendersdg.replicator.values import (
    PrimLike,
    PrimsLike,
    RotationLike,
    SemanticsLike,
    TargetLike,
    Value,
    VectorLike,
    prims_of,
    semantics_of,
    unwrap,
)
from rendersdg.stage.author import set_attribute
from rendersdg.stage.mdl import model_of
from rendersdg.stage.semantics import clear_semantics, merged, read_semantics, write_semantics


def modify_pose(
    prims: PrimsLike,
    position_value: VectorLike | Sequence[VectorLike] | None = None,
    rotation_value: RotationLike | Sequence[RotationLike] | None = None,
    scale_value: VectorLike | Sequence[VectorLike] | float | None = None,
    look_at_value: TargetLike | Sequence[TargetLike] | None = None,
    look_at_up_axis: VectorLike | None = None,
    write_to_usd: bool = True,
) -> None:
    """Set parts of the pose; a list of values gives each prim its own.

    A flat list of three numbers is one vector for all prims, and of four one quaternion. A flat list of any other
    length has a number for each prim: ``scale_value=[0.5, 1, 2, 1, 3]`` scales five prims uniformly.
    """
    targets = prims_of(prims)
    columns = {
        "position": _column(targets, position_value),
        "rotation": _column(targets, rotation_value, _is_rotation),
        "scale": _column(targets, scale_value),
        "look_at": _column(targets, look_at_value),
    }
    for k, prim in enumerate(targets):
        values = {name: column[k] for name, column in columns.items()}
        Placement(look_at_up_axis=look_at_up_axis, **values).pose(prim)


def modify_position(prims: PrimsLike, value: VectorLike | Sequence[VectorLike]) -> None:
    """Set positions."""
    modify_pose(prims, position_value=value)


def modify_rotation(prims: PrimsLike, value: RotationLike | Sequence[RotationLike]) -> None:
    """Set rotations: Euler angles XYZ in degrees, or quaternions, w first."""
    modify_pose(prims, rotation_value=value)


def modify_scale(prims: PrimsLike, value: VectorLike | Sequence[VectorLike] | float) -> None:
    """Set scales."""
    modify_pose(prims, scale_value=value)


def modify_semantics(prims: PrimsLike, semantics: SemanticsLike, mode: str = "add") -> None:
    """Change labels: ``add`` keeps others, ``replace`` drops old ones of the types given, ``clear`` all."""
    if mode not in ("add", "replace", "clear"):
        raise BadArgument(f"mode={mode!r} is not add, replace or clear", where=current().where())
    for prim in prims_of(prims):
        labels = merged(read_semantics(prim), semantics_of(semantics), mode)
        clear_semantics(prim)
        write_semantics(prim, labels)


def modify_attribute(prims: PrimsLike, name: str, value: object, attribute_type: str | None = None) -> None:
    """Set an attribute, of a material an input; a list of values gives each its own.

    A bare name of a light or shader input is found too. An attribute that is missing is reported and not set unless
    ``attribute_type`` says what it is to be.
    """
    holders = [_holder(prim, name) for prim in prims_of(prims)]
    plain = unwrap(value)
    values = plain if _is_each(plain, holders, attribute_type) else [plain] * len(holders)
    for (prim, full), one in zip(holders, values):
        if attribute_type is None and not _may_have(prim, full):
            known = {a.GetName() for a in prim.GetAttributes()}
            current().recorder.report.ignored(
                f"{prim.GetPath()}.{full}", f"is not set: the prim has no such attribute{did_you_mean(full, known)}"
            )
            continue
        try:
            set_attribute(prim, full, one, attribute_type)
        except (TypeError, ValueError) as error:
            raise BadArgument(
                f"{prim.GetPath()}.{name} does not take {one!r} ({error})", where=current().where()
            ) from None


def _holder(prim: Usd.Prim, name: str) -> tuple[Usd.Prim, str]:
    """Return where an attribute is: the prim, or a material's shader; and its whole name."""
    if prim.IsA(UsdShade.Material) and not prim.HasAttribute(name):
        shader = (
            UsdShade.Material(prim).ComputeSurfaceSource("mdl")[0] or UsdShade.Material(prim).ComputeSurfaceSource()[0]
        )
        if shader:
            return shader.GetPrim(), name if name.startswith("inputs:") else f"inputs:{name}"
    return prim, name if prim.HasAttribute(name) or not prim.HasAttribute(f"inputs:{name}") else f"inputs:{name}"


def _may_have(prim: Usd.Prim, full: str) -> bool:
    """Return whether a prim has an attribute, or is a shader that may have it as an input that nobody has authored."""
    if prim.HasAttribute(full) or full.startswith("primvars:"):
        return True
    model = model_of(prim)
    if model is not None:
        return model.has(full.removeprefix("inputs:"))
    return prim.IsA(UsdShade.Shader) and full.startswith("inputs:")


_SCALARS = ("float", "double", "half", "int", "uint", "int64", "bool")
_VECTORS = ("color", "tint", "scale", "translat")  # words in the names of inputs that take several numbers


def _is_each(value: object, holders: Sequence[tuple[Usd.Prim, str]], attribute_type: str | None) -> bool:
    """Return whether a value is a list with one for each prim, and not one vector for all."""
    if not isinstance(value, (list, tuple)) or len(value) != len(holders) or not value:
        return False
    if not isinstance(value[0], (int, float)):
        return True
    prim, full = holders[0]
    attribute = prim.GetAttribute(full)
    kind = attribute_type or (str(attribute.GetTypeName()) if attribute else "")
    return kind in _SCALARS or (not kind and not any(word in full.lower() for word in _VECTORS))


def modify_visibility(prims: PrimsLike, value: bool | Sequence[bool]) -> None:
    """Show or hide prims; a list of values gives each its own."""
    targets = prims_of(prims)
    for prim, shown in zip(targets, _column(targets, value, lambda plain: not isinstance(plain, (list, tuple)))):
        imageable = UsdGeom.Imageable(prim)
        imageable.MakeVisible() if shown else imageable.MakeInvisible()


def modify_material(prims: PrimsLike, material: PrimLike) -> None:
    """Bind a material."""
    for prim in prims_of(prims):
        bind(prim, material)


def _is_vector(value: object, lengths: tuple[int, ...] = (3,)) -> bool:
    if not isinstance(value, (list, tuple)):
        return True
    return len(value) in lengths and all(isinstance(v, (int, float)) for v in value)


def _is_rotation(value: object) -> bool:
    return _is_vector(value, (3, 4))


def _column(targets: Sequence[Usd.Prim], value: object, is_one: Callable[[object], bool] = _is_vector) -> list[Value]:
    """Return a value for each of ``targets``, given one for all, which ``is_one``, or a list with one for each.

    Raises BadArgument for a list of another length.
    """
    plain = unwrap(value)
    if isinstance(plain, (str, Prims)) or plain is None or is_one(plain):
        return [plain] * len(targets)
    if len(plain) != len(targets):
        raise BadArgument(
            f"{counted(len(plain), 'value')} for {counted(len(targets), 'prim')}", where=current().where()
        )
    return list(plain)
