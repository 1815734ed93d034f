"""What is not a finite number in a frozen scene: all that a backend sees, however deep it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from rendersdg.snapshot import Snapshot


def astray(snapshot: Snapshot) -> list[str]:
    """Return the places of a snapshot that hold NaN or infinity."""
    return list(_astray(snapshot, "snapshot"))


def _astray(value: object, place: str) -> Iterator[str]:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            yield place
    elif isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            yield place
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _astray(one, f"{place}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from _astray(one, f"{place}[{number}]")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _astray(getattr(value, field.name), f"{place}.{field.name}")
