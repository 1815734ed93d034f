"""``omni.physx``: simulation steps that scripts listen to, and questions of what lies where."""

from __future__ import annotations

import types
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.geometry import quaternion_rotation
from rendersdg.omni import bodies
from rendersdg.omni.kit import Kind, Subscription, module
from rendersdg.replicator.engine import current
from rendersdg.replicator.physics import PHYSICS_STEP
from rendersdg.replicator.values import unwrap
from rendersdg.stage.rigid import Force, Hit

Report = Callable[[Any], Any]


def _unit() -> float:
    return float(UsdGeom.GetStageMetersPerUnit(current().recorder.stage))


def _metres(value: Any) -> np.ndarray[Any, Any]:
    return np.array([float(v) for v in unwrap(value)]) * _unit()


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def rigid_body_pose(path: Any) -> dict[str, Any]:
    """Return ``position`` and ``rotation`` (x, y, z, w) of a prim in the world; ``ret_val`` says whether there is
    one.
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


def contact_report() -> tuple[list[Any], list[Any]]:
    """Return headers, one for each pair of solids, and the points where they met, which the headers number.

    Pairs without PhysxContactReportAPI are left out. Positions are in stage units, impulses in kg stage units / s.
    """
    touches, before = current().physics.touches()
    headers: list[Any] = []
    points: list[Any] = []
    unit, step = _unit(), current().physics.step_seconds()
    now = dict.fromkeys(t.paths for t in touches)
    for pair in [*now, *sorted(before - set(now))]:
        if not _reported(pair):
            continue
        met = [t for t in touches if t.paths == pair]
        kind = (
            ContactEventType.CONTACT_LOST
            if not met
            else ContactEventType.CONTACT_PERSIST
            if pair in before
            else ContactEventType.CONTACT_FOUND
        )
        first, second = (path_to_int(p) for p in pair)
        headers.append(
            types.SimpleNamespace(
                type=kind,
                stage_id=0,
                actor0=first,
                actor1=second,
                collider0=first,
                collider1=second,
                contact_data_offset=len(points),
                num_contact_data=len(met),
            )
        )
        for touch in met:
            impulse = touch.newtons * step / unit
            points.append(
                types.SimpleNamespace(
                    position=Gf.Vec3f(*(touch.position / unit).tolist()),
                    normal=Gf.Vec3f(*touch.normal.tolist()),
                    impulse=Gf.Vec3f(*impulse.tolist()),
                    separation=touch.gap / unit,
                    face_index0=0,
                    face_index1=0,
                )
            )
    return headers, points


class Physx:
    """The simulation: it steps while time passes, and by hand."""

    def subscribe_physics_step_events(self, fn: Callable[[float], Any]) -> Subscription:
        """Call ``fn`` with the seconds of each physics step until the result is unsubscribed."""
        return Subscription(current().clock.step_listeners, fn)

    def subscribe_physics_on_step_events(
        self, fn: Callable[..., Any], pre_step: bool = False, order: int = 0
    ) -> Subscription:
        """Call ``fn`` with the seconds of each physics step, and the context, until the result is unsubscribed."""
        return Subscription(current().clock.step_listeners, lambda seconds: fn(seconds, None))

    def update_simulation(self, elapsed_step: float = PHYSICS_STEP, current_time: float = 0.0, **other: Any) -> None:
        """Let a step's time pass."""
        current().clock.pass_time(float(elapsed_step))

    def apply_force_at_pos(
        self, stage_id: Any, body_path: Any, force: Any, pos: Any = None, mode: str = "Force"
    ) -> None:
        """Let a force act on a body during the next step: kg stage units / s^2 in the world, at a point of it."""
        at = None if pos is None else _metres(pos)
        current().physics.forces.append(Force(_path(body_path), _metres(force), np.zeros(3), at))

    def apply_torque(self, stage_id: Any, body_path: Any, torque: Any) -> None:
        """Let a torque act on a body during the next step: kg stage units^2 / s^2 in the world."""
        current().physics.forces.append(Force(_path(body_path), np.zeros(3), _metres(torque) * _unit()))

    def get_contact_report(self) -> tuple[list[Any], list[Any]]:
        """Return where solids met in the last step: headers and points."""
        return contact_report()

    def subscribe_contact_report_events(self, fn: Callable[[list[Any], list[Any]], Any]) -> Subscription:
        """Call ``fn`` with headers and points after each step in which solids met or parted."""

        def after(seconds: float) -> None:
            headers, points = contact_report()
            if headers:
                fn(headers, points)

        return Subscription(current().clock.step_listeners, after)

    simulate = update_simulation
    get_rigidbody_transformation = staticmethod(rigid_body_pose)
    start_simulation = force_load_physics_from_usd = update_transformations = overwrite_gpu_setting = _nothing
    fetch_results = attach_stage = detach_stage = flush_changes = release_physics_objects = _nothing

    def reset_simulation(self) -> None:
        """Put the bodies back to where they began."""
        current().clock.rewind()


def _answer(hit: Hit | None) -> dict[str, Any]:
    if hit is None:
        return {"hit": False}
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


def _tell(paths: list[str], report: Report | None, any_hit: bool) -> int:
    """Tell of each path until the listener returns False; returns how many it was told of."""
    for count, path in enumerate(paths, 1):
        hit = types.SimpleNamespace(rigid_body=path, collision=path, proto_index=0)
        if (report is not None and report(hit) is False) or any_hit:
            return count
    return len(paths)


