"""Rigid bodies: what stands on the stage as bodies and colliders, simulated by MuJoCo (extra ``physics``).

A frame's physics is a pure function of its plan: the bodies start where the last firing that placed one of them put
them, and the simulation runs from that frame to this one in fixed steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import Report
from rendersdg.geometry import rotation_part
from rendersdg.graph.plan import Firing, Plan
from rendersdg.stage.assembly import Models, build
from rendersdg.stage.author import Author
from rendersdg.stage.base import ancestors
from rendersdg.stage.compounds import bound, nested
from rendersdg.stage.joints import Bonds, Key
from rendersdg.stage.pieces import convex_pieces, kind_of
from rendersdg.stage.pose import Pose, pose_from_matrix
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.rigid import STEP, Force, RigidWorld, Solid, Touch
from rendersdg.stage.state import Contact, Motion, SceneState

_GRAVITY = 9.81
_ROUNDING = 1e-6  # metres: what is lost when a pose is written to the stage and read again
Touched = Collection[str] | None
Known = dict[tuple[str, int], F8]  # how meshes lie in their bodies, by the body and a number
PARTING_SPEED = Motion().parting_speed
_PLACING = (
    "modify.pose",
    "modify.pose_orbit",
    "modify.pose_camera_relative",
    "randomizer.",
    "create.inputs",
    "physics.",
)


@dataclass(eq=False)
class Simulator:
    """Simulates the bodies of scene states; a run that goes on from the last one asked for is continued."""

    report: Report
    _key: bytes = b""
    _world: RigidWorld | None = None
    _pieces: dict[tuple[int, str, bytes, str], list[F8]] = field(default_factory=dict)

    def settle(self, state: SceneState, plan: Plan, seconds_per_frame: float) -> None:
        """Move the bodies of ``state`` to where they are at the plan's frame."""
        motions = bodies_of(state)
        if not motions:
            return
        start = max((f.frame for f in plan.firings if _places(f, motions)), default=0)
        self.run(state, motions, (plan.frame - max(start, 0)) * seconds_per_frame)

    def run(self, state: SceneState, motions: Mapping[str, Motion], seconds: float) -> None:
        """Simulate for ``seconds`` from where things stand, and move the bodies; joints that have a place to start
        from are there from the beginning.
        """
        bonds = bound(state, motions)
        if seconds <= 0 and not bonds.starts():
            return
        solids = self.solids(state, motions, bonds)
        key = blake2b(b"".join([*(s.key() for s in solids), bonds.key()]), digest_size=16).digest()
        steps = round(seconds / STEP)
        if self._world is None or key != self._key or steps < self._world.steps:
            world = build(solids, gravity_of(state), self.report, bonds)
            if world is None:
                return
            begin(world, self.report)
            self._key, self._world = key, world
        self._world.advance(steps - self._world.steps)
        say_if_astray(self._world, self.report)
        unit = _unit(state)
        moving = [s for s in solids if s.motion is not None]
        worlds = {s.path: state.world(s.path) for s in moving}  # before what holds them moves
        for solid in moving:
            position, rotation = self._world.place(solid.path)
            move(state, solid.path, worlds[solid.path], solid.rotation, position / unit, rotation)

    def solids(
        self, state: SceneState, motions: Mapping[str, Motion], bonds: Bonds, known: Known | None = None
    ) -> list[Solid]:
        """Return the bodies and colliders as they stand; bodies without a shape where ``bonds`` hold them.

        A mesh that has moved in its body by rounding alone lies where ``known``, which is kept up, says.
        """
        solids = []
        for path, motion in sorted(motions.items()):
            solids.append(self.solid(state, path, motion, motions, known))
        for path in sorted(colliders_of(state)):
            if not any(above in motions for above in ancestors(path)):
                solids.append(self.solid(state, path, None, motions, known))
        held = {body for joint in bonds.joints for body in joint.bodies}
        return [s for s in solids if s.pieces or s.path in held]

    def solid(
        self,
        state: SceneState,
        path: str,
        motion: Motion | None,
        motions: Mapping[str, Motion],
        known: Known | None,
    ) -> Solid:
        """Return one body (with a ``motion``) or collider as it stands; see ``solids``."""
        unit = _unit(state)
        world = state.world(path)
        rotation = rotation_part(world)
        origin = world[:3, 3] * unit
        pieces: list[F8] = []
        shapes = (*state.drawables_below(path), *state.guides_below(path))
        for number, (drawable, matrix, chain) in enumerate(shapes):
            if (not state.is_visible(chain) and motion is not None) or not self._collides(state, chain):
                continue
            if next((p for p in chain if p in motions), path) != path:  # the shape of a body below this one
                continue
            inner = portable.product(
                rotation.T, np.concatenate([matrix[:3, :3] * unit, (matrix[:3, 3] * unit - origin)[:, None]], axis=1)
            )
            if known is not None:
                before = known.setdefault((path, number), inner)
                if np.abs(before - inner).max() > _ROUNDING:
                    known[path, number] = inner
                inner = known[path, number]
            kind = kind_of(_approximation(state, chain), is_body=motion is not None)
            own = "" if state.base.is_copy(drawable.path) else drawable.path  # else rounding would depend on others
            key = (state.base.stamps[drawable.mesh], own, np.round(inner, 9).tobytes(), kind)
            if key not in self._pieces:
                mesh = state.base.meshes[drawable.mesh]
                points = portable.product(mesh.vertices.astype(np.float64), inner[:, :3].T) + inner[:, 3]
                self._pieces[key], is_rough = convex_pieces(points, mesh.triangles, kind)
                if is_rough:
                    self.report.note(
                        path, "a collider of very many faces; each connected part collides as its convex hull"
                    )
            pieces += self._pieces[key]
        return Solid(
            path=path,
            pieces=tuple(pieces),
            position=origin,
            rotation=rotation,
            motion=motion,
            contact=contact_of(state, path),
        )

    def _collides(self, state: SceneState, chain: Sequence[str]) -> bool:
        """Return False for what UsdPhysics switches off: a collider that is not enabled."""
        off = state.base.physics_off()
        return not off or not any(path in off for path in chain)


