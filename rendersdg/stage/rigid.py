"""A world of rigid bodies in MuJoCo: convex pieces that fall, slide, bounce and come to rest,
and what a ray meets in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask
from rendersdg.stage.joints import Drive, Freedom, Joint, Key
from rendersdg.stage.linkage import Link, coordinates, is_ball
from rendersdg.stage.state import Contact, Motion

STEP = 1.0 / 480.0  # seconds
_DEEP = 0.005  # metres: how far two may reach into each other before it is looked at how fast they part
_ANY_FORCE = 1e12  # newtons or newton metres: a drive without a limit
_MENDING = 3.0  # metres or radians a second: how fast joints that start apart come together
_MENDED = 1.0  # seconds: for how long after bodies were put; later a limit is as hard as it can be
_ASTRAY_SPEED = 1e5  # metres or radians a second: a body as fast as that is being thrown by numbers
_MOST_PULL = 300.0  # newtons a kilogram of all that moves: how hard the ends of a loop pull that does not close
ASTRAY, _TURNED = 0.002, 1.0  # metres and degrees: how far from its joint a body may stand and not be noted


@dataclass(frozen=True, eq=False)
class Solid:
    """Convex pieces of a body or collider: ``pieces`` are (V, 3) points in metres,
    in the body's frame without scale.
    """

    path: str
    pieces: tuple[F8, ...]
    position: F8
    rotation: F8
    motion: Motion | None
    contact: Contact = Contact()  # noqa: RUF009 (frozen)

    def key(self) -> bytes:
        """Return bytes that differ when anything does."""
        manner = repr((self.motion, self.contact)).encode()
        parts = [self.path.encode(), self.position.tobytes(), self.rotation.tobytes(), manner]
        return b"".join([*parts, *(p.tobytes() for p in self.pieces)])


@dataclass(frozen=True)
class Hit:
    """What a ray meets first on one solid: ``distance`` in metres along it, ``position`` in metres,
    the unit ``normal``.
    """

    path: str
    distance: float
    position: F8
    normal: F8


@dataclass(frozen=True, eq=False)
class Touch:
    """A point where two solids meet: metres, the unit normal towards the first, newtons on the first,
    and the gap (< 0: depth).
    """

    paths: tuple[str, str]
    position: F8
    normal: F8
    newtons: F8
    gap: float


@dataclass(frozen=True, eq=False)
class Force:
    """A force on a body, newtons in the world, at a point (metres; None: its middle), and a torque, newton metres."""

    path: str
    newtons: F8
    torque: F8
    at: F8 | None = None


@dataclass(frozen=True, eq=False)
class Member:
    """A body that hangs on a joint: its ``ways`` to move, in order, with MuJoCo's joints (-1: none) of each.

    ``follows``: it is no body of the scene but the first side of a joint that closes a loop, tied to that body ("": the
    world).
    """

    link: Link
    ways: tuple[Freedom, ...]
    joints: tuple[int, ...]
    follows: str | None = None

    @property
    def is_ball(self) -> bool:
        """Return whether its three turns are one ball."""
        return self.follows is None and is_ball(self.ways)

    @property
    def joint(self) -> Joint:
        """Return the joint that it hangs on."""
        assert self.link.joint is not None
        return self.link.joint


@dataclass(frozen=True, eq=False)
class Driven:
    """Drives by MuJoCo's freedoms, (N,) each: see ``joints.Drive``.

    ``place`` is where the position is, ``force`` 0 where nothing drives.
    """

    place: I8
    stiffness: F8
    damping: F8
    target: F8
    speed: F8
    force: F8
    by_mass: Mask

    @classmethod
    def of(cls, drives: Mapping[Key, Drive], ways: Mapping[Key, tuple[int, int]], count: int) -> Driven:
        """Return drives, by the freedoms' places and numbers, of ``count`` freedoms."""
        numbers = np.zeros((5, count))
        place, by_mass = np.zeros(count, np.int64), np.zeros(count, bool)
        for key, drive in drives.items():
            if drive.stiffness > 0 or drive.damping > 0:
                at, dof = ways[key]
                force = min(drive.force, _ANY_FORCE)
                numbers[:, dof] = (drive.stiffness, drive.damping, drive.target, drive.speed, force)
                place[dof], by_mass[dof] = at, drive.by_mass
        stiffness, damping, target, speed, most = numbers
        return cls(place, stiffness, damping, target, speed, most, by_mass)


