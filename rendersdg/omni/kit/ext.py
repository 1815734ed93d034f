"""``omni.ext``: what extensions derive from."""

from __future__ import annotations

__all__ = ["IExt"]


class IExt:
    """An extension. None is started here."""
