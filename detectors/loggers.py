"""Where a training's numbers go besides its own files: TensorBoard, MLflow, Weights & Biases; each only when asked."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from detectors.account import Logger
from rendersdg.errors import BadArgument, DatasetError, did_you_mean
from rendersdg.plain import Json

_PROJECT = "rendersdg"  # what runs are filed under


class TensorBoard:
    """Event files below ``<run>/tensorboard``: ``tensorboard --logdir RUN``."""

    def __init__(self, out: Path, config: Json) -> None:
        module = _library("torch.utils.tensorboard", "tensorboard")
        self._writer = module.SummaryWriter(str(out / "tensorboard"))
        self._writer.add_text("recipe", "\n".join(f"    {k}: {v}" for k, v in config.items()))

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self, files: Sequence[Path]) -> None:
        from detectors.preprocess import read_rgb

        for file in files:
            if file.suffix == ".png":
                self._writer.add_image(file.stem, read_rgb(file), dataformats="HWC")
        self._writer.close()


class Mlflow:
    """A run of MLflow's, where MLFLOW_TRACKING_URI says; by default in ``<run>/mlflow.db``, with no server."""

    def __init__(self, out: Path, config: Json) -> None:
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # it looks for a git that it can do without
        self._mlflow = _library("mlflow", "mlflow")
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        try:
            if not os.environ.get("MLFLOW_TRACKING_URI"):
                self._keep_in(out.absolute())
            self._run = self._mlflow.start_run(run_name=out.name)
            self._mlflow.log_params({k: str(v)[:500] for k, v in config.items()})
        except Exception as error:  # a server's, a file's: many classes
            raise DatasetError(f"MLflow cannot begin a run ({type(error).__name__}: {error})") from None

    def _keep_in(self, out: Path) -> None:
        """Keep numbers and files in the run's folder; MLflow's own place is the working directory."""
        out.mkdir(parents=True, exist_ok=True)
        self._mlflow.set_tracking_uri(f"sqlite:///{(out / 'mlflow.db').as_posix()}")
        known = self._mlflow.get_experiment_by_name(_PROJECT)
        files = (out / "mlartifacts").as_uri()
        self._mlflow.set_experiment(
            experiment_id=known.experiment_id if known else self._mlflow.create_experiment(_PROJECT, files)
        )

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        # its names have letters, digits, _ - . / and blanks alone
        self._mlflow.log_metrics({_plain(k): v for k, v in values.items()}, step=step)

    def close(self, files: Sequence[Path]) -> None:
        for file in files:
            with suppress(Exception):  # a picture that does not get there is not worth a run
                self._mlflow.log_artifact(str(file))
        self._mlflow.end_run()


class Wandb:
    """A run of Weights & Biases below ``<run>/wandb``, offline unless WANDB_MODE says otherwise."""

    def __init__(self, out: Path, config: Json) -> None:
        self._wandb = _library("wandb", "wandb")
        out.mkdir(parents=True, exist_ok=True)
        mode = os.environ.get("WANDB_MODE", "offline")
        try:
            self._run = self._wandb.init(project=_PROJECT, name=out.name, dir=str(out), config=dict(config), mode=mode)
        except Exception as error:
            raise DatasetError(f"Weights & Biases cannot begin a run ({type(error).__name__}: {error})") from None

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def close(self, files: Sequence[Path]) -> None:
        pictures = {file.stem: self._wandb.Image(str(file)) for file in files if file.suffix == ".png"}
        if pictures:
            self._run.log(pictures)
        self._run.finish()


_LOGGERS: dict[str, tuple[str, type[Any]]] = {  # by name: what is imported, and the class
    "tensorboard": ("torch.utils.tensorboard", TensorBoard),
    "mlflow": ("mlflow", Mlflow),
    "wandb": ("wandb", Wandb),
}


def check_loggers(names: Sequence[str]) -> None:
    """Raise BadArgument for a logger that is unknown, or whose library is not installed."""
    for name in names:
        if name not in _LOGGERS:
            raise BadArgument(f"--logger {name!r} is not {', '.join(_LOGGERS)}{did_you_mean(name, list(_LOGGERS))}")
        _library(_LOGGERS[name][0], name)


def open_loggers(names: Sequence[str], out: Path, config: Json) -> list[Logger]:
    """Return loggers, each begun.

    Args:
        names: of the table of loggers.
        out: the run's folder.
        config: the recipe, as plain values.

    Raises:
        BadArgument: one is unknown, or its library is not installed.
        DatasetError: one cannot begin.
    """
    check_loggers(names)
    return [_LOGGERS[name][1](out, config) for name in dict.fromkeys(names)]


def _library(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise BadArgument(f"--logger {name} needs {name}: pip install {name}") from None


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "_-./ " else "_" for c in name)
