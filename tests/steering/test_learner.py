"""The learner of a study: each round goes on from the weights of the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

import rendersdg
from tests.conftest import ROOT

torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.extra, pytest.mark.slow]


def test_a_round_goes_on_from_the_weights_of_the_one_before(tmp_path: Path) -> None:
    from detectors.readers import read
    from detectors.recipe import Recipe
    from rendersdg.steering.learner import DetectorLearner

    rendersdg.load(ROOT / "tests" / "steering" / "toy.yaml").render(tmp_path / "data", 6)
    samples = read(str(tmp_path / "data"))
    # a rate so small that weights stay where they begin
    recipe = Recipe(
        detector="yolo11n", size=96, batch=4, steps=1, rate=1e-12, warmup=0, ema=0.0, check_every=0, threads=1
    )
    learner = DetectorLearner(recipe)

    learner.learn(samples, tmp_path / "a")
    learner.learn(samples, tmp_path / "b")

    first, second = (torch.load(tmp_path / f / "model.pt", weights_only=True)["weights"] for f in ("a", "b"))
    filters = [k for k in first if first[k].ndim == 4]
    assert filters
    assert all(torch.allclose(first[k], second[k], atol=1e-6) for k in filters)
