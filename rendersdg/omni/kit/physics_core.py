"""``omni.physics.core``: the simulation as Isaac Sim 6 asks it, whatever engine plays it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pxr import Gf

from rendersdg.errors import NotSupported
from rendersdg.omni.doors import PathLike, VectorLike
from rendersdg.omni.kit.carb_events import Subscription
from rendersdg.omni.kit.kinds import Kind
from rendersdg.omni.kit.physics_schema_tools import sdfPathToInt
from rendersdg.omni.kit.physx import (
    ContactData,
    ContactEventHeader,
    ContactEventType,
    OverlapHit,
    Physx,
    RaycastHit,
    SceneQuery,
    get_physx_interface,
    get_physx_scene_query_interface,
)
from rendersdg.omni.kit.usd import get_context
from rendersdg.replicator.clock import Listener
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = [
    "ContactEventType",
    "PhysicsStepContext",
    "SimulationRegistryEventType",
    "get_physics_benchmarks_interface",
    "get_physics_interface",
    "get_physics_scene_query_interface",
    "get_physics_simulation_interface",
    "get_physics_stage_update_interface",
    "k_invalid_simulation_id",
]

k_invalid_simulation_id = 0
_ID = 1  # of the one engine that there is
_NAME = "PhysX"  # the engine whose behaviour scripts get

PathOrNumber = PathLike | int


@dataclass(frozen=True)
class PhysicsStepContext:
    """What a listener to steps is told beside the seconds."""

    simulation_id: int = _ID
    scene_path: int = 0


class SimulationRegistryEventType(Kind):
    """What happens to an engine."""

    SIMULATION_REGISTERED = 0
    SIMULATION_UNREGISTERED = 1
    SIMULATION_ACTIVATED = 2
    SIMULATION_DEACTIVATED = 3


@dataclass(frozen=True)
class QueryHit:
    """What a ray or a shape meets; paths are numbers of ``PhysicsSchemaTools``, lengths stage units."""

    rigid_body: int
    collision: int
    distance: float = 0.0
    position: Gf.Vec3f = Gf.Vec3f(0)  # noqa: RUF009 (never changed)
    normal: Gf.Vec3f = Gf.Vec3f(0)  # noqa: RUF009 (never changed)
    face_index: int = 0
    proto_index: int = 0
    material: int = 0


_NO_HIT = QueryHit(0, 0)
HitListener = Callable[[QueryHit], object]  # returns False to hear of no more


def _numbered(listener: HitListener | None) -> Callable[[OverlapHit | RaycastHit], object] | None:
    """Return a listener for hits that name prims by their paths."""
    if listener is None:
        return None

    def told(hit: OverlapHit | RaycastHit) -> object:
        body, collision = sdfPathToInt(hit.rigid_body), sdfPathToInt(hit.collision)
        if isinstance(hit, OverlapHit):
            return listener(QueryHit(body, collision, proto_index=hit.proto_index))
        return listener(QueryHit(body, collision, hit.distance, hit.position, hit.normal, hit.face_index))

    return told


class PhysicsSceneQuery:
    """Questions of what lies where. Bodies are known by the numbers of their paths."""

    def _asked(self) -> SceneQuery:
        return get_physx_scene_query_interface()

    def raycast_closest(
        self, origin: VectorLike, dir: VectorLike, distance: float, both_sides: bool = False
    ) -> tuple[bool, QueryHit]:
        """Return whether a ray meets anything, and what it meets first."""
        hits: list[QueryHit] = []
        self.raycast_all(origin, dir, distance, hits.append, both_sides)
        return bool(hits), hits[0] if hits else _NO_HIT

    def raycast_any(self, origin: VectorLike, dir: VectorLike, distance: float, both_sides: bool = False) -> bool:
        """Return whether a ray meets anything."""
        return self._asked().raycast_any(origin, dir, distance, both_sides)

    def raycast_all(
        self,
        origin: VectorLike,
        dir: VectorLike,
        distance: float,
        report_fn: HitListener,
        both_sides: bool = False,
    ) -> bool:
        """Tell of all that a ray meets, nearest first, until the listener returns False."""
        told = _numbered(report_fn)
        assert told is not None
        return self._asked().raycast_all(origin, dir, distance, told, both_sides)

    def overlap_box(
        self, half_extent: VectorLike, pos: VectorLike, rot: VectorLike, report_fn: HitListener | None = None
    ) -> int:
        """Tell of all that a box reaches into; ``rot`` is (x, y, z, w). Returns how many."""
        return self._asked().overlap_box(half_extent, pos, rot, _numbered(report_fn))

    def overlap_box_any(self, half_extent: VectorLike, pos: VectorLike, rot: VectorLike) -> bool:
        """Return whether a box reaches into anything."""
        return self._asked().overlap_box_any(half_extent, pos, rot)

    def overlap_sphere(self, radius: float, pos: VectorLike, report_fn: HitListener | None = None) -> int:
        """Tell of all that a ball reaches into. Returns how many."""
        return self._asked().overlap_sphere(radius, pos, _numbered(report_fn))

    def overlap_sphere_any(self, radius: float, pos: VectorLike) -> bool:
        """Return whether a ball reaches into anything."""
        return self._asked().overlap_sphere_any(radius, pos)

    def overlap_shape(self, path: PathOrNumber, report_fn: HitListener | None = None) -> int:
        """Tell of all that a body or collider touches. Returns how many."""
        return self._asked().overlap_shape(path, None, _numbered(report_fn))

    def overlap_shape_any(self, path: PathOrNumber) -> bool:
        """Return whether a body or collider touches anything."""
        return self._asked().overlap_shape_any(path)

    overlap_mesh, overlap_mesh_any = overlap_shape, overlap_shape_any

    def _sweep(self, *args: object, **options: object) -> bool:
        raise NotSupported("omni.physics.core: sweeps are not offered; cast rays, or ask for overlaps along the way")

    sweep_sphere_closest = sweep_sphere_any = sweep_sphere_all = _sweep
    sweep_box_closest = sweep_box_any = sweep_box_all = _sweep
    sweep_shape_closest = sweep_shape_any = sweep_shape_all = _sweep


class PhysicsSimulation:
    """The simulation: it steps while time passes, and by hand."""

    def subscribe_physics_on_step_events(
        self, pre_step: bool, order: int, on_update: Callable[[float, PhysicsStepContext], object]
    ) -> Subscription[Listener]:
        """Call ``on_update(seconds, context)`` before or after each step while the result is kept."""
        return Physx().subscribe_physics_on_step_events(
            lambda seconds: on_update(seconds, PhysicsStepContext()), pre_step, order
        )

    def subscribe_physics_contact_report_events(
        self, on_event: Callable[[list[ContactEventHeader], list[ContactData], list[object]], object]
    ) -> Subscription[Listener]:
        """Call ``on_event(headers, points, anchors)`` after each step in which solids met or parted; there are no
        anchors of friction.
        """
        return get_physx_interface().subscribe_contact_report_events(
            lambda headers, points: on_event(headers, points, [])
        )

    def simulate(self, elapsed_time: float, current_time: float = 0.0) -> None:
        """Let bodies move for some seconds; the timeline stays where it is."""
        current().clock.step_bodies(float(elapsed_time))

    def initialize(self, stage_id: int = 0) -> bool:
        """Return that it is ready."""
        return True

    def fetch_results(self, *args: object) -> None:
        """Do nothing: results are on the stage after each step."""

    flush_changes = check_results = close = fetch_results

    def get_attached_stage(self) -> int:
        """Return the number of the stage."""
        return get_context().get_stage_id()

    def is_capable_of_simulating(self, *args: object) -> bool:
        """Return that bodies can be simulated."""
        return True

    def apply_force_at_pos(
        self, stage_id: int, body_path: PathOrNumber, force: VectorLike, pos: VectorLike, mode: str = "Force"
    ) -> None:
        """Let a force act on a body during the next step: kg stage units / s^2 in the world, at a point of it."""
        get_physx_interface().apply_force_at_pos(stage_id, body_path, force, pos, mode)

    def apply_torque(self, stage_id: int, body_path: PathOrNumber, torque: VectorLike) -> None:
        """Let a torque act on a body during the next step: kg stage units^2 / s^2 in the world."""
        get_physx_interface().apply_torque(stage_id, body_path, torque)

    add_force_at_pos, add_torque = apply_force_at_pos, apply_torque


class PhysicsStageUpdate:
    """What a stage does to the simulation: little, for it reads the stage as it is."""

    def on_attach(self, *args: object) -> None:
        """Do nothing: the simulation reads the stage as it is."""

    on_detach = on_update = on_resume = on_pause = start_simulation = force_load_physics_from_usd = on_attach
    release_physics_objects = update_transformations = on_attach

    def reset_simulation(self) -> None:
        """Put the bodies back to where they began."""
        current().clock.rewind()

    on_reset = reset_simulation


class PhysicsEngines:
    """The engines: one, which is active."""

    def get_simulation_ids(self) -> list[int]:
        """Return the number of the one that there is."""
        return [_ID]

    def get_simulation_name(self, simulation_id: int) -> str:
        """Return the name of the engine whose behaviour scripts get."""
        return _NAME if simulation_id == _ID else ""

    def is_simulation_active(self, simulation_id: int) -> bool:
        """Return whether it is the one."""
        return simulation_id == _ID

    def activate_simulation(self, simulation_id: int) -> None:
        """Do nothing: it is active."""

    def deactivate_simulation(self, simulation_id: int) -> None:
        """Raise NotSupported: without it bodies would stand in the air."""
        raise NotSupported("omni.physics.core: the one engine cannot be switched off; pause the timeline instead")

    def get_simulation(self, simulation_id: int) -> None:
        """Return None: its functions are those of the other interfaces."""

    def subscribe_simulation_registry_events(
        self, fn: Callable[[SimulationRegistryEventType, int, str], object]
    ) -> Subscription[object]:
        """Return a subscription that is never told: no engine comes or goes."""
        return Subscription(None, fn)


def get_physics_scene_query_interface() -> PhysicsSceneQuery:
    """Return what answers questions of what lies where."""
    return current_host().part(PhysicsSceneQuery)


def get_physics_simulation_interface() -> PhysicsSimulation:
    """Return the simulation of this run."""
    return current_host().part(PhysicsSimulation)


def get_physics_stage_update_interface() -> PhysicsStageUpdate:
    """Return what a stage does to the simulation."""
    return current_host().part(PhysicsStageUpdate)


def get_physics_interface() -> PhysicsEngines:
    """Return the engines."""
    return current_host().part(PhysicsEngines)


def get_physics_benchmarks_interface() -> None:
    """Return None, as where profiles are not kept."""
