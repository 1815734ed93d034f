"""``carb``: the log, and vectors whose parts have names."""

from __future__ import annotations

import logging

from pxr import Gf

__all__ = [
    "Double2",
    "Double3",
    "Double4",
    "Float2",
    "Float3",
    "Float4",
    "Int2",
    "Int3",
    "log_error",
    "log_info",
    "log_verbose",
    "log_warn",
]

_LOG = logging.getLogger("rendersdg.script")


def log_verbose(text: object, *args: object) -> None:
    """Log at the level DEBUG."""
    _LOG.debug("%s", text)


def log_info(text: object, *args: object) -> None:
    """Log at the level INFO."""
    _LOG.info("%s", text)


def log_warn(text: object, *args: object) -> None:
    """Log at the level WARNING."""
    _LOG.warning("%s", text)


def log_error(text: object, *args: object) -> None:
    """Log at the level ERROR."""
    _LOG.error("%s", text)


def _vector(kind: type) -> type:
    """Return a vector of carb's: one of Gf's whose parts are called x, y, z and w too."""

    def part(k: int) -> property:
        return property(lambda self: self[k])

    doc = f"A Gf.{kind.__name__} whose parts have names."
    return type(kind.__name__, (kind,), {"__doc__": doc, **{name: part(k) for k, name in enumerate("xyzw")}})


Float2 = _vector(Gf.Vec2f)
Float3 = _vector(Gf.Vec3f)
Float4 = _vector(Gf.Vec4f)
Double2 = _vector(Gf.Vec2d)
Double3 = _vector(Gf.Vec3d)
Double4 = _vector(Gf.Vec4d)
Int2 = _vector(Gf.Vec2i)
Int3 = _vector(Gf.Vec3i)
