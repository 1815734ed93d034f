"""The untouched stage, read once: what is drawn, lit and looked through, and where each prim stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from pxr import Sdf, Tf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg import portable
from rendersdg.arrays import F8, Mask
from rendersdg.errors import Report
from rendersdg.geometry import Matrix, transform_points
from rendersdg.snapshot import LightKind, Mesh, Semantics
from rendersdg.stage.author import LIDAR, REFERENCE, WRAPPER
from rendersdg.stage.gprims import Gprims
from rendersdg.stage.levels import Levels, levels_of, stacked
from rendersdg.stage.materials import Shading, is_animated, read_shading
from rendersdg.stage.pose import Pose, column_matrix, read_pose
from rendersdg.stage.primvars import Names
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.semantics import read_semantics
from rendersdg.stage.usd_errors import reason

LIGHT_TYPES: dict[str, LightKind] = {
    "DistantLight": "distant",
    "SphereLight": "sphere",
    "RectLight": "rect",
    "DiskLight": "disk",
    "CylinderLight": "cylinder",
    "DomeLight": "dome",
    "DomeLight_1": "dome",
}
_IGNORED = {"PortalLight": "portal lights are not used", "GeometryLight": "mesh lights glow but light nothing else"}
Predicate = Usd.PrimIsActive & Usd.PrimIsDefined & Usd.PrimIsLoaded & ~Usd.PrimIsAbstract
# of prototypes, which people put below an ``over`` so that they are not drawn themselves
_OfPrototypes = Usd.PrimIsActive & Usd.PrimHasDefiningSpecifier & Usd.PrimIsLoaded & ~Usd.PrimIsAbstract


@dataclass(frozen=True, eq=False)
class Drawable:
    """One mesh at one prim. ``offset`` places a point instance below ``anchor``; ``chain`` lists self and ancestors."""

    path: str
    anchor: str
    mesh: int
    material: str | None
    chain: tuple[str, ...]
    offset: Matrix | None = None


_FARTHEST = 1e15  # units: no scene is as large
_UNDRAWN = ("proxy", "guide")  # purposes
_EMPTY = ("", "Xform", "Scope", "SkelRoot")  # types of prims that are nothing by themselves


class Copy(NamedTuple):
    """A prim that a point instancer draws, which has no path on the stage: a copy of ``source``, placed by ``offset``
    in the space of ``anchor``, the instancer.
    """

    source: str
    anchor: str
    offset: Matrix


_OfLevels = tuple[Levels, int, bytes]  # the age of the scene, and which prims


@dataclass(eq=False)
class BaseScene:
    """The composed stage as read once, with caches of everything that does not change between frames."""

    stage: Usd.Stage
    report: Report
    shadings: dict[str, Shading | None] = field(default_factory=dict)
    age: int = 0  # another number whenever something that was read may be another
    _drawables: dict[str, list[Drawable]] = field(default_factory=dict)
    _levels: dict[str, Levels] = field(default_factory=dict)
    _level_locals: tuple[_OfLevels, F8, Mask] | None = None  # what was asked last
    _level_worlds: tuple[_OfLevels, F8] | None = None
    _lights: dict[str, list[str]] = field(default_factory=dict)
    copies: dict[str, Copy] = field(default_factory=dict)  # by the paths that instances of point instancers are given
    _semantics: dict[str, Semantics] = field(default_factory=dict)
    _poses: dict[str, Pose] = field(default_factory=dict)
    _locals: dict[str, tuple[Matrix, bool, bool]] = field(default_factory=dict)
    unplaced: set[str] = field(default_factory=set)  # prims whose own transforms are damaged
    _visible: dict[str, bool] = field(default_factory=dict)
    _worlds: dict[str, Matrix] = field(default_factory=dict)
    _bounds: dict[str, tuple[Matrix, Matrix]] = field(default_factory=dict)
    _physics: dict[str, frozenset[str]] = field(default_factory=dict)
    _shapes: dict[str, str] = field(default_factory=dict)
    _animated_looks: set[str] = field(default_factory=set)
    _blinking: set[str] = field(default_factory=set)  # prims whose visibility is animated
    _moving: set[str] = field(default_factory=set)  # prims that are drawn otherwise at another time
    _instancing: list[str] = field(default_factory=list)  # the point instancers that are being read
    time: Usd.TimeCode = field(default_factory=Usd.TimeCode.EarliestTime)

    def __post_init__(self) -> None:
        self._gprims = Gprims(self.report)

    @property
    def meshes(self) -> list[Mesh]:
        """All meshes that were read; drawables have their indices."""
        return self._gprims.meshes

    @property
    def stamps(self) -> list[int]:
        """A number for each mesh, another one when the mesh is another: what is made of a mesh may be kept by it."""
        return self._gprims.stamps

    @property
    def mesh_lights(self) -> set[str]:
        """The paths of what is drawn and is a light (``UsdLuxMeshLightAPI``)."""
        return self._gprims.shining

    def forget(self, root: str) -> None:
        """Drop what was read at or below ``root``: its composition has changed."""
        self.age += 1
        below = root.rstrip("/") + "/"
        for cache in (self._semantics, self._poses, self._locals, self._visible):
            for path in [p for p in cache if p == root or p.startswith(below)]:
                del cache[path]
        self._physics.clear()
        self._gprims.forget(root)
        self._worlds.clear()
        self._bounds.clear()
        self._drawables.clear()
        self._levels.clear()
        self._lights.clear()

    def is_copy(self, path: str) -> bool:
        """Return whether what is drawn at ``path`` is an instance of a prototype."""
        prim = self.stage.GetPrimAtPath(path)
        return not prim or prim.IsInstanceProxy()

    def roots(self, prototype: str) -> tuple[str, ...]:
        """Return where a prototype is labelled as a whole, as ends of its path: on itself (``""``), and on the root of
        the asset that it holds.
        """
        prim = self.stage.GetPrimAtPath(prototype)
        inner = prim.GetChildren() if prim else []
        if len(inner) != 1 or not inner[0].HasAuthoredReferences():
            return ("",)
        is_holder = prim.HasAttribute(WRAPPER) or inner[0].GetName() == REFERENCE
        return ("", f"/{inner[0].GetName()}") if is_holder else ("",)

    def refresh(self) -> None:
        """Drop what depends on values alone: places, visibility, labels, shader inputs. What is drawn stays as read."""
        self.age += 1
        for cache in (
            self._semantics,
            self._poses,
            self._locals,
            self._visible,
            self._worlds,
            self._bounds,
            self.shadings,
            self._shapes,
        ):
            cache.clear()
        self._physics.pop("off", None)

    def set_time(self, code: Usd.TimeCode) -> None:
        """Read animated values at ``code`` from now on."""
        if code == self.time:
            return
        self.time = code
        moved = [path for path, local in self._locals.items() if local[2]]
        if moved or self._blinking or self._moving:
            self.age += 1
        for path in self._blinking:
            self._visible.pop(path, None)
        for path in self._animated_looks:
            self.shadings.pop(path, None)
        for path in moved:
            del self._locals[path]
            self._poses.pop(path, None)
        if moved:
            self._worlds.clear()
        if moved or self._moving:
            self._bounds.clear()
        for root in [r for r in self._drawables if any(f"{p}/".startswith(f"{r.rstrip('/')}/") for p in self._moving)]:
            del self._drawables[root], self._lights[root]
            self._levels.pop(root, None)

    def drawables(self, root: str) -> list[Drawable]:
        """Return what is drawn at or below ``root``, in stage order."""
        if root not in self._drawables:
            self._drawables[root], self._lights[root] = self._read(root)
        return self._drawables[root]

    def levels(self, root: str) -> Levels:
        """Return :meth:`drawables` with what is above them."""
        if root not in self._levels:
            self._levels[root] = levels_of([(d.anchor, d.offset) for d in self.drawables(root)])
        return self._levels[root]

    def lights(self, root: str) -> list[str]:
        """Return the paths of the lights at or below ``root``."""
        self.drawables(root)
        return self._lights[root]

    def guides(self, root: str) -> list[Drawable]:
        """Return what collides at or below ``root`` and is not drawn: shapes of the purposes guide and proxy."""
        found: list[Drawable] = []
        below = root.rstrip("/") + "/"
        for path in sorted(p for p in self._undrawn_colliders() if p == root or p.startswith(below)):
            chain = ancestors(path)
            meshes = self._meshes_of(self.stage.GetPrimAtPath(path))
            found += [Drawable(path, path, index, material, chain) for index, material in meshes]
        return found

    def _undrawn_colliders(self) -> frozenset[str]:
        """Return the paths of the shapes that collide and are not drawn."""
        if "undrawn" not in self._physics:
            prims = {p: self.stage.GetPrimAtPath(p) for p in self.physics_paths("CollisionAPI")}
            self._physics["undrawn"] = frozenset(
                path
                for path, prim in prims.items()
                if prim.IsA(UsdGeom.Gprim) and UsdGeom.Imageable(prim).ComputePurpose() in _UNDRAWN
            )
        return self._physics["undrawn"]

    def undrawn(self, root: str) -> list[Drawable]:
        """Return the shapes of the purposes guide and proxy at or below ``root``, whether they collide or not."""
        start = self.stage.GetPrimAtPath(root)
        shapes = Usd.PrimRange(start, Usd.TraverseInstanceProxies(Predicate)) if start else ()
        found: list[Drawable] = []
        for prim in shapes:
            if prim.IsA(UsdGeom.Gprim) and UsdGeom.Imageable(prim).ComputePurpose() in _UNDRAWN:
                path = str(prim.GetPath())
                chain = ancestors(path)
                found += [Drawable(path, path, index, material, chain) for index, material in self._meshes_of(prim)]
        return found

    def semantics(self, path: str) -> Semantics:
        """Return the labels authored on the prim itself."""
        if path in self.copies:
            return self.semantics(self.copies[path].source)
        if path not in self._semantics:
            prim = self.stage.GetPrimAtPath(path)
            self._semantics[path] = read_semantics(prim) if prim else ()
        return self._semantics[path]

    def pose(self, path: str) -> Pose:
        """Return the authored pose of a prim, parts kept where the operations are ours."""
        if path not in self._poses:
            prim = self.stage.GetPrimAtPath(path)
            self.local(path)  # knows whether it moves, and whether it stands anywhere
            self._poses[path] = read_pose(prim, self.time) if prim and path not in self.unplaced else Pose()
        return self._poses[path]

    def local(self, path: str) -> tuple[Matrix, bool]:
        """Return (parent_from_local, whether the parent's transform is reset) as authored."""
        if path not in self._locals:
            prim = self.stage.GetPrimAtPath(path)
            xformable = UsdGeom.Xformable(prim)
            if xformable or (prim and prim.GetTypeName() == LIDAR):
                self._locals[path] = self._read_local(xformable)
            else:
                self._locals[path] = (np.eye(4), False, False)
        matrix, resets, _ = self._locals[path]
        return matrix, resets

    def _read_local(self, xformable: UsdGeom.Xformable) -> tuple[Matrix, bool, bool]:
        """Return (parent_from_local, whether the parent's is reset, whether it moves).

        A prim that cannot stand anywhere is reported, and is ``unplaced``: it and all below it are not drawn.
        """
        path, moves = str(xformable.GetPath()), False
        self.unplaced.discard(path)
        try:
            moves = xformable.TransformMightBeTimeVarying()
            matrix = column_matrix(xformable.GetLocalTransformation(self.time))
            fault = _fault_of(matrix)
            if fault is None:
                return matrix, bool(xformable.GetResetXformStack()), moves
        except Tf.ErrorException as error:
            fault = f"USD cannot read its transform ({reason(error)})"
        self.report.ignored(path, f"it is not drawn: {fault}")
        self.unplaced.add(path)
        return np.eye(4), False, moves

    def world(self, path: str) -> Matrix:
        """Return world_from_local of a prim as authored, stage units."""
        missing = []  # the prim and those above it, whose number no stack of calls holds
        while path not in ("", "/") and path not in self._worlds:
            missing.append(path)
            path = path.rsplit("/", 1)[0]
        world = np.eye(4) if path in ("", "/") else self._worlds[path]
        for below in reversed(missing):
            local, resets = self.local(below)
            world = self._worlds[below] = local if resets else portable.product(world, local)
        return world

    def locals_of(self, levels: Levels, which: Mask) -> tuple[F8, Mask]:
        """Return :meth:`local` of those prims of ``levels`` that are asked for, (P, 4, 4) and (P,); of others the
        identity, and False.
        """
        key = levels, self.age, which.tobytes()
        if self._level_locals is None or self._level_locals[0] != key:
            matrices, resets = np.tile(np.eye(4), (len(which), 1, 1)), np.zeros(len(which), bool)
            for number in np.flatnonzero(which).tolist():
                matrices[number], resets[number] = self.local(levels.paths[number])
            self._level_locals = key, matrices, resets
        return self._level_locals[1].copy(), self._level_locals[2]

    def worlds_of(self, levels: Levels, which: Mask) -> F8:
        """Return :meth:`world` of those prims of ``levels`` that are asked for, (N, 4, 4)."""
        key = levels, self.age, which.tobytes()
        if self._level_worlds is None or self._level_worlds[0] != key:
            self._level_worlds = key, stacked([self.world(levels.paths[k]) for k in np.flatnonzero(which).tolist()])
        return self._level_worlds[1]

    def local_bounds(self, path: str) -> tuple[Matrix, Matrix]:
        """Return the bounds of what is drawn at or below a prim, in its own space, as authored; zeros for nothing."""
        if path not in self._bounds:
            inverse = portable.inverse(self.world(path))
            placed = []
            for drawable in self.drawables(path):
                matrix = portable.product(inverse, self.world(drawable.anchor))
                placed.append(
                    (
                        self.meshes[drawable.mesh],
                        matrix if drawable.offset is None else portable.product(matrix, drawable.offset),
                    )
                )
            self._bounds[path] = bounds_of(placed) or (np.zeros(3), np.zeros(3))
        return self._bounds[path]

    def is_visible(self, path: str, *, is_posed: bool = False) -> bool:
        """Return whether the prim itself is not authored invisible, and stands somewhere: by its own transform, unless
        it ``is_posed`` by something else.
        """
        if not is_posed:
            self.local(path)
            if path in self.unplaced:
                return False
        if path not in self._visible:
            imageable = UsdGeom.Imageable(self.stage.GetPrimAtPath(path))
            attribute = imageable.GetVisibilityAttr() if imageable else None
            self._visible[path] = attribute is None or attribute.Get(self.time) != "invisible"
            if attribute is not None and attribute.ValueMightBeTimeVarying():
                self._blinking.add(path)
        return self._visible[path]

    def shading(self, path: str) -> Shading | None:
        """Return the shader of the material at ``path``."""
        if path not in self.shadings:
            material = UsdShade.Material(self.stage.GetPrimAtPath(path))
            self.shadings[path] = read_shading(material, self.report, self.time) if material else None
            if material and is_animated(material):
                self._animated_looks.add(path)
        return self.shadings[path]

    def looks_at(self, path: str) -> float | None:
        """Return the time at which the material at ``path`` was read when it is animated, None when it is not."""
        return float(self.time.GetValue()) if path in self._animated_looks else None

    def physics_paths(self, api: str) -> frozenset[str]:
        """Return the paths of the prims that have a schema of UsdPhysics, like ``RigidBodyAPI``, prototypes too."""
        if api not in self._physics:
            name = f"Physics{api}"
            prims = Usd.PrimRange(self.stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Predicate))
            self._physics[api] = frozenset(str(p.GetPath()) for p in prims if name in p.GetAppliedSchemas())
        return self._physics[api]

    def joints(self) -> tuple[str, ...]:
        """Return the paths of the joints of UsdPhysics, and of schemas that inherit or call themselves so, sorted."""
        if "joints" not in self._physics:
            prims = Usd.PrimRange(self.stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Predicate))
            self._physics["joints"] = frozenset(
                str(p.GetPath())
                for p in prims
                if p.IsA(UsdPhysics.Joint) or (str(p.GetTypeName()).startswith("Phys") and "Joint" in p.GetTypeName())
            )
        return tuple(sorted(self._physics["joints"]))

    def physics_off(self) -> frozenset[str]:
        """Return the paths of the colliders that are switched off (``physics:collisionEnabled`` false)."""
        if "off" not in self._physics:
            paths = self.physics_paths("CollisionAPI")
            enabled = {p: self.stage.GetPrimAtPath(p).GetAttribute("physics:collisionEnabled") for p in paths}
            self._physics["off"] = frozenset(p for p, a in enabled.items() if a and a.Get() is False)
        return self._physics["off"]

    def approximation(self, path: str) -> str:
        """Return the collision shape that is authored on a prim (``physics:approximation``), empty where none is."""
        if path not in self._shapes:
            prim = self.stage.GetPrimAtPath(path)
            attribute = prim.GetAttribute("physics:approximation") if prim else None
            self._shapes[path] = str(attribute.Get() or "") if attribute else ""
        return self._shapes[path]

    def _read(self, root: str, predicate: Usd._Term = Predicate) -> tuple[list[Drawable], list[str]]:
        """Return what is drawn, and the paths of the lights, at or below ``root``."""
        drawables: list[Drawable] = []
        lights: list[str] = []
        undrawn: list[Usd.Prim] = []
        assets: list[str] = []
        start = self.stage.GetPrimAtPath(root)
        if not start:
            return drawables, lights
        iterator = iter(Usd.PrimRange(start, Usd.TraverseInstanceProxies(predicate)))
        for prim in iterator:
            kind = str(prim.GetTypeName())
            path = str(prim.GetPath())
            if path != root and prim.GetName() == PROTOTYPES:
                iterator.PruneChildren()
                continue
            if prim.HasAuthoredReferences() or prim.HasAuthoredPayloads():
                assets.append(path)
            if kind in LIGHT_TYPES:
                lights.append(path)
            elif kind in _IGNORED:
                self.report.ignored(path, _IGNORED[kind])
            if kind == "PointInstancer":
                drawables += self._read_point_instancer(UsdGeom.PointInstancer(prim))
                iterator.PruneChildren()
                continue
            if not prim.IsA(UsdGeom.Gprim):
                continue
            if UsdGeom.Imageable(prim).ComputePurpose() in _UNDRAWN:
                undrawn.append(prim)
                continue
            chain = ancestors(path)
            for index, material in self._meshes_of(prim):
                drawables.append(Drawable(path=path, anchor=path, mesh=index, material=material, chain=chain))
        self._say_what_is_undrawn(undrawn, drawables)
        self._say_what_is_empty(assets, drawables)
        return drawables, lights

    def _say_what_is_undrawn(self, undrawn: list[Usd.Prim], drawables: list[Drawable]) -> None:
        """Note the assets, or prims on top of the stage, all of whose shapes are of the purposes proxy and guide."""
        shown = {path for drawable in drawables for path in drawable.chain} if undrawn else set()
        families = {prim.GetParent().GetPath(): prim for prim in undrawn}  # siblings have the same above them
        for prim in families.values():
            chain = ancestors(str(prim.GetPath()))
            prims = ((path, self.stage.GetPrimAtPath(path)) for path in chain)
            assets = (path for path, p in prims if p.HasAuthoredReferences() or p.HasAuthoredPayloads())
            holder = next(assets, chain[-1])
            if holder not in shown:
                self.report.note(holder, "all that it has is of the purposes proxy or guide, which are not drawn")

    def _say_what_is_empty(self, assets: list[str], drawables: list[Drawable]) -> None:
        """Note the assets that bring nothing: no shape, and none of what is there for something else."""
        shown = {path for drawable in drawables for path in drawable.chain}
        for asset in assets:
            if asset in shown:
                continue
            prims = Usd.PrimRange(self.stage.GetPrimAtPath(asset), Usd.TraverseInstanceProxies(Predicate))
            if not any(prim.GetTypeName() not in _EMPTY for prim in prims):
                text = "nothing of it is drawn: it brings no shape, light, camera or material (overs alone do not)"
                self.report.note(asset, text)

    def _meshes_of(self, prim: Usd.Prim) -> list[tuple[int, str | None]]:
        """Return the meshes of a prim (indices) with their materials; instances of one prototype share theirs."""
        bound = self._bound(prim)
        names = self._names(bound)
        parts, is_moving = self._gprims.parts(prim, self.time, names)
        if is_moving:
            self._moving.add(str(prim.GetPath()))
        out = []
        for number, (index, subset) in enumerate(parts):
            material = bound
            if subset is not None:
                name = subset.rsplit("/", 1)[-1]
                material = self._bound(prim.GetStage().GetPrimAtPath(f"{prim.GetPath()}/{name}")) or bound
                own = self._names(material)
                if own != names:  # the same mesh, with other coordinates or colours
                    index = self._gprims.parts(prim, self.time, own)[0][number][0]
            out.append((index, material))
        return out

    def _names(self, material: str | None) -> Names:
        """Return the primvars that a material asks a mesh for."""
        shading = self.shading(material) if material else None
        return Names() if shading is None else shading.names

    def _bound(self, prim: Usd.Prim) -> str | None:
        """Return the path of the material of a prim; a binding that comes to nothing is reported."""
        bound = bound_material(prim)
        if prim and (broken := unresolved_binding(prim)) is not None:
            self.report.ignored(*broken)
        return bound

    def _read_point_instancer(self, instancer: UsdGeom.PointInstancer) -> list[Drawable]:
        """Return what a point instancer draws: the parts of its prototypes at each instance that is not masked."""
        path = str(instancer.GetPath())
        targets = [str(t) for t in instancer.GetPrototypesRel().GetForwardedTargets()]
        indices = instancer.GetProtoIndicesAttr().Get(self.time) or []
        if not targets or not len(indices):
            self.report.note(path, "it has no prototypes or no protoIndices, so nothing is drawn")
            return []
        if path in self._instancing:
            self.report.ignored(path, "it is among its own prototypes, and is left out there")
            return []
        if _any_moves(instancer.GetPrim().GetAuthoredAttributes()):
            self._moving.add(path)
        matrices = instancer.ComputeInstanceTransformsAtTime(
            self.time, self.time, UsdGeom.PointInstancer.ExcludeProtoXform, UsdGeom.PointInstancer.IgnoreMask
        )
        if len(matrices) != len(indices):
            self.report.ignored(
                path, f"{len(indices)} protoIndices do not fit its positions, orientations or scales: nothing is drawn"
            )
            return []
        mask = instancer.ComputeMaskAtTime(self.time)
        self._instancing.append(path)
        prototypes = {
            k: self._prototype_parts(targets[k]) for k in sorted({int(i) for i in indices}) if 0 <= k < len(targets)
        }
        self._instancing.pop()
        if lost := sum(not 0 <= k < len(targets) for k in indices):
            self.report.ignored(path, f"{lost} of its protoIndices are beyond its {len(targets)} prototypes: left out")
        for k in (k for k, parts in prototypes.items() if not parts):
            self.report.note(f"{path}.prototypes", f"the prototype {targets[k]} has nothing to draw")
        if any(self._moves(root) for root in targets):
            self._moving.add(path)
        drawables = []
        chain = ancestors(path)
        damaged = 0
        for number, (which, matrix) in enumerate(zip(indices, matrices)):
            if mask and not mask[number]:
                continue
            placed = column_matrix(matrix)
            if _fault_of(placed) is not None:
                damaged += 1
                continue
            for part in prototypes.get(int(which), []):
                below = [f"{path}/instance_{number}{name}" for name, _, _ in part.above]
                for copied, (_, source, frame) in zip(below, part.above):
                    self.copies[copied] = Copy(source, path, portable.product(placed, frame))
                drawables.append(
                    Drawable(
                        path=below[0],
                        anchor=path,
                        mesh=part.mesh,
                        material=part.material,
                        chain=(*below, *chain),
                        offset=portable.product(placed, part.offset),
                    )
                )
        if damaged:
            self.report.ignored(path, f"{damaged} of its instances are scaled to nothing or nowhere: left out")
        return drawables

    def _moves(self, root: str) -> bool:
        """Return whether a prototype is drawn otherwise, or its prims stand elsewhere, at another time."""
        below = root.rstrip("/") + "/"
        if any(f"{path}/".startswith(below) for path in self._moving):
            return True
        start = self.stage.GetPrimAtPath(root)
        prims = Usd.PrimRange(start, Usd.TraverseInstanceProxies(_OfPrototypes)) if start else ()
        return any((x := UsdGeom.Xformable(prim)) and x.TransformMightBeTimeVarying() for prim in prims)

    def _prototype_parts(self, root: str) -> list[_Part]:
        prim = self.stage.GetPrimAtPath(root)
        cache = UsdGeom.XformCache(self.time)
        parent = column_matrix(cache.GetParentToWorldTransform(prim)) if prim else np.eye(4)
        if _fault_of(parent) is not None:
            return []  # the prim above that is damaged is reported
        inverse = portable.inverse(parent)

        def frame(path: str) -> Matrix:
            """Return where a prim of the prototype stands beside the prototype's parent."""
            if (copy := self.copies.get(path)) is not None:
                return portable.product(frame(copy.anchor), copy.offset)
            return portable.product(
                inverse, column_matrix(cache.GetLocalToWorldTransform(self.stage.GetPrimAtPath(path)))
            )

        parts = []
        for drawable in self._read(root, _OfPrototypes)[0]:
            offset = portable.product(
                frame(drawable.anchor), drawable.offset if drawable.offset is not None else np.eye(4)
            )
            above = [(p[len(root) :], p, frame(p)) for p in drawable.chain if f"{p}/".startswith(f"{root}/")]
            parts.append(_Part(drawable.mesh, drawable.material, offset, above))
        return parts


