"""The table of annotators: each answers in the documented grammar."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS, OF_LIDARS
from rendersdg.testing import check_annotator


@pytest.mark.parametrize("name", list(ANNOTATORS))
def test_every_annotator_gives_an_image_an_array_with_info_or_a_dictionary(name: str) -> None:
    value = check_annotator(name)

    data = value["data"] if isinstance(value, dict) and "data" in value else value
    if isinstance(data, np.ndarray) and data.ndim >= 2 and name not in OF_LIDARS | {"pointcloud"}:
        assert data.shape[:2] == (72, 96)
