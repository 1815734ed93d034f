"""The path tracer beside the label pass: the same objects and depths; and the same bytes each time."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.colour import check_defect, check_ids_and_depth, opened
from tests.conftest import Opener

pytestmark = pytest.mark.extra


def test_its_ids_and_depth_agree_with_the_label_pass(open_scene: Opener) -> None:
    check_ids_and_depth(open_scene, "mitsuba")


def test_a_defect_shows_where_its_label_says(open_scene: Opener) -> None:
    check_defect(open_scene, "mitsuba")


def test_the_path_traced_picture_comes_back_byte_for_byte(open_scene: Opener) -> None:
    first, second = (opened(open_scene, "mitsuba")[1].buffers.rgb for _ in range(2))

    assert np.array_equal(first, second)
