"""What scripts may pass for a prim, a path or a vector: the types that Omniverse's functions take at their doors."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from pxr import Gf, Sdf, Usd

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.replicator import values
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap


class HasPrim(Protocol):
    """One of Isaac Sim's objects: it stands for a prim."""

    @property
    def prim(self) -> Usd.Prim:
        """The prim."""


PathLike: TypeAlias = Sdf.Path | str
PrimLike: TypeAlias = values.PrimLike | HasPrim
# numbers of any library's: lists, arrays, tensors with ``numpy()``, Gf's vectors, quaternions and matrices
VectorLike: TypeAlias = values.RotationLike | ArrayLike | Gf.Matrix4d


def prim_of(value: PrimLike | None) -> Usd.Prim:
    """Return a prim given as such, as a path or as one of Isaac Sim's objects. Raises BadArgument where there is
    none; None is none.
    """
    if isinstance(value, Usd.Prim):
        return value
    inner = getattr(value, "prim", None)
    if isinstance(inner, Usd.Prim):
        return inner
    path = str(unwrap(value))
    prim = current().recorder.stage.GetPrimAtPath(path) if path.startswith("/") else None
    if not prim:
        raise BadArgument(f"there is no prim at {path!r} on the stage", where=current().where())
    return prim


def numbers(value: VectorLike) -> F8:
    """Return a vector, quaternion or matrix of any library's as an array; a Gf quaternion comes out as (w, x, y, z)."""
    if isinstance(value, (Gf.Quatd, Gf.Quatf, Gf.Quath)):
        return np.array([value.GetReal(), *value.GetImaginary()], np.float64)
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy(), np.float64)
    return np.asarray(unwrap(value), np.float64)


def gf_vec3f(value: VectorLike) -> Gf.Vec3f:
    """Return three numbers of any library's as USD has them."""
    return Gf.Vec3f(*numbers(value).tolist())
