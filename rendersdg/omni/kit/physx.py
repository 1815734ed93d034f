"""``omni.physx``: simulation steps that scripts listen to, and questions of what lies where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.arrays import F8
from rendersdg.geometry import quaternion_rotation
from rendersdg.omni.doors import PathLike, VectorLike
from rendersdg.omni.kit.carb_events import Subscription
from rendersdg.omni.kit.kinds import Kind
from rendersdg.omni.kit.physics_schema_tools import path_text, sdfPathToInt
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.replicator.physics import PHYSICS_STEP
from rendersdg.replicator.values import unwrap
from rendersdg.stage.rigid import Force, Hit

__all__ = [
    "acquire_physx_interface",
    "get_physx_interface",
    "get_physx_scene_query_interface",
    "get_physx_simulation_interface",
]

StepListener = Callable[[float], object]  # told the seconds of a step
PathOrNumber = PathLike | int  # a number stands for a path that PhysicsSchemaTools has encoded


def _unit() -> float:
    return float(UsdGeom.GetStageMetersPerUnit(current().recorder.stage))


def _metres(value: VectorLike) -> F8:
    return np.array([float(v) for v in unwrap(value)]) * _unit()


class BodyPose(TypedDict):
    """Where a body is in the world: stage units, and a quaternion (x, y, z, w)."""

    ret_val: bool
    position: Gf.Vec3f
    rotation: Gf.Vec4f


def rigid_body_pose(path: PathLike) -> BodyPose:
    """Return ``position`` and ``rotation`` (x, y, z, w) of a prim in the world;
    ``ret_val`` says whether there is one.
    """
    prim = current().recorder.stage.GetPrimAtPath(str(path))
    if not prim or not prim.IsA(UsdGeom.Xformable):
        return {"ret_val": False, "position": Gf.Vec3f(0), "rotation": Gf.Vec4f(0, 0, 0, 1)}
    matrix = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()).RemoveScaleShear()
    quat = matrix.ExtractRotationQuat()
    turn = Gf.Vec4f(*(float(v) for v in (*quat.GetImaginary(), quat.GetReal())))
    return {"ret_val": True, "position": Gf.Vec3f(matrix.ExtractTranslation()), "rotation": turn}


class ContactEventType(Kind):
    """What a pair of solids did since the step before."""

    CONTACT_FOUND = 0
    CONTACT_LOST = 1
    CONTACT_PERSIST = 2


def _reported(paths: tuple[str, str]) -> bool:
    """Return whether one of two solids has PhysxContactReportAPI: itself, or what is above or below it."""
    stage = current().recorder.stage

    def has(prim: Usd.Prim) -> bool:
        return bool(prim) and "PhysxContactReportAPI" in prim.GetPrimTypeInfo().GetAppliedAPISchemas()

    for path in paths:
        below = Usd.PrimRange(prim) if (prim := stage.GetPrimAtPath(path)) else ()
        if any(has(stage.GetPrimAtPath(p)) for p in Sdf.Path(path).GetPrefixes()) or any(has(p) for p in below):
            return True
    return False


@dataclass(eq=False)
class ContactEventHeader:
    """A pair of solids, by the numbers of their paths, and which of the points are theirs."""

    type: ContactEventType
    actor0: int
    actor1: int
    contact_data_offset: int
    num_contact_data: int
    stage_id: int = 0

    @property
    def collider0(self) -> int:
        """The number of the first solid's collider: the solid itself."""
        return self.actor0

    @property
    def collider1(self) -> int:
        """The number of the second solid's collider: the solid itself."""
        return self.actor1


@dataclass(eq=False)
class ContactData:
    """Where two solids met, in stage units; the impulse is in kg stage units / s."""

    position: Gf.Vec3f
    normal: Gf.Vec3f
    impulse: Gf.Vec3f
    separation: float
    face_index0: int = 0
    face_index1: int = 0


Contacts = tuple[list[ContactEventHeader], list[ContactData]]


def contact_report() -> Contacts:
    """Return headers, one for each pair of solids, and the points where they met, which the headers number.

    Pairs without PhysxContactReportAPI are left out. Positions are in stage units, impulses in kg stage units / s.
    """
    touches, before = current().physics.touches()
    headers: list[ContactEventHeader] = []
    points: list[ContactData] = []
    unit, step = _unit(), current().physics.step_seconds()
    now = dict.fromkeys(t.paths for t in touches)
    for pair in [*now, *sorted(before - set(now))]:
        if not _reported(pair):
            continue
        met = [t for t in touches if t.paths == pair]
        if not met:
            kind = ContactEventType.CONTACT_LOST
        else:
            kind = ContactEventType.CONTACT_PERSIST if pair in before else ContactEventType.CONTACT_FOUND
        first, second = (sdfPathToInt(p) for p in pair)
        headers.append(ContactEventHeader(kind, first, second, len(points), len(met)))
        for touch in met:
            points.append(
                ContactData(
                    position=Gf.Vec3f(*(touch.position / unit).tolist()),
                    normal=Gf.Vec3f(*touch.normal.tolist()),
                    impulse=Gf.Vec3f(*(touch.newtons * step / unit).tolist()),
                    separation=touch.gap / unit,
                )
            )
    return headers, points