class _Part(NamedTuple):
    """A mesh of a prototype, placed in the space of the prototype's parent.

    ``above`` are the prims from it up to the prototype's root: the path below the root, the path, and the place.
    """

    mesh: int
    material: str | None
    offset: Matrix
    above: list[tuple[str, str, Matrix]]


PROTOTYPES = "Prototypes_rendersdg"  # the scope that holds what randomizer.instantiate places


def viewers_below(stage: Usd.Stage, path: str) -> list[Usd.Prim]:
    """Return the cameras and lidars at or below a path, none where nothing is."""
    prim = stage.GetPrimAtPath(path)
    return [p for p in Usd.PrimRange(prim) if p.GetTypeName() in ("Camera", LIDAR)] if prim else []


def is_lidar(stage: Usd.Stage, paths: Iterable[str]) -> bool:
    """Return whether the first camera or lidar at or below paths is a lidar."""
    viewers = (viewer for path in paths for viewer in viewers_below(stage, path))
    first = next(viewers, None)
    return first is not None and first.GetTypeName() == LIDAR


def cameras_below(stage: Usd.Stage, path: str) -> list[Usd.Prim]:
    """Return the UsdGeom.Camera prims at or below a path, none where nothing is."""
    prim = stage.GetPrimAtPath(path)
    return [p for p in Usd.PrimRange(prim) if p.GetTypeName() == "Camera"] if prim else []


