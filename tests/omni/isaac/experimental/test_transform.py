"""The newest generation's rotations."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_rows_answer_to_numpy(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import numpy as np
    from isaacsim.core.experimental.utils import transform
    quats = transform.euler_angles_to_quaternion(np.radians([[0, 0, 90], [0, 0, 180]]))
    assert np.allclose(np.abs(quats.numpy()), [[0.5**0.5, 0, 0, 0.5**0.5], [0, 0, 0, 1]])
    assert np.allclose(transform.quaternion_to_euler_angles(quats[0]).numpy(), (0, 0, np.pi / 2))
    """

    assert ran(tmp_path, text).error is None
