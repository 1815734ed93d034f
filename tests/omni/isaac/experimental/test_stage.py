"""The newest generation's stage."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_units_come_as_a_pair(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import isaacsim.core.experimental.utils.stage as stage
    import isaacsim.core.utils.stage as older
    older.set_stage_units(0.01)
    assert stage.get_stage_units() == (0.01, 1.0) and older.get_stage_units() == 0.01
    stage.define_prim("/A", "Cube")
    assert stage.generate_next_free_path("/A", prepend_default_prim=False) == "/A_01"
    """

    assert ran(tmp_path, text).error is None
