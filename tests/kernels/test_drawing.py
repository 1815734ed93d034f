"""What the pens draw: places known by hand, shapes against slow arithmetic, and shapes that are not any."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.drawing import Canvas, Ovals, Strokes, draw_ovals, draw_strokes, stack

ORIGIN = np.array([-4.0, -3.0])  # of 13 x 17 texels of half a millimetre: (0, 0) is that of row 6 and column 8
SHAPE = (13, 17)


class Paper:
    """A cover and a part image amid others that nothing may touch."""

    def __init__(self) -> None:
        self.all_cover, self.all_part = (
            np.full((SHAPE[0] + 8, SHAPE[1]), -7, np.float32),
            np.full((SHAPE[0] + 8, SHAPE[1]), -7, np.int16),
        )
        self.cover, self.part = self.all_cover[4:-4], self.all_part[4:-4]
        self.cover[:], self.part[:] = 0, 0

    def ovals(
        self, centres: Any, radii: Any, *, turns: Any = 0.0, wobble: Any = (), soft: float = 0.2, weight: Any = 1.0
    ) -> Paper:
        centres = np.array(centres, float).reshape(-1, 2)
        count = len(centres)
        draw_ovals(
            Canvas(cover=self.cover, part=self.part, origin=ORIGIN, texel=0.5, soft=soft),
            Ovals(
                number=np.arange(1, count + 1).astype(np.int16),
                centres=centres,
                radii=np.broadcast_to(np.array(radii, float), (count, 2)).copy(),
                turns=np.broadcast_to(np.array(turns, float), count).copy(),
                wobble=np.broadcast_to(np.array(wobble, float), (count, len(wobble))).copy(),
                weight=np.broadcast_to(np.array(weight, float), count).copy(),
            ),
        )
        return self.checked()

    def strokes(self, points: Any, *, half: Any = 0.5, number: Any = 1, soft: float = 0.2, weight: Any = 1.0) -> Paper:
        points = np.array(points, float).reshape(-1, 2)
        count = len(points)
        draw_strokes(
            Canvas(cover=self.cover, part=self.part, origin=ORIGIN, texel=0.5, soft=soft),
            Strokes(
                number=np.broadcast_to(np.array(number, np.int16), count).copy(),
                points=points,
                half=np.broadcast_to(np.array(half, float), count).copy(),
                weight=np.broadcast_to(np.array(weight, float), count).copy(),
            ),
        )
        return self.checked()

    def checked(self) -> Paper:
        for around in (self.all_cover, self.all_part):
            assert (around[:4] == -7).all() and (around[-4:] == -7).all()
        assert not np.isnan(self.cover).any()
        return self

    def at(self, x: float, y: float) -> float:
        """Return the coverage at a place in millimetres, the centre of a texel."""
        return float(self.cover[round((y - ORIGIN[1]) / 0.5), round((x - ORIGIN[0]) / 0.5)])


def test_a_circle_covers_half_of_a_texel_on_its_outline() -> None:
    paper = Paper().ovals([(0, 0)], (2, 2))

    assert [paper.at(x, 0) for x in (0, 1.5, 2, 2.5)] == [1, 1, 0.5, 0]
    assert [paper.at(0, y) for y in (-2.5, -2, -1.5, 0)] == [0, 0.5, 1, 1]
    assert (paper.part == np.where(paper.cover > 0, 1, 0)).all()


def test_the_edge_is_smooth_and_as_wide_as_it_is_soft() -> None:
    paper = Paper().ovals([(0, 0)], (2, 2), soft=2.0)
    x = np.array([0.75, 0.5, 0.25])  # half a millimetre a texel, over the width of the edge
    assert [paper.at(v, 0) for v in (1.5, 2, 2.5)] == [float(np.float32(v * v * (3 - 2 * v))) for v in x]


def test_a_turned_oval_stands_upright() -> None:
    lying, upright = (
        Paper().ovals([(0, 0)], (3, 1), soft=1.0),
        Paper().ovals([(0, 0)], (3, 1), turns=np.pi / 2, soft=1.0),
    )

    assert [upright.at(0, y) for y in (0, 1, 2, 2.5, 3)] == pytest.approx([lying.at(x, 0) for x in (0, 1, 2, 2.5, 3)])
    assert upright.at(1.0, 0) == pytest.approx(0.5) and upright.at(2, 0) == 0


def test_a_turn_is_counter_clockwise() -> None:
    paper = Paper().ovals([(0, 0)], (3, 0.5), turns=np.pi / 4)

    assert paper.at(1.5, 1.5) == 1 and paper.at(1.5, -1.5) == 0


def test_an_outline_bulges_where_its_terms_say() -> None:
    paper = Paper().ovals([(0, 0)], (2, 2), wobble=[0.25, 0, 0, 0])  # radius 2 (1 + cos / 4)

    assert [paper.at(x, 0) for x in (2, 2.5, 3)] == pytest.approx([1, 0.5, 0])
    assert [paper.at(-x, 0) for x in (1, 1.5, 2)] == pytest.approx([1, 0.5, 0])
    sines = Paper().ovals([(0, 0)], (2, 2), wobble=[0, 0.25])
    assert [sines.at(0, y) for y in (2, 2.5, 3)] == pytest.approx([1, 0.5, 0])


def test_of_overlapping_shapes_the_larger_coverage_and_its_number_stay() -> None:
    paper = Paper().ovals([(-1, 0), (1, 0)], (2, 2), weight=[0.25, 0.75])

    assert [paper.at(x, 0) for x in (-2, 0, 2)] == [0.25, 0.75, 0.75]
    assert paper.part[6, [4, 8, 12]].tolist() == [1, 2, 2]


def test_a_stroke_widens_and_weighs_more_along_its_way() -> None:
    paper = Paper().strokes([(-2, 0), (2, 0)], half=[0.0, 2.0], weight=[0.5, 1.0], soft=0.5)

    assert [paper.at(0, y) for y in (0, 0.5, 1.0, 1.5)] == [0.75, 0.75, 0.375, 0]
    assert paper.at(2, 1.5) == 1 and paper.at(-2.5, 0) == 0


def test_points_of_one_number_are_joined_and_others_are_not() -> None:
    paper = Paper().strokes([(-3, -2), (3, -2), (-3, 2), (3, 2)], number=[1, 1, 2, 2])

    assert paper.at(0, -2) == 1 and paper.at(0, 2) == 1 and paper.at(0, 0) == 0
    assert (paper.part[2, 8], paper.part[10, 8]) == (1, 2)


def test_a_stroke_of_no_length_is_a_dot() -> None:
    paper = Paper().strokes([(1, 1), (1, 1)], half=1.0)

    assert paper.at(1, 1) == 1 and paper.at(2, 1) == 0.5 and paper.at(2, 2) == 0
    assert not Paper().strokes([(1, 1)]).cover.any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_shape_that_stands_nowhere_draws_nothing(value: float) -> None:
    assert not Paper().ovals([(value, 0), (0, value)], (2, 2)).cover.any()
    assert not Paper().strokes([(value, 0), (0, 0), (0, value)]).cover.any()
    if np.isnan(value):
        assert not Paper().ovals([(0, 0)], (value, 2)).cover.any()
        assert not Paper().ovals([(0, 0)], (2, 2), turns=value).cover.any()
        assert not Paper().ovals([(0, 0)], (2, 2), weight=value).cover.any()


def test_a_shape_larger_than_numbers_of_texels_covers_all() -> None:
    assert (Paper().ovals([(0, 0)], (1e300, 1e300)).cover == 1).all()
    assert (Paper().strokes([(-1, 0), (1, 0)], half=1e300).cover == 1).all()


def test_a_turn_that_no_sine_is_known_of_is_an_error() -> None:
    with pytest.raises(BadArgument, match=r"turns holds -10000000\.0 radians"):
        Paper().ovals([(0, 0)], (2, 2), turns=-1e7)


wild = st.one_of(st.floats(-9, 9), st.floats(allow_nan=True, allow_infinity=True))


@given(st.lists(st.tuples(wild, wild, wild, wild, st.floats(-4, 4), wild, wild, wild), max_size=4), st.floats(0, 1e300))
@settings(max_examples=300, deadline=None)
def test_no_oval_writes_beside_its_canvas(rows: list[tuple[float, ...]], soft: float) -> None:
    t = np.array(rows, float).reshape(-1, 8)
    paper = Paper()
    draw_ovals(
        Canvas(cover=paper.cover, part=paper.part, origin=ORIGIN, texel=0.5, soft=soft),
        Ovals(
            number=np.arange(len(t)).astype(np.int16),
            centres=t[:, :2].copy(),
            radii=t[:, 2:4].copy(),
            turns=t[:, 4].copy(),
            wobble=t[:, 5:7].copy(),
            weight=t[:, 7].copy(),
        ),
    )

    paper.checked()


@given(st.lists(st.tuples(wild, wild, wild, wild), max_size=5), st.floats(0, 1e300), wild)
@settings(max_examples=300, deadline=None)
def test_no_stroke_writes_beside_its_canvas(rows: list[tuple[float, ...]], soft: float, texel: float) -> None:
    t = np.array(rows, float).reshape(-1, 4)
    paper = Paper()
    draw_strokes(
        Canvas(cover=paper.cover, part=paper.part, origin=ORIGIN, texel=texel, soft=soft),
        Strokes(number=np.ones(len(t), np.int16), points=t[:, :2].copy(), half=t[:, 2].copy(), weight=t[:, 3].copy()),
    )

    paper.checked()


def patch(shape: tuple[int, int], lift: np.ndarray) -> np.ndarray:
    images = {
        n: np.full(shape, k, np.float32)
        for k, n in enumerate(("gain", "rough_gain", "rough_add", "metal_gain", "metal_add"))
    }
    add = np.broadcast_to(np.float32([5, 6, 7]), (*shape, 3)).copy()
    slopes = np.broadcast_to(np.float32([8, 9]), (*shape, 2)).copy()
    return stack(**images, add=add, slopes=slopes, lift=lift, texel=0.5)


def test_a_stack_holds_its_images_in_order_and_the_slopes_of_its_height() -> None:
    lift = np.float32([[0, 1, 4, 9], [2, 3, 6, 11], [6, 7, 10, 15]])

    found = patch((3, 4), lift)

    assert found[1, 2, :8].tolist() == [0, 5, 6, 7, 1, 2, 3, 4]
    assert found[1, :, 8].tolist() == [8 + 2, 8 + 4, 8 + 8, 8 + 10]
    assert found[:, 1, 9].tolist() == [9 + 4, 9 + 6, 9 + 8]


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1), (0, 3), (3, 0)])
def test_a_patch_one_texel_wide_has_no_slope_across(shape: tuple[int, int]) -> None:
    found = patch(shape, np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape))

    assert found.shape == (*shape, 10)
    assert (found[..., 8] == (8 + 2 if shape[1] > 1 else 8)).all()
    assert (found[..., 9] == (9 + 2 if shape[0] > 1 else 9)).all()
