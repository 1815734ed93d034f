"""What scripts may pass for a prim, a vector or labels: the types, and how each becomes what the rooms below take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Usd, Vt

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.geometry import euler_from_rotation
from rendersdg.graph.nodes import Prims, Product
from rendersdg.replicator.engine import current
from rendersdg.replicator.products import product_path
from rendersdg.scene.recorder import pairs
from rendersdg.scene.types import checked_arguments, taken_by
from rendersdg.snapshot import Semantics
from rendersdg.stage.pose import column_matrix

Value: TypeAlias = Any  # what a script made or is to get: any Python value
Image: TypeAlias = NDArray[Any]  # (H, W) or (H, W, C) of whatever element


class Handled:
    """What a script holds in its hand for ``handle``, one of the recorder's."""

    handle: Value


PrimLike: TypeAlias = Usd.Prim | Sdf.Path | str | Handled  # or anything with GetPrim() and GetPath()
PrimsLike: TypeAlias = PrimLike | Sequence[PrimLike] | Prims
VectorLike: TypeAlias = Sequence[float] | NDArray[Any] | Gf.Vec3d | Handled
RotationLike: TypeAlias = VectorLike | Gf.Quatd  # Euler angles XYZ in degrees, or a quaternion, w first
TargetLike: TypeAlias = VectorLike | PrimLike  # a point, or a prim to look at
SemanticsLike: TypeAlias = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]]
ProductLike: TypeAlias = str | Product | Handled
ProductsLike: TypeAlias = ProductLike | Sequence[ProductLike]
Vector3: TypeAlias = tuple[float, float, float]


def unwrap(value: object) -> Value:
    """Return what a script passed as handles and plain Python values: vectors as tuples, prims and paths as text."""
    if isinstance(value, Handled):
        return value.handle
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Usd.Prim):
        return str(value.GetPath())
    if hasattr(value, "GetPrim") and hasattr(value, "GetPath"):
        return str(value.GetPath())
    if isinstance(value, (Sdf.Path, PurePath)):
        return str(value)
    if isinstance(value, Sdf.AssetPath):
        return value.resolvedPath or value.path
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (Gf.Quatd, Gf.Quatf, Gf.Quath)):
        return (float(value.GetReal()), *(float(v) for v in value.GetImaginary()))
    return _unwrapped_container(value)


def _unwrapped_container(value: Value) -> Value:
    """Return a container with what it holds unwrapped; anything else as it is."""
    if type(value).__module__.startswith(("pxr.Gf", "pxr.Vt")) or isinstance(value, (Vt.TokenArray, Vt.StringArray)):
        return tuple(unwrap(v) for v in value)
    if isinstance(value, Mapping):
        return {k: unwrap(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(v) for v in value) if type(value) in (list, tuple) else [unwrap(v) for v in value]
    if isinstance(value, (set, frozenset, range)) or inspect.isgenerator(value):
        return [unwrap(v) for v in value]
    return value


def taking(
    label: str, function: Callable[..., object], renamed: Mapping[str, str] | None = None
) -> Callable[[Sequence[object], Mapping[str, object], str | None], dict[str, object]]:
    """Return what makes the arguments of a recording function, by name, of those that Python code calls it with.

    They are unwrapped and checked. What is wrong is raised as BadArgument with ``label`` and the place of the call.

    Args:
        label: what the function is called in messages.
        function: that is to be called.
        renamed: spellings of older releases, to the parameter's name.
    """
    signature = inspect.signature(function)
    taken = taken_by(function)

    def arguments(args: Sequence[object], kwargs: Mapping[str, object], where: str | None) -> dict[str, object]:
        named = {(renamed or {}).get(k, k): v for k, v in kwargs.items()}
        for name in named:
            if name not in signature.parameters:
                raise BadArgument(
                    f"{label} has no argument {name!r}{did_you_mean(name, signature.parameters)}", where=where
                )
        try:
            bound = signature.bind(*args, **named)
        except TypeError as error:
            raise BadArgument(f"{label}: {error}", where=where) from None
        try:
            return checked_arguments(function, {name: unwrap(raw) for name, raw in bound.arguments.items()}, taken)
        except BadArgument as error:
            raise error.at(where) from None

    return arguments


def resolved(value: object) -> Value:
    """Return a value unwrapped; a handle to prims becomes the list of their paths."""
    plain = unwrap(value)
    return plain.resolve({}) if isinstance(plain, Prims) else plain


def vector_of(name: str, value: VectorLike, *, scalar: bool = False) -> Vector3:
    """Return three numbers; with ``scalar``, one number stands for all three.

    Raises BadArgument, naming the argument ``name``, for anything else.
    """
    plain = unwrap(value)
    if scalar and isinstance(plain, (int, float)):
        return (float(plain),) * 3
    try:
        x, y, z = (float(v) for v in plain)
    except (TypeError, ValueError):
        raise BadArgument(f"{name}={plain!r} must be three numbers", where=current().where()) from None
    return x, y, z


def euler_of(rotation: RotationLike) -> Vector3:
    """Return Euler angles XYZ in degrees. Raises BadArgument for what is not a rotation."""
    plain = unwrap(rotation)
    if isinstance(plain, (list, tuple)) and len(plain) == 4:
        w, x, y, z = (float(v) for v in plain)
        matrix = column_matrix(Gf.Matrix4d().SetRotate(Gf.Quatd(w, x, y, z)))[:3, :3]
        return euler_from_rotation(matrix)
    return vector_of("rotation", plain)


def semantics_of(value: SemanticsLike | None) -> Semantics:
    """Return labels as pairs of type and label."""
    return pairs(unwrap(value))


def path_of(value: PrimLike | None) -> str:
    """Return the path of a prim as text, empty for None; the first of several."""
    plain = resolved(value)
    if isinstance(plain, list):
        plain = plain[0]
    return "" if plain is None else str(plain)


def prims_of(value: PrimsLike) -> list[Usd.Prim]:
    """Return the prims behind paths, items, prims and lists of them.
    Raises BadArgument for what is not on the stage.
    """
    if isinstance(value, Usd.Prim):
        return [value]
    stage = current().recorder.stage
    plain = resolved(value)
    prims = []
    for path in plain if isinstance(plain, (list, tuple)) else [plain]:
        prim = stage.GetPrimAtPath(str(path)) if str(path).startswith("/") else None
        if not prim:
            raise BadArgument(f"there is no prim at {path!r} on the stage", where=current().where())
        prims.append(prim)
    return prims


def product_of(value: ProductLike) -> Product:
    """Return the render product behind an item, a handle or a path. Raises BadArgument for anything else."""
    handle = value.handle if isinstance(value, Handled) else value
    if isinstance(handle, str):
        for product in current().recorder.graph.products:
            if handle in (product.name, product_path(product)):
                return product
    if not isinstance(handle, Product):
        raise BadArgument(
            f"{value!r} is not a render product; create one with rep.create.render_product", where=current().where()
        )
    return handle


def products_of(values: ProductsLike | Sequence[ProductsLike]) -> list[Product]:
    """Return the render products behind one or several, which may be in lists."""
    if isinstance(values, (list, tuple)):
        return [product for value in values for product in products_of(value)]
    return [product_of(cast(ProductLike, values))]
