"""Labelled prims below labelled prims: who owns which pixel, and what the boxes hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS, Request
from tests.annotators.requests import request
from tests.conftest import Opener

# a bench: a board, a labelled leg beside it, and a sticker of another type on the board, all flat before the camera
BENCH = """#usda 1.0
(
    defaultPrim = "Bench"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Bench" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
{
    token[] semantics:labels:class = ["bench"]
    def Cube "Board"
    {
        double size = 1
        float3 xformOp:scale = (0.1, 1, 0.5)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
    def Cube "Leg" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
    {
        token[] semantics:labels:class = ["leg"]
        double size = 1
        float3 xformOp:scale = (0.1, 0.2, 0.4)
        double3 xformOp:translate = (0, 0.8, -0.3)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
    def Cube "Sticker" (prepend apiSchemas = ["SemanticsLabelsAPI:kind"])
    {
        token[] semantics:labels:kind = ["round"]
        double size = 1
        float3 xformOp:scale = (0.1, 0.4, 0.3)
        double3 xformOp:translate = (0.2, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
}
"""
WALL = 'wall: {create.cube: {position: [2, -1, 0], scale: [0.01, 1, 9], semantics: [["class", "wall"]]}}\n'
AWAY = 'away: {create.cube: {position: [50, 0, 0], semantics: [["class", "away"]]}}\n'


@pytest.fixture
def bench(open_scene: Opener, tmp_path: Path) -> Request:
    (tmp_path / "bench.usda").write_text(BENCH)
    return request(open_scene, f"bench: {{create.from_usd: {{usd: {tmp_path / 'bench.usda'}}}}}\n{WALL}{AWAY}")


def asked(name: str, bench: Request, **params: object) -> dict[str, object]:
    return ANNOTATORS[name](Request(bench.view, dict(params), bench.others))


def leaves(bench: Request) -> dict[str, np.ndarray]:
    """The mask of each drawn prim by its name, of a cube that ``create`` made by that of the prim above it."""
    value = asked("instance_id_segmentation", bench)
    paths = {k: path.removesuffix("/Cube") for k, path in value["info"]["idToLabels"].items()}
    return {path.rsplit("/", 1)[-1]: value["data"] == k for k, path in paths.items()}


def rows(value: dict[str, object]) -> dict[str, np.void]:
    """The boxes by the last name of their prim."""
    return {path.rsplit("/", 1)[-1]: row for path, row in zip(value["info"]["primPaths"], value["data"])}


def bounds(mask: np.ndarray) -> list[int]:
    high, wide = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return [wide[0], high[0], wide[-1], high[-1]]


def corners(row: np.void) -> list[int]:
    return [row[k] for k in ("x_min", "y_min", "x_max", "y_max")]


def test_the_box_of_a_parent_holds_its_labelled_children(bench: Request) -> None:
    parts, tight = leaves(bench), rows(asked("bounding_box_2d_tight", bench))

    assert corners(tight["Ref"]) == bounds(parts["Board"] | parts["Leg"] | parts["Sticker"])
    assert corners(tight["Leg"]) == bounds(parts["Leg"])
    solid = rows(asked("bounding_box_3d", bench))["Ref"]
    # across y from the board's edge at -0.5 to the leg's at 0.9, down to the leg's foot, out to the sticker's front
    wanted = [-0.05, -0.5, -0.5, 0.25, 0.9, 0.25]
    assert np.allclose([solid[f"{a}_{end}"] for end in ("min", "max") for a in "xyz"], wanted, atol=1e-6)


def test_a_parent_has_a_box_even_where_nothing_but_its_children_is_drawn(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "bench.usda").write_text(BENCH.replace('def Cube "Board"', 'def Xform "Board"'))
    alone = request(open_scene, f"bench: {{create.from_usd: {{usd: {tmp_path / 'bench.usda'}}}}}")
    parts = leaves(alone)

    assert corners(rows(asked("bounding_box_2d_tight", alone))["Ref"]) == bounds(parts["Leg"] | parts["Sticker"])


def test_a_pixel_is_that_of_the_nearest_prim_that_the_filter_keeps(bench: Request) -> None:
    parts = leaves(bench)
    value = asked("instance_segmentation", bench, semanticFilter="class:*")
    number = {path.rsplit("/", 1)[-1]: k for k, path in value["info"]["idToLabels"].items()}

    # the sticker has a label of another type alone: no hole in the bench, whose pixel it is
    assert np.array_equal(value["data"] == number["Ref"], parts["Board"] | parts["Sticker"])
    assert np.array_equal(value["data"] == number["Leg"], parts["Leg"])
    dropped = asked("instance_segmentation", bench, semanticFilter="class:leg")
    assert np.array_equal(dropped["data"] == 1, parts["Board"] | parts["Sticker"] | parts["Cube_Xform"])


def test_segmentation_joins_the_labels_of_parents_and_boxes_do_not(bench: Request) -> None:
    named = asked("semantic_segmentation", bench)["info"]["idToLabels"]
    boxes = asked("bounding_box_2d_tight", bench)["info"]["idToLabels"]

    assert {"class": "bench,leg"} in named.values() and {"class": "bench", "kind": "round"} in named.values()
    assert {"class": "leg"} in boxes.values() and {"kind": "round"} in boxes.values()
    assert not any("," in label for labels in boxes.values() for label in labels.values())


def test_occlusion_of_parents_is_minus_one_and_that_of_what_is_nowhere_no_number(bench: Request) -> None:
    every = rows(asked("bounding_box_3d_360", bench))
    ratio = {name: float(row["occlusionRatio"]) for name, row in every.items()}
    of_type = rows(asked("bounding_box_2d_tight", bench, semanticFilter="kind:*;class:bench"))

    assert ratio["Ref"] == -1 and ratio["Leg"] == 0 and np.isnan(ratio["Cube_Xform_01"])
    assert of_type["Ref"]["occlusionRatio"] == -1


def test_the_occlusion_of_a_parent_counts_its_childrens_pixels_as_its_own(
    open_scene: Opener, bench: Request, tmp_path: Path
) -> None:
    # this wall ends on the camera's axis, so it hides all that is left of the middle
    half = WALL.replace("[2, -1, 0]", "[2, -0.5, 0]")
    hidden = request(open_scene, f"bench: {{create.from_usd: {{usd: {tmp_path / 'bench.usda'}}}}}\n{half}")
    parts = leaves(bench)
    whole = parts["Board"] | parts["Leg"] | parts["Sticker"]
    left = whole & (np.arange(64) < 32)

    ratio = rows(asked("bounding_box_2d_tight", hidden, semanticFilter="class:bench"))["Ref"]["occlusionRatio"]
    assert 0.3 < ratio == pytest.approx(left.sum() / whole.sum())


def test_objects_are_told_whole(bench: Request) -> None:
    value = asked("objects", bench, semanticFilter="class:*")
    told = {o["prim_path"].rsplit("/", 1)[-1]: o for o in value["info"]["objects"]}
    parts = leaves(bench)

    whole = parts["Board"] | parts["Leg"] | parts["Sticker"]
    assert told["Ref"]["ids"] == [told["Ref"]["id"], told["Leg"]["id"]] and told["Leg"]["ids"] == [told["Leg"]["id"]]
    assert told["Ref"]["visible_pixels"] == told["Ref"]["unoccluded_pixels"] == whole.sum()
    assert np.array_equal(np.isin(value["data"], told["Ref"]["ids"]), whole)
    assert told["Leg"]["labels"] == {"class": "leg"} and told["Ref"]["occlusion"] == 0
