"""Isaac Sim's objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran


def test_an_object_stands_where_it_was_put(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    import numpy as np
    from isaacsim.core.api.objects import VisualCuboid
    box = VisualCuboid("/World/box", position=[1, 2, 3], size=0.5)
    assert np.allclose(box.get_world_pose()[0], (1, 2, 3)) and box.prim.GetAttribute("size").Get() == 0.5
    VisualCuboid("/World/other", position=[1, 2, 3], translation=[0, 0, 0])
    """

    assert "not both" in str(ran(tmp_path, text).error)


@pytest.mark.extra
def test_a_body_keeps_the_operations_that_isaac_sim_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mujoco")

    passes("orients", tmp_path, monkeypatch)
