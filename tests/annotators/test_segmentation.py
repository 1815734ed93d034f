"""Segmentation: its colours, and the objects that it names."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS
from rendersdg.annotators.segmentation import instance_ids
from tests.annotators.requests import request
from tests.backends.views import CUBE
from tests.conftest import Opener


def test_colourised_segmentation_names_its_colours(open_scene: Opener) -> None:
    value = ANNOTATORS["instance_segmentation"](request(open_scene, colorize=True))
    colours = {str(tuple(int(c) for c in row)) for row in np.unique(value["data"].reshape(-1, 4), axis=0)}

    assert colours <= set(value["info"]["idToLabels"])
    assert value["info"]["idToLabels"]["(0, 0, 0, 0)"] == "BACKGROUND"


@pytest.mark.parametrize("label", ["box", "class:box"])
def test_a_mapping_sets_label_colours(label: str, open_scene: Opener) -> None:
    mapping = f'{{"{label}": [1, 2, 3, 255], "other:box": [9, 9, 9, 255]}}'
    value = ANNOTATORS["semantic_segmentation"](
        request(open_scene, colorize=True, mapping=mapping, semanticTypes=["class"])
    )

    assert value["info"]["idToLabels"]["(1, 2, 3, 255)"] == {"class": "box"}
    assert (value["data"] == [1, 2, 3, 255]).all(-1).any()


def test_instance_image_and_boxes_name_the_same_objects(open_scene: Opener) -> None:
    session = open_scene(CUBE)
    snapshot = session.snapshot(0)
    view = session.views(snapshot, {})["Replicator"]
    from rendersdg.annotators import Request

    ids, paths, names = instance_ids(Request(view))

    assert set(np.unique(ids)) == {0, 2}
    assert paths[2] == "/Replicator/Cube_Xform" and names[2] == {"class": "cube"}
