"""What a first scene comes from: init and examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rendersdg.cli import begin
from rendersdg.errors import BadArgument, DatasetError
from tests.cli import shown
from tests.cli.one_frame import refused
from tests.conftest import SCENES
from writers.encoders import read_image


def run(*arguments: object) -> str:
    return shown.run(*map(str, arguments))


@pytest.mark.parametrize(
    ("kind", "classes"), [("objects", {"apple", "lemon", "pear"}), ("defects", {"scratch", "dent", "stain"})]
)
def test_a_scene_to_start_from_renders_as_it_stands(kind: str, classes: set[str], tmp_path: Path) -> None:
    path = tmp_path / "new" / "mine.yaml"
    told = run("init", path, "--kind", kind)
    run("render", path, "-o", tmp_path / "out", "--frames", 2, "--quiet", "--strict")
    coco = json.loads(next((tmp_path / "out").rglob("instances.json")).read_text())
    picture = read_image(next((tmp_path / "out").rglob("000000.png")).read_bytes())

    assert f"rendersdg render {path} -o out --frames 20" in told
    assert f"#   rendersdg preview {path} -o sheet.png" in path.read_text()
    assert {c["name"] for c in coco["categories"]} <= classes and len(coco["annotations"]) >= 3
    assert 40 < np.mean(picture) < 190, "neither dark nor blown out"
    assert run("validate", path, "--strict").startswith("mine.yaml: good")


def test_a_folder_gets_scene_yaml_and_nothing_is_overwritten(tmp_path: Path) -> None:
    run("init", tmp_path / "project")
    before = (tmp_path / "project" / "scene.yaml").read_text()

    assert "is there already" in refused(DatasetError, "init", str(tmp_path / "project"), "--kind", "defects")
    assert (tmp_path / "project" / "scene.yaml").read_text() == before


def test_examples_are_listed_with_a_sentence_each() -> None:
    lines = run("examples").splitlines()[: len(SCENES)]

    assert [line.split()[0] for line in lines] == [path.stem for path in SCENES] and len(SCENES) == 15
    assert all(len(line.split()) > 5 and line.endswith(".") for line in lines)


def test_an_example_is_copied_as_it_is(tmp_path: Path) -> None:
    run("examples", "fruit_crate", "steel_strip.yaml", "-o", tmp_path / "mine")

    for name in ("fruit_crate", "steel_strip"):
        source = next(path for path in SCENES if path.stem == name)
        assert (tmp_path / "mine" / source.name).read_text() == source.read_text()
    assert "did you mean 'fruit_crate'" in refused(BadArgument, "examples", "fruit_crat", "-o", str(tmp_path))
    assert "is there already" in refused(DatasetError, "examples", "fruit_crate", "-o", str(tmp_path / "mine"))


def test_scenes_of_an_installed_package_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rendersdg" / "scenes").mkdir(parents=True)
    monkeypatch.setattr(begin.rendersdg, "__file__", str(tmp_path / "rendersdg" / "__init__.py"))
    with pytest.raises(DatasetError, match="install it again"):
        begin.scenes_folder()
    (tmp_path / "rendersdg" / "scenes" / "fruit_crate.yaml").write_text("# One.\n")

    assert begin.scenes_folder() == tmp_path / "rendersdg" / "scenes"
