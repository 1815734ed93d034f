"""Labelled images in one form, COCO's with pixel boxes: what every reader returns and everything here works on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict

import numpy as np

from detectors.tolerance import each, say
from rendersdg import rle
from rendersdg.arrays import F8, I8, Mask
from rendersdg.documents import shown
from rendersdg.english import counted
from rendersdg.errors import DatasetError, did_you_mean
from rendersdg.plain import Json
from writers.coco import fill_polygon

MOST_PIXELS = 2**28  # of an image: 16,384 x 16,384
FARTHEST = 1e7  # pixels: no point of an outline lies so far away
OVERHANG = 1.0  # pixels a box may reach over the frame's edge before it counts as wrong: rounding of label tools


class Rle(TypedDict):
    """A mask as COCO has it: ``size`` height and width, ``counts`` runs down the columns, a list or compressed."""

    size: list[int]
    counts: str | list[int]


Segmentation = Rle | list[list[float]]  # or polygons, each x0, y0, x1, y1, ... in pixels


@dataclass(frozen=True, slots=True)
class Sample:
    """One image and its labels.

    ``xyxy`` is (N, 4) float64 in pixels from the image's top-left corner, right and bottom exclusive; ``labels`` (N,)
    int64 indexes the set's classes; ``crowd`` (N,) marks regions of many objects that are neither right nor wrong to
    find. ``segmentations`` holds COCO polygons or RLE per box, or None. Images of one ``group`` (one photograph, one
    part) must stay on one side of a split; an empty group is the image's own. ``visible`` (N,) is which share of each
    object nothing hides and ``truncation`` (N,) which lies outside the frame, both 0 to 1, NaN where it is not noted;
    None where a layout notes neither.
    """

    file: Path
    size_wh: tuple[int, int]
    xyxy: F8 = field(default_factory=lambda: np.zeros((0, 4)))
    labels: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    crowd: Mask | None = None
    segmentations: tuple[Segmentation | None, ...] | None = None
    group: str = ""
    visible: F8 | None = None
    truncation: F8 | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "xyxy", np.asarray(self.xyxy, np.float64).reshape(-1, 4))
        object.__setattr__(self, "labels", np.asarray(self.labels, np.int64).reshape(-1))
        count = len(self.labels)
        crowd = np.zeros(count, bool) if self.crowd is None else np.asarray(self.crowd, bool).reshape(-1)
        object.__setattr__(self, "crowd", crowd)
        shapes = self.segmentations
        noted = [each for each in (shapes, self.visible, self.truncation) if each is not None]
        if len(self.xyxy) != count or len(crowd) != count or any(len(each) != count for each in noted):
            raise DatasetError(f"{self.file}: {counted(len(self.xyxy), 'box')}, {counted(count, 'label')}")

    @property
    def key(self) -> str:
        """Return what a split may not tear apart: the group, or the file itself."""
        return self.group or str(self.file)

    def mask(self) -> Mask:
        """Return the (H, W) union of all segmentations; boxes stand in where there are none.

        Raises DatasetError for runs that do not fill the image.
        """
        width, height = self.size_wh
        out = np.zeros((height, width), bool)
        for k in range(len(self.xyxy)):
            out |= self.mask_of(k)
        return out

    def mask_of(self, k: int) -> Mask:
        """Return the (H, W) pixels of object ``k``; its box stands in where it has no segmentation.

        Raises DatasetError for runs that do not fill the image.
        """
        width, height = self.size_wh
        shape = self.segmentations[k] if self.segmentations is not None else None
        out = np.zeros((height, width), np.uint8)
        if shape is None:
            x0, y0, x1, y1 = (max(round(v), 0) for v in self.xyxy[k])
            out[y0:y1, x0:x1] = 1
        elif isinstance(shape, Mapping):
            counts = shape["counts"]
            try:
                return rle.mask_from_runs(
                    rle.decompress(counts) if isinstance(counts, str) else counts, (height, width)
                )
            except DatasetError as error:
                raise DatasetError(f"{self.file}: box {k + 1}: {error}") from None
        else:
            for ring in shape:
                fill_polygon(out, np.reshape(np.asarray(ring, float), (-1, 2)))
        return out.astype(bool)

    def without_outline(self) -> I8:
        """Return the places (K,) of the objects that have a box and no segmentation, crowd regions left aside."""
        shapes = self.segmentations or (None,) * len(self.labels)
        assert self.crowd is not None
        return np.flatnonzero([shape is None and not crowd for shape, crowd in zip(shapes, self.crowd)])


@dataclass(frozen=True, slots=True)
class Samples:
    """A labelled set: class names in order, and its images."""

    classes: tuple[str, ...]
    images: tuple[Sample, ...]
    name: str = ""

    def __len__(self) -> int:
        return len(self.images)

    def counts(self) -> dict[str, int]:
        """Return the number of boxes of each class."""
        labels = np.concatenate([s.labels for s in self.images]) if self.images else np.zeros(0, np.int64)
        return dict(zip(self.classes, np.bincount(labels, minlength=len(self.classes)).tolist()))

    def of_classes(self, classes: Sequence[str], rename: Mapping[str, str] | None = None) -> Samples:
        """Return the set with labels as indices into ``classes``, after renaming.

        Raises DatasetError for a class with boxes that is not among them. The new name ``-`` drops a class's boxes.
        """
        rename = dict(rename or {})
        for old in rename:
            if old not in self.classes:
                raise DatasetError(f"{self.name} has no class {old!r} to rename{did_you_mean(old, self.classes)}")
        used = self.counts()
        places = np.full(len(self.classes), -1)
        for k, old in enumerate(self.classes):
            new = rename.get(old, old)
            if new in classes:
                places[k] = list(classes).index(new)
            elif new != "-" and used[old]:
                raise DatasetError(
                    f"{self.name}: class {new!r} ({counted(used[old], 'box')}) is not among {', '.join(classes)}; "
                    f"rename it (--rename {old}=NAME) or drop it (--rename {old}=-)"
                )
        images = []
        for sample in self.images:
            labels = places[sample.labels] if len(sample.labels) else sample.labels
            images.append(pick(replace(sample, labels=labels), labels >= 0))
        return Samples(tuple(classes), tuple(images), self.name)

    def renamed(self, rename: Mapping[str, str]) -> Samples:
        """Return the set with other class names: two old ones may have one new name, ``-`` drops a class and its boxes.

        Raises DatasetError for a class that the set does not have.
        """
        names = (rename.get(name, name) for name in self.classes)
        return self.of_classes(tuple(dict.fromkeys(name for name in names if name != "-")), rename)

    def of(self, images: Iterable[Sample], name: str | None = None) -> Samples:
        """Return a set of the same classes with other images."""
        return Samples(self.classes, tuple(images), self.name if name is None else name)


def pick(sample: Sample, keep: Mask) -> Sample:
    """Return the sample with the boxes where ``keep`` (N,) holds."""
    if keep.all():
        return sample
    shapes = None if sample.segmentations is None else tuple(s for s, k in zip(sample.segmentations, keep) if k)
    assert sample.crowd is not None
    return replace(
        sample,
        xyxy=sample.xyxy[keep],
        labels=sample.labels[keep],
        crowd=sample.crowd[keep],
        segmentations=shapes,
        visible=None if sample.visible is None else sample.visible[keep],
        truncation=None if sample.truncation is None else sample.truncation[keep],
    )


def proved(samples: Samples) -> Samples:
    """Return the set, looked through for what no image can have, whatever a file says: how each reader's result ends.

    Raises DatasetError, naming the image, for a size beyond all images, boxes that are not numbers, labels without a
    class, and outlines or masks of another shape than COCO's. Whether boxes lie in the frame is :func:`checked`'s.
    """
    images = each(_proved, ((sample, len(samples.classes)) for sample in samples.images), lambda s, _: s.file)
    return samples.of(images)


def _proved(sample: Sample, classes: int) -> Sample:
    width, height = sample.size_wh
    if not (width >= 1 and height >= 1 and width * height <= MOST_PIXELS):
        raise DatasetError(f"{sample.file}: {shown(width)} x {shown(height)} pixels are no size of an image")
    if not np.isfinite(sample.xyxy).all():
        k = int(np.argmin(np.isfinite(sample.xyxy).all(1)))
        raise DatasetError(f"{sample.file}: box {k + 1} has corners that are not finite numbers")
    if len(sample.labels) and not (sample.labels.min() >= 0 and sample.labels.max() < classes):
        raise DatasetError(f"{sample.file}: a label has a class that is not listed")
    for k, shape in enumerate(sample.segmentations or ()):
        if (wrong := _wrong_with(shape, sample.size_wh)) is not None:
            raise DatasetError(f"{sample.file}: the segmentation of box {k + 1} {wrong}")
    return sample


def _wrong_with(shape: object, size_wh: tuple[int, int]) -> str | None:
    """Return what is wrong with a segmentation, None where nothing is. Runs are looked at where they are used."""
    if shape is None:
        return None
    if isinstance(shape, Mapping):
        size, counts = shape.get("size"), shape.get("counts")
        if size not in ([size_wh[1], size_wh[0]], (size_wh[1], size_wh[0])):
            return f"is of size {shown(size)}, and the image has height {size_wh[1]} and width {size_wh[0]}"
        return None if isinstance(counts, (str, list)) else f"has counts {shown(counts)}; they are text or a list"
    if not isinstance(shape, list):
        return f"is {shown(shape)}; it is a list of polygons, or runs with size and counts"
    for ring in shape:
        try:
            points: F8 = np.asarray(ring, np.float64)
        except (TypeError, ValueError, OverflowError):
            return "holds a polygon that is not a list of numbers"
        if points.ndim != 1 or len(points) % 2 or not len(points):
            return f"holds a polygon of {points.size} numbers; it is x, y, x, y, ..."
        if not (np.abs(points) < FARTHEST).all():
            return "holds a polygon with points that are not finite, or far from every image"
    return None


def checked(samples: Samples, *, clip: bool = False) -> Samples:
    """Return the set with its boxes proved: finite, with area, inside the frame but for rounding, which is cut off.

    With ``clip`` whatever lies outside is cut off and boxes without area are dropped. Raises DatasetError otherwise,
    naming the file and the box.
    """
    images = []
    cut = dropped = 0
    for sample in samples.images:
        box, (width, height) = sample.xyxy, sample.size_wh
        limit = np.array([width, height, width, height], float)
        inside = np.clip(np.nan_to_num(box), 0, limit)
        good = np.all(np.isfinite(box), axis=1) & np.all(inside[:, 2:] > inside[:, :2], axis=1)
        bad = ~good | np.any(np.abs(inside - box) > OVERHANG, axis=1)
        if bad.any() and not clip:
            k = int(np.argmax(bad))
            corners = ", ".join(f"{v:g}" for v in box[k])
            wrong = f"reaches over the frame of {width} x {height}" if good[k] else "has no area in the frame"
            raise DatasetError(
                f"{sample.file}: box {k + 1} ({corners}) {wrong}; mend the label, or cut such boxes with --clip-boxes"
            )
        cut, dropped = cut + int((bad & good).sum()), dropped + int((~good).sum())
        images.append(pick(replace(sample, xyxy=inside), good))
    if cut or dropped:
        say(f"{samples.name}: {counted(cut, 'box')} cut off at the frame, {dropped} without area there dropped")
    return samples.of(images)


def merged(parts: Sequence[Samples], name: str = "") -> Samples:
    """Return the union of sets, called ``name``. Raises DatasetError unless all have the same classes.

    See :meth:`Samples.of_classes` for making them so.
    """
    for part in parts[1:]:
        if part.classes != parts[0].classes:
            raise DatasetError(f"{part.name} has classes {part.classes}, {parts[0].name} has {parts[0].classes}")
    return Samples(parts[0].classes, tuple(s for part in parts for s in part.images), name)


def as_coco(samples: Samples, folder: Path | None = None) -> Json:
    """Return the set as a COCO dictionary; file names relative to ``folder``, else as they are.

    Images and annotations are numbered from 1 in order; the extra key ``group`` of an image keeps its group.
    """
    images: list[Json] = []
    annotations: list[Json] = []
    for sample in samples.images:
        file = str(sample.file) if folder is None else os.path.relpath(sample.file, folder)
        image = {"id": len(images) + 1, "file_name": file, "width": sample.size_wh[0], "height": sample.size_wh[1]}
        images.append(image | ({"group": sample.group} if sample.group else {}))
        assert sample.crowd is not None
        for k, (x0, y0, x1, y1) in enumerate(sample.xyxy.tolist()):
            annotation = {
                "id": len(annotations) + 1,
                "image_id": image["id"],
                "category_id": int(sample.labels[k]) + 1,
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0),
                "iscrowd": int(sample.crowd[k]),
            }
            if sample.segmentations is not None and sample.segmentations[k] is not None:
                annotation["segmentation"] = sample.segmentations[k]
            annotations.append(annotation)
    categories = [{"id": k + 1, "name": name, "supercategory": ""} for k, name in enumerate(samples.classes)]
    return {"images": images, "annotations": annotations, "categories": categories}


def write_coco(samples: Samples, file: Path) -> None:
    """Write the set as a COCO file whose names are relative to it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_coco(samples, file.parent.resolve()), separators=(",", ":"))
    file.write_text(text + "\n", encoding="utf-8")


def fingerprint(samples: Samples) -> str:
    """Return a digest of file names, sizes, classes and labels, wherever the files lie:
    with the same one the same was learnt.
    """
    named = samples.of(replace(s, file=Path(s.file.name)) for s in samples.images)
    return blake2b(json.dumps(as_coco(named), sort_keys=True).encode(), digest_size=16).hexdigest()
