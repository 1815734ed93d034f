"""The newest generation's prims."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_paths_and_attributes_are_told(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.experimental.utils import prim
    from isaacsim.core.utils.prims import create_prim
    box = create_prim("/Box", "Cube")
    assert prim.get_prim_path(box) == prim.get_prim_path("/Box") == "/Box"
    assert "size" in prim.get_prim_attribute_names("/Box")
    """

    assert ran(tmp_path, text).error is None
