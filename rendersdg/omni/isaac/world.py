"""Isaac Sim's world: the simulation that steps, and what was added to it."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.isaac.bounds import compute_aabb, create_bbox_cache
from rendersdg.omni.isaac.launch import ASSETS_ROOT
from rendersdg.omni.isaac.objects import GroundPlane
from rendersdg.omni.isaac.stages import add_reference_to_stage, get_next_free_path, set_stage_units, stage
from rendersdg.omni.kit import App, Settings, TimelineInterface, remove_prim
from rendersdg.replicator.engine import current
from rendersdg.replicator.physics import PHYSICS_STEP


class Scene:
    """What was added to the world, by name."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}

    def add(self, obj: Any) -> Any:
        """Add an object and return it. Raises BadArgument when there is one of its name."""
        if obj.name in self._objects:
            raise BadArgument(f"the scene has an object named {obj.name!r} already", where=current().where())
        self._objects[obj.name] = obj
        return obj

    def get_object(self, name: str) -> Any:
        """Return the object of a name, None where there is none."""
        return self._objects.get(name)

    def object_exists(self, name: str) -> bool:
        """Return whether there is an object of a name."""
        return name in self._objects

    def remove_object(self, name: str, registry_only: bool = False) -> None:
        """Remove an object, and its prim."""
        found = self._objects.pop(name, None)
        if found is not None and not registry_only:
            remove_prim(stage(), found.prim_path)

    def clear(self, registry_only: bool = False) -> None:
        """Remove all objects."""
        for name in list(self._objects):
            self.remove_object(name, registry_only)

    def add_ground_plane(
        self, prim_path: str = "/World/groundPlane", name: str = "ground_plane", **more: Any
    ) -> GroundPlane:
        """Add a ground plane."""
        made = GroundPlane(get_next_free_path(prim_path, prepend_default_prim=False), name, **more)
        self._objects[made.name] = made
        return made

    def add_default_ground_plane(
        self,
        z_position: float = 0.0,
        name: str = "default_ground_plane",
        prim_path: str = "/World/defaultGroundPlane",
        static_friction: float = 0.5,
        dynamic_friction: float = 0.5,
        restitution: float = 0.8,
    ) -> GroundPlane:
        """Add Isaac Sim's default environment: a ground with a lamp over it."""
        path = get_next_free_path(prim_path, prepend_default_prim=False)
        add_reference_to_stage(f"{ASSETS_ROOT}/Isaac/Environments/Grid/default_environment.usd", path)
        made = GroundPlane(
            path,
            name,
            z_position=z_position,
            static_friction=static_friction,
            dynamic_friction=dynamic_friction,
            restitution=restitution,
        )
        self._objects[made.name] = made
        return made

    def compute_object_AABB(self, name: str) -> tuple[F8, F8]:
        """Return the least and greatest corner of an object's bounds."""
        box = compute_aabb(create_bbox_cache(), self._objects[name].prim_path)
        return box[:3], box[3:]

    def initialize(self) -> None:
        """Make ready what was added."""
        for obj in self._objects.values():
            obj.initialize()

    def post_reset(self) -> None:
        """Put everything where it stands after a reset."""
        for obj in self._objects.values():
            obj.post_reset()


class PhysicsContext:
    """The physics scene."""

    use_gpu_pipeline = use_fabric = use_flatcache = False

    def __init__(self, prim_path: str) -> None:
        self.prim_path = prim_path
        UsdPhysics.Scene.Define(stage(), prim_path)

    def set_gravity(self, value: float) -> None:
        """Set gravity along the up axis, in stage units / s^2: negative is downwards."""
        scene = UsdPhysics.Scene(stage().GetPrimAtPath(self.prim_path))
        up = Gf.Vec3f(0, 1, 0) if UsdGeom.GetStageUpAxis(stage()) == "Y" else Gf.Vec3f(0, 0, 1)
        scene.CreateGravityDirectionAttr().Set(-up if value <= 0 else up)
        scene.CreateGravityMagnitudeAttr().Set(abs(float(value)))

    def get_gravity(self) -> tuple[Any, float]:
        """Return direction and magnitude."""
        scene = UsdPhysics.Scene(stage().GetPrimAtPath(self.prim_path))
        return scene.GetGravityDirectionAttr().Get(), float(scene.GetGravityMagnitudeAttr().Get())

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("set_", "enable_", "disable_")):
            return lambda *args, **kwargs: None  # the solver's own switches have nothing to act on
        raise AttributeError(name)


