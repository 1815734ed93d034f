"""The scene while a plan acts on it: the base, and the opinions of the operations over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.assets.surfaces import Surface
from rendersdg.defects import Kind
from rendersdg.geometry import Matrix
from rendersdg.snapshot import Semantics
from rendersdg.stage.base import BaseScene, Drawable, ancestors, bounds_of
from rendersdg.stage.levels import Levels
from rendersdg.stage.named_points import Marks
from rendersdg.stage.pose import Pose, matrices_of
from rendersdg.streams import Source

_FEW = 8  # prims that are placed one by one as quickly


class Look(NamedTuple):
    """A material put on a prim: an existing one by ``path``, or inputs of a plain OmniPBR surface of its own.

    ``surface`` is a procedural one (``assets.surfaces``), painted from ``source``.
    """

    path: str | None = None
    inputs: tuple[tuple[str, object], ...] = ()
    surface: Surface | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Placed:
    """A prim that exists only in this frame: an instance of ``prototype`` (a prim path of the base)."""

    prototype: str
    semantics: Semantics
    mode: str


@dataclass(frozen=True)
class Motion:
    """How a rigid body starts and moves: metres a second, degrees a second, kilograms (None: by ``density``, kg / m^3).

    The dampings are PhysX's: the share of speed lost a second. ``has_gravity`` False lets a body float.
    ``parting_speed``: how fast, metres a second, it leaves what it reaches into, at most (PhysX's
    ``maxDepenetrationVelocity``, 3 in its schema). ``centre`` of mass (metres) and ``inertia`` (kg m^2, about
    ``axes``, a quaternion w x y z) are in its own frame; None: by its shape.
    """

    velocity: tuple[float, ...] = (0.0, 0.0, 0.0)
    angular_velocity: tuple[float, ...] = (0.0, 0.0, 0.0)
    mass: float | None = None
    density: float | None = None
    linear_damping: float = 0.0
    angular_damping: float = 0.0
    has_gravity: bool = True
    parting_speed: float = 3.0
    centre: tuple[float, ...] | None = None
    inertia: tuple[float, ...] | None = None
    axes: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Contact:
    """How a body or collider meets others: coefficients of friction and of restitution (0: no bounce, 1: all of it)."""

    friction: float = 0.5
    restitution: float = 0.0


@dataclass(frozen=True, eq=False)
class Spot:
    """Where a defect is to stand: ``where`` surface, edges, curved or flat,
    or nearest to ``position`` (3,), stage units.

    It runs along ``direction`` (3,), world, turned by ``angle`` degrees; any way when both are None. Those of one call
    keep ``apart`` mm from each other and within ``cluster`` mm of the first; ``edge_distance`` is mm from an edge.
    ``in_view`` keeps to what the first camera sees, ``feature`` track or clear to a board's tracks or off them.
    """

    where: str = "surface"
    position: F8 | None = None
    direction: F8 | None = None
    angle: float | None = None
    apart: float | None = None
    cluster: float | None = None
    edge_distance: float | None = None
    in_view: bool = False
    feature: str | None = None


@dataclass(frozen=True, eq=False)
class DefectSpec:
    """A defect before it has a place: its kind with its parameters, the prims that may carry it, where it is to stand,
    how it is labelled, and the stream that places and paints it. ``group`` names the call that it belongs to;
    ``margin`` is pixels around its boxes.
    """

    name: str
    kind: Kind
    hosts: tuple[str, ...]
    spot: Spot
    labels: str
    is_whole: bool
    margin: int
    source: Source
    group: str
    displace: bool = False


@dataclass(frozen=True)
class Removal:
    """What makes the label of a part that is missing: the defect's prim, all of it or what differs,
    pixels around its box.
    """

    defect: str
    is_whole: bool
    margin: int


@dataclass(frozen=True, eq=False)
class Projection:
    """A projected material: what the ``proxy`` prim throws onto the ``hosts``. ``textures`` by role: diffuse, normal,
    roughness, metallic; ``material`` one on the stage that gives those which are not there."""

    proxy: str
    hosts: tuple[str, ...]
    source: Source
    textures: dict[str, str] = field(default_factory=dict)
    material: str | None = None


@dataclass(eq=False)
class SceneState:
    """Opinions by prim path; what has none keeps its base value. Made anew for each frame, so nothing leaks."""

    base: BaseScene
    poses: dict[str, Pose] = field(default_factory=dict)
    visible: dict[str, bool] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    semantics_of: dict[str, Semantics] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Any] = field(default_factory=dict)
    attribute_types: dict[tuple[str, str], str] = field(default_factory=dict)
    variants: dict[tuple[str, str], str] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    motions: dict[str, Motion] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    colliders: dict[str, str] = field(default_factory=dict)  # and the shape that stands for each
    defects: dict[str, DefectSpec] = field(default_factory=dict)
    missing: dict[str, Removal] = field(default_factory=dict)
    projections: dict[str, Projection] = field(default_factory=dict)
    keypoints: dict[str, Marks] = field(default_factory=dict)
    sensors: dict[str, dict[str, Any]] = field(default_factory=dict)
    lenses: dict[str, dict[str, float]] = field(default_factory=dict)
    depth_sensors: dict[str, dict[str, Any]] = field(default_factory=dict)
    _worlds: dict[str, Matrix] = field(default_factory=dict)
    _above: set[str] = field(default_factory=set)  # paths below which a prim was given a pose
    _placed: tuple[Levels, F8] | None = None  # what :meth:`worlds_of` returned last

    def pose(self, path: str) -> Pose:
        """Return the pose of a prim as things stand."""
        pose = self.poses.get(path)
        if pose is None:
            pose = Pose() if path in self.placed else self.base.pose(path)
        return pose

    def set_pose(self, path: str, pose: Pose) -> None:
        """Give a prim a pose."""
        self._above.update(ancestors(path)[1:] if path not in self.poses else ())
        self.poses[path] = pose
        self._worlds.clear()
        self._placed = None

    def set_poses(self, poses: Iterable[tuple[str, Pose]]) -> None:
        """Give prims a pose each."""
        given = dict(poses)
        for path in given.keys() - self.poses.keys():
            self._above.update(ancestors(path)[1:])
        self.poses.update(given)
        self._worlds.clear()
        self._placed = None

    def has_posed_below(self, path: str) -> bool:
        """Return whether something below a prim, other than itself, was given a pose."""
        return path in self._above

    def world(self, path: str) -> Matrix:
        """Return world_from_local of a prim in stage units, as things stand."""
        world = self._worlds.get(path)
        if world is None:
            if not any(p in self.poses or p in self.placed for p in ancestors(path)):
                world = self.base.world(path)
            else:
                posed = self.poses.get(path)
                if posed is not None:
                    local, resets = posed.matrix(), False
                elif path in self.placed:
                    local, resets = np.eye(4), False
                else:
                    local, resets = self.base.local(path)
                world = local if resets else portable.product(self.world(path.rsplit("/", 1)[0]), local)
            self._worlds[path] = world
        return world

    def worlds_of(self, levels: Levels) -> F8:
        """Return :meth:`world` of all prims of ``levels``, (P, 4, 4), a level at once from the stage's top down."""
        if self._placed is not None and self._placed[0] is levels:
            return self._placed[1]
        paths = levels.paths
        poses = [self.poses.get(path) for path in paths]
        is_set = np.array([pose is not None for pose in poses], bool)
        is_posed = is_set.copy()
        if self.placed:
            is_set |= np.array([path in self.placed for path in paths], bool)
        moved = is_set.copy()
        for part in levels.parts()[1:]:
            moved[part] |= moved[levels.above[part]]
        locals_, stands = self.base.locals_of(levels, moved & ~is_set)
        if is_posed.any():
            locals_[is_posed] = matrices_of([pose for pose in poses if pose is not None])
        worlds = np.empty((len(paths), 4, 4))
        worlds[~moved] = self.base.worlds_of(levels, ~moved)
        for part in levels.parts():
            part = part[moved[part]]
            if not len(part):
                continue
            above = levels.above[part]
            parents = np.where((above < 0)[:, None, None], np.eye(4), worlds[above])
            alone = stands[part, None, None]
            worlds[part] = np.where(alone, locals_[part], portable.product(parents, locals_[part]))
        self._worlds.update(zip(paths, worlds))
        self._placed = levels, worlds
        return worlds

    def frame(self, path: str) -> Matrix:
        """Return :meth:`world` of a prim, also of one that only an instance has: below what was placed, or of a point
        instancer.
        """
        if (copy := self.base.copies.get(path)) is not None:
            return portable.product(self.frame(copy.anchor), copy.offset)
        if not self.placed:
            return self.world(path)
        holder = next((p for p in ancestors(path) if p in self.placed), path)
        if holder == path or self.base.stage.GetPrimAtPath(path):
            return self.world(path)
        prototype = self.placed[holder].prototype
        inverse = portable.inverse(self.base.world(prototype))
        return portable.product(self.world(holder), inverse, self._authored(prototype + path[len(holder) :]))

    def _authored(self, path: str) -> Matrix:
        """Return :meth:`frame` of a prim as authored."""
        copy = self.base.copies.get(path)
        return self.base.world(path) if copy is None else portable.product(self._authored(copy.anchor), copy.offset)

    def semantics(self, path: str) -> Semantics:
        """Return the labels on a prim itself, as things stand; those of a point instance are its prototype's."""
        labels = self.semantics_of.get(path)
        if labels is not None:
            return labels
        if (copy := self.base.copies.get(path)) is not None:
            return self.semantics(copy.source)
        if not self.placed:
            return self.base.semantics(path)
        holder = next((p for p in ancestors(path) if p in self.placed), None)
        if holder is None:
            return self.base.semantics(path)
        placed, below = self.placed[holder], path[len(holder) :]
        if below:  # the labels of the asset as a whole are the instance's, unless that was given others
            return () if below in self.base.roots(placed.prototype) else self.semantics(placed.prototype + below)
        own = (self.semantics(placed.prototype + root) for root in self.base.roots(placed.prototype))
        return placed.semantics or next(filter(None, own), ())

    def is_visible(self, chain: tuple[str, ...]) -> bool:
        """Return whether nothing in a chain of ancestors is hidden."""
        for path in chain:
            shown = self.visible.get(path)
            if not (self.base.is_visible(path, is_posed=path in self.poses) if shown is None else shown):
                return False
        return True

    def drawables_below(self, path: str) -> list[tuple[Drawable, Matrix, tuple[str, ...]]]:
        """Return (drawable, world_from_mesh, chain) of what is drawn at or below ``path``; visibility is not judged."""
        if path in self.placed:
            prototype = self.placed[path].prototype
            inverse = portable.inverse(self.base.world(prototype))
            world = self.world(path)
            out = []
            for d in self.base.drawables(prototype):
                relative = portable.product(inverse, self.base.world(d.anchor))
                if d.offset is not None:
                    relative = portable.product(relative, d.offset)
                chain = (
                    *(path + p[len(prototype) :] for p in d.chain if p.startswith(prototype)),
                    *ancestors(path)[1:],
                )
                out.append((d, portable.product(world, relative), chain))
            return out
        out = []
        drawables = self.base.drawables(path)
        if len(drawables) > _FEW:
            levels = self.base.levels(path)
            worlds = levels.of_drawables(self.worlds_of(levels))
            return [(d, world, d.chain) for d, world in zip(drawables, worlds)]
        for d in drawables:
            world = self.world(d.anchor)
            out.append((d, portable.product(world, d.offset) if d.offset is not None else world, d.chain))
        return out

    def guides_below(self, path: str) -> list[tuple[Drawable, Matrix, tuple[str, ...]]]:
        """Return the same of what collides at or below ``path`` and is not drawn."""
        return [(d, self.world(d.anchor), d.chain) for d in self.base.guides(path)]

    def bounds(self, path: str) -> tuple[Matrix, Matrix] | None:
        """Return the world axis-aligned bounds (stage units) of what is drawn at or below ``path``;
        None when nothing.
        """
        return bounds_of((self.base.meshes[d.mesh], world) for d, world, _ in self.drawables_below(path))
