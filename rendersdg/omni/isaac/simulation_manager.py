"""``isaacsim.core.simulation_manager``: the simulation as the newer scripts ask it."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.omni.isaac.simulation_events import IsaacEvents, SimulationEvent, callbacks, checked
from rendersdg.omni.kit.carb import log_warn
from rendersdg.replicator.engine import current
from rendersdg.replicator.physics import PHYSICS_STEP

__all__ = ["SimulationManager"]


class SimulationManager:
    """The simulation as the newer scripts ask it."""

    @staticmethod
    def get_physics_dt() -> float:
        """Return the seconds of a step."""
        return current().physics.step_seconds()

    @staticmethod
    def set_physics_dt(dt: float = PHYSICS_STEP, *args: object, **options: object) -> None:
        """Set the seconds of a step."""
        current().recorder.graph.settings["physx_timestep"] = float(dt)

    @staticmethod
    def get_physics_sim_device() -> str:
        """Return where physics runs: on the processor."""
        return "cpu"

    @staticmethod
    def get_simulation_time() -> float:
        """Return the seconds that were simulated."""
        return current().clock.simulated

    @staticmethod
    def get_num_physics_steps() -> int:
        """Return how many steps were simulated."""
        return round(current().clock.simulated / SimulationManager.get_physics_dt())

    @staticmethod
    def is_simulating() -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    @staticmethod
    def is_paused() -> bool:
        """Return whether time is held after it ran."""
        return not current().timeline.playing and current().timeline.time > current().timeline.start

    @staticmethod
    def step(
        *, steps: int = 1, callback: Callable[[int, int], bool | None] | None = None, update_fabric: bool = False
    ) -> None:
        """Do physics steps, while the timeline stays where it is; ``callback(step, steps)`` is called after each,
        counted from 1, and ends them by returning False.
        """
        for step in range(int(steps)):
            current().clock.step_bodies(SimulationManager.get_physics_dt())
            if callback is not None and callback(step + 1, steps) is False:
                break

    @staticmethod
    def setup_simulation(dt: float | None = None, device: object = None) -> None:
        """Set the seconds of a step."""
        if dt is not None:
            SimulationManager.set_physics_dt(dt)

    @staticmethod
    def initialize_physics() -> None:
        """Tell who waits for it that the simulation is ready."""
        callbacks().set_up()

    @staticmethod
    def invalidate_physics() -> None:
        """Forget what bodies did: they go on from where they stand."""
        current().physics.forget()
        callbacks().forget()

    @staticmethod
    def register_callback(
        callback: Callable[..., object], event: SimulationEvent | IsaacEvents, *, order: int = 0, **options: object
    ) -> int:
        """Call ``callback`` when something happens to the simulation, and return a number to end that by.

        It gets the seconds and the context of a physics step, the path of a prim that was deleted, else the event.
        """
        return callbacks().add(callback, checked(event), order)

    @staticmethod
    def deregister_callback(uid: int) -> bool:
        """End what ``register_callback`` began; return whether there was something to end."""
        is_there = callbacks().remove(uid)
        if not is_there:
            log_warn(f"there is no simulation callback {uid}")
        return is_there

    @staticmethod
    def deregister_all_callbacks() -> None:
        """End all that ``register_callback`` began."""
        for number in list(callbacks().kept):
            callbacks().remove(number)

    @staticmethod
    def get_active_physics_engine() -> str:
        """Return the name of the engine whose behaviour scripts get."""
        return "physx"

    @staticmethod
    def get_available_physics_engines(verbose: bool = False) -> list[tuple[str, bool]]:
        """Return the engines: one, which is active."""
        return [("physx", True)]

    @staticmethod
    def assets_loading() -> bool:
        """Return that nothing is being loaded."""
        return False

    @staticmethod
    def set_physics_sim_device(*args: object, **options: object) -> None:
        """Do nothing: the solver's own switches have nothing to act on."""

    set_backend = enable_gpu_dynamics = enable_fabric = set_broadphase_type = set_physics_sim_device
    set_solver_type = enable_ccd = enable_stablization = set_physics_sim_device
