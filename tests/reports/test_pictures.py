"""Pictures with labels: which are shown, and what is drawn over them."""

from __future__ import annotations

from pathlib import Path

from rendersdg.reports.pictures import percentiles, picture
from tests.reports.sets import facts
from tests.web.test_pages import Seen


def test_samples_go_from_the_least_to_the_most_and_none_twice(tmp_path: Path) -> None:
    found = facts(tmp_path, [[[1, 1, 9, 9]] * k for k in (3, 0, 1, 2, 4)])

    row = next(row for row in percentiles(found) if row.title == "By number of objects")

    assert [place for _, place in row.images] == [1, 2, 3, 0, 4]
    assert row.images[0][0] == "least: 0 labelled" and row.images[-1][0] == "most: 4 labelled"


def test_boxes_are_drawn_where_they_are_and_marked_ones_stronger(tmp_path: Path) -> None:
    found = facts(tmp_path, [[[0, 0, 32, 24], [32, 24, 64, 48]]], labels=[[0, 1]])
    sample = found.samples.images[0]

    svg = picture(sample, ("<b>", "nut"), "a.png", marks=(1,))

    assert svg is not None
    rects = [given for name, given in Seen(svg).tags if name == "rect"]
    assert [(r["x"], r["y"], r["width"], r["height"]) for r in rects] == [
        ("0.0", "0.0", "160.0", "120.0"),
        ("160.0", "120.0", "160.0", "120.0"),
    ]
    assert [str(r["class"]).endswith("marked") for r in rects] == [False, True]
    assert "<b>" not in svg and 'aria-label="a.png: 2 objects: 1 &lt;b&gt;, 1 nut"' in svg


def test_a_picture_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    sample = facts(tmp_path, [[]]).samples.images[0]
    sample.file.unlink()

    assert picture(sample, (), "a.png") is None