class Physx:
    """The simulation: it steps while time passes, and by hand."""

    def subscribe_physics_step_events(self, fn: StepListener) -> Subscription[StepListener]:
        """Call ``fn`` with the seconds of each physics step until the result is unsubscribed."""
        return Subscription(current().clock.step_listeners, fn)

    def subscribe_physics_on_step_events(
        self, fn: Callable[[float], object], pre_step: bool = False, order: int = 0
    ) -> Subscription[StepListener]:
        """Call ``fn`` with the seconds of each physics step, before or after it, until the result is unsubscribed."""
        clock = current().clock
        return Subscription(clock.early_listeners if pre_step else clock.step_listeners, fn)

    def update_simulation(
        self, elapsed_step: float = PHYSICS_STEP, current_time: float = 0.0, **options: object
    ) -> None:
        """Let a step's time pass."""
        current().clock.pass_time(float(elapsed_step))

    def apply_force_at_pos(
        self,
        stage_id: int,
        body_path: PathOrNumber,
        force: VectorLike,
        pos: VectorLike | None = None,
        mode: str = "Force",
    ) -> None:
        """Let a force act on a body during the next step: kg stage units / s^2 in the world, at a point of it."""
        at = None if pos is None else _metres(pos)
        current().physics.forces.append(Force(path_text(body_path), _metres(force), np.zeros(3), at))

    def apply_torque(self, stage_id: int, body_path: PathOrNumber, torque: VectorLike) -> None:
        """Let a torque act on a body during the next step: kg stage units^2 / s^2 in the world."""
        current().physics.forces.append(Force(path_text(body_path), np.zeros(3), _metres(torque) * _unit()))

    def get_contact_report(self) -> Contacts:
        """Return where solids met in the last step: headers and points."""
        return contact_report()

    def subscribe_contact_report_events(
        self, fn: Callable[[list[ContactEventHeader], list[ContactData]], object]
    ) -> Subscription[StepListener]:
        """Call ``fn`` with headers and points after each step in which solids met or parted."""

        def after(seconds: float) -> None:
            headers, points = contact_report()
            if headers:
                fn(headers, points)

        return Subscription(current().clock.step_listeners, after)

    simulate = update_simulation
    get_rigidbody_transformation = staticmethod(rigid_body_pose)

    def start_simulation(self, *args: object, **options: object) -> None:
        """Do nothing: the simulation is ready whenever time passes."""

    force_load_physics_from_usd = update_transformations = overwrite_gpu_setting = start_simulation
    fetch_results = attach_stage = detach_stage = flush_changes = release_physics_objects = start_simulation

    def reset_simulation(self) -> None:
        """Put the bodies back to where they began."""
        current().clock.rewind()


class ClosestHit(TypedDict, total=False):
    """What a ray meets first, in stage units; ``hit`` alone where it meets nothing."""

    hit: bool
    distance: float
    position: Gf.Vec3f
    normal: Gf.Vec3f
    rigidBody: str
    collision: str
    material: str
    protoIndex: int
    faceIndex: int


@dataclass(eq=False)
class RaycastHit:
    """One of the things that a ray meets, in stage units."""

    rigid_body: str
    collision: str
    distance: float
    position: Gf.Vec3f
    normal: Gf.Vec3f
    face_index: int = 0
    material: str = ""


@dataclass(eq=False)
class OverlapHit:
    """One of the things that a shape reaches into."""

    rigid_body: str
    collision: str
    proto_index: int = 0


OverlapListener = Callable[[OverlapHit], object]  # returns False to hear of no more


def _answer(hit: Hit) -> ClosestHit:
    unit = _unit()
    return {
        "hit": True,
        "distance": hit.distance / unit,
        "position": Gf.Vec3f(*(hit.position / unit).tolist()),
        "normal": Gf.Vec3f(*hit.normal.tolist()),
        "rigidBody": hit.path,
        "collision": hit.path,
        "material": "",
        "protoIndex": 0,
        "faceIndex": 0,
    }


