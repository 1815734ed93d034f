"""Extensions."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_every_extension_is_there(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.utils.extensions import disable_extension, enable_extension, get_extension_id
    assert enable_extension("any") and disable_extension("any") and get_extension_id("any") == "any"
    """

    assert ran(tmp_path, text).error is None
