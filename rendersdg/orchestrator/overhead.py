"""A lidar's points seen from above, for contact sheets."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import U1
from rendersdg.colour import label_palette
from rendersdg.frame import ProductView

_SHADE = 24  # of where there is no point
_MOST = 0.98  # the share of points that lie in the picture: a few far ones would make all others small


def from_above(view: ProductView, side: int) -> U1:
    """Return (side, side, 3): the points of a lidar in the middle, forwards up, in the colours of the objects."""
    scan = view.scan
    image = np.full((side, side, 3), _SHADE, np.uint8)
    if not len(scan.beam):
        return image
    flat = scan.points[:, :2].astype(np.float64)
    reach = float(np.sort(np.abs(flat).max(1))[int((len(flat) - 1) * _MOST)])
    pixels = np.floor(side / 2 * (1 - flat[:, ::-1] / max(reach, 1e-6)))  # left is y, up is x
    inside = ((pixels >= 0) & (pixels < side)).all(1)
    column, row = pixels[inside].astype(np.int64).T
    colours = label_palette(len(view.snapshot.entities) + 2)[scan.entity[inside] + 2]
    image[row, column] = colours[:, :3]
    return image