def _approximation(state: SceneState, chain: Sequence[str]) -> str:
    """Return the collision shape that is asked for on a chain of prims, the innermost that says something."""
    for path in chain:
        if path in state.colliders:
            return state.colliders[path]
        authored = state.base.approximation(path)
        if authored:
            return authored
    return "none"


def _places(firing: Firing, motions: Mapping[str, Motion]) -> bool:
    """Return whether a firing puts a body somewhere, or something that holds one."""
    if not firing.node.op.startswith(_PLACING):
        return False
    touched = {*firing.targets, *firing.made}
    return any(a in touched for path in motions for a in ancestors(path))


def bodies_of(state: SceneState) -> dict[str, Motion]:
    """Return the moving bodies by path: those that operations made, and those of UsdPhysics on the stage."""
    bodies = dict(state.motions)
    for path in state.base.physics_paths("RigidBodyAPI"):
        prim = state.base.stage.GetPrimAtPath(path)
        api = UsdPhysics.RigidBodyAPI(prim)
        if (
            path not in bodies
            and api.GetRigidBodyEnabledAttr().Get() is not False
            and not api.GetKinematicEnabledAttr().Get()
        ):
            bodies[path] = _authored(prim, api)
    on_stage = state.base.physics_paths("RigidBodyAPI") if state.placed else ()
    for path, placed in state.placed.items():
        if path not in bodies and placed.prototype in on_stage:
            bodies[path] = Motion()
        if any(body.startswith(placed.prototype + "/") for body in on_stage):
            state.base.report.ignored(
                placed.prototype,
                "bodies below what randomizer.instantiate places are not simulated; create.from_usd's are",
            )
    for path, above in nested(state, bodies).items():
        del bodies[path]
        state.base.report.note(path, f"below the body {above} it is a part of it: its transform is not reset")
    return bodies


