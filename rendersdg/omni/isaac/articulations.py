"""Articulations of Isaac Sim: robots whose joints are read, put somewhere, driven and pushed.

Positions are radians or stage units. Gains are those of Isaac Sim: newton metres a radian, not a degree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.geometry import affine, quaternion_rotation
from rendersdg.omni.doors import PathLike, VectorLike, gf_vec3f, numbers
from rendersdg.omni.isaac.prims import Prims, Rows, SinglePrim, rows
from rendersdg.omni.isaac.utils.types import ArticulationAction, JointsState, wanted
from rendersdg.omni.isaac.utils.xforms import get_world_pose, set_world_pose
from rendersdg.replicator.engine import current
from rendersdg.stage.joints import Drive, Freedom, Key
from rendersdg.stage.pose import quaternion

__all__ = ["Articulation", "ArticulationController", "SingleArticulation"]

Indices = VectorLike | None


class Joints:
    """The joints of one articulation: numbers in the stage's units, radians, newtons and newton metres of the stage."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ways(self) -> list[tuple[Key, Freedom]]:
        """Return what is free in them, level by level from the first body."""
        world = current().physics.joints()
        return [] if world is None else world.ways(self.path)

    def bodies(self) -> list[str]:
        """Return the paths of the bodies, the first of them first."""
        world = current().physics.joints()
        return [] if world is None else world.chain(self.path)

    def names(self) -> list[str]:
        """Return the name of each: its joint's, with a number where that has several."""
        keys = [key for key, _ in self.ways()]
        several = {path for path, _ in keys if sum(path == other for other, _ in keys) > 1}
        count: dict[str, int] = {}
        names = []
        for path, _ in keys:
            name = path.rsplit("/", 1)[-1]
            count[path] = count.get(path, -1) + 1
            names.append(f"{name}:{count[path]}" if path in several else name)
        return names

    def index(self, name: str) -> int:
        """Return the number of a joint. Raises NotSupported where none is called so."""
        names = self.names()
        if name not in names:
            has = f"has the joints {', '.join(names)}" if names else "has no joints that move"
            stands = "" if names else "; where a stand-in took the asset's place, give its file with --assets"
            raise NotSupported(f"{self.path} {has}, and not {name!r}{stands}", where=current().where())
        return names.index(name)

    def _chosen(self, indices: Indices) -> list[tuple[Key, Freedom]]:
        ways = self.ways()
        if indices is None:
            return ways
        asked = [int(k) for k in np.atleast_1d(numbers(indices)).ravel()]
        if any(not -len(ways) <= k < len(ways) for k in asked):
            raise BadArgument(
                f"{self.path} has {counted(len(ways), 'joint')}: {asked} are others", where=current().where()
            )
        return [ways[k] for k in asked]

    def scale(self, way: Freedom) -> float:
        """Return the metres or radians of a freedom's unit."""
        return UsdGeom.GetStageMetersPerUnit(current().recorder.stage) if way.is_slide else 1.0

    def strength(self, way: Freedom) -> float:
        """Return the newtons or newton metres of the unit of a freedom's efforts."""
        stage = current().recorder.stage
        unit, kilograms = UsdGeom.GetStageMetersPerUnit(stage), UsdPhysics.GetStageKilogramsPerUnit(stage)
        return float(kilograms * (unit if way.is_slide else unit * unit))

    def states(self, indices: Indices = None) -> tuple[F8, F8]:
        """Return positions and velocities."""
        world = current().physics.joints()
        found = {} if world is None else world.joint_states()
        ways = self._chosen(indices)
        pairs = [(found[key][0] / self.scale(way), found[key][1] / self.scale(way)) for key, way in ways]
        values = np.array(pairs, np.float64).reshape(-1, 2)
        return values[:, 0].copy(), values[:, 1].copy()

    def drives(self, indices: Indices = None) -> list[Drive]:
        """Return how each is driven, in newtons, metres and radians."""
        world = current().physics.joints()
        assert world is not None or not self._chosen(indices)
        return [(world.drive_of(key) if world is not None else None) or Drive() for key, _ in self._chosen(indices)]

    def _pairs(self, values: VectorLike | None, indices: Indices) -> list[tuple[Key, Freedom, float]]:
        ways, listed = self._chosen(indices), wanted(values)
        if not ways and listed:
            current().recorder.report.ignored(self.path, "has no joints that move: what they are told has no effect")
            return []
        if len(listed) == 1 and len(ways) > 1:
            listed = listed * len(ways)
        if listed and len(listed) != len(ways):
            raise BadArgument(
                f"{counted(len(listed), 'value')} for {counted(len(ways), 'joint')} of {self.path}",
                where=current().where(),
            )
        return [(key, way, value) for (key, way), value in zip(ways, listed) if value is not None]

    def put(self, positions: VectorLike | None, velocities: VectorLike | None, indices: Indices = None) -> None:
        """Put joints somewhere at once, or give them speeds."""
        places, speeds = (
            {key: value * self.scale(way) for key, way, value in self._pairs(values, indices)}
            for values in (positions, velocities)
        )
        if places or speeds:
            current().physics.bend(places, speeds)

    def drive(self, name: str, values: VectorLike | None, indices: Indices = None) -> None:
        """Drive joints otherwise: ``name`` is a part of ``stage.joints.Drive``."""
        for key, way, value in self._pairs(values, indices):
            scale = {"target": self.scale(way), "speed": self.scale(way)}.get(name)
            if scale is None:
                scale = self.strength(way) / (1.0 if name == "force" else self.scale(way))
            current().physics.command(key, **{name: value * scale})

    def push(self, efforts: VectorLike | None, indices: Indices = None) -> None:
        """Push joints during the next step."""
        for key, way, value in self._pairs(efforts, indices):
            current().physics.push_joint(key, value * self.strength(way))

    def act(self, action: ArticulationAction) -> None:
        """Do what an action says."""
        indices = action.joint_indices
        self.drive("target", action.joint_positions, indices)
        self.drive("speed", action.joint_velocities, indices)
        self.push(action.joint_efforts, indices)

    def limits(self) -> F8:
        """Return (N, 2) lower and upper limits."""
        ways = self.ways()
        return np.array([(w.low / self.scale(w), w.high / self.scale(w)) for _, w in ways], np.float64).reshape(-1, 2)

    def base(self) -> Usd.Prim:
        """Return the body that it begins with, the prim itself where there is none."""
        bodies = self.bodies()
        return current().recorder.stage.GetPrimAtPath(bodies[0] if bodies else self.path)

    def place(self, position: VectorLike | None, orientation: VectorLike | None) -> None:
        """Put all of it somewhere, so that its first body stands there."""
        stage, base, bodies = current().recorder.stage, self.base(), self.bodies()
        before = _matrix(base)
        set_world_pose(base, position, orientation)
        after = _matrix(base)
        moved = portable.product(after, portable.inverse(before))
        others = [p for p in bodies[1:] if not p.startswith(f"{base.GetPath()}/")]
        for path in (p for p in others if not any(p.startswith(o + "/") for o in others)):
            new = portable.product(moved, _matrix(stage.GetPrimAtPath(path)))
            set_world_pose(stage.GetPrimAtPath(path), new[:3, 3], _quaternion(new[:3, :3]))


