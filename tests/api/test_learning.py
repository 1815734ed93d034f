"""Detectors that learn straight from a scene: the same weights as from its frames on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import rendersdg
from tests.commands import rendersdg as command
from tests.commands import run
from tests.detectors.toys import TOY

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.extra

RECIPE = {
    "detector": "yolo11n",
    "size": 64,
    "batch": 3,
    "steps": 4,
    "warmup": 1,
    "check_every": 0,
    "save_every": 2,
    "device": "cpu",
    "threads": 1,
    "loaders": 0,
    "augment.mosaic": 0.5,
}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.yaml").write_text(TOY)
    rendersdg.load(folder / "toy.yaml", seed=2).render(folder / "disk", frames=10)
    return folder


def weights(run: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(run / "checkpoint.pt", weights_only=True)["model"]
    return state


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("detector", ["yolo11n", "light_lite0-seg"])
def test_what_is_learnt_from_a_scene_is_what_is_learnt_from_its_frames(
    toy: Path, tmp_path: Path, detector: str
) -> None:
    scene, recipe = rendersdg.load(toy / "toy.yaml", seed=2), RECIPE | {"detector": detector}

    from_disk = rendersdg.train(toy / "disk", tmp_path / "disk", recipe=recipe)
    live = rendersdg.train(scene.dataset(10), tmp_path / "live", val=toy / "disk", recipe=recipe)

    assert same(weights(tmp_path / "live"), weights(tmp_path / "disk"))
    assert live["classes"] == from_disk["classes"] == ["cube", "sphere"]
    assert live["images"] == {"toy.yaml": 10} and "mAP50" in live["scores"]["summary"]
    assert ("masks" in live["scores"]) == detector.endswith("-seg")
    assert not list(tmp_path.rglob("*.png")) or {p.parent.name for p in tmp_path.rglob("*.png")} == {"live"}  # plots


@pytest.mark.parametrize("detector", ["yolo11n", "light_lite0-seg"])
def test_an_interrupted_training_from_a_scene_goes_on_to_the_bit(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detector: str
) -> None:
    import detectors.train as training

    scene, recipe = rendersdg.load(toy / "toy.yaml", seed=2), RECIPE | {"detector": detector}
    rendersdg.train(scene.dataset(10), tmp_path / "whole", recipe=recipe)
    learn: Callable[..., Any] = training._learn

    def interrupted(state: Any, *more: Any) -> Any:
        if state.step == 3:
            raise KeyboardInterrupt
        return learn(state, *more)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(training, "_learn", interrupted)
        rendersdg.train(scene.dataset(10), tmp_path / "cut", recipe=recipe)
    with pytest.raises(rendersdg.DatasetError, match="other images or labels"):
        rendersdg.train(scene.dataset(9), tmp_path / "cut", recipe=recipe, resume=True)
    rendersdg.train(scene.dataset(10), tmp_path / "cut", recipe=recipe, resume=True)

    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))


def test_the_command_learns_from_a_scene_in_worker_processes(toy: Path, tmp_path: Path) -> None:
    settings = [f"--set={k}={v}" for k, v in RECIPE.items() if k != "loaders"]
    scene = ["train", toy / "toy.yaml", "--scene-seed", 2, "--frames", 10, "-o", tmp_path / "live"]

    told = command(*scene, *settings)
    command("train", toy / "disk", "-o", tmp_path / "disk", "-q", *settings)

    assert same(weights(tmp_path / "live"), weights(tmp_path / "disk"))
    assert "4 steps in" in told
    assert json.loads((tmp_path / "live/result.json").read_text())["images"] == {"toy.yaml": 10}


def test_a_model_judges_and_finds(toy: Path, tmp_path: Path) -> None:
    rendersdg.train(toy / "disk", tmp_path / "run", recipe=RECIPE)
    picture = toy / "disk/images/000001.png"
    array = cv2.imread(str(picture))
    assert array is not None

    scores = rendersdg.evaluate(tmp_path / "run", toy / "disk", resamples=0)
    by_file, by_array = rendersdg.predict(tmp_path / "run", [picture, np.ascontiguousarray(array[..., ::-1])])

    assert 0 <= scores.summary["mAP50"] <= 1
    assert np.array_equal(by_file.xyxy, by_array.xyxy) and by_file.xyxy.shape[1] == 4
    with pytest.raises(rendersdg.BadArgument, match=r"this is \(3, 4\) float64"):
        rendersdg.predict(tmp_path / "run", [np.zeros((3, 4))])


def test_what_cannot_be_learnt_is_said(toy: Path, tmp_path: Path) -> None:
    bare = rendersdg.new_scene()
    with bare as rep:
        rep.create.render_product(rep.create.camera(), (16, 16))

    with pytest.raises(rendersdg.BadArgument, match="labels nothing"):
        rendersdg.train(bare.dataset(3), tmp_path / "run")
    done = run("train", toy / "disk", "-o", tmp_path / "run", "--frames", "3")
    assert done.returncode == 2 and "--frames and --scene-seed are for scenes" in done.stderr
    assert not (tmp_path / "run").exists()
