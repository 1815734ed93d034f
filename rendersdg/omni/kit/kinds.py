"""Enumerations as Omniverse's bindings have them."""

from __future__ import annotations

from enum import Enum, IntEnum


class Kind(IntEnum):
    """Named numbers that print as Omniverse's do."""

    __str__ = Enum.__str__
