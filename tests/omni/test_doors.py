"""What scripts pass for prims and numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Gf

from rendersdg.omni.doors import gf_vec3f, numbers
from tests.running import ran


class Tensor:
    def numpy(self) -> np.ndarray:
        return np.array([1, 2], np.int32)


@pytest.mark.parametrize(
    "value, wanted",
    [
        ((1, 2), [1, 2]),
        (Gf.Vec3f(1, 2, 3), [1, 2, 3]),
        (Gf.Quatd(1, 2, 3, 4), [1, 2, 3, 4]),
        (Tensor(), [1, 2]),
        (np.array([[1, 2]]), [[1, 2]]),
    ],
)
def test_numbers_of_any_library_become_an_array(value: object, wanted: list[object]) -> None:
    array = numbers(value)

    assert array.dtype == np.float64 and array.tolist() == wanted


def test_three_numbers_become_usds() -> None:
    assert gf_vec3f([1, 2, 3]) == Gf.Vec3f(1, 2, 3)


def test_a_prim_that_is_not_there_is_named(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    from isaacsim.core.utils.xforms import get_world_pose
    get_world_pose("/Nowhere")
    """

    assert "there is no prim at '/Nowhere' on the stage" in str(ran(tmp_path, text).error)
