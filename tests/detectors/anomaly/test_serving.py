"""An exported anomaly detector: behind the page, and judged while it is quantized."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from detectors.anomaly.evaluate import evaluate_anomaly
from detectors.anomaly.model import load_anomaly
from detectors.anomaly.photographs import good_parts
from detectors.anomaly.recipe import AnomalyRecipe
from detectors.anomaly.regions import Anomalies
from detectors.anomaly.train import train_anomaly
from detectors.export import export
from detectors.judge import judge_of
from detectors.model_files import task_of
from detectors.readers import read
from detectors.runtime import compile_openvino, load_model
from detectors.serving.pool import pool_of
from rendersdg.errors import DatasetError
from tests.detectors.anomaly.parts import backbone, part, write_good, write_mvtec

pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run, and the same exported."""
    folder = tmp_path_factory.mktemp("exported")
    good = good_parts(str(write_good(folder / "good", 4)), size=64)
    recipe = AnomalyRecipe(patches=20, made=4, steps=1, batch=2)
    train_anomaly(good, recipe, folder / "run", network=backbone())
    export(folder / "run", folder / "exported", ("openvino", "torchscript"))
    return folder


def test_copies_that_run_side_by_side_say_what_the_model_says(exported: Path) -> None:
    image = part(9, spot=True)[0]

    async def ask() -> list[Anomalies]:
        pool = pool_of(exported / "exported" / "model.xml", 1)
        found = await asyncio.gather(*(pool.run(lambda model: model.find([image])[0]) for _ in range(3)))
        assert pool.classes == ("anomaly",)
        return [one for one in found if isinstance(one, Anomalies)]

    found = asyncio.run(ask())

    here = load_anomaly(exported / "run").judge([image])[0]
    assert len(found) == 3
    for one in found:
        assert one.heat.score == pytest.approx(here.score, abs=0.05)
        assert abs(one.heat.map - here.map).max() < 0.05


def test_torchscript_says_what_the_model_says(exported: Path) -> None:
    image = part(9, spot=True)[0]

    told, here = (load_anomaly(exported / p).judge([image])[0] for p in ("exported/model.torchscript", "run"))

    assert told.score == pytest.approx(here.score, abs=1e-3)
    assert abs(told.map - here.map).max() < 1e-3


def test_a_judge_gives_what_the_model_is_worth(exported: Path, tmp_path: Path) -> None:
    xml, data = exported / "exported" / "model.xml", f"mvtec:{write_mvtec(tmp_path)}@test"

    judged = judge_of(xml, data).of(compile_openvino(xml))

    report = evaluate_anomaly(load_anomaly(exported / "run"), read(data))[0]
    assert judged.score == pytest.approx(report.scores.image_auroc, abs=0.07)  # a pair of 16 may change places
    assert judged.second == pytest.approx(report.scores.au_pro, abs=0.01)


def test_an_anomaly_detector_is_told_from_one_of_boxes(exported: Path) -> None:
    for path in (exported / "run", *((exported / "exported" / f"model.{end}") for end in ("xml", "torchscript"))):
        assert task_of(path) == "anomaly"
        with pytest.raises(DatasetError, match="evaluate-anomaly"):
            load_model(path)
