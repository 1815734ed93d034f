"""Handles on one prim and on several."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_one_prim_and_several_agree(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.prims import SingleXFormPrim, XFormPrim
    for k in range(2):
        SingleXFormPrim(f"/World/Env_{k}", position=[k, 0, 0], orientation=[1, 0, 0, 0])
    view = XFormPrim("/World/Env_.*")
    view.set_local_scales([[2, 2, 2]])
    places, turns = view.get_world_poses()
    assert view.count == len(view) == 2 and places.numpy().tolist() == [[0, 0, 0], [1, 0, 0]]
    view.set_world_poses(positions=[[5, 0, 0], [6, 0, 0]])
    assert SingleXFormPrim("/World/Env_1").get_world_pose()[0].tolist() == [6, 0, 0]
    assert np.allclose(SingleXFormPrim("/World/Env_1").get_world_scale(), 2)
    try:
        view.set_world_poses(positions=np.zeros((3, 3)))
    except Exception as error:
        assert "3 values for 2 prims" in str(error)
    else:
        raise AssertionError
    """

    assert ran(tmp_path, text).error is None