def _matrix(prim: Usd.Prim) -> F8:
    """Return where a prim stands, (4, 4), without its scale."""
    place, turn = get_world_pose(prim)
    return affine(quaternion_rotation(turn.tolist()), place)


def _quaternion(rotation: F8) -> F8:
    turn = quaternion(rotation)
    return np.array([turn.GetReal(), *turn.GetImaginary()], np.float64)


class SingleArticulation(SinglePrim):
    """A robot, or whatever else has joints. Where it stands is where its first body stands."""

    def __init__(
        self,
        prim_path: str,
        name: str = "articulation",
        position: VectorLike | None = None,
        translation: VectorLike | None = None,
        orientation: VectorLike | None = None,
        scale: VectorLike | None = None,
        visible: bool | None = None,
        articulation_controller: ArticulationController | None = None,
        reset_xform_properties: bool = True,
    ) -> None:
        self.joints = Joints(str(prim_path))
        self._controller = articulation_controller or ArticulationController()
        self._controller.initialize(self)
        self._joints_default: JointsState | None = None
        self._is_made = False  # until then its prim is placed, and no joint is looked for
        super().__init__(prim_path, name, position, translation, orientation, scale, visible, reset_xform_properties)
        self._is_made = True

    @property
    def num_dof(self) -> int:
        """How many joints move."""
        return len(self.joints.ways())

    @property
    def num_bodies(self) -> int:
        """How many bodies there are."""
        return len(self.joints.bodies())

    @property
    def dof_names(self) -> list[str]:
        """The names of the joints that move."""
        return self.joints.names()

    @property
    def handles_initialized(self) -> bool:
        """Whether it is ready: always."""
        return True

    @property
    def dof_properties(self) -> np.ndarray:
        """Limits, drives and kinds, a row each, named as Isaac Sim has them."""
        kinds: Any = [(n, "u1") for n in ("type", "hasLimits")] + [(n, "f4") for n in ("lower", "upper")]
        kinds += [("driveMode", "u1")] + [(n, "f4") for n in ("maxVelocity", "maxEffort", "stiffness", "damping")]
        ways, limits = self.joints.ways(), self.joints.limits()
        table = np.zeros(len(ways), kinds)
        for k, ((_, way), drive) in enumerate(zip(ways, self.joints.drives())):
            strength, scale = self.joints.strength(way), self.joints.scale(way)
            gains = drive.stiffness * scale / strength, drive.damping * scale / strength
            has_limits = bool(np.isfinite(limits[k]).all())
            most = drive.force / strength
            table[k] = (way.is_slide, has_limits, *limits[k], 1 + drive.by_mass, np.inf, most, *gains)
        return table

    def get_dof_index(self, dof_name: str) -> int:
        """Return the number of a joint."""
        return self.joints.index(dof_name)

    def get_articulation_body_count(self) -> int:
        """Return how many bodies there are."""
        return self.num_bodies

    def set_joint_positions(self, positions: VectorLike, joint_indices: Indices = None) -> None:
        """Put joints somewhere at once. Their drives pull them to where they are told to be afterwards."""
        self.joints.put(positions, None, joint_indices)

    def get_joint_positions(self, joint_indices: Indices = None) -> F8:
        """Return where the joints are."""
        return self.joints.states(joint_indices)[0]

    def set_joint_velocities(self, velocities: VectorLike, joint_indices: Indices = None) -> None:
        """Give joints speeds at once."""
        self.joints.put(None, velocities, joint_indices)

    def get_joint_velocities(self, joint_indices: Indices = None) -> F8:
        """Return how fast the joints are."""
        return self.joints.states(joint_indices)[1]

    def set_joint_efforts(self, efforts: VectorLike, joint_indices: Indices = None) -> None:
        """Push joints during the next step."""
        self.joints.push(efforts, joint_indices)

    def apply_action(self, control_actions: ArticulationAction) -> None:
        """Tell the drives where to go and how fast, and push."""
        self.joints.act(control_actions)

    def get_applied_action(self) -> ArticulationAction:
        """Return what the drives were told."""
        scales = [self.joints.scale(way) for _, way in self.joints.ways()]
        drives = self.joints.drives()
        targets, speeds = ([getattr(d, n) / s for d, s in zip(drives, scales)] for n in ("target", "speed"))
        return ArticulationAction(np.array(targets), np.array(speeds), np.zeros(len(drives)))

    def get_articulation_controller(self) -> ArticulationController:
        """Return what drives it."""
        return self._controller

    def set_joints_default_state(
        self,
        positions: VectorLike | None = None,
        velocities: VectorLike | None = None,
        efforts: VectorLike | None = None,
    ) -> None:
        """Say where the joints stand after a reset."""
        parts = (None if v is None else numbers(v) for v in (positions, velocities, efforts))
        self._joints_default = JointsState(*parts)

    def get_joints_default_state(self) -> JointsState:
        """Return where the joints stand after a reset."""
        return self._joints_default or self.get_joints_state()

    def get_joints_state(self) -> JointsState:
        """Return where the joints stand."""
        places, speeds = self.joints.states()
        return JointsState(places, speeds, np.zeros(len(places)))

    def get_world_pose(self) -> tuple[F8, F8]:
        """Return position and quaternion of the first body in the world."""
        return get_world_pose(self.joints.base()) if self._is_made else super().get_world_pose()

    def set_world_pose(self, position: VectorLike | None = None, orientation: VectorLike | None = None) -> None:
        """Place all of it in the world, so that its first body stands there."""
        if self._is_made:
            self.joints.place(position, orientation)
        else:
            super().set_world_pose(position, orientation)

    def _base(self) -> UsdPhysics.RigidBodyAPI:
        return UsdPhysics.RigidBodyAPI(self.joints.base())

    def get_linear_velocity(self) -> F8:
        """Return the velocity of the first body, stage units a second."""
        return np.array(self._base().GetVelocityAttr().Get() or (0, 0, 0), np.float64)

    def get_angular_velocity(self) -> F8:
        """Return the spin of the first body, radians a second."""
        return np.radians(np.array(self._base().GetAngularVelocityAttr().Get() or (0, 0, 0), np.float64))

    def set_linear_velocity(self, velocity: VectorLike) -> None:
        """Set the velocity of the first body."""
        self._base().CreateVelocityAttr().Set(gf_vec3f(velocity))

    def set_angular_velocity(self, velocity: VectorLike) -> None:
        """Set the spin of the first body."""
        self._base().CreateAngularVelocityAttr().Set(gf_vec3f(np.degrees(numbers(velocity))))

    def get_world_velocity(self) -> F8:
        """Return velocity and spin, six numbers."""
        return np.concatenate([self.get_linear_velocity(), self.get_angular_velocity()])

    def set_world_velocity(self, velocity: VectorLike) -> None:
        """Set velocity and spin, six numbers."""
        self.set_linear_velocity(numbers(velocity)[:3])
        self.set_angular_velocity(numbers(velocity)[3:])

    def _gravity(self, *, is_off: bool) -> None:
        for path in self.joints.bodies():
            prim = current().recorder.stage.GetPrimAtPath(path)
            prim.CreateAttribute("physxRigidBody:disableGravity", Sdf.ValueTypeNames.Bool).Set(is_off)

    def disable_gravity(self) -> None:
        """Let it float."""
        self._gravity(is_off=True)

    def enable_gravity(self) -> None:
        """Let it weigh."""
        self._gravity(is_off=False)

    def set_enabled_self_collisions(self, flag: bool) -> None:
        """Say whether its bodies collide with each other."""
        name = "physxArticulation:enabledSelfCollisions"
        self.prim.CreateAttribute(name, Sdf.ValueTypeNames.Bool).Set(bool(flag))

    def set_solver_position_iteration_count(self, count: int) -> None:
        """Do nothing: MuJoCo solves until it has solved."""

    set_solver_velocity_iteration_count = set_solver_position_iteration_count

    def post_reset(self) -> None:
        """Put it, and its joints, where they stand after a reset."""
        if self._default is not None:
            SinglePrim.set_world_pose(self, *self._default)
        if self._joints_default is not None:
            self.joints.put(self._joints_default.positions, self._joints_default.velocities)