def _authored(prim: Usd.Prim, api: UsdPhysics.RigidBodyAPI) -> Motion:
    mass = UsdPhysics.MassAPI(prim)
    unit = Author(prim.GetStage()).meters_per_unit
    kilograms = UsdPhysics.GetStageKilogramsPerUnit(prim.GetStage())

    def vector(attribute: Usd.Attribute, scale: float = 1.0) -> tuple[float, ...]:
        value = attribute.Get() if attribute else None
        return (0.0, 0.0, 0.0) if value is None else tuple(float(v) * scale for v in value)

    def physx(name: str, default: Any) -> Any:
        attribute = prim.GetAttribute(f"physxRigidBody:{name}")
        value = attribute.Get() if attribute else None
        return default if value is None else value

    scale = np.array(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()), np.float64)[:3, :3]
    stretch = portable.norm(scale, axis=1) * unit
    centre = mass.GetCenterOfMassAttr().Get() if mass else None
    inertia = mass.GetDiagonalInertiaAttr().Get() if mass else None
    axes = mass.GetPrincipalAxesAttr().Get() if mass else None
    weight = (mass.GetMassAttr().Get() or None) if mass else None
    density = (mass.GetDensityAttr().Get() or None) if mass else None
    return Motion(
        velocity=vector(api.GetVelocityAttr(), unit),
        angular_velocity=vector(api.GetAngularVelocityAttr()),
        mass=None if weight is None else float(weight) * kilograms,
        density=None if density is None else float(density) * kilograms / (unit * unit * unit),
        linear_damping=float(physx("linearDamping", 0.0)),
        angular_damping=float(physx("angularDamping", 0.0)),
        has_gravity=not physx("disableGravity", False),
        parting_speed=_parting(physx("maxDepenetrationVelocity", None), unit),
        # UsdPhysics: a centre that is not finite, an inertia and axes of nought are left to the shape
        centre=None if centre is None or not np.isfinite(centre).all() else tuple(stretch * np.array(centre)),
        inertia=None
        if inertia is None or not any(inertia)
        else tuple(float(v) * (kilograms * unit * unit) for v in inertia),
        axes=(1.0, 0.0, 0.0, 0.0) if axes is None or not axes.GetLength() else (axes.real, *axes.imaginary),
    )


def _parting(speed: float | None, unit: float) -> float:
    """Return how fast a body may leave what it reaches into, metres a second; 3 where the stage does not say
    (``maxDepenetrationVelocity`` of PhysX's schema).
    """
    return PARTING_SPEED if speed is None or speed < 0 else float(speed) * unit


def contact_of(state: SceneState, path: str) -> Contact:
    """Return how a body or collider meets others: as an operation says,
    else by the physics material bound on the stage.
    """
    if path in state.contacts:
        return state.contacts[path]
    prim = state.base.stage.GetPrimAtPath(path)
    for inner in Usd.PrimRange(prim) if prim else ():
        if not (inner.IsA(UsdGeom.Gprim) or inner.GetPath() == prim.GetPath()):
            continue
        bound = UsdShade.MaterialBindingAPI(inner).ComputeBoundMaterial("physics")[0]
        if bound and bound.GetPrim().HasAPI(UsdPhysics.MaterialAPI):
            api = UsdPhysics.MaterialAPI(bound)
            friction = api.GetDynamicFrictionAttr().Get() or api.GetStaticFrictionAttr().Get() or 0.0
            return Contact(float(friction), float(api.GetRestitutionAttr().Get() or 0.0))
    return Contact()


