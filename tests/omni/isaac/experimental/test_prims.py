"""Handles on several prims."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_collisions_are_switched_one_by_one(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.experimental.prims import GeomPrim
    from isaacsim.core.utils.prims import create_prim, get_prim_attribute_value
    for k in range(2):
        create_prim(f"/Box_{k}", "Cube")
    GeomPrim("/Box_.*", apply_collision_apis=True).set_enabled_collisions([True, False])
    assert [get_prim_attribute_value(f"/Box_{k}", "physics:collisionEnabled") for k in range(2)] == [True, False]
    """

    assert ran(tmp_path, text).error is None
