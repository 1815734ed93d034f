"""The report's pictures and tables."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.pages import placed, sheets, table, with_boxes


def test_boxes_are_drawn_where_the_small_picture_has_them() -> None:
    picture = np.zeros((50, 100, 3), np.uint8)
    look = {"size_wh": [200, 100], "objects": [{"labels": ["class:a"], "tight": [20, 40, 60, 80]}]}

    drawn = with_boxes(picture, look)

    assert picture.max() == 0
    assert drawn[30, 10].any()  # the left edge, at half the size
    assert not drawn[30, 12:28].any()


def test_the_table_keeps_what_was_measured_and_what_was_seen_apart() -> None:
    row = {"name": "a", "source": "r|s", "level": "A", "frames": 3, "verdict": "look", "causes": []}

    text = table([row, {**row, "name": "b"}], {"a": {"verdict": "right", "cause": "two of three in view"}})

    assert text.splitlines()[2] == "| `a` | r\\|s | A | 3 | look | right | two of three in view |"
    assert text.splitlines()[3] == "| `b` | r\\|s | A | 3 | look |  |  |"


def test_a_sheet_holds_twenty_scripts() -> None:
    rows = [{"name": str(k), "verdict": "right", "causes": []} for k in range(21)]
    picture = np.full((20, 40, 3), 200, np.uint8)

    made = sheets(rows, {"0": [picture] * 5})

    assert len(made) == 2
    assert made[0].shape[1] == made[1].shape[1]
    assert (made[0] == 200).all(axis=2).sum() == 3 * 192 * 96  # three pictures, enlarged


def test_a_table_takes_the_place_between_its_marks_and_an_older_report_gets_a_column() -> None:
    row = {"name": "a", "frames": 3, "verdict": "right", "causes": []}
    page = "before\n<!-- more -->\nold\n<!-- end of more -->\nafter\n"

    made = placed(page, "more", table([row], {}, [{**row, "verdict": "failed"}]))

    assert made.startswith("before\n<!-- more -->\n\n| script ") and made.endswith("<!-- end of more -->\nafter\n")
    assert "| failed | right |" in made and "old" not in made
    assert placed(made, "more", table([row], {}, [{**row, "verdict": "failed"}])) == made
    with pytest.raises(ValueError, match="no marks"):
        placed(page, "less", "")
