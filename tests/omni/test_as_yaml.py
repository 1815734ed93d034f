"""Written YAML gives the scene's bytes and holds documented calls alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rendersdg.errors import NotSupported
from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.runner import Options, run_script
from tests.conftest import ROOT, SCENES
from tests.omni.written import SMALL, api, exported, files, rendered
from writers.encoders import read_image


def as_yaml(scene: Path, file: Path) -> tuple[tuple[str, str], ...]:
    with opened(Job(str(scene))) as (session, _):
        return tuple(EXPORTS["replicator-yaml"](session, file, title=scene.stem, target="isaac-5", frames=None))


@pytest.mark.parametrize("name", ["", "bolts_and_gears", "stereo_pair", "cans_on_shelf"])
def test_yaml_that_was_written_gives_the_scenes_bytes(name: str, small: Path, tmp_path: Path) -> None:
    scene = ROOT / "scenes" / f"{name}.yaml" if name else small
    as_yaml(scene, tmp_path / "again.yaml")
    found, wanted = rendered(tmp_path / "again.yaml", 1), rendered(scene, 1)

    assert wanted and [p for p in wanted if found.get(p) != wanted[p]] == []


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_every_call_of_written_yaml_is_documented(scene: Path, tmp_path: Path, quick: None) -> None:
    known = api("isaac-5")
    as_yaml(scene, tmp_path / "again.yaml")
    calls = list(yaml_calls(yaml.safe_load((tmp_path / "again.yaml").read_text())))
    for name, arguments in calls:
        if not name.startswith(("with.", "randomizer.register")) and name not in own_functions(calls):
            known.bind(name, (), arguments or {})

    assert len(calls) > 5


def yaml_calls(node: Any) -> Iterator[tuple[str, Any]]:
    for key, value in node.items() if isinstance(node, dict) else ():
        if "." in str(key):
            yield key, value
        if key != "init_params":
            yield from yaml_calls(value)
    for value in node if isinstance(node, list) else ():
        yield from yaml_calls(value)


def own_functions(calls: list[tuple[str, Any]]) -> set[str]:
    return {f"randomizer.{label}" for name, body in calls if name == "randomizer.register" for label in body}


def test_yaml_has_images_where_the_scene_has_defects(tmp_path: Path, quick: None) -> None:
    told = dict(as_yaml(ROOT / "scenes" / "magnetic_tile.yaml", tmp_path / "again.yaml"))
    found = rendered(tmp_path / "again.yaml", 1)

    assert any(what.startswith("defects.crack") for what in told) and "this file" in told
    assert any(path.endswith(".png") and read_image(data).std() > 10 for path, data in found.items())


def test_defects_in_a_registered_function_are_refused_by_name(tmp_path: Path, quick: None) -> None:
    scene = tmp_path / "dented.yaml"
    scene.write_text(SMALL.replace("modify.pose: {scale: 8}", "defects.dent: {diameter: 20}"))

    with pytest.raises(NotSupported, match=r"defects in a registered function.*export a script"):
        as_yaml(scene, tmp_path / "again.yaml")


def test_a_scatter_by_the_pivot_is_noted_in_yaml_and_kept_in_a_script(tmp_path: Path) -> None:
    scene = tmp_path / "pivot.yaml"
    scene.write_text(SMALL.replace("surface_prims: [bed]}", "surface_prims: [bed], origin: pivot}"))

    notes = as_yaml(scene, tmp_path / "out.yaml")
    exported(scene, tmp_path / "pivot.py")
    outcome = run_script(tmp_path / "pivot.py", Options(out=str(tmp_path / "out")))

    assert any(what == "randomizer.scatter_2d" and "origin is pivot" in how for what, how in notes)
    assert outcome.error is None
    found = files(tmp_path / "out")
    assert all(found.get(path) == data for path, data in rendered(scene, 3).items())
