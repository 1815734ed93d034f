"""``isaacsim.core.experimental.utils.prim``: paths, attributes, variants and schemas of prims."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from pxr import Sdf, Usd

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PathLike, PrimLike, prim_of
from rendersdg.omni.isaac.experimental.foundation import resolve_value_type_name, value_type_name_to_str
from rendersdg.omni.isaac.utils import prims as older
from rendersdg.omni.isaac.utils.prims import get_prim_attribute_names, get_prim_attribute_value
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import is_inner_link
from rendersdg.replicator.engine import current

__all__ = [
    "create_prim_attribute",
    "ensure_api",
    "find_matching_prim_paths",
    "get_all_matching_child_prims",
    "get_first_matching_child_prim",
    "get_first_matching_parent_prim",
    "get_prim_at_path",
    "get_prim_attribute_names",
    "get_prim_attribute_value",
    "get_prim_path",
    "get_prim_variant_collection",
    "get_prim_variants",
    "has_api",
    "is_prim_non_root_articulation_link",
    "set_prim_variants",
]

Predicate = Callable[[Usd.Prim, str], object]  # of a prim and its path
Api = Any  # a schema: its class, or the name of it


def get_prim_at_path(path: PrimLike) -> Usd.Prim:
    """Return the prim at a path, or of a schema; it is not valid where there is none."""
    if isinstance(path, Usd.Prim):
        return path
    return path.GetPrim() if isinstance(path, Usd.SchemaBase) else older.get_prim_at_path(path)


def get_prim_path(prim: PrimLike | PathLike) -> str:
    """Return the path of a prim, a schema or a path."""
    return str(prim) if isinstance(prim, (str, Sdf.Path)) else str(get_prim_at_path(prim).GetPath())


# -- variants ---------------------------------------------------------------------------------------------------------


def set_prim_variants(prim: PrimLike, *, variants: Iterable[tuple[str, str]]) -> None:
    """Choose variants: (set, choice) each. Raises BadArgument for a set or a choice that the prim has not."""
    sets = prim_of(prim).GetVariantSets()
    for name, choice in variants:
        if name not in sets.GetNames():
            raise BadArgument(f"no variant set {name!r}; there are {sets.GetNames()}", where=current().where())
        choices = sets.GetVariantSet(name).GetVariantNames()
        if choice and choice not in choices:
            raise BadArgument(f"variant set {name!r} has no {choice!r}, but {choices}", where=current().where())
        sets.GetVariantSet(name).SetVariantSelection(choice)


def get_prim_variants(prim: PrimLike) -> list[tuple[str, str]]:
    """Return the chosen variants: (set, choice) each, by name."""
    sets = prim_of(prim).GetVariantSets()
    return [(name, sets.GetVariantSet(name).GetVariantSelection()) for name in sorted(sets.GetNames())]


def get_prim_variant_collection(prim: PrimLike) -> dict[str, list[str]]:
    """Return the choices of each variant set."""
    sets = prim_of(prim).GetVariantSets()
    return {name: sets.GetVariantSet(name).GetVariantNames() for name in sets.GetNames()}


# -- the tree ---------------------------------------------------------------------------------------------------------


def find_matching_prim_paths(path: str, *, traverse: bool = False) -> list[str]:
    """Return the paths that a regular expression matches: level by level, or with ``traverse`` as a whole from its
    start. A path of a prim is that path, and with ``traverse`` the paths of all below it, too.
    """
    if Sdf.Path.IsValidPathString(str(path)) and (prim := get_current_stage().GetPrimAtPath(str(path))):
        return [str(p.GetPath()) for p in Usd.PrimRange(prim)] if traverse else [str(path)]
    if not traverse:
        return older.find_matching_prim_paths(path)
    pattern = re.compile(path)
    return [text for p in get_current_stage().Traverse() if pattern.match(text := str(p.GetPath()))]


def get_all_matching_child_prims(
    prim: PrimLike, *, predicate: Predicate, include_self: bool = False, max_depth: int | None = None
) -> list[Usd.Prim]:
    """Return the prims below a prim that ``predicate(prim, path)`` accepts, level by level, ``max_depth`` at most."""
    level, matching, depth = [prim_of(prim)], [], 0
    while level and (max_depth is None or depth <= max_depth):
        if depth or include_self:
            matching += [p for p in level if predicate(p, str(p.GetPath()))]
        level, depth = [child for p in level for child in p.GetChildren()], depth + 1
    return matching


def get_first_matching_child_prim(
    prim: PrimLike, *, predicate: Predicate, include_self: bool = False
) -> Usd.Prim | None:
    """Return the first prim below a prim, level by level, that ``predicate(prim, path)`` accepts."""
    matching = get_all_matching_child_prims(prim, predicate=predicate, include_self=include_self)
    return next(iter(matching), None)


def get_first_matching_parent_prim(
    prim: PrimLike, *, predicate: Predicate, include_self: bool = False
) -> Usd.Prim | None:
    """Return the nearest prim above a prim that ``predicate(prim, path)`` accepts."""
    start = prim_of(prim)
    above = start if include_self else start.GetParent()
    while above and not above.IsPseudoRoot():
        if predicate(above, str(above.GetPath())):
            return above
        above = above.GetParent()
    return None


# -- schemas and attributes -------------------------------------------------------------------------------------------


def has_api(prim: PrimLike, api: Api | Sequence[Api], *, test: Literal["all", "any", "none"] = "all") -> bool:
    """Return whether a prim has all of some schemas, any or none, as ``test`` says."""
    target = prim_of(prim)
    applied = target.GetPrimTypeInfo().GetAppliedAPISchemas()
    listed = api if isinstance(api, (list, tuple)) else [api]
    has = [a in applied if isinstance(a, str) else target.HasAPI(a) for a in listed]
    results = {"all": all(has), "any": any(has), "none": not any(has)}
    if test not in results:
        raise BadArgument(f"test={test!r}: give all, any or none", where=current().where())
    return results[test]


def ensure_api(prim: PrimLike, api: Api, *args: object, **options: object) -> Any:
    """Return a schema on a prim, applied where it was not."""
    target = prim_of(prim)
    return api(target, *args, **options) if target.HasAPI(api) else api.Apply(target, *args, **options)


def create_prim_attribute(
    prim: PrimLike, *, name: str, type_name: str | Sdf.ValueTypeName, exist_ok: bool = True
) -> Usd.Attribute:
    """Return an attribute of a prim, made where there is none. Raises BadArgument where there is one of another type,
    or, with ``exist_ok=False``, any.
    """
    attribute = prim_of(prim).GetAttribute(name)
    if not attribute:
        return prim_of(prim).CreateAttribute(name, resolve_value_type_name(type_name), custom=True)
    has, wanted = str(attribute.GetTypeName()), value_type_name_to_str(type_name)
    if not exist_ok or has != wanted:
        raise BadArgument(f"{attribute.GetPath()} is there already, as {has}", where=current().where())
    return attribute


def is_prim_non_root_articulation_link(prim: PrimLike) -> bool:
    """Return whether a prim is a link of an articulation, and not its root."""
    return is_inner_link(prim_of(prim))
