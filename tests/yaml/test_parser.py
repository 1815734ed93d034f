"""The YAML form: every construct of the manual."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.farm.job import Job, opened
from tests.conftest import Opener, needs_shared


def examples() -> list[str]:
    """The scene examples of the syntax notes, where those are at hand."""
    text = needs_shared("replicator", "yaml.md").read_text().split("\n## 11. ")[1]
    return text.split("```yaml\n")[1:]


@pytest.mark.parametrize("number", range(5))
def test_the_examples_of_the_notes_run(tmp_path: Path, number: int) -> None:
    block = examples()[number].split("```")[0]
    path = tmp_path / "scene.yaml"
    if "create.render_product" not in block:
        block += (
            "seen_by: {create.camera: {position: [5, 0, 0]}}\nseen: {create.render_product: {camera: seen_by, "
            "resolution: [32, 24]}}\n"
        )
    path.write_text(block)
    with opened(Job(str(path), backend="null")) as (session, _):
        assert session.make(0).files
        assert session.make(2).frame == 2


@pytest.mark.parametrize("form", ['[["class", "plate"]]', "{class: plate}"])
def test_a_label_may_be_called_as_a_group_is(open_scene: Opener, form: str) -> None:
    session = open_scene(f"plate: {{create.plane: {{}}}}\npart:\n  create.cube: {{semantics: {form}}}\n")

    assert [e.semantics for e in session.snapshot(0).entities if e.semantics] == [(("class", "plate"),)]


def test_a_group_name_as_text_stays_text_where_only_text_fits(open_scene: Opener) -> None:
    session = open_scene("sphere: {create.sphere: {}}\nlamp: {create.light: {light_type: sphere}}\n")

    assert [light.kind for light in session.snapshot(0).lights] == ["sphere"]


def test_a_named_distribution_gives_both_users_the_same_values(open_scene: Opener) -> None:
    session = open_scene(
        "spot: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}\na: {create.cube: {position: "
        "spot}}\nb: {create.cube: {position: spot}}\n"
    )
    a, b = (i.world_from_mesh[:3, 3] for i in session.snapshot(0).instances)

    assert np.allclose(a, b) and a.any()


def test_created_lights_in_a_randomizer_are_sampled_at_each_firing(open_scene: Opener) -> None:
    session = open_scene(
        "f:\n  randomizer.register:\n    lamps:\n      inputs: {how_many: 2}\n      bulb:\n        "
        "create.light:\n          light_type: sphere\n"
        "          count: how_many\n          intensity: {distribution.normal: {mean: 20000, std: 4000}}\n"
        "          position: {distribution.uniform: {lower: [-4, -4, 3], upper: [4, 4, 5]}}\n"
        "t: {trigger.on_frame: {max_execs: 3}}\ngo:\n  with.t:\n    randomizer.lamps: {how_many: 3}\n"
    )
    first, second = session.snapshot(0).lights, session.snapshot(1).lights

    assert len(first) == len(second) == 3
    assert all(
        not np.allclose(a.world_from_light, b.world_from_light) and a.radiance[0] != b.radiance[0]
        for a, b in zip(first, second)
    )


def test_old_names_are_taken_with_a_note(open_scene: Opener) -> None:
    session = open_scene("box: {create.cube: {}}\nt: {trigger.on_frame: {num_frames: 7}}\n")

    assert session.length() == 7
    assert any("deprecated" in e["text"] for e in session.recorder.report.as_json())
