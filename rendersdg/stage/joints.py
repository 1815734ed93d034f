"""Joints of UsdPhysics as the stage has them: what each binds, where, what it leaves free, and what drives it.

Lengths are metres, angles radians, forces newtons, whatever the stage's units are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from math import inf, pi, radians

import numpy as np
from pxr import Gf, Usd, UsdPhysics

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import Report
from rendersdg.geometry import rotation_part
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.author import Author
from rendersdg.stage.base import ancestors
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.state import SceneState

Key = tuple[str, str]  # a joint's path, and which of its freedoms: angular, linear, transX, ..., rotZ
_AXES = "XYZ"
_KNOWN = {
    "PhysicsFixedJoint": "fixed",
    "PhysicsRevoluteJoint": "revolute",
    "PhysicsPrismaticJoint": "prismatic",
    "PhysicsSphericalJoint": "spherical",
    "PhysicsDistanceJoint": "distance",
    "PhysicsJoint": "free",
}
_OF_DRIVES = ("type", "stiffness", "damping", "targetPosition", "targetVelocity", "maxForce")
_NEVER = 1e20  # a force or torque above it breaks no joint; exporters write the largest float, too
_MOST_SPEED = 1e5  # degrees or metres a second: a limit of speed above it is none (PhysX's default is 1e6)


@dataclass(frozen=True)
class Drive:
    """A spring and a damper on a freedom: ``stiffness (target - q) + damping (speed - q')``, at most ``force``.

    N / m and N s / m, or N m / rad and N m s / rad. ``by_mass``: both are multiplied by the inertia that the freedom
    moves (UsdPhysics' type ``acceleration``).
    """

    stiffness: float = 0.0
    damping: float = 0.0
    target: float = 0.0
    speed: float = 0.0
    force: float = inf
    by_mass: bool = False


@dataclass(frozen=True)
class Freedom:
    """A way that a joint can move: along or about ``axis`` (0, 1, 2) of its frame, from ``low`` to ``high``."""

    name: str
    is_slide: bool
    axis: int
    low: float = -inf
    high: float = inf
    drive: Drive = Drive()
    speed: float = 0.0  # at the start
    start: float | None = None  # where it is at the start; None: where the bodies stand


@dataclass(frozen=True)
class Mimic:
    """A freedom of a joint that follows another one: ``q = ratio other + offset``, metres or radians."""

    name: str
    other: Key
    ratio: float
    offset: float


@dataclass(frozen=True, eq=False)
class Joint:
    """What binds two bodies. ``bodies`` are paths of moving bodies, None is the world; ``frames`` the joint's (4, 4)
    rigid frame in each of them, metres.

    ``cone``: how far, radians, a ball's ``cone_axis`` may lean. ``reach``: the distances allowed to a distance joint,
    which a ``spring`` (N / m and N s / m) holds beyond them, where there is one.
    ``holders`` are the prims that were named. ``closes_loop``: it is not to be part of the tree of an articulation.
    """

    path: str
    kind: str
    bodies: tuple[str | None, str | None]
    frames: tuple[F8, F8]
    freedoms: tuple[Freedom, ...] = ()
    cone: float | None = None
    cone_axis: int = 0
    reach: tuple[float, float] | None = None
    spring: tuple[float, float] | None = None
    mimics: tuple[Mimic, ...] = ()
    friction: float = 0.0
    armature: float = 0.0
    fastest: float = inf
    collides: bool = False
    closes_loop: bool = False
    holders: tuple[str, ...] = field(default_factory=tuple)

    def key(self) -> bytes:
        """Return bytes that differ when anything does."""
        return repr(self._without_frames()).encode() + b"".join(f.tobytes() for f in self.frames)

    def _without_frames(self) -> Joint:
        return replace(self, frames=())  # type: ignore[arg-type]

    def is_driven_otherwise(self, other: Joint) -> bool:
        """Return whether two joints differ at most in how they are driven, and in the noise of frames."""
        one, two = (replace(j._without_frames(), freedoms=_undriven(j.freedoms)) for j in (self, other))
        return repr(one) == repr(two) and all(np.allclose(a, b, atol=1e-5) for a, b in zip(self.frames, other.frames))


@dataclass(frozen=True)
class Bonds:
    """All that binds the bodies of a scene: joints, pairs that pass through each other, the bodies that articulations
    begin with.
    """

    joints: tuple[Joint, ...] = ()
    passing: tuple[tuple[str, str], ...] = ()
    roots: tuple[str, ...] = ()

    def key(self) -> bytes:
        """Return bytes that differ when anything does."""
        rest = repr((self.passing, self.roots)).encode() if self.joints or self.passing else b""
        return b"".join(j.key() for j in self.joints) + rest

    def is_driven_otherwise(self, other: Bonds) -> bool:
        """Return whether two differ at most in how joints are driven."""
        alike = (self.passing, self.roots, len(self.joints)) == (other.passing, other.roots, len(other.joints))
        return alike and all(a.is_driven_otherwise(b) for a, b in zip(self.joints, other.joints))

    def starts(self) -> dict[Key, float]:
        """Return where freedoms are at the start, where the stage says so."""
        ways = [(joint.path, way) for joint in self.joints for way in joint.freedoms]
        return {(path, way.name): way.start for path, way in ways if way.start is not None}

    def drives(self) -> dict[Key, Drive]:
        """Return how each freedom is driven."""
        return {(joint.path, way.name): way.drive for joint in self.joints for way in joint.freedoms}


def _undriven(ways: Sequence[Freedom]) -> tuple[Freedom, ...]:
    return tuple(replace(way, drive=Drive(), speed=0.0, start=None) for way in ways)


def bonds_of(state: SceneState, bodies: Collection[str]) -> Bonds:
    """Return what binds the moving ``bodies`` of a scene; what is not simulated is reported."""
    paths = state.base.joints()
    filtered = state.base.physics_paths("FilteredPairsAPI")
    if not paths and not filtered:
        return Bonds()
    stage = state.base.stage
    roots = _roots(state, bodies)
    joints = []
    for path in paths:
        prim = stage.GetPrimAtPath(path)
        if Attributes(state, prim).get("physics:jointEnabled", True) is False:
            continue
        kind = _KNOWN.get(str(prim.GetTypeName()))
        if kind is None:
            state.base.report.ignored(path, f"a joint of type {prim.GetTypeName()} is not simulated")
            continue
        joint = _read(state, UsdPhysics.Joint(prim), kind, bodies, roots)
        if joint is not None:
            joints.append(joint)
    return Bonds(tuple(joints), tuple(_passing(state, bodies, filtered)), tuple(sorted(roots)))


def _roots(state: SceneState, bodies: Collection[str]) -> set[str]:
    """Return the prims that have UsdPhysics' ``ArticulationRootAPI``."""
    return set(state.base.physics_paths("ArticulationRootAPI"))


def _passing(state: SceneState, bodies: Collection[str], filtered: Collection[str]) -> list[tuple[str, str]]:
    """Return the pairs of prims that do not collide: filtered ones, and those of articulations that do not with
    themselves.
    """
    stage, pairs = state.base.stage, []
    for path in sorted(filtered):
        targets = UsdPhysics.FilteredPairsAPI(stage.GetPrimAtPath(path)).GetFilteredPairsRel().GetForwardedTargets()
        pairs += [(path, str(target)) for target in targets]
    for root in sorted(state.base.physics_paths("ArticulationRootAPI")):
        attribute = stage.GetPrimAtPath(root).GetAttribute("physxArticulation:enabledSelfCollisions")
        if attribute and attribute.Get() is False:
            holder = root if any(b.startswith(root + "/") for b in bodies) else root.rsplit("/", 1)[0]
            members = sorted(b for b in bodies if b.startswith(holder + "/"))
            pairs += [(a, b) for k, a in enumerate(members) for b in members[:k]]
    return pairs


def _read(
    state: SceneState, joint: UsdPhysics.Joint, kind: str, bodies: Collection[str], roots: set[str]
) -> Joint | None:
    """Return a joint in metres and radians; None where it binds no moving body."""
    prim, report = joint.GetPrim(), state.base.report
    said = Attributes(state, prim)
    path = str(prim.GetPath())
    targets = [_target(state, report, path, rel) for rel in (joint.GetBody0Rel(), joint.GetBody1Rel())]
    held = [next((a for a in ancestors(t) if a in bodies), None) if t else None for t in targets]
    if held[0] == held[1]:
        return None
    places = (
        (joint.GetLocalPos0Attr(), joint.GetLocalRot0Attr()),
        (joint.GetLocalPos1Attr(), joint.GetLocalRot1Attr()),
    )
    frames = [
        _frame(state, target, body, position.Get(), rotation.Get())
        for target, body, (position, rotation) in zip(targets, held, places)
    ]
    if kind == "fixed" and None in held and _begins(path, roots - set(bodies)):
        # the base of an articulation stays where its asset was put. Where the articulation is said to begin with the
        # body itself, and so floats, this is a joint like any other: PhysX drags the body to the joint's frame.
        moving = held[0] if held[0] is not None else held[1]
        assert moving is not None
        index = held.index(moving)
        frames[1 - index] = portable.product(rigid_frame(state, moving), frames[index])
    if any(said.number(f"physics:break{n}", inf) < _NEVER for n in ("Force", "Torque")):
        report.note(path, "the joint does not break: breakForce and breakTorque are not simulated")
    _say_of_limits(prim, said, report)
    unit = Author(prim.GetStage()).meters_per_unit
    cone, cone_axis, reach = None, 0, None
    if kind == "spherical":
        cone_axis = _AXES.index(str(said.get("physics:axis", "X")))
        cone = _cone(said, report)
    if kind == "distance":
        low, high = (said.number(f"physics:{n}Distance", -1.0) for n in ("min", "max"))
        reach = (low * unit if low >= 0 else 0.0, high * unit if high >= 0 else inf)
    spring = _spring(said, UsdPhysics.GetStageKilogramsPerUnit(prim.GetStage())) if kind == "distance" else None
    ways = _freedoms(prim, said, kind, unit)
    turns = not any(f.is_slide for f in ways)
    kilograms = UsdPhysics.GetStageKilogramsPerUnit(prim.GetStage())
    inertia = kilograms * (unit * unit if turns else 1.0)  # in kg m^2 or kg
    fastest = said.number("physxJoint:maxJointVelocity", inf)
    return Joint(
        path=path,
        kind=kind,
        bodies=(held[0], held[1]),
        frames=(frames[0], frames[1]),
        freedoms=ways,
        cone=cone,
        cone_axis=cone_axis,
        reach=reach,
        spring=spring,
        mimics=_mimics(state, prim, said, ways),
        friction=max(said.number("physxJoint:jointFriction", 0.0), 0.0) * inertia * (1.0 if turns else unit),
        armature=max(said.number("physxJoint:armature", 0.0), 0.0) * inertia,
        fastest=inf if fastest > _MOST_SPEED or fastest <= 0 else radians(fastest) if turns else fastest * unit,
        collides=bool(said.get("physics:collisionEnabled", False)),
        closes_loop=bool(said.get("physics:excludeFromArticulation", False)),
        holders=tuple(t for t in targets if t),
    )


def _begins(path: str, roots: Collection[str]) -> bool:
    """Return whether an articulation with a fixed base begins with a joint to the world."""
    return any(a in roots for a in ancestors(path))


def _target(state: SceneState, report: Report, path: str, relation: Usd.Relationship) -> str | None:
    targets = relation.GetForwardedTargets() if relation else []
    if not targets:
        return None
    target = str(targets[0])
    if not state.base.stage.GetPrimAtPath(target):
        report.ignored(path, f"{relation.GetName()} is {target}, which is not on the stage; the world holds the joint")
        return None
    return target


def rigid_frame(state: SceneState, path: str) -> F8:
    """Return the (4, 4) world_from_body of a prim in metres, without its scale."""
    world = state.world(path)
    out = np.eye(4)
    out[:3, :3] = rotation_part(world)
    out[:3, 3] = world[:3, 3] * Author(state.base.stage).meters_per_unit
    return out


def _frame(state: SceneState, target: str | None, body: str | None, position: Gf.Vec3f, rotation: Gf.Quatf) -> F8:
    """Return a joint's frame in a moving body, or in the world: ``position`` is in the target's own, scaled space."""
    unit = Author(state.base.stage).meters_per_unit
    world = np.eye(4) if target is None else state.world(target)
    placed = np.eye(4)
    turn = np.array(Gf.Matrix3d(Gf.Rotation(Gf.Quatd(rotation).GetNormalized())), np.float64).T
    placed[:3, :3] = portable.product(rotation_part(world), turn)
    placed[:3, 3] = (portable.product(world[:3, :3], np.array(position, np.float64)) + world[:3, 3]) * unit
    return placed if body is None else np.asarray(portable.product(portable.inverse(rigid_frame(state, body)), placed))


def _cone(said: Attributes, report: Report) -> float | None:
    """Return the half angle of the cone that a ball's axis stays in, radians; None without one."""
    angles = [said.number(f"physics:coneAngle{k}Limit", -1.0) for k in (0, 1)]
    limits = [a for a in angles if 0 <= a < 180]
    if not limits:
        return None
    if len(limits) == 2 and limits[0] != limits[1]:
        report.note(said.path, f"a cone of {limits[0]:g} x {limits[1]:g} degrees is taken as a round one")
    return radians(sum(limits) / len(limits))


def _freedoms(prim: Usd.Prim, said: Attributes, kind: str, unit: float) -> tuple[Freedom, ...]:
    """Return what a joint leaves free."""
    if kind in ("revolute", "prismatic"):
        is_slide = kind == "prismatic"
        axis = _AXES.index(str(said.get("physics:axis", "X")))
        low, high = (said.number(f"physics:{n}Limit", s * inf) for n, s in (("lower", -1), ("upper", 1)))
        way = _freedom(prim, said, "linear" if is_slide else "angular", is_slide, axis, low, high, unit)
        return () if way is None else (way,)
    if kind == "spherical":
        names = [f"rot{a}" for a in _AXES]
    elif kind == "free":
        names = [f"trans{a}" for a in _AXES] + [f"rot{a}" for a in _AXES]
    else:
        return ()
    ways = []
    for name in names:
        low, high = (said.number(f"limit:{name}:physics:{n}", s * inf) for n, s in (("low", -1), ("high", 1)))
        way = _freedom(prim, said, name, name.startswith("trans"), _AXES.index(name[-1]), low, high, unit)
        if way is not None:
            ways.append(way)
    return tuple(ways)


def _freedom(
    prim: Usd.Prim, said: Attributes, name: str, is_slide: bool, axis: int, low: float, high: float, unit: float
) -> Freedom | None:
    """Return one way that a joint can move; None where its limits lock it (UsdPhysics: the lower above the upper)."""
    if low > high:
        return None
    scale = unit if is_slide else pi / 180
    speed = said.number(f"state:{name}:physics:velocity", 0.0) * scale
    start = said.get(f"state:{name}:physics:position", None)
    return Freedom(
        name,
        is_slide,
        axis,
        low * scale,
        high * scale,
        _drive(prim, said, name, is_slide, unit),
        speed,
        None if start is None else float(start) * scale,
    )


def _drive(prim: Usd.Prim, said: Attributes, name: str, is_slide: bool, unit: float) -> Drive:
    """Return the drive of a freedom. UsdPhysics' angular stiffness is a torque a degree."""
    is_written = any((said.path, f"drive:{name}:physics:{key}") in said.written for key in _OF_DRIVES)
    if not is_written and f"PhysicsDriveAPI:{name}" not in prim.GetAppliedSchemas():
        return Drive()
    kilograms = UsdPhysics.GetStageKilogramsPerUnit(prim.GetStage())
    scale = unit if is_slide else pi / 180  # of positions
    of_force = kilograms * (unit if is_slide else unit * unit)

    def value(key: str, default: float) -> float:
        return said.number(f"drive:{name}:physics:{key}", default)

    by_mass = said.get(f"drive:{name}:physics:type", "force") == "acceleration"
    # an acceleration drive has no mass in it: a spring per second squared, whether of degrees or of metres
    strength = 1.0 if by_mass else of_force / scale
    return Drive(
        stiffness=max(value("stiffness", 0.0), 0.0) * strength,
        damping=max(value("damping", 0.0), 0.0) * strength,
        target=value("targetPosition", 0.0) * scale,
        speed=value("targetVelocity", 0.0) * scale,
        force=value("maxForce", inf) * of_force,
        by_mass=by_mass,
    )


def _spring(said: Attributes, kilograms: float) -> tuple[float, float] | None:
    """Return stiffness (N / m) and damping (N s / m) of a distance joint of PhysX's that gives way; None of others."""
    if not said.get("physxPhysicsDistanceJoint:springEnabled", False):
        return None
    stiffness, damping = (said.number(f"physxPhysicsDistanceJoint:spring{n}", 0.0) for n in ("Stiffness", "Damping"))
    return max(stiffness, 0.0) * kilograms, max(damping, 0.0) * kilograms


def _mimics(state: SceneState, prim: Usd.Prim, said: Attributes, ways: Sequence[Freedom]) -> tuple[Mimic, ...]:
    """Return which freedoms follow others (PhysX's ``PhysxMimicJointAPI``: q + gearing other + offset = 0)."""
    mimics = []
    unit = Author(prim.GetStage()).meters_per_unit
    for instance in _instances(prim, "physxMimicJoint"):
        prefix = f"physxMimicJoint:{instance}"
        targets = said.targets(f"{prefix}:referenceJoint")
        other = prim.GetStage().GetPrimAtPath(targets[0]) if targets else None
        axis = str(said.get(f"{prefix}:referenceJointAxis", "rotX"))
        led, leader = _way_named(ways, instance), _leader(state, other, axis, unit) if other else None
        if led is None or leader is None:
            state.base.report.ignored(said.path, f"a mimic joint whose {instance} or reference joint is not there")
            continue
        scale, of_other = (unit if w.is_slide else pi / 180 for w in (led, leader))
        ratio = -said.number(f"{prefix}:gearing", 1.0) * scale / of_other
        offset = -said.number(f"{prefix}:offset", 0.0) * scale
        mimics.append(Mimic(led.name, (targets[0], leader.name), ratio, offset))
    return tuple(mimics)


def _leader(state: SceneState, prim: Usd.Prim, axis: str, unit: float) -> Freedom | None:
    kind = _KNOWN.get(str(prim.GetTypeName()), "")
    return _way_named(_freedoms(prim, Attributes(state, prim), kind, unit), axis)


def _way_named(ways: Sequence[Freedom], axis: str) -> Freedom | None:
    """Return the freedom that PhysX calls ``axis`` (rotX, ...); the one of a joint that has one, whatever its axis."""
    if len(ways) == 1:
        return ways[0]
    return next((w for w in ways if w.name == axis), None)


def _instances(prim: Usd.Prim, schema: str) -> list[str]:
    """Return the instances of a schema of PhysX's on a prim, by its properties: USD alone does not know the schema."""
    properties = prim.GetAuthoredPropertiesInNamespace(schema)
    return sorted({p.SplitName()[1] for p in properties if len(p.SplitName()) > 2})


def _say_of_limits(prim: Usd.Prim, said: Attributes, report: Report) -> None:
    """Report limits that are to be soft or to bounce."""
    for instance in _instances(prim, "physxLimit"):
        prefix = f"physxLimit:{instance}"
        if any(said.number(f"{prefix}:{n}", 0.0) > 0 for n in ("stiffness", "restitution")):
            report.ignored(
                f"{said.path}.{prefix}", "the limit is hard and dead: its stiffness and restitution are not used"
            )


READS = (
    Reads(
        "*",
        read=names(
            "physics:filteredPairs physxArticulation:enabledSelfCollisions drive:*:physics:* limit:*:physics:low "
            "limit:*:physics:high state:*:physics:position state:*:physics:velocity physxJoint:maxJointVelocity "
            "physxJoint:jointFriction physxJoint:armature physxPhysicsDistanceJoint:springEnabled "
            "physxPhysicsDistanceJoint:springStiffness physxPhysicsDistanceJoint:springDamping "
            "physxMimicJoint:*:referenceJoint physxMimicJoint:*:referenceJointAxis physxMimicJoint:*:gearing "
            "physxMimicJoint:*:offset"
        ),
        told={f"physxLimit:*:{n}": "a limit is hard and dead" for n in ("stiffness", "restitution")},
        unmet=all_of(
            "physxArticulation:* physxJoint:* physxPhysicsDistanceJoint:* physxMimicJoint:*:* physxLimit:*:* "
            "physxDrivePerformanceEnvelope:*",
            "joints are simulated by MuJoCo, with numbers of its own",
        ),
    ),
    Reads(
        "PhysicsJoint",
        read=names(
            "physics:body0 physics:body1 physics:localPos0 physics:localPos1 physics:localRot0 physics:localRot1 "
            "physics:jointEnabled physics:collisionEnabled physics:excludeFromArticulation physics:breakForce "
            "physics:breakTorque physics:axis physics:lowerLimit physics:upperLimit physics:minDistance "
            "physics:maxDistance physics:coneAngle0Limit physics:coneAngle1Limit"
        ),
    ),
)
