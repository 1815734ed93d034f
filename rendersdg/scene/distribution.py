"""``rep.distribution``: what values may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from rendersdg.graph.distributions import Choice, Combine, Distribution, LogUniform, Normal, SequenceOf, Uniform
from rendersdg.graph.nodes import Prims
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Anything, FixedBoolean, FixedInteger, FixedText, FixedValues, Values


def uniform(
    lower: Anything,
    upper: Anything,
    num_samples: FixedInteger = 1,
    seed: FixedInteger | None = None,
    name: FixedText | None = None,
) -> Distribution:
    """Uniform between two bounds, per component. The number of samples follows the number of prims."""
    return Uniform(lower, upper, seed=seed, name=name)


def normal(
    mean: Anything,
    std: Anything,
    num_samples: FixedInteger = 1,
    seed: FixedInteger | None = None,
    name: FixedText | None = None,
) -> Distribution:
    """Gaussian, per component."""
    return Normal(mean, std, seed=seed, name=name)


def log_uniform(
    lower: Anything,
    upper: Anything,
    num_samples: FixedInteger = 1,
    seed: FixedInteger | None = None,
    name: FixedText | None = None,
) -> Distribution:
    """Uniform in the logarithm, between two positive bounds."""
    return LogUniform(lower, upper, seed=seed, name=name)


def choice(
    choices: Values,
    weights: FixedValues = None,
    num_samples: FixedInteger = 1,
    seed: FixedInteger | None = -1,
    with_replacements: FixedBoolean = True,
    name: FixedText | None = None,
) -> Distribution:
    """Pick entries of a list: values, paths, prims or nested distributions."""
    return Choice(
        _spread(choices),
        cast("Sequence[float] | None", weights),  # Choice checks them
        True if with_replacements is None else bool(with_replacements),
        int(num_samples or 1),
        seed=seed,
        name=name,
    )


def sequence(
    items: FixedValues,
    ordered: FixedBoolean = True,
    seed: FixedInteger | None = -1,
    name: FixedText | None = None,
    stride: FixedInteger | None = None,
) -> Distribution:
    """Step through a list, one entry per execution, wrapping around."""
    return SequenceOf(_spread(items), bool(ordered), int(stride or 1), seed=seed, name=name)


def combine(distributions: FixedValues, name: FixedText | None = None) -> Distribution:
    """Join scalars, lists and distributions into one value of several components."""
    parts = cast("Sequence[object]", distributions)  # Combine looks at it
    return Combine(list(parts) if isinstance(parts, (tuple, np.ndarray)) else parts, name=name)


def shared(name: str, distribution: Distribution) -> Distribution:
    """Return a distribution with a stream of its own name: used in two places, it gives both the same values."""
    return replace(distribution, site=f"group/{name}")


def _spread(choices: Values) -> Any:
    """Return the prims of a handle as a list of paths (each is a choice of its own)."""
    if isinstance(choices, Prims):
        return choices.resolve({})
    if isinstance(choices, (list, tuple)) and any(isinstance(c, Prims) for c in choices):
        return [p for c in choices for p in (current().prims(c).resolve({}) if isinstance(c, Prims) else [c])]
    return choices
