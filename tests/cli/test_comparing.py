"""rendersdg compare, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detectors.samples import write_coco
from tests.commands import rendersdg
from tests.detectors.sets import squares

pytest.importorskip("torch")

pytestmark = pytest.mark.extra


def model_of(folder: Path, classes: tuple[str, ...]) -> Path:
    """Return a detector that has learnt nothing."""
    import torch

    from detectors import checkpoint
    from detectors.contract import DETECTORS
    from detectors.preprocess import Preprocess

    torch.manual_seed(0)
    detector = DETECTORS["fcos_resnet18"](len(classes), 64)
    content = checkpoint.model_content("fcos_resnet18", classes, Preprocess(64), detector.state_dict())
    checkpoint.save(content, folder / "model.pt")
    return folder / "model.pt"


def test_two_models_of_other_class_orders_are_compared_by_name(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data", 4), tmp_path / "data/val.json")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a, b = model_of(tmp_path / "a", ("dark", "bright")), model_of(tmp_path / "b", ("bright", "dark", "other"))

    told = rendersdg("compare", a, b, tmp_path / "data/val.json", "-o", tmp_path / "out/x.json", "--resamples", 5)

    record = json.loads((tmp_path / "out/x.json").read_text())
    assert "4 images in 4 groups" in told
    assert set(record["per_class"]) == {"dark", "bright"} and set(record["mAP50-95"]) >= {"a", "b", "low", "high"}


def test_a_file_of_another_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    told = rendersdg("compare", "no", "no", "no", "-o", tmp_path / "x.csv", code=2)

    assert "give such a name" in told
