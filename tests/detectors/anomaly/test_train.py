"""A run from photographs to a model file: deterministic, whole, and of any parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from detectors.anomaly.model import load_anomaly, load_network
from detectors.anomaly.photographs import good_parts
from detectors.anomaly.recipe import AnomalyRecipe, Part
from detectors.anomaly.train import train_anomaly
from detectors.checkpoint import load, save
from detectors.composite import Change
from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.anomaly.parts import backbone, part, write_good

SHORT = AnomalyRecipe(patches=40, made=6, steps=3, batch=2)


def run(folder: Path, name: str = "run", parts: Part = "both", changes: tuple[Change, ...] = (), seed: int = 0) -> Path:
    good = good_parts(str(write_good(folder / "good", 6)), size=64)
    recipe = replace(SHORT, parts=parts, seed=seed)
    train_anomaly(good, recipe, folder / name, changes=changes, network=backbone())
    return folder / name


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("anomaly"))


@pytest.mark.parametrize("parts", ["memory", "defects"])
def test_each_part_makes_a_model_of_its_own(tmp_path: Path, parts: Part) -> None:
    folder = run(tmp_path, parts=parts)

    network, _, heating = load_network(folder)
    assert (network.memory is not None, network.head is not None) == (parts == "memory", parts == "defects")
    assert list(heating.scales) == [{"memory": "distance", "defects": "defect"}[parts]]


def test_the_same_seed_gives_the_same_model_and_another_does_not(trained: Path, tmp_path: Path) -> None:
    again, other = run(tmp_path, "again"), run(tmp_path, "other", seed=1)

    weights = [load(folder / "model.pt")["weights"] for folder in (trained, again, other)]
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    assert not torch.equal(weights[0]["memory.bank"], weights[2]["memory.bank"])


def test_a_model_that_is_loaded_says_what_it_said(trained: Path) -> None:
    one, other = (load_anomaly(trained) for _ in range(2))

    image = part(50, spot=True)[0]
    heat, again = one.judge([image])[0], other.judge([image])[0]
    assert heat.map.shape == image.shape[:2]
    assert heat.map.dtype == np.float32
    assert (heat.map == again.map).all() and heat.score == again.score


def test_a_photograph_scores_the_same_alone_and_among_others_of_other_sizes(trained: Path) -> None:
    model = load_anomaly(trained)
    images = [part(60)[0], part(61, size_wh=(40, 90))[0], part(62, size_wh=(120, 20))[0]]

    together = model.judge(images)

    for image, heat in zip(images, together):
        alone = model.judge([image])[0]
        assert heat.map.shape == image.shape[:2]
        assert heat.score == pytest.approx(alone.score, abs=1e-3)


def test_the_threshold_calls_held_out_photographs_good(tmp_path: Path) -> None:
    good = good_parts(str(write_good(tmp_path / "good", 12)), size=64, held_out=0.4)
    train_anomaly(good, replace(SHORT, quantile=1), tmp_path / "run", network=backbone())

    model = load_anomaly(tmp_path / "run")
    heats = model.judge_squares(good.held_out.squares, good.held_out.sizes_wh)
    assert sum(heat.is_bad for heat in heats) == 0
    assert max(heat.score for heat in heats) == pytest.approx(model.heating.threshold, abs=1e-3)


def test_rendered_changes_are_learned_from(tmp_path: Path) -> None:
    mask = np.zeros((20, 25), bool)
    mask[5:15, 5:20] = True
    change = Change(np.where(mask[..., None], 0.3, 1).repeat(3, 2).astype(np.float32), mask, (10, 10), (80, 60))

    folder = run(tmp_path, parts="defects", changes=(change,))

    assert json.loads((folder / "result.json").read_text())["rendered_defects"] == 1


def test_the_record_says_what_was_done(trained: Path) -> None:
    record = json.loads((trained / "result.json").read_text())

    assert record["known"] + record["held_out"] == 6
    assert record["patches"] == 40
    assert record["recipe"]["steps"] == 3


def test_a_folder_with_a_run_is_left_as_it_is(trained: Path) -> None:
    good = good_parts(str(write_good(trained.parent / "more", 3)), size=64)

    with pytest.raises(DatasetError, match="holds a run already"):
        train_anomaly(good, SHORT, trained, network=backbone())


@pytest.mark.parametrize("change", [{"anomaly": {}}, {"weights": {}}, {"preprocess": {"size": -1}}])
def test_a_model_file_that_is_not_whole_is_refused(trained: Path, tmp_path: Path, change: dict[str, object]) -> None:
    save(load(trained / "model.pt") | change, tmp_path / "model.pt")

    with pytest.raises(DatasetError, match=r"model\.pt|size"):
        load_anomaly(tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"parts": "all"}, {"steps": 0}, {"rate": 0.0}, {"quantile": 1.5}, {"made": 1}, {"patches": 0}]
)
def test_a_recipe_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadArgument, match=next(iter(wrong))):
        AnomalyRecipe(**wrong)  # type: ignore[arg-type]
