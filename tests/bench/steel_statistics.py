"""Rendered steel strip beside the real NEU-DET photographs, in numbers: levels, light, spectrum, grain,
boxes, contrast.

Renders ``--frames`` images of each class from ``scenes/steel_strip.yaml`` and prints each statistic of both (10th, 50th
and 90th percentile), whether the rendered median lies where it should (octaves: within a third of the real median; the
rest: within the real 10-90 range), and how well a linear classifier tells real from rendered by these statistics (AUC,
trained on one half, tested on the other; 0.5 is chance). Needs the photographs (``--real``,
VOC layout with ``splits``).
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg.fit.fit import beside, tight_boxes
from rendersdg.fit.statistics import NAMES, table, told_apart
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.parser import SceneParser
from writers.voc import read_voc

ROOT = Path(__file__).resolve().parent.parent.parent
CLASSES = {
    "crazing": "crazing",
    "inclusion": "inclusion",
    "patches": "patches",
    "pitted": "pitted_surface",
    "rolled": "rolled-in_scale",
    "scratches": "scratches",
}
BOXES = ("boxes", "width", "height", "area", "union", "contrast")
Boxes = Sequence[tuple[float, float, float, float]]  # x_min, y_min, x_max, y_max; right and bottom exclusive


def real(folder: Path, name: str, split: str) -> tuple[list[NDArray[np.uint8]], list[Boxes]]:
    """Return the photographs of a class in a split, and their boxes."""
    stems = [
        line.strip().removesuffix(".jpg") for line in (folder / "splits" / f"{split}.txt").read_text().splitlines()
    ]
    images: list[NDArray[np.uint8]] = []
    boxes: list[Boxes] = []
    for stem in stems:
        if stem.rsplit("_", 1)[0] != name:
            continue
        image = cv2.imread(str(folder / "images" / f"{stem}.jpg"), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        images.append(np.asarray(image, np.uint8))
        found = read_voc((folder / "annotations" / f"{stem}.xml").read_bytes())
        boxes.append([(x0, y0, x1 + 1, y1 + 1) for x0, y0, x1, y1 in (o["box"] for o in found)])
    return images, boxes


def rendered(scene: Path, frames: int, seed: int) -> dict[str, tuple[list[NDArray[np.uint8]], list[Boxes]]]:
    """Return the same of rendered frames, by render product."""
    out: dict[str, tuple[list[NDArray[np.uint8]], list[Boxes]]] = {}
    with recording(scene.parent) as recorder:
        SceneParser(recorder).read(scene)
        session = Session(recorder, seed=seed)
        for frame in range(frames):
            capture = session.capture(session.planner.plan(frame))
            for name, view in capture.views.items():
                images, boxes = out.setdefault(name, ([], []))
                images.append(view.buffers.rgb[..., 0].copy())
                boxes.append(tight_boxes(capture, name))
    return out


def box_table(images: list[NDArray[np.uint8]], boxes: list[Boxes]) -> dict[str, NDArray[np.float64]]:
    """Return counts per image, sizes per box, and the contrast (grey levels) of what stands out in the boxes."""
    counts, widths, heights, areas, unions, contrasts = [], [], [], [], [], []
    for image, found in zip(images, boxes):
        grey = image.astype(np.float32)
        local = cv2.GaussianBlur(grey, (0, 0), 15)
        covered = ~beside(grey.shape, found)
        for x0, y0, x1, y1 in found:
            widths.append(x1 - x0)
            heights.append(y1 - y0)
            areas.append((x1 - x0) * (y1 - y0) / grey.size)
        away = grey - local
        outside = away[~covered] if (~covered).any() else away
        noise = 1.4826 * float(np.median(np.abs(outside - np.median(outside))))
        parts = covered & (np.abs(away) > max(3 * noise, 4))
        if parts.sum() >= 5:
            contrasts.append(float(away[parts].mean()))
        counts.append(len(found))
        unions.append(covered.mean())
    return {k: np.array(v, float) for k, v in zip(BOXES, (counts, widths, heights, areas, unions, contrasts))}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, default=ROOT / "scenes" / "steel_strip.yaml")
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "data" / "neu-det")
    parser.add_argument("--split", default="train", help="train, or val for photographs that no number was fitted to")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true", help="print only what misses")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    made = rendered(options.scene, options.frames, options.seed)
    total = hits = 0
    for product, name in CLASSES.items():
        real_images, real_boxes = real(options.real, name, options.split)
        images, boxes = made[product]
        tables: list[dict[str, Any]] = []
        for im, bx in ((real_images, real_boxes), (images, boxes)):
            tables.append({**table(im, [beside(i.shape, b) for i, b in zip(im, bx)]), **box_table(im, bx)})
        print(f"\n{name}: real 10 / 50 / 90 % | rendered 10 / 50 / 90 %")
        for key in (*NAMES, *BOXES):
            a, b = (np.percentile(t[key], [10, 50, 90]) for t in tables)
            good = abs(b[1] - a[1]) <= a[1] / 3 if key.startswith("octave") else a[0] <= b[1] <= a[2]
            total, hits = total + 1, hits + good
            if not options.short or not good:
                print(
                    f"  {key:10s} {a[0]:8.2f} {a[1]:8.2f} {a[2]:8.2f} | {b[0]:8.2f} {b[1]:8.2f} {b[2]:8.2f}  "
                    f"{'' if good else 'MISS'}"
                )
        scores = [told_apart(tables[0], tables[1], seed) for seed in range(5)]
        print(f"  real against rendered: AUC {np.mean(scores):.2f} ({min(scores):.2f} to {max(scores):.2f})")
    print(f"\n{hits} of {total} medians lie where they should")


if __name__ == "__main__":
    main()
