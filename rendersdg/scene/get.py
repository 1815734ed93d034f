"""``rep.get``: handles to prims that are on the stage already."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pxr import Usd, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import Prims
from rendersdg.scene.recorder import current, pairs
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import Anything, FixedBoolean, FixedText, Labels, Words
from rendersdg.stage.semantics import read_semantics

_LIGHTS = frozenset(("CylinderLight", "DiskLight", "DistantLight", "DomeLight", "RectLight", "SphereLight"))
_SHAPES = frozenset(("Capsule", "Cone", "Cube", "Cylinder", "Plane", "Sphere"))
_KINDS: dict[str, Callable[[Usd.Prim], bool]] = {
    "camera": lambda p: p.IsA(UsdGeom.Camera),
    "light": lambda p: p.GetTypeName() in _LIGHTS,
    "material": lambda p: p.GetTypeName() == "Material",
    "mesh": lambda p: p.IsA(UsdGeom.Mesh),
    "scope": lambda p: p.IsA(UsdGeom.Scope),
    "shader": lambda p: p.GetTypeName() == "Shader",
    "shape": lambda p: p.GetTypeName() in _SHAPES,
    "curve": lambda p: p.GetTypeName() == "Curve",
    "graph": lambda p: p.GetTypeName() == "Graph",
    "listener": lambda p: p.GetTypeName() == "Listener",
    "sound": lambda p: p.GetTypeName() == "Sound",
    "geomsubset": lambda p: p.GetTypeName() == "GeomSubset",
    "skeleton": lambda p: p.GetTypeName() == "Skeleton",
    "skelanimation": lambda p: p.GetTypeName() == "SkelAnimation",
    "xform": lambda p: p.IsA(UsdGeom.Xform),
    "physics": lambda p: str(p.GetTypeName()).startswith(("Physics", "Physx")),
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which prims of the stage are meant: all conditions that are given hold.

    ``path_pattern`` is a regular expression that the path holds, ``path_match`` text that it holds; types are USD's,
    semantics one [type, label] pair or several, of which one is enough.
    """

    path_pattern: FixedText | None = None
    path_match: FixedText | None = None
    path_pattern_exclusion: FixedText | None = None
    prim_types: Words = None
    prim_types_exclusion: Words = None
    semantics: Labels = None
    semantics_exclusion: Labels = None
    cache_result: FixedBoolean = True
    ignore_case: FixedBoolean = True
    name: FixedText | None = None


@taking(
    "path_pattern path_match path_pattern_exclusion prim_types prim_types_exclusion semantics semantics_exclusion "
    "cache_result ignore_case name",
    Selection,
)
def prims(selection: Selection) -> Prims:
    """Select prims by path, type and semantics."""
    return _select(selection, None)


def _compiled(name: str, pattern: str | None, flags: int) -> re.Pattern[str] | None:
    """Return a compiled pattern, None for none. Raises BadArgument that names the argument."""
    if not pattern:
        return None
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise BadArgument(f"{name}={pattern!r} is not a regular expression ({error})") from None


def _select(selection: Selection, kind: str | None) -> Prims:
    recorder = current()
    flags = re.IGNORECASE if selection.ignore_case else 0
    wanted = _compiled("path_pattern", selection.path_pattern, flags)
    unwanted = _compiled("path_pattern_exclusion", selection.path_pattern_exclusion, flags)
    match = selection.path_match
    types, no_types = _names(selection.prim_types), _names(selection.prim_types_exclusion)
    some, none = set(pairs(selection.semantics)), set(pairs(selection.semantics_exclusion))
    paths = []
    for prim in recorder.stage.Traverse():
        path = str(prim.GetPath())
        type_name = str(prim.GetTypeName()).lower()
        if kind is not None and not _KINDS[kind](prim):
            continue
        if (wanted and not wanted.search(path)) or (unwanted and unwanted.search(path)):
            continue
        if match and (match.lower() not in path.lower() if flags else match not in path):
            continue
        if (types and type_name not in types) or (no_types and type_name in no_types):
            continue
        labels = set(read_semantics(prim)) if some or none else set()
        if (some and not (some & labels)) or none & labels:
            continue
        paths.append(path)
    label = selection.name or f"get.{kind or 'prims'}"
    if not paths:
        recorder.report.note(label, f"{label} found no prim; what acts on it does nothing")
    return Prims(label, tuple(paths))


def _names(value: Anything) -> set[str]:
    if value is None:
        return set()
    return {value.lower()} if isinstance(value, str) else {str(v).lower() for v in value}


def prim_at_path(path: Anything, name: FixedText | None = None) -> Prims:
    """Wrap the prims at given paths."""
    recorder = current()
    handle = recorder.prims(path)
    return Prims(name or handle.label, tuple(handle.resolve({})))


def _of_kind(kind: str) -> Callable[..., Prims]:
    def select(selection: Selection) -> Prims:
        return _select(selection, kind)

    select.__name__ = select.__qualname__ = kind
    select.__doc__ = f"Select prims of the {kind} kind by path and semantics."
    return taking(
        "path_pattern path_pattern_exclusion semantics semantics_exclusion cache_result name path_match ignore_case",
        Selection,
    )(select)


camera = _of_kind("camera")
curve = _of_kind("curve")
graph = _of_kind("graph")
listener = _of_kind("listener")
sound = _of_kind("sound")
light = _of_kind("light")
material = _of_kind("material")
mesh = _of_kind("mesh")
scope = _of_kind("scope")
shader = _of_kind("shader")
shape = _of_kind("shape")
geomsubset = _of_kind("geomsubset")
skeleton = _of_kind("skeleton")
skelanimation = _of_kind("skelanimation")
xform = _of_kind("xform")
physics = _of_kind("physics")
