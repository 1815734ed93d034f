"""Poses of prims."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_pose_is_read_as_it_was_written(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.utils import xforms
    from isaacsim.core.utils.prims import create_prim
    create_prim("/P", translation=[1, 0, 0], scale=[2, 2, 2])
    prim = create_prim("/P/Q", position=[5, 0, 0])
    assert np.allclose(xforms.get_local_pose("/P/Q")[0], (2, 0, 0))
    assert np.allclose(xforms.get_world_pose("/P/Q")[0], (5, 0, 0))
    xforms.reset_xform_ops(prim)
    assert [op.split(":")[1] for op in prim.GetAttribute("xformOpOrder").Get()] == ["translate", "orient", "scale"]
    assert np.allclose(xforms.get_world_pose("/P/Q")[0], (1, 0, 0))
    """

    assert ran(tmp_path, text).error is None
