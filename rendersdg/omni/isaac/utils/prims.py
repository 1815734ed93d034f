"""``isaacsim.core.utils.prims``: prims, as thin wrappers of USD."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from rendersdg.omni.doors import PathLike, PrimLike, VectorLike, prim_of
from rendersdg.omni.isaac.utils.semantics import add_labels
from rendersdg.omni.isaac.utils.stage import add_reference_to_stage, get_current_stage
from rendersdg.omni.isaac.utils.xforms import keep_isaacs_ops, set_local_pose, set_world_pose
from rendersdg.omni.kit.usd import copy_prim, remove_prim
from rendersdg.replicator import functional
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute

__all__ = [
    "create_prim",
    "define_prim",
    "delete_prim",
    "find_matching_prim_paths",
    "get_all_matching_child_prims",
    "get_first_matching_child_prim",
    "get_first_matching_parent_prim",
    "get_prim_at_path",
    "get_prim_attribute_names",
    "get_prim_attribute_value",
    "get_prim_children",
    "get_prim_object_type",
    "get_prim_parent",
    "get_prim_path",
    "get_prim_property",
    "get_prim_type_name",
    "is_prim_ancestral",
    "is_prim_hidden_in_stage",
    "is_prim_no_delete",
    "is_prim_path_valid",
    "is_prim_root_path",
    "move_prim",
    "query_parent_path",
    "set_prim_attribute_value",
    "set_prim_hide_in_stage_window",
    "set_prim_no_delete",
    "set_prim_property",
    "set_prim_visibility",
    "set_targets",
]


Predicate = Callable[[str], object]  # of a prim's path


def define_prim(
    prim_path: PathLike | None = None,
    prim_type: str = "Xform",
    fabric: bool = False,
    *,
    path: PathLike | None = None,
    type_name: str | None = None,
) -> Usd.Prim:
    """Define a prim."""
    return get_current_stage().DefinePrim(str(path if prim_path is None else prim_path), type_name or prim_type)


def create_prim(
    prim_path: str,
    prim_type: str = "Xform",
    position: VectorLike | None = None,
    translation: VectorLike | None = None,
    orientation: VectorLike | None = None,
    scale: VectorLike | None = None,
    usd_path: str | None = None,
    semantic_label: str | None = None,
    semantic_type: str = "class",
    attributes: Mapping[str, Any] | None = None,
) -> Usd.Prim:
    """Define a prim with its pose (``position`` is in the world), reference, label and attributes."""
    prim = add_reference_to_stage(usd_path, prim_path) if usd_path is not None else define_prim(prim_path, prim_type)
    for key, value in (attributes or {}).items():
        set_attribute(prim, key, unwrap(value))
    if prim.IsA(UsdGeom.Xformable):
        keep_isaacs_ops(prim)
        set_local_pose(prim, translation, orientation if position is None else None, scale)
        if position is not None:
            set_world_pose(prim, position, orientation)
    if semantic_label:
        add_labels(prim, [semantic_label], semantic_type)
    return prim


def get_prim_at_path(prim_path: PrimLike, fabric: bool = False) -> Usd.Prim:
    """Return the prim at a path; it is not valid where there is none."""
    return get_current_stage().GetPrimAtPath(str(unwrap(prim_path)))


def is_prim_path_valid(prim_path: PrimLike, fabric: bool = False) -> bool:
    """Return whether there is a prim at a path."""
    return bool(get_prim_at_path(prim_path))


def delete_prim(prim_path: PrimLike) -> bool:
    """Remove a prim with all below it."""
    return remove_prim(get_current_stage(), prim_of(prim_path).GetPath())


def move_prim(path_from: PrimLike, path_to: PathLike) -> bool:
    """Move a prim with all below it."""
    source = prim_of(path_from).GetPath()
    return copy_prim(get_current_stage(), source, path_to) and bool(get_current_stage().RemovePrim(source))


# -- the tree ---------------------------------------------------------------------------------------------------------


def get_prim_path(prim: Usd.Prim) -> str:
    """Return the path of a prim."""
    return str(prim.GetPath())


def get_prim_children(prim: Usd.Prim) -> list[Usd.Prim]:
    """Return the prims right below a prim."""
    return prim.GetChildren()


def get_prim_parent(prim: Usd.Prim) -> Usd.Prim:
    """Return the prim right above a prim."""
    return prim.GetParent()


def is_prim_root_path(prim_path: PathLike) -> bool:
    """Return whether a path is that of the root."""
    return str(prim_path) == "/"


def is_prim_ancestral(prim_path: PrimLike) -> bool:
    """Return False: prims that a layer underneath brings can be removed too."""
    return False


def get_all_matching_child_prims(
    prim_path: PrimLike, predicate: Predicate = lambda path: True, depth: int | None = None
) -> list[Usd.Prim]:
    """Return the prims at and below a path whose paths a predicate accepts, ``depth`` levels down at most."""
    root = prim_of(prim_path)
    matching = [p for p in Usd.PrimRange(root) if predicate(str(p.GetPath()))]
    least = root.GetPath().pathElementCount
    return [p for p in matching if depth is None or p.GetPath().pathElementCount - least <= depth]


def get_first_matching_child_prim(prim_path: PrimLike, predicate: Predicate, fabric: bool = False) -> Usd.Prim | None:
    """Return the first prim at or below a path whose path a predicate accepts."""
    return next(iter(get_all_matching_child_prims(prim_path, predicate)), None)


def get_first_matching_parent_prim(prim_path: PrimLike, predicate: Predicate) -> Usd.Prim | None:
    """Return the nearest prim above a path whose path a predicate accepts."""
    prim = prim_of(prim_path).GetParent()
    while prim and not prim.IsPseudoRoot():
        if predicate(str(prim.GetPath())):
            return prim
        prim = prim.GetParent()
    return None


def query_parent_path(prim_path: PrimLike, predicate: Predicate) -> bool:
    """Return whether there is a prim above a path whose path a predicate accepts."""
    return get_first_matching_parent_prim(prim_path, predicate) is not None


def find_matching_prim_paths(prim_path_regex: str, prim_type: str | None = None) -> list[str]:
    """Return the paths that a regular expression matches level by level, as ``/World/Env_.*/Robot`` does."""
    parts = [re.compile(p) for p in str(prim_path_regex).strip("/").split("/")]

    def fits(prim: Usd.Prim) -> bool:
        names = str(prim.GetPath()).strip("/").split("/")
        return len(names) == len(parts) and all(p.fullmatch(n) for p, n in zip(parts, names))

    return [str(p.GetPath()) for p in get_current_stage().Traverse() if fits(p)]


# -- attributes and metadata ------------------------------------------------------------------------------------------


def get_prim_attribute_names(prim_path: PrimLike, fabric: bool = False) -> list[str]:
    """Return the names of a prim's attributes."""
    return [a.GetName() for a in prim_of(prim_path).GetAttributes()]


