"""Pascal VOC: JPEGImages, Annotations, ImageSets/Main/<split>.txt; also a plain folder of images beside XML files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from detectors.readers import images_in, refuse_split, size_of
from detectors.samples import Sample, Samples
from rendersdg.errors import DatasetError, did_you_mean
from writers.voc import read_voc


class Voc:
    """Pascal VOC XML files."""

    def fits(self, path: Path) -> bool:
        return (path / "Annotations").is_dir() and (path / "JPEGImages").is_dir()

    def read(self, path: Path, split: str | None) -> Samples:
        notes, pictures = (path / "Annotations", path / "JPEGImages") if self.fits(path) else (path, path)
        lists = {p.stem: p for p in sorted((path / "ImageSets" / "Main").glob("*.txt"))}
        refuse_split(split, lists, path)
        files = images_in(pictures)
        wanted = sorted(files) if split is None else [line.split()[0] for line in lists[split].read_text().splitlines()]
        found = []
        for stem in wanted:
            if stem not in files:
                raise DatasetError(f"{lists[split or '']} names {stem!r}, which has no image in {pictures}")
            note = notes / f"{stem}.xml"
            if not note.is_file():
                raise DatasetError(f"{files[stem]} has no annotation {note}")
            found.append((files[stem], note))
        names = {str(o["name"]) for _, note in found for o in voc_objects(note)}
        classes = tuple(sorted(names))
        return Samples(classes, tuple(voc_sample(file, note, classes) for file, note in found))


def voc_objects(note: Path) -> list[dict[str, Any]]:
    """Return the objects of an annotation file, see :func:`writers.voc.read_voc`; the error names the file."""
    try:
        return read_voc(note.read_bytes())
    except DatasetError as error:
        raise DatasetError(f"{note}: {error}") from None


def voc_sample(file: Path, note: Path, classes: tuple[str, ...], group: str = "") -> Sample:
    """Return the sample of an image and its VOC annotation (1-based, inclusive). ``difficult`` objects count as
    crowd.
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
    found = ET.fromstring(note.read_bytes()).find("size")
    width, height = (int(float((found.findtext(k) if found is not None else None) or 0)) for k in ("width", "height"))
    return (width, height) if width and height else None


LAYOUT = Voc()
