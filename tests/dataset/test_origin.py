"""What a dataset was made of, compared with what would go on with it."""

from __future__ import annotations

import pytest

from rendersdg.dataset.origin import differences


@pytest.mark.parametrize(("there", "now"), [(False, 0), (True, 1), (0.0, 0), ("0", 0), (None, 0), ([0], [False])])
def test_values_of_another_type_are_another_origin(there: object, now: object) -> None:
    assert differences({"seed": there}, {"seed": now}) == [f"seed differ ({there!r} there, {now!r} now)"]
    assert differences({"graph": there}, {"graph": now}) == ["the scene's text, its changes or its shape differ"]


def test_the_same_values_are_no_difference() -> None:
    assert differences({"a": {"x": 1, "y": [2]}, "seed": 0}, {"seed": 0, "a": {"y": [2], "x": 1}}) == []
