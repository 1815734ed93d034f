"""Oriented boxes: rectangles that are turned, what outlines they stand for, and how much two of them share.

A rectangle is x and y of its middle, width, height and angle: pixels, and radians from the x axis to its width,
clockwise as the image is seen (y points down). In its standard form, which everything here returns, the width is the
longer side and the angle goes from -pi / 2 up to pi / 2, exclusive: the convention that others call le90, or long edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from detectors.detections import Detections
from detectors.masks import crop_of, unoutlined
from detectors.matching import Overlap, box_overlap
from detectors.samples import Rle, Sample, Samples, Segmentation
from rendersdg.arrays import F8, I8, Mask
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.kernels.quadrilaterals import shared_areas, thinned_quadrilaterals

LEAST_SIDE = 1.0  # pixels: what is seen of an object is not thinner
_SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2


def standard(rectangles: F8) -> F8:
    """Return rectangles (N, 5) in the standard form, the same places of the image.

    >>> standard(np.array([[5, 5, 2, 8, 0]])).round(3).tolist()
    [[5.0, 5.0, 8.0, 2.0, -1.571]]
    """
    out = np.array(rectangles, np.float64).reshape(-1, 5)
    lying = out[:, 2] < out[:, 3]
    out[lying, 2:4] = out[lying, 3:1:-1]
    out[:, 4] = np.mod(out[:, 4] + np.where(lying, np.pi, np.pi / 2), np.pi) - np.pi / 2
    out[out[:, 4] >= np.pi / 2, 4] = -np.pi / 2  # what rounding made of an angle just below
    return out


def corners_of(rectangles: F8) -> F8:
    """Return the corners (N, 4, 2) of rectangles (N, 5), clockwise as the image is seen.

    The first is where the width and the height begin; from the first to the second the width runs.
    """
    sides = _SIGNS * rectangles[:, None, 2:4]
    cosine, sine = np.cos(rectangles[:, 4:5]), np.sin(rectangles[:, 4:5])
    x = sides[..., 0] * cosine - sides[..., 1] * sine
    y = sides[..., 0] * sine + sides[..., 1] * cosine
    return np.stack([x, y], axis=2) + rectangles[:, None, :2]


def enclosing(rectangles: F8) -> F8:
    """Return the upright boxes (N, 4), left, top, right and bottom, that just hold rectangles (N, 5)."""
    cosine, sine = np.abs(np.cos(rectangles[:, 4])), np.abs(np.sin(rectangles[:, 4]))
    width, height = rectangles[:, 2], rectangles[:, 3]
    half = np.stack([width * cosine + height * sine, width * sine + height * cosine], axis=1) / 2
    return np.concatenate([rectangles[:, :2] - half, rectangles[:, :2] + half], axis=1)


def turned(xyxy: F8, angles: F8) -> F8:
    """Return the rectangles (N, 5) that boxes (N, 4) become when each is turned about its middle by an angle (N,)."""
    sides = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0)
    return standard(np.concatenate([(xyxy[:, :2] + xyxy[:, 2:]) / 2, sides, angles[:, None]], axis=1))


def around(points: F8) -> F8:
    """Return the smallest rectangle (5,) around points (K, 2), by OpenCV's rotating calipers; each side is a pixel or
    more.
    """
    start = points.mean(0)  # OpenCV computes in float32, whose steps are small about 0
    (x, y), (width, height), degrees = cv2.minAreaRect(np.asarray(points - start, np.float32))
    sides = [max(side, LEAST_SIDE) for side in (width, height)]
    return standard(np.array([[x + start[0], y + start[1], *sides, np.radians(degrees)]]))[0]


def around_mask(mask: Mask, left: int = 0, top: int = 0) -> F8:
    """Return the smallest rectangle (5,) around the pixels of a mask (H, W), whose top left pixel is at ``left`` and
    ``top`` of the image. Raises DatasetError for one without pixels.
    """
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        raise DatasetError("a mask covers no pixel, so there is no rectangle around it")
    inside = mask[rows]
    first = inside.argmax(1)
    last = mask.shape[1] - inside[:, ::-1].argmax(1)  # exclusive
    # the corners of the pixels at both ends of each row: nothing of the mask lies outside of their hull
    points = [np.stack([x, rows + below], axis=1) for x in (first, last) for below in (0, 1)]
    return around(np.concatenate(points) + np.array([left, top], np.float64))


def of_segmentation(shape: Segmentation | None, xyxy: F8) -> F8:
    """Return the smallest rectangle (5,) around an object's outlines or mask; its box (4,) where it has neither.

    Raises DatasetError for runs that are damaged, or cover no pixel.
    """
    if shape is None:
        return turned(xyxy[None], np.zeros(1))[0]
    if isinstance(shape, Mapping):
        runs: Rle = shape
        left, top, part = crop_of(runs)
        return around_mask(part, left, top)
    return around(np.concatenate([np.reshape(np.asarray(ring, np.float64), (-1, 2)) for ring in shape]))


def of_sample(sample: Sample) -> F8:
    """Return the rectangles (N, 5) of an image's objects, see :func:`of_segmentation`; crowd regions may have a box
    alone. Raises DatasetError, naming the image and the box, for a mask without pixels.
    """
    shapes = sample.segmentations or (None,) * len(sample.labels)
    rows = []
    for k, shape in enumerate(shapes):
        try:
            rows.append(of_segmentation(shape, sample.xyxy[k]))
        except DatasetError as error:
            raise DatasetError(f"{sample.file}: box {k + 1}: {error}") from None
    return np.array(rows, np.float64).reshape(-1, 5)


def iou(a: F8, b: F8, crowd: Mask | None = None) -> F8:
    """Return (N, M) intersection over union of rectangles (N, 5) and (M, 5); over the area of ``a`` alone where ``b``
    is a crowd region (M,).

    >>> cross = iou(np.array([[5, 5, 8, 2, np.pi / 4]]), np.array([[5, 5, 8, 2, -np.pi / 4]]))
    >>> round(float(cross[0, 0]), 6)  # 4 of 16 + 16 - 4
    0.142857
    """
    shared = shared_by(a, b)
    area_a, area_b = a[:, 2] * a[:, 3], b[:, 2] * b[:, 3]
    aside = np.zeros(len(b), bool) if crowd is None else crowd
    return shared / np.maximum(area_a[:, None] + np.where(aside, shared, area_b[None]) - shared, 1e-12)


def shared_by(a: F8, b: F8) -> F8:
    """Return (N, M) the areas that rectangles (N, 5) and (M, 5) share."""
    return shared_areas(np.ascontiguousarray(corners_of(a)), np.ascontiguousarray(corners_of(b)))


def thinned(rectangles: F8, labels: I8, iou: float, most: int) -> I8:
    """Return the places of the rectangles that stay: none before them of their class overlaps them by more than
    ``iou``; see :func:`detectors.postprocess.thinned`.
    """
    corners = np.ascontiguousarray(corners_of(rectangles))
    return thinned_quadrilaterals(corners, np.ascontiguousarray(labels, np.int64), float(iou), most)


def has_oriented(detections: Sequence[Detections]) -> bool:
    """Return whether a detector said how the objects are turned."""
    return bool(detections) and all(one.oriented is not None for one in detections)


def overlap_of(truth: Samples, detections: Sequence[Detections]) -> Overlap:
    """Return how much a detection and an object share: of oriented boxes where the detector finds them, else of upright
    ones. Raises DatasetError where oriented ones are to be judged and an object has a box alone.
    """
    if not has_oriented(detections):
        return box_overlap
    refuse_unoutlined(truth, "this model is judged by its oriented boxes")
    known = {id(sample): of_sample(sample) for sample in truth.images}

    def overlap(found: Detections, sample: Sample, own: I8, crowd: Mask) -> F8:
        assert found.oriented is not None
        return iou(found.oriented, known[id(sample)][own], crowd)

    return overlap


def refuse_unoutlined(samples: Samples, why: str) -> None:
    """Raise DatasetError, saying ``why``, where an object of a set has a box alone, which does not say how it is
    turned.
    """
    count, first = unoutlined(samples)
    if count:
        raise DatasetError(
            f"{samples.name}: {counted(count, 'object')} have a box alone, the first in {first}; {why}: give the "
            "objects outlines, masks or four corners"
        )


def cut_to(rectangles: F8, window: tuple[float, float, float, float], least_share: float) -> tuple[F8, Mask]:
    """Return rectangles (N, 5) of what a window shows of them, and which of them (N,) it shows enough of.

    One that lies inside stays as it is. Of another the smallest rectangle is taken around the part that is seen, as it
    would be labelled in the picture.

    Args:
        rectangles: (N, 5).
        window: left, top, right and bottom, pixels.
        least_share: of a rectangle's area, 0 to 1, that must be seen.
    """
    out, seen = rectangles.copy(), np.zeros(len(rectangles), bool)
    low, high = np.array(window[:2], float), np.array(window[2:], float)
    for k, corners in enumerate(corners_of(rectangles)):
        if (corners >= low).all() and (corners <= high).all():
            seen[k] = rectangles[k, 2] > 0 and rectangles[k, 3] > 0
            continue
        part = _clipped(corners, low, high)
        area = float(cv2.contourArea((part - part.mean(0)).astype(np.float32))) if len(part) > 2 else 0.0
        seen[k] = area > 0 and area >= least_share * rectangles[k, 2] * rectangles[k, 3]
        if seen[k]:
            out[k] = around(part)
    return out, seen


def _clipped(points: F8, low: F8, high: F8) -> F8:
    """Return the polygon (K, 2) that is left of another within an upright box (Sutherland and Hodgman 1974)."""
    for axis in (0, 1):
        for sign, limit in ((1, low[axis]), (-1, high[axis])):
            inside = sign * (points[:, axis] - limit)
            kept = []
            for k in range(len(points)):
                a, b = inside[k - 1], inside[k]
                if a * b < 0:
                    kept.append(points[k - 1] + (points[k] - points[k - 1]) * a / (a - b))
                if b >= 0:
                    kept.append(points[k])
            points = np.array(kept).reshape(-1, 2)
    return points
