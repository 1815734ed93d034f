"""Small matrices of our own, against NumPy's and against what they must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rendersdg.errors import BadArgument
from rendersdg.kernels.matrices import determinants, inverses, multiplied, singular

RNG = np.random.default_rng(7)
SIDES = st.integers(1, 9)
NUMBERS = st.floats(-1e3, 1e3)


def slow_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the products of stacks, term by term from the first to the last."""
    out = np.zeros((max(len(a), len(b)), a.shape[1], b.shape[2]))
    for n, r, c in np.ndindex(out.shape):
        left, right = a[n % len(a), r], b[n % len(b), :, c]
        total = left[0] * right[0]
        for k in range(1, len(left)):
            total += left[k] * right[k]
        out[n, r, c] = total
    return out


@given(st.data(), st.sampled_from([(1, 1), (1, 3), (3, 1), (4, 4)]), SIDES, SIDES, SIDES, st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_products_are_those_of_adding_term_by_term_to_the_bit(
    data: st.DataObject, counts: tuple[int, int], rows: int, inner: int, columns: int, turned: bool, spread: bool
) -> None:
    a = data.draw(hnp.arrays(float, (counts[0], rows, inner), elements=NUMBERS))
    b = data.draw(hnp.arrays(float, (counts[1], inner, columns), elements=NUMBERS))
    if turned:  # other strides, of the same numbers
        a, b = np.ascontiguousarray(a.transpose(0, 2, 1)).transpose(0, 2, 1), np.asfortranarray(b)
    if spread:
        a, b = np.repeat(a, 2, 2)[:, :, ::2], np.repeat(b, 3, 1)[:, ::3]

    assert multiplied(a, b).tobytes() == slow_product(a, b).tobytes()


def test_products_of_nothing_are_nothing() -> None:
    assert multiplied(np.ones((0, 2, 3)), np.ones((0, 3, 4))).shape == (0, 2, 4)
    assert multiplied(np.ones((1, 0, 3)), np.ones((1, 3, 4))).shape == (1, 0, 4)
    assert (multiplied(np.ones((2, 3, 0)), np.ones((1, 0, 4))) == np.zeros((2, 3, 4))).all()


@pytest.mark.parametrize(("a", "b"), [((1, 2, 3), (1, 4, 2)), ((2, 2, 2), (3, 2, 2)), ((2, 2), (2, 2))])
def test_factors_that_do_not_fit_are_refused(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    with pytest.raises(BadArgument):
        multiplied(np.ones(a), np.ones(b))


@pytest.mark.parametrize("side", range(1, 17))
def test_a_matrix_times_its_inverse_is_the_identity(side: int) -> None:
    matrices = RNG.normal(size=(20, side, side))

    found, bad = inverses(matrices)

    assert bad == -1
    assert np.allclose(multiplied(matrices, found), np.eye(side), atol=1e-9)
    assert np.allclose(determinants(matrices), np.linalg.det(matrices), rtol=1e-10, atol=1e-12)


def test_inverses_of_rotations_are_as_near_as_a_library_has_them() -> None:
    turns = np.linalg.qr(RNG.normal(size=(500, 3, 3)))[0]

    assert np.abs(inverses(turns)[0] - turns.transpose(0, 2, 1)).max() < 2e-15


def test_the_last_row_of_an_affine_inverse_is_exact() -> None:
    places = np.tile(np.eye(4), (100, 1, 1))
    places[:, :3] = RNG.normal(size=(100, 3, 4)) * 100

    assert (inverses(places)[0][:, 3] == [0, 0, 0, 1]).all()


def test_the_first_matrix_without_an_inverse_is_named() -> None:
    matrices = np.stack([np.eye(3), np.diag([1.0, 0, 1]), np.zeros((3, 3))])

    assert inverses(matrices)[1] == 1
    assert determinants(matrices).tolist() == [1, 0, 0]


@pytest.mark.parametrize("shape", [(1, 17, 17), (1, 2, 3), (2, 2)])
def test_matrices_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    for function in (inverses, determinants):
        with pytest.raises(BadArgument):
            function(np.ones(shape))


@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_singular_vectors_make_the_matrix_again(rows: int, columns: int, seed: int) -> None:
    rows = max(rows, columns)
    matrix = np.random.default_rng(seed).normal(size=(rows, columns)) * 10.0 ** (seed % 7 - 3)

    u, sizes, v = singular(matrix)

    assert np.allclose(sizes, np.linalg.svd(matrix, compute_uv=False), rtol=1e-10)
    assert np.allclose(u * sizes @ v.T, matrix, rtol=1e-10, atol=1e-12 * sizes.max())
    assert np.allclose(v.T @ v, np.eye(columns)) and np.allclose(u.T @ u, np.eye(columns))


def test_singular_values_of_lost_ranks_are_nought_and_nan_ends() -> None:
    u, sizes, _ = singular(np.ones((4, 3)))

    assert np.allclose(sizes, [12**0.5, 0, 0], atol=1e-15)
    assert np.isfinite(u).all()
    assert np.isnan(singular(np.full((3, 3), np.nan))[1]).all()
    assert (singular(np.zeros((3, 2)))[1] == 0).all()
