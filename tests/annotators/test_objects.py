"""What is told of each labelled object."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.annotators.objects import objects, truncation
from tests.annotators.requests import request
from tests.backends.views import CUBE
from tests.conftest import Opener


def test_a_unit_cube_before_the_camera_is_told_as_arithmetic_has_it(open_scene: Opener) -> None:
    value = objects(request(open_scene, CUBE))
    [cube] = value["info"]["objects"]

    # its near face is 4.5 m away; fx = 24 / 20.955 * 64 = 73.3 px, so half a metre is 8.145 px from the centre (32, 24)
    assert cube["tight"] == cube["loose"] == [24, 16, 39, 31]
    assert cube["visible_pixels"] == cube["unoccluded_pixels"] == (value["data"] == cube["id"]).sum() == 256
    assert cube["occlusion"] == cube["truncation"] == 0
    assert cube["labels"] == {"class": "cube"} and cube["size_xyz"] == pytest.approx([1, 1, 1])
    # five metres ahead; the camera's x is the world's y, its y points down, its z away from the eye
    turn = [[0, 1, 0, 0], [0, 0, -1, 0], [-1, 0, 0, 5], [0, 0, 0, 1]]
    assert np.allclose(cube["camera_from_object"], turn, atol=1e-6)


def test_more_of_a_cube_is_cut_off_the_farther_it_moves_out(open_scene: Opener) -> None:
    view = request(open_scene, CUBE).view
    entity, camera = view.snapshot.entities[0], view.product.camera

    def cut(across: float) -> float:
        moved = entity.world_from_local.copy()
        moved[1, 3] += across
        return truncation(camera, replace(entity, world_from_local=moved))

    shares = [cut(across) for across in (0.0, 1.0, 1.8, 2.2, 2.6, 9.0)]
    assert shares[:2] == [0, 0] and shares[-1] == 1
    assert 0 < shares[2] < shares[3] < shares[4] < 1
