"""What a page may ask of a live scene."""

from __future__ import annotations

from typing import Any

import pytest

from rendersdg.annotators import ANNOTATORS
from rendersdg.errors import BadArgument
from rendersdg.viewer.asks import PICTURES, Ask, Change, ask_of


def test_what_is_asked_has_every_part_that_was_given() -> None:
    change = {"parameter": "p", "argument": "lower", "index": 1, "value": 2}

    ask = ask_of({"text": "a", "frame": 3, "seed": 0, "size_px": 64, "quality": "high", "changes": [change]})

    assert ask == Ask(text="a", frame=3, seed=0, size_px=64, quality="high", changes=(Change("p", "lower", 1, 2.0),))


def test_whatever_may_be_shown_is_an_annotator() -> None:
    assert set(PICTURES) <= set(ANNOTATORS)


@pytest.mark.parametrize(
    "given",
    [
        [],
        {},
        {"text": 3},
        {"text": "\ud800"},
        {"text": "x" * (1 << 20) + "y"},
        {"text": "", "frame": -1},
        {"text": "", "frame": True},
        {"text": "", "frame": 1.5},
        {"text": "", "size_px": 10**9},
        {"text": "", "quality": "best"},
        {"text": "", "annotator": "objects"},
        {"text": "", "scene": "/etc/passwd"},
        {"text": "", "changes": {}},
        {"text": "", "changes": [{"parameter": "a", "argument": "lower", "value": float("nan")}]},
        {"text": "", "changes": [{"parameter": "a", "argument": "lower", "value": "1"}]},
    ],
)
def test_what_a_page_cannot_ask_is_refused(given: Any) -> None:
    with pytest.raises(BadArgument):
        ask_of(given)
