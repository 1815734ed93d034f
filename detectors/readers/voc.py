"""Pascal VOC: JPEGImages, Annotations, ImageSets/Main/<split>.txt; also a plain folder of images beside XML files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from detectors.readers import images_in, refuse_split, size_of
from detectors.samples import Sample, Samples
from rendersdg.errors import DatasetError, did_you_mean
from rendersdg.plain import Json
from writers.voc import read_voc


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
        wanted = sorted(files) if split is None else [line.split()[0] for line in lists[split].read_text().splitlines()]
        pairs = []
        for stem in wanted:
            if stem not in files:
                raise DatasetError(f"{lists[split or '']} names {stem!r}, which has no image in {pictures}")
            note = notes / f"{stem}.xml"
            if not note.is_file():
                raise DatasetError(f"{files[stem]} has no annotation {note}")
            pairs.append((files[stem], note))
        names = {str(o["name"]) for _, note in pairs for o in voc_objects(note)}
        classes = tuple(sorted(names))
        return Samples(classes, tuple(voc_sample(file, note, classes) for file, note in pairs))


def voc_objects(note: Path) -> list[Json]:
    """Return what :func:`writers.voc.read_voc` does of a file. Raises DatasetError naming the file."""
    try:
        return read_voc(note.read_bytes())
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
    for o in voc_objects(note):
        if o["name"] not in classes:
            raise DatasetError(f"{note}: unknown class {o['name']!r}{did_you_mean(str(o['name']), classes)}")
        x0, y0, x1, y1 = o["box"]
        boxes.append((x0, y0, x1 + 1, y1 + 1))
        labels.append(classes.index(str(o["name"])))
        crowd.append(bool(o["difficult"]))
    size = _size_in(note) or size_of(file)
    return Sample(file, size, np.array(boxes, float), np.array(labels, int), np.array(crowd, bool), None, group)


def _size_in(note: Path) -> tuple[int, int] | None:
    size = ET.fromstring(note.read_bytes()).find("size")
    width, height = (int(float((size.findtext(k) if size is not None else None) or 0)) for k in ("width", "height"))
    return (width, height) if width and height else None


LAYOUT = Voc()
