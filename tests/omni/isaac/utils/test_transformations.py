"""Matrices of poses."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_pose_comes_back_out_of_its_matrix(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.utils.transformations import get_transform_with_normalized_rotation, pose_from_tf_matrix
    from isaacsim.core.utils.transformations import tf_matrix_from_pose
    matrix = tf_matrix_from_pose((1, 2, 3), (0, 0, 0, 1))
    assert np.allclose(matrix, [[-1, 0, 0, 1], [0, -1, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])
    place, turn = pose_from_tf_matrix(matrix @ np.diag([2.0, 2, 2, 1]))
    assert place.tolist() == [1, 2, 3] and np.allclose(np.abs(turn), (0, 0, 0, 1))
    assert np.allclose(get_transform_with_normalized_rotation(np.diag([2.0, 3, 4, 1])), np.eye(4))
    """

    assert ran(tmp_path, text).error is None