class SceneQuery:
    """Questions of what lies where. Bodies and colliders are what they collide as, known by the path of the body."""

    def _ray(self, origin: Any, direction: Any, distance: float) -> list[Hit]:
        world = current().physics.solids()
        aim = np.array([float(v) for v in unwrap(direction)])
        return [] if world is None else world.ray(_metres(origin), aim, float(distance) * _unit())

    def raycast_closest(self, origin: Any, dir: Any, distance: float, bothSides: bool = False) -> dict[str, Any]:
        """Return what a ray meets first: ``hit`` and, if so, ``distance``, ``position``, ``normal``, ``rigidBody``."""
        found = self._ray(origin, dir, distance)
        return _answer(found[0] if found else None)

    def raycast_any(self, origin: Any, dir: Any, distance: float, bothSides: bool = False) -> bool:
        """Return whether a ray meets anything."""
        return bool(self._ray(origin, dir, distance))

    def raycast_all(self, origin: Any, dir: Any, distance: float, reportFn: Report, bothSides: bool = False) -> bool:
        """Tell of all that a ray meets, nearest first, until the listener returns False."""
        found = self._ray(origin, dir, distance)
        for hit in found:
            answer = _answer(hit)
            entry = types.SimpleNamespace(
                rigid_body=hit.path,
                collision=hit.path,
                distance=answer["distance"],
                position=answer["position"],
                normal=answer["normal"],
                face_index=0,
                material="",
            )
            if reportFn(entry) is False:
                break
        return bool(found)

    def _overlapping(self, probe: str, size: Any, pos: Any, rot: Any = (0, 0, 0, 1)) -> list[str]:
        world = current().physics.solids()
        x, y, z, w = (float(v) for v in unwrap(rot))
        return (
            []
            if world is None
            else world.overlapping(probe, _metres(size).tolist(), _metres(pos), quaternion_rotation((w, x, y, z)))
        )

    def overlap_box(
        self, halfExtent: Any, pos: Any, rot: Any, reportFn: Report | None = None, anyHit: bool = False
    ) -> int:
        """Tell of all that a box reaches into, until the listener returns False; ``rot`` is (x, y, z, w). Returns how
        many.
        """
        return _tell(self._overlapping("box", halfExtent, pos, rot), reportFn, anyHit)

    def overlap_box_any(self, halfExtent: Any, pos: Any, rot: Any) -> bool:
        """Return whether a box reaches into anything."""
        return bool(self._overlapping("box", halfExtent, pos, rot))

    def overlap_sphere(self, radius: float, pos: Any, reportFn: Report | None = None, anyHit: bool = False) -> int:
        """Tell of all that a ball reaches into, until the listener returns False. Returns how many."""
        return _tell(self._overlapping("sphere", [radius], pos), reportFn, anyHit)

    def overlap_sphere_any(self, radius: float, pos: Any) -> bool:
        """Return whether a ball reaches into anything."""
        return bool(self._overlapping("sphere", [radius], pos))

    def overlap_shape(self, path0: Any, path1: Any = None, reportFn: Report | None = None, anyHit: bool = False) -> int:
        """Tell of all that a body or collider touches. Its path is given as such, or by the pair of numbers that
        encodes it.
        """
        world = current().physics.solids()
        return 0 if world is None else _tell(world.touching(_path(path0)), reportFn, anyHit)

    def overlap_shape_any(self, path0: Any, path1: Any = None) -> bool:
        """Return whether a body or collider touches anything."""
        return self.overlap_shape(path0, path1) > 0

    overlap_mesh, overlap_mesh_any = overlap_shape, overlap_shape_any


# -- PhysicsSchemaTools -----------------------------------------------------------------------------------------------

_PATHS: list[str] = []  # by the number that stands for each


def path_to_int(path: Any) -> int:
    """Return the number that stands for a path."""
    text = str(path)
    if text not in _PATHS:
        _PATHS.append(text)
    return _PATHS.index(text) + 1


def int_to_path(number: int) -> Sdf.Path:
    """Return the path that a number stands for; the empty path for one that stands for none."""
    return Sdf.Path(_PATHS[number - 1]) if 0 < number <= len(_PATHS) else Sdf.Path()


def _path(given: Any) -> str:
    return str(int_to_path(given)) if isinstance(given, int) else str(unwrap(given))


def modules() -> dict[str, ModuleType]:
    """Return the modules of PhysX by name."""
    physx, query = Physx(), SceneQuery()
    bindings = {"ContactEventType": ContactEventType}
    made = [
        module(
            "omni.physx",
            "PhysX.",
            get_physx_interface=lambda: physx,
            acquire_physx_interface=lambda: physx,
            get_physx_simulation_interface=lambda: physx,
            get_physx_scene_query_interface=lambda: query,
        ),
        module(
            "pxr.PhysicsSchemaTools",
            "Numbers for paths.",
            sdfPathToInt=path_to_int,
            intToSdfPath=int_to_path,
            encodeSdfPath=lambda path: (path_to_int(path), 0),
            decodeSdfPath=lambda first, second=0: int_to_path(first),
        ),
        module("omni.physx.bindings", "PhysX."),
        module("omni.physx.bindings._physx", "PhysX.", **bindings),
        module("omni.physx.scripts", "Shortcuts for bodies."),
        module("omni.physx.scripts.utils", "Shortcuts for bodies.", **bodies.UTILS),
        module("omni.physx.scripts.physicsUtils", "Bodies and grounds.", **bodies.PHYSICS_UTILS),
    ]
    return {m.__name__: m for m in made}
