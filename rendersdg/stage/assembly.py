"""A MuJoCo model of rigid bodies: convex pieces, the joints between them, and how they meet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import isfinite, pi, sqrt
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import BadScene, Report
from rendersdg.stage.joints import Bonds, Freedom, Joint, Key, Mimic
from rendersdg.stage.linkage import Link, in_order, is_ball, links_of
from rendersdg.stage.rigid import ASTRAY, STEP, Member, RigidWorld, Solid
from rendersdg.stage.state import Contact

_DENSITY = 1000.0  # kg / m^3, PhysX's default
_MOST_HULL = 400  # vertices of a convex hull: enough for a ball to stay round
_HARD = (0.005, 2.5)  # MuJoCo's solref of a dead contact: overdamped, or pushing bodies apart throws them
_SOLIMP = (0.98, 0.999, 0.0002, 0.5, 2.0)
_BOUNCE_RATE = 150.0  # rad / s: a bounce takes a half period, some ten steps
_TWIST, _ROLL = 0.005, 0.001  # friction against twisting and rolling, metres
_TIGHT = (0.005, 1.0)  # solref of limits and of joints that close loops
_FIRM = (0.99, 0.9999, 0.0002, 0.5, 2.0)  # and their solimp: a drive of thousands of newtons gains on them by little
_FAR = 1e9  # metres or radians: no limit
_BARE_MASS, _BARE_RADIUS = 1.0, 0.1  # kg and metres: the ball that UsdPhysics takes for a body without colliders
_GHOST = 1e-3  # kg: what a frame between two joints weighs, which nobody sees


_MODELS = 4  # a script that switches colliders on and off comes back to those that it had


@dataclass(eq=False)
class Models:
    """The latest models of solids without joints: MuJoCo takes long to compile, and they differ in places alone."""

    _models: dict[bytes, Any] = field(default_factory=dict)

    def world(self, mujoco: Any, solids: Sequence[Solid], gravity: F8) -> RigidWorld:
        """Return a world of the solids, the same as one that is made anew."""
        key = blake2b(b"".join([gravity.tobytes(), *map(_kept, solids)]), digest_size=16).digest()
        model = self._models.pop(key, None)
        if model is None:
            model = _Assembly(mujoco, solids, gravity, Bonds()).model()
        else:
            try:
                _put_at_start(mujoco, model, solids)
            except mujoco.FatalError:  # a body that lies otherwise than the model was simplified for
                model = _Assembly(mujoco, solids, gravity, Bonds()).model()
        self._models[key] = model
        while len(self._models) > _MODELS:
            del self._models[next(iter(self._models))]
        return RigidWorld(mujoco, copy(model), solids, _names(mujoco, model, solids))


def build(
    solids: Sequence[Solid], gravity: F8, report: Report, bonds: Bonds = Bonds(), models: Models | None = None
) -> RigidWorld | None:
    """Return a world of the solids under ``gravity`` (metres / s^2), bound by ``bonds``;
    None, reported, where MuJoCo is not installed or refuses them. ``models`` keeps what the next one may be made of.
    """
    try:
        import mujoco
    except ImportError:
        report.ignored(
            "physics", "MuJoCo is not installed (pip install 'rendersdg[physics]'); bodies stay where they are placed"
        )
        return None
    try:
        if models is not None and bonds == Bonds():
            return models.world(mujoco, solids, gravity)
        return _Assembly(mujoco, solids, gravity, bonds).world(report)
    except BadScene as error:
        report.ignored("physics", str(error))
        return None


def _kept(solid: Solid) -> bytes:
    """Return bytes that differ when two solids differ in more than where a body starts and how fast."""
    if solid.motion is None:
        return solid.key()
    still = replace(solid.motion, velocity=(), angular_velocity=())
    return replace(solid, motion=still, position=np.zeros(3), rotation=np.eye(3)).key()


def _put_at_start(mujoco: Any, model: Any, solids: Sequence[Solid]) -> None:
    """Let the bodies of a model start where the solids stand, as a compiled one does."""
    for number, solid in enumerate(solids):
        if solid.motion is not None:
            body = model.body(f"b{number}").id
            quat = np.zeros(4)
            mujoco.mju_mat2Quat(quat, np.ascontiguousarray(solid.rotation).ravel())
            at = int(model.jnt_qposadr[model.body_jntadr[body]])
            model.body_pos[body], model.body_quat[body] = solid.position, quat
            for start in (model.qpos0, model.qpos_spring):
                start[at : at + 7] = [*solid.position, *quat]
    mujoco.mj_setConst(model, mujoco.MjData(model))


def _names(mujoco: Any, model: Any, solids: Sequence[Solid]) -> dict[str, int]:
    """Return the numbers of the solids in a model, by path."""
    body = mujoco.mjtObj.mjOBJ_BODY
    return {solid.path: int(mujoco.mj_name2id(model, body, f"b{k}")) for k, solid in enumerate(solids)}


class _Assembly:
    """A MuJoCo specification while it is put together."""

    def __init__(self, mujoco: Any, solids: Sequence[Solid], gravity: F8, bonds: Bonds) -> None:
        self._mujoco, self._solids = mujoco, solids
        spec = self._spec = mujoco.MjSpec()
        spec.compiler.degree = False
        spec.option.timestep = STEP
        spec.option.gravity = gravity.tolist()
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        self._numbers = {s.path: k for k, s in enumerate(solids)}
        self._bodies: dict[str | None, Any] = {None: spec.worldbody}
        self._geoms: list[tuple[str, Solid]] = []
        self._joints: dict[str, list[str]] = {}  # names in the model, by the body that hangs on them
        self._named: dict[Key, str] = {}  # and of those that have one number each, by the freedom
        self._springs: list[str] = []  # tendons
        moving = [s.path for s in solids if s.motion is not None]
        joints = [j for j in bonds.joints if all(b is None or b in self._numbers for b in j.bodies)]
        self._links, closing = links_of(moving, joints, bonds.roots) if joints else ([], [])
        self._closing = closing
        self._passing = _passing_pairs(solids, joints, bonds.passing)
        hangs = {link.path: link for link in self._links if link.joint is not None}
        for solid in solids:
            self._add_body(solid, hangs)
        for name, kind in (("box", mujoco.mjtGeom.mjGEOM_BOX), ("sphere", mujoco.mjtGeom.mjGEOM_SPHERE)):
            spec.worldbody.add_body(name=name).add_geom(
                name=name, type=kind, size=[1.0, 1.0, 1.0], contype=0, conaffinity=0
            )
        spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)  # never begin again in silence
        if joints:  # each island of bodies would have copies of the numbers that stand for drives
            spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ISLAND)
        if joints:  # what a joint holds collides where UsdPhysics says so, and not by where it hangs
            spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_FILTERPARENT)
        for first, second in sorted(self._passing):
            spec.add_exclude(
                name=f"e{self._numbers[first]}_{self._numbers[second]}",
                bodyname1=f"b{self._numbers[first]}",
                bodyname2=f"b{self._numbers[second]}",
            )
        for link in hangs.values():
            assert link.joint is not None
            if link.joint.cone is not None:
                self._limit_lean(link.joint)
        for joint in closing:
            self._close(joint)
        self._mimics = [(joint.path, mimic) for joint in joints for mimic in joint.mimics]
        self._lost = [path for path, mimic in self._mimics if not self._follow(path, mimic)]
        _add_pairs(spec, self._geoms, self._passing)

    def model(self) -> Any:
        """Return the compiled model. Raises BadScene where MuJoCo refuses it."""
        try:
            return self._spec.compile()
        except ValueError as error:
            raise BadScene(f"the bodies cannot be simulated and stay where they are placed ({error})") from None

    def world(self, report: Report) -> RigidWorld:
        """Return the world, with all bodies where they are to start."""
        mujoco, model = self._mujoco, self.model()

        def number(kind: Any, name: str) -> int:
            return int(mujoco.mj_name2id(model, kind, name))

        objects = mujoco.mjtObj
        names = _names(mujoco, model, self._solids)
        members = {}
        for link in self._links:
            if link.joint is not None:
                joints = tuple(number(objects.mjOBJ_JOINT, name) for name in self._joints[link.path])
                members[link.path] = Member(link, tuple(in_order(link.joint.freedoms)), joints)
        for joint in self._closing:
            ways = tuple(in_order(joint.freedoms))
            named = [f"ghost:{joint.path}_{k}" for k in range(len(ways))]
            ids = tuple(number(objects.mjOBJ_JOINT, name) for name in named)
            if ids and min(ids) >= 0:
                ghost = f"ghost:{joint.path}"
                names[ghost] = number(objects.mjOBJ_BODY, f"g{joint.path}")
                members[ghost] = Member(Link(ghost, joint.bodies[0], joint), ways, ids, follows=joint.bodies[1] or "")
        for spring in self._springs:  # no stiffer than a step can follow
            tendon = number(objects.mjOBJ_TENDON, spring)
            most = 1.0 / (STEP**2 * max(float(model.tendon_invweight0[tendon]), 1e-12))
            model.tendon_stiffness[tendon] = np.minimum(model.tendon_stiffness[tendon], most)
        for path in self._lost:
            report.ignored(
                f"{path}.mimic", "a mimic joint of a ball, or of a joint that is not simulated, moves freely"
            )
        world = RigidWorld(mujoco, model, self._solids, names, members)
        for path, away, turned in world.assemble(self._solids):
            report.note(
                path,
                f"the bodies stand {away * 1000:.3g} mm and {turned:.3g} degrees away from where the joint holds them; "
                "they are joined at the start",
            )
        for joint in self._closing:
            away = self._gap(joint, world) if joint.kind in ("fixed", "spherical") else 0.0
            if away > ASTRAY:
                report.note(joint.path, f"the joint closes a loop, {away * 1000:.3g} mm open, and pulls at its ends")
        return world

    def _gap(self, joint: Joint, world: RigidWorld) -> float:
        """Return how far the two sides of a joint stand apart, metres."""
        ends = []
        for body, frame in zip(joint.bodies, joint.frames):
            position, rotation = world.place(body) if body is not None else (np.zeros(3), np.eye(3))
            ends.append(portable.product(rotation, frame[:3, 3]) + position)
        return float(portable.norm(ends[1] - ends[0]))

    def _add_body(self, solid: Solid, hangs: dict[str, Link]) -> Any:
        """Add a solid, after what it hangs on."""
        if solid.path in self._bodies:
            return self._bodies[solid.path]
        link = hangs.get(solid.path)
        position, rotation, holder = solid.position, solid.rotation, self._spec.worldbody
        if link is not None:
            if link.parent is not None:
                holder = self._add_body(self._solids[self._numbers[link.parent]], hangs)
            of_parent, own = link.frames()
            start = portable.product(of_parent, portable.inverse(own))
            position, rotation = start[:3, 3], start[:3, :3]
        body = holder.add_body(
            name=f"b{self._numbers[solid.path]}", pos=position.tolist(), quat=self._quaternion(rotation)
        )
        self._bodies[solid.path] = body
        if solid.motion is not None:
            if link is None:
                body.add_freejoint()
            else:
                self._add_joints(body, link)
            body.gravcomp = 0.0 if solid.motion.has_gravity else 1.0
        self._add_geoms(body, solid)
        return body

    def _add_geoms(self, body: Any, solid: Solid) -> None:
        motion = solid.motion
        for points in solid.pieces:
            name = f"m{len(self._geoms)}"
            mesh = self._spec.add_mesh(name=name)
            mesh.uservert = points.ravel().tolist()
            mesh.maxhullvert = _MOST_HULL
            density = (motion.density if motion is not None else None) or _DENSITY
            geom = body.add_geom(
                name=name,
                type=self._mujoco.mjtGeom.mjGEOM_MESH,
                meshname=name,
                condim=6,
                friction=[solid.contact.friction, _TWIST, _ROLL],
                solref=_HARD,
                solimp=_SOLIMP,
                density=density,
            )
            if motion is not None and motion.mass:
                geom.mass = motion.mass / len(solid.pieces)
            self._geoms.append((name, solid))
        if motion is not None and (not solid.pieces or (motion.mass and motion.inertia is not None)):
            mass = motion.mass or _BARE_MASS
            body.explicitinertial = True
            body.mass = mass
            body.ipos = list(motion.centre or (0.0, 0.0, 0.0))
            body.iquat = list(motion.axes)
            body.inertia = list(motion.inertia or (0.4 * mass * _BARE_RADIUS**2,) * 3)

    def _add_joints(self, body: Any, link: Link) -> None:
        """Add what a joint leaves free, and its drives, to the body that hangs on it."""
        assert link.joint is not None
        joint, own = link.joint, link.frames()[1]
        ways = in_order(joint.freedoms)
        names = [f"j{self._numbers[link.path]}_{k}" for k in range(len(ways))]
        self._joints[link.path] = names
        ball = is_ball(ways)
        if ball:
            ways = [*(w for w in ways if w.is_slide), next(w for w in ways if not w.is_slide)]
        added = list(zip(names, ways))
        for name, way in reversed(added) if link.is_reversed else added:
            self._add_joint(body, name, way, joint, own, sign=-1.0 if link.is_reversed else 1.0, ball=ball)

    def _add_joint(self, body: Any, name: str, way: Freedom, joint: Joint, own: F8, *, sign: float, ball: bool) -> None:
        kinds = self._mujoco.mjtJoint
        kind = kinds.mjJNT_SLIDE if way.is_slide else kinds.mjJNT_BALL if ball else kinds.mjJNT_HINGE
        if kind != kinds.mjJNT_BALL:
            self._named[joint.path, way.name] = name
        added = body.add_joint(
            name=name,
            type=kind,
            pos=own[:3, 3].tolist(),
            axis=(sign * own[:3, way.axis]).tolist(),
            armature=joint.armature,
            frictionloss=0.0 if kind != kinds.mjJNT_BALL else joint.friction,
            solref_limit=_TIGHT,
            solimp_limit=_FIRM,
        )
        if kind != kinds.mjJNT_BALL and (isfinite(way.low) or isfinite(way.high)):
            added.limited = self._mujoco.mjtLimited.mjLIMITED_TRUE
            added.range = [max(way.low, -_FAR), min(max(way.high, way.low + 1e-9), _FAR)]
        if joint.friction > 0 and kind != kinds.mjJNT_BALL:  # not the joint's own, which stands for its drive
            rub = self._spec.add_tendon(name=f"t{len(self._spec.tendons)}", frictionloss=joint.friction)
            rub.wrap_joint(name, 1.0)

    def _site(self, body: str | None, frame: F8) -> str:
        name = f"s{len(self._spec.sites)}"
        self._bodies[body].add_site(name=name, pos=frame[:3, 3].tolist(), quat=self._quaternion(frame[:3, :3]))
        return name

    def _limit_lean(self, joint: Joint) -> None:
        """Keep a ball's axis in its cone: the ends of two unit rods along it are at most a chord of the cone apart."""
        assert joint.cone is not None
        rod = np.eye(4)
        rod[joint.cone_axis, 3] = 1.0
        ends = [self._site(body, portable.product(frame, rod)) for body, frame in zip(joint.bodies, joint.frames)]
        self._tether(ends, 0.0, 2 * portable.sin(joint.cone / 2))

    def _follow(self, path: str, mimic: Mimic) -> bool:
        """Let a freedom follow another one; False where one of the two has no number of its own."""
        names = [self._named.get(key) for key in ((path, mimic.name), mimic.other)]
        if None in names:
            return False
        self._spec.add_equality(
            type=self._mujoco.mjtEq.mjEQ_JOINT,
            name1=names[0],
            name2=names[1],
            data=[mimic.offset, mimic.ratio, *[0.0] * 10],
            solref=_TIGHT,
            solimp=_FIRM,
        )
        return True

    def _stretch(self, sites: Sequence[str], reach: tuple[float, float], spring: tuple[float, float]) -> None:
        """Let a spring act between two points that are nearer or farther than ``reach``, metres."""
        name = f"t{len(self._spec.tendons)}"
        tendon = self._spec.add_tendon(
            name=name,
            stiffness=[spring[0], 0.0, 0.0],
            damping=[spring[1], 0.0, 0.0],
            springlength=[reach[0], min(reach[1], _FAR)],
        )
        for site in sites:
            tendon.wrap_site(site)
        self._springs.append(name)

    def _tether(self, sites: Sequence[str], low: float, high: float) -> None:
        """Keep two points at least ``low`` and at most ``high`` metres apart."""
        if low <= 0 and not isfinite(high):
            return
        tendon = self._spec.add_tendon(
            name=f"t{len(self._spec.tendons)}",
            limited=self._mujoco.mjtLimited.mjLIMITED_TRUE,
            range=[low, min(max(high, low + 1e-9), _FAR)],
            solref_limit=_TIGHT,
            solimp_limit=_FIRM,
        )
        for site in sites:
            tendon.wrap_site(site)

    def _close(self, joint: Joint) -> None:
        """Bind two bodies by a joint that is no part of a tree."""
        sides = list(zip(joint.bodies, joint.frames))
        if joint.reach is not None:
            ends = [self._site(*side) for side in sides]
            if joint.spring is not None:
                self._stretch(ends, joint.reach, joint.spring)
            else:
                self._tether(ends, *joint.reach)
            return
        kinds = self._mujoco.mjtEq
        if joint.kind == "fixed":
            self._tie(kinds.mjEQ_WELD, [self._site(*side) for side in sides])
        elif is_ball(joint.freedoms) and len(joint.freedoms) == 3:
            self._tie(kinds.mjEQ_CONNECT, [self._site(*side) for side in sides])
            if joint.cone is not None:
                self._limit_lean(joint)
        else:  # a frame of almost no mass moves as the joint lets it, and the second body is welded to that
            ghost = self._bodies[joint.bodies[0]].add_body(
                name=f"g{joint.path}",
                pos=joint.frames[0][:3, 3].tolist(),
                quat=self._quaternion(joint.frames[0][:3, :3]),
                mass=_GHOST,
                inertia=[_GHOST * 1e-2] * 3,
                explicitinertial=True,
                gravcomp=1.0,
            )
            key = f"ghost:{joint.path}"
            self._bodies[key] = ghost
            ways = in_order(joint.freedoms)
            for k, way in enumerate(ways):
                self._add_joint(ghost, f"{key}_{k}", way, joint, np.eye(4), sign=1.0, ball=False)
            self._tie(kinds.mjEQ_WELD, [self._site(key, np.eye(4)), self._site(*sides[1])])

    def _tie(self, kind: Any, sites: Sequence[str]) -> None:
        self._spec.add_equality(
            type=kind,
            objtype=self._mujoco.mjtObj.mjOBJ_SITE,
            name1=sites[0],
            name2=sites[1],
            solref=_TIGHT,
            solimp=_FIRM,
        )

    def _quaternion(self, rotation: F8) -> list[float]:
        quat = np.zeros(4)
        self._mujoco.mju_mat2Quat(quat, np.ascontiguousarray(rotation).ravel())
        return quat.tolist()


