"""What would change if: one value of one frame moved, and how picture and labels follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.viewer.asks import Ask
from rendersdg.viewer.painter import Painter
from rendersdg.viewer.what_if import changed_share, compared, difference
from tests.viewer.small_scene import SCENE


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    return Painter(tmp_path / "scene.yaml")


def test_what_if_moves_one_value_and_tells_which_labels_change(painter: Painter) -> None:
    first = painter.paint(Ask(text=SCENE))
    name = first["parameters"][0]["name"]

    found = painter.paint(Ask(text=SCENE, parameter=name, steps=3))["what_if"]

    assert [step["value"] for step in found["strip"]] == pytest.approx([0.4, 0.6, 0.8], abs=1e-3)
    sizes = [next(o["after"]["visible_pixels"] for o in s["objects"] if o["label"] == "ball") for s in found["strip"]]
    assert sizes == sorted(sizes)
    assert all("box" not in {o["label"] for o in s["objects"]} for s in found["strip"])
    assert found["drawn"] == next(iter(first["values"].values()))["values"]


def test_what_if_with_the_value_that_was_drawn_changes_nothing(painter: Painter) -> None:
    text = SCENE.replace("{distribution.uniform: {lower: 0.4, upper: 0.8}}", "{distribution.choice: {choices: [0.5]}}")
    name = painter.paint(Ask(text=text))["parameters"][0]["name"]

    (step,) = painter.paint(Ask(text=text, parameter=name))["what_if"]["strip"]

    assert step["changed"] == 0.0
    assert step["objects"] == []


_ONE, _TWO = (
    "create.sphere: {position: [0, -0.7, 0]",
    "create.sphere: {count: 2, position: {distribution.sequence: {items: ",
)
TWO = SCENE.replace(_ONE, f"{_TWO}[[[0, -1.4, 0], [0, -0.3, 0]]]}}}}")


def test_what_if_of_one_object_leaves_the_others_as_they_are(painter: Painter) -> None:
    first = painter.paint(Ask(text=TWO))
    name = next(p["name"] for p in first["parameters"] if p["name"].endswith("scale"))
    chosen, other = (o["path"] for o in first["objects"] if o["label"] == "ball")

    strip = painter.paint(Ask(text=TWO, parameter=name, steps=2, prim_path=chosen))["what_if"]["strip"]

    assert {o["path"] for step in strip for o in step["objects"]} == {chosen}
    assert other != chosen


def test_what_if_of_an_object_that_draws_no_such_value_is_an_error(painter: Painter) -> None:
    first = painter.paint(Ask(text=TWO))
    box = next(o["path"] for o in first["objects"] if o["label"] == "box")

    (error,) = painter.paint(Ask(text=TWO, parameter="scale", prim_path=box))["errors"]

    assert "is drawn for others" in error["text"]


def test_a_difference_is_grey_where_nothing_changed_and_brighter_where_light_came() -> None:
    before = np.full((1, 3, 3), 100, np.uint8)
    after = before + np.array([0, 10, 100], np.uint8)[None, :, None]

    assert difference(before, after)[0, :, 0].tolist() == [128, 168, 255]
    assert changed_share(before, after) == round(2 / 3, 4)


def test_labels_that_appear_go_or_move_are_told_and_others_are_not() -> None:
    def seen(path: str, pixels: int = 5, box: tuple[int, ...] = (0, 0, 2, 2)) -> dict[str, object]:
        return {"path": path, "label": "a", "box": list(box), "visible_pixels": pixels}

    before = [seen("/same"), seen("/gone"), seen("/less", 5), seen("/moved")]
    after = [seen("/same"), seen("/less", 4), seen("/moved", 5, (1, 0, 3, 2)), seen("/new")]

    told = {o["path"]: (o["before"] is None, o["after"] is None) for o in compared(before, after)}

    assert told == {"/gone": (False, True), "/less": (False, False), "/moved": (False, False), "/new": (True, False)}
