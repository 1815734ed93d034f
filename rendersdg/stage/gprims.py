"""The meshes of geometry prims, read when they are first asked for, and anew when an animated one's time has passed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from pxr import Tf, Usd, UsdGeom, UsdLux

from rendersdg.errors import AssetError, Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.likeness import PLACES, likeness
from rendersdg.stage.parts import read_parts
from rendersdg.stage.primvars import Names
from rendersdg.stage.skinning import Skin, Skins
from rendersdg.stage.usd_errors import reason

FARTHEST = 1e15  # units: farther away, squares of distances are beyond 32 bits
Part = tuple[int, str | None]  # index of a mesh, and the GeomSubset that it is of
_Key = tuple[str, Names, tuple[str, ...]]


@dataclass(eq=False)
class _Entry:
    """What was read of one prim at ``time``; ``slots`` are the indices of meshes that it may fill."""

    parts: list[Part]
    slots: list[int]
    is_moving: bool
    time: Usd.TimeCode


@dataclass(eq=False)
class Gprims:
    """Reads geometry prims into ``meshes``, and keeps them. An animated prim keeps its indices from time to time;
    ``stamps`` has a number for each mesh that changes when another takes its place.
    """

    report: Report
    meshes: list[Mesh] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    shining: set[str] = field(default_factory=set)  # the paths of those that are lights
    _entries: dict[_Key, _Entry] = field(default_factory=dict)
    _alike: dict[bytes, list[Part]] = field(default_factory=dict)  # the parts of prims that do not move, by likeness
    _skins: Skins = field(default_factory=Skins)
    _count: int = 0

    def parts(self, prim: Usd.Prim, time: Usd.TimeCode, names: Names) -> tuple[list[Part], bool]:
        """Return the meshes of a prim at ``time``, one for each material, and whether they may be others later.

        Instances of one prototype share theirs, and so do prims that are alike. What cannot be read is left out and
        reported.
        """
        if prim.HasAPI(UsdLux.MeshLightAPI):
            self.shining.add(str(prim.GetPath()))
        skin = self._skins.of(prim, self.report)
        source = prim.GetPrimInPrototype() if prim.IsInstanceProxy() else prim
        inherited = _inherited(prim)
        own = prim if skin is not None else source  # copies of a character may be posed otherwise
        key = (str(own.GetPath()), names, tuple(str(a.GetPath()) for a in inherited))
        entry = self._entries.get(key)
        if entry is None:
            is_moving = (skin is not None and skin.is_moving) or _may_move(prim, inherited)
            entry = self._entries[key] = _Entry([], [], is_moving, time)
        elif not entry.is_moving or entry.time == time:
            return entry.parts, entry.is_moving
        entry.time = time
        if skin is None and not entry.is_moving:
            entry.parts = self._read_once(prim, time, names)
        else:
            entry.parts = self._read(prim, time, names, skin, entry.slots)
        return entry.parts, entry.is_moving

    def _read_once(self, prim: Usd.Prim, time: Usd.TimeCode, names: Names) -> list[Part]:
        """Return the parts of a prim that does not move: those of one that is alike, where nothing had to be said of
        that one.
        """
        try:
            key = likeness(prim, time, names)
        except Tf.ErrorException:  # what reads the prim says why
            return self._read(prim, time, names, None, [])
        if key not in self._alike:
            before = self.report.heard
            parts = self._read(prim, time, names, None, [])
            if self.report.heard > before:
                return parts
            self._alike[key] = parts
        path = str(prim.GetPath())
        return [
            (slot, None if subset is None else f"{path}/{subset.rsplit('/', 1)[1]}")
            for slot, subset in self._alike[key]
        ]

    def forget(self, root: str) -> None:
        """Drop what was read at or below ``root``: its composition has changed."""
        below = root.rstrip("/") + "/"
        self._skins.clear()
        self.shining.clear()
        for key in [k for k in self._entries if k[0] == root or k[0].startswith(below)]:
            del self._entries[key]

    def _read(
        self, prim: Usd.Prim, time: Usd.TimeCode, names: Names, skin: Skin | None, slots: list[int]
    ) -> list[Part]:
        path = str(prim.GetPath())
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what comes of it is checked
                parts = read_parts(prim, time, self.report, names, skin)
            for part in parts:
                require_finite(part.mesh)
        except AssetError as error:
            self.report.ignored(path, f"it is not drawn: {str(error).removeprefix(f'{path}: ')}")
            return []
        except (ArithmeticError, ValueError, TypeError, LookupError, MemoryError) as error:
            self.report.ignored(path, f"it is not drawn: its values do not make a shape ({error}); export it again")
            return []
        except Tf.ErrorException as error:  # a clip's layer, say, that is opened when its time comes
            self.report.ignored(path, f"it is not drawn: USD cannot read its values ({reason(error)})")
            return []
        while len(slots) < len(parts):
            slots.append(len(self.meshes))
            self.meshes.append(parts[len(slots) - 1].mesh)
            self.stamps.append(0)
        for slot, part in zip(slots, parts):
            self._count += 1
            self.meshes[slot], self.stamps[slot] = part.mesh, self._count
        return [(slot, part.subset) for slot, part in zip(slots, parts)]


def require_finite(mesh: Mesh) -> None:
    """Raise AssetError where a mesh holds NaN, infinity, or a point that 32 bits cannot square."""
    for one in fields(mesh):
        values = getattr(mesh, one.name)
        if isinstance(values, np.ndarray) and values.dtype.kind == "f" and not np.isfinite(values).all():
            raise AssetError(f"its {one.name} hold NaN or infinity; export it again")
    if len(mesh.vertices) and max(mesh.vertices.max(), -mesh.vertices.min()) > FARTHEST:
        raise AssetError(f"it reaches farther than {FARTHEST:g} units from its origin; export it again")


def _inherited(prim: Usd.Prim) -> list[Usd.Attribute]:
    """Return the attributes of the primvars that reach a prim from above the instance that it is a part of.

    All other primvars are part of the prototype, and the same for each instance.
    """
    if not prim.IsInstanceProxy():
        return []
    primvars = UsdGeom.PrimvarsAPI(prim.GetParent()).FindInheritablePrimvars()
    return [p.GetAttr() for p in primvars if not p.GetAttr().GetPrim().IsInstanceProxy()]


def _may_move(prim: Usd.Prim, inherited: list[Usd.Attribute]) -> bool:
    """Return whether a value that makes a prim's shape, its colours or coordinates may be another at another time."""
    points = prim.GetAttribute("points")  # those of value clips may have no opinion of their own
    if points and points.ValueMightBeTimeVarying():
        return True
    subsets = prim.GetFilteredChildren(Usd.TraverseInstanceProxies(Usd.PrimAllPrimsPredicate))
    owners = [prim, *(child for child in subsets if child.GetTypeName() == "GeomSubset")]
    values = [a for owner in owners for a in owner.GetAuthoredAttributes() if not a.GetName().startswith(PLACES)]
    if any(a.ValueMightBeTimeVarying() for a in [*values, *inherited]):
        return True
    above = UsdGeom.PrimvarsAPI(prim.GetParent()) if prim.GetParent() else None
    return above is not None and any(p.ValueMightBeTimeVarying() for p in above.FindInheritablePrimvars())
