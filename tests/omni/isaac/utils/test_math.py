"""Vectors and angles."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_vectors_are_crossed_and_normalized(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.utils import math
    assert math.cross((1, 0, 0), (0, 1, 0)).tolist() == [0, 0, 1]
    assert math.normalize((0, 3, 4)).tolist() == [0, 0.6, 0.8]
    assert math.radians_to_degrees(math.degrees_to_radians(90.0)) == 90
    """

    assert ran(tmp_path, text).error is None
