"""A served model in this process, whose network finds one box in everything."""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.runtime import Model
from detectors.serving.budget import Budget
from detectors.serving.metrics import Metrics
from detectors.serving.pool import Pool
from detectors.serving.served import Served
from detectors.wire import Limits


def toy(**changes: Any) -> Served:
    """Return a served model; ``changes`` replace its fields."""

    def network(images: Any) -> tuple[Any, Any]:
        count = len(images)
        return np.full((count, 1, 4), [1, 2, 11, 12], np.float32), np.full((count, 1, 1), 0.75, np.float32)

    budget = changes.pop("budget", Budget(64 << 20))
    fields = {
        "name": "toy",
        "pool": Pool([Model(network, ("a",), Preprocess(16), Postprocess(0.5), "toy")]),
        "limits": Limits(1 << 20, 4, 1_000_000),
        "least": 0.25,
        "timeout_s": 0.3,
        "token": None,
        "budget": budget,
        "metrics": Metrics("toy", lambda: float(budget.held)),
    }
    return Served(**(fields | changes))