class BaseTask:
    """Something to be done in the world: it sets a scene up, observes it, and is told of each step. Scripts subclass
    it.
    """

    def __init__(self, name: str, offset: Any = None) -> None:
        self.name = name
        self._offset = np.zeros(3) if offset is None else np.asarray(offset, np.float64)
        self._task_objects: dict[str, Any] = {}
        self.scene: Scene | None = None

    def set_up_scene(self, scene: Scene) -> None:
        """Take the scene; add to it in a subclass."""
        self.scene = scene

    def get_task_objects(self) -> dict[str, Any]:
        """Return the objects of the task by name."""
        return self._task_objects

    def get_observations(self) -> dict[str, Any]:
        """Return what is observed, nothing unless a subclass says so."""
        return {}

    def get_params(self) -> dict[str, Any]:
        """Return the parameters, none unless a subclass says so."""
        return {}

    def calculate_metrics(self) -> dict[str, Any]:
        """Return measures, none unless a subclass says so."""
        return {}

    def is_done(self) -> bool:
        """Return whether the task is done, never unless a subclass says so."""
        return False

    def pre_step(self, time_step_index: int, simulation_time: float) -> None:
        """Do nothing before a step."""

    def post_reset(self) -> None:
        """Do nothing after a reset."""

    def cleanup(self) -> None:
        """Do nothing before the scene is set up anew."""


class SimulationManager:
    """The simulation as the newer scripts ask it."""

    @staticmethod
    def get_physics_dt() -> float:
        """Return the seconds of a step."""
        return current().physics.step_seconds()

    @staticmethod
    def set_physics_dt(dt: float = PHYSICS_STEP, *other: Any, **more: Any) -> None:
        """Set the seconds of a step."""
        current().recorder.graph.settings["physx_timestep"] = float(dt)

    @staticmethod
    def get_physics_sim_device() -> str:
        """Return where physics runs: on the processor."""
        return "cpu"

    @staticmethod
    def get_simulation_time() -> float:
        """Return the time of the stage in seconds."""
        return current().timeline.time

    @staticmethod
    def is_simulating() -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    @staticmethod
    def step(*args: Any, **other: Any) -> None:
        """Let a step's time pass."""
        current().clock.pass_time(SimulationManager.get_physics_dt())

    @staticmethod
    def initialize_physics() -> None:
        """Do nothing: it is ready."""

    set_physics_sim_device = set_backend = enable_gpu_dynamics = enable_fabric = staticmethod(lambda *a, **k: None)
    set_broadphase_type = set_solver_type = enable_ccd = enable_stablization = set_physics_sim_device


async def simulate_async(seconds: float, steps_per_sec: int = 60, callback: Callable[[], Any] | None = None) -> None:
    """Let updates pass for so many seconds of time, ``callback`` after each."""
    for _ in range(int(steps_per_sec * seconds)):
        await App().next_update_async()
        if callback is not None:
            callback()


