"""Weights on disk: written whole or not at all, with everything that is needed to use them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import torch

from detectors.contract import DETECTORS, Detector
from detectors.preprocess import Preprocess
from rendersdg.errors import DatasetError

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
