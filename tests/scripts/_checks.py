"""What scripts check with; not a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import omni.replicator.core as rep
import omni.usd
from pxr import Gf, Usd


def near(a: Any, b: Any, tolerance: float = 1e-5) -> None:
    """Raises AssertionError unless ``a`` and ``b`` have one shape and differ by ``tolerance`` at most."""
    assert np.shape(np.asarray(a, float)) == np.shape(np.asarray(b, float)), (a, b)
    assert np.allclose(np.asarray(a, float), np.asarray(b, float), atol=tolerance), (a, b)


def place(prim: Usd.Prim) -> Gf.Vec3d:
    """Return where a prim stands in the world."""
    return rep.functional.utils.get_world_position(prim)


def raises(kind: type[Exception], call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return what the exception of a call says. Raises AssertionError when there is none."""
    try:
        call(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call} raised nothing")


def stage() -> Usd.Stage:
    """Return the stage that is open."""
    return omni.usd.get_context().get_stage()
