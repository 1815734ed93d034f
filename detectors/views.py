"""Test-time augmentation: a detector looks at each picture several times, and its findings are put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detectors.detections import Finds
from detectors.runtime import Model, Network
from rendersdg.arrays import F4


def with_mirrors(model: Model) -> Model:
    """Return a model that looks at each picture as it is and mirrored, at twice the cost.

    Boxes of both views are candidates side by side, and its own suppression of overlapping ones keeps the best.
    """
    return replace(model, network=_mirrored(model.network, model.finds))


def _mirrored(network: Network, finds: Finds) -> Network:
    def both(images: F4) -> tuple[F4, ...]:
        boxes, scores, *own = network(images)
        size = images.shape[-1]
        turned, others, *mirrored = network(np.ascontiguousarray(images[..., ::-1]))
        # left and right change places; boxes are edges, so the mirror of x is size - x
        back = np.stack([size - turned[..., 2], turned[..., 1], size - turned[..., 0], turned[..., 3]], axis=-1)
        found = np.concatenate([boxes, back], axis=1), np.concatenate([scores, others], axis=1)
        if not own:
            return found
        if finds == "oriented boxes":  # what turned one way turns the other way in a mirror
            return *found, np.concatenate([own[0], -mirrored[0]], axis=1)
        # the prototypes of both views side by side; boxes of one have coefficients of 0 for those of the other
        coefficients, prototypes = zip(own, mirrored)
        none = [np.zeros_like(each) for each in coefficients]
        rows = [np.concatenate([coefficients[0], none[0]], axis=2), np.concatenate([none[1], coefficients[1]], axis=2)]
        return *found, np.concatenate(rows, axis=1), np.concatenate([prototypes[0], prototypes[1][..., ::-1]], axis=1)

    return both
