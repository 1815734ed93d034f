"""One prim's attributes as things stand: what operations wrote comes before what the stage says."""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import Usd

from rendersdg.stage.state import SceneState


class Attributes:
    """Reads the attributes of ``prim`` under a state; ``prefixes`` are tried in turn before each name.

    ``written`` is what operations wrote, by prim path and name, of all prims.
    """

    def __init__(self, state: SceneState, prim: Usd.Prim, prefixes: tuple[str, ...] = ("",)) -> None:
        self.path = str(prim.GetPath())
        self._prim = prim
        self.written = state.attributes
        self._report = state.base.report
        self._time = state.base.time
        self._prefixes = prefixes

    def get(self, name: str, default: Any) -> Any:
        """Return the value of an attribute, ``default`` where it has none.

        What is authored under any of its names comes before what the schema has for the first.
        """
        found = None
        for full in (prefix + name for prefix in self._prefixes):
            if (self.path, full) in self.written:
                return self.written[self.path, full]
            attribute = self._prim.GetAttribute(full)
            if attribute and (value := attribute.Get(self._time)) is not None:
                if attribute.HasAuthoredValue():
                    return value
                found = value if found is None else found
        return default if found is None else found

    def number(self, name: str, default: float) -> float:
        """Return the value of an attribute as a float; ``default``, reported, for what :meth:`numbers` leaves out."""
        return self.numbers(name, (default,))[0]

    def numbers(self, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Return the value of an attribute as so many floats as ``default`` has. That is what is returned, and it is
        reported, where the value is of another type or holds NaN; or infinity, where the default is finite.
        """
        value = self.get(name, None)
        if value is None:
            return default
        try:
            numbers = tuple(float(v) for v in (value if hasattr(value, "__len__") else (value,)))
        except (TypeError, ValueError, OverflowError):
            numbers = ()
        if len(numbers) == len(default) and not isinstance(value, str):
            if np.isfinite(numbers).all() or (not np.isfinite(default).all() and not np.isnan(numbers).any()):
                return numbers
            fault = "it holds NaN or infinity"
        else:
            fault = f"{str(value)[:80]!r} is not {'a number' if len(default) == 1 else f'{len(default)} numbers'}"
        self._report.ignored(f"{self.path}.{name}", f"it is left out: {fault}")
        return default

    def applied(self) -> list[str]:
        """Return the names of the API schemas that are applied, known to this USD or not."""
        return [str(name) for name in self._prim.GetPrimTypeInfo().GetAppliedAPISchemas()]

    def targets(self, relationship: str) -> list[str]:
        """Return the paths that a relationship points to."""
        return [str(path) for path in self._prim.GetRelationship(relationship).GetTargets()]