class ArticulationController:
    """Drives the joints of one articulation."""

    def __init__(self) -> None:
        self._robot: SingleArticulation | None = None

    def initialize(self, articulation_view: Any) -> None:
        """Take the articulation that it drives."""
        self._robot = articulation_view

    @property
    def _joints(self) -> Joints:
        if self._robot is None:
            raise BadArgument(
                "the controller has no articulation: call initialize(articulation)", where=current().where()
            )
        return self._robot.joints

    def apply_action(self, control_actions: ArticulationAction) -> None:
        """Tell the drives where to go and how fast, and push."""
        self._joints.act(control_actions)

    def get_applied_action(self) -> ArticulationAction:
        """Return what the drives were told."""
        assert self._joints
        assert self._robot is not None
        return self._robot.get_applied_action()

    def set_gains(
        self,
        kps: VectorLike | None = None,
        kds: VectorLike | None = None,
        save_to_usd: bool = False,
        joint_indices: Indices = None,
    ) -> None:
        """Set stiffness and damping, newton metres a radian. They are not written to the stage."""
        self._joints.drive("stiffness", kps, joint_indices)
        self._joints.drive("damping", kds, joint_indices)

    def get_gains(self) -> tuple[F8, F8]:
        """Return stiffness and damping, newton metres a radian."""
        return gains_of(self._joints)

    def set_max_efforts(self, values: VectorLike, joint_indices: Indices = None) -> None:
        """Say how hard the drives push at most."""
        self._joints.drive("force", values, joint_indices)

    def get_max_efforts(self) -> F8:
        """Return how hard the drives push at most."""
        return _forces(self._joints)

    def switch_control_mode(self, mode: str) -> None:
        """Drive by ``position``, ``velocity`` or ``effort``: switch off what of the drives is not of that."""
        switch(self._joints, mode, None)

    def switch_dof_control_mode(self, dof_index: int, mode: str) -> None:
        """Drive one joint by ``position``, ``velocity`` or ``effort``."""
        switch(self._joints, mode, [dof_index])

    def get_joint_limits(self) -> F8:
        """Return (N, 2) lower and upper limits."""
        return self._joints.limits()


