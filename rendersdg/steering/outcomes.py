"""What a detector finds of labelled objects: a row each, with the values that made it and how badly it was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np

from detectors.detections import Detections
from detectors.matching import box_iou
from detectors.preprocess import Image
from rendersdg.api.frames import LabelledFrame
from rendersdg.api.scenes import Scene
from rendersdg.arrays import F8, I8
from rendersdg.graph.parameters import Parameter, values_of_object
from writers.encoders import image_bytes

IOU = 0.5  # from which on a detection and an object are the same


class Finder(Protocol):
    """Whatever finds objects in pictures; a :class:`detectors.runtime.Model` does."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in order of their numbers."""
        ...

    def find(self, images: Sequence[Image]) -> list[Detections]:
        """Return what is in images (H, W, 3) uint8 RGB."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """A rendered picture, its labels, and the random values behind them.

    Attributes:
        frame: its number.
        camera: the render product.
        png: the picture.
        xyxy: (N, 4) float64 boxes in pixels.
        labels: (N,) int64, places in the scene's classes.
        values: what was drawn for each object, by parameter name.
        common: what was drawn for the frame as a whole: one value for all its prims.
    """

    frame: int
    camera: str
    png: bytes
    xyxy: F8
    labels: I8
    values: tuple[Mapping[str, Any], ...]
    common: Mapping[str, Any]

    @property
    def rgb(self) -> Image:
        """The picture, (H, W, 3) uint8."""
        picture = cv2.imdecode(np.frombuffer(self.png, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None, "it was encoded here"
        return np.ascontiguousarray(picture[..., ::-1], np.uint8)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An object, or a false alarm, and how a detector did.

    Attributes:
        values: what was drawn for it, by parameter name.
        label: its class.
        score: of the best detection of its class that overlaps it by half, 0 for none; of a false alarm its own.
        is_object: False for a false alarm.
        group: what it shares its frame's values with.
        picture: which of the pictures shows it.
        box: (4,) float64, pixels.
    """

    values: Mapping[str, Any]
    label: str
    score: float
    is_object: bool
    group: int
    picture: int
    box: F8

    @property
    def harm(self) -> float:
        """How bad it is, 0 to 1: one less the score of an object, the score of a false alarm."""
        return 1 - self.score if self.is_object else self.score


def views_of(scene: Scene, frames: range, classes: Sequence[str], on_frame: Callable[[int], None]) -> Iterator[View]:
    """Yield what each camera of a scene sees in some frames; a lidar's product is left out."""
    known = scene.parameters
    for number in frames:
        first = scene.frame(number)
        for camera in first.cameras:
            frame = first.view(camera)
            if not frame._product.lidar:
                yield view_of(frame, known, classes)
        on_frame(number)


def view_of(frame: LabelledFrame, known: Sequence[Parameter], classes: Sequence[str]) -> View:
    """Return a frame with the values behind its objects."""
    seen = [o for o in frame.objects if o.label in classes]
    drawn = frame.values
    common = {p.name: rows[0] for p in known if len(rows := p.of(drawn)) == 1}
    return View(
        frame.number,
        frame._name,
        image_bytes(np.ascontiguousarray(frame.rgb)),
        np.array([o.box for o in seen], np.float64).reshape(-1, 4),
        np.array([classes.index(o.label) for o in seen], np.int64),
        tuple(values_of_object(frame._capture.plan, known, o.prim_path, frame._shows) for o in seen),
        common,
    )


def outcomes(views: Sequence[View], classes: Sequence[str], finder: Finder, batch: int = 16) -> list[Outcome]:
    """Return how a detector did on rendered pictures: a row for each object and for each false alarm.

    Args:
        views: the pictures.
        classes: of the pictures' labels. A detector without one of them misses its objects.
        finder: the detector.
        batch: pictures that it is given at a time.
    """
    rows: list[Outcome] = []
    for start in range(0, len(views), batch):
        part = views[start : start + batch]
        for k, (view, found) in enumerate(zip(part, finder.find([v.rgb for v in part])), start):
            here = matched(view.xyxy, view.labels, renumbered(found, finder.classes, classes))
            for n, score in enumerate(here.scores):
                label = classes[view.labels[n]]
                rows.append(Outcome(view.values[n], label, float(score), True, view.frame, k, view.xyxy[n]))
            for box, score, which in here.alarms:
                rows.append(Outcome(view.common, classes[which], score, False, view.frame, k, box))
    return rows


@dataclass(frozen=True, slots=True)
class Matched:
    """The (N,) scores with which the objects of a picture were found, 0 for none, and the false alarms: box, score,
    class.
    """

    scores: F8
    alarms: tuple[tuple[F8, float, int], ...]


def matched(xyxy: F8, labels: I8, found: Detections) -> Matched:
    """Return which objects were found: best first, each detection takes the object of its class that it overlaps most.

    Args:
        xyxy: (N, 4) float64, the objects.
        labels: (N,) int64, their classes.
        found: the detections, best first.
    """
    scores = np.zeros(len(labels))
    alarms = []
    overlap = box_iou(found.xyxy, xyxy) if len(labels) and len(found.scores) else np.zeros((len(found.scores), 0))
    for d, (score, label) in enumerate(zip(found.scores.tolist(), found.labels.tolist())):
        row = np.where((labels == label) & (overlap[d] >= IOU), overlap[d], 0.0) if overlap.shape[1] else np.zeros(0)
        free = np.where(scores == 0, row, 0.0)
        if len(free) and free.max() > 0:
            scores[int(free.argmax())] = score
        elif not len(row) or row.max() == 0:  # a second box on an object that was found is no alarm of its own
            alarms.append((found.xyxy[d], score, label))
    return Matched(scores, tuple(alarms))


def renumbered(found: Detections, theirs: Sequence[str], ours: Sequence[str]) -> Detections:
    """Return detections with the numbers of other class names; those of classes that are not among them are dropped."""
    places = np.array([ours.index(name) if name in ours else -1 for name in theirs], np.int64)
    labels = places[found.labels] if len(found.labels) else found.labels
    keep = labels >= 0
    return replace(found, labels=labels).where(keep)
