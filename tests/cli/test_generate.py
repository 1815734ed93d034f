"""The generator from the command line: from triples to pictures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from tests.commands import rendersdg
from tests.detectors.sets import archive, coloured

pytest.importorskip("torch")

from tests.detectors.generator.teachers import NAMES, triples

pytestmark = pytest.mark.extra


@pytest.mark.slow
def test_the_commands_from_triples_to_pictures(tmp_path: Path) -> None:
    from PIL import Image

    from detectors.classify.train import ClassifierRecipe, train_classifier

    pictures = coloured(48, size=32)
    real = archive(pictures, tmp_path / "real.npz")
    train_classifier(pictures, ClassifierRecipe(epochs=1, batch=16), tmp_path / "look")
    triples(tmp_path / "triples", 64)

    told = rendersdg(
        "generator",
        "train",
        tmp_path / "triples",
        "-o",
        tmp_path / "run",
        "--epochs",
        1,
        "--batch",
        32,
        "--real",
        real,
        "--features",
        tmp_path / "look",
    )
    scores = rendersdg(
        "generator", "score", tmp_path / "run", "--real", real, "--features", tmp_path / "look", "--count", 30
    )
    rendersdg("generator", "sample", tmp_path / "run", "-o", tmp_path / "made.npz", "--count", 2, "--class", "blue")
    rendersdg("generator", "sample", tmp_path / "run", "-o", tmp_path / "sheet.png", "--count", 4)
    rendersdg("generator", "gif", tmp_path / "run", "-o", tmp_path / "walk.gif", "--class", "green")
    rendersdg(
        "generator",
        "tsne",
        tmp_path / "run",
        "-o",
        tmp_path / "tsne.png",
        "--real",
        real,
        "--features",
        tmp_path / "look",
        "--count",
        20,
    )

    assert "FID" in told and "resnet20, 64 features, 3 classes" in told and "inception score" in scores
    with np.load(tmp_path / "made.npz") as made:
        assert (
            made["images"].shape == (2, 32, 32, 3)
            and made["labels"].tolist() == [2, 2]
            and made["classes"].tolist() == list(NAMES)
        )
    with Image.open(tmp_path / "sheet.png") as sheet, Image.open(tmp_path / "walk.gif") as walk:
        assert sheet.size == (4 * 32 * 2, 3 * 32 * 2) and walk.n_frames == 6 * 12
    assert Image.open(io.BytesIO((tmp_path / "tsne.png").read_bytes())).size[0] > 500
    assert "not among red" in rendersdg(
        "generator", "gif", tmp_path / "run", "-o", tmp_path / "x.gif", "--class", "pink", code=2
    )