def gains_of(joints: Joints) -> tuple[F8, F8]:
    """Return stiffness and damping of the drives of an articulation, newton metres a radian."""
    scales = [joints.scale(way) / joints.strength(way) for _, way in joints.ways()]
    drives = joints.drives()
    stiff, damped = ([getattr(d, n) * s for d, s in zip(drives, scales)] for n in ("stiffness", "damping"))
    return np.array(stiff, np.float64), np.array(damped, np.float64)


def _forces(joints: Joints) -> F8:
    return np.array([d.force / joints.strength(w) for d, (_, w) in zip(joints.drives(), joints.ways())], np.float64)


def switch(joints: Joints, mode: str, indices: Indices) -> None:
    """Let drives go by position, velocity or effort alone, as Isaac Sim's control modes do. Raises BadArgument."""
    if mode not in ("position", "velocity", "effort"):
        raise BadArgument(f"mode={mode!r} is none of position, velocity, effort", where=current().where())
    count = len(joints.ways()) if indices is None else len(np.atleast_1d(numbers(indices)))
    if mode != "position":
        joints.drive("stiffness", np.zeros(count), indices)
    if mode == "effort":
        joints.drive("damping", np.zeros(count), indices)


class Articulation(Prims):
    """Several articulations with the same joints: positions, speeds and targets are arrays (N, joints)."""

    def __init__(
        self,
        prim_paths_expr: PathLike | Sequence[PathLike] | None = None,
        name: str = "articulation_prim_view",
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(prim_paths_expr, name, *args, **more)
        self.all_joints = [Joints(path) for path in self.prim_paths]

    @property
    def num_dof(self) -> int:
        """How many joints move, in each."""
        return len(self.all_joints[0].ways())

    num_dofs = num_dof

    @property
    def num_bodies(self) -> int:
        """How many bodies there are, in each."""
        return len(self.all_joints[0].bodies())

    @property
    def dof_names(self) -> list[str]:
        """The names of the joints that move."""
        return self.all_joints[0].names()

    joint_names = dof_names

    @property
    def body_names(self) -> list[str]:
        """The names of the bodies."""
        return [path.rsplit("/", 1)[-1] for path in self.all_joints[0].bodies()]

    link_names = body_names

    def is_physics_handle_valid(self) -> bool:
        """Return whether it is ready: always."""
        return True

    is_physics_tensor_entity_valid = is_physics_handle_valid

    def get_dof_index(self, dof_name: str) -> int:
        """Return the number of a joint."""
        return self.all_joints[0].index(dof_name)

    def get_dof_indices(self, names: str | Sequence[str]) -> Rows:
        """Return the numbers of joints, as many as names."""
        listed = [names] if isinstance(names, str) else list(names)
        return np.array([self.all_joints[0].index(name) for name in listed], np.int32).view(Rows)

    def _each(self, indices: Indices) -> list[Joints]:
        return (
            self.all_joints
            if indices is None
            else [self.all_joints[int(k)] for k in np.atleast_1d(numbers(indices)).ravel()]
        )

    def _columns(self, dof_indices: Indices, joint_names: Sequence[str] | None = None) -> Indices:
        return self.get_dof_indices(list(joint_names)) if joint_names is not None else dof_indices

    def _shared(self, values: VectorLike | None, chosen: Sequence[Joints]) -> list[VectorLike | None]:
        """Return the values of each articulation, out of a row each, or one row or number for all."""
        if values is None:
            return [None] * len(chosen)
        listed = np.atleast_2d(numbers(values))
        if len(listed) not in (1, len(chosen)):
            raise BadArgument(
                f"{counted(len(listed), 'row')} for {counted(len(chosen), 'articulation')}", where=current().where()
            )
        return [listed[k % len(listed)] for k in range(len(chosen))]

    def put_all(
        self, positions: VectorLike | None, velocities: VectorLike | None, rows_: Indices, columns: Indices
    ) -> None:
        chosen = self._each(rows_)
        for joints, place, speed in zip(chosen, self._shared(positions, chosen), self._shared(velocities, chosen)):
            joints.put(place, speed, columns)

    def drive_all(self, name: str, values: VectorLike | None, rows_: Indices, columns: Indices) -> None:
        """Drive joints of some otherwise: ``name`` is a part of ``stage.joints.Drive``."""
        chosen = self._each(rows_)
        for joints, value in zip(chosen, self._shared(values, chosen)):
            joints.drive(name, value, columns)

    def set_joint_positions(
        self,
        positions: VectorLike,
        indices: Indices = None,
        joint_indices: Indices = None,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Put joints somewhere at once."""
        self.put_all(positions, None, indices, self._columns(joint_indices, joint_names))

    def set_joint_velocities(
        self,
        velocities: VectorLike,
        indices: Indices = None,
        joint_indices: Indices = None,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Give joints speeds at once."""
        self.put_all(None, velocities, indices, self._columns(joint_indices, joint_names))

    def set_joint_position_targets(
        self,
        positions: VectorLike,
        indices: Indices = None,
        joint_indices: Indices = None,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Tell the drives where to go."""
        self.drive_all("target", positions, indices, self._columns(joint_indices, joint_names))

    def set_joint_velocity_targets(
        self,
        velocities: VectorLike,
        indices: Indices = None,
        joint_indices: Indices = None,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Tell the drives how fast to go."""
        self.drive_all("speed", velocities, indices, self._columns(joint_indices, joint_names))

    def set_joint_efforts(
        self,
        efforts: VectorLike,
        indices: Indices = None,
        joint_indices: Indices = None,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Push joints during the next step."""
        chosen, columns = self._each(indices), self._columns(joint_indices, joint_names)
        for joints, value in zip(chosen, self._shared(efforts, chosen)):
            joints.push(value, columns)

    def get_joint_positions(self, indices: Indices = None, joint_indices: Indices = None, **options: object) -> Rows:
        """Return where the joints are."""
        return rows([joints.states(joint_indices)[0] for joints in self._each(indices)])

    def get_joint_velocities(self, indices: Indices = None, joint_indices: Indices = None, **options: object) -> Rows:
        """Return how fast the joints are."""
        return rows([joints.states(joint_indices)[1] for joints in self._each(indices)])

    def apply_action(self, control_actions: ArticulationAction, indices: Indices = None) -> None:
        """Tell the drives where to go and how fast, and push."""
        columns = self._columns(control_actions.joint_indices, getattr(control_actions, "joint_names", None))
        self.drive_all("target", control_actions.joint_positions, indices, columns)
        self.drive_all("speed", control_actions.joint_velocities, indices, columns)
        if control_actions.joint_efforts is not None:
            self.set_joint_efforts(control_actions.joint_efforts, indices, columns)

    def set_gains(
        self,
        kps: VectorLike | None = None,
        kds: VectorLike | None = None,
        indices: Indices = None,
        joint_indices: Indices = None,
        save_to_usd: bool = False,
        joint_names: Sequence[str] | None = None,
    ) -> None:
        """Set stiffness and damping, newton metres a radian. They are not written to the stage."""
        columns = self._columns(joint_indices, joint_names)
        self.drive_all("stiffness", kps, indices, columns)
        self.drive_all("damping", kds, indices, columns)

    def get_gains(self, indices: Indices = None, **options: object) -> tuple[Rows, Rows]:
        """Return stiffness and damping, newton metres a radian."""
        stiff, damped = zip(*(gains_of(joints) for joints in self._each(indices)))
        return rows(stiff), rows(damped)

    def set_max_efforts(
        self, values: VectorLike, indices: Indices = None, joint_indices: Indices = None, **options: object
    ) -> None:
        """Say how hard the drives push at most."""
        self.drive_all("force", values, indices, joint_indices)

    def get_max_efforts(self, indices: Indices = None, **options: object) -> Rows:
        """Return how hard the drives push at most."""
        return rows([_forces(joints) for joints in self._each(indices)])

    def switch_control_mode(self, mode: str, indices: Indices = None, joint_indices: Indices = None) -> None:
        """Drive by ``position``, ``velocity`` or ``effort``."""
        for joints in self._each(indices):
            switch(joints, mode, joint_indices)

    def get_dof_limits(self, *args: object, **options: object) -> Rows:
        """Return (N, joints, 2) lower and upper limits."""
        return rows([joints.limits() for joints in self.all_joints])

    def get_world_poses(self, indices: Indices = None, **options: object) -> tuple[Rows, Rows]:
        """Return positions and quaternions of the first bodies in the world."""
        places, turns = zip(*(get_world_pose(joints.base()) for joints in self._each(indices)))
        return rows(places), rows(turns)

    def set_world_poses(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        indices: Indices = None,
        **options: object,
    ) -> None:
        """Place them in the world, so that their first bodies stand there."""
        if not hasattr(self, "all_joints"):  # while it is made
            super().set_world_poses(positions, orientations, indices)
            return
        chosen = self._each(indices)
        places, turns = (self._rows_or_none(v, len(chosen), n) for v, n in ((positions, 3), (orientations, 4)))
        for joints, place, turn in zip(chosen, places, turns):
            joints.place(place, turn)
