"""What foreign readers say of our files. They are too heavy for the suite's own environment:

pip install -e ".[dev,foreign]" && pytest tests/writers
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.writers.written import objects

LABELS = {"box", "ring", "ball"}


def truth_boxes(session: Any, frame: int) -> dict[str, list[float]]:
    _, found = objects(session, frame)
    return {o["labels"]["class"]: [*o["tight"][:2], o["tight"][2] + 1, o["tight"][3] + 1] for o in found if o["tight"]}


def imported(folder: Path, form: str) -> Any:
    datumaro = pytest.importorskip("datumaro")
    return datumaro.Dataset.import_from(str(folder), form)


def supervised(found: Any, name: str) -> dict[str, tuple[list[float], Any]]:
    """Return the boxes and masks of a picture by class, of a DetectionDataset of supervision's."""
    [path] = [path for path in found.image_paths if Path(path).name == name]
    picture = found.annotations[path]
    masks = [None] * len(picture) if picture.mask is None else picture.mask
    classes = [found.classes[k] for k in picture.class_id]
    return {c: (box, mask) for c, box, mask in zip(classes, picture.xyxy.tolist(), masks, strict=True)}


def compare(dataset: Any, session: Any, frames: int, slack: float = 0.51) -> None:
    names = [
        label.name for label in dataset.categories()[next(k for k in dataset.categories() if k.name == "label")].items
    ]
    items = sorted(dataset, key=lambda item: item.id)
    assert len(items) == frames
    for frame, item in enumerate(items):
        want = truth_boxes(session, frame)
        got: dict[str, list[float]] = {}
        for a in item.annotations:
            x, y, w, h = a.get_bbox()
            got[names[a.label]] = [x, y, x + w, y + h]
        assert set(got) == set(want)
        for name, box in want.items():
            assert np.allclose(got[name], box, atol=slack), (name, got[name], box)
