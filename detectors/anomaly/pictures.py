"""Heat maps as people look at them: colours over the photograph, and an outline around what is called bad."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.anomaly.heat import Heat
from detectors.preprocess import Image
from rendersdg.arrays import F4, U1, Mask
from rendersdg.lettering import Colour, fitted, write
from writers.encoders import image_bytes

_STOPS = np.array([[30, 60, 200], [40, 180, 220], [250, 230, 60], [240, 60, 30]], np.float32)  # cold to hot, RGB
_MOST = 0.65  # of the colour over the photograph, where it is hottest
TRUE, _CALLED = (60, 220, 60), (255, 255, 255)  # outlines: of the label, of what the model calls bad
_ROOM, _LETTERS = 22, 13  # pixels above a picture for its caption, and of the caption's font


def drawn(image: Image, heat: Heat, threshold: float, mask: Mask | None = None) -> U1:
    """Return a photograph (H, W, 3) uint8 under its heat: nothing where it is as good parts are, red from twice the
    threshold on, with a white outline around what is above the threshold.

    Args:
        image: the photograph.
        heat: what a model says of it.
        threshold: of the heat map, as in :class:`Heating`'s ``pixel_threshold``.
        mask: where it is defective, which gets a green outline; None where nobody says.
    """
    share = np.clip(heat.map / max(2 * threshold, 1e-6), 0, 1)
    cover = (_MOST * np.clip(2 * share - 0.4, 0, 1))[..., None]
    out = np.round(image * (1 - cover) + coloured(share) * cover).astype(np.uint8)
    for where, colour in ((heat.map > threshold, _CALLED), (mask, TRUE)):
        if where is not None:
            outline(out, where, colour)
    return out


def outline(picture: U1, mask: Mask, colour: Colour = TRUE) -> None:
    """Draw the outline of a mask (H, W) into a picture (H, W, 3) uint8, in place."""
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, lines, -1, colour, 1, cv2.LINE_AA)


def coloured(share: F4) -> F4:
    """Return colours (..., 3), 0 to 255, of values 0 to 1: blue, cyan, yellow, red."""
    at = np.clip(share, 0, 1) * (len(_STOPS) - 1)
    low = np.minimum(at.astype(np.int64), len(_STOPS) - 2)
    part = (at - low)[..., None].astype(np.float32)
    return np.asarray(_STOPS[low] * (1 - part) + _STOPS[low + 1] * part, np.float32)


def side_by_side(image: Image, heat: Heat, threshold: float, caption: str, mask: Mask | None = None) -> U1:
    """Return the photograph, and beside it the same under its heat, below a caption."""
    both = np.concatenate([image, drawn(image, heat, threshold, mask)], 1)
    return np.concatenate([_caption(caption, both.shape[1]), both])


def _caption(text: str, width: int) -> U1:
    """Return a white strip with as much of a text as fits."""
    strip = np.full((_ROOM, width, 3), 255, np.uint8)
    write(strip, fitted(text, width - 6, _LETTERS), 3, 3, _LETTERS, (0, 0, 0))
    return strip


def sheet(pictures: Sequence[U1], columns: int = 3) -> bytes:
    """Return pictures of any sizes as one PNG, in rows, white between them."""
    rows = [pictures[k : k + columns] for k in range(0, len(pictures), columns)]
    widths = [max(row[c].shape[1] for row in rows if c < len(row)) for c in range(min(columns, len(pictures)))]
    parts = []
    for row in rows:
        height = max(picture.shape[0] for picture in row)
        part = np.full((height + 8, sum(widths) + 8 * len(widths), 3), 255, np.uint8)
        left = 0
        for picture, width in zip(row, widths):
            part[: picture.shape[0], left : left + picture.shape[1]] = picture
            left += width + 8
        parts.append(part)
    return image_bytes(np.concatenate(parts))
