"""What both protocols share: tokens, names, answers."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from detectors.serving.refusals import Refused

toy = pytest.importorskip("tests.detectors.serving.toys").toy

pytestmark = pytest.mark.extra


@pytest.mark.parametrize("shown", ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret "])
def test_the_token_admits(shown: str) -> None:
    toy(token="s3cret").admit(shown)


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer s3cre", "Bearer s3cret2", "s3cret", "Basic s3cret", "Bearer \u00ff"]
)
def test_nothing_else_admits(shown: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        toy(token="s3cret").admit(shown)

    assert refusal.value.kind == "token" and "s3cret" not in refusal.value.message


def test_without_a_token_all_are_admitted() -> None:
    toy().admit(None)
    toy().admit("Bearer other")


def test_one_model_and_version_are_known() -> None:
    toy().check_name("toy", "")
    toy().check_name("toy", "1")
    for name, version in (("other", ""), ("toy", "2"), ("", "")):
        with pytest.raises(Refused) as refusal:
            toy().check_name(name, version)
        assert refusal.value.kind == "unknown"


def test_pictures_are_unpacked_one_after_another() -> None:
    alive, most = 0, 0

    def picture() -> object:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        image = np.zeros((8, 8, 3), np.uint8)
        alive -= 1
        return image

    found = asyncio.run(toy().find([picture, picture, picture]))  # type: ignore[list-item] # an image

    assert [size for size, _ in found] == [(8, 8)] * 3 and most == 1
