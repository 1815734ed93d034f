"""Hard examples: the images in which a detector errs are shown more often to the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.detections import Detections
from detectors.matching import match_class
from detectors.mix import Mix, MixSource, Phase
from detectors.postprocess import NESTED, without_nested
from detectors.samples import Samples
from rendersdg.arrays import I8
from rendersdg.errors import BadArgument

_OVERLAP = 0.5  # least IoU of a detection with an object

Finder = Callable[[Samples], Sequence[Detections]]  # the detections of each image of a set, classes numbered as there


@dataclass(frozen=True, slots=True)
class Found:
    """Of a part that was looked through: its name, and in how many of its ``images`` the detector errs (``hard``)."""

    name: str
    images: int
    hard: int


def errors_of(truth: Samples, detections: Sequence[Detections], confidence: float) -> I8:
    """Return (N,) int64, how many errors each image has: objects that are missed, and detections of nothing.

    An object is found by a detection of its class at IoU 0.5 and above ``confidence`` (0 to 1). Crowd regions are
    neither. Nested duplicates are left out, as they are where people look.
    """
    shown = []
    for one in detections:
        kept = without_nested(one, NESTED)
        shown.append(kept.at(np.flatnonzero(kept.scores >= confidence)))
    errors = np.zeros(len(truth), np.int64)
    for label in range(len(truth.classes)):
        m = match_class(truth.images, shown, label, np.array([_OVERLAP]))
        right = np.bincount(m.image[m.right[0]], minlength=len(truth))
        wrong = np.bincount(m.image[~m.right[0] & m.counted[0]], minlength=len(truth))
        errors += m.boxes - right + wrong
    return errors


def with_hard(mix: Mix, find: Finder, confidence: float, share: float) -> tuple[Mix, list[Found]]:
    """Return a mix in whose last stage the images with errors have a share of their own, and what was found.

    Each part of the last stage is looked through. Where the detector errs in some of its images and not in all, these
    make a part of their own, with ``share`` of the whole part's share; all images keep the rest.

    Args:
        mix: of files.
        find: the detector.
        confidence: from which a detection counts, 0 to 1.
        share: of hard images, above 0 and below 1.

    Raises:
        BadArgument: the share is out of range, or no part of the last stage can be looked through.
    """
    if not 0 < share < 1:
        raise BadArgument(f"share={share:g} of hard images is not between 0 and 1")
    *before, last = mix.stages
    parts: list[MixSource] = []
    found: list[Found] = []
    for part in last.parts:
        if not isinstance(part.samples, Samples):
            raise BadArgument(f"{part.samples.name} is rendered on demand; hard images are looked for in files")
        errors = errors_of(part.samples, find(part.samples), confidence)
        wrong = (s for s, count in zip(part.samples.images, errors.tolist()) if count)
        hard = part.samples.of(wrong, f"{part.samples.name}, hard ones")
        found.append(Found(part.samples.name, len(part.samples), len(hard)))
        if 0 < len(hard) < len(part.samples):
            parts.append(replace(part, share=part.share * (1 - share)))
            parts.append(replace(part, samples=hard, share=part.share * share))
        else:
            parts.append(part)
    return Mix(mix.classes, (*before, Phase(last.name, tuple(parts), last.learns))), found


def renumbered(found: Detections, numbers: I8) -> Detections:
    """Return detections whose class k has the number ``numbers[k]`` (C,), without those where that is negative."""
    labels = numbers[found.labels]
    kept = np.flatnonzero(labels >= 0)
    return replace(found.at(kept), labels=labels[kept])