class RigidWorld:
    """A MuJoCo model with its state."""

    def __init__(
        self,
        mujoco: Any,
        model: Any,
        solids: Sequence[Solid],
        names: dict[str, int],
        members: Mapping[str, Member] | None = None,
    ) -> None:
        self._mujoco, self._model = mujoco, model
        self._data = mujoco.MjData(model)
        self._names = names
        self._members = dict(members or {})
        self._paths = {body: path for path, body in names.items()}
        self._moving = {s.path for s in solids if s.motion is not None}
        self._known_planes: dict[int, F8] = {}
        self.steps = 0
        self.is_astray = False  # nothing moves any more
        self._was_put = True  # since the last step, so that bodies may stand in each other
        self._mending = 0  # steps in which joints that were put apart may still come together
        self._overlaps: set[tuple[int, int]] = set()  # geoms that were put into each other and have not parted yet
        self._parting = np.full(model.nbody, np.inf)  # metres a second at most, by body
        self._damped: list[tuple[int, float, float]] = []  # bodies on joints, and the share of speed they lose a second
        centred = [s for s in solids if s.motion is not None and s.motion.centre is not None]
        for solid in centred:
            model.body_ipos[names[solid.path]] = solid.motion.centre  # type: ignore[union-attr]
        if centred:
            mujoco.mj_setConst(model, self._data)
        for solid in solids:
            if solid.motion is None:
                continue
            body = names[solid.path]
            self._parting[body] = solid.motion.parting_speed
            if solid.path not in self._members:
                self.push(solid)
                at = self._freedom(solid.path)
                model.dof_damping[at : at + 3] = solid.motion.linear_damping * model.body_mass[body]
                model.dof_damping[at + 3 : at + 6] = solid.motion.angular_damping * model.body_inertia[body].mean()
            elif solid.motion.linear_damping or solid.motion.angular_damping:
                self._damped.append((body, solid.motion.linear_damping, solid.motion.angular_damping))
        self._ways: dict[Key, tuple[int, int]] = {}  # where position and speed of each freedom are that has a number
        self._drives: dict[Key, Drive] = {}
        self._driven = Driven.of({}, {}, model.nv)
        self._is_driven_anew = False
        self._strongest = _MOST_PULL * sum(float(model.body_mass[names[path]]) for path in sorted(self._moving))
        self._fastest: list[tuple[int, float]] = []
        for member in self._members.values():
            self._enter(member)
        mujoco.mj_kinematics(model, self._data)

    def _enter(self, member: Member) -> None:
        """Take up the freedoms and drives of a body that hangs on a joint."""
        for way, joint in zip(member.ways, member.joints):
            if joint < 0 or (member.is_ball and not way.is_slide):
                continue
            key = (member.joint.path, way.name)
            at = int(self._model.jnt_dofadr[joint])
            self._ways[key] = (int(self._model.jnt_qposadr[joint]), at)
            if np.isfinite(member.joint.fastest):
                self._fastest.append((at, member.joint.fastest))
            self.drive(key, way.drive)

    def assemble(self, solids: Sequence[Solid]) -> list[tuple[str, float, float]]:
        """Bend the joints to where the solids stand, and give them their speeds.

        Returns the joints that cannot stand so, with how far the body is off, metres and degrees.
        """
        stand = {s.path: s for s in solids}
        astray = []
        for path, member in self._members.items():
            place = np.eye(4)
            name = path if member.follows is None else member.follows
            if name in stand:
                place[:3, :3], place[:3, 3] = stand[name].rotation, stand[name].position
            if member.follows is not None:  # the frame in the body that it is tied to
                place = portable.product(place, member.joint.frames[1])
            self._bend(member, place[:3, 3], place[:3, :3])
            position, rotation = self.place(path)
            away = float(portable.norm(position - place[:3, 3]))
            turned = float(
                np.degrees(
                    portable.arccos(np.clip((np.trace(portable.product(rotation.T, place[:3, :3])) - 1) / 2, -1, 1))
                )
            )
            if away > ASTRAY or turned > _TURNED:
                astray.append((member.joint.path, away, turned))
        for path, member in self._members.items():
            motion = None if member.follows is not None else stand[path].motion
            if motion is not None and (any(motion.velocity) or any(motion.angular_velocity)):
                self.push(stand[path])
            for way in member.ways:
                if way.speed and (member.joint.path, way.name) in self._ways:
                    self.set_joint_speed((member.joint.path, way.name), way.speed)
        return astray

    def begin(self, known: Collection[Key] = ()) -> list[str]:
        """Put joints where the stage says that they start, but not those ``known`` from before.

        Returns the joints of which a freedom has no number of its own, and stays where it is.
        """
        without = []
        for member in self._members.values():
            for way in member.ways:
                key = (member.joint.path, way.name)
                if way.start is None or key in known:
                    continue
                if key not in self._ways:
                    without.append(member.joint.path)
                    continue
                self._was_put = True
                self._data.qpos[self._ways[key][0]] = way.start
        self._mujoco.mj_kinematics(self._model, self._data)
        return without

    def known_ways(self) -> Collection[Key]:
        """Return the freedoms that have a number of their own."""
        return self._ways.keys()

    def _bend(self, member: Member, position: F8, rotation: F8) -> None:
        """Set the coordinates of a joint so that the body on it comes nearest to a place."""
        self._was_put = True
        of_parent, own = member.link.frames() if member.follows is None else (member.joint.frames[0], np.eye(4))
        holder, body = np.eye(4), np.eye(4)
        if member.link.parent is not None:
            holder[:3, 3], holder[:3, :3] = self.place(member.link.parent)
        body[:3, 3], body[:3, :3] = position, rotation
        relative = portable.product(portable.inverse(portable.product(holder, of_parent)), body, own)
        is_backwards = member.follows is None and member.link.is_reversed
        seen = np.asarray(portable.inverse(relative) if is_backwards else relative, np.float64)
        for way, joint, value in zip(member.ways, member.joints, coordinates(member.ways, seen)):
            at = int(self._model.jnt_qposadr[joint])
            if member.is_ball and not way.is_slide:
                turn = portable.product(own[:3, :3], relative[:3, :3], own[:3, :3].T)
                self._mujoco.mju_mat2Quat(self._data.qpos[at : at + 4], np.ascontiguousarray(turn).ravel())
                break
            if not way.is_slide:  # a wheel may have turned more than once
                value += 2 * np.pi * round((float(self._data.qpos[at]) - value) / (2 * np.pi))
            self._data.qpos[at] = value
        self._mujoco.mj_kinematics(self._model, self._data)

    def _freedom(self, path: str) -> int:
        return int(self._model.jnt_dofadr[self._model.body_jntadr[self._names[path]]])

    def push(self, solid: Solid) -> None:
        """Give a body the speed that its motion says, as far as its joints let it."""
        if solid.motion is None:
            return
        if solid.path in self._members:
            asked = np.concatenate([solid.motion.velocity, np.radians(solid.motion.angular_velocity)])
            reach = self._reach_of(solid.path)
            missing = asked - portable.product(reach, self._data.qvel)
            self._data.qvel += portable.product(portable.pseudo_inverse(reach, least=1e-9), missing)
            return
        at = self._freedom(solid.path)
        self._data.qvel[at : at + 3] = solid.motion.velocity
        self._data.qvel[at + 3 : at + 6] = portable.product(solid.rotation.T, np.radians(solid.motion.angular_velocity))

    def _reach_of(self, path: str) -> F8:
        """Return the (6, freedoms) matrix from the speeds of all freedoms to velocity and spin of a body."""
        model, data, body = self._model, self._data, self._names[path]
        self._mujoco.mj_kinematics(model, data)
        self._mujoco.mj_comPos(model, data)
        reach = np.zeros((6, model.nv))
        self._mujoco.mj_jac(model, data, reach[:3], reach[3:], data.xpos[body].copy(), body)
        return reach

    def advance(self, steps: int, forces: Sequence[Force] = (), efforts: Mapping[Key, float] | None = None) -> None:
        """Take steps, with forces on bodies, and on freedoms of joints, that act all the while."""
        for force in forces:
            if self.has(force.path):
                body = self._names[force.path]
                arm = np.zeros(3) if force.at is None else force.at - self._data.xipos[body]
                self._data.xfrc_applied[body, :3] += force.newtons
                self._data.xfrc_applied[body, 3:] += force.torque + np.cross(arm, force.newtons)
        for key, effort in (efforts or {}).items():
            if key in self._ways:
                self._data.qfrc_applied[self._ways[key][1]] += effort
        given = self._data.xfrc_applied.copy()
        if self._is_driven_anew:
            self._is_driven_anew = False
            self._driven = Driven.of(self._drives, self._ways, self._model.nv)
            self._model.dof_frictionloss[:] = self._driven.force
        for _ in range(0 if self.is_astray else steps):
            before = self._data.qpos.copy()
            self._mujoco.mj_step1(self._model, self._data)
            self._hold_back()
            self._pull_drives()
            if self._damped:
                self._brake(given)
            self._mujoco.mj_step2(self._model, self._data)
            for at, most in self._fastest:
                self._data.qvel[at] = min(max(self._data.qvel[at], -most), most)
            if not np.isfinite(self._data.qpos).all() or np.abs(self._data.qvel).max(initial=0.0) > _ASTRAY_SPEED:
                self._stop(before)
                break
        self._data.xfrc_applied[:] = 0.0
        self._data.qfrc_applied[:] = 0.0
        self.steps += steps

    def _stop(self, places: F8) -> None:
        """Leave everything at ``places`` for good: what comes after has no meaning."""
        self.is_astray = True
        self._data.qpos[:] = places
        for numbers in (self._data.qvel, self._data.qacc, self._data.qacc_warmstart):
            numbers[:] = 0.0
        self._mujoco.mj_forward(self._model, self._data)

    def _hold_back(self) -> None:
        """Let what reaches into each other part no faster than the slower of the two may (PhysX's
        ``maxDepenetrationVelocity``).

        MuJoCo asks a contact for the acceleration ``-B v - K I r``, so that deep ones part at ``K I r / B``.
        """
        data = self._data
        contacts = data.contact
        deep = contacts.dist < -_DEEP if data.ncon else np.zeros(0, bool)
        if self._was_put:  # what stands in each other, not what flies into each other and is to bounce
            self._was_put = False
            self._mending = round(_MENDED / STEP)
            self._overlaps = {(int(a), int(b)) for a, b in contacts.geom[deep]} if deep.any() else set()
        if self._mending > 0:
            self._mending -= 1
            self._pull_gently()
        if data.ne:
            self._give_way()
        if not deep.any():
            self._overlaps.clear()
            return
        is_held = contacts.solref[:, 1] >= 1  # a damped contact gives back nothing of what flies into it
        if self._overlaps:
            pairs = [(int(a), int(b)) for a, b in contacts.geom]
            self._overlaps.intersection_update(pairs)
            is_held |= np.array([pair in self._overlaps for pair in pairs])
        rows = contacts.efc_address
        chosen = deep & is_held & (rows >= 0)
        rows = rows[chosen]
        bodies = self._model.geom_bodyid[contacts.geom[chosen]]
        most = self._parting[bodies].min(1)
        stiff, damped, impedance = data.efc_KBIP[rows, :3].T
        pull = -stiff * impedance * (data.efc_pos[rows] - data.efc_margin[rows])
        fast = pull > damped * most
        data.efc_aref[rows[fast]] = damped[fast] * (most[fast] - data.efc_vel[rows[fast]])

    def _pull_gently(self) -> None:
        """Let joints that start apart, or beyond their limits, come together at a moderate speed, as contacts part."""
        data = self._data
        for start, count in ((0, data.ne), (data.ne + data.nf, data.nl)):
            if not count:
                continue
            rows = slice(start, start + count)
            stiff, damped, impedance = data.efc_KBIP[rows, :3].T
            pull = -stiff * impedance * (data.efc_pos[rows] - data.efc_margin[rows])
            most = damped * _MENDING
            data.efc_aref[rows] += np.clip(pull, -most, most) - pull

    def _give_way(self) -> None:
        """Let a loop that cannot close stay open: what pulls at ends that are apart is bounded by what moves there.

        A chain that is straight cannot yield to a pull along it, and a constraint that asks for the acceleration ``a``
        pulls by ``a / R`` then, millions of newtons.
        """
        data, rows = self._data, slice(0, self._data.ne)
        pull = np.abs(data.efc_aref[rows])
        apart = np.abs(data.efc_pos[rows]) > ASTRAY
        if apart.any():
            floor = np.where(apart, pull / self._strongest, 0.0)
            data.efc_R[rows] = np.maximum(data.efc_R[rows], floor)
            data.efc_D[rows] = 1.0 / data.efc_R[rows]

    def _brake(self, given: F8) -> None:
        """Let the air slow down bodies that hang on joints, on top of the forces ``given``."""
        model, data = self._model, self._data
        speed = np.zeros(6)
        for body, linear, angular in self._damped:
            self._mujoco.mj_objectVelocity(model, data, self._mujoco.mjtObj.mjOBJ_BODY, body, speed, 0)
            data.xfrc_applied[body, :3] = given[body, :3] - linear * model.body_mass[body] * speed[3:]
            data.xfrc_applied[body, 3:] = given[body, 3:] - angular * model.body_inertia[body].mean() * speed[:3]

    def _pull_drives(self) -> None:
        """Let drives pull from where the step will end, so that they stay calm however stiff they are, as in PhysX.

        With ``q' = q + h v'`` and ``v' = v + h a`` a spring and a damper give ``f = c - w a``, where ``c = k (target -
        q - h v) + d (speed - v)`` and ``w = h d + h^2 k``. That is a soft constraint, ``a + f / w = c / w``, whose
        force is bounded: MuJoCo's friction of a joint is one, with numbers of its own in the place of these.
        """
        data, driven = self._data, self._driven
        rows = np.arange(data.ne, data.ne + data.nf)
        rows = rows[data.efc_type[rows] == self._mujoco.mjtConstraint.mjCNSTR_FRICTION_DOF]
        if not len(rows):
            return
        dofs = data.efc_id[rows]
        stiff, damped = driven.stiffness[dofs], driven.damping[dofs]
        for k, dof in enumerate(dofs):
            if driven.by_mass[dof]:
                inertia = self._inertia_of(int(dof))
                stiff[k], damped[k] = stiff[k] * inertia, damped[k] * inertia
        speed = data.qvel[dofs]
        pull = stiff * (driven.target[dofs] - data.qpos[driven.place[dofs]] - STEP * speed)
        pull += damped * (driven.speed[dofs] - speed)
        weight = STEP * damped + STEP**2 * stiff
        data.efc_R[rows], data.efc_D[rows] = 1.0 / weight, weight
        data.efc_aref[rows] = pull / weight

    def _inertia_of(self, dof: int) -> float:
        """Return the inertia that a freedom moves."""
        ahead, behind = np.zeros((1, self._model.nv)), np.zeros((1, self._model.nv))
        ahead[0, dof] = 1.0
        self._mujoco.mj_solveM(self._model, self._data, behind, ahead)
        return 1.0 / max(float(behind[0, dof]), 1e-12)

    def drive(self, key: Key, drive: Drive) -> bool:
        """Drive a freedom from now on; False where there is none of that name."""
        if key not in self._ways:
            return False
        self._drives[key] = drive
        self._is_driven_anew = True
        return True

    def drive_of(self, key: Key) -> Drive | None:
        """Return how a freedom is driven."""
        return self._drives.get(key)

    def chain(self, root: str = "/") -> list[str]:
        """Return the bodies at or below ``root`` that joints hold, and those that they hold on to, level by level."""
        below = root.rstrip("/") + "/"
        names = [(path, path) for path in self._moving]
        names += [(path, member.joint.path) for path, member in self._members.items() if member.follows is None]
        bodies = {path for path, name in names if name == root or name.startswith(below)}
        count = 0
        while count != len(bodies):
            count = len(bodies)
            for path, member in self._members.items():
                if member.follows is None and (path in bodies or member.link.parent in bodies):
                    bodies |= {path} | ({member.link.parent} if member.link.parent else set())
        return [path for path in self.in_order() if path in bodies]

    def ways(self, root: str = "/") -> list[tuple[Key, Freedom]]:
        """Return the freedoms of the joints of the chain at ``root``, as they are reached from its first body."""
        found = []
        for path in self.chain(root):
            if path in self._members:
                joint = self._members[path].joint
                found += [((joint.path, w.name), w) for w in joint.freedoms if (joint.path, w.name) in self._ways]
        return found

    def joint_states(self) -> dict[Key, tuple[float, float]]:
        """Return position and speed of the freedoms of all joints, metres or radians; balls have no such numbers."""
        return {
            key: (float(self._data.qpos[at]), float(self._data.qvel[speed])) for key, (at, speed) in self._ways.items()
        }

    def set_joint(self, key: Key, value: float) -> None:
        """Put a joint somewhere, metres or radians."""
        if key in self._ways:
            self._data.qpos[self._ways[key][0]] = value
            self._mujoco.mj_kinematics(self._model, self._data)

    def set_joint_speed(self, key: Key, speed: float) -> None:
        """Give a freedom a speed, metres or radians a second."""
        if key in self._ways:
            self._data.qvel[self._ways[key][1]] = speed

    def take_speed(self, other: RigidWorld, path: str) -> None:
        """Let a body go on with the speed that it has in another world."""
        if not other.has(path) or not self.has(path):
            return
        if path in self._members or path in other._members:
            member = self._members.get(path)
            for way in member.ways if member is not None else ():
                key = (member.joint.path, way.name) if member is not None else ("", "")
                if key in self._ways and key in other._ways:
                    at, speed = other._ways[key]
                    self._data.qvel[self._ways[key][1]] = other._data.qvel[speed]
                    if not way.is_slide:
                        now = float(self._data.qpos[self._ways[key][0]])
                        turns = round((float(other._data.qpos[at]) - now) / (2 * np.pi))
                        self._data.qpos[self._ways[key][0]] = now + 2 * np.pi * turns
            return
        at, was = self._freedom(path), other._freedom(path)
        self._data.qvel[at : at + 6] = other._data.qvel[was : was + 6]

    def speed(self, path: str) -> tuple[F8, F8]:
        """Return the velocity (metres a second) and the spin (degrees a second, in the world) of a body."""
        if path in self._members:
            velocity = portable.product(self._reach_of(path), self._data.qvel)
            return velocity[:3], np.degrees(velocity[3:])
        self._mujoco.mj_kinematics(self._model, self._data)
        return self._speed(path)

    def _speed(self, path: str) -> tuple[F8, F8]:
        """Return the same of a body that hangs on no joint, by the kinematics as computed last."""
        at = self._freedom(path)
        rotation = self._place(path)[1]
        return np.array(self._data.qvel[at : at + 3]), np.degrees(
            portable.product(rotation, self._data.qvel[at + 3 : at + 6])
        )

    def speeds(self, paths: Sequence[str]) -> dict[str, tuple[F8, F8]]:
        """Return the same of many bodies, by path."""
        self._mujoco.mj_kinematics(self._model, self._data)
        return {path: self.speed(path) if path in self._members else self._speed(path) for path in paths}

    def has(self, path: str) -> bool:
        """Return whether there is a moving body at ``path``."""
        return path in self._moving

    def put_all(self, places: Mapping[str, tuple[F8, F8]]) -> None:
        """Put moving bodies, by path, somewhere: those that others hang on before these."""
        for path in self.in_order():
            if path in places:
                self._put(path, *places[path])
        self._mujoco.mj_kinematics(self._model, self._data)

    def put(self, path: str, position: F8, rotation: F8) -> None:
        """Put a moving body somewhere, as near as its joints let it: metres, and a rotation matrix."""
        self._put(path, position, rotation)
        self._mujoco.mj_kinematics(self._model, self._data)

    def _put(self, path: str, position: F8, rotation: F8) -> None:
        if path in self._members:
            self._mujoco.mj_kinematics(self._model, self._data)
            self._bend(self._members[path], position, rotation)
            return
        at = int(self._model.jnt_qposadr[self._model.body_jntadr[self._names[path]]])
        self._was_put = True
        self._data.qpos[at : at + 3] = position
        self._mujoco.mju_mat2Quat(self._data.qpos[at + 3 : at + 7], np.ascontiguousarray(rotation).ravel())

    def in_order(self) -> list[str]:
        """Return the moving bodies, those that others hang on before these."""
        loose = sorted(self._moving - set(self._members))
        return [*loose, *(path for path in self._members if path in self._moving)]

    def place(self, path: str) -> tuple[F8, F8]:
        """Return position (metres) and rotation matrix of a body."""
        self._mujoco.mj_kinematics(self._model, self._data)
        return self._place(path)

    def places(self, paths: Sequence[str]) -> dict[str, tuple[F8, F8]]:
        """Return the same of many bodies, by path."""
        self._mujoco.mj_kinematics(self._model, self._data)
        return {path: self._place(path) for path in paths}

    def _place(self, path: str) -> tuple[F8, F8]:
        """Return the same by the kinematics as computed last."""
        body = self._names[path]
        return np.array(self._data.xpos[body]), np.array(self._data.xmat[body]).reshape(3, 3)

    def met(self) -> set[tuple[str, str]]:
        """Return the pairs of solids that met in the last step."""
        pairs = self._model.geom_bodyid[self._data.contact.geom].reshape(-1, 2).tolist()
        return {(self._paths[a], self._paths[b]) for a, b in pairs if a in self._paths and b in self._paths}

    def touches(self) -> list[Touch]:
        """Return the points where solids met in the last step, those of each pair together."""
        touches = []
        force = np.zeros(6)
        for k, contact in enumerate(self._data.contact):
            first, second = (self._paths.get(int(self._model.geom_bodyid[g]), "") for g in contact.geom)
            if first and second:
                self._mujoco.mj_contactForce(self._model, self._data, k, force)
                axes = np.array(contact.frame).reshape(3, 3)  # rows; the first is the normal, from first to second
                touches.append(
                    Touch(
                        paths=(first, second),
                        position=np.array(contact.pos),
                        normal=-axes[0],
                        newtons=-(portable.product(force[:3], axes)),
                        gap=float(contact.dist),
                    )
                )
        return sorted(touches, key=lambda touch: touch.paths)

    def deepest(self) -> float:
        """Return how far, in metres, two bodies reach into each other at most."""
        self._mujoco.mj_forward(self._model, self._data)
        return max((-float(c.dist) for c in self._data.contact), default=0.0)

    def ray(self, origin: F8, direction: F8, reach: float) -> list[Hit]:
        """Return what a ray meets within ``reach`` metres, nearest first: one entry a solid."""
        unit = np.asarray(direction, np.float64) / max(float(portable.norm(direction)), 1e-12)
        start = np.asarray(origin, np.float64)
        nearest: dict[int, Hit] = {}
        for geom in range(self._model.ngeom):
            normal = np.zeros(3)
            distance = self._along(geom, start, unit, normal)
            body = int(self._model.geom_bodyid[geom])
            if (
                body in self._paths
                and 0 <= distance <= reach
                and (body not in nearest or distance < nearest[body].distance)
            ):
                nearest[body] = Hit(self._paths[body], distance, start + unit * distance, normal)
        return sorted(nearest.values(), key=lambda h: (h.distance, h.path))

    def _along(self, geom: int, start: F8, unit: F8, normal: F8) -> float:
        """Return how far along a ray a geom's hull is met, -1 where it is not; ``normal`` is filled in.

        The hull's faces are planes, so a ray is cut by each in turn (Cyrus and Beck, 1978).
        """
        planes = self._planes(geom)
        turn = np.array(self._data.geom_xmat[geom]).reshape(3, 3)
        local = portable.product(turn.T, start - self._data.geom_xpos[geom])
        rate = portable.product(planes[:, :3], portable.product(turn.T, unit))
        gap = planes[:, 3] - portable.product(planes[:, :3], local)
        if (gap[np.abs(rate) < 1e-12] < 0).any():
            return -1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            times = gap / rate
        into, out = np.where(rate < -1e-12, times, -np.inf), np.where(rate > 1e-12, times, np.inf)
        first = int(np.argmax(into))
        if into[first] > out.min() or out.min() < 0:
            return -1.0
        if into[first] < 0:  # the ray starts inside
            normal[:] = -unit
            return 0.0
        normal[:] = portable.product(turn, planes[first, :3])
        return float(into[first])

    def _planes(self, geom: int) -> F8:
        """Return (F, 4) outward unit normals and offsets of the faces of a geom's convex hull, in its own frame."""
        if geom not in self._known_planes:
            model, mesh = self._model, int(self._model.geom_dataid[geom])
            first, count = int(model.mesh_faceadr[mesh]), int(model.mesh_facenum[mesh])
            corners = np.array(model.mesh_vert, np.float64)[
                model.mesh_vertadr[mesh] + model.mesh_face[first : first + count]
            ]
            normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            normals /= np.maximum(portable.norm(normals, axis=1, keepdims=True), 1e-30)
            self._known_planes[geom] = np.column_stack([normals, (normals * corners[:, 0]).sum(1)])
        return self._known_planes[geom]

    def overlapping(self, probe: str, size: Sequence[float], position: F8, rotation: F8) -> list[str]:
        """Return the paths of the solids that a ``box`` (half extents) or ``sphere`` (radius),
        in metres, reaches into.
        """
        geom = self._model.geom(probe).id
        self._model.geom_size[geom] = [*size, *[0.0] * (3 - len(size))]
        self._model.geom_rbound[geom] = float(portable.norm(size))
        body = int(self._model.geom_bodyid[geom])
        self._model.body_pos[body] = position
        self._mujoco.mju_mat2Quat(self._model.body_quat[body], np.ascontiguousarray(rotation, np.float64).ravel())
        self._mujoco.mj_kinematics(self._model, self._data)
        return self._near(geom)

    def touching(self, path: str) -> list[str]:
        """Return the paths of the other solids that the one at ``path`` touches or reaches into."""
        own = np.flatnonzero(self._model.geom_bodyid == self._names[path])
        return sorted({other for geom in own for other in self._near(int(geom))})

    def _near(self, geom: int) -> list[str]:
        model, data = self._model, self._data
        apart = (
            portable.norm(data.geom_xpos - data.geom_xpos[geom], axis=1) - model.geom_rbound - model.geom_rbound[geom]
        )
        paths = set()
        for other in np.flatnonzero(apart <= 0):
            path = self._paths.get(int(model.geom_bodyid[other]))
            if path is None or path in paths or model.geom_bodyid[other] == model.geom_bodyid[geom]:
                continue
            if self._mujoco.mj_geomDistance(model, data, geom, int(other), 1e-3, None) <= 0:
                paths.add(path)
        return sorted(paths)