@lru_cache(maxsize=1 << 18)
def ancestors(path: str) -> tuple[str, ...]:
    """Return ``path`` and the paths above it, nearest first.

    >>> ancestors("/a/b")
    ('/a/b', '/a')
    """
    chain = []
    while path and path != "/":
        chain.append(path)
        path = path.rsplit("/", 1)[0]
    return tuple(chain)


def _fault_of(matrix: Matrix) -> str | None:
    """Return what is wrong with parent_from_local, None where something may stand so."""
    if not np.isfinite(matrix).all():
        return "its transform holds NaN or infinity"
    if np.abs(matrix).max() > _FARTHEST:
        return f"its transform leads farther than {_FARTHEST:g} units"
    lengths = float(np.prod(portable.norm(matrix[:3, :3], axis=0)))
    if lengths < 1e-30 or abs(portable.determinant(matrix[:3, :3])) < 1e-12 * lengths:
        return "it is scaled to nothing"
    return None


def _any_moves(attributes: Iterable[Usd.Attribute]) -> bool:
    return any(attribute.ValueMightBeTimeVarying() for attribute in attributes)


def bound_material(prim: Usd.Prim) -> str | None:
    """Return the path of the material that USD's binding rules give to ``prim``."""
    if not prim:
        return None
    for purpose in _PURPOSES:
        material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial(purpose)
        if material:
            return str(material.GetPath())
    return None


