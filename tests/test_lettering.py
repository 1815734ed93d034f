"""Letters in pictures: what fits, what stands out, and what the font does not have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg import lettering
from rendersdg.lettering import drawable, extent, fitted, ink_on, is_drawable, size_for, write


@given(text=st.text(max_size=60), width=st.integers(1, 300), size=st.integers(8, 40))
def test_a_fitted_text_is_no_wider_than_its_room(text: str, width: int, size: int) -> None:
    assert extent(fitted(text, width, size), size)[0] <= width


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = fitted("photographs/line 3/camera_0001_left.png", 160, 12)

    assert text.startswith("photo") and text.endswith(".png") and lettering.MORE in text


def test_a_letter_that_the_font_lacks_is_a_question_mark_not_a_box() -> None:
    assert drawable("划痕 scratch") == "?? scratch"
    assert is_drawable("scratch") and not is_drawable("划痕")
    assert drawable("a\nb\tc") == "a b c"


def test_greek_and_cyrillic_are_drawn_where_matplotlib_is_there() -> None:
    pytest.importorskip("matplotlib")

    assert is_drawable("Царапина") and is_drawable("Kratzer öäü") and is_drawable("λ")


@given(colour=st.tuples(*[st.integers(0, 255)] * 3))
def test_ink_has_the_higher_contrast_of_black_and_white(colour: tuple[int, int, int]) -> None:
    def luminance(rgb: tuple[int, ...]) -> float:
        linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in np.array(rgb) / 255]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    own, ink = luminance(colour), luminance(ink_on(colour))
    other = 1 - ink

    contrasts = [(max(own, v) + 0.05) / (min(own, v) + 0.05) for v in (ink, other)]
    assert contrasts[0] >= contrasts[1] - 0.02  # the threshold is rounded to three digits


def test_letters_are_written_inside_their_extent_and_cut_off_at_the_edge() -> None:
    canvas = np.zeros((40, 200, 3), np.uint8)
    width, height = extent("Agj", 16)
    write(canvas, "Agj", 10, 5, 16, (255, 255, 255))
    write(canvas, "Agj", -500, 5, 16, (255, 255, 255))
    write(canvas, "Agj", 195, 35, 16, (255, 255, 255))

    canvas[35:, 195:] = 0
    rows, columns = np.nonzero(canvas.any(-1))
    assert canvas.max() == 255 and len(rows) > 30
    assert rows.min() >= 5 and rows.max() < 5 + height and columns.min() >= 9 and columns.max() < 11 + width


def test_letters_grow_with_the_picture_between_bounds() -> None:
    assert [size_for((side, side, 3)) for side in (10, 48, 100, 540, 900, 5000)] == [8, 9, 12, 12, 20, 40]
