"""The table of backends: each keeps to the rules and its promises, which one a scene gets, and what to install."""

from __future__ import annotations

import importlib.util

import pytest

from rendersdg.backends import BACKENDS, choose
from rendersdg.errors import NotSupported, RenderFailed
from rendersdg.testing import check_backend

OPTIONAL = {"mitsuba", "pyrender"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.extra] if n in OPTIONAL else []) for n in BACKENDS]
)
def test_every_backend_keeps_to_the_rules_and_its_promises(name: str) -> None:
    try:
        check_backend(name)
    except (NotSupported, RenderFailed) as error:
        if name not in OPTIONAL:
            raise
        pytest.skip(str(error))


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
