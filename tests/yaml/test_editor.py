"""What an editor with yaml-language-server offers and shows in a scene: the real server is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rendersdg.scene import FUNCTIONS
from rendersdg.yaml.schema import schema
from tests.conftest import SCENES
from tests.yaml.language_server import Client, language_server, server_command
from writers import WRITERS

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(server_command() is None, reason="npm install yaml-language-server; see language_server.py"),
]
YOLO = "save:\n  writers.get:\n    name: YoloWriter\n    init_params:\n      "


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("schema") / "scene.schema.json"
    path.write_text(json.dumps(schema()))
    with language_server(path) as client:
        yield client


def test_functions_are_offered_in_a_group_and_inside_with(editor: Client) -> None:
    for text in ("box:\n  create.|\n", "frames: {trigger.on_frame: {}}\nx:\n  with.frames:\n    mod|\n"):
        assert set(FUNCTIONS) <= set(editor.complete(text))


def test_arguments_are_offered_with_unit_and_default(editor: Client) -> None:
    offered = editor.complete("lamp:\n  create.light:\n    light_type: dome\n    |\n")

    assert {"intensity", "color", "texture"} <= set(offered) and "light_type" not in offered
    assert offered["intensity"]["insertText"] == "intensity: ${1:1000}"
    assert "nits; lux for distant lights; default: `1000.0`" in offered["intensity"]["documentation"]["value"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lamp:\n  create.light:\n    light_type: |\n", {"dome", "distant", "rect", "sphere", "disk", "cylinder"}),
        ("lamp: {create.light: {light_type: do|}}\n", {"dome"}),
        ("x: {create.cube: {}}\ny:\n  with.x:\n    defects.dent:\n      where: |\n", {"edges", "flat"}),
        ("save:\n  writers.get:\n    name: |\n", set(WRITERS)),
        (f"{YOLO}task: |\n", {"detect", "segment", "obb"}),
        (YOLO.replace("Yolo", "Annotator") + "annotators:\n        - |\n", {"rgb", "distance_to_camera"}),
    ],
)
def test_words_are_offered(text: str, words: set[str], editor: Client) -> None:
    assert words <= set(editor.complete(text))


def test_the_parameters_of_the_writer_that_is_named_are_offered(editor: Client) -> None:
    yolo, coco = editor.complete(f"{YOLO}|\n"), editor.complete(YOLO.replace("Yolo", "Coco") + "|\n")

    assert {"task", "classes", "output_dir"} <= set(yolo) and "panoptic" not in yolo
    assert {"panoptic", "output_dir"} <= set(coco) and "task" not in coco


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lamp:\n  create.li|ght:\n    intensity: 3\n", "Create UsdLux lights"),
        ("lamp:\n  create.light:\n    inten|sity: 3\n", "unit: nits; lux for distant lights; default: `1000.0`"),
        (f"{YOLO}ta|sk: detect\n", "What a row of labels is."),
        ("x: {create.cube: {position: {distribution.uni|form: {lower: 1, upper: 2}}}}\n", "Uniform between two bounds"),
    ],
)
def test_what_a_word_means_is_shown(text: str, shown: str, editor: Client) -> None:
    assert shown in editor.hover(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("x:\n  create.cube: {sale: 1}\n", "Property sale is not allowed."),
        ("save:\n  writers.get:\n    name: YoloWritr\n", "Valid values"),
        (f"{YOLO}clases: [a]\n", "Property clases is not allowed."),
        (YOLO.removesuffix("      ").replace("init_params:\n", "init_params: {task: obb}\n"), 'property "classes"'),
    ],
)
def test_mistakes_are_marked(text: str, wrong: str, editor: Client) -> None:
    assert any(wrong in problem for problem in editor.problems(text))


def test_nothing_is_wrong_with_the_scenes(editor: Client) -> None:
    assert {path.name: editor.problems(path.read_text()) for path in SCENES} == {path.name: [] for path in SCENES}
