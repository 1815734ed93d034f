"""Filters of labels, as the documentation says."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS
from rendersdg.annotators.semantics import parse_filter
from rendersdg.errors import BadArgument
from tests.annotators.requests import request
from tests.conftest import Opener

CAR, TRUCK, TREE = (
    (("class", "car"),),
    (("class", "vehicle"), ("vehicle_type", "truck")),
    (("class", "tree"), ("shape", "tall")),
)


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [  # the examples of the documentation, on a car, a truck, a tree and something unlabelled
        ("class:*", (True, True, True)),
        ("*:*", (True, True, True)),
        ("class:vehicle|car", (True, True, False)),
        ("class:*&!tree", (True, True, False)),
        ("class:vehicle,vehicle_type:*", (False, True, False)),
        ("class:vehicle,vehicle_type:!truck", (False, False, False)),
        ("class:car;shape:*", (True, False, True)),
        ("vehicle_type:!*", (True, False, True)),
        ("!class:car", (False, True, True)),
    ],
)
def test_filters_keep_what_the_documentation_says(predicate: str, kept: tuple[bool, ...]) -> None:
    chosen = parse_filter(predicate)

    assert tuple(chosen.accepts(s) for s in (CAR, TRUCK, TREE)) == kept
    assert not chosen.accepts(())


@pytest.mark.parametrize("predicate", ["", "class", "class:", "cl?ss:a", "class:a||b"])
def test_broken_filters_are_named(predicate: str) -> None:
    with pytest.raises(BadArgument, match="semantic filter"):
        parse_filter(predicate)


def test_semantic_types_and_filters_choose_labels(open_scene: Opener) -> None:
    both = ANNOTATORS["semantic_segmentation"](request(open_scene, semanticTypes=["class", "shape"]))
    cubes = ANNOTATORS["bounding_box_2d_tight"](request(open_scene, semanticFilter="shape:cube"))

    assert {"class": "box", "shape": "cube"} in both["info"]["idToLabels"].values()
    assert both["info"]["idToLabels"]["0"] == {"class": "BACKGROUND"} and both["info"]["idToLabels"]["1"] == {
        "class": "UNLABELLED"
    }
    assert set(np.unique(both["data"])) == {0, 1, 2, 3}
    assert len(cubes["data"]) == 1
