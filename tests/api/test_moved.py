"""One random value of a frame moved: the picture follows, all else stays, and scenes with another text."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import rendersdg
from tests.conftest import ROOT

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
balls: {create.sphere: {count: 2, scale: 0.4, semantics: [["class", "ball"]]}}
cube: {create.cube: {scale: 0.2, position: [0, -1.2, 0], semantics: [["class", "cube"]]}}
sky: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 6], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [96, 96]}}
frames: {trigger.on_frame: {max_execs: 5}}
shake:
  with.frames:
    with.balls:
      modify.pose: {position: {distribution.uniform: {lower: [-1, 0, 0], upper: [1, 1, 0]}}}
    with.sky:
      modify.attribute: {name: intensity, value: {distribution.uniform: {lower: 200, upper: 2000}}}
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> rendersdg.Scene:
    path = tmp_path_factory.mktemp("scene") / "scene.yaml"
    path.write_text(SCENE)
    return rendersdg.load(path, seed=2)


def test_a_ball_moves_to_where_its_value_says_and_the_other_stays(scene: rendersdg.Scene) -> None:
    frame = scene.frame(1)
    first, second = (o for o in frame.objects if o.label == "ball")

    other = frame.moved("position[0]", 0.0, of=second)

    boxes = {o.prim_path: o.box for o in other.objects}
    assert np.array_equal(boxes[first.prim_path], first.box)
    assert boxes[second.prim_path][[0, 2]].mean() == pytest.approx(48, abs=0.51)  # the middle of 96 pixels
    assert np.allclose(boxes[second.prim_path][[1, 3]], second.box[[1, 3]], atol=1)  # a ball at the side looks longer


def test_values_of_an_object_are_its_own(scene: rendersdg.Scene) -> None:
    frame = scene.frame(3)
    balls = [o for o in frame.objects if o.label == "ball"]
    cube = next(o for o in frame.objects if o.label == "cube")

    drawn = frame.values["shake/modify.pose(Sphere)/position"]

    of_balls = [frame.values_of(ball)["shake/modify.pose(Sphere)/position[0]"] for ball in balls]
    assert of_balls == [row[0] for row in drawn]
    assert list(frame.values_of(cube)) == ["shake/modify.attribute(DomeLight)/value"]


def test_moves_add_up_and_survive_a_pickle(scene: rendersdg.Scene) -> None:
    frame = scene.frame(0).moved("position[0]", 0.5).moved("shake.value", 250)

    again = pickle.loads(pickle.dumps(frame))

    assert again.values["shake/modify.attribute(DomeLight)/value"] == [250]
    assert [row[0] for row in again.values["shake/modify.pose(Sphere)/position"]] == [0.5, 0.5]
    assert np.array_equal(again.rgb, frame.rgb)
    assert frame.rgb.mean() != scene.frame(0).rgb.mean()


def test_a_value_of_others_cannot_be_moved_for_an_object(scene: rendersdg.Scene) -> None:
    frame = scene.frame(0)
    cube = next(o for o in frame.objects if o.label == "cube")

    with pytest.raises(rendersdg.BadArgument, match="drawn for others"):
        frame.moved("position[0]", 0.0, of=cube)


def test_an_unknown_parameter_is_named_with_the_nearest(scene: rendersdg.Scene) -> None:
    with pytest.raises(rendersdg.BadArgument, match=r"shake\.value"):
        scene.frame(0).moved("shake.valu", 1)


def test_the_bounds_of_a_scene_are_told(scene: rendersdg.Scene) -> None:
    assert [(p.label, p.low, p.high) for p in scene.parameters] == [
        ("shake.position[0]", -1, 1),
        ("shake.position[1]", 0, 1),
        ("shake.value", 200, 2000),
    ]


def test_a_scene_with_another_text_is_that_text_and_keeps_its_folder(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("block: {create.cube: {semantics: [[class, block]]}}\n")
    (tmp_path / "scene.yaml").write_text("profiles: [base.yaml]\n" + SCENE)
    scene = rendersdg.load(tmp_path / "scene.yaml")

    other = scene.with_text(scene.texts["scene.yaml"].replace("upper: 2000", "upper: 300"))

    assert {p.label: p.high for p in other.parameters}["shake.value"] == 300
    assert other.classes == scene.classes
    assert other.digest != scene.digest
    assert {p.label: p.high for p in scene.parameters}["shake.value"] == 2000


def test_a_text_that_is_wrong_is_told_with_its_line(scene: rendersdg.Scene) -> None:
    with pytest.raises(rendersdg.BadScene, match=r"scene\.yaml:\d+.*ball"):
        scene.with_text(SCENE + "more:\n  with.bals:\n    modify.pose: {position: [0, 0, 0]}\n")


def test_mistakes_of_another_text_are_told_of_the_file_that_the_user_knows(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("block: {create.cube: {semantics: [[class, block]]}}\n")
    (tmp_path / "scene.yaml").write_text("profiles: [base.yaml]\n" + SCENE)
    scene = rendersdg.load(tmp_path / "scene.yaml")
    text = scene.texts["scene.yaml"]
    wrong = ["more: {create.cub: {}}\n", "more: {create.cub: {}}\nyet: {create.con: {}}\n", "more: [\n"]

    for added in wrong:
        with pytest.raises(rendersdg.RenderSDGError) as caught:
            scene.with_text(text + added)
        line = text.count("\n") + 1 + (added == wrong[2])
        assert f"{tmp_path / 'scene.yaml'}:{line}: " in str(caught.value)
        assert "rendersdg-" not in str(caught.value)
    with pytest.raises(rendersdg.BadScene, match=f"there is no scene file {tmp_path}/none.yaml"):
        scene.with_text(text.replace("base.yaml", "none.yaml"))


def test_mistakes_of_a_dataset_s_scene_are_told_of_its_name(tmp_path: Path, scene: rendersdg.Scene) -> None:
    scene.render(tmp_path / "out", 1)

    with pytest.raises(rendersdg.BadScene, match=r"^scene\.yaml:\d+: "):
        rendersdg.load(tmp_path / "out").with_text(SCENE + "more: {create.cub: {}}\n")


def test_another_text_may_name_profiles_that_the_scene_did_not_have(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/cones.yaml").write_text("profiles: [../balls.yaml]\ncone: {create.cone: {}}\n")
    (tmp_path / "balls.yaml").write_text("ball: {create.sphere: {semantics: [[class, ball]]}}\n")
    (tmp_path / "scene.yaml").write_text("block: {create.cube: {semantics: [[class, block]]}}\n" + SCENE)
    scene = rendersdg.load(tmp_path / "scene.yaml")

    other = scene.with_text("profiles: [more/cones.yaml]\n" + scene.texts["scene.yaml"])

    assert set(other.classes) == {*scene.classes, "ball"}
    assert list(other.texts)[-1] == "scene.yaml"


@pytest.mark.parametrize(
    ("name", "value"),
    [("shake.value", None), ("shake.value", float("nan")), ("shake.value", "far"), ("shake.value", 1e300), (3, 3)],
)
def test_what_is_no_number_is_refused(scene: rendersdg.Scene, name: str, value: object) -> None:
    with pytest.raises(rendersdg.BadArgument):
        scene.frame(0).moved(name, value)


def test_an_entry_that_is_not_listed_is_refused_with_those_that_are(scene: rendersdg.Scene) -> None:
    given = "distribution.uniform: {lower: 200, upper: 2000}"
    text = scene.texts["scene.yaml"].replace(given, "distribution.choice: {choices: [200, 900]}")
    other = scene.with_text(text)

    assert other.frame(0).moved("shake.value", 900).values["shake/modify.attribute(DomeLight)/value"] == [900]
    with pytest.raises(rendersdg.BadArgument, match="200, 900"):
        other.frame(0).moved("shake.value", 901)


def test_an_object_of_another_frame_is_refused(scene: rendersdg.Scene) -> None:
    with pytest.raises(rendersdg.BadArgument, match=r"frame\.objects"):
        scene.frame(0).values_of("ball")  # type: ignore[arg-type]


def test_values_of_what_another_camera_shows_are_left_out() -> None:
    frame = rendersdg.load(ROOT / "scenes" / "steel_strip.yaml", backend="null").frame(12)

    groups = {name.split("/")[0] for o in frame.objects for name in frame.values_of(o)}

    assert groups == {"crazing_look", "crazing_marks"}
