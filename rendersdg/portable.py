"""Functions of NumPy's names whose bits are the same on every processor.

NumPy, its library for linear algebra and the C library choose their code by the processor: sines, logarithms, powers,
products of matrices and inverses differ in the last bit, and a pixel or a label with them. Whatever decides either
calls these instead; ``tests/test_portable.py`` refuses the others. Sums, square roots, ``+ - * /`` are the same
everywhere as they are, and so is ``x ** 2`` of arrays.

Functions of one number take arrays of any shape and return float64, or float32 for float32 (computed in double and
rounded once). A Python number gives a Python float.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.kernels.elementary import of_number, over_array, over_pairs
from rendersdg.kernels.matrices import determinants, inverses, multiplied, singular

Values = TypeVar("Values")  # a number or an array, and what comes back is of its kind
_FEW = 64  # multiplications up to which NumPy's broadcasting is quicker than a call into C
_SHORT = 7  # numbers that NumPy adds one after the other
_NUMBERS = (float, int, np.float64)
_DOUBLE = np.dtype(np.float64)


def sin(angle: Values) -> Values:
    """Return the sine of radians, within 0.6 ulp. Beyond a million an angle loses 1e-16 of itself."""
    return _of_one("sine", "sines", angle)


def cos(angle: Values) -> Values:
    """Return the cosine of radians, within 0.6 ulp. Beyond a million an angle loses 1e-16 of itself."""
    return _of_one("cosine", "cosines", angle)


def tan(angle: Values) -> Values:
    """Return the tangent of radians, within 2 ulp. Beyond a million an angle loses 1e-16 of itself."""
    return _of_one("tangent", "tangents", angle)


def arcsin(x: Values) -> Values:
    """Return the angle in radians, -pi/2 to pi/2, whose sine is x, within 2 ulp; NaN beyond -1..1."""
    return _of_one("arcsine", "arcsines", x)


def arccos(x: Values) -> Values:
    """Return the angle in radians, 0 to pi, whose cosine is x, within 2 ulp; NaN beyond -1..1."""
    return _of_one("arccosine", "arccosines", x)


def arctan(x: Values) -> Values:
    """Return the angle in radians, -pi/2 to pi/2, whose tangent is x, within 2 ulp."""
    return arctan2(x, 1.0)


def arctan2(y: Values, x: Any) -> Values:
    """Return the angle of (x, y) in radians, -pi to pi, within 2 ulp."""
    return _of_two("angle", "angles", y, x)


def exp(x: Values) -> Values:
    """Return e to the power x, within 0.6 ulp."""
    return _of_one("exponential", "exponentials", x)


def exp2(x: Values) -> Values:
    """Return 2 to the power x, within 0.6 ulp."""
    return _of_one("exponential_two", "exponentials_two", x)


def log(x: Values) -> Values:
    """Return the natural logarithm, within 0.51 ulp; -inf for 0, NaN below."""
    return _of_one("logarithm", "logarithms", x)


def log2(x: Values) -> Values:
    """Return the logarithm to base 2, within 1 ulp, whole for powers of two; -inf for 0, NaN below."""
    return _of_one("logarithm_two", "logarithms_two", x)


def log10(x: Values) -> Values:
    """Return the logarithm to base 10, within 1.5 ulp; -inf for 0, NaN below."""
    return _of_one("logarithm_ten", "logarithms_ten", x)


def log1p(x: Values) -> Values:
    """Return the logarithm of 1 + x, within 2 ulp."""
    return _of_one("logarithm_plus_one", "logarithms_plus_one", x)


def power(x: Values, exponent: Any) -> Values:
    """Return x to the power ``exponent``, within 1 ulp; NaN for exponents beyond a million.

    A negative x has a power where its exponent is whole, and NaN elsewhere.
    """
    base: Any = x
    if not np.less(base, 0).any():
        return _of_two("power", "powers_each", x, exponent)
    found: Any = _of_two("power", "powers_each", np.abs(base), exponent)
    is_whole, is_odd = np.equal(np.floor(exponent), exponent), np.equal(np.mod(exponent, 2), 1)
    sign = np.where(np.less(base, 0), np.where(is_whole, np.where(is_odd, -1.0, 1.0), np.nan), 1.0)
    return found * sign.astype(found.dtype) if isinstance(found, np.ndarray) else found * float(sign)


def hypot(x: Values, y: Any) -> Values:
    """Return the length of (x, y); parts beyond 1e150 or all below 1e-150 in size are not told apart from inf and 0."""
    across: Any = x
    found: Values = np.sqrt(across * across + y * y)
    return found


@overload
def norm(vectors: ArrayLike) -> float: ...
@overload
def norm(vectors: ArrayLike, *, axis: int, keepdims: bool = ...) -> F8: ...
def norm(vectors: ArrayLike, *, axis: int | None = None, keepdims: bool = False) -> float | F8:
    """Return the lengths of vectors along an axis, or of all numbers together, as a Python float."""
    values = np.asarray(vectors)
    values = values if values.dtype == np.float32 else values.astype(np.float64, copy=False)
    found: F8 = np.sqrt((values * values).sum(axis=axis, keepdims=keepdims))
    return float(found) if axis is None else found


def product(*factors: ArrayLike) -> F8:
    """Return what ``@`` gives of two or more factors, from the left to the right: float64, float32 if all are.

    Stacks of matrices are multiplied one by one; whole numbers stay whole. Two vectors give a Python float.

    Raises:
        BadArgument: two factors have no product.
    """
    found: Any = factors[0]
    for factor in factors[1:]:
        found = _product_of_two(found, factor)
    return found


def inverse(matrices: ArrayLike) -> F8:
    """Return the inverses of square matrices (..., S, S), float64.

    Raises:
        numpy.linalg.LinAlgError: a matrix has none.
    """
    values = _square(matrices)
    found, bad = inverses(values.reshape(-1, *values.shape[-2:]) if values.ndim != 2 else values[None])
    if bad >= 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return found.reshape(values.shape) if values.ndim != 2 else found[0]


def dots(a: ArrayLike, b: ArrayLike) -> F8:
    """Return the sums (...) of the products of two stacks of vectors (..., N), float64."""
    left, right = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    rows = left.reshape(-1, 1, left.shape[-1]), right.reshape(-1, right.shape[-1], 1)
    return multiplied(*rows).reshape(left.shape[:-1])


def dot(a: ArrayLike, b: ArrayLike) -> float:
    """Return the sum of the products of two vectors' numbers (N,).

    Raises:
        BadArgument: they are not of one length.
    """
    return float(_product_of_two(a, b))


def determinant(matrices: ArrayLike) -> Any:
    """Return the determinants of square matrices (..., S, S), float64; a Python float of one matrix."""
    values = _square(matrices)
    if values.ndim == 2:
        return float(determinants(values[None])[0])
    return determinants(values.reshape(-1, *values.shape[-2:])).reshape(values.shape[:-2])


def singular_values(matrix: ArrayLike) -> tuple[F8, F8, F8]:
    """Return u (R, K), sizes (K,) and v (K, C) with ``matrix == u * sizes @ v``, K the lesser of R and C; sizes fall.

    It is ``np.linalg.svd(matrix, full_matrices=False)`` but for signs, and but for columns of u (or rows of v, where C
    exceeds R) of size 0, which are 0.
    """
    values = np.asarray(matrix, np.float64)
    if values.shape[0] < values.shape[1]:
        u, sizes, v = singular(values.T)
        return v, sizes, u.T
    u, sizes, v = singular(values)
    return u, sizes, v.T


def pseudo_inverse(matrix: ArrayLike, *, least: float = 1e-15) -> F8:
    """Return the Moore-Penrose inverse (C, R) of a matrix (R, C); sizes below ``least`` of the largest count as 0."""
    u, sizes, v = singular_values(matrix)
    is_large = sizes > least * sizes.max(initial=0.0)
    inverted = np.where(is_large, 1.0 / np.where(is_large, sizes, 1.0), 0.0)
    return np.asarray(product(v.T * inverted, u.T), np.float64)


def nearest_rotation(matrix: F8) -> F8:
    """Return the orthogonal matrix (3, 3) nearest to one: its polar factor, mirrored where the matrix is.

    Where a direction is lost, the missing one is at right angles to the others.
    """
    u, sizes, v = singular_values(matrix)
    for k in range(3):
        if not sizes[k] > 1e-300:
            u[:, k] = np.cross(u[:, 0], u[:, 1]) if k == 2 else at_right_angles(u[:, 0])[0] if k else (1.0, 0.0, 0.0)
    return np.asarray(product(u, v), np.float64)


def at_right_angles(direction: F8) -> F8:
    """Return two unit vectors (2, 3) at right angles to a direction (3,) and to each other."""
    side = np.cross(direction, np.eye(3)[int(np.argmin(np.abs(direction)))])
    side = side / norm(side)
    other = np.cross(direction, side)
    return np.array([side, other / norm(other)])


def _of_one(name: str, of_array: str, x: Any) -> Any:
    if isinstance(x, _NUMBERS):
        return _of_kind(of_number(name)(x), x)
    values = np.asarray(x)
    return _like(over_array(of_array, _row(values)).reshape(values.shape), values.dtype)


def _of_two(name: str, of_arrays: str, first: Any, second: Any) -> Any:
    if isinstance(first, _NUMBERS) and isinstance(second, _NUMBERS):
        return _of_kind(of_number(name, 2)(first, second), first)
    a, b = np.asarray(first), np.asarray(second)
    kind = np.result_type(
        *(given if isinstance(given, _NUMBERS) else array for given, array in ((first, a), (second, b)))
    )
    if a.shape != b.shape:
        a, b = np.broadcast_arrays(a, b)
    return _like(over_pairs(of_arrays, _row(a), _row(b)).reshape(a.shape), kind)


def _row(values: NDArray[Any]) -> F8:
    """Return all numbers in a row, as the kernels take them."""
    return np.ascontiguousarray(values, _DOUBLE).reshape(-1)


def _like(found: F8, dtype: np.dtype[Any]) -> Any:
    """Return what is found as float32 where that was given, and without axes as a number."""
    return (found.astype(np.float32) if dtype.itemsize < 8 and dtype.kind == "f" else found)[()]


def _of_kind(found: float, given: Any) -> Any:
    return np.float64(found) if isinstance(given, np.generic) else found


def _product_of_two(a: ArrayLike, b: ArrayLike) -> Any:
    left, right = np.asarray(a), np.asarray(b)
    if left.ndim == 0 or right.ndim == 0 or left.shape[-1] != right.shape[-2 if right.ndim > 1 else -1]:
        raise BadArgument(f"factors of shapes {left.shape} and {right.shape} have no product")
    if left.dtype == _DOUBLE and right.dtype == _DOUBLE:
        return _of_doubles(left, right)
    kind = np.result_type(left, right)
    if kind.kind in "biu":
        return left @ right  # exact, and not done by a library
    found = _of_doubles(left.astype(_DOUBLE, copy=False), right.astype(_DOUBLE, copy=False))
    return found.astype(np.float32) if kind == np.float32 and isinstance(found, np.ndarray) else found


def _of_doubles(left: F8, right: F8) -> Any:
    if left.ndim > 1:
        return _multiplied(left, right) if right.ndim > 1 else _multiplied(left, right[:, None])[..., 0]
    if right.ndim > 1:
        return _multiplied(left[None], right)[..., 0, :]
    return float((left * right).sum() if len(left) <= _SHORT else _multiplied(left[None], right[:, None])[0, 0])


def _multiplied(a: F8, b: F8) -> F8:
    """Return the products of matrices, stacked or not."""
    if a.ndim == 2 and b.ndim == 2:
        if 0 < a.shape[1] <= _SHORT and a.size * b.shape[1] <= _FEW:
            return np.asarray((a[:, :, None] * b).sum(1), np.float64)
        return multiplied(a[None], b[None])[0]
    if b.ndim == 2:
        return multiplied(a.reshape(1, -1, a.shape[-1]), b[None]).reshape(*a.shape[:-1], b.shape[-1])
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    found = multiplied(_stacked(a, stack), _stacked(b, stack))
    return found.reshape(*stack, a.shape[-2], b.shape[-1])


def _stacked(matrices: F8, stack: tuple[int, ...]) -> F8:
    """Return matrices as (N, R, C), or (1, R, C) where one goes with all of a stack."""
    if matrices.ndim == 2:
        return matrices[None]
    return np.broadcast_to(matrices, (*stack, *matrices.shape[-2:])).reshape(-1, *matrices.shape[-2:])


def _square(matrices: ArrayLike) -> F8:
    values = np.ascontiguousarray(matrices, _DOUBLE)
    if values.ndim < 2 or values.shape[-1] != values.shape[-2]:
        raise BadArgument(f"matrices of shape {values.shape} are not square")
    return values
