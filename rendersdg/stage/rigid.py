"""A world of rigid bodies in MuJoCo: convex pieces that fall, slide, bounce and come to rest,
and what a ray meets in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, exp, pi, sqrt
from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadScene, Report
from rendersdg.stage.state import Contact, Motion

STEP = 1.0 / 480.0  # seconds
_DENSITY = 1000.0  # kg / m^3, PhysX's default
_MOST_HULL = 400  # vertices of a convex hull: enough for a ball to stay round
_HARD = (0.005, 2.5)  # MuJoCo's solref of a dead contact: overdamped, or pushing bodies apart throws them
_SOLIMP = (0.98, 0.999, 0.0002, 0.5, 2.0)
_BOUNCE_RATE = 150.0  # rad / s: a bounce takes a half period, some ten steps
_TWIST, _ROLL = 0.005, 0.001  # friction against twisting and rolling, metres


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


class RigidWorld:
    """A MuJoCo model with its state."""

    def __init__(self, mujoco: Any, model: Any, solids: Sequence[Solid], names: dict[str, int]) -> None:
        self._mujoco, self._model = mujoco, model
        self._data = mujoco.MjData(model)
        self._names = names
        self._paths = {body: path for path, body in names.items()}
        self._known_planes: dict[int, F8] = {}
        self.steps = 0
        for solid in solids:
            if solid.motion is not None:
                self.push(solid)
                at = self._freedom(solid.path)
                body = names[solid.path]
                model.dof_damping[at : at + 3] = solid.motion.linear_damping * model.body_mass[body]
                model.dof_damping[at + 3 : at + 6] = solid.motion.angular_damping * model.body_inertia[body].mean()
        mujoco.mj_kinematics(model, self._data)

    def _freedom(self, path: str) -> int:
        return int(self._model.jnt_dofadr[self._model.body_jntadr[self._names[path]]])

    def push(self, solid: Solid) -> None:
        """Give a body the speed that its motion says."""
        if solid.motion is not None:
            at = self._freedom(solid.path)
            self._data.qvel[at : at + 3] = solid.motion.velocity
            self._data.qvel[at + 3 : at + 6] = solid.rotation.T @ np.radians(solid.motion.angular_velocity)

    def advance(self, steps: int, forces: Sequence[Force] = ()) -> None:
        """Take steps, with forces that act all the while."""
        for force in forces:
            if self.has(force.path):
                body = self._names[force.path]
                arm = np.zeros(3) if force.at is None else force.at - self._data.xipos[body]
                self._data.xfrc_applied[body, :3] += force.newtons
                self._data.xfrc_applied[body, 3:] += force.torque + np.cross(arm, force.newtons)
        for _ in range(steps):
            self._mujoco.mj_step(self._model, self._data)
        self._data.xfrc_applied[:] = 0.0
        self.steps += steps
        if not np.isfinite(self._data.qpos).all():
            raise BadScene("the physics went astray (a body moved to infinity); check sizes, masses and velocities")

    def take_speed(self, other: RigidWorld, path: str) -> None:
        """Let a body go on with the speed that it has in another world."""
        if other.has(path):
            at, was = self._freedom(path), other._freedom(path)
            self._data.qvel[at : at + 6] = other._data.qvel[was : was + 6]

    def speed(self, path: str) -> tuple[F8, F8]:
        """Return the velocity (metres a second) and the spin (degrees a second, in the world) of a body."""
        at = self._freedom(path)
        _, rotation = self.place(path)
        return np.array(self._data.qvel[at : at + 3]), np.degrees(rotation @ self._data.qvel[at + 3 : at + 6])

    def has(self, path: str) -> bool:
        """Return whether there is a moving body at ``path``."""
        return path in self._names and self._model.body_jntnum[self._names[path]] > 0

    def put(self, path: str, position: F8, rotation: F8) -> None:
        """Put a moving body somewhere: metres, and a rotation matrix."""
        self.put_all({path: (position, rotation)})

    def put_all(self, places: Mapping[str, tuple[F8, F8]]) -> None:
        """Put moving bodies, by path, somewhere: metres, and a rotation matrix."""
        for path, (position, rotation) in places.items():
            at = int(self._model.jnt_qposadr[self._model.body_jntadr[self._names[path]]])
            self._data.qpos[at : at + 3] = position
            self._mujoco.mju_mat2Quat(self._data.qpos[at + 3 : at + 7], np.ascontiguousarray(rotation).ravel())
        self._mujoco.mj_kinematics(self._model, self._data)

    def place(self, path: str) -> tuple[F8, F8]:
        """Return position (metres) and rotation matrix of a body."""
        body = self._names[path]
        self._mujoco.mj_kinematics(self._model, self._data)
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
                        newtons=-(force[:3] @ axes),
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
        unit = np.asarray(direction, np.float64) / max(float(np.linalg.norm(direction)), 1e-12)
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
        local = turn.T @ (start - self._data.geom_xpos[geom])
        rate = planes[:, :3] @ (turn.T @ unit)
        gap = planes[:, 3] - planes[:, :3] @ local
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
        normal[:] = turn @ planes[first, :3]
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
            normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
            self._known_planes[geom] = np.column_stack([normals, (normals * corners[:, 0]).sum(1)])
        return self._known_planes[geom]

    def overlapping(self, probe: str, size: Sequence[float], position: F8, rotation: F8) -> list[str]:
        """Return the paths of the solids that a ``box`` (half extents) or ``sphere`` (radius),
        in metres, reaches into.
        """
        geom = self._model.geom(probe).id
        self._model.geom_size[geom] = [*size, *[0.0] * (3 - len(size))]
        self._model.geom_rbound[geom] = float(np.linalg.norm(size))
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
            np.linalg.norm(data.geom_xpos - data.geom_xpos[geom], axis=1) - model.geom_rbound - model.geom_rbound[geom]
        )
        paths = set()
        for other in np.flatnonzero(apart <= 0):
            path = self._paths.get(int(model.geom_bodyid[other]))
            if path is None or path in paths or model.geom_bodyid[other] == model.geom_bodyid[geom]:
                continue
            if self._mujoco.mj_geomDistance(model, data, geom, int(other), 1e-3, None) <= 0:
                paths.add(path)
        return sorted(paths)


def build(solids: Sequence[Solid], gravity: F8, report: Report) -> RigidWorld | None:
    """Return a world of the solids under ``gravity`` (metres / s^2); None, reported, where MuJoCo is not installed."""
    try:
        import mujoco
    except ImportError:
        report.ignored(
            "physics", "MuJoCo is not installed (pip install 'rendersdg[physics]'); bodies stay where they are placed"
        )
        return None
    spec = mujoco.MjSpec()
    spec.option.timestep = STEP
    spec.option.gravity = gravity.tolist()
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    geoms: list[tuple[str, Solid]] = []
    for k, solid in enumerate(solids):
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, np.ascontiguousarray(solid.rotation).ravel())
        body = spec.worldbody.add_body(name=f"b{k}", pos=solid.position.tolist(), quat=quat.tolist())
        if solid.motion is not None:
            body.add_freejoint()
            body.gravcomp = 0.0 if solid.motion.has_gravity else 1.0
        for points in solid.pieces:
            name = f"m{len(geoms)}"
            mesh = spec.add_mesh(name=name)
            mesh.uservert = points.ravel().tolist()
            mesh.maxhullvert = _MOST_HULL
            density = (solid.motion.density if solid.motion is not None else None) or _DENSITY
            geom = body.add_geom(
                name=name,
                type=mujoco.mjtGeom.mjGEOM_MESH,
                meshname=name,
                condim=6,
                friction=[solid.contact.friction, _TWIST, _ROLL],
                solref=_HARD,
                solimp=_SOLIMP,
                density=density,
            )
            if solid.motion is not None and solid.motion.mass:
                geom.mass = solid.motion.mass / len(solid.pieces)
            geoms.append((name, solid))
    for name, kind in (("box", mujoco.mjtGeom.mjGEOM_BOX), ("sphere", mujoco.mjtGeom.mjGEOM_SPHERE)):
        spec.worldbody.add_body(name=name).add_geom(
            name=name, type=kind, size=[1.0, 1.0, 1.0], contype=0, conaffinity=0
        )
    _add_pairs(spec, geoms)
    try:
        model = spec.compile()
    except ValueError as error:
        raise BadScene(f"the bodies cannot be simulated ({error})") from None
    names = {s.path: mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, f"b{k}") for k, s in enumerate(solids)}
    return RigidWorld(mujoco, model, solids, names)


def _add_pairs(spec: Any, geoms: Sequence[tuple[str, Solid]]) -> None:
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
            if solid is other or (solid.motion is None and other.motion is None):
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
        side = sqrt(1 - ratio**2)
        is_lively = exp(-ratio / side * (pi - atan2(2 * ratio * side, 1 - 2 * ratio**2))) > restitution
        least, most = (ratio, most) if is_lively else (least, ratio)
    ratio = max(ratio, 1e-3)
    return 1.0 / (_BOUNCE_RATE * ratio), ratio
