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
    path.write_text(block.replace("assets/", "omniverse://server/assets/"))  # files that are not here have stand-ins
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


GROUPS = (
    "cube: {create.cube: {semantics: [[class, cube]]}}\nball: {create.sphere: {count: 3, semantics: [[class, ball]]}}\n"
)


@pytest.mark.parametrize(
    "condition",
    [
        "semantics: [[class, cube], [class, ball]]",
        "semantics: {class: [cube, ball]}",
        "path_pattern: cube",
        "prim_types: [mesh]",
    ],
)
def test_labels_paths_and_types_to_find_are_text_though_groups_have_these_names(
    open_scene: Opener, condition: str
) -> None:
    session = open_scene(
        GROUPS + "mesh: {create.cone: {}}\n"
        f"t: {{trigger.on_frame: {{max_execs: 2}}}}\nall: {{get.prims: {{{condition}}}}}\n"
        "go: {with.t: {with.all: {modify.pose: {position: {distribution.uniform: "
        "{lower: [-9, -9, -9], upper: [9, 9, 9]}}}}}}\n"
    )
    first, second = ([i.world_from_mesh[:3, 3] for i in session.snapshot(f).instances] for f in (0, 1))

    assert sum(not np.allclose(a, b) for a, b in zip(first, second)) >= 1
    assert "get.prims" not in {e["subject"] for e in session.recorder.report.as_json()}


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ("[[class, ball]]", ["ball"]),  # prims
        ("[[class, many]]", ["many"]),  # a list
        ("[[class, word]]", ["widget"]),  # a constant is a reference
        ("pair", ["nut"]),
        ("[one]", ["bolt"]),
        ("{class: ball}", ["ball"]),
    ],
)
def test_a_word_of_semantics_is_text_unless_a_constant_has_its_name(
    open_scene: Opener, given: str, labels: list[str]
) -> None:
    session = open_scene(
        "ball: {create.sphere: {count: 3}}\nmany: [1, 2]\nword: widget\npair: [[class, nut]]\none: [class, bolt]\n"
        f"part: {{create.cube: {{semantics: {given}}}}}\n"
    )

    assert [e.semantics[0][1] for e in session.snapshot(0).entities if e.semantics] == labels


def test_an_input_of_a_function_is_prims_or_text_by_where_it_is_used(open_scene: Opener) -> None:
    session = open_scene(
        "cube: {create.cube: {}}\n"
        "f:\n  randomizer.register:\n    label:\n      inputs: {what: null, name: cube}\n"
        "      with.what:\n        modify.semantics: {semantics: [[class, name]]}\n"
        "t: {trigger.on_frame: {max_execs: 2}}\ngo: {with.t: {randomizer.label: {what: cube}}}\n"
    )

    assert [e.semantics for e in session.snapshot(0).entities if e.semantics] == [(("class", "cube"),)]


def test_values_of_attributes_and_options_of_writers_are_never_prims(open_scene: Opener) -> None:
    session = open_scene(
        "invisible: {create.cube: {}}\nkinds: [shape]\nball: {create.sphere: {}}\n"
        "t: {trigger.on_frame: {max_execs: 2}}\n"
        "go: {with.t: {with.ball: {modify.attribute: {name: visibility, value: {distribution.choice: "
        "{choices: [invisible]}}}}}}\n"
        "w: {writers.get: {name: BasicWriter, init_params: {output_dir: ball, semantic_types: kinds, rgb: true}}}\n"
    )
    (use,) = session.recorder.graph.writers

    assert use.params["output_dir"] == "ball" and use.params["semantic_types"] == ["shape"]
    assert len(session.snapshot(0).instances) == 1


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
