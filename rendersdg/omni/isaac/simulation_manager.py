"""``isaacsim.core.simulation_manager``: the simulation as the newer scripts ask it."""

from __future__ import annotations

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
        """Return the time of the stage in seconds."""
        return current().timeline.time

    @staticmethod
    def is_simulating() -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    @staticmethod
    def step(*args: object, **options: object) -> None:
        """Let a step's time pass."""
        current().clock.pass_time(SimulationManager.get_physics_dt())

    @staticmethod
    def initialize_physics() -> None:
        """Do nothing: it is ready."""

    @staticmethod
    def set_physics_sim_device(*args: object, **options: object) -> None:
        """Do nothing: the solver's own switches have nothing to act on."""

    set_backend = enable_gpu_dynamics = enable_fabric = set_broadphase_type = set_physics_sim_device
    set_solver_type = enable_ccd = enable_stablization = set_physics_sim_device
