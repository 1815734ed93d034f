"""Arrays of rotations."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_arrays_and_single_rotations_agree(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.utils.numpy import rotations
    angles = np.radians([[0, 0, 90], [90, 0, 0]])
    quats = rotations.euler_angles_to_quats(angles)
    assert quats.shape == (2, 4) and np.allclose(rotations.euler_angles_to_quats(angles[1]), quats[1])
    assert rotations.quats_to_rot_matrices(quats).shape == (2, 3, 3)
    assert np.allclose(rotations.rot_matrices_to_quats(rotations.quats_to_rot_matrices(quats)), quats)
    assert rotations.wxyz2xyzw([1, 2, 3, 4]).tolist() == [2, 3, 4, 1]
    assert rotations.xyzw2wxyz([2, 3, 4, 1]).tolist() == [1, 2, 3, 4]
    """

    assert ran(tmp_path, text).error is None
