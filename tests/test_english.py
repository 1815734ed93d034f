"""Counts and their nouns."""

from __future__ import annotations

import pytest

from rendersdg.english import counted


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "frame", "1 frame"),
        (0, "frame", "0 frames"),
        (2, "box", "2 boxes"),
        (3, "mesh", "3 meshes"),
        (4, "class", "4 classes"),
        (1, "render product", "1 render product"),
        (5, "photograph", "5 photographs"),
    ],
)
def test_a_noun_agrees_with_its_count(count: int, noun: str, text: str) -> None:
    assert counted(count, noun) == text


def test_a_plural_of_its_own_is_taken() -> None:
    assert counted(2, "epoch", "epochs") == "2 epochs" and counted(1, "epoch", "epochs") == "1 epoch"