def _report(paths: list[str], listener: OverlapListener | None, any_hit: bool) -> int:
    """Tell of each path until the listener returns False; returns how many it was told of."""
    for count, path in enumerate(paths, 1):
        hit = OverlapHit(path, path)
        if (listener is not None and listener(hit) is False) or any_hit:
            return count
    return len(paths)


class SceneQuery:
    """Questions of what lies where. Bodies and colliders are what they collide as, known by the path of the body."""

    def _ray(self, origin: VectorLike, direction: VectorLike, distance: float) -> list[Hit]:
        world = current().physics.solids()
        aim = np.array([float(v) for v in unwrap(direction)])
        return [] if world is None else world.ray(_metres(origin), aim, float(distance) * _unit())

    def raycast_closest(
        self, origin: VectorLike, dir: VectorLike, distance: float, bothSides: bool = False
    ) -> ClosestHit:
        """Return what a ray meets first: ``hit`` and, if so, ``distance``, ``position``, ``normal``, ``rigidBody``."""
        hits = self._ray(origin, dir, distance)
        return _answer(hits[0]) if hits else {"hit": False}

    def raycast_any(self, origin: VectorLike, dir: VectorLike, distance: float, bothSides: bool = False) -> bool:
        """Return whether a ray meets anything."""
        return bool(self._ray(origin, dir, distance))

    def raycast_all(
        self,
        origin: VectorLike,
        dir: VectorLike,
        distance: float,
        reportFn: Callable[[RaycastHit], object],
        bothSides: bool = False,
    ) -> bool:
        """Tell of all that a ray meets, nearest first, until the listener returns False.
        Returns whether it meets anything.
        """
        hits = self._ray(origin, dir, distance)
        for hit in hits:
            answer = _answer(hit)
            entry = RaycastHit(hit.path, hit.path, answer["distance"], answer["position"], answer["normal"])
            if reportFn(entry) is False:
                break
        return bool(hits)

    def _overlapping(self, probe: str, size: VectorLike, pos: VectorLike, rot: VectorLike = (0, 0, 0, 1)) -> list[str]:
        world = current().physics.solids()
        x, y, z, w = (float(v) for v in unwrap(rot))
        return (
            []
            if world is None
            else world.overlapping(probe, _metres(size).tolist(), _metres(pos), quaternion_rotation((w, x, y, z)))
        )

    def overlap_box(
        self,
        halfExtent: VectorLike,
        pos: VectorLike,
        rot: VectorLike,
        reportFn: OverlapListener | None = None,
        anyHit: bool = False,
    ) -> int:
        """Tell of all that a box reaches into, until the listener returns False; ``rot`` is (x, y, z,
        w). Returns how many.
        """
        return _report(self._overlapping("box", halfExtent, pos, rot), reportFn, anyHit)

    def overlap_box_any(self, halfExtent: VectorLike, pos: VectorLike, rot: VectorLike) -> bool:
        """Return whether a box reaches into anything."""
        return bool(self._overlapping("box", halfExtent, pos, rot))

    def overlap_sphere(
        self, radius: float, pos: VectorLike, reportFn: OverlapListener | None = None, anyHit: bool = False
    ) -> int:
        """Tell of all that a ball reaches into, until the listener returns False. Returns how many."""
        return _report(self._overlapping("sphere", [radius], pos), reportFn, anyHit)

    def overlap_sphere_any(self, radius: float, pos: VectorLike) -> bool:
        """Return whether a ball reaches into anything."""
        return bool(self._overlapping("sphere", [radius], pos))

    def overlap_shape(
        self,
        path0: PathOrNumber,
        path1: int | None = None,
        reportFn: OverlapListener | None = None,
        anyHit: bool = False,
    ) -> int:
        """Tell of all that a body or collider touches. Its path is given as such,
        or by the pair of numbers that encodes it.
        """
        world = current().physics.solids()
        return 0 if world is None else _report(world.touching(path_text(path0)), reportFn, anyHit)

    def overlap_shape_any(self, path0: PathOrNumber, path1: int | None = None) -> bool:
        """Return whether a body or collider touches anything."""
        return self.overlap_shape(path0, path1) > 0

    overlap_mesh, overlap_mesh_any = overlap_shape, overlap_shape_any


def get_physx_interface() -> Physx:
    """Return the simulation of this run."""
    return current_host().part(Physx)


acquire_physx_interface = get_physx_simulation_interface = get_physx_interface


def get_physx_scene_query_interface() -> SceneQuery:
    """Return what answers questions of what lies where."""
    return current_host().part(SceneQuery)
