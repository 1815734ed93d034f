"""Judging an anomaly detector on labelled images: MVTec AD's three numbers, and what its threshold finds and raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from detectors.anomaly.heat import Heat
from detectors.anomaly.metrics import AnomalyScores, scores_of
from detectors.anomaly.model import AnomalyModel
from detectors.preprocess import read_rgb
from detectors.samples import Sample, Samples
from rendersdg.arrays import Mask
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.plain import Json


@dataclass(frozen=True, slots=True)
class AnomalyReport:
    """What a model is worth on a set of so many ``images``.

    ``found`` is, for each class, how many of its images are called bad, and how many there are; ``alarms`` the same of
    good images. ``unmasked`` images show a defect whose pixels nobody labelled: they count as images alone. ``known``
    are the very photographs that the model was made of; None where nobody knows.
    """

    scores: AnomalyScores
    found: dict[str, tuple[int, int]]
    alarms: tuple[int, int]
    images: int
    unmasked: int = 0
    known: int | None = None

    def table(self) -> str:
        """Return the report as text."""
        named = (("image AUROC", "image_auroc"), ("pixel AUROC", "pixel_auroc"), ("AU-PRO to 0.3", "au_pro"))
        values = ((title, getattr(self.scores, name)) for title, name in named)
        lines = [f"{title:14} {'-' if np.isnan(value) else f'{100 * value:.1f}'}" for title, value in values]
        lines += [f"{name:14} {yes} of {counted(of, 'image')} called bad" for name, (yes, of) in self.found.items()]
        lines.append(f"{'good parts':14} {self.alarms[0]} of {counted(self.alarms[1], 'image')} called bad")
        if self.unmasked:
            lines.append(f"{counted(self.unmasked, 'bad image')} without a mask: left out of what is about pixels")
        if not self.alarms[1]:
            lines.append("no image without a label: AUROC of images needs good ones as well")
        if self.known:
            lines.append(
                f"{self.known} of {counted(self.images, 'image')} are photographs that it was made of, so these "
                "numbers are too good; keep good photographs back to judge by"
            )
        return "\n".join(lines)

    def as_json(self) -> Json:
        """Return the fields; what the set cannot say is None."""
        values = {k: None if np.isnan(v) else v for k, v in asdict(self.scores).items()}
        rest = {"found": self.found, "alarms": self.alarms, "unmasked": self.unmasked, "known": self.known}
        return {**values, **rest}


def evaluate_anomaly(
    model: AnomalyModel, samples: Samples, *, on_image: Callable[[int], None] = lambda done: None
) -> tuple[AnomalyReport, list[Heat]]:
    """Return what a model is worth on a labelled set, and the heat of each image. An image without a label is good.

    Raises DatasetError where an image cannot be read, or has another size than its label says.
    """
    heats = []
    for done, sample in enumerate(samples.images, 1):
        image = read_rgb(sample.file)
        if (image.shape[1], image.shape[0]) != tuple(sample.size_wh):
            raise DatasetError(
                f"{sample.file} is {image.shape[1]} x {image.shape[0]}, its label says {sample.size_wh[0]} x "
                f"{sample.size_wh[1]}"
            )
        heats += model.judge([image])
        on_image(done)
    return report_of(samples, heats), heats


def report_of(samples: Samples, heats: Sequence[Heat]) -> AnomalyReport:
    """Return what the heat of a set's images is worth."""
    masks = [mask_of(sample) for sample in samples.images]
    is_bad = np.array([len(sample.labels) > 0 for sample in samples.images])
    scores = scores_of([heat.map for heat in heats], np.array([heat.score for heat in heats]), masks, is_bad)
    found: dict[str, tuple[int, int]] = {}
    for k, name in enumerate(samples.classes):
        own = [heat.is_bad for heat, sample in zip(heats, samples.images) if k in sample.labels]
        if own:
            found[name] = (sum(own), len(own))
    good = [heat.is_bad for heat, bad in zip(heats, is_bad) if not bad]
    return AnomalyReport(scores, found, (sum(good), len(good)), len(samples), sum(mask is None for mask in masks))


def mask_of(sample: Sample) -> Mask | None:
    """Return where an image is defective (H, W); None where a box alone says so."""
    if len(sample.labels) and (sample.segmentations is None or any(shape is None for shape in sample.segmentations)):
        return None
    return sample.mask()
