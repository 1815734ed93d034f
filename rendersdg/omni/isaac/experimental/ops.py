"""``isaacsim.core.experimental.utils.ops``: arrays, which are Warp's in Isaac Sim and NumPy's here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap

__all__ = ["broadcast_to", "parse_device", "place", "resolve_indices"]

Values: TypeAlias = VectorLike | ArrayLike  # numbers of any library's, or names
DType: TypeAlias = Any  # of NumPy or of Warp
Indices: TypeAlias = VectorLike | None  # which of several prims; None is all


class Array(np.ndarray):
    """An array that answers to what Warp's arrays answer to, too: ``numpy()``, ``list()`` and ``device``."""

    device = "cpu"

    def numpy(self) -> np.ndarray:
        """Return it as a plain array."""
        return np.asarray(self)

    def list(self) -> list[Any]:
        """Return its values in order, each as Python has it, or rows of them."""
        return self.tolist()

    def to(self, device: object) -> Array:
        """Return it: there is one device."""
        return self


def array(values: Values, dtype: DType = np.float32) -> Array:
    """Return values of any library's as an array; ``dtype`` is NumPy's, or one of Warp's by its name."""
    plain = values.numpy() if hasattr(values, "numpy") else unwrap(values)
    return np.array(plain, _dtype(dtype)).view(Array)


def _dtype(dtype: DType) -> np.dtype[Any] | None:
    """Return NumPy's name of a type; Warp's are called alike."""
    if dtype is None:
        return None
    name = getattr(dtype, "__name__", "")
    return np.dtype(name if getattr(dtype, "__module__", "").startswith("warp") else dtype)


def parse_device(device: object = None, *, raise_on_invalid: bool = False) -> str:
    """Return the device: there is one, the processor."""
    return "cpu"


def place(x: Values, *, dtype: DType = None, device: object = None) -> Array:
    """Return values as an array, a number as one of length 1."""
    placed = array(x, dtype)
    return array(np.atleast_1d(placed), None)


def resolve_indices(
    x: Indices = None, *, count: int | None = None, dtype: DType = np.int32, device: object = None
) -> Array:
    """Return indices as a flat array; without any, 0 to ``count``."""
    if x is None and count is None:
        raise BadArgument("resolve_indices needs the indices, or count", where=current().where())
    return array(np.ravel(array(np.arange(count or 0) if x is None else x, np.int32 if dtype is None else dtype)), None)


def broadcast_to(x: Values, *, shape: Sequence[int], dtype: DType = None, device: object = None) -> Array:
    """Return values as an array of a shape, by NumPy's rules. Raises BadArgument where they do not fit."""
    values = array(x, dtype)
    try:
        return np.array(np.broadcast_to(values, tuple(shape))).view(Array)
    except ValueError:
        raise BadArgument(
            f"values of shape {values.shape} do not fit {tuple(shape)}", where=current().where()
        ) from None
