"""Weights on disk: written whole or not at all, with everything that is needed to use them."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from detectors.contract import DETECTORS, Detector
from detectors.preprocess import Preprocess
from rendersdg.errors import BadArgument, DatasetError

FORMAT = 1


def save(content: dict[str, Any], file: Path) -> None:
    """Write a dictionary of tensors and plain values; the file that was there stays until the new one is whole.

    Raises DatasetError when the disk is full or the folder cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(content | {"format": FORMAT}, buffer)
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as out:
            out.write(buffer.getbuffer())
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        kept = f"; the one before is kept in {file}" if file.exists() else ""
        raise DatasetError(f"cannot write {file}: {error.strerror}{kept}") from None


def load(file: Path) -> dict[str, Any]:
    """Return what :func:`save` wrote. Raises DatasetError when the file is missing, damaged or of another kind."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DatasetError(f"{file} is not there") from None
    except Exception as error:  # pickle, zip and torch each have their own
        raise DatasetError(f"{file} is no checkpoint that can be read ({type(error).__name__})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DatasetError(f"{file} is no checkpoint of rendersdg, format {FORMAT}")
    return content


def keep(out: Path, recipe: Any, things: Mapping[str, Any], log: list[dict[str, float]]) -> None:
    """Write the state of a run of epochs: what has a ``state_dict``, by name, its recipe (a dataclass) and its log,
    also as CSV.
    """
    save(
        {"log": log, "recipe": asdict(recipe), **{k: v.state_dict() for k, v in things.items()}}, out / "checkpoint.pt"
    )
    rows = [",".join(("epoch", *log[0])), *(",".join(map(str, (k, *n.values()))) for k, n in enumerate(log))]
    (out / "log.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def begun(out: Path, recipe: Any, resume: bool, things: Mapping[str, Any]) -> list[dict[str, float]]:
    """Make a run's folder, or put back the state that :func:`keep` wrote; return the numbers of the epochs done.

    Raises DatasetError when there is a run and ``resume`` is not set, BadArgument when it was made by another recipe.
    """
    file = out / "checkpoint.pt"
    if not file.exists():
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(f"cannot write {out}: {error.strerror}") from None
        return []
    if not resume:
        raise DatasetError(f"{out} holds a run already; go on with --resume, or give another folder")
    state = load(file)
    if state["recipe"] != asdict(recipe):
        changed = [k for k, v in asdict(recipe).items() if state["recipe"].get(k) != v]
        raise BadArgument(f"{out} was trained with other {', '.join(changed)}; give another folder")
    for name, thing in things.items():
        thing.load_state_dict(state[name])
    return list(state["log"])


def model_content(
    detector: str, classes: tuple[str, ...], preprocess: Preprocess, weights: dict[str, Any]
) -> dict[str, Any]:
    """Return what a model file holds: the detector's name, its classes, its preprocessing and its weights."""
    return {"detector": detector, "classes": list(classes), "preprocess": preprocess.as_json(), "weights": weights}


def load_detector(file: Path) -> tuple[str, Detector, tuple[str, ...], Preprocess]:
    """Return a trained detector's name, itself in evaluation mode, its classes and its preprocessing.

    ``file`` is a model file or the folder of a run, whose ``model.pt`` is taken.
    """
    file = file / "model.pt" if file.is_dir() else file
    content = load(file)
    try:
        classes, preprocess = tuple(content["classes"]), Preprocess(**content["preprocess"])
        detector = DETECTORS[content["detector"]](len(classes), preprocess.size)
        detector.load_state_dict(content["weights"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise DatasetError(f"{file} is no model file of this version ({type(error).__name__} {error})") from None
    return str(content["detector"]), detector.eval(), classes, preprocess
