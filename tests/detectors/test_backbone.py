"""Features of a detector: a row an image, the same whatever the batch, from the deepest map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from detectors.backbone import Backbone
from detectors.checkpoint import model_content, save
from detectors.contract import DETECTORS
from detectors.preprocess import Preprocess
from rendersdg.errors import BadArgument, DatasetError
from tests.reports.sets import labelled

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    network = DETECTORS["fcos_resnet18"](2, 64)
    save(model_content("fcos_resnet18", ("bolt", "nut"), Preprocess(64), network.state_dict()), folder / "model.pt")
    return folder


def test_features_are_those_of_the_deepest_layer_and_do_not_depend_on_the_batch(run: Path, tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[]] * 11).images
    watched = Backbone(run)

    kept, rows = watched.features(samples, lambda: None)
    _, alone = watched.features(samples[4:5], lambda: None)

    assert kept == list(samples) and rows.shape == (11, 512)
    assert "layer4" in watched.layer and rows.std(0).max() > 0
    assert np.allclose(rows[4], alone[0], rtol=1e-4, atol=1e-6)


def test_images_that_cannot_be_read_are_missing_from_what_comes_back(run: Path, tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[]] * 3).images
    samples[1].file.write_bytes(b"")
    seen = []

    kept, rows = Backbone(run).features(samples, lambda: seen.append(1))

    assert kept == [samples[0], samples[2]] and len(rows) == 2 and len(seen) == 3


def test_exported_networks_and_missing_runs_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="give the run that it is of"):
        Backbone(tmp_path / "model.onnx")
    with pytest.raises(DatasetError):
        Backbone(tmp_path / "run")
