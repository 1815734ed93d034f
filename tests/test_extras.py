"""Libraries that may not be there."""

from __future__ import annotations

import json

import pytest

from rendersdg.errors import BadArgument
from rendersdg.extras import load, needs


def test_what_is_missing_is_told_with_what_to_install() -> None:
    for call in (
        lambda: needs("no_such_library", "gl", "drawing"),
        lambda: load("no_such_library.part", "gl", "drawing"),
    ):
        with pytest.raises(BadArgument, match=r"drawing needs no_such_library: pip install 'rendersdg\[gl\]'"):
            call()


def test_what_is_there_is_imported() -> None:
    needs("json", "gl")

    assert load("json", "gl", "drawing") is json