_PURPOSES = (UsdShade.Tokens.full, UsdShade.Tokens.preview)  # as Omniverse renders; the one for all purposes is in both


def unresolved_binding(prim: Usd.Prim) -> tuple[str, str] | None:
    """Return the target of the nearest material binding at or above ``prim`` where no material is there, and what is
    wrong with it; None where there is no such binding, or it holds.
    """
    while prim and not prim.IsPseudoRoot():
        bindings = [r for r in prim.GetAuthoredRelationships() if r.GetName().startswith("material:binding")]
        asked = [t for r in bindings for t in _asked(r)]
        for target, is_left_out in asked:
            if is_left_out:
                text = "the material lies outside of what the reference brings; a plain surface stands for it"
                return str(target), text
            if not prim.GetStage().GetPrimAtPath(target):
                return str(target), "the material is bound and cannot be resolved; a plain surface stands for it"
        if asked:
            return None
        prim = prim.GetParent()
    return None


def _asked(binding: Usd.Relationship) -> list[tuple[Sdf.Path, bool]]:
    """Return the material that a binding asks for, and whether a reference has left it out: USD drops the targets that
    lie outside of the prim that is referred to.
    """
    targets = binding.GetTargets()
    if targets or not binding.HasAuthoredTargets():
        return [(targets[-1], False)] if targets else []
    for spec in binding.GetPropertyStack(Usd.TimeCode.Default()):
        items = spec.targetPathList
        named = [*items.explicitItems, *items.prependedItems, *items.appendedItems, *items.addedItems]
        if named or items.isExplicit:  # an explicit none unbinds
            return [(named[-1], True)] if named else []
    return []


