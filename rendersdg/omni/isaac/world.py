"""``isaacsim.core.api.world``: the simulation that steps, and what was added to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pxr import Gf, Usd, UsdGeom, UsdPhysics

from rendersdg.errors import BadArgument
from rendersdg.omni.isaac.scenes import Scene
from rendersdg.omni.isaac.simulation_events import IsaacEvents, tell
from rendersdg.omni.isaac.tasks import BaseTask, Observations
from rendersdg.omni.isaac.utils.stage import get_current_stage, set_stage_units
from rendersdg.omni.kit.app import App, get_app
from rendersdg.omni.kit.carb_settings import get_settings
from rendersdg.omni.kit.timeline import get_timeline_interface
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.replicator.physics import PHYSICS_STEP

__all__ = ["PhysicsContext", "SimulationContext", "World"]

PhysicsCallback = Callable[[float], object]  # told the seconds of a step


@dataclass(eq=False)
class RenderEvent:
    """What a render callback is told: the seconds of a frame as ``dt``."""

    payload: dict[str, float]


RenderCallback = Callable[[RenderEvent], object]


class PhysicsContext:
    """The physics scene."""

    use_gpu_pipeline = use_fabric = use_flatcache = False

    def __init__(self, prim_path: str) -> None:
        self.prim_path = prim_path
        UsdPhysics.Scene.Define(get_current_stage(), prim_path)

    def set_gravity(self, value: float) -> None:
        """Set gravity along the up axis, in stage units / s^2: negative is downwards."""
        scene = UsdPhysics.Scene(get_current_stage().GetPrimAtPath(self.prim_path))
        up = Gf.Vec3f(0, 1, 0) if UsdGeom.GetStageUpAxis(get_current_stage()) == "Y" else Gf.Vec3f(0, 0, 1)
        scene.CreateGravityDirectionAttr().Set(-up if value <= 0 else up)
        scene.CreateGravityMagnitudeAttr().Set(abs(float(value)))

    def get_gravity(self) -> tuple[Gf.Vec3f, float]:
        """Return direction and magnitude."""
        scene = UsdPhysics.Scene(get_current_stage().GetPrimAtPath(self.prim_path))
        return scene.GetGravityDirectionAttr().Get(), float(scene.GetGravityMagnitudeAttr().Get())

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith(("set_", "enable_", "disable_")):
            raise AttributeError(name)

        def switch(*args: object, **options: object) -> None:
            """Do nothing: the solver's own switches have nothing to act on."""

        return switch


class OneWorld:
    """The world of a run, once there is one."""

    def __init__(self) -> None:
        self.world: World | None = None


class World:
    """The simulation that steps: each step lets ``physics_dt`` pass, and captures where a frame is due."""

    def __new__(cls, *args: object, **options: object) -> World:
        """Return the one there is: there is one simulation."""
        one = current_host().part(OneWorld)
        if one.world is None:
            one.world = object.__new__(cls)
        return one.world

    def __init__(
        self,
        physics_dt: float | None = None,
        rendering_dt: float | None = None,
        stage_units_in_meters: float | None = None,
        physics_prim_path: str = "/physicsScene",
        sim_params: object = None,
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
        self._physics: dict[str, PhysicsCallback] = {}
        self._render: dict[str, RenderCallback] = {}
        self._tasks: dict[str, BaseTask] = {}
        self._is_set_up = False
        self._context = PhysicsContext(str(physics_prim_path))
        self.backend, self.device, self._settings = backend, "cpu", get_settings()
        if str(device or "cpu") != "cpu":
            current().recorder.report.note(f"device {device}", "physics runs on the processor; device is cpu")

    @classmethod
    def instance(cls) -> World | None:
        """Return the world, None when there is none."""
        return current_host().part(OneWorld).world

    @classmethod
    def clear_instance(cls) -> None:
        """Forget the world."""
        current_host().part(OneWorld).world = None

    @property
    def stage(self) -> Usd.Stage:
        """The stage."""
        return get_current_stage()

    @property
    def app(self) -> App:
        """The application."""
        return get_app()

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
            tell(IsaacEvents.POST_RESET)
        self.play()

    def step(self, render: bool = True, step_sim: bool = True, update_fabric: bool = False) -> None:
        """Let a step's time pass while playing; with ``render`` a rendered frame's, in steps,
        and a frame where one is due.
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
        get_app().update(passes_time=False, captures=captures)
        for callback in list(self._render.values()):
            callback(RenderEvent({"dt": self._frame}))

    def play(self) -> None:
        """Let time run."""
        get_timeline_interface().play()

    def pause(self) -> None:
        """Hold time."""
        get_timeline_interface().pause()

    def stop(self) -> None:
        """Hold time and go back to the start."""
        get_timeline_interface().stop()

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

    def _of_tasks(self, task_name: str | None, method: str) -> Observations:
        chosen = self._tasks.values() if task_name is None else [self.get_task(task_name)]
        return {key: value for task in chosen for key, value in getattr(task, method)().items()}

    def get_observations(self, task_name: str | None = None) -> Observations:
        """Return what the tasks observe, or one of them."""
        return self._of_tasks(task_name, "get_observations")

    def calculate_metrics(self, task_name: str | None = None) -> Observations:
        """Return the measures of the tasks, or of one of them."""
        return self._of_tasks(task_name, "calculate_metrics")

    def is_done(self, task_name: str | None = None) -> bool:
        """Return whether all tasks are done, or one of them."""
        chosen = self._tasks.values() if task_name is None else [self.get_task(task_name)]
        return all(task.is_done() for task in chosen)

    def add_physics_callback(self, callback_name: str, callback_fn: PhysicsCallback) -> None:
        """Call a function with the seconds of each step."""
        self._physics[callback_name] = callback_fn

    def remove_physics_callback(self, callback_name: str) -> None:
        """Call it no more."""
        self._physics.pop(callback_name, None)

    def physics_callback_exists(self, callback_name: str) -> bool:
        """Return whether there is one of a name."""
        return callback_name in self._physics

    def add_render_callback(self, callback_name: str, callback_fn: RenderCallback) -> None:
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


SimulationContext = World
