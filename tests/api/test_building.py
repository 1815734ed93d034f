"""Scenes built in Python: the same frames as the YAML that says the same."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rendersdg
from tests import commands
from tests.conftest import HEAD
from tests.datasets import sums

YAML = f"""{HEAD}
sun: {{create.light: {{light_type: distant, intensity: 2000}}}}
eye: {{create.camera: {{position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}}}
view: {{create.render_product: {{camera: eye, resolution: [64, 48]}}}}
balls: {{create.sphere: {{count: 2, scale: 0.5, semantics: [["class", "ball"]]}}}}
box: {{create.cube: {{semantics: [["class", "box"]], scale: 0.4}}}}
all: {{create.group: {{items: [balls, box]}}}}
"""


def build(rep: Any) -> None:
    rep.settings.set_stage_meters_per_unit(1.0)
    rep.settings.set_stage_up_axis("Z")
    rep.create.light(light_type="distant", intensity=2000)
    eye = rep.create.camera(position=(5, 0, 0), look_at=np.zeros(3), clipping_range=(0.01, 100))
    view = rep.create.render_product(eye, (64, 48))
    balls = rep.create.sphere(count=2, scale=0.5, semantics=[("class", "ball")])
    box = rep.create.cube(semantics=[("class", "box")], scale=0.4, name="box")
    where = rep.distribution.uniform((-1, -1, -1), (1, 1, 1))

    def place(items: Any) -> None:
        with items:
            rep.modify.pose(position=where, rotation=rep.distribution.uniform((0, 0, 0), (90, 90, 90)))

    rep.randomizer.register(place)
    with rep.trigger.on_frame(max_execs=6):
        rep.randomizer.place(rep.create.group([balls, box]))
        with rep.create.cone(semantics=[("class", "cone")], scale=0.3) as cone:
            rep.modify.pose(position=rep.distribution.choice([(0, 1, 1), (0, -1, 1)]))
        rep.modify.visibility(value=rep.distribution.choice([True, False]), input_prims=cone)
    writer = rep.WriterRegistry.get("CocoWriter")
    writer.initialize(segmentation="polygon")
    writer.attach([view])


@pytest.fixture(scope="module")
def built() -> rendersdg.NewScene:
    scene = rendersdg.new_scene(seed=7)
    with scene as rep:
        build(rep)
    return scene


def test_a_built_scene_shows_what_was_built(built: rendersdg.NewScene) -> None:
    frames = [built.frame(k) for k in range(6)]

    assert built.classes == ("ball", "box", "cone") and built.length == 6
    assert all(set(f.labels) >= {"ball", "box"} for f in frames)
    assert {"cone" in f.labels for f in frames} == {True, False}  # it is drawn visible and not
    assert len({f.rgb.tobytes() for f in frames}) == 6
    heights = {round(float(o.camera_from_object[1, 3]), 3) for f in frames for o in f.objects if o.label == "cone"}
    assert heights == {-1.0}  # both places of the choice stand at one height, right and left


def test_its_yaml_and_it_are_one_scene(built: rendersdg.NewScene, tmp_path: Path) -> None:
    built.save(tmp_path / "scene.yaml")
    loaded = rendersdg.load(tmp_path / "scene.yaml", seed=7)
    sent = pickle.loads(pickle.dumps(built))

    for number in (0, 5):
        frame = built.frame(number)
        assert loaded.frame(number).files == frame.files == sent.frame(number).files
    assert "set_stage_up_axis: {up_axis: Z}" in built.yaml()


def test_a_scene_in_yaml_built_in_python_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(YAML)
    scene = rendersdg.new_scene()
    with scene as rep:
        rep.settings.set_stage_meters_per_unit(1.0)
        rep.settings.set_stage_up_axis("Z")
        rep.create.light(light_type="distant", intensity=2000)
        eye = rep.create.camera(position=(5, 0, 0), look_at=(0, 0, 0), clipping_range=(0.01, 100))
        rep.create.render_product(eye, (64, 48))
        balls = rep.create.sphere(count=2, scale=0.5, semantics=[("class", "ball")])
        both = rep.create.group([balls, rep.create.cube(semantics=[("class", "box")], scale=0.4)])

    # Nothing is drawn at random here, so the names of groups do not matter: the pictures are equal to the byte.
    assert rendersdg.load(tmp_path / "scene.yaml").frame(0).rgb.tobytes() == scene.frame(0).rgb.tobytes()
    assert repr(both) == "<prims create_group>"


def test_a_dataset_of_it_is_replayed_by_the_command_line(built: rendersdg.NewScene, tmp_path: Path) -> None:
    built.render(tmp_path / "out", frames=4, workers=2)
    built.render(tmp_path / "alone", frames=4)

    assert sums(tmp_path / "out") == sums(tmp_path / "alone")
    done = commands.run("replay", tmp_path / "out", "--frame", "1")

    assert done.returncode == 0, done.stderr
    assert "byte for byte" in done.stdout


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda rep: rep.create.cub(), "no rep.create.cub; did you mean 'cube'"),
        (lambda rep: rep.create.cube(sematics=1), r"test_building.py:\d+: create.cube has no argument 'sematics'"),
        (lambda rep: rep.create.cube(position="x"), r"test_building.py:\d+: position='x' must be a number"),
        (lambda rep: rep.orchestrator.run(), "scene.render"),
        (lambda rep: rep.modify.pose(position=(0, 0, 0)), r"test_building.py:\d+: this needs prims"),
        (lambda rep: rep.WriterRegistry.get("CocWriter"), "did you mean 'CocoWriter'"),
        (lambda rep: rep.WriterRegistry.get("CocoWriter").initialize(segmentatoin="rle"), "segmentatoin"),
        (lambda rep: rep.create.omni_radar(), "radar is not simulated"),
        (lambda rep: rep.create.sphere(count=2)[0], "cannot be taken singly"),
        (lambda rep: rep.distribution.uniform(0, 1).__enter__(), "needs prims or a trigger"),
        (lambda rep: rep.create.sphere(semantics=object()), "semantics"),
        (lambda rep: rep.create.cube(), "no render product"),
    ],
)
def test_a_mistake_is_said_where_it_stands(make: Callable[[Any], object], said: str) -> None:
    with pytest.raises((rendersdg.RenderSDGError, AttributeError), match=said), rendersdg.new_scene() as rep:
        make(rep)


def test_a_scene_is_built_once_and_used_after_that() -> None:
    scene = rendersdg.new_scene()
    with pytest.raises(rendersdg.BadScene, match="not built yet"):
        scene.frame(0)
    with scene as rep:
        rep.create.render_product(rep.create.camera(), (16, 16))

    with pytest.raises(rendersdg.BadScene, match="nothing is recorded after"):
        rep.create.cube()
    with pytest.raises(rendersdg.BadScene, match="built once"):
        scene.__enter__()


def test_text_that_a_group_is_called_stays_text() -> None:
    scene = rendersdg.new_scene()
    with scene as rep:
        rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=(0, 0, 0)), (32, 32))
        rep.create.cube(name="ball", semantics=[("class", "create_cube")])
        rep.create.sphere(semantics=[("class", "ball"), ("kind", "create_camera")], position=(80, 0, 0))

    assert scene.classes == ("ball", "create_cube")


def test_a_scene_whose_building_failed_is_built_anew() -> None:
    scene = rendersdg.new_scene()
    with pytest.raises(ZeroDivisionError), scene as rep:
        rep.create.cube()
        1 / 0  # noqa: B018
    with pytest.raises(rendersdg.BadScene, match="not built yet"):
        scene.frame(0)

    with scene as rep:
        rep.create.render_product(rep.create.camera(), (16, 16))

    assert "cube" not in scene.yaml()
