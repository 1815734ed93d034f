"""Nothing is undone."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_groups_run_what_is_inside(tmp_path: Path) -> None:
    text = """
    import omni.kit.undo
    done = []
    with omni.kit.undo.group():
        done.append(1)
    omni.kit.undo.undo()
    assert done == [1]
    """

    assert ran(tmp_path, text).error is None
