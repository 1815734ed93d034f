"""What is wrong with a text, each mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument, SeveralErrors
from rendersdg.viewer.asks import Ask
from rendersdg.viewer.mistakes import told
from rendersdg.viewer.painter import Painter
from tests.viewer.small_scene import SCENE


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    return Painter(tmp_path / "scene.yaml")


def test_places_of_other_files_stay_in_the_words() -> None:
    errors = [BadArgument("a", where="dir/scene.yaml:3"), BadArgument("b", where="scene.yaml.bak:4"), BadArgument("c")]

    found = told(SeveralErrors(errors), "scene.yaml")

    assert found == [
        {"line": 3, "text": "a"},
        {"line": None, "text": "scene.yaml.bak:4: b"},
        {"line": None, "text": "c"},
    ]


def test_every_mistake_has_its_line(painter: Painter) -> None:
    wrong = SCENE.replace("create.sphere", "create.spere").replace("intensity: 400", "intensty: 400")

    answer = painter.paint(Ask(text=wrong))

    assert "picture" not in answer
    assert [e["line"] for e in answer["errors"]] == [4, 7]
    assert "did you mean 'create.sphere'?" in answer["errors"][0]["text"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("- 1", 1), ("a: [1\nb: 2", 2), ("a: {create.sphere: {}}\na: {create.sphere: {}}", 2), ("\ta: 1", 1)],
)
def test_what_is_not_a_scene_is_an_error_at_a_line(painter: Painter, text: str, line: int) -> None:
    (error,) = painter.paint(Ask(text=text))["errors"]

    assert error["line"] == line


def test_a_mistake_in_a_profile_is_told_without_a_line_of_the_scene(painter: Painter, tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("a:\n  create.spere: {}\n")

    (error,) = painter.paint(Ask(text="profiles: [more.yaml]\n" + SCENE))["errors"]

    assert error["line"] is None
    assert "more.yaml:2" in error["text"]
