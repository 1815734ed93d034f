"""labelme: a JSON file of polygons, rectangles and circles an image;
images beside it or in ``images`` beside ``labels``.
"""

from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath

import numpy as np

from detectors.readers import IMAGE_SUFFIXES, refuse_split, size_of
from detectors.samples import Sample, Samples
from rendersdg.arrays import F8
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

_CIRCLE_CORNERS = 48


class Labelme:
    """labelme polygons."""

    def fits(self, path: Path) -> bool:
        first = next(iter(sorted(_notes(path))), None) if path.is_dir() else None
        if first is None:
            return False
        try:
            return "shapes" in json.loads(first.read_text())
        except (OSError, ValueError, TypeError):
            return False

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the file that is not labelme's."""
        refuse_split(split, (), path)
        pairs = []
        for note in sorted(_notes(path)):
            try:
                data = json.loads(note.read_text())
                pairs.append((_picture(note, data.get("imagePath", "")), note, [_outline(s) for s in data["shapes"]]))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DatasetError(f"{note} is not a labelme file ({type(error).__name__} {error})") from None
        classes = tuple(sorted({label for _, _, shapes in pairs for label, _ in shapes}))
        images = []
        for picture, _, shapes in pairs:
            boxes = [(*points.min(0), *points.max(0)) for _, points in shapes]
            labels = [classes.index(label) for label, _ in shapes]
            rings = tuple([points.ravel().tolist()] for _, points in shapes)
            images.append(Sample(picture, size_of(picture), np.array(boxes, float), np.array(labels, int), None, rings))
        return Samples(classes, tuple(images))


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
    raise DatasetError(f"{note} has no image beside it or in ../images")


def _outline(shape: Json) -> tuple[str, F8]:
    points = np.asarray(shape["points"], float).reshape(-1, 2)
    kind = shape.get("shape_type") or "polygon"
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        points = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    elif kind == "circle":
        turn = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
        points = points[0] + np.linalg.norm(points[1] - points[0]) * np.stack([np.cos(turn), np.sin(turn)], 1)
    elif kind != "polygon":
        raise DatasetError(f"a shape is a {kind}; polygon, rectangle and circle have a box")
    return str(shape["label"]), points


LAYOUT = Labelme()
