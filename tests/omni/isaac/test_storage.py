"""Where library assets are."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_the_root_is_a_prefix_in_every_generation(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import asyncio
    from isaacsim.storage.native import get_assets_root_path, is_file
    from omni.isaac.nucleus import get_assets_root_path_async
    root = get_assets_root_path()
    assert root.startswith("omniverse://") and is_file(root + "/x.usd")
    assert asyncio.get_event_loop().run_until_complete(get_assets_root_path_async()) == root
    """

    assert ran(tmp_path, text).error is None
