"""Where a camera looks."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_camera_is_aimed(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.utils.viewports import get_viewport_names, set_camera_view
    from isaacsim.core.utils.xforms import get_world_pose
    set_camera_view(eye=[0, 0, 5], target=[0, 0, 0])
    assert np.allclose(get_world_pose("/OmniverseKit_Persp")[0], (0, 0, 5)) and get_viewport_names() == ["Viewport"]
    """

    assert ran(tmp_path, text).error is None
