"""Pascal VOC: JPEGImages, Annotations, ImageSets/Main/<split>.txt; also a plain folder of images beside XML files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from detectors.readers import agreed_size, corners, images_in, refuse_split
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, each, tolerated
from rendersdg.documents import read_bytes, read_text
from rendersdg.errors import DatasetError, did_you_mean
from rendersdg.plain import Json
from writers.voc import read_voc_note


class Voc:
    """Pascal VOC XML files."""

    def fits(self, path: Path) -> bool:
        return (path / "Annotations").is_dir() and (path / "JPEGImages").is_dir()

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one list of it. Raises DatasetError naming the image or annotation that is missing."""
        notes, pictures = (path / "Annotations", path / "JPEGImages") if self.fits(path) else (path, path)
        lists = {p.stem: p for p in sorted((path / "ImageSets" / "Main").glob("*.txt"))}
        refuse_split(split, lists, path)
        files = images_in(pictures)
        wanted = sorted(files) if split is None else [w.split()[0] for w in _lines(lists[split])]
        pairs = []
        for stem in wanted:
            note = notes / f"{stem}.xml"
            with tolerated(files.get(stem, note)):
                if stem not in files:
                    raise PictureFault(f"{lists[split or '']} names {stem!r}, which has no image in {pictures}")
                if not note.is_file():
                    raise DatasetError(f"{files[stem]} has no annotation {note}")
                pairs.append((files[stem], note, voc_note(note)))
        classes = tuple(sorted({str(o["name"]) for *_, told in pairs for o in told.objects}))
        rows = ((file, note, classes) for file, note, _ in pairs)
        return Samples(classes, tuple(each(voc_sample, rows, lambda file, *_: file)))


def _lines(file: Path) -> list[str]:
    return [line for line in read_text(file).splitlines() if line.strip()]


class Note(NamedTuple):
    """An annotation: its objects as :func:`writers.voc.read_voc` gives them, and the image's size, 0 without one."""

    objects: list[Json]
    size_wh: tuple[int, int]


def voc_note(note: Path) -> Note:
    """Return what an annotation says. Raises DatasetError naming the file."""
    data = read_bytes(note)
    try:
        return Note(*read_voc_note(data))
    except DatasetError as error:
        raise DatasetError(f"{note}: {error}") from None


def voc_sample(file: Path, note: Path, classes: tuple[str, ...], group: str = "") -> Sample:
    """Return the sample of an image and its VOC annotation (1-based, inclusive). ``difficult`` objects count as crowd.

    Args:
        file: the image.
        note: its annotation.
        classes: names; labels are indices into them.
        group: what must stay on one side of a split; empty for the image alone.

    Raises:
        DatasetError: the annotation cannot be read, or has a class that is not listed.
    """
    boxes, labels, crowd = [], [], []
    told = voc_note(note)
    for o in told.objects:
        if o["name"] not in classes:
            raise DatasetError(f"{note}: unknown class {o['name']!r}{did_you_mean(str(o['name']), classes)}")
        x0, y0, x1, y1 = o["box"]
        boxes.append((x0, y0, x1 + 1, y1 + 1))
        labels.append(classes.index(str(o["name"])))
        crowd.append(bool(o["difficult"]))
    size = agreed_size(file, note, *told.size_wh)
    return Sample(file, size, corners(boxes, str(note)), np.array(labels, int), np.array(crowd, bool), None, group)


LAYOUT = Voc()
