"""Each check, by the smallest set that shows it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.tolerance import Flaw
from rendersdg.reports.checks import all_checks
from rendersdg.reports.facts import Facts, facts_of
from rendersdg.reports.findings import Finding
from tests.reports.sets import facts, labelled


def by_kind(found: Facts) -> dict[str, Finding]:
    return {f.kind: f for f in all_checks(found)}


def test_a_sound_set_has_nothing_to_say(tmp_path: Path) -> None:
    boxes = [[[2, 2, 20, 20], [30, 10, 50, 40]]] * 12

    assert by_kind(facts(tmp_path, boxes, labels=[[0, 1]] * 12)) == {}


def test_faults_of_boxes_name_the_image_the_box_and_the_class(tmp_path: Path) -> None:
    found = by_kind(
        facts(tmp_path, [[[2, 2, 20, 20], [-5, 2, 20, 20]], [[9, 9, 9, 20]], [[4, 4, 5, 30]]], classes=("bolt",))
    )

    assert found["off_image"].items == ("000.png: 1 box (bolt -5, 2, 20, 20)",)
    assert (found["off_image"].images, found["off_image"].marks) == ((0,), ((1,),))
    assert found["no_area"].severity == "fault" and found["no_area"].images == (1,)
    assert found["tiny"].images == (2,)


def test_two_classes_in_one_place_contradict_and_one_class_twice_is_a_duplicate(tmp_path: Path) -> None:
    box = [2, 2, 30, 30]
    found = by_kind(facts(tmp_path, [[box, box], [box, box], [box, [2, 2, 30, 27]]], labels=[[0, 1], [1, 1], [0, 0]]))

    assert found["contradictory_boxes"].images == (0,)
    assert found["duplicate_boxes"].images == (1,)
    assert found["overlapping_boxes"].images == (2,)


def test_classes_never_seen_and_images_without_objects_are_counted(tmp_path: Path) -> None:
    found = by_kind(facts(tmp_path, [[[2, 2, 20, 20]], [], []], classes=("bolt", "nut")))

    assert found["class_never_seen"].items == ("nut",)
    assert found["no_objects"].items == ("001.png", "002.png") and found["no_objects"].severity == "warning"


def test_pictures_that_are_black_white_flat_or_blurred_are_told_apart(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[[2, 2, 20, 20]]] * 24, classes=("bolt",))
    rng = np.random.default_rng(0)
    for k, sample in enumerate(samples.images):
        noisy = np.clip(cv2.imread(str(sample.file)).astype(int) + rng.integers(-30, 30, (48, 64, 3)), 0, 255)
        cv2.imwrite(str(sample.file), noisy)
        if k < 4:
            changed = [
                noisy // 12,
                255 - noisy // 12,
                np.full_like(noisy, 90),
                cv2.blur(noisy.astype(np.uint8), (31, 31)),
            ]
            cv2.imwrite(str(sample.file), changed[k])

    found = by_kind(facts_of(samples, (), lambda: None))

    assert {kind: f.images for kind, f in found.items()} == {
        "dark": (0,),
        "bright": (1,),
        "flat": (2,),
        "blurred": (3,),
    }


def faint(kind: str) -> np.ndarray:
    """Return a picture of 96 x 96 pixels that hardly deviates from one level."""
    picture = np.full((96, 96, 3), 180, np.uint8)
    if kind == "stain":
        cv2.circle(picture, (40, 50), 4, (168, 168, 168), -1)
    elif kind == "one level off":
        picture[50, 40] += 1
    elif kind == "colour alone":
        picture[...] = 100
        picture[40:50, 40:50] = (100, 115, 71)  # blue, green, red: the same grey to the level
    return picture


@pytest.mark.parametrize("kind", ["stain", "one level off", "colour alone"])
def test_a_labelled_picture_that_is_faint_is_not_said_to_show_nothing(tmp_path: Path, kind: str) -> None:
    samples = labelled(tmp_path, [[[30, 40, 60, 60]]] * 12, classes=("stain",))
    for sample in samples.images[:2]:
        cv2.imwrite(str(sample.file), faint(kind))

    assert not {"flat", "blurred"} & set(by_kind(facts_of(samples, (), lambda: None)))


def test_a_labelled_picture_of_sixteen_bits_below_one_level_of_eight_is_a_picture(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[[30, 40, 60, 60]]], classes=("stain",))
    deep = np.full((48, 64), 46080, np.uint16)
    deep[20:30, 20:30] += 40
    cv2.imwrite(str(samples.images[0].file), deep)

    assert "flat" not in by_kind(facts_of(samples, (), lambda: None))


def test_without_labels_what_coding_alone_may_spread_is_flat_and_a_lone_spot_is_not(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[], [], []], classes=("stain",))
    for sample, spot in zip(samples.images, (0, 2, 12)):
        picture = np.full((96, 96, 3), 180, np.uint8)
        picture[50:54, 40:44] -= spot
        cv2.imwrite(str(sample.file), picture)

    assert by_kind(facts_of(samples, (), lambda: None))["flat"].images == (0, 1)


def test_flaws_of_reading_are_findings_by_their_kind(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[[2, 2, 20, 20]]] * 3, classes=("bolt",))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    flaws = [
        Flaw("picture", tmp_path / "empty.png", "empty", True),
        Flaw("picture", tmp_path / "torn.png", "torn", True),
        Flaw("picture", tmp_path / "lost.png", "lost", True),
        Flaw("label", tmp_path / "a.txt", "line 3 is not a label", True),
        Flaw("size", tmp_path / "000.png", "another size", False),
    ]

    found = by_kind(facts_of(samples, flaws, lambda: None))

    told = {kind: f.items for kind, f in found.items()}
    assert told == {
        "empty_files": ("empty.png",),
        "unreadable_files": ("torn.png",),
        "missing_files": ("lost.png",),
        "unreadable_labels": ("a.txt: line 3 is not a label",),
        "wrong_sizes": ("000.png",),
    }
    assert {f.severity for f in found.values()} == {"fault"}


def test_objects_that_are_nearly_hidden_are_named(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[[2, 2, 20, 20], [30, 10, 50, 40]]], classes=("bolt",))
    object.__setattr__(samples.images[0], "visible", np.array([0.9, 0.01]))

    assert by_kind(facts_of(samples, (), lambda: None))["hidden"].marks == ((1,),)


@pytest.mark.parametrize("count", [1, 2])
def test_sets_of_one_or_two_images_without_labels_are_looked_through(tmp_path: Path, count: int) -> None:
    found = by_kind(facts(tmp_path, [[]] * count, classes=()))

    assert set(found) == {"no_classes", "no_objects"}
