"""Only the arguments of a scene's text change."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadScene
from rendersdg.fit.edit import changed


def test_only_the_arguments_change() -> None:
    text = (
        "a:  # first\n  surfaces.hot_rolled:\n    level: {distribution.uniform: {lower: 1, upper: 2}}  # x\n    "
        "band: 3\nb: 4\n"
    )

    assert changed(text, "a", "surfaces.hot_rolled", {"level": "7", "grain": "0"}) == (
        "a:  # first\n  surfaces.hot_rolled:\n    grain: 0\n    level: 7  # x\n    band: 3\nb: 4\n"
    )
    with pytest.raises(BadScene, match="no call"):
        changed(text, "b", "surfaces.hot_rolled", {})
