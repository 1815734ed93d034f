"""BasicWriter's output, ours or NVIDIA's: rgb_*.png with bounding_box_2d_tight_*.npy and its labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from detectors.readers import refuse_split, size_of
from detectors.samples import Sample, Samples
from rendersdg.errors import DatasetError
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
                try:
                    rows.append((picture, reader.boxes(_BOXES, frame)))
                except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
                    raise DatasetError(
                        f"{picture}: its {_BOXES} cannot be read ({type(error).__name__} {error})"
                    ) from None
        if not rows:
            raise DatasetError(f"{path} has no rgb_*.png with {_BOXES}_*.npy")
        classes = tuple(sorted({label_text(r["label"]) for _, boxes in rows for r in boxes}))
        images = []
        for picture, boxes in rows:
            seen = [r for r in boxes if r["x_max"] >= r["x_min"] and r["y_max"] >= r["y_min"]]
            # Replicator's boxes are inclusive
            xyxy = np.array([(r["x_min"], r["y_min"], r["x_max"] + 1, r["y_max"] + 1) for r in seen], float)
            labels = [classes.index(label_text(r["label"])) for r in seen]
            images.append(Sample(picture, size_of(picture), xyxy, np.array(labels, int)))
        return Samples(classes, tuple(images))


def _folders(path: Path) -> list[Path]:
    """Return the folder itself, or those of its render products."""
    own = next(path.glob("rgb_*.png"), None) is not None
    return [path] if own else sorted(p for p in path.iterdir() if p.is_dir() and next(p.glob("rgb_*.png"), None))


LAYOUT = Basic()
