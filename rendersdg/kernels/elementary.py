"""Elementary functions to the same bits on every machine, which NumPy's are not."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_double, c_int64, c_void_p
from functools import cache
from typing import Any, TypeVar

import numpy as np

from rendersdg.arrays import F4, F8
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

Floats = TypeVar("Floats", F4, F8)
_MOST_POWER = 1e6
_DOUBLE = np.dtype(np.float64)


def sines_cosines(angles: F8) -> tuple[F8, F8]:
    """Return the sines and the cosines (N,) of angles (N,) in radians, within 0.6 ulp; NaN beyond a million radians.

    Raises:
        BadArgument: the angles are of another dtype, shape or layout.
    """
    start = address("angles", angles, "f8", ("N",))
    sines, cosines = np.empty_like(angles), np.empty_like(angles)
    _kernel("elementary", 3)(len(angles), start, sines.ctypes.data, cosines.ctypes.data)
    return sines, cosines


def arctangents(y: F4, x: F4) -> F4:
    """Return the angles (N,) of (x, y) in radians, within 3e-7; 0 for (0, 0). The sign of a zero does not count.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    counts: dict[str, int] = {}
    starts = address("y", y, "f4", ("N",), counts), address("x", x, "f4", ("N",), counts)
    angles = np.empty_like(y)
    _kernel("arctangents", 3)(len(y), *starts, angles.ctypes.data)
    return angles


def logarithms(x: F8) -> F8:
    """Return the natural logarithms (N,) of x (N,), within 0.51 ulp; -inf for 0, NaN for negative numbers and NaN.

    Raises:
        BadArgument: x is of another dtype, shape or layout.
    """
    start = address("x", x, "f8", ("N",))
    out = np.empty_like(x)
    _kernel("logarithms", 2)(len(x), start, out.ctypes.data)
    return out


def exponentials(x: F8) -> F8:
    """Return e to the powers x (N,), within 0.6 ulp where the result is normal;
    inf and 0 beyond a float's range, NaN for NaN.

    Raises:
        BadArgument: x is of another dtype, shape or layout.
    """
    start = address("x", x, "f8", ("N",))
    out = np.empty_like(x)
    _kernel("exponentials", 2)(len(x), start, out.ctypes.data)
    return out


def powers(x: Floats, exponent: float) -> Floats:
    """Return ``x ** exponent`` of float32 or float64 values of any shape; NaN for negative ones and NaN.

    Within 1 ulp (1.5 where a result is subnormal), float32 within 0.501. 0 gives 0, 1 or inf as the exponent is above,
    at or below 0, inf gives the inverse.

    Raises:
        BadArgument: x is of another dtype, or the exponent is larger than a million in size or NaN.
    """
    if not abs(exponent) <= _MOST_POWER:
        raise BadArgument(f"exponent={exponent} must lie in -1000000..1000000")
    flat = np.ascontiguousarray(x).reshape(-1)
    name, dtype = ("powers_single", "f4") if flat.dtype == np.float32 else ("powers", "f8")
    start = address("x", flat, dtype, ("N",))
    out = np.empty_like(flat)
    _power_kernel(name)(len(flat), start, exponent, out.ctypes.data)
    return out.reshape(np.shape(x))


def over_array(name: str, x: F8) -> F8:
    """Return a function of ``small.h`` that takes one array, by its name there, of x (N,).

    Raises:
        BadArgument: x is of another dtype, shape or layout.
    """
    if not _is_row(x):
        address("x", x, "f8", ("N",))  # says what is wrong
    out = np.empty(len(x))
    _kernel(name, 2)(len(x), x.ctypes.data, out.ctypes.data)
    return out


def over_pairs(name: str, first: F8, second: F8) -> F8:
    """Return a function of ``small.h`` that takes two arrays (N,), ``angles`` (y, x) or ``powers_each`` (x, exponent).

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    if not (_is_row(first) and _is_row(second) and len(first) == len(second)):
        counts: dict[str, int] = {}
        address("first", first, "f8", ("N",), counts)
        address("second", second, "f8", ("N",), counts)
    out = np.empty(len(first))
    _kernel(name, 3)(len(first), first.ctypes.data, second.ctypes.data, out.ctypes.data)
    return out


def _is_row(values: F8) -> bool:
    return values.dtype == _DOUBLE and values.ndim == 1 and values.flags.c_contiguous


@cache
def of_number(name: str, numbers: int = 1) -> Callable[..., float]:
    """Return a function of ``small.h`` that takes one number or two, by its name there."""
    function: Callable[..., float] = kernel(name, c_double, *[c_double] * numbers)
    return function


@cache
def _kernel(name: str, arrays: int) -> Any:
    return kernel(name, None, c_int64, *[c_void_p] * arrays)


@cache
def _power_kernel(name: str) -> Any:
    return kernel(name, None, c_int64, c_void_p, c_double, c_void_p)
