"""The table of backends: which one a scene gets, and what to install."""

from __future__ import annotations

import importlib.util

import pytest

from rendersdg.backends import BACKENDS, choose
from rendersdg.errors import NotSupported


def test_auto_takes_path_tracing_only_where_the_scene_asks_for_it() -> None:
    name, why = choose("auto", {})
    assert name == "raster" and "does not ask" in why

    name, why = choose("auto", {"render_mode": "pathtraced"})
    assert name in ("mitsuba", "raster") and why
    assert choose("null", {}) == ("null", "")


def test_a_backend_that_is_not_installed_says_what_to_install() -> None:
    for name, module in (("mitsuba", "mitsuba"), ("pyrender", "pyrender")):
        if importlib.util.find_spec(module) is None:
            with pytest.raises(NotSupported, match="pip install"):
                BACKENDS[name]()
