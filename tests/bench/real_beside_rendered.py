"""Draws photographs of a labelled set above rendered ones of a scene, boxes on both: look before you train.

    python tests/bench/real_beside_rendered.py scenes/steel_strip.yaml --real neu-det:NEU-DET@train --row
    patches=patches -o sheet.png

Each ``--row PRODUCT=CLASS`` gives two rows: photographs that hold the class, frames of the render product.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg.fit.fit import captures, holding, spaced, tight_boxes

GAP = 4  # pixels between pictures


def boxed(image: NDArray[np.uint8], boxes: Iterable[Sequence[float]], side: int) -> NDArray[np.uint8]:
    """Return a picture (side, side, 3), BGR, whole and at its own proportions, with boxes (x_min,
    y_min, x_max, y_max) drawn.
    """
    scale = side / max(image.shape[:2])
    out = np.full((side, side, 3), 255, np.uint8)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    for box in boxes:
        x0, y0, x1, y1 = (round(v * scale) for v in box)
        cv2.rectangle(small, (x0, y0), (x1 - 1, y1 - 1), (0, 0, 255), 1)
    out[: small.shape[0], : small.shape[1]] = small[:side, :side]
    return out


def photographs(spec: str, name: str, count: int, side: int) -> list[NDArray[np.uint8]]:
    """Return pictures of photographs that hold a class, evenly spread over the set."""
    chosen = spaced(holding(spec, name), count)
    return [boxed(np.asarray(cv2.imread(str(s.file)), np.uint8), s.xyxy, side) for s in chosen]


def rendered(scene: Path, product: str, count: int, side: int, seed: int) -> list[NDArray[np.uint8]]:
    """Return pictures of a render product's first frames."""
    return [
        boxed(np.ascontiguousarray(capture.views[name].buffers.rgb[..., 2::-1]), tight_boxes(capture, name), side)
        for capture, name in captures(scene, scene.read_text(), product=product, frames=count, seed=seed)
    ]


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("--real", required=True, help="[LAYOUT:]PATH[@SPLIT]")
    parser.add_argument("--row", action="append", required=True, metavar="PRODUCT=CLASS")
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--side", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=Path("sheet.png"))
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    rows = []
    for row in options.row:
        product, _, name = row.partition("=")
        rows.append(photographs(options.real, name, options.count, options.side))
        rows.append(rendered(options.scene, product, options.count, options.side, options.seed))
    step = options.side + GAP
    sheet = np.full((len(rows) * step, options.count * step, 3), 255, np.uint8)
    for k, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet[k * step : k * step + options.side, column * step : column * step + options.side] = picture
    cv2.imwrite(str(options.out), sheet)
    print(f"{options.out}: odd rows are photographs, even ones rendered")


if __name__ == "__main__":
    main()
