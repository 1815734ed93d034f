"""BasicWriter's output, ours or NVIDIA's: rgb_*.png with bounding_box_2d_tight_*.npy and its labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import corners, refuse_split, size_of
from detectors.samples import Sample, Samples
from detectors.tolerance import each, tolerated
from rendersdg.documents import number, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json
from writers.basic import BasicReader, label_text

_BOXES = "bounding_box_2d_tight"


class Basic:
    """Replicator's BasicWriter output with 2D boxes."""

    def fits(self, path: Path) -> bool:
        return path.is_dir() and any(True for folder in _folders(path) if next(folder.glob(f"{_BOXES}_*.npy"), None))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the picture whose boxes cannot be read."""
        refuse_split(split, (), path)
        rows = []
        for folder in _folders(path):
            reader = BasicReader(folder)
            for frame in reader.frames("rgb"):
                picture = folder / f"rgb_{frame}.png"
                with tolerated(picture):
                    rows.append((picture, _boxes(reader, picture, frame)))
        if not rows:
            raise DatasetError(f"{path} has no rgb_*.png with {_BOXES}_*.npy")
        classes = tuple(sorted({label for _, boxes in rows for label, _ in boxes}))
        found = ((picture, boxes, classes) for picture, boxes in rows)
        return Samples(classes, tuple(each(_sample, found, lambda picture, *_: picture)))


_Box = tuple[str, tuple[float, ...]]  # a label, and the corners as they are written


def _boxes(reader: BasicReader, picture: Path, frame: str) -> list[_Box]:
    try:
        rows = reader.boxes(_BOXES, frame)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DatasetError(f"{picture}: its {_BOXES} cannot be read ({type(error).__name__} {error})") from None
    return [_box(row, picture) for row in rows]


def _sample(picture: Path, boxes: list[_Box], classes: tuple[str, ...]) -> Sample:
    seen = [(label, box) for label, box in boxes if box[2] >= box[0] and box[3] >= box[1]]
    # Replicator's boxes are inclusive
    xyxy = corners([(x0, y0, x1 + 1, y1 + 1) for _, (x0, y0, x1, y1) in seen], str(picture))
    labels = [classes.index(label) for label, _ in seen]
    return Sample(picture, size_of(picture), xyxy, np.array(labels, int))


def _box(row: Json, picture: Path) -> _Box:
    """Return the label and the box, as it is written, of a row. Raises DatasetError for what has none."""
    if not isinstance(row["label"], (dict, str)):
        raise DatasetError(f"{picture}: a label of {_BOXES} is {shown(row['label'])}")
    missing = [name for name in ("x_min", "y_min", "x_max", "y_max") if name not in row]
    if missing:
        raise DatasetError(f"{picture}: {_BOXES} has no column {missing[0]}")
    box = tuple(number(row[name], f"{picture}: {name}") for name in ("x_min", "y_min", "x_max", "y_max"))
    return label_text(row["label"]), box


def _folders(path: Path) -> list[Path]:
    """Return the folder itself, or those of its render products."""
    own = next(path.glob("rgb_*.png"), None) is not None
    return [path] if own else sorted(p for p in path.iterdir() if p.is_dir() and next(p.glob("rgb_*.png"), None))


LAYOUT = Basic()
