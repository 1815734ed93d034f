"""The score from which boxes are shown: the one with the best F1 on labelled images, kept beside the model's file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from detectors.detections import SURE, Detections
from detectors.matching import match_class
from detectors.oriented import overlap_of
from detectors.postprocess import NESTED, without_nested
from detectors.samples import Samples
from rendersdg.arrays import F8
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import DatasetError
from rendersdg.files import write_file
from rendersdg.plain import Json

FILE = "confidence.json"  # in the folder of a model's file, by the file's name
_OVERLAP = 0.5  # least IoU of a detection with a true box
_STEPS = 1001  # scores that are tried, from 0 to 1


@dataclass(frozen=True, slots=True)
class Confidence:
    """A suggested ``value`` (0 to 1), and the F1, precision and recall (means over classes) that it has on ``data``."""

    value: float
    f1: float
    precision: float
    recall: float
    data: str = ""

    def as_json(self) -> Json:
        """Return the fields, rounded to what is worth knowing."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Curves:
    """``scores`` (T,) that are tried; precision, recall and F1 (C, T) of each class, NaN where it has no box."""

    scores: F8
    precision: F8
    recall: F8

    @property
    def f1(self) -> F8:
        """Return the harmonic mean of precision and recall, 0 where both are."""
        return 2 * self.precision * self.recall / np.maximum(self.precision + self.recall, 1e-12)


def curves(truth: Samples, detections: Sequence[Detections]) -> Curves:
    """Return precision and recall at IoU 0.5 over the least score, of what is shown: nested duplicates are left out.

    Where no box has the score, precision is 1, for nothing is wrong; F1 is 0 there, as recall is.

    Args:
        truth: images with their boxes.
        detections: of each of them.
    """
    shown = [without_nested(one, NESTED) for one in detections]
    tried, overlap = np.linspace(0, 1, _STEPS), overlap_of(truth, shown)
    precision, recall = np.full((2, len(truth.classes), _STEPS), np.nan)
    for k in range(len(truth.classes)):
        m = match_class(truth.images, shown, k, np.array([_OVERLAP]), overlap=overlap)
        total = int(m.boxes.sum())
        if not total:
            continue
        # matching goes from the best score down: what is matched does not depend on lower ones
        right = np.concatenate([[0], np.cumsum(m.right[0])])
        wrong = np.concatenate([[0], np.cumsum(~m.right[0] & m.counted[0])])
        count = np.searchsorted(-m.scores, -tried, side="right")
        seen = right[count] + wrong[count]
        precision[k] = np.where(seen > 0, right[count] / np.maximum(seen, 1), 1.0)
        recall[k] = right[count] / total
    return Curves(tried, precision, recall)


def suggested(truth: Samples, detections: Sequence[Detections]) -> Confidence | None:
    """Return the score with the best F1, the mean over classes; None where there is no box, or none is found.

    Of several scores that are as good it is the middle one, farthest from where F1 falls.
    """
    found = curves(truth, detections)
    there = np.isfinite(found.recall[:, 0])
    if not there.any():
        return None
    mean = found.f1[there].mean(0)
    if mean.max() <= 0:
        return None
    best = np.flatnonzero(mean >= mean.max() - 1e-12)
    first_run = best[: int(np.argmax(np.diff(best, append=best[-1] + 2) > 1)) + 1]
    k = int(first_run[len(first_run) // 2])
    return Confidence(
        float(found.scores[k]),
        float(mean[k]),
        float(found.precision[there, k].mean()),
        float(found.recall[there, k].mean()),
        truth.name,
    )


def model_file(path: Path) -> Path:
    """Return the file of a model that a run's folder or a file names."""
    return path / "model.pt" if path.is_dir() else path


def keep(model: Path, confidence: Confidence | None) -> None:
    """Keep a suggestion beside the model's file, for ``predict`` and ``serve``; None drops the one that was kept.

    Raises DatasetError where it cannot be written.
    """
    file = model_file(model)
    beside = file.parent / FILE
    rows = _rows(beside)
    rows.pop(file.name, None)
    if confidence is not None:
        rows[file.name] = confidence.as_json()
    if rows:
        write_file(beside, (json.dumps(rows, indent=1) + "\n").encode())
    else:
        beside.unlink(missing_ok=True)


def kept(model: Path) -> Confidence | None:
    """Return what :func:`keep` kept for a run's folder or a model's file; None where there is nothing, or nonsense."""
    file = model_file(model)
    try:
        one = Confidence(**_rows(file.parent / FILE)[file.name])
        numbers = (one.value, one.f1, one.precision, one.recall)
        return one if all(0 <= v <= 1 and math.isfinite(v) for v in numbers) and isinstance(one.data, str) else None
    except (KeyError, TypeError):
        return None


def chosen(model: Path, given: float | None) -> tuple[float, str]:
    """Return the score from which a model's boxes are shown, and in words where it comes from.

    Args:
        model: a run's folder or a model's file.
        given: what the user asks for, 0 to 1; None for the suggestion, else 0.25.
    """
    if given is not None:
        return given, f"confidence {given:.2f}, as given"
    one = kept(model)
    if one is None:
        return SURE, f"confidence {SURE:.2f}: `rendersdg evaluate` on labelled images finds a better one for this model"
    on = f" on {one.data}" if one.data else ""
    return one.value, f"confidence {one.value:.2f}: the best F1 ({one.f1:.2f}){on}; --confidence gives another"


def _rows(file: Path) -> Json:
    if not file.is_file():
        return {}
    try:
        return dict(json_mapping(read_bytes(file), file))
    except DatasetError:
        return {}
