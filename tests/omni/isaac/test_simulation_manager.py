"""The simulation as the newer scripts ask it."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_steps_are_as_long_as_was_set(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.simulation_manager import SimulationManager
    SimulationManager.set_physics_dt(0.25)
    before = SimulationManager.get_simulation_time()
    SimulationManager.step()
    assert SimulationManager.get_physics_dt() == 0.25 and SimulationManager.get_simulation_time() == before + 0.25
    assert SimulationManager.get_physics_sim_device() == "cpu" and not SimulationManager.is_simulating()
    """

    assert ran(tmp_path, text).error is None
