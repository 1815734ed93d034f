"""Isaac Sim's cloner: copies stand in a grid about the origin."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_copies_stand_in_a_grid(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    from isaacsim.core.cloner import GridCloner
    rows, _ = GridCloner(spacing=2.0).get_clone_transforms(4)
    column, turns = GridCloner(spacing=3.0, num_per_row=1).get_clone_transforms(3)
    assert rows.tolist() == [[1, -1, 0], [1, 1, 0], [-1, -1, 0], [-1, 1, 0]]
    assert column.tolist() == [[3, 0, 0], [0, 0, 0], [-3, 0, 0]] and turns.tolist() == [[1, 0, 0, 0]] * 3
    GridCloner(spacing=1.0).clone("/Nowhere", ["/a", "/b"])
    """

    assert "there is no prim /Nowhere to clone" in str(ran(tmp_path, text).error)
