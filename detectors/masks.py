"""Instance masks: from what a network gives to runs of the image, and how much two of them share.

A network gives K prototypes, maps of the square at a quarter of its size, and K coefficients for each of its boxes. A
mask is where their sum, prototype times coefficient, is above 0, inside of the box (Bolya et al. 2019, YOLACT, arXiv
1904.02689). So it can be made after boxes are thinned, by the same NumPy code behind torch, ONNX and OpenVINO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from detectors.detections import Detections
from detectors.samples import Rle, Sample, Samples, Segmentation
from rendersdg import rle
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.extras import load

Library = Any  # of masks, imported on demand and without types that mypy follows


def masks_of(
    coefficients: F4, prototypes: F4, xyxy: F8, pixels_per_cell: float, size_wh: tuple[int, int]
) -> tuple[Rle, ...]:
    """Return the masks of N boxes, as runs of the whole image.

    Args:
        coefficients: (N, K).
        prototypes: (K, h, w) of the square, whose top left corner is the image's.
        xyxy: the boxes (N, 4) in pixels of the image. A pixel whose middle lies outside of its box is not in the mask.
        pixels_per_cell: of the image for each cell of the prototypes, along a side.
        size_wh: of the image, pixels.
    """
    width, height = size_wh
    masks: list[Rle] = []
    for own, (x0, y0, x1, y1) in zip(coefficients, xyxy.tolist()):
        left, right = _middles_between(x0, x1, width)
        top, bottom = _middles_between(y0, y1, height)
        inside = _levels(own, prototypes, np.arange(left, right), np.arange(top, bottom), pixels_per_cell) > 0
        counts = rle.runs(inside, (top, left), (height, width))
        masks.append({"size": [height, width], "counts": rle.compress(counts)})
    return tuple(masks)


def _middles_between(low: float, high: float, most: int) -> tuple[int, int]:
    """Return the first pixel whose middle is at ``low`` or beyond, and the first one whose middle is at ``high`` or
    beyond, of 0 to ``most``.
    """
    first, end = (int(np.clip(np.ceil(v - 0.5), 0, most)) for v in (low, high))
    return first, max(first, end)


def _levels(own: F4, prototypes: F4, columns: I8, rows: I8, pixels_per_cell: float) -> F4:
    """Return (rows, columns) levels of a mask at the middles of pixels, linear between the middles of cells."""
    across = _between(columns, prototypes.shape[2], pixels_per_cell)
    down = _between(rows, prototypes.shape[1], pixels_per_cell)
    if not len(columns) or not len(rows):
        return np.zeros((len(rows), len(columns)), np.float32)
    # only the cells around the box are summed
    x0, y0 = int(across[0][0]), int(down[0][0])
    x1, y1 = int(across[1][-1]) + 1, int(down[1][-1]) + 1
    cells = np.tensordot(own, prototypes[:, y0:y1, x0:x1], 1)
    one, other, share = down[0] - y0, down[1] - y0, down[2][:, None]
    cells = cells[one] * (1 - share) + cells[other] * share
    one, other, share = across[0] - x0, across[1] - x0, across[2][None]
    return np.asarray(cells[:, one] * (1 - share) + cells[:, other] * share, np.float32)


def _between(places: I8, cells: int, pixels_per_cell: float) -> tuple[I8, I8, F4]:
    """Return the cells before and after the middles of pixels, and how far from one to the other these lie, 0 to 1."""
    at = np.clip((places + 0.5) / pixels_per_cell - 0.5, 0, cells - 1)
    before = np.floor(at).astype(np.int64)
    return before, np.minimum(before + 1, cells - 1), (at - before).astype(np.float32)


def pixels_of(mask: Rle) -> Mask:
    """Return the (H, W) pixels of runs. Raises DatasetError for runs that are damaged."""
    counts = mask["counts"]
    height, width = mask["size"]
    return rle.mask_from_runs(rle.decompress(counts) if isinstance(counts, str) else counts, (height, width))


def crop_of(mask: Rle) -> tuple[int, int, Mask]:
    """Return the column and row of the top left pixel of what a mask covers, and that part of it, (h, w); an empty
    mask gives (0, 0).
    """
    whole = pixels_of(mask)
    rows, columns = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    if not len(rows):
        return 0, 0, whole[:0, :0]
    return int(columns[0]), int(rows[0]), whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def has_masks(detections: Sequence[Detections]) -> bool:
    """Return whether a detector said which pixels are an object's."""
    return bool(detections) and all(one.masks is not None for one in detections)


def unoutlined(truth: Samples) -> tuple[int, str]:
    """Return how many objects of a set have a box alone, and the first image with such a one; crowds are left aside."""
    counts = [len(sample.without_outline()) for sample in truth.images]
    first = next((str(s.file) for s, count in zip(truth.images, counts) if count), "")
    return sum(counts), first


def coco_runs(shape: Segmentation | None, size_wh: tuple[int, int]) -> Rle:
    """Return a segmentation as COCO's own code has it, polygons filled by its rule; nothing is an empty mask."""
    masks = _library()
    width, height = size_wh
    if shape is None:
        shape = {"size": [height, width], "counts": [height * width]}
    if not isinstance(shape, Mapping):
        runs = masks.merge(masks.frPyObjects([list(map(float, ring)) for ring in shape], height, width))
    elif isinstance(shape["counts"], list):
        runs = masks.frPyObjects(dict(shape), height, width)
    else:
        return shape
    counts = runs["counts"]
    return {"size": [height, width], "counts": counts if isinstance(counts, str) else counts.decode("ascii")}


def mask_overlap(found: Detections, sample: Sample, own: I8, crowd: Mask) -> F8:
    """Return (N, M) intersection over union of found masks with those of the objects ``own`` (M,) of an image.

    Over the area of what was found alone where ``crowd`` (M,) holds, as COCO does.
    """
    masks = _library()
    shapes = sample.segmentations or (None,) * len(sample.labels)
    truth = [_as_bytes(coco_runs(shapes[k], sample.size_wh)) for k in own]
    assert found.masks is not None
    mine = [_as_bytes(mask) for mask in found.masks]
    if not truth or not mine:
        return np.zeros((len(mine), len(truth)))
    return np.asarray(masks.iou(mine, truth, [int(c) for c in crowd]), np.float64).reshape(len(mine), len(truth))


def _library() -> Library:
    return load("faster_coco_eval.core.mask", "train", "masks that are judged")


def _as_bytes(mask: Rle) -> dict[str, object]:
    counts = mask["counts"]
    if isinstance(counts, list):
        counts = rle.compress(counts)
    return {"size": list(mask["size"]), "counts": counts.encode("ascii")}
