"""Isaac Sim's helpers of stages and prims, as thin wrappers of USD."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from rendersdg.errors import BadArgument
from rendersdg.omni.kit import copy_prim, get_stage_next_free_path, remove_prim
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap
from rendersdg.scene.create import reference as reference_asset
from rendersdg.stage.author import set_attribute

Predicate = Callable[[Any], bool]


def stage() -> Usd.Stage:
    """Return the stage."""
    return current().recorder.stage


def prim_of(value: Any) -> Usd.Prim:
    """Return a prim given as such, as a path or as one of Isaac Sim's objects. Raises BadArgument where there is
    none.
    """
    if isinstance(value, Usd.Prim):
        return value
    inner = getattr(value, "prim", None)
    if isinstance(inner, Usd.Prim):
        return inner
    path = str(unwrap(value))
    prim = stage().GetPrimAtPath(path) if path.startswith("/") else None
    if not prim:
        raise BadArgument(f"there is no prim at {path!r} on the stage", where=current().where())
    return prim


# -- the stage --------------------------------------------------------------------------------------------------------


def add_reference_to_stage(
    usd_path: str, prim_path: Any = None, prim_type: str = "Xform", *, path: Any = None, variants: Any = ()
) -> Usd.Prim:
    """Reference an asset at a path, in the stage's unit and up axis, and return the prim. ``variants`` are (set,
    choice) pairs.
    """
    recorder = current().recorder
    target = str(path if prim_path is None else prim_path)
    reference_asset(
        recorder, str(usd_path), target.rsplit("/", 1)[-1], target.rsplit("/", 1)[0] or None, at=target, raw=False
    )
    prim = recorder.stage.GetPrimAtPath(target)
    for name, choice in dict(variants).items():
        prim.GetVariantSets().GetVariantSet(str(name)).SetVariantSelection(str(choice))
    return prim


def open_stage(usd_path: str) -> bool:
    """Open a USD file."""
    current().open_stage(str(usd_path))
    return True


def open_stage_newer(usd_path: str) -> tuple[bool, Usd.Stage]:
    """Open a USD file; the stage is returned too."""
    return open_stage(usd_path), stage()


async def open_stage_async(usd_path: str) -> tuple[bool, str]:
    """Open a USD file."""
    open_stage(usd_path)
    await asyncio.sleep(0)
    return True, ""


def create_new_stage(template: str | None = None) -> Usd.Stage:
    """Begin an empty stage; ``template="sunlight"`` puts a distant light on it."""
    made = current().new_stage()
    if template == "sunlight":
        functional.LIGHT_FUNCTIONS["distant_light"](name="DistantLight", parent="/Environment", intensity=3000.0)
    return made


async def create_new_stage_async(template: str | None = None) -> Usd.Stage:
    """Begin an empty stage."""
    await asyncio.sleep(0)
    return create_new_stage(template)


def set_stage_up_axis(up_axis: str = "z", axis: str | None = None) -> None:
    """Set the up axis."""
    UsdGeom.SetStageUpAxis(stage(), str(axis or up_axis).upper())


def set_stage_units(
    stage_units_in_meters: float | None = None,
    *,
    meters_per_unit: float | None = None,
    kilograms_per_unit: float | None = None,
) -> None:
    """Set the units of length and mass."""
    metres = stage_units_in_meters if meters_per_unit is None else meters_per_unit
    if metres is not None:
        UsdGeom.SetStageMetersPerUnit(stage(), float(metres))
    if kilograms_per_unit is not None:
        UsdPhysics.SetStageKilogramsPerUnit(stage(), float(kilograms_per_unit))


def get_stage_units() -> float:
    """Return the unit of length in metres."""
    return float(UsdGeom.GetStageMetersPerUnit(stage()))


def get_stage_units_newer() -> tuple[float, float]:
    """Return the units of length, in metres, and of mass, in kilograms."""
    return get_stage_units(), float(UsdPhysics.GetStageKilogramsPerUnit(stage()))


def clear_stage(predicate: Predicate | None = None) -> None:
    """Remove the prims, given by path, that a predicate accepts; without one all."""
    if predicate is None:
        current().new_stage()
        return
    for path in [p.GetPath() for p in stage().Traverse() if predicate(str(p.GetPath()))]:
        remove_prim(stage(), path)


def close_stage(callback_fn: Callable[..., Any] | None = None) -> bool:
    """Begin an empty stage."""
    current().new_stage()
    if callback_fn is not None:
        callback_fn(True, "")
    return True


def save_stage(usd_path: str, save_and_reload_in_place: bool = True) -> bool:
    """Write the stage to a file."""
    return bool(stage().Export(str(usd_path)))


def get_next_free_path(path: str, parent: Any = None, prepend_default_prim: bool = True) -> str:
    """Return ``path``, below ``parent`` if given, numbered when a prim is there already."""
    if parent is not None:
        return get_stage_next_free_path(stage(), f"{str(unwrap(parent)).rstrip('/')}/{str(path).lstrip('/')}", False)
    return get_stage_next_free_path(stage(), str(path), prepend_default_prim)


def print_stage_prim_paths() -> None:
    """Print the paths of all prims."""
    for prim in stage().Traverse():
        print(prim.GetPath())


@contextmanager
def use_stage(other: Usd.Stage) -> Iterator[Usd.Stage]:
    """Go on with another stage; it stays the current one, for there is one only."""
    current().set_stage(other)
    yield other


# -- prims ------------------------------------------------------------------------------------------------------------


def define_prim(
    prim_path: Any = None,
    prim_type: str = "Xform",
    fabric: bool = False,
    *,
    path: Any = None,
    type_name: str | None = None,
) -> Usd.Prim:
    """Define a prim."""
    return stage().DefinePrim(str(path if prim_path is None else prim_path), type_name or prim_type)


def create_prim(
    prim_path: str,
    prim_type: str = "Xform",
    position: Any = None,
    translation: Any = None,
    orientation: Any = None,
    scale: Any = None,
    usd_path: str | None = None,
    semantic_label: str | None = None,
    semantic_type: str = "class",
    attributes: Mapping[str, Any] | None = None,
) -> Usd.Prim:
    """Define a prim with its pose (``position`` is in the world), reference, label and attributes."""
    from rendersdg.omni.isaac.labels import add_labels
    from rendersdg.omni.isaac.rotations import set_local_pose, set_world_pose

    prim = add_reference_to_stage(usd_path, prim_path) if usd_path is not None else define_prim(prim_path, prim_type)
    for key, value in (attributes or {}).items():
        set_attribute(prim, key, unwrap(value))
    if prim.IsA(UsdGeom.Xformable):
        set_local_pose(prim, translation, orientation if position is None else None, scale)
        if position is not None:
            set_world_pose(prim, position, orientation)
    if semantic_label:
        add_labels(prim, [semantic_label], semantic_type)
    return prim


def get_prim_at_path(prim_path: Any, fabric: bool = False) -> Usd.Prim:
    """Return the prim at a path; it is not valid where there is none."""
    return stage().GetPrimAtPath(str(unwrap(prim_path)))


def is_prim_path_valid(prim_path: Any, fabric: bool = False) -> bool:
    """Return whether there is a prim at a path."""
    return bool(get_prim_at_path(prim_path))


def delete_prim(prim_path: Any) -> bool:
    """Remove a prim with all below it."""
    return remove_prim(stage(), prim_of(prim_path).GetPath())


def move_prim(path_from: Any, path_to: Any) -> bool:
    """Move a prim with all below it."""
    source = prim_of(path_from).GetPath()
    return copy_prim(stage(), source, path_to) and bool(stage().RemovePrim(source))


def _path_predicate(predicate: Predicate) -> Callable[[Usd.Prim], bool]:
    return lambda prim: bool(predicate(str(prim.GetPath())))


def get_all_matching_child_prims(
    prim_path: Any, predicate: Predicate = lambda path: True, depth: int | None = None
) -> list[Usd.Prim]:
    """Return the prims at and below a path whose paths a predicate accepts, ``depth`` levels down at most."""
    root = prim_of(prim_path)
    found = [p for p in Usd.PrimRange(root) if _path_predicate(predicate)(p)]
    least = root.GetPath().pathElementCount
    return [p for p in found if depth is None or p.GetPath().pathElementCount - least <= depth]


def get_first_matching_child_prim(prim_path: Any, predicate: Predicate, fabric: bool = False) -> Usd.Prim | None:
    """Return the first prim at or below a path whose path a predicate accepts."""
    return next(iter(get_all_matching_child_prims(prim_path, predicate)), None)


def get_first_matching_parent_prim(prim_path: Any, predicate: Predicate) -> Usd.Prim | None:
    """Return the nearest prim above a path whose path a predicate accepts."""
    prim = prim_of(prim_path).GetParent()
    while prim and not prim.IsPseudoRoot():
        if _path_predicate(predicate)(prim):
            return prim
        prim = prim.GetParent()
    return None


def find_matching_prim_paths(prim_path_regex: str, prim_type: str | None = None) -> list[str]:
    """Return the paths that a regular expression matches level by level, as ``/World/Env_.*/Robot`` does."""
    parts = [re.compile(p) for p in str(prim_path_regex).strip("/").split("/")]

    def fits(prim: Usd.Prim) -> bool:
        names = str(prim.GetPath()).strip("/").split("/")
        return len(names) == len(parts) and all(p.fullmatch(n) for p, n in zip(parts, names))

    return [str(p.GetPath()) for p in stage().Traverse() if fits(p)]


def get_prim_attribute_value(prim_path: Any, attribute_name: str, fabric: bool = False) -> Any:
    """Return the value of an attribute."""
    return prim_of(prim_path).GetAttribute(attribute_name).Get()


def set_prim_attribute_value(prim_path: Any, attribute_name: str, value: Any, fabric: bool = False) -> None:
    """Set the value of an attribute."""
    set_attribute(prim_of(prim_path), attribute_name, unwrap(value))


def get_prim_object_type(prim_path: Any) -> str | None:
    """Return ``rigid_body``, ``articulation`` or ``xform``; None for what has no place."""
    prim = prim_of(prim_path)
    for schema, name in ((UsdPhysics.ArticulationRootAPI, "articulation"), (UsdPhysics.RigidBodyAPI, "rigid_body")):
        if prim.HasAPI(schema):
            return name
    return "xform" if prim.IsA(UsdGeom.Xformable) else None


def is_prim_hidden_in_stage(prim_path: Any) -> bool:
    """Return whether a prim is marked as hidden in the stage's window."""
    return bool(prim_of(prim_path).GetMetadata("hide_in_stage_window"))


