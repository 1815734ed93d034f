"""Small labelled sets whose answers are known by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

HOSTILE = '<img src=x onerror="document.title=1">'  # a class whose name is markup


def coco_set(folder: Path, *, shades: Sequence[int] = (40, 120, 200)) -> Path:
    """Write three pictures of 64 x 48 and return the folder.

    ``a.png`` has two scratches, 20 x 10 at (4, 4) and 8 x 8 at (40, 30), the second with an outline, and a dent of
    class :data:`HOSTILE`, 10 x 20 at (20, 20). ``b.png`` has one scratch, 30 x 4 at (10, 10). ``c.png`` has none.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "annotations").mkdir(exist_ok=True)
    for name, shade in zip("abc", shades):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), np.full((48, 64, 3), shade, np.uint8))
    ring = [40, 30, 48, 30, 48, 38, 40, 38]
    rows = [
        (1, 1, [4, 4, 20, 10], {"visible_fraction": 0.25, "prim_path": "/World/one"}),
        (1, 1, [40, 30, 8, 8], {"segmentation": [ring], "visible_fraction": 1.0}),
        (1, 2, [20, 20, 10, 20], {}),
        (2, 1, [10, 10, 30, 4], {"truncation": 0.5}),
    ]
    notes = [
        {"id": k, "image_id": image, "category_id": label, "bbox": box, "area": box[2] * box[3], "iscrowd": 0, **more}
        for k, (image, label, box, more) in enumerate(rows, 1)
    ]
    images = [{"id": k, "file_name": f"{name}.png", "width": 64, "height": 48} for k, name in enumerate("abc", 1)]
    names = [{"id": 1, "name": "scratch"}, {"id": 2, "name": HOSTILE}]
    text = json.dumps({"images": images, "annotations": notes, "categories": names})
    (folder / "annotations" / "instances.json").write_text(text)
    return folder
