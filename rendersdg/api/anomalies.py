"""Anomaly detection in Python: a detector made of photographs of good parts, and what it says of others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.api.learning import picture_of
from rendersdg.api.scenes import Scene
from rendersdg.api.twins import changes_of
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.extras import needs
from rendersdg.progress import phases

if TYPE_CHECKING:
    import numpy as np

    from detectors.anomaly.heat import Heat

PathLike = str | os.PathLike[str]


def train_anomaly(
    good: PathLike,
    out: PathLike,
    *,
    scene: Scene | None = None,
    frames: int = 100,
    test: PathLike | None = None,
    recipe: Mapping[str, Any] | None = None,
    group: str | None = None,
    progress: bool = False,
) -> dict[str, Any]:
    """Make an anomaly detector of photographs of good parts and return the record of the run.

    Args:
        good: a folder of photographs, or ``LAYOUT:PATH[@SPLIT]``, whose images without a label are taken.
        out: the run's folder: ``model.pt``, ``result.json``.
        scene: whose defects are done to the photographs; None for defects that no scene draws.
        frames: of the scene, that show a defect.
        test: a labelled set to judge on, ``[LAYOUT:]PATH[@SPLIT]``; images without a label are good.
        recipe: settings by name, ``{"parts": "memory", "patches": 4000}``, and ``size``, the side of the network's
            square in pixels; see :class:`detectors.anomaly.recipe.AnomalyRecipe`.
        group: a regular expression whose first parenthesis in a file's name is the part that it shows.
        progress: show a bar for each phase.

    Returns:
        What ``result.json`` holds: ``known``, ``held_out``, ``threshold``, ``seconds``, and with ``test`` the
        ``scores``; their ``known`` counts the images that it was made of, which make scores too good.

    Raises:
        BadArgument: torch or the backbone's weights are not installed, or a setting is wrong.
        DatasetError: photographs cannot be read or are too few, or ``out`` holds another run.
    """
    needs("torch", "train", "training")
    from detectors.anomaly.evaluate import evaluate_anomaly
    from detectors.anomaly.known import known_of
    from detectors.anomaly.model import load_anomaly
    from detectors.anomaly.photographs import good_parts
    from detectors.anomaly.recipe import AnomalyRecipe
    from detectors.anomaly.train import fresh
    from detectors.anomaly.train import train_anomaly as train
    from detectors.readers import read

    settings = dict(recipe or {})
    size = settings.pop("size", 256)
    known = AnomalyRecipe.__dataclass_fields__
    for name in settings:
        if name not in known:
            raise BadArgument(f"recipe: there is no setting {name!r}{did_you_mean(name, [*known, 'size'])}")
    made = AnomalyRecipe(**settings)
    fresh(Path(out))
    judged = None if test is None else read(os.fspath(test))
    parts = good_parts(os.fspath(good), size=size, group=group, seed=made.seed)
    with phases(quiet=not progress) as on_step:
        changes = [] if scene is None else changes_of(scene, frames, on_frame=lambda n: on_step("render", n, frames))
        record: dict[str, Any] = train(parts, made, Path(out), changes=changes, on_step=on_step)
    if judged is not None:
        report = evaluate_anomaly(load_anomaly(Path(out)), judged)[0]
        record["scores"] = replace(report, known=known_of(Path(out), judged)).as_json()
    return record


def find_anomalies(model: PathLike, images: Sequence[PathLike | np.ndarray[Any, Any]]) -> list[Heat]:
    """Return, for each image, where it looks unlike good parts and how much.

    Args:
        model: a run's folder, a ``model.pt``, or an exported ``.xml`` or ``.onnx``.
        images: files, or arrays (H, W, 3) uint8, RGB.

    Returns:
        One record an image: ``map`` (H, W) float32, higher for worse, ``score``, and ``is_bad``: whether the score is
        above the threshold.

    Raises:
        DatasetError: the model or an image cannot be read.
        BadArgument: an array is no picture.
    """
    from detectors.anomaly.model import load_anomaly

    where = Path(model)
    if where.suffix not in (".xml", ".onnx"):
        needs("torch", "train", "a model of torch")
    found = load_anomaly(where)
    return [found.judge([picture_of(image)])[0] for image in images]
