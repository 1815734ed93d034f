"""Live physics: the bodies of UsdPhysics that move on the stage while a script lets time pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from rendersdg.replicator.captures import Captures
from rendersdg.replicator.robots import LiveRobots
from rendersdg.stage.joints import Key
from rendersdg.stage.physics import LiveSimulation
from rendersdg.stage.pose import Pose, read_pose, write_pose
from rendersdg.stage.rigid import Force, RigidWorld, Touch

PHYSICS_STEP = 1.0 / 60.0  # seconds: how often PhysX steps, and tells those who listen, unless a script says otherwise
Speed = tuple[Gf.Vec3f, Gf.Vec3f]  # velocity in stage units a second, spin in degrees a second


@dataclass(eq=False)
class LivePhysics:
    """Moves the bodies of the stage that ``captures`` are of, and says where they meet.

    ``forces`` act during the next step.
    """

    captures: Captures
    forces: list[Force] = field(default_factory=list)
    robots: LiveRobots = field(init=False)
    _live: LiveSimulation | None = None
    _authored: dict[str, tuple[Pose, Speed]] = field(default_factory=dict)  # before bodies moved, by path
    _has_bodies: bool = False
    _seconds_on_stage: float = PHYSICS_STEP

    def __post_init__(self) -> None:
        self.robots = LiveRobots(self.captures.watch)

    def step_seconds(self) -> float:
        """Return the seconds between PhysX's steps: as set by Replicator, else as the stage's physics scene has it."""
        if seconds := self.captures.recorder.graph.settings.get("physx_timestep"):
            return float(seconds)
        self._survey()
        return self._seconds_on_stage

    def move_bodies(self, seconds: float) -> None:
        """Simulate ``seconds`` and write poses and speeds of the bodies to the stage; robots drive."""
        self.robots.drive(self.captures.recorder.stage, seconds)
        forces, self.forces = self.forces, []
        self._survey()
        if not self._has_bodies:
            return
        watch, live = self.captures.watch, self._simulation()
        simulator, state = self.captures.present()
        self._write(live.advance(simulator, state, seconds, touched=watch.touched, forces=forces))

    def joints(self) -> RigidWorld | None:
        """Return the bodies as they are, to ask how their joints stand; None without bodies or MuJoCo."""
        self._survey()
        if not self._has_bodies:
            return None
        live, touched = self._simulation(), self.captures.watch.touched
        if live.world is not None and not self.captures.watch.is_touched:
            return live.world
        simulator, state = self.captures.present()
        world = live.joined(simulator, state, touched=touched)
        if world is not None and self.captures.watch.is_touched:
            # what was edited is taken in, and is not to be asked of the stage again
            self._write(live.bend(simulator, state, {}, {}, touched=()))
        return world

    def bend(self, positions: Mapping[Key, float], speeds: Mapping[Key, float]) -> None:
        """Put joints at positions and give them speeds, metres or radians; the bodies on the stage follow."""
        self._survey()
        if self._has_bodies:
            touched = self.captures.watch.touched
            self._write(self._simulation().bend(*self.captures.present(), positions, speeds, touched=touched))

    def command(self, key: Key, **changes: float) -> None:
        """Drive a freedom of a joint from now on otherwise than the stage says (see ``stage.joints.Drive``)."""
        self._simulation().command(key, **changes)

    def commanded(self, key: Key) -> dict[str, float]:
        """Return what ``command`` changed of a drive."""
        return self._simulation().commanded(key)

    def push_joint(self, key: Key, effort: float) -> None:
        """Push a freedom of a joint during the next step, newtons or newton metres."""
        self._simulation().efforts[key] = effort

    def _write(self, poses: Mapping[str, Pose]) -> None:
        """Write poses and speeds of the bodies to the stage."""
        watch, stage, live = self.captures.watch, self.captures.recorder.stage, self._simulation()
        prims = {path: stage.GetPrimAtPath(path) for path in poses}
        speeds = live.speeds(UsdGeom.GetStageMetersPerUnit(stage))
        with watch.simulating():
            for path, prim in prims.items():
                if path not in self._authored:  # attributes that are not there yet are made one by one
                    self._authored[path] = read_pose(prim, Usd.TimeCode.Default()), _speed(prim)
                    write_pose(prim, poses[path])
                    _set_speed(prim, *speeds[path])
            with Sdf.ChangeBlock():  # one notice for all
                for path, prim in prims.items():
                    write_pose(prim, poses[path])
                    _set_speed(prim, *speeds[path])

    def touches(self) -> tuple[list[Touch], set[tuple[str, str]]]:
        """Return where solids met in the last step, and the pairs that met in the one before."""
        return ([], set()) if self._live is None else (self._live.touches(), self._live.met_before)

    def solids(self) -> RigidWorld | None:
        """Return the bodies and colliders where they are, to ask what a ray or a box meets; None without MuJoCo."""
        live = self._simulation()
        simulator, state = self.captures.present()
        return live.asked(simulator, state, touched=self.captures.watch.touched)

    def rewind(self) -> None:
        """Put the bodies back where they stood before they fell."""
        for path, (pose, speed) in self._authored.items():
            if prim := self.captures.recorder.stage.GetPrimAtPath(path):
                write_pose(prim, pose)
                _set_speed(prim, *speed)
        self.forget()

    def forget(self) -> None:
        """Begin anew, with the stage as it is."""
        self._authored, self._live = {}, None

    def _simulation(self) -> LiveSimulation:
        if self._live is None:
            self._live = LiveSimulation()
        return self._live

    def _survey(self) -> None:
        """Find out, where prims were touched, whether the stage has bodies and how often its physics scene steps."""
        if not self.captures.watch.is_touched:
            return
        prims = list(self.captures.recorder.stage.Traverse())
        self._has_bodies = any("PhysicsRigidBodyAPI" in p.GetAppliedSchemas() for p in prims)
        rates = (p.GetAttribute("physxScene:timeStepsPerSecond").Get() for p in prims if p.IsA(UsdPhysics.Scene))
        self._seconds_on_stage = next((1.0 / float(rate) for rate in rates if rate), PHYSICS_STEP)


def _speed(prim: Usd.Prim) -> Speed:
    """Return velocity and spin as a body has them on the stage."""
    api = UsdPhysics.RigidBodyAPI(prim)
    return api.GetVelocityAttr().Get() or (0, 0, 0), api.GetAngularVelocityAttr().Get() or (0, 0, 0)


def _set_speed(prim: Usd.Prim, velocity: Iterable[float], spin: Iterable[float]) -> None:
    """Write velocity and spin of a body to the stage, as PhysX does after a step."""
    if prim.HasAPI(UsdPhysics.RigidBodyAPI):
        api = UsdPhysics.RigidBodyAPI(prim)
        api.CreateVelocityAttr().Set(Gf.Vec3f(*(float(v) for v in velocity)))
        api.CreateAngularVelocityAttr().Set(Gf.Vec3f(*(float(v) for v in spin)))
