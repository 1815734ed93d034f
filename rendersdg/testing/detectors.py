"""What every detector keeps to. torch is imported when the check is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from detectors.contract import Detector

_CLASSES = 3


def check_detector(detector: str | Callable[[int, int], Detector], *, size: int = 64) -> None:
    """Raise AssertionError, with what is wrong, where a detector breaks the contract.

    ``detector`` is a name of the table or of an entry point, or a function (number of classes, size in pixels) that
    makes one; ``size`` is that of the squares it is tried with. It learns: its losses are finite scalars, for an image
    without objects too, and their gradient reaches its weights. It detects: at most 100 boxes an image, the best first,
    scores from 0 to 1, classes that there are; and what :meth:`dense` gives has the form that is exported.
    """
    import torch

    from detectors.contract import DETECTORS, MASK_STRIDE, Target

    make = DETECTORS[detector] if isinstance(detector, str) else detector
    who = f"detector {detector if isinstance(detector, str) else getattr(detector, '__name__', detector)}"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = make(_CLASSES, size).train()
        images = torch.rand(2, 3, size, size)
        targets = [
            Target(torch.tensor([[4.0, 6, 30, 40]]), torch.tensor([2])),
            Target(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)),
        ]
        if network.finds == "masks":
            side = size // MASK_STRIDE
            shape = torch.zeros(1, side, side)
            shape[:, 2:9, 1:7] = 1
            targets = [replace(t, masks=shape[: len(t.labels)]) for t in targets]
        if network.finds == "oriented boxes":
            turned = torch.tensor([[17.0, 23, 34, 12, 0.7]])
            targets = [replace(t, oriented=turned[: len(t.labels)]) for t in targets]
        parts = network.losses(images, targets)
        total = torch.stack(list(parts.values())).sum()
        total.backward()
        with torch.inference_mode():
            boxes, scores, *more = network.eval().dense(images)
            per_image = network.detect(images)
    assert network.rate > 0, f"{who}: rate is {network.rate}"
    for name, value in parts.items():
        assert value.ndim == 0, f"{who}: the loss {name} is not a scalar"
        assert torch.isfinite(value), f"{who}: the loss {name} is not finite"
    reached = sum(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in network.parameters())
    assert reached > 10, f"{who}: the gradient reaches {reached} tensors of weights"
    assert boxes.shape == (2, scores.shape[1], 4), f"{who}: dense() gives boxes of the shape {tuple(boxes.shape)}"
    assert scores.shape[2] == _CLASSES, f"{who}: dense() gives scores of {scores.shape[2]} classes, not {_CLASSES}"
    count = {"boxes": 0, "masks": 2, "oriented boxes": 1}[network.finds]
    assert len(more) == count, f"{who}: dense() gives {2 + len(more)} outputs"
    if network.finds == "oriented boxes":
        angles = tuple(more[0].shape)
        assert angles == (*scores.shape[:2], 1), f"{who}: dense() gives angles of the shape {angles}"
        assert all(one.oriented is not None for one in per_image), f"{who}: detect() gives no oriented boxes"
    elif more:
        coefficients, prototypes = (tuple(each.shape) for each in more)
        assert coefficients[:2] == scores.shape[:2], f"{who}: dense() gives coefficients of the shape {coefficients}"
        assert prototypes[:2] == (2, coefficients[2]), f"{who}: dense() gives prototypes of the shape {prototypes}"
    assert len(per_image) == 2, f"{who}: detect() gives {len(per_image)} results for 2 images"
    for one in per_image:
        assert one.xyxy.shape == (len(one.scores), 4), f"{who}: boxes have the shape {one.xyxy.shape}"
        assert len(one.scores) <= 100, f"{who}: {len(one.scores)} boxes in an image"
        assert (np.diff(one.scores) <= 0).all(), f"{who}: the best box is not the first"
        assert ((one.scores >= 0) & (one.scores <= 1)).all(), f"{who}: scores are not from 0 to 1"
        assert set(one.labels) <= set(range(_CLASSES)), f"{who}: a class that there is not: {set(one.labels)}"
