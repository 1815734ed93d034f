"""Rotations come back from every form."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.omni.isaac import rotations


@given(st.tuples(*[st.floats(-180, 180)] * 3), st.booleans())
def test_rotations_come_back(angles: tuple[float, float, float], extrinsic: bool) -> None:
    matrix = rotations.euler_to_rot_matrix(angles, degrees=True, extrinsic=extrinsic)
    turns = [
        rotations.quat_to_rot_matrix(rotations.rotvec_to_quat(np.radians(a) * np.eye(3)[k]))
        for k, a in enumerate(angles)
    ]
    x, y, z = turns

    assert np.allclose(matrix, z @ y @ x if extrinsic else x @ y @ z, atol=1e-9)
    quat = rotations.rot_matrix_to_quat(matrix)
    assert np.allclose(rotations.quat_to_rot_matrix(quat), matrix, atol=1e-6)
    back = rotations.quat_to_euler_angles(quat, extrinsic=extrinsic)
    assert np.allclose(rotations.euler_to_rot_matrix(back, extrinsic=extrinsic), matrix, atol=1e-5)
    assert np.allclose(rotations.rotvec_to_quat(rotations.quat_to_rotvec(quat)), quat, atol=1e-6)