def gravity_of(state: SceneState) -> F8:
    """Return gravity in metres / s^2: that of the first UsdPhysics scene on the stage, else 9.81 downwards."""
    stage = state.base.stage
    author = Author(stage)
    direction, magnitude = -np.array(author.up_vector), _GRAVITY
    for prim in stage.Traverse():
        if prim.IsA(UsdPhysics.Scene):
            scene = UsdPhysics.Scene(prim)
            authored = np.array(scene.GetGravityDirectionAttr().Get() or (0, 0, 0), float)
            if portable.norm(authored) > 0:  # UsdPhysics: a null vector means the stage's down
                direction = authored / portable.norm(authored)
            strength = scene.GetGravityMagnitudeAttr().Get()
            if strength is not None and strength >= 0:  # and a negative magnitude means the earth's
                magnitude = float(strength) * author.meters_per_unit
            break
    return direction * magnitude


def colliders_of(state: SceneState) -> set[str]:
    """Return the paths of what bodies collide with."""
    return {*state.colliders, *state.base.physics_paths("CollisionAPI")}


def move(state: SceneState, path: str, world: F8, before: F8, position: F8, rotation: F8) -> None:
    """Put a body at a world position (stage units) and turn it from the rotation ``before``, that of its ``world``;
    its scale stays.
    """
    new = np.eye(4)
    new[:3, :3] = portable.product(rotation, before.T, world[:3, :3])
    new[:3, 3] = position
    parent = state.world(path.rsplit("/", 1)[0])
    state.set_pose(path, pose_from_matrix(portable.product(portable.inverse(parent), new)))


def begin(world: RigidWorld, report: Report, known: Collection[Key] = ()) -> None:
    """Put the joints of a new world, but those ``known`` from before, where the stage says that they start."""
    for path in world.begin(known):
        report.ignored(
            f"{path}.state", "the position that a ball starts from is not used: it is where its bodies stand"
        )


def say_if_astray(world: RigidWorld, report: Report) -> None:
    """Report that a simulation came to nothing."""
    if world.is_astray:
        report.ignored(
            "physics",
            "the simulation went astray (a body was thrown to infinity), and the bodies stay where they were a step "
            "before; check sizes, masses, velocities, and joints whose ends lie apart",
        )


def _unit(state: SceneState) -> float:
    return Author(state.base.stage).meters_per_unit


def _same_but_moved(old: list[Solid], new: list[Solid]) -> bool:
    """Return whether two worlds differ at most in where their bodies are and how fast."""

    def kept(solid: Solid) -> tuple[Any, ...]:
        motion = None if solid.motion is None else replace(solid.motion, velocity=(), angular_velocity=())
        place = (solid.position.tobytes(), solid.rotation.tobytes()) if motion is None else ()
        return solid.path, motion, solid.contact, place

    def is_shaped_alike(a: Solid, b: Solid) -> bool:
        return len(a.pieces) == len(b.pieces) and all(
            p is q or np.array_equal(p, q) for p, q in zip(a.pieces, b.pieces)
        )

    return [kept(s) for s in old] == [kept(s) for s in new] and all(map(is_shaped_alike, old, new))


def _edited(touched: Touched, solids: Sequence[Solid], state: SceneState) -> set[str] | None:
    """Return the paths of the ``solids`` that were moved or pushed; None where more than that may have happened."""
    if touched is None or state.motions or state.contacts or state.colliders or state.placed:
        return None
    paths = {s.path for s in solids}

    def concerned(path: str) -> list[str]:
        at = [p for p in ancestors(path) if p in paths]  # the path itself, too
        below = path.rstrip("/") + "/"
        return at or [p for p in paths if p.startswith(below)]

    if any(concerned(path) for path in (*state.poses, *state.visible)):
        return None
    edited: set[str] = set()
    for prim, _, name in (path.partition(".") for path in touched):
        found = concerned(prim)
        is_simple = name.startswith("xformOp") or name in ("physics:velocity", "physics:angularVelocity")
        if not is_simple and (found or name.startswith("phys")):
            return None
        edited.update(found)
    return edited


