"""Prims, as thin wrappers of USD."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_prims_are_made_found_and_moved(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.utils import prims
    prims.create_prim("/World/Box", "Cube", position=[1, 2, 3], semantic_label="box", attributes={"size": 4.0})
    assert prims.get_prim_attribute_value("/World/Box", "size") == 4
    assert prims.get_prim_type_name("/World/Box") == "Cube"
    assert prims.find_matching_prim_paths("/World/B.*") == ["/World/Box"]
    assert prims.query_parent_path("/World/Box", lambda path: path == "/World")
    child = prims.get_first_matching_child_prim("/World", lambda path: path.endswith("x"))
    assert prims.get_prim_path(child) == "/World/Box"
    assert prims.move_prim("/World/Box", "/World/Crate") and prims.is_prim_path_valid("/World/Crate")
    assert prims.delete_prim("/World/Crate") and not prims.is_prim_path_valid("/World/Crate")
    """

    assert ran(tmp_path, text).error is None
