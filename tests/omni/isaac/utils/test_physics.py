"""Bodies that fall, and time that passes."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_bodies_are_switched_and_updates_pass(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import asyncio
    from isaacsim.core.utils.physics import get_rigid_body_enabled, set_rigid_body_enabled, simulate_async
    from isaacsim.core.utils.prims import create_prim
    create_prim("/Box", "Cube")
    set_rigid_body_enabled(False, "/Box")
    assert get_rigid_body_enabled("/Box") is False
    calls = []
    asyncio.get_event_loop().run_until_complete(simulate_async(0.5, 10, lambda: calls.append(1)))
    assert len(calls) == 5
    """

    assert ran(tmp_path, text).error is None