def _passing_pairs(
    solids: Sequence[Solid], joints: Sequence[Joint], passing: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return the pairs of solids that do not collide: those that joints hold, and those that the stage says."""

    paths = {s.path for s in solids}

    def of(path: str) -> list[str]:
        if path in paths:
            return [path]
        below = [s.path for s in solids if s.path.startswith(path + "/")]
        return below or [s.path for s in solids if path.startswith(s.path + "/")]

    asked = list(passing)
    for joint in joints:
        if not joint.collides and len(joint.holders) == 2:
            asked.append((joint.holders[0], joint.holders[1]))
        if not joint.collides and None not in joint.bodies:
            asked.append((joint.bodies[0] or "", joint.bodies[1] or ""))
    pairs = {(a, b) for one, two in asked for a in of(one) for b in of(two)}
    return {(min(a, b), max(a, b)) for a, b in pairs if a != b}


def _add_pairs(spec: Any, geoms: Sequence[tuple[str, Solid]], passing: Collection[tuple[str, str]]) -> None:
    """Say how solids of different contact meet: by the mean of the two,
    as PhysX combines them (MuJoCo takes the larger).
    """
    usual = Contact()
    unusual: list[tuple[str, Solid]] = []
    for k, (name, solid) in enumerate(geoms):
        others = unusual if solid.contact == usual else geoms[:k]
        if solid.contact != usual:
            unusual = [*unusual, (name, solid)]
        for other_name, other in others:
            is_apart = solid is not other and (solid.motion is not None or other.motion is not None)
            pair = (min(solid.path, other.path), max(solid.path, other.path))
            if not is_apart or pair in passing:
                continue
            slide = (solid.contact.friction + other.contact.friction) / 2
            spec.add_pair(
                geomname1=name,
                geomname2=other_name,
                condim=6,
                friction=[slide, slide, _TWIST, _ROLL, _ROLL],
                solimp=_SOLIMP,
                solref=_spring((solid.contact.restitution + other.contact.restitution) / 2),
            )


def _spring(restitution: float) -> tuple[float, float]:
    """Return MuJoCo's solref (time constant in seconds, damping ratio) of a contact that bounces.

    A damped spring that only pushes gives back ``exp(-z a / s)`` of the speed, z being its damping ratio, s = sqrt(1 -
    z^2) and a = pi - atan2(2 z s, 1 - 2 z^2) (Schwager and Poeschel, 2007, equation 19); solved for z by bisection.
    """
    if restitution < 0.07:  # below what a critically damped spring gives back, 0.135, the nearest of the two
        return _HARD
    least, most = 0.0, 1.0
    for _ in range(40):
        ratio = (least + most) / 2
        side = sqrt(1 - ratio * ratio)
        is_lively = (
            portable.exp(-ratio / side * (pi - portable.arctan2(2 * ratio * side, 1 - 2 * ratio * ratio))) > restitution
        )
        least, most = (ratio, most) if is_lively else (least, ratio)
    ratio = max(ratio, 1e-3)
    return 1.0 / (_BOUNCE_RATE * ratio), ratio