def bounds_of(placed: Iterable[tuple[Mesh, Matrix]]) -> tuple[Matrix, Matrix] | None:
    """Return the axis-aligned bounds of meshes under their matrices, None when there are none."""
    lows, highs = [], []
    for mesh, matrix in placed:
        points = transform_points(matrix, mesh.vertices)
        lows.append(points.min(0))
        highs.append(points.max(0))
    return (np.min(lows, axis=0), np.max(highs, axis=0)) if lows else None


READS = (
    Reads(
        "Imageable",
        read=names("visibility purpose primvars:displayColor primvars:displayOpacity"),
        idle={"proxyPrim": "it names what may be drawn instead, to be fast"},
        unmet=all_of("guideVisibility proxyVisibility renderVisibility", "visibility by purpose is not read"),
        neutral=dict.fromkeys(("guideVisibility", "proxyVisibility", "renderVisibility"), ("inherited",)),
    ),
    Reads("", idle={"*": "a prim without a type is not drawn"}),
    Reads("Boundable", idle={"extent": "bounds are measured on what is drawn"}),
    Reads(
        "PointInstancer",
        read=names(
            "prototypes protoIndices positions orientations orientationsf scales ids invisibleIds velocities "
            "angularVelocities accelerations"
        ),
    ),
    Reads(
        "*",
        read=names(
            "material:binding material:binding:full material:binding:preview material:binding:physics "
            "material:binding:collection:* collection:*"
        ),
    ),
    Reads("PortalLight", said=_IGNORED["PortalLight"]),
    Reads("GeometryLight", said=_IGNORED["GeometryLight"]),
)
