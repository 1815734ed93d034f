"""The newest generation's labels."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_labels_are_added_to_those_there(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.experimental.utils import semantics
    from isaacsim.core.utils.prims import create_prim
    create_prim("/A")
    semantics.add_labels("/A", "box")
    semantics.add_labels("/A", ["red"], taxonomy="colour")
    semantics.add_labels("/A", "crate")
    assert semantics.get_labels("/A") == {"class": ["box", "crate"], "colour": ["red"]}
    """

    assert ran(tmp_path, text).error is None
