"""Tasks on the event loop."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_task_runs_with_the_updates(tmp_path: Path) -> None:
    text = """
    import omni.kit.app, omni.kit.async_engine
    done = []
    async def work():
        await omni.kit.app.get_app().next_update_async()
        done.append(1)
    omni.kit.async_engine.run_coroutine(work())
    for _ in range(4):
        omni.kit.app.get_app().update()
    assert done == [1]
    """

    assert ran(tmp_path, text).error is None
