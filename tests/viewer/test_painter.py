"""The painter: pictures of a text that is edited, what is wrong with it, and what would change if."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import rendersdg
from rendersdg.viewer.asks import Ask, Change
from rendersdg.viewer.painter import Painter
from tests.conftest import SCENES
from tests.viewer.small_scene import SCENE

WHOLE = 4096  # pixels: pictures keep their size


def pixels(answer: dict[str, Any]) -> np.ndarray[Any, Any]:
    assert answer["errors"] == []
    return np.asarray(cv2.imdecode(np.frombuffer(answer["picture"], np.uint8), cv2.IMREAD_COLOR))


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    return Painter(tmp_path / "scene.yaml")


def test_a_text_gives_its_picture_objects_values_and_sliders(painter: Painter) -> None:
    answer = painter.paint(Ask(text=SCENE, size_px=160))

    assert answer["size_wh"] == [160, 120]
    assert sorted(o["label"] for o in answer["objects"]) == ["ball", "box"]
    assert answer["length"] == 5
    (drawn,) = answer["values"].values()
    assert 0.4 <= drawn["values"][0] < 0.8
    (ball,) = (o for o in answer["objects"] if o["label"] == "ball")
    assert ball["values"] == {next(iter(answer["values"])): drawn["values"][0]}
    assert [b["value"] for b in answer["sliders"][0]["bounds"]] == [0.4, 0.8]


def test_boxes_lie_in_the_picture_that_is_shown(painter: Painter) -> None:
    small, whole = (painter.paint(Ask(text=SCENE, size_px=size)) for size in (160, WHOLE))

    for one, other in zip(small["objects"], whole["objects"]):
        assert np.array(one["box"]) * 2 == pytest.approx(np.array(other["box"]), abs=3)


def test_a_mistake_leaves_the_next_good_text_as_it_would_be(painter: Painter) -> None:
    first = painter.paint(Ask(text=SCENE))
    painter.paint(Ask(text=SCENE + "bad: {create.nothing: {}}\n"))

    assert painter.paint(Ask(text=SCENE))["picture"] == first["picture"]


@pytest.mark.parametrize("name", ["fruit_crate", "steel_strip", "textured_clutter", "camera_orbit"])
def test_an_edited_scene_looks_as_if_it_were_opened_for_the_first_time(name: str) -> None:
    path = next(p for p in SCENES if p.stem == name)
    painter = Painter(path)
    text = path.read_text()
    painter.paint(Ask(text=text.replace("intensity: ", "intensity: 1"), size_px=WHOLE, frame=2))

    edited = painter.paint(Ask(text=text, size_px=WHOLE, frame=1))
    fresh = Painter(path).paint(Ask(text=text, size_px=WHOLE, frame=1))

    assert edited["picture"] == fresh["picture"]
    assert edited["objects"] == fresh["objects"]
    assert edited["notes"] == fresh["notes"]


def test_the_picture_at_full_size_is_the_frame_of_the_scene(tmp_path: Path, painter: Painter) -> None:
    (tmp_path / "scene.yaml").write_text(SCENE)
    frame = rendersdg.load(tmp_path / "scene.yaml", seed=4).frame(3)

    answer = painter.paint(Ask(text=SCENE, seed=4, frame=3, size_px=WHOLE))

    assert abs(pixels(answer)[..., ::-1].astype(int) - frame.rgb).mean() < 2  # JPEG
    assert sorted(o["box"] for o in answer["objects"]) == sorted(frame.boxes.tolist())


def test_steps_of_frame_and_seed_draw_other_values_and_come_back(painter: Painter) -> None:
    asks = [Ask(text=SCENE), Ask(text=SCENE, frame=1), Ask(text=SCENE, seed=1), Ask(text=SCENE)]

    first, frame, seed, again = (next(iter(painter.paint(a)["values"].values()))["values"] for a in asks)

    assert first != frame and first != seed and frame != seed
    assert again == first


def test_a_picture_of_an_annotator_takes_the_place_of_the_picture(painter: Painter) -> None:
    depth = pixels(painter.paint(Ask(text=SCENE, annotator="distance_to_camera")))

    assert np.ptp(depth.astype(int), axis=2).max() < 12  # grey, but for JPEG


def test_a_scene_without_a_camera_says_what_to_add(painter: Painter) -> None:
    (error,) = painter.paint(Ask(text="a: {create.sphere: {}}"))["errors"]

    assert "create.render_product" in error["text"]


@pytest.mark.parametrize("is_fresh", [True, False], ids=["when asked", "after an edit"])
def test_a_file_that_the_scene_reads_is_read_again_after_it_changed(
    painter: Painter, tmp_path: Path, is_fresh: bool
) -> None:
    asset = tmp_path / "part.usda"
    head = '#usda 1.0\n(\n defaultPrim = "A"\n metersPerUnit = 1\n upAxis = "Z"\n)\n'
    body = head + 'def Xform "A" {{\n def Sphere "S" {{\n  double radius = {}\n }}\n}}\n'
    text = SCENE + f'part: {{create.from_usd: {{usd: "{asset.name}", semantics: [["class", "part"]]}}}}\n'
    asset.write_text(body.format(0.2))
    before = painter.paint(Ask(text=text))
    asset.write_text(body.format(0.5))

    after = painter.paint(Ask(text=text + ("" if is_fresh else "# once more\n"), is_fresh=is_fresh))

    areas = [next(o["visible_pixels"] for o in a["objects"] if o["label"] == "part") for a in (before, after)]
    assert areas[1] > 3 * areas[0]


def test_sliders_change_the_text_and_the_picture(painter: Painter) -> None:
    first = painter.paint(Ask(text=SCENE))
    parameter = first["sliders"][0]["parameter"]
    moved = (Change(parameter, "lower", None, 1.5), Change(parameter, "upper", None, 1.6))

    answer = painter.paint(Ask(text=SCENE, changes=moved))

    assert answer["text"] == SCENE.replace("lower: 0.4, upper: 0.8", "lower: 1.5, upper: 1.6")
    balls = [next(o["visible_pixels"] for o in a["objects"] if o["label"] == "ball") for a in (first, answer)]
    assert balls[1] > 2 * balls[0]
