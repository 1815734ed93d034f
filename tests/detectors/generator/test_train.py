"""A student learns what its teacher gives, and goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from tests.detectors.sets import coloured

torch = pytest.importorskip("torch")

from detectors.calibration import Calibration  # noqa: E402
from detectors.generator.train import (  # noqa: E402
    GeneratorRecipe,
    load_generator,
    sample,
    train_generator,
)
from tests.detectors.generator.teachers import NAMES, triples  # noqa: E402

pytestmark = pytest.mark.extra

SMALL = GeneratorRecipe(epochs=3, batch=16, width=32, project=16, judge_width=8, rate=2e-3)


@pytest.mark.slow
def test_a_student_learns_its_teacher_and_goes_on_to_the_bit(tmp_path: Path) -> None:
    taught = triples(tmp_path / "triples")
    train_generator(taught, SMALL, tmp_path / "whole", real=coloured(30, size=32))

    def stop(epoch: int, numbers: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_generator(taught, SMALL, tmp_path / "torn", real=coloured(30, size=32), tell=stop)
    with pytest.raises(DatasetError, match="--resume"):
        train_generator(taught, SMALL, tmp_path / "torn")
    train_generator(taught, SMALL, tmp_path / "torn", real=coloured(30, size=32), resume=True)

    whole, classes = load_generator(tmp_path / "whole")
    torn, _ = load_generator(tmp_path / "torn" / "generator.pt")
    assert classes == NAMES
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), torn.state_dict().values()))
    labels = np.arange(60) % 3
    images = sample(whole, labels, seed=5)
    assert (images.mean((1, 2)).argmax(1) == labels).mean() > 0.9  # each class in its colour
    assert (sample(whole, labels[:7], seed=5) == images[:7]).all() and (sample(whole, labels, seed=6) != images).any()
    drawn = list(Calibration(str(tmp_path / "whole"), count=6, seed=5).images(32))
    assert (np.stack(drawn) == images[:6]).all()


def test_a_loss_that_is_no_number_keeps_the_state(tmp_path: Path) -> None:
    taught = triples(tmp_path / "triples", 32)
    broken = GeneratorRecipe(epochs=3, batch=16, width=32, project=16, judge_width=8, pixel=float("nan"))

    with pytest.raises(TrainingFailed, match="no number"):
        train_generator(taught, broken, tmp_path / "run")
    with pytest.raises(BadArgument):
        GeneratorRecipe(epochs=0)
