"""Judging what scripts made: known pictures, labels and files, each with the causes that a person would give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.arrays import U1
from tests.conformance import judging
from tests.conformance.judging import Cause, verdict


def plain(value: int, *, side: int = 128) -> U1:
    """Return a picture of one grey."""
    return np.full((side, side, 3), value, np.uint8)


def scene(at: int = 20) -> U1:
    """Return a picture with a red square on grey."""
    picture = plain(120)
    picture[at : at + 16, at : at + 16] = (200, 30, 30)
    return picture


def look(**changes: Any) -> dict[str, Any]:
    """Return a look with one labelled cube in view, unless changed."""
    cube = {"path": "/Cube", "labels": ["class:cube"], "visible": 256, "alone": 256, "tight": [20, 20, 35, 35]}
    largest = {"path": "/Ground", "share": 0.6, "holds_camera": False, "depth": 3.0}
    return {"product": "Replicator", "frame": 0, "objects": [cube], "largest": largest, **changes}


def kinds(causes: list[Cause]) -> list[tuple[str, str]]:
    return [(cause.weight, cause.kind) for cause in causes]


@pytest.mark.parametrize(
    ("picture", "black", "blown", "flat"),
    [
        (plain(0), True, False, False),
        (plain(10), True, False, False),
        (plain(255), False, True, False),
        (plain(120), False, False, True),
        (scene(), False, False, False),
    ],
)
def test_a_picture_of_one_colour_is_black_blown_or_flat(picture: U1, black: bool, blown: bool, flat: bool) -> None:
    said = judging.is_black(picture), judging.is_blown(picture), judging.is_flat(picture)

    assert said == (black, blown, flat)


def test_a_few_bright_pixels_do_not_lighten_a_black_picture_and_a_small_object_does() -> None:
    stars, object_ = plain(0), plain(0)
    stars[3, 5] = 255
    object_[10:14, 10:14] = 90

    assert judging.is_black(stars)
    assert not judging.is_black(object_)


@given(st.integers(0, 255), st.integers(0, 40))
def test_an_object_of_another_colour_makes_no_picture_flat(grey: int, at: int) -> None:
    picture = plain(grey)
    picture[at : at + 8, at : at + 8] = (grey + 128) % 256

    assert not judging.is_flat(picture)


def test_all_pictures_black_is_wrong_and_one_of_them_is_for_a_person() -> None:
    assert kinds(judging.of_pictures([plain(0), plain(0)])) == [("wrong", "black")]
    assert kinds(judging.of_pictures([plain(0), scene()])) == [("look", "black")]
    assert judging.of_pictures([scene(), scene(5)]) == []


@pytest.mark.parametrize(
    ("pictures", "frames", "randomizes", "expected"),
    [
        ([scene(), scene()], (0, 1), True, [("wrong", "alike")]),
        ([scene(), scene(30)], (0, 1), True, []),
        ([scene(), scene()], (0, 1), False, []),
        ([scene(), scene()], (0, 0), True, []),  # a preview, and the frame that it previewed
        ([plain(0), plain(0)], (0, 1), True, []),  # black is said already
    ],
)
def test_frames_of_a_script_that_randomizes_must_differ(
    pictures: list[U1], frames: tuple[int, int], randomizes: bool, expected: list[tuple[str, str]]
) -> None:
    looks = [look(frame=frame) for frame in frames]

    assert kinds(judging.of_change(looks, pictures, randomizes=randomizes)) == expected


def test_one_product_that_differs_is_enough() -> None:
    looks = [look(frame=f, product=p) for f in (0, 1) for p in ("still", "moving")]

    assert judging.of_change(looks, [scene(), scene(), scene(), scene(30)], randomizes=True) == []


def test_asked_labels_that_nothing_has_are_wrong() -> None:
    assert kinds(judging.of_labels([look(objects=[])], asked=True)) == [("wrong", "no labels")]
    assert judging.of_labels([look(objects=[])], asked=False) == []


def test_labelled_objects_that_no_frame_shows_are_counted() -> None:
    def hidden(name: str, alone: int = 0) -> dict[str, Any]:
        return {"path": f"/{name}", "labels": [f"class:{name}"], "visible": 0, "alone": alone, "tight": None}

    few = [look(objects=[*look()["objects"], hidden("a")]), look(objects=[*look()["objects"], hidden("a")])]
    most = [look(objects=[*look()["objects"], hidden("a"), hidden("b")])]
    later = [look(objects=[hidden("Cube")]), look()]

    behind = [look(objects=[*look()["objects"], hidden("a", 9), hidden("b", 9)])]

    assert kinds(judging.of_labels(few, asked=True)) == [("look", "never in view")]
    assert kinds(judging.of_labels(most, asked=True)) == [("wrong", "never in view")]
    assert kinds(judging.of_labels(behind, asked=True)) == [("look", "always hidden")]
    assert judging.of_labels(later, asked=True) == []


def test_a_camera_inside_an_object_sees_nothing_else() -> None:
    def views(**changes: Any) -> list[dict[str, Any]]:
        return [look(largest={**look()["largest"], **changes})] * 2

    assert kinds(judging.of_camera(views(share=1.0, holds_camera=True))) == [("wrong", "camera inside")]
    assert kinds(judging.of_camera(views(share=1.0))) == [("look", "one surface")]
    assert judging.of_camera(views(share=0.9, holds_camera=True)) == []
    assert judging.of_camera([*views(share=1.0, holds_camera=True), look()]) == []
    assert judging.of_camera([look(largest=None)]) == []


def test_files_that_a_writer_implies_must_be_there() -> None:
    writer = {"name": "BasicWriter", "asked": ["bounding_box_2d_tight", "colorize_depth", "rgb"], "products": 1}

    assert kinds(judging.of_files([writer], [], 3)) == [("wrong", "no files")]
    assert kinds(judging.of_files([writer], ["rgb_0000.png"], 3)) == [("wrong", "no files")]
    assert judging.of_files([writer], ["rgb_0000.png", "bounding_box_2d_tight_0000.npy"], 3) == []
    assert judging.of_files([writer], [], 0) == []
    assert judging.of_files([{**writer, "products": 0}], [], 3) == []


def test_boxes_beyond_the_image_and_rows_without_a_label_are_faults(tmp_path: Path) -> None:
    kind = np.dtype([("semanticId", "<u4"), ("x_min", "<i4"), ("y_min", "<i4"), ("x_max", "<i4"), ("y_max", "<i4")])
    cv2.imwrite(str(tmp_path / "rgb_0000.png"), scene())
    np.save(tmp_path / "bounding_box_2d_tight_0000.npy", np.array([(0, 1, 1, 128, 5)], kind))
    (tmp_path / "bounding_box_2d_tight_labels_0000.json").write_text(json.dumps({"1": {"class": "cube"}}))

    texts = [cause.text for cause in judging.label_faults(tmp_path)]

    assert texts == [
        "bounding_box_2d_tight_0000.npy: a row names no label",
        "bounding_box_2d_tight_0000.npy: a box leaves the image",
    ]


def test_how_a_run_ended_is_a_cause() -> None:
    assert judging.of_run(0, "", 120.0) == []
    assert judging.of_run(None, "", 120.0) == [Cause("failed", "no end", "no end within 120 s")]
    assert judging.of_run(-11, "", 120.0) == [Cause("failed", "crash", "ended by signal 11")]
    assert judging.of_run(2, "error: a.py:3: no", 120.0) == [Cause("failed", "error", "error: a.py:3: no")]


def test_a_script_is_judged_by_the_worst_of_its_causes() -> None:
    told = {"looks": [look()], "writers": [], "wanted": [], "captures": 1, "window": False}

    assert verdict(judging.judge(told, [scene()], "", [])) == "right"
    assert verdict(judging.judge(told, [plain(0)], "", [])) == "wrong"
    assert verdict(judging.judge({**told, "looks": []}, [], "", [])) == "look"
    assert kinds(judging.judge({**told, "looks": [look(largest=None)], "window": True}, [plain(0)], "", [])) == [
        ("look", "empty")
    ]
    assert verdict([Cause("look", "a", "a"), Cause("failed", "b", "b"), Cause("wrong", "c", "c")]) == "failed"
