"""``omni.kit.undo``: nothing is undone, so all of it does nothing."""

from __future__ import annotations

from contextlib import nullcontext

__all__ = ["clear_stack", "disabled", "group", "redo", "undo"]

group = disabled = nullcontext


def undo(*args: object, **options: object) -> None:
    """Do nothing."""


redo = clear_stack = undo
