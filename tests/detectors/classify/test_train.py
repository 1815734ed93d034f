"""A classifier learns, and goes on where it stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.sets import coloured

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.slow
def test_a_classifier_learns_and_goes_on_to_the_bit(tmp_path: Path) -> None:
    from detectors.checkpoint import load
    from detectors.classify.train import ClassifierRecipe, load_classifier, scores_of, train_classifier

    pictures, val = coloured(96), coloured(60, seed=1)
    recipe = ClassifierRecipe("resnet20", epochs=4, batch=16, rate=0.05)
    train_classifier(pictures, recipe, tmp_path / "whole", val=val)

    def stop(epoch: int, numbers: dict[str, float]) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_classifier(pictures, recipe, tmp_path / "torn", val=val, tell=stop)
    with pytest.raises(DatasetError, match="--resume"):
        train_classifier(pictures, recipe, tmp_path / "torn", val=val)
    with pytest.raises(BadArgument, match="other rate"):
        train_classifier(pictures, replace(recipe, rate=0.2), tmp_path / "torn", resume=True)
    train_classifier(pictures, recipe, tmp_path / "torn", val=val, resume=True)

    one, other = (load(tmp_path / n / "model.pt")["weights"] for n in ("whole", "torn"))
    assert all(torch.equal(one[k], other[k]) for k in one)
    assert (tmp_path / "whole" / "log.csv").read_text() == (tmp_path / "torn" / "log.csv").read_text()
    _, network, classes, _ = load_classifier(tmp_path / "whole")
    assert classes == val.classes and (scores_of(network, val.images).argmax(1) == val.labels).mean() > 0.9
