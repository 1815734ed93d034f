"""Arrays on their way into C: their dtype, shape and layout are checked here,
so that a wrong one is an error and never a crash.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from rendersdg.errors import BadArgument

if TYPE_CHECKING:
    from _ctypes import _PyCStructType as _StructType
else:
    _StructType = type(ctypes.Structure)

Axis = int | str


@dataclass(frozen=True, slots=True)
class Array:
    """A field that points to a C contiguous array of ``dtype``.

    A number in ``shape`` is the length of an axis; a name is that of the structure's own count, which is set by the
    first array that has it and compared with the others. ``within`` names a count (or is a number) that all values lie
    below; they are at least ``least`` then. A field with ``optional`` may be None, which is NULL. ``scratch``
    is what kernels alone read and write: no copy of it travels to a device or back.
    """

    dtype: str | np.dtype[Any]
    shape: tuple[Axis, ...]
    optional: bool = False
    within: Axis | None = None
    least: int = 0
    written: bool = False
    scratch: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A field with a number, or with ``length`` numbers inline."""

    ctype: Any
    length: int = 1


@dataclass(frozen=True, slots=True)
class Ref:
    """A field that points to another structure, or with ``count`` to a sequence of them, of which the structure's count
    of that name tells how many there are. A field with ``optional`` may be None, which is NULL.
    """

    structure: type[Structure]
    count: str = ""
    optional: bool = False


INT = Number(ctypes.c_int64)
FLOAT = Number(ctypes.c_float)
DOUBLE = Number(ctypes.c_double)
Field = Array | Number | Ref


class _Layout(_StructType):
    """Lays out a structure by its ``fields``; ctypes accepts that only once the class is there,
    so after __init_subclass__.
    """

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        if "fields" in namespace:
            cls._fields_ = [(name, _ctype(field)) for name, field in namespace["fields"].items()]


class Structure(ctypes.Structure, metaclass=_Layout):
    """A structure of ``kernels.h``: keyword arguments by field, checked; counts that arrays tell need not be given.

    Raises:
        BadArgument: an array of another dtype, shape or layout, a value out of its range,
        a field that is missing or unknown.
    """

    fields: ClassVar[dict[str, Field]]

    def __init__(self, **values: Any) -> None:
        super().__init__()
        self.kept = values  # C sees addresses only: what they point to must live as long as this does
        counts = {name: int(values[name]) for name, field in self.fields.items() if field is INT and name in values}
        for name, field in self.fields.items():
            if isinstance(field, Array):
                self._point(name, field, values, counts)
        counts |= {f.count: len(values[name]) for name, f in self.fields.items() if isinstance(f, Ref) and f.count}
        for name, field in self.fields.items():
            if isinstance(field, Number):
                self._set(name, field, counts if field is INT else values)
            elif isinstance(field, Ref):
                self._refer(name, field, values.get(name))
            elif field.within is not None and values.get(name) is not None:
                self._check_range(name, field, values[name], counts)
        unknown = values.keys() - self.fields.keys()
        if unknown:
            raise BadArgument(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")

    def _point(self, name: str, field: Array, values: dict[str, Any], counts: dict[str, int]) -> None:
        array = values.get(name)
        if array is None:
            if not field.optional:
                raise BadArgument(f"{type(self).__name__}.{name} is missing")
            return
        of = f"{type(self).__name__}.{name}"
        setattr(self, name, address(of, array, field.dtype, field.shape, counts, written=field.written))

    def _refer(self, name: str, field: Ref, value: Any) -> None:
        if field.count:
            setattr(self, name, (field.structure * len(value))(*value))
        elif value is not None:
            setattr(self, name, ctypes.pointer(value))
        elif not field.optional:
            raise BadArgument(f"{type(self).__name__}.{name} is missing")

    def _set(self, name: str, field: Number, values: dict[str, Any]) -> None:
        if name not in values:
            raise BadArgument(f"{type(self).__name__}.{name} is missing")
        if field.length == 1:
            setattr(self, name, values[name])
            return
        numbers = np.asarray(values[name]).ravel()
        if len(numbers) != field.length:
            raise BadArgument(f"{type(self).__name__}.{name} has {len(numbers)} numbers instead of {field.length}")
        getattr(self, name)[:] = numbers.tolist()

    def _check_range(self, name: str, field: Array, array: Any, counts: dict[str, int]) -> None:
        if not array.size:
            return
        end = field.within if isinstance(field.within, int) else counts[str(field.within)]
        low, high = int(array.min()), int(array.max())
        if low < field.least or high >= end:
            raise BadArgument(
                f"{type(self).__name__}.{name} has values from {low} to {high} instead of {field.least} to {end - 1}"
            )


def address(
    name: str,
    array: Any,
    dtype: str | np.dtype[Any],
    shape: tuple[Axis, ...],
    counts: dict[str, int] | None = None,
    *,
    written: bool = False,
) -> int:
    """Return the address of an array's first element.

    ``shape`` names axes whose length is free; a name's length is put into ``counts``, or compared with what is there.
    ``written`` asks for an array that may be written to.

    Raises:
        BadArgument: the array is of another dtype, shape or layout; says which, and what was asked for.
    """
    counts = {} if counts is None else counts
    if not isinstance(array, np.ndarray):
        raise BadArgument(f"{name} is a {type(array).__name__} instead of an array")
    if array.dtype != np.dtype(dtype):
        raise BadArgument(f"{name} has dtype {array.dtype} instead of {np.dtype(dtype)}")
    fits = array.ndim == len(shape)
    for axis, length in zip(shape, array.shape):
        fits = fits and length == (axis if isinstance(axis, int) else counts.setdefault(axis, length))
    if not fits:
        asked = ", ".join(str(a if isinstance(a, int) else counts.get(a, a)) for a in shape)
        raise BadArgument(f"{name} has shape {array.shape} instead of ({asked})")
    if not array.flags.c_contiguous:
        raise BadArgument(f"{name} is not C contiguous: np.ascontiguousarray makes it so")
    if written and not array.flags.writeable:
        raise BadArgument(f"{name} is read-only")
    return array.__array_interface__["data"][0] if array.size else 0  # faster than array.ctypes.data


def _ctype(field: Field) -> Any:
    if isinstance(field, Array):
        return ctypes.c_void_p
    if isinstance(field, Ref):
        return ctypes.POINTER(field.structure)
    return field.ctype if field.length == 1 else field.ctype * field.length
