"""The loop in one process: it learns what the teaching loops learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument, DatasetError

torch = pytest.importorskip("torch")

from detectors.vision.gpt import bits_of, load_gpt, train_gpt  # noqa: E402
from detectors.vision.learning import train_mae, train_vit  # noqa: E402
from detectors.vision.parallel.training import Split  # noqa: E402
from tests.detectors.vision.parallel.runs import GPT, PICTURES, SIZE, VIT, alone, same_losses, trained  # noqa: E402

pytestmark = pytest.mark.extra


def test_one_process_learns_what_the_teaching_loops_learn(tmp_path: Path) -> None:
    gpt = train_gpt(PICTURES, GPT, tmp_path / "gpt")
    mae = train_mae(PICTURES, SIZE, VIT, tmp_path / "mae")
    classify = train_vit(PICTURES, SIZE, VIT, tmp_path / "classify")

    for kind, log in (("gpt", gpt), ("mae", mae), ("classify", classify)):
        record = trained(kind, Split(), tmp_path / f"own-{kind}")
        assert [row.keys() for row in record["log"]] == [row.keys() for row in log]
        for own, wanted in zip(record["log"], log):
            assert own == pytest.approx(wanted, abs=1e-5)
    assert bits_of(*_gpt(tmp_path / "own-gpt")) == pytest.approx(bits_of(*_gpt(tmp_path / "gpt")), abs=1e-5)


def _gpt(run: Path) -> Any:
    network, recipe, _ = load_gpt(run)
    return network, PICTURES, recipe


def test_a_run_goes_on_with_the_same_settings_alone(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)

    with pytest.raises(DatasetError, match="go on with --resume"):
        trained("gpt", Split(), tmp_path, 1)
    with pytest.raises(BadArgument, match="trained with other epochs"):
        trained("gpt", Split(), tmp_path, 2, resume=True)
    with pytest.raises(BadArgument, match="trained with other precision"):
        trained("gpt", Split(precision="bf16"), tmp_path, 1, resume=True)
    with pytest.raises(BadArgument, match="trained with other"):
        trained("mae", Split(), tmp_path, 1, resume=True)


def test_parts_of_a_batch_and_blocks_computed_again_change_nothing(tmp_path: Path) -> None:
    record = trained("gpt", Split(accumulate=4, recomputes=True), tmp_path)

    same_losses(record, "gpt")


def test_bfloat16_learns_nearly_the_same_with_weights_in_float32(tmp_path: Path) -> None:
    record = trained("gpt", Split(precision="bf16"), tmp_path)

    apart = np.abs(np.subtract(record["losses"], alone("gpt")["losses"])).max()
    assert 1e-6 < apart < 0.05
    assert record["bytes"] == alone("gpt")["bytes"]
    assert load_gpt(tmp_path)[0].say.weight.dtype == torch.float32
