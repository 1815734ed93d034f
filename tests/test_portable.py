"""Functions whose bits are the same on every processor: near NumPy's, and the only ones in code that makes pixels."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from rendersdg import portable
from rendersdg.errors import BadArgument
from tests.conftest import ROOT

RNG = np.random.default_rng(3)
WIDE = np.concatenate([RNG.uniform(-10, 10, 600), 10.0 ** RNG.uniform(-300, 5, 200)])
POSITIVE = np.concatenate([10.0 ** RNG.uniform(-307, 307, 400), RNG.uniform(0.5, 2, 400)])
NEAR_ONE = 1 - 10.0 ** RNG.uniform(-16, -1, 200)
SHARES = np.concatenate([RNG.uniform(-1, 1, 600), NEAR_ONE, -NEAR_ONE])

BOUNDS = [  # function, true one, arguments, ulp
    (portable.tan, mpmath.tan, (WIDE,), 2),
    (portable.arcsin, mpmath.asin, (SHARES,), 2),
    (portable.arccos, mpmath.acos, (SHARES,), 2),
    (portable.arctan, mpmath.atan, (WIDE,), 2),
    (portable.arctan2, mpmath.atan2, (WIDE, RNG.uniform(-10, 10, 800)), 2),
    (portable.exp2, lambda x: mpmath.mpf(2) ** x, (RNG.uniform(-1020, 1020, 800),), 0.6),
    (portable.log2, lambda x: mpmath.log(x, 2), (np.concatenate([POSITIVE, NEAR_ONE]),), 1),
    (portable.log10, mpmath.log10, (np.concatenate([POSITIVE, NEAR_ONE]),), 1.5),
    (portable.log1p, mpmath.log1p, (np.concatenate([-NEAR_ONE, 10.0 ** RNG.uniform(-300, 300, 400)]),), 2),
    (portable.power, mpmath.power, (RNG.uniform(0, 9, 800), RNG.uniform(-20, 20, 800)), 1),
]


@pytest.mark.parametrize(("function", "true", "arguments", "ulps"), BOUNDS, ids=[b[0].__name__ for b in BOUNDS])
def test_a_function_lies_within_its_bound(function, true, arguments, ulps) -> None:  # type: ignore[no-untyped-def]
    mp.prec = 200
    found = function(*arguments).tolist()
    exact = [true(*map(mpmath.mpf, row)) for row in zip(*(a.tolist() for a in arguments))]

    assert max(float(abs(f - e)) / np.spacing(abs(float(e))) for f, e in zip(found, exact)) <= ulps


NAMES = ["sin", "cos", "tan", "arctan", "exp", "exp2", "log", "log2", "log10", "log1p"]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_stands_in_for_numpys_of_its_name(name: str) -> None:
    ours, theirs = getattr(portable, name), getattr(np, name)
    single = RNG.uniform(0.1, 5, (3, 4, 2)).astype(np.float32)

    assert np.allclose(ours(single.astype(float)), theirs(single.astype(float)), rtol=1e-15, atol=1e-15)
    assert ours(single).dtype == np.float32 and np.allclose(ours(single), theirs(single), rtol=2e-7)
    assert ours(single.transpose(2, 0, 1)).tolist() == ours(single).transpose(2, 0, 1).tolist()
    assert type(ours(0.5)) is float and ours(0.5) == ours(np.array([0.5]))[0] == ours(np.float64(0.5))
    assert isinstance(ours(np.array(0.5)), np.float64) and ours(np.zeros((0, 3)) + 1).shape == (0, 3)
    assert ours([1, 2]).dtype == np.float64


def test_the_angle_of_a_point_has_the_quadrants_and_signs_of_numpys() -> None:
    special = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e308, 1e-300])
    y, x = np.meshgrid(special, special)

    found, expected = portable.arctan2(y, x), np.arctan2(y, x)

    assert np.allclose(found, expected, rtol=4e-16, atol=0, equal_nan=True)
    assert (np.signbit(found) == np.signbit(expected)).all()


def test_powers_of_two_have_whole_logarithms() -> None:
    exponents = np.arange(-1074, 1024)

    assert (portable.log2(np.ldexp(1.0, exponents)) == exponents).all()
    assert (portable.exp2(exponents.astype(float)) == np.ldexp(1.0, exponents)).all()


def test_negative_numbers_have_whole_powers() -> None:
    assert portable.power(-2.0, 3) == pytest.approx(-8) and portable.power(-2.0, 2) == pytest.approx(4)
    assert np.isnan(portable.power(-2.0, 0.5)) and np.isnan(portable.power(np.array([-2.0, 4]), 0.5)).tolist() == [1, 0]
    assert portable.power(np.array([-2.0, 3]), np.array([-1, 2])) == pytest.approx([-0.5, 9])


def test_large_angles_have_a_sine() -> None:
    assert portable.sin(1e7) == pytest.approx(np.sin(1e7), abs=1e-8)
    assert portable.sin(np.array([1e7, 1.0, np.nan, np.inf]))[:2] == pytest.approx(np.sin([1e7, 1.0]), abs=1e-8)
    assert np.isnan(portable.sin(np.inf)) and abs(portable.cos(1e300)) <= 1


SHAPES = [
    ((3, 3), (3,)),
    ((3,), (3, 3)),
    ((3,), (3,)),
    ((12,), (12,)),
    ((5, 3, 4), (4, 6)),
    ((4, 6), (5, 6, 2)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((7, 3, 3), (7, 3, 1)),
    ((0, 3), (3, 3)),
    ((3, 0), (0, 2)),
    ((1, 100), (100, 1)),
    ((5, 4, 4), (4,)),
    ((4,), (5, 4, 2)),
    ((3, 4), (4, 17)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_products_are_those_of_the_operator(left: tuple[int, ...], right: tuple[int, ...], dtype: type) -> None:
    a, b = ((RNG.normal(size=shape) * 9).astype(dtype) for shape in (left, right))

    found, expected = portable.product(a, b), a @ b

    assert np.shape(found) == np.shape(expected)
    assert np.allclose(found, expected, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-4)
    assert np.asarray(found).dtype == (dtype if np.ndim(found) or dtype == np.int64 else np.float64)


def test_a_product_is_the_same_alone_and_in_a_stack() -> None:
    a, b = RNG.normal(size=(2, 50, 4, 4))
    together = portable.product(a, b)

    assert all(together[k].tobytes() == portable.product(a[k], b[k]).tobytes() for k in range(50))
    assert np.array_equal(portable.product(a, b, a), portable.product(portable.product(a, b), a))


@pytest.mark.parametrize(("a", "b"), [((2, 3), (2, 3)), ((3, 1), (3,)), ((3,), (1,)), ((2, 2), ())])
def test_factors_that_have_no_product_are_refused(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    with pytest.raises(BadArgument, match="have no product"):
        portable.product(np.ones(a), np.ones(b))


def test_small_linear_algebra_is_numpys() -> None:
    matrices = RNG.normal(size=(2, 5, 3, 3))
    wide = RNG.normal(size=(4, 9))

    assert np.allclose(portable.inverse(matrices), np.linalg.inv(matrices))
    assert np.allclose(portable.determinant(matrices), np.linalg.det(matrices))
    assert type(portable.determinant(np.eye(3))) is float and portable.inverse(np.eye(4)).shape == (4, 4)
    assert np.allclose(portable.norm(matrices, axis=-1), np.linalg.norm(matrices, axis=-1))
    assert portable.norm([3, 4]) == 5 and portable.dot([1, 2], [3, 4]) == 11
    assert np.allclose(portable.dots(matrices, matrices), (matrices**2).sum(-1))
    for matrix in (wide, wide.T, np.ones((3, 2))):
        assert np.allclose(portable.pseudo_inverse(matrix), np.linalg.pinv(matrix))
    with pytest.raises(np.linalg.LinAlgError):
        portable.inverse(np.zeros((3, 3)))


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_nearest_rotation_is_the_one_that_a_stretch_was_put_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    sideways = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    stretch = sideways @ np.diag(rng.uniform(0.1, 5, 3)) @ sideways.T

    assert np.allclose(portable.nearest_rotation(turn @ stretch), turn, atol=1e-10)


@pytest.mark.parametrize("flat", [np.diag([1.0, 2, 0]), np.diag([1.0, 0, 0]), np.zeros((3, 3))])
def test_a_flat_matrix_has_a_nearest_rotation_too(flat: np.ndarray) -> None:
    turn = portable.nearest_rotation(flat)

    assert np.allclose(turn.T @ turn, np.eye(3))


# ---- what decides a pixel or a label uses these, and not NumPy's ----

FREE = (  # what makes no pixel and no label, and what goes by a driver or a compiler that is not ours
    "rendersdg/fit/",
    "rendersdg/parity/",
    "rendersdg/testing/",
    "rendersdg/reports/",
    "rendersdg/viewer/",
    "rendersdg/steering/",
    "rendersdg/backends/gl.py",
    "rendersdg/backends/mitsuba.py",
    "rendersdg/portable.py",
)
# fmt: off
OF_NUMPY = {
    "arccos", "arcsin", "arctan", "arctan2", "cbrt", "convolve", "corrcoef", "cos",
    "cosh", "cov", "dot", "einsum", "exp", "exp2", "expm1", "float_power",
    "geomspace", "hypot", "inner", "log", "log10", "log1p", "log2", "logaddexp",
    "logspace", "matmul", "argpartition", "polyfit", "power", "sin", "sinh", "tan",
    "tanh", "tensordot", "vdot",
}
OF_MATH = {
    "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "exp",
    "exp2", "expm1", "log", "log10", "log1p", "log2", "pow", "sin",
    "sinh", "tan", "tanh",
}
# fmt: on
OF_OPENCV = ["GaussianBlur", "Rodrigues", "Sobel", "blur", "filter2D", "pyrDown", "remap", "resize", "warpAffine"]
OF_BYTES = {  # whole numbers, which OpenCV scales by whole numbers
    "rendersdg/orchestrator/portrait.py: cv2.resize",
    "rendersdg/orchestrator/preview.py: cv2.resize",
    "rendersdg/replicator/augmentations.py: cv2.resize",
}


def forbidden(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and text of what may give other bits on another processor."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            is_bad = (module == "np" and name in OF_NUMPY) or (module == "math" and name in OF_MATH)
            if is_bad or (module == "cv2" and name in OF_OPENCV):
                yield node.lineno, f"{module}.{name}"
        if (
            isinstance(node, ast.Attribute)
            and getattr(node.value, "attr", "") == "linalg"
            and node.attr != "LinAlgError"
        ):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            yield from ((node.lineno, f"math.{a.name}") for a in node.names if a.name in OF_MATH)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "@"
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "argsort" and not _is_stable(node):
            yield node.lineno, "argsort without kind='stable'"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_safe_power(node):
            yield node.lineno, ast.unparse(node)


def _is_stable(call: ast.Call) -> bool:
    return any(k.arg == "kind" and ast.unparse(k.value) == "'stable'" for k in call.keywords)


def _is_safe_power(node: ast.BinOp) -> bool:
    """Return whether a power is a square, or a power of two (for a float it is exact in any library)."""
    if isinstance(node.left, ast.Constant) and node.left.value in (0.25, 0.5, 2, 2.0, 10, 256):
        return True
    return isinstance(node.right, ast.Constant) and node.right.value == 2


def test_what_makes_pixels_and_labels_goes_by_no_function_that_goes_by_the_processor() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for top in ("rendersdg", "writers")
        for path in sorted((ROOT / top).rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(FREE)
        for line, text in forbidden(ast.parse(path.read_text(encoding="utf-8")))
        if f"{path.relative_to(ROOT).as_posix()}: {text}" not in OF_BYTES
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "np.sin(x)",
        "a @ b",
        "a @= b",
        "math.exp(1)",
        "from math import sqrt, tan",
        "np.linalg.norm(x)",
        "x.argsort()",
        "np.argsort(x)",
        "x**3",
        "x**0.5",
        "cv2.remap(a, b, c, d)",
    ],
)
def test_each_of_them_is_found(text: str) -> None:
    assert len(list(forbidden(ast.parse(text)))) == 1


@pytest.mark.parametrize("text", ["np.sqrt(x)", "x**2", "2**n", "np.argsort(x, kind='stable')", "math.radians(x)"])
def test_what_is_the_same_everywhere_is_let_be(text: str) -> None:
    assert list(forbidden(ast.parse(text))) == []