def set_prim_visibility(prim: Any, visible: bool) -> None:
    """Show or hide a prim."""
    functional.modify_visibility(prim_of(prim), bool(visible))


def set_targets(prim: Any, attribute: str, target_prim_paths: Sequence[Any]) -> None:
    """Set the targets of a relationship."""
    prim_of(prim).CreateRelationship(attribute).SetTargets([Sdf.Path(str(p)) for p in target_prim_paths])


def set_camera_view(
    eye: Any = (5, 5, 5),
    target: Any = (0, 0, 0),
    camera_prim_path: Any = "/OmniverseKit_Persp",
    viewport_api: Any = None,
    *,
    camera: Any = None,
) -> None:
    """Aim a camera."""
    functional.modify_pose(
        prim_of(camera if camera is not None else camera_prim_path),
        position_value=tuple(float(v) for v in unwrap(eye)),
        look_at_value=tuple(float(v) for v in unwrap(target)),
    )


def get_mesh_vertices_relative_to(mesh_prim: Any, coord_prim: Any) -> Any:
    """Return the (N, 3) vertices of a mesh in the frame of another prim."""
    import numpy as np

    from rendersdg.geometry import transform_points
    from rendersdg.omni.isaac.rotations import get_relative_transform

    points = np.array(UsdGeom.Mesh(prim_of(mesh_prim)).GetPointsAttr().Get(), np.float64)
    return transform_points(get_relative_transform(mesh_prim, coord_prim), points)


def find_unique_string_name(initial_name: str, is_unique_fn: Callable[[str], bool]) -> str:
    """Return a name, numbered until ``is_unique_fn`` accepts it."""
    name, k = str(initial_name), 0
    while not is_unique_fn(name):
        k += 1
        name = f"{initial_name}_{k}"
    return name


def find_root_prim_path_from_regex(prim_path_regex: str) -> tuple[str | None, int | None]:
    """Return the part of a path before its first regular expression, and how many levels that is."""
    parts = str(prim_path_regex).strip("/").split("/")
    for level, part in enumerate(parts):
        if not Sdf.Path.IsValidIdentifier(part):
            return ("/" + "/".join(parts[:level]), level) if level else (None, None)
    return "/" + "/".join(parts), len(parts)
