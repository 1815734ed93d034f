"""A detector judged: on rendered views, whose values are known, and on photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detectors.detections import Detections
from detectors.evaluate import ap_at
from detectors.preprocess import read_rgb
from detectors.readers import read
from detectors.samples import Sample, Samples, checked
from rendersdg.errors import DatasetError, did_you_mean
from rendersdg.steering.looks import fit_harm, looks_of
from rendersdg.steering.outcomes import IOU, Finder, Outcome, View, matched, outcomes, renumbered
from rendersdg.steering.study import Judged

Photographs = Samples  # whose classes are the scene's, and whose name is what the study calls them


@dataclass(frozen=True, slots=True)
class Score:
    """How good a detector is: mean average precision at an overlap of one half, and the share of objects that it finds
    with at least the study's confidence; both 0 to 1.
    """

    map50: float
    recall: float


def read_photographs(asked: Judged, folder: Path, classes: Sequence[str], where: str = "photographs") -> Photographs:
    """Return a set of photographs whose labels are the scene's classes.

    Args:
        asked: which.
        folder: where its path starts.
        classes: the scene's.
        where: what asks for it, as errors say.

    Raises:
        DatasetError: it cannot be read, has boxes of a class that the scene has not and ``rename`` does not name, or
            has no box of any.
    """
    try:
        samples = checked(read(_below(asked.data, folder)), clip=True)
    except DatasetError as error:
        raise error.at(where) from None
    for old in asked.rename:
        if old not in samples.classes:
            hint = did_you_mean(old, samples.classes)
            raise DatasetError(f"rename: {asked.data} has no class {old!r}{hint}", where=where)
    strange = [c for c, count in samples.counts().items() if count and asked.rename.get(c, c) not in (*classes, "-")]
    if strange:
        raise DatasetError(
            f"{asked.data} has boxes of {', '.join(map(repr, strange))}, which are no classes of the scene "
            f"({', '.join(classes)}); name them in the study, rename: {{{strange[0]}: {classes[0]}}}; - drops one",
            where=where,
        )
    samples = samples.of_classes(classes, asked.rename)
    images = samples.images
    if asked.most is not None and len(images) > asked.most:
        images = tuple(images[int(k)] for k in np.linspace(0, len(images) - 1, asked.most).round())
    if not any(len(s.labels) for s in images):
        raise DatasetError(
            f"{asked.data} has no box of {', '.join(classes)}, so nothing can be judged on it", where=where
        )
    return samples.of(images, asked.data)


def _below(spec: str, folder: Path) -> str:
    """Return a spec whose path starts at a folder."""
    layout, colon, rest = spec.partition(":")
    head, path = (f"{layout}:", rest) if colon and not Path(spec.partition("@")[0]).exists() else ("", spec)
    return spec if Path(path).is_absolute() else f"{head}{folder / path}"


def score_views(views: Sequence[View], classes: Sequence[str], finder: Finder, confidence: float) -> Score:
    """Return how good a detector is on rendered views; ``classes`` are those of their labels."""
    images = [Sample(Path(f"{v.camera}_{v.frame}"), _size_wh(v), v.xyxy, v.labels) for v in views]
    found = [renumbered(finder.find([v.rgb])[0], finder.classes, classes) for v in views]
    return _score(Samples(tuple(classes), tuple(images)), found, confidence)


def score_photographs(photographs: Photographs, finder: Finder, confidence: float) -> Score:
    """Return how good a detector is on photographs."""
    classes = photographs.classes
    found = [renumbered(finder.find([read_rgb(s.file)])[0], finder.classes, classes) for s in photographs.images]
    return _score(photographs, found, confidence)


def outcomes_by_looks(
    photographs: Photographs, views: Sequence[View], classes: Sequence[str], finder: Finder
) -> tuple[list[Outcome], float]:
    """Return rendered objects as a detector would do on photographs of objects that look like them.

    What it misses of the photographs is explained by how the objects look there; rendered objects of the same looks
    are given the harm to expect, as if it had been measured. Photographs have no random values, rendered objects do.

    Returns:
        The rows of the rendered objects, and the share of the variance that looks explain, 0 or less for nothing.
    """
    looks, labels, harm = [], [], []
    for sample in photographs.images:
        rgb = read_rgb(sample.file)
        found = renumbered(finder.find([rgb])[0], finder.classes, classes)
        scores = matched(sample.xyxy, sample.labels, found).scores
        looks += [looks_of(rgb, box) for box in sample.xyxy]
        labels += [classes[k] for k in sample.labels]
        harm += (1 - scores).tolist()
    rows = [r for r in outcomes(views, classes, finder) if r.is_object]
    model = fit_harm(np.array(looks).reshape(len(harm), -1), labels, np.array(harm))
    if model is None or not rows:
        return rows, 0.0
    rendered = np.stack([looks_of(views[r.picture].rgb, r.box) for r in rows])
    expected = model(rendered, [r.label for r in rows])
    return [replace(row, score=float(1 - e)) for row, e in zip(rows, expected)], model.explained


def _score(truth: Samples, found: Sequence[Detections], confidence: float) -> Score:
    scores = [matched(s.xyxy, s.labels, f).scores for s, f in zip(truth.images, found)]
    every = np.concatenate(scores) if scores else np.zeros(0)
    recall = float((every >= max(confidence, 1e-9)).mean()) if len(every) else float("nan")
    return Score(ap_at(truth, found, IOU), recall)


def _size_wh(view: View) -> tuple[int, int]:
    height, width = view.rgb.shape[:2]
    return width, height
