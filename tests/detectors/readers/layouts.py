"""Small labelled sets in other layouts, and what a reader has found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.readers import READERS, read
from detectors.samples import Samples, checked
from tests.conftest import Opener
from tests.writers.written import objects, write


def picture(file: Path, size_wh: tuple[int, int] = (20, 10)) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.full((size_wh[1], size_wh[0], 3), 90, np.uint8))
    return file


def voc(file: Path, *objects: tuple[str, int, int, int, int], size: bool = True) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(
        f"<object><name>{n}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin>"
        f"<xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
        for n, a, b, c, d in objects
    )
    head = "<size><width>20</width><height>10</height><depth>1</depth></size>" if size else ""
    file.write_text(f"<annotation>{head}{rows}</annotation>")


def found(samples: Samples) -> list[tuple[str, list[tuple[str, list[float]]]]]:
    return [(s.file.name, [(samples.classes[k], b) for k, b in zip(s.labels, s.xyxy.tolist())]) for s in samples.images]


def check_round_trip(open_scene: Opener, tmp_path: Path, layout: str, writer: str, **params: Any) -> None:
    """Write two frames, read them, and hold the boxes against those of the label pass."""
    session = write(open_scene, tmp_path, writer, 2, **params)
    truth = []
    for frame in range(2):
        rows = [o for o in objects(session, frame)[1] if o["tight"]]
        truth.append({o["labels"]["class"]: [*o["tight"][:2], o["tight"][2] + 1, o["tight"][3] + 1] for o in rows})

    samples = checked(read(str(tmp_path)))

    assert READERS[layout].fits(tmp_path) or READERS[layout].fits(next(p for p in tmp_path.iterdir() if p.is_dir()))
    got = sorted(found(samples), key=lambda row: row[0])
    for (_, boxes), want in zip(got, truth, strict=True):
        assert {name for name, _ in boxes} == set(want)
        for name, box in boxes:
            assert np.allclose(box, want[name], atol=0.01), (name, box, want[name])


BOX = [3.0, 2, 9, 5]


def patch() -> np.ndarray:
    """Return a mask (10, 20) of the pixels in :data:`BOX`, 255 there."""
    mask = np.zeros((10, 20), np.uint8)
    mask[2:5, 3:9] = 255
    return mask
