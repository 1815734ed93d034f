"""The slow ray caster: an answer known by hand."""

from __future__ import annotations

import numpy as np

from rendersdg.backends.reference import cast
from tests.backends.views import CUBE
from tests.conftest import Opener


def test_a_unit_cube_seen_face_on_has_the_box_that_arithmetic_says(open_scene: Opener) -> None:
    snapshot = open_scene(CUBE).snapshot(0)

    labels = cast(snapshot, snapshot.products[0].camera)

    # its near face is 4.5 m away; fx = 24 / 20.955 * 64 = 73.3 px, so half a metre is 8.145 px from the centre (32, 24)
    assert labels.tight[0].tolist() == [24, 16, 39, 31]
    assert labels.visible[0] == labels.unoccluded[0] == 16 * 16
    assert np.allclose(labels.depth[16:32, 24:40], 4.5) and np.allclose(labels.normal[16:32, 24:40], [1, 0, 0])
    assert np.isinf(labels.depth[0, 0]) and labels.instance[0, 0] == -1