class World:
    """The simulation that steps: each step lets ``physics_dt`` pass, and captures where a frame is due."""

    _instance: World | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> World:
        """Return the one there is: there is one simulation."""
        if World._instance is None:
            World._instance = object.__new__(cls)
        return World._instance

    def __init__(
        self,
        physics_dt: float | None = None,
        rendering_dt: float | None = None,
        stage_units_in_meters: float | None = None,
        physics_prim_path: str = "/physicsScene",
        sim_params: Any = None,
        set_defaults: bool = True,
        backend: str = "numpy",
        device: str | None = None,
    ) -> None:
        if stage_units_in_meters is not None:
            set_stage_units(stage_units_in_meters)
        self._step = float(physics_dt or PHYSICS_STEP)
        self._frame = float(rendering_dt or PHYSICS_STEP)
        self.scene = Scene()
        self.current_time_step_index, self.current_time = 0, 0.0
        self._physics, self._render = dict[str, Any](), dict[str, Any]()
        self._tasks: dict[str, BaseTask] = {}
        self._is_set_up = False
        self._context = PhysicsContext(str(physics_prim_path))
        self.backend, self.device, self._settings = backend, "cpu", Settings()
        if str(device or "cpu") != "cpu":
            current().recorder.report.note(f"device {device}", "physics runs on the processor; device is cpu")

    @classmethod
    def instance(cls) -> World | None:
        """Return the world, None when there is none."""
        return World._instance

    @classmethod
    def clear_instance(cls) -> None:
        """Forget the world."""
        World._instance = None

    @property
    def stage(self) -> Usd.Stage:
        """The stage."""
        return stage()

    @property
    def app(self) -> App:
        """The application."""
        return App()

    def get_physics_dt(self) -> float:
        """Return the seconds of a step."""
        return self._step

    def get_rendering_dt(self) -> float:
        """Return the seconds of a rendered frame."""
        return self._frame

    def set_simulation_dt(self, physics_dt: float | None = None, rendering_dt: float | None = None) -> None:
        """Set the seconds of a step and of a rendered frame."""
        self._step, self._frame = float(physics_dt or self._step), float(rendering_dt or self._frame)

    def get_physics_context(self) -> PhysicsContext:
        """Return the physics scene."""
        return self._context

    def initialize_physics(self) -> None:
        """Do nothing: it is ready."""

    async def initialize_simulation_context_async(self) -> None:
        """Do nothing: it is ready."""

    async def reset_async(self, soft: bool = False) -> None:
        """Put everything where it stands after a reset, and play."""
        self.reset(soft)

    async def play_async(self) -> None:
        """Let time run."""
        self.play()

    async def pause_async(self) -> None:
        """Hold time."""
        self.pause()

    async def stop_async(self) -> None:
        """Hold time and go back to the start."""
        self.stop()

    def reset(self, soft: bool = False) -> None:
        """Put everything where it stands after a reset, and play; ``soft`` leaves what falls alone."""
        if not self._is_set_up:
            self._is_set_up = True
            for task in self._tasks.values():
                task.set_up_scene(self.scene)
        if not soft:
            current().clock.rewind()
            self.current_time_step_index, self.current_time = 0, 0.0
            self.scene.initialize()
            self.scene.post_reset()
            for task in self._tasks.values():
                task.post_reset()
        self.play()

    def step(self, render: bool = True, step_sim: bool = True, update_fabric: bool = False) -> None:
        """Let a step's time pass while playing; with ``render`` a rendered frame's, in steps, and a frame where one is
        due.
        """
        engine = current()
        for task in self._tasks.values():
            task.pre_step(self.current_time_step_index, self.current_time)
        if self.is_playing() and step_sim:
            count = max(round(self._frame / self._step), 1) if render else 1
            for _ in range(count):
                engine.clock.pass_time(self._step)
                self.current_time_step_index += 1
                self.current_time += self._step
                for callback in list(self._physics.values()):
                    callback(self._step)
        if render:
            self._show(captures=True)

    def render(self) -> None:
        """Do one update of the application without letting time pass."""
        self._show(captures=False)

    def _show(self, *, captures: bool) -> None:
        App().update(passes_time=False, captures=captures)
        for callback in list(self._render.values()):
            callback(types.SimpleNamespace(payload={"dt": self._frame}))

    def play(self) -> None:
        """Let time run."""
        TimelineInterface().play()

    def pause(self) -> None:
        """Hold time."""
        TimelineInterface().pause()

    def stop(self) -> None:
        """Hold time and go back to the start."""
        TimelineInterface().stop()

    def is_playing(self) -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    def is_stopped(self) -> bool:
        """Return whether time stands at the start."""
        timeline = current().timeline
        return not timeline.playing and timeline.time == timeline.start

    def is_simulating(self) -> bool:
        """Return whether time runs or is held, not stopped."""
        return not self.is_stopped()

    def add_task(self, task: BaseTask) -> None:
        """Add a task; its scene is set up at the next reset. Raises BadArgument when there is one of its name."""
        if task.name in self._tasks:
            raise BadArgument(f"the world has a task named {task.name!r} already", where=current().where())
        self._tasks[task.name] = task
        self._is_set_up = False

    def get_task(self, name: str) -> BaseTask:
        """Return the task of a name. Raises BadArgument where there is none."""
        if name not in self._tasks:
            raise BadArgument(f"the world has no task named {name!r}", where=current().where())
        return self._tasks[name]

    def get_current_tasks(self) -> dict[str, BaseTask]:
        """Return the tasks by name."""
        return self._tasks

    def _of_tasks(self, task_name: str | None, what: str) -> dict[str, Any]:
        chosen = self._tasks.values() if task_name is None else [self.get_task(task_name)]
        return {key: value for task in chosen for key, value in getattr(task, what)().items()}

    def get_observations(self, task_name: str | None = None) -> dict[str, Any]:
        """Return what the tasks observe, or one of them."""
        return self._of_tasks(task_name, "get_observations")

    def calculate_metrics(self, task_name: str | None = None) -> dict[str, Any]:
        """Return the measures of the tasks, or of one of them."""
        return self._of_tasks(task_name, "calculate_metrics")

    def is_done(self, task_name: str | None = None) -> bool:
        """Return whether all tasks are done, or one of them."""
        chosen = self._tasks.values() if task_name is None else [self.get_task(task_name)]
        return all(task.is_done() for task in chosen)

    def add_physics_callback(self, callback_name: str, callback_fn: Callable[[float], Any]) -> None:
        """Call a function with the seconds of each step."""
        self._physics[callback_name] = callback_fn

    def remove_physics_callback(self, callback_name: str) -> None:
        """Call it no more."""
        self._physics.pop(callback_name, None)

    def physics_callback_exists(self, callback_name: str) -> bool:
        """Return whether there is one of a name."""
        return callback_name in self._physics

    def add_render_callback(self, callback_name: str, callback_fn: Callable[[Any], Any]) -> None:
        """Call a function with each rendered frame."""
        self._render[callback_name] = callback_fn

    def remove_render_callback(self, callback_name: str) -> None:
        """Call it no more."""
        self._render.pop(callback_name, None)

    def clear_all_callbacks(self) -> None:
        """Call none any more."""
        self._physics.clear()
        self._render.clear()

    def clear(self) -> None:
        """Begin anew: without objects, tasks and callbacks."""
        self.scene.clear()
        self._tasks.clear()
        self.clear_all_callbacks()