@dataclass(eq=False)
class LiveSimulation:
    """Bodies of a stage that a script edits while they move: each step goes on from where things are.

    A body that was put elsewhere keeps its speed, unless the speed on the stage is another than it had: as in PhysX.
    ``touched`` names the properties that something other than this changed since the last step; None: any may have.
    """

    _world: RigidWorld | None = None
    _asked: RigidWorld | None = None
    _is_asked_behind: bool = False  # the world that moves was built anew since
    _asked_of: tuple[list[Solid], Bonds] = field(default_factory=lambda: ([], Bonds()))
    _known: Known = field(default_factory=dict)
    _solids: list[Solid] = field(default_factory=list)
    _placed: dict[str, tuple[F8, F8]] = field(default_factory=dict)
    _gravity: F8 = field(default_factory=lambda: np.zeros(3))
    _bodies: frozenset[str] = frozenset()
    _models: Models = field(default_factory=Models)
    _left: float = 0.0
    _bonds: Bonds = field(default_factory=Bonds)
    _commands: dict[Key, dict[str, float]] = field(default_factory=dict)
    efforts: dict[Key, float] = field(default_factory=dict)  # newtons or newton metres on joints, in the next step
    _met: set[tuple[str, str]] = field(default_factory=set)  # pairs, in the last step
    met_before: set[tuple[str, str]] = field(default_factory=set)  # and in the one before

    def advance(
        self, simulator: Simulator, state: SceneState, seconds: float, *, touched: Touched, forces: Sequence[Force] = ()
    ) -> dict[str, Pose]:
        """Simulate, under ``forces``, and return the new poses by path.

        ``simulator`` is the one of the reading of the stage that ``state`` is of: meshes go by their numbers there.
        """
        if not self._catch_up(simulator, state, touched):
            return {}
        world = self._present()
        self._left += seconds
        steps = round(self._left / STEP)
        self._left -= steps * STEP
        world.advance(steps, forces, self.efforts)
        say_if_astray(world, simulator.report)
        self.efforts.clear()
        self.met_before, self._met = self._met, world.met()
        return self._poses(state, touched)

    def bend(
        self,
        simulator: Simulator,
        state: SceneState,
        positions: Mapping[Key, float],
        speeds: Mapping[Key, float],
        *,
        touched: Touched,
    ) -> dict[str, Pose]:
        """Put joints at positions, give them speeds (metres or radians), and return the new poses of the bodies."""
        if not self._catch_up(simulator, state, touched):
            return {}
        for key, value in positions.items():
            self._present().set_joint(key, value)
        for key, value in speeds.items():
            self._present().set_joint_speed(key, value)
        return self._poses(state, touched)

    def joined(self, simulator: Simulator, state: SceneState, *, touched: Touched) -> RigidWorld | None:
        """Return the world as it is, to ask how its joints stand; None without bodies or MuJoCo."""
        return self._present() if self._catch_up(simulator, state, touched) else None

    def command(self, key: Key, **changes: float) -> None:
        """Drive a freedom from now on as ``changes`` to its drive on the stage say (see ``joints.Drive``)."""
        self._commands[key] = {**self._commands.get(key, {}), **changes}
        if self._world is not None:
            self._drive(self._world, key)

    def commanded(self, key: Key) -> dict[str, float]:
        """Return what ``command`` changed of a drive."""
        return self._commands.get(key, {})

    def _drive(self, world: RigidWorld, key: Key) -> None:
        drive = self._bonds.drives().get(key)
        if drive is not None:
            world.drive(key, replace(drive, **self._commands.get(key, {})))  # type: ignore[arg-type]

    @property
    def world(self) -> RigidWorld | None:
        """The world as it was last simulated, None before."""
        return self._world

    def _present(self) -> RigidWorld:
        assert self._world is not None
        return self._world

    def _catch_up(self, simulator: Simulator, state: SceneState, touched: Touched) -> bool:
        """Take in what was edited on the stage; False where nothing can be simulated."""
        if self._world is not None and touched is not None and not touched:
            return True
        read = self._read_partly(simulator, state, touched)
        if self._world is not None and read is not None:
            self._follow(self._world, *read)
            return True
        motions = {p: m for p, m in bodies_of(state).items() if p not in state.placed}
        if not motions:
            return False
        self._bodies = frozenset(motions)
        bonds = bound(state, motions)
        solids, gravity = simulator.solids(state, motions, bonds, self._known), gravity_of(state)
        if (
            self._world is not None
            and _same_but_moved(self._solids, solids)
            and (gravity == self._gravity).all()
            and self._bonds.is_driven_otherwise(bonds)
        ):
            self._follow(self._world, solids, self._bodies)
            drives, starts, self._bonds = self._bonds.drives(), self._bonds.starts(), bonds
            for key, start in bonds.starts().items():
                if start != starts.get(key):
                    self._world.set_joint(key, start)
            for key, drive in bonds.drives().items():
                if drive != drives[key]:
                    self._drive(self._world, key)
            return True
        world = build(solids, gravity, simulator.report, bonds, self._models)
        if world is None:
            return False
        self._is_asked_behind = True
        for solid in solids:
            if solid.motion is not None and self._keeps_speed(solid.path, solid.motion):
                world.take_speed(self._present(), solid.path)
        begin(world, simulator.report, self._world.known_ways() if self._world is not None else ())
        self._placed.update({s.path: (s.position, s.rotation) for s in solids if s.motion is not None})
        self._world, self._solids, self._gravity, self._bonds = world, solids, gravity, bonds
        for key in self._commands:
            self._drive(world, key)
        return True

    def _read_partly(
        self, simulator: Simulator, state: SceneState, touched: Touched
    ) -> tuple[list[Solid], set[str]] | None:
        """Return the solids as they stand, and which of them were edited, where bodies were moved and pushed alone.

        The motion of one that was not is the one that it was built with. None where more has to be read.
        """
        if self._world is None or self._bonds != Bonds():
            return None
        edited = _edited(touched, self._solids, state)
        if edited is None:
            return None
        unit, solids = _unit(state), []
        bodies = dict.fromkeys(self._bodies, Motion())
        for solid in self._solids:
            if solid.path in edited:
                prim = state.base.stage.GetPrimAtPath(solid.path)
                motion = None if solid.motion is None else _authored(prim, UsdPhysics.RigidBodyAPI(prim))
                solids.append(simulator.solid(state, solid.path, motion, bodies, self._known))
            elif solid.motion is not None:
                world = state.world(solid.path)
                solids.append(replace(solid, position=world[:3, 3] * unit, rotation=rotation_part(world)))
            else:
                solids.append(solid)
        return (solids, edited) if _same_but_moved(self._solids, solids) else None

    def _poses(self, state: SceneState, touched: Touched) -> dict[str, Pose]:
        """Move the bodies of a state to where they are in the world, and return their poses by path."""
        unit = _unit(state)
        moving = [s for s in self._solids if s.motion is not None]
        worlds = {s.path: state.world(s.path) for s in moving}  # before what holds them moves
        places = self._present().places([s.path for s in moving])
        is_edited = touched is None or bool(touched)
        poses = {}
        for solid in moving:
            position, rotation = places[solid.path]
            moved = None if is_edited else self._placed.get(solid.path)
            before = solid.rotation if moved is None else moved[1]
            move(state, solid.path, worlds[solid.path], before, position / unit, rotation)
            self._placed[solid.path] = (position, rotation)
            poses[solid.path] = state.pose(solid.path)
        return poses

    def touches(self) -> list[Touch]:
        """Return the points where solids met in the last step."""
        return [] if self._world is None else self._world.touches()

    def _follow(self, world: RigidWorld, solids: list[Solid], edited: Collection[str]) -> None:
        """Put and push the bodies, of the ``edited`` ones, that were put elsewhere or given another speed."""
        moving = {s.path: s for s in solids if s.motion is not None}
        for solid in (moving[path] for path in world.in_order() if path in edited):
            assert solid.motion is not None
            if not self._keeps_speed(solid.path, solid.motion):
                world.push(solid)
            position, rotation = self._placed[solid.path]
            if not (
                np.allclose(position, solid.position, atol=1e-6) and np.allclose(rotation, solid.rotation, atol=1e-6)
            ):
                world.put(solid.path, solid.position, solid.rotation)
        self._solids = solids

    def _keeps_speed(self, path: str, motion: Motion) -> bool:
        """Return whether a body has the speed that it was last said to have, as far as the stage's floats tell."""
        if self._world is None or not self._world.has(path):
            return False
        velocity, spin = self._world.speed(path)
        return np.allclose(motion.velocity, velocity, rtol=1e-5, atol=1e-5) and np.allclose(
            motion.angular_velocity, spin, rtol=1e-5, atol=1e-3
        )

    def speeds(self, unit: float) -> dict[str, tuple[F8, F8]]:
        """Return velocity (stage units a second) and spin (degrees a second) of the bodies by path."""
        if self._world is None:
            return {}
        speeds = self._world.speeds([s.path for s in self._solids if s.motion is not None])
        return {path: (velocity / unit, spin) for path, (velocity, spin) in speeds.items()}

    def asked(self, simulator: Simulator, state: SceneState, *, touched: Touched) -> RigidWorld | None:
        """Return a world to ask what lies where, with everything at its present place; None without MuJoCo."""
        if self._asked is None or touched is None or touched or self._is_asked_behind:
            read = self._read_partly(simulator, state, touched)
            motions = {} if read is not None else bodies_of(state)
            bonds = bound(state, motions) if read is None else self._bonds
            solids = read[0] if read is not None else simulator.solids(state, motions, bonds, self._known)
            self._is_asked_behind = False
            old, held = self._asked_of
            if self._asked is None or not (_same_but_moved(old, solids) and held.is_driven_otherwise(bonds)):
                self._asked = build(solids, gravity_of(state), simulator.report, bonds, self._models)
            self._asked_of = solids, bonds
            places = {s.path: (s.position, s.rotation) for s in solids if s.motion is not None}
        else:
            places = self._placed
        if self._asked is not None:
            self._asked.put_all(places)
        return self._asked


