"""OmniGraph."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_graphs_are_not_run(tmp_path: Path) -> None:
    text = """
    import asyncio
    import omni.graph.core as og
    og.Controller.evaluate_sync()
    asyncio.get_event_loop().run_until_complete(og.Controller.evaluate())
    try:
        og.Controller.edit({})
    except Exception as error:
        assert "OmniGraph nodes are not run" in str(error)
    else:
        raise AssertionError
    """

    assert ran(tmp_path, text).error is None