def get_prim_attribute_value(prim_path: PrimLike, attribute_name: str, fabric: bool = False) -> Any:
    """Return the value of an attribute."""
    return prim_of(prim_path).GetAttribute(attribute_name).Get()


def set_prim_attribute_value(prim_path: PrimLike, attribute_name: str, value: object, fabric: bool = False) -> None:
    """Set the value of an attribute."""
    set_attribute(prim_of(prim_path), attribute_name, unwrap(value))


get_prim_property = get_prim_attribute_value
set_prim_property = set_prim_attribute_value


def get_prim_type_name(prim_path: PrimLike, fabric: bool = False) -> str:
    """Return the type of a prim."""
    return str(prim_of(prim_path).GetTypeName())


def get_prim_object_type(prim_path: PrimLike) -> str | None:
    """Return ``rigid_body``, ``articulation`` or ``xform``; None for what has no place."""
    prim = prim_of(prim_path)
    for schema, name in ((UsdPhysics.ArticulationRootAPI, "articulation"), (UsdPhysics.RigidBodyAPI, "rigid_body")):
        if prim.HasAPI(schema):
            return name
    return "xform" if prim.IsA(UsdGeom.Xformable) else None


def is_prim_no_delete(prim_path: PrimLike) -> bool:
    """Return whether a prim is marked as one that stays."""
    return bool(prim_of(prim_path).GetMetadata("no_delete"))


def set_prim_no_delete(prim: Usd.Prim, no_delete: bool) -> bool:
    """Mark a prim as one that stays, for others: it can be removed all the same."""
    return prim.SetMetadata("no_delete", no_delete)


def is_prim_hidden_in_stage(prim_path: PrimLike) -> bool:
    """Return whether a prim is marked as hidden in the stage's window."""
    return bool(prim_of(prim_path).GetMetadata("hide_in_stage_window"))


def set_prim_hide_in_stage_window(prim: Usd.Prim, hide: bool) -> bool:
    """Mark a prim as hidden in the stage's window."""
    return prim.SetMetadata("hide_in_stage_window", hide)


def set_prim_visibility(prim: PrimLike, visible: bool) -> None:
    """Show or hide a prim."""
    functional.modify_visibility(prim_of(prim), bool(visible))


def set_targets(prim: PrimLike, attribute: str, target_prim_paths: Sequence[PathLike]) -> None:
    """Set the targets of a relationship."""
    prim_of(prim).CreateRelationship(attribute).SetTargets([Sdf.Path(str(p)) for p in target_prim_paths])
