"""Portraits: an asset whole in the picture, whatever its size, and the sun from where it is said to be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conformance.assets import CUBE, write
from tests.conformance.portrait import ROOM, VIEW, portrait, stand


def _share_of_a_cube() -> float:
    """Return which share of the picture the outline of a cube covers: the hull of its eight corners."""
    away = ROOM * np.sqrt(3) / np.sin(np.arctan(0.36))
    back = np.asarray(VIEW) / np.linalg.norm(VIEW)
    right = np.cross([0, 0, 1], back) / np.linalg.norm(np.cross([0, 0, 1], back))
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    depth = away - corners @ back
    seen = np.column_stack([corners @ right, corners @ np.cross(back, right)]) / depth[:, None] / 0.36
    return float(cv2.contourArea(cv2.convexHull(seen.astype(np.float32)))) / 4


@pytest.mark.parametrize("size", [2e-3, 2.0, 2e4])
def test_a_cube_of_any_size_fills_the_same_part_of_the_picture(tmp_path: Path, size: float) -> None:
    file = tmp_path / "cube.usda"
    file.write_text(CUBE.replace("size = 2", f"size = {size!r}"))

    made = portrait(file, 64)

    assert made.mask is not None
    assert np.ptp([made.low, made.high], axis=0) == pytest.approx([size] * 3, rel=1e-5)
    assert made.mask.mean() == pytest.approx(_share_of_a_cube(), abs=0.01)
    assert not made.mask[[0, -1]].any() and not made.mask[:, [0, -1]].any()


def test_the_faces_towards_the_camera_and_up_are_lit_and_the_one_to_its_right_is_in_shade(tmp_path: Path) -> None:
    made = portrait(write(tmp_path)["cube.usda"], 64)

    assert made.rgb is not None
    top, front, right = (made.rgb[y, x].mean() for y, x in ((18, 32), (40, 24), (40, 50)))
    assert top > right + 30 and front > right + 30


def test_what_holds_nothing_has_no_picture(tmp_path: Path) -> None:
    made = portrait(write(tmp_path)["empty.usda"])

    assert (made.triangles, made.rgb, made.mask) == (0, None, None)


def test_the_camera_stands_on_its_ray_as_far_off_as_the_sphere_about_the_bounds_asks() -> None:
    low, high = np.array([-1.0, -2.0, -3.0]), np.array([1.0, 2.0, 3.0])

    position, target, _ = stand(low, high)

    assert target.tolist() == [0, 0, 0]
    assert position / np.linalg.norm(position) == pytest.approx(np.asarray(VIEW) / np.linalg.norm(VIEW))
    tangent = np.linalg.norm([1, 2, 3]) / np.linalg.norm(position)  # sine of the angle to the sphere's edge
    assert tangent * ROOM == pytest.approx(np.sin(np.arctan(0.36)))
