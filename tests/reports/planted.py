"""Sets with faults planted in them, as COCO lists and as YOLO folders, and which images each fault is in.

The set is a rendered one, so that its parameters are known; its pictures are then painted over, each another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rendersdg.dataset.drawn import drawn_frames
from tests import commands
from tests.reports.cube_scene import scene_of

SIZE_WH = (160, 120)
CLASSES = ("bolt", "nut", "washer", "never")
HOLE = (0.2, 0.5)  # of the cube's place, -1 to 1


@dataclass(frozen=True)
class Planted:
    """A set to report on: what to give the command, and the names of the images that each kind of fault is in."""

    spec: str
    images: int
    plants: dict[str, set[str]]

    @property
    def named(self) -> set[str]:
        """All images with a plant."""
        return set().union(*self.plants.values())


def painted(rng: np.random.Generator) -> tuple[np.ndarray, list[list[float]], list[int]]:
    """Return a picture of one to four parts on a mottled ground, their boxes (x0, y0, x1, y1), and their classes."""
    width, height = SIZE_WH
    coarse = rng.uniform(60, 190, (rng.integers(4, 9), rng.integers(4, 9), 3)).astype(np.float32)
    image = cv2.resize(coarse, SIZE_WH, interpolation=cv2.INTER_CUBIC) + rng.normal(0, 5, (height, width, 3))
    boxes: list[list[float]] = []
    labels = []
    for cell in rng.permutation(4)[: rng.integers(1, 5)]:
        w, h = rng.integers(18, 60), rng.integers(18, 48)
        x = int(cell % 2) * width // 2 + int(rng.integers(4, width // 2 - w - 3))
        y = int(cell // 2) * height // 2 + int(rng.integers(4, height // 2 - h - 3))
        cv2.rectangle(image, (x, y), (int(x + w) - 1, int(y + h) - 1), rng.uniform(0, 255, 3).tolist(), -1)
        boxes.append([x, y, x + int(w), y + int(h)])
        labels.append(int(rng.integers(0, 3)))
    return np.clip(image, 0, 255).astype(np.uint8), boxes, labels


def rendered(folder: Path, frames: int) -> Path:
    """Render a scene of so many frames without painting anything; return the dataset's folder."""
    (folder / "scene.yaml").write_text(scene_of(frames, SIZE_WH))
    done = commands.run("render", folder / "scene.yaml", "-o", folder / "out", "--backend", "null", "--quiet")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def copied(image: np.ndarray, way: int) -> np.ndarray:
    """Return a picture as it is, coded anew as JPEG, or 5 % smaller."""
    if way == 1:
        return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_COLOR)
    return cv2.resize(image, (152, 114), interpolation=cv2.INTER_AREA) if way == 2 else image


def planted(out: Path, layout: str, seed: int = 5) -> Planted:
    """Paint over a rendered set and plant 40 copies, 15 boxes off the image, 10 empty files, 5 wrong sizes, a class
    that is never seen, and a hole in the range of a parameter.
    """
    rng = np.random.default_rng(seed)
    drawn = drawn_frames(out)
    site = next(s for s in drawn.values[0] if s.endswith("position"))
    kept = [k for k in sorted(drawn.values) if not HOLE[0] <= drawn.values[k][site][0][0] <= HOLE[1]]
    numbers = rng.permutation(kept)
    plants: dict[str, list[int]] = {}
    for kind, count in (("duplicates", 40), ("off_image", 15), ("empty_files", 10), ("wrong_sizes", 5)):
        plants[kind], numbers = numbers[:count].tolist(), numbers[count:]
    files = {k: out / "images" / f"{k:06d}.png" for k in kept}
    labels: dict[int, tuple[list[list[float]], list[int]]] = {}
    pictures = {}
    for k in kept:
        pictures[k], *told = painted(rng)
        labels[k] = (told[0], told[1])
    for way, (copy, source) in enumerate(zip(plants["duplicates"], numbers.tolist())):
        pictures[copy] = copied(pictures[source], way % 3)
        scale = pictures[copy].shape[1] / SIZE_WH[0]
        labels[copy] = ([[v * scale for v in box] for box in labels[source][0]], labels[source][1])
    for k in plants["off_image"]:
        x0, y0, _, y1 = labels[k][0][0]
        labels[k][0][0] = [x0, y0, SIZE_WH[0] + 12.0, y1]
    if layout == "yolo":  # whose labels tell no size: the picture was scaled, and is of another size than the others
        for k in plants["wrong_sizes"]:
            pictures[k] = cv2.resize(pictures[k], (200, 150))
    for k, picture in pictures.items():
        assert cv2.imwrite(str(files[k]), picture)
    for k in plants["empty_files"]:
        files[k].write_bytes(b"")
    wrong = set(plants["wrong_sizes"]) if layout == "coco" else set()
    write: Callable[..., Path] = {"coco": _coco, "yolo": _yolo}[layout]
    spec = write(out, files, labels, pictures, wrong)
    named = {kind: {files[k].name for k in places} for kind, places in plants.items()}
    return Planted(str(spec), len(kept), named)


def _coco(out: Path, files: dict, labels: dict, pictures: dict, wrong: set[int]) -> Path:
    images, annotations = [], []
    for k, file in files.items():
        height, width = pictures[k].shape[:2]
        factor = 2 if k in wrong else 1
        images.append({"id": k, "file_name": file.name, "width": width * factor, "height": height * factor})
        for (x0, y0, x1, y1), label in zip(*labels[k]):
            box = [x0, y0, x1 - x0, y1 - y0]
            annotations.append({"id": len(annotations), "image_id": k, "category_id": label, "bbox": box})
    categories = [{"id": k, "name": name} for k, name in enumerate(CLASSES)]
    path = out / "annotations" / "chosen.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


def _yolo(out: Path, files: dict, labels: dict, pictures: dict, wrong: set[int]) -> Path:
    folder = out
    (folder / "labels").mkdir(exist_ok=True)
    for k, file in files.items():
        height, width = pictures[k].shape[:2]
        if pictures[k].shape[1] == 200:
            height, width = SIZE_WH[1], SIZE_WH[0]
        rows = []
        for (x0, y0, x1, y1), label in zip(*labels[k]):
            numbers = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
            rows.append(" ".join([str(label), *(f"{v:.6f}" for v in numbers)]))
        (folder / "labels" / file.with_suffix(".txt").name).write_text("\n".join(rows) + "\n")
    (folder / "train.txt").write_text("\n".join(f"images/{file.name}" for file in files.values()) + "\n")
    text = f"path: .\ntrain: train.txt\nnames: [{', '.join(CLASSES)}]\n"
    (folder / "data.yaml").write_text(text)
    return folder / "data.yaml"
