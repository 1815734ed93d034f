"""Parameters, views and outcomes made by hand, for the tests of steering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rendersdg.graph.distributions import Choice, Uniform
from rendersdg.graph.nodes import Node
from rendersdg.graph.parameters import Parameter
from rendersdg.steering.outcomes import Outcome, View
from writers.encoders import image_bytes


def number(name: str, low: float = 0.0, high: float = 1.0) -> Parameter:
    """Return a number that is drawn evenly."""
    node = Node(f"marks/{name}", "modify.attribute", {})
    site = f"marks/{name}"
    return Parameter(site, site, (), None, None, low, high, "linear", (), (), False, Uniform(low, high), node)


def entries(name: str, *listed: Any, weights: tuple[float, ...]) -> Parameter:
    """Return a choice."""
    node = Node(f"marks/{name}", "modify.attribute", {})
    choice = Choice(list(listed), list(weights))
    shares = tuple(w / sum(weights) for w in weights)
    site = f"marks/{name}"
    return Parameter(site, site, (), None, None, 0, 0, "entries", tuple(listed), shares, False, choice, node)


def outcome(values: Mapping[str, Any], score: float, group: int, *, is_object: bool = True) -> Outcome:
    """Return one row, of the picture of its group."""
    return Outcome({f"marks/{k}": v for k, v in values.items()}, "mark", score, is_object, group, group, np.zeros(4))


def view(frame: int, **common: Any) -> View:
    """Return a black picture without labels."""
    png = image_bytes(np.zeros((8, 8, 3), np.uint8))
    none = np.zeros((0, 4)), np.zeros(0, np.int64)
    return View(frame, "view", png, *none, (), {f"marks/{k}": v for k, v in common.items()})