_PHYSX = "bodies are simulated by MuJoCo, with numbers of its own"
READS = (
    Reads(
        "*",
        read=names(
            "physics:rigidBodyEnabled physics:kinematicEnabled physics:velocity physics:angularVelocity "
            "physics:collisionEnabled physics:approximation physics:centerOfMass physics:diagonalInertia "
            "physics:principalAxes physics:mass physics:density physics:dynamicFriction physics:staticFriction "
            "physics:restitution physxRigidBody:linearDamping physxRigidBody:angularDamping "
            "physxRigidBody:disableGravity physxRigidBody:maxDepenetrationVelocity"
        ),
        idle={"physics:simulationOwner": "there is one simulation"},
        unmet={
            "physics:startsAsleep": "a body moves when something acts on it",
            **all_of(
                "physxRigidBody:* physxCollision:* physxMaterial:* physxScene:* physxConvexHullCollision:* "
                "physxConvexDecompositionCollision:* physxTriangleMeshCollision:* physxSDFMeshCollision:* "
                "physxCookedData:* physxContactReport:*",
                _PHYSX,
            ),
        },
    ),
    Reads(
        "PhysicsScene",
        read=names("physics:gravityDirection physics:gravityMagnitude"),
        idle={"physxScene:timeStepsPerSecond": "a script's time passes in such steps; settling has its own"},
    ),
    Reads("PhysicsCollisionGroup", whole="every collider meets every other that it is not said to pass"),
)
