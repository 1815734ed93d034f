"""The table of writers: each encodes, and refuses what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from rendersdg.testing import check_writer
from tests.writers.written import YCB
from writers import WRITERS


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_writer_encodes_and_refuses_unknown_parameters(name: str) -> None:
    own = {
        "YoloWriter": {"classes": ["box"]},
        "BasicWriter": {"rgb": True},
        "YCBVideoWriter": {**YCB, "num_frames": 3},
        "AnnotatorWriter": {"annotators": ["normals"]},
        "DataVisualizationWriter": {"bounding_box_2d_tight": True},
    }
    for library in WRITERS[name].libraries:
        pytest.importorskip(library)
    params: dict[str, Any] = own.get(name, {})
    files = check_writer(name, **params)

    assert files or name == "FPSWriter"
