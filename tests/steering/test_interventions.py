"""Interventions: light, size, angle, brightness and surroundings change what they say and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rendersdg
from rendersdg.steering import interventions
from rendersdg.steering.interventions import INTERVENTIONS, is_defect
from tests.conftest import ROOT

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
floor: {create.plane: {scale: [9, 9, 1]}}
block: {create.cube: {scale: [0.6, 0.2, 0.2], position: [0.5, 0, 0.1], semantics: [["class", "block"]]}}
ball: {create.sphere: {scale: 0.3, position: [-0.8, 0, 0.15], semantics: [["class", "ball"]]}}
sky: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [0, 0, 6], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0]}}
view: {create.render_product: {camera: eye, resolution: [240, 240]}}
frames: {trigger.on_frame: {max_execs: 5}}
"""


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> rendersdg.LabelledFrame:
    path = tmp_path_factory.mktemp("scene") / "scene.yaml"
    path.write_text(SCENE)
    return rendersdg.load(path).frame(0)


def box(frame: rendersdg.LabelledFrame, label: str) -> tuple[float, float]:
    """Return width and height of the one object of a class."""
    (o,) = (o for o in frame.objects if o.label == label)
    return float(o.box[2] - o.box[0]), float(o.box[3] - o.box[1])


def path_of(frame: rendersdg.LabelledFrame, label: str) -> str:
    return next(o.prim_path for o in frame.objects if o.label == label)


@pytest.mark.parametrize("one", INTERVENTIONS, ids=lambda one: one.name)
def test_the_value_that_changes_nothing_changes_nothing(frame: rendersdg.LabelledFrame, one: object) -> None:
    assert isinstance(one, interventions.Intervention)

    same = frame.counterfactual(one.make(path_of(frame, "block"), one.nothing))

    assert np.array_equal(same.rgb, frame.rgb)
    assert np.array_equal(same.boxes, frame.boxes)


def test_twice_the_size_is_twice_the_box_and_the_other_stays(frame: rendersdg.LabelledFrame) -> None:
    other = frame.counterfactual(interventions.size(path_of(frame, "block"), 2.0))

    (wide, high), (was_wide, was_high) = box(other, "block"), box(frame, "block")
    assert wide == pytest.approx(2 * was_wide, rel=0.08)
    assert high == pytest.approx(2 * was_high, rel=0.12)
    assert box(other, "ball") == box(frame, "ball")


def test_a_right_angle_swaps_width_and_height(frame: rendersdg.LabelledFrame) -> None:
    other = frame.counterfactual(interventions.angle(path_of(frame, "block"), 90.0))

    assert box(other, "block") == pytest.approx(box(frame, "block")[::-1], abs=1.01)


def test_half_the_light_is_half_the_light(frame: rendersdg.LabelledFrame) -> None:
    other = frame.counterfactual(interventions.light("", 0.5))

    radiance = [f.annotate("HdrColor")[5, 5, :3] for f in (frame, other)]
    assert radiance[1] == pytest.approx(0.5 * radiance[0], rel=1e-3)
    assert other.rgb[5, 5].mean() < frame.rgb[5, 5].mean()
    assert np.array_equal(other.boxes, frame.boxes)


def test_a_darker_object_is_darker_and_the_rest_is_not(frame: rendersdg.LabelledFrame) -> None:
    block = next(o for o in frame.objects if o.label == "block")
    ball = next(o for o in frame.objects if o.label == "ball")

    other = frame.counterfactual(interventions.brightness(block.prim_path, 0.25))

    assert other.rgb[block.mask].mean() < 0.7 * frame.rgb[block.mask].mean()
    assert other.rgb[ball.mask].mean() == pytest.approx(frame.rgb[ball.mask].mean(), abs=2)


def test_alone_takes_the_others_away_and_keeps_the_room(frame: rendersdg.LabelledFrame) -> None:
    other = frame.counterfactual(interventions.alone(path_of(frame, "block"), 1.0))

    assert [o.label for o in other.objects] == ["block"]
    assert np.array_equal(other.rgb[5, 5], frame.rgb[5, 5])


def test_a_changed_frame_cannot_be_sent_elsewhere(frame: rendersdg.LabelledFrame) -> None:
    import pickle

    with pytest.raises(rendersdg.BadArgument, match="changed by a function"):
        pickle.loads(pickle.dumps(frame.counterfactual(interventions.light("", 0.5))))


def test_defects_are_known_as_such(frame: rendersdg.LabelledFrame) -> None:
    marked = rendersdg.load(Path(ROOT / "tests" / "steering" / "toy.yaml"), seed=1).frame(2)
    (mark,) = marked.objects

    assert is_defect(marked._capture.snapshot, mark.prim_path)
    assert not is_defect(frame._capture.snapshot, path_of(frame, "block"))
