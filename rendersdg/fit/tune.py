"""Numbers of a scene, tuned together until its frames cannot be told from photographs by their statistics.

Gauss-Newton with finite differences: each number is scaled a little, the frames are rendered again by the same seed,
and the step is the one that takes the means of all statistics nearest to the photographs' by the measure that a linear
classifier goes by (Mahalanobis). The frames' draws are the same in each trial, so differences are the numbers' own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from rendersdg.errors import BadArgument, BadScene, did_you_mean
from rendersdg.fit.edit import arguments, changed
from rendersdg.fit.statistics import Table, limited, rows, scatter

_STEP = 1.3  # by which a number is scaled to see what it does
_FARTHEST = 0.35  # that the logarithm of a number moves in a round
_INERTIA = 0.8  # how dear a change is, in units of the gap
_PARTS = ("lower", "upper", "mean", "std", "choices", "items", "distributions")  # what scales in a distribution


@dataclass(frozen=True)
class Number:
    """An argument of a call, GROUP.FUNCTION.ARGUMENT: a number or a distribution, scaled as a whole.

    What is called a gain is scaled by its distance from 1, where it does nothing.
    """

    group: str
    function: str
    argument: str

    @classmethod
    def of(cls, spec: str) -> Number:
        """Return the one that a text names. Raises BadArgument."""
        group, _, rest = spec.partition(".")
        function, _, argument = rest.rpartition(".")
        if not (group and "." in function and argument):
            raise BadArgument(f"{spec!r} names no argument; write GROUP.FUNCTION.ARGUMENT, as marks.defects.pit.gain")
        return cls(group, function, argument)

    def scaled(self, text: str, factor: float) -> str:
        """Return the scene's text with this number times ``factor``. Raises BadScene without it,
        BadArgument for no number.
        """
        there = arguments(text, self.group, self.function)
        if self.argument not in there:
            raise BadScene(f"{self.group}: {self.function} sets no {self.argument}{did_you_mean(self.argument, there)}")
        old, gain = there[self.argument], self.argument.endswith("gain")
        if _scaled(old, 2, gain) == old:
            raise BadArgument(
                f"{self.group}.{self.function}.{self.argument}: nothing in {old!r} scales; give a number or a "
                "distribution of numbers, "
                f"other than {1 if gain else 0}"
            )
        new = _scaled(old, factor, gain)
        dumped = yaml.safe_dump(new, default_flow_style=True, width=10**6).removesuffix("...\n").strip()
        return changed(text, self.group, self.function, {self.argument: dumped})


def _scaled(value: Any, factor: float, gain: bool) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(f"{max(1 + (value - 1) * factor, 0.0) if gain else value * factor:.4g}")
    if isinstance(value, list):
        return [_scaled(entry, factor, gain) for entry in value]
    if isinstance(value, dict):
        return {
            k: _scaled(v, factor, gain and k != "std") if k in _PARTS or k.startswith("distribution.") else v
            for k, v in value.items()
        }
    return value


def tuned(
    text: str,
    rendered: Table,
    numbers: Sequence[Number],
    real: Table,
    measure: Callable[[str], Table],
    rounds: int,
    log: Callable[[str], None] = lambda text: None,
) -> tuple[str, Table]:
    """Return a scene's text with numbers tuned, or as it was where no round did better, and its frames' statistics.

    Args:
        text: the scene.
        rendered: the statistics of the scene's frames as it is.
        numbers: what is tuned.
        real: the statistics of the photographs.
        measure: renders a scene's text and returns the statistics.
        rounds: how often all numbers are moved.
        log: is called with a line before each round and after the last.

    Raises:
        BadArgument: a number does not scale.
        BadScene: the scene lacks one.
    """
    best = (np.inf, text, rendered)
    for turn in range(rounds + 1):
        both = np.concatenate([rows(real), rows(rendered)])
        photographs, frames = (limited(rows(each), both) for each in (real, rendered))
        whiten = np.linalg.inv(np.linalg.cholesky(scatter([photographs, frames])))
        gap = whiten @ (frames.mean(0) - photographs.mean(0))
        away = float(np.linalg.norm(gap))
        log(f"tuning {turn}/{rounds}: {away:.2f} standard deviations from the photographs, all statistics together")
        best = min(best, (away, text, rendered), key=lambda entry: entry[0])
        if turn < rounds:
            moved = [limited(rows(measure(number.scaled(text, _STEP))), both).mean(0) for number in numbers]
            slopes = whiten @ (np.stack(moved, 1) - frames.mean(0)[:, None]) / np.log(_STEP)
            held = np.vstack([slopes, _INERTIA * np.eye(len(numbers))])
            step = np.linalg.lstsq(held, np.concatenate([-gap, np.zeros(len(numbers))]), rcond=None)[0]
            for number, size in zip(numbers, np.clip(step, -_FARTHEST, _FARTHEST)):
                text = number.scaled(text, float(np.exp(size)))
            rendered = measure(text)
    return best[1:]
