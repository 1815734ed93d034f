"""A labelled set made of good photographs: each shows the defects of a rendered frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.composite import Change, composited
from detectors.preprocess import Image, read_rgb
from detectors.readers.masks import box_and_runs
from detectors.samples import Sample, Samples, write_coco
from rendersdg.arrays import Mask
from rendersdg.errors import DatasetError
from rendersdg.files import require_room, write_file
from rendersdg.streams import generator
from writers.encoders import image_bytes

_LIST = "annotations/instances.json"
_ALIKE = 1.25  # times more stretched than the best photograph, at most, for one that a frame is laid on


@dataclass(frozen=True, slots=True)
class View:
    """What the defects of frame ``number`` change, as the camera of this name sees them; None where it sees none."""

    number: int
    camera: str
    change: Change | None


def fresh(out: Path) -> None:
    """See that a folder can be written to. Raises DatasetError where it cannot, or holds something."""
    require_room(out)
    if out.is_dir() and any(out.iterdir()):
        raise DatasetError(f"{out} is not empty; give another folder, or remove it")


def write_composites(
    views: Iterable[View], good: Samples, out: Path, classes: Sequence[str], *, each: int = 1, seed: int = 0
) -> Samples:
    """Write good photographs with rendered defects, and their COCO labels, and return the set.

    What a view becomes is a function of its number, its camera and the seed. Photographs of one group stay one.

    Args:
        views: of rendered frames; those without a change are passed over.
        good: photographs without a defect, with their sizes.
        out: gets ``images/`` and ``annotations/instances.json``.
        classes: of the scene, in order; the set has those of them that are to be seen.
        each: how many photographs a view's defects are laid on.
        seed: of what photograph, size, mirroring and place.

    Raises:
        DatasetError: a photograph cannot be read, or no defect can be seen on any of them.
    """
    sizes_wh = [sample.size_wh for sample in good.images]
    samples: list[Sample] = []
    for view in views:
        if view.change is None:
            continue
        fitting = _fitting(view.change, sizes_wh)
        for copy in range(each):
            rng = generator(seed, f"composite/{view.camera}/{copy}", view.number)
            source = good.images[fitting[int(rng.integers(len(fitting)))]]
            done = composited(read_rgb(source.file), view.change, rng)
            if not done.marks:
                continue  # nobody could see its defects there
            file = out / "images" / f"{view.number:06d}_{view.camera}_{copy}.png"
            is_grey = bool((done.image == done.image[..., :1]).all())
            write_file(file, image_bytes(done.image[..., 0] if is_grey else done.image))
            labels = [_place(mark.label, classes) for mark in done.marks]
            samples.append(_labelled(file, done.image, [mark.mask for mark in done.marks], labels, source.key))
    if not samples:
        raise DatasetError(f"no defect of the scene can be seen on a photograph of {good.name}; give more frames")
    made = Samples(tuple(classes), tuple(samples), str(out))
    made = made.of_classes([name for name, count in made.counts().items() if count])
    write_coco(made, out / _LIST)
    return made


def _fitting(change: Change, sizes_wh: Sequence[tuple[int, int]]) -> list[int]:
    """Return the photographs (numbers) shaped most like the frame, so that little of it reaches over."""
    own = math.log(change.size_wh[0] / change.size_wh[1])
    away = [abs(math.log(width / height) - own) for width, height in sizes_wh]
    return [k for k, each in enumerate(away) if each <= min(away) + math.log(_ALIKE)]


def _place(label: str, classes: Sequence[str]) -> int:
    if label not in classes:
        raise DatasetError(f"class {label!r} is not among {', '.join(classes)}")
    return list(classes).index(label)


def _labelled(file: Path, image: Image, masks: Sequence[Mask], labels: Sequence[int], group: str) -> Sample:
    height, width = image.shape[:2]
    boxes, runs = zip(*(box_and_runs(mask, (0, 0), (height, width)) for mask in masks))
    return Sample(file, (width, height), np.array(boxes, float), np.array(labels), segmentations=runs, group=group)
