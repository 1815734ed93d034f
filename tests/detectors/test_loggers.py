"""TensorBoard, MLflow, Weights & Biases: imported only when asked; a missing one is said; what is logged is read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.loggers import check_loggers, open_loggers
from rendersdg.errors import BadArgument


def give(name: str, out: Path) -> None:
    """Log two steps and a picture."""
    (logger,) = open_loggers([name, name], out, {"steps": 2, "augment": {"flip_x": 0.5}})
    for step in (1, 2):
        logger.numbers(step, {"loss/box": 1 / step, "val/mAP50-95": 0.1 * step})
    cv2.imwrite(str(out / "results.png"), np.zeros((20, 30, 3), np.uint8))
    logger.close([out / "results.png"])


@pytest.mark.parametrize(
    ("names", "says"),
    [(["tensorbord"], "did you mean"), (["wandb"], "pip install wandb"), (["mlflow"], "pip install mlflow")],
)
def test_what_is_unknown_or_not_installed_is_said(names: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wandb", "mlflow"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it fails

    with pytest.raises(BadArgument, match=says):
        check_loggers(names)


def test_none_is_imported_without_being_asked() -> None:
    code = (
        "import sys, detectors.loggers as l; l.check_loggers([]); "
        "print([m for m in ('tensorboard', 'mlflow', 'wandb') if m in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.extra
def test_tensorboard_reads_what_was_logged(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    give("tensorboard", tmp_path)

    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()

    assert [(e.step, e.value) for e in events.Scalars("loss/box")] == [(1, 1.0), (2, 0.5)]
    assert events.Tags()["images"] == ["results"]


@pytest.mark.extra
def test_mlflow_keeps_numbers_in_the_runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    give("mlflow", tmp_path / "run")

    with sqlite3.connect(tmp_path / "run/mlflow.db") as rows:
        assert ("val/mAP50-95", 0.2) in rows.execute("select key, value from latest_metrics").fetchall()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]  # nothing beside it
    assert list(tmp_path.rglob("artifacts/results.png"))


@pytest.mark.extra
def test_weights_and_biases_stays_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    give("wandb", tmp_path / "run")

    assert list((tmp_path / "run/wandb").glob("offline-run-*"))
