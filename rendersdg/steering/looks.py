"""How labelled objects look in their pictures, and a model of harm by looks: from photographs to rendered objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.preprocess import Image
from rendersdg.arrays import F8

NAMES = ("size", "aspect", "contrast", "strength", "light", "texture", "sharpness")
_RING = 0.5  # of a box's side: how wide the ring around it is that it is compared with
_RIDGE = 1.0  # per row: how dear a large coefficient is
# of each look: photographs that are all alike in one tell nothing of objects that differ in it
_LEAST_SPREAD = np.array([0.3, 0.3, 0.05, 0.05, 0.05, 0.02, 0.5])
_FEWEST = 20  # objects, below which no model is made


def looks_of(rgb: Image, box: F8) -> F8:
    """Return how an object looks, (7,) float64 by :data:`NAMES`.

    ``size`` is the logarithm of its share of the picture, ``aspect`` that of width over height; ``contrast`` its mean
    grey level less that of a ring around it, 0 to 1, ``strength`` the same without sign, ``light`` the ring's mean,
    ``texture`` its deviation; ``sharpness`` the logarithm of the variance of the Laplacian inside the box.

    Args:
        rgb: the picture, (H, W, 3) uint8.
        box: (4,) pixels, right and bottom exclusive.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255
    height, width = grey.shape
    x0, y0, x1, y1 = (float(v) for v in box)
    wide, high = max(x1 - x0, 1.0), max(y1 - y0, 1.0)
    inside = _part(grey, x0, y0, x1, y1)
    around = np.zeros(grey.shape, bool)
    _part(around, x0 - _RING * wide, y0 - _RING * high, x1 + _RING * wide, y1 + _RING * high)[...] = True
    _part(around, x0, y0, x1, y1)[...] = False
    ring = grey[around] if around.any() else grey.ravel()
    contrast = float(inside.mean() - ring.mean())
    sharp = float(cv2.Laplacian(inside, cv2.CV_64F).var())
    return np.array(
        [
            np.log(wide * high / (width * height)),
            np.log(wide / high),
            contrast,
            abs(contrast),
            float(ring.mean()),
            float(ring.std()),
            np.log(sharp + 1e-6),
        ]
    )


def _part(image: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """Return a view of an image's pixels in a box, at least one pixel of it."""
    height, width = image.shape
    left, top = min(max(int(x0), 0), width - 1), min(max(int(y0), 0), height - 1)
    return image[top : max(min(int(np.ceil(y1)), height), top + 1), left : max(min(int(np.ceil(x1)), width), left + 1)]


@dataclass(frozen=True, eq=False)
class HarmByLooks:
    """Harm as a function of class and looks: a ridge regression on looks and their squares.

    ``explained`` is the share of the variance of harm that it explains on objects that it was not fitted to.
    """

    classes: tuple[str, ...]
    middle: F8
    scale: F8
    weights: F8
    explained: float

    def __call__(self, looks: F8, labels: Sequence[str]) -> F8:
        """Return the harm to expect, (N,) 0 to 1, of looks (N, 7) and classes."""
        return np.asarray(np.clip(self._rows(looks, labels) @ self.weights, 0, 1), np.float64)

    def _rows(self, looks: F8, labels: Sequence[str]) -> F8:
        return _design(looks, labels, self.classes, self.middle, self.scale)


def fit_harm(looks: F8, labels: Sequence[str], harm: F8) -> HarmByLooks | None:
    """Return a model of harm, None of fewer than twenty objects.

    Args:
        looks: (N, 7) float64, see :func:`looks_of`.
        labels: the class of each object.
        harm: (N,) float64, 0 to 1.
    """
    if len(harm) < _FEWEST:
        return None
    classes = tuple(sorted(set(labels)))
    middle, scale = looks.mean(0), np.maximum(looks.std(0), _LEAST_SPREAD)
    rows = _design(looks, labels, classes, middle, scale)
    # every fifth object is kept back to see what the model is worth
    kept = np.arange(len(harm)) % 5 == 0
    trial = _solved(rows[~kept], harm[~kept])
    error = ((rows[kept] @ trial - harm[kept]) ** 2).mean()
    explained = 1 - error / max(float(harm[kept].var()), 1e-9)
    return HarmByLooks(classes, middle, scale, _solved(rows, harm), float(explained))


def _design(looks: F8, labels: Sequence[str], classes: Sequence[str], middle: F8, scale: F8) -> F8:
    z = np.clip((looks - middle) / scale, -3, 3)  # rendered objects may look as no photograph does
    known = np.array([[float(label == name) for name in classes] for label in labels]).reshape(len(looks), len(classes))
    return np.concatenate([np.ones((len(looks), 1)), known, z, z * z], 1)


def _solved(rows: F8, harm: F8) -> F8:
    dear = _RIDGE * np.eye(rows.shape[1])
    dear[0, 0] = 0.0  # the mean is free
    return np.asarray(np.linalg.solve(rows.T @ rows + dear, rows.T @ harm), np.float64)
