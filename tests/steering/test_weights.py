"""Weights: shares follow harm within the limit, and the text draws each part as often as asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rendersdg
from rendersdg.steering.effects import Effect
from rendersdg.steering.weights import base_of, can_change, resting, reweighted, weights_of
from rendersdg.yaml.adjust import places
from tests.conftest import ROOT
from tests.steering.objects import entries, number

SCENE = """
ball: {create.sphere: {}}
lamp: {create.light: {light_type: distant}}
eye: {create.camera: {}}
view: {create.render_product: {camera: eye, resolution: [32, 32]}}
frames: {trigger.on_frame: {max_execs: 5000}}
shake: # comments stay
  with.frames:
    with.ball:
      modify.pose:
        position: {distribution.uniform: {lower: [-1, 0, 0], upper: [1, 1, 0]}} # so do these
        rotation_z: {distribution.normal: {mean: 10, std: 2}}
      modify.attribute: {name: a, value: {distribution.log_uniform: {lower: 0.01, upper: 1.0, name: told}}}
    with.lamp:
      modify.attribute: {name: b, value: {distribution.choice: {choices: [red, blue, red], weights: [1, 2, 1]}}}
"""


def effect(parameter: Any, harm: list[float], count: int = 1000) -> Effect:
    rates = np.array(harm)
    mean = float(rates.mean())
    return Effect(parameter, np.full(len(harm), count), rates, np.zeros(len(harm)), mean, mean, 0.001)


def test_shares_follow_harm_and_keep_the_authors_part() -> None:
    # missed for each that is found: 1 to 9 and 2 to 8, so 4 and 9 thirty-sixths
    share = weights_of(effect(number("gain"), [0.1, 0.1, 0.1, 0.2]), 1.0, 100.0)

    assert share == pytest.approx([4 / 21, 4 / 21, 4 / 21, 9 / 21], rel=0.02)
    assert weights_of(effect(number("gain"), [0.1, 0.1, 0.1, 0.5]), 0.0, 100.0).tolist() == [0.25] * 4


def test_parts_are_told_apart_where_nearly_all_is_missed() -> None:
    share = weights_of(effect(number("gain"), [0.98, 0.92]), 1.0, 100.0)

    assert share[0] / share[1] == pytest.approx((98 / 2) / (92 / 8), rel=0.05)


def test_where_harm_is_even_the_authors_shares_stay() -> None:
    kinds = entries("kind", "a", "b", weights=(9, 1))

    assert weights_of(effect(kinds, [0.9, 0.9]), 1.0, 100.0) == pytest.approx([0.9, 0.1])


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda h: sum(h) > 0.01),
    st.floats(0, 1),
    st.floats(1, 20),
)
def test_shares_add_up_and_stay_near_the_authors(harm: list[float], strength: float, limit: float) -> None:
    share = weights_of(effect(number("gain"), harm), strength, limit)
    base = 1 / len(harm)

    assert share.sum() == pytest.approx(1)
    assert (share > 0).all()
    # clipped to the limit, then scaled to add up: never further away than the limit twice
    assert (share <= base * limit**2 * (1 + 1e-9)).all()
    assert (share >= base / limit**2 * (1 - 1e-9)).all()


def test_a_part_that_more_frames_did_not_help_rests() -> None:
    now = effect(number("gain"), [0.1, 0.9, 0.3])
    before = {"harm": [0.1, 0.9, 0.6], "before": [1 / 3] * 3, "after": [0.1, 0.5, 0.4]}

    tired = resting(now, before)

    assert tired.tolist() == [False, True, False]
    assert weights_of(now, 0.8, 4.0, tired)[1] < 0.8 * weights_of(now, 0.8, 4.0)[1]
    assert not resting(now, None).any()


def test_a_normal_distribution_has_its_own_shares() -> None:
    known = {p.label: p for p in opened().parameters}

    share = base_of(known["shake.rotation_z"], 6)

    assert share == pytest.approx([0.0214, 0.1360, 0.3415, 0.3415, 0.1360, 0.0214], abs=0.0015)  # between whole sigmas


def opened() -> rendersdg.Scene:
    import tempfile

    folder = Path(tempfile.mkdtemp())
    (folder / "scene.yaml").write_text(SCENE)
    return rendersdg.load(folder / "scene.yaml", backend="null")


def test_the_text_draws_each_part_as_often_as_asked() -> None:
    scene = opened()
    text = scene.texts["scene.yaml"]
    known = places(scene._open().session.recorder, text, "scene.yaml")
    shares = {p: np.array([0.7, 0.1, 0.1, 0.1]) if p.is_number else np.array([0.9, 0.1]) for p in scene.parameters}
    assert all(not can_change(p, known[p.name]) for p in shares)

    new = scene.with_text(reweighted(text, known, shares))

    planner = new._open().session.planner
    drawn = [planner.plan(k).as_json()["values"] for k in range(2000)]
    for p, share in shares.items():
        counts = Counter(p.bin_of(v, len(share)) for row in drawn for v in p.of(row))  # type: ignore[arg-type]
        assert [counts[k] / 2000 for k in range(len(share))] == pytest.approx(share.tolist(), abs=0.04), p.name
    assert new.texts["scene.yaml"].count("#") == text.count("#")
    assert "name: told" in new.texts["scene.yaml"]


def test_other_values_stay_as_they_were_drawn() -> None:
    scene = opened()
    text = scene.texts["scene.yaml"]
    known = places(scene._open().session.recorder, text, "scene.yaml")
    one = next(p for p in scene.parameters if p.label == "shake.rotation_z")

    new = scene.with_text(reweighted(text, known, {one: np.array([0.2, 0.8])}))

    before, after = (each._open().session.planner.plan(3).as_json()["values"] for each in (scene, new))
    assert {k for k in before if before[k] != after[k]} == {"shake/modify.pose(Sphere)/rotation_z"}


@pytest.mark.parametrize("scene", sorted(p.name for p in (ROOT / "scenes").glob("*.yaml")))
def test_every_example_scene_can_be_reweighted_within_its_bounds(scene: str) -> None:
    opened = rendersdg.load(ROOT / "scenes" / scene, backend="null")
    text = opened.texts[scene]
    known = places(opened._open().session.recorder, text, scene)
    free = [p for p in opened.parameters if not can_change(p, known.get(p.name))]
    rng = np.random.default_rng(0)

    new = opened.with_text(reweighted(text, known, {p: rng.dirichlet(np.ones(len(base_of(p, 4)))) for p in free}))

    for frame in range(3):
        values = new._open().session.planner.plan(frame).as_json()["values"]
        for p in free:
            for v in p.of(values):  # type: ignore[arg-type]
                slack = 1e-5 * max(abs(p.low), abs(p.high))
                assert p.low - slack <= v <= p.high + slack if p.is_number else v in p.entries


def test_why_something_cannot_be_changed_is_said() -> None:
    scene = rendersdg.load(ROOT / "scenes" / "camera_orbit.yaml", backend="null")
    known = places(scene._open().session.recorder, scene.texts[scene.name], scene.name)

    reasons = {p.label: can_change(p, known.get(p.name)) for p in scene.parameters}

    assert "takes its entries in turn" in " ".join(reasons.values())
    assert "does not stand in the scene's own text" in " ".join(reasons.values())
    assert can_change(entries("kind", "a", "b", weights=(1, 1)), None)
