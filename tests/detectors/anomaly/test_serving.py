"""An anomaly detector behind the page: boxes, a verdict, and the heat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from detectors.anomaly.model import load_anomaly
from detectors.anomaly.photographs import good_parts
from detectors.anomaly.recipe import AnomalyRecipe
from detectors.anomaly.regions import Anomalies
from detectors.anomaly.train import train_anomaly
from detectors.export import export
from detectors.serving.pool import pool_of
from tests.detectors.anomaly.parts import backbone, part, write_good

pytest.importorskip("openvino")


def test_copies_that_run_side_by_side_say_what_the_model_says(tmp_path: Path) -> None:
    good = good_parts(str(write_good(tmp_path / "good", 4)), size=64)
    recipe = AnomalyRecipe(patches=20, made=4, steps=1, batch=2)
    train_anomaly(good, recipe, tmp_path / "run", network=backbone())
    xml = export(tmp_path / "run", tmp_path / "exported", ("openvino",))[0]
    image = part(9, spot=True)[0]

    async def ask() -> list[Anomalies]:
        pool = pool_of(xml, 1)
        found = await asyncio.gather(*(pool.run(lambda model: model.find([image])[0]) for _ in range(3)))
        assert pool.classes == ("anomaly",)
        return [one for one in found if isinstance(one, Anomalies)]

    found = asyncio.run(ask())
    here = load_anomaly(tmp_path / "run").judge([image])[0]
    assert len(found) == 3
    for one in found:
        assert one.heat.score == pytest.approx(here.score, abs=0.05)
        assert abs(one.heat.map - here.map).max() < 0.05
