"""labelme: a JSON file of polygons, rectangles and circles an image;
images beside it or in ``images`` beside ``labels``.
"""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import numpy as np

from detectors.readers import IMAGE_SUFFIXES, agreed_size, corners, images_in, refuse_split
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, each, say_left_out
from rendersdg.arrays import F8
from rendersdg.documents import json_mapping, read_bytes, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

_CIRCLE_CORNERS = 48
_FEWEST = {"polygon": 3, "rectangle": 2, "circle": 2}  # points of each kind of shape that has an outline


class Labelme:
    """labelme polygons."""

    def fits(self, path: Path) -> bool:
        first = next(iter(sorted(_notes(path))), None) if path.is_dir() else None
        if first is None:
            return False
        try:
            return "shapes" in json_mapping(read_bytes(first), first)
        except DatasetError:
            return False

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the file that is not labelme's."""
        refuse_split(split, (), path)
        rows = list(each(_read, ((note,) for note in sorted(_notes(path))), lambda note: note))
        classes = tuple(sorted({label for *_, shapes in rows for label, _ in shapes}))
        samples = each(_sample, ((*row, classes) for row in rows), lambda picture, *_: picture)
        read = Samples(classes, tuple(samples))
        known = {sample.file for sample in read.images} | {picture for picture, *_ in rows}
        folders = {picture.parent for picture in known}
        alone = [p for folder in sorted(folders) for p in images_in(folder).values() if p not in known]
        say_left_out(alone, "no file of labels names them; save an empty one for an image without objects")
        return read


_Row = tuple[Path, Path, Json, list[tuple[str, F8]]]  # the picture, its labels' file, what that says, its outlines


def _read(note: Path) -> _Row:
    data = json_mapping(read_bytes(note), note)
    shapes = data.get("shapes")
    if not isinstance(shapes, list):
        raise DatasetError(f"{note} is not a labelme file: shapes is {shown(shapes)}, not a list")
    return _picture(note, str(data.get("imagePath", ""))), note, data, [_outline(s, note) for s in shapes]


def _sample(picture: Path, note: Path, data: Json, outlines: list[tuple[str, F8]], classes: tuple[str, ...]) -> Sample:
    boxes = corners([(*points.min(0), *points.max(0)) for _, points in outlines], str(note))
    labels = [classes.index(label) for label, _ in outlines]
    rings = tuple([points.ravel().tolist()] for _, points in outlines)
    size = agreed_size(picture, note, data.get("imageWidth"), data.get("imageHeight"))
    return Sample(picture, size, boxes, np.array(labels, int), None, rings)


def _notes(path: Path) -> list[Path]:
    folder = path / "labels" if (path / "labels").is_dir() else path
    return [p for p in folder.glob("*.json") if not p.name.startswith(("_", "."))]


def _picture(note: Path, name: str) -> Path:
    stems = [note.stem, PureWindowsPath(name).stem]
    for folder in (note.parent, note.parent.parent / "images"):
        for stem in stems:
            for suffix in IMAGE_SUFFIXES:
                if (folder / f"{stem}{suffix}").is_file():
                    return folder / f"{stem}{suffix}"
    raise PictureFault(f"{note} has no image beside it or in ../images")


def _outline(shape: object, note: Path) -> tuple[str, F8]:
    """Return the label and the corners (N, 2), pixels, of a shape. Raises DatasetError for what has no outline."""
    if not isinstance(shape, dict) or not isinstance(shape.get("label"), (str, int)):
        raise DatasetError(f"{note}: a shape has no label: {shown(shape)}")
    label, kind = str(shape["label"]), str(shape.get("shape_type") or "polygon")
    if kind not in _FEWEST:
        raise DatasetError(f"{note}: {shown(label)} is a {shown(kind)}; polygon, rectangle and circle have a box")
    given = shape.get("points")
    try:
        points = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        points = np.zeros(0)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < _FEWEST[kind] or not np.isfinite(points).all():
        raise DatasetError(
            f"{note}: points of {shown(label)} must be {_FEWEST[kind]} or more pairs of numbers, and are {shown(given)}"
        )
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        points = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    elif kind == "circle":
        turn = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
        points = points[0] + np.hypot(*(points[1] - points[0])) * np.stack([np.cos(turn), np.sin(turn)], 1)
    return label, points


LAYOUT = Labelme()
